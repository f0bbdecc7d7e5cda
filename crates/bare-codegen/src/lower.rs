//! The syntax tree of a schema without errors, as the model of it.

use crate::ast;
use crate::check::count;
use crate::model::{EnumValue, Field, Member, Schema, Type, TypeDef, TypeKind};

/// Nothing if a part of the schema could not be read.
pub(crate) fn lower(schema: ast::Schema) -> Option<Schema> {
    let types = schema.types.into_iter().map(|def| {
        Some(TypeDef {
            name: def.name,
            doc: def.doc,
            ty: lower_type(def.ty)?,
        })
    });
    Some(Schema {
        doc: schema.doc,
        types: types.collect::<Option<_>>()?,
    })
}

fn lower_type(ty: ast::Type) -> Option<Type> {
    let kind = match ty.kind {
        ast::Kind::Primitive(primitive) => TypeKind::Primitive(primitive),
        ast::Kind::FixedData(length) => TypeKind::FixedData(length.value?),
        ast::Kind::Optional(item) => TypeKind::Optional(Box::new(lower_type(*item)?)),
        ast::Kind::List(item) => TypeKind::List(Box::new(lower_type(*item)?)),
        ast::Kind::FixedList(item, length) => {
            TypeKind::FixedList(Box::new(lower_type(*item)?), length.value?)
        }
        ast::Kind::Map(key, value) => {
            TypeKind::Map(Box::new(lower_type(*key)?), Box::new(lower_type(*value)?))
        }
        ast::Kind::Struct(fields) => {
            let fields = fields.into_iter().map(|field| {
                Some(Field {
                    name: field.name,
                    doc: field.doc,
                    ty: lower_type(field.ty)?,
                })
            });
            TypeKind::Struct(fields.collect::<Option<_>>()?)
        }
        ast::Kind::Enum(values) => {
            let mut last = None;
            let values = values.into_iter().map(|value| {
                last = number(last, value.value);
                Some(EnumValue {
                    name: value.name,
                    doc: value.doc,
                    value: last?,
                })
            });
            TypeKind::Enum(values.collect::<Option<_>>()?)
        }
        ast::Kind::Union(members) => {
            let mut last = None;
            let members = members.into_iter().map(|member| {
                last = number(last, member.tag);
                Some(Member {
                    ty: lower_type(member.ty)?,
                    doc: member.doc,
                    tag: last?,
                })
            });
            TypeKind::Union(members.collect::<Option<_>>()?)
        }
        ast::Kind::Named(name) => TypeKind::Named(name),
        ast::Kind::Unreadable => return None,
    };
    Some(Type {
        kind,
        span: ty.span,
    })
}

fn number(last: Option<u64>, given: Option<ast::Number>) -> Option<u64> {
    match given {
        Some(number) => number.value,
        None => count(last),
    }
}
