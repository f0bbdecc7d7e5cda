//! The rules that a schema has to hold to beyond its grammar.

mod graph;
mod numbers;
mod shape;
mod size;

use std::collections::HashMap;

use crate::ast::{Kind, Schema, Type, TypeDef};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, quote};
use crate::model::Primitive;
use crate::suggest::{self, Speller};

pub(crate) use numbers::count;

use graph::Graph;

/// Reports every rule that the schema breaks. What has been reported as unreadable is taken to be right.
pub(crate) fn check(schema: &Schema, diagnostics: &mut Vec<Diagnostic>) {
    let mut by_name = HashMap::new();
    for (index, def) in schema.types.iter().enumerate() {
        by_name.entry(def.name.text.as_str()).or_insert(index);
    }
    let graph = Graph::new(&schema.types, &by_name);
    let mut checker = Checker {
        types: &schema.types,
        by_name,
        graph,
        speller: Speller::new(),
        diagnostics,
    };
    for (index, def) in schema.types.iter().enumerate() {
        checker.definition(index, def);
    }
    size::check(checker.types, &checker.by_name, checker.diagnostics);
}

struct Checker<'a> {
    types: &'a [TypeDef],
    /// The first definition of each name.
    by_name: HashMap<&'a str, usize>,
    graph: Graph,
    speller: Speller,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// What a type stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Definition,
    Member,
    Field,
    Optional,
    List,
    Key,
    Value,
}

impl<'a> Checker<'a> {
    fn definition(&mut self, index: usize, def: &'a TypeDef) {
        let name = def.name.text.as_str();
        let first = name.chars().next();
        let good = first.is_some_and(|first| first.is_ascii_uppercase())
            && name
                .chars()
                .all(|character| character.is_ascii_alphanumeric());
        if !good {
            let mut diagnostic = Diagnostic::new(
                Code::TypeName,
                def.name.span,
                "a type name of an upper-case letter, then letters and digits",
                quote(name),
            );
            diagnostic.suggestion =
                suggest::pascal_case(name).map(|pascal| format!("write `{pascal}`"));
            self.report(diagnostic);
        }
        match self.by_name.get(name) {
            Some(&first) if first != index => {
                let first = &self.types[first].name;
                self.report(
                    Diagnostic::new(
                        Code::DuplicateType,
                        def.name.span,
                        "a type name that is not taken",
                        format!("a second {}", quote(name)),
                    )
                    .suggest("remove one of them, or give it another name")
                    .note_at(format!("{} is first defined here", quote(name)), first.span),
                );
            }
            _ => {}
        }
        self.ty(index, &def.ty, Place::Definition);
    }

    /// Checks a type that stands at `place` somewhere in definition `owner`.
    fn ty(&mut self, owner: usize, ty: &'a Type, place: Place) {
        match &ty.kind {
            Kind::Unreadable => {}
            Kind::Primitive(primitive) => {
                if *primitive == Primitive::Void {
                    self.void(ty, place);
                }
            }
            Kind::FixedData(length) => self.length(*length),
            Kind::Optional(item) => self.ty(owner, item, Place::Optional),
            Kind::List(item) => self.ty(owner, item, Place::List),
            Kind::FixedList(item, length) => {
                self.ty(owner, item, Place::List);
                self.length(*length);
            }
            Kind::Map(key, value) => {
                self.ty(owner, key, Place::Key);
                self.key(key);
                self.ty(owner, value, Place::Value);
            }
            Kind::Struct(fields) => {
                self.fields(ty, fields);
                for field in fields {
                    self.ty(owner, &field.ty, Place::Field);
                }
            }
            Kind::Enum(values) => self.enum_values(ty, values),
            Kind::Union(members) => {
                self.members(ty, members);
                for member in members {
                    self.ty(owner, &member.ty, Place::Member);
                }
            }
            Kind::Named(name) => {
                self.reference(owner, ty, name);
                if matches!(self.behind(ty), Some(Kind::Primitive(Primitive::Void))) {
                    self.void(ty, place);
                }
            }
        }
    }

    /// A name in definition `owner`.
    fn reference(&mut self, owner: usize, ty: &Type, name: &str) {
        let Some(&target) = self.by_name.get(name) else {
            self.unknown(ty, name);
            return;
        };
        if target < owner {
            return;
        }
        let owner_name = quote(&self.types[owner].name.text);
        let defined = self.types[target].name.span;
        if let Some(cycle) = self.graph.cycle(owner, target) {
            let note = if owner == target {
                format!("{owner_name} contains itself")
            } else {
                let way: Vec<_> = cycle
                    .iter()
                    .map(|&step| quote(&self.types[step].name.text))
                    .collect();
                format!("{owner_name} contains {}", way.join(", which contains "))
            };
            self.report(
                Diagnostic::new(
                    Code::RecursiveType,
                    ty.span,
                    format!("a type that does not contain {owner_name}"),
                    quote(name),
                )
                .suggest("keep the values in one list, and refer to them by their index in it")
                .note(note),
            );
            return;
        }
        self.report(
            Diagnostic::new(
                Code::UsedBeforeDefinition,
                ty.span,
                format!("a type defined above {owner_name}"),
                format!("{}, defined below", quote(name)),
            )
            .suggest(format!(
                "move the definition of {} above {owner_name}",
                quote(name)
            ))
            .note_at(format!("{} is defined here", quote(name)), defined),
        );
    }

    fn unknown(&mut self, ty: &Type, name: &str) {
        let defined = self.types.iter().map(|def| def.name.text.as_str());
        let closest = self.speller.closest(name, defined);
        let mut diagnostic = Diagnostic::new(
            Code::UnknownType,
            ty.span,
            "a type that is built in or defined above",
            quote(name),
        );
        if name.contains('.') {
            diagnostic = diagnostic.note("every type of a schema is in the same file");
        }
        diagnostic.suggestion = closest.map(|known| format!("did you mean {}?", quote(known)));
        self.report(diagnostic);
    }

    /// What the type is once names are followed, if that is known.
    fn behind(&self, ty: &'a Type) -> Option<&'a Kind> {
        match &ty.kind {
            Kind::Unreadable => None,
            Kind::Named(name) => {
                let target = *self.by_name.get(name.as_str())?;
                let end = self.graph.behind(target)?;
                Some(&self.types[end].ty.kind).filter(|kind| !matches!(kind, Kind::Unreadable))
            }
            kind => Some(kind),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}
