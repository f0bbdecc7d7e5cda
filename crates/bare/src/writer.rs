//! The buffer that every encoder writes through.

use alloc::vec::Vec;
use core::ptr::{self, NonNull};

use crate::{Encode, Fields};

/// Room that a writer finds before every small write, so that one comparison is all the check there is.
pub(crate) const SLACK: usize = 128;
/// Octets of payload from which a vectored encoding refers to them instead of copying.
const REFERENCE_FROM: usize = 1024;

/// A payload that stands outside the buffer in a vectored encoding: `len` octets at `pointer` belong after the first
/// `at` octets of the buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) at: usize,
    pub(crate) pointer: *const u8,
    pub(crate) len: usize,
}

/// A buffer that a message is written into, behind what it holds. It grows as needed.
///
/// A [`Writer`] is the place in it. `'v` is how long the values live that are written: a vectored encoding refers to
/// their large payloads.
pub struct Output<'v> {
    buffer: &'v mut Vec<u8>,
    /// `SLACK` octets before the end of the buffer's capacity: small writes that start at or before it fit.
    limit: *mut u8,
    /// Where payloads of `REFERENCE_FROM` octets and more are noted instead of being copied.
    cuts: Option<&'v mut Vec<Cut>>,
}

impl<'v> Output<'v> {
    /// An output behind what `buffer` holds.
    #[inline(always)]
    #[must_use]
    pub fn new(buffer: &'v mut Vec<u8>) -> Self {
        Self {
            buffer,
            limit: ptr::dangling_mut(),
            cuts: None,
        }
    }

    /// An output that refers to large payloads.
    #[inline(always)]
    pub(crate) fn vectored(buffer: &'v mut Vec<u8>, cuts: &'v mut Vec<Cut>) -> Self {
        Self {
            buffer,
            limit: ptr::dangling_mut(),
            cuts: Some(cuts),
        }
    }

    /// The place behind what the buffer holds. What is written through it counts once it is
    /// [finished](Writer::finish).
    #[inline(always)]
    pub fn writer<'w>(&'w mut self) -> Writer<'w, 'v> {
        if self.buffer.capacity() - self.buffer.len() < SLACK {
            self.make_room(SLACK);
        }
        let next = self.place();
        Writer { next, output: self }
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, len: usize) {
        self.buffer.reserve(len);
    }

    /// The place behind the buffer's octets, with the limit set for it. There is room for `SLACK` octets.
    #[inline(always)]
    fn place(&mut self) -> NonNull<u8> {
        let spare = self.buffer.spare_capacity_mut();
        let room = spare.len();
        let next = NonNull::from(spare).cast::<u8>();
        // SAFETY: the caller made sure that `SLACK <= room`, so this is in the buffer's allocation.
        self.limit = unsafe { next.as_ptr().add(room - SLACK) };
        next
    }
}

impl core::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Output")
            .field("len", &self.buffer.len())
            .finish_non_exhaustive()
    }
}

/// A place in an [`Output`], written from front to back.
///
/// A writer is two words and goes from encoder to encoder by value, so that it stays in registers.
///
/// Invariants: `next` is in the allocation of `output.buffer`, at or behind its octets, and what lies between is
/// initialised. Where `next <= output.limit`, there is room for `SLACK` octets.
pub struct Writer<'w, 'v> {
    next: NonNull<u8>,
    output: &'w mut Output<'v>,
}

impl<'v> Writer<'_, 'v> {
    /// Makes what was written count.
    #[inline(always)]
    pub fn finish(self) {
        let len = self.position();
        // SAFETY: by the invariant, `len` octets are initialised and within the capacity.
        unsafe { self.output.buffer.set_len(len) };
    }

    /// Octets in the buffer, those before this message included.
    #[inline(always)]
    fn position(&self) -> usize {
        self.next.addr().get() - self.output.buffer.as_ptr().addr()
    }

    /// Makes room for `SLACK` octets.
    #[inline(always)]
    fn slack(&mut self) {
        if self.next.as_ptr() > self.output.limit {
            self.next = grow(self.next, self.output, SLACK);
        }
    }

    /// Writes consecutive fields of fixed width: one check for all.
    #[inline(always)]
    pub fn fields<F: Fields>(&mut self, fields: F) {
        if F::SIZE <= SLACK {
            self.slack();
        } else {
            self.reserve(F::SIZE);
        }
        // SAFETY: there is room for `SIZE` octets, all of which `store` writes.
        unsafe {
            fields.store(self.next.as_ptr());
            self.next = self.next.add(F::SIZE);
        }
    }

    /// Makes room for `len` octets, and slack behind them.
    #[inline(always)]
    fn reserve(&mut self, len: usize) {
        // `limit` may be before `next`: then this wraps into a large number, as it does for a `len` that does not fit.
        let room = self
            .output
            .limit
            .addr()
            .wrapping_sub(self.next.addr().get());
        if room.cast_signed() < len.cast_signed() {
            self.next = grow(self.next, self.output, len + SLACK);
        }
    }

    /// Writes octets as they are.
    #[inline(always)]
    pub fn octets(&mut self, octets: &[u8]) {
        self.reserve(octets.len());
        // SAFETY: `reserve` made room.
        unsafe { self.push(octets) }
    }

    /// # Safety
    /// There is room for the octets.
    #[inline(always)]
    unsafe fn push(&mut self, octets: &[u8]) {
        let len = octets.len();
        let from = octets.as_ptr();
        let to = self.next.as_ptr();
        // SAFETY: the caller made room for `len` octets at `next`; the source cannot overlap a buffer that this writer
        // holds uniquely. Each arm stays within `len` octets on both sides: pieces overlap instead of looping.
        unsafe {
            if len > 128 {
                ptr::copy_nonoverlapping(from, to, len);
            } else if len > 32 {
                copy_medium(from, to, len);
            } else if len >= 16 {
                copy_ends::<16>(from, to, len);
            } else if len >= 8 {
                copy_ends::<8>(from, to, len);
            } else if len >= 4 {
                copy_ends::<4>(from, to, len);
            } else if len > 0 {
                *to = *from;
                *to.add(len / 2) = *from.add(len / 2);
                *to.add(len - 1) = *from.add(len - 1);
            }
            self.next = self.next.add(len);
        }
    }

    /// Writes one octet: a tag, an optional's flag.
    #[inline(always)]
    pub fn octet(&mut self, octet: u8) {
        self.fields(octet);
    }

    /// Writes a member of a union behind its tag.
    #[inline(always)]
    #[must_use]
    pub fn member<T: Encode + ?Sized>(mut self, tag: u8, value: &'v T) -> Self {
        self.octet(tag);
        value.encode(self)
    }

    /// Writes a `uint` in its shortest form.
    #[inline(always)]
    pub fn varint(&mut self, value: u64) {
        self.slack();
        // SAFETY: there is room for `SLACK` octets, and a varint takes at most ten.
        unsafe { self.push_varint(value) };
    }

    /// # Safety
    /// There is room for ten octets.
    #[inline(always)]
    unsafe fn push_varint(&mut self, value: u64) {
        if value < 0x80 {
            // SAFETY: the caller's.
            unsafe {
                self.next.write(value.to_le_bytes()[0]);
                self.next = self.next.add(1);
            }
        } else if value < 0x4000 {
            let (low, high) = (value.to_le_bytes()[0], (value >> 7).to_le_bytes()[0]);
            // SAFETY: the caller's.
            unsafe {
                self.next.cast::<[u8; 2]>().write([low | 0x80, high]);
                self.next = self.next.add(2);
            }
        } else {
            // SAFETY: the caller's.
            self.next = unsafe { push_long_varint(self.next, value) };
        }
    }

    /// Writes a length or a count.
    #[inline(always)]
    pub fn length(&mut self, len: usize) {
        self.varint(len as u64);
    }

    /// Writes a `data`. A vectored encoding refers to it where it is 1 KiB or more.
    #[inline(always)]
    pub fn data(&mut self, octets: &'v [u8]) {
        let len = octets.len();
        if len < SLACK {
            self.slack();
            // SAFETY: there is room for `SLACK` octets; the length takes one of them, and leaves enough for the rest.
            unsafe {
                self.next.write(len.to_le_bytes()[0]);
                self.next = self.next.add(1);
                self.push(octets);
            }
        } else {
            self.next = push_long_data(self.next, self.output, octets);
        }
    }

    /// Writes a `str`.
    #[inline(always)]
    pub fn str(&mut self, text: &'v str) {
        self.data(text.as_bytes());
    }

    /// Writes the octets of numbers one after the other.
    #[inline(always)]
    pub(crate) fn bulk<T: Copy, const N: usize>(
        &mut self,
        items: &[T],
        convert: impl Fn(T) -> [u8; N],
    ) {
        self.reserve(items.len() * N);
        // SAFETY: `reserve` made room for `N` octets for each item.
        unsafe {
            for (at, item) in items.iter().enumerate() {
                self.next
                    .add(at * N)
                    .cast::<[u8; N]>()
                    .write(convert(*item));
            }
            self.next = self.next.add(items.len() * N);
        }
    }
}

impl core::fmt::Debug for Writer<'_, '_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Writer")
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}

/// Makes room for `len` octets behind `next`. The writer's place may move with the buffer.
#[cold]
#[inline(never)]
fn grow(next: NonNull<u8>, output: &mut Output<'_>, len: usize) -> NonNull<u8> {
    let written = next.addr().get() - output.buffer.as_ptr().addr();
    // SAFETY: by the invariant of the writer whose place this is.
    unsafe { output.buffer.set_len(written) };
    output.make_room(len.max(SLACK));
    output.place()
}

#[inline(never)]
fn push_long_data<'v>(next: NonNull<u8>, output: &mut Output<'v>, octets: &'v [u8]) -> NonNull<u8> {
    let mut writer = Writer { next, output };
    writer.length(octets.len());
    let at = writer.position();
    match &mut writer.output.cuts {
        Some(cuts) if octets.len() >= REFERENCE_FROM => cuts.push(Cut {
            at,
            pointer: octets.as_ptr(),
            len: octets.len(),
        }),
        _ => writer.octets(octets),
    }
    writer.next
}

/// # Safety
/// There is room for ten octets at `next`.
#[inline(never)]
unsafe fn push_long_varint(mut next: NonNull<u8>, mut value: u64) -> NonNull<u8> {
    // SAFETY: 64 bits are at most ten groups of seven, and the caller made room for ten octets.
    unsafe {
        while value >= 0x80 {
            next.write(value.to_le_bytes()[0] | 0x80);
            next = next.add(1);
            value >>= 7;
        }
        next.write(value.to_le_bytes()[0]);
        next.add(1)
    }
}

/// # Safety
/// `32 <= len <= 128`, otherwise as for `copy_ends`.
#[inline(always)]
unsafe fn copy_medium(from: *const u8, to: *mut u8, len: usize) {
    // SAFETY: `len` is within the bounds of the piece that is chosen.
    unsafe {
        if len <= 64 {
            copy_ends::<32>(from, to, len);
        } else {
            copy_ends::<64>(from, to, len);
        }
    }
}

/// Copies `len` octets as the first and the last `N` of them.
///
/// # Safety
/// `N <= len <= 2 * N`; `from` is valid for reads and `to` for writes of `len` octets, and they do not overlap.
#[inline(always)]
unsafe fn copy_ends<const N: usize>(from: *const u8, to: *mut u8, len: usize) {
    // SAFETY: `0 <= len - N`, and both pieces end at or before `len`.
    unsafe {
        ptr::copy_nonoverlapping(from, to, N);
        ptr::copy_nonoverlapping(from.add(len - N), to.add(len - N), N);
    }
}
