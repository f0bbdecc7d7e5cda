//! How the octets of two types relate.

use std::collections::HashMap;

use super::{Index, Wire};
use crate::model::{EnumValue, Field, Member, Primitive, Type, TypeDef, TypeKind};

/// Names are followed this deep where they differ; beyond it octets count as different.
const DEEPEST: usize = 64;

impl Wire {
    /// The relation of two parts side by side.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, wire) | (wire, Self::Same) => wire,
            (Self::Extended, Self::Extended) => Self::Extended,
            (Self::Narrowed, Self::Narrowed) => Self::Narrowed,
            _ => Self::Different,
        }
    }
}

/// Compares types of the old schema with types of the new one.
pub(super) struct Wires<'a> {
    old: &'a Index<'a>,
    new: &'a Index<'a>,
    /// What is known of named types, by their names in both versions.
    known: HashMap<(String, String), Wire>,
}

impl<'a> Wires<'a> {
    pub(super) fn new(old: &'a Index<'a>, new: &'a Index<'a>) -> Self {
        Self {
            old,
            new,
            known: HashMap::new(),
        }
    }

    /// Of a type that both schemas define. Called in the order of the new schema, it finds all it needs known.
    pub(super) fn of_definition(&mut self, old: &TypeDef, new: &TypeDef) -> Wire {
        let wire = self.relate(&old.ty, &new.ty, 0);
        let names = (old.name.text.clone(), new.name.text.clone());
        self.known.insert(names, wire);
        wire
    }

    pub(super) fn of(&mut self, old: &Type, new: &Type) -> Wire {
        self.relate(old, new, 0)
    }

    fn relate(&mut self, old: &Type, new: &Type, depth: usize) -> Wire {
        use TypeKind::{Enum, FixedData, FixedList, List, Map, Named, Optional, Struct, Union};

        if depth == DEEPEST {
            return Wire::Different;
        }
        match (&old.kind, &new.kind) {
            (Named(old_name), Named(new_name)) => {
                let names = (old_name.clone(), new_name.clone());
                if let Some(wire) = self.known.get(&names) {
                    return *wire;
                }
                let defs = (
                    self.old.get(old_name.as_str()),
                    self.new.get(new_name.as_str()),
                );
                let (Some(old), Some(new)) = defs else {
                    return Wire::Different;
                };
                let wire = self.relate(&old.ty, &new.ty, depth + 1);
                self.known.insert(names, wire);
                wire
            }
            (Named(name), _) => match self.old.get(name.as_str()) {
                Some(def) => self.relate(&def.ty, new, depth + 1),
                None => Wire::Different,
            },
            (_, Named(name)) => match self.new.get(name.as_str()) {
                Some(def) => self.relate(old, &def.ty, depth + 1),
                None => Wire::Different,
            },
            (TypeKind::Primitive(old), TypeKind::Primitive(new)) if old == new => Wire::Same,
            (FixedData(old), FixedData(new)) if old == new => Wire::Same,
            (Optional(old), Optional(new)) | (List(old), List(new)) => {
                self.relate(old, new, depth + 1)
            }
            (FixedList(old, old_length), FixedList(new, new_length))
                if old_length == new_length =>
            {
                self.relate(old, new, depth + 1)
            }
            (Map(old_key, old_value), Map(new_key, new_value)) => {
                let key = self.relate(old_key, new_key, depth + 1);
                key.and(self.relate(old_value, new_value, depth + 1))
            }
            // Written alike: a length and octets.
            (TypeKind::Primitive(Primitive::Data), List(item))
            | (List(item), TypeKind::Primitive(Primitive::Data))
                if is_octet(item) =>
            {
                Wire::Same
            }
            (FixedData(length), FixedList(item, items))
            | (FixedList(item, items), FixedData(length))
                if length == items && is_octet(item) =>
            {
                Wire::Same
            }
            (Struct(old), Struct(new)) => self.structs(old, new, depth),
            (Enum(old), Enum(new)) => enums(old, new),
            (Union(old), Union(new)) => self.unions(old, new, depth),
            _ => Wire::Different,
        }
    }

    fn structs(&mut self, old: &[Field], new: &[Field], depth: usize) -> Wire {
        if old.len() != new.len() {
            return Wire::Different;
        }
        let has = |fields: &[Field], name: &str| fields.iter().any(|field| field.name.text == name);
        let mut wire = Wire::Same;
        for (before, after) in old.iter().zip(new) {
            let renamed = before.name.text != after.name.text;
            // A name that moved to another place is another meaning for the octets of this one.
            if renamed && (has(new, &before.name.text) || has(old, &after.name.text)) {
                return Wire::Different;
            }
            wire = wire.and(self.relate(&before.ty, &after.ty, depth + 1));
        }
        wire
    }

    fn unions(&mut self, old: &[Member], new: &[Member], depth: usize) -> Wire {
        let mut wire = Wire::Same;
        let mut pairs = Pairs {
            old: old.iter().peekable(),
            new: new.iter().peekable(),
        };
        while let Some(pair) = pairs.next(|member| member.tag) {
            wire = wire.and(match pair {
                (Some(before), Some(after)) => self.relate(&before.ty, &after.ty, depth + 1),
                (before, _) => one_sided(before.is_some()),
            });
        }
        wire
    }
}

fn enums(old: &[EnumValue], new: &[EnumValue]) -> Wire {
    let has = |values: &[EnumValue], name: &str| values.iter().any(|value| value.name.text == name);
    let mut wire = Wire::Same;
    let mut pairs = Pairs {
        old: old.iter().peekable(),
        new: new.iter().peekable(),
    };
    while let Some(pair) = pairs.next(|value| value.value) {
        wire = wire.and(match pair {
            (Some(before), Some(after)) => {
                let renamed = before.name.text != after.name.text;
                if renamed && (has(new, &before.name.text) || has(old, &after.name.text)) {
                    Wire::Different
                } else {
                    Wire::Same
                }
            }
            (before, _) => one_sided(before.is_some()),
        });
    }
    wire
}

fn one_sided(only_old: bool) -> Wire {
    if only_old {
        Wire::Narrowed
    } else {
        Wire::Extended
    }
}

fn is_octet(ty: &Type) -> bool {
    matches!(ty.kind, TypeKind::Primitive(Primitive::U8))
}

/// Two lists in ascending order of a number, walked side by side.
struct Pairs<I: Iterator> {
    old: std::iter::Peekable<I>,
    new: std::iter::Peekable<I>,
}

impl<'t, T: 't, I: Iterator<Item = &'t T>> Pairs<I> {
    /// The items of the next number: of the old list, of the new one, or of both.
    fn next(&mut self, number: impl Fn(&T) -> u64) -> Option<(Option<&'t T>, Option<&'t T>)> {
        let old = self.old.peek().map(|item| number(item));
        let new = self.new.peek().map(|item| number(item));
        let least = old.into_iter().chain(new).min()?;
        Some((
            self.old.next_if(|item| number(item) == least),
            self.new.next_if(|item| number(item) == least),
        ))
    }
}
