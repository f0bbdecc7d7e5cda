//! What no codec can be faster than.

use std::hint::black_box;

use anyhow::{Result, ensure};
use bytes::Bytes;

use crate::walk::walk;
use crate::{Operation, Root, Task, WarmBuffer};

/// The two floors of a message.
///
/// # Errors
/// If the walk does not take the octets, or takes others.
pub fn tasks(root: Root, octets: &Bytes, warm: &WarmBuffer) -> Result<Vec<Task>> {
    ensure!(walk(root, octets), "the walk does not take the message");
    let longer = [octets, &[0][..]].concat();
    ensure!(!walk(root, &longer), "the walk takes a trailing octet");
    let shorter = &octets[..octets.len() - 1];
    ensure!(!walk(root, shorter), "the walk takes a part of the message");
    let (copied, walked) = (octets.clone(), octets.clone());
    Ok(vec![
        warm.task(Operation::Copy, move |buffer| {
            buffer.extend_from_slice(black_box(&copied));
        }),
        Task::new(Operation::Walk, move || {
            black_box(walk(root, black_box(&walked)));
        }),
    ])
}
