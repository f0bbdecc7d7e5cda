//! Golden fixtures: a folder for each case, named after the rule it is about, what comes out beside what goes in.
//!
//! - `valid/*/schema.bare`: `expected.txt` holds the layout; where there is an `expected.rs`, it holds the Rust.
//! - `invalid/*/schema.bare`: `expected.txt` holds the diagnostics. The folder's name starts with that of a rule broken.
//! - `versions/*/v*.bare`: versions of one schema, oldest first; beside each the Rust, with `Message` as the root.
//! - `diff/*/{old,new}.bare`: `expected.txt` is for people, `expected.json` for machines.
//!
//! `UPDATE_FIXTURES=1 cargo test -p envoy-bare-codegen --test fixtures` rewrites what is expected, and fails where it
//! did, so that `git diff` is looked at.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use bare_codegen::model::Schema;
use bare_codegen::rust::{self, Options, Version};
use bare_codegen::{Code, Diagnostic, Style};

#[test]
fn valid_schemas_have_the_expected_layout() {
    let mut report = Report::default();
    for folder in folders("valid") {
        match bare_codegen::parse(&read(&folder.join("schema.bare"))) {
            Ok(schema) => {
                report.compare(&folder.join("expected.txt"), &bare_codegen::layout(&schema));
            }
            Err(errors) => report.fault(&folder, &messages(&errors)),
        }
    }
    report.finish();
}

#[test]
fn valid_schemas_generate_the_expected_rust() {
    let mut report = Report::default();
    let mut cases = 0;
    for folder in folders("valid") {
        let expected = folder.join("expected.rs");
        if !expected.exists() {
            continue;
        }
        cases += 1;
        match bare_codegen::parse(&read(&folder.join("schema.bare"))) {
            Ok(schema) => report.compare(&expected, &generated(&folder, &schema)),
            Err(errors) => report.fault(&folder, &messages(&errors)),
        }
    }
    assert!(cases > 0, "no fixture has an expected.rs");
    report.finish();
}

#[test]
fn versions_of_a_schema_generate_the_expected_rust() {
    let mut report = Report::default();
    for folder in folders("versions") {
        let mut parsed = Vec::new();
        for number in 1.. {
            let path = folder.join(format!("v{number}.bare"));
            if !path.exists() {
                break;
            }
            match bare_codegen::parse(&read(&path)) {
                Ok(schema) => parsed.push((format!("v{number}"), schema)),
                Err(errors) => report.fault(&folder, &messages(&errors)),
            }
        }
        let paths: Vec<_> = parsed
            .iter()
            .map(|(name, _)| format!("{name}.bare"))
            .collect();
        let versions: Vec<_> = parsed
            .iter()
            .zip(&paths)
            .map(|((name, schema), schema_path)| Version {
                name,
                schema,
                schema_path,
            })
            .collect();
        let options = Options {
            roots: vec!["Message".to_owned()],
            command: "UPDATE_FIXTURES=1 cargo test".to_owned(),
        };
        match rust::generate(&versions, &options) {
            Ok(files) => {
                for file in files {
                    report.compare(&folder.join(file.name), &file.text);
                }
            }
            Err(error) => report.fault(&folder, &error.to_string()),
        }
    }
    report.finish();
}

#[test]
fn names_that_meet_in_rust_are_an_error_that_says_which() {
    for (source, things, name) in [
        (
            "type User struct { a: str } type UserRef struct { b: u8 }",
            ["UserRef", "User in its borrowed form"],
            "UserRef",
        ),
        (
            "type URLPath struct { a: u8 } type UrlPath struct { b: u8 }",
            ["URLPath", "UrlPath"],
            "URL_PATH",
        ),
        ("type A struct { aB: u8 a_b: u8 }", ["A.aB", "A.a_b"], "a_b"),
        ("type A enum { A_1 A1 }", ["A.A_1", "A.A1"], "A1"),
    ] {
        let schema = bare_codegen::parse(source).expect("a valid schema");
        let version = Version {
            name: "v1",
            schema: &schema,
            schema_path: "schema.bare",
        };
        let error = rust::generate(&[version], &Options::default()).expect_err("a clash");
        let expected = rust::Error::NameClash {
            version: "v1".to_owned(),
            name: name.to_owned(),
            things: things.map(str::to_owned),
        };
        assert_eq!(error, expected);
    }
}

#[test]
fn a_type_of_many_parts_takes_no_longer_than_its_text() {
    let mut source = "type T0 struct { text: str }\n".to_owned();
    // 2^60 parts.
    for at in 1..=60 {
        let _ = writeln!(source, "type T{at} struct {{ a: T{0} b: T{0} }}", at - 1);
    }
    let schema = bare_codegen::parse(&source).expect("a valid schema");
    let version = |name| Version {
        name,
        schema: &schema,
        schema_path: "schema.bare",
    };
    let options = Options {
        roots: vec!["T60".to_owned()],
        command: String::new(),
    };
    let files = rust::generate(&[version("v1"), version("v2")], &options).expect("no clash");
    assert!(
        files[0]
            .text
            .contains("const MIN_SIZE: usize = 1152921504606846976;")
    );
}

#[test]
fn invalid_schemas_have_the_expected_diagnostics() {
    let mut report = Report::default();
    for folder in folders("invalid") {
        let source = read(&folder.join("schema.bare"));
        match bare_codegen::parse(&source) {
            Ok(_) => report.fault(&folder, "expected errors, but found none"),
            Err(errors) => {
                let text = bare_codegen::render("schema.bare", &source, &errors, Style::Plain);
                report.compare(&folder.join("expected.txt"), &text);
                let name = name(&folder);
                let about = |error: &Diagnostic| name.starts_with(error.code.name());
                if !name.starts_with("several-") && !errors.iter().any(about) {
                    report.fault(&folder, "expected the name of a rule that is broken");
                }
            }
        }
    }
    report.finish();
}

#[test]
fn diffs_are_as_expected() {
    let mut report = Report::default();
    for folder in folders("diff") {
        let parse = |file: &str| bare_codegen::parse(&read(&folder.join(file)));
        match (parse("old.bare"), parse("new.bare")) {
            (Ok(old), Ok(new)) => {
                let diff = bare_codegen::diff::diff(&old, &new);
                let json = serde_json::to_string_pretty(&diff).expect("a diff as JSON");
                report.compare(&folder.join("expected.txt"), &diff.to_string());
                report.compare(&folder.join("expected.json"), &(json + "\n"));
            }
            (Err(errors), _) | (_, Err(errors)) => report.fault(&folder, &messages(&errors)),
        }
    }
    report.finish();
}

#[test]
fn every_rule_has_a_fixture_that_breaks_it() {
    let mut broken = BTreeSet::new();
    for folder in folders("invalid") {
        let errors = bare_codegen::parse(&read(&folder.join("schema.bare"))).err();
        broken.extend(errors.into_iter().flatten().map(|error| error.code));
    }
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !broken.contains(code))
        .collect();
    assert!(missing.is_empty(), "no fixture breaks {missing:?}");
}

#[test]
fn output_is_the_same_on_ten_runs() {
    for folder in folders("valid") {
        let source = read(&folder.join("schema.bare"));
        let Ok(schema) = bare_codegen::parse(&source) else {
            continue;
        };
        let layout = bare_codegen::layout(&schema);
        let rust = folder
            .join("expected.rs")
            .exists()
            .then(|| generated(&folder, &schema));
        for _ in 0..9 {
            let again = bare_codegen::parse(&source).expect("the schema parsed before");
            assert_eq!(layout, bare_codegen::layout(&again), "{}", folder.display());
            let rust_again = rust.is_some().then(|| generated(&folder, &again));
            assert_eq!(rust, rust_again, "{}", folder.display());
        }
    }
    for folder in folders("invalid") {
        let source = read(&folder.join("schema.bare"));
        let first = bare_codegen::parse(&source);
        for _ in 0..9 {
            assert_eq!(first, bare_codegen::parse(&source), "{}", folder.display());
        }
    }
    for folder in folders("diff") {
        let parse =
            |file: &str| bare_codegen::parse(&read(&folder.join(file))).expect("a valid schema");
        let (old, new) = (parse("old.bare"), parse("new.bare"));
        let first = bare_codegen::diff::diff(&old, &new);
        for _ in 0..9 {
            assert_eq!(
                first,
                bare_codegen::diff::diff(&old, &new),
                "{}",
                folder.display()
            );
        }
    }
}

/// The Rust of a schema alone. The version is called after the folder.
fn generated(folder: &Path, schema: &Schema) -> String {
    let version = Version {
        name: &name(folder).replace('-', "_"),
        schema,
        schema_path: "schema.bare",
    };
    let options = Options {
        roots: Vec::new(),
        command: "UPDATE_FIXTURES=1 cargo test".to_owned(),
    };
    match rust::generate(&[version], &options) {
        Ok(files) => files.into_iter().map(|file| file.text).collect(),
        Err(error) => format!("// {error}\n"),
    }
}

fn folders(kind: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(kind);
    let mut folders: Vec<_> = fs::read_dir(&root)
        .unwrap_or_else(|error| panic!("{}: {error}", root.display()))
        .map(|entry| entry.expect("an entry of the folder").path())
        .collect();
    folders.sort_unstable();
    assert!(!folders.is_empty(), "no fixtures in {}", root.display());
    folders
}

fn name(folder: &Path) -> String {
    folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn messages(errors: &[Diagnostic]) -> String {
    let messages: Vec<_> = errors.iter().map(Diagnostic::message).collect();
    messages.join("; ")
}

/// All that is not as expected, told at once.
#[derive(Default)]
struct Report {
    text: String,
}

impl Report {
    fn compare(&mut self, path: &Path, found: &str) {
        let expected = fs::read_to_string(path).unwrap_or_default();
        if expected == found && path.exists() {
            return;
        }
        if std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1") {
            fs::write(path, found).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let _ = writeln!(self.text, "{} is rewritten", path.display());
            return;
        }
        let lines = expected.lines().zip(found.lines());
        let same = lines
            .take_while(|(expected, found)| expected == found)
            .count();
        let at = |text: &str| text.lines().nth(same).unwrap_or("the end").to_owned();
        let _ = writeln!(
            self.text,
            "{}:{}\n  expected: {}\n  found:    {}",
            path.display(),
            same + 1,
            at(&expected),
            at(found)
        );
    }

    fn fault(&mut self, folder: &Path, what: &str) {
        let _ = writeln!(self.text, "{}: {what}", folder.display());
    }

    fn finish(self) {
        assert!(
            self.text.is_empty(),
            "UPDATE_FIXTURES=1 rewrites what is expected; then look at git diff\n{}",
            self.text
        );
    }
}
