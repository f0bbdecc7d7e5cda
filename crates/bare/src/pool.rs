//! Arenas that go back where they came from.

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
    free: Mutex<Vec<Arena>>,
    most: usize,
}

#[cfg(feature = "std")]
impl ArenaPool {
    /// A pool that keeps at most `most` arenas that nobody uses.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                free: Mutex::new(Vec::with_capacity(most)),
                most,
            }),
        }
    }

    /// An arena of the pool, or a new one where none is free. It comes back when the lease is dropped.
    #[must_use]
    pub fn lease(&self) -> ArenaLease {
        let arena = self
            .shared
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        ArenaLease {
            arena: arena.unwrap_or_default(),
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
#[derive(Debug, Default)]
pub struct ArenaLease {
    arena: Arena,
    #[cfg(feature = "std")]
    home: Option<Arc<Shared>>,
}

impl ArenaLease {
    /// The arena.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> &Arena {
        &self.arena
    }

    #[inline]
    pub(crate) fn arena_mut(&mut self) -> &mut Arena {
        &mut self.arena
    }
}

impl From<Arena> for ArenaLease {
    #[inline]
    fn from(arena: Arena) -> Self {
        Self {
            arena,
            #[cfg(feature = "std")]
            home: None,
        }
    }
}

#[cfg(feature = "std")]
impl Drop for ArenaLease {
    #[inline]
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            // An arena that one giant message blew up does not keep its size in the pool.
            self.arena.reset();
            let mut free = home.free.lock().unwrap_or_else(PoisonError::into_inner);
            if free.len() < home.most {
                free.push(core::mem::take(&mut self.arena));
            }
        }
    }
}
