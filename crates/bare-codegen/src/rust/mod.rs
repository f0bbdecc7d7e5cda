//! Rust from checked schemas.
//!
//! Several versions of one schema are generated together, oldest first, a module each. A type that is the same in a
//! later version, all it contains included, is generated once and re-exported there. Roots are types of their own in
//! every version. A type that is not the same everywhere, or is a root, is generic over the types of its fields that
//! borrow: one definition then serves the owned and the borrowed form, and so does a converter that is generic in the
//! same way. Every other type is generated in both forms.

mod body;
mod data;
mod emit;
mod facts;
mod format;
mod items;
mod names;
mod plan;
mod types;

use crate::model::Schema;

/// One version of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// The name of its module, such as `v4`.
    pub name: &'a str,
    /// The schema, checked.
    pub schema: &'a Schema,
    /// Where it was read from, as the generated documentation names it.
    pub schema_path: &'a str,
}

/// What to generate.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Types that are types of their own in every version, though they may be the same.
    pub roots: Vec<String>,
    /// The command that writes the files again: their first line.
    pub command: String,
}

/// A generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, such as `v4.rs`.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Why nothing was generated. The schemas are checked, so these are the few things that only Rust minds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A root that no version has.
    UnknownRoot(String),
    /// Two things of one version get the same name in Rust.
    NameClash {
        /// The version.
        version: String,
        /// The name in Rust.
        name: String,
        /// The two things, as the schema names them.
        things: [String; 2],
    },
    /// `rustfmt` could not be run, or refused the text.
    Format(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownRoot(name) => write!(
                f,
                "expected a root that a version defines, but found `{name}`"
            ),
            Self::NameClash {
                version,
                name,
                things: [first, second],
            } => write!(
                f,
                "expected names that differ in Rust, but found that `{first}` and `{second}` of {version} both become `{name}`"
            ),
            Self::Format(why) => write!(
                f,
                "expected rustfmt to format the generated code, but found: {why}"
            ),
        }
    }
}

impl std::error::Error for Error {}

/// Generates a file for each version, oldest first.
pub fn generate(versions: &[Version<'_>], options: &Options) -> Result<Vec<File>, Error> {
    let plan = plan::Plan::new(versions, &options.roots)?;
    (0..versions.len())
        .map(|version| {
            let text = emit::file(&plan, version, options);
            Ok(File {
                name: format!("{}.rs", versions[version].name),
                text: format::rustfmt(&text)?,
            })
        })
        .collect()
}
