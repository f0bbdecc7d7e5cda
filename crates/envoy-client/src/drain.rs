//! How a host ends that is drained, whatever its server does, within its bound.
//!
//! 1. *The server's turn.* It is told, starts the actors elsewhere, and stops each here by a command.
//! 2. *The host's own turn*, for those that the server did not stop: it is gone, or says nothing. The host stops them, with
//!    their last words, and says for each first that it wants to sleep, or the server would take its end for that of the actor.
//! 3. What has not stopped then is given up, as lost.
//! 4. *The last words of the host.* What became of its actors is told to the server, which acknowledges it.
//!
//! A server that cannot be reached decides what it was not told of by itself, as it would if the host had died: nothing that
//! is under way here could change that. So it is waited for only briefly, in each turn.
//!
//! `begun <= own_turn <= giving_up <= farewell <= until`

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use envoy_protocol::session::{CloseWhen, Host as Machine, Terminal};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::pump::Status;
use crate::registry::Shared;
use crate::{Error, Host};

/// How long a turn goes on without a connection.
const GONE: Duration = Duration::from_secs(3);
/// How often a connection is tried while there is none: the waits of a host that has time may be longer than its end.
const HURRY: Duration = Duration::from_secs(1);
/// How long draining may take where no server has said how long it waits.
const UNKNOWN: Duration = Duration::from_secs(30);
/// What is left of the bound for giving actors up and for the last words, at most.
const LAST: Duration = Duration::from_secs(6);
/// What is left of that for closing the connection, at most.
const CLOSING: Duration = Duration::from_secs(2);
/// How long the session may take to end that has no connection to close.
const AT_ONCE: Duration = Duration::from_millis(250);
/// Longer is for ever, and a clock has to be able to say when it is over.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// When each part of the end is over, at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    own_turn: Instant,
    giving_up: Instant,
    farewell: Instant,
    until: Instant,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// With what it is for.
    Done,
    /// The server is gone.
    Gone,
    /// The time is over.
    Over,
}

impl Turn {
    /// How it ended, and the one before: what was done without a server that was gone says nothing of it.
    fn after(self, before: Self) -> Self {
        match self {
            Self::Done => before,
            Self::Gone | Self::Over => self,
        }
    }
}

impl Times {
    fn new(begun: Instant, bound: Duration) -> Self {
        let bound = bound.min(LONGEST);
        let last = LAST.min(bound / 2);
        let until = begun + bound;
        Self {
            own_turn: begun + bound.saturating_sub(last) / 2,
            giving_up: until - last,
            farewell: until - CLOSING.min(last / 2),
            until,
        }
    }
}

impl Host {
    /// Ends the host: the server moves its actors elsewhere, and this resolves when the last has stopped and the server
    /// has been told, over a new connection if need be.
    ///
    /// It takes [`Builder::drain_bound`](crate::Builder::drain_bound) at most. A server that does not stop the actors in half
    /// of that, or that cannot be reached for 3 s, is not waited for any longer: the host stops them, with their last words.
    /// Without a connection those have 3 s, since they may need what cannot be reached. What is left is given up, and that is
    /// [`Error::NotDrained`].
    pub async fn drain(mut self) -> Result<(), Error> {
        let shared = Arc::clone(&self.shared);
        let (begun, bound) = (Instant::now(), self.drain_bound());
        let times = Times::new(begun, bound);
        tracing::info!(actors = shared.count(), ?bound, "the host is drained");
        shared.drain();
        shared.link.with(|host, _| host.drain());

        let mut turn = self.stopping(times.own_turn).await?;
        if turn != Turn::Done {
            let (actors, connected) = (shared.count(), self.connected().is_some());
            tracing::info!(
                actors,
                connected,
                "the server has not stopped all actors: the host does"
            );
            shared.end_all();
            turn = self.stopping(times.giving_up).await?.after(turn);
        }
        let left = shared.count();
        let within = begun.elapsed();
        if left > 0 {
            shared.lose_all("the host has ended, and did not wait any longer");
            // Each is bounded by itself, too.
            let _ = timeout_at(times.farewell, shared.empty()).await;
        }

        // One that was waited for twice is not waited for again.
        let patience = match turn {
            Turn::Gone => Duration::ZERO,
            Turn::Done | Turn::Over => GONE,
        };
        self.last_words(times, patience).await;
        if left == 0 {
            Ok(())
        } else {
            Err(Error::NotDrained { within, left })
        }
    }

    /// Waits until all actors have stopped, for as long as that may need the server.
    async fn stopping(&mut self, until: Instant) -> Result<Turn, Error> {
        let shared = Arc::clone(&self.shared);
        let turn = self.turn(shared.empty(), until, GONE).await;
        turn.map_err(Error::Ended)
    }

    /// Waits for something that may need the server. Fails with the session.
    async fn turn(
        &mut self,
        done: impl Future<Output = ()>,
        until: Instant,
        patience: Duration,
    ) -> Result<Turn, Terminal> {
        let gone = gone(self.status.clone(), patience);
        let hurry = hurry(Arc::clone(&self.shared));
        tokio::select! {
            biased;
            () = done => Ok(Turn::Done),
            terminal = self.terminal() => Err(terminal),
            () = gone => Ok(Turn::Gone),
            () = sleep_until(until) => Ok(Turn::Over),
            never = hurry => match never {},
        }
    }

    /// Tells the server what there is to tell, and ends the session.
    async fn last_words(&mut self, times: Times, patience: Duration) {
        let shared = Arc::clone(&self.shared);
        let is_known = self.status.borrow().metadata.is_some();
        if is_known {
            shared.link.with(|host, _| host.close(CloseWhen::Known));
            let nothing = std::future::pending();
            if self.turn(nothing, times.farewell, patience).await.is_err() {
                return;
            }
        }
        // A server that has never taken a connection has nothing to be told.
        let untold = self.stats().unacknowledged_events;
        let closing = if self.connected().is_some() {
            times.until.saturating_duration_since(Instant::now())
        } else {
            AT_ONCE
        };
        shared.link.with(|host, _| host.close(CloseWhen::Now));
        if untold > 0 {
            tracing::warn!(
                untold,
                "expected to tell the server what became of the actors, but found it gone or silent"
            );
        }
        // A connection that is being made ends by itself.
        let _ = timeout(closing.min(CLOSING), self.terminal()).await;
    }

    fn drain_bound(&self) -> Duration {
        self.drain.unwrap_or_else(|| {
            let metadata = self.status.borrow().metadata;
            let stopping = metadata.map_or(UNKNOWN, |metadata| {
                let threshold = u64::try_from(metadata.actor_stop_threshold);
                Duration::from_millis(threshold.unwrap_or(0))
            });
            stopping.min(LONGEST) + LAST
        })
    }
}

/// Has a host that waits for its next connection try it now, again and again.
async fn hurry(shared: Arc<Shared>) -> Infallible {
    let mut ticks = tokio::time::interval(HURRY);
    loop {
        ticks.tick().await;
        shared.link.with(Machine::connect_now);
    }
}

/// Resolves when there was no connection for so long.
async fn gone(mut status: watch::Receiver<Status>, patience: Duration) {
    loop {
        let lost = status.wait_for(|status| status.connected.is_none());
        let is_lost = lost.await.is_ok();
        let back = timeout(
            patience,
            status.wait_for(|status| status.connected.is_some()),
        );
        match back.await.map(|back| back.is_ok()) {
            Ok(true) if is_lost => {}
            // The host is at its end, which is for others to tell.
            Ok(_) => return std::future::pending().await,
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_end_follow_each_other_within_any_bound() {
        let begun = Instant::now();
        for bound in [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_millis(100),
            Duration::from_secs(25),
            Duration::from_mins(30),
            Duration::MAX,
        ] {
            let times = Times::new(begun, bound);
            assert!(
                begun <= times.own_turn
                    && times.own_turn <= times.giving_up
                    && times.giving_up <= times.farewell
                    && times.farewell <= times.until,
                "{bound:?}: {times:?}"
            );
            assert!(times.until - begun <= bound, "{bound:?}: {times:?}");
        }
        let times = Times::new(begun, Duration::from_secs(25));
        let millis = [times.own_turn, times.giving_up, times.farewell, times.until]
            .map(|at| (at - begun).as_millis());
        assert_eq!(millis, [9_500, 19_000, 23_000, 25_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_is_gone_that_was_so_without_a_pause() {
        let (sender, status) = watch::channel(Status::default());
        let begun = Instant::now();
        let waiting = tokio::spawn(gone(status, GONE));
        for _ in 0..5 {
            tokio::time::sleep(GONE / 2).await;
            sender.send_modify(|status| status.connected = Some(crate::Version::V5));
            tokio::time::sleep(GONE / 2).await;
            sender.send_modify(|status| status.connected = None);
        }
        assert!(!waiting.is_finished());
        waiting.await.expect("no panic");
        assert_eq!(begun.elapsed(), GONE * 6);
    }
}
