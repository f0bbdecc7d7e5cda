//! Makes the pool that a host joins: one request of HTTP/1.1, for which no client is needed.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use envoy_protocol::session::{Backoff, BackoffConfig, LastAttempt};
use envoy_protocol::ws::Token;
use http::Uri;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::Error;

/// How long one attempt may take.
const BOUND: Duration = Duration::from_secs(10);
/// How long the body of a refusal may take behind its head.
const BODY: Duration = Duration::from_secs(1);
/// How long nothing is said of a server that still does not answer.
const QUIET: Duration = Duration::from_mins(1);
/// How every answer begins.
const BEGIN: &[u8] = b"HTTP/1.";
/// The most octets of an answer that are read.
const ANSWER: u64 = 64 << 10;
/// The most octets of what a server says of why it refuses that are told.
const WORDS: usize = 1024;

/// Why an attempt came to nothing: what was expected of the server, and what was found.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    kind: FaultKind,
    expected: &'static str,
    found: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultKind {
    /// The server refuses, or is none: it would do so again.
    Final,
    /// It is not there, or not able to.
    Passing,
}

impl FaultKind {
    fn of(self, expected: &'static str, found: impl Into<String>) -> Fault {
        let (kind, found) = (self, found.into());
        Fault {
            kind,
            expected,
            found,
        }
    }
}

/// Makes a pool of hosts that stay, in all datacenters that the server is asked about by default. One that is there stays
/// as it is.
///
/// A server that cannot be reached is asked until it answers.
pub(crate) async fn make(
    endpoint: &str,
    namespace: &str,
    pool: &str,
    token: Option<&Token>,
    waits: BackoffConfig,
) -> Result<(), Error> {
    let uri: Uri = endpoint
        .parse()
        .map_err(|_| failed("the address is no URL"))?;
    if !matches!(uri.scheme_str(), Some("http" | "ws")) {
        return Err(failed(format!(
            "expected an address without TLS, but found {endpoint}"
        )));
    }
    let authority = uri
        .authority()
        .ok_or_else(|| failed("the address names no host"))?;
    let request = text(authority.as_str(), uri.path(), namespace, pool, token);
    let host = authority.host().trim_matches(['[', ']']);
    let port = authority.port_u16().unwrap_or(80);
    let mut backoff = Backoff::new(waits);
    let mut told: Option<Instant> = None;
    loop {
        let answer = tokio::time::timeout(BOUND, exchange(host, port, &request)).await;
        let answer = answer.unwrap_or_else(|_| {
            let found = format!("none within {BOUND:?}");
            Err(FaultKind::Passing.of("an answer", found))
        });
        let fault = match answer.and_then(|(status, why)| judge(status, &why)) {
            Ok(()) => {
                if told.is_some() {
                    tracing::info!(endpoint, "the server answers");
                }
                return Ok(());
            }
            Err(fault) => fault,
        };
        let Fault {
            kind,
            expected,
            found,
        } = fault;
        let reason = format!("expected {expected} of {endpoint}, but found {found}");
        if kind == FaultKind::Final {
            return Err(failed(reason));
        }
        if told.is_none_or(|at| at.elapsed() >= QUIET) {
            told = Some(Instant::now());
            tracing::warn!(
                reason,
                "the server cannot be asked for the pool yet: trying again"
            );
        }
        let random = RandomState::new().build_hasher().finish();
        tokio::time::sleep(backoff.wait(LastAttempt::NoInit, random)).await;
    }
}

/// What the status of an answer means.
fn judge(status: u16, why: &str) -> Result<(), Fault> {
    let kind = match status {
        200 => return Ok(()),
        // It is not able to, or asks for patience.
        408 | 425 | 429 | 500.. => FaultKind::Passing,
        // What it understood and refused, it refuses again; and whoever redirects is another one.
        _ => FaultKind::Final,
    };
    Err(kind.of("status 200", format!("{status}{why}")))
}

fn failed(reason: impl Into<String>) -> Error {
    Error::Pool {
        reason: reason.into(),
    }
}

/// The request, as it is sent.
fn text(authority: &str, path: &str, namespace: &str, pool: &str, token: Option<&Token>) -> String {
    const WANTED: &str = r#"{"datacenters":{"default":{"normal":{}}}}"#;
    let (path, pool) = (path.trim_end_matches('/'), escaped(pool));
    let namespace = escaped(namespace);
    let authorization = token.map_or_else(String::new, |token| {
        format!("authorization: Bearer {}\r\n", token.reveal())
    });
    let length = WANTED.len();
    format!(
        "PUT {path}/runner-configs/{pool}?namespace={namespace} HTTP/1.1\r\nhost: {authority}\r\n{authorization}\
         content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{WANTED}"
    )
}

/// Sends the request, and reads the status of its answer, and what it says of why.
async fn exchange(host: &str, port: u16, request: &str) -> Result<(u16, String), Fault> {
    let asked = asked(host, port, request).await;
    let (mut answer, mut stream) =
        asked.map_err(|error| FaultKind::Passing.of("an answer", error.to_string()))?;
    let Some(status) = status(&answer) else {
        let is_cut = BEGIN.starts_with(&answer) || answer.starts_with(BEGIN);
        let (kind, found) = if is_cut {
            (FaultKind::Passing, "none that is whole")
        } else {
            (FaultKind::Final, "something else")
        };
        return Err(kind.of("an answer of HTTP", found));
    };
    if status != 200 {
        // It only makes a better text: what is not there in time is not missed.
        let _ = tokio::time::timeout(BODY, stream.read_to_end(&mut answer)).await;
    }
    Ok((status, words(&answer)))
}

/// Sends the request, and reads the answer up to the end of its head at least, if it has one.
async fn asked(
    host: &str,
    port: u16,
    request: &str,
) -> std::io::Result<(Vec<u8>, tokio::io::Take<TcpStream>)> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut stream = stream.take(ANSWER);
    let mut answer = Vec::new();
    let mut seen: usize = 0;
    while !answer[seen.saturating_sub(3)..]
        .windows(4)
        .any(|octets| octets == b"\r\n\r\n")
    {
        seen = answer.len();
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    Ok((answer, stream))
}

/// The body of an answer, if it is text and short: `: ` and that, and else nothing.
fn words(answer: &[u8]) -> String {
    let text = std::str::from_utf8(answer).unwrap_or_default();
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    if body.is_empty() || body.len() > WORDS || body.contains(char::is_control) {
        return String::new();
    }
    format!(": {body}")
}

/// The status of an answer, if its first line is whole.
fn status(answer: &[u8]) -> Option<u16> {
    let end = answer.iter().position(|octet| *octet == b'\r')?;
    let line = std::str::from_utf8(&answer[..end]).ok()?;
    let mut parts = line.split(' ');
    parts
        .next()
        .filter(|version| version.starts_with("HTTP/1."))?;
    parts.next()?.parse().ok()
}

/// Text for a part of a path or query.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-_.~".contains(&octet) {
            escaped.push(char::from(octet));
        } else {
            // A string takes everything.
            let _ = write!(escaped, "%{octet:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_a_name_is_escaped() {
        let text = text("h:1", "/a/", "n s", "p/\r\n", None);
        assert!(
            text.starts_with(
                "PUT /a/runner-configs/p%2F%0D%0A?namespace=n%20s HTTP/1.1\r\nhost: h:1\r\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_is_refused_is_final_and_what_is_not_there_passes() {
        assert_eq!(judge(200, ""), Ok(()));
        for status in [101, 204, 301, 400, 401, 403, 404] {
            let fault = judge(status, ": why").expect_err("it is not 200");
            let found = format!("{status}: why");
            assert_eq!(fault, FaultKind::Final.of("status 200", found));
        }
        for status in [408, 429, 500, 502, 503, 504] {
            let fault = judge(status, "").expect_err("it is not 200");
            assert_eq!(fault.kind, FaultKind::Passing, "{status}");
        }
    }

    #[test]
    fn reads_the_status_of_an_answer_and_of_nothing_else() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.1 503\r\n"), Some(503));
        for other in [
            &b""[..],
            b"SSH-2.0 200\r\n",
            b"HTTP/1.1 yes\r\n",
            b"HTTP/1.1 20",
            b"\xff\r\n",
        ] {
            assert_eq!(status(other), None);
        }
    }

    #[test]
    fn tells_what_an_answer_says_if_it_can_be_shown() {
        let why = b"HTTP/1.1 400 \r\na: b\r\n\r\n{\"code\":\"not_found\"}";
        assert_eq!(words(why), ": {\"code\":\"not_found\"}");
        let long = format!("HTTP/1.1 400 \r\n\r\n{}", "a".repeat(WORDS + 1));
        for other in [
            &b""[..],
            b"HTTP/1.1 400 \r\n\r\n",
            b"HTTP/1.1 400 \r\n\r\n\x1b[2J",
            b"HTTP/1.1 400 \r\n\r\n\xff",
            long.as_bytes(),
        ] {
            assert_eq!(words(other), "");
        }
    }
}
