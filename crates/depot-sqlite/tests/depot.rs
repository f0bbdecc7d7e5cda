//! SQLite over a real depot: generations, heads and commits are those of the store itself.

#[path = "support/depot.rs"]
mod adapter;

use std::time::Duration;

use adapter::DepotSource;
use depot::embedded::Options;
use depot::fault::PlayedDisk;
use depot::{DatabaseId, Depot, EmbeddedEngine};
use depot_sqlite::{Config, Database, Ending, Error, Rows, Value};

fn open(depot: &Depot, name: &str) -> Database {
    let source = DepotSource::allocate(depot, &DatabaseId::new(name).unwrap()).unwrap();
    let database = Database::new(source, Config::new(name));
    pollster::block_on(database.open()).unwrap();
    database
}

fn sql(database: &Database, sql: &str) -> Result<Rows, Error> {
    pollster::block_on(database.exec(sql))
}

fn head(depot: &Depot, name: &str) -> u64 {
    depot
        .head(&DatabaseId::new(name).unwrap())
        .wait()
        .unwrap()
        .txid
}

#[test]
fn a_database_is_there_again_in_the_next_generation() {
    let depot = Depot::in_memory();
    let first = open(&depot, "a");
    sql(
        &first,
        "CREATE TABLE t (v); INSERT INTO t VALUES (1), (zeroblob(100000))",
    )
    .unwrap();
    assert_eq!(head(&depot, "a"), 2);
    pollster::block_on(first.close());
    let second = open(&depot, "a");
    assert_eq!(
        sql(
            &second,
            "SELECT sum(length(v)) FROM t; PRAGMA integrity_check"
        )
        .unwrap()
        .rows,
        [[Value::from("ok")]]
    );
    sql(&second, "DELETE FROM t; VACUUM").unwrap();
    assert_eq!(head(&depot, "a"), 4);
}

#[test]
fn the_old_generation_is_superseded_by_its_next_commit_and_by_its_next_read() {
    let depot = Depot::in_memory();
    let stale = open(&depot, "a");
    sql(&stale, "CREATE TABLE t (v)").unwrap();
    let fresh = open(&depot, "a");
    let error = sql(&stale, "INSERT INTO t VALUES ('stale')").unwrap_err();
    assert_eq!(
        (error.group(), error.code()),
        ("depot", "generation_mismatch")
    );
    assert!(matches!(
        stale.ending().as_deref(),
        Some(Ending::Superseded(_))
    ));
    assert!(sql(&fresh, "SELECT * FROM t").unwrap().rows.is_empty());
}

#[test]
fn of_two_instances_of_one_generation_one_is_fenced() {
    let depot = Depot::in_memory();
    let database = DatabaseId::new("a").unwrap();
    let source = DepotSource::allocate(&depot, &database).unwrap();
    let copy = source.clone();
    let databases = [source, copy].map(|source| Database::new(source, Config::new("a")));
    for database in &databases {
        pollster::block_on(database.open()).unwrap();
    }
    let [first, second] = databases;
    sql(&first, "CREATE TABLE t (v)").unwrap();
    let error = sql(&second, "CREATE TABLE u (v)").unwrap_err();
    assert_eq!(
        (error.group(), error.code()),
        ("depot", "head_fence_mismatch")
    );
    assert!(sql(&second, "SELECT 1").unwrap_err().is_head_mismatch());
    sql(&first, "INSERT INTO t VALUES (1)").unwrap();
    assert_eq!(head(&depot, "a"), 2);
}

#[test]
fn a_commit_of_320_pages_fits_and_one_of_321_is_refused() {
    let depot = Depot::in_memory();
    let database = open(&depot, "a");
    sql(&database, "CREATE TABLE t (v)").unwrap();
    let insert = |overflow: usize| format!("INSERT INTO t VALUES (zeroblob({}))", overflow * 4092);
    let error = sql(&database, &insert(319)).unwrap_err();
    assert_eq!((error.group(), error.code()), ("depot", "commit_too_large"));
    assert_eq!(head(&depot, "a"), 1);
    sql(&database, &insert(318)).unwrap();
    assert_eq!(head(&depot, "a"), 2);
    assert_eq!(
        sql(&database, "PRAGMA integrity_check").unwrap().rows,
        [[Value::from("ok")]]
    );
}

#[test]
fn databases_of_one_depot_do_not_see_each_other() {
    let depot = Depot::in_memory();
    let databases: Vec<Database> = (0..32)
        .map(|number| open(&depot, &format!("d{number}")))
        .collect();
    std::thread::scope(|scope| {
        for (number, database) in databases.iter().enumerate() {
            scope.spawn(move || {
                sql(database, "CREATE TABLE t (v)").unwrap();
                for _ in 0..10 {
                    sql(database, &format!("INSERT INTO t VALUES ({number})")).unwrap();
                }
            });
        }
    });
    for (number, database) in databases.iter().enumerate() {
        let number = i64::try_from(number).unwrap();
        let rows = sql(database, "SELECT v, count(*) FROM t GROUP BY v")
            .unwrap()
            .rows;
        assert_eq!(rows, [[Value::Integer(number), Value::Integer(10)]]);
    }
}

#[test]
fn a_database_that_was_destroyed_ends_and_is_not_an_empty_one() {
    let depot = Depot::in_memory();
    let database = open(&depot, "a");
    sql(&database, "CREATE TABLE t (v)").unwrap();
    depot
        .destroy(&DatabaseId::new("a").unwrap())
        .wait()
        .unwrap();
    let error = sql(&database, "INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(error.code(), "database_not_found");
    assert!(matches!(
        sql(&database, "SELECT 1"),
        Err(Error::Closed { cause: Some(_) })
    ));
}

/// A depot on a disk that a test can spoil.
fn on_disk(disk: &PlayedDisk) -> Depot {
    let options = Options {
        cache_bytes: 1 << 20,
        headroom_bytes: 0,
        ..Options::default()
    };
    let engine = EmbeddedEngine::on_disk(disk.clone(), options).unwrap();
    Depot::new(engine, depot::Config::default())
}

#[test]
fn a_full_disk_rolls_transactions_back_and_reads_go_on() {
    let disk = PlayedDisk::new();
    let depot = on_disk(&disk);
    let source = DepotSource::allocate(&depot, &DatabaseId::new("a").unwrap()).unwrap();
    let database = Database::new(source.clone(), Config::new("a"));
    pollster::block_on(database.open()).unwrap();
    sql(&database, "CREATE TABLE t (v)").unwrap();
    disk.set_capacity(Some(4 << 20));
    let insert = "INSERT INTO t VALUES (randomblob(400000))";
    let mut rows = 0;
    let error = loop {
        match sql(&database, insert) {
            Ok(_) => rows += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((error.group(), error.code()), ("depot", "storage_full"));
    // From what it has in memory, and from the disk.
    let other = Database::new(source, Config::new("a"));
    pollster::block_on(other.open()).unwrap();
    let whole = "SELECT count(*), sum(instr(v, 'x') >= 0) FROM t";
    for reader in [&database, &other] {
        let found = sql(reader, whole).unwrap().rows;
        assert_eq!(found, [[Value::Integer(rows), Value::Integer(rows)]]);
        assert_eq!(sql(reader, insert).unwrap_err().code(), "storage_full");
    }
    pollster::block_on(other.close());
    disk.set_capacity(None);
    // What was refused is not in it, and the next one builds on what is there.
    sql(&database, insert).unwrap();
    let found = sql(&database, whole).unwrap().rows;
    assert_eq!(
        found,
        [[Value::Integer(rows + 1), Value::Integer(rows + 1)]]
    );
    let check = sql(&database, "PRAGMA integrity_check").unwrap().rows;
    assert_eq!(check, [[Value::from("ok")]]);
}

#[test]
fn after_a_failed_sync_nothing_is_answered_until_the_store_is_opened_anew() {
    let disk = PlayedDisk::new();
    let depot = on_disk(&disk);
    let id = DatabaseId::new("a").unwrap();
    let source = DepotSource::allocate(&depot, &id).unwrap();
    let opened = |config| {
        let database = Database::new(source.clone(), config);
        pollster::block_on(database.open()).unwrap();
        database
    };
    let database = opened(Config::new("a"));
    sql(
        &database,
        "CREATE TABLE t (v); INSERT INTO t VALUES ('before')",
    )
    .unwrap();
    pollster::block_on(database.close());
    let mut hasty = Config::new("a");
    hasty.commit_bound = Duration::from_millis(100);
    let database = opened(hasty);
    disk.fail_sync_after(0);
    let error = sql(&database, "INSERT INTO t VALUES ('lost')").unwrap_err();
    assert_eq!(
        (error.group(), error.code()),
        ("sqlite", "commit_undecided")
    );
    // Not what it has in memory either: nobody knows whether the commit is under it.
    let error = sql(&database, "SELECT v FROM t").unwrap_err();
    assert_eq!(
        (error.group(), error.code()),
        ("sqlite", "commit_undecided")
    );
    // Nor anything from the store.
    let other = Database::new(source, Config::new("a"));
    let error = pollster::block_on(other.open()).unwrap_err();
    assert_eq!((error.group(), error.code()), ("depot", "poisoned"));
    pollster::block_on(database.close());
    depot.close();

    // The disk lost what was not synced.
    let depot = on_disk(&disk.crash(|| false));
    let database = open(&depot, "a");
    let rows = sql(&database, "SELECT v FROM t").unwrap().rows;
    assert_eq!(rows, [[Value::from("before")]]);
}
