//! Order within a lane, nothing in the way of others, and what becomes of requests when their connection ends.

use depot::fault::{Fault, Point};
use envoy_protocol::{Version, latest};

use super::rig::{ACTOR, OTHER, World, eventually, parts, settled};
use crate::storage::{Kind, Outcome};

fn put(value: &str) -> latest::KvRequestData {
    latest::KvRequestData::KvPutRequest(latest::KvPutRequest {
        keys: vec![b"key".to_vec()],
        values: vec![value.as_bytes().to_vec()],
    })
}

#[tokio::test]
async fn a_lane_is_served_in_order_and_no_other_waits_for_it() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let other = world.allocate(OTHER, "host");
    let mut host = world.host("host", Version::V5);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_commit(ACTOR, generation, Some(0), &[(1, 1)]);
    host.send_commit(ACTOR, generation, Some(1), &[(1, 2)]);
    host.send_get_pages(ACTOR, generation, Some(2), &[1]);
    world.held(1).await;
    host.send_commit(OTHER, other, Some(0), &[(1, 9)]);
    assert_eq!(host.next_commit().await, Ok(Some(1)), "of the other actor");
    host.send_kv(ACTOR, put("now"));
    assert!(matches!(
        host.next().await,
        latest::ToEnvoy::ToEnvoyKvResponse(_)
    ));
    settled().await;
    assert_eq!(host.answered(), None);
    world.faults.let_go();
    assert_eq!(host.next_commit().await, Ok(Some(1)));
    assert_eq!(host.next_commit().await, Ok(Some(2)));
    let pages = host.next_pages().await.expect("pages");
    assert_eq!(pages.head_txid, Some(2));
}

#[tokio::test]
async fn a_new_connection_waits_for_what_is_in_flight_and_finds_what_was_queued_discarded() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut old = world.host("host", Version::V5);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    old.send_commit(ACTOR, generation, Some(0), &[(1, 1)]);
    old.send_commit(ACTOR, generation, Some(1), &[(1, 2)]);
    old.send_kv(ACTOR, put("old"));
    world.held(1).await;
    eventually(|| old.answered().is_some()).await;
    old.connection.end();
    let mut new = world.host("host", Version::V5);
    new.send_get_pages(ACTOR, generation, None, &[1]);
    settled().await;
    assert_eq!(new.answered(), None, "the commit before is in flight");
    world.faults.let_go();
    let pages = new.next_pages().await.expect("pages");
    assert_eq!(
        pages.head_txid,
        Some(1),
        "what was in flight counts, what was queued does not"
    );
    // The host does not know of the first, so it sends it again.
    assert_eq!(
        new.commit(generation, Some(0), &[(1, 1)]).await,
        Ok(Some(1))
    );
    assert_eq!(old.answered(), None, "answers go nowhere after the end");
    let statistics = world.storage.statistics();
    assert_eq!(statistics.requests(Kind::Commit, Outcome::Discarded), 1);
    assert_eq!(statistics.busy_lanes, 0);
}

#[tokio::test]
async fn answers_go_to_the_connection_that_asked() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut one = world.host("host", Version::V5);
    let mut two = world.host("other", Version::V5);
    one.send_commit(ACTOR, generation, Some(0), &[(1, 1)]);
    two.send_get_pages(ACTOR, generation, Some(1), &[1]);
    assert_eq!(one.next_commit().await, Ok(Some(1)));
    assert_eq!(two.next_pages().await.expect("pages").head_txid, Some(1));
    settled().await;
    assert_eq!((one.answered(), two.answered()), (None, None));
}

#[tokio::test]
async fn what_is_asked_after_the_end_is_discarded() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    host.connection.end();
    host.connection.end();
    host.send_commit(ACTOR, generation, Some(0), &[(1, 1)]);
    settled().await;
    assert_eq!(host.answered(), None);
    assert_eq!(world.head(ACTOR), 0);
}

#[tokio::test]
async fn a_connection_ends_with_its_last_handle() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_commit(ACTOR, generation, Some(0), &[(1, 1)]);
    host.send_commit(ACTOR, generation, Some(1), &[(1, 2)]);
    world.held(1).await;
    drop(host);
    world.faults.let_go();
    eventually(|| world.storage.statistics().busy_lanes == 0).await;
    assert_eq!(world.head(ACTOR), 1);
}

#[tokio::test]
async fn a_full_lane_refuses_more_and_says_that_nothing_was_done() {
    let world = World::with(|config| config.queue_requests = 2);
    let (mut host, generation) = world.serve(Version::V5);
    let mut other = world.host("other", Version::V5);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_commit(ACTOR, generation, Some(0), &[(1, 1)]);
    world.held(1).await;
    host.send_commit(ACTOR, generation, Some(1), &[(1, 2)]);
    host.send_get_pages(ACTOR, generation, Some(2), &[1]);
    host.send_commit(ACTOR, generation, Some(2), &[(1, 3)]);
    let error = host.next_commit().await.expect_err("full");
    assert_eq!((&*error.group, &*error.code), ("actor", "overloaded"));
    assert!(
        error.message.contains("at most 2 requests"),
        "{}",
        error.message
    );
    // Nobody fills the lane of somebody else.
    other.send_get_pages(ACTOR, generation, Some(2), &[1]);
    world.faults.let_go();
    assert_eq!(host.next_commit().await, Ok(Some(1)));
    assert_eq!(host.next_commit().await, Ok(Some(2)));
    host.next_pages().await.expect("pages");
    other.next_pages().await.expect("pages");
    assert_eq!(world.head(ACTOR), 2);
}

#[tokio::test]
async fn a_connection_has_only_so_many_octets_waiting() {
    let world = World::with(|config| config.queue_bytes = 10_000);
    let generation = world.allocate(ACTOR, "host");
    let other = world.allocate(OTHER, "host");
    let mut host = world.host("host", Version::V5);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_commit(ACTOR, generation, Some(0), &[(1, 1), (2, 1)]);
    world.held(1).await;
    host.send_commit(OTHER, other, Some(0), &[(1, 1)]);
    let error = host.next_commit().await.expect_err("full");
    let text = "expected at most 10000 octets of requests of a connection to wait, but found as many already; nothing was done, and the request can be sent again";
    assert_eq!(parts(&error), ("actor", "overloaded", text));
    world.faults.let_go();
    assert_eq!(host.next_commit().await, Ok(Some(1)));
    eventually(|| world.storage.statistics().busy_lanes == 0).await;
    host.send_commit(OTHER, other, Some(0), &[(1, 1)]);
    assert_eq!(host.next_commit().await, Ok(Some(1)), "there is room again");
}

#[tokio::test]
async fn closing_waits_for_what_was_asked_before_and_refuses_the_rest() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_commit(ACTOR, generation, Some(0), &[(1, 1)]);
    host.send_get_pages(ACTOR, generation, Some(1), &[1]);
    world.held(1).await;
    let storage = world.storage.clone();
    let closing = tokio::spawn(async move { storage.close().await });
    settled().await;
    assert!(!closing.is_finished());
    host.send_commit(ACTOR, generation, Some(1), &[(1, 2)]);
    let error = host.next_commit().await.expect_err("closing");
    assert_eq!(error.code, "stopping");
    world.faults.let_go();
    closing.await.expect("closed");
    assert_eq!(host.next_commit().await, Ok(Some(1)));
    host.next_pages().await.expect("pages");
    assert_eq!(world.head(ACTOR), 1);
}

#[tokio::test]
async fn a_host_that_connects_again_ends_its_older_connection() {
    for version in [Version::V4, Version::V5] {
        let world = World::new();
        let generation = world.allocate(ACTOR, "host");
        let mut old = world.host("host", version);
        let _other = world.host("other", version);
        let _foreign = world.host_in("elsewhere", "host", version);
        old.pages_error(generation, None, &[1]).await;
        let mut new = world.host("host", version);
        old.send_get_pages(ACTOR, generation, None, &[1]);
        new.commits(generation, None, &[(1, 1)]).await;
        assert_eq!(old.answered(), None);
        // What ends late ends itself only.
        old.connection.end();
        drop(old);
        new.pages(generation, None, &[1]).await.expect("pages");
        let mut newest = world.host("host", version);
        new.send_get_pages(ACTOR, generation, None, &[1]);
        newest.pages(generation, None, &[1]).await.expect("pages");
        assert_eq!(new.answered(), None);
    }
}

#[tokio::test]
async fn a_read_whose_answer_there_is_no_room_for_is_answered_so() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    host.commits(generation, Some(0), &[(1, 1)]).await;
    host.kv(put(&"x".repeat(2000))).await.expect("a put");
    host.wire.leave_room(1000);
    let error = host.pages_error(generation, Some(1), &[1]).await;
    assert_eq!((&*error.group, &*error.code), ("actor", "overloaded"));
    let get = latest::KvGetRequest {
        keys: vec![b"key".to_vec()],
    };
    let error = host.kv(latest::KvRequestData::KvGetRequest(get)).await;
    assert!(error.is_err_and(|message| message.contains("nothing was done")));
    let statistics = world.storage.statistics();
    assert_eq!(statistics.requests(Kind::GetPages, Outcome::Overloaded), 1);
    assert_eq!(statistics.requests(Kind::GetPages, Outcome::Ok), 0);
}
