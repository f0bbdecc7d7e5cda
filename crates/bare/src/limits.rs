//! What a decode may use.

use crate::arena::FIRST_CHUNK;

/// Memory that every decode may take: for the message itself, and for the part of a chunk that is not used.
pub(crate) const GRANTED: usize = 2 * FIRST_CHUNK;

/// What a decode may use.
///
/// The limits hold beside the rules of the encoding. They are constants of a connection rather than of a message, so
/// the defaults suit a WebSocket connection of the envoy protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Octets of the message itself. Default: 32 MiB.
    pub message_size: usize,
    /// Octets that decoding may allocate beside the message itself. Default: 128 MiB.
    ///
    /// Lists and maps are what a decode allocates; a message of many small items takes several times its own size.
    /// Counted is an upper bound of what the allocator is asked for, so that the same octets are taken or refused on
    /// every run, whatever was pooled before: one and a half times the size of the items in memory, each list rounded up
    /// to 16 octets; for the entries of a map what finding a repeated key takes, too. Where an owned value is asked for,
    /// it is three times that size, and the octets of the message. 2 KiB are granted in any case, so that a message
    /// without lists is taken whatever the limit is.
    pub memory: usize,
}

impl DecodeLimits {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        message_size: 32 << 20,
        memory: 128 << 20,
    };
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
