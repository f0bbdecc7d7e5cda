//! Reading and opening: what is cached, and what is on the disk alone.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use depot_sqlite::Value;
use envoy_benches_stores::forget;

use crate::data::{Random, Shape, name};
use crate::subject::{Database, Side, Store};
use crate::{CACHE, quantile};

/// Databases that are opened.
pub(crate) const OPENED: u32 = 100;

/// Half of some times took less, and 99 of 100.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Times {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Times {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self {
            p50: quantile(&all, 50),
            p99: quantile(&all, 99),
        }
    }
}

/// What one round found.
pub(crate) struct Reads {
    /// Of a row whose page is in SQLite's cache.
    pub(crate) cached: Times,
    /// Of a row of 50 MiB of which nothing is in memory.
    pub(crate) cold: Times,
    /// A scan of 50 MiB of which nothing is in memory.
    pub(crate) scan: Duration,
    /// Requests of that scan.
    pub(crate) requests: u64,
    /// From opening a database of 1 MiB to the first row, the store being open, and nothing else in memory.
    pub(crate) open: Times,
}

impl Reads {
    /// The better of each time, and the larger number of requests.
    pub(crate) fn or_less(&self, other: &Self) -> Self {
        Self {
            cached: self.cached.min(other.cached),
            cold: self.cold.min(other.cold),
            scan: self.scan.min(other.scan),
            requests: self.requests.max(other.requests),
            open: self.open.min(other.open),
        }
    }
}

/// Makes what is read.
pub(crate) fn fill(side: Side, directory: &Path) -> Result<()> {
    let store = Store::open(side, directory, CACHE)?;
    for database in Shape::MEDIUM.fill_many(&store, "medium", OPENED)? {
        database.close()?;
    }
    for database in Shape::TINY.fill_many(&store, "tiny", OPENED)? {
        database.close()?;
    }
    Shape::LARGE.fill(&store, "large")?.close()?;
    Shape::LONG.fill(&store, "long")?.close()?;
    store.close();
    Ok(())
}

pub(crate) fn measure(side: Side, directory: &Path, round: u32) -> Result<Reads> {
    let cold = |names: &[String], run: &mut dyn FnMut(&Store) -> Result<()>| -> Result<()> {
        let store = Store::open(side, directory, CACHE)?;
        names.iter().try_for_each(|name| store.allocate(name))?;
        forget(directory)?;
        run(&store)?;
        store.close();
        Ok(())
    };
    let mut random = Random::new(u64::from(round) + 1);

    let mut scan = (Duration::MAX, 0);
    cold(&["long".to_owned()], &mut |store| {
        let requests = store.requests();
        let started = Instant::now();
        let database = store.database("long")?;
        // A search reads every page of every value, which a length does not.
        let sql = "SELECT count(*) FROM t WHERE instr(v, x'00010203040506070809')";
        ensure!(database.run(sql, Vec::new())? == [[Value::Integer(0)]]);
        scan = (started.elapsed(), store.requests() - requests);
        database.close()
    })?;

    let mut points = Vec::new();
    cold(&["large".to_owned()], &mut |store| {
        let database = store.database("large")?;
        for _ in 0..300 {
            points.push(point(&database, random.upto(Shape::LARGE.rows))?);
        }
        database.close()
    })?;

    let names: Vec<_> = (0..OPENED).map(|number| name("medium", number)).collect();
    let mut opened = Vec::new();
    let mut cached = Vec::new();
    cold(&names, &mut |store| {
        for name in &names {
            let started = Instant::now();
            let database = store.database(name)?;
            point(&database, random.upto(Shape::MEDIUM.rows))?;
            opened.push(started.elapsed());
            database.close()?;
        }
        let database = store.database(&names[0])?;
        (1..=Shape::MEDIUM.rows).try_for_each(|row| point(&database, row).map(drop))?;
        for _ in 0..20_000 {
            cached.push(point(&database, random.upto(Shape::MEDIUM.rows))?);
        }
        database.close()
    })?;
    Ok(Reads {
        cached: Times::of(cached),
        cold: Times::of(points),
        scan: scan.0,
        requests: scan.1,
        open: Times::of(opened),
    })
}

/// How long a row takes.
pub(crate) fn point(database: &Database, row: u32) -> Result<Duration> {
    let started = Instant::now();
    let rows = database.run("SELECT v FROM t WHERE id = ?", vec![row.into()])?;
    let took = started.elapsed();
    ensure!(rows.len() == 1, "expected a row, but found {}", rows.len());
    Ok(took)
}
