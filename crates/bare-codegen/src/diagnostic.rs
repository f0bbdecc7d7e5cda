//! What is wrong with a schema, where, and what to write instead.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::code::Code;
use crate::model::Span;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule.
    pub code: Code,
    /// The octets to blame.
    pub span: Span,
    /// What the rule asks for at this place.
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// What to write instead, where that can be told.
    pub suggestion: Option<String>,
    /// What helps to understand it, such as where the other of two equal names stands.
    pub notes: Vec<Note>,
}

/// A remark on a [`Diagnostic`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The remark.
    pub text: String,
    /// The place it speaks of.
    pub span: Option<Span>,
}

impl Diagnostic {
    /// "expected X, but found Y".
    #[must_use]
    pub fn message(&self) -> String {
        format!("expected {}, but found {}", self.expected, self.found)
    }

    pub(crate) fn new(
        code: Code,
        span: Span,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            code,
            span,
            expected: expected.into(),
            found: found.into(),
            suggestion: None,
            notes: Vec::new(),
        }
    }

    pub(crate) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    pub(crate) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note {
            text: text.into(),
            span: None,
        });
        self
    }

    pub(crate) fn note_at(mut self, text: impl Into<String>, span: Span) -> Self {
        self.notes.push(Note {
            text: text.into(),
            span: Some(span),
        });
        self
    }
}

/// Text of the user in a message: in backticks, cut where it is long, and without characters that would act on a
/// terminal.
pub(crate) fn quote(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut quoted = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            quoted.push('…');
            break;
        }
        quoted.push(printable(character));
    }
    quoted.push('`');
    quoted
}

/// The character itself, or a replacement where it would move the cursor or reorder what stands around it.
pub(crate) fn printable(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => ' ',
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Diagnostic", 7)?;
        object.serialize_field("code", self.code.as_str())?;
        object.serialize_field("name", self.code.name())?;
        object.serialize_field("span", &Place(self.span))?;
        object.serialize_field("expected", &self.expected)?;
        object.serialize_field("found", &self.found)?;
        object.serialize_field("suggestion", &self.suggestion)?;
        object.serialize_field("notes", &self.notes)?;
        object.end()
    }
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Note", 2)?;
        object.serialize_field("text", &self.text)?;
        object.serialize_field("span", &self.span.map(Place))?;
        object.end()
    }
}

/// How a span is written as JSON.
struct Place(Span);

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Span", 4)?;
        object.serialize_field("line", &self.0.line)?;
        object.serialize_field("column", &self.0.column)?;
        object.serialize_field("start", &self.0.start)?;
        object.serialize_field("end", &self.0.end)?;
        object.end()
    }
}

impl Span {
    /// From the start of `self` to the end of `last`.
    pub(crate) fn to(self, last: Self) -> Self {
        Self {
            end: last.end.max(self.end),
            ..self
        }
    }
}
