//! Faults at named points, for tests and simulations.
//!
//! [`Faults`] decides what happens at each [`Point`] of a [`FaultyEngine`], which wraps any engine: what callers see of failures, and when.
//! [`PlayedDisk`] is a disk in memory under the embedded engine, which can fail a sync, run full, and lose what was not synced.
//! Nothing of this is in the way of an engine that is not wrapped.

mod disk;
mod engine;

pub use disk::PlayedDisk;
pub use engine::{Fault, Faults, FaultyEngine, Point};
