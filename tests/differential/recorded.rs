//! The recorded frames of a real engine and its host, read and converted by the reference and by us.

use std::fs;
use std::path::Path;

use bare::schema::{Kind, Type};
use bytes::Bytes;
use envoy_protocol::{Root, Version, transcode};
use serde_json::{Map, Value, json};
use vbare::OwnedVersionedData;

use crate::compare::{hex, lax_decode};
use crate::reference::{Pair, ToEnvoy, ToRivet};

/// How many octets the recordings show of a `data`.
const SHOWN: usize = 32;

/// Integers beyond are recorded as text.
const EXACT: u64 = 1 << 53;

struct Recording {
    line: String,
    root: Root,
    octets: Bytes,
    message: Value,
}

#[test]
fn the_reference_reads_every_recorded_frame_as_recorded() {
    for version in [Version::V4, Version::V5] {
        for recording in recordings(version) {
            let read = reference_reads(recording.root, version, &recording.octets);
            assert_eq!(read, recording.message, "{}", recording.line);
        }
    }
}

/// What `envoy convert` does: what comes out are frames of the other version, with the same meaning.
#[test]
fn the_reference_reads_what_we_convert_of_the_recorded_frames_as_recorded() {
    let down: fn(&mut Value) = forget_v5;
    for (from, to, convert) in [
        (Version::V5, Version::V4, down),
        (Version::V4, Version::V5, add_v5),
    ] {
        let mut changed = 0;
        for recording in recordings(from) {
            let Recording {
                line,
                root,
                octets,
                message,
            } = recording;
            let ours = transcode(root, &octets, from, to)
                .unwrap_or_else(|error| panic!("expected {line} to convert, but found: {error}"));
            let mut expected = message;
            convert(&mut expected);
            assert_eq!(reference_reads(root, to, &ours), expected, "{line} at {to}");
            let theirs = reference_converts(root, from, to, &octets);
            assert_eq!(
                reference_reads(root, to, &theirs),
                expected,
                "{line} at {to}"
            );
            assert_eq!(ours.len(), theirs.len(), "{line} at {to}");
            changed += u32::from(ours != octets);
        }
        assert!(
            changed > 0,
            "expected frames that {from} and {to} write differently, but found none"
        );
    }
}

fn recordings(version: Version) -> Vec<Recording> {
    let name = format!("frames-{version}.jsonl");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/frames")
        .join(&name);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let frames: Vec<_> = text
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let mut frame: Value = serde_json::from_str(line).expect("each line is a JSON object");
            let root = match frame["from"].as_str() {
                Some("host") => Root::ToRivet,
                Some("server") => Root::ToEnvoy,
                other => panic!("expected `from` to be host or server, but found {other:?}"),
            };
            Recording {
                line: format!("{name}:{}", index + 1),
                root,
                octets: from_hex(frame["hex"].as_str().expect("`hex` is text")).into(),
                message: frame["message"].take(),
            }
        })
        .collect();
    assert_eq!(frames.len(), 543, "{name}");
    frames
}

fn reference_reads(root: Root, version: Version, octets: &[u8]) -> Value {
    fn read<T: crate::reference::Data>(octets: &[u8]) -> Value {
        let message: T = lax_decode("the reference", octets)
            .unwrap_or_else(|error| panic!("{error}: {}", hex(octets)));
        serde_json::to_value(message).expect("a message has JSON")
    }
    let value = match (root, version) {
        (Root::ToRivet, Version::V4) => read::<<ToRivet as Pair>::Theirs4>(octets),
        (Root::ToRivet, Version::V5) => read::<<ToRivet as Pair>::Theirs5>(octets),
        (Root::ToEnvoy, Version::V4) => read::<<ToEnvoy as Pair>::Theirs4>(octets),
        (Root::ToEnvoy, Version::V5) => read::<<ToEnvoy as Pair>::Theirs5>(octets),
        (other, _) => panic!("expected a root that was recorded, but found {other}"),
    };
    as_recorded(Type::Named(root.definition(version)), &value)
}

fn reference_converts(root: Root, from: Version, to: Version, octets: &[u8]) -> Vec<u8> {
    fn convert<P: Pair>(from: Version, to: Version, octets: &[u8]) -> Vec<u8> {
        let latest = P::Chain::deserialize(octets, from.number()).expect("the reference reads it");
        P::Chain::wrap_latest(latest)
            .serialize(to.number())
            .expect("no conversion between v4 and v5 fails")
    }
    match root {
        Root::ToRivet => convert::<ToRivet>(from, to, octets),
        Root::ToEnvoy => convert::<ToEnvoy>(from, to, octets),
        other => panic!("expected a root that was recorded, but found {other}"),
    }
}

/// What a v4 host is told of a recorded v5 message.
fn forget_v5(message: &mut Value) {
    change_members(message, &|member, value| match member {
        "SqliteErrorResponse" => {
            let fields = value.as_object_mut().expect("it is a struct");
            fields.remove("group").expect("v5 has it");
            fields.remove("code").expect("v5 has it");
        }
        "SqliteGetPagesOk" => {
            value
                .as_object_mut()
                .expect("it is a struct")
                .remove("headTxid")
                .expect("v5 has it");
        }
        "SqliteCommitOk" => *value = Value::Null,
        _ => {}
    });
}

/// What a v5 host is told of a recorded v4 message.
fn add_v5(message: &mut Value) {
    change_members(message, &|member, value| match member {
        "SqliteErrorResponse" => {
            value["group"] = json!("core");
            value["code"] = json!("internal_error");
        }
        "SqliteGetPagesOk" => value["headTxid"] = Value::Null,
        "SqliteCommitOk" => *value = json!({ "headTxid": null }),
        _ => {}
    });
}

/// Every member of a union in a recorded message, by name.
fn change_members(value: &mut Value, change: &dyn Fn(&str, &mut Value)) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(member)) = fields.get("tag") {
                let member = member.clone();
                change(&member, &mut fields["val"]);
            }
            fields
                .values_mut()
                .for_each(|field| change_members(field, change));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| change_members(item, change)),
        _ => {}
    }
}

/// What serde makes of a value of the reference, as the recordings have it: see the README beside them.
fn as_recorded(ty: Type, value: &Value) -> Value {
    match ty {
        Type::Named(definition) => match definition.kind {
            Kind::Alias(ty) => as_recorded(ty, value),
            Kind::Enum(_) => value.clone(),
            Kind::Struct(fields) => {
                let found = value.as_object().expect("a struct is an object");
                assert_eq!(found.len(), fields.len(), "fields of {}", definition.name);
                let field = |field: &bare::schema::Field| {
                    (
                        field.name.to_owned(),
                        as_recorded(field.ty, &found[&snake_case(field.name)]),
                    )
                };
                fields.iter().map(field).collect::<Map<_, _>>().into()
            }
            Kind::Union(members) => {
                let (name, value) = match value {
                    Value::String(name) => (name, &Value::Null),
                    Value::Object(member) => member.iter().next().expect("a member has its name"),
                    other => panic!(
                        "expected a member of {}, but found {other}",
                        definition.name
                    ),
                };
                let member = members.iter().find(|member| member.name == name);
                let member = member.unwrap_or_else(|| {
                    panic!("expected a member of {}, but found {name}", definition.name)
                });
                json!({ "tag": name, "val": as_recorded(member.ty, value) })
            }
        },
        Type::Optional(_) if value.is_null() => Value::Null,
        Type::Optional(inner) => as_recorded(*inner, value),
        Type::List(item) | Type::FixedList(item, _) => {
            let items = value.as_array().expect("a list is an array");
            items
                .iter()
                .map(|value| as_recorded(*item, value))
                .collect()
        }
        Type::Map(_, item) => {
            let entries = value.as_object().expect("a map is an object");
            entries
                .iter()
                .map(|(key, value)| (key.clone(), as_recorded(*item, value)))
                .collect::<Map<_, _>>()
                .into()
        }
        Type::Data | Type::FixedData(_) => {
            let octets: Vec<u8> =
                serde_json::from_value(value.clone()).expect("data is an array of octets");
            if octets.len() > SHOWN {
                json!(format!("hex:{}…({}B)", hex(&octets[..SHOWN]), octets.len()))
            } else {
                json!(format!("hex:{}", hex(&octets)))
            }
        }
        Type::U64 | Type::I64 => match value
            .as_i64()
            .map_or_else(|| value.as_u64(), |value| Some(value.unsigned_abs()))
        {
            Some(magnitude) if magnitude <= EXACT => value.clone(),
            _ => json!(value.to_string()),
        },
        _ => value.clone(),
    }
}

/// `headTxid` as `head_txid`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn from_hex(text: &str) -> Vec<u8> {
    let octet = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("it is hex");
    (0..text.len()).step_by(2).map(octet).collect()
}
