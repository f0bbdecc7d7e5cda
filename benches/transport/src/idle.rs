//! The memory of idle connections: both ends in a process of their own, so that what one takes is seen.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::str::FromStr;

use anyhow::{Context as _, Result, ensure};
use envoy_protocol::latest;
use envoy_protocol::ws::{
    AcceptConfig, ConnectConfig, Endpoint, EnvoyKey, HostParams, accept, connect,
};
use futures_util::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Octets of an idle connection, at each end.
const BAR: u64 = 40 << 10;

/// Which end a process is.
#[derive(Debug, Clone)]
pub(crate) enum End {
    /// It accepts, and prints where.
    Server,
    /// It connects to this address.
    Host(String),
}

impl FromStr for End {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        Ok(match text {
            "server" => Self::Server,
            address => Self::Host(address.to_owned()),
        })
    }
}

/// Prints what idle connections cost, and says whether the bar holds.
pub(crate) fn measure(connections: u32) -> Result<bool> {
    let mut server = Process::start("server", connections)?;
    let address = server.line()?;
    let mut host = Process::start(&address, connections)?;
    let found = [("server", server.line()?), ("host", host.line()?)];
    println!(
        "{connections} idle connections, which have exchanged an init, a ping and a pong; what the process takes beyond \
         what it took before (resident; the kernel's socket buffers are not in it).\n"
    );
    println!("| end | KiB for a connection | bar | |");
    println!("| :--- | ---: | ---: | :--- |");
    let mut holds = true;
    for (end, octets) in found {
        let octets: u64 = octets.parse()?;
        let each = octets / u64::from(connections);
        let verdict = if each <= BAR {
            "holds"
        } else {
            "**does not hold**"
        };
        holds &= each <= BAR;
        println!(
            "| {end} | {:.1} | {} | {verdict} |",
            each as f64 / 1024.0,
            BAR >> 10
        );
    }
    host.end()?;
    server.end()?;
    Ok(holds)
}

/// One end: makes its connections, prints what they take, and waits for the end of its input.
pub(crate) fn run(end: &End, connections: u32) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (ready, mut told) = unbounded_channel();
        let before = match end {
            End::Server => {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                println!("{}", listener.local_addr()?);
                let before = resident()?;
                for _ in 0..connections {
                    let (stream, _) = listener.accept().await?;
                    tokio::spawn(report(serve(stream, ready.clone())));
                }
                before
            }
            End::Host(address) => {
                let endpoint: Endpoint = format!("ws://{address}").parse()?;
                let before = resident()?;
                for _ in 0..connections {
                    let params = HostParams::new("default", "pool", EnvoyKey::random())?;
                    let config = ConnectConfig::new(endpoint.clone(), params);
                    tokio::spawn(report(live(config, ready.clone())));
                }
                before
            }
        };
        for _ in 0..connections {
            told.recv().await.context("expected a connection")?;
        }
        println!("{}", resident()?.saturating_sub(before));
        // Nothing moves from here on.
        std::io::stdin().lines().for_each(drop);
        Ok(())
    })
}

/// A server's end of one connection.
async fn serve(stream: TcpStream, ready: UnboundedSender<()>) -> Result<()> {
    let mut connection = accept(stream, &AcceptConfig::default()).await?;
    let metadata = latest::ProtocolMetadata {
        envoy_lost_threshold: 15_000,
        actor_stop_threshold: 1_800_000,
        max_response_payload_size: 20 << 20,
    };
    let init = latest::ToEnvoy::ToEnvoyInit(latest::ToEnvoyInit { metadata });
    connection.feed(&init).await?;
    let ping = latest::ToEnvoy::ToEnvoyPing(latest::ToEnvoyPing { ts: 1 });
    connection.send(&ping).await?;
    connection.next().await.context("expected a pong")??;
    ready.send(())?;
    connection.next().await.context("expected the end")??;
    Ok(())
}

/// A host's end of one connection.
async fn live(config: ConnectConfig, ready: UnboundedSender<()>) -> Result<()> {
    let mut connection = connect(&config).await?;
    connection.next().await.context("expected an init")??;
    connection.next().await.context("expected a ping")??;
    let pong = latest::ToRivet::ToRivetPong(latest::ToRivetPong { ts: 1 });
    connection.send(&pong).await?;
    ready.send(())?;
    connection.next().await.context("expected the end")??;
    Ok(())
}

async fn report(end: impl Future<Output = Result<()>>) {
    if let Err(error) = end.await {
        eprintln!("a connection ended: {error:#}");
    }
}

/// Octets of this process that are in memory.
fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("needs Linux")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("expected the resident size")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes << 10)
}

/// One end, as a process.
struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(end: &str, connections: u32) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--end", end, "--connections", &connections.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("it was piped")?;
        Ok(Self {
            child,
            output: BufReader::new(output),
        })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "expected a line, but found the end");
        Ok(line.trim().to_owned())
    }

    /// Ends the process, and waits for it.
    fn end(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        ensure!(status.success(), "an end failed: {status}");
        Ok(())
    }
}
