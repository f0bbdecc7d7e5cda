//! Hosts that outlive their server, and actors that can say who they are.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use envoy_client::{Actor, ActorResult, Context, Host, Request, Response, Value};
use envoy_interop_engine::api::{Api, NewActor, PATIENCE};
use envoy_protocol::Version;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hyper::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;

/// How many hosts there are of each version. They are a pool.
const HOSTS: usize = 5;
/// Actors that are made at once.
const AT_ONCE: usize = 16;
/// Actors that are asked before the server says that it is well, beside those of the sweep.
const EARLY: u32 = 5;

/// Hosts and the actors that run on them.
pub(crate) struct Fleet {
    hosts: Vec<Host>,
    /// Those that the sweep asks.
    pub(crate) subjects: Vec<Subject>,
    /// Those that are asked as soon as the port takes connections.
    pub(crate) early: Vec<Subject>,
}

/// An actor, from outside.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    id: String,
    /// Its generation, when it was asked last.
    generation: u32,
    /// The number of the last note that it has acknowledged. The next is higher, or a note is lost.
    acknowledged: u64,
}

/// What an actor answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200, from this very actor, by its own database, with everything in it that it had acknowledged.
    Own(Life),
    /// 200, and something else.
    Other(String),
    /// Another status, and which error.
    Status(StatusCode, String),
    /// No answer at all.
    None(String),
}

/// Who answers for an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// The generation that answered before.
    Same,
    /// A later one, with what is stored of the actor.
    Next,
}

impl Fleet {
    /// Starts the hosts and makes `actors` on them, each asked once. `backoff` is the longest wait of a host between two attempts
    /// to connect, where it is not the default.
    pub(crate) async fn start(api: Api, actors: u32, backoff: Option<Duration>) -> Result<Self> {
        let mut hosts = Vec::new();
        for &version in Version::ALL {
            api.make_pool(&pool(version)).await?;
            for _ in 0..HOSTS {
                let mut host = envoy_client::host(format!("http://{}", api.authority()))
                    .pool(pool(version))
                    .version(version)
                    .session(|session| {
                        session.backoff.most = backoff.unwrap_or(session.backoff.most);
                    })
                    .actor::<Witness>("thingy")
                    .start()
                    .await?;
                host.ready().await?;
                hosts.push(host);
            }
        }
        registered(api, hosts.len()).await?;
        // In turn, so that every offset has actors of each.
        let versions = Version::ALL.iter().cycle();
        let mut subjects: Vec<_> = stream::iter((0..actors + EARLY).zip(versions))
            .map(|(_, version)| Subject::make(api, *version))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let early = subjects.split_off(usize::try_from(actors)?);
        Ok(Self {
            hosts,
            subjects,
            early,
        })
    }

    /// How many hosts there are.
    pub(crate) fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// Ends a host, as if its process had gone: its server has to be away, or it would hear of it.
    pub(crate) fn lose_a_host(&mut self) {
        self.hosts.pop();
    }
}

/// How many hosts a server has.
pub(crate) async fn connected(api: Api) -> Result<usize> {
    let all = api.envoys().await?;
    all["envoys"]
        .as_array()
        .map(Vec::len)
        .with_context(|| format!("expected hosts, but found {all}"))
}

/// Waits until actors can be started on the hosts: an engine says its init a little earlier.
async fn registered(api: Api, hosts: usize) -> Result<()> {
    let start = Instant::now();
    loop {
        let found = connected(api).await?;
        if found == hosts {
            return Ok(());
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "expected {hosts} hosts, but found {found}"
        );
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// The pool of the hosts that speak a version.
fn pool(version: Version) -> String {
    format!("sweep-{version}")
}

impl fmt::Display for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actors = self.subjects.len() + self.early.len();
        write!(f, "{actors} warmed actors on {} hosts", self.hosts.len())
    }
}

impl Subject {
    async fn make(api: Api, version: Version) -> Result<Self> {
        let actor = NewActor {
            pool: &pool(version),
            key: None,
            input: None,
        };
        let id = api.make_actor(&actor).await?;
        let mut subject = Self {
            id,
            generation: 1,
            acknowledged: 0,
        };
        let answer = subject.ask(api).await;
        ensure!(
            answer == Answer::Own(Life::Same),
            "expected an actor that answers, but found {answer:?}"
        );
        Ok(subject)
    }

    /// Has the actor write a note, and looks at what it answers.
    pub(crate) async fn ask(&mut self, api: Api) -> Answer {
        let path = format!("/gateway/{}/note", self.id);
        let asked = api.request(Method::POST, &path, HeaderMap::new(), Bytes::new());
        let answer = match asked.await {
            Ok(answer) => answer,
            Err(error) => return Answer::None(format!("{:#}", error.root_cause())),
        };
        let text = String::from_utf8_lossy(answer.body());
        if answer.status() != StatusCode::OK {
            let code = answer.headers().get("x-rivet-error");
            let code = code.and_then(|code| code.to_str().ok());
            return Answer::Status(answer.status(), code.unwrap_or(&text).to_owned());
        }
        match self.own(&text) {
            Some((generation, note)) => {
                let life = if generation == self.generation {
                    Life::Same
                } else {
                    Life::Next
                };
                self.generation = generation;
                self.acknowledged = note;
                Answer::Own(life)
            }
            None => Answer::Other(text.into_owned()),
        }
    }

    /// The generation and the number of the note, if this actor says so, and has lost none.
    fn own(&self, text: &str) -> Option<(u32, u64)> {
        let (by, rest) = text.split_once(' ')?;
        let (of, rest) = rest.split_once(' ')?;
        let (generation, note) = rest.split_once(' ')?;
        let note = note.parse().ok()?;
        let is_own = by == self.id && of == self.id && note > self.acknowledged;
        let generation = generation.parse().ok()?;
        (is_own && generation >= self.generation).then_some((generation, note))
    }
}

/// The actor: it writes notes, and answers each with who it is, whose database that is, its generation, and the note's number.
struct Witness(Context);

impl Actor for Witness {
    async fn start(context: Context) -> ActorResult<Self> {
        let tables = "CREATE TABLE IF NOT EXISTS own (actor TEXT); \
                      CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, generation INTEGER)";
        context.sql().exec(tables).await?;
        let owner = "INSERT INTO own SELECT ? WHERE NOT EXISTS (SELECT 1 FROM own)";
        let id = Value::from(context.actor_id());
        context.sql().execute(owner, [id]).await?;
        Ok(Self(context))
    }

    async fn request(&self, _: Request) -> ActorResult<Response> {
        let note = "INSERT INTO note (generation) VALUES (?) RETURNING id, (SELECT actor FROM own)";
        let generation = self.0.generation();
        let noted = self.0.sql().execute(note, [generation.into()]).await?;
        let row = noted.rows.rows.first().context("expected a row")?;
        let [Value::Integer(number), Value::Text(owner)] = &row[..] else {
            return Err(format!("expected a number and an actor, but found {row:?}").into());
        };
        let id = self.0.actor_id();
        Ok(Response::new(
            format!("{id} {owner} {generation} {number}").into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_own_with_its_id_its_database_and_all_of_its_notes() {
        let subject = Subject {
            id: "a1".to_owned(),
            generation: 2,
            acknowledged: 3,
        };
        assert_eq!(subject.own("a1 a1 2 4"), Some((2, 4)));
        // A request that was carried out twice.
        assert_eq!(subject.own("a1 a1 3 5"), Some((3, 5)));
        for other in [
            "b1 a1 2 4",
            "a1 b1 2 4",
            "a1 a1 2 3",
            "a1 a1 1 4",
            "a1 a1 4",
            "a1 a1 x 4",
            "",
        ] {
            assert_eq!(subject.own(other), None, "{other}");
        }
    }
}
