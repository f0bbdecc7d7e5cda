//! A host of the envoy protocol: it runs actors, for a server that starts them, keeps their databases and brings their
//! requests.
//!
//! An [`Actor`] has a name, one instance at a time, and a SQLite database that is its own. If two instances of it should
//! ever run at once, the database accepts the writes of one; the other is stopped with an error.
//!
//! ```no_run
//! use envoy_client::{Actor, ActorResult, Context, Error, Request, Response};
//!
//! struct Counter(Context);
//!
//! impl Actor for Counter {
//!     async fn start(context: Context) -> ActorResult<Self> {
//!         context.sql().exec("CREATE TABLE IF NOT EXISTS hit (path TEXT)").await?;
//!         Ok(Self(context))
//!     }
//!
//!     async fn request(&self, request: Request) -> ActorResult<Response> {
//!         let path = request.uri().path().into();
//!         self.0.sql().execute("INSERT INTO hit VALUES (?)", [path]).await?;
//!         let hits = self.0.sql().exec("SELECT count(*) FROM hit").await?;
//!         Ok(Response::new(format!("{:?}\n", hits.rows[0][0]).into()))
//!     }
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Error> {
//!     envoy_client::host("http://127.0.0.1:6420").pool("counters").actor::<Counter>("counter").run().await
//! }
//! ```
//!
//! * [`host`] begins a host. It connects by itself, again and again; SIGTERM drains it.
//! * [`Context`] is what an actor has: [`Sql`], [`Kv`], [`State`], its alarm, its sleep.
//! * [`Error`] is what can go wrong: a group, a code, and words.
//! * How an actor stops, and in which order, is in `docs/client.md` of the repository.
#![forbid(unsafe_code)]

mod actor;
mod context;
mod drain;
mod error;
mod failure;
mod gate;
mod host;
mod http;
mod kv;
mod life;
mod link;
mod options;
mod outside;
mod pool;
mod pump;
mod registry;
mod requests;
mod signal;
mod sql;
mod state;
mod stop;
mod task;

pub use actor::{Actor, ActorResult, Request, Response};
pub use bytes::Bytes;
pub use context::Context;
pub use depot_sqlite::{Ending, Executed, Resend, Rows, Value};
pub use envoy_protocol::Version;
pub use envoy_protocol::session::{Fallback, HostConfig, HostStats, RequestLimits, Terminal};
pub use envoy_protocol::ws::{EnvoyKey, Token};
pub use error::{BoxError, Error};
pub use host::{Builder, Host, host};
pub use kv::{Entry, Keys, Kv, List, Order};
pub use options::{Bounds, Options, SqlOptions, Storage};
#[cfg(feature = "sim")]
pub use outside::simulate;
#[cfg(feature = "sim")]
pub use sql::SimulatedPages;
pub use sql::Sql;
pub use state::State;
