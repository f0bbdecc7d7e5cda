//! The end of a seed: nothing goes wrong any more, and everything has to come to its end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep, timeout};

use super::World;
use crate::log::{Ask, Event};
use crate::network::Death;
use crate::plan::Plan;
use crate::store::Manners;

/// How long it takes until actors that crash are left alone no longer, hosts that are lost are known to be, and so on.
const SETTLING: Duration = Duration::from_secs(40);

impl World {
    pub(super) async fn calm_down(&mut self) -> Result<()> {
        self.log.add(Event::Calm);
        self.stage.is_calm.store(true, Ordering::Relaxed);
        self.network.calm();
        self.plan.disk = Manners {
            sync: Duration::from_millis(1),
            fails: 0,
            loses: 0,
        };
        if let Some(running) = &self.gateway {
            running.disk.behave(self.plan.disk);
        }
        // One of two processes with one key knows nothing of the other's actors, and to the gateway they are one host for as
        // long as either lives.
        while let Some(place) = self.hosts.iter().position(|host| host.is_double) {
            self.kill_host(place, Death::Told);
        }
        let settled = Instant::now() + SETTLING;
        while Instant::now() < settled {
            self.look_after().await?;
            sleep(Duration::from_millis(500)).await;
        }
        self.finish_calls().await?;
        // Every actor that was not destroyed does what it is asked, twice: what the first attempt does not find in order,
        // it puts in order.
        for round in 0..2 {
            if round == 1 {
                self.log.add(Event::Settled);
            }
            for actor in self.alive.clone() {
                self.ask(actor, Ask::Append);
                self.ask(actor, Ask::Kv);
                self.ask(actor, Ask::Read);
            }
            self.finish_calls().await?;
        }
        Ok(())
    }

    async fn finish_calls(&mut self) -> Result<()> {
        let bound = Plan::request_bound().max(self.plan.end_bound());
        let ended = timeout(bound, async {
            while self.calls.join_next().await.is_some() {}
        })
        .await;
        ensure!(ended.is_ok(), "calls do not end within {bound:?}");
        Ok(())
    }
}
