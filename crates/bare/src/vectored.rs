//! Encoding into several pieces, so that large payloads are not copied.

use alloc::vec::Vec;
use core::marker::PhantomData;
use core::slice;

use crate::Encode;
use crate::writer::{Cut, Output};

/// A buffer for vectored encodings, to be used again for each message.
///
/// Payloads of 1 KiB and more stay where they are; the rest goes into the buffer. For a transport that writes several
/// pieces at once, such as `writev`.
#[derive(Debug, Default)]
pub struct VectoredBuffer {
    octets: Vec<u8>,
    cuts: Vec<Cut>,
}

// SAFETY: the pointers of the cuts are only read through a `Vectored`, which borrows the values they point into, and
// whose lifetime ends before the buffer can be used again or sent.
unsafe impl Send for VectoredBuffer {}
// SAFETY: as above; a shared buffer gives no access to its cuts.
unsafe impl Sync for VectoredBuffer {}

impl VectoredBuffer {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            octets: Vec::new(),
            cuts: Vec::new(),
        }
    }

    /// Encodes a message. What the buffer held before is gone.
    pub fn encode<'b, T: Encode + ?Sized>(&'b mut self, value: &'b T) -> Vectored<'b> {
        self.octets.clear();
        self.cuts.clear();
        value
            .encode(Output::vectored(&mut self.octets, &mut self.cuts).writer())
            .finish();
        Vectored {
            octets: &self.octets,
            cuts: &self.cuts,
            values: PhantomData,
        }
    }
}

/// An encoded message in pieces: octets of the buffer and payloads of the value by turns.
#[derive(Debug, Clone, Copy)]
pub struct Vectored<'b> {
    octets: &'b [u8],
    cuts: &'b [Cut],
    values: PhantomData<&'b [u8]>,
}

// SAFETY: the pointers of the cuts stand for slices that are borrowed for `'b`, and octets can be sent and shared.
unsafe impl Send for Vectored<'_> {}
// SAFETY: as above.
unsafe impl Sync for Vectored<'_> {}

impl<'b> Vectored<'b> {
    /// Octets of the whole message.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.octets.len() + self.cuts.iter().map(|cut| cut.len).sum::<usize>()
    }

    /// The pieces in order, none of them empty. Together they are the message.
    pub fn pieces(self) -> impl Iterator<Item = &'b [u8]> {
        let mut at = 0;
        let tail = self.cuts.last().map_or(0, |cut| cut.at);
        self.cuts
            .iter()
            .flat_map(move |cut| {
                let before = &self.octets[at..cut.at];
                at = cut.at;
                // SAFETY: the writer noted a payload of the value, which is borrowed for `'b`. (`Encode::encode` is generic
                // over how long its value is borrowed, so it cannot have noted one that lives for less.)
                [before, unsafe {
                    slice::from_raw_parts(cut.pointer, cut.len)
                }]
            })
            .chain([&self.octets[tail..]])
            .filter(|piece| !piece.is_empty())
    }

    /// The pieces for `write_vectored`, added to `slices`.
    #[cfg(feature = "std")]
    pub fn io_slices(self, slices: &mut Vec<std::io::IoSlice<'b>>) {
        slices.extend(self.pieces().map(std::io::IoSlice::new));
    }

    /// The message in one piece.
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_len());
        for piece in self.pieces() {
            out.extend_from_slice(piece);
        }
        out
    }
}
