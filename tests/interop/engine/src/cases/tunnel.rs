//! What can go wrong, or be meant otherwise, between a caller and an actor.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use envoy_protocol::bare::Map;
use envoy_protocol::latest::{
    MessageId, ToEnvoyTunnelMessageKind, ToRivet, ToRivetResponseChunk, ToRivetResponseStart,
    ToRivetTunnelMessage, ToRivetTunnelMessageKind,
};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Response};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::api::NAMESPACE;
use crate::case::Context;
use crate::check::{contains, same};
use crate::host::{Actor, Host};

use super::http::{answer_next, get, next_request, respond};

/// How long something is waited for that is not to come.
const MOMENT: Duration = Duration::from_secs(2);

/// A caller, in a task.
fn caller(
    context: &Context,
    method: Method,
    path: String,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<JoinHandle<Result<Response<Bytes>>>> {
    let api = context.api;
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::try_from(*name)?, HeaderValue::from_str(value)?);
    }
    Ok(tokio::spawn(async move {
        api.request(method, &path, map, body).await
    }))
}

/// `GET` of a path, and what it is answered without a host.
async fn refused(context: &Context, path: &str, headers: &[(&str, &str)]) -> Result<(u16, String)> {
    let asked = caller(context, Method::GET, path.to_owned(), headers, Bytes::new())?;
    let answer = asked.await??;
    Ok((answer.status().as_u16(), error(&answer)))
}

/// Group and code of an answer.
fn error(answer: &Response<Bytes>) -> String {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    match (body["group"].as_str(), body["code"].as_str()) {
        (Some(group), Some(code)) => format!("{group}.{code}"),
        _ => String::from_utf8_lossy(answer.body()).into_owned(),
    }
}

/// The beginning of an answer.
fn begin(
    host: &Host,
    id: &MessageId,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
    stream: bool,
) -> Result<()> {
    let mut map = Map::new();
    for (name, value) in headers {
        map.insert((*name).to_owned(), (*value).to_owned());
    }
    let start = ToRivetResponseStart {
        status,
        headers: map,
        body: Some(body.to_vec()),
        stream,
    };
    host.answer(id, &ToRivetTunnelMessageKind::ToRivetResponseStart(start))
}

fn chunk(host: &Host, id: &MessageId, body: &[u8], finish: bool) -> Result<()> {
    let chunk = ToRivetResponseChunk {
        body: body.to_vec(),
        finish,
    };
    host.answer(id, &ToRivetTunnelMessageKind::ToRivetResponseChunk(chunk))
}

/// Checks that the actor is asked and answers as if nothing had been.
async fn goes_on(context: &Context, host: &mut Host, actor: &Actor) -> Result<()> {
    let client = get(context, &actor.id);
    answer_next(host, 200, b"goes on").await?;
    same("answer", &client.await??.body()[..], b"goes on".as_slice())
}

/// An answer in parts.
pub(super) async fn chunks(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let client = get(&context, &actor.id);
    let (id, _) = next_request(&mut host).await?;
    begin(&host, &id, 200, &[], b"one ", true)?;
    chunk(&host, &id, b"two ", false)?;
    chunk(&host, &id, b"", false)?;
    chunk(&host, &id, b"three", true)?;
    let why = "of an answer in parts a real engine hands only the first on";
    let expected = context.differs(why, "one ", "one two three");
    let answer = client.await??;
    same("answer", &String::from_utf8_lossy(answer.body()), expected)?;
    goes_on(&context, &mut host, &actor).await?;
    Ok(format!("`{expected}`"))
}

/// An answer in parts that its host gives up.
pub(super) async fn chunks_given_up(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let client = get(&context, &actor.id);
    let (id, _) = next_request(&mut host).await?;
    begin(&host, &id, 200, &[], b"one ", true)?;
    host.answer(&id, &ToRivetTunnelMessageKind::ToRivetResponseAbort)?;
    let answer = client.await?;
    let seen = if context.is_gateway("half of an answer is never taken for the whole") {
        ensure!(answer.is_err(), "expected a cut, but found {answer:?}");
        "cut"
    } else {
        same("answer", &answer?.body()[..], b"one ".as_slice())?;
        "taken for whole"
    };
    goes_on(&context, &mut host, &actor).await?;
    Ok(format!("begun and given up: {seen}"))
}

/// The caller goes before there is an answer.
pub(super) async fn caller_gone(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let client = get(&context, &actor.id);
    let (id, _) = next_request(&mut host).await?;
    client.abort();
    // An aborted task closes its connection.
    let next = timeout(MOMENT, host.tunnel()).await;
    let seen = if context.is_gateway("a host is told that nobody waits any more") {
        match next.context("expected an abort, but found none")?? {
            (of, ToEnvoyTunnelMessageKind::ToEnvoyRequestAbort) => {
                same("request", &of.request_id, &id.request_id)?;
            }
            (_, other) => bail!("expected an abort, but found {other:?}"),
        }
        "told by an abort"
    } else {
        ensure!(next.is_err(), "expected nothing, but found {next:?}");
        "not told"
    };
    goes_on(&context, &mut host, &actor).await?;
    Ok(format!("the host is {seen}"))
}

/// What concerns one connection only stays on it.
pub(super) async fn hop_by_hop(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let path = format!("/gateway/{}/", actor.id);
    let sent = [
        ("connection", "close, x-mine"),
        ("x-mine", "1"),
        ("te", "trailers"),
        ("x-theirs", "2"),
        ("X-MIXED", "Case"),
    ];
    let client = caller(&context, Method::GET, path, &sent, Bytes::new())?;
    let (id, request) = next_request(&mut host).await?;
    let found = |name: &str| request.headers.get(name).map(String::as_str);
    same("a header for the actor", &found("x-theirs"), &Some("2"))?;
    same("in lower case", &found("x-mixed"), &Some("Case"))?;
    let why = "what a connection header names is for that connection";
    let stays = context.differs(why, Some("1"), None);
    same("a header of the connection", &found("x-mine"), &stays)?;
    let headers = [
        ("connection", "x-secret"),
        ("x-secret", "3"),
        ("x-open", "4"),
    ];
    begin(&host, &id, 200, &headers, b"", false)?;
    let answer = client.await??;
    let found = |name: &str| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    same("a header for the caller", &found("x-open"), &Some("4"))?;
    let stays = context.differs(why, Some("3"), None);
    same("a header of the host's", &found("x-secret"), &stays)?;
    goes_on(&context, &mut host, &actor).await?;
    Ok(format!(
        "named by connection: {}",
        stays.map_or("left out", |_| "handed on")
    ))
}

/// Answers that are none.
pub(super) async fn invalid_answers(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let why = "what a host answers wrongly is a bad gateway";
    let expected = context.differs(
        why,
        (500, "core.internal_error"),
        (502, "guard.invalid_response"),
    );
    for (status, headers) in [
        (1000, &[][..]),
        (200, &[("bad name", "1")][..]),
        (200, &[("x-bad", "a\r\nb")][..]),
    ] {
        let client = get(&context, &actor.id);
        let (id, _) = next_request(&mut host).await?;
        begin(&host, &id, status, headers, b"", false)?;
        let answer = client.await??;
        let found = error(&answer);
        same("answer", &(answer.status().as_u16(), &*found), &expected)?;
    }
    goes_on(&context, &mut host, &actor).await?;
    Ok(format!(
        "status 1000, a name and a value that are none: {} {}",
        expected.0, expected.1
    ))
}

/// A length that is not that of the body.
pub(super) async fn wrong_length(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let client = get(&context, &actor.id);
    let (id, _) = next_request(&mut host).await?;
    begin(&host, &id, 200, &[("content-length", "9")], b"four", false)?;
    let seen = if context.is_gateway("a length is what the body has") {
        let answer = client.await??;
        same("answer", &answer.body()[..], b"four".as_slice())?;
        same("length", &answer.headers()["content-length"], "4")?;
        "corrected"
    } else {
        let waited = timeout(MOMENT, client).await;
        ensure!(waited.is_err(), "expected no answer, but found {waited:?}");
        "waited for"
    };
    goes_on(&context, &mut host, &actor).await?;
    Ok(format!("9 of 4 octets: {seen}"))
}

/// An answer to a request that nobody has asked, and one for another's.
pub(super) async fn strange_answers(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut other = context.registered(&context.key("other")).await?;
    let client = get(&context, &actor.id);
    let (id, _) = next_request(&mut host).await?;
    let nobody = MessageId {
        request_id: [7; 4],
        ..id
    };
    for (message_id, body) in [(nobody, &b"to nobody"[..]), (id, b"by another")] {
        let start = ToRivetResponseStart {
            status: 200,
            headers: Map::new(),
            body: Some(body.to_vec()),
            stream: false,
        };
        let message = ToRivetTunnelMessage {
            message_id,
            message_kind: ToRivetTunnelMessageKind::ToRivetResponseStart(start),
        };
        other.send(&ToRivet::ToRivetTunnelMessage(message)).await?;
    }
    let expected =
        if context.is_gateway("a request is answered by the connection that it was sent on") {
            tokio::time::sleep(Duration::from_millis(100)).await;
            respond(&host, &id, 200, Some(b"by its host".to_vec()))?;
            "by its host"
        } else {
            "by another"
        };
    let answer = client.await??;
    same("answer", &String::from_utf8_lossy(answer.body()), expected)?;
    goes_on(&context, &mut host, &actor).await?;
    Ok(format!(
        "to nobody: passed over; of two hosts: answered {expected}"
    ))
}

/// The largest body there and back, and one octet more.
pub(super) async fn body_limits(context: Context) -> Result<String> {
    const MOST: usize = 20 << 20;
    let (mut host, actor) = context.running().await?;
    let path = format!("/gateway/{}/", actor.id);
    let body = Bytes::from(vec![7; MOST]);
    let client = caller(&context, Method::POST, path.clone(), &[], body)?;
    let (id, request) = next_request(&mut host).await?;
    let size = request.body.map_or(0, |body| body.len());
    same("octets of the largest body", &size, &MOST)?;
    respond(&host, &id, 204, None)?;
    same("status", &client.await??.status().as_u16(), &204)?;
    let body = Bytes::from(vec![7; MOST + 1]);
    // Who refuses need not read it to its end, so the caller may be cut off while it sends.
    let seen = match caller(&context, Method::POST, path, &[], body)?.await? {
        Ok(answer) => {
            let found = error(&answer);
            let expected = (413, "guard.invalid_request_body");
            same("answer", &(answer.status().as_u16(), &*found), &expected)?;
            "413 guard.invalid_request_body"
        }
        Err(_) if !context.is_gateway("the gateway answers before it cuts off") => "cut off",
        Err(error) => return Err(error),
    };
    goes_on(&context, &mut host, &actor).await?;
    Ok(format!("20 MiB arrive, one octet more: {seen}"))
}

/// More headers than there may be.
pub(super) async fn header_limits(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let path = format!("/gateway/{}/", actor.id);
    let large = "x".repeat(16 << 10);
    let client = caller(
        &context,
        Method::GET,
        path.clone(),
        &[("x-large", &large)],
        Bytes::new(),
    )?;
    let (id, request) = next_request(&mut host).await?;
    let size = request.headers.get("x-large").map_or(0, String::len);
    same("octets of a header", &size, &large.len())?;
    respond(&host, &id, 204, None)?;
    client.await??;
    let larger = "x".repeat(600 << 10);
    let client = caller(
        &context,
        Method::GET,
        path,
        &[("x-large", &larger)],
        Bytes::new(),
    )?;
    let status = client.await?.map(|answer| answer.status().as_u16());
    match &status {
        Ok(431) | Err(_) => {}
        Ok(other) => bail!("expected 431 or a cut, but found {other}"),
    }
    goes_on(&context, &mut host, &actor).await?;
    Ok("16 KiB arrive, 600 KiB: 431, or cut off".to_owned())
}

/// A host that gives every attempt up.
pub(super) async fn given_up(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut client = get(&context, &actor.id);
    let mut attempts = 0;
    let mut first = None;
    let answer = loop {
        let (id, _) = tokio::select! {
            answer = &mut client => break answer??,
            next = next_request(&mut host) => next?,
        };
        same(
            "request",
            &id.request_id,
            first.get_or_insert(id.request_id),
        )?;
        attempts += 1;
        host.answer(&id, &ToRivetTunnelMessageKind::ToRivetResponseAbort)?;
    };
    let found = error(&answer);
    let expected = (502, "guard.retry_attempts_exceeded");
    same("answer", &(answer.status().as_u16(), &*found), &expected)?;
    same("attempts", &attempts, &7)?;
    goes_on(&context, &mut host, &actor).await?;
    Ok("7 attempts, then 502 guard.retry_attempts_exceeded".to_owned())
}

/// Ways to an actor that lead nowhere.
pub(super) async fn no_route(context: Context) -> Result<String> {
    let target = ("x-rivet-target", "actor");
    for (path, headers, expected) in [
        ("/gateway/", &[][..], (404, "api.not_found")),
        ("/request/x", &[target][..], (400, "guard.missing_header")),
        (
            "/request/x",
            &[("x-rivet-target", "bogus")][..],
            (404, "guard.no_route"),
        ),
        (
            "/other/x",
            &[target, ("x-rivet-actor", "any")][..],
            (404, "guard.no_route"),
        ),
        ("/request/x", &[][..], (404, "api.not_found")),
    ] {
        let (status, found) = refused(&context, path, headers).await?;
        same(path, &(status, &*found), &expected)?;
    }
    Ok("404 api.not_found, guard.no_route; 400 guard.missing_header".to_owned())
}

/// An actor by its name and key: found, or made; what is for the gateway does not reach it.
pub(super) async fn by_name(context: Context) -> Result<String> {
    let mut host = context.host().await?;
    let key = context.key("key");
    let named =
        format!("/gateway/thingy/a/b?x=1&rvt-namespace={NAMESPACE}&rvt-key={key}&rvt-method=");
    let (status, found) = refused(&context, &format!("{named}get"), &[]).await?;
    same(
        "one that is not",
        &(status, &*found),
        &(404, "actor.not_found"),
    )?;
    let make = format!(
        "{named}getOrCreate&rvt-runner={}&rvt-crash-policy=sleep",
        context.pool
    );
    let client = caller(&context, Method::GET, make.clone(), &[], Bytes::new())?;
    let id = loop {
        let path = format!("/actors?namespace={NAMESPACE}&name=thingy&key={key}");
        let answer = context
            .api
            .request(Method::GET, &path, HeaderMap::new(), Bytes::new())
            .await?;
        let found: Value = serde_json::from_slice(answer.body())?;
        if let Some(id) = found["actors"][0]["actor_id"].as_str() {
            break id.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let actor = host.start(&id).await?;
    same("key", &actor.config.key, &Some(key))?;
    host.running(&actor)?;
    let (asked, request) = next_request(&mut host).await?;
    same("path", &request.path, "/a/b?x=1")?;
    respond(&host, &asked, 204, None)?;
    same("status", &client.await??.status().as_u16(), &204)?;
    for path in [make, format!("{named}get")] {
        let client = caller(&context, Method::GET, path, &[], Bytes::new())?;
        answer_next(&mut host, 200, b"").await?;
        same("status", &client.await??.status().as_u16(), &200)?;
    }
    Ok(
        "get of none: 404 actor.not_found; getOrCreate made it once; the actor sees /a/b?x=1"
            .to_owned(),
    )
}

/// By a name, and wrongly.
pub(super) async fn by_name_wrongly(context: Context) -> Result<String> {
    let start = "/gateway/thingy/x?";
    for (query, expected) in [
        ("rvt-method=get", "query_invalid_params"),
        (
            "rvt-namespace=default&rvt-method=bogus&rvt-key=k",
            "query_invalid_params",
        ),
        (
            "rvt-namespace=default&rvt-method=get&rvt-bogus=1",
            "query_invalid_params",
        ),
        (
            "rvt-namespace=default&rvt-method=getOrCreate&rvt-key=k",
            "query_missing_pool",
        ),
        (
            "rvt-namespace=default&rvt-namespace=default&rvt-method=get&rvt-key=k",
            "query_duplicate_param",
        ),
    ] {
        let (status, found) = refused(&context, &format!("{start}{query}"), &[]).await?;
        same(
            query,
            &(status, &*found),
            &(400, &*format!("guard.{expected}")),
        )?;
    }
    let nowhere = format!("{start}rvt-namespace=nowhere&rvt-method=get&rvt-key=k");
    let (status, found) = refused(&context, &nowhere, &[]).await?;
    same(
        "namespace",
        &(status, &*found),
        &(400, "namespace.not_found"),
    )?;
    Ok("400 guard.query_invalid_params, query_missing_pool, query_duplicate_param, namespace.not_found".to_owned())
}

/// Every method goes to the actor but `OPTIONS`, which a browser asks before it asks.
pub(super) async fn methods(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let path = format!("/gateway/{}", actor.id);
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] {
        let method = Method::try_from(method)?;
        // Without a slash, and with a token, which is not for the actor.
        let path = match method {
            Method::GET => path.clone(),
            _ => format!("{path}@any-token/"),
        };
        let client = caller(&context, method.clone(), path, &[], Bytes::new())?;
        let (id, request) = next_request(&mut host).await?;
        same("method", &request.method, method.as_str())?;
        same("path", &request.path, "/")?;
        respond(&host, &id, 200, None)?;
        same("status", &client.await??.status().as_u16(), &200)?;
    }
    let asked = [
        ("origin", "http://example.test"),
        ("access-control-request-method", "PUT"),
    ];
    let answer = caller(&context, Method::OPTIONS, path, &asked, Bytes::new())?.await??;
    same("status of OPTIONS", &answer.status().as_u16(), &204)?;
    let allowed = answer.headers().get("access-control-allow-methods");
    contains("methods", allowed.context("methods")?.to_str()?, "PUT")?;
    Ok("six methods to the actor, as /; OPTIONS: 204 with who may ask".to_owned())
}
