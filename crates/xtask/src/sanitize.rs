//! `cargo xtask sanitize`: the tests that reach the `unsafe` of `crates/bare`, under tools that watch its memory.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run::{cargo, probe, run as run_command};
use crate::toolchain::Toolchain;
use crate::workspace;

/// Run the tests that reach `unsafe` code under the address sanitizer and under valgrind
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this tool
    #[arg(long, value_enum)]
    only: Option<Tool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Tool {
    /// The address sanitizer on debug builds: accesses out of bounds and after the end, leaks. With it go the checks that
    /// the standard library makes of the arguments of its unsafe functions in debug builds.
    Address,
    /// Valgrind's memcheck on release builds, which are what runs elsewhere: reads of memory that nobody wrote, which
    /// the other does not see, and leaks.
    Valgrind,
}

/// Tests of a package.
struct Suite {
    package: &'static str,
    /// Which of them, and with which features.
    tests: &'static [&'static str],
    /// What the test programs are told.
    options: &'static [&'static str],
}

/// The runtime's own tests, those of the protocol on recorded, generated and damaged messages, and the corpus of the
/// fuzzers.
///
/// Tests that count allocations run here too: the allocator that counts hands on to the system's, which is watched. Of
/// those on hostile frames of 16 MiB, which take longest, only smaller ones run.
const ADDRESS: [Suite; 3] = [
    Suite {
        package: "envoy-bare",
        tests: &["--all-features", "--tests"],
        options: &[],
    },
    Suite {
        package: "envoy-protocol",
        tests: &[
            "--test=conformance",
            "--test=converters",
            "--test=frames",
            "--test=memory",
            "--test=rules",
        ],
        options: &["--skip", "no_hostile_frame_of_16_mib"],
    },
    Suite {
        package: "envoy-checks",
        tests: &["--test=corpus"],
        options: &[],
    },
];

/// Valgrind makes everything some thirty times slower, so what is about large messages does not run in it.
///
/// The protocol is built with all features, as `cargo xtask differential` builds it: it is there already if that ran.
const VALGRIND: [Suite; 3] = [
    Suite {
        package: "envoy-bare",
        tests: &["--all-features", "--tests"],
        options: &["--skip", "memory::"],
    },
    Suite {
        package: "envoy-protocol",
        tests: &[
            "--all-features",
            "--test=conformance",
            "--test=converters",
            "--test=frames",
            "--test=rules",
        ],
        options: &[],
    },
    Suite {
        package: "envoy-checks",
        tests: &["--test=corpus"],
        options: &[],
    },
];

/// Messages that are made up for each property under the address sanitizer. Some tests take a sixteenth.
const ADDRESS_CASES: &str = "64";
/// The same for valgrind.
const VALGRIND_CASES: &str = "16";

/// Valgrind, told to fail on the first thing that is wrong, a leak among them. What is still reachable at the end, or
/// may be, is the test harness.
const MEMCHECK: &str = "valgrind --quiet --error-exitcode=1 --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite";

pub(crate) fn run(args: &Args) -> Result<()> {
    let wanted = |tool| args.only.is_none_or(|only| only == tool);
    // What is missing is said before minutes were spent.
    if wanted(Tool::Valgrind) {
        let version = probe(Command::new("valgrind").arg("--version"))
            .context("expected valgrind, but found none: install the package `valgrind`")?;
        eprintln!("xtask: {version}");
    }
    if wanted(Tool::Address) {
        address()?;
    }
    if wanted(Tool::Valgrind) {
        valgrind()?;
    }
    Ok(())
}

fn address() -> Result<()> {
    let toolchain = Toolchain::find();
    eprintln!("xtask: AddressSanitizer with {}", toolchain.describe());
    let host = host()?;
    // Everything is built differently, so it is built elsewhere.
    let target = workspace::target()?.join("sanitize");
    for suite in &ADDRESS {
        let mut command = toolchain.cargo();
        command
            .args(["test", "--package", suite.package])
            // With a target, build scripts and macros are left as they are.
            .args(["--target", &host])
            .arg("--target-dir")
            .arg(&target)
            .args(suite.tests)
            .arg("--")
            .args(suite.options)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", "-Zsanitizer=address")
            // Enough to name lines, at a part of the space.
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env(
                "ASAN_OPTIONS",
                "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
            )
            .env("PROPTEST_CASES", ADDRESS_CASES);
        run_command(&mut command)?;
    }
    Ok(())
}

fn valgrind() -> Result<()> {
    let runner = format!(
        "CARGO_TARGET_{}_RUNNER",
        host()?.to_uppercase().replace('-', "_")
    );
    for suite in &VALGRIND {
        let mut command = cargo();
        command
            .args(["test", "--release", "--package", suite.package])
            .args(suite.tests)
            .arg("--")
            .args(suite.options)
            .env(&runner, MEMCHECK)
            .env("PROPTEST_CASES", VALGRIND_CASES);
        run_command(&mut command)?;
    }
    Ok(())
}

/// What the compiler compiles for if it is not told.
fn host() -> Result<String> {
    let said = probe(Command::new("rustc").arg("-vV")).context("cannot ask rustc for its host")?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("expected rustc to say its host")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_the_tests_of_the_protocol_are() {
        for suite in ADDRESS.iter().chain(&VALGRIND) {
            let folder = match suite.package {
                "envoy-protocol" => workspace::root(),
                package => workspace::root()
                    .join("crates")
                    .join(package.replace("envoy-", "")),
            };
            let names = suite
                .tests
                .iter()
                .filter_map(|test| test.strip_prefix("--test="));
            for name in names {
                let path = folder.join("tests").join(name).with_extension("rs");
                assert!(path.is_file(), "{}", path.display());
            }
        }
    }

    #[test]
    fn the_compiler_says_its_host() {
        let host = host().expect("there is a compiler, or this would not run");
        assert!(host.split('-').count() >= 3, "{host}");
    }
}
