//! Hosts and a gateway on real sockets: what the tests of this package are made of.
//!
//! A [`World`] is a gateway, one host behind a [`Line`](envoy_cli::demo::line::Line) to it, and one actor. The line can let
//! a second process of the host appear, and can lose, hold back and delay; it also counts what was said.
#![forbid(unsafe_code)]
#![allow(
    clippy::missing_panics_doc,
    reason = "only tests use it, and what is not as it has to be ends them"
)]

pub mod logs;
mod probe;
pub mod scenarios;
mod world;

pub use probe::{Journal, Probe};
pub use world::{Answer, World, impatient};
