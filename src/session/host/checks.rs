//! What is too large for a server is known before it is sent.

use bare::Encode as _;

use crate::latest;
use crate::session::SendError;

use super::RequestLimits;

/// Octets of a frame around the pages of an answer, at most.
const PAGES_FRAME: usize = 64;
/// Octets of a frame around an event and its actor's name, at most: the tag, how many events there are, the length of the
/// name, generation and index.
const EVENT_FRAME: usize = 10 + 10 + 10 + 4 + 8;
/// Octets of a page in an answer: its number, the flag that it is there, its length, its content.
const PAGE: usize = 4 + 1 + 2 + 4096;

pub(super) fn kv(
    data: &latest::KvRequestDataRef<'_>,
    limits: &RequestLimits,
) -> Result<(), SendError> {
    match data {
        latest::KvRequestDataRef::KvGetRequest(get) => keys(get.keys, limits),
        latest::KvRequestDataRef::KvDeleteRequest(delete) => keys(delete.keys, limits),
        latest::KvRequestDataRef::KvPutRequest(put) => {
            keys(put.keys, limits)?;
            if put.keys.len() != put.values.len() {
                return Err(SendError::KeysAndValues {
                    keys: put.keys.len(),
                    values: put.values.len(),
                });
            }
            let longest = put.values.iter().map(|value| value.len()).max();
            most("octets of a value", longest.unwrap_or(0), limits.kv_value)?;
            let octets = put.keys.iter().chain(put.values).map(|part| part.len());
            most("octets of keys and values", octets.sum(), limits.kv_put)
        }
        latest::KvRequestDataRef::KvListRequest(list) => match list.query {
            latest::KvListQueryRef::KvListAllQuery => Ok(()),
            latest::KvListQueryRef::KvListRangeQuery(range) => {
                keys(&[range.start, range.end], limits)
            }
            latest::KvListQueryRef::KvListPrefixQuery(prefix) => keys(&[prefix.key], limits),
        },
        latest::KvRequestDataRef::KvDeleteRangeRequest(range) => {
            keys(&[range.start, range.end], limits)
        }
        latest::KvRequestDataRef::KvDropRequest => Ok(()),
    }
}

/// The answer has to fit into a frame, too.
pub(super) fn pages(
    data: &latest::SqliteGetPagesRequestRef<'_>,
    frame: usize,
) -> Result<(), SendError> {
    let limit = frame.saturating_sub(PAGES_FRAME) / PAGE;
    most("pages, as an answer can carry,", data.pgnos.len(), limit)
}

pub(super) fn commit(
    data: &latest::SqliteCommitRequestRef<'_>,
    limits: &RequestLimits,
) -> Result<(), SendError> {
    most(
        "pages of a commit",
        data.dirty_pages.len(),
        limits.commit_pages,
    )
}

pub(super) fn execute(
    data: &latest::SqliteExecuteRequestRef<'_>,
    limits: &RequestLimits,
) -> Result<(), SendError> {
    let octets = data
        .params
        .unwrap_or_default()
        .iter()
        .map(|param| match param {
            latest::SqliteBindParamRef::SqliteValueNull => 0,
            latest::SqliteBindParamRef::SqliteValueInteger(_)
            | latest::SqliteBindParamRef::SqliteValueFloat(_) => 8,
            latest::SqliteBindParamRef::SqliteValueText(text) => text.value.len(),
            latest::SqliteBindParamRef::SqliteValueBlob(blob) => blob.value.len(),
        });
    most("octets of parameters", octets.sum(), limits.sql_params)
}

/// An event is sent in a frame, by itself if need be.
pub(super) fn event(actor_id: &str, event: &latest::Event, frame: usize) -> Result<(), SendError> {
    let found = actor_id.len().saturating_add(event.encoded_len());
    most(
        "octets of an event",
        found,
        frame.saturating_sub(EVENT_FRAME),
    )
}

pub(super) fn most(what: &'static str, found: usize, limit: usize) -> Result<(), SendError> {
    if found <= limit {
        return Ok(());
    }
    Err(SendError::TooLarge {
        what,
        found: found as u64,
        limit: limit as u64,
    })
}

fn keys(keys: &[latest::KvKeyRef<'_>], limits: &RequestLimits) -> Result<(), SendError> {
    most("keys", keys.len(), limits.kv_keys)?;
    let longest = keys.iter().map(|key| key.len()).max();
    most("octets of a key", longest.unwrap_or(0), limits.kv_key)
}
