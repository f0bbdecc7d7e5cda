//! A host: it connects to a server, runs the actors it is told to, and each of them counts its starts in its key-value
//! store.
//!
//! `cargo run --example server`, and beside it `cargo run --example host`.

use std::collections::HashMap;
use std::time::Duration;

use envoy_protocol::latest::{
    self, ActorState, Command, Event, KvGetRequestRef, KvPutRequestRef, KvRequestDataRef,
    KvResponseDataRef,
};
use envoy_protocol::session::{CloseWhen, HostConfig, HostEvent};
use envoy_protocol::ws::{ConnectConfig, EnvoyKey, HostParams, host_session};
use futures_util::StreamExt as _;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Where an actor keeps its count.
const COUNT: &[u8] = b"count";
/// How long the server may take to answer.
const BOUND: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<()> {
    let address = std::env::args().nth(1);
    run(address.as_deref().unwrap_or("http://127.0.0.1:6420")).await
}

pub(crate) async fn run(address: &str) -> Result<()> {
    let endpoint = address.parse()?;
    let params = HostParams::new("default", "example", EnvoyKey::random())?;
    let config = HostConfig::new(params.envoy_key().as_str(), std::process::id().into());
    let (host, mut events, driver) = host_session(config, ConnectConfig::new(endpoint, params));
    let driver = tokio::spawn(driver.run());

    let mut asked = HashMap::new();
    while let Some(event) = events.next().await {
        match event {
            HostEvent::Init { version, .. } => println!("connected, at {version}"),
            HostEvent::Disconnected { how, .. } => println!("disconnected: {how:?}"),
            HostEvent::Command(command) => {
                let (actor, generation) =
                    (command.checkpoint.actor_id, command.checkpoint.generation);
                let state = match command.inner {
                    Command::CommandStartActor(start) => {
                        println!("start {}, a {}", actor, start.config.name);
                        let get =
                            KvRequestDataRef::KvGetRequest(KvGetRequestRef { keys: &[COUNT] });
                        let get = host.with(|host, now| host.kv(&actor, get, now + BOUND))?;
                        asked.insert(get, actor.clone());
                        ActorState::ActorStateRunning
                    }
                    Command::CommandStopActor(stop) => {
                        println!("stop {}: {:?}", actor, stop.reason);
                        ActorState::ActorStateStopped(latest::ActorStateStopped {
                            code: latest::StopCode::Ok,
                            message: None,
                        })
                    }
                };
                let update = Event::EventActorStateUpdate(latest::EventActorStateUpdate { state });
                host.with(|host, _| host.event(&actor, generation, update))?;
            }
            HostEvent::Kv { request, result } => {
                let Some(actor) = asked.remove(&request) else {
                    continue;
                };
                if let KvResponseDataRef::KvGetResponse(found) = result?.get() {
                    let before = found.values.first().and_then(|value| value.first());
                    let count = before.map_or(1, |before| before + 1);
                    println!("{actor} was started {count} times");
                    let put = KvPutRequestRef {
                        keys: &[COUNT],
                        values: &[&[count]],
                    };
                    let put = KvRequestDataRef::KvPutRequest(put);
                    let put = host.with(|host, now| host.kv(&actor, put, now + BOUND))?;
                    asked.insert(put, actor);
                } else {
                    // Written. A real host now waits for whatever comes; this one is done.
                    host.with(|host, _| host.close(CloseWhen::Known));
                }
            }
            HostEvent::Terminal(terminal) => println!("{terminal}"),
            _ => {}
        }
    }
    Ok(driver.await?)
}
