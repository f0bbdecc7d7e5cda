//! Opening and closing gives back everything: memory, threads, descriptors, registrations. Alone in its process.
#![cfg(target_os = "linux")]

mod support;

use std::fs;

use rusqlite::{Connection, OpenFlags};
use support::{Sql as _, Store, config, wait};

/// Openings before the first look.
const FIRST: u32 = 100;
/// Openings between the first look and the second.
const CYCLES: u32 = 10_000;

/// A figure of `/proc/self/status`, in its unit.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How many of the VFSs that were registered are there. Every opening has one, and they are numbered.
fn registered() -> usize {
    let is_there = |number: &u32| {
        let vfs = format!("depot-{number}");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        match Connection::open_with_flags_and_vfs("main.db", flags, vfs.as_str()) {
            Ok(_) => true,
            // One that is there has another reason: its file is open already.
            Err(error) => !error.to_string().contains("no such vfs"),
        }
    };
    // Two openings are no cycles: the one that fills the store, and the one that shows that this sees what is there.
    (0..FIRST + CYCLES + 2).filter(is_there).count()
}

#[test]
fn ten_thousand_cycles_of_opening_and_closing_leave_nothing_behind() {
    let store = Store::new();
    store.fill();
    let cycle = |number: u32| {
        let database = store.database_with(config());
        if number.is_multiple_of(20) {
            database
                .sql("SELECT count(*) FROM t; BEGIN; UPDATE t SET v = 1 WHERE rowid < 50")
                .unwrap();
        }
        if number.is_multiple_of(30) {
            drop(database.exec("SELECT count(*) FROM t"));
        }
        wait(database.close());
        store.requests();
    };
    // The first ones warm up the allocator.
    for number in 0..FIRST {
        cycle(number);
    }
    let open = store.database();
    assert_eq!(registered(), 1, "expected to see the one that is open");
    wait(open.close());
    assert_eq!(registered(), 0);
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let (memory, threads, open) = (status("VmRSS:"), status("Threads:"), descriptors());
    for number in 0..CYCLES {
        cycle(number);
    }
    let grown = status("VmRSS:").saturating_sub(memory);
    assert!(grown <= 2048, "{grown} KiB more");
    assert_eq!(status("Threads:"), threads);
    assert_eq!(descriptors(), open);
    assert_eq!(registered(), 0);
    assert_eq!(store.head(), 2, "no cycle commits");
    println!(
        "{CYCLES} cycles: {grown} KiB more resident; as before: {threads} threads, {open} descriptors, no VFS"
    );
}
