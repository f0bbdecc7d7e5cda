//! Variable-length integers: groups of 7 bits, least significant first, in their shortest form.

use crate::Fault;

/// The longest varint of 64 bits.
pub(crate) const MAX_SIZE: usize = 10;

/// Reads the rest of a varint whose first octet was `first`, which says that more follow, from the front of `octets`:
/// its value and how many octets of `octets` it took.
#[inline(always)]
pub(crate) fn read_rest(first: u8, octets: &[u8]) -> Result<(u64, usize), Fault> {
    match octets {
        // The second octet is not zero, or one would have been enough.
        [second @ 1..0x80, ..] => Ok((u64::from(first & 0x7f) | u64::from(*second) << 7, 1)),
        _ => read_long(first, octets),
    }
}

#[cold]
#[inline(never)]
fn read_long(first: u8, octets: &[u8]) -> Result<(u64, usize), Fault> {
    let mut value = u64::from(first & 0x7f);
    for (at, octet) in octets.iter().copied().enumerate().take(MAX_SIZE - 1) {
        // The tenth octet holds the 64th bit alone.
        if at == MAX_SIZE - 2 && octet > 1 {
            return Err(Fault::MALFORMED);
        }
        value |= u64::from(octet & 0x7f) << (7 * (at + 1));
        if octet < 0x80 {
            // A last octet of zero adds nothing: there is a shorter form.
            if octet == 0 {
                return Err(Fault::MALFORMED);
            }
            return Ok((value, at + 1));
        }
    }
    Err(Fault::MALFORMED)
}

/// A `uint`: an unsigned integer of up to 64 bits that takes 1 to 10 octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uint(pub u64);

/// An `int`: a signed integer of up to 64 bits that takes 1 to 10 octets, zig-zag encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Int(pub i64);

impl Int {
    /// The `uint` that stands for this number: 0, -1, 1, -2 are 0, 1, 2, 3.
    #[must_use]
    pub const fn zigzag(self) -> u64 {
        ((self.0 << 1) ^ (self.0 >> 63)).cast_unsigned()
    }

    /// The number that a `uint` stands for.
    #[must_use]
    pub const fn from_zigzag(value: u64) -> Self {
        Self((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}

impl From<u64> for Uint {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Self(value)
    }
}
