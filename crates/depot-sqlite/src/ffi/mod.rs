//! The unsafe code of this crate: SQLite's VFS interface and its allocator interface. Nothing in here decides anything;
//! what the callbacks do is in [`crate::storage`], in safe code.
#![allow(
    unsafe_code,
    reason = "SQLite is C: it calls us through pointers that only these two modules handle"
)]

pub(crate) mod heap;
pub(crate) mod vfs;
