//! SQL that the server runs.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use depot_sqlite::{Ending, ErrorKind, Executed, Rows, SourceError, Value};
use envoy_protocol::bare::IntoOwned as _;
use envoy_protocol::latest;
use envoy_protocol::session::RequestError;
use envoy_protocol::session::fence::Heads;
use tokio::sync::watch;

use super::flight::Flights;
use super::{local, wire};
use crate::link::{Link, Reply};

/// The database of one generation of an actor, as the server has it open.
pub(super) struct Remote {
    pub(super) link: Arc<Link>,
    pub(super) namespace: String,
    pub(super) actor_id: String,
    pub(super) generation: u32,
    /// How long a statement may take, the way there and back included.
    pub(super) bound: Duration,
    state: State,
    flights: Flights,
}

/// Open, ended or closed. It only ever goes from the first to one of the others.
struct State {
    closed: watch::Sender<bool>,
    ending: OnceLock<Arc<Ending>>,
}

impl Remote {
    pub(super) fn new(
        link: Arc<Link>,
        namespace: String,
        actor_id: String,
        generation: u32,
        bound: Duration,
    ) -> Self {
        let state = State {
            closed: watch::Sender::new(false),
            ending: OnceLock::new(),
        };
        Self {
            link,
            namespace,
            actor_id,
            generation,
            bound,
            state,
            flights: Flights::default(),
        }
    }

    pub(super) async fn exec(&self, sql: &str) -> Result<Rows, depot_sqlite::Error> {
        self.check()?;
        // Lands when the answer was looked at: if it is the end, the database has ended by then.
        let _flight = self.flights.begin();
        let waiting = self.link.request(Reply::Exec, |host, now| {
            let data = latest::SqliteExecRequestRef {
                namespace_id: &self.namespace,
                actor_id: &self.actor_id,
                generation: self.generation.into(),
                sql,
            };
            host.exec(data, now + self.bound)
        });
        let waiting =
            waiting.map_err(|error| depot_sqlite::Error::Source(wire::not_taken(&error)))?;
        let answer = self.answer(waiting).await?;
        match answer.get() {
            latest::SqliteExecResponseRef::SqliteExecOk(ok) => {
                Ok(wire::rows(ok.result.columns, ok.result.rows))
            }
            latest::SqliteExecResponseRef::SqliteErrorResponse(error) => {
                Err(self.failed((*error).into_owned()))
            }
        }
    }

    pub(super) async fn execute(
        &self,
        sql: &str,
        parameters: &[Value],
    ) -> Result<Executed, depot_sqlite::Error> {
        self.check()?;
        let _flight = self.flights.begin();
        let waiting = {
            let parameters: Vec<_> = parameters.iter().map(wire::parameter).collect();
            self.link.request(Reply::Execute, |host, now| {
                let data = latest::SqliteExecuteRequestRef {
                    namespace_id: &self.namespace,
                    actor_id: &self.actor_id,
                    generation: self.generation.into(),
                    sql,
                    params: Some(&parameters),
                };
                host.execute(data, now + self.bound)
            })
        };
        let waiting =
            waiting.map_err(|error| depot_sqlite::Error::Source(wire::not_taken(&error)))?;
        let answer = self.answer(waiting).await?;
        match answer.get() {
            latest::SqliteExecuteResponseRef::SqliteExecuteOk(ok) => Ok(wire::executed(&ok.result)),
            latest::SqliteExecuteResponseRef::SqliteErrorResponse(error) => {
                Err(self.failed((*error).into_owned()))
            }
        }
    }

    /// Resolves when nothing is waited for.
    pub(super) async fn landed(&self) -> bool {
        self.flights.landed().await
    }

    /// Ends the database, for a reason that its host has heard from elsewhere.
    pub(super) fn supersede(&self, error: SourceError) {
        self.end(Ending::Superseded(error));
    }

    /// Closes for good.
    pub(super) fn close(&self) {
        self.state.closed.send_replace(true);
    }

    pub(super) fn ending(&self) -> Option<Arc<Ending>> {
        self.state.ending.get().cloned()
    }

    /// Resolves when the database has ended or is closed.
    pub(super) async fn closed(&self) {
        let mut closed = self.state.closed.subscribe();
        // The sender lives as long as this.
        let _ = closed.wait_for(|closed| *closed).await;
    }

    fn check(&self) -> Result<(), depot_sqlite::Error> {
        if *self.state.closed.borrow() {
            return Err(depot_sqlite::Error::Closed {
                cause: self.ending(),
            });
        }
        Ok(())
    }

    /// The answer; an error if there is none, or if the database was closed meanwhile.
    async fn answer<T>(
        &self,
        answer: impl Future<Output = Option<Result<T, RequestError>>>,
    ) -> Result<T, depot_sqlite::Error> {
        let answer = tokio::select! {
            biased;
            () = self.closed() => return Err(depot_sqlite::Error::Closed { cause: self.ending() }),
            answer = answer => answer,
        };
        let error = match answer {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error @ RequestError::Indeterminate)) => {
                wire::unanswered(ErrorKind::Indeterminate, &error)
            }
            Some(Err(error)) => wire::unanswered(ErrorKind::Transient, &error),
            None => wire::abandoned(ErrorKind::Indeterminate),
        };
        Err(depot_sqlite::Error::Source(error))
    }

    /// What an error of the server means: the fence and a wrong generation end the database.
    fn failed(&self, error: latest::SqliteErrorResponse) -> depot_sqlite::Error {
        let error = wire::statement_error(error);
        if let depot_sqlite::Error::Source(source) = &error
            && local::is_end(source)
        {
            let ending = match source.kind() {
                ErrorKind::Superseded => Ending::Superseded(source.clone()),
                _ => Ending::Fatal(source.clone()),
            };
            if self.end(ending) {
                self.log(source);
            }
        }
        error
    }

    /// Says what has ended the database, as it is said of a local one. Which pages it was about does not come over the
    /// wire.
    fn log(&self, error: &SourceError) {
        let (actor, generation) = (&self.actor_id, self.generation);
        let operation = "remote SQL";
        if error.is_head_mismatch() {
            let heads = Heads::parse(error.message());
            tracing::error!(
                actor,
                generation,
                operation,
                expected_head = heads.map(|heads| heads.expected),
                actual_head = heads.map(|heads| heads.actual),
                %error,
                "another instance has written to the database of an actor"
            );
        } else {
            tracing::warn!(actor, generation, operation, %error, "a generation of an actor was superseded");
        }
    }

    /// Only the first ending counts, and none after the user has closed the database. True if this is it.
    fn end(&self, ending: Ending) -> bool {
        self.state.closed.send_if_modified(|closed| {
            !std::mem::replace(closed, true) && self.state.ending.set(Arc::new(ending)).is_ok()
        })
    }
}
