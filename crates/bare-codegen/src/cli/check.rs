//! `bare-codegen check`

use std::path::PathBuf;

use bare_codegen::{Diagnostic, Style};
use serde::Serialize;

use super::{Failure, Source, print, print_json};

/// Report every rule that the schemas break
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Schema files
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// Write JSON to standard output
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    /// Of this structure; counts up when a field changes its meaning or goes.
    format: u32,
    files: Vec<FileReport<'a>>,
}

#[derive(Serialize)]
struct FileReport<'a> {
    file: &'a str,
    /// How many types it defines; none if it has errors.
    types: Option<usize>,
    diagnostics: &'a [Diagnostic],
}

pub(crate) fn run(args: &Args, style: Style) -> Result<(), Failure> {
    let sources = args
        .files
        .iter()
        .map(|path| Source::read(path))
        .collect::<Result<Vec<_>, _>>()?;
    if args.json {
        let files = sources.iter().map(|source| FileReport {
            file: &source.path,
            types: source.parsed.as_ref().ok().map(|schema| schema.types.len()),
            diagnostics: source.diagnostics(),
        });
        print_json(&Report {
            format: 1,
            files: files.collect(),
        })?;
    } else {
        for source in &sources {
            match &source.parsed {
                Ok(schema) => print(&format!(
                    "{}: {} types, no errors\n",
                    source.path,
                    schema.types.len()
                )),
                Err(_) => source.complain(style),
            }
        }
    }
    if sources.iter().all(|source| source.parsed.is_ok()) {
        Ok(())
    } else {
        Err(Failure::Found)
    }
}
