//! What the long runs of this workspace check: the entry points of the fuzz targets and the corpus they start from, and
//! the comparison with codecs in other languages.
//!
//! Nothing here is published. It is a crate of its own so that `cargo test` replays the corpus through the very
//! functions that the fuzzers run, so that the fuzz targets are shims, and so that `xtask` itself depends on nothing that
//! is generated.
#![forbid(unsafe_code)]

pub mod corpus;
pub mod coverage;
pub mod fuzz;
pub mod interop;
pub mod recorded;
pub mod sim;
pub mod subject;
