//! What the depot does all day.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use depot::{Commit, DatabaseId, Depot, DirtyPage, Error, Fence};

/// What committing came to.
pub(crate) struct Commits {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) syncs_each: f64,
    /// Octets that went to the disk.
    pub(crate) written_each: f64,
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).expect("below a number of 32 bits")
    }

    /// A page as SQLite fills them: 7 parts of 10 rows that do not compress well, then zeros.
    fn page(&mut self) -> Bytes {
        let mut page = Vec::with_capacity(depot::PAGE_SIZE);
        while page.len() < depot::PAGE_SIZE * 7 / 10 {
            page.extend(self.next().to_le_bytes());
        }
        page.resize(depot::PAGE_SIZE, 0);
        page.into()
    }

    fn dirty(&mut self, count: u32, size: u32) -> Vec<DirtyPage> {
        let mut numbers: Vec<_> = (0..count).map(|_| 1 + self.below(size)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .into_iter()
            .map(|number| DirtyPage {
                number,
                octets: self.page(),
            })
            .collect()
    }
}

fn name(number: u32) -> DatabaseId {
    DatabaseId::new(format!("8f0e6a52-actor-{number:06}-b1c2d3e4")).expect("a valid name")
}

/// Makes a database of `size` pages.
pub(crate) fn fill_one(depot: &Depot, id: &str, size: u32) -> Result<()> {
    fill_database(depot, &DatabaseId::new(id)?, size, &mut Random::new(5))
}

fn fill_database(depot: &Depot, id: &DatabaseId, size: u32, random: &mut Random) -> Result<()> {
    let mut head = allocate(depot, id)?.1;
    let mut first = 1;
    while first <= size {
        let last = size.min(first + 255);
        let pages = (first..=last)
            .map(|number| DirtyPage {
                number,
                octets: random.page(),
            })
            .collect();
        let commit = Commit::new(pages, last, 0)?;
        head = depot.commit(id, Fence::new(1, head), commit).wait()?.head;
        first = last + 1;
    }
    Ok(())
}

fn allocate(depot: &Depot, id: &DatabaseId) -> Result<(u64, u64)> {
    let allocation = depot.allocate(id, |_, _| Ok::<_, Error>(())).wait()?;
    Ok((allocation.generation, allocation.head))
}

/// Makes databases of `size` pages.
pub(crate) fn fill(depot: &Depot, databases: u32, size: u32) -> Result<()> {
    let mut random = Random::new(7);
    (0..databases).try_for_each(|number| fill_database(depot, &name(number), size, &mut random))
}

/// Commits of 16 random pages to random databases, by 16 threads.
pub(crate) fn overwrite(depot: &Depot, databases: u32, size: u32, commits: u32) -> Result<()> {
    let failed = Mutex::new(Ok(()));
    std::thread::scope(|scope| {
        for thread in 0_u64..16 {
            let failed = &failed;
            scope.spawn(move || {
                let mut random = Random::new(thread + 100);
                for _ in 0..commits / 16 {
                    let id = name(random.below(databases));
                    let commit = Commit::new(random.dirty(16, size), size, 0);
                    let done = commit.and_then(|commit| {
                        depot.commit(&id, Fence::without_head(1), commit).wait()
                    });
                    if let Err(error) = done {
                        *failed.lock().expect("no panic") = Err(error);
                    }
                }
            });
        }
    });
    failed.into_inner().expect("no panic")?;
    Ok(())
}

/// As many commits of `pages` random pages as `databases` writers, a thread each, get done in `time`.
pub(crate) fn commits(
    depot: &Depot,
    databases: u32,
    pages: u32,
    time: Duration,
) -> Result<Commits> {
    const SIZE: u32 = 256;

    fill(depot, databases, SIZE)?;
    let before = depot.statistics();
    let written = written()?;
    let end = AtomicBool::new(false);
    let started = Instant::now();
    let mut latencies: Vec<Duration> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..databases)
            .map(|number| {
                let end = &end;
                scope.spawn(move || -> Result<Vec<Duration>> {
                    let id = name(number);
                    let mut random = Random::new(u64::from(number) + 1);
                    let mut head = depot.head(&id).wait()?.txid;
                    let mut latencies = Vec::new();
                    // Made before the clock starts: what is measured is the store.
                    let dirty: Vec<_> = (0..8).map(|_| random.dirty(pages, SIZE)).collect();
                    for dirty in dirty.iter().cycle() {
                        if end.load(Ordering::Relaxed) {
                            break;
                        }
                        let started = Instant::now();
                        let commit = Commit::new(dirty.clone(), SIZE, 0)?;
                        head = depot.commit(&id, Fence::new(1, head), commit).wait()?.head;
                        latencies.push(started.elapsed());
                    }
                    Ok(latencies)
                })
            })
            .collect();
        std::thread::sleep(time);
        end.store(true, Ordering::Relaxed);
        writers
            .into_iter()
            .map(|writer| writer.join().expect("no panic"))
            .collect::<Result<Vec<_>>>()
    })?
    .concat();
    let took = started.elapsed();
    latencies.sort_unstable();
    let count = latencies.len() as f64;
    Ok(Commits {
        per_second: count / took.as_secs_f64(),
        p50: latencies[latencies.len() / 2],
        p99: latencies[latencies.len() * 99 / 100],
        syncs_each: (depot.statistics().syncs - before.syncs) as f64 / count,
        written_each: (self::written()? - written) as f64 / count,
    })
}

/// Octets that this process wrote to disks so far, or has the system write.
fn written() -> Result<u64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line
        .context("expected write_bytes in /proc/self/io")?
        .parse()?)
}

/// How long one read of one page takes.
pub(crate) fn random_reads(
    depot: &Depot,
    databases: u32,
    size: u32,
    reads: u32,
) -> Result<Duration> {
    let mut random = Random::new(u64::from(reads));
    let started = Instant::now();
    for _ in 0..reads {
        let id = name(random.below(databases));
        let number = 1 + random.below(size);
        let pages = depot
            .pages(&id, Fence::without_head(1), vec![number])
            .wait()?;
        pages.pages[0].octets.as_ref().context("expected a page")?;
    }
    Ok(started.elapsed() / reads)
}

/// How long reading a whole database takes, 256 pages at a time.
pub(crate) fn scan(depot: &Depot, id: &str, size: u32) -> Result<Duration> {
    let id = DatabaseId::new(id)?;
    let started = Instant::now();
    for first in (1..=size).step_by(256) {
        let numbers = (first..=size.min(first + 255)).collect();
        let pages = depot.pages(&id, Fence::without_head(1), numbers).wait()?;
        pages.pages[0].octets.as_ref().context("expected a page")?;
    }
    Ok(started.elapsed())
}

/// Commits to the filled databases, until somebody kills the process.
pub(crate) fn commit_until_killed(depot: &Depot) -> Result<()> {
    loop {
        overwrite(depot, 250, 256, 1600)?;
    }
}
