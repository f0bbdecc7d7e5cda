//! The key-value store of an actor: rows of the depot under the actor's prefix.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use depot::engine::KeyRange;
use depot::{Depot, Order, Transaction, View};
use envoy_protocol::latest::{self, KvListQueryRef, KvRequestDataRef, KvResponseDataRef};
use envoy_protocol::session::KvRequest;

use crate::records;

use super::connection::Host;
use super::error::{Failure, KvLimit};
use super::pages::find_actor;
use super::request::Job;
use super::statistics::Counters;
use super::{Inner, Storage};

/// Octets of a row's key: prefix, actor and the host's key.
pub(super) const ROW_KEY: usize = 3 + depot::DatabaseId::MAX_LENGTH + KEY;

/// Keys of one request.
const KEYS: usize = 128;
/// Octets of a key.
const KEY: usize = 2048;
/// Octets of a value.
const VALUE: usize = 128 << 10;
/// Octets of keys and values of a put.
const PAYLOAD: usize = 976 << 10;
/// Entries of a list, where the request names no limit.
const LISTED: u64 = 16_384;
/// Rows that one transaction removes: others wait for it.
const AT_ONCE: usize = 1024;
/// The format of a row's value: a number for itself, when it was written, what wrote it with its length, and the value.
const FORMAT: u8 = 1;
/// What is said to have written a value.
const VERSION: &[u8] = env!("CARGO_PKG_VERSION").as_bytes();

/// A request, free of its frame. Keys are those of rows.
enum Command {
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

/// A row that was found.
struct Entry {
    /// Without the prefix.
    key: Vec<u8>,
    row: Bytes,
    update_ts: i64,
    version: usize,
}

/// Whose rows they are.
#[derive(Clone)]
struct Owner {
    host: Host,
    actor_id: Arc<str>,
    prefix: Arc<[u8]>,
}

impl Storage {
    /// A value of an actor's store, and when it was put in milliseconds since 1970: for callers that are no hosts. None of
    /// an actor that is not there, or has no such key.
    pub(crate) async fn kv_value(
        &self,
        actor_id: &str,
        key: &[u8],
    ) -> Result<Option<(Bytes, i64)>, ReadError> {
        if key.len() > KEY {
            return Ok(None);
        }
        let mut row = records::kv_prefix(actor_id);
        row.extend_from_slice(key);
        let Some(row) = self.0.depot.view(move |view| view.row(&row)).await? else {
            return Ok(None);
        };
        let entry = Entry::new(key, row).map_err(|_| ReadError::Malformed)?;
        let value = entry.row.slice(Entry::HEAD + entry.version..);
        Ok(Some((value, entry.update_ts)))
    }
}

/// Why a value was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Depot(#[from] depot::Error),
    #[error("a stored value is not what this version writes")]
    Malformed,
}

impl Inner {
    pub(super) async fn serve_kv(&self, job: &Job, request: &KvRequest) {
        let owner = Owner {
            host: job.connection.host.clone(),
            actor_id: job.request.actor_id().into(),
            prefix: records::kv_prefix(job.request.actor_id()).into(),
        };
        let data = &request.get().data;
        let result = match Command::new(&owner.prefix, data) {
            Ok(command) => run(&self.depot, owner, command, self.config.answer_bytes).await,
            Err(limit) => Err(Failure::Kv(limit)),
        };
        let entries = match result {
            Ok(entries) => entries,
            Err(failure) => {
                self.refuse(job, &failure);
                return;
            }
        };
        let keys: Vec<_> = entries.iter().map(|entry| &entry.key[..]).collect();
        let values: Vec<_> = entries.iter().map(Entry::value).collect();
        let metadata: Vec<_> = entries.iter().map(Entry::metadata).collect();
        let (keys, values, metadata) = (&keys[..], &values[..], &metadata[..]);
        let response = match data {
            KvRequestDataRef::KvGetRequest(_) => {
                KvResponseDataRef::KvGetResponse(latest::KvGetResponseRef {
                    keys,
                    values,
                    metadata,
                })
            }
            KvRequestDataRef::KvListRequest(_) => {
                KvResponseDataRef::KvListResponse(latest::KvListResponseRef {
                    keys,
                    values,
                    metadata,
                })
            }
            KvRequestDataRef::KvPutRequest(put) => {
                Counters::add(&self.counters.kv_written, octets(put));
                KvResponseDataRef::KvPutResponse
            }
            KvRequestDataRef::KvDeleteRequest(_) | KvRequestDataRef::KvDeleteRangeRequest(_) => {
                KvResponseDataRef::KvDeleteResponse
            }
            KvRequestDataRef::KvDropRequest => KvResponseDataRef::KvDropResponse,
        };
        let read: usize = keys.iter().chain(values).map(|part| part.len()).sum();
        Counters::add(&self.counters.kv_read, read);
        let answer = job.request.kv_answer(response);
        match data {
            KvRequestDataRef::KvGetRequest(_) | KvRequestDataRef::KvListRequest(_) => {
                self.answer_read(job, &answer);
            }
            // A host whose answer does not come does not know, and says so to its actor.
            _ => drop(self.answer(job, &answer)),
        }
    }
}

/// Removes up to `limit` rows of a range. There may be more if it continues.
pub(super) fn remove(
    transaction: &mut Transaction<'_>,
    range: KeyRange<'_>,
    limit: usize,
) -> Result<ControlFlow<()>, depot::Error> {
    let mut keys = Vec::new();
    transaction
        .view()
        .visit_rows(range, Order::Ascending, |key, _| {
            keys.push(key.to_vec());
            if keys.len() == limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
    for key in &keys {
        transaction.delete_row(key);
    }
    Ok(if keys.len() == limit {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    })
}

/// The first key behind all that begin with `prefix`, if there is one.
pub(super) fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|octet| *octet < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// All keys below `end`, all there are if there is none.
pub(super) fn below(end: Option<&[u8]>) -> Bound<&[u8]> {
    end.map_or(Bound::Unbounded, Bound::Excluded)
}

async fn run(
    depot: &Depot,
    owner: Owner,
    command: Command,
    answer: usize,
) -> Result<Vec<Entry>, Failure> {
    match command {
        Command::Get(keys) => {
            depot
                .view(move |view| get(view, &owner, &keys, answer))
                .await
        }
        Command::List {
            range,
            order,
            limit,
        } => {
            depot
                .view(move |view| {
                    let range = (as_slice(&range.0), as_slice(&range.1));
                    list(view, &owner, range, order, limit, answer)
                })
                .await
        }
        Command::Put(rows) => {
            let put = move |transaction: &mut Transaction<'_>| {
                owner.check(&transaction.view())?;
                for (key, value) in &rows {
                    transaction.put_row(key, value.clone())?;
                }
                Ok::<_, Failure>(Vec::new())
            };
            depot.transaction(put).await
        }
        Command::Delete(keys) => {
            let delete = move |transaction: &mut Transaction<'_>| {
                owner.check(&transaction.view())?;
                for key in &keys {
                    transaction.delete_row(key);
                }
                Ok::<_, Failure>(Vec::new())
            };
            depot.transaction(delete).await
        }
        Command::DeleteRange(start, end) => remove_all(depot, owner, start, Some(end)).await,
        Command::Drop => {
            let start = owner.prefix.to_vec();
            let end = behind(&start);
            remove_all(depot, owner, start, end).await
        }
    }
}

/// Removes a range in small transactions. Nothing else is done to the actor's rows in between: that would be behind this
/// in its lane. A server that is killed in between leaves a part, as a host has to expect of what was not answered.
async fn remove_all(
    depot: &Depot,
    owner: Owner,
    start: Vec<u8>,
    end: Option<Vec<u8>>,
) -> Result<Vec<Entry>, Failure> {
    let (start, end): (Arc<[u8]>, Option<Arc<[u8]>>) = (start.into(), end.map(Into::into));
    loop {
        let (owner, start, end) = (owner.clone(), Arc::clone(&start), end.clone());
        let some = move |transaction: &mut Transaction<'_>| {
            owner.check(&transaction.view())?;
            let range = (Bound::Included(&start[..]), below(end.as_deref()));
            Ok::<_, Failure>(remove(transaction, range, AT_ONCE)?)
        };
        if depot.transaction(some).await?.is_break() {
            return Ok(Vec::new());
        }
    }
}

fn get(
    view: &View<'_>,
    owner: &Owner,
    keys: &[Vec<u8>],
    answer: usize,
) -> Result<Vec<Entry>, Failure> {
    owner.check(view)?;
    let mut entries = Vec::new();
    let mut octets = 0;
    for key in keys {
        if let Some(row) = view.row(key)? {
            let entry = Entry::new(&key[owner.prefix.len()..], row)?;
            octets += entry.octets();
            entries.push(entry);
        }
    }
    if octets > answer {
        return Err(Failure::AnswerTooLarge {
            octets,
            limit: answer,
        });
    }
    Ok(entries)
}

fn list(
    view: &View<'_>,
    owner: &Owner,
    range: KeyRange<'_>,
    order: Order,
    limit: u64,
    answer: usize,
) -> Result<Vec<Entry>, Failure> {
    owner.check(view)?;
    let mut entries = Vec::new();
    if limit == 0 {
        return Ok(entries);
    }
    let mut octets = 0;
    let mut broken = None;
    view.visit_rows(range, order, |key, row| {
        let key = key.get(owner.prefix.len()..).unwrap_or_default();
        match Entry::new(key, Bytes::copy_from_slice(row)) {
            Ok(entry) => {
                octets += entry.octets();
                if octets > answer {
                    return ControlFlow::Break(());
                }
                entries.push(entry);
            }
            Err(failure) => {
                broken = Some(failure);
                return ControlFlow::Break(());
            }
        }
        if entries.len() as u64 == limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    broken.map_or(Ok(entries), Err)
}

impl Owner {
    /// Rows have no generation, so they are only for the host that the actor is allocated to.
    fn check(&self, view: &View<'_>) -> Result<(), Failure> {
        let record = find_actor(view, &self.host, &self.actor_id)?;
        if record.is_held_by(&self.host.envoy_key) {
            Ok(())
        } else {
            Err(Failure::NotHeld)
        }
    }
}

impl Command {
    fn new(prefix: &[u8], data: &KvRequestDataRef<'_>) -> Result<Self, KvLimit> {
        let row = |key: &[u8]| [prefix, key].concat();
        Ok(match data {
            KvRequestDataRef::KvGetRequest(get) => {
                check_keys(get.keys)?;
                Self::Get(get.keys.iter().map(|key| row(key)).collect())
            }
            KvRequestDataRef::KvListRequest(list) => {
                let (start, end) = match &list.query {
                    KvListQueryRef::KvListAllQuery => (prefix.to_vec(), None),
                    KvListQueryRef::KvListPrefixQuery(query) => (row(query.key), None),
                    KvListQueryRef::KvListRangeQuery(query) => {
                        let end = row(query.end);
                        let end = if query.exclusive {
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
                check_put(put)?;
                let time = SystemTime::now().duration_since(UNIX_EPOCH);
                let now = time.map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(0));
                let rows = put.keys.iter().zip(put.values);
                Self::Put(
                    rows.map(|(key, value)| (row(key), encode(now, value)))
                        .collect(),
                )
            }
            KvRequestDataRef::KvDeleteRequest(delete) => {
                check_keys(delete.keys)?;
                Self::Delete(delete.keys.iter().map(|key| row(key)).collect())
            }
            KvRequestDataRef::KvDeleteRangeRequest(range) => {
                Self::DeleteRange(row(range.start), row(range.end))
            }
            KvRequestDataRef::KvDropRequest => Self::Drop,
        })
    }
}

impl Entry {
    const HEAD: usize = 10;

    fn new(key: &[u8], row: Bytes) -> Result<Self, Failure> {
        let broken =
            || Failure::Record("a stored value is not what this version writes".to_owned());
        let (head, rest) = row
            .split_first_chunk::<{ Self::HEAD }>()
            .ok_or_else(broken)?;
        let [format, time @ .., version] = head;
        let version = usize::from(*version);
        if *format != FORMAT || rest.len() < version {
            return Err(broken());
        }
        Ok(Self {
            key: key.to_vec(),
            update_ts: i64::from_be_bytes(*time),
            version,
            row,
        })
    }

    fn value(&self) -> &[u8] {
        &self.row[Self::HEAD + self.version..]
    }

    fn metadata(&self) -> latest::KvMetadataRef<'_> {
        latest::KvMetadataRef {
            version: &self.row[Self::HEAD..Self::HEAD + self.version],
            update_ts: self.update_ts,
        }
    }

    /// What it takes in an answer, at most.
    fn octets(&self) -> usize {
        const LENGTHS: usize = 3 + 4 + 2;
        self.key.len() + self.row.len() + LENGTHS
    }
}

/// A row's value, copied out of the frame.
fn encode(now: i64, value: &[u8]) -> Bytes {
    let version = VERSION.get(..255).unwrap_or(VERSION);
    let mut row = Vec::with_capacity(Entry::HEAD + version.len() + value.len());
    row.push(FORMAT);
    row.extend_from_slice(&now.to_be_bytes());
    row.push(u8::try_from(version.len()).unwrap_or(u8::MAX));
    row.extend_from_slice(version);
    row.extend_from_slice(value);
    row.into()
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

fn octets(put: &latest::KvPutRequestRef<'_>) -> usize {
    let parts = put.keys.iter().chain(put.values);
    parts.map(|part| part.len()).sum()
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}
