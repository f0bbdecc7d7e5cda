//! Runs of fields of fixed width: one check for all of them.

use std::hint::black_box;

use anyhow::{Result, ensure};
use envoy_protocol::bare::{Arena, DecodeLimits, Input, Output, Reader, Writer};

use super::{Job, Work, repeat};

const LIMITS: DecodeLimits = DecodeLimits::DEFAULT;

/// A message's number and a checkpoint: the longest runs of the protocol, one behind the other.
type Run = ([u8; 4], [u8; 4], u16, u32, i64);
/// Octets of a run.
const SIZE: usize = 22;
const COUNT: u32 = 1000;

pub(super) fn jobs() -> Result<Vec<Job>> {
    let mut octets = Vec::new();
    let mut runs: Vec<Run> = Vec::new();
    for number in 0..COUNT {
        let octet = number.to_le_bytes()[0];
        runs.push((
            [octet; 4],
            [!octet; 4],
            u16::from(octet) << 3,
            number * 7,
            i64::from(number) << 30,
        ));
    }
    write(&mut octets, &runs, together);
    for twin in [assembled, apart] {
        let mut others = Vec::new();
        write(&mut others, &runs, twin);
        ensure!(octets == others, "a run is not written alike");
    }
    for twin in [load_together, load_chunk, load_apart] {
        let arena = Arena::new();
        let input = Input::new(&octets, &arena, &LIMITS);
        let mut reader = input.reader();
        ensure!(
            runs.iter().all(|run| twin(&mut reader) == Some(*run)),
            "a run is not read alike"
        );
    }
    Ok(vec![
        Job::new(
            "fixed",
            "1000 runs of 5 fields, read",
            reading(&octets, load_together),
        )
        .against("a chunk of 22 octets, cut up", reading(&octets, load_chunk))
        .against("each field by itself", reading(&octets, load_apart)),
        Job::new(
            "fixed",
            "1000 runs of 5 fields, written",
            writing(&runs, together),
        )
        .against("an array of 22 octets, filled", writing(&runs, assembled))
        .against("each field by itself", writing(&runs, apart)),
    ])
}

fn reading(octets: &[u8], load: impl Fn(&mut Reader<'_, '_>) -> Option<Run> + 'static) -> Work {
    let octets = octets.to_vec();
    let arena = Arena::new();
    repeat(move || {
        let input = Input::new(black_box(&octets), &arena, &LIMITS);
        let mut reader = input.reader();
        while reader.remaining() > 0 {
            black_box(load(&mut reader));
        }
    })
}

fn writing(runs: &[Run], store: impl Fn(&mut Writer<'_, '_>, Run) + Copy + 'static) -> Work {
    let runs = runs.to_vec();
    let mut buffer = Vec::with_capacity(2 * SIZE * runs.len());
    repeat(move || {
        buffer.clear();
        write(&mut buffer, black_box(&runs), store);
        black_box(&buffer);
    })
}

#[inline(always)]
fn write(buffer: &mut Vec<u8>, runs: &[Run], store: impl Fn(&mut Writer<'_, '_>, Run)) {
    let mut output = Output::new(buffer);
    let mut writer = output.writer();
    for run in runs {
        store(&mut writer, *run);
    }
    writer.finish();
}

#[inline(always)]
fn load_together(reader: &mut Reader<'_, '_>) -> Option<Run> {
    reader.fields().ok()
}

#[inline(always)]
fn load_chunk(reader: &mut Reader<'_, '_>) -> Option<Run> {
    let chunk = reader.octets(SIZE).ok()?;
    let (first, chunk) = chunk.split_first_chunk()?;
    let (second, chunk) = chunk.split_first_chunk()?;
    let (third, chunk) = chunk.split_first_chunk()?;
    let (fourth, chunk) = chunk.split_first_chunk()?;
    let (fifth, _) = chunk.split_first_chunk()?;
    Some((
        *first,
        *second,
        u16::from_le_bytes(*third),
        u32::from_le_bytes(*fourth),
        i64::from_le_bytes(*fifth),
    ))
}

#[inline(always)]
fn load_apart(reader: &mut Reader<'_, '_>) -> Option<Run> {
    Some((
        chunk(reader)?,
        chunk(reader)?,
        u16::from_le_bytes(chunk(reader)?),
        u32::from_le_bytes(chunk(reader)?),
        i64::from_le_bytes(chunk(reader)?),
    ))
}

#[inline(always)]
fn chunk<const N: usize>(reader: &mut Reader<'_, '_>) -> Option<[u8; N]> {
    reader.octets(N).ok()?.first_chunk().copied()
}

#[inline(always)]
fn together(writer: &mut Writer<'_, '_>, run: Run) {
    writer.fields(run);
}

#[inline(always)]
fn assembled(writer: &mut Writer<'_, '_>, run: Run) {
    let mut octets = [0; SIZE];
    octets[..4].copy_from_slice(&run.0);
    octets[4..8].copy_from_slice(&run.1);
    octets[8..10].copy_from_slice(&run.2.to_le_bytes());
    octets[10..14].copy_from_slice(&run.3.to_le_bytes());
    octets[14..].copy_from_slice(&run.4.to_le_bytes());
    writer.octets(&octets);
}

#[inline(always)]
fn apart(writer: &mut Writer<'_, '_>, run: Run) {
    writer.octets(&run.0);
    writer.octets(&run.1);
    writer.octets(&run.2.to_le_bytes());
    writer.octets(&run.3.to_le_bytes());
    writer.octets(&run.4.to_le_bytes());
}
