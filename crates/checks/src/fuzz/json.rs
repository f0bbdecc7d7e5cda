//! Messages as JSON and back.

use envoy_cli::json;

use crate::subject::Subject;

/// The bit of the first octet that says that the rest is JSON text and not a frame.
const TEXT: u8 = 0x80;

/// The JSON of a message has all of it: what it stands for is the same octets. Any text is parsed or refused, and what
/// it stands for has one printed form.
///
/// The first octet chooses the root and version, and with its highest bit that the rest is a text.
///
/// # Panics
/// If that does not hold.
pub fn json(input: &[u8]) {
    let Some((selector, rest)) = input.split_first() else {
        return;
    };
    let Some((subject, _)) = Subject::select(&[selector & !TEXT]) else {
        return;
    };
    if selector & TEXT == 0 {
        from_octets(subject, rest);
    } else {
        from_text(subject, rest);
    }
}

/// The input that is a text for `subject`.
pub(crate) fn text_input(subject: &Subject, text: &str) -> Vec<u8> {
    let mut input = subject.input(text.as_bytes());
    input[0] |= TEXT;
    input
}

fn from_octets(subject: &Subject, octets: &[u8]) {
    let definition = subject.definition();
    let Ok(value) = json::decode(definition, octets) else {
        return;
    };
    let text = value.to_string();
    let parsed = json::parse(text.as_bytes()).expect("expected the printed JSON to be JSON");
    let encoded =
        json::encode(definition, &parsed).expect("expected the JSON to stand for a message");
    assert_eq!(encoded, octets, "on the way through {text}");
}

fn from_text(subject: &Subject, text: &[u8]) {
    let definition = subject.definition();
    let Ok(value) = json::parse(text) else { return };
    let Ok(octets) = json::encode(definition, &value) else {
        return;
    };
    let printed = json::decode(definition, &octets).expect("expected what was encoded to decode");
    let again = json::encode(definition, &printed)
        .expect("expected the printed JSON to stand for a message");
    assert_eq!(again, octets, "on the way through {printed}");
}
