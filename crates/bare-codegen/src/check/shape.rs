//! Rules about one type: what it may hold, and the names in it.

use std::collections::HashMap;

use super::numbers::{Item, TAGS, VALUES};
use super::{Checker, Place};
use crate::ast::{EnumValue, Field, Kind, Member, Number, Type};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, quote};
use crate::model::{Name, Primitive, Span};
use crate::suggest;

impl<'a> Checker<'a> {
    pub(super) fn fields(&mut self, ty: &Type, fields: &'a [Field]) {
        if fields.is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyStruct, ty.span, "a struct with a field", "none")
                    .suggest("add a field; what carries nothing is `void`, as a member of a union"),
            );
        }
        let mut names = HashMap::new();
        for Field { name, .. } in fields {
            let text = name.text.as_str();
            let good = text.starts_with(|first: char| first.is_ascii_alphabetic())
                && text
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric() || character == '_');
            if !good {
                let mut diagnostic = Diagnostic::new(
                    Code::FieldName,
                    name.span,
                    "a field name of a letter, then letters, digits and `_`",
                    quote(text),
                );
                diagnostic.suggestion =
                    suggest::field_name(text).map(|better| format!("write `{better}`"));
                self.report(diagnostic);
            }
            self.unique(&mut names, name, Code::DuplicateField, "field");
        }
    }

    pub(super) fn enum_values(&mut self, ty: &Type, values: &'a [EnumValue]) {
        if values.is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyEnum, ty.span, "an enum with a value", "none")
                    .suggest("name a value, such as `UNKNOWN`"),
            );
        }
        let mut names = HashMap::new();
        for EnumValue { name, .. } in values {
            let text = name.text.as_str();
            let good = text.starts_with(|first: char| first.is_ascii_uppercase())
                && text.chars().all(|character| {
                    character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_'
                });
            if !good {
                let mut diagnostic = Diagnostic::new(
                    Code::EnumValueName,
                    name.span,
                    "an enum value of an upper-case letter, then upper-case letters, digits and `_`",
                    quote(text),
                );
                diagnostic.suggestion =
                    suggest::constant_case(text).map(|better| format!("write `{better}`"));
                self.report(diagnostic);
            }
            self.unique(&mut names, name, Code::DuplicateEnumValue, "enum value");
        }
        let items = values.iter().map(|value| Item {
            name: quote(&value.name.text),
            span: value.name.span,
            given: value.value,
        });
        self.numbers(&VALUES, items);
    }

    pub(super) fn members(&mut self, ty: &Type, members: &'a [Member]) {
        if members.is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyUnion, ty.span, "a union with a member", "none")
                    .suggest("name a member, or remove the union"),
            );
        }
        let mut types = HashMap::new();
        for member in members {
            let Some(text) = written(&member.ty) else {
                continue;
            };
            let shown = quote(&text);
            let Some(first) = types.insert(text, member.ty.span) else {
                continue;
            };
            self.report(
                Diagnostic::new(
                    Code::RepeatedMember,
                    member.ty.span,
                    "a type that is not yet a member",
                    format!("{shown} once more"),
                )
                .suggest("remove it, or give the same type another name by `type Name T`")
                .note_at(format!("{shown} is first a member here"), first),
            );
        }
        let items = members.iter().map(|member| Item {
            name: quote(&written(&member.ty).unwrap_or_default()),
            span: member.ty.span,
            given: member.tag,
        });
        self.numbers(&TAGS, items);
    }

    fn unique(
        &mut self,
        names: &mut HashMap<&'a str, Span>,
        name: &'a Name,
        code: Code,
        what: &str,
    ) {
        let Some(&first) = names.get(name.text.as_str()) else {
            names.insert(&name.text, name.span);
            return;
        };
        let text = quote(&name.text);
        self.report(
            Diagnostic::new(
                code,
                name.span,
                format!("a name that no other {what} has"),
                format!("a second {text}"),
            )
            .suggest("remove one of them, or give it another name")
            .note_at(format!("the first {text} stands here"), first),
        );
    }

    pub(super) fn length(&mut self, length: Number) {
        if length.value == Some(0) {
            self.report(
                Diagnostic::new(Code::ZeroLength, length.span, "a length of at least 1", "0")
                    .suggest("write the length, or leave the brackets out if it varies"),
            );
        }
    }

    /// `void`, or a name for it, that stands at `place`.
    pub(super) fn void(&mut self, ty: &Type, place: Place) {
        let suggestion = match place {
            // A definition gives it a name, a union is where it belongs, and keys have a rule of their own.
            Place::Definition | Place::Member | Place::Key => return,
            Place::Field => "remove the field; it carries nothing",
            Place::Optional => "write `bool`, which says as much as an optional nothing",
            Place::List => "write `uint`, the number of items, which is all it says",
            Place::Value => "write a list of the keys",
        };
        let name = written(ty).unwrap_or_default();
        let mut diagnostic = Diagnostic::new(
            Code::MisplacedVoid,
            ty.span,
            "a type that carries a value outside of a union",
            if name == "void" {
                "`void`".to_owned()
            } else {
                format!("{}, which is `void`", quote(&name))
            },
        )
        .suggest(suggestion);
        if let Some(&target) = self.by_name.get(name.as_str()) {
            let defined = self.types[target].name.span;
            diagnostic = diagnostic.note_at(format!("{} is defined here", quote(&name)), defined);
        }
        self.report(diagnostic);
    }

    /// The type of a map's keys.
    pub(super) fn key(&mut self, ty: &'a Type) {
        let Some(kind) = self.behind(ty) else {
            return;
        };
        let suggestion = match kind {
            Kind::Primitive(Primitive::F32) => "write `u32`, and keep the bits of the float in it",
            Kind::Primitive(Primitive::F64) => "write `u64`, and keep the bits of the float in it",
            Kind::Primitive(Primitive::Void) => "write the value alone; there is only one key",
            Kind::Primitive(_) | Kind::FixedData(_) | Kind::Enum(_) => return,
            _ => "write a list of structs that hold the key and the value",
        };
        let what = match kind {
            Kind::Optional(_) => "an optional value",
            Kind::List(_) | Kind::FixedList(..) => "a list",
            Kind::Map(..) => "a map",
            Kind::Struct(_) => "a struct",
            Kind::Union(_) => "a union",
            Kind::Primitive(Primitive::Void) => "`void`",
            _ => "a float",
        };
        let found = match (&ty.kind, written(ty)) {
            (Kind::Named(name), _) => format!("{}, which is {what}", quote(name)),
            (Kind::Primitive(_), Some(text)) => quote(&text),
            _ => what.to_owned(),
        };
        let mut diagnostic = Diagnostic::new(
            Code::MapKey,
            ty.span,
            "a key of an integer, `bool`, `str`, `data` or enum type",
            found,
        )
        .suggest(suggestion);
        if let Kind::Named(name) = &ty.kind
            && let Some(&target) = self.by_name.get(name.as_str())
        {
            let defined = self.types[target].name.span;
            diagnostic = diagnostic.note_at(format!("{} is defined here", quote(name)), defined);
        }
        self.report(diagnostic);
    }
}

/// The type as text that is equal for equal types; nothing if a part of it could not be read.
fn written(ty: &Type) -> Option<String> {
    use std::fmt::Write;

    let mut text = String::new();
    write!(text, "{ty}").is_ok().then_some(text)
}
