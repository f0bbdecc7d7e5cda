//! Library behind the `envoy` command.

pub mod explain;
pub mod hex;
pub mod json;
