//! The same random statements over depot-sqlite and over plain SQLite.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use depot::{DatabaseId, Depot};
use depot_sqlite::{Database, Value};

use crate::generator::Generator;
use crate::subject::{Outcome, open, ours, plain};

/// How often a database is closed and opened again: once in so many statements.
const REOPENS: u64 = 60;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many statements, for a few databases with long histories, and once more for many at once
    #[arg(long, default_value_t = 20_000)]
    statements: u64,
    /// How many databases at once
    #[arg(long, default_value_t = 256)]
    databases: u64,
    /// Other statements for another number
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What was compared.
#[derive(Default)]
struct Tally {
    statements: u64,
    rows: u64,
    errors: u64,
    reopens: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    for databases in [8, args.databases.max(1)] {
        let folder = tempfile::tempdir()?;
        let mut config = depot::Config::default();
        // Plain SQLite has no limit for a transaction.
        config.limits.commit_pages = 1 << 20;
        let depot = Depot::open(folder.path().join("depot"), config)?;
        let start = Instant::now();
        let tally = many(&depot, folder.path(), args, databases)?;
        println!(
            "{databases} databases at once: {} statements, {} rows and {} errors compared, {} reopened and whole, {:.1} s",
            tally.statements,
            tally.rows,
            tally.errors,
            tally.reopens,
            start.elapsed().as_secs_f64()
        );
        depot.close();
    }
    println!("all the same");
    Ok(())
}

fn many(depot: &Depot, folder: &Path, args: &Args, databases: u64) -> Result<Tally> {
    let statements = args.statements.div_ceil(databases);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..databases)
            .map(|number| {
                let seed = args
                    .seed
                    .wrapping_mul(1_000_003)
                    .wrapping_add(number)
                    .wrapping_add(databases << 32);
                scope.spawn(move || {
                    one(depot, folder, number, statements, seed).with_context(|| {
                        format!("database {number} of {databases}, seed {}", args.seed)
                    })
                })
            })
            .collect();
        let mut sum = Tally::default();
        for thread in threads {
            let tally = thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))??;
            sum.statements += tally.statements;
            sum.rows += tally.rows;
            sum.errors += tally.errors;
            sum.reopens += tally.reopens;
        }
        Ok(sum)
    })
}

/// One database and its twin.
fn one(depot: &Depot, folder: &Path, number: u64, statements: u64, seed: u64) -> Result<Tally> {
    let id = DatabaseId::new(format!("database-{number}"))?;
    let path = folder.join(format!("{number}.db"));
    let mut generator = Generator::new(seed);
    let mut tally = Tally::default();
    let mut subject = open(depot, &id)?;
    let mut oracle = open_plain(&path)?;
    let mut history = Vec::new();
    for sql in Generator::start() {
        let (found, expected) = (ours(&subject, sql), plain(&oracle, sql));
        ensure!(
            found.is_ok() && same(&found, &expected),
            "{sql}\nfound {}",
            short(&found)
        );
    }
    for _ in 0..statements {
        if generator.reopens(REOPENS) {
            tally.reopens += 1;
            pollster::block_on(subject.close());
            drop(oracle);
            subject = open(depot, &id)?;
            oracle = open_plain(&path)?;
            history.push("-- reopened".to_owned());
            whole(&subject).with_context(|| tail(&history))?;
        }
        let sql = generator.statement();
        history.push(sql.clone());
        let (found, expected) = (ours(&subject, &sql), plain(&oracle, &sql));
        ensure!(
            same(&found, &expected),
            "{}\nexpected {}\nbut found {}",
            tail(&history),
            short(&expected),
            short(&found)
        );
        tally.statements += 1;
        match found {
            Ok((_, rows)) => tally.rows += rows.len() as u64,
            Err(_) => tally.errors += 1,
        }
    }
    tally.reopens += 1;
    pollster::block_on(subject.close());
    let subject = open(depot, &id)?;
    whole(&subject).with_context(|| tail(&history))?;
    pollster::block_on(subject.close());
    Ok(tally)
}

fn open_plain(path: &Path) -> Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(path)?;
    // What depot-sqlite pins, as far as results show it. Durability is not what is compared here.
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY")?;
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(connection)
}

fn whole(database: &Database) -> Result<()> {
    let found = ours(database, "PRAGMA integrity_check");
    let rows = found.map_err(anyhow::Error::msg)?.1;
    ensure!(rows == [[Value::from("ok")]], "integrity_check: {rows:?}");
    Ok(())
}

/// Whether two outcomes are the same, floating-point numbers bit for bit.
fn same(found: &Outcome, expected: &Outcome) -> bool {
    match (found, expected) {
        (Ok((names, rows)), Ok((other_names, other_rows))) => {
            let equal = |(one, other): (&Value, &Value)| match (one, other) {
                (Value::Real(one), Value::Real(other)) => one.to_bits() == other.to_bits(),
                _ => one == other,
            };
            names == other_names
                && rows.len() == other_rows.len()
                && rows.iter().zip(other_rows).all(|(row, other)| {
                    row.len() == other.len() && row.iter().zip(other).all(equal)
                })
        }
        (Err(found), Err(expected)) => found == expected,
        _ => false,
    }
}

fn tail(history: &[String]) -> String {
    history[history.len().saturating_sub(12)..].join(";\n")
}

/// The beginning of an outcome, for people.
fn short(outcome: &Outcome) -> String {
    let text = format!("{outcome:?}");
    let end = text
        .char_indices()
        .nth(600)
        .map_or(text.len(), |(place, _)| place);
    text[..end].to_owned()
}
