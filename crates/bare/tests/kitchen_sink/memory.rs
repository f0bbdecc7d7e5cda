//! The memory budget on types that the envoy protocol does not have: maps with small keys, lists of maps, messages that
//! are large without a list.

use std::time::{Duration, Instant};

use bare::dynamic::{Encoder, Scalar};
use bare::{Arena, DecodeError, DecodeErrorKind, DecodeLimits, Frame, Message, decode_ref};
use bytes::Bytes;

use super::counting::measure;
use super::generated::{Drawing, Lists, Maps, Page};

/// What every decode is granted.
const GRANTED: usize = 2048;
/// What an error may take beside the budget.
const ERROR: usize = 2048;
const MIB: usize = 1 << 20;

/// A count and as many items, between fields that are empty.
fn message(before: usize, items: &[Vec<u8>], after: usize) -> Vec<u8> {
    let mut count = Encoder::new();
    count.write(Scalar::Uint(items.len() as u64));
    let mut octets = vec![0; before];
    octets.extend(count.octets());
    octets.extend(items.iter().flatten());
    octets.extend(vec![0; after]);
    octets
}

/// Entries of a map whose key is the entry's number, in `size` octets, and whose value is one octet.
fn numbered(entries: usize, size: usize) -> Vec<Vec<u8>> {
    (0..entries)
        .map(|entry| [&entry.to_le_bytes()[..size], &[0]].concat())
        .collect()
}

/// The first entry stands at the end again.
fn repeated(mut entries: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let first = entries[0].clone();
    entries.push(first);
    entries
}

/// As many maps with 64 keys of 24 octets that differ in the middle alone: the most that are compared pair by pair.
fn maps_of_keys_that_meet(count: usize) -> Vec<Vec<u8>> {
    let map: Vec<_> = (0..64)
        .map(|key| {
            let key = format!("\x18same....{key:08}....same");
            [key.as_bytes(), &[0]].concat()
        })
        .collect();
    let map = message(0, &map, 0);
    (0..count)
        .map(|entry| {
            let key = format!("{entry:08}");
            [&[8], key.as_bytes(), &map].concat()
        })
        .collect()
}

type Decode = fn(&Bytes, &DecodeLimits) -> Result<(), DecodeError>;

fn owned<M: Message>(octets: &Bytes, limits: &DecodeLimits) -> Result<(), DecodeError> {
    M::decode_with(octets, limits).map(drop)
}

fn borrowed<M: Message>(octets: &Bytes, limits: &DecodeLimits) -> Result<(), DecodeError> {
    decode_ref::<M>(octets, &Arena::new(), limits).map(drop)
}

fn frame<M: Message>(octets: &Bytes, limits: &DecodeLimits) -> Result<(), DecodeError> {
    Frame::<M>::decode_with(octets.clone(), Arena::new(), limits).map(drop)
}

fn verified<M: Message>(octets: &Bytes, limits: &DecodeLimits) -> Result<(), DecodeError> {
    M::verify(octets, limits)
}

fn forms<M: Message>() -> [Decode; 4] {
    [owned::<M>, borrowed::<M>, frame::<M>, verified::<M>]
}

/// What is made, and in which ways it is read.
type Case = (&'static str, Vec<u8>, [Decode; 4]);

fn cases(size: usize) -> Vec<Case> {
    // `maps` is the last field of `Lists`; `u8`, `u16` and `u32` are the seventh to ninth of `Maps`.
    let maps = |before: usize, entries: &[Vec<u8>]| message(before, entries, 15 - before);
    let small = (size / 3).min(1 << 16);
    vec![
        ("u32 keys", maps(8, &numbered(size / 5, 4)), forms::<Maps>()),
        (
            "u32 keys, one again",
            maps(8, &repeated(numbered(size / 5, 4))),
            forms::<Maps>(),
        ),
        ("u16 keys", maps(7, &numbered(small, 2)), forms::<Maps>()),
        (
            "u16 keys, all again",
            maps(7, &vec![vec![7, 7, 0]; size / 3]),
            forms::<Maps>(),
        ),
        (
            "u8 keys, all again",
            maps(6, &vec![vec![7, 0]; size / 2]),
            forms::<Maps>(),
        ),
        (
            "u64 keys that break off",
            maps(9, &numbered(size / 9, 8))[..size / 2].to_vec(),
            forms::<Maps>(),
        ),
        (
            "maps in a map",
            maps(15, &maps_of_keys_that_meet(size / 1676)),
            forms::<Maps>(),
        ),
        (
            "empty maps in a list",
            message(20, &vec![vec![0]; size], 0),
            forms::<Lists>(),
        ),
        (
            "maps of one entry in a list",
            message(20, &vec![vec![1, 5, 1]; size / 3], 0),
            forms::<Lists>(),
        ),
        (
            "values of an enum",
            message(16, &vec![vec![5]; size], 4),
            forms::<Lists>(),
        ),
        (
            "members of a union without octets",
            [message(1, &vec![vec![127]; size], 0), vec![127]].concat(),
            forms::<Drawing>(),
        ),
        ("a page", vec![7; 4096], forms::<Page>()),
    ]
}

fn is_over_budget(result: &Result<(), DecodeError>) -> bool {
    result
        .as_ref()
        .is_err_and(|error| matches!(error.kind(), DecodeErrorKind::MemoryBudget { .. }))
}

#[track_caller]
fn decode_within(
    name: &str,
    decode: Decode,
    octets: &Bytes,
    memory: usize,
) -> Result<(), DecodeError> {
    let limits = DecodeLimits {
        memory,
        ..DecodeLimits::DEFAULT
    };
    let start = Instant::now();
    let (result, usage) = measure(|| decode(octets, &limits));
    let allowed = memory.max(GRANTED) + if result.is_err() { ERROR } else { 0 };
    let size = octets.len();
    assert!(
        usage.peak <= allowed,
        "{name}, {size} octets within {memory}: {usage:?}, {result:?}"
    );
    assert!(
        start.elapsed() < Duration::from_mins(1),
        "{name}: {:?}",
        start.elapsed()
    );
    result
}

#[test]
fn the_tightest_budget_that_a_message_is_taken_within_is_kept() {
    for size in [2000, 40_000] {
        for (name, octets, forms) in cases(size) {
            let octets = Bytes::from(octets);
            for decode in forms {
                let taken = |memory| !is_over_budget(&decode_within(name, decode, &octets, memory));
                let (mut refused, mut enough) = (0, 64 * MIB);
                assert!(taken(enough), "{name}");
                if taken(refused) {
                    continue;
                }
                while refused + 1 < enough {
                    let middle = usize::midpoint(refused, enough);
                    if taken(middle) {
                        enough = middle;
                    } else {
                        refused = middle;
                    }
                }
            }
        }
    }
}

#[test]
fn no_message_of_1_mib_takes_more_than_any_budget() {
    for (name, octets, forms) in cases(MIB) {
        let octets = Bytes::from(octets);
        for decode in forms {
            for memory in [0, MIB, 8 * MIB, 64 * MIB] {
                let result = decode_within(name, decode, &octets, memory);
                let broken = name.contains("again") || name.contains("break off");
                assert!(result.is_err() || !broken, "{name}");
            }
        }
    }
}

#[test]
fn a_message_that_is_large_without_a_list_is_charged_as_a_whole() {
    let octets = Bytes::from(vec![7; 4096]);
    let error = decode_within("a page", frame::<Page>, &octets, 4096).expect_err("over the limit");
    assert_eq!(*error.kind(), DecodeErrorKind::MemoryBudget { limit: 4096 });
    assert_eq!(
        (error.offset(), error.path(), error.within()),
        (0, "Page", "Page")
    );
    assert_eq!(
        decode_within("a page", frame::<Page>, &octets, 10_000),
        Ok(())
    );
}
