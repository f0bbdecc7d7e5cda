//! Memory for lists whose lengths show while a message is read.

use std::convert::Infallible;
use std::hint::black_box;
use std::ops::Range;

use anyhow::{Result, ensure};
use envoy_protocol::bare::{Arena, DecodeLimits, EncodeExt as _, Message, decode_ref};
use envoy_protocol::v5::{SqliteColumnValueRef, SqliteExecuteResult, ToEnvoyRequestStart};

use super::{Job, repeat};
use crate::messages;

pub(super) fn jobs() -> Result<Vec<Job>> {
    let headers = decoded::<ToEnvoyRequestStart>(messages::http_request().to_vec())?;
    let rows = decoded::<SqliteExecuteResult>(messages::rows().to_vec())?;
    let headers: &'static [&'static [(&str, &str)]] = vec![headers.headers.as_slice()].leak();
    let rows: &'static [&'static [SqliteColumnValueRef<'_>]] = rows.rows;
    Ok(vec![
        job("a list of 24 items", headers)?,
        job("1000 lists of 8 items", rows)?,
    ])
}

/// Borrowed for good: only lists are made anew, not their items.
fn decoded<M: Message>(octets: Vec<u8>) -> Result<M::Ref<'static>> {
    let arena = Box::leak(Box::new(Arena::new()));
    Ok(decode_ref::<M>(
        octets.leak(),
        arena,
        &DecodeLimits::DEFAULT,
    )?)
}

/// Makes a list of lists.
fn job<T>(name: &'static str, lists: &'static [&'static [T]]) -> Result<Job>
where
    T: Copy + PartialEq,
{
    let mut arena = Arena::new();
    let (mut items, mut ranges) = (Vec::new(), Vec::new());
    flatten(lists, &mut items, &mut ranges);
    let flat = ranges.iter().cloned().map(|range| &items[range]);
    ensure!(
        lists == in_arena(lists, &arena)
            && lists == each_its_own(lists)
            && flat.eq(lists.iter().copied()),
        "the lists are not made alike"
    );
    let real = repeat(move || {
        arena.reset();
        black_box(in_arena(black_box(lists), &arena));
    });
    let own = repeat(move || {
        black_box(each_its_own(black_box(lists)));
    });
    let flat = repeat(move || {
        items.clear();
        ranges.clear();
        flatten(black_box(lists), &mut items, &mut ranges);
        black_box((&items, &ranges));
    });
    Ok(Job::new("arena", name, real)
        .against("a `Vec` for each list", own)
        .against("ranges of a warm `Vec` for each type", flat))
}

fn in_arena<'a, T: Copy>(lists: &[&[T]], arena: &'a Arena) -> &'a [&'a [T]] {
    let made = arena.try_map_slice(lists, |list| Ok::<_, Infallible>(arena.copy_slice(list)));
    match made {
        Ok(lists) => lists,
        Err(never) => match never {},
    }
}

fn each_its_own<T: Copy>(lists: &[&[T]]) -> Vec<Vec<T>> {
    lists.iter().map(|list| list.to_vec()).collect()
}

fn flatten<T: Copy>(lists: &[&[T]], items: &mut Vec<T>, ranges: &mut Vec<Range<usize>>) {
    ranges.extend(lists.iter().map(|list| {
        let start = items.len();
        items.extend_from_slice(list);
        start..items.len()
    }));
}
