//! Hosts at real sessions, message by message, and a storage on a depot in memory.

mod kv;
mod lanes;
mod pages;
mod restart;
mod rig;
mod sql;
mod v4_hosts;
mod v4_lost;
