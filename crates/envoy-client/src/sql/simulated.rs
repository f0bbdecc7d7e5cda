//! A database without SQL, for simulations: its actor asks for pages and commits by itself, in place of SQLite on a thread.

use std::sync::Arc;

use depot_sqlite::{
    Commit, Committed, Ending, ErrorKind, GetPages, PageSource, Pages, Resend, SourceError,
};
use tokio::sync::watch;

use super::Lane;
use super::flight::Flights;
use super::local::Source;
use super::wire;

/// What there is in place of a database.
pub(super) struct Simulated {
    pub(super) source: Source,
    pub(super) flights: Arc<Flights>,
    pub(super) lane: Lane,
    pub(super) state: watch::Sender<State>,
}

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) ending: Option<Arc<Ending>>,
    pub(super) closed: bool,
}

/// The pages of one generation of an actor, until its database ends or is closed.
#[derive(Clone)]
pub struct SimulatedPages {
    pub(super) simulated: Arc<Simulated>,
    /// Whether the end of the generation is noticed here.
    pub(super) watched: bool,
}

impl Simulated {
    /// Ends the database, unless it has ended before or was closed.
    pub(super) fn end(&self, ending: Ending) {
        self.state.send_if_modified(|state| {
            let is_first = state.ending.is_none() && !state.closed;
            if is_first {
                state.ending = Some(Arc::new(ending));
            }
            is_first
        });
    }

    pub(super) fn close(&self) {
        self.state.send_modify(|state| state.closed = true);
    }

    pub(super) async fn ended(&self) -> Option<Arc<Ending>> {
        let mut state = self.state.subscribe();
        let over = state.wait_for(|state| state.closed || state.ending.is_some());
        // The sender lives as long as this.
        over.await.ok()?.ending.clone()
    }
}

impl SimulatedPages {
    /// Ends the database, for what an answer said.
    pub fn end(&self, ending: Ending) {
        self.simulated.end(ending);
    }

    async fn while_open<T>(
        &self,
        asked: impl Future<Output = Result<T, SourceError>> + Send,
    ) -> Result<T, SourceError> {
        if !self.watched {
            return asked.await;
        }
        let mut state = self.simulated.state.subscribe();
        tokio::select! {
            biased;
            _ = state.wait_for(|state| state.closed || state.ending.is_some()) => {
                Err(wire::own(ErrorKind::Superseded, "closed", "the database is closed"))
            }
            result = asked => result,
        }
    }
}

impl PageSource for SimulatedPages {
    async fn get_pages(&self, request: GetPages) -> Result<Pages, SourceError> {
        self.while_open(self.simulated.source.get_pages(request))
            .await
    }

    async fn commit(&self, request: Commit) -> Result<Committed, SourceError> {
        self.while_open(self.simulated.source.commit(request)).await
    }

    fn resend(&self) -> Resend {
        self.simulated.source.resend()
    }
}
