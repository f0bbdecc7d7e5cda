//! The cursor that every decoder reads through.

use core::marker::PhantomData;
use core::mem;
use core::slice;

use crate::arena::FIRST_CHUNK;
use crate::{Arena, Decode, DecodeLimits, Fault, text, varint};

/// What the owned form of a message costs beside the borrowed one, see [`DecodeLimits::memory`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Only the borrowed form is built.
    Borrowed,
    /// The owned form is built from the borrowed one.
    Owned,
}

/// Reads a message from front to back.
///
/// Every method checks what it reads, and leaves the reader anywhere when it fails: a decode that has failed is over.
/// What is borrowed lives as long as the message (`'a`), lists as long as the arena.
///
/// Invariant: `start <= next <= end`, all three in the one slice that the reader was made from.
pub struct Reader<'a> {
    next: *const u8,
    end: *const u8,
    start: *const u8,
    /// Octets of the memory budget that are left.
    budget: usize,
    /// All ones where the owned form is built too, else zero.
    owned_mask: usize,
    arena: &'a Arena,
    octets: PhantomData<&'a [u8]>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `octets`, which puts lists into `arena`.
    #[inline]
    #[must_use]
    pub fn new(octets: &'a [u8], arena: &'a Arena, limits: &DecodeLimits) -> Self {
        Self::with_form(octets, arena, limits, Form::Borrowed)
    }

    #[inline]
    pub(crate) fn with_form(
        octets: &'a [u8],
        arena: &'a Arena,
        limits: &DecodeLimits,
        form: Form,
    ) -> Self {
        let range = octets.as_ptr_range();
        let (reserved, owned_mask) = match form {
            Form::Borrowed => (FIRST_CHUNK, 0),
            // Strings and data of the owned form are no longer than the message.
            Form::Owned => (FIRST_CHUNK + octets.len(), usize::MAX),
        };
        Self {
            next: range.start,
            end: range.end,
            start: range.start,
            budget: limits.memory.saturating_sub(reserved),
            owned_mask,
            arena,
            octets: PhantomData,
        }
    }

    /// Octets that are left.
    #[inline(always)]
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.end as usize - self.next as usize
    }

    /// Octets that were read.
    #[inline(always)]
    #[must_use]
    pub fn offset(&self) -> usize {
        self.next as usize - self.start as usize
    }

    /// The arena that lists go to.
    #[inline(always)]
    #[must_use]
    pub fn arena(&self) -> &'a Arena {
        self.arena
    }

    /// Ends the message: octets left over are an error.
    #[inline(always)]
    pub fn finish(self) -> Result<(), Fault> {
        if self.next == self.end {
            Ok(())
        } else {
            Err(Fault::MALFORMED)
        }
    }

    #[inline(always)]
    fn rest(&self) -> &'a [u8] {
        // SAFETY: by the invariant, `next..end` is in the slice that was borrowed for `'a`.
        unsafe { slice::from_raw_parts(self.next, self.remaining()) }
    }

    /// Takes `len` octets.
    #[inline(always)]
    pub fn octets(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        if len > self.remaining() {
            return Err(Fault::MALFORMED);
        }
        // SAFETY: `next + len <= end` by the check above, so the slice and the new `next` keep the invariant.
        unsafe {
            let taken = slice::from_raw_parts(self.next, len);
            self.next = self.next.add(len);
            Ok(taken)
        }
    }

    /// Takes `N` octets: a `data[N]`, or a run of fields of fixed width, see [`Run`].
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Fault> {
        if N > self.remaining() {
            return Err(Fault::MALFORMED);
        }
        // SAFETY: as in `octets`; an array of octets has no alignment.
        unsafe {
            let taken = &*self.next.cast::<[u8; N]>();
            self.next = self.next.add(N);
            Ok(taken)
        }
    }

    /// Takes `N` octets as the fields of fixed width that they hold: one bounds check for all.
    #[inline(always)]
    pub fn run<const N: usize>(&mut self) -> Result<Run<'a, N>, Fault> {
        Ok(Run(self.array()?))
    }

    /// Passes over `len` octets.
    #[inline(always)]
    pub fn skip(&mut self, len: usize) -> Result<(), Fault> {
        self.octets(len).map(|_| ())
    }

    /// Takes one octet.
    #[inline(always)]
    pub fn octet(&mut self) -> Result<u8, Fault> {
        Ok(self.array::<1>()?[0])
    }

    /// Takes a `bool` or the flag of an `optional`: 0 or 1.
    #[inline(always)]
    pub fn bool(&mut self) -> Result<bool, Fault> {
        bool_of(self.octet()?)
    }

    /// Takes a `uint`, in its shortest form.
    #[inline(always)]
    pub fn varint(&mut self) -> Result<u64, Fault> {
        let rest = self.rest();
        let (value, size) = match *rest {
            [first @ 0..0x80, ..] => (u64::from(first), 1),
            // The second octet is not zero, or one would have been enough.
            [first, second @ 1..0x80, ..] => (u64::from(first & 0x7f) | u64::from(second) << 7, 2),
            _ => varint::read(rest)?,
        };
        // SAFETY: `size` octets of `rest` were read.
        self.next = unsafe { self.next.add(size) };
        Ok(value)
    }

    /// Takes a length or a count. One that no memory could hold breaks the rules whatever follows.
    #[inline(always)]
    pub fn length(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.varint()?).map_err(|_| Fault::MALFORMED)
    }

    /// Takes a `data`.
    #[inline(always)]
    pub fn data(&mut self) -> Result<&'a [u8], Fault> {
        let len = self.length()?;
        self.octets(len)
    }

    /// Takes a `str`.
    #[inline(always)]
    pub fn str(&mut self) -> Result<&'a str, Fault> {
        text::from_utf8(self.data()?).ok_or(Fault::MALFORMED)
    }

    /// Takes the count of a list or map whose items take `min_size` octets or more each.
    ///
    /// A count that what remains cannot hold is refused before anything is allocated for it.
    #[inline(always)]
    pub fn count(&mut self, min_size: usize) -> Result<usize, Fault> {
        let count = self.length()?;
        if count > self.remaining() / min_size.max(1) {
            return Err(Fault::MALFORMED);
        }
        Ok(count)
    }

    /// Takes a `list<T>`.
    #[inline(always)]
    pub fn list<T: Decode<'a>>(&mut self) -> Result<&'a [T], Fault> {
        let offset = self.offset();
        let count = self.count(T::MIN_SIZE)?;
        T::decode_list(self, count, offset)
    }

    /// Reads over a `list<T>`.
    #[inline(always)]
    pub fn verify_list<T: Decode<'a>>(&mut self) -> Result<(), Fault> {
        let count = self.count(T::MIN_SIZE)?;
        T::verify_list(self, count)
    }

    /// Decodes `count` items into the arena; the count stands at `offset`.
    #[inline(always)]
    pub(crate) fn items<T: Decode<'a>>(
        &mut self,
        count: usize,
        offset: usize,
    ) -> Result<&'a [T], Fault> {
        self.fill(count, offset, mem::size_of::<T::Owned>(), |reader, slot| {
            T::decode_in(reader, slot)
        })
    }

    /// Memory for `count` values of `T` (`owned` octets each in their owned form), each filled by `fill`.
    #[inline(always)]
    pub(crate) fn fill<T: Copy>(
        &mut self,
        count: usize,
        offset: usize,
        owned: usize,
        mut fill: impl FnMut(&mut Self, crate::place::Slot<T>) -> Result<(), Fault>,
    ) -> Result<&'a [T], Fault> {
        self.charge(count, mem::size_of::<T>(), owned, offset)?;
        let items = self.arena.allocate::<T>(count).as_ptr();
        for at in 0..count {
            // SAFETY: `at < count`, for which the memory was allocated; each slot is made once.
            let slot = unsafe { crate::place::Slot::new(items.add(at)) };
            fill(self, slot)?;
        }
        // SAFETY: `fill` returned `Ok` for every slot. Both callers in this crate pass a decoder that is generic over
        // its place, which returns `Ok` only after the slot was written (see `Place`).
        Ok(unsafe { slice::from_raw_parts(items, count) })
    }

    /// Copies fixed-size items of the wire into the arena, where the machine can address them as values.
    #[inline(always)]
    pub(crate) fn bulk<T: Copy, const N: usize>(
        &mut self,
        count: usize,
        offset: usize,
        convert: impl Fn([u8; N]) -> T,
    ) -> Result<&'a [T], Fault> {
        let octets = self.octets(count.checked_mul(N).ok_or(Fault::MALFORMED)?)?;
        self.charge(count, mem::size_of::<T>(), mem::size_of::<T>(), offset)?;
        let items = self.arena.allocate::<T>(count).as_ptr();
        let (chunks, _) = octets.as_chunks::<N>();
        for (at, chunk) in chunks.iter().enumerate() {
            // SAFETY: there are `count` chunks, for which the memory was allocated.
            unsafe { items.add(at).write(convert(*chunk)) };
        }
        // SAFETY: all `count` values were written above.
        Ok(unsafe { slice::from_raw_parts(items, count) })
    }

    /// Memory for `count` numbers while `work` runs. It stays in the arena, and so in the budget.
    #[inline(always)]
    pub(crate) fn scratch<R>(
        &mut self,
        count: usize,
        offset: usize,
        work: impl FnOnce(&mut [u32]) -> R,
    ) -> Result<R, Fault> {
        if count == 0 {
            return Ok(work(&mut []));
        }
        self.charge(count, mem::size_of::<u32>(), 0, offset)?;
        let memory = self.arena.allocate::<u32>(count).as_ptr();
        // SAFETY: the memory takes `count` numbers, and nothing else refers to it; all are written before they are seen.
        Ok(work(unsafe {
            memory.write_bytes(0, count);
            slice::from_raw_parts_mut(memory, count)
        }))
    }

    /// Takes memory for a list from the budget. See `DecodeLimits::memory` for what is counted and why.
    #[inline(always)]
    fn charge(
        &mut self,
        count: usize,
        size: usize,
        owned: usize,
        offset: usize,
    ) -> Result<(), Fault> {
        // The count is at most the message's length, and an item's size small, so this does not overflow on 64 bits;
        // on 32 bits it saturates into a refusal.
        let item = size + size / 2 + (owned & self.owned_mask);
        // An allocation is rounded up to 16 octets.
        let needed = count
            .saturating_mul(item)
            .saturating_add(if count == 0 { 0 } else { 16 });
        match self.budget.checked_sub(needed) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => Err(Fault::memory(offset)),
        }
    }
}

impl core::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reader")
            .field("offset", &self.offset())
            .field("remaining", &self.remaining())
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

#[inline(always)]
fn bool_of(octet: u8) -> Result<bool, Fault> {
    match octet {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Fault::MALFORMED),
    }
}

/// Consecutive fields of fixed width, taken from the reader at once: `N` octets.
///
/// Each method reads the field that starts `AT` octets into the run; that it ends within the run is checked when the
/// program is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a, const N: usize>(&'a [u8; N]);

impl<const N: usize> Run<'_, N> {
    /// A `data[LEN]`.
    #[inline(always)]
    #[must_use]
    pub fn array<const AT: usize, const LEN: usize>(self) -> [u8; LEN] {
        const { assert!(AT + LEN <= N, "the field ends after its run") };
        let mut out = [0; LEN];
        out.copy_from_slice(&self.0[AT..AT + LEN]);
        out
    }

    /// A `bool`: 0 or 1.
    #[inline(always)]
    pub fn bool<const AT: usize>(self) -> Result<bool, Fault> {
        bool_of(self.array::<AT, 1>()[0])
    }
}

macro_rules! run_numbers {
    ($($name:ident $size:literal),*) => {
        impl<const N: usize> Run<'_, N> {
            $(
                #[doc = concat!("A `", stringify!($name), "`.")]
                #[inline(always)]
                #[must_use]
                pub fn $name<const AT: usize>(self) -> $name {
                    $name::from_le_bytes(self.array::<AT, $size>())
                }
            )*
        }
    };
}
run_numbers!(u8 1, u16 2, u32 4, u64 8, i8 1, i16 2, i32 4, i64 8, f32 4, f64 8);
