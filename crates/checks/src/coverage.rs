//! Which members of unions a type has, and which a message.

use std::collections::BTreeSet;
use std::ops::Range;

use bare::dynamic::{Composite, Visitor, walk};
use bare::schema::{Kind, Type, TypeDef};

/// A member of a union: the name of the union, and its own.
pub type UnionMember = (&'static str, &'static str);

/// The members of every union in a type.
#[must_use]
pub fn members(definition: &'static TypeDef) -> BTreeSet<UnionMember> {
    let mut members = BTreeSet::new();
    collect(Type::Named(definition), &mut members);
    members
}

fn collect(ty: Type, members: &mut BTreeSet<UnionMember>) {
    match ty {
        Type::Named(def) => match def.kind {
            Kind::Alias(ty) => collect(ty, members),
            Kind::Struct(fields) => {
                for field in fields {
                    collect(field.ty, members);
                }
            }
            Kind::Union(of) => {
                for member in of {
                    members.insert((def.name, member.name));
                    collect(member.ty, members);
                }
            }
            Kind::Enum(_) => {}
        },
        Type::Optional(inner) | Type::List(inner) | Type::FixedList(inner, _) => {
            collect(*inner, members);
        }
        Type::Map(key, value) => {
            collect(*key, members);
            collect(*value, members);
        }
        _ => {}
    }
}

/// The members of unions that a message has; none if the octets are no message of the type.
#[must_use]
pub fn members_in(definition: &'static TypeDef, octets: &[u8]) -> BTreeSet<UnionMember> {
    #[derive(Default)]
    struct Members(BTreeSet<UnionMember>);

    impl Visitor for Members {
        fn open(&mut self, _span: Range<usize>, composite: Composite) {
            if let Composite::Union(union, member) = composite {
                self.0.insert((union.name, member.name));
            }
        }
    }

    let mut members = Members::default();
    match walk(definition, octets, &mut members) {
        Ok(()) => members.0,
        Err(_) => BTreeSet::new(),
    }
}
