//! What a user of the depot sees, on every engine.

mod backup;
mod common;
mod concurrency;
mod faults;
mod fence;
mod folder;
mod lifecycle;
mod oracle;
mod pages;
mod rows;
mod storage;
