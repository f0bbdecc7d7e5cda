//! The actors that somebody asks for, a page at a time: what is held of them at once is no more than the page.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use depot::{Order, View};

use super::{Actor, Director, failed, load};
use crate::error::ApiError;
use crate::faults::Guard;
use crate::records::{ActorRecord, RecordError};

/// Which actors are asked for. None is all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct ActorFilter {
    pub(crate) namespace: String,
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) name: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) include_destroyed: bool,
    /// Only those that come behind the one which was created then and has this id.
    pub(crate) after: Option<(i64, String)>,
    /// How many at most.
    pub(crate) limit: usize,
}

impl Director {
    /// Actors, the newest first.
    pub(crate) async fn actors(&self, filter: ActorFilter) -> Result<Vec<Actor>, ApiError> {
        let mut found = self.page(filter).await?;
        if self.0.faults.lack(Guard::ListOrder) {
            found.reverse();
        }
        Ok(found)
    }

    async fn page(&self, mut filter: ActorFilter) -> Result<Vec<Actor>, ApiError> {
        let ids = filter.ids.take();
        let includes_destroyed = filter.include_destroyed;
        let mut page = Page::new(filter);
        if let Some(ids) = ids {
            for id in ids {
                if let Some(actor) = self.actor(&id).await? {
                    page.offer(&actor);
                }
            }
            return Ok(page.done());
        }
        let alive = self.query(move |task| {
            for actor in task.lifecycle.actors() {
                page.offer(actor);
            }
            page
        });
        let Some(mut page) = alive.await else {
            return Ok(Vec::new());
        };
        if includes_destroyed {
            let read = self.0.depot.view(move |view| {
                page.offer_destroyed(view)?;
                Ok(page)
            });
            page = read.await.map_err(|error: RecordError| failed(&error))?;
        }
        Ok(page.done())
    }
}

/// The newest of the actors that were offered, by when they were created and their ids.
struct Page {
    filter: ActorFilter,
    found: BTreeMap<(i64, String), Actor>,
}

impl Page {
    fn new(filter: ActorFilter) -> Self {
        let found = BTreeMap::new();
        Self { filter, found }
    }

    fn offer(&mut self, actor: &Actor) {
        if !self.filter.takes(actor) {
            return;
        }
        let at = (actor.create_ts, actor.id.clone());
        let is_full = self.found.len() >= self.filter.limit;
        if is_full
            && self
                .found
                .first_key_value()
                .is_none_or(|(last, _)| at < *last)
        {
            return;
        }
        self.found.insert(at, actor.clone());
        if self.found.len() > self.filter.limit {
            self.found.pop_first();
        }
    }

    /// Offers those that are in the store alone.
    fn offer_destroyed(&mut self, view: &View<'_>) -> Result<(), RecordError> {
        let mut read = Ok(());
        view.visit_rows(
            load::of_kind(b'a'),
            Order::Ascending,
            |_, value| match ActorRecord::decode(value) {
                Ok(actor) => {
                    if actor.destroy_ts.is_some() {
                        self.offer(&actor);
                    }
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    read = Err(error);
                    ControlFlow::Break(())
                }
            },
        )?;
        read
    }

    fn done(self) -> Vec<Actor> {
        self.found.into_values().rev().collect()
    }
}

impl ActorFilter {
    fn takes(&self, actor: &Actor) -> bool {
        let is_behind = |(create_ts, id): &(i64, String)| {
            (actor.create_ts, actor.id.as_str()) < (*create_ts, id.as_str())
        };
        actor.namespace == self.namespace
            && self.name.as_ref().is_none_or(|name| *name == actor.name)
            && (self.key.is_none() || self.key == actor.key)
            && (self.include_destroyed || actor.destroy_ts.is_none())
            && self.after.as_ref().is_none_or(is_behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Phase;

    fn actor(number: u32) -> Actor {
        ActorRecord {
            format: ActorRecord::FORMAT,
            id: format!("actor-{number:03}"),
            namespace: "default".into(),
            name: "thing".into(),
            key: None,
            pool: "pool".into(),
            crash_policy: "sleep".into(),
            phase: Phase::Sleeping,
            generation: 0,
            envoy: None,
            issued: 0,
            until_ts: None,
            alarm_ts: None,
            crashes: 0,
            error: None,
            // Three of each millisecond.
            create_ts: i64::from(number / 3),
            start_ts: None,
            pending_ts: None,
            connectable_ts: None,
            sleep_ts: None,
            reschedule_ts: None,
            destroy_ts: None,
        }
    }

    #[test]
    fn pages_hold_everybody_once_the_newest_first_and_no_more_than_they_may() {
        let mut after = None;
        let mut seen = Vec::new();
        loop {
            let mut page = Page::new(ActorFilter {
                namespace: "default".into(),
                after: after.take(),
                limit: 7,
                ..ActorFilter::default()
            });
            // In an order that is none, and some of them twice.
            for number in (0..100).chain(40..60) {
                page.offer(&actor(number * 37 % 100));
                assert!(
                    page.found.len() <= 7,
                    "a page is no larger while it is made"
                );
            }
            let page = page.done();
            let Some(last) = page.last() else { break };
            after = Some((last.create_ts, last.id.clone()));
            seen.extend(page.into_iter().map(|actor| actor.id));
        }
        let newest_first = (0..100).rev().map(|number| actor(number).id);
        assert_eq!(seen, newest_first.collect::<Vec<_>>());
    }
}
