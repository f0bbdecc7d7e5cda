//! `prost` in the Protocol Buffers encoding, on types as its generator would write them from a schema of the same messages.

mod types;

use std::hint::black_box;
use std::rc::Rc;

use anyhow::{Result, ensure};
use bytes::Bytes;
use prost::Message;

use crate::{Operation, Root, Task, WarmBuffer, model};

/// Encoding and decoding of a message.
///
/// # Errors
/// If it is not the same message to this codec.
pub fn tasks(root: Root, octets: &Bytes, warm: &WarmBuffer) -> Result<Vec<Task>> {
    match root {
        Root::ToRivet => {
            let value: model::ToRivet = serde_bare::from_slice(octets)?;
            tasks_of(types::to_rivet(value)?, warm)
        }
        Root::ToEnvoy => {
            let value: model::ToEnvoy = serde_bare::from_slice(octets)?;
            tasks_of(types::to_envoy(value)?, warm)
        }
    }
}

fn tasks_of<T>(value: T, warm: &WarmBuffer) -> Result<Vec<Task>>
where
    T: Message + Default + PartialEq + 'static,
{
    let octets = Bytes::from(value.encode_to_vec());
    ensure!(
        T::decode(octets.clone())? == value,
        "prost decodes another message"
    );
    let value = Rc::new(value);
    let fresh = Rc::clone(&value);
    Ok(vec![
        warm.task(Operation::ProstEncodeWarm, move |buffer| {
            let encoded = black_box(&*value).encode(buffer);
            encoded.expect("a vector grows");
        }),
        Task::new(Operation::ProstEncodeFresh, move || {
            black_box(black_box(&*fresh).encode_to_vec());
        }),
        Task::new(Operation::ProstDecode, move || {
            let value = T::decode(black_box(&octets).clone()).expect("it was decoded before");
            black_box(&value);
        }),
    ])
}
