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
    let mut command = command(&root)?;
    if args.check {
        command.arg("--check");
    }
    run_command(&mut command)?;

    let path = root.join(MODULES);
    let wanted = modules(&root)?;
    if !args.check {
        return fs::write(&path, wanted).with_context(|| format!("cannot write {MODULES}"));
    }
    let found = fs::read_to_string(&path).with_context(|| format!("cannot read {MODULES}"))?;
    ensure!(
        found == wanted,
        "expected {MODULES} as `cargo xtask codegen` writes it, but found something else"
    );
    Ok(())
}

/// The file that names the generated ones.
pub(crate) const MODULES: &str = "src/generated/mod.rs";

/// What it holds, for the schemas of the checkout at `root`: the list of versions, from which the compiler knows what is
/// still to be written by hand.
pub(crate) fn modules(root: &Path) -> Result<String> {
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

/// The generator's command line for the checkout at `root`, run there.
pub(crate) fn command(root: &Path) -> Result<Command> {
    let mut command = cargo();
    command.current_dir(root);
    command.args([
        "run",
        "--quiet",
        "--package",
        "envoy-bare-codegen",
        "--",
        "generate",
    ]);
    command.args(["--out", "src/generated", "--command", "cargo xtask codegen"]);
    for name in workspace::ROOTS {
        command.args(["--root", name]);
    }
    for (number, file) in workspace::schemas(root)? {
        command.arg(format!("v{number}=protocol/{file}"));
    }
    Ok(command)
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
