//! Copies of a depot that goes on.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use depot::engine::{
    Engine, EngineError, KeyRange, Read, Residence, Snapshot, Space, Statistics, Unit, VisitPage,
    VisitRow, Volume,
};
use depot::{Depot, Error, Fence, MemoryEngine, Order};

use crate::common::{Folder, allocate, commit, fills, id, manual, names, on_every_engine, page};

#[test]
fn a_backup_is_one_moment_of_a_depot_that_goes_on() {
    on_every_engine(|depot| {
        let folder = Folder::new();
        let target = folder.path().join("backup");
        for name in ["a", "b"] {
            allocate(depot, &id(name));
            let pages = (1..=100).map(|number| page(number, 1)).collect();
            commit(depot, &id(name), Fence::new(1, 0), pages, 100).unwrap();
        }
        let put = depot.transaction::<_, Error>(|transaction| transaction.put_row(b"k", "v"));
        put.wait().unwrap();

        // Both databases move in each transaction, so that a copy of two moments shows.
        let writer = depot.clone();
        let load = std::thread::spawn(move || {
            for head in 1..40 {
                let both = writer.transaction::<_, Error>(move |transaction| {
                    for name in ["a", "b"] {
                        let fill = u8::try_from(head + 1).unwrap();
                        let commit = crate::common::commit_of(vec![page(50, fill)], 100);
                        transaction.commit(&id(name), Fence::new(1, head), &commit)?;
                    }
                    Ok(())
                });
                both.wait().unwrap();
            }
        });
        depot.backup(&target).wait().unwrap();
        load.join().unwrap();

        let copy = Depot::open(&target, manual()).unwrap();
        let head = copy.head(&id("a")).wait().unwrap().txid;
        assert!((1..=40).contains(&head));
        for name in ["a", "b"] {
            let fill = u8::try_from(head).unwrap();
            let found = fills(&copy, &id(name), Fence::new(1, head), &[1, 50, 100, 101]);
            assert_eq!(found.unwrap(), [Some(1), Some(fill), Some(1), None]);
        }
        let rows = copy.view::<_, Error>(|view| {
            use std::ops::Bound::Unbounded;
            view.rows((Unbounded, Unbounded), Order::Ascending, 9)
        });
        let rows = rows.wait().unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (&rows[0].key[..], &rows[0].value[..]),
            (&b"k"[..], &b"v"[..])
        );
        // A copy is a depot like any other.
        commit(&copy, &id("a"), Fence::new(1, head), vec![], 0).unwrap();
    });
}

#[test]
fn a_backup_takes_the_place_of_nothing_and_of_what_an_interrupted_one_left() {
    let folder = Folder::new();
    let depot = Depot::in_memory();
    allocate(&depot, &id("a"));
    let target = folder.path().join("backup");

    fs::create_dir(&target).unwrap();
    let error = depot.backup(&target).wait().unwrap_err();
    assert_eq!(error.code(), "storage_failed");
    fs::remove_dir(&target).unwrap();

    let partial = folder.path().join("backup.partial");
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("store.redb.new"), "half").unwrap();
    depot.backup(&target).wait().unwrap();
    assert!(!partial.exists());
    let copy = Depot::open(&target, manual()).unwrap();
    assert_eq!(allocate(&copy, &id("a")).generation, 2);
}

#[test]
fn of_two_backups_to_one_place_one_is_made_and_it_is_whole() {
    let folder = Folder::new();
    let depot = Depot::in_memory();
    allocate(&depot, &id("a"));
    let pages = (1..=50).map(|number| page(number, 7)).collect();
    commit(&depot, &id("a"), Fence::new(1, 0), pages, 50).unwrap();
    let target = folder.path().join("backup");
    for _ in 0..20 {
        let made = std::thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| depot.backup(&target).wait()));
            both.map(|backup| backup.join().unwrap())
        });
        assert_eq!(made.iter().flatten().count(), 1, "{made:?}");
        let copy = Depot::open(&target, manual()).unwrap();
        let found = fills(&copy, &id("a"), Fence::new(1, 1), &[1, 50]);
        assert_eq!(found.unwrap(), [Some(7), Some(7)]);
        copy.close();
        drop(copy);
        for left in [&target, &folder.path().join("backup.partial")] {
            // Whoever lost may have begun.
            if left.exists() {
                fs::remove_dir_all(left).unwrap();
            }
        }
    }
}

/// Called while a copy is made; an error ends it.
type During = Box<dyn FnMut() -> Result<(), EngineError> + Send>;

/// An engine whose copies meet something on their way.
struct Met {
    engine: MemoryEngine,
    during: Arc<Mutex<During>>,
}

struct MetSnapshot<'a> {
    snapshot: Box<dyn Snapshot + 'a>,
    during: Arc<Mutex<During>>,
}

impl Engine for Met {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        Ok(Box::new(MetSnapshot {
            snapshot: self.engine.snapshot()?,
            during: Arc::clone(&self.during),
        }))
    }

    fn submit(&self, unit: Box<dyn Unit>) {
        self.engine.submit(unit);
    }

    fn residence(&self) -> Residence {
        self.engine.residence()
    }

    fn statistics(&self) -> Statistics {
        self.engine.statistics()
    }

    fn close(&self) {
        self.engine.close();
    }
}

impl Read for MetSnapshot<'_> {
    fn row(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        self.snapshot.row(space, key)
    }

    fn rows(
        &self,
        space: Space,
        range: KeyRange<'_>,
        order: Order,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), EngineError> {
        self.snapshot.rows(space, range, order, visit)
    }

    fn pages(
        &self,
        volume: Volume,
        numbers: &[u32],
        found: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), EngineError> {
        self.snapshot.pages(volume, numbers, found)
    }

    fn page_numbers(
        &self,
        volume: Volume,
        range: RangeInclusive<u32>,
        limit: usize,
    ) -> Result<Vec<u32>, EngineError> {
        self.snapshot.page_numbers(volume, range, limit)
    }
}

impl Snapshot for MetSnapshot<'_> {
    fn all_pages(&self, visit: &mut VisitPage<'_>) -> Result<(), EngineError> {
        self.snapshot.all_pages(visit)?;
        (self.during.lock().unwrap())()
    }
}

/// A depot with a page, whose copies meet `during` before they are whole.
fn met(during: impl FnMut() -> Result<(), EngineError> + Send + 'static) -> Depot {
    let engine = Met {
        engine: MemoryEngine::new(),
        during: Arc::new(Mutex::new(Box::new(during))),
    };
    let depot = Depot::new(engine, manual());
    allocate(&depot, &id("a"));
    commit(&depot, &id("a"), Fence::new(1, 0), vec![page(1, 7)], 1).unwrap();
    depot
}

fn target(folder: &Folder) -> (PathBuf, PathBuf) {
    let [target, partial] = ["backup", "backup.partial"].map(|name| folder.path().join(name));
    (target, partial)
}

/// Copies to `target`, and looks whether it is a depot that has the page.
fn makes(depot: &Depot, target: &Path) {
    depot.backup(target).wait().unwrap();
    let copy = Depot::open(target, manual()).unwrap();
    let found = fills(&copy, &id("a"), Fence::new(1, 1), &[1]);
    assert_eq!(found.unwrap(), [Some(7)]);
}

#[test]
fn a_backup_that_fails_leaves_nothing_and_a_later_one_is_made() {
    let folder = Folder::new();
    let (target, _) = target(&folder);
    let full = || EngineError::Full("by a test".to_owned());
    let mut fails = [Err(full()), Ok(())].into_iter();
    let depot = met(move || fails.next().unwrap());
    let error = depot.backup(&target).wait().unwrap_err();
    assert_eq!(error, Error::from(full()));
    assert_eq!(names(folder.path()), [""; 0]);
    makes(&depot, &target);
    assert_eq!(names(folder.path()), ["backup"]);
}

#[test]
fn a_backup_whose_place_is_taken_meanwhile_leaves_what_is_there_and_nothing_else() {
    let folder = Folder::new();
    let (target, _) = target(&folder);
    let taken = target.clone();
    let depot = met(move || {
        fs::create_dir_all(&taken).unwrap();
        Ok(())
    });
    let error = depot.backup(&target).wait().unwrap_err();
    assert!(error.to_string().contains("expected nothing"), "{error}");
    assert_eq!(names(folder.path()), ["backup"]);
    assert_eq!(names(&target), [""; 0]);
}

#[test]
fn a_backup_that_fails_and_cannot_remove_what_it_made_says_where_that_is() {
    let folder = Folder::new();
    let (target, partial) = target(&folder);
    let notes = partial.join("notes.txt");
    let put = notes.clone();
    let mut fails = [Err(EngineError::Full("by a test".to_owned())), Ok(())].into_iter();
    let depot = met(move || {
        fails.next().unwrap().inspect_err(|_| {
            // So that the folder is not empty.
            fs::write(&put, "mine").unwrap();
        })
    });
    let error = depot.backup(&target).wait().unwrap_err();
    assert_eq!(error.code(), "storage_full");
    let text = error.to_string();
    assert!(text.contains("by a test"), "{text}");
    assert!(text.contains(&partial.display().to_string()), "{text}");
    assert_eq!(names(&partial), ["notes.txt"]);

    let error = depot.backup(&target).wait().unwrap_err();
    assert!(
        error.to_string().contains(&notes.display().to_string()),
        "{error}"
    );
    assert_eq!(fs::read(&notes).unwrap(), b"mine");
    fs::remove_file(&notes).unwrap();
    makes(&depot, &target);
}

#[test]
fn a_backup_takes_the_place_of_a_whole_copy_that_never_got_its_name() {
    let folder = Folder::new();
    let (target, partial) = target(&folder);
    let other = Depot::open(&partial, manual()).unwrap();
    allocate(&other, &id("b"));
    other.close();
    let depot = met(|| Ok(()));
    makes(&depot, &target);
    let copy = Depot::open(&target, manual()).unwrap();
    let none = copy.head(&id("b")).wait().unwrap_err();
    assert_eq!(none.code(), "database_not_found");
}
