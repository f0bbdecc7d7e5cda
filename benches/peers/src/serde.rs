//! `serde_bare` on the types of `rivet-envoy-protocol`: what the peers at version 5 run.

use std::hint::black_box;
use std::rc::Rc;

use anyhow::{Result, ensure};
use bytes::Bytes;
use rivet_envoy_protocol::generated::v5;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Operation, Root, Task};

/// Encoding and decoding of a message.
///
/// # Errors
/// If it is not the same message to this codec.
pub fn tasks(root: Root, octets: &Bytes) -> Result<Vec<Task>> {
    match root {
        Root::ToRivet => tasks_of::<v5::ToRivet>(octets),
        Root::ToEnvoy => tasks_of::<v5::ToEnvoy>(octets),
    }
}

fn tasks_of<T>(octets: &Bytes) -> Result<Vec<Task>>
where
    T: Serialize + DeserializeOwned + PartialEq + 'static,
{
    let value: Rc<T> = Rc::new(serde_bare::from_slice(octets)?);
    let encoded = serde_bare::to_vec(&*value)?;
    // Its maps are hash maps, so the order of their entries is any. Everything else is as it was sent.
    ensure!(
        encoded.len() == octets.len() && serde_bare::from_slice::<T>(&encoded)? == *value,
        "serde_bare encodes another message"
    );
    let octets = octets.clone();
    Ok(vec![
        Task::new(Operation::SerdeEncode, move || {
            black_box(serde_bare::to_vec(black_box(&*value)).expect("it was encoded before"));
        }),
        Task::new(Operation::SerdeDecode, move || {
            let value: T =
                serde_bare::from_slice(black_box(&octets)).expect("it was decoded before");
            black_box(&value);
        }),
    ])
}
