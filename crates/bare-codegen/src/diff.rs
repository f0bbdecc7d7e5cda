//! What changed between two versions of a schema, and so what has to convert between them.
//!
//! Types are compared by name, on what they are: comments and the order of definitions are no change. A type *changes*
//! if its own definition does; a type *contains* a change if it stays as it was and refers, directly or through others,
//! to one that changes. Both need a converter, all others are the same in both versions.

mod advice;
mod compare;
mod text;
mod wire;

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::model::{Schema, Type, TypeDef, TypeKind};

/// What changed between two schemas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// Of this structure as JSON; counts up when a field changes its meaning or goes.
    pub format: u32,
    /// Types of the new schema only, in its order.
    pub added: Vec<Definition>,
    /// Types of the old schema only, in its order.
    pub removed: Vec<Definition>,
    /// Types whose own definition changes, in the order of the new schema.
    pub changed: Vec<TypeChange>,
    /// Types that stay as they are but contain one that changes, in the order of the new schema.
    pub containing: Vec<Containing>,
    /// How many types are the same in both, all they contain included.
    pub unchanged: usize,
}

/// A type that only one of the schemas has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it is, on one line.
    pub layout: String,
}

/// A type that both schemas have, and define differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypeChange {
    /// Its name.
    pub name: String,
    /// What it was, on one line.
    pub old: String,
    /// What it is, on one line.
    pub new: String,
    /// Whether its octets differ, what it contains included.
    pub wire: Wire,
    /// The parts of the change, none left out.
    pub changes: Vec<Change>,
}

/// A part of the change of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The field, enum value or member that it happened to, by its new name; `tag n` if one member took the place of
    /// another; none if it is the type as a whole.
    pub subject: Option<String>,
    /// What it was: a type, a name, a number or an order of fields.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
    /// Whether octets differ.
    pub wire: Wire,
    /// What has to be done to go from the old version to the new one.
    pub upgrade: String,
    /// What has to be done to go from the new version to the old one.
    pub downgrade: String,
}

/// A type that contains a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Containing {
    /// Its name.
    pub name: String,
    /// Whether its octets differ.
    pub wire: Wire,
    /// The types it refers to that change or contain a change.
    pub through: Vec<String>,
}

/// How the octets of two versions of a type relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// The octets of each version mean the same in the other.
    Same,
    /// Octets of the old version mean the same in the new one; the new one has some that the old one refuses.
    Extended,
    /// Octets of the new version mean the same in the old one; the old one has some that the new one refuses.
    Narrowed,
    /// Octets of one version may be refused or misread by the other.
    Different,
}

/// What happened to a type or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// A field that the old version did not have.
    FieldAdded,
    /// A field that the new version does not have.
    FieldRemoved,
    /// A field of another name at the same place, of the same type: taken for the same field.
    FieldRenamed,
    /// A field of another type.
    FieldRetyped,
    /// Fields of both versions follow one another in another order.
    FieldsReordered,
    /// A member that the old version did not have.
    MemberAdded,
    /// A member that the new version does not have.
    MemberRemoved,
    /// Another type under the same tag.
    MemberReplaced,
    /// A member under another tag.
    MemberRetagged,
    /// An enum value that the old version did not have.
    ValueAdded,
    /// An enum value that the new version does not have.
    ValueRemoved,
    /// An enum value of another name under the same number.
    ValueRenamed,
    /// An enum value under another number.
    ValueRenumbered,
    /// A type that stands for another one: another primitive, another list, another name.
    Retyped,
    /// A type of another kind: what was `void` is a struct.
    KindChanged,
}

/// What changed from `old` to `new`. Both have to be checked schemas, as [`parse`](crate::parse) gives them.
#[must_use]
pub fn diff(old: &Schema, new: &Schema) -> Diff {
    let old_types = index(old);
    let new_types = index(new);
    let mut wires = wire::Wires::new(&old_types, &new_types);
    let mut changed = Vec::new();
    let mut containing = Vec::new();
    let mut unchanged = 0;
    // Types that are not the same in both versions. Definitions come before their use, so one pass is enough.
    let mut touched = HashSet::new();
    for def in &new.types {
        let name = def.name.text.as_str();
        let Some(before) = old_types.get(name) else {
            continue;
        };
        let wire = wires.of_definition(before, def);
        let (old_layout, new_layout) = (before.ty.to_string(), def.ty.to_string());
        if old_layout != new_layout {
            touched.insert(name);
            changed.push(TypeChange {
                name: name.to_owned(),
                changes: compare::definitions(&before.ty, &def.ty, &mut wires),
                old: old_layout,
                new: new_layout,
                wire,
            });
            continue;
        }
        let mut through = Vec::new();
        references(&def.ty, &mut through);
        through.retain(|target| touched.contains(target));
        if through.is_empty() {
            unchanged += 1;
            continue;
        }
        touched.insert(name);
        containing.push(Containing {
            name: name.to_owned(),
            wire,
            through: through.into_iter().map(str::to_owned).collect(),
        });
    }
    Diff {
        format: 1,
        added: only_in(new, &old_types),
        removed: only_in(old, &new_types),
        changed,
        containing,
        unchanged,
    }
}

impl Diff {
    /// Whether both schemas define the same types.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

type Index<'a> = HashMap<&'a str, &'a TypeDef>;

fn index(schema: &Schema) -> Index<'_> {
    schema
        .types
        .iter()
        .map(|def| (def.name.text.as_str(), def))
        .collect()
}

fn only_in(schema: &Schema, other: &Index<'_>) -> Vec<Definition> {
    schema
        .types
        .iter()
        .filter(|def| !other.contains_key(def.name.text.as_str()))
        .map(|def| Definition {
            name: def.name.text.clone(),
            layout: def.ty.to_string(),
        })
        .collect()
}

/// The names that a type refers to, each once, in their order.
fn references<'a>(ty: &'a Type, names: &mut Vec<&'a str>) {
    match &ty.kind {
        TypeKind::Primitive(_) | TypeKind::FixedData(_) | TypeKind::Enum(_) => {}
        TypeKind::Optional(item) | TypeKind::List(item) | TypeKind::FixedList(item, _) => {
            references(item, names);
        }
        TypeKind::Map(key, value) => {
            references(key, names);
            references(value, names);
        }
        TypeKind::Struct(fields) => {
            for field in fields {
                references(&field.ty, names);
            }
        }
        TypeKind::Union(members) => {
            for member in members {
                references(&member.ty, names);
            }
        }
        TypeKind::Named(name) => {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
}
