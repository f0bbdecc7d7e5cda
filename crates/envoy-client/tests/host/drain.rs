//! The end of a host that is drained: its actors stop, whatever its server does.

use std::time::Duration;

use envoy_client::{Error, Storage, Version};
use envoy_protocol::latest::{self, StopActorReason};
use envoy_protocol::session::ServerConfig;

use crate::actor::{options, probe, run, run_with, sql_error, with_table};
use crate::server::{Fate, Memory, Server, VERSIONS};
use crate::told::{Told, until, within};

#[tokio::test]
async fn a_host_that_drains_stops_its_actors_and_says_so_over_a_new_connection() {
    for version in VERSIONS {
        let (server, mut told, running) = probe(version, options(Storage::Local)).await;
        let notes = running.notes.clone();
        let draining = tokio::spawn(running.host.drain());
        server.stopping().await;
        // The connection is gone while the actor stops.
        server.cut();
        server.stop_actor("a", 1, StopActorReason::GoingAway);
        assert_eq!(told.stopped("a", 1).await, None);
        server.connection(2).await;
        let drained = within("the end", draining).await.expect("no panic");
        drained.expect("all have stopped");
        assert_eq!(notes.all(), ["start 1", "sleep 1"]);
    }
}

/// How often something is tried that is bounded by seconds: a machine that does other things may take them all.
const ATTEMPTS: u32 = 5;

/// Waits until a host asks for an actor to sleep, which has to be the next that it says.
async fn wants_to_sleep(told: &mut Told, actor: &str) {
    let (found, _, event) = told.next().await;
    assert_eq!(found, actor, "{event:?}");
    let latest::Event::EventActorIntent(latest::EventActorIntent { intent }) = event else {
        panic!("expected what {actor} wants, but found {event:?}");
    };
    assert_eq!(intent, latest::ActorIntent::ActorIntentSleep);
}

/// The server is there, but cannot do what it would have to: its disk is full, say.
#[tokio::test]
async fn actors_that_the_server_does_not_stop_are_ended_well_by_their_host() {
    for version in VERSIONS {
        let (server, mut told) = Server::start(Memory::Heads).await;
        let running = run_with(&server, version, options(Storage::Local), |host| {
            host.drain_bound(Duration::from_secs(18))
        })
        .await;
        server.start_actor("a", "probe");
        told.running("a", 1).await;
        let notes = running.notes.clone();
        let draining = tokio::spawn(running.host.drain());
        // Stopped(OK) without it would destroy it.
        wants_to_sleep(&mut told, "a").await;
        assert_eq!(told.stopped("a", 1).await, None);
        let drained = within("the end", draining).await.expect("no panic");
        drained.expect("all have stopped");
        assert_eq!(notes.all(), ["start 1", "sleep 1"]);
    }
}

#[tokio::test]
async fn draining_is_bounded_and_gives_up_what_is_left() {
    for _ in 0..ATTEMPTS {
        if what_is_given_up_is_told().await {
            return;
        }
    }
    panic!("expected the server to be told, but found that it never is");
}

/// Gives an actor up that does not stop. Whether the server was told: the host has a few seconds for that.
async fn what_is_given_up_is_told() -> bool {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let mut patient = options(Storage::Local);
    patient.bounds.requests = Duration::from_hours(1);
    let running = run_with(&server, Version::V5, patient, |host| {
        host.drain_bound(Duration::from_secs(18))
    })
    .await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    let (_, _hangs) = server.send_request("a", "GET", "/hang", b"");
    running.notes.until("hangs").await;
    let notes = running.notes.clone();
    let drained = within("the end", running.host.drain()).await;
    assert!(
        matches!(drained, Err(Error::NotDrained { left: 1, .. })),
        "{drained:?}"
    );
    assert_eq!(notes.all(), ["start 1", "hangs", "dropped"]);
    let said = async {
        wants_to_sleep(&mut told, "a").await;
        told.stopped("a", 1).await
    };
    // The host has ended: what it has said is there, or will never be.
    let Ok(stopped) = tokio::time::timeout(Duration::from_secs(10), said).await else {
        return false;
    };
    // Stopped(OK) would say that all is well.
    let error = stopped.expect("an error");
    assert!(error.contains("actor.lost"), "{error}");
    true
}

/// The bounds that are set here would have it wait for hours.
#[tokio::test]
async fn a_host_whose_server_is_gone_ends_its_actors_well_and_does_not_wait_for_it() {
    let mut config = ServerConfig::DEFAULT;
    config.metadata.envoy_lost_threshold = 3_600_000;
    config.metadata.actor_stop_threshold = 3_600_000;
    for version in VERSIONS {
        let (server, mut told) = Server::start_with(Memory::Heads, config).await;
        let running = run(&server, version, options(Storage::Local)).await;
        server.start_actor("a", "probe");
        told.running("a", 1).await;
        let notes = running.notes.clone();
        server.script().refusing = true;
        server.cut();
        let drained = within("the end", running.host.drain()).await;
        drained.expect("all have stopped");
        assert_eq!(notes.all(), ["start 1", "sleep 1"]);
    }
}

/// Its commit is decided by a server that is gone: nobody here can know.
#[tokio::test]
async fn an_actor_that_waits_for_a_server_that_is_gone_is_given_up() {
    let mut config = ServerConfig::DEFAULT;
    config.metadata.envoy_lost_threshold = 3_600_000;
    config.metadata.actor_stop_threshold = 3_600_000;
    let (server, mut told) = Server::start_with(Memory::Heads, config).await;
    let mut patient = options(Storage::Local);
    patient.bounds.requests = Duration::from_hours(1);
    patient.sql.config.commit_bound = Duration::from_hours(1);
    let mut running = run(&server, Version::V5, patient).await;
    let context = with_table(&server, &mut told, &mut running).await;
    server.script().commits.push_back(Fate::LoseAnswer);
    server.script().refusing = true;
    let head = server.head("a");
    let waiting =
        tokio::spawn(async move { sql_error(&context, "INSERT INTO t VALUES (1)").await });
    until("the commit", || server.head("a") > head).await;
    let notes = running.notes.clone();
    let (drained, error) = tokio::join!(within("the end", running.host.drain()), waiting);
    // Its last words ask for its database.
    assert!(
        matches!(drained, Err(Error::NotDrained { left: 1, .. })),
        "{drained:?}"
    );
    let error = error.expect("no panic");
    assert_eq!((error.group(), error.code()), ("sqlite", "closed"));
    assert_eq!(notes.all(), ["start 1", "sleep 1"]);
}

/// With the wait that is due, the attempt would come after an hour.
#[tokio::test]
async fn a_host_that_is_drained_looks_once_more_whether_the_server_is_back() {
    for _ in 0..ATTEMPTS {
        if a_server_that_is_back_is_found().await {
            return;
        }
    }
    panic!("expected the host to look, but found that it never does");
}

/// Drains a host whose server is back. Whether it found that: it looks for a few seconds, and then ends its actors itself.
async fn a_server_that_is_back_is_found() -> bool {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let hour = Duration::from_hours(1);
    let running = run_with(&server, Version::V5, options(Storage::Local), |host| {
        host.session(|session| {
            (session.backoff.first, session.backoff.least) = (Duration::ZERO, hour * 2);
            session.backoff.most = hour * 2;
        })
    })
    .await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    server.script().refusing = true;
    server.cut();
    // The first attempt comes at once and fails, and the second is far away.
    server.refusal().await;
    server.script().refusing = false;
    let notes = running.notes.clone();
    let draining = tokio::spawn(running.host.drain());
    let stopped = async {
        server.stopping().await;
        server.stop_actor("a", 1, StopActorReason::GoingAway);
        told.next().await
    };
    tokio::pin!(draining);
    let (_, _, event) = tokio::select! {
        biased;
        told = stopped => told,
        // It has ended, and never came.
        drained = &mut draining => {
            drained.expect("no panic").expect("it does without");
            return false;
        }
    };
    let drained = within("the end", draining).await.expect("no panic");
    drained.expect("all have stopped");
    assert_eq!(notes.all(), ["start 1", "sleep 1"]);
    // What an actor wants is said by a host that has given its server up.
    !matches!(event, latest::Event::EventActorIntent(_))
}

#[tokio::test]
async fn an_actor_that_starts_on_a_host_that_drains_asks_to_sleep() {
    let (server, mut told, running) = probe(Version::V5, options(Storage::Local)).await;
    let draining = tokio::spawn(running.host.drain());
    server.stopping().await;
    server.start_actor("b", "probe");
    told.running("b", 1).await;
    let (actor, _, event) = told.next().await;
    assert_eq!(actor, "b");
    assert!(
        matches!(event, latest::Event::EventActorIntent(_)),
        "{event:?}"
    );
    for (actor, reason) in [
        ("b", StopActorReason::SleepIntent),
        ("a", StopActorReason::GoingAway),
    ] {
        server.stop_actor(actor, 1, reason);
        assert_eq!(told.stopped(actor, 1).await, None);
    }
    let drained = within("the end", draining).await.expect("no panic");
    drained.expect("all have stopped");
}

#[tokio::test]
async fn a_host_without_actors_drains_at_once() {
    let (server, _told) = Server::start(Memory::Heads).await;
    let running = run(&server, Version::V5, options(Storage::Local)).await;
    let drained = within("the end", running.host.drain()).await;
    drained.expect("there is nothing to stop");
}
