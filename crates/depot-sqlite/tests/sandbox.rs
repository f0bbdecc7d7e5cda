//! What statements may not do, and that nothing outside of the database was touched.

mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use depot_sqlite::{Config, Error, LimitError, Value};
use support::{PATIENCE, Sql as _, Store, config};

/// A folder that must be empty at the end.
struct Untouched(PathBuf);

impl Untouched {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("depot-sqlite-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Untouched {
    fn drop(&mut self) {
        let left: Vec<_> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        std::fs::remove_dir_all(&self.0).unwrap();
        if !std::thread::panicking() {
            assert!(left.is_empty(), "{left:?}");
        }
    }
}

fn denied(error: &Error) -> &str {
    match error {
        Error::Denied { what } => what,
        error => panic!("expected a refusal, but found {error:?}"),
    }
}

#[test]
fn attach_is_refused_whatever_it_names() {
    let folder = Untouched::new("attach");
    let store = Store::new();
    let database = store.database();
    database.sql("CREATE TABLE t (v)").unwrap();
    let file = folder.file("a.db");
    for name in [
        format!("'{file}'"),
        format!("'file:{file}?vfs=unix'"),
        format!("'file:{file}?mode=rwc&vfs=unix&cache=shared'"),
        "':memory:'".to_owned(),
        "''".to_owned(),
        "'main.db'".to_owned(),
        "'file:main.db?immutable=1'".to_owned(),
        format!("'{}' || '{}'", &file[..5], &file[5..]),
    ] {
        let error = database
            .sql(&format!("ATTACH {name} AS other"))
            .unwrap_err();
        assert_eq!(denied(&error), "ATTACH", "{name}");
        database
            .run("ATTACH ? AS other", vec![Value::from(file.as_str())])
            .unwrap_err();
    }
    assert_eq!(database.sql("PRAGMA database_list").unwrap().rows.len(), 1);
    assert_eq!(denied(&database.sql("DETACH main").unwrap_err()), "DETACH");
}

#[test]
fn vacuum_into_is_refused_and_vacuum_works() {
    let folder = Untouched::new("vacuum");
    let store = Store::new();
    let database = store.database();
    database
        .sql("CREATE TABLE t (v); INSERT INTO t VALUES (zeroblob(100000)); DELETE FROM t")
        .unwrap();
    let file = folder.file("b.db");
    for name in [
        format!("'{file}'"),
        format!("'file:{file}?vfs=unix'"),
        format!("lower('{file}')"),
        "':memory:'".to_owned(),
    ] {
        let error = database
            .sql(&format!("/* */ VACUUM INTO {name}"))
            .unwrap_err();
        assert_eq!(denied(&error), "VACUUM INTO", "{name}");
    }
    let error = database
        .run("VACUUM INTO ?", vec![Value::from(file)])
        .unwrap_err();
    assert_eq!(denied(&error), "VACUUM INTO");
    database.sql("VACUUM").unwrap();
    assert_eq!(store.size(), 2);
    // What VACUUM was allowed is not left behind.
    assert_eq!(
        denied(&database.sql("ATTACH '' AS x").unwrap_err()),
        "ATTACH"
    );
    assert_eq!(
        denied(&database.sql("VACUUM; ATTACH '' AS vacuum").unwrap_err()),
        "ATTACH"
    );
    assert_eq!(database.sql("PRAGMA database_list").unwrap().rows.len(), 1);
}

#[test]
fn the_pragmas_that_the_vfs_depends_on_are_pinned() {
    let folder = Untouched::new("pragma");
    let store = Store::new();
    let database = store.database();
    database.sql("CREATE TABLE t (v)").unwrap();
    let file = folder.file("c");
    let set = [
        ("journal_mode", "OFF"),
        ("journal_mode", "DELETE"),
        ("journal_mode", "WAL"),
        ("synchronous", "OFF"),
        ("locking_mode", "EXCLUSIVE"),
        ("page_size", "8192"),
        ("mmap_size", "1000000"),
        ("cache_spill", "ON"),
        ("cache_spill", "10"),
        ("temp_store", "FILE"),
        ("temp_store_directory", file.as_str()),
        ("data_store_directory", file.as_str()),
        ("journal_size_limit", "0"),
        ("wal_checkpoint", "FULL"),
        ("wal_autocheckpoint", "1"),
        ("hard_heap_limit", "1"),
        ("soft_heap_limit", "1"),
        ("threads", "4"),
        ("trusted_schema", "ON"),
        ("writable_schema", "ON"),
        ("checkpoint_fullfsync", "1"),
        ("a_pragma_of_tomorrow", "1"),
    ];
    for (name, value) in set {
        for sql in [
            format!("PRAGMA {name} = '{value}'"),
            format!("PRAGMA main.{name}('{value}')"),
            format!("PRAGMA {}='{value}'", name.to_uppercase()),
        ] {
            let error = database.sql(&sql).unwrap_err();
            assert_eq!(denied(&error), format!("PRAGMA {name}"), "{sql}");
        }
    }
    for (name, value) in [
        ("journal_mode", Value::from("memory")),
        ("locking_mode", Value::from("normal")),
        ("page_size", Value::Integer(4096)),
        ("cache_spill", Value::Integer(0)),
        ("temp_store", Value::Integer(2)),
        ("synchronous", Value::Integer(2)),
    ] {
        assert_eq!(database.value(&format!("PRAGMA {name}")), value, "{name}");
    }
    database.sql("INSERT INTO t VALUES (1)").unwrap();
    store.assert_whole();
}

#[test]
fn ordinary_pragmas_work() {
    let store = Store::new();
    let database = store.database();
    database.sql("CREATE TABLE t (v); CREATE INDEX i ON t (v); PRAGMA user_version = 7; PRAGMA application_id = 8").unwrap();
    assert_eq!(database.value("PRAGMA user_version"), Value::Integer(7));
    assert_eq!(database.sql("PRAGMA table_info(t)").unwrap().rows.len(), 1);
    assert_eq!(
        database
            .sql("SELECT * FROM pragma_index_list('t')")
            .unwrap()
            .rows
            .len(),
        1
    );
    database
        .sql("PRAGMA foreign_keys = ON; PRAGMA optimize; PRAGMA incremental_vacuum")
        .unwrap();
}

#[test]
fn extensions_and_the_schema_table_are_out_of_reach() {
    let database = Store::new().database();
    assert_eq!(
        denied(
            &database
                .sql("SELECT load_extension('libm.so')")
                .unwrap_err()
        ),
        "load_extension"
    );
    assert_eq!(
        denied(
            &database
                .sql("SELECT LOAD_EXTENSION('libm.so', 'x')")
                .unwrap_err()
        ),
        "load_extension"
    );
    database.sql("CREATE TABLE t (v)").unwrap();
    database
        .sql("UPDATE sqlite_schema SET sql = 'x'")
        .unwrap_err();
    database.sql("DELETE FROM sqlite_schema").unwrap_err();
    database
        .sql("SELECT fts3_tokenizer('simple', x'0000000000000000')")
        .unwrap_err();
    database.sql("SELECT readfile('/etc/passwd')").unwrap_err();
    database.sql("SELECT writefile('/tmp/x', 'y')").unwrap_err();
}

#[test]
fn a_query_that_runs_away_is_stopped() {
    let mut hasty = config();
    hasty.limits.time = Some(Duration::from_millis(200));
    let store = Store::new();
    let database = store.database();
    database.sql("CREATE TABLE t (v)").unwrap();
    let hasty = store.database_with(hasty);
    let start = Instant::now();
    for sql in [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) INSERT INTO t SELECT 1 FROM n",
    ] {
        let error = hasty.sql(sql).unwrap_err();
        assert!(
            matches!(error, Error::Limit(LimitError::Time { .. })),
            "{error:?}"
        );
    }
    assert!(start.elapsed() < PATIENCE);
    assert_eq!(database.value("SELECT count(*) FROM t"), Value::Integer(0));
    store.assert_whole();
}

#[test]
fn a_read_that_hangs_is_stopped_by_the_time_of_its_statement() {
    let store = Store::new();
    store.fill();
    let mut config = config();
    config.limits.time = Some(Duration::from_millis(100));
    let database = store.database_with(config);
    store.fail_reads([support::Fault::Hang]);
    let error = database.sql("SELECT count(*) FROM t").unwrap_err();
    assert!(
        matches!(error, Error::Limit(LimitError::Time { .. })),
        "{error:?}"
    );
    // A machine that does something else takes the time of one or another that does not hang.
    let next = (0..50).find_map(|_| database.sql("SELECT count(*) FROM t").ok());
    assert_eq!(next.unwrap().rows, [[Value::Integer(1000)]]);
}

#[test]
fn an_answer_of_a_billion_rows_is_stopped() {
    let mut config = config();
    config.limits.rows = Some(1000);
    let database = Store::new().database_with(config);
    let rows = |rows: u32| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {rows}) SELECT i FROM n"
        )
    };
    assert_eq!(database.sql(&rows(1000)).unwrap().rows.len(), 1000);
    for error in [
        database.sql(&rows(1_000_000_000)).unwrap_err(),
        database.run(&rows(1001), Vec::new()).unwrap_err(),
        database
            .sql(&format!("{}; {}", rows(600), rows(600)))
            .unwrap_err(),
    ] {
        assert!(
            matches!(error, Error::Limit(LimitError::Rows { limit: 1000 })),
            "{error:?}"
        );
    }
    assert_eq!(database.value("SELECT 1"), Value::Integer(1));
}

#[test]
fn an_answer_of_too_many_octets_is_stopped() {
    let mut config = config();
    config.limits.octets = Some(1_000_000);
    let database = Store::new().database_with(config);
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT randomblob(1000) FROM n";
    let error = database.sql(sql).unwrap_err();
    assert!(
        matches!(error, Error::Limit(LimitError::Octets { limit: 1_000_000 })),
        "{error:?}"
    );
}

#[test]
fn a_write_whose_answer_is_too_large_changes_nothing() {
    let mut config = config();
    config.limits.rows = Some(10);
    let store = Store::new();
    let database = store.database_with(config);
    database
        .sql("CREATE TABLE t (v); INSERT INTO t VALUES ('before')")
        .unwrap();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50)";
    for sql in [
        format!("{fill} INSERT INTO t SELECT i FROM n RETURNING v"),
        "INSERT INTO t VALUES (1), (CAST(x'ff' AS TEXT)) RETURNING v".to_owned(),
        "UPDATE t SET v = CAST(x'ff' AS TEXT) RETURNING v".to_owned(),
    ] {
        database.sql(&sql).unwrap_err();
        assert_eq!(
            database.value("SELECT group_concat(v) FROM t"),
            Value::from("before"),
            "{sql}"
        );
    }
    assert_eq!(store.head(), 2);
    database
        .sql("INSERT INTO t VALUES ('after') RETURNING v")
        .unwrap();
}

#[test]
fn a_blob_of_a_gibibyte_is_refused() {
    let database = Store::new().database_with(Config::new("test"));
    database.sql("CREATE TABLE t (v)").unwrap();
    for sql in [
        "SELECT zeroblob(1073741824)",
        "SELECT length(randomblob(1073741824))",
        "INSERT INTO t VALUES (zeroblob(1073741824))",
        "SELECT length(replace(printf('%33554432s', ''), ' ', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'))",
    ] {
        let error = database.sql(sql).unwrap_err();
        assert!(
            matches!(error, Error::Limit(LimitError::Value { .. })),
            "{sql}: {error:?}"
        );
    }
    let sql = format!("SELECT '{}'", "x".repeat(40 << 20));
    assert!(matches!(
        database.sql(&sql),
        Err(Error::Limit(LimitError::Value { .. }))
    ));
}

#[test]
fn a_statement_that_needs_too_much_heap_is_stopped() {
    let mut config = config();
    config.limits.heap = Some(20 << 20);
    let store = Store::new();
    let database = store.database_with(config);
    database
        .sql("CREATE TABLE t (v); INSERT INTO t VALUES ('before')")
        .unwrap();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)";
    for sql in [
        // A sorter, a temporary table, dirty pages, many large values at once.
        format!("{fill} SELECT count(*) FROM (SELECT randomblob(1000) AS b FROM n ORDER BY b)"),
        format!("CREATE TEMP TABLE x AS {fill} SELECT randomblob(1000) FROM n"),
        format!("{fill} INSERT INTO t SELECT randomblob(1000) FROM n"),
        format!("SELECT {}", vec!["randomblob(1000000)"; 100].join(",")),
        format!("{fill} SELECT length(group_concat(randomblob(1000))) FROM n"),
    ] {
        let error = database.sql(&sql).unwrap_err();
        assert!(
            matches!(error, Error::Limit(LimitError::Heap { .. })),
            "{sql}: {error:?}"
        );
        // What it took is free again, and the database goes on.
        assert_eq!(
            database.value("SELECT group_concat(v) FROM t"),
            Value::from("before"),
            "{sql}"
        );
    }
    database.sql("INSERT INTO t VALUES ('after')").unwrap();
    store.assert_whole();
}

#[test]
fn one_database_at_its_limit_of_heap_leaves_the_others_theirs() {
    let mut small = config();
    small.limits.heap = Some(2 << 20);
    let small = Store::new().database_with(small);
    let large = Store::new().database();
    let sql = "SELECT length(randomblob(8000000))";
    assert!(matches!(
        small.sql(sql),
        Err(Error::Limit(LimitError::Heap { .. }))
    ));
    assert_eq!(large.value(sql), Value::Integer(8_000_000));
}

#[test]
fn nothing_is_opened_but_the_database() {
    let database = Store::new().database();
    database
        .sql("CREATE TABLE t (v); INSERT INTO t VALUES (1)")
        .unwrap();
    // A path of the process, in every position in which SQLite takes one.
    for sql in ["SELECT * FROM dbstat", "PRAGMA integrity_check"] {
        database.sql(sql).unwrap();
    }
    let open: Vec<_> = std::fs::read_dir("/proc/self/fd")
        .map(|entries| {
            entries
                .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
                .collect()
        })
        .unwrap_or_default();
    let files = open
        .iter()
        .filter(|path: &&PathBuf| path.extension().is_some_and(|extension| extension == "db"));
    assert_eq!(files.count(), 0, "{open:?}");
    assert!(!Path::new("main.db").exists());
}
