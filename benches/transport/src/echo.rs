//! An echo on one connection: two threads, one for each end.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use envoy_protocol::ws::{
    AcceptConfig, ConnectConfig, EnvoyKey, HostConnection, HostParams, ServerConnection, accept,
    connect,
};
use envoy_protocol::{EncodeAt as _, Version, latest};
use futures_util::future::{try_join, try_join_all};
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

/// Octets of the messages, how many are under way at once, and the bar.
const SIZES: [(usize, usize, f64); 3] = [(64, 64, 0.8), (4 << 10, 16, 0.9), (1 << 20, 1, 0.9)];
/// Octets of a message around its payload, with the length of a payload that takes up to 1, 2 and 3 octets.
const AROUND: [(usize, usize); 3] = [(127, 14), (16_383, 15), (usize::MAX, 16)];

/// Prints the table of these sizes, or all, and says whether the bars hold.
pub(crate) fn measure(only: &[usize], rounds: u32, turn: Duration) -> Result<bool> {
    let runtime = runtime()?;
    let mut clients = runtime.block_on(clients())?;
    println!(
        "One connection over loopback, an echo; medians of {rounds} turns of {} ms, in turn. `bare` is tokio-tungstenite \
         as it comes, with the same octets; `copied` is that with each message copied once into new memory before it is \
         sent, which is the least that anything does that makes messages of values.\n",
        turn.as_millis()
    );
    println!("| octets | transport | messages/s | MB/s, each way | of bare | bar | |");
    println!("| ---: | :--- | ---: | ---: | ---: | ---: | :--- |");
    let mut holds = true;
    for (size, window, bar) in SIZES {
        if !only.is_empty() && !only.contains(&size) {
            continue;
        }
        let payload = payload(size)?;
        let mut found = vec![Vec::new(); clients.len()];
        // The first round is to warm up.
        for round in 0..=rounds {
            for (client, found) in clients.iter_mut().zip(&mut found) {
                let rate = runtime.block_on(client.turn(&payload, window, turn))?;
                if round > 0 {
                    found.push(rate);
                }
            }
        }
        let rates: Vec<f64> = found.into_iter().map(median).collect();
        for (client, rate) in clients.iter().zip(&rates) {
            let ratio = rate / rates[0];
            let name = client.name();
            let megabytes = rate * size as f64 / 1e6;
            print!("| {size} | {name} | {rate:.0} | {megabytes:.1} |");
            if let Client::Bare(_, made) = client {
                match made {
                    Made::Before => println!(" | | |"),
                    Made::ByCopy => println!(" {ratio:.2} | | |"),
                }
            } else {
                let verdict = if ratio >= bar {
                    "holds"
                } else {
                    "**does not hold**"
                };
                println!(" {ratio:.2} | {bar:.2} | {verdict} |");
                holds &= ratio >= bar;
            }
        }
    }
    Ok(holds)
}

enum Client {
    Bare(Box<WebSocketStream<TcpStream>>, Made),
    Typed(HostConnection),
}

/// Where the octets come from that the library below is given.
#[derive(Debug, Clone, Copy)]
enum Made {
    /// They are there: what came in is sent on.
    Before,
    /// They are copied, once for each message.
    ByCopy,
}

impl Made {
    const ALL: [Self; 2] = [Self::Before, Self::ByCopy];

    fn message(self, octets: &Bytes) -> Message {
        Message::Binary(match self {
            Self::Before => octets.clone(),
            Self::ByCopy => Bytes::copy_from_slice(octets),
        })
    }
}

/// What the clients send, of the same number of octets.
struct Payload {
    octets: Bytes,
    message: latest::ToRivet,
}

/// The clients of servers that run in a thread of their own.
async fn clients() -> Result<Vec<Client>> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        if let Err(error) = serve(listener) {
            eprintln!("the server failed: {error:#}");
        }
    });
    let mut clients = Vec::new();
    for made in Made::ALL {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (bare, _) = client_async(format!("ws://{address}/"), stream).await?;
        clients.push(Client::Bare(Box::new(bare), made));
    }
    for &version in Version::ALL {
        let params = HostParams::new("default", "pool", EnvoyKey::random())?.at(version);
        let endpoint = format!("ws://{address}").parse()?;
        let connection = connect(&ConnectConfig::new(endpoint, params)).await?;
        clients.push(Client::Typed(connection));
    }
    Ok(clients)
}

/// One server for each client, in the order in which they connect.
fn serve(listener: std::net::TcpListener) -> Result<()> {
    runtime()?.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let mut bare = Vec::new();
        for made in Made::ALL {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            bare.push(echo_bare(accept_async(stream).await?, made));
        }
        let mut typed = Vec::new();
        for _ in Version::ALL {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let connection = accept(stream, &AcceptConfig::default()).await?;
            typed.push(echo_typed(connection));
        }
        // They end with an error, when the process does.
        let _ = try_join(try_join_all(bare), try_join_all(typed)).await;
        Ok(())
    })
}

async fn echo_bare(mut stream: WebSocketStream<TcpStream>, made: Made) -> Result<()> {
    loop {
        let next = if let Some(next) = stream.next().now_or_never() {
            next
        } else {
            stream.flush().await?;
            stream.next().await
        };
        let Some(message) = next else { return Ok(()) };
        stream.feed(made.message(&message?.into_data())).await?;
    }
}

async fn echo_typed(mut connection: ServerConnection<TcpStream>) -> Result<()> {
    loop {
        let next = if let Some(next) = connection.next().now_or_never() {
            next
        } else {
            connection.flush().await?;
            connection.next().await
        };
        let Some(frame) = next else { return Ok(()) };
        let frame = frame?;
        connection.feed(&answer(frame.get())?).await?;
    }
}

/// What the server says to a message: the same payload, in the message of the other direction.
fn answer<'a>(message: &latest::ToRivetRef<'a>) -> Result<latest::ToEnvoyRef<'a>> {
    if let latest::ToRivetRef::ToRivetTunnelMessage(message) = message
        && let latest::ToRivetTunnelMessageKindRef::ToRivetWebSocketMessage(payload) =
            &message.message_kind
    {
        return Ok(latest::ToEnvoyRef::ToEnvoyTunnelMessage(
            latest::ToEnvoyTunnelMessageRef {
                message_id: message.message_id,
                message_kind: latest::ToEnvoyTunnelMessageKindRef::ToEnvoyWebSocketMessage(
                    latest::ToEnvoyWebSocketMessageRef {
                        data: payload.data,
                        binary: payload.binary,
                    },
                ),
            },
        ));
    }
    anyhow::bail!("expected a WebSocket's message, but found {message:?}")
}

impl Client {
    fn name(&self) -> String {
        match self {
            Self::Bare(_, Made::Before) => "bare".to_owned(),
            Self::Bare(_, Made::ByCopy) => "copied".to_owned(),
            Self::Typed(connection) => connection.version().to_string(),
        }
    }

    /// Messages a second, there and back.
    async fn turn(&mut self, payload: &Payload, window: usize, turn: Duration) -> Result<f64> {
        let start = Instant::now();
        let mut received = 0_u64;
        let mut under_way = 0;
        loop {
            // The clock is looked at once for each window.
            let last = start.elapsed() >= turn;
            if last && under_way == 0 {
                return Ok(received as f64 / start.elapsed().as_secs_f64());
            }
            while !last && under_way < window {
                self.feed(payload).await?;
                under_way += 1;
            }
            let got = self.exchange(payload).await?;
            under_way -= got;
            received += got as u64;
        }
    }

    async fn feed(&mut self, payload: &Payload) -> Result<()> {
        match self {
            Self::Bare(stream, made) => stream.feed(made.message(&payload.octets)).await?,
            Self::Typed(connection) => connection.feed(&payload.message).await?,
        }
        Ok(())
    }

    /// Sends what was fed, and receives what there is, once there is something.
    async fn exchange(&mut self, payload: &Payload) -> Result<usize> {
        let mut got = 0;
        match self {
            Self::Bare(stream, _) => {
                stream.flush().await?;
                let mut next = stream.next().await;
                loop {
                    let message = next.context("expected an answer, but found the end")??;
                    ensure!(message.len() == payload.octets.len(), "another answer");
                    got += 1;
                    match stream.next().now_or_never() {
                        Some(further) => next = further,
                        None => return Ok(got),
                    }
                }
            }
            Self::Typed(connection) => {
                connection.flush().await?;
                let mut next = connection.next().await;
                loop {
                    let frame = next.context("expected an answer, but found the end")??;
                    ensure!(
                        matches!(frame.get(), latest::ToEnvoyRef::ToEnvoyTunnelMessage(_)),
                        "another answer"
                    );
                    got += 1;
                    match connection.next().now_or_never() {
                        Some(further) => next = further,
                        None => return Ok(got),
                    }
                }
            }
        }
    }
}

/// A message of exactly `size` octets.
fn payload(size: usize) -> Result<Payload> {
    let (_, around) = AROUND
        .into_iter()
        .find(|(most, around)| size - around <= *most)
        .context("every size is in the table")?;
    let message = latest::ToRivet::ToRivetTunnelMessage(latest::ToRivetTunnelMessage {
        message_id: latest::MessageId {
            gateway_id: [1; 4],
            request_id: [2; 4],
            message_index: 3,
        },
        message_kind: latest::ToRivetTunnelMessageKind::ToRivetWebSocketMessage(
            latest::ToRivetWebSocketMessage {
                data: vec![7; size - around],
                binary: true,
            },
        ),
    });
    let octets = message.to_bytes_at(Version::LATEST)?;
    ensure!(
        octets.len() == size,
        "expected {size} octets, but found {}",
        octets.len()
    );
    Ok(Payload { octets, message })
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
