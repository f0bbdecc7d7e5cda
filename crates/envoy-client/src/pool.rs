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
        return Err(failed("expected an address without TLS, but found another"));
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
            Ok(Ok(200)) => return Ok(()),
            // What the server understood and refused, it refuses again.
            Ok(Ok(status @ 400..=499)) => {
                return Err(failed(format!("expected status 200, but found {status}")));
            }
            Ok(Ok(status)) => format!("expected status 200, but found {status}"),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("expected an answer within {BOUND:?}, but found none"),
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

/// Sends the request, and reads the status of its answer.
async fn exchange(host: &str, port: u16, request: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer).await?;
    status(&answer).ok_or_else(|| {
        std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "expected an answer of HTTP, but found something else",
        )
    })
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
}
