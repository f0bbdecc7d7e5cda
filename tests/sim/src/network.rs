//! A network of streams: octets take their time, and a connection can be cut behind any of them.
//!
//! A cut loses what is behind it in both directions. Each end learns of it at a time of its own, or never: then it is up to
//! its timers. What an end writes meanwhile goes nowhere.

use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::random::Random;

/// A process that has connections, a new one after each restart.
pub(crate) type Node = u32;

/// Octets that may be under way in one direction: then a writer waits.
const WINDOW: usize = 256 << 10;
/// Octets in a millisecond.
const RATE: usize = 20_000;

/// All connections. Clones are the same network.
#[derive(Clone)]
pub(crate) struct Network(Arc<Mutex<State>>, Random);

#[derive(Default)]
struct State {
    gateway: Option<(Node, mpsc::UnboundedSender<Stream>)>,
    links: Vec<Weak<Mutex<Link>>>,
    /// Nobody gets through to the gateway: who tries waits, and then fails.
    out_until: Option<Instant>,
    latency: Duration,
}

/// One end of a connection.
pub(crate) struct Stream {
    link: Arc<Mutex<Link>>,
    side: usize,
    timer: Option<Pin<Box<Sleep>>>,
}

/// A connection: what goes from its first end to its second, and back.
struct Link {
    ends: [Node; 2],
    who: Who,
    pipes: [Pipe; 2],
    latency: Duration,
    /// What is written from now on goes nowhere.
    is_cut: [bool; 2],
    /// When each end learns that the connection is gone.
    learns: [Option<Instant>; 2],
}

#[derive(Default)]
struct Pipe {
    flying: VecDeque<(Instant, Bytes)>,
    octets: usize,
    /// When the last octet that was written arrives; nothing overtakes it.
    last: Option<Instant>,
    /// The writer has ended it.
    is_shut: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Who connects to the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// It sends pings, and finds out by itself when nobody is there any more.
    Host,
    /// It waits for its answer, and its system finds out.
    Caller,
}

/// How the other ends of a process that is killed learn of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Death {
    /// Its system closes its connections.
    Told,
    /// Its machine is gone.
    Silent,
}

impl Network {
    pub(crate) fn new(random: Random, latency: Duration) -> Self {
        let state = State {
            latency,
            ..State::default()
        };
        Self(Arc::new(Mutex::new(state)), random)
    }

    /// From now on connections are made to this node, which takes them here.
    pub(crate) fn listen(&self, node: Node) -> mpsc::UnboundedReceiver<Stream> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.lock().gateway = Some((node, sender));
        receiver
    }

    /// Connects a node to the gateway.
    pub(crate) async fn dial(&self, from: Node, who: Who) -> io::Result<Stream> {
        let latency = self.lock().latency;
        sleep(self.1.between(latency, latency * 3)).await;
        let out = self
            .lock()
            .out_until
            .filter(|until| *until > Instant::now());
        if let Some(until) = out {
            sleep_until(until).await;
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut state = self.lock();
        let Some((node, listener)) = &state.gateway else {
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        let link = Arc::new(Mutex::new(Link {
            ends: [from, *node],
            who,
            pipes: Default::default(),
            latency,
            is_cut: [false; 2],
            learns: [None; 2],
        }));
        let end = |side| Stream {
            link: Arc::clone(&link),
            side,
            timer: None,
        };
        let (near, far) = (end(0), end(1));
        if listener.send(far).is_err() {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        state.links.retain(|link| link.strong_count() > 0);
        state.links.push(Arc::downgrade(&link));
        Ok(near)
    }

    /// A process ends: what it wrote may arrive up to any octet.
    pub(crate) fn kill(&self, node: Node, death: Death) {
        let mut state = self.lock();
        if state
            .gateway
            .as_ref()
            .is_some_and(|(gateway, _)| *gateway == node)
        {
            state.gateway = None;
        }
        let links = state.links.clone();
        drop(state);
        let now = Instant::now();
        for link in links.iter().filter_map(Weak::upgrade) {
            let mut link = lock(&link);
            let Some(side) = link.ends.iter().position(|end| *end == node) else {
                continue;
            };
            for pipe in 0..2 {
                link.cut(pipe, &self.1);
            }
            link.learns[side] = Some(now);
            link.learns[1 - side] = match death {
                Death::Silent if link.who == Who::Host => None,
                Death::Silent | Death::Told => Some(now + link.latency),
            };
            link.wake();
        }
    }

    /// Cuts the connections of a node. Each end learns within `most`, or not at all.
    pub(crate) fn cut(&self, node: Node, most: Option<Duration>) {
        let now = Instant::now();
        for link in self.links_of(node) {
            let mut link = lock(&link);
            for side in 0..2 {
                link.cut(side, &self.1);
                link.learns[side] = most.map(|most| now + self.1.up_to(most));
            }
            link.wake();
        }
    }

    /// What a node writes goes nowhere, and it still hears; or the other way round.
    pub(crate) fn deafen(&self, node: Node, is_deaf: bool) {
        for link in self.links_of(node) {
            let mut link = lock(&link);
            let side = usize::from(link.ends[1] == node);
            let writer = if is_deaf { 1 - side } else { side };
            link.cut(writer, &self.1);
            link.wake();
        }
    }

    /// Nothing moves on the connections of a node for a while.
    pub(crate) fn stall(&self, node: Node, time: Duration) {
        for link in self.links_of(node) {
            let mut link = lock(&link);
            for pipe in &mut link.pipes {
                for (arrival, _) in &mut pipe.flying {
                    *arrival += time;
                }
                pipe.last = Some(pipe.last.unwrap_or_else(Instant::now).max(Instant::now()) + time);
            }
            link.wake();
        }
    }

    /// Nobody gets a connection to the gateway for a while.
    pub(crate) fn outage(&self, time: Duration) {
        self.lock().out_until = Some(Instant::now() + time);
    }

    /// Nothing is in the way of new connections.
    pub(crate) fn calm(&self) {
        self.lock().out_until = None;
    }

    fn links_of(&self, node: Node) -> Vec<Arc<Mutex<Link>>> {
        let links = self.lock().links.clone();
        let of = |link: &Arc<Mutex<Link>>| lock(link).ends.contains(&node);
        links.iter().filter_map(Weak::upgrade).filter(of).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl Link {
    /// Loses what was written by this side behind some octet, and all that is still to be written.
    fn cut(&mut self, side: usize, random: &Random) {
        if std::mem::replace(&mut self.is_cut[side], true) {
            return;
        }
        let pipe = &mut self.pipes[side];
        let mut left = random.place(pipe.octets + 1);
        let mut kept = VecDeque::new();
        for (arrival, mut octets) in std::mem::take(&mut pipe.flying) {
            octets.truncate(left);
            left -= octets.len();
            if !octets.is_empty() {
                kept.push_back((arrival, octets));
            }
        }
        pipe.octets = kept.iter().map(|(_, octets)| octets.len()).sum();
        pipe.flying = kept;
        // The end of what was written is lost, too.
        pipe.is_shut = false;
    }

    fn wake(&mut self) {
        for pipe in &mut self.pipes {
            for waker in [pipe.reader.take(), pipe.writer.take()]
                .into_iter()
                .flatten()
            {
                waker.wake();
            }
        }
    }
}

impl Stream {
    /// Whether this end has learned that the connection is gone; else its timer is set to when it will.
    fn poll_gone(link: &Link, side: usize, now: Instant) -> bool {
        link.learns[side].is_some_and(|at| at <= now)
    }

    fn wait(&mut self, until: Instant, cx: &mut Context<'_>) {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        if timer.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let shared = Arc::clone(&self.link);
        let mut link = lock(&shared);
        let now = Instant::now();
        let side = self.side;
        let learns = link.learns[side];
        let is_gone = Self::poll_gone(&link, side, now);
        let pipe = &mut link.pipes[1 - side];
        let mut next = None;
        if let Some((arrival, octets)) = pipe.flying.front_mut() {
            if *arrival <= now {
                let count = octets.len().min(buf.remaining());
                buf.put_slice(&octets[..count]);
                octets.advance(count);
                pipe.octets -= count;
                if octets.is_empty() {
                    pipe.flying.pop_front();
                }
                if let Some(writer) = pipe.writer.take() {
                    writer.wake();
                }
                return Poll::Ready(Ok(()));
            }
            next = Some(*arrival);
        } else if pipe.is_shut {
            match pipe.last.filter(|last| *last > now) {
                Some(last) => next = Some(last),
                None => return Poll::Ready(Ok(())),
            }
        }
        if is_gone {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        pipe.reader = Some(cx.waker().clone());
        drop(link);
        if let Some(until) = [next, learns].into_iter().flatten().min() {
            self.wait(until, cx);
        }
        Poll::Pending
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut link = lock(&self.link);
        let now = Instant::now();
        let side = self.side;
        if Self::poll_gone(&link, side, now) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if link.is_cut[side] {
            return Poll::Ready(Ok(octets.len()));
        }
        let latency = link.latency;
        let pipe = &mut link.pipes[side];
        if pipe.octets >= WINDOW {
            pipe.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = octets.len().min(WINDOW - pipe.octets);
        let time = Duration::from_micros((count * 1000 / RATE) as u64);
        let free = pipe
            .last
            .map_or(now, |last| last.max(now + latency) - latency);
        let arrival = free + time + latency;
        pipe.last = Some(arrival);
        pipe.octets += count;
        let octets = Bytes::copy_from_slice(&octets[..count]);
        pipe.flying.push_back((arrival, octets));
        if let Some(reader) = pipe.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shut();
        Poll::Ready(Ok(()))
    }
}

impl Stream {
    fn shut(&self) {
        let mut link = lock(&self.link);
        let (side, latency) = (self.side, link.latency);
        if link.is_cut[side] || link.pipes[side].is_shut {
            return;
        }
        let pipe = &mut link.pipes[side];
        pipe.is_shut = true;
        let arrival = Instant::now() + latency;
        pipe.last = Some(pipe.last.map_or(arrival, |last| last.max(arrival)));
        if let Some(reader) = pipe.reader.take() {
            reader.wake();
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shut();
        let mut link = lock(&self.link);
        let (side, latency) = (self.side, link.latency);
        // What the other end still writes comes back.
        if !link.is_cut[side] {
            link.learns[1 - side].get_or_insert(Instant::now() + latency * 2);
        }
        link.is_cut[1 - side] = true;
        link.pipes[1 - side].flying.clear();
        link.pipes[1 - side].octets = 0;
        link.wake();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
