//! Running the command.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The frames that were recorded of a real engine.
pub(crate) const FRAMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/frames");

/// The command, without arguments.
pub(crate) fn envoy() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_envoy"));
    command.env_remove("NO_COLOR");
    command
}

/// Runs the command with `input` on standard input.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = envoy()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command was built");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    std::thread::scope(|scope| {
        // A command that ends without reading everything closes the pipe, which is its business.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().expect("the command ends")
    })
}

/// What a command that succeeded printed.
#[track_caller]
pub(crate) fn success(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert!(error.is_empty(), "{error}");
    String::from_utf8(output.stdout.clone()).expect("what is printed is text")
}

/// A file of this test alone.
#[allow(dead_code, reason = "not every test file needs it")]
pub(crate) fn scratch_file(test: &str, content: &[u8]) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::write(&file, content).expect("the target directory can be written");
    file
}
