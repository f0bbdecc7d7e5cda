//! A few messages of a type, made from its description: together they hold every member of every union, every value of
//! every enum, each optional with and without a value, and empty, short and long lists and strings.
//!
//! Unlike those that proptest makes up, they are the same on every run, and few enough to try each of their prefixes.

use envoy_protocol::bare::dynamic::{Composite, Encoder, Scalar};
use envoy_protocol::bare::schema::{Kind, Type, TypeDef};

/// The octets of a few messages of the type. Never empty.
pub(crate) fn samples(def: &'static TypeDef) -> Vec<Vec<u8>> {
    match def.kind {
        Kind::Alias(ty) => of(ty),
        Kind::Enum(values) => values
            .iter()
            .map(|value| scalar(Scalar::Enum(def, value)))
            .collect(),
        Kind::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|field| of(field.ty)).collect();
            let longest = fields.iter().map(Vec::len).max().unwrap_or(1);
            // The n-th sample has the n-th value of each field, so that there are as few as the fields allow.
            (0..longest)
                .map(|n| {
                    fields
                        .iter()
                        .flat_map(|field| field[n % field.len()].clone())
                        .collect()
                })
                .collect()
        }
        Kind::Union(members) => members
            .iter()
            .flat_map(|member| {
                of(member.ty)
                    .into_iter()
                    .map(move |value| within(Composite::Union(def, member), &[value]))
            })
            .collect(),
    }
}

fn of(ty: Type) -> Vec<Vec<u8>> {
    match ty {
        Type::Named(def) => samples(def),
        Type::Optional(inner) => {
            let mut out: Vec<_> = of(*inner)
                .into_iter()
                .map(|value| within(Composite::Some, &[value]))
                .collect();
            out.push(within(Composite::None, &[]));
            out
        }
        Type::List(item) => {
            let items = of(*item);
            vec![
                within(Composite::List(items.len()), &items),
                within(Composite::List(0), &[]),
            ]
        }
        Type::FixedList(item, count) => {
            let items: Vec<_> = of(*item).into_iter().cycle().take(count).collect();
            vec![within(Composite::FixedList(count), &items)]
        }
        Type::Map(key, value) => {
            let (mut keys, values) = (of(*key), of(*value));
            keys.sort_unstable_by(|a, b| b.cmp(a));
            keys.dedup();
            let entries: Vec<_> = keys
                .iter()
                .zip(values.iter().cycle())
                .flat_map(|(key, value)| [key.clone(), value.clone()])
                .collect();
            vec![
                within(Composite::Map(keys.len()), &entries),
                within(Composite::Map(0), &[]),
            ]
        }
        scalar_type => scalars(scalar_type),
    }
}

fn scalars(ty: Type) -> Vec<Vec<u8>> {
    let long = "long ".repeat(26);
    let values = match ty {
        Type::Uint => vec![Scalar::Uint(300), Scalar::Uint(u64::MAX), Scalar::Uint(0)],
        Type::Int => vec![Scalar::Int(-65), Scalar::Int(i64::MIN), Scalar::Int(0)],
        Type::U8 => vec![Scalar::U8(u8::MAX), Scalar::U8(0)],
        Type::U16 => vec![Scalar::U16(0x1234), Scalar::U16(0)],
        Type::U32 => vec![Scalar::U32(0x1234_5678), Scalar::U32(0)],
        Type::U64 => vec![Scalar::U64(u64::MAX - 1), Scalar::U64(0)],
        Type::I8 => vec![Scalar::I8(i8::MIN), Scalar::I8(0)],
        Type::I16 => vec![Scalar::I16(i16::MIN), Scalar::I16(0)],
        Type::I32 => vec![Scalar::I32(i32::MIN), Scalar::I32(0)],
        Type::I64 => vec![Scalar::I64(i64::MIN), Scalar::I64(0)],
        Type::F32 => vec![Scalar::F32(0xffa0_0001), Scalar::F32(0)],
        Type::F64 => vec![Scalar::F64(0xfff4_0000_0000_0001), Scalar::F64(0)],
        Type::Bool => vec![Scalar::Bool(true), Scalar::Bool(false)],
        Type::Str => vec![Scalar::Str("né€𝄞"), Scalar::Str(&long), Scalar::Str("")],
        Type::Data => vec![
            Scalar::Data(&[0xff, 0, 0x80]),
            Scalar::Data(long.as_bytes()),
            Scalar::Data(&[]),
        ],
        Type::FixedData(len) => return vec![(0..=u8::MAX).cycle().take(len).collect()],
        Type::Void => vec![Scalar::Void],
        Type::Optional(_)
        | Type::List(_)
        | Type::FixedList(..)
        | Type::Map(..)
        | Type::Named(_) => unreachable!("{ty:?} is no scalar"),
    };
    values.into_iter().map(scalar).collect()
}

fn scalar(value: Scalar<'_>) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.write(value);
    encoder.into_octets()
}

fn within(composite: Composite, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.begin(composite);
    let mut octets = encoder.into_octets();
    octets.extend(parts.iter().flatten());
    octets
}
