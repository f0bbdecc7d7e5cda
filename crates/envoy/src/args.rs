//! What can be said on the command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ColorChoice, Parser, Subcommand};
use envoy_protocol::{Root, Version};

/// The envoy protocol: run a server or a host of it, see it at work, and decode, encode, convert and explain its frames.
#[derive(Debug, Parser)]
#[command(name = "envoy", version, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print frames as JSON
    ///
    /// Reads one frame and prints its JSON over several lines. With --hex, reads one frame a line as hexadecimal digits,
    /// and prints exactly one line for each: its JSON, or `error: …` with the octet and the path. The JSON is that of
    /// docs/json.md. Where --root or --version is `auto`, it is an object of `readings`: each root that fits, with the
    /// versions at which it reads the same, and the message.
    Decode(Decode),
    /// Write frames from JSON: the inverse of decode
    ///
    /// Reads one JSON value and writes the octets of the frame. With --hex, reads one JSON value a line, and prints
    /// exactly one line for each: the frame as hexadecimal digits, or `error: …` with the path into the JSON. Where
    /// --root or --version is `auto`, takes what decode prints then, and any message that has the same octets in every
    /// root and version that fits.
    Encode(Encode),
    /// Bring frames from one version to another
    ///
    /// Reads one frame and writes the converted one. With --hex, reads one frame a line as hexadecimal digits, and prints
    /// exactly one line for each: the converted frame in hexadecimal digits, or `error: …` with the octet and the path.
    Convert(Convert),
    /// Print frames as an annotated tree: offset, octets, field, type and value
    ///
    /// Reads one frame; with --hex, one frame a line as hexadecimal digits. A frame that does not decode is shown as far
    /// as it could be read, followed by the error.
    Explain(Explain),
    /// Run a server or a host, or see both at work.
    #[cfg(feature = "serve")]
    #[command(flatten)]
    Serve(crate::serve::Command),
}

/// `envoy decode`
#[derive(Debug, Args)]
pub struct Decode {
    /// How to read the frames.
    #[command(flatten)]
    pub selection: Selection,
    /// Where they are.
    #[command(flatten)]
    pub input: Input,
}

/// `envoy encode`
#[derive(Debug, Args)]
pub struct Encode {
    /// What the JSON is.
    #[command(flatten)]
    pub selection: Selection,
    /// Where it is.
    #[command(flatten)]
    pub input: Input,
}

/// `envoy convert`
#[derive(Debug, Args)]
pub struct Convert {
    /// The root of the frames.
    #[arg(long, help = format!("The root of the frames: {}", roots()))]
    pub root: Root,
    /// The version they are of
    #[arg(long, value_name = "VERSION")]
    pub from: Version,
    /// The version to bring them to; the same one checks them and hands them back
    #[arg(long, value_name = "VERSION")]
    pub to: Version,
    /// Where they are.
    #[command(flatten)]
    pub input: Input,
}

/// `envoy explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// How to read the frames.
    #[command(flatten)]
    pub selection: Selection,
    /// Where they are.
    #[command(flatten)]
    pub input: Input,
    /// When to use colours; `auto` is on a terminal, unless the environment sets `NO_COLOR`
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// Root and version, as far as they are known.
#[derive(Debug, Clone, Copy, Args)]
pub struct Selection {
    /// The root.
    #[arg(long, default_value = "auto", value_name = "ROOT", help = format!("The root: {}; `auto` tries all", roots()))]
    pub root: Choice<Root>,
    /// The version.
    #[arg(
        long,
        default_value = "auto",
        value_name = "VERSION",
        help = format!("The version: {}; `auto` tries all", versions()),
    )]
    pub version: Choice<Version>,
}

/// What is read, and how.
#[derive(Debug, Args)]
pub struct Input {
    /// Frames are lines of hexadecimal digits, messages lines of JSON
    #[arg(long)]
    pub hex: bool,
    /// The file to read; standard input if there is none
    pub file: Option<PathBuf>,
}

/// Something given, or `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<T> {
    /// Whatever fits.
    Auto,
    /// Only this.
    Only(T),
}

fn roots() -> String {
    let names: Vec<_> = Root::ALL.iter().map(|root| root.name()).collect();
    names.join(", ")
}

fn versions() -> String {
    let numbers: Vec<_> = Version::ALL
        .iter()
        .map(|version| version.number().to_string())
        .collect();
    numbers.join(", ")
}

impl<T: FromStr> FromStr for Choice<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => text.parse().map(Self::Only),
        }
    }
}

impl Selection {
    /// The root and version, where both are given.
    #[must_use]
    pub fn only(self) -> Option<(Root, Version)> {
        match (self.root, self.version) {
            (Choice::Only(root), Choice::Only(version)) => Some((root, version)),
            _ => None,
        }
    }

    /// The roots to try.
    pub fn roots(self) -> impl Iterator<Item = Root> {
        Root::ALL
            .iter()
            .copied()
            .filter(move |root| self.root.takes(root))
    }

    /// The versions to try, oldest first.
    pub fn versions(self) -> impl Iterator<Item = Version> {
        Version::ALL
            .iter()
            .copied()
            .filter(move |version| self.version.takes(version))
    }
}

impl<T: PartialEq> Choice<T> {
    /// Whether `value` is what was asked for.
    fn takes(&self, value: &T) -> bool {
        match self {
            Self::Auto => true,
            Self::Only(only) => only == value,
        }
    }
}
