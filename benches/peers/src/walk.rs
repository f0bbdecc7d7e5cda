//! A reading of the measured messages, written by hand, that checks every rule and builds nothing.
//!
//! It knows the variants that are measured and no others. It uses nothing of our library, so it does not get faster
//! or slower with it. Keys of maps are collected, since a key that comes twice cannot be found otherwise.

#![expect(
    clippy::inline_always,
    reason = "a call for each field would be most of the time, and this has to be a floor"
)]

use crate::Root;

/// Whether the octets are a message, among those that are measured.
#[inline(never)]
pub(crate) fn walk(root: Root, octets: &[u8]) -> bool {
    let mut walk = Walk { rest: octets };
    let walked = match root {
        Root::ToRivet => walk.host_message(),
        Root::ToEnvoy => walk.server_message(),
    };
    walked.is_some() && walk.rest.is_empty()
}

/// The most headers a measured message has.
const MOST_KEYS: usize = 64;

struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    #[inline(always)]
    fn host_message(&mut self) -> Option<()> {
        match self.octet()? {
            // Events.
            1 => {
                for _ in 0..self.varint()? {
                    self.str()?;
                    self.skip(12)?;
                    self.event()?;
                }
            }
            // Pong.
            4 => self.skip(8)?,
            // A request for pages.
            7 => {
                self.skip(4)?;
                self.str()?;
                let count = self.varint()?;
                self.skip(count.checked_mul(4)?)?;
                self.optional_u64()?;
                self.optional_u64()?;
            }
            // A commit.
            8 => {
                self.skip(4)?;
                self.str()?;
                for _ in 0..self.varint()? {
                    self.skip(4)?;
                    self.data()?;
                }
                self.skip(12)?;
                self.optional_u64()?;
                self.optional_u64()?;
            }
            _ => return None,
        }
        Some(())
    }

    #[inline(always)]
    fn event(&mut self) -> Option<()> {
        match self.octet()? {
            // An intent.
            0 => self.below(2),
            // A state: running or stopped.
            1 => {
                if self.bool()? {
                    self.below(2)?;
                    if self.bool()? {
                        self.str()?;
                    }
                }
                Some(())
            }
            // An alarm.
            2 => self.optional_u64(),
            _ => None,
        }
    }

    #[inline(always)]
    fn server_message(&mut self) -> Option<()> {
        match self.octet()? {
            // Commands.
            1 => {
                for _ in 0..self.varint()? {
                    self.str()?;
                    self.skip(12)?;
                    match self.octet()? {
                        0 => self.start()?,
                        1 => self.below(5)?,
                        _ => return None,
                    }
                }
            }
            // Something through the tunnel.
            4 => {
                self.skip(10)?;
                match self.octet()? {
                    0 => self.request_start()?,
                    4 => {
                        self.data()?;
                        self.bool()?;
                    }
                    _ => return None,
                }
            }
            // Pages.
            6 => {
                self.skip(4)?;
                self.zero()?;
                for _ in 0..self.varint()? {
                    self.skip(4)?;
                    if self.bool()? {
                        self.data()?;
                    }
                }
                self.optional_u64()?;
            }
            // Rows.
            9 => {
                self.skip(4)?;
                self.zero()?;
                for _ in 0..self.varint()? {
                    self.str()?;
                }
                for _ in 0..self.varint()? {
                    for _ in 0..self.varint()? {
                        self.value()?;
                    }
                }
                self.skip(8)?;
                self.optional_u64()?;
            }
            _ => return None,
        }
        Some(())
    }

    #[inline(always)]
    fn start(&mut self) -> Option<()> {
        self.str()?;
        if self.bool()? {
            self.str()?;
        }
        self.skip(8)?;
        if self.bool()? {
            self.data()?;
        }
        let count = self.varint()?;
        self.skip(count.checked_mul(8)?)?;
        if self.bool()? {
            for _ in 0..self.varint()? {
                self.data()?;
                self.data()?;
                self.data()?;
                self.skip(8)?;
            }
            for _ in 0..self.varint()? {
                self.data()?;
            }
            for _ in 0..self.varint()? {
                self.data()?;
            }
        }
        Some(())
    }

    #[inline(always)]
    fn request_start(&mut self) -> Option<()> {
        self.str()?;
        self.str()?;
        self.str()?;
        let count = self.varint()?;
        if count > MOST_KEYS {
            return None;
        }
        // 512 places for at most 64 keys: only those that meet are compared.
        let mut taken = [0_u64; 8];
        // What remained in front of each key.
        let entries = self.rest;
        let mut places = [0_u32; MOST_KEYS];
        for place in 0..count {
            places[place] = u32::try_from(entries.len() - self.rest.len()).ok()?;
            let key = self.str()?;
            let hash = fingerprint(key);
            let word = &mut taken[(hash >> 6 & 7) as usize];
            let bit = 1 << (hash & 63);
            if *word & bit != 0 {
                for earlier in &places[..place] {
                    let rest = &entries[*earlier as usize..];
                    if (Walk { rest }).data()? == key {
                        return None;
                    }
                }
            }
            *word |= bit;
            self.str()?;
        }
        if self.bool()? {
            self.data()?;
        }
        self.bool().map(|_| ())
    }

    #[inline(always)]
    fn value(&mut self) -> Option<()> {
        match self.octet()? {
            0 => Some(()),
            1 | 2 => self.skip(8),
            3 => self.str().map(|_| ()),
            4 => self.data().map(|_| ()),
            _ => None,
        }
    }

    #[inline(always)]
    fn optional_u64(&mut self) -> Option<()> {
        if self.bool()? { self.skip(8) } else { Some(()) }
    }

    #[inline(always)]
    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    #[inline(always)]
    fn below(&mut self, end: u8) -> Option<()> {
        (self.octet()? < end).then_some(())
    }

    #[inline(always)]
    fn zero(&mut self) -> Option<()> {
        self.below(1)
    }

    #[inline(always)]
    fn bool(&mut self) -> Option<bool> {
        match self.octet()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    #[inline(always)]
    fn skip(&mut self, len: usize) -> Option<()> {
        self.rest = self.rest.get(len..)?;
        Some(())
    }

    #[inline(always)]
    fn varint(&mut self) -> Option<usize> {
        match *self.rest {
            [first @ 0..0x80, ref rest @ ..] => {
                self.rest = rest;
                Some(usize::from(first))
            }
            [first, second @ 1..0x80, ref rest @ ..] => {
                self.rest = rest;
                Some(usize::from(first & 0x7f) | usize::from(second) << 7)
            }
            _ => self.long_varint(),
        }
    }

    #[cold]
    #[inline(never)]
    fn long_varint(&mut self) -> Option<usize> {
        let mut value = 0_u64;
        for at in 0..10 {
            let octet = self.octet()?;
            if at == 9 && octet > 1 {
                return None;
            }
            value |= u64::from(octet & 0x7f) << (7 * at);
            if octet < 0x80 {
                return if octet == 0 && at > 0 {
                    None
                } else {
                    usize::try_from(value).ok()
                };
            }
        }
        None
    }

    #[inline(always)]
    fn data(&mut self) -> Option<&'a [u8]> {
        let len = self.varint()?;
        let (data, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(data)
    }

    #[inline(always)]
    fn str(&mut self) -> Option<&'a [u8]> {
        let text = self.data()?;
        (is_ascii(text) || is_utf8(text)).then_some(text)
    }
}

/// Whether these are ASCII characters, by loads that overlap.
#[inline(always)]
fn is_ascii(text: &[u8]) -> bool {
    if let (Some(first), Some(last)) = (text.first_chunk::<16>(), text.last_chunk::<16>()) {
        let mut bits = u128::from_le_bytes(*first) | u128::from_le_bytes(*last);
        if text.len() > 32 {
            let (chunks, _) = text[16..].as_chunks::<16>();
            for chunk in chunks {
                bits |= u128::from_le_bytes(*chunk);
            }
        }
        return bits & u128::from_le_bytes([0x80; 16]) == 0;
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first) | u64::from_le_bytes(*last))
            & u64::from_le_bytes([0x80; 8])
            == 0;
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        return (u32::from_le_bytes(*first) | u32::from_le_bytes(*last))
            & u32::from_le_bytes([0x80; 4])
            == 0;
    }
    match *text {
        [] => true,
        [a] => a < 0x80,
        [a, b] => (a | b) < 0x80,
        [a, b, c] => (a | b | c) < 0x80,
        _ => false,
    }
}

#[inline(never)]
fn is_utf8(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok()
}

/// Differs for most keys: made of the length, the first and the last octets.
#[inline(always)]
fn fingerprint(key: &[u8]) -> u64 {
    let word = if let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(24)
    } else if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
    } else {
        key.iter()
            .fold(0, |word, octet| word << 8 | u64::from(*octet))
    };
    (word ^ key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55
}
