//! BARE runtime.
#![no_std]
extern crate alloc;

pub mod dynamic;
mod error;
pub mod schema;

pub use error::{DecodeError, DecodeErrorKind};

/// What a decode may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Octets of the message itself. Default: 32 MiB.
    pub message_size: usize,
    /// Octets that decoding may allocate beside the message. Default: 128 MiB.
    pub memory: usize,
}
