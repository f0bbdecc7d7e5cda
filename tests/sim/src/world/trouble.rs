//! What goes wrong.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::World;
use crate::log::Event;
use crate::network::Death;

impl World {
    /// One thing goes wrong.
    pub(super) async fn trouble(&mut self) -> Result<()> {
        let ms = Duration::from_millis;
        let death = self.random.pick(&[Death::Told, Death::Silent]);
        let host = (!self.hosts.is_empty()).then(|| self.random.place(self.hosts.len()));
        match (self.random.below(100), host) {
            (0..25, Some(host)) => {
                let learns = self
                    .random
                    .pick(&[Some(ms(0)), Some(ms(50)), Some(ms(3_000)), None]);
                self.tell(format!(
                    "cut host {}, learns within {learns:?}",
                    self.hosts[host].process
                ));
                self.network.cut(self.hosts[host].node, learns);
            }
            (25..33, Some(host)) => {
                let is_deaf = self.random.one_in(2);
                self.tell(format!("host {} deaf: {is_deaf}", self.hosts[host].process));
                self.network.deafen(self.hosts[host].node, is_deaf);
            }
            (33..45, Some(host)) => {
                let time = self
                    .random
                    .up_to(self.random.pick(&[ms(300), ms(3_000), ms(12_000)]));
                self.tell(format!(
                    "stall host {} for {time:?}",
                    self.hosts[host].process
                ));
                self.network.stall(self.hosts[host].node, time);
            }
            (45..52, _) => {
                let time = self.random.up_to(self.random.pick(&[ms(500), ms(8_000)]));
                self.tell(format!("outage for {time:?}"));
                self.network.outage(time);
            }
            (52..66, Some(host)) => self.kill_host(host, death),
            (66..74, Some(host)) => self.drain_host(host),
            // Two of v4 that have one key are one host to the gateway, as long as they take turns.
            (74..80, Some(host)) if self.hosts[host].version == 5 && self.plan.has_copies() => {
                self.start_host(Some(host))?;
            }
            (74..80, Some(host)) => self.kill_host(host, Death::Silent),
            (80..90, _) => {
                let time = self
                    .random
                    .up_to(self.random.pick(&[ms(200), ms(2_000), ms(9_000)]));
                self.stall_disk(time, host);
            }
            (90.., _) => {
                self.kill_gateway(death);
                if self.random.one_in(2) {
                    self.start_gateway().await?;
                }
            }
            (_, None) => self.start_host(None)?,
        }
        Ok(())
    }

    /// Nothing becomes durable for a while, in which a host may lose its connections: what it asked is done for nobody.
    fn stall_disk(&self, time: Duration, host: Option<usize>) {
        let Some(running) = &self.gateway else {
            return;
        };
        self.tell(format!("the disk stalls for {time:?}"));
        running.disk.stall(time);
        if let Some(host) = host.filter(|_| self.random.one_in(2)) {
            let (process, node) = (self.hosts[host].process, self.hosts[host].node);
            let (network, log) = (self.network.clone(), self.log.clone());
            let later = self.random.up_to(time);
            tokio::spawn(async move {
                sleep(later).await;
                log.add(Event::Trouble(format!("cut host {process} meanwhile")));
                network.cut(node, Some(Duration::from_millis(20)));
            });
        }
    }

    fn tell(&self, what: String) {
        self.log.add(Event::Trouble(what));
    }
}
