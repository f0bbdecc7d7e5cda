//! Our codec.

use std::cell::RefCell;
use std::fmt::Debug;
use std::hint::black_box;
use std::rc::Rc;

use anyhow::{Result, ensure};
use bytes::Bytes;
use envoy_benches_peers::{Operation, Task, WarmBuffer};
use envoy_protocol::bare::{
    Arena, ArenaPool, DecodeLimits, EncodeExt as _, Frame, Message, VectoredBuffer,
};
use envoy_protocol::{EncodeAt, Version, Versioned};

const LIMITS: DecodeLimits = DecodeLimits::DEFAULT;

/// Encoding and decoding of a message.
///
/// # Errors
/// If a form of it does not come out as it went in.
pub fn tasks<M>(value: M, warm: &WarmBuffer) -> Result<Vec<Task>>
where
    M: Message + PartialEq + Debug,
{
    let octets = value.to_bytes();
    check(&value, &octets)?;
    let value = Rc::new(value);
    let mut tasks = encode_tasks(&value, warm);
    tasks.extend(decode_tasks::<M>(&octets)?);
    Ok(tasks)
}

fn encode_tasks<M: Message>(value: &Rc<M>, warm: &WarmBuffer) -> Vec<Task> {
    let (into_warm, fresh, vectored) = (Rc::clone(value), Rc::clone(value), Rc::clone(value));
    let mut pieces = VectoredBuffer::new();
    vec![
        warm.task(Operation::EncodeWarm, move |buffer| {
            black_box(&*into_warm).append_to(buffer);
        }),
        Task::new(Operation::EncodeFresh, move || {
            black_box(black_box(&*fresh).to_vec());
        }),
        Task::new(Operation::EncodeVectored, move || {
            // The pieces are looked at as a transport would, which hands them to the system.
            let message = pieces.encode(black_box(&*vectored));
            message.pieces().for_each(|piece| {
                black_box(piece);
            });
        }),
    ]
}

fn decode_tasks<M: Message>(octets: &Bytes) -> Result<Vec<Task>> {
    let pooled = RefCell::new(Some(octets.clone()));
    let owned = octets.clone();
    let mut parts = Some(Frame::<M>::decode(octets.clone())?.into_parts());
    let pool = ArenaPool::new(1);
    Ok(vec![
        Task {
            operation: Operation::DecodeFrame,
            run: Box::new(move |times| {
                let (mut octets, mut lease) = parts.take().expect("they are put back below");
                for _ in 0..times {
                    // The octets are moved in, as received ones are, and taken back for the next time.
                    let frame = Frame::<M>::decode_with(black_box(octets), lease, &LIMITS)
                        .expect("it was decoded before");
                    black_box(frame.get());
                    (octets, lease) = frame.into_parts();
                }
                parts = Some((octets, lease));
            }),
        },
        Task::new(Operation::DecodePooled, move || {
            let octets = black_box(pooled.take()).expect("they are put back below");
            let frame = Frame::<M>::decode_with(octets, pool.lease(), &LIMITS)
                .expect("it was decoded before");
            black_box(frame.get());
            pooled.replace(Some(frame.into_parts().0));
        }),
        Task::new(Operation::DecodeOwned, move || {
            let message = M::decode(black_box(&owned)).expect("it was decoded before");
            black_box(&message);
        }),
    ])
}

/// Encoding and decoding of a message for peers of the newest and of the oldest version.
///
/// # Errors
/// If the oldest version has no way to say it, or it does not come back.
///
/// # Panics
/// A task, if what was decoded once is not decoded again.
pub fn version_tasks<M>(value: M, warm: &WarmBuffer) -> Result<Vec<Task>>
where
    M: Versioned + EncodeAt,
{
    let value = Rc::new(value);
    let encode = |operation, version| {
        let value = Rc::clone(&value);
        warm.task(operation, move |buffer| encode_at(&*value, version, buffer))
    };
    let mut tasks = vec![
        encode(Operation::EncodeNewest, Version::LATEST),
        encode(Operation::EncodeOldest, Version::OLDEST),
    ];
    for (operation, version) in [
        (Operation::DecodeNewest, Version::LATEST),
        (Operation::DecodeOldest, Version::OLDEST),
    ] {
        let octets = value.to_bytes_at(version)?;
        let frame = M::frame_at(version, octets.clone(), Arena::new(), &LIMITS)?;
        let again = frame.to_owned().to_bytes_at(version)?;
        ensure!(again == octets, "{version} does not come back");
        let mut parts = Some(frame.into_parts());
        tasks.push(Task {
            operation,
            run: Box::new(move |times| {
                let (mut octets, mut lease) = parts.take().expect("they are put back below");
                for _ in 0..times {
                    let frame = M::frame_at(version, black_box(octets), lease, &LIMITS)
                        .expect("it was decoded before");
                    black_box(frame.get());
                    (octets, lease) = frame.into_parts();
                }
                parts = Some((octets, lease));
            }),
        });
    }
    Ok(tasks)
}

fn encode_at<M: EncodeAt>(value: &M, version: Version, buffer: &mut Vec<u8>) {
    let encoded = black_box(value).append_at(version, buffer);
    encoded.expect("it was encoded before");
}

fn check<M: Message + PartialEq + Debug>(value: &M, octets: &Bytes) -> Result<()> {
    let mut appended = Vec::new();
    value.append_to(&mut appended);
    ensure!(appended == **octets, "appended octets differ");
    let mut vectored = VectoredBuffer::new();
    ensure!(
        vectored.encode(value).to_vec() == **octets,
        "vectored octets differ"
    );
    ensure!(M::decode(octets)? == *value, "the owned form differs");
    let frame = Frame::<M>::decode(octets.clone())?;
    ensure!(frame.to_owned() == *value, "the frame differs");
    let frame = frame.replace(octets.clone(), &DecodeLimits::DEFAULT)?;
    ensure!(
        frame.get().to_vec() == **octets,
        "the frame's octets differ"
    );
    Ok(())
}
