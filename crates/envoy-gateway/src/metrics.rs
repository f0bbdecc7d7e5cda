//! What the gateway counts, and the text in which Prometheus reads it.
//!
//! Counters belong to one gateway, not to the process: two of them in one process do not mix. An exporter for the whole
//! process is a program's choice, not a library's, and the text format is a line for each number.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::storage;

/// Everything that is counted. Clones are of the same numbers.
#[derive(Clone, Default)]
pub(crate) struct Metrics(Arc<Numbers>);

#[derive(Default)]
struct Numbers {
    connections: AtomicI64,
    hosts: AtomicI64,
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    errors: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    host_ends: Mutex<BTreeMap<String, u64>>,
    dropped: Mutex<BTreeMap<&'static str, u64>>,
    sent_again: AtomicU64,
    cut: AtomicU64,
    response_start: Histogram,
    round_trip: Histogram,
}

/// A kind of request, for the label `route`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    Api,
    Actor,
    Host,
}

/// What is true now, and is asked for when the text is written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Present {
    pub(crate) is_ready: bool,
    pub(crate) is_full: bool,
    pub(crate) requests_in_flight: usize,
    pub(crate) held_octets: usize,
    pub(crate) depot: depot::engine::Statistics,
    pub(crate) storage: Option<storage::Statistics>,
}

/// A number that is one more as long as this lives.
#[derive(Debug)]
pub(crate) struct Counted(Metrics, fn(&Numbers) -> &AtomicI64);

impl Metrics {
    /// A connection of HTTP, for as long as it is one.
    pub(crate) fn connection(&self) -> Counted {
        self.gauge(|numbers| &numbers.connections)
    }

    /// A host's connection.
    pub(crate) fn host(&self) -> Counted {
        self.gauge(|numbers| &numbers.hosts)
    }

    /// A request was answered.
    pub(crate) fn answered(&self, served: Served, status: u16) {
        bump(&self.0.requests, (served.name(), status));
    }

    /// The gateway itself answered an error.
    pub(crate) fn error(&self, group: &'static str, code: &'static str) {
        bump(&self.0.errors, (group, code));
    }

    /// A host's connection has ended.
    pub(crate) fn host_ended(&self, how: &str) {
        bump(&self.0.host_ends, how.to_owned());
    }

    /// A host's message belonged to nothing, and was dropped.
    pub(crate) fn dropped(&self, why: &'static str) {
        bump(&self.0.dropped, why);
    }

    /// A response began, at this attempt.
    pub(crate) fn response_started(&self, attempts: u32, took: Duration) {
        let again = u64::from(attempts.saturating_sub(1));
        self.0.sent_again.fetch_add(again, Ordering::Relaxed);
        self.0.response_start.observe(took);
    }

    /// A response ended before it was complete.
    pub(crate) fn cut(&self) {
        self.0.cut.fetch_add(1, Ordering::Relaxed);
    }

    /// A host answered a ping.
    pub(crate) fn round_trip(&self, took: Duration) {
        self.0.round_trip.observe(took);
    }

    /// All of it, as text.
    pub(crate) fn render(&self, present: &Present) -> String {
        let numbers = &*self.0;
        let mut text = Text(String::with_capacity(8192));
        let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
        text.head("info", "gauge", "What runs here.");
        text.row("info", &version, 1);
        text.gauge(
            "ready",
            "Whether requests would be served.",
            i64::from(present.is_ready),
        );
        let help = "Whether changes are refused, for the store has no space.";
        text.gauge("store_full", help, i64::from(present.is_full));
        let connections = numbers.connections.load(Ordering::Relaxed);
        text.gauge("http_connections", "Connections of HTTP.", connections);
        let hosts = numbers.hosts.load(Ordering::Relaxed);
        text.gauge("hosts", "Connections of hosts.", hosts);
        let help = "Requests to actors without the end of a response.";
        text.gauge("requests_in_flight", help, present.requests_in_flight);
        let help = "Octets of bodies that are held in memory.";
        text.gauge("held_octets", help, present.held_octets);
        self.write_requests(&mut text);
        text.depot(&present.depot);
        if let Some(storage) = &present.storage {
            text.storage(storage);
        }
        text.0
    }

    fn gauge(&self, of: fn(&Numbers) -> &AtomicI64) -> Counted {
        of(&self.0).fetch_add(1, Ordering::Relaxed);
        Counted(self.clone(), of)
    }

    fn write_requests(&self, text: &mut Text) {
        let numbers = &*self.0;
        let rows = lock(&numbers.requests);
        let rows = rows.iter().map(|((route, status), count)| {
            (format!("route=\"{route}\",status=\"{status}\""), *count)
        });
        text.family("requests_total", "Requests that were answered.", rows);
        let rows = lock(&numbers.errors);
        let rows = rows.iter();
        let rows = rows.map(|((group, code), count)| (format!("code=\"{group}.{code}\""), *count));
        text.family(
            "errors_total",
            "Errors that the gateway answered itself.",
            rows,
        );
        let rows = lock(&numbers.host_ends);
        let rows = rows.iter();
        let rows = rows.map(|(how, count)| (format!("how=\"{}\"", escaped(how)), *count));
        text.family(
            "host_connections_ended_total",
            "Connections of hosts that ended.",
            rows,
        );
        let rows = lock(&numbers.dropped);
        let rows = rows
            .iter()
            .map(|(why, count)| (format!("why=\"{why}\""), *count));
        text.family(
            "tunnel_messages_dropped_total",
            "Messages of hosts that answered nothing.",
            rows,
        );
        text.counter(
            "requests_sent_again_total",
            "Attempts after the first one, of requests that were answered.",
            numbers.sent_again.load(Ordering::Relaxed),
        );
        text.counter(
            "responses_cut_total",
            "Responses that ended before they were complete.",
            numbers.cut.load(Ordering::Relaxed),
        );
        let help = "From a request to the beginning of its response.";
        text.histogram("response_start_seconds", help, &numbers.response_start);
        text.histogram(
            "ping_seconds",
            "From a ping to the host's pong.",
            &numbers.round_trip,
        );
    }
}

impl Served {
    const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Actor => "actor",
            Self::Host => "host",
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1(&self.0.0).fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// The upper ends of the buckets, in milliseconds.
const BUCKETS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000, 300_000];

#[derive(Default)]
struct Histogram {
    /// How many were at most as long as the bucket of this place, and longer than that of the one before.
    buckets: [AtomicU64; BUCKETS.len()],
    longer: AtomicU64,
    micros: AtomicU64,
}

impl Histogram {
    fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|most| micros <= most * 1_000);
        let count = bucket.map_or(&self.longer, |at| &self.buckets[at]);
        count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}

/// The text, family by family. A `String` takes everything that is written to it.
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP envoy_gateway_{name} {help}");
        let _ = writeln!(self.0, "# TYPE envoy_gateway_{name} {kind}");
    }

    fn row(&mut self, name: &str, labels: &str, value: impl fmt::Display) {
        let _ = writeln!(self.0, "envoy_gateway_{name}{{{labels}}} {value}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl fmt::Display) {
        self.head(name, "gauge", help);
        let _ = writeln!(self.0, "envoy_gateway_{name} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        let _ = writeln!(self.0, "envoy_gateway_{name} {value}");
    }

    /// Counters of one name, by their labels.
    fn family(&mut self, name: &str, help: &str, rows: impl Iterator<Item = (String, u64)>) {
        self.head(name, "counter", help);
        for (labels, count) in rows {
            self.row(name, &labels, count);
        }
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.head(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let mut count = 0;
        for (most, observed) in BUCKETS.iter().zip(&histogram.buckets) {
            count += observed.load(Ordering::Relaxed);
            let seconds = Duration::from_millis(*most).as_secs_f64();
            self.row(&bucket, &format!("le=\"{seconds}\""), count);
        }
        count += histogram.longer.load(Ordering::Relaxed);
        self.row(&bucket, "le=\"+Inf\"", count);
        let sum = Duration::from_micros(histogram.micros.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(self.0, "envoy_gateway_{name}_sum {sum}");
        let _ = writeln!(self.0, "envoy_gateway_{name}_count {count}");
    }

    fn depot(&mut self, depot: &depot::engine::Statistics) {
        let help = "Transactions that were finished.";
        self.counter("depot_transactions_total", help, depot.units);
        let help = "Groups of transactions that were made durable together.";
        self.counter("depot_groups_total", help, depot.groups);
        let help = "Times the storage was told to make durable what was written.";
        self.counter("depot_syncs_total", help, depot.syncs);
        let help = "Octets that were written to files.";
        self.counter("depot_written_octets_total", help, depot.written_bytes);
    }

    fn storage(&mut self, storage: &storage::Statistics) {
        let rows = storage::Kind::ALL.into_iter().flat_map(|kind| {
            storage::Outcome::ALL.into_iter().map(move |outcome| {
                let labels = format!("kind=\"{}\",outcome=\"{}\"", kind.name(), outcome.name());
                (labels, storage.requests(kind, outcome))
            })
        });
        let help = "Requests of hosts to the storage, by how they ended.";
        self.family("storage_requests_total", help, rows);
        let help = "Octets of keys and values that were answered.";
        self.counter("kv_read_octets_total", help, storage.kv_read_bytes);
        let help = "Octets of keys and values that were put.";
        self.counter("kv_written_octets_total", help, storage.kv_written_bytes);
        let help = "Answers that nobody waited for any more.";
        self.counter("storage_unsent_answers_total", help, storage.unsent_answers);
        let help = "Actors for which something waits or is under way.";
        self.gauge("storage_busy_lanes", help, storage.busy_lanes);
        let help = "Databases that are open for remote SQL.";
        self.gauge("open_databases", help, storage.open_databases);
    }
}

fn bump<K: Ord>(counts: &Mutex<BTreeMap<K, u64>>, key: K) {
    *lock(counts).entry(key).or_default() += 1;
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_prometheus_reads() {
        let metrics = Metrics::default();
        let host = metrics.host();
        metrics.answered(Served::Actor, 200);
        metrics.answered(Served::Actor, 200);
        metrics.error("guard", "no_route");
        metrics.host_ended("a \"quoted\"\nreason");
        metrics.response_started(3, Duration::from_millis(7));
        metrics.response_started(1, Duration::from_mins(10));
        let text = metrics.render(&Present {
            is_ready: true,
            ..Present::default()
        });
        for line in [
            "envoy_gateway_ready 1",
            "envoy_gateway_hosts 1",
            "envoy_gateway_requests_total{route=\"actor\",status=\"200\"} 2",
            "envoy_gateway_errors_total{code=\"guard.no_route\"} 1",
            "envoy_gateway_host_connections_ended_total{how=\"a \\\"quoted\\\"\\nreason\"} 1",
            "envoy_gateway_requests_sent_again_total 2",
            "envoy_gateway_response_start_seconds_bucket{le=\"0.005\"} 0",
            "envoy_gateway_response_start_seconds_bucket{le=\"0.01\"} 1",
            "envoy_gateway_response_start_seconds_bucket{le=\"300\"} 1",
            "envoy_gateway_response_start_seconds_bucket{le=\"+Inf\"} 2",
            "envoy_gateway_response_start_seconds_sum 600.007",
            "envoy_gateway_response_start_seconds_count 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        for line in text.lines() {
            assert!(
                line.starts_with("# ") || line.split(' ').count() >= 2,
                "{line}"
            );
        }
        drop(host);
        let text = metrics.render(&Present::default());
        assert!(text.contains("\nenvoy_gateway_hosts 0\n"), "{text}");
    }
}
