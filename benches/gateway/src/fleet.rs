//! The host: actors on one connection, with the session and the transport of this project, whichever server it is.
//!
//! Commits and reads are handed to the session as they are, without SQLite: what is measured is the server. Each carries the
//! generation and the head, as every request of a v5 host does.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use envoy_interop_engine::api::{Api, NAMESPACE, NewActor};
use envoy_protocol::bare::MapRef;
use envoy_protocol::latest::{
    ActorState, Command, Event, EventActorStateUpdate, SqliteCommitRequestRef, SqliteDirtyPageRef,
    SqliteGetPagesRequestRef, SqliteGetPagesResponseRef, ToEnvoyTunnelMessageKindRef,
    ToRivetResponseStartRef, ToRivetTunnelMessageKindRef,
};
use envoy_protocol::session::{
    Attempt, CommitEnd, Host as Machine, HostConfig, HostEvent, PagesAnswer, RequestKey, ToHost,
};
use envoy_protocol::ws::{ConnectConfig, EnvoyKey, Events, Handle, HostParams, host_session};
use futures_util::StreamExt as _;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::figures::{Answered, Turn};
use crate::pages::{PAGE, Pages};

/// What an answer is waited for: many at once wait for each other, behind one disk.
const PATIENCE: Duration = Duration::from_secs(45);
const POOL: &str = "load";
/// Pages of one commit while a database is filled: fewer than a server takes.
const FILL: usize = 256;

/// Actors of one host.
pub(crate) struct Fleet {
    session: Handle<Machine>,
    events: Events<Machine>,
    actors: Vec<Actor>,
    pages: Pages,
    /// Ends with this.
    _driver: JoinSet<()>,
}

/// An actor, and what its database has to hold.
struct Actor {
    id: String,
    generation: u32,
    head: u64,
    /// What each page was last written with, from page 1.
    stamps: Vec<u64>,
}

/// What is asked of the session, and waits for its answer.
struct Asked {
    actor: usize,
    at: Instant,
    what: What,
}

enum What {
    /// Pages, with what they are written with.
    Commit(Vec<(u32, u64)>),
    /// This page.
    Read(u32),
}

/// What is asked of databases.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    /// To commit so many pages.
    Commit(usize),
    /// For one page.
    Read,
}

impl Fleet {
    /// Connects a host and starts so many actors on it, each with a database of so many pages.
    pub(crate) async fn start(api: Api, actors: usize, pages: u32) -> Result<Self> {
        api.make_pool(POOL).await?;
        let key = EnvoyKey::random();
        let params = HostParams::new(NAMESPACE, POOL, key.clone())?;
        let endpoint = format!("http://{}", api.authority()).parse()?;
        let config = HostConfig::new(key.as_str(), 1);
        let (session, events, driver) = host_session(config, ConnectConfig::new(endpoint, params));
        let mut task = JoinSet::new();
        task.spawn(driver.run());
        let mut fleet = Self {
            session,
            events,
            actors: Vec::with_capacity(actors),
            pages: Pages::new(),
            _driver: task,
        };
        loop {
            if let HostEvent::Init { .. } = fleet.next().await? {
                break;
            }
        }
        for _ in 0..actors {
            fleet.start_actor(api, pages).await?;
        }
        for actor in 0..actors {
            fleet.fill(actor).await?;
        }
        Ok(fleet)
    }

    /// The ids of the actors.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.actors.iter().map(|actor| actor.id.as_str())
    }

    /// Has the first `actors` of them ask the same again and again for a turn. Returns when each was asked and how long its answer took,
    /// in the order of the answers.
    pub(crate) async fn ask(
        &mut self,
        ask: Ask,
        actors: usize,
        turn: &Turn,
    ) -> Result<Vec<Answered>> {
        let mut asked = HashMap::with_capacity(actors);
        let mut answered = Vec::new();
        for actor in 0..actors {
            let (key, request) = self.send(ask, actor)?;
            asked.insert(key, request);
        }
        while !asked.is_empty() {
            let event = self.next().await?;
            let (HostEvent::Commit { request, .. } | HostEvent::Pages { request, .. }) = &event
            else {
                continue;
            };
            let Some(Asked { actor, at, what }) = asked.remove(request) else {
                continue;
            };
            let took = at.elapsed();
            self.check(actor, what, event)?;
            answered.push((at, took));
            if turn.goes_on((at, took)) {
                let (key, request) = self.send(ask, actor)?;
                asked.insert(key, request);
            }
        }
        Ok(answered)
    }

    /// Answers requests to its actors with what they were sent, until `callers` have ended.
    pub(crate) async fn echo<T: 'static>(
        &mut self,
        callers: &mut JoinSet<Result<T>>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        loop {
            tokio::select! {
                event = self.events.next() => {
                    if let HostEvent::Tunnel(message) = known(event)? {
                        self.answer(&message)?;
                    }
                }
                ended = callers.join_next() => match ended {
                    Some(ended) => found.push(ended??),
                    None => return Ok(found),
                },
            }
        }
    }

    fn answer(&self, message: &ToHost) -> Result<()> {
        let message = message.get();
        let ToEnvoyTunnelMessageKindRef::ToEnvoyRequestStart(start) = message.message_kind else {
            return Ok(());
        };
        let answer = ToRivetTunnelMessageKindRef::ToRivetResponseStart(ToRivetResponseStartRef {
            status: 200,
            headers: MapRef::default(),
            body: start.body,
            stream: false,
        });
        let id = message.message_id;
        self.session
            .with(|machine, _| machine.tunnel(id.gateway_id, id.request_id, answer))?;
        Ok(())
    }

    async fn start_actor(&mut self, api: Api, pages: u32) -> Result<()> {
        let id = api
            .make_actor(&NewActor {
                pool: POOL,
                key: None,
                input: None,
            })
            .await?;
        let command = loop {
            match self.next().await? {
                HostEvent::Command(command) if command.checkpoint.actor_id == id => break command,
                _ => {}
            }
        };
        let Command::CommandStartActor(_) = command.inner else {
            bail!("expected a start of {id}, but found {command:?}");
        };
        let generation = command.checkpoint.generation;
        let running = Event::EventActorStateUpdate(EventActorStateUpdate {
            state: ActorState::ActorStateRunning,
        });
        self.session
            .with(|machine, _| machine.event(&id, generation, running))?;
        self.actors.push(Actor {
            id,
            generation,
            head: 0,
            stamps: vec![0; pages as usize],
        });
        Ok(())
    }

    /// Writes every page of a new database.
    async fn fill(&mut self, actor: usize) -> Result<()> {
        let count = self.actors[actor].stamps.len();
        let numbers: Vec<u32> = (1..).take(count).collect();
        for some in numbers.chunks(FILL) {
            let (key, request) = self.commit(actor, some)?;
            loop {
                let event = self.next().await?;
                if matches!(&event, HostEvent::Commit { request, .. } if *request == key) {
                    self.check(actor, request.what, event)?;
                    break;
                }
            }
        }
        Ok(())
    }

    fn send(&mut self, ask: Ask, actor: usize) -> Result<(RequestKey, Asked)> {
        let size = self.actors[actor].stamps.len();
        match ask {
            Ask::Commit(count) => {
                let numbers = self.pages.choose(count, size);
                self.commit(actor, &numbers)
            }
            Ask::Read => {
                let number = self.pages.choose(1, size)[0];
                self.read(actor, number)
            }
        }
    }

    fn commit(&mut self, actor: usize, numbers: &[u32]) -> Result<(RequestKey, Asked)> {
        let Actor {
            id,
            generation,
            head,
            stamps,
        } = &self.actors[actor];
        let size = u32::try_from(stamps.len())?;
        let written = self.pages.write(numbers, size);
        let dirty: Vec<_> = written
            .iter()
            .map(|page| SqliteDirtyPageRef {
                pgno: page.number,
                bytes: &page.octets[..],
            })
            .collect();
        let at = Instant::now();
        let data = SqliteCommitRequestRef {
            actor_id: id,
            dirty_pages: &dirty,
            db_size_pages: size,
            now_ms: now_ms(),
            expected_generation: Some((*generation).into()),
            expected_head_txid: Some(*head),
        };
        let key = self
            .session
            .with(|machine, now| machine.commit(data, Attempt::First, now + PATIENCE))?;
        let what = written.iter().map(|page| (page.number, page.stamp));
        let what = What::Commit(what.collect());
        Ok((key, Asked { actor, at, what }))
    }

    fn read(&self, actor: usize, number: u32) -> Result<(RequestKey, Asked)> {
        let Actor {
            id,
            generation,
            head,
            ..
        } = &self.actors[actor];
        let at = Instant::now();
        let data = SqliteGetPagesRequestRef {
            actor_id: id,
            pgnos: &[number],
            expected_generation: Some((*generation).into()),
            expected_head_txid: Some(*head),
        };
        let key = self
            .session
            .with(|machine, now| machine.get_pages(data, now + PATIENCE))?;
        let what = What::Read(number);
        Ok((key, Asked { actor, at, what }))
    }

    /// Whether an answer is what it has to be: faster is no good if it is wrong.
    fn check(&mut self, actor: usize, what: What, event: HostEvent) -> Result<()> {
        let actor = &mut self.actors[actor];
        match (what, event) {
            (What::Commit(written), HostEvent::Commit { end, .. }) => {
                let CommitEnd::Committed { head_txid, .. } = end else {
                    bail!(
                        "expected {} to be committed to, but found {end:?}",
                        actor.id
                    );
                };
                ensure!(
                    head_txid == Some(actor.head + 1),
                    "expected the head of {} to be {}, but found {head_txid:?}",
                    actor.id,
                    actor.head + 1
                );
                actor.head += 1;
                for (number, stamp) in written {
                    actor.stamps[number as usize - 1] = stamp;
                }
            }
            (What::Read(number), HostEvent::Pages { result, .. }) => {
                let found = stamp_in(&result?, number)?;
                let expected = actor.stamps[number as usize - 1];
                ensure!(
                    found == expected,
                    "expected page {number} of {} as it was written last, {expected}, but found {found}",
                    actor.id
                );
            }
            (_, event) => bail!("expected an answer to what was asked, but found {event:?}"),
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<HostEvent> {
        let next = timeout(PATIENCE, self.events.next()).await;
        known(next.context("nothing happened in time")?)
    }
}

/// An event of a connection that goes on.
fn known(event: Option<HostEvent>) -> Result<HostEvent> {
    match event.context("expected the host to go on, but it has ended")? {
        HostEvent::Disconnected { how, .. } => {
            bail!("expected the connection to go on, but it has ended: {how:?}")
        }
        HostEvent::Terminal(terminal) => {
            bail!("expected the host to go on, but it has ended: {terminal}")
        }
        event => Ok(event),
    }
}

fn stamp_in(answer: &PagesAnswer, number: u32) -> Result<u64> {
    let pages = match answer.get() {
        SqliteGetPagesResponseRef::SqliteGetPagesOk(found) => found.pages,
        SqliteGetPagesResponseRef::SqliteErrorResponse(error) => {
            bail!("expected page {number}, but found {error:?}")
        }
    };
    pages
        .iter()
        .find(|page| page.pgno == number)
        .and_then(|page| page.bytes)
        .filter(|octets| octets.len() == PAGE)
        .and_then(Pages::stamp)
        .with_context(|| format!("expected page {number} whole, but found it is missing"))
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
