//! How time goes on: to the next thing that happens.

use std::time::{Duration, Instant};

use super::pair::{Pair, ROUNDS, STEPS};

impl Pair {
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        self.settle();
        while self.terminal.is_none() {
            let Some(next) = self.next_time().filter(|next| *next <= until) else {
                break;
            };
            assert!(next >= self.now, "expected time to go on");
            self.now = next;
            self.settle();
        }
        self.now = until;
        self.settle();
    }

    /// When something happens next.
    pub(super) fn next_time(&self) -> Option<Instant> {
        let mut times = vec![self.host.poll_timeout()];
        times.push(self.connecting.map(|(at, _)| at));
        for line in &self.lines {
            if self.host_line == Some(line.id) {
                times.push(line.down.next_arrival());
                times.push(line.host_learns);
                times.push(line.watch.cut_at);
                times.push(future(line.up.free_at(), self.now));
            }
            if let Some(server) = &line.server {
                times.push(line.up.next_arrival());
                times.push(line.server_learns);
                times.push(server.poll_timeout());
                times.push(future(line.down.free_at(), self.now));
                times.push(future(line.deaf_until, self.now));
                times.push(line.desk.work.front().map(|work| work.at));
            }
        }
        // What is overdue is done in the next round, whatever its time.
        times.into_iter().flatten().map(|at| at.max(self.now)).min()
    }

    /// Does everything that happens now.
    pub(super) fn settle(&mut self) {
        for round in 0.. {
            assert!(
                round < ROUNDS,
                "expected an end of what happens at one moment"
            );
            self.step();
            if !self.round() {
                break;
            }
        }
        self.check();
    }

    pub(super) fn step(&mut self) {
        self.report.steps += 1;
        assert!(self.report.steps < STEPS, "expected an end of the run");
    }

    pub(super) fn round(&mut self) -> bool {
        let mut progress = self.cuts();
        progress |= self.host_receives();
        progress |= self.servers_receive();
        progress |= self.timeouts();
        progress |= self.connects();
        progress |= self.gateway_works();
        progress |= self.user_learns();
        progress |= self.host_sends();
        progress |= self.servers_send();
        self.lines
            .retain(|line| line.server.is_some() || self.host_line == Some(line.id));
        progress
    }
}

/// A moment, if it is yet to come.
fn future(at: Instant, now: Instant) -> Option<Instant> {
    (at > now).then_some(at)
}
