//! What the API asks.

use bytes::Bytes;

use super::actor::{Happening, Next};
use super::steps::Then;
use super::{Answer, Changes, Duplicate, Lifecycle, NewActor, Refusal, Ticket};
use crate::faults::Guard;
use crate::records::{ActorRecord, Phase, input_key, name_key, pool_key};

impl Lifecycle {
    pub(super) fn put_pool(
        &mut self,
        ticket: Ticket,
        namespace: String,
        pool: String,
        config: serde_json::Value,
    ) {
        if !self.has_namespace(&namespace) {
            return self.answer(ticket, Err(Refusal::NoNamespace(namespace)));
        }
        let key = (namespace, pool);
        if self.pools.get(&key) == Some(&config) {
            return self.answer(ticket, Ok(Answer::Pool { changed: false }));
        }
        let (namespace, pool) = key;
        let value = Bytes::from(config.to_string());
        let changes = Changes {
            rows: vec![(pool_key(&namespace, &pool), Some(value))],
            ..Changes::default()
        };
        self.store(
            changes,
            Then::Pool {
                namespace,
                pool,
                config,
            },
            Some(ticket),
        );
    }

    pub(super) fn create(
        &mut self,
        ticket: Ticket,
        id: String,
        new: NewActor,
        duplicate: Duplicate,
    ) {
        let NewActor {
            namespace,
            name,
            key,
            input,
            pool,
            crash_policy,
        } = new;
        if !self.has_namespace(&namespace) {
            return self.answer(ticket, Err(Refusal::NoNamespace(namespace)));
        }
        if !self.has_pool(&namespace, &pool) {
            return self.answer(ticket, Err(Refusal::NoPool { namespace, pool }));
        }
        let faults = self.config.faults;
        let unique = key.as_ref().filter(|_| !faults.lack(Guard::Keys));
        let taken = unique.and_then(|key| {
            let named = (namespace.clone(), name.clone(), key.clone());
            Some((key.clone(), self.names.get(&named)?.clone()))
        });
        if let Some((key, taken)) = taken {
            let answer = match (duplicate, self.actors.get(&taken)) {
                (Duplicate::Take, Some(actor)) => Ok(Answer::Actor {
                    record: Box::new(actor.record.clone()),
                    created: false,
                }),
                _ => Err(Refusal::Duplicate { actor: taken, key }),
            };
            return self.answer(ticket, answer);
        }
        let record = ActorRecord {
            format: ActorRecord::FORMAT,
            id: id.clone(),
            namespace,
            name,
            key,
            pool,
            crash_policy,
            phase: Phase::Sleeping,
            generation: 0,
            envoy: None,
            issued: 0,
            until_ts: None,
            alarm_ts: None,
            crashes: 0,
            error: None,
            create_ts: self.system_time(self.now),
            start_ts: None,
            pending_ts: None,
            connectable_ts: None,
            sleep_ts: None,
            reschedule_ts: None,
            destroy_ts: None,
        };
        let mut rows = Vec::new();
        if let Some(key) = &record.key {
            let row = name_key(&record.namespace, &record.name, key);
            rows.push((row, Some(Bytes::from(id.clone()))));
        }
        if let Some(input) = input.filter(|_| !faults.lack(Guard::Input)) {
            rows.push((input_key(&id), Some(input)));
        }
        // It is taken from now on, so that another creation of the same name cannot come in between.
        self.insert(record.clone());
        if let Some(actor) = self.actors.get_mut(&id) {
            actor.is_storing = true;
        }
        // A created actor is started at once, in the same transaction, if there is a host.
        let next = self.decide(&record, &Happening::Wake);
        let Next {
            record: started,
            database,
            orders,
            ..
        } = next;
        rows.extend(self.generation_rows(&id, &orders));
        let changes = Changes {
            actor: Some((started.unwrap_or(record), database)),
            orders,
            rows,
        };
        self.store(changes, Then::Created { actor: id }, Some(ticket));
    }

    /// What the API asks of an actor.
    pub(super) fn asked(&mut self, ticket: Ticket, id: &str, what: Happening) {
        if self.actors.contains_key(id) {
            self.happened(id, what);
        } else {
            self.answer(ticket, Err(Refusal::NoActor(id.to_owned())));
        }
    }
}
