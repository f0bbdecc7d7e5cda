//! A server of the envoy protocol.
#![forbid(unsafe_code)]

mod director;
mod error;
mod lifecycle;
mod records;
mod storage;
