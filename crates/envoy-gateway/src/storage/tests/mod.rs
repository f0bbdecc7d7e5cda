//! Hosts at real sessions, message by message, and a storage on a depot in memory.

mod kv;
mod lanes;
mod log;
mod pages;
mod restart;
mod rig;
mod sql;
mod sql_ends;
mod v4_hosts;
mod v4_lost;
