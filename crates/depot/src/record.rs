//! What is stored for each database.

use crate::engine::{EngineError, Volume};
use crate::types::{Allocation, DatabaseId, Digest, Head};

/// The record of a database.
///
/// `head == 0` implies `size == 0` and no last commit; `stale_end == 0 || stale_end > size`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The newest generation.
    pub(crate) generation: u64,
    pub(crate) state: State,
    /// Where its pages are.
    pub(crate) volume: Volume,
    pub(crate) head: u64,
    /// In pages.
    pub(crate) size: u32,
    /// Pages in `size + 1 ..= stale_end` may still be stored from before a truncation. 0 if none are.
    pub(crate) stale_end: u32,
    pub(crate) time_ms: i64,
    /// The generation and the digest of the commit that made the head.
    pub(crate) last: Option<(u64, Digest)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The newest generation is active.
    Active,
    /// No generation is.
    Released,
    /// Only the record is left, so that a generation never comes twice.
    Destroyed,
}

impl Record {
    /// Octets of a record: layout, state, generation, volume, head, size, stale end, time, generation and digest of the last commit.
    const SIZE: usize = 1 + 1 + 8 + 16 + 8 + 4 + 4 + 8 + 8 + 32;
    /// The layout of records. A new one is a new number here.
    const LAYOUT: u8 = 1;

    /// A database without commits, in the life that begins with `generation`.
    pub(crate) fn new(id: &DatabaseId, generation: u64) -> Self {
        Self {
            generation,
            state: State::Active,
            volume: volume(id, generation),
            head: 0,
            size: 0,
            stale_end: 0,
            time_ms: 0,
            last: None,
        }
    }

    pub(crate) fn active(&self) -> Option<u64> {
        (self.state == State::Active).then_some(self.generation)
    }

    pub(crate) fn head(&self) -> Head {
        Head {
            generation: self.active(),
            last_generation: self.generation,
            txid: self.head,
            size: self.size,
            time_ms: self.time_ms,
        }
    }

    pub(crate) fn allocation(&self) -> Allocation {
        Allocation {
            generation: self.generation,
            head: self.head,
            size: self.size,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let (last_generation, digest) = self.last.unwrap_or((0, Digest([0; 32])));
        let mut out = Vec::with_capacity(Self::SIZE);
        out.push(Self::LAYOUT);
        out.push(match self.state {
            State::Active => 1,
            State::Released => 2,
            State::Destroyed => 3,
        });
        out.extend(self.generation.to_be_bytes());
        out.extend(self.volume.0);
        out.extend(self.head.to_be_bytes());
        out.extend(self.size.to_be_bytes());
        out.extend(self.stale_end.to_be_bytes());
        out.extend(self.time_ms.to_be_bytes());
        out.extend(last_generation.to_be_bytes());
        out.extend(digest.0);
        debug_assert_eq!(out.len(), Self::SIZE);
        out
    }

    pub(crate) fn decode(id: &DatabaseId, octets: &[u8]) -> Result<Self, EngineError> {
        let corrupt =
            |what: String| EngineError::Corrupt(format!("record of database {id}: {what}"));
        if octets.len() != Self::SIZE {
            return Err(corrupt(format!(
                "expected {} octets, but found {}",
                Self::SIZE,
                octets.len()
            )));
        }
        let mut fields = Fields(octets);
        let [layout] = fields.take();
        if layout != Self::LAYOUT {
            return Err(corrupt(format!(
                "expected layout {}, but found {layout}",
                Self::LAYOUT
            )));
        }
        let state = match fields.take() {
            [1] => State::Active,
            [2] => State::Released,
            [3] => State::Destroyed,
            [other] => {
                return Err(corrupt(format!(
                    "expected a state of 1 to 3, but found {other}"
                )));
            }
        };
        let generation = u64::from_be_bytes(fields.take());
        let volume = Volume(fields.take());
        let head = u64::from_be_bytes(fields.take());
        let size = u32::from_be_bytes(fields.take());
        let stale_end = u32::from_be_bytes(fields.take());
        let time_ms = i64::from_be_bytes(fields.take());
        let last_generation = u64::from_be_bytes(fields.take());
        let digest = Digest(fields.take());
        Ok(Self {
            generation,
            state,
            volume,
            head,
            size,
            stale_end,
            time_ms,
            last: (last_generation > 0).then_some((last_generation, digest)),
        })
    }
}

/// Takes fixed parts off the front of octets whose length was checked.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (part, rest) = self
            .0
            .split_first_chunk()
            .expect("the length of the record was checked");
        self.0 = rest;
        *part
    }
}

/// The volume of the life that begins with `generation`: never the same for two lives, without a counter that all of them would contend for.
fn volume(id: &DatabaseId, generation: u64) -> Volume {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&generation.to_be_bytes());
    hasher.update(id.as_str().as_bytes());
    let mut volume = [0; 16];
    hasher.finalize_xof().fill(&mut volume);
    Volume(volume)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> DatabaseId {
        DatabaseId::new("actor-1").unwrap()
    }

    fn record() -> Record {
        Record {
            state: State::Released,
            head: 9,
            size: 12,
            stale_end: 40,
            time_ms: -5,
            last: Some((3, Digest([7; 32]))),
            ..Record::new(&id(), 3)
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for record in [record(), Record::new(&id(), 1)] {
            let octets = record.encode();
            assert_eq!(Record::decode(&id(), &octets).unwrap(), record);
        }
    }

    #[test]
    fn a_record_of_another_length_layout_or_state_is_corrupt() {
        let good = record().encode();
        let mut longer = good.clone();
        longer.push(0);
        let mut newer = good.clone();
        newer[0] = 2;
        let mut odd = good.clone();
        odd[1] = 4;
        for bad in [&good[..good.len() - 1], &longer, &newer, &odd, &[]] {
            let error = Record::decode(&id(), bad).unwrap_err();
            assert!(matches!(error, EngineError::Corrupt(_)), "{error}");
        }
    }

    #[test]
    fn two_lives_of_a_database_have_different_volumes() {
        assert_ne!(volume(&id(), 1), volume(&id(), 2));
        assert_ne!(
            volume(&id(), 1),
            volume(&DatabaseId::new("actor-2").unwrap(), 1)
        );
    }
}
