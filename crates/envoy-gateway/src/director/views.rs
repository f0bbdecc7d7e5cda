//! What others see of what the task knows: where requests go, and what the API lists.

use std::sync::Arc;

use super::routes::{Place, RouteState};
use super::task::Task;
use crate::records::Phase;

/// A host, as the API shows it.
#[derive(Debug, Clone)]
pub(crate) struct HostView {
    pub(crate) envoy_key: String,
    pub(crate) namespace: String,
    pub(crate) pool: String,
    pub(crate) deployment: u32,
    pub(crate) protocol: u16,
    pub(crate) is_connected: bool,
    pub(crate) is_leaving: bool,
    pub(crate) actors: usize,
    /// Milliseconds since 1970.
    pub(crate) since: i64,
    /// What it said of itself: JSON.
    pub(crate) metadata: Option<String>,
}

/// A pool, as the API shows it.
#[derive(Debug, Clone)]
pub(crate) struct PoolView {
    pub(crate) pool: String,
    pub(crate) config: serde_json::Value,
    /// The version that a host of it spoke last.
    pub(crate) protocol: Option<u16>,
}

impl Task {
    /// Tells those who look for this actor where it is.
    pub(super) fn moved(&self, actor: &str) {
        self.routes.set(actor, || {
            let Some(record) = self.lifecycle.actor(actor) else {
                return RouteState::Gone;
            };
            match record.phase {
                Phase::Sleeping => return RouteState::Asleep,
                Phase::Destroyed => return RouteState::Gone,
                Phase::Running | Phase::Pending | Phase::Starting | Phase::Stopping(_) => {}
            }
            let Some((record, envoy, connection)) = self.lifecycle.route(actor) else {
                return RouteState::Waiting;
            };
            let current = self
                .known
                .get(envoy)
                .and_then(|known| known.current.as_ref());
            let current = current.filter(|current| current.connection == connection);
            let Some(attached) = current.and_then(|current| current.attached.as_ref()) else {
                return RouteState::Waiting;
            };
            let place = Arc::new(Place {
                actor_id: actor.to_owned(),
                generation: record.generation,
                envoy_key: envoy.to_owned(),
                connection,
                session: attached.session.clone(),
            });
            match record.phase {
                Phase::Stopping(_) => RouteState::Draining(place),
                _ => RouteState::Ready(place),
            }
        });
    }

    pub(super) fn pools(&self, namespace: &str) -> Vec<PoolView> {
        let newest = |pool: &str| {
            let hosts = self.lifecycle.hosts().map(|(_, host)| host);
            hosts
                .filter(|host| host.record.namespace == namespace && host.record.pool == pool)
                .max_by_key(|host| host.since)
                .map(|host| host.record.protocol)
        };
        let pools = self.lifecycle.pools().filter(|(of, ..)| *of == namespace);
        pools
            .map(|(_, pool, config)| PoolView {
                pool: pool.to_owned(),
                config: config.clone(),
                protocol: newest(pool),
            })
            .collect()
    }

    pub(super) fn host_views(&self, namespace: &str) -> Vec<HostView> {
        let hosts = self
            .lifecycle
            .hosts()
            .filter(|(_, host)| host.record.namespace == namespace);
        hosts
            .map(|(envoy, host)| HostView {
                envoy_key: envoy.to_owned(),
                namespace: host.record.namespace.clone(),
                pool: host.record.pool.clone(),
                deployment: host.record.deployment,
                protocol: host.record.protocol,
                is_connected: host.connection.is_some(),
                is_leaving: host.is_leaving,
                actors: host.actors.len(),
                since: self.lifecycle.system_time(host.since),
                metadata: self
                    .known
                    .get(envoy)
                    .and_then(|known| known.metadata.clone()),
            })
            .collect()
    }
}
