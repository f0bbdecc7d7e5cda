//! The codec against codecs in other languages, which decode and encode again what ours wrote.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::process::{ChildStdin, Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};
use bare::dynamic::{self, Scalar, Visitor};
use bare::schema::{Kind, Resolved, Type, TypeDef};
use envoy_cli::{hex, json};
use serde_json::{Value, json};

use crate::corpus;
use crate::recorded::{self, checkout};
use crate::subject::{SUBJECTS, Subject};

/// No generated message is longer.
const LONGEST: usize = 64 * 1024;

/// Compares with `tests/interop/typescript` on every recorded frame and on `messages` generated ones of each root and
/// version: the octets that it writes, and the values that it reads.
///
/// Errors: the first message that the two codecs do not agree about.
pub fn typescript(messages: usize) -> Result<()> {
    let dir = checkout("tests/interop/typescript");
    let mut cases = Vec::new();
    for recording in recorded::frames()? {
        cases.push((recording.subject, recording.octets));
    }
    let recorded = cases.len();
    for subject in &SUBJECTS {
        let generated = corpus::generated(subject, messages, LONGEST);
        cases.extend(generated.into_iter().map(|octets| (subject, octets)));
    }
    let asked = cases.len();
    cases.retain(|(subject, octets)| !starts_long_text_with_a_mark(subject, octets));

    let mut peer = Command::new("node")
        .arg("interop.mjs")
        .current_dir(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start node: install Node.js 20 or later")?;
    let stdin = peer
        .stdin
        .take()
        .context("expected the pipe that was asked for")?;
    let stdout = peer
        .stdout
        .take()
        .context("expected the pipe that was asked for")?;
    let lines: Vec<_> = cases
        .iter()
        .map(|(subject, octets)| request(subject, octets))
        .collect();
    // Answers come while requests are still written: both at once, or both sides wait for ever.
    let writer = thread::spawn(move || write(stdin, &lines));

    let mut answers = BufReader::new(stdout).lines();
    for (subject, octets) in &cases {
        let answer = answers
            .next()
            .context("expected an answer to every frame, but the peer ended")??;
        compare(subject, octets, &answer).with_context(|| {
            format!(
                "{} at {}: {}",
                subject.root,
                subject.version,
                hex::encode(octets)
            )
        })?;
    }
    writer.join().ok().context("the writer panicked")??;
    let status = peer.wait()?;
    ensure!(
        status.success(),
        "expected the peer to end well, but found {status}"
    );
    println!(
        "typescript: {recorded} recorded and {} generated messages, the same octets and values",
        cases.len() - recorded
    );
    println!(
        "typescript: {} left out, for a text that the peer is known to change",
        asked - cases.len()
    );
    Ok(())
}

fn request(subject: &Subject, octets: &[u8]) -> String {
    let version = subject.version.number();
    format!("{version} {} {}", subject.root, hex::encode(octets))
}

fn write(stdin: ChildStdin, lines: &[String]) -> Result<()> {
    let mut stdin = BufWriter::new(stdin);
    for line in lines {
        writeln!(stdin, "{line}")?;
    }
    stdin.flush().context("cannot write to the peer")
}

fn compare(subject: &Subject, octets: &[u8], answer: &str) -> Result<()> {
    let Some((digits, value)) = answer
        .strip_prefix("ok ")
        .and_then(|answer| answer.split_once('\t'))
    else {
        bail!("expected `ok`, but found `{answer}`");
    };
    ensure!(
        digits == hex::encode(octets),
        "expected the same octets, but found {digits}"
    );
    let theirs: Value = serde_json::from_str(value).context("expected JSON")?;
    let ours = json::decode(subject.definition(), octets)?;
    let theirs = canonical(Type::Named(subject.definition()), theirs)?;
    // As text, since that keeps the order of a map's entries, which equality passes over.
    let (ours, theirs) = (ours.to_string(), theirs.to_string());
    ensure!(
        theirs == ours,
        "expected the value {ours}, but found {theirs}"
    );
    Ok(())
}

/// The value as the peer prints it, in the form of `docs/json.md`: that form has names of enum values as the schema
/// spells them, maps of text as objects, and integers of up to 2^53 as numbers.
fn canonical(ty: Type, value: Value) -> Result<Value> {
    let ty = match ty.resolve() {
        Resolved::Def(def) => return canonical_named(def, value),
        Resolved::Plain(ty) => ty,
    };
    match (ty, value) {
        (Type::U64 | Type::I64, Value::String(digits)) => {
            let number: i128 = digits.parse()?;
            let exact = i64::try_from(number)
                .ok()
                .filter(|number| number.unsigned_abs() <= 1 << 53);
            Ok(exact.map_or(Value::String(digits), Value::from))
        }
        (Type::Optional(_), Value::Null) => Ok(Value::Null),
        (Type::Optional(inner), value) => canonical(*inner, value),
        (Type::List(item) | Type::FixedList(item, _), Value::Array(items)) => items
            .into_iter()
            .map(|value| canonical(*item, value))
            .collect(),
        (Type::Map(Type::Str, item), Value::Array(entries)) => entries
            .into_iter()
            .map(|entry| {
                let (key, value): (String, Value) = serde_json::from_value(entry)?;
                Ok((key, canonical(*item, value)?))
            })
            .collect(),
        (_, value) => Ok(value),
    }
}

fn canonical_named(def: &'static TypeDef, mut value: Value) -> Result<Value> {
    match def.kind {
        Kind::Alias(ty) => canonical(ty, value),
        Kind::Struct(fields) => fields
            .iter()
            .map(|field| {
                let value = value
                    .get_mut(field.name)
                    .with_context(|| format!("expected `{}`", field.name))?;
                Ok((field.name.to_owned(), canonical(field.ty, value.take())?))
            })
            .collect(),
        Kind::Enum(values) => {
            let name = value
                .as_str()
                .context("expected the name of an enum's value")?;
            let known = values.iter().find(|known| pascal_case(known.name) == name);
            Ok(known
                .with_context(|| format!("expected a value of {}, but found {name}", def.name))?
                .name
                .into())
        }
        Kind::Union(members) => {
            let tag = value["tag"]
                .as_str()
                .context("expected the tag of a union")?;
            let member = members.iter().find(|member| member.name == tag);
            let member = member
                .with_context(|| format!("expected a member of {}, but found {tag}", def.name))?;
            let inner = canonical(member.ty, value["val"].take())?;
            Ok(json!({ "tag": member.name, "val": inner }))
        }
    }
}

/// `GOING_AWAY` as `GoingAway`.
fn pascal_case(name: &str) -> String {
    name.split('_')
        .map(|word| word[..1].to_owned() + &word[1..].to_lowercase())
        .collect()
}

/// Whether a message has a text that the peer changes: it drops a byte order mark from the start of one of 256 octets or
/// more.
fn starts_long_text_with_a_mark(subject: &Subject, octets: &[u8]) -> bool {
    #[derive(Default)]
    struct Texts {
        changed: bool,
    }
    impl Visitor for Texts {
        fn scalar(&mut self, _span: std::ops::Range<usize>, scalar: Scalar<'_>) {
            if let Scalar::Str(text) = scalar {
                self.changed |= text.len() >= 256 && text.starts_with('\u{feff}');
            }
        }
    }
    let mut texts = Texts::default();
    // What is not a message is compared too, and then is an error.
    dynamic::walk(subject.definition(), octets, &mut texts).is_ok() && texts.changed
}

#[cfg(test)]
mod tests {
    use envoy_protocol::{Root, Version};

    use super::*;

    fn subject() -> &'static Subject {
        Subject::find(Root::ToEnvoy, Version::V5).expect("it is in the table")
    }

    /// A server's commands: one that stops an actor because it was lost.
    const STOP: &[u8] = b"\x01\x01\x01a\x07\0\0\0\x09\0\0\0\0\0\0\0\x01\x04";

    fn answer(reason: &str, octets: &[u8]) -> String {
        let value = json!({ "tag": "ToEnvoyCommands", "val": [{
            "checkpoint": { "actorId": "a", "generation": 7, "index": 9 },
            "inner": { "tag": "CommandStopActor", "val": { "reason": reason } },
        }] });
        format!("ok {}\t{value}", hex::encode(octets))
    }

    #[test]
    fn takes_an_answer_with_the_same_octets_and_value() {
        compare(subject(), STOP, &answer("Lost", STOP)).expect("they agree");
    }

    #[test]
    fn refuses_an_answer_with_other_octets_another_value_or_an_error() {
        assert!(compare(subject(), STOP, &answer("Lost", &STOP[1..])).is_err());
        assert!(compare(subject(), STOP, &answer("Destroy", STOP)).is_err());
        assert!(compare(subject(), STOP, &answer("Unheard", STOP)).is_err());
        assert!(compare(subject(), STOP, "error: decode: bad tag").is_err());
    }

    #[test]
    fn spells_an_integer_as_a_number_up_to_two_to_the_53() {
        let canonical = |value: &str| canonical(Type::I64, value.into()).expect("an integer");
        assert_eq!(
            canonical("9007199254740992"),
            json!(9_007_199_254_740_992_i64)
        );
        assert_eq!(
            canonical("-9007199254740992"),
            json!(-9_007_199_254_740_992_i64)
        );
        assert_eq!(canonical("9007199254740993"), json!("9007199254740993"));
        assert_eq!(
            canonical("-9223372036854775808"),
            json!("-9223372036854775808")
        );
    }

    #[test]
    fn knows_the_texts_that_the_peer_changes() {
        let message = |text: &str| {
            let value = json!({ "tag": "ToEnvoyKvResponse", "val": {
                "requestId": 1,
                "data": { "tag": "KvErrorResponse", "val": { "message": text } },
            } });
            json::encode(subject().definition(), &value).expect("it is a message")
        };
        let long = "a".repeat(256);
        assert!(starts_long_text_with_a_mark(
            subject(),
            &message(&format!("\u{feff}{long}"))
        ));
        assert!(!starts_long_text_with_a_mark(
            subject(),
            &message("\u{feff}short")
        ));
        assert!(!starts_long_text_with_a_mark(subject(), &message(&long)));
    }
}
