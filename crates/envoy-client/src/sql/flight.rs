//! What a database waits for from its server.
//!
//! A server that refuses a generation also gives it up, by a command that may overtake the answer which says why. So a
//! host that hears the command first waits for that answer, for a moment.

use depot_sqlite::SourceError;
use tokio::sync::watch;

use super::is_end;

/// Counts the requests of a database that are not answered.
#[derive(Default)]
pub(super) struct Flights(watch::Sender<State>);

#[derive(Debug, Clone, Copy, Default)]
struct State {
    waiting: usize,
    /// Whether an answer said that the database ends.
    ended: bool,
}

/// A request that is not answered.
pub(super) struct Flight<'a>(&'a Flights);

impl Flights {
    pub(super) fn begin(&self) -> Flight<'_> {
        self.0.send_modify(|state| state.waiting += 1);
        Flight(self)
    }

    /// Resolves when nothing is waited for. Says whether an answer said that the database ends.
    pub(super) async fn landed(&self) -> bool {
        let mut state = self.0.subscribe();
        let landed = state.wait_for(|state| state.waiting == 0).await;
        // The sender lives as long as this.
        landed.is_ok_and(|state| state.ended)
    }
}

impl Flight<'_> {
    /// The request was answered by this error.
    pub(super) fn failed(&self, error: &SourceError) {
        if is_end(error) {
            self.0.0.send_modify(|state| state.ended = true);
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| state.waiting -= 1);
    }
}
