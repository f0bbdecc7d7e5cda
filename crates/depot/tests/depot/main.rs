//! What a user of the depot sees, on every engine.

mod common;
mod concurrency;
mod fence;
mod lifecycle;
mod oracle;
mod pages;
mod rows;
