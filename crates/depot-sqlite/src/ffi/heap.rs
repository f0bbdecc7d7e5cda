//! Bounds the heap of each database, by counting what SQLite allocates on its thread.
//!
//! SQLite has limits for the heap of a process only. All of a database's work is done on one thread, though, so that a
//! wrapper around SQLite's allocator can count by thread. What is allocated on one thread and freed on another, such as
//! a mutex that the first database makes and all of them use, shifts the count by a few octets.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::OnceLock;

use rusqlite::ffi;

use crate::error::Error;

/// The allocator that SQLite would use without us; `None` if it is in use already.
static BELOW: OnceLock<Option<Below>> = OnceLock::new();

struct Below {
    malloc: unsafe extern "C" fn(c_int) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    realloc: unsafe extern "C" fn(*mut c_void, c_int) -> *mut c_void,
    size: unsafe extern "C" fn(*mut c_void) -> c_int,
}

thread_local! {
    static USED: Cell<i64> = const { Cell::new(0) };
    static LIMIT: Cell<i64> = const { Cell::new(i64::MAX) };
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Puts the wrapper in, once in a process. Fails if SQLite was in use before.
pub(crate) fn install() -> Result<(), Error> {
    let below = BELOW.get_or_init(|| {
        let mut methods = MaybeUninit::<ffi::sqlite3_mem_methods>::uninit();
        // SAFETY: this option takes a pointer to such a struct and fills it in, or fails.
        let code =
            unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, methods.as_mut_ptr()) };
        if code != ffi::SQLITE_OK {
            return None;
        }
        // SAFETY: filled in, as the code says.
        let mut methods = unsafe { methods.assume_init() };
        let below = Below {
            malloc: methods.xMalloc?,
            free: methods.xFree?,
            realloc: methods.xRealloc?,
            size: methods.xSize?,
        };
        methods.xMalloc = Some(malloc);
        methods.xFree = Some(free);
        methods.xRealloc = Some(realloc);
        // SAFETY: this option takes a pointer to such a struct and copies it, or fails if SQLite is in use. The methods
        // are complete: ours for three of them, SQLite's own for the rest. They find `BELOW` set, since whoever uses
        // SQLite through this crate waits for this function first; for everyone else see `below`.
        let code = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const methods) };
        (code == ffi::SQLITE_OK).then_some(below)
    });
    if below.is_some() {
        Ok(())
    } else {
        Err(Error::HeapUnbounded)
    }
}

/// Bounds what SQLite may have allocated on this thread from now on.
pub(crate) fn bound(limit: usize) {
    USED.set(0);
    LIMIT.set(i64::try_from(limit).unwrap_or(i64::MAX));
}

/// Whether an allocation was refused on this thread since the last look.
pub(crate) fn take_refused() -> bool {
    REFUSED.replace(false)
}

/// The allocator below. SQLite may come in here on another thread between the moment when it took the methods and the
/// one when `BELOW` is set; then this waits for the setting.
fn below() -> &'static Below {
    loop {
        match BELOW.get() {
            Some(Some(below)) => return below,
            // Not reached: without a `Below`, SQLite does not have these methods.
            Some(None) => std::process::abort(),
            None => std::thread::yield_now(),
        }
    }
}

/// Counts `octets` more, unless they are too many.
fn take(octets: c_int) -> bool {
    let used = USED.get().saturating_add(octets.into());
    if used > LIMIT.get() {
        REFUSED.set(true);
        return false;
    }
    USED.set(used);
    true
}

fn give_back(octets: c_int) {
    USED.set(USED.get().saturating_sub(octets.into()));
}

unsafe extern "C" fn malloc(octets: c_int) -> *mut c_void {
    let below = below();
    if !take(octets) {
        return std::ptr::null_mut();
    }
    // SAFETY: SQLite's own allocator, called as SQLite calls it.
    let allocated = unsafe { (below.malloc)(octets) };
    give_back(octets);
    if !allocated.is_null() {
        // What is given back later is what the allocator says, so that is what counts.
        // SAFETY: just allocated by it.
        let octets = unsafe { (below.size)(allocated) };
        USED.set(USED.get().saturating_add(octets.into()));
    }
    allocated
}

unsafe extern "C" fn free(allocated: *mut c_void) {
    let below = below();
    // SAFETY: allocated by this allocator and not freed, as SQLite calls it; it asks for the size of null, too.
    give_back(unsafe { (below.size)(allocated) });
    // SAFETY: the same.
    unsafe { (below.free)(allocated) };
}

unsafe extern "C" fn realloc(allocated: *mut c_void, octets: c_int) -> *mut c_void {
    let below = below();
    // SAFETY: allocated by this allocator and not freed.
    let old = unsafe { (below.size)(allocated) };
    if octets > old && !take(octets - old) {
        return std::ptr::null_mut();
    }
    if octets > old {
        give_back(octets - old);
    }
    // SAFETY: SQLite's own allocator, called as SQLite calls it.
    let new = unsafe { (below.realloc)(allocated, octets) };
    if !new.is_null() {
        // SAFETY: just allocated by it.
        let size = unsafe { (below.size)(new) };
        USED.set(USED.get().saturating_add(i64::from(size) - i64::from(old)));
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_allocated_on_this_thread_and_refuses_what_is_too_much() {
        install().unwrap();
        install().unwrap();
        bound(100_000);
        // SAFETY: allocated, resized and freed by SQLite, once each.
        unsafe {
            let small = ffi::sqlite3_malloc64(10_000);
            assert!(!small.is_null());
            assert!((10_000..11_000).contains(&USED.get()), "{}", USED.get());
            assert!(ffi::sqlite3_malloc64(95_000).is_null());
            assert!(take_refused() && !take_refused());
            let larger = ffi::sqlite3_realloc64(small, 60_000);
            assert!(!larger.is_null());
            assert!((60_000..61_000).contains(&USED.get()), "{}", USED.get());
            assert!(ffi::sqlite3_realloc64(larger, 200_000).is_null());
            assert!(take_refused());
            ffi::sqlite3_free(larger);
        }
        assert!(USED.get().abs() < 1000, "{}", USED.get());
        // Another thread has its own count, and no limit.
        let other = std::thread::spawn(|| {
            // SAFETY: freed once, by SQLite.
            let allocated = unsafe { ffi::sqlite3_malloc64(1_000_000) };
            let is_there = !allocated.is_null();
            // SAFETY: the same.
            unsafe { ffi::sqlite3_free(allocated) };
            is_there
        });
        assert!(other.join().unwrap());
    }
}
