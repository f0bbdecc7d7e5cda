//! Makes the pool that a host joins: one request of HTTP/1.1, for which no client is needed.

use std::fmt::Write as _;
use std::time::Duration;

use envoy_protocol::ws::Token;
use http::Uri;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Error;

/// How long one attempt may take.
const BOUND: Duration = Duration::from_secs(10);
/// A server that has just started may not have all it needs: attempts, and the pause between them.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);
/// The most octets of an answer that are read.
const ANSWER: u64 = 64 << 10;
/// The most octets of what a server says of why it refuses that are told.
const WORDS: usize = 1024;

/// Makes a pool of hosts that stay, in all datacenters that the server is asked about by default. One that is there stays
/// as it is.
pub(crate) async fn make(
    endpoint: &str,
    namespace: &str,
    pool: &str,
    token: Option<&Token>,
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
    let mut attempt = 1;
    loop {
        let answer = tokio::time::timeout(BOUND, exchange(host, port, &request)).await;
        let reason = match answer {
            Ok(Ok((200, _))) => return Ok(()),
            Ok(Ok((status, why))) => {
                let reason = format!("expected status 200 of {endpoint}, but found {status}{why}");
                // What the server understood and refused, it refuses again.
                if (400..500).contains(&status) {
                    return Err(failed(reason));
                }
                reason
            }
            Ok(Err(error)) => format!("expected an answer of {endpoint}, but found: {error}"),
            Err(_) => {
                format!("expected an answer of {endpoint} within {BOUND:?}, but found none")
            }
        };
        if attempt == ATTEMPTS {
            return Err(failed(reason));
        }
        attempt += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

fn failed(reason: impl Into<String>) -> Error {
    Error::Pool {
        reason: reason.into(),
    }
}

/// The request, as it is sent.
fn text(authority: &str, path: &str, namespace: &str, pool: &str, token: Option<&Token>) -> String {
    const BODY: &str = r#"{"datacenters":{"default":{"normal":{}}}}"#;
    let (path, pool) = (path.trim_end_matches('/'), escaped(pool));
    let namespace = escaped(namespace);
    let authorization = token.map_or_else(String::new, |token| {
        format!("authorization: Bearer {}\r\n", token.reveal())
    });
    let length = BODY.len();
    format!(
        "PUT {path}/runner-configs/{pool}?namespace={namespace} HTTP/1.1\r\nhost: {authority}\r\n{authorization}\
         content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{BODY}"
    )
}

/// Sends the request, and reads the status of its answer, and what it says of why.
async fn exchange(host: &str, port: u16, request: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer).await?;
    let status = status(&answer).ok_or_else(|| {
        std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "expected an answer of HTTP, but found something else",
        )
    })?;
    Ok((status, words(&answer)))
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

fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|octet| *octet == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
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
    fn reads_the_status_of_an_answer_and_of_nothing_else() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.1 503\r\n"), Some(503));
        for other in [&b""[..], b"SSH-2.0 200\r\n", b"HTTP/1.1 yes\r\n", b"\xff"] {
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
