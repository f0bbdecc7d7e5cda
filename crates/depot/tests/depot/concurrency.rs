//! Many threads, and tasks.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use depot::{Config, Depot, Error, Fence, Takeover};

use crate::common::{Folder, allocate, commit, fills, id, on_every_engine, page, with_config};

const THREADS: u8 = 8;

/// The head at which writing ends.
const LAST: u64 = 200;

/// Runs `work` on threads that start together, and hands back what they return.
fn together<T: Send>(work: impl Fn(u8) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(usize::from(THREADS));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    start.wait();
                    work(number)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn of_many_commits_on_the_same_head_exactly_one_wins() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        for head in 0..20 {
            let results = together(|number| {
                let pages = vec![page(1, number), page(2, number)];
                commit(depot, &database, Fence::new(1, head), pages, 2)
            });
            let won: Vec<_> = (0..THREADS)
                .filter(|number| results[usize::from(*number)].is_ok())
                .collect();
            let [winner] = won[..] else {
                panic!("expected one winner, but found {won:?}");
            };
            for result in results {
                let (expected, actual) = (head, head + 1);
                match result {
                    Ok(committed) => assert_eq!(committed.head, head + 1),
                    Err(error) => {
                        assert_eq!(error, Error::HeadFenceMismatch { expected, actual });
                    }
                }
            }
            let found = fills(depot, &database, Fence::new(1, head + 1), &[1, 2]).unwrap();
            assert_eq!(found, [Some(winner); 2]);
        }
    });
}

#[test]
fn of_many_starts_exactly_one_allocates_and_all_others_yield_to_it() {
    on_every_engine(|depot| {
        let database = id("a");
        for seen in 0..20 {
            let takeovers = together(|_| {
                depot
                    .take_over(&database, seen, |_, _| Ok::<_, Error>(()))
                    .wait()
                    .unwrap()
            });
            let yielded = Takeover::Yielded { to: seen + 1 };
            let losers = takeovers
                .iter()
                .filter(|takeover| **takeover == yielded)
                .count();
            assert_eq!(losers, usize::from(THREADS) - 1);
        }
    });
}

#[test]
fn a_reader_never_sees_pages_of_two_heads() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        commit(
            depot,
            &database,
            Fence::new(1, 0),
            (1..=8).map(|number| page(number, 1)).collect(),
            8,
        )
        .unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                for head in 1..LAST {
                    let fill = u8::try_from(head + 1).unwrap();
                    let pages = (1..=8).map(|number| page(number, fill)).collect();
                    commit(depot, &database, Fence::new(1, head), pages, 8).unwrap();
                }
            });
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let numbers = (1..=8).collect();
                        let pages = depot
                            .pages(&database, Fence::without_head(1), numbers)
                            .wait()
                            .unwrap();
                        for page in pages.pages {
                            assert_eq!(u64::from(page.octets.unwrap()[0]), pages.head);
                        }
                        if pages.head == LAST {
                            break;
                        }
                    }
                });
            }
        });
    });
}

#[test]
fn transactions_that_add_up_lose_nothing() {
    on_every_engine(|depot| {
        together(|_| {
            for _ in 0..50 {
                let add = depot.transaction::<_, Error>(|transaction| {
                    let count = transaction.view().row(b"count")?;
                    let count =
                        count.map_or(0, |count| u64::from_be_bytes((&*count).try_into().unwrap()));
                    transaction.put_row(b"count", (count + 1).to_be_bytes().to_vec())
                });
                add.wait().unwrap();
            }
        });
        let count = depot
            .view::<_, Error>(|view| view.row(b"count"))
            .wait()
            .unwrap();
        let expected = u64::from(THREADS) * 50;
        assert_eq!(&count.unwrap()[..], &expected.to_be_bytes());
    });
}

#[test]
fn everything_can_be_awaited_on_any_runtime() {
    on_every_engine(|depot| {
        futures_executor::block_on(async {
            let database = id("a");
            let allocation = depot
                .allocate(&database, |_, _| Ok::<_, Error>(()))
                .await
                .unwrap();
            let fence = Fence::new(allocation.generation, 0);
            let commit = crate::common::commit_of(vec![page(1, 1)], 1);
            assert_eq!(
                depot.commit(&database, fence, commit).await.unwrap().head,
                1
            );
            let pages = depot
                .pages(&database, Fence::new(1, 1), vec![1])
                .await
                .unwrap();
            assert_eq!(pages.pages[0].octets.as_ref().unwrap()[0], 1);
            let panicked = depot.view::<(), Error>(|_| panic!("on purpose")).await;
            assert_eq!(panicked.unwrap_err().code(), "transaction_panicked");
        });
    });
}

/// How long something that happens by itself may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "it never came to be");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_background_sweeps_what_was_destroyed() {
    with_config(&Config::default(), |depot| {
        let database = id("a");
        allocate(depot, &database);
        let pages = (1..=9).map(|number| page(number, 1)).collect();
        commit(depot, &database, Fence::new(1, 0), pages, 9).unwrap();
        let before = depot.statistics().groups;
        depot.destroy(&database).wait().unwrap();
        // The destruction, and the sweep that nobody here asked for.
        wait_until(|| depot.statistics().groups >= before + 2);
        assert!(
            !depot.sweep().wait().unwrap(),
            "expected nothing to be left"
        );
        depot.close();
    });
}

#[test]
fn the_last_handle_may_be_dropped_by_work_of_its_own() {
    let folder = Folder::new();
    for from_a_read in [false, true] {
        let depot = Depot::open(folder.path(), Config::default()).unwrap();
        let last = depot.clone();
        if from_a_read {
            let read = depot.view::<_, Error>(move |_| {
                drop(last);
                Ok(())
            });
            drop(depot);
            futures_executor::block_on(read).unwrap();
        } else {
            let pending = depot.transaction::<_, Error>(move |_| {
                let _ = &last;
                Ok(())
            });
            drop(depot);
            pending.wait().unwrap();
        }
        // Nobody is left to close it, and yet it is free in the end.
        wait_until(|| Depot::open(folder.path(), Config::default()).is_ok());
    }
}
