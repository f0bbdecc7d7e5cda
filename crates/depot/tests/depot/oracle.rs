//! Random operations, on every engine and on a model that is too simple to be wrong.

use std::collections::BTreeMap;
use std::ops::Bound;

use depot::fault::PlayedDisk;
use depot::{Depot, DirtyPage, Error, Fence, Order, Takeover};
use proptest::prelude::*;

use crate::common::{allocate, commit_of, fills, id, manual, on_every_engine, open_on, page};

const NAMES: [&str; 3] = ["a", "b", "c"];
const SIZE: u32 = 12;

/// What somebody does.
#[derive(Debug, Clone)]
enum Operation {
    Allocate(usize),
    TakeOver(usize, u64),
    Release(usize, u64),
    Destroy(usize),
    Commit(usize, Fence, Vec<(u32, u8)>, u32),
    Read(usize, Fence),
    Put(u8, u8),
    Delete(u8),
    Scan(u8, u8, Order),
    Sweep,
}

fn operation() -> impl Strategy<Value = Operation> {
    let database = 0..NAMES.len();
    // Small numbers meet what there is often, and miss it as often.
    let fence = || {
        (1..4_u64, proptest::option::of(0..6_u64))
            .prop_map(|(generation, head)| Fence { generation, head })
    };
    let pages = proptest::collection::btree_map(1..=SIZE, 1..=255_u8, 0..5);
    prop_oneof![
        1 => database.clone().prop_map(Operation::Allocate),
        1 => (database.clone(), 0..4_u64).prop_map(|(at, seen)| Operation::TakeOver(at, seen)),
        1 => (database.clone(), 1..4_u64).prop_map(|(at, generation)| Operation::Release(at, generation)),
        1 => database.clone().prop_map(Operation::Destroy),
        9 => (database.clone(), fence(), pages, 0..=SIZE).prop_map(|(at, fence, pages, size)| {
            let pages = pages.into_iter().filter(|(number, _)| *number <= size).collect();
            Operation::Commit(at, fence, pages, size)
        }),
        4 => (database, fence()).prop_map(|(at, fence)| Operation::Read(at, fence)),
        2 => (0..8_u8, any::<u8>()).prop_map(|(key, value)| Operation::Put(key, value)),
        1 => (0..8_u8).prop_map(Operation::Delete),
        1 => (0..8_u8, 0..8_u8, any::<bool>()).prop_map(|(start, end, up)| {
            Operation::Scan(start, end, if up { Order::Ascending } else { Order::Descending })
        }),
        1 => Just(Operation::Sweep),
    ]
}

/// A database as the text of the specification has it.
#[derive(Default)]
struct Database {
    generation: u64,
    active: bool,
    exists: bool,
    head: u64,
    pages: Vec<u8>,
    last: Option<Last>,
}

/// Generation, pages and size of a commit.
type Last = (u64, Vec<(u32, u8)>, u32);

#[derive(Default)]
struct Model {
    databases: [Database; NAMES.len()],
    rows: BTreeMap<u8, u8>,
}

impl Database {
    fn check(&self, at: usize, fence: Fence) -> Result<(), Error> {
        if !self.exists {
            return Err(Error::DatabaseNotFound {
                database: id(NAMES[at]),
            });
        }
        let actual = self.active.then_some(self.generation);
        if actual != Some(fence.generation) {
            let expected = fence.generation;
            return Err(Error::GenerationMismatch { expected, actual });
        }
        Ok(())
    }

    fn check_head(&self, fence: Fence) -> Result<(), Error> {
        match fence.head {
            Some(expected) if expected != self.head => Err(Error::HeadFenceMismatch {
                expected,
                actual: self.head,
            }),
            _ => Ok(()),
        }
    }

    fn allocate(&mut self) -> u64 {
        let generation = self.generation + 1;
        if !self.exists {
            *self = Self::default();
        }
        self.exists = true;
        self.active = true;
        self.generation = generation;
        generation
    }
}

/// Does it in both, and compares the answers.
fn apply(depot: &Depot, model: &mut Model, operation: &Operation) {
    match operation.clone() {
        Operation::Allocate(at) => {
            let expected = model.databases[at].allocate();
            assert_eq!(allocate(depot, &id(NAMES[at])).generation, expected);
        }
        Operation::TakeOver(at, seen) => {
            let database = &mut model.databases[at];
            let took = depot.take_over(&id(NAMES[at]), seen, |_, _| Ok::<_, Error>(()));
            match took.wait().unwrap() {
                Takeover::Yielded { to } => {
                    assert!(to > seen);
                    assert_eq!(to, database.generation);
                }
                Takeover::Allocated(allocation) => {
                    assert!(database.generation <= seen);
                    assert_eq!(allocation.generation, database.allocate());
                }
            }
        }
        Operation::Release(at, generation) => {
            let database = &mut model.databases[at];
            let released = depot.release(&id(NAMES[at]), generation).wait();
            if database.exists && database.generation == generation {
                released.unwrap();
                database.active = false;
            } else {
                assert!(released.is_err());
            }
        }
        Operation::Destroy(at) => {
            let database = &mut model.databases[at];
            let destroyed = depot.destroy(&id(NAMES[at])).wait();
            assert_eq!(destroyed.is_ok(), database.exists);
            *database = Database {
                generation: database.generation,
                ..Database::default()
            };
        }
        Operation::Commit(at, fence, pages, size) => commit(depot, model, at, fence, &pages, size),
        Operation::Read(at, fence) => {
            let database = &model.databases[at];
            let numbers: Vec<u32> = (1..=SIZE + 1).collect();
            let expected = database
                .check(at, fence)
                .and_then(|()| database.check_head(fence))
                .map(|()| {
                    let pages = database.pages.iter().copied().map(Some);
                    pages
                        .chain(std::iter::repeat(None))
                        .take(numbers.len())
                        .collect::<Vec<_>>()
                });
            assert_eq!(fills(depot, &id(NAMES[at]), fence, &numbers), expected);
        }
        Operation::Put(key, value) => {
            let put = depot.transaction::<_, Error>(move |transaction| {
                transaction.put_row(&[key], vec![value])
            });
            put.wait().unwrap();
            model.rows.insert(key, value);
        }
        Operation::Delete(key) => {
            let delete = depot.transaction::<_, Error>(move |transaction| {
                transaction.delete_row(&[key]);
                Ok(())
            });
            delete.wait().unwrap();
            model.rows.remove(&key);
        }
        Operation::Scan(start, end, order) => {
            let scanned = depot.view::<_, Error>(move |view| {
                view.rows(
                    (Bound::Included(&[start]), Bound::Excluded(&[end])),
                    order,
                    usize::MAX,
                )
            });
            let scanned = scanned.wait().unwrap();
            let mut expected: Vec<_> = model
                .rows
                .iter()
                .filter(|(key, _)| (start..end).contains(*key))
                .map(|(key, value)| (vec![*key], vec![*value]))
                .collect();
            if order == Order::Descending {
                expected.reverse();
            }
            let scanned: Vec<_> = scanned
                .iter()
                .map(|row| (row.key.to_vec(), row.value.to_vec()))
                .collect();
            assert_eq!(scanned, expected);
        }
        Operation::Sweep => {
            depot.sweep().wait().unwrap();
        }
    }
}

fn commit(
    depot: &Depot,
    model: &mut Model,
    at: usize,
    fence: Fence,
    pages: &[(u32, u8)],
    size: u32,
) {
    let database = &mut model.databases[at];
    let dirty: Vec<DirtyPage> = pages
        .iter()
        .map(|(number, fill)| page(*number, *fill))
        .collect();
    let committed = depot
        .commit(&id(NAMES[at]), fence, commit_of(dirty, size))
        .wait();
    let this = Some((fence.generation, pages.to_vec(), size));
    let expected = database
        .check(at, fence)
        .and_then(|()| match database.check_head(fence) {
            Err(_)
                if fence.head.map(|head| head + 1) == Some(database.head)
                    && database.last == this =>
            {
                Ok(())
            }
            Err(error) => Err(error),
            Ok(()) => {
                database.pages.resize(size as usize, 0);
                for (number, fill) in pages {
                    database.pages[*number as usize - 1] = *fill;
                }
                database.head += 1;
                database.last = this;
                Ok(())
            }
        });
    assert_eq!(
        committed.map(|committed| committed.head),
        expected.map(|()| database.head)
    );
}

fn check_all(depot: &Depot, model: &Model) {
    for (at, database) in model.databases.iter().enumerate() {
        if let Ok(head) = depot.head(&id(NAMES[at])).wait() {
            assert!(database.exists);
            assert_eq!(head.txid, database.head);
            assert_eq!(head.size as usize, database.pages.len());
            assert_eq!(
                head.generation,
                database.active.then_some(database.generation)
            );
        } else {
            assert!(!database.exists);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_engine_does_what_the_model_does(operations in proptest::collection::vec(operation(), 1..60)) {
        on_every_engine(|depot| {
            let mut model = Model::default();
            for operation in &operations {
                apply(depot, &mut model, operation);
            }
            check_all(depot, &model);
        });
    }

    #[test]
    fn a_store_that_is_opened_again_goes_on_as_if_nothing_was(
        operations in proptest::collection::vec(operation(), 1..60),
        pause in 0..60_usize,
    ) {
        let disk = PlayedDisk::new();
        let mut depot = open_on(&disk, manual());
        let mut model = Model::default();
        for (number, operation) in operations.iter().enumerate() {
            if number == pause {
                depot.close();
                depot = open_on(&disk, manual());
            }
            apply(&depot, &mut model, operation);
        }
        check_all(&depot, &model);
    }
}
