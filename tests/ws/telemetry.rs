//! What is told to who listens: the feature `metrics`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use envoy_protocol::Version;
use futures_util::StreamExt as _;
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};

use crate::support::{pair, ping, pong};

/// Keeps counters, by name and labels.
#[derive(Default)]
struct Counters(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

impl Counters {
    fn get(&self, name: &str) -> u64 {
        let counters = self.0.lock().expect("nobody panics with it");
        counters
            .get(name)
            .map_or(0, |counter| counter.load(Ordering::Relaxed))
    }
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels = key.labels().map(|label| label.value().to_owned());
        let name = [key.name().to_owned()].into_iter().chain(labels);
        let name = name.collect::<Vec<_>>().join(" ");
        let mut counters = self.0.lock().expect("nobody panics with it");
        Counter::from_arc(Arc::clone(counters.entry(name).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn messages_and_octets_are_counted_by_kind_and_version() {
    let counters = Counters::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    with_local_recorder(&counters, || {
        runtime.block_on(async {
            let (mut host, mut server) = pair(Version::V4).await;
            for ts in 0..3 {
                server.send(&ping(ts)).await.expect("the host is there");
                let frame = host
                    .next()
                    .await
                    .expect("a message")
                    .expect("of the version");
                assert_eq!(frame.to_owned(), ping(ts));
            }
            host.send(&pong(1)).await.expect("the server is there");
        });
    });
    for (kind, direction, messages) in [
        ("ToEnvoyPing", "sent", 3),
        ("ToEnvoyPing", "received", 3),
        ("ToRivetPong", "sent", 1),
        ("ToRivetPong", "received", 0),
    ] {
        let labels = format!("{kind} v4 {direction}");
        let counted = counters.get(&format!("envoy_protocol_messages_total {labels}"));
        assert_eq!(counted, messages, "{labels}");
        // Each is a tag and a time.
        let octets = counters.get(&format!("envoy_protocol_octets_total {labels}"));
        assert_eq!(octets, 9 * messages, "{labels}");
    }
}
