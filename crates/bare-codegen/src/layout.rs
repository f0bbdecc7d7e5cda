//! The layout of a schema as text.

use std::fmt::{self, Write};

use crate::model::{Schema, Type, TypeKind};

/// The layout of a schema, comments and spans aside: one line per type, every number and tag spelled out. Equal text
/// means equal layout under equal names.
#[must_use]
pub fn layout(schema: &Schema) -> String {
    let mut out = String::new();
    for def in &schema.types {
        // Writing to a string does not fail.
        let _ = writeln!(out, "type {} {}", def.name.text, def.ty);
    }
    out
}

impl fmt::Display for Type {
    /// On one line, as the schema language writes it, every number and tag spelled out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Display for TypeKind {
    /// On one line, as the schema language writes it, every number and tag spelled out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primitive(primitive) => f.write_str(primitive.name()),
            Self::FixedData(length) => write!(f, "data[{length}]"),
            Self::Optional(item) => write!(f, "optional<{item}>"),
            Self::List(item) => write!(f, "list<{item}>"),
            Self::FixedList(item, length) => write!(f, "list<{item}>[{length}]"),
            Self::Map(key, value) => write!(f, "map<{key}><{value}>"),
            Self::Struct(fields) => {
                f.write_str("struct {")?;
                for field in fields {
                    write!(f, " {}: {}", field.name.text, field.ty)?;
                }
                f.write_str(" }")
            }
            Self::Enum(values) => {
                f.write_str("enum {")?;
                for value in values {
                    write!(f, " {} = {}", value.name.text, value.value)?;
                }
                f.write_str(" }")
            }
            Self::Union(members) => {
                f.write_str("union {")?;
                for (index, member) in members.iter().enumerate() {
                    let bar = if index == 0 { "" } else { " |" };
                    write!(f, "{bar} {} = {}", member.ty, member.tag)?;
                }
                f.write_str(" }")
            }
            Self::Named(name) => f.write_str(name),
        }
    }
}
