//! Pages: sizes, holes, truncation, growth, limits.

use bytes::Bytes;
use depot::{Commit, Config, DirtyPage, Error, Fence, InvalidPage, Limits};

use crate::common::{
    allocate, commit, commit_of, fills, id, manual, on_every_engine, page, sweep_all, with_config,
};

#[test]
fn pages_beyond_the_size_are_none_and_pages_never_written_are_zeros() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let fence = Fence::new(1, 0);
        assert_eq!(
            fills(depot, &database, fence, &[1, 2]).unwrap(),
            [None, None]
        );
        commit(depot, &database, fence, vec![page(3, 3)], 4).unwrap();
        assert_eq!(
            fills(
                depot,
                &database,
                Fence::new(1, 1),
                &[5, 4, 3, 3, 1, u32::MAX]
            )
            .unwrap(),
            [None, Some(0), Some(3), Some(3), Some(0), None]
        );
        let none = depot
            .pages(&database, Fence::new(1, 1), vec![])
            .wait()
            .unwrap();
        assert_eq!((none.head, none.size, none.pages.len()), (1, 4, 0));
    });
}

#[test]
fn a_commit_without_pages_changes_the_size_or_the_head_alone() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        commit(depot, &database, Fence::new(1, 0), vec![], 0).unwrap();
        commit(depot, &database, Fence::new(1, 1), vec![], 2).unwrap();
        let head = depot.head(&database).wait().unwrap();
        assert_eq!((head.txid, head.size), (2, 2));
        let fence = Fence::new(1, 2);
        assert_eq!(
            fills(depot, &database, fence, &[1, 2, 3]).unwrap(),
            [Some(0), Some(0), None]
        );
    });
}

#[test]
fn what_a_truncation_cut_off_never_comes_back() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let pages = (1..=9).map(|number| page(number, 9)).collect();
        commit(depot, &database, Fence::new(1, 0), pages, 9).unwrap();
        commit(depot, &database, Fence::new(1, 1), vec![page(2, 2)], 3).unwrap();
        let fence = Fence::new(1, 2);
        assert_eq!(
            fills(depot, &database, fence, &[2, 3, 4]).unwrap(),
            [Some(2), Some(9), None]
        );
        commit(depot, &database, fence, vec![page(5, 5)], 9).unwrap();
        assert_eq!(
            fills(depot, &database, Fence::new(1, 3), &[3, 4, 5, 6, 9]).unwrap(),
            [Some(9), Some(0), Some(5), Some(0), Some(0)]
        );
    });
}

/// More pages than one transaction removes.
const MANY: u32 = 1300;

fn fill_many(depot: &depot::Depot, database: &depot::DatabaseId) -> u64 {
    let mut head = 0;
    for first in (1..=MANY).step_by(300) {
        let last = MANY.min(first + 299);
        let pages = (first..=last).map(|number| page(number, 9)).collect();
        commit(depot, database, Fence::new(1, head), pages, last).unwrap();
        head += 1;
    }
    head
}

#[test]
fn a_large_truncation_is_swept_in_the_background_and_never_comes_back() {
    for swept in [true, false] {
        on_every_engine(|depot| {
            let database = id("a");
            allocate(depot, &database);
            let head = fill_many(depot, &database);
            commit(depot, &database, Fence::new(1, head), vec![], 2).unwrap();
            if swept {
                assert!(depot.sweep().wait().unwrap(), "expected something to sweep");
                sweep_all(depot);
            }
            let fence = Fence::new(1, head + 1);
            assert_eq!(
                fills(depot, &database, fence, &[2, 3]).unwrap(),
                [Some(9), None]
            );
            // In two steps, the second into what may be there still.
            commit(depot, &database, fence, vec![page(4, 4)], 5).unwrap();
            commit(depot, &database, Fence::new(1, head + 2), vec![], MANY).unwrap();
            assert_eq!(
                fills(
                    depot,
                    &database,
                    Fence::new(1, head + 3),
                    &[2, 3, 4, 5, 6, MANY]
                )
                .unwrap(),
                [Some(9), Some(0), Some(4), Some(0), Some(0), Some(0)]
            );
            sweep_all(depot);
            assert_eq!(
                fills(depot, &database, Fence::new(1, head + 3), &[2, 4, MANY]).unwrap(),
                [Some(9), Some(4), Some(0)]
            );
        });
    }
}

#[test]
fn truncating_again_before_the_first_tail_was_swept_forgets_nothing() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let head = fill_many(depot, &database);
        commit(depot, &database, Fence::new(1, head), vec![], 1200).unwrap();
        commit(depot, &database, Fence::new(1, head + 1), vec![], 1190).unwrap();
        commit(depot, &database, Fence::new(1, head + 2), vec![], MANY).unwrap();
        let fence = Fence::new(1, head + 3);
        assert_eq!(
            fills(depot, &database, fence, &[1190, 1191, 1200, 1201, MANY]).unwrap(),
            [Some(9), Some(0), Some(0), Some(0), Some(0)]
        );
    });
}

#[test]
fn rejects_a_commit_of_pages_that_no_database_can_have() {
    let short = DirtyPage {
        number: 1,
        octets: Bytes::from_static(b"short"),
    };
    let cases = [
        (vec![page(0, 1)], 1, 0, InvalidPage::Zero),
        (vec![short], 1, 1, InvalidPage::Length { actual: 5 }),
        (vec![page(1, 1), page(1, 2)], 1, 1, InvalidPage::Duplicate),
        (
            vec![page(1, 1), page(3, 1)],
            2,
            3,
            InvalidPage::BeyondSize { size: 2 },
        ),
    ];
    for (pages, size, number, reason) in cases {
        let error = Commit::new(pages, size, 0).unwrap_err();
        assert_eq!(error, Error::InvalidPage { number, reason });
        assert_eq!(error.code(), "invalid_page");
    }
}

#[test]
fn rejects_a_read_of_page_zero() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let error = fills(depot, &database, Fence::new(1, 0), &[1, 0]).unwrap_err();
        assert_eq!(error.code(), "invalid_page");
    });
}

#[test]
fn a_commit_of_as_many_pages_as_allowed_is_applied_and_one_more_is_refused() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let pages: Vec<_> = (1..=321).map(|number| page(number, 1)).collect();
        let error = commit(depot, &database, Fence::new(1, 0), pages.clone(), 321).unwrap_err();
        assert_eq!(error.code(), "commit_too_large");
        let most = pages[..320].to_vec();
        assert_eq!(
            commit(depot, &database, Fence::new(1, 0), most, 321)
                .unwrap()
                .head,
            1
        );
    });
}

#[test]
fn a_database_of_the_allowed_size_is_fine_and_a_page_more_is_refused() {
    let config = Config {
        limits: Limits {
            database_bytes: 4 * 4096,
            ..Limits::default()
        },
        ..manual()
    };
    with_config(&config, |depot| {
        let database = id("a");
        allocate(depot, &database);
        commit(depot, &database, Fence::new(1, 0), vec![page(4, 1)], 4).unwrap();
        let error = commit(depot, &database, Fence::new(1, 1), vec![], 5).unwrap_err();
        let quota = Error::QuotaExceeded {
            actual_size_bytes: 5 * 4096,
            max_size_bytes: 4 * 4096,
        };
        assert_eq!(error, quota);
        assert_eq!(depot.head(&database).wait().unwrap().txid, 1);
    });
}

#[test]
fn databases_share_no_pages() {
    on_every_engine(|depot| {
        for (fill, name) in [(1, "a"), (2, "b"), (3, "ab")] {
            allocate(depot, &id(name));
            commit(depot, &id(name), Fence::new(1, 0), vec![page(1, fill)], 1).unwrap();
        }
        for (fill, name) in [(1, "a"), (2, "b"), (3, "ab")] {
            let found = fills(depot, &id(name), Fence::new(1, 1), &[1, 2]).unwrap();
            assert_eq!(found, [Some(fill), None]);
        }
    });
}

#[test]
fn the_head_carries_the_time_of_the_last_commit() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        assert_eq!(depot.head(&database).wait().unwrap().time_ms, 0);
        let commit = commit_of(vec![], 0);
        let time_ms = commit.time_ms();
        depot
            .commit(&database, Fence::new(1, 0), commit)
            .wait()
            .unwrap();
        assert_eq!(depot.head(&database).wait().unwrap().time_ms, time_ms);
    });
}
