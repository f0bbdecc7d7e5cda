//! HTTP requests that reach an actor through the engine's gateway.

use std::time::Instant;

use anyhow::{Result, bail, ensure};
use bytes::Bytes;
use envoy_protocol::bare::Map;
use envoy_protocol::latest::{
    MessageId, ToEnvoyRequestStart, ToEnvoyTunnelMessageKind, ToRivetResponseStart,
    ToRivetTunnelMessageKind,
};
use hyper::header::HeaderName;
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use crate::case::Context;
use crate::check::same;
use crate::host::Host;

/// Everything of a request reaches the actor, and everything of its answer the client.
pub(super) async fn exchange(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let path = format!("/gateway/{}/a%20b/c?x=1&x=2&empty", actor.id);
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("x-some"), "one, two".parse()?);
    for value in ["first", "last"] {
        headers.append(HeaderName::from_static("x-repeated"), value.parse()?);
    }
    let body = Bytes::from_static(b"\0body\xff");
    let client = tokio::spawn({
        let (api, body) = (context.api, body.clone());
        async move { api.request(Method::PUT, &path, headers, body).await }
    });
    let (id, request) = next_request(&mut host).await?;
    same("index of a request", &id.message_index, &0)?;
    same("actor", &request.actor_id, &actor.id)?;
    same("method", &request.method, "PUT")?;
    same("path", &request.path, "/a%20b/c?x=1&x=2&empty")?;
    let header = |name: &str| request.headers.get(name).map(String::as_str);
    same("header", &header("x-some"), &Some("one, two"))?;
    // Lines of one name are a single line to others.
    let repeated = context.differs(
        "of lines of one name a real engine hands only the last on",
        "last",
        "first, last",
    );
    same("repeated header", &header("x-repeated"), &Some(repeated))?;
    same("body", &request.body, &Some(body.to_vec()))?;
    same("whether it is a stream", &request.stream, &false)?;
    ensure!(
        request.headers.get("x-rivet-ray-id").is_some(),
        "expected a ray id in {:?}",
        request.headers
    );
    let mut headers = Map::new();
    headers.insert("x-answer".to_owned(), "yes".to_owned());
    headers.insert("content-type".to_owned(), "application/x-some".to_owned());
    host.answer(
        &id,
        &ToRivetTunnelMessageKind::ToRivetResponseStart(ToRivetResponseStart {
            status: 418,
            headers,
            body: Some(b"\0answer\xff".to_vec()),
            stream: false,
        }),
    )?;
    let answer = client.await??;
    same("status", &answer.status().as_u16(), &418)?;
    same("header", &answer.headers()["x-answer"], "yes")?;
    same(
        "type",
        &answer.headers()["content-type"],
        "application/x-some",
    )?;
    same("answer", &answer.body()[..], b"\0answer\xff".as_slice())?;
    Ok(
        "method, path, query, headers and body to the actor, status, headers and body back"
            .to_owned(),
    )
}

/// A request without a body, and an answer without one; the actor named in a header.
pub(super) async fn without_body(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("x-rivet-target"), "actor".parse()?);
    headers.insert(HeaderName::from_static("x-rivet-actor"), actor.id.parse()?);
    let client = tokio::spawn(async move {
        context
            .api
            .request(Method::GET, "/request/deep", headers, Bytes::new())
            .await
    });
    let (id, request) = next_request(&mut host).await?;
    same("path", &request.path, "/request/deep")?;
    same("body", &request.body, &None)?;
    respond(&host, &id, 204, None)?;
    let answer = client.await??;
    same("status", &answer.status(), &StatusCode::NO_CONTENT)?;
    same("octets of the answer", &answer.body().len(), &0)?;
    Ok("routed by x-rivet-actor; no body is null; 204 without one".to_owned())
}

/// Three megabytes each way are one frame each.
pub(super) async fn large_bodies(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let body: Bytes = (0..3_000_000_u32)
        .map(|at| at.to_le_bytes()[at as usize % 3])
        .collect();
    let client = tokio::spawn({
        let body = body.clone();
        let path = format!("/gateway/{}/", actor.id);
        async move {
            context
                .api
                .request(Method::POST, &path, HeaderMap::new(), body)
                .await
        }
    });
    let (id, request) = next_request(&mut host).await?;
    let received = request.body.unwrap_or_default();
    same("whether the body is the same", &(received == body), &true)?;
    respond(&host, &id, 200, Some(received))?;
    let answer = client.await??;
    same(
        "whether the answer is the same",
        &(answer.body() == &body),
        &true,
    )?;
    Ok("3000000 octets there and back, in one frame each".to_owned())
}

/// Nobody to answer: the host does not know the actor, the actor was destroyed, the id is none.
pub(super) async fn not_found(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let client = get(&context, &actor.id);
    let (id, _) = next_request(&mut host).await?;
    let mut headers = Map::new();
    headers.insert(
        "x-rivet-error".to_owned(),
        "envoy.actor_not_found".to_owned(),
    );
    host.answer(
        &id,
        &ToRivetTunnelMessageKind::ToRivetResponseStart(ToRivetResponseStart {
            status: 503,
            headers,
            body: Some(b"Actor not found".to_vec()),
            stream: false,
        }),
    )?;
    let answer = client.await??;
    same("status", &answer.status(), &StatusCode::SERVICE_UNAVAILABLE)?;
    same(
        "error",
        &answer.headers()["x-rivet-error"],
        "envoy.actor_not_found",
    )?;
    same("answer", &answer.body()[..], b"Actor not found".as_slice())?;
    super::lifecycle::destroy(&context, &mut host, &actor).await?;
    let answer = context.api.gateway_get(&actor.id, "/").await?;
    same(
        "status of a destroyed actor",
        &answer.status(),
        &StatusCode::NOT_FOUND,
    )?;
    let error: Value = serde_json::from_slice(answer.body())?;
    same("group", &error["group"], "actor")?;
    same("code", &error["code"], "not_found")?;
    let answer = context.api.gateway_get("not-an-id", "/").await?;
    let status = context.differs(
        "an id that is none is nobody's id, and no fault of the server",
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::NOT_FOUND,
    );
    same("status of a bad id", &answer.status(), &status)?;
    Ok(format!(
        "503 envoy.actor_not_found passes through; destroyed: 404 actor.not_found; bad id: {}",
        status.as_u16()
    ))
}

/// What the actor gives up is asked again, as the same request.
pub(super) async fn abort(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let client = get(&context, &actor.id);
    let (first, _) = next_request(&mut host).await?;
    let start = Instant::now();
    host.answer(&first, &ToRivetTunnelMessageKind::ToRivetResponseAbort)?;
    let (again, _) = next_request(&mut host).await?;
    let took = start.elapsed();
    same("id of the second attempt", &again, &first)?;
    respond(&host, &again, 200, Some(b"at last".to_vec()))?;
    same("answer", &client.await??.body()[..], b"at last".as_slice())?;
    Ok(format!(
        "asked again after {} ms, with the same id and index 0",
        took.as_millis()
    ))
}

/// A request that waits while its actor crashes wakes the next generation, and is asked there.
pub(super) async fn crash_while_waiting(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let client = get(&context, &actor.id);
    let (first, _) = next_request(&mut host).await?;
    host.crashed(&actor, "in the middle of it")?;
    let next = host.start(&actor.id).await?;
    same("generation", &next.generation, &2)?;
    host.running(&next)?;
    let (again, _) = next_request(&mut host).await?;
    same("id in the next generation", &again, &first)?;
    respond(&host, &again, 200, Some(b"by the second".to_vec()))?;
    same(
        "answer",
        &client.await??.body()[..],
        b"by the second".as_slice(),
    )?;
    Ok("generation 2 is asked, with the same id and index 0".to_owned())
}

/// A client of an actor, in a task.
pub(super) fn get(
    context: &Context,
    actor: &str,
) -> tokio::task::JoinHandle<Result<hyper::Response<Bytes>>> {
    let api = context.api;
    let actor = actor.to_owned();
    tokio::spawn(async move { api.gateway_get(&actor, "/").await })
}

/// The next request of a client.
pub(super) async fn next_request(host: &mut Host) -> Result<(MessageId, ToEnvoyRequestStart)> {
    match host.tunnel().await? {
        (id, ToEnvoyTunnelMessageKind::ToEnvoyRequestStart(request)) => Ok((id, request)),
        (_, other) => bail!("expected a request, but found {other:?}"),
    }
}

/// Answers the next request.
pub(super) async fn answer_next(host: &mut Host, status: u16, body: &[u8]) -> Result<()> {
    let (id, _) = next_request(host).await?;
    respond(host, &id, status, Some(body.to_vec()))
}

pub(super) fn respond(
    host: &Host,
    id: &MessageId,
    status: u16,
    body: Option<Vec<u8>>,
) -> Result<()> {
    host.answer(
        id,
        &ToRivetTunnelMessageKind::ToRivetResponseStart(ToRivetResponseStart {
            status,
            headers: Map::new(),
            body,
            stream: false,
        }),
    )
}
