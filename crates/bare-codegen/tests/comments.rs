//! Which comment documents what.

use bare_codegen::model::{Schema, TypeKind};

fn schema(source: &str) -> Schema {
    bare_codegen::parse(source).unwrap_or_else(|errors| panic!("{source}: {errors:?}"))
}

/// Each documented part of a type, and the lines that document it.
fn docs(schema: &Schema) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for def in &schema.types {
        found.push((def.name.text.clone(), def.doc.clone()));
        match &def.ty.kind {
            TypeKind::Struct(fields) => {
                found.extend(
                    fields
                        .iter()
                        .map(|field| (field.name.text.clone(), field.doc.clone())),
                );
            }
            TypeKind::Enum(values) => {
                found.extend(
                    values
                        .iter()
                        .map(|value| (value.name.text.clone(), value.doc.clone())),
                );
            }
            TypeKind::Union(members) => {
                found.extend(
                    members
                        .iter()
                        .map(|member| (member.ty.to_string(), member.doc.clone())),
                );
            }
            _ => {}
        }
    }
    found.retain(|(_, doc)| !doc.is_empty());
    found
}

fn assert_docs(source: &str, expected: &[(&str, &[&str])]) {
    let found = docs(&schema(source));
    let found: Vec<_> = found
        .iter()
        .map(|(name, doc)| {
            (
                name.as_str(),
                doc.iter().map(String::as_str).collect::<Vec<_>>(),
            )
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, doc)| (*name, doc.to_vec()))
        .collect();
    assert_eq!(found, expected, "{source}");
}

#[test]
fn lines_directly_above_document_what_follows() {
    assert_docs("# One.\n# Two.\ntype A u8", &[("A", &["One.", "Two."])]);
    assert_docs("# Head.\n\n# Of A.\ntype A u8", &[("A", &["Of A."])]);
    assert_docs(
        "type A struct {\n  # Of a.\n  #\n  # More.\n  a: u8\n}",
        &[("a", &["Of a.", "", "More."])],
    );
    assert_docs(
        "type A enum {\n  X\n  # Of Y.\n  Y\n}",
        &[("Y", &["Of Y."])],
    );
}

#[test]
fn a_blank_line_parts_a_comment_from_what_follows() {
    assert_docs("type A struct {\n  # Of nothing.\n\n  a: u8\n}", &[]);
    assert_docs("type A u8\n\n# Of nothing.\n\ntype B u8", &[]);
}

#[test]
fn a_comment_behind_an_item_documents_it() {
    assert_docs("type A u8 # Of A.\ntype B u8", &[("A", &["Of A."])]);
    assert_docs(
        "type A struct {\n  a: u8 # Of a.\n  b: u8\n}",
        &[("a", &["Of a."])],
    );
    assert_docs(
        "type A struct { a: u8 b: u8 # Of b.\n}",
        &[("b", &["Of b."])],
    );
    assert_docs(
        "type A struct {\n  # Above.\n  a: u8 # Behind.\n}",
        &[("a", &["Above.", "Behind."])],
    );
    assert_docs(
        "type A struct { a: u8 } # Of A, not of a.",
        &[("A", &["Of A, not of a."])],
    );
    assert_docs("type A struct { # Of nothing.\n  a: u8\n}", &[]);
}

#[test]
fn bars_do_not_come_between_a_member_and_its_comment() {
    let expected: &[(&str, &[&str])] = &[("u8", &["Of u8."]), ("u16", &["Of u16."])];
    assert_docs(
        "type A union {\n  # Of u8.\n  | u8\n  # Of u16.\n  | u16\n}",
        expected,
    );
    assert_docs(
        "type A union {\n  # Of u8.\n  u8 |\n  # Of u16.\n  u16\n}",
        expected,
    );
    assert_docs(
        "type A union {\n  u8 | # Of u8.\n  u16 # Of u16.\n}",
        expected,
    );
    assert_docs(
        "type A union {\n  | u8 # Of u8.\n  | u16 # Of u16.\n}",
        expected,
    );
}

#[test]
fn a_comment_above_one_line_documents_the_type_alone() {
    assert_docs("# Of A.\ntype A struct { a: u8 }", &[("A", &["Of A."])]);
    assert_docs("# Of A.\ntype A union { u8 | u16 }", &[("A", &["Of A."])]);
}

#[test]
fn the_first_comment_documents_the_file_unless_a_type_follows_directly() {
    assert_eq!(
        schema("# Head.\n#\n# More.\n\ntype A u8").doc,
        ["Head.", "", "More."]
    );
    assert_eq!(
        schema("# Head.\n\n# A section.\n\ntype A u8").doc,
        ["Head."]
    );
    assert!(schema("# Of A.\ntype A u8").doc.is_empty());
    assert!(
        schema("type A u8 # Of A.\n\n# Of nothing.\n")
            .doc
            .is_empty()
    );
}

#[test]
fn the_mark_and_one_space_are_no_part_of_the_text() {
    assert_eq!(
        schema("#no space\n#  two spaces \t\r\n##\n\ntype A u8").doc,
        ["no space", " two spaces", "#"]
    );
}
