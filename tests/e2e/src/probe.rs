//! The actor of the tests: it runs the SQL that it is sent, and notes what is asked of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use envoy_client::{Actor, ActorResult, Context, Error, Request, Response};

/// What an actor was asked, and by which of its generations it was heard.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    /// Notes something.
    pub fn note(&self, what: impl Into<String>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what.into());
    }

    /// Everything so far.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until something was noted that begins so. The rest of it.
    ///
    /// # Panics
    ///
    /// If it is not within a minute.
    pub async fn until(&self, begins: &str) -> String {
        let noted = async {
            loop {
                let noted = self.all();
                if let Some(rest) = noted.iter().find_map(|note| note.strip_prefix(begins)) {
                    return rest.to_owned();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let noted = tokio::time::timeout(Duration::from_mins(1), noted).await;
        noted.unwrap_or_else(|_| panic!("expected {begins:?}, but found {:?}", self.all()))
    }
}

/// The actor.
///
/// | request | what it does |
/// | --- | --- |
/// | `/write` | writes a row, whose id is the body, with its generation; notes how that ended |
/// | `/sql` | runs its body, and answers with the rows; or with status 503 and the error's group and code |
/// | `/outlive` | begins a task that runs SQL once the actor has stopped, and notes how that ends |
pub struct Probe {
    context: Context,
    journal: Journal,
}

impl Probe {
    /// Runs SQL: its rows, or the group and the code of its error.
    async fn sql(&self, sql: String) -> Result<String, String> {
        match self.context.sql().exec(sql).await {
            Ok(rows) => Ok(format!("{:?}", rows.rows)),
            Err(error) => Err(name(&error)),
        }
    }

    /// One that notes in `journal`.
    #[must_use]
    pub fn new(context: Context, journal: Journal) -> Self {
        journal.note(format!("start {}", context.generation()));
        Self { context, journal }
    }
}

impl Actor for Probe {
    async fn start(context: Context) -> ActorResult<Self> {
        Ok(Self::new(context, Journal::default()))
    }

    async fn request(&self, request: Request) -> ActorResult<Response> {
        let body = String::from_utf8(request.body().to_vec())?;
        match request.uri().path() {
            "/sql" => Ok(answer(&self.sql(body).await)),
            "/write" => {
                // A request may come twice, and then a row is there already.
                let generation = self.context.generation();
                let sql = format!("INSERT OR IGNORE INTO ledger VALUES ({body}, {generation})");
                let ended = self.sql(sql).await;
                let told = ended
                    .as_deref()
                    .map_or_else(Clone::clone, |_| "done".to_owned());
                self.journal
                    .note(format!("write {body} by {generation}: {told}"));
                Ok(answer(&ended))
            }
            "/outlive" => {
                let (context, journal) = (self.context.clone(), self.journal.clone());
                tokio::spawn(async move {
                    context.stopped().await;
                    let ended = context.sql().exec(body).await;
                    let ended = ended.map_or_else(|error| name(&error), |_| "done".to_owned());
                    journal.note(format!("outlived {}: {ended}", context.generation()));
                });
                Ok(Response::default())
            }
            path => Err(format!("expected something to do, but found {path}").into()),
        }
    }

    async fn sleep(&self) -> ActorResult {
        self.journal
            .note(format!("sleep {}", self.context.generation()));
        Ok(())
    }

    async fn destroy(&self) -> ActorResult {
        self.journal
            .note(format!("destroy {}", self.context.generation()));
        Ok(())
    }
}

fn answer(ended: &Result<String, String>) -> Response {
    let (Ok(text) | Err(text)) = ended;
    let mut response = Response::new(text.clone().into());
    if ended.is_err() {
        *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

fn name(error: &Error) -> String {
    format!("{}.{}", error.group(), error.code())
}
