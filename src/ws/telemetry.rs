//! What is told about connections, if anybody listens: features `metrics` and `tracing`. Without them nothing is kept.

use std::marker::PhantomData;

use super::{ConnectError, End, Endpoint, ReceiveError};
use crate::{Root, Version, Versioned as _};

/// What one connection tells.
#[derive(Debug)]
pub(super) struct Meter<E> {
    version: Version,
    #[cfg(feature = "metrics")]
    received: counters::Kinds,
    #[cfg(feature = "metrics")]
    sent: counters::Kinds,
    end: PhantomData<fn() -> E>,
}

impl<E: End> Meter<E> {
    pub(super) fn new(version: Version) -> Self {
        Self {
            version,
            #[cfg(feature = "metrics")]
            received: counters::Kinds::new(E::Receives::ROOT, version, "received"),
            #[cfg(feature = "metrics")]
            sent: counters::Kinds::new(E::Sends::ROOT, version, "sent"),
            end: PhantomData,
        }
    }

    #[inline]
    pub(super) fn received(&mut self, octets: &[u8]) {
        #[cfg(feature = "metrics")]
        self.received.count(octets);
        self.trace(E::Receives::ROOT, octets, "received");
    }

    #[inline]
    pub(super) fn sent(&mut self, octets: &[u8]) {
        #[cfg(feature = "metrics")]
        self.sent.count(octets);
        self.trace(E::Sends::ROOT, octets, "sent");
    }

    pub(super) fn ended(&self, error: &ReceiveError) {
        #[cfg(feature = "tracing")]
        tracing::debug!(version = %self.version, %error, "connection ended");
        let _ = (self.version, error);
    }

    #[inline]
    fn trace(&self, root: Root, octets: &[u8], direction: &'static str) {
        #[cfg(feature = "tracing")]
        tracing::trace!(
            version = %self.version,
            kind = kind(root, self.version, octets),
            octets = octets.len(),
            direction,
            "message"
        );
        let _ = (root, octets, direction, self.version);
    }
}

/// The octets that wait in the queues of all sessions of an end.
#[derive(Debug)]
pub(super) struct Gauges {
    #[cfg(feature = "metrics")]
    queued: metrics::Gauge,
    #[cfg(feature = "metrics")]
    last: usize,
}

impl Gauges {
    pub(super) fn new(end: &'static str) -> Self {
        let _ = end;
        Self {
            #[cfg(feature = "metrics")]
            queued: metrics::gauge!("envoy_protocol_queued_octets", "end" => end),
            #[cfg(feature = "metrics")]
            last: 0,
        }
    }

    /// The queue of this session now has so many.
    #[allow(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "there is nothing to do without the feature"
    )]
    pub(super) fn queued(&mut self, octets: usize) {
        #[cfg(feature = "metrics")]
        if octets != self.last {
            #[allow(clippy::cast_precision_loss, reason = "gauges are floating-point")]
            self.queued.increment(octets as f64 - self.last as f64);
            self.last = octets;
        }
        let _ = octets;
    }
}

/// A host has tried to connect there.
pub(super) fn attempted(endpoint: &Endpoint, error: Option<&ConnectError>) {
    #[cfg(feature = "metrics")]
    {
        let result = if error.is_none() {
            "connected"
        } else {
            "failed"
        };
        metrics::counter!("envoy_protocol_connects_total", "result" => result).increment(1);
    }
    #[cfg(feature = "tracing")]
    match error {
        None => tracing::debug!(%endpoint, "connected"),
        Some(error) => tracing::warn!(%endpoint, %error, "cannot connect"),
    }
    let _ = (endpoint, error);
}

/// A host has answered a ping.
pub(super) fn round_trip(round_trip: std::time::Duration) {
    #[cfg(feature = "metrics")]
    metrics::histogram!("envoy_protocol_round_trip_seconds").record(round_trip);
    #[cfg(feature = "tracing")]
    tracing::trace!(?round_trip, "pong");
    let _ = round_trip;
}

/// The name of a message's kind, by its tag.
#[cfg(any(feature = "metrics", feature = "tracing"))]
fn kind(root: Root, version: Version, octets: &[u8]) -> &'static str {
    use bare::schema::{Kind, Type};

    let found = octets.first().and_then(|tag| {
        let Kind::Union(members) = &root.definition(version).kind else {
            return None;
        };
        let member = members
            .iter()
            .find(|member| member.tag == u64::from(*tag))?;
        match member.ty {
            Type::Named(definition) => Some(definition.name),
            _ => None,
        }
    });
    found.unwrap_or("unknown")
}

#[cfg(feature = "metrics")]
mod counters {
    use metrics::Counter;

    use super::kind;
    use crate::{Root, Version};

    /// The counters of one direction, by the tag of a message. They are looked up once per connection and kind.
    #[derive(Debug)]
    pub(super) struct Kinds {
        root: Root,
        version: Version,
        direction: &'static str,
        by_tag: Vec<Option<(Counter, Counter)>>,
    }

    impl Kinds {
        pub(super) fn new(root: Root, version: Version, direction: &'static str) -> Self {
            Self {
                root,
                version,
                direction,
                by_tag: Vec::new(),
            }
        }

        pub(super) fn count(&mut self, octets: &[u8]) {
            let tag = octets.first().map_or(0, |tag| usize::from(*tag));
            if self.by_tag.len() <= tag {
                self.by_tag.resize(tag + 1, None);
            }
            let (messages, total) = self.by_tag[tag].get_or_insert_with(|| {
                let labels = [
                    ("kind", kind(self.root, self.version, octets).to_owned()),
                    ("version", self.version.to_string()),
                    ("direction", self.direction.to_owned()),
                ];
                (
                    metrics::counter!("envoy_protocol_messages_total", &labels),
                    metrics::counter!("envoy_protocol_octets_total", &labels),
                )
            });
            messages.increment(1);
            total.increment(octets.len() as u64);
        }
    }
}
