//! WebSocket frames (RFC 6455, section 5): headers and masks.

use std::fmt;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// Which end this is, as far as frames are concerned: a client masks what it sends, and nobody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Whether it is the last of its message.
    pub(super) last: bool,
    pub(super) opcode: Opcode,
    pub(super) mask: Option<[u8; 4]>,
    /// Octets of the payload.
    pub(super) length: u64,
}

/// A rule of RFC 6455 that a peer broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Violation(pub(super) &'static str);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The most octets of a header.
pub(super) const MAX_HEADER: usize = 14;
/// The most octets of the payload of a control frame.
pub(super) const MAX_CONTROL: usize = 125;

/// Lengths from here on stand in octets of their own: 2, and then 8.
const IN_TWO: u8 = 126;
const IN_EIGHT: u8 = 127;

impl Header {
    /// Reads a header from the front of `octets`, and how many octets it takes. None if there are too few.
    pub(super) fn parse(octets: &[u8]) -> Result<Option<(Self, usize)>, Violation> {
        let [first, second, rest @ ..] = octets else {
            return Ok(None);
        };
        let opcode = Opcode::parse(first & 0xf)?;
        let last = first & 0x80 != 0;
        if first & 0x70 != 0 {
            return Err(Violation("a reserved bit without an extension"));
        }
        let (length, rest) = match second & 0x7f {
            IN_TWO => {
                let Some((length, rest)) = rest.split_first_chunk() else {
                    return Ok(None);
                };
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            IN_EIGHT => {
                let Some((length, rest)) = rest.split_first_chunk() else {
                    return Ok(None);
                };
                (u64::from_be_bytes(*length), rest)
            }
            length => (u64::from(length), rest),
        };
        if opcode.is_control() && (!last || length > MAX_CONTROL as u64) {
            return Err(Violation(
                "a control frame in parts, or of more than 125 octets",
            ));
        }
        let (mask, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            let Some((mask, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (Some(*mask), rest)
        };
        let header = Self {
            last,
            opcode,
            mask,
            length,
        };
        Ok(Some((header, octets.len() - rest.len())))
    }

    /// Writes the header to the front of `octets`, and says how many it took.
    pub(super) fn write(&self, octets: &mut [u8; MAX_HEADER]) -> usize {
        octets[0] = self.opcode.number() | if self.last { 0x80 } else { 0 };
        let mut end = match self.length {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "each length has the room it needs"
            )]
            length @ 0..126 => {
                octets[1] = length as u8;
                2
            }
            #[allow(
                clippy::cast_possible_truncation,
                reason = "each length has the room it needs"
            )]
            length @ 126..=0xffff => {
                octets[1] = IN_TWO;
                octets[2..4].copy_from_slice(&(length as u16).to_be_bytes());
                4
            }
            length => {
                octets[1] = IN_EIGHT;
                octets[2..10].copy_from_slice(&length.to_be_bytes());
                10
            }
        };
        if let Some(mask) = self.mask {
            octets[1] |= 0x80;
            octets[end..end + 4].copy_from_slice(&mask);
            end += 4;
        }
        end
    }
}

impl Opcode {
    fn parse(number: u8) -> Result<Self, Violation> {
        Ok(match number {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return Err(Violation("an opcode that is reserved")),
        })
    }

    const fn number(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    pub(super) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Masks octets, or takes a mask off.
#[inline]
pub(super) fn mask(octets: &mut [u8], mask: [u8; 4]) {
    // Wide enough for the compiler to use whatever registers there are.
    const WIDTH: usize = 64;

    let [a, b, c, d] = mask;
    let mut wide = [0; WIDTH];
    for four in wide.chunks_exact_mut(4) {
        four.copy_from_slice(&[a, b, c, d]);
    }
    let mut chunks = octets.chunks_exact_mut(WIDTH);
    for chunk in &mut chunks {
        for (octet, mask) in chunk.iter_mut().zip(&wide) {
            *octet ^= mask;
        }
    }
    for (octet, mask) in chunks.into_remainder().iter_mut().zip(&wide) {
        *octet ^= mask;
    }
}
