//! The types of each version of the schema, written by `cargo xtask codegen`.

pub mod v4;
pub mod v5;
