//! What a converter has to do about a change.

use crate::diagnostic::quote;
use crate::model::{Field, Primitive, Type, TypeKind};

/// Where the other version has no such field.
pub(super) fn drop_field(field: &Field) -> String {
    let name = quote(&field.name.text);
    match field.ty.kind {
        TypeKind::Optional(_) => format!("drop {name}: what it holds, if anything, is lost"),
        _ => format!("drop {name}: what it holds is lost"),
    }
}

/// Where the other version had no such field.
pub(super) fn fill_field(field: &Field) -> String {
    let name = quote(&field.name.text);
    match empty(&field.ty) {
        Some(empty) => format!("set {name} to {empty}"),
        None => format!("choose what {name} is for a message that has none"),
    }
}

/// Where the other version has no such value or member.
pub(super) fn no_form(name: &str) -> String {
    format!(
        "{} has no form there: refuse it with a typed error, or map it to another",
        quote(name)
    )
}

/// From one type to another.
pub(super) fn convert(from: &Type, to: &Type) -> String {
    let (before, after) = (quote(&from.to_string()), quote(&to.to_string()));
    if let TypeKind::Primitive(Primitive::Void) = from.kind {
        return match &to.kind {
            TypeKind::Struct(fields) => {
                let fills: Vec<_> = fields.iter().map(fill_field).collect();
                format!("build the struct: {}", fills.join(", "))
            }
            _ => format!("choose the {after} that nothing becomes"),
        };
    }
    if let TypeKind::Primitive(Primitive::Void) = to.kind {
        return match &from.kind {
            TypeKind::Struct(fields) => {
                let names: Vec<_> = fields.iter().map(|field| quote(&field.name.text)).collect();
                format!("drop the struct: what {} held is lost", names.join(" and "))
            }
            _ => "drop the value: it is lost".to_owned(),
        };
    }
    match (&from.kind, &to.kind) {
        (TypeKind::Optional(item), _) if item.to_string() == to.to_string() => {
            "take the value out; choose what none becomes, or refuse it with a typed error"
                .to_owned()
        }
        (_, TypeKind::Optional(item)) if item.to_string() == from.to_string() => {
            "wrap the value; it is never none".to_owned()
        }
        (TypeKind::Primitive(from), TypeKind::Primitive(to)) => match (range(*from), range(*to)) {
            (Some((low, high)), Some((least, most))) => {
                if least <= low && high <= most {
                    format!("convert {before} to {after}; every value fits")
                } else {
                    format!(
                        "convert {before} to {after}; refuse with a typed error what is not in {least}..={most}"
                    )
                }
            }
            _ => format!("convert {before} to {after}"),
        },
        _ => format!("convert {before} to {after}"),
    }
}

/// What stands for nothing in a type that has such a value.
fn empty(ty: &Type) -> Option<&'static str> {
    match ty.kind {
        TypeKind::Optional(_) => Some("none"),
        _ => None,
    }
}

/// The least and the greatest value of an integer.
fn range(primitive: Primitive) -> Option<(i128, i128)> {
    Some(match primitive {
        Primitive::U8 => (0, u8::MAX.into()),
        Primitive::U16 => (0, u16::MAX.into()),
        Primitive::U32 => (0, u32::MAX.into()),
        Primitive::Uint | Primitive::U64 => (0, u64::MAX.into()),
        Primitive::I8 => (i8::MIN.into(), i8::MAX.into()),
        Primitive::I16 => (i16::MIN.into(), i16::MAX.into()),
        Primitive::I32 => (i32::MIN.into(), i32::MAX.into()),
        Primitive::Int | Primitive::I64 => (i64::MIN.into(), i64::MAX.into()),
        _ => return None,
    })
}
