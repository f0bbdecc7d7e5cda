//! The strategies that make up messages from a description.
#![cfg(feature = "proptest")]

use std::collections::BTreeSet;
use std::ops::Range;

use bare::dynamic::{Composite, Encoder, Scalar, Visitor, walk};
use bare::schema::{EnumValue, Field, Kind, Member, Type, TypeDef};
use bare::strategy::octets;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

static FLAVOR: TypeDef = TypeDef {
    name: "Flavor",
    kind: Kind::Enum(&[
        EnumValue {
            name: "SWEET",
            value: 0,
        },
        EnumValue {
            name: "SOUR",
            value: 500,
        },
    ]),
};

/// A field of every kind of type.
static EVERYTHING: TypeDef = TypeDef {
    name: "Everything",
    kind: Kind::Struct(&{
        const fn field(name: &'static str, ty: Type) -> Field {
            Field { name, ty }
        }
        [
            field("uint", Type::Uint),
            field("int", Type::Int),
            field("u8", Type::U8),
            field("u16", Type::U16),
            field("u32", Type::U32),
            field("u64", Type::U64),
            field("i8", Type::I8),
            field("i16", Type::I16),
            field("i32", Type::I32),
            field("i64", Type::I64),
            field("f32", Type::F32),
            field("f64", Type::F64),
            field("bool", Type::Bool),
            field("str", Type::Str),
            field("data", Type::Data),
            field("hash", Type::FixedData(4)),
            field("maybe", Type::Optional(&Type::Optional(&Type::Str))),
            field("list", Type::List(&Type::Named(&FLAVOR))),
            field("pair", Type::FixedList(&Type::Data, 2)),
            field("map", Type::Map(&Type::U8, &Type::List(&Type::U16))),
        ]
    }),
};

static ROOT: TypeDef = TypeDef {
    name: "Root",
    kind: Kind::Union(&[
        Member {
            tag: 0,
            name: "void",
            ty: Type::Void,
        },
        Member {
            tag: 3,
            name: "Everything",
            ty: Type::Named(&EVERYTHING),
        },
        Member {
            tag: 200,
            name: "Flavor",
            ty: Type::Named(&FLAVOR),
        },
    ]),
};

/// What was met in the messages of a run.
#[derive(Default)]
struct Seen(BTreeSet<String>);

impl Seen {
    fn note(&mut self, what: impl Into<String>) {
        self.0.insert(what.into());
    }
}

impl Visitor for Seen {
    fn scalar(&mut self, _span: Range<usize>, scalar: Scalar<'_>) {
        match scalar {
            Scalar::Enum(_, value) => self.note(value.name),
            Scalar::U64(u64::MAX) => self.note("u64::MAX"),
            Scalar::I64(i64::MIN) => self.note("i64::MIN"),
            Scalar::F64(bits) if f64::from_bits(bits).is_nan() => self.note("NaN"),
            Scalar::Str("") => self.note("empty str"),
            Scalar::Str(value) if value.len() > 127 => self.note("long str"),
            Scalar::Str(value) if !value.is_ascii() => self.note("wide str"),
            Scalar::Data(&[]) => self.note("empty data"),
            Scalar::Data(value) if value.len() >= 1000 => self.note("huge data"),
            Scalar::Data(value) if value.len() > 127 => self.note("long data"),
            _ => {}
        }
    }

    fn open(&mut self, _span: Range<usize>, composite: Composite) {
        match composite {
            Composite::Union(_, member) => self.note(member.name),
            Composite::None => self.note("none"),
            Composite::Some => self.note("some"),
            Composite::List(count) if count > 127 => self.note("long list"),
            Composite::Map(0) => self.note("empty map"),
            Composite::Map(count) if count > 5 => self.note("large map"),
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn what_is_made_up_is_valid_and_in_its_one_encoding(message in octets(&ROOT)) {
        let mut encoder = Encoder::new();
        walk(&ROOT, &message, &mut encoder)?;
        prop_assert_eq!(encoder.into_octets(), message);
    }
}

#[test]
fn every_member_and_the_corners_of_every_type_turn_up() {
    let mut runner = TestRunner::deterministic();
    let strategy = octets(&ROOT);
    let mut seen = Seen::default();
    for _ in 0..2000 {
        let message = strategy.new_tree(&mut runner).unwrap().current();
        walk(&ROOT, &message, &mut seen).unwrap();
    }
    let expected = [
        "Everything",
        "Flavor",
        "NaN",
        "SOUR",
        "SWEET",
        "empty data",
        "empty map",
        "empty str",
        "huge data",
        "i64::MIN",
        "large map",
        "long data",
        "long list",
        "long str",
        "none",
        "some",
        "u64::MAX",
        "void",
        "wide str",
    ];
    assert_eq!(seen.0.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_message_shrinks_to_the_smallest_that_still_fails() {
    let mut runner = TestRunner::deterministic();
    let strategy = octets(&EVERYTHING);
    for _ in 0..20 {
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        while tree.simplify() {}
        let least = EVERYTHING.min_size();
        assert_eq!(
            tree.current().len(),
            least,
            "every list, string and option is empty, every varint short"
        );
    }
}
