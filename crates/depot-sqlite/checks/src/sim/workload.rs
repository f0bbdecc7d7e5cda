//! The SQL that instances run, made so that what went wrong below it can be seen in it.
//!
//! A *ledger* has a row for each write, with who wrote it and its place in the history. A trigger carries the place into a
//! counter and a chain, and into a *stamp* on each of many pages: a reader that sees two stamps has seen pages of two
//! heads. A *tally* is only ever raised by one, so that two instances can make the same change, octet for octet.

use anyhow::{Context as _, Result, ensure};
use depot_sqlite::{Executed, PAGE_SIZE, Rows, Value};

use crate::sim::hub::InstanceId;

/// Rows with a stamp, each on a page of its own.
pub(crate) const STAMPS: i64 = 16;
/// Pages of a commit, at most.
pub(crate) const COMMIT_PAGES: u32 = 200;
const CHAIN_MODULUS: i64 = 1_000_000_007;

/// What an instance is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// Opens the database.
    Open,
    /// Makes the tables, if there are none.
    SetUp,
    /// A row of the ledger, in a statement of its own.
    Write { seq: i64 },
    /// A row of the ledger, in a transaction with savepoints, of which one is rolled back.
    Transaction { seq: i64 },
    /// A row of the ledger, rolled back.
    RolledBack { seq: i64 },
    /// A row of the ledger, in a transaction that is too large to commit.
    TooLarge { seq: i64 },
    /// Raises the tally by one.
    Tally,
    /// Adds pages.
    Grow { rows: i64 },
    /// Frees pages.
    Shrink,
    /// Gives free pages back.
    Vacuum,
    /// Reads all that belongs together.
    Read,
    /// Reads every page.
    Check,
}

impl Op {
    /// Whether it puts a row into the ledger, and which.
    pub(crate) fn seq(self) -> Option<i64> {
        match self {
            Self::Write { seq }
            | Self::Transaction { seq }
            | Self::RolledBack { seq }
            | Self::TooLarge { seq } => Some(seq),
            _ => None,
        }
    }
}

/// How an operation is put to a database.
pub(crate) enum Sql {
    /// Statements, without parameters.
    Script(String),
    /// One statement.
    One(&'static str, Vec<Value>),
}

/// What a reader sees at once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Snapshot {
    /// The counter, the place of the newest row of the ledger.
    pub(crate) count: i64,
    pub(crate) chain: i64,
    /// The rows of the ledger, their greatest place, and the chain in that row.
    pub(crate) rows: i64,
    pub(crate) last: i64,
    pub(crate) last_chain: i64,
    /// The oldest stamp, the newest, and how many there are.
    pub(crate) oldest: i64,
    pub(crate) newest: i64,
    pub(crate) stamps: i64,
    pub(crate) tally: i64,
}

/// The chain after one more write.
pub(crate) fn chained(chain: i64, writer: i64, seq: i64) -> i64 {
    (chain * 31 + writer * 1009 + seq) % CHAIN_MODULUS
}

const INSERT: &str = "INSERT INTO ledger (n, writer, seq, chain) \
    SELECT n + 1, ?1, ?2, (chain * 31 + ?1 * 1009 + ?2) % 1000000007 FROM counter RETURNING n";

/// What [`Snapshot`] is read by.
pub(crate) const SNAPSHOT: &str = "SELECT (SELECT n FROM counter), (SELECT chain FROM counter), \
    (SELECT count(*) FROM ledger), (SELECT coalesce(max(n), 0) FROM ledger), \
    (SELECT coalesce((SELECT chain FROM ledger ORDER BY n DESC LIMIT 1), 0)), \
    (SELECT min(s) FROM stamp WHERE length(pad) > 0), (SELECT max(s) FROM stamp WHERE length(pad) > 0), (SELECT count(*) FROM stamp), \
    (SELECT n FROM tally)";

/// The SQL of an operation of `instance`. None for one that is none.
pub(crate) fn sql(op: Op, instance: InstanceId, sqlite_cache: i64) -> Option<Sql> {
    let writer = i64::try_from(instance).unwrap_or(i64::MAX);
    let insert = |seq: i64| {
        INSERT
            .replace("?1", &writer.to_string())
            .replace("?2", &seq.to_string())
    };
    Some(match op {
        Op::Open => return None,
        Op::SetUp => Sql::Script(set_up(sqlite_cache)),
        Op::Write { seq } => Sql::One(INSERT, vec![Value::Integer(writer), Value::Integer(seq)]),
        Op::Transaction { seq } => Sql::Script(format!(
            "BEGIN; SAVEPOINT a; UPDATE stamp SET s = -1; INSERT INTO fat (body) VALUES (zeroblob(9000)); ROLLBACK TO a; {}; RELEASE a; COMMIT",
            insert(seq)
        )),
        Op::RolledBack { seq } => Sql::Script(format!("BEGIN; {}; ROLLBACK", insert(seq))),
        Op::TooLarge { seq } => Sql::Script(format!(
            "BEGIN; {}; INSERT INTO fat (body) VALUES (zeroblob({})); COMMIT",
            insert(seq),
            (COMMIT_PAGES as usize + 1) * PAGE_SIZE
        )),
        Op::Tally => Sql::One("UPDATE tally SET n = n + 1", Vec::new()),
        Op::Grow { rows } => Sql::One(
            "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < ?) INSERT INTO fat (body) SELECT zeroblob(3000) FROM i",
            vec![Value::Integer(rows)],
        ),
        Op::Shrink => Sql::One("DELETE FROM fat WHERE id % 3 <> 0", Vec::new()),
        Op::Vacuum => Sql::One("VACUUM", Vec::new()),
        Op::Read => Sql::One(SNAPSHOT, Vec::new()),
        Op::Check => Sql::One("PRAGMA integrity_check", Vec::new()),
    })
}

fn set_up(sqlite_cache: i64) -> String {
    format!(
        "PRAGMA cache_size = {sqlite_cache};
        BEGIN;
        CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, chain INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS ledger (n INTEGER PRIMARY KEY, writer INTEGER NOT NULL, seq INTEGER NOT NULL, chain INTEGER NOT NULL, UNIQUE (writer, seq));
        CREATE TABLE IF NOT EXISTS stamp (id INTEGER PRIMARY KEY, s INTEGER NOT NULL, pad BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS tally (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS fat (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TRIGGER IF NOT EXISTS written AFTER INSERT ON ledger BEGIN
            UPDATE counter SET n = new.n, chain = new.chain;
            UPDATE stamp SET s = new.n;
        END;
        INSERT OR IGNORE INTO counter VALUES (1, 0, 0);
        INSERT OR IGNORE INTO tally VALUES (1, 0);
        WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < {STAMPS})
            INSERT OR IGNORE INTO stamp SELECT x, 0, zeroblob(2500) FROM i;
        COMMIT"
    )
}

/// The first integer of an answer.
pub(crate) fn place(rows: &Rows) -> Option<i64> {
    match rows.rows.first()?.first()? {
        Value::Integer(place) => Some(*place),
        _ => None,
    }
}

/// What [`SNAPSHOT`] came to.
pub(crate) fn snapshot(executed: &Executed) -> Option<Snapshot> {
    let row = executed.rows.rows.first()?;
    let values: Option<Vec<i64>> = row
        .iter()
        .map(|value| match value {
            Value::Integer(value) => Some(*value),
            _ => None,
        })
        .collect();
    of_values(&values?)
}

fn of_values(values: &[i64]) -> Option<Snapshot> {
    let &[
        count,
        chain,
        rows,
        last,
        last_chain,
        oldest,
        newest,
        stamps,
        tally,
    ] = values
    else {
        return None;
    };
    Some(Snapshot {
        count,
        chain,
        rows,
        last,
        last_chain,
        oldest,
        newest,
        stamps,
        tally,
    })
}

/// A row of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) place: i64,
    pub(crate) writer: i64,
    pub(crate) seq: i64,
    pub(crate) chain: i64,
}

/// The database at the end, as plain SQLite reads it.
#[derive(Clone, Debug)]
pub(crate) struct Final {
    pub(crate) integrity: String,
    pub(crate) snapshot: Snapshot,
    pub(crate) ledger: Vec<Entry>,
}

impl Final {
    /// Reads the octets of a database without anything of ours in between.
    pub(crate) fn read(database: &[u8]) -> Result<Self> {
        let mut connection = rusqlite::Connection::open_in_memory()?;
        connection
            .deserialize_read_exact("main", database, database.len(), true)
            .context("plain SQLite does not take the database")?;
        let integrity: Vec<String> = connection
            .prepare("PRAGMA integrity_check")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let values: Vec<i64> = connection.query_row(SNAPSHOT, [], |row| {
            (0..row.as_ref().column_count())
                .map(|column| row.get(column))
                .collect()
        })?;
        let snapshot = of_values(&values).context("the snapshot has other columns")?;
        let mut statement =
            connection.prepare("SELECT n, writer, seq, chain FROM ledger ORDER BY n")?;
        let ledger = statement
            .query_map([], |row| {
                Ok(Entry {
                    place: row.get(0)?,
                    writer: row.get(1)?,
                    seq: row.get(2)?,
                    chain: row.get(3)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        ensure!(!integrity.is_empty(), "integrity_check says nothing");
        Ok(Self {
            integrity: integrity.join("; "),
            snapshot,
            ledger,
        })
    }
}
