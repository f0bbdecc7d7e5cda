//! The folder of the embedded engine: locks, formats, what is damaged.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use depot::{Depot, Error, Fence};

use crate::common::{Folder, allocate, commit, id, manual, names, page};
use crate::storage::noise;

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
    // Of that file there is only one: another run of this test may have it.
    let depot = loop {
        match Depot::open(folder.path(), manual()) {
            Err(Error::Locked { .. }) => thread::sleep(Duration::from_millis(10)),
            opened => break opened.unwrap(),
        }
    };
    assert_eq!(allocate(&depot, &id("a")).generation, 1);
}

#[test]
fn rejects_a_folder_with_something_else_in_it() {
    let folder = Folder::new();
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "mine").unwrap();
    let refused = || {
        let error = Depot::open(folder.path(), manual()).unwrap_err();
        assert_eq!(error.code(), "unknown_format");
        let text = error.to_string();
        assert!(text.contains(&notes.display().to_string()), "{text}");
        assert_eq!(fs::read(&notes).unwrap(), b"mine");
    };
    refused();
    assert_eq!(names(folder.path()), ["notes.txt"]);
    // What somebody else put there stays.
    fs::write(folder.path().join("LOCK"), "").unwrap();
    refused();
    assert_eq!(names(folder.path()), ["LOCK", "notes.txt"]);
}

#[test]
fn rejects_a_file_that_is_no_store() {
    let folder = Folder::new();
    let store = folder.path().join("store.redb");
    for (content, code) in [
        (vec![7; 5], "unknown_format"),
        (vec![0x55; 65536], "unknown_format"),
        // As one of ours that was killed early, and has lost its journal.
        (vec![0; 65536], "corrupt"),
        (vec![], "corrupt"),
    ] {
        for journal in [None, Some(vec![]), Some(vec![0; 5000])] {
            fs::write(&store, &content).unwrap();
            let expected = if let Some(journal) = &journal {
                fs::write(folder.path().join("journal"), journal).unwrap();
                vec!["journal", "store.redb"]
            } else {
                vec!["store.redb"]
            };
            let error = Depot::open(folder.path(), manual()).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            let text = error.to_string();
            assert!(
                text.contains(&folder.path().display().to_string()),
                "{text}"
            );
            assert_eq!(fs::read(&store).unwrap(), content);
            assert_eq!(names(folder.path()), expected);
            for name in expected {
                fs::remove_file(folder.path().join(name)).unwrap();
            }
        }
    }
}

/// What a process that is killed now leaves of the store in `from`.
fn killed(from: &Path, to: &Path) {
    for name in ["store.redb", "journal"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

#[test]
fn a_journal_that_is_damaged_after_a_kill_is_named_with_the_place_and_nothing_is_written() {
    let [folder, copy] = [(); 2].map(|()| Folder::new());
    let depot = Depot::open(folder.path(), manual()).unwrap();
    let database = id("a");
    let generation = allocate(&depot, &database).generation;
    let mut commits = 0;
    // Early the store's own file was never synced; later it has a header of some time ago, and the pages of that were used again.
    for until in [2, 30] {
        while commits < until {
            let fence = Fence::new(generation, commits);
            let pages = (1..=100).map(|number| noise(number, commits)).collect();
            commit(&depot, &database, fence, pages, 100).unwrap();
            commits += 1;
        }
        killed(folder.path(), copy.path());
        let [store, journal] = ["store.redb", "journal"].map(|name| copy.path().join(name));
        let whole = fs::read(&journal).unwrap();
        let mut rotten = whole.clone();
        for start in [0, 4 << 20] {
            if let Some(octet) = rotten.get_mut(start + 100) {
                *octet = !*octet;
            }
        }
        let before = fs::read(&store).unwrap();
        let is_blank = before[..512].iter().all(|octet| *octet == 0);
        assert_eq!(is_blank, until == 2);
        for damaged in [vec![], vec![0; whole.len()], whole[..64].to_vec(), rotten] {
            fs::write(&journal, &damaged).unwrap();
            let error = Depot::open(copy.path(), manual()).unwrap_err();
            assert_eq!(error.code(), "corrupt", "{error}");
            let text = error.to_string();
            assert!(text.contains(&journal.display().to_string()), "{text}");
            assert!(text.contains("expected a whole record"), "{text}");
            assert!(text.contains("octet "), "{text}");
            assert!(text.contains("but found none"), "{text}");
            assert!(fs::read(&store).unwrap() == before);
            assert!(fs::read(&journal).unwrap() == damaged);
            assert_eq!(names(copy.path()), ["journal", "store.redb"]);
        }
        fs::write(&journal, &whole).unwrap();
        let depot = Depot::open(copy.path(), manual()).unwrap();
        assert_eq!(depot.head(&database).wait().unwrap().txid, commits);
        depot.close();
        fs::remove_file(copy.path().join("LOCK")).unwrap();
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
    let text = format!(
        "expected a store of format 3, but found format 7 in {}",
        path.display()
    );
    assert_eq!(error.to_string(), text);
}

#[test]
fn rejects_a_store_of_a_format_before_there_was_a_journal() {
    let meta = redb::TableDefinition::<&str, u32>::new("meta");
    for format in [Some(1), Some(2), None] {
        let [folder, copy] = [(); 2].map(|()| Folder::new());
        let store = folder.path().join("store.redb");
        let database = redb::Database::create(&store).unwrap();
        if let Some(format) = format {
            let transaction = database.begin_write().unwrap();
            let mut table = transaction.open_table(meta).unwrap();
            table.insert("format", format).unwrap();
            drop(table);
            transaction.commit().unwrap();
        }
        // One that was killed, too.
        fs::copy(&store, copy.path().join("store.redb")).unwrap();
        drop(database);
        for folder in [&folder, &copy] {
            let store = folder.path().join("store.redb");
            let before = fs::read(&store).unwrap();
            let error = Depot::open(folder.path(), manual()).unwrap_err();
            assert_eq!(error.code(), "unknown_format", "{error}");
            let found = match format {
                Some(format) => format!("format {format}"),
                None => "a database of something else".to_owned(),
            };
            let text = format!(
                "expected a store of format 3, but found {found} in {}",
                store.display()
            );
            assert_eq!(error.to_string(), text);
            assert!(fs::read(&store).unwrap() == before);
            assert_eq!(names(folder.path()), ["store.redb"]);
        }
    }
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
fn the_whole_journal_of_a_creation_that_was_interrupted_is_not_that_of_the_next_store() {
    let [folder, copy] = [(); 2].map(|()| Folder::new());
    let database = id("a");
    let depot = Depot::open(copy.path(), manual()).unwrap();
    assert_eq!(allocate(&depot, &database).generation, 1);
    // A copy of a store as it is behind its first groups, and before it has its name.
    killed(copy.path(), folder.path());
    let [store, new] = ["store.redb", "store.redb.new"].map(|name| folder.path().join(name));
    fs::rename(&store, &new).unwrap();
    drop(depot);

    let depot = Depot::open(folder.path(), manual()).unwrap();
    assert_eq!(
        depot.head(&database).wait().unwrap_err().code(),
        "database_not_found"
    );
    // Nor is it behind a crash, when what is in the journal counts.
    let crashed = Folder::new();
    killed(folder.path(), crashed.path());
    drop(depot);
    let depot = Depot::open(crashed.path(), manual()).unwrap();
    assert_eq!(allocate(&depot, &database).generation, 1);
}
