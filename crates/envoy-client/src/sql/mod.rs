//! The database of an actor: one type, whether SQL runs in this process or at the server.

mod flight;
mod local;
mod remote;
#[cfg(feature = "sim")]
mod simulated;
pub(crate) mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use depot_sqlite::{Database, Ending, Executed, Rows, SourceError, Value};

use crate::Error;
use crate::link::Link;
use crate::options::{SqlOptions, Storage};
use flight::Flights;
use local::Source;
pub(crate) use local::is_end;
use remote::Remote;
#[cfg(feature = "sim")]
use simulated::Simulated;
#[cfg(feature = "sim")]
pub use simulated::SimulatedPages;

/// By how much depot-sqlite waits longer for a commit than the session.
const GRACE: Duration = Duration::from_secs(1);

/// The database of one generation of an actor.
///
/// Clones are the same database. Statements run one after the other, in the order in which they were handed in. A
/// statement that is running is not taken back by dropping its future.
///
/// What was committed is durable, and was written by this generation alone: if another instance has written, the statement
/// fails with `depot.head_fence_mismatch`, every later one with `sqlite.closed`, and the host stops this generation.
///
/// Where the server runs the SQL, a transaction over several calls ends with the connection: have all of it in one
/// [`exec`](Self::exec), or use a local database.
#[derive(Clone)]
pub struct Sql(Arc<Kind>);

enum Kind {
    Local {
        database: Database,
        flights: Arc<Flights>,
        lane: Lane,
    },
    Remote(Remote),
    #[cfg(feature = "sim")]
    Simulated(Arc<Simulated>),
    None,
}

/// Which database it is to the session.
struct Lane {
    link: Arc<Link>,
    actor_id: String,
    generation: u32,
}

impl Sql {
    pub(crate) fn new(
        link: &Arc<Link>,
        namespace: &str,
        actor_id: &str,
        generation: u32,
        options: &SqlOptions,
    ) -> Self {
        Self(Arc::new(match options.storage {
            Storage::Local => {
                let mut config = options.config.clone();
                config.name = format!("{actor_id}/{generation}");
                let flights = Arc::new(Flights::default());
                let source = Source {
                    flights: Arc::clone(&flights),
                    link: Arc::clone(link),
                    actor_id: actor_id.to_owned(),
                    generation,
                    resend: options.resend,
                    commit_bound: config.commit_attempt,
                };
                // The session says itself when the time is over, and what that means.
                config.commit_attempt = config.commit_attempt.saturating_add(GRACE);
                Kind::Local {
                    database: Database::new(source, config),
                    flights,
                    lane: Lane {
                        link: Arc::clone(link),
                        actor_id: actor_id.to_owned(),
                        generation,
                    },
                }
            }
            Storage::Remote => Kind::Remote(Remote::new(
                Arc::clone(link),
                namespace.to_owned(),
                actor_id.to_owned(),
                generation,
                options.remote_bound,
            )),
            #[cfg(feature = "sim")]
            Storage::Simulated => {
                let flights = Arc::new(Flights::default());
                Kind::Simulated(Arc::new(Simulated {
                    source: Source {
                        flights: Arc::clone(&flights),
                        link: Arc::clone(link),
                        actor_id: actor_id.to_owned(),
                        generation,
                        resend: options.resend,
                        commit_bound: options.config.commit_attempt,
                    },
                    flights,
                    lane: Lane {
                        link: Arc::clone(link),
                        actor_id: actor_id.to_owned(),
                        generation,
                    },
                    state: tokio::sync::watch::Sender::default(),
                }))
            }
            Storage::None => Kind::None,
        }))
    }

    /// Runs any number of statements, without parameters. Answers the rows of the last one that returned any.
    pub async fn exec(&self, sql: impl Into<String>) -> Result<Rows, Error> {
        Ok(match &*self.0 {
            Kind::Local { database, .. } => {
                database.open().await?;
                database.exec(sql).await?
            }
            Kind::Remote(remote) => remote.exec(&sql.into()).await?,
            #[cfg(feature = "sim")]
            Kind::Simulated(_) => return Err(Error::NoDatabase),
            Kind::None => return Err(Error::NoDatabase),
        })
    }

    /// Runs a single statement. `parameters` are the values of its parameters, from the first; those without a value are
    /// NULL.
    pub async fn execute(
        &self,
        sql: impl Into<String>,
        parameters: impl Into<Vec<Value>>,
    ) -> Result<Executed, Error> {
        Ok(match &*self.0 {
            Kind::Local { database, .. } => {
                database.open().await?;
                database.execute(sql, parameters.into()).await?
            }
            Kind::Remote(remote) => remote.execute(&sql.into(), &parameters.into()).await?,
            #[cfg(feature = "sim")]
            Kind::Simulated(_) => return Err(Error::NoDatabase),
            Kind::None => return Err(Error::NoDatabase),
        })
    }

    /// Whether there is a database at all.
    #[must_use]
    pub fn is_available(&self) -> bool {
        match &*self.0 {
            Kind::Local { .. } | Kind::Remote(_) => true,
            #[cfg(feature = "sim")]
            Kind::Simulated(_) => false,
            Kind::None => false,
        }
    }

    /// What has ended the database, if it was not the end of its generation.
    #[must_use]
    pub fn ending(&self) -> Option<Arc<Ending>> {
        match &*self.0 {
            Kind::Local { database, .. } => database.ending(),
            Kind::Remote(remote) => remote.ending(),
            #[cfg(feature = "sim")]
            Kind::Simulated(simulated) => simulated.state.borrow().ending.clone(),
            Kind::None => None,
        }
    }

    /// Resolves when the database ends, with what ended it; never if it was closed, or if there is none.
    pub(crate) async fn ended(&self) -> Arc<Ending> {
        let ending = match &*self.0 {
            Kind::Local { database, .. } => database.ended().await,
            Kind::Remote(remote) => {
                remote.closed().await;
                remote.ending()
            }
            #[cfg(feature = "sim")]
            Kind::Simulated(simulated) => simulated.ended().await,
            Kind::None => None,
        };
        match ending {
            Some(ending) => ending,
            None => std::future::pending().await,
        }
    }

    /// Waits for the answers that are on their way, and for the end of the database if one of them says so.
    pub(crate) async fn settle(&self, bound: Duration) {
        let settled = async {
            let ended = match &*self.0 {
                Kind::Local { flights, .. } => flights.landed().await,
                Kind::Remote(remote) => remote.landed().await,
                #[cfg(feature = "sim")]
                Kind::Simulated(simulated) => simulated.flights.landed().await,
                Kind::None => false,
            };
            if ended {
                self.ended().await;
            }
        };
        // What has not come by then is not waited for.
        let _ = tokio::time::timeout(bound, settled).await;
    }

    /// Ends the database for a reason that the host has heard from elsewhere, unless it has ended before.
    pub(crate) fn supersede(&self, error: SourceError) {
        match &*self.0 {
            Kind::Local { database, .. } => database.supersede(error),
            Kind::Remote(remote) => remote.supersede(error),
            #[cfg(feature = "sim")]
            Kind::Simulated(simulated) => simulated.end(Ending::Superseded(error)),
            Kind::None => {}
        }
    }

    /// Closes the database for good, with this call: whatever comes later fails, and what runs is ended. The future
    /// resolves when all that it had is free.
    pub(crate) fn close(&self) -> impl Future<Output = ()> + Send + 'static {
        let freed = match &*self.0 {
            Kind::Local { database, .. } => {
                let freed = database.close();
                self.forget();
                Some(freed)
            }
            Kind::Remote(remote) => {
                remote.close();
                None
            }
            #[cfg(feature = "sim")]
            Kind::Simulated(simulated) => {
                simulated.close();
                self.forget();
                None
            }
            Kind::None => None,
        };
        let sql = self.clone();
        async move {
            if let Some(freed) = freed {
                freed.await;
                // A commit that was on its way out when the database was closed has left its mark.
                sql.forget();
            }
        }
    }

    fn forget(&self) {
        let lane = match &*self.0 {
            Kind::Local { lane, .. } => lane,
            #[cfg(feature = "sim")]
            Kind::Simulated(simulated) => &simulated.lane,
            Kind::Remote(_) | Kind::None => return,
        };
        lane.link.with(|host, _| {
            host.forget_database(&lane.actor_id, Some(lane.generation.into()));
        });
    }

    #[cfg(feature = "sim")]
    pub(crate) fn pages(&self, watched: bool) -> Option<SimulatedPages> {
        match &*self.0 {
            Kind::Simulated(simulated) => Some(SimulatedPages {
                simulated: Arc::clone(simulated),
                watched,
            }),
            _ => None,
        }
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sql").finish_non_exhaustive()
    }
}
