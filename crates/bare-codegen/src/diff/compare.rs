//! The parts of a change, one by one.

use std::collections::HashSet;

use super::advice;
use super::wire::Wires;
use super::{Change, ChangeKind, Wire};
use crate::diagnostic::quote;
use crate::model::{EnumValue, Field, Member, Type, TypeKind};

/// Of a type whose definition changes.
pub(super) fn definitions(old: &Type, new: &Type, wires: &mut Wires<'_>) -> Vec<Change> {
    match (&old.kind, &new.kind) {
        (TypeKind::Struct(old), TypeKind::Struct(new)) => structs(old, new, wires),
        (TypeKind::Enum(old), TypeKind::Enum(new)) => enums(old, new),
        (TypeKind::Union(old), TypeKind::Union(new)) => unions(old, new, wires),
        (old_kind, new_kind) => {
            let kind = if category(old_kind) == category(new_kind) {
                ChangeKind::Retyped
            } else {
                ChangeKind::KindChanged
            };
            vec![Change {
                kind,
                subject: None,
                old: Some(old.to_string()),
                new: Some(new.to_string()),
                wire: wires.of(old, new),
                upgrade: advice::convert(old, new),
                downgrade: advice::convert(new, old),
            }]
        }
    }
}

/// What readers think of as a kind: types with a body are one each, all others stand for a value.
fn category(kind: &TypeKind) -> u8 {
    match kind {
        TypeKind::Struct(_) => 0,
        TypeKind::Enum(_) => 1,
        TypeKind::Union(_) => 2,
        TypeKind::Primitive(crate::model::Primitive::Void) => 3,
        _ => 4,
    }
}

fn structs(old: &[Field], new: &[Field], wires: &mut Wires<'_>) -> Vec<Change> {
    let find =
        |fields: &[Field], name: &str| fields.iter().position(|field| field.name.text == name);
    let mut changes = Vec::new();
    let mut renamed = HashSet::new();
    if old.len() == new.len() {
        for (before, after) in old.iter().zip(new) {
            let both_new =
                find(new, &before.name.text).is_none() && find(old, &after.name.text).is_none();
            if both_new && before.ty.to_string() == after.ty.to_string() {
                renamed.insert(before.name.text.as_str());
                renamed.insert(after.name.text.as_str());
                let (from, to) = (quote(&before.name.text), quote(&after.name.text));
                changes.push(Change {
                    kind: ChangeKind::FieldRenamed,
                    subject: Some(after.name.text.clone()),
                    old: Some(before.name.text.clone()),
                    new: Some(after.name.text.clone()),
                    wire: wires.of(&before.ty, &after.ty),
                    upgrade: format!("move {from} to {to}"),
                    downgrade: format!("move {to} to {from}"),
                });
            }
        }
    }
    for field in old {
        let name = field.name.text.as_str();
        if renamed.contains(name) {
            continue;
        }
        match find(new, name) {
            None => changes.push(one_sided_field(field, Side::Old)),
            Some(index) => {
                let after = &new[index];
                let (from, to) = (field.ty.to_string(), after.ty.to_string());
                if from != to {
                    changes.push(Change {
                        kind: ChangeKind::FieldRetyped,
                        subject: Some(name.to_owned()),
                        old: Some(from),
                        new: Some(to),
                        wire: wires.of(&field.ty, &after.ty),
                        upgrade: advice::convert(&field.ty, &after.ty),
                        downgrade: advice::convert(&after.ty, &field.ty),
                    });
                }
            }
        }
    }
    for field in new {
        let name = field.name.text.as_str();
        if !renamed.contains(name) && find(old, name).is_none() {
            changes.push(one_sided_field(field, Side::New));
        }
    }
    changes.extend(reordered(old, new));
    changes
}

/// Which version alone has something.
#[derive(Clone, Copy)]
enum Side {
    Old,
    New,
}

fn one_sided_field(field: &Field, side: Side) -> Change {
    let name = field.name.text.clone();
    let ty = field.ty.to_string();
    let drop = advice::drop_field(field);
    let fill = advice::fill_field(field);
    let (kind, old, new, upgrade, downgrade) = match side {
        Side::Old => (ChangeKind::FieldRemoved, Some(ty), None, drop, fill),
        Side::New => (ChangeKind::FieldAdded, None, Some(ty), fill, drop),
    };
    Change {
        kind,
        subject: Some(name),
        old,
        new,
        wire: Wire::Different,
        upgrade,
        downgrade,
    }
}

/// The fields that both have, if their order differs.
fn reordered(old: &[Field], new: &[Field]) -> Option<Change> {
    let names = |fields: &[Field], others: &[Field]| -> Vec<String> {
        let others: HashSet<_> = others
            .iter()
            .map(|field| field.name.text.as_str())
            .collect();
        fields
            .iter()
            .map(|field| &field.name.text)
            .filter(|name| others.contains(name.as_str()))
            .cloned()
            .collect()
    };
    let (before, after) = (names(old, new), names(new, old));
    (before != after).then(|| Change {
        kind: ChangeKind::FieldsReordered,
        subject: None,
        old: Some(before.join(" ")),
        new: Some(after.join(" ")),
        wire: Wire::Different,
        upgrade: "move the fields by name, never by place".to_owned(),
        downgrade: "move the fields by name, never by place".to_owned(),
    })
}

fn enums(old: &[EnumValue], new: &[EnumValue]) -> Vec<Change> {
    let by_name = |values: &[EnumValue], name: &str| {
        values
            .iter()
            .find(|value| value.name.text == name)
            .map(|value| value.value)
    };
    let by_number = |values: &[EnumValue], number: u64| {
        values
            .iter()
            .find(|value| value.value == number)
            .map(|value| value.name.text.clone())
    };
    let change =
        |kind, name: &str, before: String, after: String, wire, upgrade, downgrade| Change {
            kind,
            subject: Some(name.to_owned()),
            old: Some(before).filter(|text| !text.is_empty()),
            new: Some(after).filter(|text| !text.is_empty()),
            wire,
            upgrade,
            downgrade,
        };
    let mut changes = Vec::new();
    for value in old {
        let name = value.name.text.as_str();
        let shown = quote(name);
        if let Some(number) = by_name(new, name) {
            if number != value.value {
                changes.push(change(
                    ChangeKind::ValueRenumbered,
                    name,
                    value.value.to_string(),
                    number.to_string(),
                    Wire::Different,
                    format!("map {shown} by name; its number differs"),
                    format!("map {shown} by name; its number differs"),
                ));
            }
            continue;
        }
        let replacement = by_number(new, value.value).filter(|other| by_name(old, other).is_none());
        if let Some(other) = replacement {
            let to = quote(&other);
            changes.push(change(
                ChangeKind::ValueRenamed,
                &other,
                name.to_owned(),
                other.clone(),
                Wire::Same,
                format!("map {shown} to {to}"),
                format!("map {to} to {shown}"),
            ));
            continue;
        }
        changes.push(change(
            ChangeKind::ValueRemoved,
            name,
            value.value.to_string(),
            String::new(),
            Wire::Narrowed,
            advice::no_form(name),
            "nothing: the new version has no such value".to_owned(),
        ));
    }
    for value in new {
        let name = value.name.text.as_str();
        let renamed =
            by_number(old, value.value).is_some_and(|other| by_name(new, &other).is_none());
        if by_name(old, name).is_some() || renamed {
            continue;
        }
        changes.push(change(
            ChangeKind::ValueAdded,
            name,
            String::new(),
            value.value.to_string(),
            Wire::Extended,
            "nothing: the old version has no such value".to_owned(),
            advice::no_form(name),
        ));
    }
    changes
}

fn unions(old: &[Member], new: &[Member], wires: &mut Wires<'_>) -> Vec<Change> {
    let named = |members: &[Member]| -> Vec<(String, usize)> {
        members
            .iter()
            .enumerate()
            .map(|(index, member)| (member.ty.to_string(), index))
            .collect()
    };
    let find = |names: &[(String, usize)], name: &str| {
        names
            .iter()
            .find(|(other, _)| other == name)
            .map(|&(_, index)| index)
    };
    let (old_names, new_names) = (named(old), named(new));
    let mut replaced = HashSet::new();
    let mut changes = Vec::new();
    for (name, index) in &old_names {
        let member = &old[*index];
        if let Some(after) = find(&new_names, name) {
            let after = &new[after];
            if after.tag != member.tag {
                let advice = format!("map {} by type; its tag differs", quote(name));
                changes.push(Change {
                    kind: ChangeKind::MemberRetagged,
                    subject: Some(name.clone()),
                    old: Some(member.tag.to_string()),
                    new: Some(after.tag.to_string()),
                    wire: Wire::Different,
                    upgrade: advice.clone(),
                    downgrade: advice,
                });
            }
            continue;
        }
        let same_tag = new
            .iter()
            .position(|after| after.tag == member.tag)
            .filter(|&after| find(&old_names, &new_names[after].0).is_none());
        if let Some(after) = same_tag {
            let to = &new_names[after].0;
            replaced.insert(after);
            changes.push(Change {
                kind: ChangeKind::MemberReplaced,
                subject: Some(format!("tag {}", member.tag)),
                old: Some(name.clone()),
                new: Some(to.clone()),
                wire: wires.of(&member.ty, &new[after].ty),
                upgrade: format!("convert {} to {}", quote(name), quote(to)),
                downgrade: format!("convert {} to {}", quote(to), quote(name)),
            });
            continue;
        }
        changes.push(Change {
            kind: ChangeKind::MemberRemoved,
            subject: Some(name.clone()),
            old: Some(member.tag.to_string()),
            new: None,
            wire: Wire::Narrowed,
            upgrade: advice::no_form(name),
            downgrade: "nothing: the new version has no such member".to_owned(),
        });
    }
    for (name, index) in &new_names {
        if replaced.contains(index) || find(&old_names, name).is_some() {
            continue;
        }
        changes.push(Change {
            kind: ChangeKind::MemberAdded,
            subject: Some(name.clone()),
            old: None,
            new: Some(new[*index].tag.to_string()),
            wire: Wire::Extended,
            upgrade: "nothing: the old version has no such member".to_owned(),
            downgrade: advice::no_form(name),
        });
    }
    changes
}
