//! The buffer that every encoder writes through.

use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ptr;

/// Room that a buffer gets beyond what is asked for when it has to grow, so that small values seldom make it grow.
const SLACK: usize = 128;
/// Octets of payload from which a vectored encoding refers to them instead of copying.
pub(crate) const REFERENCE_FROM: usize = 1024;

/// A payload that stands outside the buffer in a vectored encoding: `len` octets at `pointer` belong after the first
/// `at` octets of the buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) at: usize,
    pub(crate) pointer: *const u8,
    pub(crate) len: usize,
}

/// Writes a message from front to back, at the end of a buffer that grows as needed.
///
/// `'v` is how long the values live that are written: a vectored encoding refers to their large payloads.
///
/// Invariant: `next <= end`, both in the allocation of `buffer` (or dangling and equal); the octets between
/// `buffer.as_ptr()` and `next` are initialised.
pub struct Writer<'v> {
    next: *mut u8,
    end: *mut u8,
    buffer: Vec<u8>,
    /// Payloads of this size and more are referred to, not copied. `usize::MAX`: none.
    reference_from: usize,
    cuts: Vec<Cut>,
    values: PhantomData<&'v [u8]>,
}

impl<'v> Writer<'v> {
    /// Writes behind what `buffer` holds. [`finish`](Self::finish) gives it back.
    #[inline]
    #[must_use]
    pub fn new(buffer: Vec<u8>) -> Self {
        Self::with_cuts(buffer, Vec::new(), usize::MAX)
    }

    #[inline]
    pub(crate) fn vectored(buffer: Vec<u8>, cuts: Vec<Cut>) -> Self {
        Self::with_cuts(buffer, cuts, REFERENCE_FROM)
    }

    #[inline(always)]
    fn with_cuts(mut buffer: Vec<u8>, cuts: Vec<Cut>, reference_from: usize) -> Self {
        let spare = buffer.spare_capacity_mut().as_mut_ptr_range();
        Self {
            next: spare.start.cast(),
            end: spare.end.cast(),
            buffer,
            reference_from,
            cuts,
            values: PhantomData,
        }
    }

    /// The buffer with all that was written.
    #[inline]
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.into_parts().0
    }

    #[inline]
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Vec<Cut>) {
        self.sync();
        (self.buffer, self.cuts)
    }

    /// Octets in the buffer, those before this message included.
    #[inline(always)]
    fn position(&self) -> usize {
        self.next as usize - self.buffer.as_ptr() as usize
    }

    /// Tells the buffer what was written.
    #[inline(always)]
    fn sync(&mut self) {
        let len = self.position();
        // SAFETY: by the invariant, `len` octets are initialised and within the capacity.
        unsafe { self.buffer.set_len(len) };
    }

    /// Makes room for `len` octets.
    #[inline(always)]
    fn reserve(&mut self, len: usize) {
        if self.end as usize - (self.next as usize) < len {
            self.grow(len);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, len: usize) {
        self.sync();
        self.buffer.reserve(len + SLACK);
        let spare = self.buffer.spare_capacity_mut().as_mut_ptr_range();
        self.next = spare.start.cast();
        self.end = spare.end.cast();
    }

    /// Writes octets as they are.
    #[inline(always)]
    pub fn octets(&mut self, octets: &[u8]) {
        self.reserve(octets.len());
        // SAFETY: `reserve` made room.
        unsafe { self.push_unchecked(octets) }
    }

    /// # Safety
    /// There is room for the octets.
    #[inline(always)]
    unsafe fn push_unchecked(&mut self, octets: &[u8]) {
        let len = octets.len();
        let from = octets.as_ptr();
        // SAFETY: the caller made room for `len` octets at `next`; the source cannot overlap a buffer that this writer
        // holds uniquely. Each arm stays within `len` octets on both sides: pieces overlap instead of looping.
        unsafe {
            match len {
                0 => {}
                1..=3 => {
                    *self.next = *from;
                    *self.next.add(len / 2) = *from.add(len / 2);
                    *self.next.add(len - 1) = *from.add(len - 1);
                }
                4..=7 => copy_ends::<4>(from, self.next, len),
                8..=15 => copy_ends::<8>(from, self.next, len),
                16..=32 => copy_ends::<16>(from, self.next, len),
                _ => ptr::copy_nonoverlapping(from, self.next, len),
            }
            self.next = self.next.add(len);
        }
    }

    /// Writes one octet: a tag, an optional's flag.
    #[inline(always)]
    pub fn octet(&mut self, octet: u8) {
        self.run::<1>().u8::<0>(octet);
    }

    /// Writes a `bool` or an optional's flag.
    #[inline(always)]
    pub fn bool(&mut self, value: bool) {
        self.octet(u8::from(value));
    }

    /// Writes a `uint` in its shortest form.
    #[inline(always)]
    pub fn varint(&mut self, value: u64) {
        if value < 0x80 {
            self.octet(value.to_le_bytes()[0]);
        } else {
            self.varint_long(value);
        }
    }

    #[inline(never)]
    fn varint_long(&mut self, mut value: u64) {
        let mut octets = [0; crate::varint::MAX_SIZE];
        let mut len = 0;
        while value >= 0x80 {
            octets[len] = value.to_le_bytes()[0] | 0x80;
            value >>= 7;
            len += 1;
        }
        octets[len] = value.to_le_bytes()[0];
        self.octets(&octets[..=len]);
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
        if len < 0x80 {
            self.reserve(len + 1);
            // SAFETY: `reserve` made room for the length and the octets.
            unsafe {
                *self.next = len.to_le_bytes()[0];
                self.next = self.next.add(1);
                self.push_unchecked(octets);
            }
        } else {
            self.data_long(octets);
        }
    }

    #[inline(never)]
    fn data_long(&mut self, octets: &'v [u8]) {
        self.length(octets.len());
        if octets.len() >= self.reference_from {
            self.cuts.push(Cut {
                at: self.position(),
                pointer: octets.as_ptr(),
                len: octets.len(),
            });
        } else {
            self.octets(octets);
        }
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

    /// Writes a `str`.
    #[inline(always)]
    pub fn str(&mut self, text: &'v str) {
        self.data(text.as_bytes());
    }

    /// Room for `N` octets of fields of fixed width, all zero until they are written: one check for all.
    #[inline(always)]
    pub fn run<const N: usize>(&mut self) -> RunMut<'_, N> {
        self.reserve(N);
        // SAFETY: `reserve` made room for `N` octets; they are initialised before `next` passes them.
        unsafe {
            let start = self.next.cast::<[u8; N]>();
            start.write([0; N]);
            self.next = self.next.add(N);
            RunMut(&mut *start)
        }
    }
}

impl core::fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Writer")
            .field("position", &self.position())
            .finish_non_exhaustive()
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
        let first = from.cast::<[u8; N]>().read();
        let last = from.add(len - N).cast::<[u8; N]>().read();
        to.cast::<[u8; N]>().write(first);
        to.add(len - N).cast::<[u8; N]>().write(last);
    }
}

/// Consecutive fields of fixed width in a [`Writer`]: `N` octets.
///
/// Each method writes the field that starts `AT` octets into the run; that it ends within the run is checked when the
/// program is compiled.
#[derive(Debug)]
pub struct RunMut<'w, const N: usize>(&'w mut [u8; N]);

impl<const N: usize> RunMut<'_, N> {
    /// A `data[LEN]`.
    #[inline(always)]
    pub fn array<const AT: usize, const LEN: usize>(&mut self, octets: [u8; LEN]) {
        const { assert!(AT + LEN <= N, "the field ends after its run") };
        self.0[AT..AT + LEN].copy_from_slice(&octets);
    }

    /// A `bool`, or an optional's flag.
    #[inline(always)]
    pub fn bool<const AT: usize>(&mut self, value: bool) {
        self.array::<AT, 1>([u8::from(value)]);
    }
}

macro_rules! run_numbers {
    ($($name:ident $size:literal),*) => {
        impl<const N: usize> RunMut<'_, N> {
            $(
                #[doc = concat!("A `", stringify!($name), "`.")]
                #[inline(always)]
                pub fn $name<const AT: usize>(&mut self, value: $name) {
                    self.array::<AT, $size>(value.to_le_bytes());
                }
            )*
        }
    };
}
run_numbers!(u8 1, u16 2, u32 4, u64 8, i8 1, i16 2, i32 4, i64 8, f32 4, f64 8);
