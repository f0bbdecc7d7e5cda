//! The inputs that fuzzing starts from and `cargo test` replays, in `fuzz/corpus`.
//!
//! `write` adds seeds, and takes nothing away: an input that once showed a fault stays beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bare::strategy;
use envoy_cli::json;
use envoy_protocol::Version;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::coverage::{members, members_in};
use crate::fuzz::text_input;
use crate::recorded::{self, Recording, checkout};
use crate::sim;
use crate::subject::{SUBJECTS, Subject};

/// Of each version about this many recorded frames are taken, beside the smallest of each kind.
const VARIED: usize = 50;
/// Of each root and version this many generated messages are taken: the internal roots were never recorded.
const GENERATED: usize = 16;
/// So many are tried to have every member of every union among them.
const TRIED: usize = 2000;
/// No seed is longer. What a fuzzer learns from a longer one it learns from a short one sooner.
const LONGEST: usize = 4096;

/// So many runs of the simulation are made up: their operations are what a fuzzer varies.
const SESSIONS: u64 = 48;

/// A frame of more octets is left out as JSON, where it takes several times as many.
const LONGEST_AS_TEXT: usize = 200;
/// JSON that is no message, and text that is no JSON.
const WRONG_TEXTS: [&str; 8] = [
    "",
    "null",
    "{\"tag\":\"ToRivetPong\"}",
    "{\"tag\":\"ToRivetPong\",\"val\":{\"ts\":1,\"ts\":2}}",
    "{\"tag\":\"ToRivetPong\",\"val\":{\"ts\":\"9223372036854775808\"}}",
    "{\"tag\":\"ToRivetPong\",\"val\":{\"ts\":1e400}}",
    "{\"tag\":\"\\ud800\",\"val\":null}",
    "[[[[[[[[[[[[[[[[{\"hex\":\"0g\"}",
];

/// Writes the seeds of every folder.
pub fn write() -> Result<()> {
    for (folder, inputs) in [
        ("frames", frames()?),
        ("json", texts()?),
        ("schema", schemas()?),
        ("session", sessions()),
    ] {
        let path = checkout("fuzz/corpus").join(folder);
        fs::create_dir_all(&path)?;
        let mut octets = 0;
        for input in &inputs {
            fs::write(path.join(name(input)), input)?;
            octets += input.len();
        }
        println!("{folder}: {} inputs, {octets} octets", inputs.len());
    }
    Ok(())
}

/// Inputs that stand for what happens on a connection.
fn sessions() -> Vec<Vec<u8>> {
    (0..SESSIONS)
        .map(|seed| sim::octets_of(seed, 100..800))
        .collect()
}

/// Inputs that are a selector and a frame.
fn frames() -> Result<Vec<Vec<u8>>> {
    let recordings = recorded::frames()?;
    let mut smallest: BTreeMap<(Version, Vec<&str>), &Recording> = BTreeMap::new();
    for recording in &recordings {
        let kind = (recording.subject.version, tags(&recording.message));
        let known = smallest.entry(kind).or_insert(recording);
        if recording.octets.len() < known.octets.len() {
            *known = recording;
        }
    }
    let stride = recordings.len() / (2 * VARIED);
    let chosen = smallest
        .into_values()
        .chain(recordings.iter().step_by(stride));
    let mut inputs: Vec<_> = chosen
        .map(|recording| recording.subject.input(&recording.octets))
        .collect();
    for subject in &SUBJECTS {
        let generated = covering(subject);
        inputs.extend(generated.iter().map(|octets| subject.input(octets)));
    }
    Ok(tidy(inputs))
}

/// A few made-up messages, and more until there is one with each member of each union.
fn covering(subject: &Subject) -> Vec<Vec<u8>> {
    let mut missing = members(subject.definition());
    let mut chosen = Vec::new();
    for octets in generated(subject, TRIED, LONGEST) {
        let before = missing.len();
        let found = members_in(subject.definition(), &octets);
        missing.retain(|member| !found.contains(member));
        if chosen.len() < GENERATED || missing.len() < before {
            chosen.push(octets);
        }
    }
    chosen
}

/// The tags of all unions in a message, each once: what kind of message it is, down to the innermost choice.
fn tags(message: &Value) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut open = vec![message];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                tags.extend(fields.get("tag").and_then(Value::as_str));
                open.extend(fields.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// Made-up messages of at most `longest` octets, the same ones at every call.
#[must_use]
pub fn generated(subject: &Subject, count: usize, longest: usize) -> Vec<Vec<u8>> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = strategy::octets(subject.definition());
    std::iter::repeat_with(|| strategy.new_tree(&mut runner).map(|tree| tree.current()))
        // The strategies reject nothing, so there is no error to lose.
        .filter_map(Result::ok)
        .filter(|octets| octets.len() <= longest)
        .take(count)
        .collect()
}

/// Inputs that are a selector and JSON text: that of small frames, and texts that stand for none.
fn texts() -> Result<Vec<Vec<u8>>> {
    let mut inputs = Vec::new();
    for input in frames()? {
        let Some((subject, octets)) = Subject::select(&input) else {
            continue;
        };
        if octets.len() <= LONGEST_AS_TEXT {
            let text = json::decode(subject.definition(), octets)?.to_string();
            inputs.push(text_input(subject, &text));
        }
    }
    for text in WRONG_TEXTS {
        inputs.push(text_input(&SUBJECTS[0], text));
    }
    Ok(tidy(inputs))
}

/// Inputs that are schemas: what the compiler's own tests take and refuse.
fn schemas() -> Result<Vec<Vec<u8>>> {
    let mut files = Vec::new();
    find(&checkout("crates/bare-codegen/tests"), &mut files)?;
    let inputs: Result<Vec<_>> = files.iter().map(|file| Ok(fs::read(file)?)).collect();
    Ok(tidy(inputs?))
}

fn find(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "bare")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// In a fixed order, each once, and none too long.
fn tidy(mut inputs: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    inputs.retain(|input| input.len() <= LONGEST);
    inputs.sort();
    inputs.dedup();
    inputs
}

/// A name that changes only with the octets: their 64-bit FNV-1a hash.
fn name(input: &[u8]) -> String {
    let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
