//! A store of pages for many small databases, each with one writer at a time.
//!
//! Made for databases whose pages are written by a process elsewhere, such as SQLite behind a network: the store decides who may write, and a
//! writer that was overtaken learns it instead of corrupting the database.
//!
//! - **Generation fence.** [`Depot::allocate`] gives the next generation of a database to one caller; requests of any other are refused.
//! - **Head fence.** A request names the commit it was built on. Another commit in between is [`Error::HeadFenceMismatch`], and nothing is
//!   written: of two writers in one generation exactly one goes on.
//! - **Lost answers.** The same commit sent again is known by its digest and answered as applied.
//! - **Durable when answered.** Commits of many databases share a sync; no answer, not even to a read, shows what could still be lost.
//! - **Snapshots.** Fences and pages are of one state, always.
//! - **The caller's own rows** are written in the same [`transactions`](Depot::transaction).
//!
//! ```
//! use bytes::Bytes;
//! use depot::{Commit, DatabaseId, Depot, DirtyPage, Error, Fence, PAGE_SIZE};
//!
//! let depot = Depot::in_memory();
//! let database = DatabaseId::new("actor-1")?;
//!
//! // A start takes the next generation, and notes something of its own in the same transaction.
//! let allocation = depot
//!     .allocate(&database, |transaction, allocation| {
//!         transaction.put_row(b"started/actor-1", allocation.generation.to_be_bytes().to_vec())
//!     })
//!     .wait()?;
//! let generation = allocation.generation;
//!
//! let page = DirtyPage { number: 1, octets: Bytes::from(vec![1; PAGE_SIZE]) };
//! let commit = Commit::new(vec![page], 1, 1_700_000_000_000)?;
//! let committed = depot.commit(&database, Fence::new(generation, 0), commit).wait()?;
//! assert_eq!(committed.head, 1);
//!
//! // Another writer that did not see this commit is stopped.
//! let other = Commit::new(vec![], 0, 0)?;
//! let error = depot.commit(&database, Fence::new(generation, 0), other).wait().unwrap_err();
//! assert_eq!(error, Error::HeadFenceMismatch { expected: 0, actual: 1 });
//!
//! let pages = depot.pages(&database, Fence::new(generation, 1), vec![1, 2]).wait()?;
//! assert!(pages.pages[0].octets.is_some());
//! assert!(pages.pages[1].octets.is_none(), "beyond the size");
//! # Ok::<(), Error>(())
//! ```
#![forbid(unsafe_code)]

#[macro_use]
mod event;

mod config;
mod depot;
pub mod embedded;
pub mod engine;
mod error;
pub mod fault;
pub mod group;
mod memory;
mod overlay;
mod pending;
mod pool;
mod reads;
mod record;
mod sweeper;
mod threads;
mod transaction;
mod types;
mod view;

pub use config::{Config, Limits, Sweep};
pub use depot::{Depot, Reading};
pub use embedded::EmbeddedEngine;
pub use error::{Error, InvalidPage, RowPart};
pub use memory::MemoryEngine;
pub use pending::Pending;
pub use transaction::Transaction;
pub use types::{
    Allocation, Applied, Commit, Committed, DatabaseId, DirtyPage, Fence, Head, Order, PAGE_SIZE,
    Page, Pages, Row, Takeover,
};
pub use view::View;
