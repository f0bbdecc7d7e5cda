//! `cargo xtask bench compile`: what the codec costs whoever builds it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::Found;
use crate::run::{cargo, run as run_command};
use crate::workspace;

/// What a build may take, on two cores. Both bars hold within a tenth, as every bar does.
const MOST_TIME: Duration = Duration::from_secs(15);
/// Octets of generated code of all versions, documentation and test strategies aside.
const MOST_OCTETS: usize = 350_000;

/// Build the codec alone from nothing, dependencies included, and weigh the generated code
#[derive(clap::Args)]
pub(super) struct Args {
    /// Fail if it takes too long or there is too much of it
    #[arg(long)]
    pub(super) check: bool,
}

pub(super) fn measure() -> Result<Found> {
    let before = children_cpu();
    let took = build()?;
    let cpu = before
        .zip(children_cpu())
        .map(|(before, after)| after - before);
    let octets = generated(&workspace::root())?;
    let (time_holds, size_holds) = (took < MOST_TIME * 11 / 10, octets <= MOST_OCTETS * 11 / 10);
    let word = |holds| if holds { "yes" } else { "NO" };
    let mut text = String::new();
    if let Some(cpu) = cpu {
        // On a machine that does other things too, this says more than the clock.
        let _ = writeln!(text, "The compilers took {cpu:.1} s of processors.\n");
    }
    text.push_str("| bar                                      | holds |    found | has to be |\n");
    text.push_str("|------------------------------------------|------:|---------:|----------:|\n");
    let _ = writeln!(
        text,
        "| compile the codec, dependencies included | {:>5} | {:>6.1} s | {:>9} |",
        word(time_holds),
        took.as_secs_f64(),
        format!("<= {} s", MOST_TIME.as_secs()),
    );
    let _ = writeln!(
        text,
        "| generated code of all versions           | {:>5} | {:>5} kB | {:>9} |",
        word(size_holds),
        octets / 1000,
        format!("<= {} kB", MOST_OCTETS / 1000),
    );
    Ok(Found {
        text,
        holds: time_holds && size_holds,
    })
}

/// How long a release build takes of the codec without its features, and of all it depends on.
fn build() -> Result<Duration> {
    // What has to be fetched says something of the network only.
    run_command(cargo().args(["fetch", "--quiet", "--locked"]))?;
    let target = Scratch::new()?;
    let mut build = cargo();
    build
        .args(["build", "--quiet", "--release", "--locked", "--offline"])
        .args(["--package", "envoy-protocol", "--no-default-features"])
        .arg("--target-dir")
        .arg(&target.0)
        // A user's build has neither wrappers nor flags of ours.
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTFLAGS");
    let start = Instant::now();
    run_command(&mut build)?;
    Ok(start.elapsed())
}

/// Seconds of processors that the programs took which this one has started and waited for, where the system tells.
fn children_cpu() -> Option<f64> {
    /// The kernel shows times in this unit, whatever it counts in.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in parentheses, may have spaces in it. Behind it the times are the 14th and 15th.
    let fields: Vec<_> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / TICKS_PER_SECOND)
}

/// Octets of the generated code, of what is compiled for a user.
fn generated(root: &Path) -> Result<usize> {
    let folder = root.join("src/generated");
    let mut octets = 0;
    for entry in
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        octets += code_size(&fs::read_to_string(entry?.path())?);
    }
    Ok(octets)
}

/// Octets of a formatted source file, without comments and without items that only tests of users need.
fn code_size(source: &str) -> usize {
    let mut size = 0;
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        if line.trim() == "#[cfg(feature = \"proptest\")]" {
            skip_item(&mut lines);
            continue;
        }
        size += line.len() + 1;
    }
    size
}

/// Passes over an item: to the line that closes what its first line opens, or its only one.
fn skip_item<'a>(lines: &mut impl Iterator<Item = &'a str>) {
    let mut depth = 0_usize;
    for line in lines {
        depth += line.matches(['{', '(']).count();
        depth = depth.saturating_sub(line.matches(['}', ')']).count());
        if depth == 0 && line.ends_with(['}', ';']) {
            return;
        }
    }
}

/// A folder for a build, gone when this is.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("envoy-compile-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left lies where temporary files do.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strategies_weigh_nothing() {
        let code = "pub struct Pong {\n    pub ts: i64,\n}\n";
        let source = [
            "// Written by a command.\n//! A module.\n",
            "/// A sign of life.\n",
            "pub struct Pong {\n    /// When.\n    pub ts: i64,\n}\n",
            "#[cfg(feature = \"proptest\")]\nbare::strategies! { Pong, }\n",
            "#[cfg(feature = \"proptest\")]\nimpl Arbitrary for Pong {\n    fn any() {\n    }\n}\n",
        ];
        assert_eq!(code_size(&source.concat()), code.len());
        assert_eq!(
            code_size(&[&source.concat(), code].concat()),
            2 * code.len()
        );
    }
}
