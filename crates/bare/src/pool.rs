//! Arenas that go back where they came from.

use alloc::boxed::Box;
use core::ptr::NonNull;
#[cfg(feature = "std")]
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(feature = "std")]
use std::vec::Vec;

use crate::Arena;

/// Arenas of one connection, for its frames.
///
/// Frames are dropped elsewhere than they are read, so arenas are pooled by connection and not by thread. Cloning makes
/// another handle to the same pool.
#[cfg(feature = "std")]
#[derive(Debug, Clone)]
pub struct ArenaPool {
    shared: Arc<Shared>,
}

#[cfg(feature = "std")]
#[derive(Debug)]
struct Shared {
    free: Mutex<Vec<Pinned>>,
    most: usize,
}

#[cfg(feature = "std")]
impl ArenaPool {
    /// A pool that keeps at most `most` arenas that nobody uses.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                free: Mutex::new(Vec::new()),
                most,
            }),
        }
    }

    /// An arena of the pool, or a new one where none is free. It comes back when the lease is dropped.
    #[must_use]
    pub fn lease(&self) -> ArenaLease {
        let free = self
            .shared
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        ArenaLease {
            arena: Some(free.unwrap_or_else(|| Pinned::new(Arena::new()))),
            home: Some(Arc::clone(&self.shared)),
        }
    }

    /// How many arenas nobody uses.
    #[must_use]
    pub fn free(&self) -> usize {
        self.shared
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

/// An arena, and the pool it goes back to, if any.
#[derive(Debug)]
pub struct ArenaLease {
    /// There until the lease is dropped.
    arena: Option<Pinned>,
    #[cfg(feature = "std")]
    home: Option<Arc<Shared>>,
}

impl ArenaLease {
    /// The arena.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> &Arena {
        match &self.arena {
            Some(arena) => arena.get(),
            None => unreachable!("a lease that was dropped is not used"),
        }
    }

    #[inline]
    pub(crate) fn arena_mut(&mut self) -> &mut Arena {
        match &mut self.arena {
            Some(arena) => arena.get_mut(),
            None => unreachable!("a lease that was dropped is not used"),
        }
    }
}

impl Default for ArenaLease {
    fn default() -> Self {
        Arena::new().into()
    }
}

impl From<Arena> for ArenaLease {
    #[inline]
    fn from(arena: Arena) -> Self {
        Self {
            arena: Some(Pinned::new(arena)),
            #[cfg(feature = "std")]
            home: None,
        }
    }
}

#[cfg(feature = "std")]
impl Drop for ArenaLease {
    #[inline]
    fn drop(&mut self) {
        if let (Some(home), Some(mut arena)) = (self.home.take(), self.arena.take()) {
            // An arena that one giant message blew up does not keep its size in the pool.
            arena.get_mut().reset();
            let mut free = home.free.lock().unwrap_or_else(PoisonError::into_inner);
            if free.len() < home.most {
                free.push(arena);
            }
        }
    }
}

/// An arena that stays where it is when its owner moves.
///
/// A decoded message may hold on to the arena itself, not only to its memory: a decoder is given it for as long as the
/// message lives. (A `Box` would claim on every move that nobody else points to the arena.)
#[derive(Debug)]
struct Pinned {
    arena: NonNull<Arena>,
}

// SAFETY: the pointer is to an arena that this value owns alone, and an arena can be sent.
unsafe impl Send for Pinned {}

impl Pinned {
    #[inline]
    fn new(arena: Arena) -> Self {
        Self {
            arena: NonNull::from(Box::leak(Box::new(arena))),
        }
    }

    #[inline]
    fn get(&self) -> &Arena {
        // SAFETY: the arena lives until this value is dropped.
        unsafe { self.arena.as_ref() }
    }

    #[inline]
    fn get_mut(&mut self) -> &mut Arena {
        // SAFETY: as above, and no message that borrows from the arena is left: `Frame` takes its message apart before
        // it gives its lease out, and `ArenaLease::arena` borrows the lease.
        unsafe { self.arena.as_mut() }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a box, and is given back once.
        drop(unsafe { Box::from_raw(self.arena.as_ptr()) });
    }
}
