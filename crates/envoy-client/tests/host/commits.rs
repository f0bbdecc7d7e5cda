//! Commits and reads whose answers are lost, refused or too large.

use envoy_client::{Resend, Storage, Value, Version};

#[cfg(feature = "faults")]
use crate::actor::run_with;
use crate::actor::{options, probe_with_table, run, sql, sql_error, with_table};
use crate::fence::{code, is_closed};
use crate::server::{Fate, Memory, Server, VERSIONS};
use crate::told::{until, within};

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_applied_once() {
    for memory in [Memory::Heads, Memory::LastCommit] {
        for fate in [Fate::LoseRequest, Fate::LoseAnswer] {
            let (server, mut told) = Server::start(memory).await;
            let mut local = options(Storage::Local);
            if memory == Memory::LastCommit {
                local.sql.resend = Resend::Recognised;
            }
            let mut running = run(&server, Version::V5, local).await;
            let context = with_table(&server, &mut told, &mut running).await;
            server.script().commits.push_back(fate.clone());
            let inserted = context.sql().exec("INSERT INTO t VALUES (1)").await;
            inserted.unwrap_or_else(|error| panic!("{memory:?} {fate:?}: {error}"));
            assert_eq!(server.seen().commits, [Some(0), Some(1), Some(1)]);
            assert_eq!(server.head("a"), 2);
            let rows = sql(&context, "SELECT v FROM t").await;
            assert_eq!(rows.rows, [[Value::Integer(1)]]);
            sql(&context, "INSERT INTO t VALUES (2)").await;
        }
    }
}

#[tokio::test]
async fn the_commit_of_another_instance_is_not_taken_for_ones_own_where_the_server_knows_its_last()
{
    let (server, mut told) = Server::start(Memory::LastCommit).await;
    let mut local = options(Storage::Local);
    local.sql.resend = Resend::Recognised;
    let mut running = run(&server, Version::V5, local).await;
    let context = with_table(&server, &mut told, &mut running).await;
    server.script().refusing = true;
    server.script().commits.push_back(Fate::LoseRequest);
    let insert = tokio::spawn({
        let context = context.clone();
        async move { context.sql().exec("INSERT INTO t VALUES (1)").await }
    });
    until("the commit", || server.seen().commits.len() == 2).await;
    server.write_elsewhere("a");
    server.script().refusing = false;
    let error = within("a decision", insert)
        .await
        .expect("no panic")
        .expect_err("it was not ours");
    assert_eq!(code(&error), ("depot", "head_fence_mismatch"));
    assert!(told.stopped("a", 1).await.is_some());
}

#[tokio::test]
async fn a_lost_commit_that_cannot_be_decided_ends_a_host_of_version_4() {
    for fate in [Fate::LoseRequest, Fate::LoseAnswer] {
        let (server, mut told, mut running, context) =
            probe_with_table(Version::V4, options(Storage::Local)).await;
        assert_eq!(server.seen().commits, [None], "version 4 knows no heads");
        server.script().commits.push_back(fate);
        let insert = context.sql().exec("INSERT INTO t VALUES (1)").await;
        assert_eq!(
            code(&insert.expect_err("nobody knows")),
            ("sqlite", "indeterminate")
        );
        let message = told.stopped("a", 1).await.expect("an error");
        assert!(message.contains("sqlite.indeterminate"), "{message}");
        assert_eq!(server.seen().commits.len(), 2, "it is not sent again");
        is_closed(&context).await;
        // The next generation reads what there is.
        server.start_actor("a", "probe");
        told.running("a", 2).await;
        let rows = running
            .context()
            .await
            .sql()
            .exec("SELECT count(*) FROM t")
            .await;
        rows.expect("the database is whole");
    }
}

#[tokio::test]
async fn an_error_that_is_no_fence_fails_its_statement_only() {
    for version in VERSIONS {
        let (server, _told, _running, context) =
            probe_with_table(version, options(Storage::Local)).await;
        let busy = Fate::Error("core", "internal_error", "for now".to_owned());
        server.script().commits.push_back(busy);
        let insert = context.sql().exec("INSERT INTO t VALUES (1)").await;
        assert_eq!(
            code(&insert.expect_err("not now")),
            ("core", "internal_error")
        );
        sql(&context, "INSERT INTO t VALUES (2)").await;
        let rows = sql(&context, "SELECT v FROM t").await;
        assert_eq!(rows.rows, [[Value::Integer(2)]]);
    }
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused_before_it_is_sent() {
    let (server, _told, _running, context) =
        probe_with_table(Version::V5, options(Storage::Local)).await;
    let large = "INSERT INTO t VALUES (zeroblob(2000000))";
    let error = sql_error(&context, large).await;
    assert_eq!(code(&error), ("depot", "commit_too_large"));
    assert_eq!(server.seen().commits.len(), 1);
    sql(&context, "INSERT INTO t VALUES (1)").await;
}

#[tokio::test]
async fn a_lost_commit_that_is_refused_for_what_it_is_was_never_applied() {
    let (server, _told, _running, context) =
        probe_with_table(Version::V5, options(Storage::Local)).await;
    let full = Fate::Error("depot", "quota_exceeded", "no more".to_owned());
    server.script().commits.extend([Fate::LoseRequest, full]);
    let insert = context.sql().exec("INSERT INTO t VALUES (1)").await;
    assert_eq!(
        code(&insert.expect_err("no room")),
        ("depot", "quota_exceeded")
    );
    sql(&context, "INSERT INTO t VALUES (2)").await;
    let rows = sql(&context, "SELECT v FROM t").await;
    assert_eq!(rows.rows, [[Value::Integer(2)]]);
}

#[tokio::test]
async fn a_lost_commit_that_the_server_cannot_look_at_is_sent_again() {
    let (server, mut told) = Server::start(Memory::LastCommit).await;
    let mut running = run(&server, Version::V5, options(Storage::Local)).await;
    let context = with_table(&server, &mut told, &mut running).await;
    let busy = Fate::Error("core", "internal_error", "for now".to_owned());
    server
        .script()
        .commits
        .extend([Fate::LoseAnswer, busy.clone(), busy]);
    sql(&context, "INSERT INTO t VALUES (1)").await;
    assert_eq!(server.seen().commits.len(), 5);
    assert_eq!(server.head("a"), 2, "applied once");
}

#[tokio::test]
async fn a_read_whose_connection_is_lost_is_made_again() {
    for version in VERSIONS {
        let (server, mut told) = Server::start(Memory::Heads).await;
        for fate in [Fate::LoseRequest, Fate::LoseAnswer] {
            server.script().pages.push_back(fate);
        }
        let _running = run(&server, version, options(Storage::Local)).await;
        server.start_actor("a", "probe");
        told.running("a", 1).await;
        assert_eq!(server.seen().pages.len(), 3);
    }
}

#[cfg(feature = "faults")]
#[tokio::test]
async fn without_its_guard_a_commit_whose_answer_was_lost_is_told_as_failed_though_it_was_applied()
{
    let (server, mut told) = Server::start(Memory::LastCommit).await;
    let mut running = run_with(&server, Version::V5, options(Storage::Local), |host| {
        host.without_resend()
    })
    .await;
    let context = with_table(&server, &mut told, &mut running).await;
    server.script().commits.push_back(Fate::LoseAnswer);
    let insert = context.sql().exec("INSERT INTO t VALUES (1)").await;
    assert!(insert.is_err());
    assert_eq!(server.head("a"), 2, "it was applied");
}
