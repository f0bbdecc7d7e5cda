//! The generated text through `rustfmt`, so that `cargo fmt` finds nothing to change.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::Error;

pub(super) fn rustfmt(text: &str) -> Result<String, Error> {
    let failed = |why: &dyn std::fmt::Display| Error::Format(why.to_string());
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    // A thread feeds the text, so that neither side waits for the other with a full pipe.
    let mut stdin = child
        .stdin
        .take()
        .ok_or_else(|| failed(&"no standard input"))?;
    let text = text.to_owned();
    let feeder = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().map_err(|error| failed(&error))?;
    let fed = feeder
        .join()
        .map_err(|_| failed(&"the writing thread panicked"))?;
    if !output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&output.stderr)));
    }
    fed.map_err(|error| failed(&error))?;
    String::from_utf8(output.stdout).map_err(|error| failed(&error))
}
