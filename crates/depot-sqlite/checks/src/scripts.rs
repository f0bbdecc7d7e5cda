//! Scripts of the sqllogictest format, in the form that SQLite's own corpus has: one value in a line, in the form that
//! the type of its column asks for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use depot::{DatabaseId, Depot};
use depot_sqlite::{Database, Error, Rows, Value};
use sqllogictest::{
    ColumnType as _, DB, DBOutput, DefaultColumnType, Normalizer, QueryExpect, Record, Runner,
};

use crate::subject::{open, ours};

/// What conditions of scripts call this engine.
const ENGINE: &str = "sqlite";
/// From how many values on a script has their digest, unless it says so itself: what SQLite's own runner goes by.
const HASH_THRESHOLD: usize = 8;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder, with all it contains
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut files = Vec::new();
    collect(&args.folder, &mut files)?;
    files.sort();
    ensure!(
        !files.is_empty(),
        "expected scripts below {}, but found none",
        args.folder.display()
    );
    let folder = tempfile::tempdir()?;
    let mut config = depot::Config::default();
    // Scripts know of no limit for a transaction.
    config.limits.commit_pages = 1 << 20;
    let depot = Depot::open(folder.path().join("depot"), config)?;
    let start = Instant::now();
    let mut statements = 0;
    for (number, file) in files.iter().enumerate() {
        let id = DatabaseId::new(format!("file-{number}"))?;
        let start = Instant::now();
        let done = script(&depot, &id, file).with_context(|| file.display().to_string())?;
        report(&file.display().to_string(), done, start.elapsed());
        statements += done;
    }
    report(
        &format!("{} files, all passed", files.len()),
        statements,
        start.elapsed(),
    );
    depot.close();
    Ok(())
}

fn report(what: &str, statements: u64, time: Duration) {
    println!(
        "{what}: {statements} statements, {:.1} s",
        time.as_secs_f64()
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "test")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Runs one script over a new database, and looks at it again after it was opened anew.
fn script(depot: &Depot, id: &DatabaseId, file: &Path) -> Result<u64> {
    let text = readable(&std::fs::read_to_string(file)?);
    let records = sqllogictest::parse::<DefaultColumnType>(&text)?;
    let types: Types = Arc::default();
    let done = Arc::new(Mutex::new(0));
    let database = open(depot, id)?;
    let mut runner = {
        let connect = || {
            let subject = Subject {
                database: database.clone(),
                types: Arc::clone(&types),
                done: Arc::clone(&done),
            };
            async move { Ok::<_, Failed>(subject) }
        };
        let mut runner = Runner::new(connect);
        runner.with_validator(one_value_in_a_line);
        runner.with_hash_threshold(HASH_THRESHOLD);
        for record in records {
            *types.lock().unwrap_or_else(PoisonError::into_inner) = match &record {
                Record::Query {
                    expected: QueryExpect::Results { types, .. },
                    ..
                } => Some(types.clone()),
                _ => None,
            };
            runner
                .run(record)
                .map_err(|error| anyhow::anyhow!("{}", error.display(false)))?;
        }
        runner
    };
    runner.shutdown();
    pollster::block_on(database.close());
    let again = open(depot, id)?;
    let rows = ours(&again, "PRAGMA integrity_check")
        .map_err(anyhow::Error::msg)?
        .1;
    ensure!(
        rows == [[Value::from("ok")]],
        "integrity_check after reopening: {rows:?}"
    );
    pollster::block_on(again.close());
    let done = done.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(*done)
}

/// A script in the form that the parser takes: no comments behind conditions, and no conditions before a `halt`, which
/// it would forget.
fn readable(script: &str) -> String {
    let mut readable = String::with_capacity(script.len());
    let mut conditions: Vec<&str> = Vec::new();
    for line in script.lines() {
        let word = line.split_whitespace().next();
        if let Some("onlyif" | "skipif") = word {
            conditions.push(line.split('#').next().unwrap_or_default().trim_end());
            continue;
        }
        if word == Some("halt") {
            if conditions.drain(..).all(holds) {
                break;
            }
            continue;
        }
        for condition in conditions.drain(..) {
            readable.push_str(condition);
            readable.push('\n');
        }
        readable.push_str(line);
        readable.push('\n');
    }
    readable
}

/// Whether a condition lets what is below it run.
fn holds(condition: &str) -> bool {
    let mut words = condition.split_whitespace();
    let only = words.next() == Some("onlyif");
    only == (words.next() == Some(ENGINE))
}

/// The types that the columns of the query which runs next are expected to have; `None` for what is no query.
type Types = Arc<Mutex<Option<Vec<DefaultColumnType>>>>;

struct Subject {
    database: Database,
    types: Types,
    done: Arc<Mutex<u64>>,
}

#[derive(Debug)]
struct Failed(String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl DB for Subject {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        // A record of a script can be several statements.
        let answer = pollster::block_on(self.database.exec(sql));
        let expected = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        let Rows { columns, rows } = match (answer, &*expected) {
            (Ok(rows), _) => rows,
            // SQLite's own runner takes a query that fails when it runs for one that has no rows, and there are scripts
            // that expect it.
            (Err(Error::Sql { .. }), Some(types)) => {
                return Ok(DBOutput::Rows {
                    types: types.clone(),
                    rows: Vec::new(),
                });
            }
            (Err(error), _) => return Err(Failed(error.to_string())),
        };
        if columns.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let types: Vec<_> = (0..columns.len())
            .map(|place| {
                expected
                    .as_ref()
                    .and_then(|types| types.get(place).cloned())
                    .unwrap_or(DefaultColumnType::Any)
            })
            .collect();
        let rows = rows
            .iter()
            .map(|row| {
                row.iter()
                    .zip(&types)
                    .map(|(value, kind)| in_form(value, kind))
                    .collect()
            })
            .collect();
        Ok(DBOutput::Rows { types, rows })
    }

    fn engine_name(&self) -> &'static str {
        ENGINE
    }
}

fn one_value_in_a_line(_: Normalizer, actual: &[Vec<String>], expected: &[String]) -> bool {
    actual.iter().flatten().eq(expected)
}

/// A value as SQLite's runner prints it where a column is said to be of a type.
fn in_form(value: &Value, kind: &DefaultColumnType) -> String {
    match (value, kind.to_char()) {
        (Value::Null, _) => "NULL".to_owned(),
        (value, 'I') => narrow(integer(value)).to_string(),
        (value, 'R') => thousandths(real(value)),
        (value, _) => {
            let text = text(value);
            if text.is_empty() {
                "(empty)".to_owned()
            } else {
                text.chars()
                    .map(|c| if (' '..='~').contains(&c) { c } else { '@' })
                    .collect()
            }
        }
    }
}

/// A number with three decimals, as SQLite prints it: with 16 digits that count, and zeros where there are more.
fn thousandths(number: f64) -> String {
    if number.abs() < 1e12 || !number.is_finite() {
        return format!("{number:.3}");
    }
    let scientific = format!("{:.15e}", number.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mut whole = digits.replace('.', "");
    let length = exponent.parse::<usize>().unwrap_or_default() + 1;
    while whole.len() < length + 3 {
        whole.push('0');
    }
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}.{}", &whole[..length], &whole[length..length + 3])
}

/// What `sqlite3_column_int` keeps of a number.
#[allow(
    clippy::cast_possible_truncation,
    reason = "it is what the function does"
)]
fn narrow(number: i64) -> i32 {
    number as i32
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "saturating, as SQLite's own conversion"
)]
fn integer(value: &Value) -> i64 {
    match value {
        Value::Null => 0,
        Value::Integer(number) => *number,
        Value::Real(number) => *number as i64,
        Value::Text(_) | Value::Blob(_) => {
            let text = text(value);
            let digits = text.trim_start();
            let end = digits
                .char_indices()
                .find(|&(place, c)| !(c.is_ascii_digit() || place == 0 && (c == '-' || c == '+')))
                .map_or(digits.len(), |(place, _)| place);
            digits[..end].parse().unwrap_or_default()
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "as SQLite's own conversion")]
fn real(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Integer(number) => *number as f64,
        Value::Real(number) => *number,
        Value::Text(_) | Value::Blob(_) => text(value).trim().parse().unwrap_or_default(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => {
            let text = number.to_string();
            if text.contains(['.', 'e', 'n']) {
                text
            } else {
                format!("{text}.0")
            }
        }
        Value::Text(text) => text.clone(),
        Value::Blob(octets) => String::from_utf8_lossy(octets).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_sqlite_does() {
        for (number, printed) in [
            (1.5, "1.500"),
            (-0.0004, "-0.000"),
            (1e12, "1000000000000.000"),
            (1_234_567_890_123.456, "1234567890123.456"),
            (-9_223_372_036_854_775_808.0, "-9223372036854776000.000"),
            (18_446_744_073_709_551_616.0, "18446744073709550000.000"),
        ] {
            assert_eq!(thousandths(number), printed);
        }
    }

    #[test]
    fn a_halt_counts_where_its_conditions_hold() {
        let script = "a\nskipif sqlite # why\nhalt\nonlyif mysql\nhalt\nonlyif sqlite # why\nb\nskipif mysql\nhalt\nc\n";
        assert_eq!(readable(script), "a\nonlyif sqlite\nb\n");
    }
}
