// Written by `cargo xtask codegen` from the names of the schemas. Do not edit.
//! The types of each version of the schema.

pub mod v4;
pub mod v5;

/// The types of the newest version, for code that follows every bump.
pub use v5 as latest;

/// The numbers of the versions, oldest first.
pub(crate) const VERSIONS: [u16; 2] = [4, 5];
