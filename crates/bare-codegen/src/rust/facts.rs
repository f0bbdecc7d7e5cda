//! What follows from the layout of a type, found once for each name.

use std::collections::BTreeMap;

use crate::model::Primitive;

use super::items::{Expr, PrimitiveExpr, Shape};
use super::types::{fixed_primitive, varint_size};

/// What follows from the layout of a type.
#[derive(Debug, Clone, Copy)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and every combination occurs"
)]
pub(super) struct Facts {
    /// The borrowed form differs from the owned one.
    pub(super) borrows: bool,
    /// The fewest octets a value takes.
    pub(super) min_size: u64,
    /// serde's derive can shape the type as the wire has it: tags and values are positions, and serde knows the arrays.
    pub(super) serde: bool,
    /// Equality is total: there is no float inside.
    pub(super) total_eq: bool,
    /// It ends in `data`, which is passed over: a list of such is read ahead.
    pub(super) ends_in_data: bool,
    /// Reading it takes memory for lists or maps.
    pub(super) builds: bool,
    /// About how many steps it takes to read or write a value.
    pub(super) weight: u64,
}

/// The weight of a loop, which is not inlined for its own sake.
const LOOP: u64 = 16;
/// serde knows arrays up to this length.
const LONGEST_ARRAY: u64 = 32;

impl Facts {
    const fn plain(min_size: u64) -> Self {
        Self {
            borrows: false,
            min_size,
            serde: true,
            total_eq: true,
            ends_in_data: false,
            builds: false,
            weight: 1,
        }
    }

    /// Of nothing, to which the facts of parts are added.
    const fn none() -> Self {
        Self {
            weight: 0,
            ..Self::plain(0)
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            borrows: self.borrows || other.borrows,
            min_size: self.min_size.saturating_add(other.min_size),
            serde: self.serde && other.serde,
            total_eq: self.total_eq && other.total_eq,
            ends_in_data: other.ends_in_data,
            builds: self.builds || other.builds,
            weight: self.weight.saturating_add(other.weight),
        }
    }
}

/// The facts of a type whose parts are `known`.
pub(super) fn facts_of_type(ty: &Expr, known: &BTreeMap<String, Facts>) -> Facts {
    match ty {
        Expr::Primitive(PrimitiveExpr(primitive)) => Facts {
            borrows: matches!(primitive, Primitive::Str | Primitive::Data),
            total_eq: !matches!(primitive, Primitive::F32 | Primitive::F64),
            ends_in_data: matches!(primitive, Primitive::Data),
            ..Facts::plain(match primitive {
                Primitive::Void => 0,
                other => fixed_primitive(*other).unwrap_or(1),
            })
        },
        Expr::FixedData(len) => Facts {
            serde: *len <= LONGEST_ARRAY,
            ..Facts::plain(*len)
        },
        Expr::Optional(inner) => {
            let inner = facts_of_type(inner, known);
            Facts {
                min_size: 1,
                weight: inner.weight.saturating_add(1),
                ..inner
            }
        }
        Expr::List(inner) => Facts {
            borrows: true,
            min_size: 1,
            ends_in_data: false,
            builds: true,
            weight: LOOP,
            ..facts_of_type(inner, known)
        },
        Expr::FixedList(inner, len) => {
            let inner = facts_of_type(inner, known);
            Facts {
                min_size: inner.min_size.saturating_mul(*len),
                serde: inner.serde && *len <= LONGEST_ARRAY,
                ends_in_data: false,
                builds: true,
                weight: LOOP,
                ..inner
            }
        }
        Expr::Map(key, value) => Facts {
            borrows: true,
            min_size: 1,
            ends_in_data: false,
            builds: true,
            weight: LOOP,
            ..facts_of_type(key, known).and(facts_of_type(value, known))
        },
        // Types stand in order, those inside a type before it.
        Expr::Named(name) => known[name],
    }
}

/// The facts of a definition whose parts are `known`.
pub(super) fn facts_of_shape(shape: &Shape, known: &BTreeMap<String, Facts>) -> Facts {
    match shape {
        Shape::Alias(ty) => facts_of_type(ty, known),
        Shape::Struct(fields) => fields
            .iter()
            .map(|field| facts_of_type(&field.ty, known))
            .fold(Facts::none(), Facts::and),
        Shape::Enum(values) => {
            let sizes = values.iter().map(|value| varint_size(value.value));
            Facts {
                serde: (0..).zip(values).all(|(at, value)| value.value == at),
                ..Facts::plain(sizes.min().unwrap_or(1))
            }
        }
        Shape::Union(members) => {
            let size = |tag: u64, facts: Facts| varint_size(tag).saturating_add(facts.min_size);
            let facts = members
                .iter()
                .map(|member| (member.tag, facts_of_type(&member.ty, known)));
            let positions = (0..).zip(members).all(|(at, member)| member.tag == at);
            let all = facts
                .clone()
                .fold(Facts::none(), |all, (_, facts)| all.and(facts));
            Facts {
                min_size: facts
                    .map(|(tag, facts)| size(tag, facts))
                    .min()
                    .unwrap_or(1),
                serde: all.serde && positions,
                ends_in_data: false,
                weight: all.weight.saturating_add(1),
                ..all
            }
        }
    }
}
