//! Frames that wait to be sent, bounded in octets, in the order of their numbers; and the inbox, which is bounded
//! likewise.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::{DowngradeError, Root, TranscodeError, Version, transcode_within};
use bare::DecodeLimits;

use super::SendError;

/// An encoded frame, and the version that it is encoded at.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    pub(crate) octets: Bytes,
    pub(crate) version: Version,
}

impl Encoded {
    /// The frame for a connection of `version`: these octets wherever the message looks the same there.
    pub(crate) fn at(&self, root: Root, version: Version) -> Result<Bytes, DowngradeError> {
        if self.version == version {
            return Ok(self.octets.clone());
        }
        // Sizes were checked when the frame was made.
        let limits = DecodeLimits {
            message_size: usize::MAX,
            memory: usize::MAX,
        };
        match transcode_within(root, &self.octets, self.version, version, &limits) {
            Ok(octets) => Ok(octets),
            Err(TranscodeError::Downgrade(error)) => Err(error),
            Err(TranscodeError::Invalid(error)) => {
                unreachable!("expected to read what was written here: {error}")
            }
        }
    }
}

/// What waits, each with a number and a size. `held <= limit` but for what is [`force`](Outbox::force)d.
#[derive(Debug)]
pub(crate) struct Outbox<T> {
    items: BTreeMap<u64, (T, usize)>,
    held: usize,
    limit: usize,
    /// Somebody was turned away since the last word that there is room.
    awaited: bool,
}

impl<T> Outbox<T> {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            items: BTreeMap::new(),
            held: 0,
            limit,
            awaited: false,
        }
    }

    pub(crate) fn check(&mut self, size: usize) -> Result<(), SendError> {
        if self.held.saturating_add(size) <= self.limit {
            return Ok(());
        }
        self.awaited = true;
        Err(SendError::QueueFull {
            size,
            queued: self.held,
            limit: self.limit,
        })
    }

    pub(crate) fn force(&mut self, number: u64, item: T, size: usize) {
        self.held += size;
        if let Some((_, old)) = self.items.insert(number, (item, size)) {
            self.held -= old;
        }
    }

    pub(crate) fn first_number(&self) -> Option<u64> {
        self.items.first_key_value().map(|(number, _)| *number)
    }

    pub(crate) fn pop(&mut self) -> Option<(u64, T)> {
        let (number, (item, size)) = self.items.pop_first()?;
        self.held -= size;
        Some((number, item))
    }

    pub(crate) fn remove(&mut self, number: u64) {
        if let Some((_, size)) = self.items.remove(&number) {
            self.held -= size;
        }
    }

    /// Octets that are kept although they are not in the queue.
    pub(crate) const fn hold(&mut self, size: usize) {
        self.held += size;
    }

    /// The opposite of [`hold`](Self::hold).
    pub(crate) const fn release(&mut self, size: usize) {
        self.held -= size;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) const fn held(&self) -> usize {
        self.held
    }

    /// True once after somebody was turned away and half of the queue is free.
    pub(crate) const fn has_room_again(&mut self) -> bool {
        let room = self.awaited && self.held <= self.limit / 2;
        if room {
            self.awaited = false;
        }
        room
    }

    /// Whether even what cannot be refused is too much: the peer makes this end say more than it takes in.
    pub(crate) const fn is_overrun(&self) -> bool {
        self.held / 2 > self.limit
    }

    /// Drops all that waits, and whoever waits for room.
    pub(crate) fn clear(&mut self) {
        self.awaited = false;
        for (_, (_, size)) in std::mem::take(&mut self.items) {
            self.held -= size;
        }
    }
}

/// What happened and was not looked at yet, with the octets of the frames that it keeps.
#[derive(Debug)]
pub(crate) struct Inbox<T> {
    items: VecDeque<(T, usize)>,
    held: usize,
    limit: usize,
}

/// What an event takes beside the octets of its frame.
const EVENT: usize = 128;

impl<T> Inbox<T> {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            items: VecDeque::new(),
            held: 0,
            limit,
        }
    }

    pub(crate) fn push(&mut self, item: T, octets: usize) {
        let size = octets + EVENT;
        self.held += size;
        self.items.push_back((item, size));
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let (item, size) = self.items.pop_front()?;
        self.held -= size;
        Some(item)
    }

    /// Whether a message that can be refused has to be.
    pub(crate) const fn is_full_for(&self, octets: usize) -> bool {
        self.held.saturating_add(octets) > self.limit
    }

    /// Whether even what cannot be refused is too much: nobody looks, and the peer goes on.
    pub(crate) const fn is_overrun(&self) -> bool {
        self.held / 2 > self.limit
    }

    pub(crate) fn clear(&mut self) {
        self.items.clear();
        self.held = 0;
    }
}
