//! Whether octets are text.

use std::hint::black_box;
use std::ops::Range;

use anyhow::{Result, ensure};
use bytes::Bytes;
use envoy_protocol::bare::dynamic::{Encoder, Scalar, Visitor, walk};
use envoy_protocol::bare::{Arena, DecodeLimits, EncodeExt as _, Input, Message, Reader};

use super::{Job, Work, repeat};
use crate::messages;

const LIMITS: DecodeLimits = DecodeLimits::DEFAULT;

pub(super) fn jobs() -> Result<Vec<Job>> {
    let umlauts = strings(&messages::execute_ok())?.with_umlauts();
    Ok(vec![
        job("16 identifiers, 4 reasons", &strings(&messages::events())?)?,
        job(
            "51 texts of HTTP headers",
            &strings(&messages::request_start())?,
        )?,
        job("3008 texts of rows", &strings(&messages::execute_ok())?)?,
        job("the same with umlauts", &umlauts)?,
    ])
}

fn job(name: &'static str, strings: &Strings) -> Result<Job> {
    let arena = Arena::new();
    let input = Input::new(&strings.octets, &arena, &LIMITS);
    let (mut real, mut twin) = (input.reader(), input.reader());
    for _ in 0..strings.count {
        ensure!(
            checked(&mut real).is_some_and(|text| Some(text) == standard(&mut twin)),
            "a text is not read alike"
        );
    }
    let real = read(strings, |reader| checked(reader).is_some());
    let twin = read(strings, |reader| standard(reader).is_some());
    Ok(Job::new("text", name, real).against("`str::from_utf8`", twin))
}

#[inline(always)]
fn checked<'a>(reader: &mut Reader<'_, 'a>) -> Option<&'a str> {
    reader.str().ok()
}

#[inline(always)]
fn standard<'a>(reader: &mut Reader<'_, 'a>) -> Option<&'a str> {
    std::str::from_utf8(reader.data().ok()?).ok()
}

/// Reads all texts.
fn read(strings: &Strings, is_text: impl Fn(&mut Reader<'_, '_>) -> bool + 'static) -> Work {
    let Strings { octets, count } = strings.clone();
    let arena = Arena::new();
    repeat(move || {
        let input = Input::new(black_box(&octets), &arena, &LIMITS);
        let mut reader = input.reader();
        let texts = (0..count).filter(|_| is_text(&mut reader)).count();
        black_box(texts);
    })
}

/// The texts of a message, each behind its length.
#[derive(Clone)]
struct Strings {
    octets: Bytes,
    count: usize,
}

impl Strings {
    /// The same with the last octets of each text made into a letter beyond ASCII.
    fn with_umlauts(&self) -> Self {
        let arena = Arena::new();
        let input = Input::new(&self.octets, &arena, &LIMITS);
        let mut reader = input.reader();
        let mut all = Collected::default();
        while let Ok(text) = reader.str() {
            let (front, _) = text.split_at(text.len().saturating_sub(2));
            all.add(&format!("{front}ü"));
        }
        all.strings()
    }
}

fn strings<M: Message>(message: &M) -> Result<Strings> {
    let mut all = Collected::default();
    walk(M::DEFINITION, &message.to_vec(), &mut all)?;
    Ok(all.strings())
}

#[derive(Default)]
struct Collected {
    encoder: Encoder,
    count: usize,
}

impl Collected {
    fn add(&mut self, text: &str) {
        self.encoder.write(Scalar::Str(text));
        self.count += 1;
    }

    fn strings(self) -> Strings {
        Strings {
            octets: self.encoder.into_octets().into(),
            count: self.count,
        }
    }
}

impl Visitor for Collected {
    fn scalar(&mut self, _: Range<usize>, scalar: Scalar<'_>) {
        if let Scalar::Str(text) = scalar {
            self.add(text);
        }
    }
}
