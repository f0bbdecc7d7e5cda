//! The smallest encoding of each type: one that no message could ever hold is refused, so that whoever computes with
//! sizes of a checked schema does not overflow.

use std::collections::HashMap;

use crate::ast::{Kind, Type, TypeDef};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::model::Primitive;

/// Sizes stay at or below it.
const LARGEST: u64 = i64::MAX as u64;

pub(super) fn check(
    types: &[TypeDef],
    by_name: &HashMap<&str, usize>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut sizer = Sizer {
        by_name,
        known: Vec::with_capacity(types.len()),
        diagnostics,
    };
    for def in types {
        let size = sizer.size(&def.ty);
        sizer.known.push(size);
    }
}

struct Sizer<'a> {
    by_name: &'a HashMap<&'a str, usize>,
    /// Sizes of the definitions so far. Those that follow may not be referred to, which is another rule's to report.
    known: Vec<u64>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Sizer<'_> {
    /// Octets that the smallest value takes at least. What has been reported counts as small.
    fn size(&mut self, ty: &Type) -> u64 {
        let size = match &ty.kind {
            Kind::Primitive(primitive) => primitive_size(*primitive),
            Kind::FixedData(length) => length.value.unwrap_or(0),
            Kind::Optional(item) | Kind::List(item) => {
                self.size(item);
                1
            }
            Kind::FixedList(item, length) => {
                self.size(item).saturating_mul(length.value.unwrap_or(0))
            }
            Kind::Map(key, value) => {
                self.size(key);
                self.size(value);
                1
            }
            Kind::Struct(fields) => fields.iter().fold(0, |sum: u64, field| {
                sum.saturating_add(self.size(&field.ty))
            }),
            Kind::Enum(_) => 1,
            Kind::Union(members) => {
                let sizes = members.iter().map(|member| self.size(&member.ty));
                // Not short-circuited: every member is looked at for errors of its own.
                sizes.min().unwrap_or(0).saturating_add(1)
            }
            Kind::Named(name) => self
                .by_name
                .get(name.as_str())
                .and_then(|&index| self.known.get(index))
                .copied()
                .unwrap_or(0),
            Kind::Unreadable => 0,
        };
        if size <= LARGEST {
            return size;
        }
        self.diagnostics.push(
            Diagnostic::new(
                Code::TooLarge,
                ty.span,
                format!("a type whose smallest value takes at most {LARGEST} octets"),
                "one that takes more",
            )
            .suggest("write smaller lengths"),
        );
        0
    }
}

const fn primitive_size(primitive: Primitive) -> u64 {
    match primitive {
        Primitive::Void => 0,
        Primitive::Uint
        | Primitive::Int
        | Primitive::U8
        | Primitive::I8
        | Primitive::Bool
        | Primitive::Str
        | Primitive::Data => 1,
        Primitive::U16 | Primitive::I16 => 2,
        Primitive::U32 | Primitive::I32 | Primitive::F32 => 4,
        Primitive::U64 | Primitive::I64 | Primitive::F64 => 8,
    }
}
