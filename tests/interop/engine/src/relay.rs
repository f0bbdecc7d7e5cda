//! What stands between a host and the engine: it sees every frame of the engine, and can get in the way.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use envoy_protocol::Version;
use envoy_protocol::latest::ToEnvoy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use crate::api::PATIENCE;
use crate::audit::Audit;

/// Octets that are passed on at once.
const CHUNK: usize = 64 << 10;
/// What is between the head of an HTTP answer and what follows it.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A relay for the connections of one host. Dropping it ends them.
pub(crate) struct Relay {
    authority: String,
    line: watch::Sender<Line>,
    passed: watch::Receiver<Passed>,
}

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    state: State,
    /// Connections of an earlier time have ended.
    time: u64,
}

/// What is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Everything.
    Open,
    /// Only what the host says: the engine hears it, and is not heard.
    Mute,
    /// Only what the engine says: the host hears it, and is not heard.
    Deaf,
    /// Nothing: no connection lives.
    Down,
}

/// What went by.
#[derive(Debug, Clone, Copy, Default)]
struct Passed {
    /// Answers of the engine to requests, passed on or not.
    answers: usize,
    /// Octets of the host that were held back.
    held: usize,
}

impl Relay {
    /// A relay to `upstream`, an authority, for a host of `version`.
    pub(crate) async fn start(upstream: String, version: Version, audit: Audit) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("cannot find a free port")?;
        let authority = listener.local_addr()?.to_string();
        let (line, follow) = watch::channel(Line {
            state: State::Open,
            time: 0,
        });
        let (count, passed) = watch::channel(Passed::default());
        let ends = Ends {
            upstream,
            version,
            audit,
            line: follow,
            count,
        };
        tokio::spawn(ends.listen(listener));
        Ok(Self {
            authority,
            line,
            passed,
        })
    }

    /// Where it listens.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Ends every connection without a word; new ones are taken.
    pub(crate) fn cut(&self) {
        self.line.send_modify(|line| {
            line.state = State::Open;
            line.time += 1;
        });
    }

    /// Changes what is passed on.
    pub(crate) fn set(&self, state: State) {
        self.line.send_modify(|line| line.state = state);
    }

    /// Waits until the engine has answered this many requests more, counted from now.
    pub(crate) fn answers(&self, more: usize) -> impl Future<Output = Result<()>> + use<> {
        until(&self.passed, "the engine's answer", move |from, now| {
            now.answers >= from.answers + more
        })
    }

    /// Waits until this many octets more of the host were held back, counted from now.
    pub(crate) fn held(&self, more: usize) -> impl Future<Output = Result<()>> + use<> {
        until(&self.passed, "the host's request", move |from, now| {
            now.held >= from.held + more
        })
    }
}

fn until<F: Fn(Passed, Passed) -> bool>(
    passed: &watch::Receiver<Passed>,
    what: &'static str,
    reached: F,
) -> impl Future<Output = Result<()>> + use<F> {
    let mut passed = passed.clone();
    let from = *passed.borrow();
    async move {
        let waiting = passed.wait_for(|now| reached(from, *now));
        timeout(PATIENCE, waiting)
            .await
            .with_context(|| format!("expected {what} at the relay, but found none"))??;
        Ok(())
    }
}

/// What the relay's tasks share.
#[derive(Clone)]
struct Ends {
    upstream: String,
    version: Version,
    audit: Audit,
    line: watch::Receiver<Line>,
    count: watch::Sender<Passed>,
}

impl Ends {
    async fn listen(mut self, listener: TcpListener) {
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((host, _)) = accepted else { return };
                    // Down, or without an engine, the host is connected to nobody, and cut off at once.
                    if self.line.borrow().state != State::Down
                        && let Ok(engine) = TcpStream::connect(&self.upstream).await
                    {
                        tokio::spawn(self.clone().join(host, engine));
                    }
                }
                changed = self.line.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Passes octets on until one end ends, or the line does.
    async fn join(mut self, mut host: TcpStream, mut engine: TcpStream) {
        let time = self.line.borrow().time;
        let mut tap = Tap::Head(Vec::new());
        let (mut said, mut heard) = (vec![0; CHUNK], vec![0; CHUNK]);
        for stream in [&host, &engine] {
            // A relay that holds small messages back would be seen in every time that is measured.
            let _ = stream.set_nodelay(true);
        }
        loop {
            let passed = tokio::select! {
                biased;
                changed = self.line.changed() => {
                    let line = *self.line.borrow_and_update();
                    if changed.is_err() || line.time != time || line.state == State::Down {
                        return;
                    }
                    continue;
                }
                read = host.read(&mut said) => match read {
                    Ok(size @ 1..) => self.pass_to_engine(&said[..size], &mut engine).await,
                    _ => return,
                },
                read = engine.read(&mut heard) => match read {
                    Ok(size @ 1..) => {
                        self.overhear(tap.feed(&heard[..size]));
                        self.pass_to_host(&heard[..size], &mut host).await
                    },
                    _ => return,
                },
            };
            if passed.is_err() {
                return;
            }
        }
    }

    async fn pass_to_engine(&self, octets: &[u8], engine: &mut TcpStream) -> io::Result<()> {
        if self.line.borrow().state == State::Deaf {
            self.count.send_modify(|passed| passed.held += octets.len());
            return Ok(());
        }
        engine.write_all(octets).await
    }

    async fn pass_to_host(&self, octets: &[u8], host: &mut TcpStream) -> io::Result<()> {
        if self.line.borrow().state == State::Mute {
            return Ok(());
        }
        host.write_all(octets).await
    }

    fn overhear(&self, messages: Vec<Bytes>) {
        for octets in messages {
            // What is refused is kept by the audit, and fails the whole run.
            let message = self.audit.read(self.version, &octets);
            if message.is_ok_and(|message| is_answer(&message)) {
                self.count.send_modify(|passed| passed.answers += 1);
            }
        }
    }
}

/// Reads what the engine says, beside the host.
enum Tap {
    /// Still in the answer to the upgrade.
    Head(Vec<u8>),
    /// Behind it: WebSocket frames.
    Frames(Box<WebSocket<Overheard>>),
    /// Nothing more is to be read: there was a close.
    Over,
}

impl Tap {
    /// Takes octets in, and gives the binary messages that are complete now.
    fn feed(&mut self, octets: &[u8]) -> Vec<Bytes> {
        let rest = match self {
            Self::Head(head) => {
                head.extend_from_slice(octets);
                let end = head
                    .windows(END_OF_HEAD.len())
                    .position(|found| found == END_OF_HEAD);
                let Some(end) = end else {
                    return Vec::new();
                };
                let rest = head.split_off(end + END_OF_HEAD.len());
                let socket = WebSocket::from_raw_socket(Overheard::default(), Role::Client, None);
                *self = Self::Frames(Box::new(socket));
                rest
            }
            _ => octets.to_vec(),
        };
        let Self::Frames(socket) = self else {
            return Vec::new();
        };
        socket.get_mut().0.extend(rest);
        let mut messages = Vec::new();
        loop {
            match socket.read() {
                Ok(Message::Binary(octets)) => messages.push(octets),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    *self = Self::Over;
                    break;
                }
            }
        }
        messages
    }
}

/// A stream of what was overheard. What is written to it, such as the answer to a close, nobody hears.
#[derive(Default)]
struct Overheard(VecDeque<u8>);

impl Read for Overheard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            // More may come: this is not the end.
            return Err(ErrorKind::WouldBlock.into());
        }
        self.0.read(buffer)
    }
}

impl Write for Overheard {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_answer(message: &ToEnvoy) -> bool {
    matches!(
        message,
        ToEnvoy::ToEnvoyKvResponse(_)
            | ToEnvoy::ToEnvoySqliteGetPagesResponse(_)
            | ToEnvoy::ToEnvoySqliteCommitResponse(_)
            | ToEnvoy::ToEnvoySqliteExecResponse(_)
            | ToEnvoy::ToEnvoySqliteExecuteResponse(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of an upgrade, then a message of two octets, one of none in two parts, and a close.
    const HEARD: &[u8] =
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n\x82\x02ab\x02\x00\x80\x00\x88\x02\x03\xe8";

    #[test]
    fn overhears_messages_wherever_they_are_cut() {
        for size in 1..=HEARD.len() {
            let mut tap = Tap::Head(Vec::new());
            let heard: Vec<_> = HEARD
                .chunks(size)
                .flat_map(|octets| tap.feed(octets))
                .collect();
            assert_eq!(heard, [&b"ab"[..], b""], "in parts of {size}");
        }
    }
}
