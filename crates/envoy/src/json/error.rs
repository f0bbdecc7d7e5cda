//! What can be wrong with JSON that should be a message.

use std::fmt;

use serde_json::Value;

/// Why JSON is not a message of the type: where, what was expected, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {kind}")]
pub struct JsonError {
    path: String,
    kind: JsonErrorKind,
}

/// What is wrong with the JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The text is not JSON.
    #[error("expected JSON, but found a mistake in line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in octets, from 1; 0 where the line ended too early.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// An object has a name twice.
    #[error(
        "expected each name of the object once, but found {} again in line {line}, column {column}",
        quoted(name)
    )]
    RepeatedName {
        /// The name.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in octets, from 1.
        column: usize,
    },
    /// A value is not what its type asks for.
    #[error("expected {expected}, but found {found}")]
    Mismatch {
        /// What the type asks for.
        expected: String,
        /// What is there.
        found: String,
    },
}

impl JsonError {
    /// Which value: `$.val.headers["content-type"]`, where `$` is the whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    #[must_use]
    pub fn kind(&self) -> &JsonErrorKind {
        &self.kind
    }

    pub(super) fn new(path: &[Step<'_>], kind: JsonErrorKind) -> Self {
        let mut text = String::from("$");
        for step in path {
            text += &step.to_string();
        }
        Self { path: text, kind }
    }
}

/// How to get from a JSON value to one inside it.
#[derive(Debug, Clone)]
pub(super) enum Step<'a> {
    Name(&'a str),
    OwnedName(String),
    Index(usize),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Name(name) => name,
            Self::OwnedName(name) => name.as_str(),
            Self::Index(index) => return write!(f, "[{index}]"),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.is_empty() && name.chars().all(plain) {
            write!(f, ".{name}")
        } else {
            write!(f, "[{}]", quoted(name))
        }
    }
}

/// What a message says was found: never longer than a line, whatever the value.
pub(super) fn describe(json: &Value) -> String {
    match json {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {}", quoted(text)),
        Value::Array(items) if items.len() == 1 => "an array of one item".to_owned(),
        Value::Array(items) => format!("an array of {} items", items.len()),
        Value::Object(members) if members.is_empty() => "an empty object".to_owned(),
        Value::Object(members) => format!("an object with {}", list(members.keys())),
    }
}

/// `"a", "b", and 3 more`
pub(super) fn list(names: impl ExactSizeIterator<Item = impl AsRef<str>>) -> String {
    const SHOWN: usize = 12;
    let beyond = names.len().saturating_sub(SHOWN);
    let shown: Vec<_> = names
        .take(SHOWN)
        .map(|name| quoted(name.as_ref()))
        .collect();
    match beyond {
        0 => shown.join(", "),
        beyond => format!("{}, and {beyond} more", shown.join(", ")),
    }
}

/// As JSON writes it, cut where it is long.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None => Value::from(text).to_string(),
        Some((end, _)) => format!("{}…", Value::from(&text[..end])),
    }
}
