//! The API of actors.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::api::{Call, DATACENTER};
use super::parse::{CRASH_POLICIES, base64, input, key, name, segment};
use crate::director::{Actor, ActorFilter, NewActor};
use crate::error::ApiError;
use crate::records::Phase;

/// Actors in one answer, where nothing else is asked for, and at most.
const LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;
/// Actors that can be asked for by their ids at once.
const MAX_IDS: usize = 32;

/// An actor, as it is to be created.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    datacenter: Option<String>,
    name: String,
    key: Option<String>,
    /// In base64.
    input: Option<String>,
    runner_name_selector: String,
    crash_policy: CrashPolicy,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CrashPolicy {
    Restart,
    Sleep,
    Destroy,
}

/// A call that has no body, or an empty one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Call<'_> {
    pub(super) async fn create_actor(self) -> Result<Value, ApiError> {
        let director = self.app.director.clone();
        let actor = self.new_actor().await?;
        let actor = director.create(actor).await?;
        Ok(json!({ "actor": view(&actor) }))
    }

    pub(super) async fn get_or_create_actor(self) -> Result<Value, ApiError> {
        let director = self.app.director.clone();
        let actor = self.new_actor().await?;
        if actor.key.is_none() {
            return Err(ApiError::bad_request(
                "Failed to deserialize the JSON body into the target type: missing field `key`",
            ));
        }
        let (actor, created) = director.get_or_create(actor).await?;
        Ok(json!({ "actor": view(&actor), "created": created }))
    }

    async fn new_actor(self) -> Result<NewActor, ApiError> {
        let query = self.query(&["namespace"])?;
        let namespace = self.namespace(&query)?;
        let create: Create = self.body().await?;
        if create
            .datacenter
            .is_some_and(|datacenter| datacenter != DATACENTER)
        {
            return Err(ApiError::datacenter_not_found());
        }
        let octets = create
            .input
            .map(|text| base64("input", &text))
            .transpose()?;
        Ok(NewActor {
            namespace,
            name: name("the name of an actor", create.name)?,
            key: create.key.map(key).transpose()?,
            input: octets.map(input).transpose()?,
            pool: name("the name of a pool", create.runner_name_selector)?,
            crash_policy: CRASH_POLICIES[create.crash_policy as usize].to_owned(),
        })
    }

    pub(super) async fn list_actors(self) -> Result<Value, ApiError> {
        let known = [
            "namespace",
            "name",
            "key",
            "actor_ids",
            "actor_id",
            "include_destroyed",
            "limit",
            "cursor",
        ];
        let query = self.query(&known)?;
        let namespace = self.namespace(&query)?;
        let ids = query.find("actor_ids").or(query.find("actor_id"));
        let ids: Option<Vec<String>> = ids.map(|ids| ids.split(',').map(str::to_owned).collect());
        let name = query.find("name").map(str::to_owned);
        if ids.is_none() && name.is_none() {
            return Err(ApiError::invalid_input(
                "Name is required when not using actor_ids.",
            ));
        }
        if let Some(ids) = ids.as_ref().filter(|ids| ids.len() > MAX_IDS) {
            return Err(ApiError::invalid_input(format!(
                "expected at most {MAX_IDS} actor_ids, but found {}",
                ids.len()
            )));
        }
        let filter = ActorFilter {
            namespace,
            ids,
            name,
            key: query.find("key").map(str::to_owned),
            include_destroyed: query.flag("include_destroyed")?,
            after: query.find("cursor").map(cursor).transpose()?,
            limit: query.count("limit", LIMIT, MAX_LIMIT)?,
        };
        let actors = self.app.director.actors(filter).await?;
        let last = actors.last();
        let cursor = last.map(|actor| format!("{}.{}", actor.create_ts, actor.id));
        let actors: Vec<Value> = actors.iter().map(view).collect();
        Ok(json!({ "actors": actors, "pagination": { "cursor": cursor } }))
    }

    pub(super) async fn actor_names(self) -> Result<Value, ApiError> {
        let query = self.query(&["namespace", "limit", "cursor"])?;
        let namespace = self.namespace(&query)?;
        let limit = query.count("limit", LIMIT, MAX_LIMIT)?;
        let mut found = self.app.director.names(&namespace).await;
        found.sort_unstable();
        found.retain(|(name, _)| {
            query
                .find("cursor")
                .is_none_or(|after| name.as_str() > after)
        });
        found.truncate(limit);
        let cursor = found.last().map(|(name, _)| name.clone());
        let mut names = Map::new();
        for (name, metadata) in found {
            let metadata: Value = serde_json::from_str(&metadata).unwrap_or_else(|_| json!({}));
            names.insert(name, json!({ "metadata": metadata }));
        }
        Ok(json!({ "names": names, "pagination": { "cursor": cursor } }))
    }

    /// Destroys an actor. Doing it twice is doing it once.
    pub(super) async fn destroy_actor(self, id: &str) -> Result<Value, ApiError> {
        let actor = self.actor(id).await?;
        if actor.phase != Phase::Destroyed {
            self.app.director.destroy(&actor.id).await?;
        }
        Ok(json!({}))
    }

    pub(super) async fn sleep_actor(self, id: &str) -> Result<Value, ApiError> {
        let actor = self.actor(id).await?;
        let director = self.app.director.clone();
        let Nothing {} = self.body().await?;
        director.sleep(&actor.id).await?;
        Ok(json!({}))
    }

    /// A value of an actor's key-value store.
    pub(super) async fn kv_value(self, id: &str, key: &str) -> Result<Value, ApiError> {
        let actor = self.actor(id).await?;
        let key = base64("the key", &segment(key)?)?;
        let found = self.app.storage.kv_value(&actor.id, &key).await;
        let found = found.map_err(|error| {
            tracing::error!(%error, actor = actor.id, "a value could not be read");
            ApiError::internal()
        })?;
        let (value, update_ts) = found.ok_or_else(ApiError::kv_key_not_found)?;
        Ok(json!({ "value": STANDARD.encode(value), "update_ts": update_ts }))
    }

    /// The actor of a call that names its id and namespace.
    async fn actor(&self, id: &str) -> Result<Actor, ApiError> {
        let query = self.query(&["namespace"])?;
        let namespace = self.namespace(&query)?;
        let actor = self.app.director.actor(&segment(id)?).await?;
        actor
            .filter(|actor| actor.namespace == namespace)
            .ok_or_else(ApiError::actor_not_found)
    }
}

/// An actor, as callers see it.
fn view(actor: &Actor) -> Value {
    let mut value = json!({
        "actor_id": actor.id,
        "name": actor.name,
        "key": actor.key,
        "namespace_id": actor.namespace,
        "datacenter": DATACENTER,
        "runner_name_selector": actor.pool,
        "crash_policy": actor.crash_policy,
        "create_ts": actor.create_ts,
        "start_ts": actor.start_ts,
        "pending_allocation_ts": actor.pending_ts,
        "connectable_ts": actor.connectable_ts,
        "sleep_ts": actor.sleep_ts,
        "reschedule_ts": actor.reschedule_ts,
        "destroy_ts": actor.destroy_ts,
    });
    if let Some(error) = &actor.error {
        value["error"] = json!(error);
    }
    value
}

/// Behind which actor a list goes on: the newest come first.
fn cursor(text: &str) -> Result<(i64, String), ApiError> {
    let parsed = text.split_once('.').and_then(|(ts, id)| {
        let ts = ts.parse().ok()?;
        Some((ts, id.to_owned()))
    });
    parsed.ok_or_else(|| {
        ApiError::bad_request(format_args!(
            "expected a cursor of an earlier answer, but found {text:?}"
        ))
    })
}
