//! A message in pieces, its large payloads not copied.

use std::hint::black_box;

use anyhow::{Result, ensure};
use envoy_protocol::bare::{EncodeExt as _, VectoredBuffer};
use envoy_protocol::v5::{SqliteGetPagesResponse, ToEnvoy};

use super::writer::{Sink, groups};
use super::{Job, repeat};
use crate::messages;

/// From this many octets on, a payload stays where it is.
const LARGE: usize = 1024;

pub(super) fn jobs() -> Result<Vec<Job>> {
    Ok(vec![
        job("1 page", messages::get_pages_ok(1))?,
        job("16 pages", messages::get_pages_ok(16))?,
    ])
}

fn job(name: &'static str, message: ToEnvoy) -> Result<Job> {
    let expected = message.to_vec();
    let mut vectored = VectoredBuffer::new();
    ensure!(
        vectored.encode(&message).to_vec() == expected,
        "the pieces differ"
    );
    let mut octets = Vec::new();
    ensure!(
        Pieces::of(&message, &mut octets).to_vec() == expected,
        "the twin's pieces differ"
    );

    let (same, too) = (message.clone(), message.clone());
    let real = repeat(move || {
        let message = vectored.encode(black_box(&message));
        message.pieces().for_each(|piece| {
            black_box(piece);
        });
    });
    let references = repeat(move || {
        let message = Pieces::of(black_box(&same), &mut octets);
        message.each(|piece| {
            black_box(piece);
        });
    });
    let mut buffer = Vec::with_capacity(2 * expected.len() + 256);
    let contiguous = repeat(move || {
        buffer.clear();
        black_box(&too).append_to(&mut buffer);
        black_box(&buffer);
    });
    Ok(Job::new("vectored", name, real)
        .against("references, in a new `Vec` for each message", references)
        .against("one piece, in a warm `Vec`", contiguous))
}

/// Payloads by references: their `Vec` cannot outlive them, so each message needs a new one.
struct Pieces<'v, 'b> {
    octets: &'b mut Vec<u8>,
    /// After so many of the octets comes this payload.
    cuts: Vec<(usize, &'v [u8])>,
}

impl<'v, 'b> Pieces<'v, 'b> {
    #[inline(never)]
    fn of(message: &'v ToEnvoy, octets: &'b mut Vec<u8>) -> Self {
        octets.clear();
        let mut pieces = Self {
            octets,
            cuts: Vec::new(),
        };
        if let ToEnvoy::ToEnvoySqliteGetPagesResponse(response) = message
            && let SqliteGetPagesResponse::SqliteGetPagesOk(answer) = &response.data
        {
            pieces.cuts.reserve(answer.pages.len());
            pieces.octet(6);
            pieces.fixed(response.request_id.to_le_bytes());
            pieces.octet(0);
            pieces.varint(answer.pages.len());
            for page in &answer.pages {
                pieces.fixed(page.pgno.to_le_bytes());
                pieces.optional(page.bytes.as_ref(), |pieces, octets| pieces.data(octets));
            }
            pieces.optional(answer.head_txid, |pieces, id| {
                pieces.fixed(id.to_le_bytes());
            });
        }
        pieces
    }

    fn each(&self, mut look: impl FnMut(&[u8])) {
        let mut start = 0;
        for (at, payload) in &self.cuts {
            look(&self.octets[start..*at]);
            look(payload);
            start = *at;
        }
        look(&self.octets[start..]);
    }

    fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::new();
        self.each(|piece| all.extend_from_slice(piece));
        all
    }
}

impl<'v> Sink<'v> for Pieces<'v, '_> {
    #[inline(always)]
    fn fixed<const N: usize>(&mut self, octets: [u8; N]) {
        self.octets.extend_from_slice(&octets);
    }

    #[inline(always)]
    fn varint(&mut self, value: usize) {
        groups(value, |octet| self.octets.push(octet));
    }

    #[inline(always)]
    fn data(&mut self, octets: &'v [u8]) {
        self.varint(octets.len());
        if octets.len() >= LARGE {
            self.cuts.push((self.octets.len(), octets));
        } else {
            self.octets.extend_from_slice(octets);
        }
    }
}
