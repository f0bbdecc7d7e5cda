//! What the codec is measured against: the codecs of others on their own types, and two floors.
//!
//! A crate of its own, because none of it changes when the codec does, and it takes long to compile.

pub mod floor;
mod model;
pub mod prost;
pub mod rkyv;
pub mod serde;
mod task;
pub mod vbare;
mod walk;

pub use task::{Operation, Root, Task, WarmBuffer};
