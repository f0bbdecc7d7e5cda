//! Everything that faces the network: one listener for the API, for requests to actors, and for hosts.

mod actors;
mod api;
mod auth;
mod body;
mod gateway;
mod listen;
mod parse;
mod stall;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::budget::Budget;
use crate::config::Config;
use crate::director::{Director, Readiness};
use crate::error::ApiError;
use crate::faults::Guard;
use crate::host::{self, Hosts};
use crate::metrics::{Metrics, Present, Served};
use crate::outside;
use crate::storage::Storage;
use crate::tunnel::{ERROR, RAY, Tunnels};

pub(crate) use auth::check as check_token;
pub(crate) use body::Body;
pub(crate) use listen::{Ends, Listener, serve};

/// What requests are served from.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) depot: depot::Depot,
    pub(crate) storage: Storage,
    pub(crate) director: Director,
    pub(crate) tunnels: Tunnels,
    pub(crate) hosts: Hosts,
    pub(crate) metrics: Metrics,
    /// Bodies of requests and parts of responses, in memory.
    pub(crate) budget: Budget,
    /// A permit for each request to an actor.
    pub(crate) requests: Arc<Semaphore>,
    /// The gateway is about to end.
    pub(crate) is_stopping: AtomicBool,
}

/// A request, as its first line and headers say it.
pub(crate) type Head = http::request::Parts;

impl App {
    /// Answers a request, whatever it is.
    pub(crate) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Infallible> {
        // Names the request, and a log can be searched for it.
        let ray = outside::name();
        let (served, answer) = if host::is_for_hosts(&request) {
            (Served::Host, host::answer(&self, request))
        } else if let Some(target) = gateway::Target::of(&request, self.config.faults) {
            (Served::Actor, self.to_actor(target, request, &ray).await)
        } else {
            (Served::Api, self.api(request).await)
        };
        let mut response = answer.unwrap_or_else(|error| self.refused(&error));
        self.metrics.answered(served, response.status().as_u16());
        // A host's upgrade has the name of the session already.
        response
            .headers_mut()
            .entry(RAY)
            .or_insert_with(|| HeaderValue::from_str(&ray).unwrap_or(HeaderValue::from_static("")));
        if self.is_stopping.load(Ordering::Acquire)
            && response.status() != StatusCode::SWITCHING_PROTOCOLS
        {
            // Who is told so sends nothing more on this connection, which could be closed at that very moment.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(response)
    }

    /// What a request is answered that is not served.
    fn refused(&self, error: &ApiError) -> Response<Body> {
        self.metrics.error(error.group, error.code);
        if self.config.faults.lack(Guard::CallErrors) {
            return refusal(&ApiError::internal());
        }
        refusal(error)
    }

    /// Whether requests would be served; if not, why.
    pub(crate) fn readiness(&self) -> Result<(), &'static str> {
        if self.is_stopping.load(Ordering::Acquire) {
            return Err("the gateway is about to end");
        }
        match self.director.readiness() {
            Readiness::Ready => Ok(()),
            Readiness::WaitingForHosts => Err("hosts that run actors have not come back yet"),
            Readiness::Ended => Err("the store cannot be used any more"),
        }
    }

    fn present(&self) -> Present {
        Present {
            is_ready: self.readiness().is_ok(),
            is_full: self.depot.is_full(),
            requests_in_flight: self.tunnels.len(),
            held_octets: self.budget.held(),
            depot: self.depot.statistics(),
            storage: Some(self.storage.statistics()),
        }
    }
}

/// A response of JSON.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response<Body> {
    with_type(status, "application/json", value.to_string())
}

/// A response of text.
pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Response<Body> {
    with_type(status, "text/plain", text.into())
}

fn with_type(status: StatusCode, kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn refusal(error: &ApiError) -> Response<Body> {
    let mut response = json(error.status, &error.body());
    if let Ok(name) = HeaderValue::from_str(&error.name()) {
        response.headers_mut().insert(ERROR, name);
    }
    response
}

/// The refusal of a method, with those that there are.
fn not_allowed(methods: &'static str) -> Response<Body> {
    let mut response = refusal(&ApiError::method_not_allowed());
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
