//! A host as its users have it, over real sockets, with a server that follows a script.
#![forbid(unsafe_code)]

mod actor;
mod again;
mod answers;
mod commits;
mod drain;
mod fence;
mod lifecycle;
mod logs;
mod pool;
mod requests;
mod server;
mod services;
mod told;
