//! The folder of the embedded engine: locks, formats, backups.

use std::fs;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use depot::{Depot, Error, Fence, Order};

use crate::common::{Folder, allocate, commit, fills, id, manual, on_every_engine, page};

#[test]
fn what_was_committed_is_there_after_closing_and_opening() {
    let folder = Folder::new();
    let path = folder.path().join("made/on/the/way");
    let database = id("a");
    for head in 0..3 {
        let depot = Depot::open(&path, manual()).unwrap();
        let generation = allocate(&depot, &database).generation;
        assert_eq!(generation, head + 1);
        let fence = Fence::new(generation, head);
        commit(&depot, &database, fence, vec![page(1, 7)], 1).unwrap();
        if head == 1 {
            // Not closed: the last handle does.
            drop(depot);
        } else {
            depot.close();
        }
    }
}

#[test]
fn a_store_that_is_open_is_locked_by_a_process_that_is_named() {
    let folder = Folder::new();
    let first = Depot::open(folder.path(), manual()).unwrap();
    let error = Depot::open(folder.path(), manual()).unwrap_err();
    let locked = Error::Locked {
        path: folder.path().to_owned(),
        pid: Some(std::process::id()),
    };
    assert_eq!(error, locked);
    assert_eq!(error.code(), "locked");
    let text = format!("locked by process {}", std::process::id());
    assert!(error.to_string().ends_with(&text), "{error}");
    first.close();
    Depot::open(folder.path(), manual()).unwrap();
}

#[test]
fn a_store_is_free_once_it_was_closed_though_a_read_was_given_up_on() {
    let folder = Folder::new();
    let depot = Depot::open(folder.path(), manual()).unwrap();
    let (starts, begun) = mpsc::channel();
    let (go_on, told) = mpsc::channel::<()>();
    let mut read = Box::pin(depot.view(move |view| {
        starts.send(()).unwrap();
        let _ = told.recv();
        view.row(b"").map(drop)
    }));
    let mut nobody = Context::from_waker(Waker::noop());
    assert!(read.as_mut().poll(&mut nobody).is_pending());
    begun.recv().unwrap();
    drop(read);
    let (closed, is_closed) = mpsc::channel();
    let closing = thread::spawn(move || {
        depot.close();
        closed.send(()).unwrap();
    });
    // It would have long been closed if it did not wait.
    let early = is_closed.recv_timeout(Duration::from_millis(100));
    assert_eq!(early, Err(mpsc::RecvTimeoutError::Timeout));
    drop(go_on);
    is_closed.recv().unwrap();
    Depot::open(folder.path(), manual()).unwrap();
    closing.join().unwrap();
}

#[test]
fn a_read_can_close_the_store_it_reads_from() {
    let folder = Folder::new();
    let depot = Depot::open(folder.path(), manual()).unwrap();
    let itself = depot.clone();
    let read = depot.view(move |view| {
        itself.close();
        view.row(b"").map(drop)
    });
    assert_eq!(read.wait(), Ok::<(), Error>(()));
    Depot::open(folder.path(), manual()).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_store_opens_where_there_is_no_space_to_say_who_has_it() {
    let folder = Folder::new();
    Depot::open(folder.path(), manual()).unwrap().close();
    let lock = folder.path().join("LOCK");
    fs::remove_file(&lock).unwrap();
    // A file that can be locked, and whose every write finds no space.
    std::os::unix::fs::symlink("/dev/full", &lock).unwrap();
    let depot = Depot::open(folder.path(), manual()).unwrap();
    assert_eq!(allocate(&depot, &id("a")).generation, 1);
}

#[test]
fn rejects_a_folder_with_something_else_in_it() {
    let folder = Folder::new();
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let error = Depot::open(folder.path(), manual()).unwrap_err();
    assert_eq!(error.code(), "unknown_format");
    assert!(error.to_string().contains("notes.txt"), "{error}");
    assert_eq!(fs::read(folder.path().join("notes.txt")).unwrap(), b"mine");
}

#[test]
fn rejects_a_file_that_is_no_store() {
    let folder = Folder::new();
    for content in [vec![7; 5], vec![0x55; 65536], vec![0; 65536]] {
        fs::write(folder.path().join("store.redb"), &content).unwrap();
        let error = Depot::open(folder.path(), manual()).unwrap_err();
        assert!(
            matches!(error.code(), "unknown_format" | "corrupt"),
            "{error}"
        );
        assert_eq!(fs::read(folder.path().join("store.redb")).unwrap(), content);
    }
}

#[test]
fn says_of_a_store_whose_pages_were_overwritten_that_it_is_corrupt() {
    let folder = Folder::new();
    let depot = Depot::open(folder.path(), manual()).unwrap();
    let database = id("a");
    let generation = allocate(&depot, &database).generation;
    commit(
        &depot,
        &database,
        Fence::new(generation, 0),
        vec![page(1, 7)],
        1,
    )
    .unwrap();
    depot.close();
    let store = folder.path().join("store.redb");
    let mut octets = fs::read(&store).unwrap();
    // What is behind the header, which says that all is well.
    octets[4096..].fill(0xa5);
    fs::write(&store, &octets).unwrap();
    // A second time, too: the folder is let go.
    for _ in 0..2 {
        let error = Depot::open(folder.path(), manual()).unwrap_err();
        assert_eq!(error.code(), "corrupt", "{error}");
    }
    assert_eq!(fs::read(&store).unwrap(), octets);
}

#[test]
fn rejects_a_store_of_a_format_it_does_not_know() {
    let folder = Folder::new();
    Depot::open(folder.path(), manual()).unwrap().close();
    let path = folder.path().join("store.redb");
    let meta = redb::TableDefinition::<&str, u32>::new("meta");
    {
        let database = redb::Database::open(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction
            .open_table(meta)
            .unwrap()
            .insert("format", 7)
            .unwrap();
        transaction.commit().unwrap();
    }
    let error = Depot::open(folder.path(), manual()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a store of format 3, but found format 7"
    );

    fs::remove_file(&path).unwrap();
    drop(redb::Database::create(&path).unwrap());
    let error = Depot::open(folder.path(), manual()).unwrap_err();
    assert_eq!(error.code(), "unknown_format");
}

#[test]
fn rejects_a_store_without_its_journal_and_takes_it_with_it() {
    let folder = Folder::new();
    Depot::open(folder.path(), manual()).unwrap().close();
    let [journal, aside] = ["journal", "aside"].map(|name| folder.path().join(name));
    fs::rename(&journal, &aside).unwrap();
    let error = Depot::open(folder.path(), manual()).unwrap_err();
    assert_eq!(error.code(), "corrupt");
    assert!(error.to_string().contains("journal"), "{error}");
    assert!(!journal.exists(), "it is not made up");
    fs::rename(&aside, &journal).unwrap();
    Depot::open(folder.path(), manual()).unwrap();
}

#[test]
fn a_store_that_was_half_made_is_made_anew() {
    let folder = Folder::new();
    fs::write(folder.path().join("store.redb.new"), [0x55; 5000]).unwrap();
    fs::write(folder.path().join("journal"), [0x55; 5000]).unwrap();
    fs::write(folder.path().join("LOCK"), "not a number").unwrap();
    let depot = Depot::open(folder.path(), manual()).unwrap();
    assert_eq!(allocate(&depot, &id("a")).generation, 1);
    assert!(!folder.path().join("store.redb.new").exists());
}

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
