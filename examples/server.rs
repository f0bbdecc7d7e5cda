//! A server: it takes hosts, starts one actor on each, and answers what the actors ask of their key-value store.
//!
//! `cargo run --example server`, and beside it `cargo run --example host`.

use std::collections::BTreeMap;

use envoy_protocol::latest::{self, KvRequestDataRef, KvResponseData};
use envoy_protocol::session::{EnvoyState, ServerConfig, ServerEvent};
use envoy_protocol::ws::{AcceptConfig, accept, server_session};
use futures_util::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
type Store = BTreeMap<Vec<u8>, Vec<u8>>;
const METADATA: latest::KvMetadata = latest::KvMetadata {
    version: Vec::new(),
    update_ts: 0,
};

#[tokio::main]
async fn main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:6420").await?;
    println!("listening on http://{}", listener.local_addr()?);
    run(listener).await
}

pub(crate) async fn run(listener: TcpListener) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            println!("a host has left: {:?}", serve(stream).await);
        });
    }
}

/// One host, until it leaves. A real server keeps the state of a host that leaves, for when it comes back.
async fn serve(stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let connection = accept(stream, &AcceptConfig::default()).await?;
    println!("a host of {} has come", connection.version());

    let (session, mut events, driver) =
        server_session(connection, ServerConfig::DEFAULT, EnvoyState::new());
    let driver = tokio::spawn(driver.run());
    let start = latest::Command::CommandStartActor(latest::CommandStartActor {
        config: latest::ActorConfig {
            name: "counter".to_owned(),
            key: None,
            create_ts: 0,
            input: None,
        },
        hibernating_requests: Vec::new(),
        preloaded_kv: None,
    });
    session.with(|server, _| server.command("actor-1", 1, start));

    let mut store = Store::new();
    while let Some(event) = events.next().await {
        match event {
            ServerEvent::Event(event) => {
                println!("{:?}", event.inner);
                session.with(|server, now| server.events_applied(&event.checkpoint, now));
            }
            ServerEvent::Kv(request) => {
                let request = request.get();
                let response = latest::ToEnvoy::ToEnvoyKvResponse(latest::ToEnvoyKvResponse {
                    request_id: request.request_id,
                    data: answer(&mut store, &request.data),
                });
                session.with(|server, _| server.answer(&response))?;
            }
            _ => {}
        }
    }
    Ok(driver.await??)
}

fn answer(store: &mut Store, request: &KvRequestDataRef<'_>) -> KvResponseData {
    match request {
        KvRequestDataRef::KvPutRequest(put) => {
            let entries = put.keys.iter().zip(put.values);
            store.extend(entries.map(|(key, value)| (key.to_vec(), value.to_vec())));
            KvResponseData::KvPutResponse
        }
        KvRequestDataRef::KvGetRequest(get) => {
            let found = get.keys.iter().filter_map(|key| store.get_key_value(*key));
            let (keys, values): (Vec<_>, Vec<_>) =
                found.map(|(k, v)| (k.clone(), v.clone())).unzip();
            KvResponseData::KvGetResponse(latest::KvGetResponse {
                metadata: vec![METADATA; keys.len()],
                keys,
                values,
            })
        }
        _ => KvResponseData::KvErrorResponse(latest::KvErrorResponse {
            message: "this example only gets and puts".to_owned(),
        }),
    }
}
