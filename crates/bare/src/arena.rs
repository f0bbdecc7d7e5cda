//! Memory for the lists of a decoded message, freed or used again as a whole.

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::cell::Cell;
use core::fmt;
use core::mem;
use core::ptr::{self, NonNull};

/// Every chunk starts, and every allocation is rounded, to this many octets.
const ALIGN: usize = 16;
/// A first chunk, header included.
pub(crate) const FIRST_CHUNK: usize = 1024;
/// An arena that was reset keeps at most this much for the next message.
const RETAIN: usize = 4 << 20;

/// A bump allocator for values without a destructor.
///
/// A message is decoded into one arena, which goes with it ([`Frame`](crate::Frame)), and is used again for the next
/// message once that is dropped. A new arena holds no memory. After [`reset`](Self::reset) it holds one piece as large
/// as all that was used before (at most 4 MiB), so that a stream of alike messages allocates nothing.
///
/// A decode has a [budget](crate::DecodeLimits::memory), which costs nothing while it holds: the end of the chunk is
/// what every allocation is compared with, and a budget that ends before the chunk does moves that end.
///
/// Invariants: `next <= end <= chunk_end`, all in the newest chunk or all dangling and equal, all multiples of `ALIGN`; a
/// chunk is reachable through `last` until it is freed; memory handed out is never touched again before `reset` or drop,
/// both of which take the arena by unique reference.
pub struct Arena {
    next: Cell<*mut u8>,
    /// Where what may be handed out ends.
    end: Cell<*mut u8>,
    /// Where the chunk ends.
    chunk_end: Cell<*mut u8>,
    /// Octets of the budget that are left behind `end`. Without a budget, more than there is.
    allowance: Cell<usize>,
    last: Cell<*mut Header>,
}

/// Where the pointers of an arena without chunks point: aligned, and no memory.
const NOWHERE: *mut u8 = ptr::without_provenance_mut(ALIGN);

/// Stands at the start of each chunk.
#[repr(C, align(16))]
struct Header {
    /// The chunk before, or null.
    previous: *mut Header,
    /// Octets of this chunk, header included.
    size: usize,
}

// SAFETY: an arena owns its chunks alone; nothing in it is bound to a thread.
unsafe impl Send for Arena {}

impl Arena {
    /// An arena without memory.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self {
            next: Cell::new(NOWHERE),
            end: Cell::new(NOWHERE),
            chunk_end: Cell::new(NOWHERE),
            allowance: Cell::new(usize::MAX),
            last: Cell::new(ptr::null_mut()),
        }
    }

    /// Moves a value into the arena.
    #[inline]
    pub fn place<T: Copy>(&self, value: T) -> &T {
        let target = self.allocate::<T>(1);
        // SAFETY: `allocate` gives aligned memory for one value that nothing else refers to.
        unsafe {
            target.write(value);
            target.as_ref()
        }
    }

    /// Copies a slice into the arena.
    #[must_use]
    pub fn copy_slice<T: Copy>(&self, items: &[T]) -> &[T] {
        let target = self.allocate::<T>(items.len());
        // SAFETY: `allocate` gives aligned memory for `items.len()` values that nothing else refers to; `T: Copy` has
        // no destructor that the arena would owe it.
        unsafe {
            ptr::copy_nonoverlapping(items.as_ptr(), target.as_ptr(), items.len());
            core::slice::from_raw_parts(target.as_ptr(), items.len())
        }
    }

    /// Makes a new slice from another, item by item: how a converter rebuilds a borrowed list. The first error ends it.
    pub fn try_map_slice<A: Copy, B: Copy, E>(
        &self,
        items: &[A],
        mut convert: impl FnMut(A) -> Result<B, E>,
    ) -> Result<&[B], E> {
        let target = self.allocate::<B>(items.len());
        for (at, item) in items.iter().enumerate() {
            let converted = convert(*item)?;
            // SAFETY: `at < items.len()`, for which the memory was allocated.
            unsafe { target.as_ptr().add(at).write(converted) };
        }
        // SAFETY: all `items.len()` values were written above.
        Ok(unsafe { core::slice::from_raw_parts(target.as_ptr(), items.len()) })
    }

    /// Octets that the arena holds, used or not.
    #[must_use]
    pub fn capacity(&self) -> usize {
        let mut sum = 0;
        let mut chunk = self.last.get();
        while let Some(header) = NonNull::new(chunk) {
            // SAFETY: chunks in the list are live until `free_chunks`, which takes the arena by unique reference.
            let header = unsafe { header.as_ref() };
            sum += header.size;
            chunk = header.previous;
        }
        sum
    }

    /// Forgets all that was allocated, and keeps memory for as much again.
    ///
    /// Several chunks become one of their common size, so that the next message of the kind finds room at once.
    #[inline]
    pub fn reset(&mut self) {
        let last = self.last.get();
        let Some(header) = NonNull::new(last) else {
            return;
        };
        // SAFETY: as in `capacity`.
        let Header { previous, size } = unsafe { header.read() };
        if previous.is_null() && size <= RETAIN {
            self.set_bounds(last, size);
        } else {
            self.merge();
        }
    }

    /// Replaces all chunks by one.
    #[cold]
    #[inline(never)]
    fn merge(&mut self) {
        let keep = self.capacity().min(RETAIN);
        self.free_chunks();
        self.push_chunk(keep);
    }

    /// Grants this many octets, rounded down to a multiple of 16, until [`lift_budget`](Self::lift_budget).
    #[inline(always)]
    pub(crate) fn set_budget(&self, octets: usize) {
        let octets = octets & !(ALIGN - 1);
        let next = self.next.get();
        let room = self.chunk_end.get() as usize - next as usize;
        let within = octets.min(room);
        self.end.set(next.wrapping_add(within));
        self.allowance.set(octets - within);
    }

    /// Ends the budget.
    #[inline(always)]
    pub(crate) fn lift_budget(&self) {
        self.end.set(self.chunk_end.get());
        self.allowance.set(usize::MAX);
    }

    /// Octets of the budget that are left.
    fn budget(&self) -> usize {
        let room = self.end.get() as usize - self.next.get() as usize;
        self.allowance.get().saturating_add(room)
    }

    /// Takes octets from the budget for what is allocated elsewhere. `None` where there are not as many.
    pub(crate) fn spend(&self, octets: usize) -> Option<()> {
        self.set_budget(self.budget().checked_sub(octets)?);
        Some(())
    }

    /// Uninitialised memory for `count` values, whatever the budget.
    #[inline(always)]
    pub(crate) fn allocate<T>(&self, count: usize) -> NonNull<T> {
        match self.allocate_within::<T>(count) {
            Some(memory) => memory,
            None => self.allocate_anyway(count),
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_anyway<T>(&self, count: usize) -> NonNull<T> {
        self.lift_budget();
        let memory = self.allocate_within(count);
        self.set_budget(0);
        memory.unwrap_or_else(|| too_large())
    }

    /// Uninitialised memory for `count` values. `None` where the budget has no room for them.
    #[inline(always)]
    pub(crate) fn allocate_within<T>(&self, count: usize) -> Option<NonNull<T>> {
        const {
            assert!(
                mem::align_of::<T>() <= ALIGN,
                "an arena aligns to 16 octets"
            );
        };
        let size = count.checked_mul(mem::size_of::<T>())?;
        let next = self.next.get();
        let room = self.end.get() as usize - next as usize;
        // The room is a multiple of `ALIGN`, so there is room for the rounded size where there is for the size.
        if size <= room {
            self.next
                .set(next.wrapping_add(size.next_multiple_of(ALIGN)));
            // SAFETY: `next` points into a chunk or is `NOWHERE`, and so is not null.
            return Some(unsafe { NonNull::new_unchecked(next.cast()) });
        }
        Some(self.allocate_slow(size)?.cast())
    }

    /// Memory from a new chunk.
    #[cold]
    #[inline(never)]
    fn allocate_slow(&self, size: usize) -> Option<NonNull<u8>> {
        let size = size.checked_next_multiple_of(ALIGN)?;
        let left = self.budget().checked_sub(size)?;
        // No allocation is larger than that, on any machine.
        if size > isize::MAX as usize - 4096 {
            too_large();
        }
        let held = self.capacity();
        let last = self.last.get();
        // A large piece gets a chunk of its own behind the current one, which goes on being filled. So what is wasted
        // at the end of a chunk is less than an eighth of it, and the arena as a whole holds at most one and a half
        // times what was asked of it: see `DecodeLimits::memory`.
        let next_chunk = (held / 8).max(FIRST_CHUNK);
        let memory = if size > next_chunk / 8 {
            let chunk = new_chunk(size + mem::size_of::<Header>());
            if last.is_null() {
                self.last.set(chunk);
            } else {
                // SAFETY: both chunks are live and owned by this arena.
                unsafe {
                    (*chunk).previous = (*last).previous;
                    (*last).previous = chunk;
                }
            }
            chunk_start(chunk)
        } else {
            self.push_chunk(next_chunk);
            let next = self.next.get();
            self.next.set(next.wrapping_add(size));
            // SAFETY: `next` points into the chunk that was just made, which has more than `size` octets.
            unsafe { NonNull::new_unchecked(next) }
        };
        self.set_budget(left);
        Some(memory)
    }

    /// Makes a chunk of `size` octets, header included, the one that is filled.
    fn push_chunk(&self, size: usize) {
        let chunk = new_chunk(size);
        // SAFETY: just made, owned by nobody else.
        unsafe { (*chunk).previous = self.last.get() };
        self.last.set(chunk);
        self.set_bounds(chunk, size);
    }

    #[inline(always)]
    fn set_bounds(&self, chunk: *mut Header, size: usize) {
        self.next.set(chunk_start(chunk).as_ptr());
        self.chunk_end
            .set(chunk.cast::<u8>().wrapping_add(size - size % ALIGN));
        self.lift_budget();
    }

    fn free_chunks(&mut self) {
        let mut chunk = self.last.replace(ptr::null_mut());
        self.next.set(NOWHERE);
        self.chunk_end.set(NOWHERE);
        self.lift_budget();
        while !chunk.is_null() {
            // SAFETY: the chunk came from `new_chunk` with this size and is not in the list any more.
            unsafe {
                let Header { previous, size } = chunk.read();
                dealloc(chunk.cast(), chunk_layout(size));
                chunk = previous;
            }
        }
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Arena {
    #[inline]
    fn drop(&mut self) {
        if !self.last.get().is_null() {
            self.free_chunks();
        }
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}

fn chunk_layout(size: usize) -> Layout {
    match Layout::from_size_align(size, ALIGN) {
        Ok(layout) => layout,
        Err(_) => too_large(),
    }
}

fn new_chunk(size: usize) -> *mut Header {
    let layout = chunk_layout(size);
    // SAFETY: the size is that of a header or more, so not zero.
    let memory = unsafe { alloc(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    #[allow(
        clippy::cast_ptr_alignment,
        reason = "the layout asks for the alignment of a header"
    )]
    let chunk = memory.cast::<Header>();
    // SAFETY: not null, aligned as the layout says, large enough for a header.
    unsafe {
        chunk.write(Header {
            previous: ptr::null_mut(),
            size,
        });
    }
    chunk
}

fn chunk_start(chunk: *mut Header) -> NonNull<u8> {
    // SAFETY: a chunk is at least as large as its header, so this is inside it or at its end, and not null.
    unsafe { NonNull::new_unchecked(chunk.add(1).cast()) }
}

#[cold]
fn too_large() -> ! {
    panic!("an allocation of more than isize::MAX octets was asked of an arena")
}
