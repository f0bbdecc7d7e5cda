//! The frames of a real engine: the JSON says what the recording says, and leads back to the same octets.

mod support;

use bare::schema::{Kind, Resolved, Type, TypeDef};
use envoy_cli::json;
use envoy_protocol::{Root, Version};
use serde_json::{Map, Value, json};
use support::{FRAMES, run, success};

struct Recorded {
    root: Root,
    hex: String,
    message: Value,
}

/// The recorded frames of a version.
fn recorded(version: Version) -> Vec<Recorded> {
    let file = format!("{FRAMES}/frames-{version}.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    let frames: Vec<_> = text
        .lines()
        .map(|line| {
            let frame = json::parse(line.as_bytes()).unwrap();
            Recorded {
                root: match frame["from"].as_str() {
                    Some("host") => Root::ToRivet,
                    Some("server") => Root::ToEnvoy,
                    other => panic!("expected a sender, but found {other:?}"),
                },
                hex: frame["hex"].as_str().unwrap().to_owned(),
                message: frame["message"].clone(),
            }
        })
        .collect();
    assert_eq!(frames.len(), 543);
    frames
}

/// Our JSON in the notation of the recording.
fn as_recorded(ty: Type, json: &Value) -> Value {
    match ty.resolve() {
        Resolved::Def(def) => named_as_recorded(def, json),
        Resolved::Plain(Type::Optional(_)) if json.is_null() => Value::Null,
        Resolved::Plain(Type::Optional(inner)) => as_recorded(*inner, json),
        Resolved::Plain(Type::List(item)) => json
            .as_array()
            .unwrap()
            .iter()
            .map(|json| as_recorded(*item, json))
            .collect(),
        Resolved::Plain(Type::Map(_, value)) => json
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, json)| (key.clone(), as_recorded(*value, json)))
            .collect(),
        Resolved::Plain(Type::Data | Type::FixedData(_)) => {
            let hex = json["hex"].as_str().unwrap();
            match hex.get(..64) {
                Some(shown) if hex.len() > 64 => format!("hex:{shown}…({}B)", hex.len() / 2).into(),
                _ => format!("hex:{hex}").into(),
            }
        }
        Resolved::Plain(_) => json.clone(),
    }
}

fn named_as_recorded(def: &'static TypeDef, json: &Value) -> Value {
    match def.kind {
        Kind::Alias(ty) => as_recorded(ty, json),
        Kind::Struct(fields) => {
            let field = |field: &bare::schema::Field| {
                (
                    field.name.to_owned(),
                    as_recorded(field.ty, &json[field.name]),
                )
            };
            Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
        }
        Kind::Enum(_) => json
            .as_str()
            .unwrap()
            .split('_')
            .map(capitalized)
            .collect::<String>()
            .into(),
        Kind::Union(members) => {
            let member = members
                .iter()
                .find(|member| json["tag"] == member.name)
                .unwrap();
            json!({"tag": member.name, "val": as_recorded(member.ty, &json["val"])})
        }
    }
}

/// `GOING` as `Going`
fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{first}{}", rest.to_lowercase())
}

#[test]
fn the_json_of_every_frame_says_what_the_recording_says() {
    for &version in Version::ALL {
        for frame in recorded(version) {
            let def = frame.root.definition(version);
            let octets = envoy_cli::hex::decode(frame.hex.as_bytes()).unwrap();
            let json = json::decode(def, &octets).unwrap();
            // Compared as text, so that the order of fields and of the entries of maps counts.
            let said = as_recorded(Type::Named(def), &json).to_string();
            assert_eq!(said, frame.message.to_string(), "{}", frame.hex);
            assert_eq!(json::encode(def, &json).unwrap(), octets, "{}", frame.hex);
        }
    }
}

#[test]
fn the_command_decodes_every_frame_and_encodes_it_again() {
    for &version in Version::ALL {
        for root in [Root::ToRivet, Root::ToEnvoy] {
            let frames: String = recorded(version)
                .into_iter()
                .filter(|frame| frame.root == root)
                .map(|frame| frame.hex + "\n")
                .collect();
            let version = version.to_string();
            let selection = ["--hex", "--root", root.name(), "--version", &version];
            let json = success(&run(
                &[&["decode"], &selection[..]].concat(),
                frames.as_bytes(),
            ));
            let encoded = success(&run(
                &[&["encode"], &selection[..]].concat(),
                json.as_bytes(),
            ));
            assert_eq!(encoded, frames);
        }
    }
}

#[test]
fn the_command_finds_out_what_every_frame_is() {
    for &version in Version::ALL {
        let frames = recorded(version);
        let lines: String = frames
            .iter()
            .map(|frame| frame.hex.clone() + "\n")
            .collect();
        let decoded = success(&run(&["decode", "--hex"], lines.as_bytes()));
        for (frame, line) in frames.iter().zip(decoded.lines()) {
            let json: Value = serde_json::from_str(line).unwrap();
            let found = json["readings"].as_array().unwrap().iter().any(|reading| {
                let versions = reading["versions"].as_array().unwrap();
                reading["root"] == frame.root.name() && versions.contains(&version.number().into())
            });
            assert!(found, "{}: {line}", frame.hex);
        }
        assert_eq!(
            success(&run(&["encode", "--hex"], decoded.as_bytes())),
            lines
        );
        let trees = success(&run(&["explain", "--hex"], lines.as_bytes()));
        assert_eq!(
            trees
                .lines()
                .filter(|line| line.starts_with("frame "))
                .count(),
            frames.len()
        );
    }
}

#[test]
fn the_command_converts_every_frame_there_and_back() {
    for root in [Root::ToRivet, Root::ToEnvoy] {
        let frames: String = recorded(Version::V4)
            .into_iter()
            .filter(|frame| frame.root == root)
            .map(|frame| frame.hex + "\n")
            .collect();
        let convert = |from, to, input: &str| {
            let arguments = [
                "convert",
                "--hex",
                "--root",
                root.name(),
                "--from",
                from,
                "--to",
                to,
            ];
            success(&run(&arguments, input.as_bytes()))
        };
        let upgraded = convert("4", "5", &frames);
        assert_eq!(upgraded.lines().count(), frames.lines().count());
        let read = success(&run(
            &["decode", "--hex", "--root", root.name(), "--version", "5"],
            upgraded.as_bytes(),
        ));
        assert_eq!(read.lines().count(), frames.lines().count());
        // What v4 says, v5 can say too, and nothing is lost on the way back.
        assert_eq!(convert("5", "4", &upgraded), frames);
        assert_eq!(convert("4", "4", &frames), frames);
    }
}

#[test]
fn every_message_a_root_can_hold_goes_through_json() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    for &version in Version::ALL {
        for &root in Root::ALL {
            let def = root.definition(version);
            let messages = bare::strategy::octets(def);
            for _ in 0..100 {
                let octets = messages.new_tree(&mut runner).unwrap().current();
                let json = json::decode(def, &octets).unwrap();
                let printed = json::parse(json.to_string().as_bytes()).unwrap();
                assert_eq!(json::encode(def, &printed).unwrap(), octets);
            }
        }
    }
}
