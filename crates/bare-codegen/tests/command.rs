//! The command, as a user runs it: what it prints, what it writes, its exit status.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const GOOD: &str = "type Id str\ntype A struct { id: Id }\n";
const BETTER: &str = "type Id str\ntype A struct { id: Id age: optional<u8> }\n";
const BAD: &str = "type Id string\ntype A struct { id: Id, a: Idd }\n";

/// A folder of its own for each test, gone when the test ends.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder to work in");
        Self { path }
    }

    fn with(self, file: &str, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.path.join(file), text).expect("a file to work on");
        self
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path.join(file)).expect("a file that was written")
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(env!("CARGO_BIN_EXE_bare-codegen"))
            .current_dir(&self.path)
            .env_remove("NO_COLOR")
            .args(arguments)
            .output()
            .expect("the command to run");
        Outcome {
            status: output.status.code().expect("an exit status"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[derive(Debug)]
struct Outcome {
    status: i32,
    out: String,
    err: String,
}

impl Outcome {
    /// Asserts the status, and that nothing went where it does not belong.
    fn is(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        self
    }
}

#[test]
fn check_says_that_a_schema_is_good() {
    let folder = Folder::new("check_good").with("a.bare", GOOD);
    let outcome = folder.run(&["check", "a.bare"]).is(0);
    assert_eq!(outcome.out, "a.bare: 2 types, no errors\n");
    assert_eq!(outcome.err, "");
}

#[test]
fn check_reports_all_errors_of_all_files() {
    let folder = Folder::new("check_bad")
        .with("a.bare", BAD)
        .with("b.bare", GOOD)
        .with("c.bare", "type C u9");
    let outcome = folder.run(&["check", "a.bare", "b.bare", "c.bare"]).is(1);
    assert_eq!(outcome.out, "b.bare: 2 types, no errors\n");
    for part in [
        "error[B204 old-string]",
        "error[B102 separator]",
        "did you mean `Id`?",
        " --> c.bare:1:8",
    ] {
        assert!(outcome.err.contains(part), "{part}: {}", outcome.err);
    }
    assert!(
        outcome.err.contains("a.bare: 3 errors\n") && outcome.err.contains("c.bare: 1 error\n")
    );
    assert!(
        !outcome.err.contains('\u{1b}'),
        "no colour where there is no terminal"
    );
}

#[test]
fn check_colours_when_it_is_told_to() {
    let folder = Folder::new("check_colour").with("a.bare", BAD);
    let outcome = folder.run(&["check", "--color", "always", "a.bare"]).is(1);
    assert!(
        outcome.err.contains("\u{1b}[1;31m^^^^^^\u{1b}[0m"),
        "{}",
        outcome.err
    );
}

#[test]
fn check_writes_json() {
    let folder = Folder::new("check_json")
        .with("a.bare", BAD)
        .with("b.bare", GOOD);
    let outcome = folder.run(&["check", "--json", "a.bare", "b.bare"]).is(1);
    assert_eq!(outcome.err, "");
    let json: serde_json::Value = serde_json::from_str(&outcome.out).expect("JSON");
    assert_eq!(json["format"], 1);
    assert_eq!(
        json["files"][1],
        serde_json::json!({"file": "b.bare", "types": 2, "diagnostics": []})
    );
    assert_eq!(json["files"][0]["types"], serde_json::Value::Null);
    assert_eq!(
        json["files"][0]["diagnostics"][0],
        serde_json::json!({
            "code": "B204",
            "name": "old-string",
            "span": {"line": 1, "column": 9, "start": 8, "end": 14},
            "expected": "`str`",
            "found": "`string`",
            "suggestion": "write `str`",
            "notes": [],
        })
    );
}

#[test]
fn diff_says_what_a_converter_has_to_do() {
    let folder = Folder::new("diff")
        .with("old.bare", GOOD)
        .with("new.bare", BETTER);
    let outcome = folder.run(&["diff", "old.bare", "new.bare"]).is(0);
    assert!(
        outcome
            .out
            .starts_with("old.bare -> new.bare\nchanged: 1, "),
        "{}",
        outcome.out
    );
    assert!(
        outcome.out.contains("upgrade:   set `age` to none"),
        "{}",
        outcome.out
    );
    let json = folder
        .run(&["diff", "--json", "old.bare", "new.bare"])
        .is(0)
        .out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["changed"][0]["changes"][0]["kind"], "field-added");
    let same = folder.run(&["diff", "old.bare", "old.bare"]).is(0);
    assert_eq!(same.out, "old.bare -> old.bare\nno change: 2 types\n");
}

#[test]
fn diff_reports_the_errors_of_both_schemas() {
    let folder = Folder::new("diff_bad")
        .with("a.bare", BAD)
        .with("b.bare", "type B u9");
    let outcome = folder.run(&["diff", "a.bare", "b.bare"]).is(1);
    assert!(outcome.err.contains("a.bare: 3 errors") && outcome.err.contains("b.bare: 1 error"));
    assert_eq!(outcome.out, "");
}

#[test]
fn generate_writes_a_file_for_each_version_and_check_finds_it_fresh() {
    let folder = Folder::new("generate")
        .with("v1.bare", GOOD)
        .with("two.bare", BETTER);
    let line = [
        "generate",
        "--out",
        "out dir",
        "--root",
        "A",
        "v1.bare",
        "v2=two.bare",
    ];
    let check = [&line[..], &["--check"]].concat();
    let missing = folder.run(&check).is(1);
    assert_eq!(
        missing.out.matches("is missing").count(),
        2,
        "{}",
        missing.out
    );

    let written = folder.run(&line).is(0);
    assert_eq!(
        written.out.matches(" written\n").count(),
        2,
        "{}",
        written.out
    );
    let first = folder.read("out dir/v1.rs");
    let command = "bare-codegen generate --out 'out dir' --root A v1.bare v2=two.bare";
    assert!(
        first
            .lines()
            .next()
            .is_some_and(|line| line.contains(command)),
        "{first}"
    );
    assert!(folder.read("out dir/v2.rs").contains("age"));

    assert_eq!(folder.run(&check).is(0).out, "");
    let again = folder.run(&line).is(0);
    assert_eq!(
        again.out.matches(" is up to date\n").count(),
        2,
        "{}",
        again.out
    );

    let folder = folder.with("out dir/v2.rs", "// edited by hand\n");
    let stale = folder.run(&check).is(1).out;
    let path = Path::new("out dir").join("v2.rs");
    assert_eq!(
        stale,
        format!("{} is stale: run `{command}`\n", path.display())
    );
    assert_eq!(
        folder.read("out dir/v2.rs"),
        "// edited by hand\n",
        "a check writes nothing"
    );
}

#[test]
fn generate_names_the_command_it_is_told_to() {
    let folder = Folder::new("generate_command").with("v1.bare", GOOD);
    let line = [
        "generate",
        "--out",
        "out",
        "--command",
        "make code",
        "v1.bare",
    ];
    folder.run(&line).is(0);
    assert!(
        folder
            .read("out/v1.rs")
            .lines()
            .next()
            .is_some_and(|line| line.contains("`make code`"))
    );
    let folder = folder.with("v1.bare", BETTER);
    let stale = folder.run(&[&line[..], &["--check"]].concat()).is(1).out;
    assert!(
        stale.ends_with("v1.rs is stale: run `make code`\n"),
        "{stale}"
    );
}

#[test]
fn generate_writes_nothing_when_a_schema_has_errors() {
    let folder = Folder::new("generate_bad")
        .with("v1.bare", GOOD)
        .with("v2.bare", BAD)
        .with("v3.bare", "type C u9");
    let outcome = folder
        .run(&["generate", "--out", "out", "v1.bare", "v2.bare", "v3.bare"])
        .is(1);
    assert!(outcome.err.contains("v2.bare: 3 errors") && outcome.err.contains("v3.bare: 1 error"));
    assert!(!folder.path.join("out").exists());
}

#[test]
fn wrong_usage_is_status_2_and_says_what_to_do() {
    let folder = Folder::new("usage")
        .with("v1.bare", GOOD)
        .with("First.bare", GOOD);
    for (arguments, part) in [
        (&[][..], "Usage"),
        (&["frobnicate"], "frobnicate"),
        (&["check"], "<FILES>"),
        (
            &["check", "nowhere.bare"],
            "expected to read nowhere.bare, but found",
        ),
        (&["diff", "v1.bare"], "<NEW>"),
        (&["generate", "v1.bare"], "--out"),
        (&["generate", "--out", "out"], "[NAME=]FILE"),
        (
            &["generate", "--out", "out", "First.bare"],
            "expected a version name such as `v4`, but found `First`",
        ),
        (
            &["generate", "--out", "out", "v1.bare", "v1=v1.bare"],
            "expected each version once, but found a second `v1`",
        ),
        (
            &["generate", "--out", "out", "--root", "Nope", "v1.bare"],
            "but found `Nope`",
        ),
        (
            &["generate", "--out", "v1.bare/out", "v1.bare"],
            "expected to write",
        ),
    ] {
        let outcome = folder.run(arguments).is(2);
        assert!(outcome.err.contains(part), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn a_schema_that_is_not_text_is_an_error_with_its_place() {
    let folder = Folder::new("octets").with("a.bare", b"type A \xffu8");
    let outcome = folder.run(&["check", "a.bare"]).is(1);
    assert_eq!(
        outcome.err,
        "error: expected UTF-8 in a.bare, but found the octet 0xff at offset 7\n"
    );
}

#[test]
fn a_reader_that_stops_is_no_failure() {
    use std::process::Stdio;

    let folder = Folder::new("pipe")
        .with("old.bare", GOOD)
        .with("new.bare", BETTER);
    let mut child = Command::new(env!("CARGO_BIN_EXE_bare-codegen"))
        .current_dir(&folder.path)
        .args(["diff", "--json", "old.bare", "new.bare"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command to start");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command to end");
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}
