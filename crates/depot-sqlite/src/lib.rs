//! SQLite on a page source that commits whole transactions behind a fence.
//!
//! A database's pages are elsewhere: in a store in this process, or behind a connection. This crate runs SQLite on them,
//! one instance of a database at a time, and sends each transaction as one commit that names the head it builds on. If
//! another instance has written meanwhile, the source says so, and this one ends: from then on it does nothing, so that
//! a stale writer is an error and never a corrupt database.
//!
//! * [`PageSource`] is what a store of pages has to do.
//! * [`Database`] is one instance: a thread, a queue, and futures that need no runtime.
//! * [`Config`] bounds what statements may use; they run in a sandbox, see `docs/sqlite.md` of the repository.
//!
//! # What it relies on in SQLite
//!
//! Nothing that has to be compiled in: any SQLite that `rusqlite` bundles will do. How the commit works, and why, is in
//! `docs/sqlite.md`.
#![deny(unsafe_code)]

mod cache;
mod commit;
mod config;
mod connection;
mod database;
mod error;
mod ffi;
mod gate;
mod page;
mod read_ahead;
mod sandbox;
mod source;
mod storage;
mod value;
mod wait;
mod worker;

pub use config::{Config, Limits, ReadAhead};
pub use database::Database;
pub use error::{Ending, Error, LimitError, RequestError};
pub use source::{
    Commit, Committed, DirtyPage, ErrorKind, GetPages, PAGE_SIZE, Page, PageSource, Pages, Resend,
    SourceError,
};
pub use value::{Executed, Rows, Value};

/// Takes SQLite's allocator over, so that the heap of each database can be bounded ([`Limits::heap`]).
///
/// The first database that is opened does it, too; a program that uses SQLite otherwise calls this before, at its
/// start, while no other thread uses SQLite. After that, it is too late: [`Error::HeapUnbounded`].
pub fn init() -> Result<(), Error> {
    ffi::heap::install()
}
