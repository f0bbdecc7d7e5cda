//! What each use of `unsafe` in `crates/bare` gains: the same job by the runtime and by the best code without `unsafe`.
//!
//! Each job is about one module, so wherever it can be, both sides use the rest of the runtime alike. Before anything
//! is measured, both are checked to find or make the same.

#![expect(
    clippy::inline_always,
    reason = "the runtime's own functions are, and both sides have to be called alike"
)]

mod arena;
mod fixed;
mod frame;
mod place;
mod reader;
mod text;
mod vectored;
mod writer;

use std::time::Duration;

use anyhow::Result;

use crate::callgrind::Cost;
use crate::table::{align, short};
use crate::timing::{Effort, Work, nanoseconds};

/// A job done by a module of the runtime and by safe twins.
pub struct Job {
    /// The module of `crates/bare` whose `unsafe` is in question.
    pub module: &'static str,
    /// What is done.
    pub name: &'static str,
    real: Work,
    twins: Vec<(&'static str, Work)>,
}

impl Job {
    fn new(module: &'static str, name: &'static str, real: Work) -> Self {
        Self {
            module,
            name,
            real,
            twins: Vec::new(),
        }
    }

    /// Adds a way to do it without `unsafe`.
    fn against(mut self, name: &'static str, twin: Work) -> Self {
        self.twins.push((name, twin));
        self
    }

    /// All ways to do it, the real one first.
    pub fn works(&mut self) -> impl Iterator<Item = &mut Work> {
        let twins = self.twins.iter_mut().map(|(_, twin)| twin);
        std::iter::once(&mut self.real).chain(twins)
    }

    /// Nanoseconds of each way, by turns.
    pub fn time(&mut self, effort: Effort) -> Vec<f64> {
        let mut works: Vec<_> = self.works().collect();
        nanoseconds(&mut works, effort)
    }
}

/// How long a job is measured by default.
pub const EFFORT: Effort = Effort {
    rounds: 9,
    turn: Duration::from_millis(20),
};

/// Every job, in the order of the modules.
///
/// # Errors
/// If a twin does not do what the runtime does.
pub fn jobs() -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for module in [
        text::jobs,
        reader::jobs,
        fixed::jobs,
        writer::jobs,
        place::jobs,
        arena::jobs,
        frame::jobs,
        vectored::jobs,
    ] {
        jobs.extend(module()?);
    }
    Ok(jobs)
}

/// The results as a table in Markdown, a line for each twin. Of the ways to do a job the real one comes first.
#[must_use]
pub fn markdown(found: &[(Job, Vec<f64>, Vec<Cost>)]) -> String {
    let head = [
        "module",
        "job",
        "safe twin",
        "ns",
        "twin",
        "times",
        "instructions",
        "twin",
        "times",
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for (job, times, costs) in found {
        let twins = times.iter().zip(costs).skip(1).zip(&job.twins);
        for ((time, cost), (twin, _)) in twins {
            let count = |cost: &Cost| cost.instructions.max(1);
            let (instructions, others) = (count(&costs[0]), count(cost));
            lines.push(vec![
                job.module.to_owned(),
                job.name.to_owned(),
                (*twin).to_owned(),
                short(times[0]),
                short(*time),
                format!("{:.2}", time / times[0]),
                instructions.to_string(),
                others.to_string(),
                format!("{:.2}", others as f64 / instructions as f64),
            ]);
        }
    }
    align(&lines)
}

/// Calls `once` over and over.
fn repeat(mut once: impl FnMut() + 'static) -> Work {
    Box::new(move |times| {
        for _ in 0..times {
            once();
        }
    })
}
