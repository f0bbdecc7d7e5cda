//! The cursor that every decoder reads through.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem;
use core::ptr::NonNull;
use core::slice;

use crate::limits::GRANTED;
use crate::place::Slot;
use crate::{Arena, Decode, DecodeLimits, Fault, Fields, text, varint};

/// What a decoder has read, and what it put where it was asked to. See [`Decode::decode_in`].
pub type Decoded<'r, 'a, Done> = Result<(Reader<'r, 'a>, Done), Fault>;

/// Stands for the message as a whole, where the offset of a count is noted that the memory budget has no room for.
pub(crate) const WHOLE: usize = usize::MAX;

/// What the owned form of a message costs beside the borrowed one, see [`DecodeLimits::memory`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Only the borrowed form is built.
    Borrowed,
    /// The owned form is built from the borrowed one.
    Owned,
}

/// One reading of a message: the octets, the arena for its lists, and what is left of the memory budget.
///
/// A [`Reader`] is the place in it.
pub struct Input<'a> {
    start: NonNull<u8>,
    /// `start <= end`, both in the one slice that the input was made from.
    end: NonNull<u8>,
    /// Octets of the memory budget that are left.
    budget: Cell<usize>,
    /// Where the budget was exceeded, if it was: the offset of the count.
    exceeded: Cell<Option<usize>>,
    /// All ones where the owned form is built too, else zero.
    owned_mask: usize,
    arena: &'a Arena,
    octets: PhantomData<&'a [u8]>,
}

impl<'a> Input<'a> {
    /// An input of `octets`, whose lists go into `arena`.
    #[inline(always)]
    #[must_use]
    pub fn new(octets: &'a [u8], arena: &'a Arena, limits: &DecodeLimits) -> Self {
        Self::with_form(octets, arena, limits, Form::Borrowed)
    }

    #[inline(always)]
    pub(crate) fn with_form(
        octets: &'a [u8],
        arena: &'a Arena,
        limits: &DecodeLimits,
        form: Form,
    ) -> Self {
        let (reserved, owned_mask) = match form {
            Form::Borrowed => (GRANTED, 0),
            // Strings and data of the owned form are no longer than the message.
            Form::Owned => (GRANTED + octets.len(), usize::MAX),
        };
        let start = NonNull::from(octets).cast::<u8>();
        Self {
            start,
            // SAFETY: the end of the slice, one octet behind its last.
            end: unsafe { start.add(octets.len()) },
            budget: Cell::new(limits.memory.saturating_sub(reserved)),
            exceeded: Cell::new(None),
            owned_mask,
            arena,
            octets: PhantomData,
        }
    }

    /// The start of the input.
    #[inline(always)]
    #[must_use]
    pub fn reader(&self) -> Reader<'_, 'a> {
        Reader {
            next: self.start,
            input: self,
        }
    }

    /// The offset of the count that exceeded the memory budget, if one did.
    pub(crate) fn exceeded(&self) -> Option<usize> {
        self.exceeded.get()
    }

    /// Decodes a whole message into the arena.
    #[inline(always)]
    pub(crate) fn message<T: Decode<'a>>(&self) -> Result<&'a T, Fault> {
        // A small message is within what is reserved; the schema can ask for a large one by a fixed length.
        if const { mem::size_of::<T>() > GRANTED / 4 } {
            self.charge(1, mem::size_of::<T>(), 0, WHOLE)?;
        }
        let target = self.arena.allocate::<T>(1);
        // SAFETY: `allocate` gives aligned memory for one value that nothing else refers to.
        let slot = unsafe { Slot::new(target.as_ptr()) };
        let (reader, ()) = T::decode_in(self.reader(), slot)?;
        reader.finish()?;
        // SAFETY: the decoder returned `Ok`, so it has written the slot (see `Place`).
        Ok(unsafe { target.as_ref() })
    }

    /// Takes memory for a list from the budget. See `DecodeLimits::memory` for what is counted and why.
    #[inline(always)]
    fn charge(&self, count: usize, size: usize, owned: usize, offset: usize) -> Result<(), Fault> {
        // The count is at most the message's length, and an item's size small, so this does not overflow on 64 bits;
        // on 32 bits it saturates into a refusal.
        let item = size + size / 2 + (owned & self.owned_mask);
        // An allocation is rounded up to 16 octets.
        let needed = count
            .saturating_mul(item)
            .saturating_add(if count == 0 { 0 } else { 16 });
        match self.budget.get().checked_sub(needed) {
            Some(left) => {
                self.budget.set(left);
                Ok(())
            }
            None => Err(self.exceed(offset)),
        }
    }

    #[cold]
    fn exceed(&self, offset: usize) -> Fault {
        self.exceeded.set(Some(offset));
        Fault::MALFORMED
    }
}

impl core::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Input")
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// A place in an [`Input`], read from front to back.
///
/// Every method checks what it reads, and leaves the reader anywhere when it fails: a decode that has failed is over.
/// What is borrowed lives as long as the message (`'a`), lists as long as the arena.
///
/// A reader is two words and goes from decoder to decoder by value, so that it stays in registers.
///
/// Invariant: `input.start <= next <= input.end`.
pub struct Reader<'r, 'a> {
    next: NonNull<u8>,
    input: &'r Input<'a>,
}

impl<'r, 'a> Reader<'r, 'a> {
    /// Octets that are left.
    #[inline(always)]
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.input.end.addr().get() - self.next.addr().get()
    }

    /// Octets that were read.
    #[inline(always)]
    #[must_use]
    pub fn offset(&self) -> usize {
        self.next.addr().get() - self.input.start.addr().get()
    }

    /// The arena that lists go to.
    #[inline(always)]
    #[must_use]
    pub fn arena(&self) -> &'a Arena {
        self.input.arena
    }

    /// Ends the message: octets left over are an error.
    #[inline(always)]
    pub fn finish(self) -> Result<(), Fault> {
        if self.next == self.input.end {
            Ok(())
        } else {
            Err(Fault::MALFORMED)
        }
    }

    #[inline(always)]
    fn rest(&self) -> &'a [u8] {
        // SAFETY: by the invariant, `next..end` is in the slice that was borrowed for `'a`.
        unsafe { slice::from_raw_parts(self.next.as_ptr(), self.remaining()) }
    }

    /// Takes `len` octets.
    #[inline(always)]
    pub fn octets(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        if len > self.remaining() {
            return Err(Fault::MALFORMED);
        }
        // SAFETY: `next + len <= end` by the check above, so the slice and the new `next` keep the invariant.
        unsafe {
            let taken = slice::from_raw_parts(self.next.as_ptr(), len);
            self.next = self.next.add(len);
            Ok(taken)
        }
    }

    /// Takes consecutive fields of fixed width: one bounds check for all.
    #[inline(always)]
    pub fn fields<F: Fields>(&mut self) -> Result<F, Fault> {
        let octets = self.octets(F::SIZE)?;
        // SAFETY: there are `SIZE` octets.
        unsafe { F::load(octets.as_ptr()) }
    }

    /// Passes over `len` octets.
    #[inline(always)]
    pub fn skip(&mut self, len: usize) -> Result<(), Fault> {
        self.octets(len).map(|_| ())
    }

    /// Takes one octet.
    #[inline(always)]
    pub fn octet(&mut self) -> Result<u8, Fault> {
        self.fields()
    }

    /// Takes a `bool` or the flag of an `optional`: 0 or 1.
    #[inline(always)]
    pub fn bool(&mut self) -> Result<bool, Fault> {
        self.fields()
    }

    /// Takes a `uint`, in its shortest form.
    #[inline(always)]
    pub fn varint(&mut self) -> Result<u64, Fault> {
        let first = self.octet()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let (value, more) = varint::read_rest(first, self.rest())?;
        // SAFETY: `more` octets of `rest` were read.
        self.next = unsafe { self.next.add(more) };
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

    /// Decodes `count` items into the arena; the count stands at `offset`.
    #[inline(always)]
    pub(crate) fn items<T: Decode<'a>>(
        self,
        count: usize,
        offset: usize,
    ) -> Decoded<'r, 'a, &'a [T]> {
        self.fill(
            count,
            offset,
            0,
            mem::size_of::<T::Owned>(),
            |reader, slot| T::decode_in(reader, slot),
        )
    }

    /// Memory for `count` values of `T`, each filled by `fill`. Each takes `beside` octets more, and `owned` octets in its
    /// owned form.
    #[inline(always)]
    pub(crate) fn fill<T: Copy>(
        mut self,
        count: usize,
        offset: usize,
        beside: usize,
        owned: usize,
        mut fill: impl FnMut(Self, Slot<T>) -> Decoded<'r, 'a, ()>,
    ) -> Decoded<'r, 'a, &'a [T]> {
        self.input
            .charge(count, mem::size_of::<T>() + beside, owned, offset)?;
        let items = self.input.arena.allocate::<T>(count).as_ptr();
        for at in 0..count {
            // SAFETY: `at < count`, for which the memory was allocated; each slot is made once.
            let slot = unsafe { Slot::new(items.add(at)) };
            (self, ()) = fill(self, slot)?;
        }
        // SAFETY: `fill` returned `Ok` for every slot. Both callers in this crate pass a decoder that is generic over
        // its place, which returns `Ok` only after the slot was written (see `Place`).
        Ok((self, unsafe { slice::from_raw_parts(items, count) }))
    }

    /// Copies fixed-size items of the wire into the arena, where the machine can address them as values.
    #[inline(always)]
    pub(crate) fn bulk<T: Copy, const N: usize>(
        mut self,
        count: usize,
        offset: usize,
        convert: impl Fn([u8; N]) -> T,
    ) -> Decoded<'r, 'a, &'a [T]> {
        let octets = self.octets(count.checked_mul(N).ok_or(Fault::MALFORMED)?)?;
        self.input
            .charge(count, mem::size_of::<T>(), mem::size_of::<T>(), offset)?;
        let items = self.input.arena.allocate::<T>(count).as_ptr();
        let (chunks, _) = octets.as_chunks::<N>();
        for (at, chunk) in chunks.iter().enumerate() {
            // SAFETY: there are `count` chunks, for which the memory was allocated.
            unsafe { items.add(at).write(convert(*chunk)) };
        }
        // SAFETY: all `count` values were written above.
        Ok((self, unsafe { slice::from_raw_parts(items, count) }))
    }

    /// Memory for `count` numbers while `work` runs. It stays in the arena; the caller has charged the budget for it.
    #[inline(always)]
    pub(crate) fn scratch<R>(&self, count: usize, work: impl FnOnce(&mut [u32]) -> R) -> R {
        let memory = self.input.arena.allocate::<u32>(count).as_ptr();
        // SAFETY: the memory takes `count` numbers, and nothing else refers to it; all are written before they are seen.
        work(unsafe {
            memory.write_bytes(0, count);
            slice::from_raw_parts_mut(memory, count)
        })
    }
}

impl core::fmt::Debug for Reader<'_, '_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reader")
            .field("offset", &self.offset())
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}
