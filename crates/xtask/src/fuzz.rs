//! `cargo xtask fuzz`: every target for a while.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::run::{announce, cargo, probe, run as run_command};
use crate::toolchain::Toolchain;
use crate::workspace;

/// Run every fuzz target, and fail on a finding
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long to run each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Only this target; may be given several times
    #[arg(long = "target", value_name = "NAME", value_parser = target)]
    targets: Vec<&'static Target>,
    /// How many targets to run at the same time [default: the number of cores]
    #[arg(long)]
    jobs: Option<NonZeroUsize>,
}

/// A target of `fuzz/`.
#[derive(Debug)]
struct Target {
    name: &'static str,
    /// The folders of `fuzz/corpus` it starts from.
    corpora: &'static [&'static str],
    /// The longest input to try, in octets.
    max_len: u32,
}

/// The targets on frames take what was recorded, which is at most 20 kB a frame.
const TARGETS: [Target; 6] = [
    Target {
        name: "decode",
        corpora: &["frames"],
        max_len: 32 * 1024,
    },
    Target {
        name: "differential",
        corpora: &["frames"],
        max_len: 32 * 1024,
    },
    Target {
        name: "transcode",
        corpora: &["frames"],
        max_len: 32 * 1024,
    },
    Target {
        name: "json",
        corpora: &["frames", "json"],
        max_len: 8 * 1024,
    },
    Target {
        name: "schema",
        corpora: &["schema"],
        max_len: 4 * 1024,
    },
    Target {
        name: "session",
        corpora: &["session"],
        max_len: 2 * 1024,
    },
];

fn target(name: &str) -> Result<&'static Target, String> {
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .ok_or_else(|| {
            let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            format!("expected one of {}", names.join(", "))
        })
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let toolchain = Toolchain::find();
    eprintln!("xtask: fuzzing with {}", toolchain.describe());
    install_cargo_fuzz()?;
    run_command(cargo_fuzz(&toolchain).arg("build"))?;

    let targets = if args.targets.is_empty() {
        TARGETS.iter().collect()
    } else {
        args.targets.clone()
    };
    let jobs = args
        .jobs
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let queue = Mutex::new(targets.into_iter().collect::<VecDeque<_>>());
    let reports = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(target) = pop(&queue) {
                    let report = fuzz(&toolchain, target, args.seconds);
                    if let Ok(mut reports) = reports.lock() {
                        reports.push((target.name, report));
                    }
                }
            });
        }
    });

    let mut failed = Vec::new();
    for (name, report) in reports.into_inner().unwrap_or_default() {
        match report {
            Ok(last) => println!("{name}: {last}"),
            Err(error) => {
                println!("{name}: {error:#}");
                failed.push(name);
            }
        }
    }
    if !failed.is_empty() {
        bail!(
            "expected no findings, but found some by {}",
            failed.join(", ")
        );
    }
    Ok(())
}

fn pop<T>(queue: &Mutex<VecDeque<T>>) -> Option<T> {
    queue.lock().ok()?.pop_front()
}

/// Runs one target and returns the last statistics that libFuzzer printed.
fn fuzz(toolchain: &Toolchain, target: &Target, seconds: u32) -> Result<String> {
    let fuzz = workspace::root().join("fuzz");
    // libFuzzer writes what it finds to the first folder: not the one in git.
    let finds = Path::new("finds").join(target.name);
    fs::create_dir_all(fuzz.join(&finds))
        .context("cannot create a folder for what fuzzing finds")?;

    let mut command = cargo_fuzz(toolchain);
    command.args(["run", target.name]).arg(&finds);
    command.args(
        target
            .corpora
            .iter()
            .map(|corpus| Path::new("corpus").join(corpus)),
    );
    command.arg("--");
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-max_len={}", target.max_len));
    // One input that takes 10 seconds, or asks for 256 MiB at once, is a finding: memory and time are bounded by design.
    command.args([
        "-timeout=10",
        "-malloc_limit_mb=256",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]);
    announce(&command);

    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start cargo")?;
    let stderr = child
        .stderr
        .take()
        .context("expected the pipe that was asked for")?;
    let mut output = Output::default();
    for line in BufReader::new(stderr).split(b'\n') {
        let line = line.context("cannot read what the target prints")?;
        output.line(target.name, String::from_utf8_lossy(&line).into_owned());
    }
    let status = child.wait().context("cannot wait for the target")?;
    if !status.success() {
        eprintln!("xtask: {} failed, its last lines were:", target.name);
        for line in &output.tail {
            eprintln!("{}: {line}", target.name);
        }
        bail!("{status}; the input is in fuzz/artifacts/{}", target.name);
    }
    output
        .last
        .context("expected statistics from libFuzzer, but found none")
}

/// What is kept of a target's output.
#[derive(Default)]
struct Output {
    /// The latest line of statistics.
    last: Option<String>,
    /// The latest lines, for a failure: enough for a panic with its stack.
    tail: VecDeque<String>,
}

impl Output {
    const TAIL: usize = 120;

    fn line(&mut self, target: &str, line: String) {
        let statistics = line.starts_with('#') && line.contains(" cov: ");
        // `pulse` comes at powers of two, `DONE` at the end; `NEW` and `REDUCE` come by the hundred.
        if statistics && (line.contains("\tpulse ") || line.contains("\tDONE ")) {
            eprintln!("{target}: {line}");
        }
        if self.tail.len() == Self::TAIL {
            self.tail.pop_front();
        }
        if statistics {
            self.last = Some(line.clone());
        }
        self.tail.push_back(line);
    }
}

/// `cargo fuzz` in `fuzz/`.
fn cargo_fuzz(toolchain: &Toolchain) -> Command {
    let mut command = toolchain.cargo();
    command
        .current_dir(workspace::root().join("fuzz"))
        .arg("fuzz");
    command
}

fn install_cargo_fuzz() -> Result<()> {
    if let Some(version) = probe(cargo().args(["fuzz", "--version"])) {
        eprintln!("xtask: {version}");
        return Ok(());
    }
    run_command(cargo().args(["install", "cargo-fuzz", "--locked"])).context(
        "cargo-fuzz is missing and could not be installed: install it by hand, then run this again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(dir: &str) -> Vec<String> {
        let entries =
            fs::read_dir(workspace::root().join(dir)).expect("the folder is in the checkout");
        let mut stems: Vec<_> = entries
            .map(|entry| entry.expect("the folder can be read").path())
            .map(|path| {
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        stems.sort();
        stems
    }

    #[test]
    fn knows_every_target_of_the_fuzz_folder() {
        let mut names: Vec<_> = TARGETS
            .iter()
            .map(|target| target.name.to_owned())
            .collect();
        names.sort();
        assert_eq!(stems("fuzz/fuzz_targets"), names);
    }

    #[test]
    fn starts_every_target_from_a_corpus_that_exists() {
        let corpora = stems("fuzz/corpus");
        for corpus in TARGETS.iter().flat_map(|target| target.corpora) {
            assert!(
                corpora.iter().any(|folder| folder == corpus),
                "{corpus} of {corpora:?}"
            );
        }
    }

    #[test]
    fn keeps_the_last_statistics_and_a_bounded_tail() {
        let mut output = Output::default();
        for run in 0..1000 {
            output.line("target", format!("#{run}\tNEW    cov: 17 ft: {run}"));
            output.line("target", "Done".to_owned());
        }
        assert_eq!(output.last.as_deref(), Some("#999\tNEW    cov: 17 ft: 999"));
        assert_eq!(output.tail.len(), Output::TAIL);
    }

    #[test]
    fn refuses_a_target_that_does_not_exist() {
        assert_eq!(target("decode").map(|target| target.name), Ok("decode"));
        assert!(target("encode").is_err_and(|error| error.contains("decode, differential")));
    }
}
