//! SQL that runs at the server.

use std::time::Duration;

use depot::fault::{Fault, Point};
use envoy_protocol::Version;
use envoy_protocol::latest::{
    SqliteBindParam, SqliteColumnValue, SqliteValueBlob, SqliteValueFloat, SqliteValueInteger,
    SqliteValueText,
};
use envoy_protocol::session::fence::Heads;

use super::rig::{ACTOR, NAMESPACE, OTHER, Peer, World, eventually, parts, settled};
use crate::storage::{Kind, Outcome, RefusedReason};

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, v)";

fn integer(value: i64) -> SqliteColumnValue {
    SqliteColumnValue::SqliteValueInteger(SqliteValueInteger { value })
}

async fn count(host: &mut Peer, generation: u64) -> SqliteColumnValue {
    let result = host
        .exec(generation, "SELECT count(*) FROM t")
        .await
        .expect("a count");
    result.rows[0][0].clone()
}

#[tokio::test]
async fn statements_answer_their_last_rows_and_are_durable() {
    for version in [Version::V4, Version::V5] {
        let world = World::new();
        let generation = world.allocate(ACTOR, "host");
        let mut host = world.host("host", version);
        let sql = format!(
            "{TABLE}; INSERT INTO t VALUES (1, 'a'), (2, 'b'); SELECT 7; SELECT id, v FROM t; UPDATE t SET v = 'c'"
        );
        let result = host.exec(generation, &sql).await.expect("rows");
        assert_eq!(result.columns, ["id", "v"]);
        assert_eq!(result.rows.len(), 2);
        assert_eq!(result.rows[1][0], integer(2));
        let head = world.head(ACTOR);
        assert_eq!(head, 3);
        host.connection.end();
        let mut again = world.host("host", version);
        let result = again
            .exec(generation, "SELECT v FROM t WHERE id = 1")
            .await
            .expect("rows");
        let text = SqliteValueText {
            value: "c".to_owned(),
        };
        assert_eq!(result.rows, [[SqliteColumnValue::SqliteValueText(text)]]);
    }
}

#[tokio::test]
async fn a_statement_takes_parameters_and_answers_values_of_every_kind() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    let parameters = vec![
        SqliteBindParam::SqliteValueNull,
        SqliteBindParam::SqliteValueInteger(SqliteValueInteger { value: -7 }),
        SqliteBindParam::SqliteValueFloat(SqliteValueFloat {
            value: 2.5_f64.to_be_bytes(),
        }),
        SqliteBindParam::SqliteValueText(SqliteValueText {
            value: "a\0b".to_owned(),
        }),
        SqliteBindParam::SqliteValueBlob(SqliteValueBlob {
            value: vec![0, 255],
        }),
    ];
    let result = host
        .execute(generation, "SELECT ?, ?, ?, ?, ?, ?", parameters)
        .await
        .expect("a row");
    let row = [
        SqliteColumnValue::SqliteValueNull,
        integer(-7),
        SqliteColumnValue::SqliteValueFloat(SqliteValueFloat {
            value: 2.5_f64.to_be_bytes(),
        }),
        SqliteColumnValue::SqliteValueText(SqliteValueText {
            value: "a\0b".to_owned(),
        }),
        SqliteColumnValue::SqliteValueBlob(SqliteValueBlob {
            value: vec![0, 255],
        }),
        // A parameter without a value.
        SqliteColumnValue::SqliteValueNull,
    ];
    assert_eq!(result.rows, [row]);
    let inserted = host
        .execute(generation, "INSERT INTO t (v) VALUES (1), (2)", vec![])
        .await
        .expect("rows");
    assert_eq!(
        (inserted.changes, inserted.last_insert_row_id),
        (2, Some(2))
    );
    let deleted = host
        .execute(generation, "DELETE FROM t WHERE id = 99", vec![])
        .await
        .expect("none");
    assert_eq!((deleted.changes, deleted.last_insert_row_id), (0, None));
    host.send_execute(ACTOR, generation, "SELECT 1", None);
    assert!(format!("{:?}", host.next().await).contains("SqliteExecuteOk"));
}

#[tokio::test]
async fn what_cannot_run_is_an_error_with_group_and_code() {
    let world = World::with(|config| {
        config.answer_bytes = 4000;
        config.sql.rows = Some(10);
        config.sql.time = None;
        config.sql.value = Some(1000);
        config.sql.heap = Some(8 << 20);
    });
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    let forever = "WITH RECURSIVE c(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM c)";
    let cases = [
        ("selec", "statement_failed"),
        ("INSERT INTO t VALUES (1, 1), (1, 1)", "statement_failed"),
        ("SELECT 1; SELECT 2", "invalid_request"),
        ("", "invalid_request"),
        ("ATTACH 'x' AS y", "denied"),
        ("PRAGMA journal_mode = WAL", "denied"),
        (&format!("{forever} SELECT n FROM c LIMIT 11"), "row_limit"),
        (
            &format!("{forever} SELECT zeroblob(900) FROM c LIMIT 4"),
            "octet_limit",
        ),
        (
            &format!(
                "{forever}, d AS MATERIALIZED (SELECT n, zeroblob(900) FROM c LIMIT 20000) SELECT 1 FROM d ORDER BY n LIMIT 1"
            ),
            "heap_limit",
        ),
        ("SELECT zeroblob(1001)", "value_limit"),
        (&format!("SELECT 1 AS \"{}\"", "x".repeat(900)), ""),
    ];
    for (sql, code) in cases {
        let result = host.execute(generation, sql, vec![]).await;
        let found = result
            .as_ref()
            .map_or_else(|error| (&*error.group, &*error.code), |_| ("", ""));
        let group = if code.is_empty() { "" } else { "sqlite" };
        assert_eq!(found, (group, code), "{sql}: {result:?}");
    }
    let names: Vec<_> = (0..4)
        .map(|at| format!("1 AS \"{}{at}\"", "x".repeat(230)))
        .collect();
    let error = host
        .execute(generation, &format!("SELECT {}", names.join(",")), vec![])
        .await;
    assert!(error.is_ok(), "{error:?}");
    let value = |length| {
        vec![SqliteBindParam::SqliteValueBlob(SqliteValueBlob {
            value: vec![1; length],
        })]
    };
    let error = host
        .execute(generation, "SELECT length(?)", value((128 << 10) + 1))
        .await
        .expect_err("too large");
    let text = "expected values of at most 131072 octets, but found 131073";
    assert_eq!(parts(&error), ("sqlite", "invalid_request", text));
    let error = host
        .execute(generation, "SELECT 1", value(1))
        .await
        .expect_err("no parameter");
    assert_eq!(
        parts(&error),
        (
            "sqlite",
            "invalid_request",
            "expected at most 0 values, but found 1"
        )
    );
    assert_eq!(
        count(&mut host, generation).await,
        integer(0),
        "and it goes on"
    );
}

#[tokio::test]
async fn a_write_whose_answer_is_too_large_is_rolled_back() {
    let world = World::with(|config| config.answer_bytes = 4000);
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    let sql = "INSERT INTO t VALUES (1, zeroblob(1500)), (2, zeroblob(1500)) RETURNING v";
    let error = host
        .execute(generation, sql, vec![])
        .await
        .expect_err("too large");
    assert_eq!(error.code, "octet_limit");
    assert_eq!(count(&mut host, generation).await, integer(0));
}

#[tokio::test]
async fn names_of_columns_that_make_an_answer_too_large_are_an_error() {
    let world = World::with(|config| config.answer_bytes = 4000);
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    let sql = format!("SELECT 1 AS \"{}\"", "x".repeat(4000));
    let error = host.exec(generation, &sql).await.expect_err("too large");
    let text = "expected an answer of at most 4000 octets, but found 4078";
    assert_eq!(parts(&error), ("sqlite", "answer_too_large", text));
}

#[tokio::test]
async fn only_the_current_generation_on_its_host_is_served() {
    let mut world = World::new();
    let old = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    let mut other = world.host("other", Version::V5);
    host.exec(old, TABLE).await.expect("a table");
    let superseded = ("depot", "generation_mismatch", "actor does not exist");
    let error = other
        .exec(old, "SELECT 1")
        .await
        .expect_err("not its actor");
    assert_eq!(parts(&error), superseded);
    let error = host
        .exec(old + 1, "SELECT 1")
        .await
        .expect_err("no such generation");
    assert_eq!(parts(&error), superseded);
    host.send_exec("another", ACTOR, old, "SELECT 1");
    let error = host.next_exec().await.expect_err("another namespace");
    assert_eq!(parts(&error), superseded);
    host.send_exec(NAMESPACE, OTHER, old, "SELECT 1");
    let error = host.next_exec().await.expect_err("no such actor");
    assert_eq!(parts(&error), superseded);
    world.told();
    let mut host = world.host("host", Version::V5);
    host.exec(old, "SELECT * FROM t").await.expect("rows");
    let new = world.allocate(ACTOR, "host");
    // Every page it needs is in a cache.
    let error = host
        .exec(old, "SELECT * FROM t")
        .await
        .expect_err("superseded");
    assert_eq!(parts(&error), superseded);
    assert_eq!(
        world
            .told()
            .iter()
            .map(|told| told.reason)
            .collect::<Vec<_>>(),
        [RefusedReason::Superseded]
    );
    host.exec(new, "SELECT * FROM t").await.expect("rows");
}

#[tokio::test]
async fn another_writer_of_the_generation_fences_remote_sql_as_it_does_pages() {
    for sql in ["INSERT INTO t (v) VALUES (2)", "SELECT count(*) FROM u"] {
        for version in [Version::V4, Version::V5] {
            let mut world = World::new();
            let generation = world.allocate(ACTOR, "host");
            let mut host = world.host("host", version);
            let fill = "WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c LIMIT 1000) INSERT INTO u SELECT zeroblob(1000) FROM c";
            let more = format!("{TABLE}; CREATE TABLE u (v); {fill}");
            host.exec(generation, &more).await.expect("tables");
            // Opened anew, with nothing in its cache but the first pages.
            host.connection.end();
            let mut host = world.host("host", version);
            host.exec(generation, "SELECT * FROM t")
                .await
                .expect("rows");
            let head = world.head(ACTOR);
            let mut copy = world.host("copy", Version::V5);
            copy.commit(generation, Some(head), &[(5000, 1)])
                .await
                .expect("a commit");
            let error = host.exec(generation, sql).await.expect_err("a fence");
            assert_eq!(
                Heads::parse(&error.message),
                Some(Heads {
                    expected: head,
                    actual: head + 1
                }),
                "{error:?}"
            );
            if version == Version::V5 {
                assert_eq!(
                    (&*error.group, &*error.code),
                    ("depot", "head_fence_mismatch")
                );
            }
            let reason = RefusedReason::Fenced {
                expected: Some(head),
                actual: Some(head + 1),
            };
            assert_eq!(
                world
                    .told()
                    .iter()
                    .map(|told| told.reason)
                    .collect::<Vec<_>>(),
                [reason]
            );
            // Nobody goes on where another writer was found at work, on another connection neither.
            let error = host.exec(generation, "SELECT 1").await.expect_err("closed");
            assert!(
                error
                    .message
                    .starts_with("the database is closed: sqlite head fence mismatch: "),
                "{error:?}"
            );
            host.connection.end();
            let mut again = world.host("host", version);
            let error = again
                .exec(generation, "SELECT 1")
                .await
                .expect_err("closed");
            if version == Version::V5 {
                assert_eq!((&*error.group, &*error.code), ("sqlite", "closed"));
            }
            assert_eq!(world.head(ACTOR), head + 1);
            world
                .storage
                .generation_ended(ACTOR, u32::try_from(generation).expect("small"));
            assert_eq!(world.storage.statistics().open_databases, 0);
        }
    }
}

#[tokio::test]
async fn a_transaction_ends_with_its_connection_and_the_next_statement_is_told() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    host.exec(generation, "BEGIN; INSERT INTO t (v) VALUES (1)")
        .await
        .expect("begun");
    host.connection.end();
    let mut again = world.host("host", Version::V5);
    let error = again
        .exec(generation, "INSERT INTO t (v) VALUES (2)")
        .await
        .expect_err("half a transaction");
    assert_eq!(
        (&*error.group, &*error.code),
        ("sqlite", "transaction_lost")
    );
    assert_eq!(count(&mut again, generation).await, integer(0));
    again
        .exec(generation, "BEGIN; INSERT INTO t (v) VALUES (3); COMMIT")
        .await
        .expect("a transaction");
    again.connection.end();
    let mut third = world.host("host", Version::V5);
    assert_eq!(
        count(&mut third, generation).await,
        integer(1),
        "what has ended is no loss"
    );
}

#[tokio::test]
async fn a_statement_that_runs_when_its_connection_ends_is_stopped_before_the_next_one_begins() {
    let world = World::with(|config| config.sql.time = None);
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    let forever =
        "WITH RECURSIVE c(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
    host.send_exec(NAMESPACE, ACTOR, generation, forever);
    host.send_exec(NAMESPACE, ACTOR, generation, "INSERT INTO t (v) VALUES (1)");
    tokio::time::sleep(Duration::from_millis(50)).await;
    host.connection.end();
    let mut again = world.host("host", Version::V5);
    assert_eq!(count(&mut again, generation).await, integer(0));
    assert_eq!(host.answered(), None);
}

#[tokio::test]
async fn a_commit_under_way_when_its_connection_ends_has_ended_before_the_next_statement_begins() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_exec(NAMESPACE, ACTOR, generation, "INSERT INTO t (v) VALUES (1)");
    world.held(1).await;
    host.connection.end();
    let mut again = world.host("host", Version::V5);
    again.send_exec(NAMESPACE, ACTOR, generation, "INSERT INTO t (v) VALUES (2)");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(again.answered(), None);
    world.faults.let_go();
    again
        .next_exec()
        .await
        .expect("no fence: the other one is its own");
    assert_eq!(count(&mut again, generation).await, integer(2));
}

#[tokio::test]
async fn databases_close_when_they_are_idle_but_not_within_a_transaction() {
    let world = World::with(|config| config.database_idle = Duration::from_millis(20));
    let open = || world.storage.statistics().open_databases;
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    assert_eq!(open(), 1);
    eventually(|| open() == 0).await;
    host.exec(generation, "BEGIN; INSERT INTO t (v) VALUES (1)")
        .await
        .expect("begun");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(open(), 1);
    host.exec(generation, "COMMIT")
        .await
        .expect("the same transaction");
    eventually(|| open() == 0).await;
    assert_eq!(count(&mut host, generation).await, integer(1));
}

#[tokio::test]
async fn a_generation_that_has_ended_closes_its_database() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(
        generation,
        &format!("{TABLE}; BEGIN; INSERT INTO t (v) VALUES (1)"),
    )
    .await
    .expect("begun");
    let next = world.allocate(ACTOR, "host");
    world
        .storage
        .generation_ended(ACTOR, u32::try_from(generation).expect("small"));
    assert_eq!(world.storage.statistics().open_databases, 0);
    assert_eq!(count(&mut host, next).await, integer(0));
}

#[tokio::test]
async fn only_so_many_databases_are_open_at_a_time() {
    let world = World::with(|config| config.databases = 1);
    let generation = world.allocate(ACTOR, "host");
    let other = world.allocate(OTHER, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    host.send_exec(NAMESPACE, OTHER, other, "SELECT 1");
    let error = host.next_exec().await.expect_err("full");
    assert_eq!((&*error.group, &*error.code), ("actor", "overloaded"));
    world
        .storage
        .generation_ended(ACTOR, u32::try_from(generation).expect("small"));
    host.send_exec(NAMESPACE, OTHER, other, "SELECT 1");
    host.next_exec().await.expect("there is room");
}

#[tokio::test]
async fn actors_do_not_wait_for_each_other_and_closing_waits_for_all() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let other = world.allocate(OTHER, "host");
    let mut host = world.host("host", Version::V5);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_exec(NAMESPACE, ACTOR, generation, TABLE);
    world.held(1).await;
    host.send_exec(NAMESPACE, OTHER, other, TABLE);
    host.next_exec().await.expect("of the other actor");
    let storage = world.storage.clone();
    let closing = tokio::spawn(async move { storage.close().await });
    settled().await;
    assert!(!closing.is_finished());
    world.faults.let_go();
    closing.await.expect("closed");
    host.next_exec().await.expect("a table");
    let statistics = world.storage.statistics();
    assert_eq!(statistics.open_databases, 0);
    assert_eq!(statistics.requests(Kind::Exec, Outcome::Ok), 2);
}

#[tokio::test]
async fn a_statement_that_takes_longer_than_a_database_may_be_idle_runs_to_its_end() {
    let world = World::with(|config| config.database_idle = Duration::from_millis(1));
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    let long = "WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c LIMIT 300000) SELECT count(*) FROM c";
    let result = host.exec(generation, long).await.expect("a count");
    assert_eq!(result.rows, [[integer(300_000)]]);
}

#[tokio::test]
async fn a_commit_that_was_lost_is_not_taken_for_another_writers() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    // The first attempt is lost and was not applied; the second comes after another writer.
    world.faults.plan(Point::BeforeCommit, Fault::LoseAnswer);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_exec(NAMESPACE, ACTOR, generation, "INSERT INTO t (v) VALUES (1)");
    world.held(1).await;
    let mut copy = world.host("copy", Version::V5);
    copy.commit(generation, Some(1), &[(3, 1)])
        .await
        .expect("a commit");
    world.faults.let_go();
    let error = host.next_exec().await.expect_err("a fence");
    assert_eq!(error.code, "head_fence_mismatch");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped_and_the_next_one_runs() {
    let world = World::with(|config| config.sql.time = Some(Duration::from_millis(100)));
    let generation = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    let forever =
        "WITH RECURSIVE c(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
    let error = host.exec(generation, forever).await.expect_err("too long");
    assert_eq!((&*error.group, &*error.code), ("sqlite", "time_limit"));
    host.exec(generation, "SELECT 1").await.expect("a row");
}
