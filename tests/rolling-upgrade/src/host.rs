//! A host of the fleet, and its actor: one row for each write, with who wrote it.
//!
//! | request | what it does |
//! | --- | --- |
//! | `POST /note`, an [`Op`] | writes its row if it is not there, and answers with [`Noted`], once that is durable |
//! | `GET /book` | reads everything: [`Book`] |
//! | `POST /sql` | runs its body |

use std::sync::Arc;

use envoy_client::{Actor, ActorResult, Context, Error, Request, Response, Value};
use envoy_protocol::Version;
use envoy_protocol::ws::EnvoyKey;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::ledger::{Book, Op, Row};

/// Run one host of the fleet
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The server
    #[arg(long)]
    endpoint: String,
    /// The pool
    #[arg(long)]
    pool: String,
    /// What this host is called; no other process may have had this name
    #[arg(long, value_parser = |name: &str| EnvoyKey::new(name))]
    name: EnvoyKey,
    /// The version of the protocol
    #[arg(long)]
    version: Version,
    /// The number of what is deployed: actors go to the newest
    #[arg(long)]
    deployment: u32,
}

/// The answer to a write that is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    pub(crate) place: i64,
    /// Whether it was there before: then it was carried out twice, or is an answer to a second try.
    pub(crate) again: bool,
    pub(crate) generation: u32,
    pub(crate) host: String,
    pub(crate) version: u16,
}

/// Runs until it is asked to end, by SIGTERM, and all actors have gone elsewhere.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let name: Arc<str> = arguments.name.to_string().into();
    let version = arguments.version.number();
    let start = move |context: Context| {
        let host = Arc::clone(&name);
        async move {
            context.sql().exec(SCHEMA).await?;
            Ok(Notes {
                context,
                host,
                version,
            })
        }
    };
    envoy_client::host(arguments.endpoint)
        .pool(arguments.pool)
        .envoy_key(arguments.name)
        .version(arguments.version)
        .deployment(arguments.deployment)
        .actor_with(NAME, start)
        .run()
        .await?;
    Ok(())
}

/// What the API of the tests calls its actors.
const NAME: &str = "thingy";

// Nothing keeps a write from being there twice, so that it can be seen if it is.
const SCHEMA: &str = "\
    CREATE TABLE IF NOT EXISTS note (
        place INTEGER PRIMARY KEY, writer INTEGER NOT NULL, number INTEGER NOT NULL,
        generation INTEGER NOT NULL, host TEXT NOT NULL, load BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS by_op ON note (writer, number);
    CREATE TABLE IF NOT EXISTS inserted (count INTEGER NOT NULL);
    INSERT INTO inserted SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM inserted);
    CREATE TRIGGER IF NOT EXISTS count_them AFTER INSERT ON note
        BEGIN UPDATE inserted SET count = count + 1; END;";

/// One statement, and so one commit. A request may come twice.
const NOTE: &str = "\
    INSERT INTO note (writer, number, generation, host, load)
    SELECT ?1, ?2, ?3, ?4, zeroblob(?5) WHERE NOT EXISTS (SELECT 1 FROM note WHERE writer = ?1 AND number = ?2)
    RETURNING place";
const FIND: &str = "SELECT place FROM note WHERE writer = ?1 AND number = ?2 LIMIT 1";

struct Notes {
    context: Context,
    host: Arc<str>,
    version: u16,
}

impl Actor for Notes {
    async fn start(_: Context) -> ActorResult<Self> {
        Err("this actor is started with the name of its host".into())
    }

    async fn request(&self, request: Request) -> ActorResult<Response> {
        let answered = match (request.method(), request.uri().path()) {
            (&Method::POST, "/note") => {
                let op = serde_json::from_slice(request.body())?;
                self.note(op).await.map(|noted| json(&noted))
            }
            (&Method::GET, "/book") => self.book().await.map(|book| json(&book)),
            (&Method::POST, "/sql") => {
                let sql = String::from_utf8(request.body().to_vec())?;
                let done = self.context.sql().exec(sql).await;
                done.map(|_| Response::default())
            }
            (method, path) => {
                return Err(format!("expected something to do, but found {method} {path}").into());
            }
        };
        Ok(answered.unwrap_or_else(|error| refusal(&error)))
    }
}

impl Notes {
    async fn note(&self, op: Op) -> Result<Noted, Error> {
        let (writer, number) = (
            Value::Integer(op.writer.into()),
            Value::Integer(op.number.into()),
        );
        let values = [
            writer.clone(),
            number.clone(),
            Value::Integer(self.context.generation().into()),
            Value::Text(self.host.to_string()),
            // Sizes differ, so that pages split now here, now there.
            Value::Integer((i64::from(op.number) * 7919) % 2000),
        ];
        let sql = self.context.sql();
        let written = sql.execute(NOTE, values).await?.rows.rows;
        let again = written.is_empty();
        let rows = if again {
            sql.execute(FIND, [writer, number]).await?.rows.rows
        } else {
            written
        };
        Ok(Noted {
            place: rows
                .first()
                .and_then(|row| integer(row, 0))
                .unwrap_or_default(),
            again,
            generation: self.context.generation(),
            host: self.host.to_string(),
            version: self.version,
        })
    }

    async fn book(&self) -> Result<Book, Error> {
        let rows = async |sql: &str| {
            let found = self.context.sql().exec(sql).await?;
            Ok::<_, Error>(found.rows)
        };
        let found =
            rows("SELECT place, writer, number, generation, host FROM note ORDER BY place").await?;
        let inserted = rows("SELECT count FROM inserted").await?;
        let check = rows("PRAGMA integrity_check").await?;
        Ok(Book {
            rows: found.iter().filter_map(|row| read(row)).collect(),
            inserted: inserted
                .first()
                .and_then(|row| integer(row, 0))
                .unwrap_or(-1),
            integrity: check
                .first()
                .and_then(|row| text(row, 0))
                .unwrap_or_default(),
            generation: self.context.generation(),
            version: self.version,
        })
    }
}

fn read(row: &[Value]) -> Option<Row> {
    let small = |column| u32::try_from(integer(row, column)?).ok();
    Some(Row {
        place: integer(row, 0)?,
        op: Op {
            writer: small(1)?,
            number: small(2)?,
        },
        generation: small(3)?,
        host: text(row, 4)?,
    })
}

fn integer(row: &[Value], column: usize) -> Option<i64> {
    match row.get(column) {
        Some(Value::Integer(integer)) => Some(*integer),
        _ => None,
    }
}

fn text(row: &[Value], column: usize) -> Option<String> {
    match row.get(column) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

fn json(value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    Response::new(body.into())
}

fn refusal(error: &Error) -> Response {
    let text = format!("{}.{}: {error}", error.group(), error.code());
    let mut response = Response::new(text.into());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}
