//! Items of a list, each built where it stays.

use std::hint::black_box;

use anyhow::{Context as _, Result, ensure};
use envoy_protocol::bare::{Arena, Decode, DecodeLimits, EncodeExt as _, Input, Message};
use envoy_protocol::v5::{EventWrapper, SqliteColumnValue};

use super::{Job, repeat};
use crate::messages;

const LIMITS: DecodeLimits = DecodeLimits::DEFAULT;

pub(super) fn jobs() -> Result<Vec<Job>> {
    let (events, values) = (messages::event_list(), messages::rows().rows.concat());
    Ok(vec![
        job::<EventWrapper>("16 events", events.to_vec())?,
        job::<SqliteColumnValue>("8000 values", values.to_vec())?,
    ])
}

/// Decodes a list, which is all of the octets.
fn job<M>(name: &'static str, octets: Vec<u8>) -> Result<Job>
where
    M: Message,
    for<'a> M::Ref<'a>: PartialEq,
{
    // Borrowed for good, so that the twin's `Vec` can be used again.
    let octets: &'static [u8] = octets.leak();
    let mut items = Vec::new();
    by_value::<M>(octets, nowhere(), &mut items).context("the twin refuses the list")?;
    let list = in_place::<M>(octets, nowhere()).context("the runtime refuses the list")?;
    ensure!(*list == *items, "the list is not read alike");

    let mut arena = Arena::new();
    let real = repeat(move || {
        arena.reset();
        black_box(in_place::<M>(black_box(octets), &arena));
    });
    let nowhere = nowhere();
    let twin = repeat(move || {
        items.clear();
        black_box(by_value::<M>(black_box(octets), nowhere, &mut items));
        black_box(&items);
    });
    Ok(Job::new("place", name, real).against("returned, and pushed to a warm `Vec`", twin))
}

#[inline(always)]
fn in_place<'a, M: Message>(octets: &'a [u8], arena: &'a Arena) -> Option<&'a [M::Ref<'a>]> {
    let input = Input::new(octets, arena, &LIMITS);
    let (_, list) = Decode::decode_from(input.reader()).ok()?;
    Some(list)
}

#[inline(always)]
fn by_value<M: Message>(
    octets: &'static [u8],
    arena: &'static Arena,
    items: &mut Vec<M::Ref<'static>>,
) -> Option<()> {
    let input = Input::new(octets, arena, &LIMITS);
    let mut reader = input.reader();
    let count = reader.count(M::Ref::MIN_SIZE).ok()?;
    items.reserve(count);
    for _ in 0..count {
        let item;
        (reader, item) = M::Ref::decode_from(reader).ok()?;
        items.push(item);
    }
    Some(())
}

/// An arena that nothing, or nothing more than once, is put into.
fn nowhere() -> &'static Arena {
    Box::leak(Box::new(Arena::new()))
}
