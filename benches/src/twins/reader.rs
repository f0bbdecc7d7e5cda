//! Going through a message: what is there is checked, text aside, and nothing is built.

use std::hint::black_box;

use anyhow::{Result, ensure};
use envoy_protocol::bare::{Arena, DecodeLimits, EncodeExt as _, Input, Reader};

use super::{Job, repeat};
use crate::messages;

const LIMITS: DecodeLimits = DecodeLimits::DEFAULT;

pub(super) fn jobs() -> Result<Vec<Job>> {
    Ok(vec![
        job("16 events", messages::events().to_vec(), Message::Events)?,
        job(
            "16 pages",
            messages::get_pages_ok(16).to_vec(),
            Message::Pages,
        )?,
        job(
            "8000 values",
            messages::execute_ok().to_vec(),
            Message::Rows,
        )?,
    ])
}

#[derive(Clone, Copy)]
enum Message {
    Events,
    Pages,
    Rows,
}

fn job(name: &'static str, octets: Vec<u8>, message: Message) -> Result<Job> {
    let arena = Arena::new();
    let found = {
        let input = Input::new(&octets, &arena, &LIMITS);
        message.through(Real(input.reader()))
    };
    ensure!(found.is_some(), "the runtime reads another message");
    ensure!(
        found == message.through(Slice(&octets)),
        "the twin reads another message"
    );
    let same = octets.clone();
    let real = repeat(move || {
        let input = Input::new(black_box(&octets), &arena, &LIMITS);
        black_box(message.through(Real(input.reader())));
    });
    let twin = repeat(move || {
        black_box(message.through(Slice(black_box(&same))));
    });
    Ok(Job::new("reader", name, real).against("a slice that gets shorter", twin))
}

/// What both cursors can do.
trait Cursor<'a> {
    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]>;
    fn varint(&mut self) -> Option<usize>;
    fn data(&mut self) -> Option<&'a [u8]>;
    fn is_at_end(&self) -> bool;

    #[inline(always)]
    fn octet(&mut self) -> Option<u8> {
        self.fixed::<1>().map(|[octet]| octet)
    }

    #[inline(always)]
    fn flag(&mut self) -> Option<bool> {
        match self.octet()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    #[inline(always)]
    fn u32(&mut self) -> Option<usize> {
        Some(u32::from_le_bytes(self.fixed()?) as usize)
    }

    #[inline(always)]
    fn u64(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.fixed()?)).ok()
    }

    #[inline(always)]
    fn optional_u64(&mut self) -> Option<usize> {
        if self.flag()? { self.u64() } else { Some(0) }
    }

    #[inline(always)]
    fn len(&mut self) -> Option<usize> {
        self.data().map(<[u8]>::len)
    }
}

impl Message {
    /// Goes through the message. Gives back a sum of what was found, so that all of it is looked at.
    #[inline(always)]
    fn through<'a>(self, mut cursor: impl Cursor<'a>) -> Option<usize> {
        let cursor = &mut cursor;
        let sum = match self {
            Self::Events => events(cursor)?,
            Self::Pages => pages(cursor)?,
            Self::Rows => rows(cursor)?,
        };
        cursor.is_at_end().then_some(sum)
    }
}

#[inline(never)]
fn events<'a>(cursor: &mut impl Cursor<'a>) -> Option<usize> {
    let mut sum = usize::from(cursor.octet()?);
    for _ in 0..cursor.varint()? {
        sum = sum.wrapping_add(cursor.len()?);
        sum = sum.wrapping_add(cursor.u32()?).wrapping_add(cursor.u64()?);
        let more = match cursor.octet()? {
            0 => usize::from(cursor.octet()?),
            1 => {
                if cursor.flag()? {
                    let code = usize::from(cursor.octet()?);
                    code + if cursor.flag()? { cursor.len()? } else { 0 }
                } else {
                    0
                }
            }
            2 => cursor.optional_u64()?,
            _ => return None,
        };
        sum = sum.wrapping_add(more);
    }
    Some(sum)
}

#[inline(never)]
fn pages<'a>(cursor: &mut impl Cursor<'a>) -> Option<usize> {
    let mut sum = head(cursor)?;
    for _ in 0..cursor.varint()? {
        sum = sum.wrapping_add(cursor.u32()?);
        if cursor.flag()? {
            sum = sum.wrapping_add(cursor.len()?);
        }
    }
    Some(sum.wrapping_add(cursor.optional_u64()?))
}

#[inline(never)]
fn rows<'a>(cursor: &mut impl Cursor<'a>) -> Option<usize> {
    let mut sum = head(cursor)?;
    for _ in 0..cursor.varint()? {
        sum = sum.wrapping_add(cursor.len()?);
    }
    for _ in 0..cursor.varint()? {
        for _ in 0..cursor.varint()? {
            let value = match cursor.octet()? {
                0 => 0,
                1 | 2 => cursor.u64()?,
                3 | 4 => cursor.len()?,
                _ => return None,
            };
            sum = sum.wrapping_add(value);
        }
    }
    sum = sum.wrapping_add(cursor.u64()?);
    Some(sum.wrapping_add(cursor.optional_u64()?))
}

/// The tag, the number of the request, and the tag of the answer.
#[inline(always)]
fn head<'a>(cursor: &mut impl Cursor<'a>) -> Option<usize> {
    let (tag, request, answer) = (cursor.octet()?, cursor.u32()?, cursor.octet()?);
    Some(usize::from(tag) + request + usize::from(answer))
}

struct Real<'r, 'a>(Reader<'r, 'a>);

impl<'a> Cursor<'a> for Real<'_, 'a> {
    #[inline(always)]
    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.0.fields().ok()
    }

    #[inline(always)]
    fn varint(&mut self) -> Option<usize> {
        self.0.length().ok()
    }

    #[inline(always)]
    fn data(&mut self) -> Option<&'a [u8]> {
        self.0.data().ok()
    }

    #[inline(always)]
    fn is_at_end(&self) -> bool {
        self.0.remaining() == 0
    }
}

/// What is left.
struct Slice<'a>(&'a [u8]);

impl<'a> Cursor<'a> for Slice<'a> {
    #[inline(always)]
    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    #[inline(always)]
    fn varint(&mut self) -> Option<usize> {
        match *self.0 {
            [first @ 0..0x80, ref rest @ ..] => {
                self.0 = rest;
                Some(usize::from(first))
            }
            [first, second @ 1..0x80, ref rest @ ..] => {
                self.0 = rest;
                Some(usize::from(first & 0x7f) | usize::from(second) << 7)
            }
            _ => self.long_varint(),
        }
    }

    #[inline(always)]
    fn data(&mut self) -> Option<&'a [u8]> {
        let len = self.varint()?;
        let (data, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(data)
    }

    #[inline(always)]
    fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

impl Slice<'_> {
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
                let is_shortest = octet > 0 || at == 0;
                return is_shortest.then_some(usize::try_from(value).ok()?);
            }
        }
        None
    }
}
