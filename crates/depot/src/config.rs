//! What a depot may hold, and how much it does at once.

use crate::types::PAGE_SIZE;

/// Limits on what is stored, the same for every engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Dirty pages of one commit. 320 by default: 1.25 MiB.
    pub commit_pages: u32,
    /// Octets of one database. 10 GiB by default.
    pub database_bytes: u64,
    /// Octets of a row's key. 1 KiB by default.
    pub row_key_bytes: usize,
    /// Octets of a row's value. 1 MiB by default.
    pub row_value_bytes: usize,
}

impl Limits {
    pub(crate) const fn commit_bytes(&self) -> u64 {
        self.commit_pages as u64 * PAGE_SIZE as u64
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            commit_pages: 320,
            database_bytes: 10 << 30,
            row_key_bytes: 1 << 10,
            row_value_bytes: 1 << 20,
        }
    }
}

/// How a depot works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What may be stored.
    pub limits: Limits,
    /// Threads that read for callers who await; those who block read on their own thread. 4 by default.
    pub readers: usize,
    /// Reads and transactions that may wait to be served, each. 4096 by default.
    pub queue: usize,
    /// Who removes the pages of destroyed and truncated databases.
    pub sweep: Sweep,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            readers: 4,
            queue: 4096,
            sweep: Sweep::Background,
        }
    }
}

/// Who removes what no database refers to any more. Until then it takes space, and is seen by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sweep {
    /// A thread of the depot, in small transactions.
    #[default]
    Background,
    /// Nobody, until [`Depot::sweep`](crate::Depot::sweep) is called: for simulations that decide what happens when.
    Manual,
}
