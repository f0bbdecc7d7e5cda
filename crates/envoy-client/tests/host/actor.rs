//! The actor that the tests run: it does what requests ask for, and notes what is asked of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use envoy_client::{
    Actor, ActorResult, Bounds, Builder, Context, Error, Host, Options, Request, Response, Rows,
    Storage, Version,
};
use tokio::sync::mpsc;

use crate::server::{Memory, Server, lock};
use crate::told::{Told, until, within};

/// What actors do is noted here.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(crate) fn note(&self, what: impl Into<String>) {
        lock(&self.0).push(what.into());
    }

    pub(crate) fn all(&self) -> Vec<String> {
        lock(&self.0).clone()
    }

    /// Waits until this was noted.
    pub(crate) async fn until(&self, what: &str) {
        until(what, || self.count(what) > 0).await;
    }

    /// How often this was noted.
    pub(crate) fn count(&self, what: &str) -> usize {
        let notes = self.all();
        notes.iter().filter(|noted| *noted == what).count()
    }

    /// Lets what waits [`UNTIL_LET_GO`] go on.
    pub(crate) fn let_go(&self) {
        self.note("let go");
    }
}

/// The body of a request to wait for [`Notes::let_go`], and not for a time.
pub(crate) const UNTIL_LET_GO: &[u8] = b"until let go";

pub(crate) struct Probe {
    pub(crate) context: Context,
    notes: Notes,
}

impl Actor for Probe {
    async fn start(context: Context) -> ActorResult<Self> {
        Ok(Self {
            context,
            notes: Notes::default(),
        })
    }

    async fn request(&self, request: Request) -> ActorResult<Response> {
        let context = &self.context;
        let body = String::from_utf8_lossy(request.body()).into_owned();
        match request.uri().path() {
            "/echo" => Ok(Response::new(request.into_body())),
            "/exec" => {
                // As an actor would: the error is its caller's business.
                let text = match context.sql().exec(body).await {
                    Ok(rows) => format!("{:?}", rows.rows),
                    Err(error) => format!("{}.{}", error.group(), error.code()),
                };
                Ok(Response::new(text.into()))
            }
            "/large" => Ok(Response::new(vec![b'x'; body.parse()?].into())),
            "/fail" => Err("this is not for callers".into()),
            "/panic" => {
                self.notes.note("panics soon");
                tokio::time::sleep(Duration::from_millis(body.parse()?)).await;
                panic!("on purpose")
            }
            "/hang" => {
                self.notes.note("hangs");
                let _noted = Dropped(self.notes.clone());
                std::future::pending().await
            }
            "/wait" => {
                self.notes.note("waits");
                if body.as_bytes() == UNTIL_LET_GO {
                    self.notes.until("let go").await;
                } else {
                    tokio::time::sleep(Duration::from_millis(body.parse()?)).await;
                }
                Ok(Response::new("waited".into()))
            }
            "/block" => {
                std::thread::sleep(Duration::from_millis(body.parse()?));
                Ok(Response::new("blocked".into()))
            }
            path => Err(format!("expected something to do, but found {path}").into()),
        }
    }

    async fn alarm(&self) -> ActorResult {
        self.notes
            .note(format!("alarm {}", self.context.generation()));
        Ok(())
    }

    async fn sleep(&self) -> ActorResult {
        self.notes
            .note(format!("sleep {}", self.context.generation()));
        if let Ok(Some(value)) = self.context.state().load().await
            && value == b"save more at the end"
        {
            self.context.state().set(*b"saved at the end");
        }
        Ok(())
    }

    async fn destroy(&self) -> ActorResult {
        self.notes
            .note(format!("destroy {}", self.context.generation()));
        Ok(())
    }
}

struct Dropped(Notes);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
}

/// A host that runs probes, and what they note.
pub(crate) struct Running {
    pub(crate) host: Host,
    pub(crate) notes: Notes,
    started: mpsc::UnboundedReceiver<Context>,
}

impl Running {
    /// The context of the generation that was started next.
    pub(crate) async fn context(&mut self) -> Context {
        within("a start", self.started.recv())
            .await
            .expect("the host is there")
    }
}

pub(crate) fn options(storage: Storage) -> Options {
    let mut options = Options::with_sql(storage);
    options.bounds = Bounds::DEFAULT;
    options.bounds.failed_requests = Duration::from_millis(200);
    options
}

/// A server, and a host at it that runs the first generation of a probe, `a`.
pub(crate) async fn probe(version: Version, options: Options) -> (Server, Told, Running) {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let running = run(&server, version, options).await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    (server, told, running)
}

/// The same with a table `t` in its database.
pub(crate) async fn probe_with_table(
    version: Version,
    options: Options,
) -> (Server, Told, Running, Context) {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let mut running = run(&server, version, options).await;
    let context = with_table(&server, &mut told, &mut running).await;
    (server, told, running, context)
}

/// Starts the probe `a`, and makes a table `t` in its database.
pub(crate) async fn with_table(server: &Server, told: &mut Told, running: &mut Running) -> Context {
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    let context = running.context().await;
    sql(&context, "CREATE TABLE t (v)").await;
    context
}

/// Runs SQL, which has to succeed.
pub(crate) async fn sql(context: &Context, sql: &str) -> Rows {
    let rows = context.sql().exec(sql).await;
    rows.unwrap_or_else(|error| panic!("expected {sql:?} to succeed, but found {error}"))
}

/// Why SQL fails.
pub(crate) async fn sql_error(context: &Context, sql: &str) -> Error {
    let rows = context.sql().exec(sql).await;
    rows.expect_err("this SQL fails")
}

/// A host at `server`, connected, with probes of that name.
pub(crate) async fn run(server: &Server, version: Version, options: Options) -> Running {
    run_with(server, version, options, |host| host).await
}

pub(crate) async fn run_with(
    server: &Server,
    version: Version,
    options: Options,
    change: impl FnOnce(Builder) -> Builder,
) -> Running {
    let notes = Notes::default();
    let (starts, started) = mpsc::unbounded_channel();
    let start = {
        let notes = notes.clone();
        move |context: Context| {
            let (notes, starts) = (notes.clone(), starts.clone());
            async move {
                notes.note(format!("start {}", context.generation()));
                // A test that has seen enough may be gone.
                let _ = starts.send(context.clone());
                Ok(Probe { context, notes })
            }
        }
    };
    let host = envoy_client::host(server.url())
        .version(version)
        .options(options)
        .actor_with("probe", start)
        .session(|session| session.backoff.first = Duration::from_millis(50));
    let mut host = change(host).start().await.expect("a host");
    assert_eq!(
        within("a connection", host.ready())
            .await
            .expect("it is taken"),
        version
    );
    Running {
        host,
        notes,
        started,
    }
}
