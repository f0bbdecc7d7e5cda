//! The embedded engine and its disk: crashes, failed syncs, full disks.

use std::collections::BTreeMap;
use std::sync::mpsc;

use bytes::Bytes;
use depot::embedded::{Disk as _, DiskFile, Options};
use depot::fault::PlayedDisk;
use depot::{Commit, DatabaseId, Depot, DirtyPage, EmbeddedEngine, Error, Fence, PAGE_SIZE};

use crate::common::{allocate, commit, fills, id, manual, page};

/// Options for disks of a few pages.
fn small() -> Options {
    Options {
        headroom_bytes: 0,
        cache_bytes: 1 << 20,
        // It turns to its other half now and then, and some groups are too large for it.
        journal_bytes: 256 << 10,
        journal_group_bytes: 96 << 10,
        ..Options::default()
    }
}

fn open(disk: &PlayedDisk, options: Options) -> Result<Depot, Error> {
    Ok(Depot::new(
        EmbeddedEngine::on_disk(disk.clone(), options)?,
        manual(),
    ))
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.0 >> 33
    }
}

/// A page that does not shrink.
pub(crate) fn noise(number: u32, seed: u64) -> DirtyPage {
    let mut random = Random(seed);
    let octets: Vec<u8> = std::iter::repeat_with(|| random.next().to_le_bytes()[0])
        .take(PAGE_SIZE)
        .collect();
    DirtyPage {
        number,
        octets: Bytes::from(octets),
    }
}

#[test]
fn what_was_answered_survives_a_crash_at_any_write_and_nothing_is_half_there() {
    let databases: Vec<DatabaseId> = ["a", "b", "c"].map(id).to_vec();
    for seed in 0..60 {
        let mut random = Random(seed);
        let disk = PlayedDisk::new();
        let depot = open(&disk, small()).unwrap();
        for database in &databases {
            allocate(&depot, database);
        }
        disk.cut_after(random.next() % 150);
        // Heads that were answered, and what each commit wrote is known by its number.
        let mut answered = vec![0; databases.len()];
        let mut sent = answered.clone();
        'load: loop {
            for (index, database) in databases.iter().enumerate() {
                let head = answered[index];
                let fill = u8::try_from((head + 1) % 251).unwrap();
                let pages = (1..=8).map(|number| page(number, fill)).collect();
                sent[index] = head + 1;
                match commit(&depot, database, Fence::new(1, head), pages, 8) {
                    Ok(committed) => answered[index] = committed.head,
                    Err(error) => {
                        assert_eq!(error.code(), "poisoned", "{error}");
                        break 'load;
                    }
                }
            }
        }
        assert_eq!(
            depot.head(&databases[0]).wait().unwrap_err().code(),
            "poisoned"
        );
        depot.close();

        let disk = disk.crash(|| !random.next().is_multiple_of(3));
        let depot = open(&disk, small()).unwrap();
        for (index, database) in databases.iter().enumerate() {
            let head = depot.head(database).wait().unwrap();
            assert!(
                (answered[index]..=sent[index]).contains(&head.txid),
                "seed {seed}: expected head {} or {}, but found {}",
                answered[index],
                sent[index],
                head.txid
            );
            if head.txid > 0 {
                let found = fills(
                    &depot,
                    database,
                    Fence::new(1, head.txid),
                    &[1, 2, 3, 4, 5, 6, 7, 8],
                );
                let fill = u8::try_from(head.txid % 251).unwrap();
                assert_eq!(found.unwrap(), [Some(fill); 8], "seed {seed}");
            }
            // The lost answer is decided by sending the same commit again.
            let lost = u8::try_from(sent[index] % 251).unwrap();
            let pages = (1..=8).map(|number| page(number, lost)).collect();
            if sent[index] > answered[index] {
                let again = commit(&depot, database, Fence::new(1, answered[index]), pages, 8);
                assert_eq!(again.unwrap().head, sent[index]);
            }
        }
    }
}

#[test]
fn a_failed_sync_poisons_the_store_until_it_is_opened_anew() {
    // A group that goes into the journal, and one that is synced in the store first.
    for (journal_group_bytes, failing) in [(96 << 10, 0), (0, 0), (0, 1)] {
        let disk = PlayedDisk::new();
        let options = Options {
            journal_group_bytes,
            ..small()
        };
        let depot = open(&disk, options).unwrap();
        let database = id("a");
        allocate(&depot, &database);
        commit(&depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
        disk.fail_sync_after(failing);
        let error = commit(&depot, &database, Fence::new(1, 1), vec![page(1, 2)], 1).unwrap_err();
        assert_eq!(error.code(), "poisoned");
        assert!(error.is_outcome_unknown());
        assert!(error.to_string().contains("sync"), "{error}");
        // The next sync would succeed, and says nothing about what the failed one left behind.
        for _ in 0..2 {
            assert_eq!(depot.head(&database).wait().unwrap_err(), error);
            let read = fills(&depot, &database, Fence::new(1, 1), &[1]).unwrap_err();
            assert_eq!(read, error);
            let write = commit(&depot, &database, Fence::new(1, 1), vec![page(1, 3)], 1);
            assert_eq!(write.unwrap_err(), error);
        }
        depot.close();
        for kept in [true, false] {
            let depot = open(&disk.crash(|| kept), options).unwrap();
            let head = depot.head(&database).wait().unwrap().txid;
            assert!((1..=2).contains(&head), "{head}");
            let fill = u8::try_from(head).unwrap();
            let found = fills(&depot, &database, Fence::new(1, head), &[1]).unwrap();
            assert_eq!(found, [Some(fill)]);
        }
    }
}

#[test]
fn a_group_is_durable_after_one_sync_and_a_large_one_after_two() {
    let disk = PlayedDisk::new();
    let depot = open(&disk, small()).unwrap();
    let database = id("a");
    allocate(&depot, &database);
    let large = (1..=40).map(|number| noise(number, 1)).collect();
    for (head, pages, expected) in [(0, vec![page(1, 1)], 1), (1, large, 2), (2, vec![], 1)] {
        let before = depot.statistics().syncs;
        commit(&depot, &database, Fence::new(1, head), pages, 40).unwrap();
        assert_eq!(depot.statistics().syncs - before, expected);
        // What is durable needs nothing that was not synced.
        let survivor = open(&disk.crash(|| false), small()).unwrap();
        assert_eq!(survivor.head(&database).wait().unwrap().txid, head + 1);
    }
}

/// What a disk keeps of that which was not synced.
#[derive(Clone, Copy)]
enum Kept {
    /// So many of eight sectors.
    Some(u64),
    /// The last of so many parts alone, and nothing of what was written before.
    Last(u64),
}

impl Kept {
    fn of(self, disk: &PlayedDisk, random: &mut Random) -> PlayedDisk {
        match self {
            Self::Some(of_eight) => disk.crash(|| random.next() % 8 < of_eight),
            Self::Last(parts) => {
                let mut sectors = 0;
                let _ = disk.crash(|| {
                    sectors += 1;
                    false
                });
                let mut at = 0;
                disk.crash(|| {
                    at += 1;
                    at > sectors - sectors / parts
                })
            }
        }
    }
}

#[test]
fn the_header_of_the_store_is_written_only_when_all_that_it_refers_to_is_synced_there() {
    let disk = PlayedDisk::new();
    let depot = open(&disk, small()).unwrap();
    let database = id("a");
    allocate(&depot, &database);
    let header = |disk: &PlayedDisk| {
        let mut octets = [0; 512];
        disk.read(DiskFile::Store, 0, &mut octets).unwrap();
        octets
    };
    let (before, mut head) = (header(&disk), 0);
    // Groups of the journal, which is far from its end.
    for _ in 0..2 {
        commit(&depot, &database, Fence::new(1, head), vec![page(1, 1)], 1).unwrap();
        head += 1;
        assert_eq!(header(&disk), before);
    }
    depot.close();
    assert_ne!(header(&disk), before);
    // The store is whole by itself now.
    assert_eq!(header(&disk.crash(|| false)), header(&disk));
}

#[test]
fn no_cut_at_any_write_or_sync_loses_a_commit_or_shows_half_of_one() {
    // It turns to its other half every few groups, and every third group is too large for it.
    let options = Options {
        journal_bytes: 200 << 10,
        journal_group_bytes: 90 << 10,
        ..small()
    };
    let database = id("a");
    let contents: Vec<Vec<_>> = (0..9)
        .map(|head| {
            let (first, count) = (head % 5, if head % 3 == 2 { 24 } else { 2 });
            (first + 1..=first + count)
                .map(|number| noise(number, head.into()))
                .collect()
        })
        .collect();
    let mut cut = 0;
    let mut is_whole = false;
    while !is_whole {
        let disk = PlayedDisk::new();
        let depot = open(&disk, options).unwrap();
        allocate(&depot, &database);
        disk.cut_after(cut);
        let mut answered = 0_usize;
        is_whole = loop {
            let Some(pages) = contents.get(answered) else {
                break true;
            };
            let fence = Fence::new(1, answered as u64);
            match commit(&depot, &database, fence, pages.clone(), 32) {
                Ok(_) => answered += 1,
                Err(error) => {
                    assert_eq!(error.code(), "poisoned", "{error}");
                    break false;
                }
            }
        };
        depot.close();
        let mut random = Random(cut);
        let kept = [
            Kept::Some(0),
            Kept::Some(4),
            Kept::Last(2),
            Kept::Some(7),
            Kept::Some(8),
            Kept::Last(4),
        ][usize::try_from(cut % 6).unwrap()];
        let mut disk = kept.of(&disk, &mut random);
        // A second cut, while what the first one left is put right.
        for _ in 0..2 {
            let depot = open(&disk, options).unwrap();
            let head = depot.head(&database).wait().unwrap().txid;
            let applied = usize::try_from(head).unwrap();
            assert!(
                (answered..=answered + 1).contains(&applied),
                "cut {cut}: {head} after {answered}"
            );
            let expected: BTreeMap<_, _> = contents[..applied]
                .iter()
                .flatten()
                .map(|page| (page.number, &page.octets))
                .collect();
            let numbers: Vec<_> = expected.keys().copied().collect();
            let found = depot
                .pages(&database, Fence::new(1, head), numbers)
                .wait()
                .unwrap();
            for page in found.pages {
                assert!(
                    page.octets.as_ref() == expected.get(&page.number).copied(),
                    "cut {cut}, page {}",
                    page.number
                );
            }
            disk = kept.of(&disk, &mut random);
            depot.close();
        }
        cut += 1;
    }
    assert!(cut > 150, "{cut}");
}

/// Commits noise until something is refused; says at which head.
fn fill_up(depot: &Depot, database: &DatabaseId) -> (u64, Error) {
    let mut head = depot.head(database).wait().unwrap().txid;
    loop {
        let first = u32::try_from(head).unwrap() * 8;
        let pages = (1..=8).map(|number| noise(first + number, head)).collect();
        match commit(depot, database, Fence::new(1, head), pages, first + 8) {
            Ok(committed) => head = committed.head,
            Err(error) => return (head, error),
        }
    }
}

#[test]
fn a_full_disk_refuses_writes_and_serves_reads_until_there_is_space_again() {
    // With space kept ahead, and by running into the end of the disk.
    for headroom_bytes in [256 << 10, 0] {
        let disk = PlayedDisk::new();
        let options = Options {
            headroom_bytes,
            ..small()
        };
        let depot = open(&disk, options).unwrap();
        let database = id("a");
        allocate(&depot, &database);
        disk.set_capacity(Some(6 << 20));
        assert!(!depot.is_full());
        let (head, error) = fill_up(&depot, &database);
        assert_eq!(error.code(), "storage_full", "{error}");
        assert!(depot.is_full());
        assert!(head > 10, "expected a few commits to fit, but found {head}");

        for _ in 0..3 {
            let read = fills(&depot, &database, Fence::new(1, head), &[]);
            assert!(read.is_ok(), "{read:?}");
            let page = depot
                .pages(&database, Fence::new(1, head), vec![1])
                .wait()
                .unwrap();
            assert_eq!(page.pages[0].octets.as_ref(), Some(&noise(1, 0).octets));
            let (same, error) = fill_up(&depot, &database);
            assert_eq!((same, error.code()), (head, "storage_full"), "{error}");
        }

        disk.set_capacity(Some(12 << 20));
        let (more, error) = fill_up(&depot, &database);
        assert!(more > head, "expected to go on, but found {error}");
        depot.close();
        assert!(!depot.is_full(), "it refuses for another reason");
        disk.set_capacity(None);
        let depot = open(&disk, options).unwrap();
        assert_eq!(depot.head(&database).wait().unwrap().txid, more);
    }
}

#[test]
fn a_store_is_full_while_less_is_free_than_is_kept_free_whether_anybody_writes_or_not() {
    let disk = PlayedDisk::new();
    let options = Options {
        headroom_bytes: 1,
        ..small()
    };
    let depot = open(&disk, options).unwrap();
    for _ in 0..2 {
        assert!(!depot.is_full());
        disk.fill_after(0);
        assert!(depot.is_full());
        disk.set_capacity(None);
    }
}

#[test]
fn a_store_that_found_no_space_is_full_until_something_was_written() {
    let disk = PlayedDisk::new();
    let depot = open(&disk, small()).unwrap();
    let database = id("a");
    allocate(&depot, &database);
    disk.fill_after(0);
    assert!(
        !depot.is_full(),
        "nobody keeps anything free, and nobody has written"
    );
    let write = |head| commit(&depot, &database, Fence::new(1, head), vec![page(1, 1)], 1);
    assert_eq!(write(0).unwrap_err().code(), "storage_full");
    assert!(depot.is_full());
    disk.set_capacity(None);
    // Nothing is written by who reads, or by who is refused.
    assert_eq!(depot.head(&database).wait().unwrap().txid, 0);
    assert!(write(7).unwrap_err().is_fence());
    assert!(depot.is_full());
    write(0).unwrap();
    assert!(!depot.is_full());
}

#[test]
fn commits_of_many_databases_share_their_syncs() {
    let disk = PlayedDisk::new();
    let depot = open(&disk, small()).unwrap();
    let databases: Vec<_> = (0..64)
        .map(|number| id(&format!("actor-{number}")))
        .collect();
    for database in &databases {
        allocate(&depot, database);
    }
    let before = depot.statistics();
    // The writer is kept busy, as a slow disk would keep it, while the commits gather.
    let (release, busy) = mpsc::channel::<()>();
    let slow = depot.transaction::<_, Error>(move |_| {
        let _ = busy.recv();
        Ok(())
    });
    let pending: Vec<_> = databases
        .iter()
        .map(|database| {
            let commit = Commit::new(vec![page(1, 1)], 1, 0).unwrap();
            depot.commit(database, Fence::new(1, 0), commit)
        })
        .collect();
    release.send(()).unwrap();
    slow.wait().unwrap();
    let commits = pending.len() as u64;
    for pending in pending {
        assert_eq!(pending.wait().unwrap().head, 1);
    }
    let after = depot.statistics();
    assert_eq!(after.units - before.units, commits + 1);
    // Some may have come before the writer was busy.
    assert!((1..=2).contains(&(after.groups - before.groups)));
    let syncs = after.syncs - before.syncs;
    assert!(
        (1..=4).contains(&syncs),
        "{syncs} syncs for {commits} commits"
    );
}

#[test]
fn no_read_shows_what_is_not_durable_yet() {
    let disk = PlayedDisk::new();
    let depot = open(&disk, small()).unwrap();
    let database = id("a");
    allocate(&depot, &database);
    commit(&depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
    disk.hold_syncs();
    let operations = disk.operations();
    let under_way = depot.commit(
        &database,
        Fence::new(1, 1),
        Commit::new(vec![page(1, 2)], 1, 0).unwrap(),
    );
    // It has written all it can, and waits for the disk.
    while disk.operations() == operations {
        std::thread::yield_now();
    }
    for _ in 0..50 {
        assert_eq!(depot.head(&database).wait().unwrap().txid, 1);
        let found = fills(&depot, &database, Fence::new(1, 1), &[1]).unwrap();
        assert_eq!(found, [Some(1)]);
    }
    // Nor does a commit that is refused because of it say so before it is durable: both come after the sync.
    let fenced = depot.commit(
        &database,
        Fence::new(1, 1),
        Commit::new(vec![page(1, 3)], 1, 0).unwrap(),
    );
    disk.release_syncs();
    assert_eq!(under_way.wait().unwrap().head, 2);
    assert!(fenced.wait().unwrap_err().is_fence());
    assert_eq!(depot.head(&database).wait().unwrap().txid, 2);
}

#[test]
fn a_store_on_a_full_disk_opens_to_be_read() {
    for kept in [true, false] {
        opens_to_be_read(kept);
    }
}

/// Opens a store on a full disk that kept what was not synced, or nothing of it: then even its length is in the journal alone.
fn opens_to_be_read(kept: bool) {
    let disk = PlayedDisk::new();
    let depot = open(&disk, small()).unwrap();
    let database = id("a");
    allocate(&depot, &database);
    commit(&depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
    // Not closed, so that opening it has something to do.
    let disk = disk.crash(|| kept);
    disk.fill_after(0);
    let depot = open(&disk, small()).unwrap();
    assert!(depot.is_full());
    let fence = Fence::new(1, 1);
    assert_eq!(fills(&depot, &database, fence, &[1]).unwrap(), [Some(1)]);
    let refused = commit(&depot, &database, fence, vec![page(1, 2)], 1).unwrap_err();
    assert_eq!(refused.code(), "storage_full");
    assert_eq!(fills(&depot, &database, fence, &[1]).unwrap(), [Some(1)]);
    disk.set_capacity(None);
    commit(&depot, &database, fence, vec![page(1, 2)], 1).unwrap();
    let found = fills(&depot, &database, Fence::new(1, 2), &[1]).unwrap();
    assert_eq!(found, [Some(2)]);
}

/// Opens `disk` and says the head of `database`, which has to be one of `expected`, with the page that belongs to it.
fn head_of(
    disk: &PlayedDisk,
    database: &DatabaseId,
    expected: std::ops::RangeInclusive<u64>,
) -> (Depot, u64) {
    let depot = open(disk, small()).unwrap();
    let head = depot.head(database).wait().unwrap().txid;
    assert!(
        expected.contains(&head),
        "expected {expected:?}, but found {head}"
    );
    let found = fills(&depot, database, Fence::new(1, head), &[1]).unwrap();
    assert_eq!(found, [Some(u8::try_from(head).unwrap())]);
    (depot, head)
}

#[test]
fn what_an_opening_shows_stays_even_if_the_sync_before_it_failed_and_was_given_up() {
    let database = id("a");
    // At any sync of a few groups, of their closing, and of the opening behind it.
    for failing in 0..9 {
        for cut in [0, 1, 2, 3, 4, 5, 6, 8, 100] {
            let disk = PlayedDisk::new();
            let depot = open(&disk, small()).unwrap();
            allocate(&depot, &database);
            commit(&depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
            let mut answered = 1;
            disk.lose_sync_after(failing);
            for head in 1..6 {
                let fill = u8::try_from(head + 1).unwrap();
                match commit(
                    &depot,
                    &database,
                    Fence::new(1, head),
                    vec![page(1, fill)],
                    1,
                ) {
                    Ok(committed) => answered = committed.head,
                    Err(error) => {
                        assert_eq!(error.code(), "poisoned", "{error}");
                        break;
                    }
                }
            }
            depot.close();
            // The system goes on, and has in memory what the disk never got.
            disk.cut_after(cut);
            let shown = match open(&disk, small()) {
                Ok(depot) => {
                    let shown = depot.head(&database).wait().map(|head| head.txid);
                    depot.close();
                    shown.unwrap_or(answered)
                }
                Err(_) => answered,
            };
            assert!(shown >= answered, "sync {failing}, cut {cut}");
            for kept in [false, true] {
                let disk = disk.crash(|| kept);
                let (depot, _) = head_of(&disk, &database, shown..=answered.max(shown) + 1);
                depot.close();
            }
        }
    }
}

#[test]
fn a_journal_of_another_time_or_another_store_is_refused_and_nothing_is_written() {
    let copy = |from: &PlayedDisk, file: DiskFile, to: &PlayedDisk| {
        let length = from.len(file).unwrap();
        let mut octets = vec![0; usize::try_from(length).unwrap()];
        from.read(file, 0, &mut octets).unwrap();
        to.set_len(file, length).unwrap();
        to.write(file, 0, &octets).unwrap();
        octets
    };
    let database = id("a");
    let mut moments = Vec::new();
    for store in 0..2 {
        let disk = PlayedDisk::new();
        let depot = open(&disk, small()).unwrap();
        allocate(&depot, &database);
        for head in 0..60 {
            let pages = vec![page(1, store), noise(2, head)];
            commit(&depot, &database, Fence::new(1, head), pages, 2).unwrap();
            if head % 20 == 10 {
                moments.push(disk.crash(|| false));
            }
        }
        depot.close();
        moments.push(disk.crash(|| false));
    }
    for (at, store) in moments.iter().enumerate() {
        for (of, journal) in moments.iter().enumerate() {
            let mixed = PlayedDisk::new();
            let before = copy(store, DiskFile::Store, &mixed);
            copy(journal, DiskFile::Journal, &mixed);
            let opened = open(&mixed, small());
            if at == of {
                opened.unwrap();
                continue;
            }
            let error = opened.err().unwrap();
            assert_eq!(error.code(), "corrupt", "{at}, {of}: {error}");
            assert!(error.to_string().contains("journal"), "{error}");
            assert!(before == copy(&mixed, DiskFile::Store, &PlayedDisk::new()));
        }
        // Nor is one that is empty, or of zeros.
        for length in [0, 9 << 20] {
            let alone = PlayedDisk::new();
            copy(store, DiskFile::Store, &alone);
            alone.set_len(DiskFile::Journal, length).unwrap();
            assert_eq!(open(&alone, small()).err().unwrap().code(), "corrupt");
        }
    }
}

#[test]
fn readers_that_push_pages_out_of_the_cache_do_not_end_the_store() {
    let disk = PlayedDisk::new();
    let options = Options {
        cache_bytes: 256 << 10,
        ..small()
    };
    let depot = open(&disk, options).unwrap();
    let database = id("a");
    let size = 300;
    allocate(&depot, &database);
    let all = (1..=size).map(|number| noise(number, 1)).collect();
    commit(&depot, &database, Fence::new(1, 0), all, size).unwrap();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let ordering = std::sync::atomic::Ordering::Relaxed;
    std::thread::scope(|scope| {
        for seed in 0..3 {
            let (depot, database, is_over) = (&depot, &database, &is_over);
            scope.spawn(move || {
                let mut random = Random(seed);
                while !is_over.load(ordering) {
                    let first = 1 + u32::try_from(random.next() % u64::from(size)).unwrap();
                    let head = depot.head(database).wait().map(|head| head.txid);
                    // The head may have moved on, which is a fence; nothing else is.
                    let Ok(head) = head else { return };
                    let _ = depot
                        .pages(database, Fence::new(1, head), vec![first])
                        .wait();
                }
            });
        }
        let mut random = Random(9);
        let results: Vec<_> = (1..60)
            .map(|head| {
                let first = 1 + u32::try_from(random.next() % u64::from(size - 8)).unwrap();
                let pages = (first..first + 8)
                    .map(|number| noise(number, head))
                    .collect();
                commit(&depot, &database, Fence::new(1, head), pages, size).map(|it| it.head)
            })
            .take_while(Result::is_ok)
            .collect();
        is_over.store(true, ordering);
        assert_eq!(results.len(), 59, "{:?}", depot.head(&database).wait());
    });
}

#[test]
fn a_file_that_is_longer_by_a_part_of_what_did_not_become_durable_ends_where_it_did() {
    let disk = PlayedDisk::new();
    let depot = open(&disk, small()).unwrap();
    let database = id("a");
    allocate(&depot, &database);
    commit(&depot, &database, Fence::new(1, 0), vec![page(1, 1)], 1).unwrap();
    for more in [512, 4096, 1 << 20] {
        for is_full in [false, true] {
            let disk = disk.crash(|| true);
            let length = disk.len(DiskFile::Store).unwrap();
            disk.set_len(DiskFile::Store, length + more).unwrap();
            if is_full {
                disk.fill_after(0);
            }
            let (depot, head) = head_of(&disk, &database, 1..=1);
            disk.set_capacity(None);
            commit(&depot, &database, Fence::new(1, head), vec![page(1, 2)], 1).unwrap();
        }
    }
}

#[test]
fn a_group_is_answered_by_what_became_of_it_wherever_in_it_the_space_ends() {
    // So that redb writes at once what it prepares for the next group, behind the switch to this one.
    let options = Options {
        cache_bytes: 0,
        ..small()
    };
    let [mut refused, mut behind] = [0; 2];
    for after in 0.. {
        let disk = PlayedDisk::new();
        let depot = open(&disk, options).unwrap();
        let database = id("a");
        allocate(&depot, &database);
        let write = |head: u64| {
            let pages = vec![noise(1, head)];
            commit(&depot, &database, Fence::new(1, head), pages, 1)
        };
        for head in 0..4 {
            write(head).unwrap();
        }
        let last = disk.operations() + after;
        disk.fill_after(after);
        let head = match write(4) {
            Ok(committed) => committed.head,
            Err(error) => {
                assert_eq!(error.code(), "storage_full", "{error}");
                4
            }
        };
        let is_whole = disk.operations() <= last;
        for kept in [false, true] {
            let copy = open(&disk.crash(|| kept), options).unwrap();
            let found = copy.head(&database).wait().unwrap().txid;
            assert_eq!(found, head, "space for {after} operations, kept: {kept}");
        }
        assert_eq!(depot.head(&database).wait().unwrap().txid, head);
        disk.set_capacity(None);
        assert_eq!(write(head).unwrap().head, head + 1, "{after}");
        if is_whole {
            break;
        }
        refused += usize::from(head == 4);
        behind += usize::from(head == 5);
    }
    assert!(refused > 10 && behind > 0, "{refused} and {behind}");
}
