//! What the parser read, before anything is known of its meaning. A type that could not be read is [`Kind::Unreadable`]:
//! its error is reported, and nothing that follows from it is.

use std::fmt::{self, Write};

use crate::model::{Name, Primitive, Span};

pub(crate) struct Schema {
    pub(crate) doc: Vec<String>,
    pub(crate) types: Vec<TypeDef>,
}

pub(crate) struct TypeDef {
    pub(crate) name: Name,
    pub(crate) doc: Vec<String>,
    pub(crate) ty: Type,
}

pub(crate) struct Type {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

pub(crate) enum Kind {
    Primitive(Primitive),
    FixedData(Number),
    Optional(Box<Type>),
    List(Box<Type>),
    FixedList(Box<Type>, Number),
    Map(Box<Type>, Box<Type>),
    Struct(Vec<Field>),
    Enum(Vec<EnumValue>),
    Union(Vec<Member>),
    Named(String),
    Unreadable,
}

pub(crate) struct Field {
    pub(crate) name: Name,
    pub(crate) doc: Vec<String>,
    pub(crate) ty: Type,
}

pub(crate) struct EnumValue {
    pub(crate) name: Name,
    pub(crate) doc: Vec<String>,
    pub(crate) value: Option<Number>,
}

pub(crate) struct Member {
    pub(crate) ty: Type,
    pub(crate) doc: Vec<String>,
    pub(crate) tag: Option<Number>,
}

/// A number as written; without a value if it could not be read, which is reported.
#[derive(Clone, Copy)]
pub(crate) struct Number {
    pub(crate) value: Option<u64>,
    pub(crate) span: Span,
}

impl Type {
    pub(crate) fn unreadable(span: Span) -> Self {
        Self {
            kind: Kind::Unreadable,
            span,
        }
    }

    /// The type as the language writes it today, on one line, if it is whole and short enough for a suggestion.
    pub(crate) fn short(&self) -> Option<String> {
        const LONGEST: usize = 48;
        let mut out = Limited {
            text: String::new(),
            room: LONGEST,
        };
        write!(out, "{self}").is_ok().then_some(out.text)
    }
}

/// Fails on a type with an unreadable part, so that no suggestion and no comparison is built on a guess.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Primitive(primitive) => f.write_str(primitive.name()),
            Kind::FixedData(length) => write!(f, "data[{length}]"),
            Kind::Optional(item) => write!(f, "optional<{item}>"),
            Kind::List(item) => write!(f, "list<{item}>"),
            Kind::FixedList(item, length) => write!(f, "list<{item}>[{length}]"),
            Kind::Map(key, value) => write!(f, "map<{key}><{value}>"),
            Kind::Struct(fields) => {
                f.write_str("struct {")?;
                for field in fields {
                    write!(f, " {}: {}", field.name.text, field.ty)?;
                }
                f.write_str(" }")
            }
            Kind::Enum(values) => {
                f.write_str("enum {")?;
                for value in values {
                    write!(f, " {}", value.name.text)?;
                    if let Some(number) = value.value {
                        write!(f, " = {number}")?;
                    }
                }
                f.write_str(" }")
            }
            Kind::Union(members) => {
                f.write_str("union {")?;
                for (index, member) in members.iter().enumerate() {
                    f.write_str(if index == 0 { " " } else { " | " })?;
                    write!(f, "{}", member.ty)?;
                    if let Some(tag) = member.tag {
                        write!(f, " = {tag}")?;
                    }
                }
                f.write_str(" }")
            }
            Kind::Named(name) => f.write_str(name),
            Kind::Unreadable => Err(fmt::Error),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value.ok_or(fmt::Error)?)
    }
}

/// Refuses text beyond its room, so that a long type costs no more than a short one.
struct Limited {
    text: String,
    room: usize,
}

impl Write for Limited {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.room = self.room.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.text.push_str(text);
        Ok(())
    }
}
