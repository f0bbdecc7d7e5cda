//! The pool that a host makes before it connects, at a server that answers as it is told.

use std::time::Duration;

use envoy_client::{Builder, Error};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::logs;
use crate::told::{until, within};

/// What becomes of a connection.
#[derive(Clone, Copy)]
enum Fate {
    /// It is closed.
    Close,
    /// It gets this answer, and is closed.
    Answer(&'static str),
    /// It gets this answer, and stays open.
    Begin(&'static str),
}

const MADE: Fate = Fate::Begin("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");

/// A server that does this to one connection after the other, and the last of it to all that come then.
struct Server {
    address: String,
    connections: watch::Receiver<usize>,
}

impl Server {
    async fn start(fates: Vec<Fate>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its port").port();
        let (sender, connections) = watch::channel(0);
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let number = *sender.borrow();
                sender.send_modify(|number| *number += 1);
                let fate = fates.get(number).or(fates.last()).expect("a fate");
                // All of the request, or closing resets the connection.
                let mut request = [0; 4096];
                let mut read = 0;
                while !request[..read].ends_with(b"}}}}") {
                    match stream.read(&mut request[read..]).await {
                        Ok(octets) if octets > 0 => read += octets,
                        _ => break,
                    }
                }
                let (Fate::Answer(answer) | Fate::Begin(answer)) = fate else {
                    continue;
                };
                // The host may be gone by now.
                let _ = stream.write_all(answer.as_bytes()).await;
                if let Fate::Begin(_) = fate {
                    open.push(stream);
                }
            }
        });
        Self {
            address: format!("http://127.0.0.1:{port}"),
            connections,
        }
    }

    /// A host that wants its pool to be made there, and has little patience.
    fn host(&self) -> Builder {
        envoy_client::host(&self.address)
            .make_pool()
            .session(|session| {
                session.backoff.least = Duration::from_millis(1);
                session.backoff.most = Duration::from_millis(1);
            })
    }

    fn connections(&self) -> usize {
        *self.connections.borrow()
    }
}

#[tokio::test]
async fn a_host_waits_for_a_server_that_does_not_answer_yet_and_says_so_once() {
    logs::listen();
    let mut fates = vec![Fate::Close; 20];
    fates.extend([
        Fate::Answer("HTTP/1.1 4"),
        Fate::Answer("HTTP/1.1 503 \r\n\r\nsoon"),
        Fate::Answer("HTTP/1.1 429 \r\n\r\n"),
        MADE,
    ]);
    let all = fates.len();
    let server = Server::start(fates).await;
    let started = within("the start", server.host().start()).await;
    let _host = started.expect("the pool is made");
    assert_eq!(server.connections(), all);
    let warnings = logs::warnings_of(&server.address);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("expected an answer of"),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn what_the_server_refuses_or_does_not_understand_ends_the_host() {
    for (answer, why) in [
        (
            "HTTP/1.1 403 \r\n\r\n{\"code\":\"forbidden\"}",
            "expected status 200 of ADDRESS, but found 403: {\"code\":\"forbidden\"}",
        ),
        (
            "HTTP/1.1 301 \r\nlocation: https://elsewhere\r\n\r\n",
            "expected status 200 of ADDRESS, but found 301",
        ),
        (
            "SSH-2.0-OpenSSH\r\n",
            "expected an answer of HTTP of ADDRESS, but found something else",
        ),
    ] {
        let server = Server::start(vec![Fate::Answer(answer), MADE]).await;
        let Err(error) = within("the error", server.host().start()).await else {
            panic!("expected an error for {answer:?}, but found a host");
        };
        assert_eq!((error.group(), error.code()), ("host", "no_pool"));
        let why = why.replace("ADDRESS", &server.address);
        assert!(error.to_string().ends_with(&why), "{error}");
    }
}

#[tokio::test]
async fn a_host_that_waits_for_its_server_ends_as_soon_as_it_is_asked_to() {
    let server = Server::start(vec![Fate::Close]).await;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let host = server.host().run_until(async {
        // Whoever drops it wants the end, too.
        let _ = ended.await;
    });
    let running = tokio::spawn(host);
    until("a few attempts", || server.connections() > 2).await;
    end.send(()).expect("it still waits");
    let ended: Result<(), Error> = within("the end", running).await.expect("no panic");
    ended.expect("it was asked to");
}
