//! A key-value request, checked and free of its frame.

use std::ops::Bound;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use depot::Order;
use envoy_protocol::latest::{self, KvListQueryRef, KvRequestDataRef};

use crate::faults::{Faults, Guard};
use crate::outside::system_time;

use super::error::KvLimit;
use super::kv_row;

/// Octets of a row's key: prefix, actor and the host's key.
pub(super) const ROW_KEY: usize = 3 + depot::DatabaseId::MAX_LENGTH + KEY;

/// Keys of one request.
const KEYS: usize = 128;
/// Octets of a key.
pub(super) const KEY: usize = 2048;
/// Octets of a value.
const VALUE: usize = 128 << 10;
/// Octets of keys and values of a put.
const PAYLOAD: usize = 976 << 10;
/// Entries of a list, where the request names no limit.
const LISTED: u64 = 16_384;

/// A request, free of its frame. Keys are those of rows.
pub(super) enum Command {
    Get(Vec<Vec<u8>>),
    List {
        range: (Bound<Vec<u8>>, Bound<Vec<u8>>),
        order: Order,
        limit: u64,
    },
    Put(Vec<(Vec<u8>, Bytes)>),
    Delete(Vec<Vec<u8>>),
    DeleteRange(Vec<u8>, Vec<u8>),
    Drop,
}

impl Command {
    /// The request, for rows with this prefix.
    pub(super) fn new(
        prefix: &[u8],
        data: &KvRequestDataRef<'_>,
        faults: Faults,
    ) -> Result<Self, KvLimit> {
        if !faults.lack(Guard::Limits) {
            check(data)?;
        }
        let row = |key: &[u8]| [prefix, key].concat();
        Ok(match data {
            KvRequestDataRef::KvGetRequest(get) => {
                Self::Get(get.keys.iter().map(|key| row(key)).collect())
            }
            KvRequestDataRef::KvListRequest(list) => {
                let (start, end) = match &list.query {
                    KvListQueryRef::KvListAllQuery => (prefix.to_vec(), None),
                    KvListQueryRef::KvListPrefixQuery(query) => (row(query.key), None),
                    KvListQueryRef::KvListRangeQuery(query) => {
                        let end = row(query.end);
                        let end = if query.exclusive || faults.lack(Guard::KvBounds) {
                            Bound::Excluded(end)
                        } else {
                            Bound::Included(end)
                        };
                        (row(query.start), Some(end))
                    }
                };
                let end = end.unwrap_or_else(|| match behind(&start) {
                    Some(end) => Bound::Excluded(end),
                    None => Bound::Unbounded,
                });
                Self::List {
                    range: (Bound::Included(start), end),
                    order: match list.reverse {
                        Some(true) => Order::Descending,
                        Some(false) | None => Order::Ascending,
                    },
                    limit: list.limit.unwrap_or(LISTED),
                }
            }
            KvRequestDataRef::KvPutRequest(put) => {
                let time = system_time().duration_since(UNIX_EPOCH);
                let now = time.map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(0));
                let rows = put.keys.iter().zip(put.values);
                Self::Put(
                    rows.map(|(key, value)| (row(key), kv_row::encode(now, value)))
                        .collect(),
                )
            }
            KvRequestDataRef::KvDeleteRequest(delete) => {
                Self::Delete(delete.keys.iter().map(|key| row(key)).collect())
            }
            KvRequestDataRef::KvDeleteRangeRequest(range) => {
                Self::DeleteRange(row(range.start), row(range.end))
            }
            KvRequestDataRef::KvDropRequest => Self::Drop,
        })
    }
}

/// The first key behind all that begin with `prefix`, if there is one.
pub(super) fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|octet| *octet < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// Octets of what a put writes.
pub(super) fn octets(put: &latest::KvPutRequestRef<'_>) -> usize {
    let parts = put.keys.iter().chain(put.values);
    parts.map(|part| part.len()).sum()
}

fn check(data: &KvRequestDataRef<'_>) -> Result<(), KvLimit> {
    match data {
        KvRequestDataRef::KvGetRequest(get) => check_keys(get.keys),
        KvRequestDataRef::KvPutRequest(put) => check_put(put),
        KvRequestDataRef::KvDeleteRequest(delete) => check_keys(delete.keys),
        KvRequestDataRef::KvListRequest(_)
        | KvRequestDataRef::KvDeleteRangeRequest(_)
        | KvRequestDataRef::KvDropRequest => Ok(()),
    }
}

fn check_keys(keys: &[&[u8]]) -> Result<(), KvLimit> {
    if keys.len() > KEYS {
        return Err(KvLimit::Keys {
            found: keys.len(),
            limit: KEYS,
        });
    }
    match keys.iter().find(|key| key.len() > KEY) {
        Some(key) => Err(KvLimit::KeyLength {
            found: key.len(),
            limit: KEY,
        }),
        None => Ok(()),
    }
}

fn check_put(put: &latest::KvPutRequestRef<'_>) -> Result<(), KvLimit> {
    check_keys(put.keys)?;
    if put.keys.len() != put.values.len() {
        return Err(KvLimit::Values {
            keys: put.keys.len(),
            values: put.values.len(),
        });
    }
    if let Some(value) = put.values.iter().find(|value| value.len() > VALUE) {
        return Err(KvLimit::ValueLength {
            found: value.len(),
            limit: VALUE,
        });
    }
    let found = octets(put);
    if found > PAYLOAD {
        return Err(KvLimit::Payload {
            found,
            limit: PAYLOAD,
        });
    }
    Ok(())
}
