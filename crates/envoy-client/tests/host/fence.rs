//! What ends a generation: the fence, a newer generation, a commit that nobody can decide. Once each, and nothing is
//! written after it.

use std::time::{Duration, Instant};

use envoy_client::{Error, Storage, Value, Version};
use envoy_protocol::latest::{self, StopActorReason};

use crate::actor::{options, probe, probe_with_table, run, sql, sql_error, with_table};
use crate::logs;
use crate::server::{Answered, Fate, Memory, Server, VERSIONS};
use crate::told::{until, within};

pub(crate) fn code(error: &Error) -> (&str, &str) {
    (error.group(), error.code())
}

/// In which something ends that waits for nobody: whom it could wait for would take longer, 30 s and more.
const SOON: Duration = Duration::from_secs(20);

/// That nothing works any more, and why.
pub(crate) async fn is_closed(context: &envoy_client::Context) {
    let before = Instant::now();
    let error = sql_error(context, "SELECT 1").await;
    assert_eq!(code(&error), ("sqlite", "closed"));
    let source = std::error::Error::source(&error).expect("what ended it");
    assert!(source.source().is_some() || !source.to_string().is_empty());
    let execute = context.sql().execute("SELECT ?", [Value::Null]).await;
    assert_eq!(
        code(&execute.expect_err("it is over")),
        ("sqlite", "closed")
    );
    for error in [
        context.kv().put("k", "v").await.expect_err("it is over"),
        context
            .set_alarm_in(Duration::ZERO)
            .await
            .expect_err("it is over"),
        context.sleep().expect_err("it is over"),
        context.stop().expect_err("it is over"),
    ] {
        assert_eq!(code(&error), ("actor", "stopped"));
    }
    assert!(context.state().save(*b"late").await.is_err());
    assert!(before.elapsed() < SOON, "without waiting for anybody");
}

#[tokio::test]
async fn a_writer_that_was_overtaken_is_stopped_once_with_the_first_message() {
    let (server, mut told, running, context) =
        probe_with_table(Version::V5, options(Storage::Local)).await;
    context.state().set(*b"must not be saved");
    server.write_elsewhere("a");
    let head = server.head("a");

    let insert = context.sql().exec("INSERT INTO t VALUES (1)").await;
    let error = insert.expect_err("somebody else has written");
    assert_eq!(code(&error), ("depot", "head_fence_mismatch"));
    assert!(error.is_head_fence_mismatch());
    let message = told.stopped("a", 1).await.expect("an error");
    assert!(
        message.contains("expected head txid 1, current head txid 2"),
        "{message}"
    );
    is_closed(&context).await;
    let again = sql_error(&context, "SELECT 1").await;
    assert!(again.is_head_fence_mismatch(), "the reason is still there");

    // No second stop, no intent, no last words, no state, nothing written.
    server.stop_actor("a", 1, StopActorReason::Lost);
    told.silent(Duration::from_millis(200)).await;
    assert_eq!(running.notes.all(), ["start 1"]);
    assert_eq!((server.head("a"), server.seen().kv), (head, 0));
}

#[tokio::test]
async fn a_fence_is_logged_once_with_both_heads_and_a_newer_generation_is_no_error() {
    logs::listen();
    for (storage, actor) in [
        (Storage::Local, "fenced-here"),
        (Storage::Remote, "fenced-there"),
    ] {
        let (server, mut told) = Server::start(Memory::Heads).await;
        let mut running = run(&server, Version::V5, options(storage)).await;
        server.start_actor(actor, "probe");
        told.running(actor, 1).await;
        let context = running.context().await;
        if storage == Storage::Local {
            sql(&context, "CREATE TABLE t (v)").await;
            server.write_elsewhere(actor);
        } else {
            let text = "expected head txid 1, current head txid 2".to_owned();
            let fenced = Fate::Error("depot", "head_fence_mismatch", text);
            server.script().sql.push_back(fenced);
        }
        for _ in 0..3 {
            assert!(context.sql().exec("CREATE TABLE u (v)").await.is_err());
        }
        assert!(told.stopped(actor, 1).await.is_some());
        let errors = logs::errors_of(actor);
        assert_eq!(errors.len(), 1, "{errors:?}");
        for field in ["generation=1", "expected_head=1", "actual_head=2"] {
            assert!(errors[0].contains(field), "{errors:?}");
        }
        if storage == Storage::Local {
            assert!(errors[0].contains("pages=[1, "), "{errors:?}");
        }
    }

    let (server, mut told) = Server::start(Memory::Heads).await;
    let mut running = run(&server, Version::V5, options(Storage::Local)).await;
    server.start_actor("superseded-here", "probe");
    told.running("superseded-here", 1).await;
    server.allocate("superseded-here");
    let context = running.context().await;
    assert!(context.sql().exec("CREATE TABLE t (v)").await.is_err());
    assert!(told.stopped("superseded-here", 1).await.is_some());
    assert_eq!(logs::errors_of("superseded-here"), Vec::<String>::new());
}

#[tokio::test]
async fn a_reader_that_was_overtaken_is_stopped_too() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let mut small = options(Storage::Local);
    small.sql.config.preload = 1;
    small.sql.config.cache = 2;
    let mut running = run(&server, Version::V5, small).await;
    let context = with_table(&server, &mut told, &mut running).await;
    sql(&context, "INSERT INTO t VALUES (zeroblob(100000))").await;
    server.stop_actor("a", 1, StopActorReason::SleepIntent);
    assert_eq!(told.stopped("a", 1).await, None);
    server.start_actor("a", "probe");
    told.running("a", 2).await;
    let context = running.context().await;
    server.write_elsewhere("a");
    let read = context.sql().exec("SELECT v FROM t").await;
    assert_eq!(
        code(&read.expect_err("another head")),
        ("depot", "head_fence_mismatch")
    );
    assert!(told.stopped("a", 2).await.is_some());
    is_closed(&context).await;
}

#[tokio::test]
async fn a_fence_whose_answer_is_overtaken_by_the_stop_for_it_is_still_a_fence() {
    // The answer is waited for as long as it takes where nothing else is done, and a machine may do something else.
    for _ in 0..20 {
        if an_overtaken_fence_is_one().await {
            return;
        }
    }
    panic!("expected the answer to be waited for, but found that it never is");
}

/// Whether a commit that is fenced, and whose answer is overtaken by a stop, ends with the fence. The stop is the other
/// thing that it can end with.
async fn an_overtaken_fence_is_one() -> bool {
    let (server, mut told, _running, context) =
        probe_with_table(Version::V5, options(Storage::Local)).await;
    server.write_elsewhere("a");
    let later = Fate::Later(Duration::from_millis(50));
    server.script().commits.push_back(later);
    let insert = tokio::spawn({
        let context = context.clone();
        async move { context.sql().exec("INSERT INTO t VALUES (1)").await }
    });
    until("the commit", || server.seen().commits.len() == 2).await;
    server.stop_actor("a", 1, StopActorReason::Lost);
    let insert = within("an end", insert).await.expect("no panic");
    let error = insert.expect_err("another has written");
    let is_fence = error.is_head_fence_mismatch();
    let (found, told_as) = if is_fence {
        (
            ("depot", "head_fence_mismatch"),
            "depot.head_fence_mismatch",
        )
    } else {
        (("sqlite", "closed"), "actor.lost")
    };
    assert_eq!(code(&error), found);
    let message = told.stopped("a", 1).await.expect("an error");
    assert!(message.contains(told_as), "{message}");
    is_closed(&context).await;
    is_fence
}

#[tokio::test]
async fn a_fence_that_is_found_at_a_stop_makes_it_a_failure() {
    let (server, mut told, running, context) =
        probe_with_table(Version::V5, options(Storage::Local)).await;
    context.state().set(*b"must not be saved");
    server.write_elsewhere("a");
    let head = server.head("a");
    server.stop_actor("a", 1, StopActorReason::SleepIntent);
    let message = told.stopped("a", 1).await.expect("an error");
    assert!(message.contains("depot.head_fence_mismatch"), "{message}");
    assert_eq!(running.notes.all(), ["start 1", "sleep 1"]);
    assert_eq!(server.head("a"), head);
}

#[tokio::test]
async fn a_fence_at_the_first_operation_stops_the_actor() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let text = "expected head txid 0, current head txid 3";
    let fenced = Fate::Error("depot", "head_fence_mismatch", text.to_owned());
    server.script().pages.push_back(fenced);
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    server.start_actor("a", "probe");
    let message = told.stopped("a", 1).await.expect("an error");
    assert!(message.contains(text), "{message}");
    told.silent(Duration::from_millis(100)).await;
    assert_eq!(
        running.notes.all(),
        Vec::<String>::new(),
        "it has not started"
    );
}

#[tokio::test]
async fn a_generation_that_was_superseded_is_stopped_and_sees_no_empty_database() {
    for version in VERSIONS {
        let (server, mut told, running, context) =
            probe_with_table(version, options(Storage::Local)).await;
        // It starts elsewhere.
        server.allocate("a");
        let insert = context.sql().exec("INSERT INTO t VALUES (1)").await;
        let error = insert.expect_err("the generation is over");
        assert!(
            error.to_string().contains("actor does not exist"),
            "{error}"
        );
        assert!(!error.is_head_fence_mismatch());
        let message = told.stopped("a", 1).await.expect("an error");
        assert!(message.contains("actor does not exist"), "{message}");
        is_closed(&context).await;
        assert_eq!(running.notes.all(), ["start 1"]);
    }
}

#[tokio::test]
async fn a_generation_that_is_superseded_before_it_reads_does_not_start() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    let (old, _new) = (server.allocate("a"), server.allocate("a"));
    server.start_generation("a", old, "probe");
    let message = told.stopped("a", old).await.expect("an error");
    assert!(message.contains("actor does not exist"), "{message}");
    assert_eq!(running.notes.all(), Vec::<String>::new());
}

#[tokio::test]
async fn an_actor_that_the_server_gives_up_stops_without_last_words() {
    for storage in [Storage::Local, Storage::Remote, Storage::None] {
        let (server, mut told, mut running) = probe(Version::V5, options(storage)).await;
        let context = running.context().await;
        server.stop_actor("a", 1, StopActorReason::Lost);
        let message = told.stopped("a", 1).await.expect("an error");
        assert!(message.contains("actor.lost"), "{message}");
        if storage != Storage::None {
            is_closed(&context).await;
        }
        assert_eq!(running.notes.all(), ["start 1"]);
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_database_that_waits_for_the_network() {
    let mut patient = options(Storage::Local);
    patient.bounds.failed_requests = Duration::from_mins(1);
    patient.bounds.teardown = Duration::from_mins(1);
    for version in VERSIONS {
        let (server, mut told, running, context) = probe_with_table(version, patient.clone()).await;
        server.script().commits.push_back(Fate::Silence);
        let (_, answered) = server.send_request("a", "POST", "/exec", b"INSERT INTO t VALUES (1)");
        until("the commit", || server.seen().commits.len() == 2).await;
        let start = Instant::now();
        server.stop_actor("a", 1, StopActorReason::Lost);
        assert!(told.stopped("a", 1).await.is_some());
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        // The request saw its operation fail, and said so before the actor was gone.
        let Answered::Response { body, .. } = within("an answer", answered).await.expect("one")
        else {
            panic!("expected an answer");
        };
        assert_eq!(body, "sqlite.closed");
        is_closed(&context).await;
        // The session has forgotten it as well.
        until("no requests", || running.host.stats().requests == 0).await;
    }
}

#[tokio::test]
async fn alarms_that_were_not_sent_are_taken_back_and_the_one_that_is_set_stays() {
    let (server, mut told, mut running) = probe(Version::V5, options(Storage::None)).await;
    let context = running.context().await;
    context
        .set_alarm_in(Duration::from_mins(1))
        .await
        .expect("it is set");
    assert!(matches!(
        told.next().await,
        (_, 1, latest::Event::EventActorSetAlarm(_))
    ));
    // It fails while there is no connection, and an alarm waits for one.
    let (_, _answer) = server.send_request("a", "POST", "/panic", b"500");
    running.notes.until("panics soon").await;
    server.script().refusing = true;
    server.cut();
    until("no connection", || running.host.connected().is_none()).await;
    context
        .set_alarm_in(Duration::from_mins(2))
        .await
        .expect("it is set");
    until("the end of the actor", || running.host.actors() == 0).await;
    server.script().refusing = false;
    let message = told
        .stopped("a", 1)
        .await
        .expect("an error, and no alarm before it");
    assert!(message.contains("on purpose"), "{message}");
}

#[tokio::test]
async fn remote_sql_has_the_same_answers_errors_and_end() {
    for version in VERSIONS {
        let (server, mut told, mut running) = probe(version, options(Storage::Remote)).await;
        let context = running.context().await;
        let values = [
            Value::Integer(-1),
            Value::Real(0.1),
            Value::Text("a".to_owned()),
            Value::Blob(vec![0]),
            Value::Null,
        ];
        let echoed = context
            .sql()
            .execute("SELECT ?", values.clone())
            .await
            .expect("an answer");
        assert_eq!(echoed.rows.rows, [values]);
        assert_eq!((echoed.changes, echoed.last_insert_rowid), (1, Some(7)));

        let error = |group, code, message: &str| {
            server
                .script()
                .sql
                .push_back(Fate::Error(group, code, message.to_owned()));
        };
        error(
            "core",
            "internal_error",
            "failed to step sqlite execute statement: UNIQUE constraint failed: t.v",
        );
        let unique = sql_error(&context, "INSERT").await;
        assert_eq!(code(&unique), ("sqlite", "statement_failed"));
        assert_eq!(unique.to_string(), "UNIQUE constraint failed: t.v");
        sql(&context, "SELECT 1").await;

        if version == Version::V4 {
            continue;
        }
        let text = "expected head txid 3, current head txid 4";
        error("depot", "head_fence_mismatch", text);
        let fenced = sql_error(&context, "INSERT").await;
        assert_eq!(code(&fenced), ("depot", "head_fence_mismatch"));
        let message = told.stopped("a", 1).await.expect("an error");
        assert!(message.contains(text), "{message}");
        let asked = server.seen().sql.len();
        is_closed(&context).await;
        assert_eq!(server.seen().sql.len(), asked, "nothing more is asked");
        assert_eq!(running.notes.all(), ["start 1"]);
    }
}

#[tokio::test]
async fn remote_sql_whose_answer_was_lost_is_indeterminate() {
    let (server, _told, mut running) = probe(Version::V5, options(Storage::Remote)).await;
    let context = running.context().await;
    server.script().sql.push_back(Fate::LoseAnswer);
    let lost = sql_error(&context, "INSERT").await;
    assert_eq!(code(&lost), ("sqlite", "indeterminate"));
    sql(&context, "SELECT 1").await;
}

#[tokio::test]
async fn a_remote_generation_that_was_superseded_is_stopped() {
    for version in VERSIONS {
        let (server, mut told, mut running) = probe(version, options(Storage::Remote)).await;
        let context = running.context().await;
        let gone = "actor does not exist".to_owned();
        server
            .script()
            .sql
            .push_back(Fate::Error("core", "internal_error", gone));
        assert!(context.sql().exec("SELECT 1").await.is_err());
        let message = told.stopped("a", 1).await.expect("an error");
        assert!(message.contains("actor does not exist"), "{message}");
        is_closed(&context).await;
    }
}
