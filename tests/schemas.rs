//! The schemas of the protocol: a released layout never changes, and nothing goes without a word of what it means.

use std::fs;
use std::path::{Path, PathBuf};

use bare_codegen::model::{Schema, Type, TypeKind};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn schema(version: &str) -> Schema {
    let path = root(&format!("protocol/{version}.bare"));
    let source = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "expected the released schema {}, but found: {error}",
            path.display()
        )
    });
    bare_codegen::parse(&source).unwrap_or_else(|errors| {
        let shown = path.display().to_string();
        let text = bare_codegen::render(&shown, &source, &errors, bare_codegen::Style::Plain);
        panic!("{text}")
    })
}

/// The released versions: those whose layout is pinned.
fn released() -> Vec<String> {
    let mut versions: Vec<_> = fs::read_dir(root("tests/fixtures/layout"))
        .expect("the folder of pinned layouts")
        .filter_map(|entry| {
            let path = entry.expect("an entry of the folder").path();
            let pinned = path
                .extension()
                .is_some_and(|extension| extension == "layout");
            pinned.then(|| {
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned()
            })
        })
        .collect();
    versions.sort_unstable();
    versions
}

/// What stands for the first line that differs; nothing if none does.
fn first_difference(pinned: &str, found: &str) -> Option<String> {
    let mut pinned = pinned.lines();
    let mut found = found.lines();
    loop {
        let (released, now) = (pinned.next(), found.next());
        if released == now {
            released?;
            continue;
        }
        let line = |line: Option<&str>| line.unwrap_or("nothing").to_owned();
        let name = released.or(now)?.split_whitespace().nth(1)?.to_owned();
        return Some(format!(
            "{name}\n  released: {}\n  now:      {}",
            line(released),
            line(now)
        ));
    }
}

#[test]
fn the_layout_of_a_released_schema_is_frozen() {
    let versions = released();
    for version in ["v4", "v5"] {
        assert!(
            versions.iter().any(|pinned| pinned == version),
            "{version} is not pinned"
        );
    }
    for version in versions {
        let pinned = fs::read_to_string(root(&format!("tests/fixtures/layout/{version}.layout")))
            .expect("a pinned layout");
        let found = bare_codegen::layout(&schema(&version));
        if let Some(difference) = first_difference(&pinned, &found) {
            panic!(
                "protocol/{version}.bare is released, and a released schema is frozen: peers speak it. Put it back, \
                 and make the change in a new version (protocol/README.md). The first type that differs is \
                 {difference}"
            );
        }
    }
}

#[test]
fn a_difference_is_told_by_the_first_type_that_has_one() {
    let pinned = "type A u8\ntype B u16\ntype C u8\n";
    assert_eq!(first_difference(pinned, pinned), None);
    assert_eq!(
        first_difference(pinned, "type A u8\ntype B u32\ntype C u16\n").as_deref(),
        Some("B\n  released: type B u16\n  now:      type B u32")
    );
    assert_eq!(
        first_difference(pinned, "type A u8\ntype B u16\n").as_deref(),
        Some("C\n  released: type C u8\n  now:      nothing")
    );
    assert_eq!(
        first_difference("", pinned).as_deref(),
        Some("A\n  released: nothing\n  now:      type A u8")
    );
}

#[test]
fn both_versions_define_124_types_and_v5_changes_three_of_them() {
    let (v4, v5) = (schema("v4"), schema("v5"));
    assert_eq!((v4.types.len(), v5.types.len()), (124, 124));
    let diff = bare_codegen::diff::diff(&v4, &v5);
    let changed: Vec<_> = diff
        .changed
        .iter()
        .map(|change| change.name.as_str())
        .collect();
    assert_eq!(
        changed,
        ["SqliteGetPagesOk", "SqliteErrorResponse", "SqliteCommitOk"]
    );
    assert_eq!((diff.containing.len(), diff.unchanged), (9, 112));
    assert_eq!((diff.added.len(), diff.removed.len()), (0, 0));
    let to_rivet = diff
        .containing
        .iter()
        .any(|containing| containing.name == "ToRivet");
    assert!(!to_rivet, "nothing that a host sends changes");
}

#[test]
fn every_type_and_every_field_is_documented() {
    for version in released() {
        let mut silent = Vec::new();
        for def in schema(&version).types {
            if def.doc.is_empty() {
                silent.push(def.name.text.clone());
            }
            fields(&def.name.text, &def.ty, &mut silent);
        }
        assert!(
            silent.is_empty(),
            "protocol/{version}.bare says nothing of {}",
            silent.join(", ")
        );
    }
}

fn fields(path: &str, ty: &Type, silent: &mut Vec<String>) {
    match &ty.kind {
        TypeKind::Struct(parts) => {
            for field in parts {
                let path = format!("{path}.{}", field.name.text);
                if field.doc.is_empty() {
                    silent.push(path.clone());
                }
                fields(&path, &field.ty, silent);
            }
        }
        TypeKind::Enum(values) => {
            for value in values.iter().filter(|value| value.doc.is_empty()) {
                silent.push(format!("{path}.{}", value.name.text));
            }
        }
        TypeKind::Union(members) => {
            for member in members {
                fields(path, &member.ty, silent);
            }
        }
        TypeKind::Optional(item) | TypeKind::List(item) | TypeKind::FixedList(item, _) => {
            fields(path, item, silent);
        }
        TypeKind::Map(key, value) => {
            fields(path, key, silent);
            fields(path, value, silent);
        }
        TypeKind::Primitive(_) | TypeKind::FixedData(_) | TypeKind::Named(_) => {}
    }
}
