//! Generation, then head, then everything else; and commits whose answer was lost.

use depot::{Applied, Commit, Error, Fence};

use crate::common::{allocate, commit, commit_of, fills, id, on_every_engine, page};

#[test]
fn a_commit_on_the_expected_head_advances_it_by_one() {
    on_every_engine(|depot| {
        let database = id("a");
        let generation = allocate(depot, &database).generation;
        for head in 0..3 {
            let fence = Fence::new(generation, head);
            let committed = commit(depot, &database, fence, vec![page(1, 7)], 1).unwrap();
            assert_eq!(committed.head, head + 1);
            assert_eq!(committed.applied, Applied::Now);
        }
    });
}

#[test]
fn a_stale_writer_is_fenced_with_both_heads_and_writes_nothing() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        commit(depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
        commit(depot, &database, Fence::new(1, 1), vec![page(1, 2)], 1).unwrap();
        for expected in [0, 1, 3, u64::MAX] {
            let fence = Fence::new(1, expected);
            let error = commit(depot, &database, fence, vec![page(1, 9)], 1).unwrap_err();
            let actual = 2;
            assert_eq!(error, Error::HeadFenceMismatch { expected, actual });
            assert_eq!(
                (error.group(), error.code()),
                ("depot", "head_fence_mismatch")
            );
            assert!(error.is_fence());
        }
        let fence = Fence::new(1, 2);
        assert_eq!(fills(depot, &database, fence, &[1]).unwrap(), [Some(2)]);
    });
}

#[test]
fn a_stale_reader_is_fenced_with_both_heads() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        commit(depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
        let error = fills(depot, &database, Fence::new(1, 0), &[1]).unwrap_err();
        let (expected, actual) = (0, 1);
        assert_eq!(error, Error::HeadFenceMismatch { expected, actual });
    });
}

#[test]
fn a_request_without_a_head_is_not_fenced_by_it() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let fence = Fence::without_head(1);
        assert_eq!(
            commit(depot, &database, fence, vec![page(1, 1)], 1)
                .unwrap()
                .head,
            1
        );
        assert_eq!(
            commit(depot, &database, fence, vec![page(1, 1)], 1)
                .unwrap()
                .head,
            2
        );
        assert_eq!(fills(depot, &database, fence, &[1]).unwrap(), [Some(1)]);
    });
}

#[test]
fn a_stale_generation_is_refused_before_the_head_is_looked_at() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        commit(depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
        allocate(depot, &database);
        for (generation, head) in [
            (1, Some(1)),
            (1, Some(0)),
            (1, None),
            (3, Some(1)),
            (0, None),
        ] {
            let fence = Fence { generation, head };
            let mismatch = Error::GenerationMismatch {
                expected: generation,
                actual: Some(2),
            };
            assert_eq!(mismatch.code(), "generation_mismatch");
            assert_eq!(fills(depot, &database, fence, &[1]).unwrap_err(), mismatch);
            let error = commit(depot, &database, fence, vec![page(1, 9)], 1).unwrap_err();
            assert_eq!(error, mismatch);
        }
        assert_eq!(
            fills(depot, &database, Fence::new(2, 1), &[1]).unwrap(),
            [Some(1)]
        );
    });
}

#[test]
fn a_commit_that_is_too_large_for_its_database_is_fenced_first() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let large: Vec<_> = (1..=321).map(|number| page(number, 1)).collect();
        let error = commit(depot, &database, Fence::new(2, 0), large.clone(), 321).unwrap_err();
        assert_eq!(error.code(), "generation_mismatch");
        let error = commit(depot, &database, Fence::new(1, 1), large.clone(), 321).unwrap_err();
        assert_eq!(error.code(), "head_fence_mismatch");
        let error = commit(depot, &database, Fence::new(1, 0), large, 321).unwrap_err();
        let too_large = Error::CommitTooLarge {
            actual_size_bytes: 1_314_816,
            max_size_bytes: 1_310_720,
        };
        assert_eq!(error, too_large);
    });
}

#[test]
fn the_same_commit_sent_again_is_answered_as_applied_and_applied_once() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let fence = Fence::new(1, 0);
        commit(depot, &database, fence, vec![page(1, 1), page(2, 2)], 2).unwrap();
        // Pages in another order are the same commit.
        let time_ms = commit_of(vec![], 0).time_ms();
        for _ in 0..2 {
            let again = Commit::new(vec![page(2, 2), page(1, 1)], 2, time_ms).unwrap();
            let committed = depot.commit(&database, fence, again).wait().unwrap();
            assert_eq!(committed.head, 1);
            assert_eq!(committed.applied, Applied::Before);
        }
        assert_eq!(depot.head(&database).wait().unwrap().txid, 1);
    });
}

#[test]
fn the_same_change_made_at_another_time_is_a_fence() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let fence = Fence::new(1, 0);
        // Two instances of one generation that raise the same counter: each believes that it is the one that did.
        let [one, other] = [1_000, 1_001].map(|time| Commit::new(vec![page(1, 1)], 1, time));
        let committed = depot.commit(&database, fence, one.unwrap()).wait().unwrap();
        assert_eq!(committed.applied, Applied::Now);
        let error = depot.commit(&database, fence, other.unwrap()).wait();
        let (expected, actual) = (0, 1);
        assert_eq!(
            error.unwrap_err(),
            Error::HeadFenceMismatch { expected, actual }
        );
    });
}

#[test]
fn another_commit_on_the_same_head_is_a_fence() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let fence = Fence::new(1, 0);
        commit(depot, &database, fence, vec![page(1, 1)], 2).unwrap();
        let others = [
            (vec![page(1, 2)], 2),
            (vec![page(1, 1)], 1),
            (vec![page(2, 1)], 2),
            (vec![], 2),
            (vec![page(1, 1), page(2, 1)], 2),
        ];
        for (pages, size) in others {
            let error = commit(depot, &database, fence, pages, size).unwrap_err();
            assert!(error.is_fence(), "{error}");
        }
    });
}

#[test]
fn the_same_commit_is_not_known_again_after_another_one_or_another_generation() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        commit(depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
        commit(depot, &database, Fence::new(1, 1), vec![page(1, 2)], 1).unwrap();
        let error = commit(depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap_err();
        assert!(error.is_fence(), "{error}");

        allocate(depot, &database);
        // What generation 1 committed is not generation 2's, even if it is the same.
        let error = commit(depot, &database, Fence::new(2, 1), vec![page(1, 2)], 1).unwrap_err();
        assert!(error.is_fence(), "{error}");
    });
}

#[test]
fn two_instances_of_one_generation_are_told_apart_by_the_head() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        // Both start from a copy at head 1, and write something else.
        commit(depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
        commit(depot, &database, Fence::new(1, 1), vec![page(1, 0xa)], 1).unwrap();
        let stale = commit(depot, &database, Fence::new(1, 1), vec![page(1, 0xb)], 1);
        assert!(stale.unwrap_err().is_fence());
        let fence = Fence::new(1, 2);
        assert_eq!(fills(depot, &database, fence, &[1]).unwrap(), [Some(0xa)]);
    });
}

#[test]
fn a_transaction_sees_its_own_commit_and_drops_it_with_its_error() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let failed = {
            let database = database.clone();
            depot.transaction::<(), Error>(move |transaction| {
                let commit = commit_of(vec![page(1, 1)], 1);
                transaction.commit(&database, Fence::new(1, 0), &commit)?;
                let pages = transaction
                    .view()
                    .pages(&database, Fence::new(1, 1), &[1, 2])?;
                assert_eq!(pages.pages[0].octets.as_ref().unwrap()[0], 1);
                assert_eq!(pages.pages[1].octets, None);
                assert_eq!(transaction.view().head(&database)?.txid, 1);
                Err(Error::Storage("no more".to_owned()))
            })
        };
        assert_eq!(
            failed.wait().unwrap_err(),
            Error::Storage("no more".to_owned())
        );
        assert_eq!(depot.head(&database).wait().unwrap().txid, 0);
    });
}
