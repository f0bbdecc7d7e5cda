//! What is told to who listens: the features `metrics` and `tracing`.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use envoy_protocol::session::{
    CloseWhen, EnvoyState, HostConfig, HostEvent, ServerConfig, ServerEvent, Terminal,
};
use envoy_protocol::ws::{
    AcceptConfig, ConnectConfig, ReceiveError, Token, host_session, server_session,
};
use envoy_protocol::{Version, latest};
use futures_util::StreamExt as _;
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::with_default;

use crate::support::{PATIENCE, accept_next, bulk, closed, listen, pair_with, params, ping, pong};

/// Keeps what is measured, by name and labels.
#[derive(Default)]
struct Measured {
    /// Counters as numbers, gauges as the bits of one.
    values: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    histograms: Mutex<BTreeMap<String, Arc<Samples>>>,
}

#[derive(Default)]
struct Samples(Mutex<Vec<f64>>);

impl HistogramFn for Samples {
    fn record(&self, value: f64) {
        self.0.lock().expect("nobody panics with it").push(value);
    }
}

impl Measured {
    fn value(&self, key: &Key) -> Arc<AtomicU64> {
        let mut values = self.values.lock().expect("nobody panics with it");
        Arc::clone(values.entry(name(key)).or_default())
    }

    fn counter(&self, name: &str) -> u64 {
        let values = self.values.lock().expect("nobody panics with it");
        values
            .get(name)
            .map_or(0, |value| value.load(Ordering::Relaxed))
    }

    fn gauge(&self, name: &str) -> f64 {
        f64::from_bits(self.counter(name))
    }

    fn samples(&self, name: &str) -> Vec<f64> {
        let histograms = self.histograms.lock().expect("nobody panics with it");
        histograms.get(name).map_or_else(Vec::new, |samples| {
            samples.0.lock().expect("nobody panics with it").clone()
        })
    }

    /// Every name with its labels.
    fn names(&self) -> Vec<String> {
        let values = self.values.lock().expect("nobody panics with it");
        values.keys().cloned().collect()
    }
}

/// The name and the labels, with spaces between.
fn name(key: &Key) -> String {
    let mut name = key.name().to_owned();
    for label in key.labels() {
        let _ = write!(name, " {}={}", label.key(), label.value());
    }
    name
}

impl Recorder for Measured {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.value(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.value(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let mut histograms = self.histograms.lock().expect("nobody panics with it");
        Histogram::from_arc(Arc::clone(histograms.entry(name(key)).or_default()))
    }
}

/// Writes down every event, a line for each: level and fields.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn lines(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl tracing::Subscriber for Told {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if !event.metadata().target().starts_with("envoy_protocol") {
            return;
        }
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line.0);
    }
}

/// Runs on this thread alone, as what is told and measured is this thread's.
fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(PATIENCE, work).await.expect("in time") })
}

#[test]
fn messages_and_octets_are_counted_by_kind_version_and_direction() {
    for &version in Version::ALL {
        let measured = Measured::default();
        with_local_recorder(&measured, || {
            run(async {
                let (mut host, mut server) = pair_with(version, |host, _| {
                    host.settings.message_size = 1000;
                })
                .await;
                for ts in 0..3 {
                    server.send(&ping(ts)).await.expect("the host is there");
                    let frame = host.next().await.expect("a message");
                    assert_eq!(frame.expect("of the version").to_owned(), ping(ts));
                }
                host.send(&pong(1)).await.expect("the server is there");
                host.send(&bulk(2000)).await.expect_err("it is too large");
            });
        });
        for (kind, direction, messages) in [
            ("ToEnvoyPing", "sent", 3),
            ("ToEnvoyPing", "received", 3),
            ("ToRivetPong", "sent", 1),
            ("ToRivetPong", "received", 0),
            ("ToRivetTunnelMessage", "sent", 0),
        ] {
            let labels = format!("kind={kind} version={version} direction={direction}");
            let counted = measured.counter(&format!("envoy_protocol_messages_total {labels}"));
            assert_eq!(counted, messages, "{labels}");
            // Each is a tag and a time.
            let octets = measured.counter(&format!("envoy_protocol_octets_total {labels}"));
            assert_eq!(octets, 9 * messages, "{labels}");
        }
    }
}

#[test]
fn a_session_measures_its_connects_round_trips_and_queues() {
    let measured = Measured::default();
    with_local_recorder(&measured, || {
        run(async {
            // Nobody is there at first.
            let (closed, endpoint) = closed();
            let config = HostConfig::new("", 1);
            let target = ConnectConfig::new(endpoint, params(Version::V5));
            let (host, mut happened, driver) = host_session(config, target);
            let driver = tokio::spawn(driver.run());
            let failed = happened.next().await.expect("an attempt");
            assert!(matches!(failed, HostEvent::Disconnected { .. }));

            // What cannot leave yet is in the queue, with something for what it takes beside its octets.
            let keys = [&b"a key"[..]];
            let get =
                latest::KvRequestDataRef::KvGetRequest(latest::KvGetRequestRef { keys: &keys });
            let deadline = Instant::now() + PATIENCE;
            let asked = host.with(|host, _| host.kv("actor", get, deadline));
            asked.expect("there is room");
            tokio::time::sleep(Duration::from_millis(1)).await;
            let queued = host.with(|host, _| host.stats().queued);
            assert!(queued > 0);
            let gauge = measured.gauge("envoy_protocol_queued_octets end=host");
            let queued = u32::try_from(queued).expect("one request is small");
            assert!((gauge - f64::from(queued)).abs() < 0.5, "{gauge}");

            // Two connections: the first is lost.
            let listener = closed.listen(8).expect("it can be listened on");
            let lost = accept_next(&listener, &AcceptConfig::default()).await;
            drop(lost.expect("it is a host"));
            let connection = accept_next(&listener, &AcceptConfig::default())
                .await
                .expect("it is a host");
            let (_server, mut events, server) =
                server_session(connection, ServerConfig::DEFAULT, EnvoyState::new());
            let server = tokio::spawn(server.run());
            let (mut asked, mut ponged) = (false, false);
            while !(asked && ponged) {
                match events.next().await.expect("the session goes on") {
                    ServerEvent::Kv(_) => asked = true,
                    ServerEvent::Pong { .. } => ponged = true,
                    _ => {}
                }
            }
            host.with(|host, _| host.close(CloseWhen::Sent));
            driver.await.expect("it ends");
            let ended = server.await.expect("it ends").expect_err("by the host");
            assert!(matches!(ended, ReceiveError::Closed(_)), "{ended}");
            let end = happened.fold(None, |_, event| async { Some(event) });
            assert!(matches!(
                end.await,
                Some(HostEvent::Terminal(Terminal::Shutdown))
            ));
        });
    });
    let connects = |result| measured.counter(&format!("envoy_protocol_connects_total {result}"));
    assert!(connects("result=failed") >= 1);
    assert_eq!(connects("result=connected"), 2);
    let round_trips = measured.samples("envoy_protocol_round_trip_seconds");
    assert!(!round_trips.is_empty());
    for seconds in round_trips {
        let most = PATIENCE.as_secs_f64();
        assert!(seconds > 0.0 && seconds < most, "{seconds} s");
    }
    for end in ["host", "server"] {
        let gauge = measured.gauge(&format!("envoy_protocol_queued_octets end={end}"));
        assert!(gauge.abs() < 0.5, "{gauge} octets are left of the {end}");
    }
    // What sessions send is counted, too; the metadata on both connections.
    for (message, count) in [
        ("ToRivetMetadata", 1..=2),
        ("ToRivetKvRequest", 1..=1),
        ("ToEnvoyInit", 1..=1),
    ] {
        let sent = measured.names().iter().any(|name| {
            name.starts_with("envoy_protocol_messages_total")
                && name.contains(&format!("kind={message} "))
                && name.contains("direction=sent")
                && count.contains(&measured.counter(name))
        });
        assert!(sent, "{message}: {:?}", measured.names());
    }
}

#[test]
fn connections_and_messages_are_told_without_payload_and_token() {
    let told = Told::default();
    with_default(told.clone(), || {
        run(async {
            let token = Token::new("a-secret-token").expect("a token");
            let (mut host, mut server) = pair_with(Version::V5, |host, _| {
                host.token = Some(token);
            })
            .await;
            let mut message = bulk(0);
            if let latest::ToRivet::ToRivetTunnelMessage(message) = &mut message
                && let latest::ToRivetTunnelMessageKind::ToRivetWebSocketMessage(payload) =
                    &mut message.message_kind
            {
                payload.data = b"a secret payload".to_vec();
            }
            host.send(&message).await.expect("the server is there");
            let frame = server.next().await.expect("a message");
            assert_eq!(frame.expect("of the version").to_owned(), message);
            let closing = host.close(envoy_protocol::CloseReason::SHUTDOWN);
            let ((), ended) = tokio::join!(closing, server.next());
            ended.expect("the reason").expect_err("no message");
        });
    });
    let lines = told.lines();
    for line in [
        "TRACE message=message version=v5 kind=\"ToRivetTunnelMessage\" octets=30 direction=\"sent\"",
        "TRACE message=message version=v5 kind=\"ToRivetTunnelMessage\" octets=30 direction=\"received\"",
        "DEBUG message=connection ended version=v5 error=the peer closed the connection: 1000 envoy.shutdown",
    ] {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:#?}");
    }
    for line in &lines {
        let payload = format!("{:?}", b"a secret payload");
        let payload = payload.trim_matches(['[', ']']);
        assert!(
            !line.contains("secret") && !line.contains(payload),
            "{line}"
        );
    }
}

#[test]
fn attempts_to_connect_and_round_trips_are_told() {
    let told = Told::default();
    let address = with_default(told.clone(), || {
        run(async {
            let (listener, endpoint) = listen().await;
            let address = endpoint.to_string();
            let mut target = ConnectConfig::new(endpoint, params(Version::V4));
            target.token = Token::new("a-secret-token");
            let mut config = HostConfig::new("", 1);
            config.version = Version::V4;
            let (host, _events, driver) = host_session(config, target);
            let driver = tokio::spawn(driver.run());
            let connection = accept_next(&listener, &AcceptConfig::default()).await;
            let connection = connection.expect("it is a host");
            assert_eq!(
                connection.token().map(Token::reveal),
                Some("a-secret-token")
            );
            let (_server, mut events, server) =
                server_session(connection, ServerConfig::DEFAULT, EnvoyState::new());
            let server = tokio::spawn(server.run());
            while !matches!(events.next().await, Some(ServerEvent::Pong { .. })) {}
            server.abort();
            drop(listener);
            // The next attempt meets nobody.
            while !told.lines().iter().any(|line| line.starts_with("WARN")) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            host.with(|host, _| host.close(CloseWhen::Now));
            driver.await.expect("it ends");
            address
        })
    });
    let lines = told.lines();
    let count = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("DEBUG message=connected"), 1, "{lines:#?}");
    let warning = format!(
        "WARN message=cannot connect endpoint={address} error=the server cannot be reached: "
    );
    assert!(count(&warning) >= 1, "{lines:#?}");
    assert!(count("TRACE message=pong round_trip=") >= 1, "{lines:#?}");
    assert!(count("TRACE message=message version=v4 kind=\"ToEnvoyInit\"") >= 2);
    assert_eq!(
        count("DEBUG message=connection ended version=v4 error=the connection was lost"),
        1
    );
    assert!(!lines.iter().any(|line| line.contains("secret")));
}
