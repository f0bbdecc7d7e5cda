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
        let mut text = String::with_capacity(4096);
        // A String takes everything that is written.
        let _ = self.write(&mut text, present);
        text
    }

    fn gauge(&self, of: fn(&Numbers) -> &AtomicI64) -> Counted {
        of(&self.0).fetch_add(1, Ordering::Relaxed);
        Counted(self.clone(), of)
    }

    fn write(&self, text: &mut String, present: &Present) -> fmt::Result {
        let Numbers {
            connections,
            hosts,
            requests,
            errors,
            host_ends,
            dropped,
            sent_again,
            cut,
            response_start,
            round_trip,
        } = &*self.0;
        head(text, "info", "gauge", "What runs here.")?;
        let version = env!("CARGO_PKG_VERSION");
        writeln!(text, "envoy_gateway_info{{version=\"{version}\"}} 1")?;
        let gauges = [
            (
                "ready",
                "Whether requests would be served.",
                i64::from(present.is_ready),
            ),
            (
                "http_connections",
                "Connections of HTTP.",
                connections.load(Ordering::Relaxed),
            ),
            (
                "hosts",
                "Connections of hosts.",
                hosts.load(Ordering::Relaxed),
            ),
            (
                "requests_in_flight",
                "Requests to actors without the end of a response.",
                whole(present.requests_in_flight),
            ),
            (
                "held_octets",
                "Octets of bodies that are held in memory.",
                whole(present.held_octets),
            ),
        ];
        for (name, help, value) in gauges {
            head(text, name, "gauge", help)?;
            writeln!(text, "envoy_gateway_{name} {value}")?;
        }
        head(
            text,
            "requests_total",
            "counter",
            "Requests that were answered.",
        )?;
        for ((route, status), count) in &*lock(requests) {
            writeln!(
                text,
                "envoy_gateway_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}"
            )?;
        }
        head(
            text,
            "errors_total",
            "counter",
            "Errors that the gateway answered itself.",
        )?;
        for ((group, code), count) in &*lock(errors) {
            writeln!(
                text,
                "envoy_gateway_errors_total{{code=\"{group}.{code}\"}} {count}"
            )?;
        }
        head(
            text,
            "host_connections_ended_total",
            "counter",
            "Connections of hosts that ended.",
        )?;
        for (how, count) in &*lock(host_ends) {
            writeln!(
                text,
                "envoy_gateway_host_connections_ended_total{{how=\"{}\"}} {count}",
                escaped(how)
            )?;
        }
        head(
            text,
            "tunnel_messages_dropped_total",
            "counter",
            "Messages of hosts that answered nothing.",
        )?;
        for (why, count) in &*lock(dropped) {
            writeln!(
                text,
                "envoy_gateway_tunnel_messages_dropped_total{{why=\"{why}\"}} {count}"
            )?;
        }
        let counters = [
            (
                "requests_sent_again_total",
                "Attempts after the first one, of requests that were answered.",
                sent_again.load(Ordering::Relaxed),
            ),
            (
                "responses_cut_total",
                "Responses that ended before they were complete.",
                cut.load(Ordering::Relaxed),
            ),
        ];
        for (name, help, value) in counters {
            head(text, name, "counter", help)?;
            writeln!(text, "envoy_gateway_{name} {value}")?;
        }
        if let Some(storage) = &present.storage {
            write_storage(text, storage)?;
        }
        let counters = [
            (
                "depot_transactions_total",
                "Transactions that were finished.",
                present.depot.units,
            ),
            (
                "depot_groups_total",
                "Groups of transactions that were made durable together.",
                present.depot.groups,
            ),
            (
                "depot_syncs_total",
                "Times the storage was told to make durable what was written.",
                present.depot.syncs,
            ),
            (
                "depot_written_octets_total",
                "Octets that were written to files.",
                present.depot.written_bytes,
            ),
        ];
        for (name, help, value) in counters {
            head(text, name, "counter", help)?;
            writeln!(text, "envoy_gateway_{name} {value}")?;
        }
        response_start.write(
            text,
            "response_start_seconds",
            "From a request to the beginning of its response.",
        )?;
        round_trip.write(text, "ping_seconds", "From a ping to the host's pong.")
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

    fn write(&self, text: &mut String, name: &str, help: &str) -> fmt::Result {
        head(text, name, "histogram", help)?;
        let mut count = 0;
        for (most, bucket) in BUCKETS.iter().zip(&self.buckets) {
            count += bucket.load(Ordering::Relaxed);
            let seconds = Duration::from_millis(*most).as_secs_f64();
            writeln!(
                text,
                "envoy_gateway_{name}_bucket{{le=\"{seconds}\"}} {count}"
            )?;
        }
        count += self.longer.load(Ordering::Relaxed);
        let sum = Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64();
        writeln!(text, "envoy_gateway_{name}_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(text, "envoy_gateway_{name}_sum {sum}")?;
        writeln!(text, "envoy_gateway_{name}_count {count}")
    }
}

fn write_storage(text: &mut String, storage: &storage::Statistics) -> fmt::Result {
    head(
        text,
        "storage_requests_total",
        "counter",
        "Requests of hosts to the storage, by how they ended.",
    )?;
    for kind in storage::Kind::ALL {
        for outcome in storage::Outcome::ALL {
            let count = storage.requests(kind, outcome);
            let (kind, outcome) = (kind.name(), outcome.name());
            writeln!(
                text,
                "envoy_gateway_storage_requests_total{{kind=\"{kind}\",outcome=\"{outcome}\"}} {count}"
            )?;
        }
    }
    let numbers = [
        (
            "kv_read_octets_total",
            "counter",
            "Octets of keys and values that were answered.",
            storage.kv_read_bytes,
        ),
        (
            "kv_written_octets_total",
            "counter",
            "Octets of keys and values that were put.",
            storage.kv_written_bytes,
        ),
        (
            "storage_unsent_answers_total",
            "counter",
            "Answers that nobody waited for any more.",
            storage.unsent_answers,
        ),
        (
            "storage_busy_lanes",
            "gauge",
            "Actors for which something waits or is under way.",
            storage.busy_lanes as u64,
        ),
        (
            "open_databases",
            "gauge",
            "Databases that are open for remote SQL.",
            storage.open_databases as u64,
        ),
    ];
    for (name, kind, help, value) in numbers {
        head(text, name, kind, help)?;
        writeln!(text, "envoy_gateway_{name} {value}")?;
    }
    Ok(())
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(text, "# HELP envoy_gateway_{name} {help}")?;
    writeln!(text, "# TYPE envoy_gateway_{name} {kind}")
}

fn bump<K: Ord>(counts: &Mutex<BTreeMap<K, u64>>, key: K) {
    *lock(counts).entry(key).or_default() += 1;
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
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
        metrics.response_started(1, Duration::from_secs(600));
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
