//! Requests to actors over HTTP: which actor is meant, and what its host is sent.
//!
//! Three ways to say it: `/gateway/ID[@TOKEN]/path`; the headers `x-rivet-target: actor` and `x-rivet-actor: ID`, for the
//! paths below `/request`; and `/gateway/NAME/path?rvt-...`, by namespace, name and key. The path goes to the actor as it
//! came, percent signs included.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use http::header::{HOST, ORIGIN};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use tokio::time::Instant;

use super::body::Reading;
use super::parse::{CRASH_POLICIES, input, key, name};
use super::{App, Body, Head, auth};
use crate::director::{Director, NewActor, Route};
use crate::error::ApiError;
use crate::faults::{Faults, Guard};
use crate::lifecycle::ConnectionId;
use crate::tunnel::{
    Answer, AnswerBody, Outgoing, Routes, TOKEN, Way, allow_origin, preflight, to_host,
};

/// Which actor is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The first part of the path, and what of path and query is the actor's.
    Path { actor: String, rest: String },
    /// It is in the headers.
    Headers,
}

/// An actor by what its creator calls it.
#[derive(Debug, PartialEq, Eq)]
struct ByKey {
    namespace: String,
    name: String,
    key: String,
    method: Find,
    pool: Option<String>,
    input: Option<Vec<u8>>,
    crash_policy: String,
    token: Option<String>,
    /// The query without what was for the gateway.
    query: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Find {
    Existing,
    OrCreate,
}

const PREFIX: &str = "/gateway/";

impl Target {
    /// None if the request is none to an actor.
    pub(super) fn of<B>(request: &Request<B>, faults: Faults) -> Option<Self> {
        let whole = request.uri().path_and_query()?.as_str();
        if let Some(behind) = whole.strip_prefix(PREFIX) {
            let end = behind.find(['/', '?']).unwrap_or(behind.len());
            let (actor, rest) = behind.split_at(end);
            if actor.is_empty() {
                return None;
            }
            let rest = if rest.starts_with('/') {
                rest.to_owned()
            } else {
                format!("/{rest}")
            };
            return Some(Self::Path {
                actor: actor.to_owned(),
                rest,
            });
        }
        let by_headers = request.headers().contains_key("x-rivet-target");
        (by_headers && !faults.lack(Guard::HeaderRoutes)).then_some(Self::Headers)
    }
}

impl App {
    /// A request to an actor.
    pub(super) async fn to_actor(
        self: &Arc<Self>,
        target: Target,
        request: Request<Incoming>,
        ray: &str,
    ) -> Result<Response<Body>, ApiError> {
        let (head, incoming) = request.into_parts();
        let faults = self.config.faults;
        if head.method == Method::OPTIONS && !faults.lack(Guard::Preflight) {
            let mut response = Response::new(Body::from(String::new()));
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.headers_mut() = preflight(&head.headers);
            return Ok(response);
        }
        let answered = self.forward(target, &head, incoming, ray).await;
        let mut response = answered.unwrap_or_else(|error| self.refused(&error));
        allow_origin(response.headers_mut(), head.headers.get(ORIGIN));
        Ok(response)
    }

    async fn forward(
        &self,
        target: Target,
        head: &Head,
        incoming: Incoming,
        ray: &str,
    ) -> Result<Response<Body>, ApiError> {
        let started = Instant::now();
        let permit = Arc::clone(&self.requests).try_acquire_owned();
        let permit = permit
            .map_err(|_| ApiError::overloaded("as many requests as there may be are under way"))?;
        let (actor_id, path) = self.resolve(&target, head).await?;
        let (limits, faults) = (&self.config.limits, self.config.faults);
        let is_bounded = !faults.lack(Guard::Limits);
        let reading = Reading {
            limit: limits.request_body * if is_bounded { 1 } else { 2 },
            time: limits.body_time,
            too_large: &ApiError::request_body,
        };
        let mut share = self.budget.share();
        let body = reading.read(head, incoming, &mut share).await?;
        let outgoing = Outgoing {
            actor_id,
            method: head.method.as_str().to_owned(),
            path,
            headers: to_host(&head.headers, ray, body.len(), faults)?,
            body,
            permit: Some(permit),
        };
        let config = self.config.forwarding();
        let answer = self
            .tunnels
            .forward(&self.director, &config, outgoing)
            .await?;
        drop(share);
        self.metrics
            .response_started(answer.attempts, started.elapsed());
        self.response(answer, &head.method)
    }

    fn response(&self, answer: Answer<Route>, method: &Method) -> Result<Response<Body>, ApiError> {
        let (parts, body) = answer.into_parts(method)?;
        let body = match body {
            AnswerBody::Whole(octets) => Body::Whole(octets),
            AnswerBody::Streamed(streamed) => {
                Body::Streamed(Box::new(streamed), self.metrics.clone())
            }
        };
        Ok(Response::from_parts(parts, body))
    }

    /// The id of the actor that is meant, and the path and query that it sees.
    async fn resolve(&self, target: &Target, head: &Head) -> Result<(String, String), ApiError> {
        let shown = head.headers.get(&TOKEN).map(http::HeaderValue::as_bytes);
        match target {
            Target::Headers => {
                let whole = head
                    .uri
                    .path_and_query()
                    .map_or("/", |whole| whole.as_str());
                let is_actor = head
                    .headers
                    .get("x-rivet-target")
                    .is_some_and(|target| target == "actor");
                let behind = whole.strip_prefix("/request");
                let is_below = behind
                    .is_some_and(|behind| behind.is_empty() || behind.starts_with(['/', '?']));
                if !is_actor || (!is_below && head.headers.contains_key("x-rivet-actor")) {
                    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
                    return Err(ApiError::no_route(
                        host.unwrap_or_default(),
                        head.uri.path(),
                    ));
                }
                let actor = head.headers.get("x-rivet-actor");
                let actor = actor.ok_or_else(|| ApiError::missing_header("x-rivet-actor"))?;
                let Ok(actor) = actor.to_str() else {
                    return Err(ApiError::invalid_header("x-rivet-actor", "ASCII"));
                };
                self.check_caller(shown)?;
                Ok((actor.to_owned(), whole.to_owned()))
            }
            Target::Path { actor, rest } => {
                let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
                if pairs(query).any(|(name, _)| name.starts_with(OURS)) {
                    let by_key = ByKey::parse(&decoded(actor), query)?;
                    self.check_caller(shown.or(by_key.token.as_ref().map(String::as_bytes)))?;
                    let path = match by_key.query.as_str() {
                        "" => path.to_owned(),
                        query => format!("{path}?{query}"),
                    };
                    return Ok((self.find(by_key).await?, path));
                }
                let (id, token) = actor.split_once('@').unwrap_or((actor, ""));
                let token = (!token.is_empty()).then(|| decoded(token));
                self.check_caller(token.as_ref().map(String::as_bytes).or(shown))?;
                Ok((decoded(id), rest.clone()))
            }
        }
    }

    fn check_caller(&self, shown: Option<&[u8]>) -> Result<(), ApiError> {
        match &self.config.tokens.callers {
            Some(token) => auth::check(shown, token),
            None => Ok(()),
        }
    }

    async fn find(&self, by_key: ByKey) -> Result<String, ApiError> {
        if !self.config.has_namespace(&by_key.namespace) {
            return Err(ApiError::namespace_not_found());
        }
        let ByKey {
            namespace,
            name: called,
            key: known_as,
            ..
        } = by_key;
        if by_key.method == Find::Existing {
            let found = self.director.find(&namespace, &called, &known_as).await;
            return found
                .map(|actor| actor.id)
                .ok_or_else(ApiError::actor_not_found);
        }
        let pool = by_key.pool.ok_or_else(ApiError::query_without_pool)?;
        let new = NewActor {
            namespace,
            name: name("the name of an actor", called)?,
            key: Some(key(known_as)?),
            input: by_key.input.map(input).transpose()?,
            pool: name("the name of a pool", pool)?,
            crash_policy: by_key.crash_policy,
        };
        let (actor, _) = self.director.get_or_create(new).await?;
        Ok(actor.id)
    }
}

/// The beginning of the parameters that are for the gateway.
const OURS: &str = "rvt-";
const KNOWN: [&str; 10] = [
    "namespace",
    "method",
    "runner",
    "pool",
    "key",
    "input",
    "region",
    "crash-policy",
    "token",
    "skip-ready-wait",
];

impl ByKey {
    fn parse(name: &str, query: &str) -> Result<Self, ApiError> {
        let mut ours = Vec::<(String, String)>::new();
        let mut theirs = Vec::new();
        for pair in query.split('&') {
            let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
                theirs.push(pair);
                continue;
            };
            let Some(short) = name.strip_prefix(OURS) else {
                theirs.push(pair);
                continue;
            };
            if !KNOWN.contains(&short) {
                let known: Vec<_> = KNOWN.iter().map(|name| format!("`{name}`")).collect();
                return Err(ApiError::query(format_args!(
                    "unknown field `{short}`, expected one of {}",
                    known.join(", ")
                )));
            }
            if ours.iter().any(|(other, _)| other == short) {
                return Err(ApiError::query_twice(&name));
            }
            ours.push((short.to_owned(), value.into_owned()));
        }
        let mut take = |name: &str| {
            let at = ours.iter().position(|(found, _)| found == name)?;
            Some(ours.swap_remove(at).1)
        };
        let missing = |name: &str| ApiError::query(format_args!("missing field `{name}`"));
        let method = match take("method").ok_or_else(|| missing("method"))?.as_str() {
            "get" => Find::Existing,
            "getOrCreate" => Find::OrCreate,
            other => {
                return Err(ApiError::query(format_args!(
                    "unknown method: {other}, expected get or getOrCreate"
                )));
            }
        };
        let crash_policy = take("crash-policy").unwrap_or_else(|| "sleep".to_owned());
        if !CRASH_POLICIES.contains(&crash_policy.as_str()) {
            return Err(ApiError::query(format_args!(
                "unknown crash policy: {crash_policy}, expected restart, sleep, or destroy"
            )));
        }
        if take("region").is_some_and(|region| region != super::api::DATACENTER) {
            return Err(ApiError::datacenter_not_found());
        }
        let input = take("input").map(|text| {
            let octets = URL_SAFE_NO_PAD
                .decode(&text)
                .or_else(|_| URL_SAFE.decode(&text));
            octets.map_err(|_| ApiError::query_input())
        });
        Ok(Self {
            namespace: take("namespace").ok_or_else(|| missing("namespace"))?,
            name: name.to_owned(),
            key: joined(&take("key").unwrap_or_default()),
            method,
            pool: take("pool").or_else(|| take("runner")),
            input: input.transpose()?,
            crash_policy,
            token: take("token"),
            query: theirs.join("&"),
        })
    }
}

/// A key of several parts, as clients of a real engine write it when they create an actor: parts with a slash between them.
/// In a query there are commas between them.
fn joined(key: &str) -> String {
    if key.is_empty() {
        return "/".to_owned();
    }
    let parts = key.split(',').map(|part| match part {
        "" => "\\0".to_owned(),
        part => part.replace('\\', "\\\\").replace('/', "\\/"),
    });
    parts.collect::<Vec<_>>().join("/")
}

fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.as_bytes())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl Routes for Director {
    type Way = Route;

    async fn route(&self, actor_id: &str, until: Instant) -> Result<Route, ApiError> {
        self.route(actor_id, until).await
    }
}

impl Way for Route {
    fn connection(&self) -> ConnectionId {
        self.connection
    }

    fn send(
        &self,
        message: envoy_protocol::latest::ToEnvoyTunnelMessageRef<'_>,
    ) -> Result<(), envoy_protocol::session::SendError> {
        self.session.with(|server, _| server.tunnel(message))
    }

    fn ended(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        let route = self.clone();
        Box::pin(async move {
            let _ = route.ended().await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(path: &str) -> Option<Target> {
        let request = Request::builder().uri(path).body(()).expect("it is a path");
        Target::of(&request, Faults::default())
    }

    fn path(actor: &str, rest: &str) -> Target {
        Target::Path {
            actor: actor.to_owned(),
            rest: rest.to_owned(),
        }
    }

    #[test]
    fn hands_paths_on_as_they_came() {
        assert_eq!(
            target("/gateway/a/b%2Fc//d?x=%20&y"),
            Some(path("a", "/b%2Fc//d?x=%20&y"))
        );
        assert_eq!(target("/gateway/a@t"), Some(path("a@t", "/")));
        assert_eq!(target("/gateway/a/"), Some(path("a", "/")));
        assert_eq!(target("/gateway/a?x=1"), Some(path("a", "/?x=1")));
        assert_eq!(target("/gateway/"), None);
        assert_eq!(target("/gateway"), None);
        assert_eq!(target("/actors"), None);
    }

    #[test]
    fn takes_its_own_parameters_out_of_the_query_and_leaves_the_others() {
        let query = "a=%2B&rvt-method=getOrCreate&b&rvt-namespace=n&rvt-key=k%2C1&&rvt-pool=p&rvt-input=AQID&c=1+2";
        let by_key = ByKey::parse("thing", query).expect("they are right");
        assert_eq!(
            by_key,
            ByKey {
                namespace: "n".to_owned(),
                name: "thing".to_owned(),
                key: "k/1".to_owned(),
                method: Find::OrCreate,
                pool: Some("p".to_owned()),
                input: Some(vec![1, 2, 3]),
                crash_policy: "sleep".to_owned(),
                token: None,
                query: "a=%2B&b&&c=1+2".to_owned(),
            }
        );
    }

    #[test]
    fn says_what_is_wrong_with_a_query_as_a_real_engine_does() {
        let wrong = |query: &str| {
            let error = ByKey::parse("thing", query).expect_err(query);
            (error.name(), error.message)
        };
        let (name, message) = wrong("rvt-namespace=n&rvt-method=bogus");
        assert_eq!(name, "guard.query_invalid_params");
        assert_eq!(
            message,
            "invalid query gateway params: unknown method: bogus, expected get or getOrCreate"
        );
        let (_, message) = wrong("rvt-bogus=1");
        assert_eq!(
            message,
            "invalid query gateway params: unknown field `bogus`, expected one of `namespace`, `method`, `runner`, `pool`, `key`, \
             `input`, `region`, `crash-policy`, `token`, `skip-ready-wait`"
        );
        let (name, message) = wrong("rvt-key=a&rvt-key=b");
        assert_eq!(name, "guard.query_duplicate_param");
        assert_eq!(message, "duplicate query gateway param: rvt-key");
        assert_eq!(
            wrong("rvt-namespace=n&rvt-method=get&rvt-input=%25").0,
            "guard.query_invalid_base64_input"
        );
        assert_eq!(
            wrong("rvt-namespace=n&rvt-method=get&rvt-region=zz").0,
            "datacenter.not_found"
        );
        assert_eq!(wrong("rvt-method=get").0, "guard.query_invalid_params");
        let (_, message) = wrong("rvt-namespace=n&rvt-method=get&rvt-crash-policy=bogus");
        assert!(
            message.ends_with("unknown crash policy: bogus, expected restart, sleep, or destroy")
        );
    }

    #[test]
    fn writes_keys_of_several_parts_as_clients_of_a_real_engine_do() {
        for (query, key) in [
            ("", "/"),
            ("a", "a"),
            ("a,b", "a/b"),
            ("a/b", "a\\/b"),
            ("a\\b", "a\\\\b"),
            ("a,", "a/\\0"),
        ] {
            assert_eq!(joined(query), key);
        }
    }
}
