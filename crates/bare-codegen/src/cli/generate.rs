//! `bare-codegen generate`

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bare_codegen::Style;
use bare_codegen::rust::{self, File, Options, Version};

use super::{Failure, Source, print};

/// Generate a Rust module for each version of a schema
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Directory to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// A type that is a type of its own in every version, even where it is the same
    #[arg(long = "root", value_name = "NAME")]
    roots: Vec<String>,

    /// Write nothing, and fail if what is there is not what would be written
    #[arg(long)]
    check: bool,

    /// The command that the files name as the one that writes them [default: this command line]
    #[arg(long, value_name = "TEXT")]
    command: Option<String>,

    /// The versions, oldest first: `v4=FILE`, or FILE if its name is that of the version
    #[arg(required = true, value_name = "[NAME=]FILE")]
    versions: Vec<String>,
}

pub(crate) fn run(args: &Args, style: Style) -> Result<(), Failure> {
    let named = names(&args.versions)?;
    let sources = named
        .iter()
        .map(|(_, path)| Source::read(path))
        .collect::<Result<Vec<_>, _>>()?;
    for source in &sources {
        source.complain(style);
    }
    let mut versions = Vec::new();
    for ((name, _), source) in named.iter().zip(&sources) {
        let Ok(schema) = &source.parsed else {
            return Err(Failure::Found);
        };
        versions.push(Version {
            name,
            schema,
            schema_path: &source.path,
        });
    }
    let command = args.command.clone().unwrap_or_else(|| command_line(args));
    let options = Options {
        roots: args.roots.clone(),
        command: command.clone(),
    };
    let files = rust::generate(&versions, &options).map_err(|error| match error {
        rust::Error::UnknownRoot(_) => Failure::Usage(error.to_string()),
        error => Failure::Fault(error.to_string()),
    })?;
    if args.check {
        check(&args.out, &files, &command)
    } else {
        write(&args.out, &files)
    }
}

/// Writes what differs, so that nothing is built anew for a file that stays the same.
fn write(out: &Path, files: &[File]) -> Result<(), Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        Failure::Usage(format!(
            "expected to write {}, but found: {error}",
            path.display()
        ))
    };
    std::fs::create_dir_all(out).map_err(|error| failed(out, &error))?;
    for file in files {
        let path = out.join(&file.name);
        let same = std::fs::read(&path).is_ok_and(|octets| octets == file.text.as_bytes());
        if !same {
            std::fs::write(&path, &file.text).map_err(|error| failed(&path, &error))?;
        }
        let what = if same { "is up to date" } else { "written" };
        print(&format!("{} {what}\n", path.display()));
    }
    Ok(())
}

fn check(out: &Path, files: &[File], command: &str) -> Result<(), Failure> {
    let mut stale = 0;
    for file in files {
        let path = out.join(&file.name);
        let what = match std::fs::read(&path) {
            Ok(octets) if octets == file.text.as_bytes() => continue,
            Ok(_) => "is stale",
            Err(_) => "is missing",
        };
        stale += 1;
        print(&format!("{} {what}: run `{command}`\n", path.display()));
    }
    if stale == 0 {
        return Ok(());
    }
    Err(Failure::Found)
}

/// The name and the file of each version.
fn names(versions: &[String]) -> Result<Vec<(String, PathBuf)>, Failure> {
    let mut taken = HashSet::new();
    let mut named = Vec::new();
    for version in versions {
        let (name, path) = if let Some((name, path)) = version.split_once('=') {
            (name.to_owned(), PathBuf::from(path))
        } else {
            let path = PathBuf::from(version);
            let stem = path.file_stem().unwrap_or_default();
            (stem.to_string_lossy().into_owned(), path)
        };
        let good = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name
                .bytes()
                .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'_')
            && name != "mod";
        if !good {
            return Err(Failure::Usage(format!(
                "expected a version name such as `v4`, but found `{name}`; name the version by `v4={}`",
                path.display()
            )));
        }
        if !taken.insert(name.clone()) {
            return Err(Failure::Usage(format!(
                "expected each version once, but found a second `{name}`"
            )));
        }
        named.push((name, path));
    }
    Ok(named)
}

/// The command line that writes the files again.
fn command_line(args: &Args) -> String {
    let mut words = vec!["bare-codegen".to_owned(), "generate".to_owned()];
    words.push("--out".to_owned());
    words.push(args.out.display().to_string());
    for root in &args.roots {
        words.push("--root".to_owned());
        words.push(root.clone());
    }
    words.extend(args.versions.iter().cloned());
    let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_=./,+:@".contains(&octet);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
