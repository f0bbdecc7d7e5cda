//! A server of the envoy protocol: it starts actors on hosts, keeps their SQLite databases behind the head fence, and
//! hands them requests.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let gateway = envoy_gateway::Gateway::builder().data("data").start().await?;
//! gateway.wait().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Hosts of every version that this crate speaks connect to it side by side, at `/envoys/connect`. What else it answers, and
//! where that differs from a real Rivet engine, is in `docs/gateway.md`.
#![forbid(unsafe_code)]

mod budget;
mod config;
mod director;
mod error;
mod face;
mod faults;
mod gateway;
mod host;
mod lifecycle;
mod metrics;
mod outside;
mod records;
mod storage;
mod tunnel;

pub use config::{Limits, Timing};
#[cfg(feature = "faults")]
pub use faults::Guard;
pub use gateway::{Builder, Failed, Gateway, StartError, StoreError};
#[cfg(feature = "sim")]
pub use outside::simulate;
