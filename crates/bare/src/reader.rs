//! The cursor that every decoder reads through.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem;
use core::ptr::NonNull;
use core::slice;

use crate::limits::GRANTED;
use crate::place::{Converter, Converting, Slot};
use crate::{Arena, Decode, DecodeLimits, Fault, Fields, Message, text, varint};

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

/// One reading of a message: the octets, and the arena for its lists, which keeps the memory budget.
///
/// A [`Reader`] is the place in it.
pub struct Input<'a> {
    start: NonNull<u8>,
    /// `start <= end`, both in the one slice that the input was made from.
    end: NonNull<u8>,
    /// Where the budget was exceeded, if it was: the offset of the count.
    exceeded: Cell<Option<usize>>,
    form: Form,
    arena: &'a Arena,
    octets: PhantomData<&'a [u8]>,
}

impl<'a> Input<'a> {
    /// An input of `octets`, whose lists go into `arena`.
    #[inline(always)]
    #[must_use]
    pub fn new(octets: &'a [u8], arena: &'a Arena, limits: &DecodeLimits) -> Self {
        Self::with_form(octets, arena, limits, Form::Borrowed, 0)
    }

    /// An input whose value takes `granted` octets of the arena beside the budget.
    #[inline(always)]
    pub(crate) fn with_form(
        octets: &'a [u8],
        arena: &'a Arena,
        limits: &DecodeLimits,
        form: Form,
        granted: usize,
    ) -> Self {
        arena.set_budget(budget(form, octets.len(), limits) + granted);
        let start = NonNull::from(octets).cast::<u8>();
        Self {
            start,
            // SAFETY: the end of the slice, one octet behind its last.
            end: unsafe { start.add(octets.len()) },
            exceeded: Cell::new(None),
            form,
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

    /// Memory for a list whose count stands at `offset`.
    #[inline(always)]
    fn allocate<T>(&self, count: usize, offset: usize) -> Result<NonNull<T>, Fault> {
        match self.arena.allocate_within(count) {
            Some(memory) => Ok(memory),
            None => Err(self.exceed(offset)),
        }
    }

    /// Memory for a list whose count stands at `offset`. Each of its values takes `beside` octets more than the arena's,
    /// and `owned` octets in its owned form.
    #[inline(always)]
    fn list<T>(
        &self,
        count: usize,
        offset: usize,
        beside: usize,
        owned: usize,
    ) -> Result<NonNull<T>, Fault> {
        if beside > 0 {
            self.spend(count.saturating_mul(beside), offset)?;
        }
        // Where the owned form takes more than the budget counts on: see `budget`.
        let excess = owned.saturating_sub(mem::size_of::<T>() / 2 * 3);
        if excess > 0 && self.form == Form::Owned {
            self.spend(count.saturating_mul(excess), offset)?;
        }
        self.allocate(count, offset)
    }

    /// Takes octets from the memory budget, for something that belongs to the list whose count stands at `offset`.
    #[inline(always)]
    fn spend(&self, octets: usize, offset: usize) -> Result<(), Fault> {
        match self.arena.spend(octets) {
            Some(()) => Ok(()),
            None => Err(self.exceed(offset)),
        }
    }

    #[cold]
    fn exceed(&self, offset: usize) -> Fault {
        self.exceeded.set(Some(offset));
        Fault::MALFORMED
    }
}

/// Octets of the arena that a decode of `len` octets may take.
#[inline(always)]
fn budget(form: Form, len: usize, limits: &DecodeLimits) -> usize {
    // An arena takes up to half as much again as is asked of it. An item takes up to half as much again in its owned
    // form; strings and data of that form are no longer than the message.
    match form {
        Form::Borrowed => limits.memory.saturating_sub(GRANTED) / 3 * 2,
        Form::Owned => limits.memory.saturating_sub(GRANTED + len) / 3,
    }
}

/// The budget ends with the reading: what is built in the arena afterwards is somebody else's.
impl Drop for Input<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.arena.lift_budget();
    }
}

/// Decodes a whole message into `arena`, converted on the way. The error is where the memory budget was exceeded, if that
/// was it.
#[inline(always)]
pub(crate) fn decode_in_place<'a, From: Message, To: Message>(
    octets: &'a [u8],
    arena: &'a Arena,
    limits: &DecodeLimits,
    converter: impl Converter<From, To>,
) -> Result<&'a To::Ref<'a>, Option<usize>> {
    // A small message is within what is reserved; the schema can ask for a large one by a fixed length.
    let size = mem::size_of::<To::Ref<'a>>();
    let granted = if size > GRANTED / 4 {
        0
    } else {
        size.next_multiple_of(16)
    };
    let input = Input::with_form(octets, arena, limits, Form::Borrowed, granted);
    let read = || -> Result<NonNull<To::Ref<'a>>, Fault> {
        let target = input.allocate(1, WHOLE)?;
        let place = Converting::<From, To, _> {
            // SAFETY: `allocate` gives aligned memory for one value that nothing else refers to.
            slot: unsafe { Slot::new(target.as_ptr()) },
            converter,
            arena,
            from: PhantomData,
        };
        let (reader, ()) = From::Ref::decode_in(input.reader(), place)?;
        reader.finish()?;
        Ok(target)
    };
    match read() {
        // SAFETY: the decoder returned `Ok`, so it has written the slot (see `Place`).
        Ok(target) => Ok(unsafe { target.as_ref() }),
        Err(_) => Err(input.exceeded()),
    }
}

impl core::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Input")
            .field("form", &self.form)
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

    /// Decodes `count` items into the arena; the count, which stands at `offset`, was [checked](Self::count).
    #[inline(always)]
    pub fn items<T: Decode<'a>>(self, count: usize, offset: usize) -> Decoded<'r, 'a, &'a [T]> {
        let mut reader = self;
        let owned = mem::size_of::<T::Owned>();
        let items = reader.input.list::<T>(count, offset, 0, owned)?.as_ptr();
        for at in 0..count {
            // SAFETY: `at < count`, for which the memory was allocated; each slot is made once.
            let slot = unsafe { Slot::new(items.add(at)) };
            let start = reader.next;
            (reader, ()) = T::decode_in(reader, slot)?;
            if T::PREFETCH {
                reader.prefetch(start);
            }
        }
        // SAFETY: every slot was written: a decoder that returns `Ok` has put its value (see `Place`).
        Ok((reader, unsafe { slice::from_raw_parts(items, count) }))
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
        let items = self.input.list::<T>(count, offset, beside, owned)?.as_ptr();
        for at in 0..count {
            // SAFETY: `at < count`, for which the memory was allocated; each slot is made once.
            let slot = unsafe { Slot::new(items.add(at)) };
            (self, ()) = fill(self, slot)?;
        }
        // SAFETY: `fill` returned `Ok` for every slot. The caller in this crate passes a decoder that is generic over
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
        let items = self.input.allocate::<T>(count, offset)?.as_ptr();
        let (chunks, _) = octets.as_chunks::<N>();
        for (at, chunk) in chunks.iter().enumerate() {
            // SAFETY: there are `count` chunks, for which the memory was allocated.
            unsafe { items.add(at).write(convert(*chunk)) };
        }
        // SAFETY: all `count` values were written above.
        Ok((self, unsafe { slice::from_raw_parts(items, count) }))
    }

    /// Asks for the octets of an item to come, where items are as long as the one that started at `start`: the
    /// processor does not guess a stride of a page by itself.
    #[inline(always)]
    fn prefetch(&self, start: NonNull<u8>) {
        let stride = self.next.addr().get() - start.addr().get();
        let ahead = self.next.as_ptr().wrapping_add(2 * stride);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch reads nothing that is seen, and is ignored where there is no memory. Every processor of
        // this architecture has it.
        unsafe {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = ahead;
    }

    /// Memory for `count` numbers while `work` runs. It stays in the arena. It is for the list whose count stands at
    /// `offset`.
    pub(crate) fn scratch<R>(
        &self,
        count: usize,
        offset: usize,
        work: impl FnOnce(&mut [u32]) -> R,
    ) -> Result<R, Fault> {
        let memory = self.input.allocate::<u32>(count, offset)?.as_ptr();
        // SAFETY: the memory takes `count` numbers, and nothing else refers to it; all are written before they are seen.
        Ok(work(unsafe {
            memory.write_bytes(0, count);
            slice::from_raw_parts_mut(memory, count)
        }))
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
