//! Everything that a hostile statement may try, in a process whose files are watched.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use depot_sqlite::{Config, Value};
use support::{Sql as _, Store};

/// What hostile statements are refused or stopped with.
const HOSTILE: &[(&str, &str)] = &[
    ("ATTACH 'other.db' AS o", "denied"),
    ("ATTACH 'file:other.db' AS o", "denied"),
    ("ATTACH 'file:other.db?mode=rwc&vfs=unix' AS o", "denied"),
    (
        "ATTACH 'file:/other.db?vfs=unix-none&nolock=1' AS o",
        "denied",
    ),
    ("ATTACH '' AS o", "denied"),
    ("ATTACH lower('OTHER.DB') AS o", "denied"),
    ("DETACH temp", "denied"),
    ("VACUUM INTO 'copy.db'", "denied"),
    ("VACUUM main INTO 'file:copy.db?vfs=unix'", "denied"),
    ("VACUUM INTO lower('COPY.DB')", "denied"),
    ("PRAGMA journal_mode = DELETE", "denied"),
    ("PRAGMA journal_mode = PERSIST", "denied"),
    ("PRAGMA journal_mode = WAL", "denied"),
    ("PRAGMA locking_mode = EXCLUSIVE", "denied"),
    ("PRAGMA synchronous = OFF", "denied"),
    ("PRAGMA page_size = 512", "denied"),
    ("PRAGMA mmap_size = 1073741824", "denied"),
    ("PRAGMA cache_spill = 1", "denied"),
    ("PRAGMA temp_store = FILE", "denied"),
    ("PRAGMA temp_store_directory = '.'", "denied"),
    ("PRAGMA data_store_directory = '.'", "denied"),
    ("PRAGMA threads = 8", "denied"),
    ("PRAGMA trusted_schema = ON", "denied"),
    ("PRAGMA writable_schema = ON", "denied"),
    ("SELECT load_extension('./extension.so')", "denied"),
    ("SELECT writefile('written', 'x')", "statement_failed"),
    ("SELECT edit('x', 'touch edited')", "statement_failed"),
    (
        "CREATE VIRTUAL TABLE temp.c USING csv(filename = 'c.csv')",
        "statement_failed",
    ),
    ("SELECT zeroblob(1073741824)", "value_limit"),
    (
        "INSERT INTO t VALUES (randomblob(1073741824))",
        "value_limit",
    ),
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "time_limit",
    ),
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000) SELECT i FROM n",
        "row_limit",
    ),
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9000) SELECT randomblob(10000) FROM n",
        "octet_limit",
    ),
    // A sorter and temporary tables that SQLite would put into files elsewhere.
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 90000) SELECT count(*) FROM (SELECT randomblob(1000) AS b FROM n ORDER BY b)",
        "heap_limit",
    ),
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 90000) INSERT INTO t SELECT randomblob(1000) FROM n",
        "heap_limit",
    ),
];

/// Runs everything hostile, and some ordinary statements that SQLite uses files for elsewhere.
fn run_hostile_statements() {
    let store = Store::new();
    let mut config = Config::new("test");
    config.limits.rows = Some(20_000);
    config.limits.octets = Some(32 << 20);
    config.limits.heap = Some(48 << 20);
    // However slow the machine is, the other limits are met first.
    config.limits.time = Some(Duration::from_mins(10));
    let database = store.database_with(config.clone());
    database.sql("CREATE TABLE t (v)").unwrap();
    config.limits.time = Some(Duration::from_millis(200));
    let hasty = store.database_with(config);
    let open = descriptors();
    for (sql, code) in HOSTILE {
        let of = if *code == "time_limit" {
            &hasty
        } else {
            &database
        };
        let error = of.sql(sql).unwrap_err();
        assert_eq!((error.group(), error.code()), ("sqlite", *code), "{sql}");
    }
    for sql in [
        "CREATE TEMP TABLE x AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1500) SELECT randomblob(1000) AS v FROM n",
        "BEGIN; INSERT INTO t SELECT v FROM x ORDER BY v; SAVEPOINT s; UPDATE t SET v = 1; ROLLBACK TO s; COMMIT",
        "CREATE INDEX i ON t (v)",
        "VACUUM",
        "PRAGMA incremental_vacuum",
    ] {
        database.sql(sql).unwrap();
    }
    assert_eq!(
        database.value("SELECT count(*) FROM t"),
        Value::Integer(1500)
    );
    assert_eq!(descriptors(), open);
    store.assert_whole();
}

/// What this process has open; nothing where the system does not tell.
fn descriptors() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return Vec::new();
    };
    let mut open: Vec<_> = entries
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        // The listing is open, too.
        .filter(|path| !path.starts_with("/proc"))
        .collect();
    open.sort();
    open
}

/// In a process of its own, for which an empty folder is the current one, the home, and the one for temporary files.
#[test]
fn nothing_hostile_touches_a_file() {
    const CHILD: &str = "DEPOT_SQLITE_HOSTILE_CHILD";
    if std::env::var_os(CHILD).is_some() {
        run_hostile_statements();
        return;
    }
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "nothing_hostile_touches_a_file",
            "--test-threads=1",
        ])
        .current_dir(&folder)
        .env(CHILD, "1")
        .envs(["HOME", "TMPDIR", "SQLITE_TMPDIR"].map(|name| (name, &folder)))
        .output()
        .unwrap();
    let left: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    fs::remove_dir_all(&folder).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
    assert!(left.is_empty(), "{left:?}");
}
