//! `cargo xtask readme`: what the README tells a newcomer to type, typed.
//!
//! Of its section "Run an actor", the last words in backquotes before a block of `toml` or `rs` are the file that it
//! belongs in. Each line of the first block of `sh` is a program that keeps running; the second is asked of them, and the block of
//! `text` is what it prints.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::{announce, run as run_command};
use crate::workspace::{root, target};

/// Build the project of the README's section "Run an actor" outside of the workspace, run it, and ask it
#[derive(clap::Args)]
pub(crate) struct Args {}

/// The section.
const SECTION: &str = "\n## Run an actor\n";
/// What the checkout is called there.
const CHECKOUT: &str = "envoy-protocol";
/// The most lines of an actor.
const ACTOR: usize = 40;
/// How long the programs have until they answer as they should: they start side by side, and a person is slower.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) fn run(_: &Args) -> Result<()> {
    let text = fs::read_to_string(root().join("README.md")).context("cannot read README.md")?;
    let project = Project::read(&text)?;
    let longest = project
        .files
        .iter()
        .map(|(_, content)| content.lines().count());
    let longest = longest.max().unwrap_or(0);
    ensure!(
        longest <= ACTOR,
        "expected programs of at most {ACTOR} lines, but found one of {longest}"
    );
    let folder = Folder::new()?;
    std::os::unix::fs::symlink(root(), folder.0.join(CHECKOUT))?;
    let place = folder.0.join("project");
    for (name, content) in &project.files {
        let path = place.join(name);
        fs::create_dir_all(path.parent().context("a file without a folder")?)?;
        fs::write(path, content)?;
    }
    // The versions that everything else here is tested with, so that it is our text that can fail, and is built already.
    fs::copy(root().join("Cargo.lock"), place.join("Cargo.lock"))?;
    let target = target()?;
    let in_place = |program: &str| {
        let mut command = Command::new(program);
        command.current_dir(&place).env("CARGO_TARGET_DIR", &target);
        command
    };
    run_command(in_place("cargo").args(["build", "--quiet"]))?;
    let mut running = Vec::new();
    for line in project.programs.lines() {
        let mut program = in_place("sh");
        // A group of its own, so that what it starts ends with it.
        program.args(["-c", line]).process_group(0);
        announce(&program);
        running.push(Running(program.stdin(Stdio::null()).spawn()?));
    }
    let began = Instant::now();
    loop {
        let found = in_place("sh").args(["-c", &project.question]).output()?;
        let found = String::from_utf8_lossy(&found.stdout).into_owned();
        if found == project.answer {
            println!("the project of the README answers as it says");
            return Ok(());
        }
        for Running(program) in &mut running {
            if let Some(status) = program.try_wait()? {
                bail!("a program of the README ended: {status}");
            }
        }
        ensure!(
            began.elapsed() < PATIENCE,
            "expected {:?}, but found {found:?}",
            project.answer
        );
        sleep(PAUSE);
    }
}

/// What the section says.
#[derive(Debug, PartialEq, Eq)]
struct Project {
    files: Vec<(String, String)>,
    programs: String,
    question: String,
    answer: String,
}

impl Project {
    fn read(readme: &str) -> Result<Self> {
        let (_, section) = readme
            .split_once(SECTION)
            .context("expected a section on running an actor, but found none")?;
        let section = section.split("\n## ").next().unwrap_or(section);
        let (mut files, mut shell, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        let mut name = None;
        let mut lines = section.lines();
        while let Some(line) = lines.next() {
            let Some(kind) = line.strip_prefix("```") else {
                let quoted = line.split('`').skip(1).step_by(2).last();
                name = quoted.map(str::to_owned).or(name);
                continue;
            };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let block = block.join("\n") + "\n";
            match kind {
                "toml" | "rs" => {
                    let name = name.take();
                    files.push((name.context("expected a name before a file")?, block));
                }
                "sh" => shell.push(block),
                "text" => answers.push(block),
                kind => bail!("expected toml, rs, sh or text, but found a block of {kind:?}"),
            }
        }
        let found = (shell.len(), answers.len());
        match (
            <[String; 2]>::try_from(shell),
            <[String; 1]>::try_from(answers),
        ) {
            (Ok([programs, question]), Ok([answer])) => Ok(Self {
                files,
                programs,
                question,
                answer,
            }),
            _ => bail!("expected two blocks of sh and one of text, but found {found:?}"),
        }
    }
}

/// A folder outside of the workspace, which goes when it is not needed any more.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let name = format!("envoy-readme-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        ensure!(
            !is_within(&path, &root()),
            "expected a folder outside of the workspace"
        );
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

fn is_within(path: &Path, folder: &Path) -> bool {
    path.starts_with(folder)
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is left where the system clears up.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program, and what it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        // One that has ended needs no signal.
        let _ = Command::new("kill").args(["-TERM", "--", &group]).status();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_files_programs_question_and_answer() {
        let text = "# A\n\n## Run an actor\n\nIn `src/a`, or rather `b.rs`:\n\n```rs\nfn b() {}\n```\n\n```sh\none\ntwo\n```\n\
                    Ask:\n```sh\nask\n```\n```text\n1\n```\n\n## More\n\n```rust\nno\n```\n";
        let found = Project::read(text).expect("it is one");
        let wanted = Project {
            files: vec![("b.rs".to_owned(), "fn b() {}\n".to_owned())],
            programs: "one\ntwo\n".to_owned(),
            question: "ask\n".to_owned(),
            answer: "1\n".to_owned(),
        };
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_section_that_lacks_a_part_is_refused() {
        for text in [
            "## Run\n",
            "\n## Run an actor\n```rs\n```\n",
            "\n## Run an actor\n`a`\n```rs\n```\n```sh\n```\n```text\n```\n",
            "\n## Run an actor\n`a`\n```rust\n```\n",
        ] {
            assert!(Project::read(text).is_err(), "{text}");
        }
    }
}
