//! A message that outlives the function that received it: looked at there, kept, and looked at again.

use std::fmt::Debug;
use std::hint::black_box;

use anyhow::{Result, ensure};
use bytes::Bytes;
use envoy_protocol::bare::{Arena, DecodeLimits, EncodeExt as _, Frame, Message, decode_ref};

use super::{Job, Work, repeat};
use crate::messages;

const LIMITS: DecodeLimits = DecodeLimits::DEFAULT;

pub(super) fn jobs() -> Result<Vec<Job>> {
    Ok(vec![
        job("16 events", &messages::events())?,
        job("a request with 24 headers", &messages::request_start())?,
        job("16 pages", &messages::get_pages_ok(16))?,
        job("8000 values", &messages::execute_ok())?,
    ])
}

fn job<M>(name: &'static str, message: &M) -> Result<Job>
where
    M: Message + PartialEq + Debug,
{
    let octets = message.to_bytes();
    let frame = Frame::<M>::decode(octets.clone())?;
    ensure!(frame.to_owned() == *message, "the frame differs");
    ensure!(M::decode(&octets)? == *message, "the owned form differs");
    let arena = Arena::new();
    let borrowed = decode_ref::<M>(&octets, &arena, &LIMITS)?;
    ensure!(borrowed.to_vec() == octets, "the borrowed form differs");
    Ok(Job::new("frame, pool", name, kept(frame))
        .against("decoded again", again::<M>(octets.clone()))
        .against("the owned form", owned::<M>(octets)))
}

fn kept<M: Message>(frame: Frame<M>) -> Work {
    let mut parts = Some(frame.into_parts());
    Box::new(move |times| {
        let (mut octets, mut lease) = parts.take().expect("they are put back below");
        for _ in 0..times {
            let frame = Frame::<M>::decode_with(black_box(octets), lease, &LIMITS)
                .expect("it was decoded before");
            black_box(frame.get());
            let kept = black_box(frame);
            black_box(kept.get());
            (octets, lease) = kept.into_parts();
        }
        parts = Some((octets, lease));
    })
}

fn again<M: Message>(octets: Bytes) -> Work {
    let mut parts = Some((octets, Arena::new()));
    Box::new(move |times| {
        let (mut octets, mut arena) = parts.take().expect("they are put back below");
        for _ in 0..times {
            for _ in 0..2 {
                (octets, arena) = black_box((octets, arena));
                arena.reset();
                let message = decode_ref::<M>(&octets, &arena, &LIMITS);
                black_box(&message.expect("it was decoded before"));
            }
        }
        parts = Some((octets, arena));
    })
}

fn owned<M: Message>(octets: Bytes) -> Work {
    repeat(move || {
        let message = M::decode(black_box(&octets)).expect("it was decoded before");
        black_box(&message);
        let kept = black_box(message);
        black_box(&kept);
    })
}
