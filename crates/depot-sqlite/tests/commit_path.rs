//! One request per transaction, whatever the transaction does and whatever becomes of the request.

mod support;

use std::time::Duration;

use depot_sqlite::{Config, Database, Ending, Error, ErrorKind, SourceError, Value};
use support::{Fault, Request, Sql as _, Store, config, lost, transient, wait};

fn pages_of(request: &Request) -> usize {
    match request {
        Request::Commit { pages, .. } => pages.len(),
        Request::Read { .. } => panic!("expected a commit, but found {request:?}"),
    }
}

/// A store with a table, and a database on it whose requests so far are not counted.
fn with_table(config: Config) -> (Store, Database) {
    let store = Store::new();
    let database = store.database_with(config);
    database
        .sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
        .unwrap();
    store.requests();
    (store, database)
}

#[test]
fn opening_asks_once_and_commits_nothing() {
    let store = Store::new();
    let database = store.database();
    assert!(matches!(
        &store.requests()[..],
        [Request::Read { expected: None, .. }]
    ));
    assert_eq!(
        database.value("SELECT count(*) FROM sqlite_schema"),
        Value::Integer(0)
    );
    assert_eq!(store.requests(), []);
    assert_eq!(store.head(), 0);
}

#[test]
fn the_first_commit_of_an_empty_database_is_one_request_that_expects_head_0() {
    let store = Store::new();
    let database = store.database();
    store.requests();
    database.sql("CREATE TABLE t (v)").unwrap();
    assert_eq!(
        store.requests(),
        [Request::Commit {
            pages: vec![1, 2],
            size: 2,
            expected: Some(0),
            attempt: 0
        }]
    );
    store.assert_whole();
}

#[test]
fn a_statement_of_its_own_is_one_commit_of_the_page_that_it_changed() {
    let (store, database) = with_table(config());
    database.sql("INSERT INTO t (v) VALUES (1)").unwrap();
    database.sql("UPDATE t SET v = 2").unwrap();
    let commit = |expected| Request::Commit {
        pages: vec![2],
        size: 2,
        expected: Some(expected),
        attempt: 0,
    };
    assert_eq!(store.requests(), [commit(1), commit(2)]);
    assert_eq!(store.head(), 3);
    store.assert_whole();
}

#[test]
fn a_transaction_of_many_statements_is_one_commit() {
    let (store, database) = with_table(config());
    database.sql("BEGIN").unwrap();
    for number in 0..100 {
        database
            .run("INSERT INTO t (v) VALUES (?)", vec![Value::Integer(number)])
            .unwrap();
    }
    assert_eq!(store.requests(), []);
    database.sql("COMMIT").unwrap();
    assert_eq!(store.commits().len(), 1);
    store.assert_whole();
}

#[test]
fn a_transaction_that_reads_or_rolls_back_is_no_commit() {
    let (store, database) = with_table(config());
    database.sql("BEGIN; SELECT * FROM t; COMMIT").unwrap();
    database.sql("BEGIN IMMEDIATE; COMMIT").unwrap();
    database
        .sql("BEGIN; INSERT INTO t (v) VALUES (1); ROLLBACK")
        .unwrap();
    database
        .sql("INSERT INTO t (id) VALUES (1), (1)")
        .unwrap_err();
    assert_eq!(store.requests(), []);
    assert_eq!(database.value("SELECT count(*) FROM t"), Value::Integer(0));
}

#[test]
fn savepoints_are_one_commit_without_what_was_rolled_back_to() {
    let (store, database) = with_table(config());
    database
        .sql(
            "SAVEPOINT a; INSERT INTO t (v) VALUES (zeroblob(20000)); SAVEPOINT b; INSERT INTO t (v) VALUES (zeroblob(900000));
             ROLLBACK TO b; INSERT INTO t (v) VALUES ('kept'); RELEASE b; RELEASE a",
        )
        .unwrap();
    let commits = store.commits();
    assert_eq!(commits.len(), 1);
    assert!(pages_of(&commits[0]) < 20, "{commits:?}");
    assert_eq!(database.value("SELECT count(*) FROM t"), Value::Integer(2));
    store.assert_whole();
}

#[test]
fn transactions_of_319_and_of_321_pages_are_one_request_each() {
    // 317 and 319 overflow pages of 4092 octets, less what the first page takes of the blob.
    for (blob, pages) in [(317 * 4092, 319), (319 * 4092, 321)] {
        let (store, database) = with_table(config());
        // The table's page, page 1 and the chain of overflow pages of one blob.
        database
            .run(
                "INSERT INTO t (v) VALUES (zeroblob(?))",
                vec![Value::Integer(blob)],
            )
            .unwrap();
        let commits = store.commits();
        assert_eq!(commits.len(), 1);
        assert_eq!(pages_of(&commits[0]), pages);
        store.assert_whole();
    }
}

#[test]
fn a_transaction_over_the_limit_of_the_source_is_refused_by_one_request_and_leaves_nothing() {
    let (store, database) = with_table(config());
    database.sql("INSERT INTO t VALUES (1, 'before')").unwrap();
    let image = store.image();
    store.requests();
    store.set_commit_limit(320);
    let error = database
        .sql("INSERT INTO t (v) VALUES (zeroblob(1320000))")
        .unwrap_err();
    assert_eq!((error.group(), error.code()), ("depot", "commit_too_large"));
    assert_eq!(store.commits().len(), 1);
    assert_eq!(store.image(), image);
    // It goes on from the old state.
    assert_eq!(database.value("SELECT v FROM t"), Value::from("before"));
    database.sql("INSERT INTO t VALUES (2, 'after')").unwrap();
    assert_eq!(store.commits().len(), 1);
    store.assert_whole();
}

#[test]
fn vacuum_is_one_commit_of_the_smaller_size() {
    let (store, database) = with_table(config());
    database
        .sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
             INSERT INTO t (v) SELECT zeroblob(3000) FROM n; DELETE FROM t WHERE id > 10",
        )
        .unwrap();
    let before = store.size();
    store.requests();
    database.sql("VACUUM").unwrap();
    let commits = store.commits();
    assert_eq!(commits.len(), 1, "{commits:?}");
    assert!(matches!(commits[0], Request::Commit { size, .. } if size < before / 5));
    assert_eq!(database.value("SELECT count(*) FROM t"), Value::Integer(10));
    store.assert_whole();
}

#[test]
fn automatic_vacuum_shrinks_in_the_commit_that_deletes() {
    let store = Store::new();
    let database = store.database();
    database
        .sql("PRAGMA auto_vacuum = FULL; CREATE TABLE t (v)")
        .unwrap();
    database
        .sql("INSERT INTO t VALUES (zeroblob(100000)), (zeroblob(100000))")
        .unwrap();
    let before = store.size();
    store.requests();
    database.sql("DELETE FROM t WHERE rowid = 1").unwrap();
    let commits = store.commits();
    assert_eq!(commits.len(), 1);
    assert!(store.size() < before);
    assert_eq!(
        database.value("SELECT length(v) FROM t"),
        Value::Integer(100_000)
    );
    store.assert_whole();
}

#[test]
fn a_statement_larger_than_the_cache_of_sqlite_is_one_commit() {
    let (store, database) = with_table(config());
    database.sql("PRAGMA cache_size = 5").unwrap();
    database
        .sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO t (v) SELECT zeroblob(1000) FROM n",
        )
        .unwrap();
    let commits = store.commits();
    assert_eq!(commits.len(), 1);
    assert!(pages_of(&commits[0]) > 250);
    store.assert_whole();
}

#[test]
fn a_fence_at_the_commit_is_one_request_and_the_end() {
    let (store, database) = with_table(config());
    store.set_head(7);
    let error = database.sql("INSERT INTO t (v) VALUES (1)").unwrap_err();
    assert_eq!(
        (error.group(), error.code()),
        ("depot", "head_fence_mismatch")
    );
    assert_eq!(
        error.to_string(),
        "depot.head_fence_mismatch: expected head txid 1, but found 7"
    );
    assert_eq!(store.requests().len(), 1);

    // Every later one is closed, with the fence as its source, and asks for nothing: cached pages included.
    for sql in [
        "SELECT * FROM t",
        "INSERT INTO t (v) VALUES (1)",
        "ROLLBACK",
    ] {
        let later = database.sql(sql).unwrap_err();
        assert_eq!((later.group(), later.code()), ("sqlite", "closed"));
        assert!(later.is_head_mismatch());
        let source = std::error::Error::source(&later).unwrap().to_string();
        assert_eq!(source, error.to_string());
    }
    assert_eq!(store.requests(), []);
    wait(database.close());
}

#[test]
fn a_fence_that_a_commit_of_another_database_causes_leaves_that_commit() {
    let (store, database) = with_table(config());
    let other = store.database();
    other.sql("INSERT INTO t VALUES (1, 'other')").unwrap();
    let error = database
        .sql("INSERT INTO t VALUES (1, 'stale')")
        .unwrap_err();
    assert!(error.is_head_mismatch());
    assert_eq!(other.value("SELECT v FROM t"), Value::from("other"));
    store.assert_whole();
}

#[test]
fn a_lost_answer_is_decided_by_one_resend_if_the_commit_was_applied() {
    let (store, database) = with_table(config());
    store.fail_commits([Fault::After]);
    database.sql("INSERT INTO t VALUES (1, 'once')").unwrap();
    let commit = |attempt| Request::Commit {
        pages: vec![2],
        size: 2,
        expected: Some(1),
        attempt,
    };
    assert_eq!(store.requests(), [commit(0), commit(1)]);
    assert_eq!(store.head(), 2);
    database.sql("INSERT INTO t VALUES (2, 'next')").unwrap();
    assert_eq!(store.head(), 3);
    store.assert_whole();
}

#[test]
fn a_lost_answer_is_decided_by_one_resend_if_the_commit_was_not_applied() {
    for fault in [Fault::Before(lost()), Fault::Hang] {
        let (store, database) = with_table(config());
        store.fail_commits([fault]);
        database.sql("INSERT INTO t VALUES (1, 'once')").unwrap();
        assert_eq!(store.requests().len(), 2);
        assert_eq!(store.head(), 2);
        store.assert_whole();
    }
}

#[test]
fn a_store_without_room_does_not_decide_a_lost_answer() {
    let full = SourceError::new(ErrorKind::Full, "depot", "storage_full", "no space");
    for first in [Fault::After, Fault::Before(lost())] {
        let (store, database) = with_table(config());
        store.fail_commits([first, Fault::Before(full.clone())]);
        database.sql("INSERT INTO t VALUES (1, 'once')").unwrap();
        assert_eq!(store.requests().len(), 3);
        assert_eq!(store.head(), 2, "applied exactly once");
        database.sql("INSERT INTO t VALUES (2, 'next')").unwrap();
        store.assert_whole();
    }
}

#[test]
fn a_pause_beyond_the_bound_leaves_a_lost_answer_undecided_at_once() {
    let mut config = config();
    config.resend_pause = Duration::MAX;
    config.commit_attempt = Duration::MAX;
    config.commit_bound = Duration::from_mins(1);
    let (store, database) = with_table(config);
    store.fail_commits([Fault::After]);
    let error = database
        .sql("INSERT INTO t VALUES (1, 'once')")
        .unwrap_err();
    assert_eq!(error.code(), "commit_undecided");
    assert_eq!(store.requests().len(), 1);
    assert_eq!(database.value("SELECT v FROM t"), Value::from("once"));
    assert_eq!(store.head(), 2, "applied exactly once");
}

#[test]
fn a_lost_answer_after_which_another_has_written_twice_is_the_fence() {
    let (store, database) = with_table(config());
    store.fail_commits([Fault::After]);
    store.fail_commits([Fault::Before(SourceError::head_mismatch(1, 3))]);
    let error = database
        .sql("INSERT INTO t VALUES (1, 'once')")
        .unwrap_err();
    assert_eq!(error.code(), "head_fence_mismatch");
    assert_eq!(store.requests().len(), 2);
}

#[test]
fn where_the_store_recognises_commits_a_mismatch_after_a_lost_answer_is_the_fence_at_once() {
    let store = Store::new();
    let mut source = store.source();
    source.resend = depot_sqlite::Resend::Recognised;
    let database = Database::new(source, config());
    wait(database.open()).unwrap();
    database.sql("CREATE TABLE t (v)").unwrap();

    // Applied: recognised by the store.
    store.fail_commits([Fault::After]);
    database.sql("INSERT INTO t VALUES (1)").unwrap();
    assert_eq!(store.head(), 2);

    // Not applied, and another instance has written exactly one commit: by the number of the head alone it could not be
    // told from an own one.
    let other = store.database();
    store.fail_commits([Fault::None]);
    other.sql("INSERT INTO t VALUES ('other')").unwrap();
    store.fail_commits([Fault::Before(lost())]);
    let error = database.sql("INSERT INTO t VALUES (2)").unwrap_err();
    assert_eq!(error.code(), "head_fence_mismatch");
    assert_eq!(
        other.value("SELECT group_concat(v) FROM t"),
        Value::from("1,other")
    );
}

#[test]
fn an_answer_that_stays_lost_is_undecided_until_the_resend_is_answered() {
    let mut brief = config();
    brief.commit_bound = Duration::from_millis(200);
    for applied in [Fault::After, Fault::Before(lost())] {
        let (store, database) = with_table(brief.clone());
        store.fail_commits([applied]);
        store.fail_commits(vec![Fault::Before(transient()); 30]);
        let error = database
            .sql("INSERT INTO t VALUES (1, 'once')")
            .unwrap_err();
        assert_eq!(
            (error.group(), error.code()),
            ("sqlite", "commit_undecided")
        );
        let tried = store.requests().len();
        assert!((1..30).contains(&tried), "{tried}");

        // Nothing runs before it is decided, a read of a page that is in the cache neither.
        let error = database.sql("SELECT v FROM t").unwrap_err();
        assert_eq!(error.code(), "commit_undecided");
        assert!(
            store
                .requests()
                .iter()
                .all(|request| matches!(request, Request::Commit { attempt: 1.., .. }))
        );

        store.fail_commits([]);
        while database.sql("SELECT v FROM t").is_err() {}
        assert_eq!(database.value("SELECT v FROM t"), Value::from("once"));
        assert_eq!(store.head(), 2, "applied exactly once");
        database.sql("INSERT INTO t VALUES (2, 'next')").unwrap();
        store.assert_whole();
    }
}

#[test]
fn a_commit_without_a_head_is_never_resent() {
    let store = Store::new();
    store.database().sql("CREATE TABLE t (v)").unwrap();
    let mut source = store.source();
    source.tells_head = false;
    let database = Database::new(source, config());
    wait(database.open()).unwrap();
    database.sql("INSERT INTO t VALUES (1)").unwrap();
    assert!(matches!(
        store.commits().last(),
        Some(Request::Commit { expected: None, .. })
    ));
    store.fail_commits([Fault::After]);
    let error = database.sql("INSERT INTO t VALUES (2)").unwrap_err();
    assert_eq!(error.code(), "connection_lost");
    assert_eq!(store.requests().len(), 1);
    assert!(matches!(
        database.sql("SELECT 1"),
        Err(Error::Closed { cause: Some(_) })
    ));
    store.assert_whole();
}

#[test]
fn a_source_that_tells_no_head_for_a_new_database_is_counted_for() {
    let store = Store::new();
    let mut source = store.source();
    source.tells_head = false;
    let database = Database::new(source, config());
    wait(database.open()).unwrap();
    database.sql("CREATE TABLE t (v)").unwrap();
    database.sql("INSERT INTO t VALUES (1)").unwrap();
    let expected: Vec<_> = store
        .commits()
        .into_iter()
        .map(|request| match request {
            Request::Commit { expected, .. } => expected,
            Request::Read { .. } => None,
        })
        .collect();
    assert_eq!(expected, [Some(0), Some(1)]);
}

#[test]
fn a_failed_commit_rolls_back_and_never_becomes_durable_later() {
    for kind in [ErrorKind::Transient, ErrorKind::Refused, ErrorKind::Full] {
        let (store, database) = with_table(config());
        database.sql("INSERT INTO t VALUES (1, 'before')").unwrap();
        store.requests();
        store.fail_commits([Fault::Before(SourceError::new(
            kind, "depot", "not_now", "no",
        ))]);
        let error = database
            .sql(
                "BEGIN; UPDATE t SET v = 'lost'; INSERT INTO t VALUES (2, zeroblob(50000)); COMMIT",
            )
            .unwrap_err();
        assert_eq!((error.group(), error.code()), ("depot", "not_now"));
        assert_eq!(
            store.requests().len(),
            1,
            "one request, and not another by way of SQLite's journal"
        );

        // The transaction is over, nothing of it is in any cache, and the next commit has nothing of it.
        assert_eq!(
            database.value("SELECT group_concat(v) FROM t"),
            Value::from("before")
        );
        database.sql("INSERT INTO t VALUES (3, 'after')").unwrap();
        let commits = store.commits();
        assert_eq!(commits.len(), 1);
        assert_eq!(pages_of(&commits[0]), 1);
        store.assert_whole();
        assert_eq!(
            database.value("SELECT group_concat(v) FROM t"),
            Value::from("before,after")
        );
    }
}

#[test]
fn a_failed_commit_of_a_schema_leaves_the_old_one() {
    let (store, database) = with_table(config());
    store.fail_commits([Fault::Before(transient())]);
    database.sql("CREATE TABLE u (v)").unwrap_err();
    let error = database.sql("SELECT * FROM u").unwrap_err();
    assert!(error.to_string().contains("no such table"), "{error}");
    database
        .sql("CREATE TABLE u (v); INSERT INTO u VALUES (1)")
        .unwrap();
    store.assert_whole();
}

#[test]
fn a_failed_first_commit_leaves_the_database_empty() {
    let store = Store::new();
    let database = store.database();
    store.fail_commits([Fault::Before(transient())]);
    database.sql("CREATE TABLE t (v)").unwrap_err();
    assert_eq!(store.head(), 0);
    database.sql("CREATE TABLE t (v)").unwrap();
    assert_eq!(store.head(), 1);
    store.assert_whole();
}

#[test]
fn a_failed_vacuum_leaves_everything_as_it_was() {
    let (store, database) = with_table(config());
    database.sql("INSERT INTO t (v) VALUES (zeroblob(100000)); DELETE FROM t; INSERT INTO t VALUES (5, 'kept')").unwrap();
    let image = store.image();
    store.fail_commits([Fault::Before(transient())]);
    database.sql("VACUUM").unwrap_err();
    assert_eq!(store.image(), image);
    assert_eq!(database.value("SELECT v FROM t"), Value::from("kept"));
    database.sql("VACUUM").unwrap();
    assert!(store.size() < 4);
    store.assert_whole();
}

#[test]
fn a_refused_generation_at_the_commit_ends_the_database_as_superseded() {
    let (store, database) = with_table(config());
    store.set_generation(2);
    let error = database.sql("INSERT INTO t (v) VALUES (1)").unwrap_err();
    assert_eq!(
        (error.group(), error.code()),
        ("depot", "generation_mismatch")
    );
    assert_eq!(store.requests().len(), 1);
    assert!(matches!(
        database.ending().as_deref(),
        Some(Ending::Superseded(_))
    ));
    assert!(matches!(
        database.sql("SELECT 1"),
        Err(Error::Closed { cause: Some(_) })
    ));
}

#[test]
fn an_answer_with_a_head_that_no_commit_can_have_ends_the_database() {
    let (store, database) = with_table(config());
    store.fail_commits([Fault::Answer(Some(9))]);
    let error = database.sql("INSERT INTO t (v) VALUES (1)").unwrap_err();
    assert_eq!((error.group(), error.code()), ("sqlite", "invalid_answer"));
    assert!(matches!(
        database.ending().as_deref(),
        Some(Ending::Fatal(_))
    ));
}
