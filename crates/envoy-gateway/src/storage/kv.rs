//! The key-value store of an actor: rows of the depot under the actor's prefix.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use bytes::Bytes;
use depot::engine::KeyRange;
use depot::{Depot, Order, Transaction, View};
use envoy_protocol::latest::{self, KvRequestDataRef, KvResponseDataRef};
use envoy_protocol::session::KvRequest;

use crate::faults::{Faults, Guard};
use crate::records;

use super::connection::Host;
use super::error::Failure;
use super::kv_request::{Command, KEY, behind, octets};
use super::kv_row::Entry;
use super::pages::find_actor;
use super::request::Job;
use super::statistics::Counters;
use super::{Inner, Storage};

/// Rows that one transaction removes: others wait for it.
const AT_ONCE: usize = 1024;
/// Whose rows they are.
#[derive(Clone)]
struct Owner {
    host: Host,
    actor_id: Arc<str>,
    prefix: Arc<[u8]>,
    faults: Faults,
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
        Ok(Some((entry.shared_value(), entry.update_ts)))
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
            faults: self.config.faults,
        };
        let data = &request.get().data;
        let result = match Command::new(&owner.prefix, data, owner.faults) {
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
                let kept = !owner.faults.lack(Guard::KvStored);
                for (key, value) in rows.iter().filter(|_| kept) {
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
        if record.is_held_by(&self.host.envoy_key) || self.faults.lack(Guard::KvHolder) {
            Ok(())
        } else {
            Err(Failure::NotHeld)
        }
    }
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}
