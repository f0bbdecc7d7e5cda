//! `cargo xtask codegen`: the types of every schema version, written or compared.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::run::{cargo, run as run_command};
use crate::workspace;

/// Write `src/generated` from the schemas in `protocol`
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail if what is there is not what would be written
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace::root();
    if args.check {
        check(&root, cargo())
    } else {
        write(&root, cargo())
    }
}

/// Writes `src/generated` of the checkout at `root`, with `cargo` run there.
pub(crate) fn write(root: &Path, cargo: Command) -> Result<()> {
    run_command(&mut generate(root, cargo)?)?;
    fs::write(root.join(MODULES), modules(root)?).with_context(|| format!("cannot write {MODULES}"))
}

fn check(root: &Path, cargo: Command) -> Result<()> {
    run_command(generate(root, cargo)?.arg("--check"))?;
    let found = fs::read_to_string(root.join(MODULES));
    ensure!(
        found.with_context(|| format!("cannot read {MODULES}"))? == modules(root)?,
        "expected {MODULES} as `cargo xtask codegen` writes it, but found something else"
    );
    Ok(())
}

/// The file that names the generated ones.
const MODULES: &str = "src/generated/mod.rs";

/// What it holds, for the schemas of the checkout at `root`: the list of versions, from which the compiler knows what is
/// still to be written by hand.
fn modules(root: &Path) -> Result<String> {
    let schemas = workspace::schemas(root)?;
    let numbers: Vec<_> = schemas
        .iter()
        .map(|(number, _)| number.to_string())
        .collect();
    let declarations: Vec<_> = numbers
        .iter()
        .map(|number| format!("pub mod v{number};\n"))
        .collect();
    Ok(format!(
        "// Written by `cargo xtask codegen` from the names of the schemas. Do not edit.\n\
         //! The types of each version of the schema.\n\n\
         {declarations}\n\
         /// The types of the newest version, for code that follows every bump.\n\
         pub use v{latest} as latest;\n\n\
         /// The numbers of the versions, oldest first.\n\
         pub(crate) const VERSIONS: [u16; {count}] = [{list}];\n",
        declarations = declarations.concat(),
        latest = numbers[numbers.len() - 1],
        count = numbers.len(),
        list = numbers.join(", "),
    ))
}

/// The generator's command line for the checkout at `root`, where `cargo` runs.
fn generate(root: &Path, mut cargo: Command) -> Result<Command> {
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "envoy-bare-codegen",
        "--",
        "generate",
    ]);
    cargo.args(["--out", "src/generated", "--command", "cargo xtask codegen"]);
    for name in workspace::ROOTS {
        cargo.args(["--root", name]);
    }
    for (number, file) in workspace::schemas(root)? {
        cargo.arg(format!("v{number}=protocol/{file}"));
    }
    Ok(cargo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_versions_is_fresh() {
        let root = workspace::root();
        let wanted = modules(&root).expect("the checkout has schemas");
        if fs::read_to_string(root.join(MODULES)).ok().as_ref() != Some(&wanted) {
            fs::write(root.join(MODULES), wanted).expect("the checkout can be written");
            panic!("{MODULES} was stale; it is written anew, and `git diff` shows how");
        }
    }
}
