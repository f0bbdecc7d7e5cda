//! What decoding and encoding ask of the allocator, counted by the allocator itself: never more than the budget that the
//! caller set, whatever a peer sends, and nothing at all for the messages of a connection that has warmed up.

use std::time::{Duration, Instant};

use bytes::Bytes;
use envoy_protocol::bare::dynamic::{Encoder, Scalar};
use envoy_protocol::bare::{
    Arena, ArenaPool, DecodeError, DecodeErrorKind, DecodeLimits, EncodeExt, Frame, Message,
    VectoredBuffer, decode_ref,
};
use envoy_protocol::{
    Root, TranscodeError, Version, Versioned, transcode, transcode_within, v4, v5,
};

use support::counting::{Usage, measure};
use support::hex;
use support::sample::samples;

mod support {
    pub(crate) mod counting;
    pub(crate) mod hex;
    pub(crate) mod sample;
}

const MIB: usize = 1 << 20;
/// As large as the hostile frames are.
const FRAME: usize = 16 * MIB;
/// What every decode is granted.
const GRANTED: usize = 2048;
/// What an error may take beside the budget: its box, its path, and the places the path is made of.
const ERROR: usize = 2048;
/// No decode of a hostile frame takes longer, without optimisation, on a slow and busy machine. What is quadratic would
/// take hours.
const PATIENCE: Duration = Duration::from_mins(1);

/// A `uint`.
fn uint(value: usize) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.write(Scalar::Uint(value as u64));
    encoder.into_octets()
}

/// A `str` or `data`.
fn data(octets: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.write(Scalar::Data(octets));
    encoder.into_octets()
}

/// `head`, a count and as many items as fit into a message of about `size` octets, `tail`.
fn filled(head: &[u8], item: &[u8], tail: &[u8], size: usize) -> Vec<u8> {
    let count = size / item.len();
    let mut octets = [head, &uint(count)].concat();
    octets.extend(item.iter().cycle().take(count * item.len()));
    octets.extend(tail);
    octets
}

/// `head`, a map of `count` entries with keys of 24 octets that differ in the middle alone, `tail`.
fn map(head: &[u8], count: usize, value: &[u8], tail: &[u8]) -> Vec<u8> {
    let mut octets = [head, &uint(count)].concat();
    for entry in 0..count {
        octets.extend(data(format!("same....{entry:08x}....same").as_bytes()));
        octets.extend(value);
    }
    octets.extend(tail);
    octets
}

/// A way for a peer to make a message of a size that takes more memory than it should.
struct Shape {
    name: &'static str,
    root: Root,
    /// A message of about as many octets.
    octets: fn(usize) -> Vec<u8>,
}

/// The head of `ToRivetTunnelMessage` with a `ToRivetResponseStart`, up to its headers.
const RESPONSE: &str = "06 00000000 00000000 0000 00 c800";

const SHAPES: &[Shape] = &[
    Shape {
        name: "a payload",
        root: Root::ToEnvoy,
        octets: |size| {
            let head = hex::octets("04 00000000 00000000 0000 04");
            filled(&head, &[7], &[1], size)
        },
    },
    Shape {
        name: "a text",
        root: Root::ToRivet,
        octets: |size| filled(&hex::octets("00 00 01"), b"{", &[], size),
    },
    Shape {
        name: "a row of null values, an octet each",
        root: Root::ToEnvoy,
        octets: |size| filled(&hex::octets("08 01000000 00 00 01"), &[0], &[], size),
    },
    Shape {
        name: "rows of one null value",
        root: Root::ToEnvoy,
        octets: |size| filled(&hex::octets("08 01000000 00 00"), &[1, 0], &[], size),
    },
    Shape {
        name: "rows of seven null values",
        root: Root::ToEnvoy,
        octets: |size| {
            let row = [7, 0, 0, 0, 0, 0, 0, 0];
            filled(&hex::octets("08 01000000 00 00"), &row, &[], size)
        },
    },
    Shape {
        name: "rows without values",
        root: Root::ToEnvoy,
        octets: |size| filled(&hex::octets("08 01000000 00 00"), &[0], &[], size),
    },
    Shape {
        name: "rows of forty null values",
        root: Root::ToEnvoy,
        octets: |size| {
            let row = [&[40][..], &[0; 40]].concat();
            filled(&hex::octets("08 01000000 00 00"), &row, &[], size)
        },
    },
    Shape {
        name: "columns without a name",
        root: Root::ToEnvoy,
        octets: |size| filled(&hex::octets("08 01000000 00"), &[0], &[0], size),
    },
    Shape {
        name: "keys without octets",
        root: Root::ToRivet,
        octets: |size| filled(&hex::octets("05 0161 01000000 00"), &[0], &[], size),
    },
    Shape {
        name: "keys of one octet",
        root: Root::ToRivet,
        octets: |size| filled(&hex::octets("05 0161 01000000 00"), &[1, 7], &[], size),
    },
    Shape {
        name: "page numbers",
        root: Root::ToRivet,
        octets: |size| {
            let head = hex::octets("07 01000000 0161");
            filled(&head, &[1, 0, 0, 0], &[0, 0], size)
        },
    },
    Shape {
        name: "pages without octets",
        root: Root::ToEnvoy,
        octets: |size| {
            let head = hex::octets("06 01000000 00");
            filled(&head, &[1, 0, 0, 0, 0], &[0], size)
        },
    },
    Shape {
        name: "events",
        root: Root::ToRivet,
        octets: |size| filled(&[1], &[&[0; 13][..], &[0, 0]].concat(), &[], size),
    },
    Shape {
        name: "commands with lists in lists",
        root: Root::ToEnvoy,
        octets: |size| {
            let hibernating = [1, 0, 0, 0, 0, 0, 0, 0, 0];
            let preloaded = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0];
            let config = [0; 11];
            let command = [&[0; 13][..], &[0], &config, &hibernating, &preloaded].concat();
            filled(&[1], &command, &[], size)
        },
    },
    Shape {
        name: "a map with keys that meet",
        root: Root::ToRivet,
        octets: |size| map(&hex::octets(RESPONSE), size / 26, &[0], &[0, 0]),
    },
    Shape {
        name: "a map with a key again at its end",
        root: Root::ToRivet,
        octets: |size| {
            let mut octets = map(&hex::octets(RESPONSE), size / 26, &[0], &[0, 0]);
            // The last entry, its empty value and the tail stand behind its key.
            let last = octets.len() - 3 - 24;
            let first = octets.len() - 2 - (size / 26) * 26;
            octets.copy_within(first + 1..first + 25, last);
            octets
        },
    },
    Shape {
        name: "a map of names",
        root: Root::ToRivet,
        octets: |size| map(&[0, 1], size / 26, &[0], &[0]),
    },
    Shape {
        name: "a map that breaks off behind its entries",
        root: Root::ToRivet,
        octets: |size| map(&hex::octets(RESPONSE), size / 26, &[0], &[]),
    },
];

/// A way to read a message.
struct Form {
    name: &'static str,
    decode: fn(Root, &Bytes, &DecodeLimits) -> Result<(), DecodeError>,
}

macro_rules! by_root {
    ($root:expr, |$message:ident| $body:expr) => {
        match $root {
            Root::ToRivet => {
                type $message = v5::ToRivet;
                $body
            }
            Root::ToEnvoy => {
                type $message = v5::ToEnvoy;
                $body
            }
            other => panic!("no shape is of {other}"),
        }
    };
}

const FORMS: &[Form] = &[
    Form {
        name: "owned",
        decode: |root, octets, limits| by_root!(root, |M| M::decode_with(octets, limits).map(drop)),
    },
    Form {
        name: "borrowed",
        decode: |root, octets, limits| {
            let arena = Arena::new();
            by_root!(root, |M| decode_ref::<M>(octets, &arena, limits).map(drop))
        },
    },
    Form {
        name: "frame",
        decode: |root, octets, limits| {
            let octets = octets.clone();
            by_root!(root, |M| Frame::<M>::decode_with(
                octets,
                Arena::new(),
                limits
            )
            .map(drop))
        },
    },
    Form {
        name: "verified",
        decode: |root, octets, limits| by_root!(root, |M| M::verify(octets, limits)),
    },
];

fn limits(memory: usize) -> DecodeLimits {
    let mut limits = DecodeLimits::DEFAULT;
    limits.memory = memory;
    limits
}

/// Decodes a message within a budget, and checks that the allocator was not asked for more.
#[track_caller]
fn decode_within(
    shape: &Shape,
    form: &Form,
    octets: &Bytes,
    memory: usize,
) -> Result<(), DecodeError> {
    let start = Instant::now();
    let (result, usage) = measure(|| (form.decode)(shape.root, octets, &limits(memory)));
    let what = format!(
        "{}, {}, {} octets within {memory}: {usage:?}",
        shape.name,
        form.name,
        octets.len()
    );
    let allowed = memory.max(GRANTED) + if result.is_err() { ERROR } else { 0 };
    assert!(usage.peak <= allowed, "{what}");
    assert!(start.elapsed() < PATIENCE, "{what}: {:?}", start.elapsed());
    if let Err(error) = &result {
        if let DecodeErrorKind::MemoryBudget { limit } = error.kind() {
            assert_eq!(*limit, memory, "{what}");
            assert_eq!(error.kind().limit(), Some(("memory", memory)), "{what}");
        }
        assert!(
            error.path().starts_with(shape.root.name()),
            "{what}: {error}"
        );
        assert!(usage.kept <= ERROR, "{what}: {error}");
    }
    result
}

fn is_over_budget(result: &Result<(), DecodeError>) -> bool {
    result
        .as_ref()
        .is_err_and(|error| matches!(error.kind(), DecodeErrorKind::MemoryBudget { .. }))
}

#[test]
fn no_hostile_frame_of_16_mib_takes_more_memory_than_the_default_budget() {
    for shape in SHAPES {
        let octets = Bytes::from((shape.octets)(FRAME));
        // A frame is the borrowed form and its arena.
        for form in FORMS.iter().filter(|form| form.name != "borrowed") {
            let result = decode_within(shape, form, &octets, DecodeLimits::DEFAULT.memory);
            assert!(
                result.is_err() || !shape.name.contains("again"),
                "{result:?}"
            );
        }
    }
}

#[test]
fn no_hostile_frame_of_16_mib_takes_more_memory_than_a_smaller_budget() {
    for shape in SHAPES {
        let octets = Bytes::from((shape.octets)(FRAME));
        // A check alone takes no memory for lists.
        for form in FORMS.iter().filter(|form| form.name != "verified") {
            for memory in [0, 1024, 64 << 10, MIB, 24 * MIB] {
                let result = decode_within(shape, form, &octets, memory);
                // What is only borrowed takes nothing, and a copy of it fits into the largest of these budgets.
                let payload = matches!(shape.name, "a payload" | "a text");
                let taken = payload && (form.name != "owned" || memory > FRAME);
                assert_eq!(result.is_ok(), taken, "{}, {}", shape.name, form.name);
            }
        }
    }
}

/// The decoder counts before it allocates. So the tightest budget that it takes a message within has to be enough: here
/// an octet that is not counted shows.
#[test]
fn the_tightest_budget_that_a_message_is_taken_within_is_kept() {
    for shape in SHAPES {
        for size in [30, 400, 5000, 60_000] {
            let octets = Bytes::from((shape.octets)(size));
            for form in FORMS {
                let taken = |memory| !is_over_budget(&decode_within(shape, form, &octets, memory));
                let (mut refused, mut enough) = (0, 128 * MIB);
                assert!(taken(enough), "{}, {}", shape.name, form.name);
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
                // What was reused before does not change what is taken.
                assert!(!taken(refused) && taken(enough));
            }
        }
    }
}

#[test]
fn a_frame_of_an_older_version_is_converted_within_the_budget() {
    for shape in SHAPES {
        let octets = Bytes::from((shape.octets)(100_000));
        for memory in [0, 64 << 10, MIB, 16 * MIB] {
            let limits = limits(memory);
            let (frame, usage) = measure(|| match shape.root {
                Root::ToRivet => {
                    v5::ToRivet::frame_at(Version::V4, octets.clone(), Arena::new(), &limits)
                        .map(drop)
                }
                _ => v5::ToEnvoy::frame_at(Version::V4, octets.clone(), Arena::new(), &limits)
                    .map(drop),
            });
            let allowed = memory.max(GRANTED) + if frame.is_err() { ERROR } else { 0 };
            assert!(usage.peak <= allowed, "{}: {usage:?}", shape.name);

            for (from, to) in [(Version::V4, Version::V5), (Version::V5, Version::V4)] {
                let (result, usage) =
                    measure(|| transcode_within(shape.root, &octets, from, to, &limits));
                // The converted frame is not longer than the one it was made of by more than a group and a code.
                let made = result.as_ref().map_or(ERROR, |frame| frame.len() + 64);
                assert!(
                    usage.peak <= memory.max(GRANTED) + made,
                    "{}: {usage:?}",
                    shape.name
                );
                assert!(!matches!(result, Err(TranscodeError::Downgrade(_))));
            }
        }
    }
}

#[test]
fn a_count_or_length_that_the_frame_cannot_hold_allocates_nothing_but_its_error() {
    let heads = [
        (Root::ToEnvoy, "08 01000000 00 00"),
        (Root::ToEnvoy, "08 01000000 00"),
        (Root::ToEnvoy, "06 01000000 00"),
        (Root::ToEnvoy, "01"),
        (Root::ToEnvoy, "05"),
        (Root::ToRivet, "05 0161 01000000 00"),
        (Root::ToRivet, "05"),
        (Root::ToRivet, "00 01"),
        (Root::ToRivet, RESPONSE),
    ];
    for (root, head) in heads {
        for count in [5, 1000, 1 << 24, 1 << 32, u64::MAX] {
            let mut encoder = Encoder::new();
            encoder.write(Scalar::Uint(count));
            let octets = Bytes::from([hex::octets(head), encoder.into_octets()].concat());
            for form in FORMS {
                let (result, usage) =
                    measure(|| (form.decode)(root, &octets, &DecodeLimits::DEFAULT));
                assert!(result.is_err(), "{head}, {count}, {}", form.name);
                assert!(usage.peak <= ERROR, "{head}, {count}: {usage:?}");
            }
        }
    }
}

#[test]
fn a_message_above_the_size_limit_is_not_even_looked_at() {
    let octets = Bytes::from((SHAPES[1].octets)(MIB));
    for form in FORMS {
        let limits = DecodeLimits {
            message_size: octets.len() - 1,
            ..DecodeLimits::DEFAULT
        };
        let (result, usage) = measure(|| (form.decode)(Root::ToEnvoy, &octets, &limits));
        let error = result.expect_err("it is too large");
        assert_eq!(
            *error.kind(),
            DecodeErrorKind::MessageTooLarge {
                size: octets.len(),
                limit: octets.len() - 1
            }
        );
        assert_eq!(
            error.kind().limit(),
            Some(("message_size", octets.len() - 1))
        );
        assert!(usage.peak <= ERROR, "{usage:?}");
    }
}

#[test]
fn a_map_of_100_000_keys_that_meet_is_read_in_reasonable_time() {
    let octets = Bytes::from(map(&hex::octets(RESPONSE), 100_000, &[0], &[0, 0]));
    let start = Instant::now();
    let frame = Frame::<v5::ToRivet>::decode(octets.clone()).expect("all keys differ");
    let v5::ToRivetRef::ToRivetTunnelMessage(message) = frame.get() else {
        panic!("the member is another");
    };
    let v5::ToRivetTunnelMessageKindRef::ToRivetResponseStart(start_of) = &message.message_kind
    else {
        panic!("the member is another");
    };
    assert_eq!(start_of.headers.len(), 100_000);
    let owned = v5::ToRivet::decode(&octets).expect("all keys differ");
    assert_eq!(owned.to_vec(), octets);
    // A second is plenty; comparing each key with each other takes minutes.
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

/// Every kind of message that travels on the socket.
fn stream() -> Vec<Bytes> {
    samples(&v5::definitions::TO_ENVOY)
        .into_iter()
        .map(|octets| {
            let octets = Bytes::from(octets);
            // The first clone is what makes the octets shareable; a transport's are.
            drop(octets.clone());
            octets
        })
        .collect()
}

const NOTHING: Usage = Usage {
    allocations: 0,
    peak: 0,
    kept: 0,
};

#[test]
fn a_warm_frame_reads_a_stream_of_messages_without_allocating() {
    let stream = stream();
    let read_all = |mut frame: Frame<v5::ToEnvoy>| {
        for octets in &stream {
            frame = frame
                .replace(octets.clone(), &DecodeLimits::DEFAULT)
                .expect("a sample is valid");
        }
        frame
    };
    let frame = Frame::decode(stream[0].clone()).expect("a sample is valid");
    let frame = read_all(read_all(frame));
    let (frame, usage) = measure(|| read_all(frame));
    assert_eq!(usage, NOTHING);
    assert_eq!(Some(frame.octets()), stream.last());
}

#[test]
fn frames_of_a_warm_pool_are_read_without_allocating() {
    let stream = stream();
    let pool = ArenaPool::new(2);
    let read_all = || {
        let mut before = None;
        for octets in &stream {
            // Two frames are alive at a time, as with a reader that is one ahead.
            let frame = Frame::<v5::ToEnvoy>::decode_with(
                octets.clone(),
                pool.lease(),
                &DecodeLimits::DEFAULT,
            );
            before = Some(frame.expect("a sample is valid"));
        }
        drop(before);
    };
    // The two arenas of the pool swap places, so each has to see every message.
    for _ in 0..4 {
        read_all();
    }
    let ((), usage) = measure(read_all);
    assert_eq!(usage, NOTHING);
    assert_eq!(pool.free(), 2);
}

#[test]
fn frames_of_an_older_version_are_upgraded_without_allocating_once_warm() {
    let stream: Vec<_> = samples(&v4::definitions::TO_ENVOY)
        .into_iter()
        .map(|octets| {
            let octets = Bytes::from(octets);
            drop(octets.clone());
            octets
        })
        .collect();
    let pool = ArenaPool::new(1);
    let read_all = || {
        for octets in &stream {
            let frame = v5::ToEnvoy::frame_at(
                Version::V4,
                octets.clone(),
                pool.lease(),
                &DecodeLimits::DEFAULT,
            );
            drop(frame.expect("a sample is valid"));
        }
    };
    read_all();
    read_all();
    assert_eq!(measure(read_all).1, NOTHING);
}

#[test]
fn a_message_is_written_into_a_warm_buffer_without_allocating() {
    let messages: Vec<_> = stream()
        .iter()
        .map(|octets| v5::ToEnvoy::decode(octets).expect("a sample is valid"))
        .collect();
    let mut buffer = Vec::new();
    let mut vectored = VectoredBuffer::new();
    let mut write_all = || {
        let mut written = 0;
        for message in &messages {
            buffer.clear();
            message.append_to(&mut buffer);
            written += buffer.len();
            written -= vectored.encode(message).encoded_len();
        }
        written
    };
    write_all();
    let (difference, usage) = measure(write_all);
    assert_eq!(usage, NOTHING);
    assert_eq!(difference, 0);
}

#[test]
fn an_encoding_of_its_own_takes_one_allocation_of_about_its_size() {
    for octets in stream() {
        let message = v5::ToEnvoy::decode(&octets).expect("a sample is valid");
        let (written, usage) = measure(|| message.to_vec());
        assert_eq!(written, octets);
        assert_eq!((usage.allocations, usage.peak), (1, usage.kept));
        // A little more than its size, so that the writer need not look whether the last octets still fit.
        assert!(usage.kept - written.len() <= 256, "{usage:?}");
    }
}

#[test]
fn verifying_and_handing_back_a_frame_allocates_nothing() {
    for octets in stream() {
        // The keys of a map are the one thing that a check has to remember.
        if octets[0] == 4 {
            continue;
        }
        let (result, usage) = measure(|| v5::ToEnvoy::verify(&octets, &DecodeLimits::DEFAULT));
        assert_eq!((result, usage), (Ok(()), NOTHING));
        let same = || transcode(Root::ToEnvoy, &octets, Version::V5, Version::V5);
        let (same, usage) = measure(same);
        assert_eq!((same.as_ref(), usage), (Ok(&octets), NOTHING));
    }
}

#[test]
fn the_shapes_are_messages_and_as_large_as_they_should_be() {
    let broken = [
        "a map with a key again at its end",
        "a map that breaks off behind its entries",
    ];
    for shape in SHAPES {
        let octets = Bytes::from((shape.octets)(26_000));
        assert!((25_000..28_000).contains(&octets.len()), "{}", shape.name);
        let result = (FORMS[0].decode)(shape.root, &octets, &DecodeLimits::DEFAULT);
        assert_eq!(
            result.is_err(),
            broken.contains(&shape.name),
            "{}: {result:?}",
            shape.name
        );
        if shape.name == broken[0] {
            let error = result.expect_err("a key is there twice");
            assert_eq!(*error.kind(), DecodeErrorKind::DuplicateKey { first: 0 });
        }
    }
}
