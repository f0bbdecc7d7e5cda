//! SQL that runs at the server.

use std::time::Duration;

use envoy_protocol::Version;
use envoy_protocol::latest::{
    SqliteBindParam, SqliteColumnValue, SqliteValueBlob, SqliteValueFloat, SqliteValueInteger,
    SqliteValueText,
};

use super::rig::{ACTOR, NAMESPACE, OTHER, Peer, World, parts};
use crate::storage::RefusedReason;

pub(super) const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, v)";

pub(super) fn integer(value: i64) -> SqliteColumnValue {
    SqliteColumnValue::SqliteValueInteger(SqliteValueInteger { value })
}

pub(super) async fn count(host: &mut Peer, generation: u64) -> SqliteColumnValue {
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
        let (mut host, generation) = world.serve(version);
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
    let (mut host, generation) = world.serve(Version::V5);
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
    let (mut host, generation) = world.serve(Version::V5);
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
    let (mut host, generation) = world.serve(Version::V5);
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
    let (mut host, generation) = world.serve(Version::V5);
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
async fn a_statement_that_takes_too_long_is_stopped_and_the_next_one_runs() {
    let world = World::with(|config| config.sql.time = Some(Duration::from_secs(1)));
    let (mut host, generation) = world.serve(Version::V5);
    let forever =
        "WITH RECURSIVE c(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
    let error = host.exec(generation, forever).await.expect_err("too long");
    assert_eq!((&*error.group, &*error.code), ("sqlite", "time_limit"));
    host.exec(generation, "SELECT 1").await.expect("a row");
}
