//! A seed: played and judged.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use seeds::{Simulation, Violation};

use crate::checker::{Tally, check};
use crate::log::Log;
use crate::mutant::Mutant;
use crate::world::World;

#[cfg(not(tokio_unstable))]
compile_error!(
    "expected to be built with `--config tests/sim/seeded.toml`, as `cargo xtask sim actors` does: without it a seed is not the same each time"
);

/// A gateway, hosts and callers; with a rule that is broken, if there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actors(pub(crate) Option<Mutant>);

impl Simulation for Actors {
    type Tally = Tally;
    type Log = Log;

    fn play(&self, seed: u64) -> (Result<Tally, Violation>, Log) {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true);
        #[cfg(tokio_unstable)]
        builder.rng_seed(tokio::runtime::RngSeed::from_bytes(&seed.to_be_bytes()));
        let runtime = builder.build().expect("a runtime without I/O");
        let log = runtime.block_on(async { Log::new() });
        let played = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(World::play(seed, self.0, log.clone()))
        }));
        drop(runtime);
        // A rule that was broken explains more than what came of it.
        let judged = check(&log).and_then(|tally| match played {
            Ok(Ok(())) => Ok(tally),
            Ok(Err(error)) => Err(Violation::stopped(format!("{error:#}"))),
            Err(_) => Err(Violation::stopped("it panics")),
        });
        (judged, log)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} h of simulated time, {} operations, {} answered with 200, {} commits, {} refused, {} undecided, {} key-value \
             requests, {} starts of actors in {} generations, {} starts of hosts, {} of gateways, {} troubles; the longest \
             operation took {:.1} s",
            self.time.as_secs_f64() / 3600.0,
            self.operations,
            self.answered,
            self.commits,
            self.refused,
            self.undecided,
            self.keys,
            self.instances,
            self.generations,
            self.hosts,
            self.gateways,
            self.troubles,
            self.longest.as_secs_f64(),
        )
    }
}
