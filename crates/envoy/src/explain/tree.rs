//! Building the lines of a tree.

use std::ops::Range;

use bare::DecodeError;
use bare::dynamic::{Composite, Scalar, Step, Visitor};
use bare::schema::Type;

use super::Line;
use super::value::{counted, scalar, spelled};

/// Collects a line for each value of the message that is walked.
#[derive(Default)]
pub(super) struct Builder {
    lines: Vec<Line>,
    /// The line of the value that is being read. An `optional` or `union` leaves it to the value inside.
    current: Option<Line>,
    depth: usize,
    /// For each open value, whether the values inside stand below it.
    open: Vec<Inside>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    OnTheSameLine,
    Below,
}

impl Builder {
    pub(super) fn finish(self) -> Vec<Line> {
        self.lines
    }

    /// The lines of what was read before `error`, the value that it is about among them, in a message of `len` octets.
    pub(super) fn finish_at(mut self, error: &DecodeError, len: usize) -> Vec<Line> {
        // A repeated key is found after the entries behind it.
        self.lines.extend(self.current.take().map(|mut line| {
            line.span.end = len;
            line.text += " = ?";
            line
        }));
        self.lines.retain(|line| line.span.start <= error.offset());
        if matches!(error.kind(), bare::DecodeErrorKind::TrailingOctets { .. }) {
            self.lines.push(Line {
                span: error.offset()..len,
                depth: 0,
                name: "left over".to_owned(),
                ty: String::new(),
                text: String::new(),
            });
        }
        self.lines
    }

    /// Adds octets and what they say to the line of the value that is being read.
    fn extend(&mut self, span: &Range<usize>, text: &str) {
        if let Some(line) = &mut self.current {
            line.span.end = span.end;
            line.text += text;
        }
    }

    fn end_line(&mut self) {
        self.lines.extend(self.current.take());
    }
}

impl Visitor for Builder {
    fn begin(&mut self, step: Step, ty: Type, offset: usize) {
        let name = match step {
            Step::Root(def) => {
                // Its type is its name.
                self.current = Some(Line {
                    span: offset..offset,
                    depth: 0,
                    name: def.name.to_owned(),
                    ty: String::new(),
                    text: String::new(),
                });
                return;
            }
            Step::Member(_) | Step::Some => return,
            Step::Field(field) => field.name.to_owned(),
            Step::Item(index) => format!("[{index}]"),
            Step::Key(index) => format!("[{index}].key"),
            Step::Value(index) => format!("[{index}].value"),
        };
        self.current = Some(Line {
            span: offset..offset,
            depth: self.depth,
            name,
            ty: spelled(ty),
            text: String::new(),
        });
    }

    fn scalar(&mut self, span: Range<usize>, value: Scalar<'_>) {
        self.extend(&span, &scalar(value));
        self.end_line();
    }

    fn open(&mut self, span: Range<usize>, composite: Composite) {
        let (text, inside) = match composite {
            Composite::Struct(_) => (String::new(), Inside::Below),
            Composite::Union(_, member) => (format!(" = {}", member.name), Inside::OnTheSameLine),
            Composite::None => (" = none".to_owned(), Inside::OnTheSameLine),
            Composite::Some => (String::new(), Inside::OnTheSameLine),
            Composite::List(count) | Composite::FixedList(count) => (
                format!(", {}", counted(count, "item", "items")),
                Inside::Below,
            ),
            Composite::Map(count) => (
                format!(", {}", counted(count, "entry", "entries")),
                Inside::Below,
            ),
        };
        self.extend(&span, &text);
        if inside == Inside::Below || matches!(composite, Composite::None) {
            self.end_line();
        }
        if inside == Inside::Below {
            self.depth += 1;
        }
        self.open.push(inside);
    }

    fn close(&mut self, _offset: usize) {
        if self.open.pop() == Some(Inside::Below) {
            self.depth -= 1;
        }
    }
}
