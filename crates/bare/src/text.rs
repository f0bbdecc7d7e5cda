//! UTF-8, with a short way for short ASCII: most strings of a protocol are names and identifiers.

/// Octets with the high bit set are not ASCII.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const WIDE_HIGH_BITS: u128 = u128::from_ne_bytes([0x80; 16]);

/// From this length on, text is looked at in a function of its own: the call is little beside the work.
const LONG: usize = 65;

/// The octets as text, or `None`.
#[inline(always)]
pub(crate) fn from_utf8(octets: &[u8]) -> Option<&str> {
    if is_short_ascii(octets) {
        // SAFETY: all octets are ASCII, and ASCII is UTF-8.
        return Some(unsafe { core::str::from_utf8_unchecked(octets) });
    }
    long_or_not_ascii(octets)
}

/// ASCII of fewer than `LONG` octets, looked at by words that overlap, so that no length needs a loop.
#[inline(always)]
fn is_short_ascii(octets: &[u8]) -> bool {
    let word = |at: usize| word(octets, at);
    let high = match octets.len() {
        len @ 16..=32 => word(0) | word(8) | word(len - 16) | word(len - 8),
        len @ 33..LONG => {
            let front = word(0) | word(8) | word(16) | word(24);
            let back = word(len - 32) | word(len - 24) | word(len - 16) | word(len - 8);
            front | back
        }
        len @ 8..=15 => word(0) | word(len - 8),
        len @ 4..=7 => {
            let half = |at: usize| match octets.get(at..).and_then(<[u8]>::first_chunk) {
                Some(chunk) => u32::from_le_bytes(*chunk),
                None => u32::MAX,
            };
            u64::from(half(0) | half(len - 4))
        }
        len @ 1..=3 => u64::from(octets[0] | octets[len / 2] | octets[len - 1]),
        0 => 0,
        _ => HIGH_BITS,
    };
    high & HIGH_BITS == 0
}

/// Eight octets from `at` on. There are as many; if there were not, they would not be ASCII.
#[inline(always)]
fn word(octets: &[u8], at: usize) -> u64 {
    match octets.get(at..).and_then(<[u8]>::first_chunk) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => HIGH_BITS,
    }
}

#[inline(always)]
fn wide(octets: &[u8; 16]) -> u128 {
    u128::from_le_bytes(*octets)
}

#[inline(never)]
fn long_or_not_ascii(octets: &[u8]) -> Option<&str> {
    if octets.len() >= LONG && is_long_ascii(octets) {
        // SAFETY: all octets are ASCII, and ASCII is UTF-8.
        return Some(unsafe { core::str::from_utf8_unchecked(octets) });
    }
    core::str::from_utf8(octets).ok()
}

/// Whether 32 octets or more are ASCII. Looks at blocks, so that text of another kind ends it early.
#[inline(always)]
fn is_long_ascii(octets: &[u8]) -> bool {
    let block = |chunk: &[u8; 32]| {
        let (halves, _) = chunk.as_chunks::<16>();
        (wide(&halves[0]) | wide(&halves[1])) & WIDE_HIGH_BITS
    };
    let (blocks, _) = octets.as_chunks::<32>();
    let Some(last) = octets.last_chunk::<32>() else {
        return false;
    };
    blocks.iter().all(|chunk| block(chunk) == 0) && block(last) == 0
}
