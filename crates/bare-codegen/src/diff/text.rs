//! A diff as people read it.

use std::fmt;

use super::{Change, ChangeKind, Diff, Wire};

impl fmt::Display for Diff {
    /// First the numbers, then each changed type with what an upgrade and a downgrade have to do, then the types that
    /// contain one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "no change: {}", types(self.unchanged));
        }
        writeln!(
            f,
            "changed: {}, containing one of them: {}, added: {}, removed: {}, the same: {}",
            self.changed.len(),
            self.containing.len(),
            self.added.len(),
            self.removed.len(),
            self.unchanged
        )?;
        if !self.changed.is_empty() {
            writeln!(f, "\n{} changed", types(self.changed.len()))?;
            for change in &self.changed {
                writeln!(f, "  {} (wire: {})", change.name, change.wire)?;
                for part in &change.changes {
                    writeln!(f, "    {part}")?;
                    if change.changes.len() > 1 {
                        writeln!(f, "      wire:      {}", part.wire)?;
                    }
                    writeln!(f, "      upgrade:   {}", part.upgrade)?;
                    writeln!(f, "      downgrade: {}", part.downgrade)?;
                }
            }
        }
        if !self.containing.is_empty() {
            writeln!(
                f,
                "\n{} more {} one of them: convert what is contained, move the rest",
                self.containing.len(),
                if self.containing.len() == 1 {
                    "contains"
                } else {
                    "contain"
                }
            )?;
            for containing in &self.containing {
                writeln!(
                    f,
                    "  {} (wire: {}) through {}",
                    containing.name,
                    containing.wire,
                    containing.through.join(", ")
                )?;
            }
        }
        for (what, definitions) in [("added", &self.added), ("removed", &self.removed)] {
            if definitions.is_empty() {
                continue;
            }
            writeln!(
                f,
                "\n{} {what}: no converter of their own, they stand only in what changed",
                types(definitions.len())
            )?;
            for definition in definitions {
                writeln!(f, "  {} {}", definition.name, definition.layout)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    /// What happened, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject.as_deref().unwrap_or_default();
        let old = self.old.as_deref().unwrap_or_default();
        let new = self.new.as_deref().unwrap_or_default();
        match self.kind {
            ChangeKind::FieldAdded => write!(f, "field added: {subject}: {new}"),
            ChangeKind::FieldRemoved => write!(f, "field removed: {subject}: {old}"),
            ChangeKind::FieldRenamed => write!(f, "field renamed: {old} -> {new}"),
            ChangeKind::FieldRetyped => {
                write!(f, "field of another type: {subject}: {old} -> {new}")
            }
            ChangeKind::FieldsReordered => write!(f, "fields in another order: {old} -> {new}"),
            ChangeKind::MemberAdded => write!(f, "member added: {subject} = {new}"),
            ChangeKind::MemberRemoved => write!(f, "member removed: {subject} = {old}"),
            ChangeKind::MemberReplaced => write!(f, "member replaced, {subject}: {old} -> {new}"),
            ChangeKind::MemberRetagged => {
                write!(f, "member under another tag: {subject} = {old} -> {new}")
            }
            ChangeKind::ValueAdded => write!(f, "value added: {subject} = {new}"),
            ChangeKind::ValueRemoved => write!(f, "value removed: {subject} = {old}"),
            ChangeKind::ValueRenamed => write!(f, "value renamed: {old} -> {new}"),
            ChangeKind::ValueRenumbered => {
                write!(f, "value under another number: {subject} = {old} -> {new}")
            }
            ChangeKind::Retyped => write!(f, "another type: {old} -> {new}"),
            ChangeKind::KindChanged => write!(f, "another kind of type: {old} -> {new}"),
        }
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "same octets",
            Self::Extended => "old octets stay good",
            Self::Narrowed => "new octets are good in the old version",
            Self::Different => "different octets",
        })
    }
}

fn types(count: usize) -> String {
    match count {
        1 => "1 type".to_owned(),
        _ => format!("{count} types"),
    }
}
