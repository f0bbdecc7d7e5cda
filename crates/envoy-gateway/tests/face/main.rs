//! The gateway as the network sees it: sockets, a scripted host of each version, and clients.

mod api;
mod hosts;
mod limits;
mod requests;
mod streams;
mod support;
mod whole;
