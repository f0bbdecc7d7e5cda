//! A row of a key-value store.

use bytes::Bytes;
use envoy_protocol::latest;

use super::error::Failure;

/// The format of a row's value: a number for itself, when it was written, what wrote it with its length, and the value.
const FORMAT: u8 = 1;
/// What is said to have written a value.
const VERSION: &[u8] = env!("CARGO_PKG_VERSION").as_bytes();

/// A row that was found.
pub(super) struct Entry {
    /// Without the prefix.
    pub(super) key: Vec<u8>,
    row: Bytes,
    pub(super) update_ts: i64,
    version: usize,
}

impl Entry {
    const HEAD: usize = 10;

    /// The row that was found under a key of the host's.
    pub(super) fn new(key: &[u8], row: Bytes) -> Result<Self, Failure> {
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

    pub(super) fn value(&self) -> &[u8] {
        &self.row[Self::HEAD + self.version..]
    }

    /// The value, which keeps the row in memory.
    pub(super) fn shared_value(&self) -> Bytes {
        self.row.slice(Self::HEAD + self.version..)
    }

    pub(super) fn metadata(&self) -> latest::KvMetadataRef<'_> {
        latest::KvMetadataRef {
            version: &self.row[Self::HEAD..Self::HEAD + self.version],
            update_ts: self.update_ts,
        }
    }

    /// What it takes in an answer, at most.
    pub(super) fn octets(&self) -> usize {
        const LENGTHS: usize = 3 + 4 + 2;
        self.key.len() + self.row.len() + LENGTHS
    }
}

/// A row's value, copied out of the frame.
pub(super) fn encode(now: i64, value: &[u8]) -> Bytes {
    let version = VERSION.get(..255).unwrap_or(VERSION);
    let mut row = Vec::with_capacity(Entry::HEAD + version.len() + value.len());
    row.push(FORMAT);
    row.extend_from_slice(&now.to_be_bytes());
    row.push(u8::try_from(version.len()).unwrap_or(u8::MAX));
    row.extend_from_slice(version);
    row.extend_from_slice(value);
    row.into()
}
