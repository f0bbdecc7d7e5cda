//! Diagnostics as people read them: the message, the place, the source line with the fault underlined.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

use crate::diagnostic::{Diagnostic, printable};
use crate::model::Span;

/// Whether a rendering holds escape sequences for a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Text only.
    #[default]
    Plain,
    /// With ANSI colours.
    Colored,
}

/// Spaces that a tab is shown as, at most: tabs reach to the next multiple of it.
const TAB: usize = 4;

/// Characters of a source line that are shown before and behind the start of the fault. Lines are longer where a
/// schema was not written by hand.
const BEFORE: usize = 80;
const BEHIND: usize = 80;

/// Renders what is wrong with `source`, which was read from `file`. One paragraph for each diagnostic, in their order,
/// each followed by an empty line.
#[must_use]
pub fn render(file: &str, source: &str, diagnostics: &[Diagnostic], style: Style) -> String {
    let mut out = String::new();
    let file: String = file.chars().map(printable).collect();
    let lines = line_starts(source);
    for diagnostic in diagnostics {
        // Writing to a string does not fail.
        let _ = paragraph(&mut out, &file, source, &lines, diagnostic, style);
    }
    out
}

fn paragraph(
    out: &mut String,
    file: &str,
    source: &str,
    lines: &[usize],
    diagnostic: &Diagnostic,
    style: Style,
) -> std::fmt::Result {
    let ink = Ink::new(style);
    let Span { line, column, .. } = diagnostic.span;
    let margin = " ".repeat(line.to_string().len());
    writeln!(
        out,
        "{}error[{} {}]{}{}: {}{}",
        ink.error,
        diagnostic.code,
        diagnostic.code.name(),
        ink.end,
        ink.bold,
        diagnostic.message(),
        ink.end
    )?;
    writeln!(
        out,
        "{margin}{}-->{} {file}:{line}:{column}",
        ink.frame, ink.end
    )?;
    if let Some(excerpt) = excerpt(source, lines, diagnostic.span) {
        writeln!(out, "{margin} {}|{}", ink.frame, ink.end)?;
        writeln!(out, "{}{line} |{} {}", ink.frame, ink.end, excerpt.text)?;
        writeln!(
            out,
            "{margin} {}|{} {}{}{}{}",
            ink.frame,
            ink.end,
            " ".repeat(excerpt.before),
            ink.error,
            "^".repeat(excerpt.width),
            ink.end
        )?;
    }
    let mut remark = |word: &str, text: &str| {
        writeln!(
            out,
            "{margin} {}={} {}{word}{}: {text}",
            ink.frame, ink.end, ink.bold, ink.end
        )
    };
    if let Some(suggestion) = &diagnostic.suggestion {
        remark("help", suggestion)?;
    }
    for note in &diagnostic.notes {
        match note.span {
            Some(Span { line, column, .. }) => {
                remark("note", &format!("{}: {file}:{line}:{column}", note.text))?;
            }
            None => remark("note", &note.text)?,
        }
    }
    writeln!(out)
}

/// Escape sequences, empty where none are wanted.
struct Ink {
    error: &'static str,
    bold: &'static str,
    frame: &'static str,
    end: &'static str,
}

impl Ink {
    const fn new(style: Style) -> Self {
        match style {
            Style::Plain => Self {
                error: "",
                bold: "",
                frame: "",
                end: "",
            },
            Style::Colored => Self {
                error: "\x1b[1;31m",
                bold: "\x1b[1m",
                frame: "\x1b[1;34m",
                end: "\x1b[0m",
            },
        }
    }
}

/// A line of source as shown, and the cells of it to underline.
struct Excerpt {
    text: String,
    before: usize,
    width: usize,
}

fn line_starts(source: &str) -> Vec<usize> {
    let behind = source.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(behind).collect()
}

/// Nothing if the span is not of this source.
fn excerpt(source: &str, lines: &[usize], span: Span) -> Option<Excerpt> {
    let index = usize::try_from(span.line).ok()?.checked_sub(1)?;
    let start = *lines.get(index)?;
    let end = lines.get(index + 1).map_or(source.len(), |next| next - 1);
    let head = source.get(start..span.start)?;
    let tail = source.get(span.start..end)?;
    let marked = source
        .get(span.start..span.end.min(end).max(span.start))?
        .len();
    let head = if index == 0 {
        head.strip_prefix('\u{feff}').unwrap_or(head)
    } else {
        head
    };

    let mut cells = Cells::default();
    let cut = head
        .char_indices()
        .rev()
        .nth(BEFORE - 1)
        .map_or(0, |(at, _)| at);
    if cut > 0 {
        cells.push('…');
    }
    head[cut..]
        .chars()
        .for_each(|character| cells.push(character));
    let before = cells.width;
    let mut underlined = 0;
    for (count, (at, character)) in tail.char_indices().enumerate() {
        if character == '\r' && at + 1 == tail.len() {
            break;
        }
        if count == BEHIND {
            cells.push('…');
            break;
        }
        cells.push(character);
        if at < marked {
            underlined = cells.width - before;
        }
    }
    Some(Excerpt {
        text: cells.text.trim_end().to_owned(),
        before,
        width: underlined.max(1),
    })
}

/// Text and the cells it takes on a terminal.
#[derive(Default)]
struct Cells {
    text: String,
    width: usize,
}

impl Cells {
    fn push(&mut self, character: char) {
        if character == '\t' {
            let width = TAB - self.width % TAB;
            self.text.extend(std::iter::repeat_n(' ', width));
            self.width += width;
            return;
        }
        let character = printable(character);
        self.text.push(character);
        self.width += character.width().unwrap_or(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Style, render};
    use crate::parse;

    fn rendered(source: &str) -> String {
        let diagnostics = parse(source).err().unwrap_or_default();
        render("a.bare", source, &diagnostics, Style::Plain)
    }

    /// The source line and the line of carets.
    fn marks(source: &str) -> (String, String) {
        let text = rendered(source);
        let mut lines = text.lines().filter(|line| line.contains(" | "));
        let mut next = || lines.next().unwrap_or_default().to_owned();
        (next(), next())
    }

    #[test]
    fn shows_the_line_and_underlines_the_fault() {
        let expected = "\
error[B204 old-string]: expected `str`, but found `string`
 --> a.bare:1:11
  |
1 | type Name string
  |           ^^^^^^
  = help: write `str`

";
        assert_eq!(rendered("type Name string"), expected);
    }

    #[test]
    fn keeps_carets_below_the_fault_behind_tabs_and_wide_characters() {
        let (line, carets) = marks("type A struct {\n\ta:\tstring\n}\n");
        assert_eq!(line, "2 |     a:  string");
        assert_eq!(carets, "  |         ^^^^^^");
        let (line, carets) = marks("type 名前 string\n");
        assert_eq!(line, "1 | type 名前 string");
        assert_eq!(carets, "  |      ^^^^");
    }

    #[test]
    fn shows_nothing_that_would_act_on_a_terminal() {
        let text = rendered("type A \u{1b}[31m\u{202e}u8\r\n");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
    }

    #[test]
    fn shows_only_a_part_of_a_long_line() {
        let source = format!(
            "type A struct {{{} b: string {}}}",
            " a: u8".repeat(9999),
            "c: u8 ".repeat(9999)
        );
        for line in rendered(&source).lines() {
            assert!(line.chars().count() < 200, "{line}");
        }
    }

    #[test]
    fn does_not_trip_over_a_source_that_is_not_the_one_parsed() {
        let diagnostics = parse("type A struct {\n a: string\n}").unwrap_err();
        for other in ["", "\n", "ééééééééééééééééé", "\u{feff}\nééééé"] {
            assert!(render("a.bare", other, &diagnostics, Style::Plain).contains("B204"));
        }
    }

    #[test]
    fn colours_only_when_asked() {
        let source = "type Name string";
        let diagnostics = parse(source).unwrap_err();
        assert!(!render("a.bare", source, &diagnostics, Style::Plain).contains('\u{1b}'));
        assert!(
            render("a.bare", source, &diagnostics, Style::Colored)
                .contains("\u{1b}[1;31m^^^^^^\u{1b}[0m")
        );
    }
}
