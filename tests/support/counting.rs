//! An allocator that counts what the current thread asks of it.
//!
//! This is the one place outside of the libraries with `unsafe` code: only the global allocator sees every allocation,
//! and its trait is unsafe to implement. Each method hands its arguments on to the system's allocator unchanged.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Counting;

/// What a piece of code asked of the allocator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    /// How many times it asked for memory.
    pub(crate) allocations: usize,
    /// The most octets that it held at a time.
    pub(crate) peak: usize,
    /// Octets that it still held at its end, its result included.
    pub(crate) kept: usize,
}

thread_local! {
    // Without a destructor and made at compile time, so that these can be used while allocating.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// Runs `work` and counts what it asks of the allocator. It must free nothing that was there before, and stay on this
/// thread.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Usage) {
    let (allocations, before) = (ALLOCATIONS.get(), LIVE.get());
    PEAK.set(before);
    let result = work();
    let usage = Usage {
        allocations: ALLOCATIONS.get() - allocations,
        peak: PEAK.get().wrapping_sub(before),
        kept: LIVE.get().wrapping_sub(before),
    };
    (result, usage)
}

fn took(size: usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    // Memory may be freed on another thread than it was taken on, so that the difference may be below zero.
    LIVE.set(LIVE.get().wrapping_add(size));
    if LIVE.get().cast_signed() > PEAK.get().cast_signed() {
        PEAK.set(LIVE.get());
    }
}

fn gave_back(size: usize) {
    LIVE.set(LIVE.get().wrapping_sub(size));
}

// SAFETY: every method is that of `System`, which upholds the contract; counting neither allocates nor unwinds. A
// `realloc` is the trait's own: a new piece, a copy, and the old piece freed, so both are counted while both are there.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        gave_back(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}
