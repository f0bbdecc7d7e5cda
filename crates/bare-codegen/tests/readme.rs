//! What the README says is so.

use std::fs;
use std::path::Path;

use bare_codegen::Code;
use bare_codegen::diff::ChangeKind;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).expect("the README")
}

/// The fenced blocks of a language.
fn blocks<'a>(readme: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    readme
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect()
}

#[test]
fn the_table_of_codes_is_complete() {
    let row = |code: &Code| format!("| `{code}` | `{}` | {} |\n", code.name(), code.rule());
    let table = Code::ALL.iter().map(row).collect::<Vec<_>>().concat();
    let readme = readme();
    assert!(
        readme.contains(&table),
        "the README lists the codes like this:\n{table}"
    );
    assert_eq!(
        readme.matches("\n| `B").count(),
        Code::ALL.len(),
        "and no others"
    );
}

#[test]
fn codes_are_unique_and_ascend() {
    for pair in Code::ALL.windows(2) {
        assert!(pair[0].as_str() < pair[1].as_str(), "{pair:?}");
    }
    let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn the_schema_it_shows_is_valid() {
    for schema in blocks(&readme(), "bare") {
        if let Err(errors) = bare_codegen::parse(schema) {
            panic!(
                "{}",
                bare_codegen::render("README.md", schema, &errors, bare_codegen::Style::Plain)
            );
        }
    }
}

#[test]
fn the_diagnostic_it_shows_is_what_is_rendered() {
    let schema = "type A struct {\n  id: u64\n  name: string\n}\n";
    let errors = bare_codegen::parse(schema).expect_err("an old form");
    let text = bare_codegen::render("v5.bare", schema, &errors, bare_codegen::Style::Plain);
    assert_eq!(
        blocks(&readme(), "text"),
        [text.trim_end().to_owned() + "\n"]
    );
}

#[test]
fn the_json_it_shows_has_the_fields_of_a_diagnostic() {
    let readme = readme();
    let shown: serde_json::Value = serde_json::from_str(blocks(&readme, "json")[0]).expect("JSON");
    let errors = bare_codegen::parse("type A string").expect_err("an old form");
    let real = serde_json::to_value(&errors).expect("JSON");
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    let diagnostic = &shown["files"][0]["diagnostics"][0];
    assert_eq!(keys(diagnostic), keys(&real[0]));
    assert_eq!(keys(&diagnostic["span"]), keys(&real[0]["span"]));
}

#[test]
fn every_kind_of_change_is_named() {
    use ChangeKind::{
        FieldAdded, FieldRemoved, FieldRenamed, FieldRetyped, FieldsReordered, KindChanged,
        MemberAdded, MemberRemoved, MemberReplaced, MemberRetagged, Retyped, ValueAdded,
        ValueRemoved, ValueRenamed, ValueRenumbered,
    };

    let readme = readme();
    for kind in [
        FieldAdded,
        FieldRemoved,
        FieldRenamed,
        FieldRetyped,
        FieldsReordered,
        MemberAdded,
        MemberRemoved,
        MemberReplaced,
        MemberRetagged,
        ValueAdded,
        ValueRemoved,
        ValueRenamed,
        ValueRenumbered,
        Retyped,
        KindChanged,
    ] {
        let name = serde_json::to_value(kind).expect("JSON");
        let name = name.as_str().expect("a name");
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}
