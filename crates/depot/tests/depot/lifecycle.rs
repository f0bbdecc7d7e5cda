//! Allocation, release, takeover, destruction, closing.

use depot::{DatabaseId, Error, Fence, Takeover};

use crate::common::{allocate, commit, fills, id, on_every_engine, page, sweep_all};

fn not_found(database: &DatabaseId) -> Error {
    Error::DatabaseNotFound {
        database: database.clone(),
    }
}

#[test]
fn generations_count_from_one_and_take_the_database_over() {
    on_every_engine(|depot| {
        let database = id("a");
        let first = allocate(depot, &database);
        assert_eq!((first.generation, first.head, first.size), (1, 0, 0));
        commit(depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
        let second = allocate(depot, &database);
        assert_eq!((second.generation, second.head, second.size), (2, 1, 1));
        let head = depot.head(&database).wait().unwrap();
        assert_eq!((head.generation, head.last_generation), (Some(2), 2));
    });
}

#[test]
fn a_database_that_was_never_allocated_is_not_found() {
    on_every_engine(|depot| {
        let database = id("nobody");
        let error = not_found(&database);
        assert_eq!(error.code(), "database_not_found");
        assert_eq!(depot.head(&database).wait().unwrap_err(), error);
        assert_eq!(
            fills(depot, &database, Fence::without_head(1), &[1]).unwrap_err(),
            error
        );
        let refused = commit(depot, &database, Fence::new(1, 0), vec![], 0).unwrap_err();
        assert_eq!(refused, error);
        assert_eq!(depot.release(&database, 1).wait().unwrap_err(), error);
        assert_eq!(depot.destroy(&database).wait().unwrap_err(), error);
    });
}

#[test]
fn the_callers_record_is_written_with_the_allocation_or_neither() {
    on_every_engine(|depot| {
        let database = id("a");
        let refused = depot.allocate(&database, |transaction, _| {
            transaction.put_row(b"a", "written")?;
            Err(Error::Storage("changed my mind".to_owned()))
        });
        assert_eq!(refused.wait().unwrap_err().code(), "storage_failed");
        assert_eq!(
            depot.head(&database).wait().unwrap_err(),
            not_found(&database)
        );
        let absent = depot
            .view::<_, Error>(|view| view.row(b"a"))
            .wait()
            .unwrap();
        assert_eq!(absent, None);

        let allocation = depot
            .allocate(&database, |transaction, allocation| {
                transaction.put_row(b"a", format!("generation {}", allocation.generation))
            })
            .wait()
            .unwrap();
        assert_eq!(allocation.generation, 1);
        let row = depot
            .view::<_, Error>(|view| view.row(b"a"))
            .wait()
            .unwrap();
        assert_eq!(row.unwrap(), "generation 1");
    });
}

#[test]
fn a_released_generation_reads_and_writes_nothing_until_the_next_one() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        commit(depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
        depot.release(&database, 1).wait().unwrap();
        depot.release(&database, 1).wait().unwrap();
        let mismatch = Error::GenerationMismatch {
            expected: 1,
            actual: None,
        };
        assert_eq!(
            fills(depot, &database, Fence::new(1, 1), &[1]).unwrap_err(),
            mismatch
        );
        let refused = commit(depot, &database, Fence::new(1, 1), vec![], 0).unwrap_err();
        assert_eq!(refused, mismatch);
        assert_eq!(allocate(depot, &database).generation, 2);
        assert_eq!(
            fills(depot, &database, Fence::new(2, 1), &[1]).unwrap(),
            [Some(1)]
        );
    });
}

#[test]
fn a_stale_generation_cannot_release_the_active_one() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        allocate(depot, &database);
        let mismatch = Error::GenerationMismatch {
            expected: 1,
            actual: Some(2),
        };
        assert_eq!(depot.release(&database, 1).wait().unwrap_err(), mismatch);
        assert!(fills(depot, &database, Fence::new(2, 0), &[]).is_ok());
    });
}

#[test]
fn of_two_starts_that_saw_the_same_one_allocates_and_the_other_yields_to_it() {
    on_every_engine(|depot| {
        let database = id("a");
        for seen in 0..3 {
            let record = |name: &'static str| {
                move |transaction: &mut depot::Transaction<'_>, allocation: depot::Allocation| {
                    let key = allocation.generation.to_be_bytes();
                    transaction.put_row(&key, name)
                }
            };
            let first = depot.take_over::<Error>(&database, seen, record("first"));
            let second = depot.take_over::<Error>(&database, seen, record("second"));
            let Takeover::Allocated(allocation) = first.wait().unwrap() else {
                panic!("expected the first to win");
            };
            assert_eq!(allocation.generation, seen + 1);
            assert_eq!(second.wait().unwrap(), Takeover::Yielded { to: seen + 1 });
            let key = (seen + 1).to_be_bytes();
            let row = depot
                .view::<_, Error>(move |view| view.row(&key))
                .wait()
                .unwrap();
            assert_eq!(row.unwrap(), "first", "who yields writes nothing");
        }
    });
}

#[test]
fn a_destroyed_database_is_not_found_and_its_generations_never_come_again() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        allocate(depot, &database);
        let pages = (1..=9).map(|number| page(number, 9)).collect();
        commit(depot, &database, Fence::new(2, 0), pages, 9).unwrap();
        depot.destroy(&database).wait().unwrap();

        let error = not_found(&database);
        assert_eq!(
            fills(depot, &database, Fence::new(2, 1), &[1]).unwrap_err(),
            error
        );
        assert_eq!(depot.head(&database).wait().unwrap_err(), error);
        assert_eq!(depot.destroy(&database).wait().unwrap_err(), error);

        let next = allocate(depot, &database);
        assert_eq!((next.generation, next.head, next.size), (3, 0, 0));
        commit(depot, &database, Fence::new(3, 0), vec![page(2, 2)], 9).unwrap();
        let fence = Fence::new(3, 1);
        let numbers = [1, 2, 9];
        let found = [Some(0), Some(2), Some(0)];
        assert_eq!(fills(depot, &database, fence, &numbers).unwrap(), found);
        // The sweep takes the pages of the first life, and only those.
        sweep_all(depot);
        assert_eq!(fills(depot, &database, fence, &numbers).unwrap(), found);
    });
}

#[test]
fn a_sweep_of_nothing_says_so() {
    on_every_engine(|depot| {
        assert!(!depot.sweep().wait().unwrap());
        allocate(depot, &id("a"));
        depot.destroy(&id("a")).wait().unwrap();
        assert!(depot.sweep().wait().unwrap());
        assert!(!depot.sweep().wait().unwrap());
    });
}

#[test]
fn a_closed_depot_refuses_everything_for_every_clone() {
    on_every_engine(|depot| {
        let database = id("a");
        allocate(depot, &database);
        let clone = depot.clone();
        depot.close();
        depot.close();
        assert_eq!(clone.head(&database).wait().unwrap_err(), Error::Closed);
        assert_eq!(
            clone.release(&database, 1).wait().unwrap_err(),
            Error::Closed
        );
        assert_eq!(Error::Closed.code(), "closed");
    });
}

#[test]
fn a_panic_in_a_transaction_is_its_error_and_nobody_elses() {
    on_every_engine(|depot| {
        let database = id("a");
        let failed = depot.transaction::<(), Error>(|transaction| {
            transaction.put_row(b"a", "half")?;
            panic!("on purpose");
        });
        let error = failed.wait().unwrap_err();
        assert_eq!(error, Error::TransactionPanicked("on purpose".to_owned()));
        let row = depot
            .view::<_, Error>(|view| view.row(b"a"))
            .wait()
            .unwrap();
        assert_eq!(row, None);
        assert_eq!(allocate(depot, &database).generation, 1);
    });
}

#[test]
fn rejects_ids_that_no_database_can_have() {
    for id in [String::new(), "x".repeat(256)] {
        let error = DatabaseId::new(&id).unwrap_err();
        assert_eq!(error, Error::InvalidDatabaseId { length: id.len() });
    }
    assert_eq!(
        DatabaseId::new("x".repeat(255)).unwrap().as_str().len(),
        255
    );
}
