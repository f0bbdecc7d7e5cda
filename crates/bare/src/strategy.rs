//! Test data from a description: proptest strategies whose values are encoded messages.
//!
//! The strategies are composed of proptest's own, so that a failing message shrinks to a small one. What they yield is
//! always valid and in its one encoding; [`walk`](crate::dynamic::walk) accepts all of it.

use alloc::vec::Vec;

use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use crate::dynamic::{Composite, Encoder, Scalar};
use crate::schema::{Kind, Type, TypeDef};

/// The octets of any value of the type `def`.
///
/// - Each member of a union is as likely as the next, and so is each value of an enum.
/// - Numbers are their extremes and small numbers as often as any number. Floats include every NaN.
/// - Lists and maps mostly have fewer than six items, now and then more than 127. The keys of a map are in no order.
/// - A `str` mixes ASCII with characters of two to four octets; `str` and `data` are mostly short, now and then longer
///   than 127 octets, and `data` rarely a few KiB.
pub fn octets(def: &'static TypeDef) -> BoxedStrategy<Vec<u8>> {
    value(Type::Named(def))
}

fn value(ty: Type) -> BoxedStrategy<Vec<u8>> {
    match ty {
        Type::Named(def) => named(def),
        Type::Uint => varint()
            .prop_map(|value| written(Scalar::Uint(value)))
            .boxed(),
        Type::Int => varint()
            .prop_map(|value| {
                written(Scalar::Int(
                    (value >> 1).cast_signed() ^ -(value & 1).cast_signed(),
                ))
            })
            .boxed(),
        Type::U8 => integer(select([0, 1, u8::MAX].as_slice()), any::<u8>(), Scalar::U8),
        Type::U16 => integer(
            select([0, 1, u16::MAX].as_slice()),
            any::<u16>(),
            Scalar::U16,
        ),
        Type::U32 => integer(
            select([0, 1, u32::MAX].as_slice()),
            any::<u32>(),
            Scalar::U32,
        ),
        Type::U64 => integer(
            select([0, 1, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, u64::MAX].as_slice()),
            any::<u64>(),
            Scalar::U64,
        ),
        Type::I8 => integer(
            select([0, -1, i8::MIN, i8::MAX].as_slice()),
            any::<i8>(),
            Scalar::I8,
        ),
        Type::I16 => integer(
            select([0, -1, i16::MIN, i16::MAX].as_slice()),
            any::<i16>(),
            Scalar::I16,
        ),
        Type::I32 => integer(
            select([0, -1, i32::MIN, i32::MAX].as_slice()),
            any::<i32>(),
            Scalar::I32,
        ),
        Type::I64 => integer(
            select(
                [
                    0,
                    -1,
                    i64::MIN,
                    1 << 53,
                    (1 << 53) + 1,
                    -(1 << 53) - 1,
                    i64::MAX,
                ]
                .as_slice(),
            ),
            any::<i64>(),
            Scalar::I64,
        ),
        Type::F32 => integer(select(F32_BITS.as_slice()), any::<u32>(), Scalar::F32),
        Type::F64 => integer(select(F64_BITS.as_slice()), any::<u64>(), Scalar::F64),
        Type::Bool => any::<bool>()
            .prop_map(|value| written(Scalar::Bool(value)))
            .boxed(),
        Type::Str => string(),
        Type::Data => data(),
        Type::FixedData(len) => vec(any::<u8>(), len).boxed(),
        Type::Void => Just(Vec::new()).boxed(),
        Type::Optional(inner) => prop_oneof![
            Just(begun(Composite::None)),
            value(*inner).prop_map(|inner| concat(Composite::Some, &[inner])),
        ]
        .boxed(),
        Type::List(item) => sized(&value(*item))
            .prop_map(|items| concat(Composite::List(items.len()), &items))
            .boxed(),
        Type::FixedList(item, count) => vec(value(*item), count)
            .prop_map(move |items| concat(Composite::FixedList(count), &items))
            .boxed(),
        Type::Map(key, entry) => sized(&(value(*key), value(*entry)).boxed())
            .prop_map(map)
            .boxed(),
    }
}

fn named(def: &'static TypeDef) -> BoxedStrategy<Vec<u8>> {
    match def.kind {
        Kind::Alias(ty) => value(ty),
        Kind::Struct(fields) => fields
            .iter()
            .map(|field| value(field.ty))
            .collect::<Vec<_>>()
            .prop_map(|fields| fields.concat())
            .boxed(),
        Kind::Enum(values) => select(values)
            .prop_map(|value| written(Scalar::Uint(value.value)))
            .boxed(),
        Kind::Union(members) => Union::new(members.iter().map(|member| {
            value(member.ty)
                .prop_map(move |value| concat(Composite::Union(def, member), &[value]))
                .boxed()
        }))
        .boxed(),
    }
}

/// Zeros, infinities, a quiet and a signalling NaN with payloads, the least number above zero.
const F32_BITS: [u32; 7] = [
    0,
    0x8000_0000,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_1234,
    0xffa0_0001,
    1,
];

/// As [`F32_BITS`].
const F64_BITS: [u64; 7] = [
    0,
    0x8000_0000_0000_0000,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x7ff8_0000_0000_1234,
    0xfff4_0000_0000_0001,
    1,
];

fn integer<T: core::fmt::Debug + 'static>(
    extremes: impl Strategy<Value = T> + 'static,
    all: impl Strategy<Value = T> + 'static,
    scalar: fn(T) -> Scalar<'static>,
) -> BoxedStrategy<Vec<u8>> {
    prop_oneof![extremes, all]
        .prop_map(move |value| written(scalar(value)))
        .boxed()
}

/// As many numbers of each length.
fn varint() -> impl Strategy<Value = u64> {
    prop_oneof![
        select([0, 1, u64::MAX].as_slice()),
        (any::<u64>(), 0_u32..64).prop_map(|(value, shift)| value >> shift),
    ]
}

fn string() -> BoxedStrategy<Vec<u8>> {
    let character = || {
        prop_oneof![
            8 => proptest::char::range(' ', '~'),
            2 => any::<char>(),
            1 => select(['\0', '"', '\\', '\u{7f}', 'é', '\u{7ff}', '€', '\u{ffff}', '\u{10000}', '\u{10ffff}'].as_slice()),
        ]
    };
    prop_oneof![
        12 => vec(character(), 0..12),
        1 => vec(character(), 100..200),
    ]
    .prop_map(|characters| {
        let string: alloc::string::String = characters.into_iter().collect();
        written(Scalar::Str(&string))
    })
    .boxed()
}

fn data() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        24 => vec(any::<u8>(), 0..16),
        3 => vec(any::<u8>(), 100..400),
        1 => vec(any::<u8>(), 1000..5000),
    ]
    .prop_map(|octets| written(Scalar::Data(&octets)))
    .boxed()
}

fn sized<T: core::fmt::Debug + 'static>(item: &BoxedStrategy<T>) -> BoxedStrategy<Vec<T>> {
    let of = |size: SizeRange| vec(item.clone(), size);
    prop_oneof![
        40 => of((0..6).into()),
        4 => of((6..20).into()),
        1 => of((128..136).into()),
    ]
    .boxed()
}

fn map(mut entries: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    let mut keys = alloc::collections::BTreeSet::new();
    entries.retain(|(key, _)| keys.insert(key.clone()));
    let octets: Vec<_> = entries
        .into_iter()
        .flat_map(|(key, value)| [key, value])
        .collect();
    concat(Composite::Map(keys.len()), &octets)
}

fn written(scalar: Scalar<'_>) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.write(scalar);
    encoder.into_octets()
}

fn begun(composite: Composite) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.begin(composite);
    encoder.into_octets()
}

fn concat(composite: Composite, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = begun(composite);
    for part in parts {
        octets.extend_from_slice(part);
    }
    octets
}
