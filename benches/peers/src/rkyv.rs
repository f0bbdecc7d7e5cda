//! `rkyv` on plain Rust types, in its own encoding: a picture of the value in memory.

use std::hint::black_box;
use std::rc::Rc;

use anyhow::{Result, ensure};
use bytes::Bytes;
use rkyv::Archive;
use rkyv::api::high::{HighDeserializer, HighSerializer, HighValidator};
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::Error;
use rkyv::ser::allocator::ArenaHandle;
use rkyv::util::AlignedVec;
use serde::de::DeserializeOwned;

use crate::{Operation, Root, Task, model};

/// Encoding and decoding of a message.
///
/// # Errors
/// If it is not the same message to this codec.
pub fn tasks(root: Root, octets: &Bytes) -> Result<Vec<Task>> {
    match root {
        Root::ToRivet => tasks_of::<model::ToRivet>(octets),
        Root::ToEnvoy => tasks_of::<model::ToEnvoy>(octets),
    }
}

fn tasks_of<T>(octets: &Bytes) -> Result<Vec<Task>>
where
    T: DeserializeOwned + PartialEq + 'static,
    T: for<'a> rkyv::Serialize<HighSerializer<AlignedVec, ArenaHandle<'a>, Error>>,
    T: Archive<
        Archived: for<'a> CheckBytes<HighValidator<'a, Error>>
                      + rkyv::Deserialize<T, HighDeserializer<Error>>,
    >,
{
    let value: Rc<T> = Rc::new(serde_bare::from_slice(octets)?);
    // Aligned, as a message that comes from a socket only is by a copy.
    let encoded = Rc::new(rkyv::to_bytes::<Error>(&*value)?);
    ensure!(
        rkyv::from_bytes::<T, Error>(&encoded)? == *value,
        "rkyv decodes another message"
    );
    let (fresh, viewed) = (Rc::clone(&value), Rc::clone(&encoded));
    let mut warm = AlignedVec::with_capacity(2 * encoded.len());
    Ok(vec![
        Task::new(Operation::RkyvEncodeWarm, move || {
            let mut buffer = std::mem::take(&mut warm);
            buffer.clear();
            let written = rkyv::api::high::to_bytes_in::<_, Error>(black_box(&*value), buffer);
            warm = written.expect("it was encoded before");
            black_box(&warm);
        }),
        Task::new(Operation::RkyvEncodeFresh, move || {
            let encoded = rkyv::to_bytes::<Error>(black_box(&*fresh));
            black_box(encoded.expect("it was encoded before"));
        }),
        Task::new(Operation::RkyvView, move || {
            let view = rkyv::access::<T::Archived, Error>(black_box(&viewed));
            black_box(view.expect("it was viewed before"));
        }),
        Task::new(Operation::RkyvDecode, move || {
            let value = rkyv::from_bytes::<T, Error>(black_box(&encoded));
            black_box(value.expect("it was decoded before"));
        }),
    ])
}
