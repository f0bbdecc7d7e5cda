//! `cargo xtask new-version --dry-run`: what a new version of the protocol takes, shown on a made-up v6.
//!
//! In a scratch copy of the project, v6 is derived from v5 and its types are generated. From there on the compiler leads:
//! every place that it names is shown, what was prepared for that place is written, and the compiler is asked again. The
//! run fails if the compiler names a place that nothing was prepared for, or if something was prepared that it never
//! asks for: so what it asks for is all there is to do.

mod additions;
mod compiler;
mod schema;
mod scratch;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::codegen;
use crate::run::run as run_command;
use crate::workspace;
use additions::Addition;
use compiler::{Complaint, Targets, cargo, complaints};
use scratch::Scratch;

/// Show what a new version of the protocol takes, on a made-up v6 in a scratch copy
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave the checkout as it is. There is no other way to run this: a real version is written by people
    #[arg(long, required = true)]
    dry_run: bool,
}

pub(crate) fn run(_: &Args) -> Result<()> {
    let start = Instant::now();
    let scratch = Scratch::copy(&workspace::root())?;
    println!("In {}:", scratch.root.display());
    let v6 = schema::derive(&scratch.read("protocol/v5.bare")?)?;
    scratch.write("protocol/v6.bare", v6.as_bytes())?;
    show_difference(&scratch)?;
    codegen::write(&scratch.root, cargo(&scratch.root, &scratch.target))?;

    let took = follow_the_compiler(&scratch)?;
    try_out(&scratch)?;

    println!("\nWhat v6 took, beside its schema and what is generated from that:");
    for (file, lines) in &took.files {
        println!("  {lines:>4} lines  {file}");
    }
    println!(
        "  {} lines in {} files, {} of them new, for {} places that the compiler named in {} rounds; {} s",
        took.files.values().sum::<usize>(),
        took.files.len(),
        took.new_files,
        took.places,
        took.rounds,
        start.elapsed().as_secs()
    );
    println!("  Nothing that the compiler did not ask for had to change.");
    Ok(())
}

/// What the schema compiler says of the change.
fn show_difference(scratch: &Scratch) -> Result<()> {
    let mut command = cargo(&scratch.root, &scratch.target);
    command.args(["run", "--quiet", "--package", "envoy-bare-codegen", "--"]);
    command.args(["diff", "protocol/v5.bare", "protocol/v6.bare"]);
    run_command(&mut command)
}

/// What was written.
#[derive(Default)]
struct Took {
    rounds: usize,
    places: usize,
    new_files: usize,
    /// Lines added to each file.
    files: BTreeMap<&'static str, usize>,
}

/// Writes what the compiler asks for until it asks for nothing.
fn follow_the_compiler(scratch: &Scratch) -> Result<Took> {
    let mut additions = additions::all()?;
    let mut took = Took::default();
    loop {
        let complaints = complaints(&scratch.root, &scratch.target, Targets::Program)?;
        if complaints.is_empty() {
            break;
        }
        took.rounds += 1;
        println!("\nRound {}: the compiler names", took.rounds);
        took.places += show(&complaints);

        let before = additions.len();
        let mut unasked = Vec::new();
        // What is asked for is decided for all before any is written, since writing moves lines.
        for addition in additions {
            if is_asked_for(&addition, &complaints, scratch) {
                write(&addition, scratch, &mut took)?;
            } else {
                unasked.push(addition);
            }
        }
        additions = unasked;
        ensure!(
            additions.len() < before,
            "expected something prepared for one of these places, but found nothing"
        );
    }
    ensure!(
        additions.is_empty(),
        "expected the compiler to ask for all that was prepared, but found that it did not for {:?}",
        additions
            .iter()
            .map(|addition| addition.file)
            .collect::<Vec<_>>()
    );
    println!("\nThe program compiles.");

    let mut tests: BTreeMap<String, usize> = BTreeMap::new();
    for complaint in complaints(&scratch.root, &scratch.target, Targets::All)? {
        *tests.entry(complaint.file).or_default() += 1;
    }
    if !tests.is_empty() {
        println!(
            "In tests, which are not rewritten here, the compiler has errors about what v5 is no longer:"
        );
    }
    for (file, errors) in tests {
        println!("  {file}: {errors}");
    }
    Ok(took)
}

/// Prints the places, and says how many they are.
fn show(complaints: &[Complaint]) -> usize {
    let mut places: BTreeMap<(&str, usize), (&str, usize)> = BTreeMap::new();
    for complaint in complaints {
        let place = (complaint.file.as_str(), complaint.lines.0);
        // A macro is expanded for each root, and so is an error in it.
        places.entry(place).or_insert((&complaint.message, 0)).1 += 1;
    }
    for ((file, line), (message, count)) in &places {
        let more = if *count > 1 {
            format!(" (and {} more like it)", count - 1)
        } else {
            String::new()
        };
        println!("  {file}:{line}: {message}{more}");
    }
    places.len()
}

fn is_asked_for(addition: &Addition, complaints: &[Complaint], scratch: &Scratch) -> bool {
    let source = scratch.read(addition.file).unwrap_or_default();
    complaints
        .iter()
        .any(|complaint| addition.is_asked_for_by(complaint, &source))
}

fn write(addition: &Addition, scratch: &Scratch, took: &mut Took) -> Result<()> {
    let source = if addition.is_new_file() {
        String::new()
    } else {
        scratch.read(addition.file)?
    };
    scratch.write(addition.file, addition.apply(&source)?.as_bytes())?;
    println!("  -> {}: {} lines", addition.file, addition.lines());
    took.new_files += usize::from(addition.is_new_file());
    *took.files.entry(addition.file).or_default() += addition.lines();
    Ok(())
}

/// Runs the tests of v6: there and back between it and the older versions, and the rules of its converters' source.
fn try_out(scratch: &Scratch) -> Result<()> {
    let test = include_str!("new_version/written/new_version.rs.txt");
    scratch.write("tests/new_version.rs", test.as_bytes())?;
    let manifest = scratch.read("Cargo.toml")?;
    let manifest = format!("{manifest}\n[[test]]\nname = \"new_version\"\n");
    scratch.write("Cargo.toml", manifest.as_bytes())?;

    println!("\nThere and back between v6 and the older versions:");
    let mut command = cargo(&scratch.root, &scratch.target);
    command.args(["test", "--quiet", "--package", "envoy-protocol"]);
    command.args(["--test", "new_version", "--test", "convert_source"]);
    run_command(&mut command)
}
