//! UTF-8, with a short way for short ASCII: most strings of a protocol are names and identifiers.

/// Octets with the high bit set are not ASCII.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The octets as text, or `None`.
#[inline(always)]
pub(crate) fn from_utf8(octets: &[u8]) -> Option<&str> {
    if is_short_ascii(octets) {
        // SAFETY: all octets are ASCII, and ASCII is UTF-8.
        return Some(unsafe { core::str::from_utf8_unchecked(octets) });
    }
    long_or_not_ascii(octets)
}

/// Up to 32 octets of ASCII, looked at by words that overlap, so that no length needs a loop.
#[inline(always)]
fn is_short_ascii(octets: &[u8]) -> bool {
    let word = |at: usize| -> u64 {
        match octets.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => HIGH_BITS,
        }
    };
    match octets.len() {
        0 => true,
        len @ 16..=32 => {
            let high = word(0) | word(8) | word(len - 16) | word(len - 8);
            high & HIGH_BITS == 0
        }
        len @ 8..=15 => (word(0) | word(len - 8)) & HIGH_BITS == 0,
        len @ 4..=7 => {
            let half = |at: usize| match octets.get(at..).and_then(<[u8]>::first_chunk::<4>) {
                Some(chunk) => u32::from_le_bytes(*chunk),
                None => u32::MAX,
            };
            u64::from(half(0) | half(len - 4)) & HIGH_BITS == 0
        }
        len @ 1..=3 => (octets[0] | octets[len / 2] | octets[len - 1]) < 0x80,
        _ => false,
    }
}

#[inline(never)]
fn long_or_not_ascii(octets: &[u8]) -> Option<&str> {
    core::str::from_utf8(octets).ok()
}
