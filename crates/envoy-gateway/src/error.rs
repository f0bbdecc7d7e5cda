//! What callers of the gateway are told when something is not done: a status, and in JSON a group, a code, and words.
//!
//! Groups, codes and statuses are those of a real engine where it has them, so that clients which know it know them.
//! This is the one place that spells them for HTTP.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

/// Why a request was refused or failed, as its caller is told.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{group}.{code}: {message}")]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) group: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) metadata: Option<Box<Value>>,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        group: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            group,
            code,
            message: message.into(),
            metadata: None,
        }
    }

    /// The same, with values that a program can read.
    pub(crate) fn with(mut self, metadata: Value) -> Self {
        self.metadata = Some(Box::new(metadata));
        self
    }

    /// The body that says it.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "group": self.group,
            "code": self.code,
            "message": self.message,
        });
        if let (Some(metadata), Some(body)) = (&self.metadata, body.as_object_mut()) {
            body.insert("metadata".to_owned(), (**metadata).clone());
        }
        body
    }

    /// The value of the header `x-rivet-error`.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.group, self.code)
    }
}

/// Errors of the API.
impl ApiError {
    /// Something in the server is broken. What it is stands in the log, and is not for callers.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "core",
            "internal_error",
            "An internal error occurred",
        )
    }

    pub(crate) fn bad_request(reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::new(
            StatusCode::BAD_REQUEST,
            "api",
            "bad_request",
            format!("Request is invalid: {reason}"),
        )
        .with(json!({ "reason": reason }))
    }

    /// A value that is of the right form and cannot be.
    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        let message = message.into();
        let metadata = json!({ "message": message });
        Self::new(
            StatusCode::BAD_REQUEST,
            "validation",
            "invalid_input",
            message,
        )
        .with(metadata)
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "api",
            "not_found",
            "The requested resource was not found",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "api",
            "method_not_allowed",
            "The resource has no such method",
        )
    }

    /// `reason` says what is wrong with the token, and nothing of what it is.
    pub(crate) fn forbidden(reason: &'static str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "api",
            "forbidden",
            format!("Access denied: {reason}"),
        )
        .with(json!({ "reason": reason }))
    }

    pub(crate) fn body_too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "api",
            "body_too_large",
            format!("expected a body of at most {limit} octets, but found a larger one"),
        )
        .with(json!({ "limit": limit }))
    }

    pub(crate) fn namespace_not_found() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "namespace",
            "not_found",
            "The namespace does not exist.",
        )
    }

    pub(crate) fn datacenter_not_found() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "datacenter",
            "not_found",
            "The provided datacenter does not exist.",
        )
    }

    /// There is too much of something: the same again, later, may succeed.
    pub(crate) fn overloaded(what: impl fmt::Display) -> Self {
        Self::unavailable(format!("the gateway has too much to do: {what}"))
    }

    /// It is about to end: another one may do it.
    pub(crate) fn ending() -> Self {
        Self::unavailable("the gateway is about to end")
    }

    /// A change was not stored, for what has this code in the depot.
    pub(crate) fn not_stored(code: &str) -> Self {
        match code {
            // Not as something that passes by itself: somebody has to make space.
            "storage_full" => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                depot::Error::GROUP,
                "storage_full",
                "the store has no space: nothing was changed, and nothing can be until there is some",
            ),
            "overloaded" | "contention" => Self::overloaded(code),
            _ => Self::unavailable(format!("the change was not stored: {code}")),
        }
    }

    fn unavailable(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "guard",
            "service_unavailable",
            message,
        )
    }
}

/// Errors that concern an actor.
impl ApiError {
    pub(crate) fn actor_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "actor",
            "not_found",
            "The actor does not exist or was destroyed.",
        )
    }

    /// There is an actor of this name and key.
    pub(crate) fn duplicate_key(key: &str, holder: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "actor",
            "duplicate_key",
            format!("Actor key '{key}' already in use for actor '{holder}'"),
        )
        .with(json!({ "existing_actor_id": holder, "key": key }))
    }

    pub(crate) fn empty_key() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "actor",
            "empty_key",
            "Key label cannot be empty.",
        )
    }

    pub(crate) fn no_pool(namespace: &str, pool: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "actor",
            "no_runner_config_configured",
            format!(
                "No runner config with name '{pool}' are available in any datacenter for the namespace '{namespace}'. Validate a \
                 provider is listed that matches the requested pool name."
            ),
        )
        .with(json!({ "namespace": namespace, "pool_name": pool }))
    }

    pub(crate) fn kv_key_not_found() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "actor",
            "kv_key_not_found",
            "The KV key does not exist for this actor.",
        )
    }
}

/// Errors of the way to an actor. Those of status 503 are for trying again.
impl ApiError {
    pub(crate) fn no_route(host: &str, path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "guard",
            "no_route",
            format!("No route found for hostname {host}, path {path}."),
        )
        .with(json!({ "host": host, "path": path }))
    }

    pub(crate) fn missing_header(header: &'static str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "guard",
            "missing_header",
            format!("Missing {header} header."),
        )
        .with(json!({ "header": header }))
    }

    pub(crate) fn invalid_header(header: &str, expected: &'static str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "guard",
            "invalid_header",
            format!("expected {expected} in the header {header}, but found other octets"),
        )
        .with(json!({ "header": header }))
    }

    pub(crate) fn query(detail: impl fmt::Display) -> Self {
        let detail = detail.to_string();
        Self::new(
            StatusCode::BAD_REQUEST,
            "guard",
            "query_invalid_params",
            format!("invalid query gateway params: {detail}"),
        )
        .with(json!({ "detail": detail }))
    }

    pub(crate) fn query_twice(name: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "guard",
            "query_duplicate_param",
            format!("duplicate query gateway param: {name}"),
        )
        .with(json!({ "name": name }))
    }

    pub(crate) fn query_input() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "guard",
            "query_invalid_base64_input",
            "invalid base64url in query gateway input",
        )
    }

    pub(crate) fn query_without_pool() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "guard",
            "query_missing_pool",
            "query gateway method=getOrCreate requires rvt-pool param",
        )
    }

    pub(crate) fn request_body(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "guard",
            "invalid_request_body",
            format!("expected a request body of at most {limit} octets, but found a larger one"),
        )
        .with(json!({ "limit": limit }))
    }

    pub(crate) fn request_body_slow(bound: Duration) -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "guard",
            "request_timeout",
            format!(
                "expected the request body within {} s, but found only a part of it",
                seconds(bound)
            ),
        )
    }

    /// The actor was not ready to answer within the bound. The request was not carried out, or its host was lost.
    pub(crate) fn actor_ready_timeout(actor_id: &str, bound: Duration) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "guard",
            "actor_ready_timeout",
            format!(
                "Timed out waiting for actor to become ready: {actor_id} was not within {} s. Ensure that there is a host of \
                 its pool, with room for it.",
                seconds(bound)
            ),
        )
        .with(json!({ "actor_id": actor_id, "retryable": true }))
    }

    pub(crate) fn response_start_timeout(bound: Duration) -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "guard",
            "gateway_response_start_timeout",
            format!(
                "expected the actor to answer within {} s, but found no answer",
                seconds(bound)
            ),
        )
    }

    pub(crate) fn retries_exceeded(attempts: u32, last: &str) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "guard",
            "retry_attempts_exceeded",
            format!("the request was tried {attempts} times; the last time {last}"),
        )
        .with(json!({ "attempts": attempts, "reason": last }))
    }

    /// What the host answered is no answer.
    pub(crate) fn invalid_response(reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::new(
            StatusCode::BAD_GATEWAY,
            "guard",
            "invalid_response",
            format!("the host's answer cannot be handed on: {reason}"),
        )
        .with(json!({ "reason": reason }))
    }

    pub(crate) fn response_too_large(found: u64, limit: u64) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "guard",
            "response_body_too_large",
            format!("expected a response of at most {limit} octets, but found {found}"),
        )
        .with(json!({ "found": found, "limit": limit }))
    }
}

/// In whole milliseconds: what is left of a bound is not a round number.
fn seconds(bound: Duration) -> f64 {
    (bound.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_a_change_was_not_stored() {
        for (code, name, text) in [
            ("storage_full", "depot.storage_full", "has no space"),
            ("overloaded", "guard.service_unavailable", "too much to do"),
            (
                "storage_failed",
                "guard.service_unavailable",
                "the change was not stored: storage_failed",
            ),
        ] {
            let error = ApiError::not_stored(code);
            assert_eq!((error.name().as_str(), error.status.as_u16()), (name, 503));
            assert!(error.message.contains(text), "{error}");
        }
    }

    #[test]
    fn says_what_a_real_engine_says() {
        let error = ApiError::no_pool("default", "nope");
        assert_eq!(
            error.body(),
            json!({
                "group": "actor",
                "code": "no_runner_config_configured",
                "message": "No runner config with name 'nope' are available in any datacenter for the namespace 'default'. \
                            Validate a provider is listed that matches the requested pool name.",
                "metadata": { "namespace": "default", "pool_name": "nope" },
            })
        );
        assert_eq!(error.status, 400);
        assert_eq!(
            ApiError::actor_not_found().body(),
            json!({
                "group": "actor",
                "code": "not_found",
                "message": "The actor does not exist or was destroyed.",
            })
        );
        assert_eq!(ApiError::actor_not_found().status, 404);
        assert_eq!(ApiError::internal().name(), "core.internal_error");
        let error = ApiError::bad_request("missing field `name`");
        assert_eq!(
            error.body(),
            json!({
                "group": "api",
                "code": "bad_request",
                "message": "Request is invalid: missing field `name`",
                "metadata": { "reason": "missing field `name`" },
            })
        );
    }
}
