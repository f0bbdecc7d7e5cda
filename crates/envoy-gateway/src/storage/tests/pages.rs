//! Pages and commits of hosts that know heads, and what both versions have in common.

use depot::engine::EngineError;
use depot::fault::{Fault, Point};
use envoy_protocol::Version;
use envoy_protocol::session::fence::Heads;

use super::rig::{ACTOR, OTHER, World, eventually, parts, settled};
use crate::storage::{Kind, Outcome, RefusedReason};

const SUPERSEDED: (&str, &str, &str) = ("depot", "generation_mismatch", "actor does not exist");

#[tokio::test]
async fn answers_what_was_committed_with_its_head() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    assert_eq!(
        host.commit(generation, Some(0), &[(1, 1), (2, 2)]).await,
        Ok(Some(1))
    );
    assert_eq!(
        host.commit(generation, Some(1), &[(2, 3)]).await,
        Ok(Some(2))
    );
    let answer = host
        .pages(generation, Some(2), &[2, 9, 2, 1])
        .await
        .expect("pages");
    assert_eq!(answer.head_txid, Some(2));
    let first = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| bytes[0]);
    let found: Vec<_> = answer
        .pages
        .iter()
        .map(|page| (page.pgno, first(&page.bytes)))
        .collect();
    assert_eq!(found, [(2, Some(3)), (9, None), (2, Some(3)), (1, Some(1))]);
    assert_eq!(
        world
            .storage
            .statistics()
            .requests(Kind::Commit, Outcome::Ok),
        2
    );
    assert_eq!(
        world
            .storage
            .statistics()
            .requests(Kind::GetPages, Outcome::Ok),
        1
    );
}

#[tokio::test]
async fn a_database_without_a_commit_is_not_found_until_there_is_one() {
    for version in [Version::V4, Version::V5] {
        for head in [None, Some(0)] {
            let world = World::new();
            let (mut host, generation) = world.serve(version);
            for pages in [&[][..], &[1, 2][..]] {
                let error = host.pages_error(generation, head, pages).await;
                assert_eq!(
                    error.message,
                    "sqlite database was not found in this bucket branch"
                );
                if version == Version::V5 {
                    assert_eq!(
                        (&*error.group, &*error.code),
                        ("depot", "database_not_found")
                    );
                }
            }
            host.commit(generation, head, &[(1, 1)])
                .await
                .expect("a first commit");
            host.pages(generation, None, &[1]).await.expect("pages");
        }
    }
}

#[tokio::test]
async fn a_read_and_a_commit_on_another_head_are_fenced_with_both_heads() {
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    host.commits(generation, Some(0), &[(1, 1)]).await;
    let text = "sqlite head fence mismatch: expected head txid 42, current head txid 1";
    let fence = ("depot", "head_fence_mismatch", text);
    let error = host.pages_error(generation, Some(42), &[1]).await;
    assert_eq!(parts(&error), fence);
    let error = host.commit_error(generation, Some(42), &[(1, 2)]).await;
    assert_eq!(parts(&error), fence);
    assert_eq!(world.head(ACTOR), 1);
    let told = world.told();
    assert_eq!(told.len(), 1, "once for a connection: {told:?}");
    let reason = RefusedReason::Fenced {
        expected: Some(42),
        actual: Some(1),
    };
    assert_eq!(told[0].reason, reason);
    assert_eq!(
        (&*told[0].envoy_key, &*told[0].actor_id, told[0].generation),
        ("host", ACTOR, generation)
    );
    let fenced = |kind| world.storage.statistics().requests(kind, Outcome::Fenced);
    assert_eq!((fenced(Kind::GetPages), fenced(Kind::Commit)), (1, 1));
}

#[tokio::test]
async fn a_first_commit_on_a_later_head_is_fenced() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    let error = host.commit_error(generation, Some(7), &[(1, 1)]).await;
    assert_eq!(
        Heads::parse(&error.message),
        Some(Heads {
            expected: 7,
            actual: 0
        })
    );
    // Not an empty database, either: who knows a later head has lost something.
    let error = host.pages_error(generation, Some(7), &[1]).await;
    assert_eq!(
        Heads::parse(&error.message),
        Some(Heads {
            expected: 7,
            actual: 0
        })
    );
}

#[tokio::test]
async fn two_instances_of_a_generation_are_told_apart_by_the_head_wherever_they_run() {
    let world = World::new();
    let generation = world.allocate(ACTOR, "host");
    let mut one = world.host("host", Version::V5);
    let mut two = world.host("copy", Version::V5);
    one.commits(generation, Some(0), &[(1, 1)]).await;
    let error = two.commit_error(generation, Some(0), &[(1, 2)]).await;
    assert_eq!(error.code, "head_fence_mismatch");
    assert_eq!(
        one.commit(generation, Some(1), &[(1, 3)]).await,
        Ok(Some(2))
    );
}

#[tokio::test]
async fn a_generation_that_is_not_the_current_one_is_superseded_whatever_its_head() {
    for version in [Version::V4, Version::V5] {
        let mut world = World::new();
        let old = world.allocate(ACTOR, "host");
        let mut host = world.host("host", version);
        host.commits(old, Some(0), &[(1, 1)]).await;
        let new = world.allocate(ACTOR, "next");
        for generation in [old, new + 1, u64::MAX] {
            for head in [None, Some(1), Some(9)] {
                let read = host.pages_error(generation, head, &[1]).await;
                let write = host.commit_error(generation, head, &[(1, 9)]).await;
                for error in [read, write] {
                    assert_eq!(error.message, SUPERSEDED.2);
                    if version == Version::V5 {
                        assert_eq!(parts(&error), SUPERSEDED);
                    }
                }
            }
        }
        assert_eq!(world.head(ACTOR), 1);
        let told = world.told();
        assert_eq!(told.len(), 3, "once for each generation: {told:?}");
        assert!(
            told.iter()
                .all(|told| told.reason == RefusedReason::Superseded)
        );
    }
}

#[tokio::test]
async fn an_actor_that_is_not_there_or_in_another_namespace_does_not_exist() {
    let world = World::new();
    let generation = world.allocate_in("other", ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    for actor in [ACTOR, OTHER, "", "a\0b", &"x".repeat(256)] {
        host.send_get_pages(actor, generation, None, &[1]);
        let error = host.next_pages().await.expect_err("no actor");
        assert_eq!(parts(&error), SUPERSEDED, "{actor:?}");
        host.send_commit(actor, generation, None, &[(1, 1)]);
        let error = host.next_commit().await.expect_err("no actor");
        assert_eq!(parts(&error), SUPERSEDED, "{actor:?}");
    }
    assert_eq!(world.head(ACTOR), 0);
}

#[tokio::test]
async fn a_request_without_a_generation_is_invalid_and_refuses_none() {
    for version in [Version::V4, Version::V5] {
        let mut world = World::new();
        world.allocate(ACTOR, "host");
        let mut host = world.host("host", version);
        host.send_get_pages(ACTOR, None, Some(0), &[1]);
        let read = host.next_pages().await.expect_err("no generation");
        assert_eq!(read.message, "sqlite get_pages missing expectedGeneration");
        host.send_commit(ACTOR, None, Some(0), &[(1, 1)]);
        let write = host.next_commit().await.expect_err("no generation");
        assert_eq!(write.message, "sqlite commit missing expectedGeneration");
        if version == Version::V5 {
            assert_eq!((&*read.group, &*read.code), ("sqlite", "invalid_request"));
            assert_eq!((&*write.group, &*write.code), ("sqlite", "invalid_request"));
        }
        assert_eq!(world.told(), []);
    }
}

#[tokio::test]
async fn more_pages_than_an_answer_can_carry_are_refused_with_both_numbers() {
    let world = World::with(|config| config.answer_bytes = 10_000);
    let (mut host, generation) = world.serve(Version::V5);
    host.commits(generation, Some(0), &[(1, 1), (2, 2), (3, 3)])
        .await;
    host.pages(generation, Some(1), &[1, 2])
        .await
        .expect("two fit");
    let error = host.pages_error(generation, Some(1), &[1, 2, 3]).await;
    assert_eq!(
        (&*error.group, &*error.code),
        ("sqlite", "answer_too_large")
    );
    assert_eq!(
        error.message,
        "expected an answer of at most 10000 octets, but found 12373"
    );
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused_with_both_sizes_but_a_fence_comes_first() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    let pages: Vec<_> = (1..=321).map(|page| (page, 1)).collect();
    let error = host.commit_error(generation, Some(0), &pages).await;
    let text = "sqlite commit too large: actual_size_bytes=1314816, max_size_bytes=1310720";
    assert_eq!(parts(&error), ("depot", "commit_too_large", text));
    let error = host.commit_error(generation, Some(3), &pages).await;
    assert_eq!(error.code, "head_fence_mismatch");
    assert_eq!(
        host.commit(generation, Some(0), &pages[..320]).await,
        Ok(Some(1))
    );
}

#[tokio::test]
async fn pages_that_no_database_has_are_refused() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    host.commits(generation, Some(0), &[(1, 1)]).await;
    let read = host.pages_error(generation, Some(1), &[0]).await;
    let twice = host
        .commit_error(generation, Some(1), &[(1, 1), (1, 2)])
        .await;
    for error in [read, twice] {
        assert_eq!((&*error.group, &*error.code), ("depot", "invalid_page"));
    }
    assert_eq!(world.head(ACTOR), 1);
}

#[tokio::test]
async fn a_commit_whose_answer_the_depot_lost_is_sent_again_and_answered_once() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    world.faults.plan(Point::AfterCommit, Fault::LoseAnswer);
    world.faults.plan(Point::AfterCommit, Fault::LoseAnswer);
    assert_eq!(
        host.commit(generation, Some(0), &[(1, 1)]).await,
        Ok(Some(1))
    );
    assert_eq!(world.head(ACTOR), 1);
    settled().await;
    assert_eq!(host.answered(), None);
}

#[tokio::test]
async fn a_commit_that_may_have_been_applied_is_not_answered() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    // Without a head it could be applied twice.
    world.faults.plan(Point::AfterCommit, Fault::LoseAnswer);
    host.send_commit(ACTOR, generation, None, &[(1, 1)]);
    let failed = || {
        world
            .storage
            .statistics()
            .requests(Kind::Commit, Outcome::Failed)
    };
    eventually(|| failed() == 1).await;
    let poison = EngineError::Poisoned("a failed sync".to_owned());
    world.faults.plan(Point::AfterCommit, Fault::Fail(poison));
    host.send_commit(ACTOR, generation, Some(1), &[(1, 2)]);
    eventually(|| failed() == 2).await;
    assert_eq!(host.answered(), None);
    // A read changes nothing, so it may fail.
    let error = host.pages_error(generation, Some(1), &[1]).await;
    assert_eq!((&*error.group, &*error.code), ("depot", "poisoned"));
}

#[tokio::test]
async fn a_commit_that_was_not_applied_is_answered_so() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    let failed = EngineError::Failed("no".to_owned());
    world.faults.plan(Point::DuringCommit, Fault::Fail(failed));
    let error = host.commit_error(generation, Some(0), &[(1, 1)]).await;
    assert_eq!((&*error.group, &*error.code), ("depot", "storage_failed"));
    assert_eq!(
        host.commit(generation, Some(0), &[(1, 1)]).await,
        Ok(Some(1))
    );
}

#[tokio::test]
async fn a_database_that_was_destroyed_is_not_taken_for_an_empty_one() {
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    host.commits(generation, Some(0), &[(1, 1)]).await;
    let database = depot::DatabaseId::new(ACTOR).expect("an id");
    world.depot.destroy(&database).wait().expect("destroyed");
    for head in [None, Some(0), Some(1)] {
        let read = host.pages_error(generation, head, &[1]).await;
        let write = host.commit_error(generation, head, &[(1, 1)]).await;
        assert_eq!((parts(&read), parts(&write)), (SUPERSEDED, SUPERSEDED));
    }
    let error = host
        .exec(generation, "SELECT 1")
        .await
        .expect_err("destroyed");
    assert_eq!(parts(&error), SUPERSEDED);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_has_not_failed_because_its_resend_does() {
    for failures in [1, 20] {
        let world = World::new();
        let (mut host, generation) = world.serve(Version::V5);
        world.faults.plan(Point::AfterCommit, Fault::LoseAnswer);
        world.faults.plan_nothing(Point::DuringCommit);
        for _ in 0..failures {
            let failed = EngineError::Failed("no".to_owned());
            world.faults.plan(Point::DuringCommit, Fault::Fail(failed));
        }
        host.send_commit(ACTOR, generation, Some(0), &[(1, 1)]);
        if failures == 1 {
            assert_eq!(host.next_commit().await, Ok(Some(1)));
        } else {
            let failed = || {
                let statistics = world.storage.statistics();
                statistics.requests(Kind::Commit, Outcome::Failed)
            };
            eventually(|| failed() == 1).await;
            assert_eq!(host.answered(), None, "it may have been applied, and was");
        }
        assert_eq!(world.head(ACTOR), 1);
    }
}
