//! Every message of every version, driven by the generated tables: what is written is read again in every form, and
//! what is not a message is refused, with where and why.

use std::fmt::Write as _;

use envoy_protocol::bare::dynamic::walk;
use envoy_protocol::bare::schema::TypeDef;
use envoy_protocol::bare::{DecodeErrorKind, strategy};
use envoy_protocol::{Root, Version, v4, v5};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{TestError, TestRunner};

use support::round_trip::RoundTrip;
use support::sample::samples;
use support::subject::{self, Subject};

mod support {
    pub(crate) mod round_trip;
    pub(crate) mod sample;
    pub(crate) mod subject;
}

/// Runs a test for every message of a version.
#[track_caller]
fn each_message(version: Version, test: impl Fn(&Subject) -> Result<(), String>) {
    let mut failures = String::new();
    for subject in subject::of(version) {
        if let Err(failure) = test(&subject) {
            writeln!(failures, "{version} {}: {failure}", subject.definition.name)
                .expect("a String takes everything");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Runs a test on values that proptest makes up. The error shows the smallest value that fails.
fn each_value<S: Strategy>(
    strategy: &S,
    test: impl Fn(&S::Value) -> Result<(), String>,
) -> Result<(), String> {
    // What a message holds is a message too, so most code runs many times as often.
    let mut config = ProptestConfig::default();
    config.cases /= 16;
    config.failure_persistence = None;
    let mut runner = TestRunner::new(config);
    runner
        .run(strategy, |value| test(&value).map_err(TestCaseError::fail))
        .map_err(|error| match error {
            TestError::Abort(reason) => format!("no values: {reason}"),
            TestError::Fail(reason, value) => format!("{reason}\nsmallest value: {value:02x?}"),
        })
}

/// The octets are a message.
fn is_taken(subject: &Subject, octets: &[u8]) -> Result<(), String> {
    match (subject.round_trip)(octets) {
        RoundTrip::Same => Ok(()),
        RoundTrip::Refused(error) => Err(format!("refused {octets:02x?}: {error}")),
        RoundTrip::WeAreWrong(how) => Err(how),
    }
}

/// Whatever the octets are, all forms agree on them.
fn is_agreed_on(subject: &Subject, octets: &[u8]) -> Result<(), String> {
    match (subject.round_trip)(octets) {
        RoundTrip::Same | RoundTrip::Refused(_) => Ok(()),
        RoundTrip::WeAreWrong(how) => Err(how),
    }
}

/// The octets are refused, and the error is of this kind.
fn is_refused(
    subject: &Subject,
    octets: &[u8],
    kind: impl Fn(&DecodeErrorKind, usize) -> bool,
) -> Result<(), String> {
    match (subject.round_trip)(octets) {
        RoundTrip::Refused(error) if kind(error.kind(), error.offset()) => Ok(()),
        RoundTrip::Refused(error) => Err(format!("{octets:02x?}: not the right error: {error}")),
        RoundTrip::Same => Err(format!("took {octets:02x?}")),
        RoundTrip::WeAreWrong(how) => Err(how),
    }
}

macro_rules! for_each_version {
    ($($(#[$attribute:meta])* fn $name:ident($subject:ident) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            fn test($subject: &Subject) -> Result<(), String> $body

            #[test]
            fn in_v4() {
                each_message(Version::V4, test);
            }

            #[test]
            fn in_v5() {
                each_message(Version::V5, test);
            }
        }
    )*};
}

for_each_version! {
    fn every_kind_of_message_is_read_and_written_the_same_in_every_form(subject) {
        samples(subject.definition).iter().try_for_each(|octets| is_taken(subject, octets))
    }

    fn any_message_is_read_and_written_the_same_in_every_form(subject) {
        each_value(&strategy::octets(subject.definition), |octets| is_taken(subject, octets))
    }

    fn any_value_is_what_its_octets_are_read_as(subject) {
        each_value(&(subject.any)(), |value| {
            value.read_back.clone()?;
            is_taken(subject, &value.octets)
        })
    }

    fn a_message_that_ends_early_is_refused_wherever_it_ends(subject) {
        for octets in samples(subject.definition) {
            for end in 0..octets.len() {
                is_refused(subject, &octets[..end], |kind, offset| {
                    offset <= end
                        && matches!(
                            kind,
                            DecodeErrorKind::UnexpectedEnd { .. }
                                | DecodeErrorKind::LengthBeyondInput { .. }
                                | DecodeErrorKind::CountBeyondInput { .. }
                        )
                })?;
            }
        }
        Ok(())
    }

    fn octets_after_a_message_are_refused_where_they_start(subject) {
        for octets in samples(subject.definition) {
            for more in [&[0][..], &[1], &[0xff], &[0; 9]] {
                is_refused(subject, &[&octets, more].concat(), |kind, offset| {
                    let count = more.len();
                    *kind == DecodeErrorKind::TrailingOctets { count } && offset == octets.len()
                })?;
            }
        }
        Ok(())
    }

    fn the_fast_and_the_plain_reading_agree_on_damaged_messages(subject) {
        let damaged = (
            strategy::octets(subject.definition),
            proptest::collection::vec(damage(), 1..4),
        );
        each_value(&damaged, |(octets, damages)| {
            let mut octets = octets.clone();
            for damage in damages {
                damage.apply(&mut octets);
            }
            is_agreed_on(subject, &octets)
        })
    }

    fn the_fast_and_the_plain_reading_agree_on_noise(subject) {
        // Small octets, so that tags, flags and lengths are often right.
        let octet = prop_oneof![3 => 0..4_u8, 1 => any::<u8>()];
        each_value(&proptest::collection::vec(octet, 0..40), |octets| is_agreed_on(subject, octets))
    }

    fn a_decoder_expects_as_many_octets_as_the_schema_says(subject) {
        let shortest = samples(subject.definition).iter().map(Vec::len).min();
        if subject.min_size != subject.definition.min_size() {
            return Err(format!("{} is not {}", subject.min_size, subject.definition.min_size()));
        }
        if shortest < Some(subject.min_size) {
            return Err(format!("{shortest:?} is less than {}", subject.min_size));
        }
        Ok(())
    }
}

/// What can happen to octets on their way.
#[derive(Debug, Clone)]
enum Damage {
    Flip(Place, u8),
    Replace(Place, u8),
    Insert(Place, u8),
    Remove(Place),
    /// Some octets come twice.
    Repeat(Place, usize),
}

/// Where. Most of a long message is payload; what gives it its structure stands in front.
#[derive(Debug, Clone)]
enum Place {
    Anywhere(Index),
    Front(Index),
}

impl Place {
    fn index(&self, len: usize) -> usize {
        match self {
            Self::Anywhere(index) => index.index(len),
            Self::Front(index) => index.index(len.min(24)),
        }
    }
}

impl Damage {
    fn apply(&self, octets: &mut Vec<u8>) {
        if octets.is_empty() {
            octets.push(0);
        }
        let len = octets.len();
        match self {
            Self::Flip(at, bit) => octets[at.index(len)] ^= 1 << bit,
            Self::Replace(at, octet) => octets[at.index(len)] = *octet,
            Self::Insert(at, octet) => octets.insert(at.index(len + 1), *octet),
            Self::Remove(at) => {
                octets.remove(at.index(len));
            }
            Self::Repeat(at, count) => {
                let start = at.index(len);
                let end = (start + count).min(len);
                let piece = octets[start..end].to_vec();
                octets.splice(start..start, piece);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || {
        prop_oneof![
            any::<Index>().prop_map(Place::Anywhere),
            any::<Index>().prop_map(Place::Front),
        ]
    };
    let octet = || prop_oneof![0..4_u8, any::<u8>(), Just(0x80)];
    prop_oneof![
        (place(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (place(), octet()).prop_map(|(at, octet)| Damage::Replace(at, octet)),
        (place(), octet()).prop_map(|(at, octet)| Damage::Insert(at, octet)),
        place().prop_map(Damage::Remove),
        (place(), 1..30_usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
    ]
}

/// The schema as it was written, without what the generator made of it.
fn names_in_the_schema(version: Version) -> Vec<String> {
    let path = format!("{}/protocol/{version}.bare", env!("CARGO_MANIFEST_DIR"));
    let schema = std::fs::read_to_string(&path).expect("the schema can be read");
    schema
        .lines()
        .filter_map(|line| line.strip_prefix("type "))
        .filter_map(|rest| rest.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn types(version: Version) -> &'static [&'static TypeDef] {
    match version {
        Version::V4 => &v4::TYPES,
        Version::V5 => &v5::TYPES,
    }
}

#[test]
fn the_table_of_types_has_all_124_of_the_schema_in_order() {
    for &version in Version::ALL {
        let names: Vec<_> = types(version).iter().map(|def| def.name).collect();
        assert_eq!(names, names_in_the_schema(version));
        assert_eq!(names.len(), 124);
    }
}

#[test]
fn the_list_of_messages_has_every_struct_enum_and_union_of_the_table() {
    use envoy_protocol::bare::schema::Kind;

    for &version in Version::ALL {
        let messages: Vec<_> = subject::of(version)
            .iter()
            .map(|subject| std::ptr::from_ref(subject.definition))
            .collect();
        let expected: Vec<_> = types(version)
            .iter()
            .filter(|def| !matches!(def.kind, Kind::Alias(_)))
            .map(|def| std::ptr::from_ref::<TypeDef>(def))
            .collect();
        assert_eq!(messages, expected, "{version}");
    }
}

#[test]
fn each_root_is_a_union_of_the_table_of_each_version() {
    for &version in Version::ALL {
        for root in Root::ALL {
            let definition = root.definition(version);
            assert_eq!(definition.name, root.name());
            assert!(
                types(version)
                    .iter()
                    .any(|def| std::ptr::eq::<TypeDef>(*def, definition)),
                "{version} {root}"
            );
        }
    }
}

#[test]
fn an_alias_has_samples_that_the_plain_reading_takes() {
    for &version in Version::ALL {
        for def in types(version) {
            for octets in samples(def) {
                walk(def, &octets, &mut ())
                    .unwrap_or_else(|error| panic!("{version} {}: {error}", def.name));
            }
        }
    }
}
