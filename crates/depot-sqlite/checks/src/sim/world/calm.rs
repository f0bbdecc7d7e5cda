//! The end of a seed: nothing fails any more, and it shows who is stale.

use anyhow::{Context as _, Result, ensure};

use super::{INSTANCES, MOST_STEPS, World, pick};
use crate::sim::hub::InstanceId;
use crate::sim::log::Event;
use crate::sim::workload::Op;

impl World {
    /// Nothing fails any more, and everyone writes: then it shows who is stale. One should be left.
    pub(super) fn calm_down(&mut self) -> Result<()> {
        self.plan.faults = 0;
        self.log.add(Event::Calm);
        let mut steps = 0;
        while !self.late.is_empty() || self.in_flight.keys().next().is_some() {
            steps += 1;
            ensure!(steps < MOST_STEPS, "the requests do not come to an end");
            self.clock += 1;
            if self.late.is_empty() || self.random.one_in(2) && !self.in_flight.is_empty() {
                let waiting: Vec<InstanceId> = self.in_flight.keys().copied().collect();
                if let Some(&instance) = pick(&mut self.random, &waiting) {
                    self.serve(instance)?;
                }
            } else {
                let place = usize::try_from(self.random.below(self.late.len() as u64))?;
                self.arrive_late(place)?;
            }
        }
        let survivor = self.find_survivor()?;
        self.run_op(survivor, Op::Read)?;
        self.run_op(survivor, Op::Check)?;
        for id in 0..self.instances.len() {
            if id != survivor {
                self.run_op(id, Op::Read)?;
            }
        }
        Ok(())
    }

    fn find_survivor(&mut self) -> Result<InstanceId> {
        for _ in 0..INSTANCES + 4 {
            let mut live = self.live_instances();
            if live.is_empty() {
                self.start_generation()?;
                live = self.live_instances();
            }
            let mut wrote = None;
            while !live.is_empty() {
                let place = usize::try_from(self.random.below(live.len() as u64))?;
                let id = live.swap_remove(place);
                for _ in 0..3 {
                    if let Some(op) = self.instances[id].preparation() {
                        self.run_op(id, op)?;
                    }
                }
                let op = self.instances[id].write();
                self.run_op(id, op)?;
                if !self.instances[id].over {
                    wrote = Some(id);
                }
            }
            if let ([survivor], Some(_)) = (&self.live_instances()[..], wrote) {
                return Ok(*survivor);
            }
        }
        // The checker counts who is left.
        let left = self.live_instances().first().copied();
        left.context("nobody is left who could write")
    }

    /// Runs an operation to its end.
    fn run_op(&mut self, id: InstanceId, op: Op) -> Result<()> {
        self.clock += 1;
        self.begin(id, op)?;
        let mut steps = 0;
        while self.in_flight.contains_key(&id) {
            steps += 1;
            ensure!(steps < MOST_STEPS, "an operation does not come to an end");
            self.serve(id)?;
        }
        Ok(())
    }
}
