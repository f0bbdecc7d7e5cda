//! Starts a server, a real Rivet engine or our gateway, asks its API, and is a client of its actors: for programs that do the
//! same with both. What is done with them is theirs; the cases of `cargo xtask contract` are this package's own program.
#![forbid(unsafe_code)]

pub mod api;
pub mod client;
pub mod server;
