//! Every input of `fuzz/corpus` through the targets that start from it, as `cargo xtask fuzz` has them.

use std::collections::BTreeSet;
use std::fs;

use envoy_checks::coverage::{members, members_in};
use envoy_checks::fuzz;
use envoy_checks::recorded::checkout;
use envoy_checks::subject::{SUBJECTS, Subject};

#[test]
fn replays_the_frames_through_decode() {
    replay("frames", fuzz::decode);
}

#[test]
fn replays_the_frames_through_differential() {
    replay("frames", fuzz::differential);
}

#[test]
fn replays_the_frames_through_transcode() {
    replay("frames", fuzz::transcode);
}

#[test]
fn replays_the_frames_and_the_texts_through_json() {
    replay("frames", fuzz::json);
    replay("json", fuzz::json);
}

#[test]
fn replays_the_schemas_through_schema() {
    replay("schema", fuzz::schema);
}

#[test]
fn replays_the_runs_through_session() {
    replay("session", fuzz::session);
}

#[test]
fn has_a_frame_of_every_member_of_every_union_at_every_version() {
    let mut seen = BTreeSet::new();
    for (_, input) in inputs("frames") {
        let (subject, octets) = Subject::select(&input).expect("a frame has a selector");
        let members = members_in(subject.definition(), octets);
        seen.extend(members.into_iter().map(|member| (subject.version, member)));
    }
    for subject in &SUBJECTS {
        for member in members(subject.definition()) {
            assert!(
                seen.contains(&(subject.version, member)),
                "expected a frame with {member:?}"
            );
        }
    }
}

fn replay(folder: &str, target: fn(&[u8])) {
    let inputs = inputs(folder);
    assert!(
        inputs.len() >= 40,
        "expected a corpus, but found {} inputs",
        inputs.len()
    );
    for (name, input) in inputs {
        // Shown only where the target panics.
        println!("fuzz/corpus/{folder}/{name}");
        target(&input);
    }
}

fn inputs(folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries =
        fs::read_dir(checkout("fuzz/corpus").join(folder)).expect("the corpus is in the checkout");
    let mut inputs: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().expect("a name").display().to_string();
            (name, fs::read(path).expect("an input can be read"))
        })
        .collect();
    inputs.sort();
    inputs
}
