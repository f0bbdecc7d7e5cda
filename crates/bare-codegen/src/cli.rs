//! What the subcommands share: reading schemas, printing, and how they fail.

pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod generate;

use std::io::{IsTerminal, Write};
use std::path::Path;

use bare_codegen::model::Schema;
use bare_codegen::{Diagnostic, Style};
use clap::ValueEnum;

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Diagnostics go to standard error, so that is what counts.
    pub(crate) fn style(self) -> Style {
        let colored = match self {
            Self::Auto => {
                std::io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
            Self::Always => true,
            Self::Never => false,
        };
        if colored {
            Style::Colored
        } else {
            Style::Plain
        }
    }
}

/// Why the command did not do what it was asked to.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A schema has errors or a file is stale: it has been said which.
    Found,
    /// As [`Found`](Self::Found), and this is what.
    Fault(String),
    /// The command line asks for what cannot be done.
    Usage(String),
}

impl Failure {
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Found | Self::Fault(_) => 1,
            Self::Usage(_) => 2,
        }
    }

    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Self::Found => None,
            Self::Fault(message) | Self::Usage(message) => Some(message),
        }
    }
}

/// A schema file and what it holds.
pub(crate) struct Source {
    /// As the command line names it, with `/` between its parts.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) parsed: Result<Schema, Vec<Diagnostic>>,
}

impl Source {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display().to_string().replace('\\', "/");
        let octets = std::fs::read(path).map_err(|error| {
            Failure::Usage(format!("expected to read {shown}, but found: {error}"))
        })?;
        let text = String::from_utf8(octets).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let octet = error.as_bytes()[at];
            Failure::Fault(format!(
                "expected UTF-8 in {shown}, but found the octet {octet:#04x} at offset {at}"
            ))
        })?;
        Ok(Self {
            path: shown,
            parsed: bare_codegen::parse(&text),
            text,
        })
    }

    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        self.parsed.as_ref().err().map_or(&[], Vec::as_slice)
    }

    /// The schema, or its errors on standard error.
    pub(crate) fn schema(&self, style: Style) -> Result<&Schema, Failure> {
        self.parsed.as_ref().map_err(|_| {
            self.complain(style);
            Failure::Found
        })
    }

    /// Says on standard error what is wrong, if anything is.
    pub(crate) fn complain(&self, style: Style) {
        let diagnostics = self.diagnostics();
        if diagnostics.is_empty() {
            return;
        }
        let text = bare_codegen::render(&self.path, &self.text, diagnostics, style);
        let count = match diagnostics.len() {
            1 => "1 error".to_owned(),
            count => format!("{count} errors"),
        };
        // Nobody is left to tell if standard error is closed.
        let _ = write!(std::io::stderr().lock(), "{text}{}: {count}\n\n", self.path);
    }
}

/// Writes to standard output; that a reader stops reading is no failure.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::Fault(error.to_string()))?;
    print(&(text + "\n"));
    Ok(())
}
