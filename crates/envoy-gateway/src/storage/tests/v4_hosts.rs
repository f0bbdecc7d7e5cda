//! Hosts of v4, which know no heads: the server fences for them.

use std::time::Duration;

use depot::fault::{Fault, Point};
use envoy_protocol::session::fence::Heads;
use envoy_protocol::{Version, latest};

use super::rig::{ACTOR, Failed, World, eventually, settled};
use crate::storage::RefusedReason;

fn heads(error: &Failed) -> Option<(u64, u64)> {
    assert!(
        error.message.starts_with("sqlite head fence mismatch: "),
        "{}",
        error.message
    );
    Heads::parse(&error.message).map(|heads| (heads.expected, heads.actual))
}

#[tokio::test]
async fn a_host_works_without_knowing_a_head() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    for round in 1..=3 {
        assert_eq!(host.commit(generation, None, &[(1, round)]).await, Ok(None));
        let pages = host.pages(generation, None, &[1]).await.expect("pages");
        assert_eq!(pages.head_txid, None);
        assert_eq!(
            pages.pages[0].bytes.as_ref().map(|bytes| bytes[0]),
            Some(round)
        );
    }
    assert_eq!(world.head(ACTOR), 3);
    assert_eq!(world.told(), []);
}

#[tokio::test]
async fn another_writer_of_the_generation_fences_the_host_when_it_reads_and_when_it_writes() {
    for writes in [true, false] {
        let mut world = World::new();
        let (mut host, generation) = world.serve(Version::V4);
        host.commits(generation, None, &[(1, 1)]).await;
        let mut copy = world.host("copy", Version::V5);
        copy.commits(generation, Some(1), &[(1, 2)]).await;
        let error = if writes {
            host.commit_error(generation, None, &[(1, 3)]).await
        } else {
            host.pages_error(generation, None, &[1]).await
        };
        assert_eq!(heads(&error), Some((1, 2)));
        assert_eq!(world.head(ACTOR), 2);
        let told = world.told();
        let reason = RefusedReason::Fenced {
            expected: Some(1),
            actual: Some(2),
        };
        assert_eq!(
            told.iter().map(|told| told.reason).collect::<Vec<_>>(),
            [reason]
        );
    }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_with_the_connection_ends_the_generation() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.commits(generation, None, &[(1, 1)]).await;
    host.pages(generation, None, &[1])
        .await
        .expect("pages, which prove it");
    world.faults.plan(Point::AfterCommit, Fault::Hold);
    host.send_commit(ACTOR, generation, None, &[(1, 2)]);
    world.held(1).await;
    host.connection.end();
    let told = world.told();
    assert_eq!(told.len(), 1, "at once, for the next connection to find");
    assert_eq!(told[0].reason, RefusedReason::V4Unproven);
    let mut again = world.host("host", Version::V4);
    again.send_commit(ACTOR, generation, None, &[(1, 3)]);
    world.faults.let_go();
    let error = again.next_commit().await.expect_err("off");
    assert_eq!(heads(&error), Some((1, 2)));
    let error = again.pages_error(generation, None, &[1]).await;
    assert_eq!(heads(&error), Some((1, 2)));
    assert_eq!(world.head(ACTOR), 2);
    // The next generation begins anew.
    let next = world.allocate(ACTOR, "host");
    world
        .storage
        .generation_ended(ACTOR, u32::try_from(generation).expect("small"));
    again.pages(next, None, &[1]).await.expect("pages");
    again.commits(next, None, &[(1, 4)]).await;
}

#[tokio::test]
async fn a_commit_that_was_answered_and_not_proven_ends_the_generation_with_its_connection() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.commits(generation, None, &[(1, 1)]).await;
    host.connection.end();
    assert_eq!(world.told().len(), 1);
    let mut again = world.host("host", Version::V4);
    let error = again.commit_error(generation, None, &[(1, 2)]).await;
    assert_eq!(heads(&error), Some((0, 1)));
    assert_eq!(world.head(ACTOR), 1);
    assert_eq!(
        world.told().len(),
        1,
        "and again on the connection that asked"
    );
}

#[tokio::test]
async fn a_host_that_knows_of_its_commits_goes_on_after_a_reconnect() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.commits(generation, None, &[(1, 1)]).await;
    host.pages(generation, None, &[1]).await.expect("pages");
    host.connection.end();
    let mut again = world.host("host", Version::V4);
    again.pages(generation, None, &[1]).await.expect("pages");
    again.commits(generation, None, &[(1, 2)]).await;
    assert_eq!(world.told(), []);
    // The head is kept across connections: a writer in between is found.
    again.pages(generation, None, &[1]).await.expect("pages");
    again.connection.end();
    let mut copy = world.host("copy", Version::V5);
    copy.commits(generation, Some(2), &[(1, 3)]).await;
    let mut third = world.host("host", Version::V4);
    let error = third.pages_error(generation, None, &[1]).await;
    assert_eq!(heads(&error), Some((2, 3)));
}

#[tokio::test]
async fn a_second_host_is_not_served_and_does_the_first_no_harm() {
    let mut world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut copy = world.host("copy", Version::V4);
    for _ in 0..2 {
        let error = copy.commit_error(generation, None, &[(1, 9)]).await;
        assert_eq!(error.message, "actor does not exist");
        let error = copy.pages_error(generation, None, &[1]).await;
        assert_eq!(error.message, "actor does not exist");
        let mut host = world.host("host", Version::V4);
        host.commits(generation, None, &[(1, 1)]).await;
        host.pages(generation, None, &[1]).await.expect("pages");
        host.connection.end();
    }
    copy.connection.end();
    let told = world.told();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&*told[0].envoy_key, told[0].reason),
        ("copy", RefusedReason::Superseded)
    );
}

#[tokio::test]
async fn requests_behind_an_unanswered_commit_are_refused() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.pages_error(generation, None, &[1]).await;
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_commit(ACTOR, generation, None, &[(1, 1)]);
    world.held(1).await;
    host.send_commit(ACTOR, generation, None, &[(1, 2)]);
    world.faults.let_go();
    assert_eq!(host.next_commit().await, Ok(None), "it was applied");
    let error = host.next_commit().await.expect_err("two of them");
    assert_eq!(heads(&error), Some((0, 1)));
    assert_eq!(world.told().len(), 1);
    assert_eq!(world.head(ACTOR), 1);
}

#[tokio::test]
async fn a_commit_that_took_longer_than_hosts_wait_ends_the_generation() {
    let mut world = World::with(|config| config.v4_patience = Duration::ZERO);
    let (mut host, generation) = world.serve(Version::V4);
    assert_eq!(
        host.commit(generation, None, &[(1, 1)]).await,
        Ok(None),
        "the truth"
    );
    assert_eq!(world.told().len(), 1);
    let error = host.pages_error(generation, None, &[1]).await;
    assert_eq!(heads(&error), Some((0, 1)));
}

#[tokio::test]
async fn a_commit_whose_answer_does_not_leave_ends_the_generation() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.wire.leave_room(0);
    host.send_commit(ACTOR, generation, None, &[(1, 1)]);
    eventually(|| world.storage.statistics().unsent_answers == 1).await;
    settled().await;
    assert_eq!(world.told().len(), 1);
}

#[tokio::test]
async fn a_server_that_was_started_anew_does_not_trust_a_generation_that_has_committed() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.commits(generation, None, &[(1, 1)]).await;
    host.pages(generation, None, &[1])
        .await
        .expect("pages, which nobody remembers");
    for usage in ["commit", "read"] {
        world.restart();
        let mut host = world.host("host", Version::V4);
        let error = if usage == "commit" {
            host.commit_error(generation, None, &[(1, 2)]).await
        } else {
            host.pages_error(generation, None, &[1]).await
        };
        assert_eq!(heads(&error), Some((0, 1)), "{usage}");
        let reasons: Vec<_> = world.told().iter().map(|told| told.reason).collect();
        assert_eq!(reasons, [RefusedReason::V4Unproven]);
    }
    assert_eq!(world.head(ACTOR), 1);
    let next = world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V4);
    host.pages(next, None, &[1]).await.expect("pages");
    world.restart();
    let mut host = world.host("host", Version::V4);
    host.commit(next, None, &[(1, 3)])
        .await
        .expect("it has only read before");
    assert_eq!(world.told(), []);
}

#[tokio::test]
async fn a_commit_behind_a_read_is_remembered_across_a_restart_too() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.pages_error(generation, None, &[1]).await;
    host.commits(generation, None, &[(1, 1)]).await;
    world.restart();
    let mut host = world.host("host", Version::V4);
    host.pages_error(generation, None, &[1]).await;
}

#[tokio::test]
async fn a_first_commit_whose_answer_the_depot_lost_is_applied_once() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    world.faults.plan(Point::AfterCommit, Fault::LoseAnswer);
    assert_eq!(host.commit(generation, None, &[(1, 1)]).await, Ok(None));
    assert_eq!(world.head(ACTOR), 1);
}

#[tokio::test]
async fn a_head_that_a_v4_host_names_is_the_one_that_counts() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.commits(generation, Some(0), &[(1, 1)]).await;
    let error = host.commit_error(generation, Some(0), &[(1, 2)]).await;
    assert_eq!(heads(&error), Some((0, 1)));
    host.connection.end();
    // Who names heads can send a commit again.
    let mut again = world.host("host", Version::V4);
    again
        .commit(generation, Some(0), &[(1, 1)])
        .await
        .expect("applied before");
    assert_eq!(world.head(ACTOR), 1);
}

#[tokio::test]
async fn a_generation_that_is_over_is_superseded_even_where_it_was_fenced_off() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.commits(generation, None, &[(1, 1)]).await;
    host.connection.end();
    world.allocate(ACTOR, "host");
    let mut again = world.host("host", Version::V4);
    let error = again.pages_error(generation, None, &[1]).await;
    assert_eq!(error.message, "actor does not exist");
}

#[tokio::test]
async fn a_host_that_found_nothing_is_fenced_by_a_first_commit_of_another() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V4);
    host.pages_error(generation, None, &[1]).await;
    let mut copy = world.host("copy", Version::V5);
    copy.commits(generation, Some(0), &[(1, 1)]).await;
    let error = host.commit_error(generation, None, &[(1, 2)]).await;
    assert_eq!(heads(&error), Some((0, 1)));
}

#[tokio::test]
async fn a_commit_that_there_was_no_room_for_is_not_waited_for() {
    let mut world = World::with(|config| config.queue_bytes = 5000);
    let (mut host, generation) = world.serve(Version::V4);
    host.commits(generation, None, &[(1, 1)]).await;
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    let large = latest::KvPutRequest {
        keys: vec![b"key".to_vec()],
        values: vec![vec![1; 4000]],
    };
    host.send_kv(ACTOR, latest::KvRequestData::KvPutRequest(large));
    world.held(1).await;
    let error = host.commit_error(generation, None, &[(1, 2)]).await;
    assert!(error.message.contains("nothing was done"), "{error:?}");
    world.faults.let_go();
    host.next().await;
    host.pages(generation, None, &[1]).await.expect("pages");
    host.connection.end();
    assert_eq!(world.told(), []);
}

#[tokio::test]
async fn nothing_is_kept_of_a_generation_after_its_end() {
    let world = World::new();
    let known = || world.storage.statistics().v4_generations;
    let (mut host, generation) = world.serve(Version::V4);
    for nobody in ["nobody", "nowhere"] {
        host.send_commit(nobody, 1, None, &[(1, 1)]);
        host.next_commit().await.expect_err("no actor");
    }
    eventually(|| known() == 0).await;
    host.commits(generation, None, &[(1, 1)]).await;
    host.connection.end();
    assert_eq!(known(), 1);
    world
        .storage
        .generation_ended(ACTOR, u32::try_from(generation).expect("small"));
    assert_eq!(known(), 0);
}
