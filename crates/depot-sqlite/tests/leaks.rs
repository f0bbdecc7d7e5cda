//! Opening and closing gives back everything: memory, threads, descriptors, registrations. Alone in its process.

mod support;

use std::fs;

use support::{Sql as _, Store, config, wait};

/// A figure of `/proc/self/status`, in its unit.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
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
    for number in 0..100 {
        cycle(number);
    }
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let (memory, threads, open) = (status("VmRSS:"), status("Threads:"), descriptors());
    for number in 0..10_000 {
        cycle(number);
    }
    assert_eq!(status("Threads:"), threads);
    assert_eq!(descriptors(), open);
    let grown = status("VmRSS:").saturating_sub(memory);
    assert!(grown <= 2048, "{grown} KiB more");
    assert_eq!(store.head(), 2, "no cycle commits");
}
