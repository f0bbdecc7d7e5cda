//! How databases of remote SQL begin and end: with connections, generations, fences, and by themselves.

use std::time::Duration;

use depot::fault::{Fault, Point};
use envoy_protocol::Version;
use envoy_protocol::session::fence::Heads;

use super::rig::{ACTOR, NAMESPACE, OTHER, World, eventually, settled};
use super::sql::{TABLE, count, integer};
use crate::storage::{Kind, Outcome, RefusedReason};

#[tokio::test]
async fn another_writer_of_the_generation_fences_remote_sql_as_it_does_pages() {
    for sql in ["INSERT INTO t (v) VALUES (2)", "SELECT count(*) FROM u"] {
        for version in [Version::V4, Version::V5] {
            let mut world = World::new();
            let (mut host, generation) = world.serve(version);
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
            copy.commits(generation, Some(head), &[(5000, 1)]).await;
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
    let (mut host, generation) = world.serve(Version::V5);
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
    let (mut host, generation) = world.serve(Version::V5);
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
    let (mut host, generation) = world.serve(Version::V5);
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
    let (mut host, generation) = world.serve(Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
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
    let (mut host, generation) = world.serve(Version::V5);
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
    let (mut host, generation) = world.serve(Version::V5);
    let long = "WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c LIMIT 300000) SELECT count(*) FROM c";
    let result = host.exec(generation, long).await.expect("a count");
    assert_eq!(result.rows, [[integer(300_000)]]);
}

#[tokio::test]
async fn a_commit_that_was_lost_is_not_taken_for_another_writers() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    host.exec(generation, TABLE).await.expect("a table");
    // The first attempt is lost and was not applied; the second comes after another writer.
    world.faults.plan(Point::BeforeCommit, Fault::LoseAnswer);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_exec(NAMESPACE, ACTOR, generation, "INSERT INTO t (v) VALUES (1)");
    world.held(1).await;
    let mut copy = world.host("copy", Version::V5);
    copy.commits(generation, Some(1), &[(3, 1)]).await;
    world.faults.let_go();
    let error = host.next_exec().await.expect_err("a fence");
    assert_eq!(error.code, "head_fence_mismatch");
}

/// What a request meets that was looked at just before its connection, or the storage, came to its end.
#[tokio::test]
async fn nothing_is_opened_for_what_has_ended_meanwhile() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let host = world.host("host", Version::V5);
    let inner = &world.storage.0;
    let key = (ACTOR.into(), generation);
    let connection = &host.connection.0.connection;
    host.connection.end();
    let refused = inner.executors.acquire(inner, &key, connection).await;
    assert_eq!(
        refused.err().map(|failure| failure.wire().code),
        Some("closed".into())
    );
    assert!(
        inner.newest().is_empty(),
        "nothing is kept of the connection"
    );
    let host = world.host("host", Version::V5);
    let connection = &host.connection.0.connection;
    world.storage.close().await;
    let refused = inner.executors.acquire(inner, &key, connection).await;
    assert_eq!(
        refused.err().map(|failure| failure.wire().code),
        Some("stopping".into())
    );
    assert_eq!(world.storage.statistics().open_databases, 0);
}
