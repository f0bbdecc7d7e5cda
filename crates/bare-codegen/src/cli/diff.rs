//! `bare-codegen diff`

use std::path::PathBuf;

use bare_codegen::Style;

use super::{Failure, Source, print, print_json};

/// Say what changed from one schema to another, and so what a converter has to do
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The older schema
    old: PathBuf,

    /// The newer schema
    new: PathBuf,

    /// Write JSON to standard output
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, style: Style) -> Result<(), Failure> {
    let old = Source::read(&args.old)?;
    let new = Source::read(&args.new)?;
    // Both are looked at, so that the errors of both are seen.
    let (old_schema, new_schema) = (old.schema(style), new.schema(style));
    let diff = bare_codegen::diff::diff(old_schema?, new_schema?);
    if args.json {
        return print_json(&diff);
    }
    print(&format!("{} -> {}\n{diff}", old.path, new.path));
    Ok(())
}
