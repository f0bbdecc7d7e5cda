//! Starting, sleeping, waking, alarms.

use std::time::{Duration, SystemTime};

use envoy_client::{Storage, Terminal, Version};
use envoy_protocol::latest::{self, StopActorReason};
use envoy_protocol::session::ServerConfig;
use tokio::sync::oneshot;

use crate::actor::{options, probe, run, sql, sql_error};
use crate::server::{Answered, Fate, Memory, Server, VERSIONS};
use crate::told::{until, within};

#[tokio::test]
async fn an_actor_starts_answers_sleeps_and_wakes_with_what_it_had() {
    for version in VERSIONS {
        let (server, mut told) = Server::start(Memory::Heads).await;
        let mut running = run(&server, version, options(Storage::Local)).await;
        let first = server.start_actor("a", "probe");
        told.running("a", first).await;
        let context = running.context().await;
        assert_eq!(
            (
                context.actor_id(),
                context.name(),
                context.key(),
                context.generation()
            ),
            ("a", "probe", Some("key"), 1)
        );
        assert_eq!(context.input(), Some(&b"input"[..]));
        let made = server
            .request(
                "a",
                "POST",
                "/exec",
                b"CREATE TABLE t (v); INSERT INTO t VALUES (42)",
            )
            .await;
        assert!(
            matches!(made, Answered::Response { status: 200, .. }),
            "{made:?}"
        );

        context.sleep().expect("it is asked for");
        context.sleep().expect("once is enough");
        let (_, _, intent) = told.next().await;
        let wanted = latest::ActorIntent::ActorIntentSleep;
        let wanted = latest::EventActorIntent { intent: wanted };
        assert_eq!(intent, latest::Event::EventActorIntent(wanted));
        server.stop_actor("a", first, StopActorReason::SleepIntent);
        assert_eq!(told.stopped("a", first).await, None);
        assert_eq!(running.host.actors(), 0);
        let error = context.kv().get("k").await.expect_err("it sleeps");
        assert_eq!((error.group(), error.code()), ("actor", "stopped"));

        let second = server.start_actor("a", "probe");
        told.running("a", second).await;
        let read = server
            .request("a", "POST", "/exec", b"SELECT v FROM t")
            .await;
        let Answered::Response { body, .. } = read else {
            panic!("expected an answer, but found {read:?}");
        };
        assert_eq!(body, "[[Integer(42)]]");
        assert_eq!(
            running.notes.all(),
            ["start 1", "sleep 1", "start 2"],
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_destroyed_actor_has_its_own_last_words() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    for (reason, generation) in [
        (StopActorReason::Destroy, 1),
        (StopActorReason::StopIntent, 2),
    ] {
        server.start_actor("a", "probe");
        told.running("a", generation).await;
        server.stop_actor("a", generation, reason);
        assert_eq!(told.stopped("a", generation).await, None);
    }
    let noted = ["start 1", "destroy 1", "start 2", "destroy 2"];
    assert_eq!(running.notes.all(), noted);
}

#[tokio::test]
async fn two_stops_are_one() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    let generation = server.start_actor("a", "probe");
    told.running("a", generation).await;
    server.stop_actor("a", generation, StopActorReason::SleepIntent);
    server.stop_actor("a", generation, StopActorReason::GoingAway);
    server.stop_actor("a", generation, StopActorReason::Destroy);
    assert_eq!(told.stopped("a", generation).await, None);
    server.stop_actor("a", generation, StopActorReason::Lost);
    told.silent(Duration::from_millis(200)).await;
    assert_eq!(running.notes.all(), ["start 1", "sleep 1"]);
}

#[tokio::test]
async fn a_stop_that_comes_before_the_start_is_through_waits_for_it_and_the_first_counts() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    server.script().refusing = true;
    server.script().pages.push_back(Fate::LoseRequest);
    server.start_actor("a", "probe");
    until("a read", || !server.seen().pages.is_empty()).await;
    server.stop_actor("a", 1, StopActorReason::SleepIntent);
    server.stop_actor("a", 1, StopActorReason::Destroy);
    server.script().refusing = false;
    told.running("a", 1).await;
    assert_eq!(told.stopped("a", 1).await, None);
    assert_eq!(running.notes.all(), ["start 1", "sleep 1"]);
}

#[tokio::test]
async fn an_actor_of_another_name_stops_with_an_error() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let _running = run(&server, Version::V5, options(Storage::Local)).await;
    let generation = server.start_actor("a", "other");
    let error = told.stopped("a", generation).await.expect("an error");
    assert!(error.contains("\"other\""), "{error}");
}

#[tokio::test]
async fn a_panic_ends_its_actor_and_no_other() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    for actor in ["a", "b"] {
        server.start_actor(actor, "probe");
        told.running(actor, 1).await;
    }
    let answer = server.request("a", "POST", "/panic", b"0").await;
    assert!(
        matches!(answer, Answered::Response { status: 500, .. }),
        "{answer:?}"
    );
    let error = told.stopped("a", 1).await.expect("an error");
    assert!(error.contains("on purpose"), "{error}");
    let answer = server.request("b", "POST", "/echo", b"still there").await;
    assert!(
        matches!(answer, Answered::Response { status: 200, .. }),
        "{answer:?}"
    );
    assert_eq!(running.host.actors(), 1);
    let noted = ["start 1", "start 1", "panics soon"];
    assert_eq!(running.notes.all(), noted, "no last words");
}

#[tokio::test]
async fn an_alarm_goes_off_in_the_generation_that_set_it() {
    for storage in [Storage::Local, Storage::None] {
        let (_server, mut told, mut running) = probe(Version::V5, options(storage)).await;
        let context = running.context().await;
        context
            .set_alarm_in(Duration::from_millis(50))
            .await
            .expect("it is set");
        running.notes.until("alarm 1").await;
        for set in [true, false] {
            let (_, _, event) = told.next().await;
            let latest::Event::EventActorSetAlarm(alarm) = event else {
                panic!("expected an alarm, but found {event:?}");
            };
            assert_eq!(alarm.alarm_ts.is_some(), set);
        }
        assert_eq!(context.alarm(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_that_is_set_while_the_one_before_goes_off_goes_off_too() {
    for storage in [Storage::Local, Storage::None] {
        let (_server, _told, mut running) = probe(Version::V5, options(storage)).await;
        let context = running.context().await;
        for number in 1..=300 {
            context
                .set_alarm_in(Duration::ZERO)
                .await
                .expect("it is set");
            // It is noted at the beginning of the handler, and taken back behind its end. Without a pause in between the
            // next is set before that.
            let noted = async {
                while running.notes.count("alarm 1") < number {
                    tokio::task::yield_now().await;
                }
            };
            within("each alarm", noted).await;
        }
    }
}

#[tokio::test]
async fn an_alarm_that_is_due_while_its_actor_sleeps_goes_off_when_it_wakes() {
    for version in VERSIONS {
        let (server, mut told, mut running) = probe(version, options(Storage::Local)).await;
        let due = SystemTime::now() + Duration::from_mins(10);
        running
            .context()
            .await
            .set_alarm(due)
            .await
            .expect("it is set");
        assert!(matches!(
            told.next().await,
            (_, 1, latest::Event::EventActorSetAlarm(_))
        ));
        server.stop_actor("a", 1, StopActorReason::SleepIntent);
        assert_eq!(told.stopped("a", 1).await, None);

        // It is still set in the next generation, which tells the server again.
        server.start_actor("a", "probe");
        told.running("a", 2).await;
        let context = running.context().await;
        assert!(context.alarm().is_some());
        assert!(matches!(
            told.next().await,
            (_, 2, latest::Event::EventActorSetAlarm(_))
        ));
        context
            .set_alarm(SystemTime::UNIX_EPOCH)
            .await
            .expect("it is set");
        running.notes.until("alarm 2").await;
    }
}

#[tokio::test]
async fn what_an_actor_keeps_of_itself_is_saved_behind_its_last_words() {
    for version in VERSIONS {
        let (server, mut told, mut running) = probe(version, options(Storage::Local)).await;
        let context = running.context().await;
        assert_eq!(context.state().load().await.expect("it can be read"), None);
        context.state().set(*b"save more at the end");
        server.stop_actor("a", 1, StopActorReason::SleepIntent);
        assert_eq!(told.stopped("a", 1).await, None);
        server.start_actor("a", "probe");
        told.running("a", 2).await;
        let context = running.context().await;
        let found = context.state().load().await.expect("it can be read");
        assert_eq!(found.as_deref(), Some(&b"saved at the end"[..]));
    }
}

#[tokio::test]
async fn an_idle_actor_asks_to_sleep() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let mut idle = options(Storage::None);
    idle.idle = Some(Duration::from_millis(300));
    let _running = run(&server, Version::V5, idle).await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    // What is being done is no idleness.
    let answer = server.request("a", "POST", "/wait", b"500").await;
    assert!(
        matches!(answer, Answered::Response { status: 200, .. }),
        "{answer:?}"
    );
    let (_, _, event) = told.next().await;
    assert!(
        matches!(event, latest::Event::EventActorIntent(_)),
        "{event:?}"
    );
}

#[tokio::test]
async fn actors_without_a_server_for_too_long_are_lost() {
    let mut config = ServerConfig::DEFAULT;
    config.metadata.envoy_lost_threshold = 300;
    let (server, mut told) = Server::start_with(Memory::Heads, config).await;
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    server.script().refusing = true;
    server.cut();
    until("the end of all actors", || running.host.actors() == 0).await;
    server.script().refusing = false;
    let error = told.stopped("a", 1).await.expect("an error");
    assert!(error.contains("actor.lost"), "{error}");
    assert_eq!(running.notes.all(), ["start 1"], "no last words");
}

#[tokio::test]
async fn a_host_whose_place_is_taken_ends_and_so_do_its_actors() {
    let (server, _told, mut running) = probe(Version::V5, options(Storage::Local)).await;
    let context = running.context().await;
    server.evict();
    let terminal = within("the end", running.host.terminal()).await;
    assert_eq!(terminal, Terminal::Evicted);
    assert_eq!(running.host.actors(), 0);
    let error = sql_error(&context, "SELECT 1").await;
    assert_eq!((error.group(), error.code()), ("sqlite", "closed"));
}

#[tokio::test]
async fn a_later_generation_waits_for_the_end_of_the_one_before() {
    for version in VERSIONS {
        let (server, mut told, mut running) = probe(version, options(Storage::Local)).await;
        let first = running.context().await;
        sql(&first, "CREATE TABLE t (v)").await;
        let (_, _hangs) = server.send_request("a", "GET", "/hang", b"");
        running.notes.until("hangs").await;

        server.start_actor("a", "probe");
        let error = told.stopped("a", 1).await.expect("an error");
        assert!(error.contains("generation 2"), "{error}");
        told.running("a", 2).await;
        // In this order: what the first did had ended before the second began.
        assert_eq!(
            running.notes.all(),
            ["start 1", "hangs", "dropped", "start 2"]
        );
        let late = sql_error(&first, "INSERT INTO t VALUES (1)").await;
        assert_eq!((late.group(), late.code()), ("sqlite", "closed"));
        let second = running.context().await;
        let rows = sql(&second, "SELECT count(*) FROM t").await;
        assert_eq!(rows.rows, [[0.into()]]);
    }
}

#[tokio::test]
async fn an_old_start_is_passed_over() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    let (old, new) = (server.allocate("a"), server.allocate("a"));
    server.start_generation("a", new, "probe");
    told.running("a", new).await;
    server.start_generation("a", old, "probe");
    told.silent(Duration::from_millis(200)).await;
    assert_eq!(running.notes.all(), ["start 2"]);
}

#[tokio::test]
async fn code_that_blocks_its_thread_holds_up_no_pong() {
    let mut config = ServerConfig::DEFAULT;
    config.ping_interval = Duration::from_millis(50);
    let (server, mut told) = Server::start_with(Memory::Heads, config).await;
    // The server has a thread of its own, or it would be held up itself.
    let url = server.clone();
    let (started, starts) = oneshot::channel();
    let (blocks, blocking) = oneshot::channel();
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let blocked = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async move {
            let mut running = run(&url, Version::V5, options(Storage::None)).await;
            running.context().await;
            starts.await.expect("the test goes on");
            blocks.send(()).expect("the test waits");
            // It holds the thread, and with it whatever else runs there.
            held.recv().expect("the test goes on");
        });
    });
    server.connection(1).await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    started.send(()).expect("it waits");
    within("code that blocks", blocking).await.expect("it does");
    // What was under way may still come.
    let before = server.pongs();
    until("pongs", || server.pongs() >= before + 10).await;
    let_go.send(()).expect("it is held");
    within("the end", blocked).await.expect("no panic");
    assert_eq!(
        server.connections(),
        1,
        "the first connection is still there"
    );
}
