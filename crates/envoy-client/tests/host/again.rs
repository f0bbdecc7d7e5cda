//! Requests that a gateway sends again, since it cannot know what became of them with a lost connection.

use envoy_client::{Storage, Version};
use envoy_protocol::latest::{
    RequestId, StopActorReason, ToEnvoyTunnelMessageKindRef::ToEnvoyRequestAbort,
};
use tokio::sync::oneshot::Receiver;

use crate::actor::{Running, UNTIL_LET_GO, options, probe, run_with};
use crate::server::{Answered, Memory, Server, VERSIONS};
use crate::told::{Told, until, within};

/// A host with an actor, and how often that was asked to wait.
struct World {
    server: Server,
    told: Told,
    running: Running,
}

impl World {
    async fn start(version: Version) -> Self {
        let (server, told, running) = probe(version, options(Storage::None)).await;
        Self {
            server,
            told,
            running,
        }
    }

    fn waits(&self) -> usize {
        self.running.notes.count("waits")
    }

    async fn begun(&self, times: usize) {
        until("a request", || self.waits() == times).await;
    }

    /// Cuts the first connection, and waits for the second.
    async fn reconnect(&self) {
        self.server.cut();
        self.server.connection(2).await;
    }

    /// Lets what waits go on, when the host has taken all that was sent to it.
    async fn let_go(&self) {
        let behind = self.server.request("a", "POST", "/echo", b"behind").await;
        assert!(
            matches!(behind, Answered::Response { status: 200, .. }),
            "{behind:?}"
        );
        self.running.notes.let_go();
    }

    fn again(&self, id: RequestId, method: &str, body: &[u8]) -> Receiver<Answered> {
        self.server.send_again(id, "a", method, "/wait", body)
    }
}

async fn waited(answered: Receiver<Answered>) {
    let answered = within("an answer", answered).await.expect("one");
    let expected = Answered::Response {
        status: 200,
        error: None,
        body: "waited".into(),
    };
    assert_eq!(answered, expected);
}

#[tokio::test]
async fn a_request_that_is_being_handled_is_not_handled_again_and_answered_once() {
    for version in VERSIONS {
        for method in ["GET", "POST"] {
            let world = World::start(version).await;
            let send = |method| {
                world
                    .server
                    .send_request("a", method, "/wait", UNTIL_LET_GO)
            };
            let (id, _lost) = send(method);
            world.begun(1).await;
            world.reconnect().await;
            let again = world.again(id, method, UNTIL_LET_GO);
            world.let_go().await;
            waited(again).await;
            assert_eq!(world.waits(), 1);
        }
    }
}

#[tokio::test]
async fn a_request_that_was_answered_is_answered_the_same_and_not_handled_again() {
    for version in VERSIONS {
        let world = World::start(version).await;
        let (id, first) = world.server.send_request("a", "POST", "/wait", b"1");
        waited(first).await;
        world.reconnect().await;
        waited(world.again(id, "POST", b"1")).await;
        // Nor a third time.
        world.server.cut();
        world.server.connection(3).await;
        waited(world.again(id, "POST", b"1")).await;
        assert_eq!(world.waits(), 1);
    }
}

#[tokio::test]
async fn a_request_that_was_answered_by_a_generation_before_is_answered_the_same() {
    let mut world = World::start(Version::V5).await;
    let (id, first) = world.server.send_request("a", "POST", "/wait", b"1");
    waited(first).await;
    world.reconnect().await;
    world
        .server
        .stop_actor("a", 1, StopActorReason::SleepIntent);
    assert_eq!(world.told.stopped("a", 1).await, None);
    world.server.start_actor("a", "probe");
    world.told.running("a", 2).await;
    waited(world.again(id, "POST", b"1")).await;
    assert_eq!(world.waits(), 1);
}

#[tokio::test]
async fn what_changes_nothing_is_handled_again() {
    let world = World::start(Version::V5).await;
    let (id, first) = world.server.send_request("a", "GET", "/wait", b"1");
    waited(first).await;
    world.reconnect().await;
    waited(world.again(id, "GET", b"1")).await;
    assert_eq!(world.waits(), 2);
}

#[tokio::test]
async fn another_request_under_the_same_ids_is_another_one() {
    let world = World::start(Version::V5).await;
    let (id, first) = world.server.send_request("a", "POST", "/wait", b"1");
    waited(first).await;
    // On the same connection nothing comes again.
    waited(world.again(id, "POST", b"1")).await;
    assert_eq!(world.waits(), 2);
    world.reconnect().await;
    waited(world.again(id, "POST", b"2")).await;
    assert_eq!(world.waits(), 3);
    // Of one that replaces another, that one is dropped.
    let (id, _never) = world.server.send_request("a", "POST", "/wait", b"60000");
    world.begun(4).await;
    waited(world.again(id, "POST", b"1")).await;
    assert_eq!(world.waits(), 5);
}

#[tokio::test]
async fn a_request_that_was_taken_back_is_handled_when_it_comes_again() {
    let world = World::start(Version::V5).await;
    let send = || {
        world
            .server
            .send_request("a", "POST", "/wait", UNTIL_LET_GO)
    };
    let (id, _never) = send();
    world.begun(1).await;
    world.reconnect().await;
    world.server.tunnel(id, 1, ToEnvoyRequestAbort);
    let again = world.again(id, "POST", UNTIL_LET_GO);
    world.begun(2).await;
    world.let_go().await;
    waited(again).await;
}

#[tokio::test]
async fn a_request_at_which_its_actor_failed_is_not_handled_again() {
    let mut world = World::start(Version::V5).await;
    let (id, first) = world.server.send_request("a", "POST", "/panic", b"0");
    let first = within("an answer", first).await.expect("one");
    assert!(matches!(first, Answered::Response { status: 500, .. }));
    assert!(world.told.stopped("a", 1).await.is_some());
    world.reconnect().await;
    world.server.start_actor("a", "probe");
    world.told.running("a", 2).await;
    let again = world.server.send_again(id, "a", "POST", "/panic", b"0");
    assert_eq!(within("an answer", again).await.expect("one"), first);
    assert_eq!(world.running.notes.count("panics soon"), 1);
}

#[tokio::test]
async fn a_request_that_comes_again_is_no_second_one_to_hold() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let running = run_with(&server, Version::V5, options(Storage::None), |host| {
        host.request_memory(10_000)
    })
    .await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    let world = World {
        server,
        told,
        running,
    };
    let path = format!("/wait?{}", "x".repeat(6_000));
    let (id, _lost) = world.server.send_request("a", "POST", &path, UNTIL_LET_GO);
    world.begun(1).await;
    world.reconnect().await;
    let again = world
        .server
        .send_again(id, "a", "POST", &path, UNTIL_LET_GO);
    world.let_go().await;
    waited(again).await;
    assert_eq!(world.waits(), 1);
}
