//! Durable commits of many databases at once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::data::{Random, Shape};
use crate::subject::{Database, Side, Store};
use crate::{CACHE, quantile};

/// What one run of commits found.
#[derive(Clone, Copy)]
pub(crate) struct Commits {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Syncs for each commit.
    pub(crate) syncs: f64,
}

/// As many updates of one row as `databases` writers, a thread each, get done in `time`, each a transaction that is durable before the next begins.
pub(crate) fn measure(
    side: Side,
    directory: &Path,
    databases: u32,
    time: Duration,
) -> Result<Commits> {
    let store = Store::open(side, directory, CACHE)?;
    let databases = Shape::SMALL.fill_many(&store, "writer", databases)?;
    let end = AtomicBool::new(false);
    let syncs = store.syncs();
    let started = Instant::now();
    let mut latencies = std::thread::scope(|scope| {
        let writers: Vec<_> = (1..)
            .zip(databases)
            .map(|(seed, database)| {
                let end = &end;
                scope.spawn(move || write(database, seed, end))
            })
            .collect();
        std::thread::sleep(time);
        end.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for writer in writers {
            all.extend(writer.join().expect("no panic")?);
        }
        anyhow::Ok(all)
    })?;
    let took = started.elapsed();
    let syncs = store.syncs() - syncs;
    store.close();
    latencies.sort_unstable();
    let count = latencies.len() as f64;
    Ok(Commits {
        per_second: count / took.as_secs_f64(),
        p50: quantile(&latencies, 50),
        p99: quantile(&latencies, 99),
        syncs: syncs as f64 / count,
    })
}

fn write(database: Database, seed: u64, end: &AtomicBool) -> Result<Vec<Duration>> {
    let mut random = Random::new(seed);
    let mut latencies = Vec::new();
    while !end.load(Ordering::Relaxed) {
        let parameters = vec![
            random.value(Shape::SMALL.row),
            random.upto(Shape::SMALL.rows).into(),
        ];
        let started = Instant::now();
        database.run("UPDATE t SET v = ? WHERE id = ?", parameters)?;
        latencies.push(started.elapsed());
    }
    database.close()?;
    Ok(latencies)
}
