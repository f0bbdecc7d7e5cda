//! The API beside actors: health, metrics, pools, hosts.

use std::sync::Arc;

use envoy_protocol::Version;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::Reading;
use super::parse::{Query, body, name, segment};
use super::{App, Body, Head, auth, is_read, not_allowed, text};
use crate::error::ApiError;
use crate::faults::{Faults, Guard};

/// The datacenter that everything is in: a gateway is one machine.
pub(super) const DATACENTER: &str = "default";
/// As a real engine says it of itself: clients ask for it.
const RUNTIME: &str = "engine";
/// What is wrong with a gateway that serves what is stored, and stores nothing.
const FULL: &str = "the store has no space: what is stored is read, and nothing is written";

impl App {
    /// A call of the API.
    pub(super) async fn api(
        self: &Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, ApiError> {
        let (head, incoming) = request.into_parts();
        let path = head.uri.path().to_owned();
        let path = path.strip_prefix('/').unwrap_or_default();
        let path: Vec<&str> = path.split('/').collect();
        // What anybody may know.
        match (&head.method, path.as_slice()) {
            (method, ["health"]) if is_read(method) => return Ok(self.health()),
            (method, ["metadata"]) if is_read(method) => {
                return Ok(super::json(StatusCode::OK, &metadata(self.config.faults)));
            }
            _ => {}
        }
        auth::check_api(&head.headers, self.config.tokens.api.as_ref())?;
        let call = Call {
            app: self,
            head: &head,
            incoming,
        };
        let done = match (&head.method, path.as_slice()) {
            (method, ["metrics"]) if is_read(method) => {
                let metrics = self.metrics.render(&self.present());
                let mut response = text(StatusCode::OK, metrics);
                let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
                response.headers_mut().insert(CONTENT_TYPE, kind);
                return Ok(response);
            }
            (method, ["datacenters"]) if is_read(method) => Ok(call.datacenters()),
            (method, ["runner-configs"]) if is_read(method) => call.pools().await,
            (&Method::PUT, ["runner-configs", pool]) => call.put_pool(pool).await,
            (method, ["envoys"]) if is_read(method) => call.hosts().await,
            (method, ["actors"]) if is_read(method) => call.list_actors().await,
            (&Method::POST, ["actors"]) => call.create_actor().await,
            (&Method::PUT, ["actors"]) => call.get_or_create_actor().await,
            (method, ["actors", "names"]) if is_read(method) => call.actor_names().await,
            (&Method::DELETE, ["actors", id]) => call.destroy_actor(id).await,
            (&Method::POST, ["actors", id, "sleep"]) => call.sleep_actor(id).await,
            (method, ["actors", id, "kv", "keys", key]) if is_read(method) => {
                call.kv_value(id, key).await
            }
            (
                _,
                ["health" | "metadata" | "metrics" | "datacenters" | "runner-configs" | "envoys"]
                | ["actors", "names"]
                | ["actors", _, "kv", "keys", _],
            ) => return Ok(not_allowed("GET,HEAD")),
            (_, ["actors"]) => return Ok(not_allowed("GET,HEAD,POST,PUT")),
            (_, ["runner-configs", _]) => return Ok(not_allowed("PUT")),
            (_, ["actors", _]) => return Ok(not_allowed("DELETE")),
            (_, ["actors", _, "sleep"]) => return Ok(not_allowed("POST")),
            _ => Err(ApiError::no_such_path()),
        };
        done.map(|value| super::json(StatusCode::OK, &value))
    }

    fn health(&self) -> Response<Body> {
        let mut value = json!({
            "runtime": RUNTIME,
            "status": "ok",
            "version": env!("CARGO_PKG_VERSION"),
        });
        let (status, word, reason) = match self.readiness() {
            // Who routes by the status goes on: actors that are awake answer, and nobody else could take over what is stored here.
            Ok(()) if self.depot.is_full() => (StatusCode::OK, "degraded", FULL),
            Ok(()) => return super::json(StatusCode::OK, &value),
            Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", reason),
        };
        value["status"] = word.into();
        value["reason"] = reason.into();
        super::json(status, &value)
    }
}

fn metadata(faults: Faults) -> Value {
    let newest = if faults.lack(Guard::Newest) {
        Version::OLDEST
    } else {
        Version::LATEST
    };
    json!({
        "runtime": RUNTIME,
        "version": env!("CARGO_PKG_VERSION"),
        "envoy_protocol_version": newest.number(),
    })
}

/// A call of the API, whose caller may make it.
pub(super) struct Call<'a> {
    pub(super) app: &'a Arc<App>,
    pub(super) head: &'a Head,
    pub(super) incoming: Incoming,
}

/// A pool, as it is put.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutPool {
    datacenters: Map<String, Value>,
}

impl<'a> Call<'a> {
    /// The parameters, of which only these may be there, each once.
    pub(super) fn query(&self, known: &[&str]) -> Result<Query<'a>, ApiError> {
        Query::parse(self.head.uri.query(), known, self.app.config.faults)
    }

    /// The namespace that is asked for, if it is one.
    pub(super) fn namespace(&self, query: &Query<'_>) -> Result<String, ApiError> {
        let namespace = query.require("namespace")?;
        if !self.app.config.has_namespace(namespace) {
            return Err(ApiError::namespace_not_found());
        }
        Ok(namespace.to_owned())
    }

    /// The body, as JSON of this form.
    pub(super) async fn body<T: serde::de::DeserializeOwned>(self) -> Result<T, ApiError> {
        let limits = &self.app.config.limits;
        let reading = Reading {
            limit: limits.api_body,
            time: limits.body_time,
            too_large: &ApiError::body_too_large,
        };
        let mut share = self.app.budget.share();
        let octets = reading.read(self.head, self.incoming, &mut share).await?;
        body(self.head, &octets, self.app.config.faults)
    }

    fn datacenters(&self) -> Value {
        // Where the caller has found it.
        let host = self.head.headers.get(http::header::HOST);
        let host = host
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost");
        json!({
            "datacenters": [{ "label": 1, "name": DATACENTER, "url": format!("http://{host}/") }],
            "pagination": { "cursor": null },
        })
    }

    async fn put_pool(self, pool: &str) -> Result<Value, ApiError> {
        let query = self.query(&["namespace"])?;
        let namespace = self.namespace(&query)?;
        let pool = name("the name of a pool", segment(pool)?)?;
        let director = self.app.director.clone();
        let put: PutPool = self.body().await?;
        let mut config = None;
        for (datacenter, value) in put.datacenters {
            if datacenter != DATACENTER {
                return Err(ApiError::datacenter_not_found());
            }
            // Other fields are settings of a real engine, which are kept and have no effect.
            if !value.get("normal").is_some_and(Value::is_object) {
                return Err(ApiError::bad_request(
                    "Failed to deserialize the JSON body into the target type: datacenters.default: expected the field `normal`: \
                     there are no other kinds of pools here",
                ));
            }
            config = Some(value);
        }
        let config = config.ok_or_else(|| {
            ApiError::invalid_input("expected a configuration for the datacenter `default`")
        })?;
        let changed = director.put_pool(&namespace, &pool, config).await?;
        Ok(json!({ "endpoint_config_changed": changed }))
    }

    async fn pools(self) -> Result<Value, ApiError> {
        let known = [
            "namespace",
            "runner_name",
            "runner_names",
            "variant",
            "limit",
            "cursor",
        ];
        let query = self.query(&known)?;
        let namespace = self.namespace(&query)?;
        let asked: Option<Vec<&str>> = query
            .find("runner_names")
            .or(query.find("runner_name"))
            .map(|names| names.split(',').collect());
        let pools = self.app.director.pools(&namespace).await;
        let mut configs = Map::new();
        for pool in pools {
            if asked
                .as_ref()
                .is_some_and(|asked| !asked.contains(&pool.pool.as_str()))
            {
                continue;
            }
            let mut config = pool.config;
            if let Some(config) = config.as_object_mut() {
                config.insert("protocol_version".to_owned(), json!(pool.protocol));
            }
            let mut datacenters = Map::new();
            datacenters.insert(DATACENTER.to_owned(), config);
            configs.insert(pool.pool, json!({ "datacenters": datacenters }));
        }
        Ok(json!({ "runner_configs": configs, "pagination": { "cursor": null } }))
    }

    async fn hosts(self) -> Result<Value, ApiError> {
        let known = ["namespace", "name", "envoy_key", "limit", "cursor"];
        let query = self.query(&known)?;
        let namespace = self.namespace(&query)?;
        let mut hosts = self.app.director.hosts(&namespace).await;
        hosts.retain(|host| {
            // One that shuts down takes nothing new, as one that is not there.
            host.is_connected
                && !host.is_leaving
                && query.find("name").is_none_or(|name| name == host.pool)
                && query
                    .find("envoy_key")
                    .is_none_or(|key| key == host.envoy_key)
        });
        let hosts: Vec<Value> = hosts
            .into_iter()
            .map(|host| {
                let metadata = host.metadata.as_deref();
                let metadata: Value = metadata
                    .and_then(|metadata| serde_json::from_str(metadata).ok())
                    .unwrap_or(Value::Null);
                json!({
                    "envoy_key": host.envoy_key,
                    "namespace_id": host.namespace,
                    "datacenter": DATACENTER,
                    "pool_name": host.pool,
                    "version": host.deployment,
                    "protocol_version": host.protocol,
                    "slots": host.actors,
                    "create_ts": host.since,
                    "metadata": metadata,
                })
            })
            .collect();
        Ok(json!({ "envoys": hosts, "pagination": { "cursor": null } }))
    }
}
