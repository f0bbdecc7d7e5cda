//! The actor that hosts run: it does what requests ask, and fails, sleeps and goes on behind its end when it is told to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use envoy_client::{Actor, ActorResult, BoxError, Context, Kv, Request, Response};
use futures_util::future::join_all;
use tokio::time::sleep;

use crate::database::{Database, Shared, append, pages};
use crate::log::{self, Ask, Event, Instance, Log, OWN, OpId, Process};
use crate::random::Random;

/// The key that actors write.
pub(crate) const KEY: &str = "counter";
/// How often an instance tries that does not notice its end.
const GOES_ON: u32 = 30;

/// What the instances of all processes share.
pub(crate) struct Stage {
    pub(crate) log: Log,
    pub(crate) random: Random,
    pub(crate) instances: AtomicU32,
    /// What actors do by themselves.
    pub(crate) own: AtomicU64,
    /// Nothing goes wrong any more.
    pub(crate) is_calm: AtomicBool,
}

/// A process of a host, as its actors see it.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) process: Process,
    /// Whether there may be two instances of one generation.
    pub(crate) has_copies: bool,
    pub(crate) stage: Arc<Stage>,
    /// The newest generation of each actor that was started here.
    pub(crate) newest: Arc<Mutex<BTreeMap<log::Actor, u32>>>,
    /// The process is gone, and what is left of it here does nothing that anybody sees.
    pub(crate) is_dead: Arc<AtomicBool>,
}

/// An instance.
pub(crate) struct Model {
    context: Context,
    home: Home,
    instance: Instance,
    database: Shared,
    keys: Arc<Keys>,
}

/// The key-value store of a generation.
struct Keys {
    kv: Kv,
    unguarded: Kv,
    actor: log::Actor,
    generation: u32,
}

impl Stage {
    pub(crate) fn instance(&self) -> Instance {
        self.instances.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn own(&self) -> OpId {
        OWN + self.own.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::Relaxed)
    }
}

impl Home {
    fn is_newest(&self, actor: log::Actor, generation: u32) -> bool {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.get(&actor) == Some(&generation)
    }

    fn add(&self, event: Event) {
        if !self.is_dead.load(Ordering::Relaxed) {
            self.stage.log.add(event);
        }
    }
}

impl Model {
    /// Starts an instance on a process.
    pub(crate) async fn start_at(home: Home, context: Context) -> ActorResult<Self> {
        let instance = home.stage.instance();
        let actor: log::Actor = context.key().unwrap_or_default().parse()?;
        let generation = context.generation();
        home.add(Event::Started {
            instance,
            process: home.process,
            actor,
            generation,
        });
        {
            let mut newest = home.newest.lock().unwrap_or_else(PoisonError::into_inner);
            let newest = newest.entry(actor).or_default();
            *newest = generation.max(*newest);
        }
        let trouble = !home.stage.is_calm();
        if trouble && home.stage.random.one_in(25) {
            home.add(Event::Crashes(instance));
            return Err("it does not start".into());
        }
        if trouble && home.stage.random.one_in(10) {
            sleep(home.stage.random.up_to(Duration::from_secs(4))).await;
        }
        let source = pages(context.pages())?;
        let log = home.stage.log.clone();
        let database = Database::open(source, instance, generation, log).await?;
        let (_, unguarded) = context.unguarded();
        let keys = Keys {
            kv: context.kv().clone(),
            unguarded,
            actor,
            generation,
        };
        Ok(Self {
            context,
            home,
            instance,
            database: Arc::new(tokio::sync::Mutex::new(database)),
            keys: Arc::new(keys),
        })
    }

    async fn append(&self, op: OpId) -> ActorResult<usize> {
        Ok(append(&self.database, op).await?)
    }

    /// A task that writes whatever becomes of this instance: it, or a copy of it.
    async fn go_on(&self, is_copy: bool) -> ActorResult {
        let (found, _) = self.context.unguarded();
        let source = pages(found)?;
        let database = if is_copy {
            let copy = self.home.stage.instance();
            let database = self.database.lock().await.copy(copy, source);
            self.home.add(Event::Copied {
                instance: copy,
                of: self.instance,
            });
            Arc::new(tokio::sync::Mutex::new(database))
        } else {
            self.home.add(Event::GoesOn(self.instance));
            let (context, database) = (self.context.clone(), Arc::clone(&self.database));
            tokio::spawn(async move {
                // From its end on it asks as if there was none.
                context.stopped().await;
                database.lock().await.go_on(source);
            });
            Arc::clone(&self.database)
        };
        let (home, keys) = (self.home.clone(), Arc::clone(&self.keys));
        tokio::spawn(async move {
            let random = home.stage.random.clone();
            for _ in 0..GOES_ON {
                sleep(random.up_to(Duration::from_millis(1500))).await;
                if home.stage.is_calm() || home.is_dead.load(Ordering::Relaxed) {
                    return;
                }
                // Whatever it is told, it does not end.
                // A store without generations takes the word of its host for who may write.
                if random.one_in(3) && home.is_newest(keys.actor, keys.generation) {
                    let _ = keys.count(&keys.unguarded, &home).await;
                } else {
                    let op = home.stage.own();
                    let _ = append(&database, op).await;
                }
            }
        });
        Ok(())
    }
}

impl Keys {
    /// Writes some values, each larger than the last one, without waiting for one before the next; then reads.
    async fn count(&self, kv: &Kv, home: &Home) -> ActorResult {
        let puts = (0..=home.stage.random.below(4)).map(|_| self.put(kv, home));
        for put in join_all(puts).await {
            put?;
        }
        let value = |octets: &[u8]| octets.try_into().map_or(0, u64::from_be_bytes);
        let request = self.asks(home, None);
        let got = kv.get(KEY).await;
        let found = got.as_ref().ok().map(|got| got.as_deref().map_or(0, value));
        self.done(home, request, found);
        got?;
        Ok(())
    }

    async fn put(&self, kv: &Kv, home: &Home) -> ActorResult {
        // Later ones are larger, whoever writes them.
        let value = home.stage.own();
        let request = self.asks(home, Some(value));
        let put = kv.put(KEY, value.to_be_bytes()).await;
        self.done(home, request, put.as_ref().ok().map(|()| value));
        Ok(put?)
    }

    fn asks(&self, home: &Home, put: Option<u64>) -> OpId {
        let request = put.unwrap_or_else(|| home.stage.own());
        home.add(Event::KvAsks {
            actor: self.actor,
            process: home.process,
            generation: self.generation,
            request,
            put,
        });
        request
    }

    fn done(&self, home: &Home, request: OpId, answer: Option<u64>) {
        home.add(Event::KvDone {
            actor: self.actor,
            request,
            answer,
        });
    }
}

impl Actor for Model {
    async fn start(_: Context) -> ActorResult<Self> {
        Err("it is started with its process".into())
    }

    async fn request(&self, request: Request) -> ActorResult<Response> {
        let (ask, op) = parse(request.uri().path())?;
        let random = &self.home.stage.random;
        let place = match ask {
            Ask::Append => self.append(op).await?,
            Ask::AppendLate => {
                sleep(random.up_to(Duration::from_secs(3))).await;
                self.append(op).await?
            }
            Ask::Read => self.database.lock().await.read().await?,
            Ask::Kv => {
                self.keys.count(&self.keys.kv, &self.home).await?;
                0
            }
            Ask::Crash => {
                self.home.add(Event::Crashes(self.instance));
                // A panic, without the noise of one.
                std::panic::resume_unwind(Box::new("it was told to"));
            }
            Ask::WantSleep | Ask::WantEnd => {
                self.home.add(Event::Wants(self.instance, ask));
                match ask {
                    Ask::WantSleep => self.context.sleep()?,
                    _ => self.context.stop()?,
                }
                0
            }
            Ask::Alarm => {
                let time = random.up_to(Duration::from_secs(5));
                self.context.set_alarm_in(time).await?;
                0
            }
            Ask::GoOn => {
                self.go_on(false).await?;
                0
            }
            // The server cannot tell the two of one generation of v4 apart.
            Ask::Copy => {
                self.go_on(self.home.has_copies).await?;
                0
            }
            Ask::Sleep | Ask::Destroy => return Err("it is for the API".into()),
        };
        Ok(Response::new(place.to_string().into()))
    }

    async fn alarm(&self) -> ActorResult {
        if self.home.stage.random.one_in(8) && !self.home.stage.is_calm() {
            self.home.add(Event::Crashes(self.instance));
            return Err("its alarm fails".into());
        }
        self.append(self.home.stage.own()).await?;
        Ok(())
    }

    async fn sleep(&self) -> ActorResult {
        self.home.add(Event::LastWords(self.instance, Ask::Sleep));
        if self.home.stage.random.one_in(3) {
            self.append(self.home.stage.own()).await?;
        }
        if self.home.stage.random.one_in(4) {
            sleep(self.home.stage.random.up_to(Duration::from_secs(7))).await;
        }
        Ok(())
    }

    async fn destroy(&self) -> ActorResult {
        self.home.add(Event::LastWords(self.instance, Ask::Destroy));
        Ok(())
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.home.add(Event::Dropped(self.instance));
    }
}

/// The path of a request to an actor.
pub(crate) fn path(ask: Ask, op: OpId) -> String {
    format!("/{ask:?}/{op}")
}

/// What a path says.
fn parse(path: &str) -> Result<(Ask, OpId), BoxError> {
    const ASKS: [Ask; 10] = [
        Ask::Append,
        Ask::AppendLate,
        Ask::Read,
        Ask::Kv,
        Ask::Crash,
        Ask::WantSleep,
        Ask::WantEnd,
        Ask::Alarm,
        Ask::GoOn,
        Ask::Copy,
    ];
    let mut parts = path.trim_start_matches('/').split('/');
    let name = parts.next().unwrap_or_default();
    let ask = ASKS.into_iter().find(|ask| format!("{ask:?}") == name);
    let op = parts.next().unwrap_or_default().parse()?;
    Ok((ask.ok_or("it is asked for nothing")?, op))
}
