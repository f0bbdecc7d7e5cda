//! The schema compiler on any text.

use bare_codegen::model::Span;
use bare_codegen::{Style, layout, parse, render};

/// Any text is a schema or is refused with places in it. A schema's layout is a schema itself, with that same layout.
///
/// # Panics
/// If that does not hold.
pub fn schema(input: &[u8]) {
    let Ok(source) = std::str::from_utf8(input) else {
        return;
    };
    match parse(source) {
        Ok(schema) => {
            let text = layout(&schema);
            let again = parse(&text).unwrap_or_else(|errors| {
                panic!("{}", render("layout", &text, &errors, Style::Plain))
            });
            assert_eq!(layout(&again), text, "the layout has another layout");
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "refused without a reason");
            for diagnostic in &diagnostics {
                assert_within(source, diagnostic.span);
                for note in &diagnostic.notes {
                    note.span
                        .iter()
                        .for_each(|span| assert_within(source, *span));
                }
            }
            let text = render("source", source, &diagnostics, Style::Plain);
            assert!(
                diagnostics
                    .iter()
                    .all(|diagnostic| text.contains(&diagnostic.message())),
                "expected every message in:\n{text}"
            );
        }
    }
}

/// A place in the source is between two of its characters, and its line and column are those of its start.
fn assert_within(source: &str, span: Span) {
    assert!(
        source.get(span.start..span.end).is_some(),
        "{span:?} is no part of a source of {} octets",
        source.len()
    );
    // A byte order mark in front of the source is none of its characters.
    let before = &source[..span.start];
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    assert_eq!(
        (span.line as usize, span.column as usize),
        (line, column),
        "{span:?}"
    );
}
