//! What reading costs, in requests, and that pages of two heads never meet.

mod support;

use std::sync::{Mutex, OnceLock, PoisonError};

use depot_sqlite::{Config, Database, Value};
use support::{Request, Sql as _, Store, config, wait};

fn reads(store: &Store) -> Vec<Vec<u32>> {
    let reads = store
        .requests()
        .into_iter()
        .filter_map(|request| match request {
            Request::Read { pages, .. } => Some(pages),
            Request::Commit { .. } => None,
        });
    reads.collect()
}

/// A database of some 50 MiB: 3200 rows of 16 KiB, in transactions of 64 KiB.
fn large() -> &'static Mutex<Store> {
    static LARGE: OnceLock<Mutex<Store>> = OnceLock::new();
    LARGE.get_or_init(|| Mutex::new(make_large()))
}

fn make_large() -> Store {
    let store = Store::new();
    let database = store.database_with(Config::new("test"));
    database
        .sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)")
        .unwrap();
    for _ in 0..800 {
        database
            .sql("INSERT INTO t (v) VALUES (randomblob(16384)), (randomblob(16384)), (randomblob(16384)), (randomblob(16384))")
            .unwrap();
    }
    wait(database.close());
    store.requests();
    store
}

#[test]
fn a_cold_scan_of_50_mib_takes_at_most_60_requests_up_or_down() {
    // One test at a time: they count requests.
    let store = large().lock().unwrap_or_else(PoisonError::into_inner);
    for order in ["ASC", "DESC"] {
        let database = store.database_with(Config::new("test"));
        let sql = format!(
            "SELECT count(*) FROM (SELECT v FROM t ORDER BY id {order}) WHERE instr(v, x'00010203040506070809')"
        );
        assert_eq!(database.value(&sql), Value::Integer(0));
        let requests = reads(&store);
        let pages: usize = requests.iter().map(Vec::len).sum();
        assert!(requests.len() <= 60, "{order}: {}", requests.len());
        let size = store.size() as usize;
        assert!(pages <= size * 11 / 10, "{order}: {pages} pages of {size}");
        wait(database.close());
    }
}

#[test]
fn a_point_read_takes_a_request_for_each_level_at_most() {
    // One test at a time: they count requests.
    let store = large().lock().unwrap_or_else(PoisonError::into_inner);
    let database = store.database_with(Config::new("test"));
    store.requests();
    assert_eq!(
        database.value("SELECT length(v) FROM t WHERE id = 1600"),
        Value::Integer(16_384)
    );
    let requests = reads(&store);
    assert!(requests.len() <= 3, "{requests:?}");
    assert!(
        requests.iter().map(Vec::len).sum::<usize>() <= 24,
        "{requests:?}"
    );
}

#[test]
fn a_small_database_is_read_when_it_is_opened() {
    let store = Store::new();
    let database = store.database();
    database
        .sql("CREATE TABLE t (v); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100) INSERT INTO t SELECT zeroblob(3000) FROM n")
        .unwrap();
    wait(database.close());
    store.requests();
    let database = store.database();
    assert_eq!(
        database.value("SELECT count(*) FROM t"),
        Value::Integer(100)
    );
    assert_eq!(reads(&store).len(), 1);
}

#[test]
fn what_was_written_is_read_without_a_request() {
    let store = Store::new();
    let database = store.database();
    database
        .sql("CREATE TABLE t (v); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100) INSERT INTO t SELECT zeroblob(3000) FROM n")
        .unwrap();
    store.requests();
    database
        .sql("PRAGMA shrink_memory; SELECT * FROM t")
        .unwrap();
    assert_eq!(reads(&store).len(), 0);
}

#[test]
fn every_read_names_the_head_of_the_pages_that_are_kept() {
    let store = Store::new();
    store.fill();
    let database = store.database();
    store.requests();
    database.sql("SELECT v FROM t WHERE rowid = 900").unwrap();
    database.sql("INSERT INTO t VALUES (1)").unwrap();
    database.sql("SELECT v FROM t WHERE rowid = 500").unwrap();
    let heads: Vec<_> = store
        .requests()
        .into_iter()
        .map(|request| match request {
            Request::Read { expected, .. } => ("read", expected),
            Request::Commit { expected, .. } => ("commit", expected),
        })
        .collect();
    let commit = heads
        .iter()
        .position(|&(kind, _)| kind == "commit")
        .unwrap();
    assert!(
        heads[..=commit].iter().all(|&(_, head)| head == Some(2)),
        "{heads:?}"
    );
    assert!(
        heads[commit + 1..].iter().all(|&(_, head)| head == Some(3)),
        "{heads:?}"
    );
    assert!(commit + 1 < heads.len(), "the last statement reads");
}

#[test]
fn a_source_that_does_not_check_heads_does_not_get_two_of_them_mixed() {
    struct Careless(support::Source);
    impl depot_sqlite::PageSource for Careless {
        async fn get_pages(
            &self,
            mut request: depot_sqlite::GetPages,
        ) -> Result<depot_sqlite::Pages, depot_sqlite::SourceError> {
            request.expected_head = None;
            depot_sqlite::PageSource::get_pages(&self.0, request).await
        }
        async fn commit(
            &self,
            commit: depot_sqlite::Commit,
        ) -> Result<depot_sqlite::Committed, depot_sqlite::SourceError> {
            depot_sqlite::PageSource::commit(&self.0, commit).await
        }
    }
    let store = Store::new();
    store.fill();
    let database = Database::new(Careless(store.source()), config());
    wait(database.open()).unwrap();
    store.database().sql("UPDATE t SET v = 1").unwrap();
    let error = database.sql("SELECT count(*) FROM t").unwrap_err();
    assert_eq!(error.code(), "head_fence_mismatch");
}

#[test]
fn a_cache_that_is_smaller_than_the_database_reads_again_and_right() {
    let store = Store::new();
    store.fill();
    let mut config = config();
    config.cache = 20;
    let database = store.database_with(config);
    database.sql("PRAGMA cache_size = 10").unwrap();
    for _ in 0..3 {
        assert_eq!(
            database.value("SELECT sum(length(hex(v))) FROM t"),
            Value::Integer(1000 * 3800)
        );
        assert!(reads(&store).len() > 20);
    }
    database.sql("UPDATE t SET v = x'0102'").unwrap();
    assert_eq!(
        database.value("SELECT sum(length(hex(v))) FROM t"),
        Value::Integer(4000)
    );
    store.assert_whole();
}
