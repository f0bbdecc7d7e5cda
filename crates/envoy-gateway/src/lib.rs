//! A server of the envoy protocol.
#![forbid(unsafe_code)]

mod error;
mod records;
mod storage;
