//! Processes: how they start and how they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use envoy_client::{EnvoyKey, Host, Options, Storage, Version};
use envoy_gateway::Gateway;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{NAME, POOL, Running, World};
use crate::actor::{Home, Model};
use crate::log::{Event, Process};
use crate::mutant::Mutant;
use crate::network::{Death, Node, Who};
use crate::store::Disk;

/// A process of a host.
pub(super) struct HostProcess {
    pub(super) process: Process,
    pub(super) node: Node,
    pub(super) version: u16,
    key: String,
    /// Whether another process has, or had, the same envoy key.
    pub(super) is_double: bool,
    is_dead: Arc<AtomicBool>,
    /// Asks it to end. None once it was asked.
    drain: Option<oneshot::Sender<()>>,
    /// Has the host, until that is at its end.
    life: JoinHandle<()>,
}

impl HostProcess {
    /// The process is gone at this moment.
    pub(super) fn dies(self) {
        self.is_dead.store(true, Ordering::Relaxed);
        self.life.abort();
    }

    fn is_draining(&self) -> bool {
        self.drain.is_none()
    }
}

impl World {
    pub(super) async fn start_gateway(&mut self) -> Result<()> {
        let node = self.node();
        let disk = Disk::new(
            Arc::clone(&self.memory),
            self.audit.clone(),
            self.plan.disk,
            self.random.clone(),
        );
        let streams = self.network.listen(node);
        let mut builder = Gateway::builder()
            .engine(disk.clone())
            .timing(self.plan.timing());
        if let Some(guard) = self.mutant.and_then(Mutant::guard) {
            builder = builder.without(guard);
        }
        let gateway = builder.start_over(streams).await;
        let gateway = gateway.context("a gateway does not start")?;
        self.log.add(Event::GatewayStarted);
        self.gateway = Some(Running {
            node,
            gateway,
            disk,
        });
        Ok(())
    }

    /// The gateway is gone at this moment, with all that is not on its disk.
    pub(super) fn kill_gateway(&mut self, death: Death) {
        if let Some(running) = self.gateway.take() {
            self.log.add(Event::GatewayKilled(death));
            running.disk.die();
            self.network.kill(running.node, death);
            drop(running.gateway);
        }
    }

    /// Starts a process; one that doubles another has its envoy key.
    pub(super) fn start_host(&mut self, doubles: Option<usize>) -> Result<()> {
        let process = self.processes;
        self.processes += 1;
        let node = self.node();
        let original = doubles.and_then(|place| self.hosts.get(place));
        let version = match (original, self.plan.version) {
            (Some(host), _) => host.version,
            (None, Some(version)) => version,
            (None, None) => self.random.pick(&[4, 5]),
        };
        let key = original.map_or_else(|| format!("host-{process}"), |host| host.key.clone());
        self.log.add(Event::HostStarted {
            process,
            version,
            doubles: original.map(|host| host.process),
        });
        let is_double = original.is_some();
        if let Some(place) = doubles {
            self.hosts[place].is_double = true;
        }
        let is_dead = Arc::new(AtomicBool::new(false));
        let home = Home {
            process,
            has_copies: version > 4 && self.plan.has_copies(),
            stage: Arc::clone(&self.stage),
            newest: Arc::default(),
            is_dead: Arc::clone(&is_dead),
        };
        let mut options = Options::with_sql(Storage::Simulated);
        options.sql.resend = self.plan.resend;
        let seed = self.random.next();
        let without_tombstones = self.mutant == Some(Mutant::Tombstones);
        let mut builder = envoy_client::host("http://gateway")
            .pool(POOL)
            .version(if version == 4 {
                Version::V4
            } else {
                Version::V5
            })
            .envoy_key(EnvoyKey::new(&key)?)
            .options(options)
            .session(|config| {
                config.seed = seed;
                config.without_tombstones = without_tombstones;
            })
            .actor_with(NAME, move |context| Model::start_at(home.clone(), context));
        if version == 4 && self.plan.is_naive {
            builder = builder.without_resend();
        }
        if self.mutant == Some(Mutant::StopCodes) {
            builder = builder.without_stop_codes();
        }
        let (drain, drained) = oneshot::channel();
        let network = self.network.clone();
        let dead = Arc::clone(&is_dead);
        let host = builder.start_over(move || {
            let (network, is_dead) = (network.clone(), dead.load(Ordering::Relaxed));
            async move {
                if is_dead {
                    return Err(std::io::ErrorKind::NetworkDown.into());
                }
                network.dial(node, Who::Host).await
            }
        })?;
        self.hosts.push(HostProcess {
            process,
            node,
            version,
            key,
            is_double,
            is_dead,
            drain: Some(drain),
            life: tokio::spawn(live(host, drained)),
        });
        Ok(())
    }

    /// A process is gone at this moment.
    pub(super) fn kill_host(&mut self, place: usize, death: Death) {
        let host = self.hosts.remove(place);
        self.log.add(Event::HostKilled(host.process, death));
        self.network.kill(host.node, death);
        host.dies();
    }

    /// A process is asked to end, and moves its actors elsewhere.
    pub(super) fn drain_host(&mut self, place: usize) {
        let host = &mut self.hosts[place];
        if let Some(drain) = host.drain.take() {
            self.log.add(Event::HostDrains(host.process));
            // One that has just ended does not hear it.
            let _ = drain.send(());
        }
    }

    /// Notes which processes have ended, and starts others for them; likewise actors.
    pub(super) async fn look_after(&mut self) -> Result<()> {
        let mut place = 0;
        while place < self.hosts.len() {
            if self.hosts[place].life.is_finished() {
                let host = self.hosts.remove(place);
                self.log.add(Event::HostEnded(host.process));
                host.dies();
            } else {
                place += 1;
            }
        }
        while self.hosts.iter().filter(|host| !host.is_draining()).count()
            < self.plan.hosts as usize
            && (self.stage.is_calm() || self.random.one_in(4))
        {
            self.start_host(None)?;
        }
        if self.gateway.is_none() && (self.stage.is_calm() || self.random.one_in(4)) {
            self.start_gateway().await?;
        }
        let audit = self.audit.clone();
        if self.alive.iter().any(|actor| audit.is_destroyed(*actor)) && self.create().await? {
            let gone = self
                .alive
                .iter()
                .position(|actor| audit.is_destroyed(*actor));
            gone.map(|place| self.alive.swap_remove(place));
        }
        Ok(())
    }
}

/// The life of a host, until it has drained or is at its end.
async fn live(mut host: Host, drained: oneshot::Receiver<()>) {
    tokio::select! {
        biased;
        Ok(()) = drained => {}
        _ = host.terminal() => return,
    }
    let _ = host.drain().await;
}
