//! The key-value store of an actor.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use envoy_protocol::latest::{self, KvRequestDataRef as Ask, KvResponseDataRef as Answer};
use envoy_protocol::session::{KvAnswer, RequestError, RequestLimits};

use crate::Error;
use crate::gate::Gate;
use crate::link::{Link, Reply};

/// How long the server may take to answer.
const BOUND: Duration = Duration::from_secs(30);

/// The key-value store of an actor, which lives as long as the actor.
///
/// It is not behind the fence of the database: what must never be written by an instance that was overtaken belongs
/// into [`Sql`](crate::Sql).
///
/// Keys and values are octets, of at most 2048 octets and 128 KiB. A call with more than a server takes at once (128
/// keys, 976 KiB) is made in parts, one after the other; if one of them fails, those before it were done. A write whose
/// answer is lost fails with `actor.indeterminate`: it may have been done.
#[derive(Clone)]
pub struct Kv {
    link: Arc<Link>,
    gate: Arc<Gate>,
    actor_id: Arc<str>,
    limits: RequestLimits,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Bytes,
    /// The value.
    pub value: Bytes,
}

/// Which entries are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct List<'a> {
    /// Those with these keys.
    pub keys: Keys<'a>,
    /// In which order.
    pub order: Order,
    /// How many, at the most. None is what the server has as its limit: 16384 at a Rivet engine.
    pub limit: Option<u64>,
}

/// Keys of a [`List`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keys<'a> {
    /// All of them.
    #[default]
    All,
    /// Those that begin with these octets.
    Prefix(&'a [u8]),
    /// Those from the first, up to the second, which is not among them.
    Range(&'a [u8], &'a [u8]),
    /// Those from the first, up to the second, which is among them.
    RangeInclusive(&'a [u8], &'a [u8]),
}

/// The order of a [`List`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By rising key.
    #[default]
    Ascending,
    /// By falling key.
    Descending,
}

impl<'a> List<'a> {
    /// All entries.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            keys: Keys::All,
            order: Order::Ascending,
            limit: None,
        }
    }

    /// The entries whose keys begin with `prefix`.
    #[must_use]
    pub const fn prefix(prefix: &'a [u8]) -> Self {
        Self {
            keys: Keys::Prefix(prefix),
            ..Self::all()
        }
    }

    /// The entries from `start` up to `end`, which is not among them.
    #[must_use]
    pub const fn range(start: &'a [u8], end: &'a [u8]) -> Self {
        Self {
            keys: Keys::Range(start, end),
            ..Self::all()
        }
    }

    /// The same, from the last.
    #[must_use]
    pub const fn descending(mut self) -> Self {
        self.order = Order::Descending;
        self
    }

    /// The same, but no more than `limit`.
    #[must_use]
    pub const fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}

impl Kv {
    pub(crate) fn new(
        link: &Arc<Link>,
        gate: &Arc<Gate>,
        actor_id: &Arc<str>,
        limits: RequestLimits,
    ) -> Self {
        Self {
            link: Arc::clone(link),
            gate: Arc::clone(gate),
            actor_id: Arc::clone(actor_id),
            limits,
        }
    }

    /// The value of a key, if it has one.
    pub async fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Bytes>, Error> {
        let found = self.get_many(&[key.as_ref()]).await?;
        Ok(found.into_iter().next().flatten())
    }

    /// The values of keys, in their order.
    pub async fn get_many(&self, keys: &[impl AsRef<[u8]>]) -> Result<Vec<Option<Bytes>>, Error> {
        let keys: Vec<&[u8]> = keys.iter().map(AsRef::as_ref).collect();
        self.check_keys(&keys)?;
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(self.limits.kv_keys.max(1)) {
            let get = Ask::KvGetRequest(latest::KvGetRequestRef { keys });
            let answer = self.ask(get).await?;
            let Answer::KvGetResponse(found) = answer.get() else {
                return Err(other_answer(&answer));
            };
            // Only keys that were found are answered.
            let entries: HashMap<&[u8], &[u8]> = found
                .keys
                .iter()
                .copied()
                .zip(found.values.iter().copied())
                .collect();
            // Copied: a value must not keep the whole answer in memory.
            let copied = |key| entries.get(key).map(|value| Bytes::copy_from_slice(value));
            values.extend(keys.iter().map(copied));
        }
        Ok(values)
    }

    /// Sets the value of a key.
    pub async fn put(&self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), Error> {
        self.put_many(&[(key, value)]).await
    }

    /// Sets the values of keys.
    pub async fn put_many(
        &self,
        entries: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)],
    ) -> Result<(), Error> {
        let (keys, values): (Vec<&[u8]>, Vec<&[u8]>) = entries
            .iter()
            .map(|(key, value)| (key.as_ref(), value.as_ref()))
            .unzip();
        self.check_keys(&keys)?;
        let longest = values.iter().map(|value| value.len()).max().unwrap_or(0);
        at_most("octets of a value", longest, self.limits.kv_value)?;
        let mut from = 0;
        while from < keys.len() {
            let to = from + self.fitting(&keys[from..], &values[from..])?;
            let put = Ask::KvPutRequest(latest::KvPutRequestRef {
                keys: &keys[from..to],
                values: &values[from..to],
            });
            let answer = self.ask(put).await?;
            if !matches!(answer.get(), Answer::KvPutResponse) {
                return Err(other_answer(&answer));
            }
            from = to;
        }
        Ok(())
    }

    /// Removes a key, if it is there.
    pub async fn delete(&self, key: impl AsRef<[u8]>) -> Result<(), Error> {
        self.delete_many(&[key]).await
    }

    /// Removes keys, those that are there.
    pub async fn delete_many(&self, keys: &[impl AsRef<[u8]>]) -> Result<(), Error> {
        let keys: Vec<&[u8]> = keys.iter().map(AsRef::as_ref).collect();
        self.check_keys(&keys)?;
        for keys in keys.chunks(self.limits.kv_keys.max(1)) {
            let delete = Ask::KvDeleteRequest(latest::KvDeleteRequestRef { keys });
            let answer = self.ask(delete).await?;
            if !matches!(answer.get(), Answer::KvDeleteResponse) {
                return Err(other_answer(&answer));
            }
        }
        Ok(())
    }

    /// Removes the keys from `start` up to `end`, which is not among them.
    pub async fn delete_range(
        &self,
        start: impl AsRef<[u8]>,
        end: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        let (start, end) = (start.as_ref(), end.as_ref());
        let range = Ask::KvDeleteRangeRequest(latest::KvDeleteRangeRequestRef { start, end });
        let answer = self.ask(range).await?;
        match answer.get() {
            Answer::KvDeleteResponse => Ok(()),
            _ => Err(other_answer(&answer)),
        }
    }

    /// Removes everything.
    pub async fn clear(&self) -> Result<(), Error> {
        let answer = self.ask(Ask::KvDropRequest).await?;
        match answer.get() {
            Answer::KvDropResponse => Ok(()),
            _ => Err(other_answer(&answer)),
        }
    }

    /// Entries, in the order of their keys.
    pub async fn list(&self, list: List<'_>) -> Result<Vec<Entry>, Error> {
        let query = match list.keys {
            Keys::All => latest::KvListQueryRef::KvListAllQuery,
            Keys::Prefix(key) => {
                latest::KvListQueryRef::KvListPrefixQuery(latest::KvListPrefixQueryRef { key })
            }
            Keys::Range(start, end) | Keys::RangeInclusive(start, end) => {
                latest::KvListQueryRef::KvListRangeQuery(latest::KvListRangeQueryRef {
                    start,
                    end,
                    exclusive: matches!(list.keys, Keys::Range(..)),
                })
            }
        };
        let answer = self
            .ask(Ask::KvListRequest(latest::KvListRequestRef {
                query,
                reverse: Some(list.order == Order::Descending),
                limit: list.limit,
            }))
            .await?;
        let Answer::KvListResponse(found) = answer.get() else {
            return Err(other_answer(&answer));
        };
        let entries = found.keys.iter().zip(found.values);
        Ok(entries
            .map(|(key, value)| Entry {
                // Copied: an entry must not keep the whole answer in memory.
                key: Bytes::copy_from_slice(key),
                value: Bytes::copy_from_slice(value),
            })
            .collect())
    }

    /// The same store, for who does not notice that the generation has ended.
    #[cfg(feature = "sim")]
    pub(crate) fn unguarded(&self) -> Self {
        Self {
            gate: Arc::new(Gate::new()),
            ..self.clone()
        }
    }

    async fn ask(&self, data: Ask<'_>) -> Result<KvAnswer, Error> {
        self.gate.check()?;
        let waiting = self
            .link
            .request(Reply::Kv, |host, now| {
                host.kv(&self.actor_id, data, now + BOUND)
            })
            .map_err(Error::from)?;
        let answer = self
            .gate
            .pass(async {
                match waiting.await {
                    Some(answer) => Ok(answer?),
                    None => Err(RequestError::Indeterminate.into()),
                }
            })
            .await?;
        if let Answer::KvErrorResponse(error) = answer.get() {
            return Err(Error::Kv {
                message: error.message.to_owned(),
            });
        }
        Ok(answer)
    }

    fn check_keys(&self, keys: &[&[u8]]) -> Result<(), Error> {
        let longest = keys.iter().map(|key| key.len()).max().unwrap_or(0);
        at_most("octets of a key", longest, self.limits.kv_key)
    }

    /// How many of the first entries one request can carry: at least one.
    fn fitting(&self, keys: &[&[u8]], values: &[&[u8]]) -> Result<usize, Error> {
        let mut octets = 0;
        let mut count = 0;
        for (key, value) in keys.iter().zip(values).take(self.limits.kv_keys.max(1)) {
            octets += key.len() + value.len();
            if octets > self.limits.kv_put {
                break;
            }
            count += 1;
        }
        if count == 0 {
            at_most("octets of keys and values", octets, self.limits.kv_put)?;
        }
        Ok(count.max(1))
    }
}

impl fmt::Debug for Kv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kv").finish_non_exhaustive()
    }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), Error> {
    if found <= limit {
        return Ok(());
    }
    Err(Error::TooLarge {
        what,
        found: found as u64,
        limit: limit as u64,
    })
}

/// The session hands on none but answers of the kind that was asked for.
fn other_answer(answer: &KvAnswer) -> Error {
    Error::Kv {
        message: format!("expected another answer, but found {:?}", answer.get()),
    }
}
