//! A message as an annotated tree: each value with its place, its octets, its name, its type and what it says.

mod tree;
mod value;

use std::io::{self, Write};
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use bare::DecodeError;
use bare::dynamic::walk;
use bare::schema::TypeDef;

use tree::Builder;
pub(crate) use value::counted;

/// The tree of a message, or of as much of it as could be read.
#[derive(Debug)]
pub struct Explanation<'a> {
    octets: &'a [u8],
    lines: Vec<Line>,
    error: Option<DecodeError>,
}

/// A value that has octets of its own, together with the values that only wrap it: the `optional` or `union` around it.
#[derive(Debug)]
struct Line {
    /// The octets of the value, without those of the values on other lines.
    span: Range<usize>,
    depth: usize,
    name: String,
    /// As the schema spells it. Empty for octets that belong to no value.
    ty: String,
    /// What the value says, with what separates it from the type.
    text: String,
}

/// Reads `octets` as a message of the type `def`.
#[must_use]
pub fn explain<'a>(def: &'static TypeDef, octets: &'a [u8]) -> Explanation<'a> {
    let mut builder = Builder::default();
    let error = walk(def, octets, &mut builder).err();
    let lines = match &error {
        None => builder.finish(),
        Some(error) => builder.finish_at(error, octets.len()),
    };
    Explanation {
        octets,
        lines,
        error,
    }
}

impl Explanation<'_> {
    /// Why the tree ends where it ends, if that is not the end of the message.
    #[must_use]
    pub fn error(&self) -> Option<&DecodeError> {
        self.error.as_ref()
    }

    /// Writes the tree, a line for each value, and the error if there is one.
    ///
    /// Errors: those of `out`.
    pub fn write(&self, out: &mut impl Write, palette: &Palette) -> io::Result<()> {
        let width = self.octets.len().to_string().len().max(4);
        for line in &self.lines {
            self.write_line(out, palette, line, width)?;
        }
        if let Some(error) = &self.error {
            let style = palette.error;
            writeln!(out, "{style}error:{style:#} {error}")?;
        }
        Ok(())
    }

    fn write_line(
        &self,
        out: &mut impl Write,
        palette: &Palette,
        line: &Line,
        width: usize,
    ) -> io::Result<()> {
        let Palette {
            offset,
            octets,
            name,
            ty,
            ..
        } = palette;
        let indent = line.depth * 2;
        let digits = abbreviated(&self.octets[line.span.clone()]);
        write!(out, "{offset}{:>width$}{offset:#}  ", line.span.start)?;
        write!(
            out,
            "{octets}{digits:<OCTETS_WIDTH$}{octets:#}  {:indent$}",
            ""
        )?;
        write!(out, "{name}{}{name:#}", line.name)?;
        if !line.ty.is_empty() {
            write!(out, ": {ty}{}{ty:#}", line.ty)?;
        }
        writeln!(out, "{}", line.text)
    }
}

/// How the parts of a tree look on a terminal.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    offset: Style,
    octets: Style,
    name: Style,
    ty: Style,
    error: Style,
}

impl Palette {
    /// Text and nothing else.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// ANSI colours.
    #[must_use]
    pub fn coloured() -> Self {
        Self {
            offset: Style::new().dimmed(),
            octets: AnsiColor::Cyan.on_default(),
            name: Style::new().bold(),
            ty: Style::new().dimmed(),
            error: AnsiColor::Red.on_default().bold(),
        }
    }
}

/// Octets that are shown in full; of more than these, the first [`OCTETS_CUT`] are.
const OCTETS_SHOWN: usize = 8;
const OCTETS_CUT: usize = 5;
/// Two digits for each octet, spaces between them.
const OCTETS_WIDTH: usize = OCTETS_SHOWN * 3 - 1;

fn abbreviated(octets: &[u8]) -> String {
    let digits = |octets: &[u8]| {
        let digits: Vec<_> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        digits.join(" ")
    };
    match octets.len() {
        0..=OCTETS_SHOWN => digits(octets),
        len => format!("{} … +{}", digits(&octets[..OCTETS_CUT]), len - OCTETS_CUT),
    }
}

#[cfg(test)]
mod tests;
