//! Writing a message into a buffer that is warm.

use std::hint::black_box;
use std::mem;

use anyhow::{Result, ensure};
use envoy_protocol::bare::{EncodeExt as _, Output, Writer};
use envoy_protocol::v5::{
    ActorState, Event, EventWrapper, SqliteColumnValue, SqliteExecuteResult, ToEnvoyRequestStart,
};

use super::{Job, Work, repeat};
use crate::messages;

pub(super) fn jobs() -> Result<Vec<Job>> {
    Ok(vec![
        job("16 events", &Payload::Events(messages::event_list()))?,
        job(
            "a request with 24 headers",
            &Payload::Request(messages::http_request()),
        )?,
        job("8000 values", &Payload::Rows(messages::rows()))?,
    ])
}

fn job(name: &'static str, payload: &Payload) -> Result<Job> {
    let expected = match payload {
        Payload::Events(all) => all.to_vec(),
        Payload::Request(request) => request.to_vec(),
        Payload::Rows(rows) => rows.to_vec(),
    };
    for by in [real, vec, slice] {
        let mut buffer = vec![0; expected.len() + 64];
        let len = by(&mut buffer, payload);
        ensure!(
            buffer.get(..len) == Some(&*expected),
            "a message is not written alike"
        );
    }
    let len = expected.len();
    let work = |by| work(by, payload.clone(), len);
    Ok(Job::new("writer", name, work(real))
        .against("`Vec::extend_from_slice`", work(vec))
        .against("a slice that gets shorter", work(slice)))
}

/// Writes a payload to the start of a buffer. Gives back its length.
type By = fn(&mut Vec<u8>, &Payload) -> usize;

fn work(by: By, payload: Payload, len: usize) -> Work {
    let mut buffer = vec![0; 2 * len + 256];
    repeat(move || {
        black_box(by(&mut buffer, black_box(&payload)));
        black_box(&buffer);
    })
}

fn real(buffer: &mut Vec<u8>, payload: &Payload) -> usize {
    buffer.clear();
    let mut output = Output::new(buffer);
    let mut sink = Real(output.writer());
    payload.write(&mut sink);
    sink.0.finish();
    buffer.len()
}

fn vec(buffer: &mut Vec<u8>, payload: &Payload) -> usize {
    buffer.clear();
    payload.write(buffer);
    buffer.len()
}

/// The buffer is full of octets from before, so that none has to be cleared first.
fn slice(buffer: &mut Vec<u8>, payload: &Payload) -> usize {
    let mut sink = Slice {
        rest: buffer,
        is_full: false,
    };
    payload.write(&mut sink);
    let (rest, is_full) = (sink.rest.len(), sink.is_full);
    if is_full { 0 } else { buffer.len() - rest }
}

#[derive(Clone)]
enum Payload {
    Events(Vec<EventWrapper>),
    Request(ToEnvoyRequestStart),
    Rows(SqliteExecuteResult),
}

impl Payload {
    #[inline(always)]
    fn write<'v>(&'v self, sink: &mut impl Sink<'v>) {
        match self {
            Self::Events(all) => events(all, sink),
            Self::Request(value) => request(value, sink),
            Self::Rows(result) => rows(result, sink),
        }
    }
}

#[inline(never)]
fn events<'v>(events: &'v [EventWrapper], sink: &mut impl Sink<'v>) {
    sink.varint(events.len());
    for event in events {
        let checkpoint = &event.checkpoint;
        sink.data(checkpoint.actor_id.as_bytes());
        sink.fixed(checkpoint.generation.to_le_bytes());
        sink.fixed(checkpoint.index.to_le_bytes());
        match &event.inner {
            Event::EventActorIntent(intent) => {
                sink.octet(0);
                sink.octet(intent.intent as u8);
            }
            Event::EventActorStateUpdate(update) => {
                sink.octet(1);
                match &update.state {
                    ActorState::ActorStateRunning => sink.octet(0),
                    ActorState::ActorStateStopped(stopped) => {
                        sink.octet(1);
                        sink.octet(stopped.code as u8);
                        sink.optional(stopped.message.as_ref(), |sink, text| {
                            sink.data(text.as_bytes());
                        });
                    }
                }
            }
            Event::EventActorSetAlarm(alarm) => {
                sink.octet(2);
                sink.optional(alarm.alarm_ts, |sink, at| sink.fixed(at.to_le_bytes()));
            }
        }
    }
}

#[inline(never)]
fn request<'v>(request: &'v ToEnvoyRequestStart, sink: &mut impl Sink<'v>) {
    sink.data(request.actor_id.as_bytes());
    sink.data(request.method.as_bytes());
    sink.data(request.path.as_bytes());
    sink.varint(request.headers.len());
    for (name, value) in &request.headers {
        sink.data(name.as_bytes());
        sink.data(value.as_bytes());
    }
    sink.optional(request.body.as_ref(), |sink, body| sink.data(body));
    sink.octet(u8::from(request.stream));
}

#[inline(never)]
fn rows<'v>(result: &'v SqliteExecuteResult, sink: &mut impl Sink<'v>) {
    sink.varint(result.columns.len());
    for column in &result.columns {
        sink.data(column.as_bytes());
    }
    sink.varint(result.rows.len());
    for row in &result.rows {
        sink.varint(row.len());
        for value in row {
            match value {
                SqliteColumnValue::SqliteValueNull => sink.octet(0),
                SqliteColumnValue::SqliteValueInteger(integer) => {
                    sink.octet(1);
                    sink.fixed(integer.value.to_le_bytes());
                }
                SqliteColumnValue::SqliteValueFloat(float) => {
                    sink.octet(2);
                    sink.fixed(float.value);
                }
                SqliteColumnValue::SqliteValueText(text) => {
                    sink.octet(3);
                    sink.data(text.value.as_bytes());
                }
                SqliteColumnValue::SqliteValueBlob(blob) => {
                    sink.octet(4);
                    sink.data(&blob.value);
                }
            }
        }
    }
    sink.fixed(result.changes.to_le_bytes());
    sink.optional(result.last_insert_row_id, |sink, id| {
        sink.fixed(id.to_le_bytes());
    });
}

/// What all of them can do.
pub(super) trait Sink<'v>: Sized {
    fn fixed<const N: usize>(&mut self, octets: [u8; N]);
    fn varint(&mut self, value: usize);
    fn data(&mut self, octets: &'v [u8]);

    #[inline(always)]
    fn octet(&mut self, octet: u8) {
        self.fixed([octet]);
    }

    #[inline(always)]
    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.octet(0),
            Some(value) => {
                self.octet(1);
                write(self, value);
            }
        }
    }
}

/// Groups of seven bits, in a loop only where there are more than two.
#[inline(always)]
pub(super) fn groups(value: usize, mut octet: impl FnMut(u8)) {
    let mut rest = value;
    while rest >= 0x80 {
        octet(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    octet(rest.to_le_bytes()[0]);
}

struct Real<'w, 'v>(Writer<'w, 'v>);

impl<'v> Sink<'v> for Real<'_, 'v> {
    #[inline(always)]
    fn fixed<const N: usize>(&mut self, octets: [u8; N]) {
        self.0.fields(octets);
    }

    #[inline(always)]
    fn varint(&mut self, value: usize) {
        self.0.length(value);
    }

    #[inline(always)]
    fn data(&mut self, octets: &'v [u8]) {
        self.0.data(octets);
    }
}

impl<'v> Sink<'v> for Vec<u8> {
    #[inline(always)]
    fn fixed<const N: usize>(&mut self, octets: [u8; N]) {
        self.extend_from_slice(&octets);
    }

    #[inline(always)]
    fn varint(&mut self, value: usize) {
        groups(value, |octet| self.push(octet));
    }

    #[inline(always)]
    fn data(&mut self, octets: &'v [u8]) {
        self.varint(octets.len());
        self.extend_from_slice(octets);
    }
}

/// What is left of a buffer. Once something did not fit, nothing more is written, and the caller has to find a larger
/// one and start again.
struct Slice<'b> {
    rest: &'b mut [u8],
    is_full: bool,
}

impl<'v> Sink<'v> for Slice<'_> {
    #[inline(always)]
    fn fixed<const N: usize>(&mut self, octets: [u8; N]) {
        match mem::take(&mut self.rest).split_first_chunk_mut() {
            Some((first, rest)) => {
                *first = octets;
                self.rest = rest;
            }
            None => self.is_full = true,
        }
    }

    #[inline(always)]
    fn varint(&mut self, value: usize) {
        groups(value, |octet| self.octet(octet));
    }

    #[inline(always)]
    fn data(&mut self, octets: &'v [u8]) {
        self.varint(octets.len());
        match mem::take(&mut self.rest).split_at_mut_checked(octets.len()) {
            Some((first, rest)) => {
                first.copy_from_slice(octets);
                self.rest = rest;
            }
            None => self.is_full = true,
        }
    }
}
