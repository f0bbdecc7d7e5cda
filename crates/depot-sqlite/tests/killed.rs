//! SIGKILL while SQL runs over the embedded engine of a depot: every transaction that was answered is there, none is half there, and the databases
//! are whole.
//!
//! `cargo test --test killed -- --times N` does it N times; `cargo xtask sim kill --times N` does the same in an optimised build.

#[path = "support/depot.rs"]
mod adapter;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use adapter::DepotSource;
use depot::{DatabaseId, Depot};
use depot_sqlite::{Config, Database, Rows, Value};

/// Databases under load, each with one transaction at a time.
const DATABASES: u8 = 8;

/// Rows that a database keeps.
const KEPT: i64 = 20;

/// In an empty database: how often something was committed, and a row for each of the last times.
const START: &str = "BEGIN; CREATE TABLE IF NOT EXISTS count (n INTEGER NOT NULL); CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, v BLOB); CREATE INDEX IF NOT EXISTS i ON log (v);
    INSERT INTO count SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM count); COMMIT";

/// One transaction: of many statements, on many pages, of which some become free and others are taken again.
fn transaction() -> String {
    format!(
        "BEGIN; UPDATE count SET n = n + 1;
         INSERT INTO log SELECT n, randomblob(abs(random()) % 12000) FROM count;
         DELETE FROM log WHERE n <= (SELECT n - {KEPT} FROM count); COMMIT; SELECT n FROM count"
    )
}

fn open(depot: &Depot, database: u8) -> Database {
    let id = DatabaseId::new(format!("database-{database}")).unwrap();
    let source = DepotSource::allocate(depot, &id).unwrap();
    let database = Database::new(source, Config::new(id.as_str()));
    pollster::block_on(database.open()).unwrap();
    database
}

fn run(database: &Database, sql: &str) -> Rows {
    pollster::block_on(database.exec(sql)).unwrap()
}

fn number(database: &Database, sql: &str) -> i64 {
    match run(database, sql).rows.concat()[..] {
        [Value::Integer(number)] => number,
        ref rows => panic!("{sql}: expected a number, but found {rows:?}"),
    }
}

/// Commits to the databases of the store in `folder`, and says of each transaction that it was answered, after it was: the database, and how many
/// there were.
fn be_killed(folder: &Path) {
    let depot = Depot::open(folder, depot::Config::default()).unwrap();
    let said = Mutex::new(std::io::stdout());
    thread::scope(|scope| {
        for which in 0..DATABASES {
            let (depot, said) = (&depot, &said);
            scope.spawn(move || {
                let database = open(depot, which);
                run(&database, START);
                let transaction = transaction();
                loop {
                    let count = number(&database, &transaction);
                    let mut message = [which; 9];
                    message[1..].copy_from_slice(&count.to_be_bytes());
                    let mut said = said.lock().unwrap();
                    said.write_all(&message).unwrap();
                    said.flush().unwrap();
                }
            });
        }
    });
}

/// What was found after the process was killed.
#[derive(Default)]
struct Outcome {
    answered: i64,
    /// Transactions that were under way and are there.
    applied: i64,
}

/// Kills a process that commits, after it has said some hundred things, and looks at what it left.
fn kill(folder: &Path, time: u64, counts: &mut [i64], outcome: &mut Outcome) {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .arg("--victim")
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = victim.stdout.take().unwrap();
    let (begun, beginning) = mpsc::channel();
    let listener = thread::spawn(move || {
        let mut all = Vec::new();
        let mut message = [0; 9];
        while said.read_exact(&mut message).is_ok() {
            all.push(message);
            let _ = begun.send(());
        }
        all
    });
    // Now and then in the middle of its start, else in the middle of the load; never twice at the same moment.
    if !time.is_multiple_of(8) {
        for _ in 0..time * 37 % 200 {
            beginning.recv_timeout(Duration::from_mins(1)).unwrap();
        }
    }
    thread::sleep(Duration::from_micros(time * 7919 % 30_000));
    victim.kill().unwrap();
    let status = victim.wait().unwrap();
    assert!(!status.success(), "expected it to be killed");
    for message in listener.join().unwrap() {
        let [which, count @ ..] = message;
        let known = &mut counts[usize::from(which)];
        let count = i64::from_be_bytes(count);
        assert_eq!(count, *known + 1, "database {which}: answered out of order");
        *known = count;
        outcome.answered += 1;
    }

    let depot = Depot::open(folder, depot::Config::default()).unwrap();
    for (which, known) in (0..DATABASES).zip(counts) {
        let database = open(&depot, which);
        // It may have been killed before this one was made.
        run(&database, START);
        let count = number(&database, "SELECT n FROM count");
        let under_way = count - *known;
        assert!(
            (0..=1).contains(&under_way),
            "database {which}: expected {known} transactions or one more, but found {count}"
        );
        outcome.applied += under_way;
        *known = count;
        // Of a transaction all statements or none.
        let rows =
            format!("SELECT count(*) FROM log WHERE n BETWEEN {count} - {KEPT} + 1 AND {count}");
        assert_eq!(
            number(&database, &rows),
            count.min(KEPT),
            "database {which}"
        );
        assert_eq!(
            number(&database, "SELECT count(*) FROM log"),
            count.min(KEPT)
        );
        let check = run(&database, "PRAGMA integrity_check").rows;
        assert_eq!(check, [[Value::from("ok")]], "database {which}");
        pollster::block_on(database.close());
    }
    depot.close();
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1)
    };
    if let Some(folder) = value("--victim") {
        be_killed(Path::new(folder));
        return;
    }
    // Whoever lists the tests of a workspace asks every program of them.
    if args.iter().any(|arg| arg == "--list") {
        return;
    }
    let times: u64 = value("--times").map_or(4, |times| {
        times
            .parse()
            .unwrap_or_else(|_| panic!("expected a number of times, but found {times:?}"))
    });
    let name = format!("sql-killed-{}", std::process::id());
    let folder = Folder(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
    let started = Instant::now();
    let mut counts = [0; DATABASES as usize];
    let mut outcome = Outcome::default();
    for time in 0..times {
        kill(&folder.0, time, &mut counts, &mut outcome);
    }
    println!(
        "SQL killed, {times} times: {} transactions answered, each found as a whole; {} more were applied; every database whole ({:.1} s)",
        outcome.answered,
        outcome.applied,
        started.elapsed().as_secs_f64()
    );
}
