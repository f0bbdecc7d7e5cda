//! BARE schema compiler: reads schemas, checks every rule of the language, says what changed between two of them, and
//! generates Rust.
//!
//! ```
//! let schema = bare_codegen::parse("type Point struct { x: f64  y: f64 }").unwrap();
//! assert_eq!(schema.types[0].name.text, "Point");
//!
//! let source = "type Name string";
//! let errors = bare_codegen::parse(source).unwrap_err();
//! assert_eq!(errors[0].message(), "expected `str`, but found `string`");
//! println!("{}", bare_codegen::render("name.bare", source, &errors, bare_codegen::Style::Plain));
//! ```
#![forbid(unsafe_code)]

mod ast;
mod check;
mod code;
mod diagnostic;
pub mod diff;
mod layout;
mod lexer;
mod lower;
pub mod model;
mod parser;
mod primitive;
mod render;
pub mod rust;
mod suggest;

pub use code::Code;
pub use diagnostic::{Diagnostic, Note};
pub use layout::layout;
pub use parser::MAX_NESTING;
pub use render::{Style, render};

use model::Schema;

/// Reads and checks a schema. The error holds every broken rule that can be told from one reading, by place, and is
/// never empty.
///
/// The work is bounded by the length of the source, up to a logarithm, and the stack by [`MAX_NESTING`].
pub fn parse(source: &str) -> Result<Schema, Vec<Diagnostic>> {
    let (tree, mut diagnostics) = parser::parse(source);
    check::check(&tree, &mut diagnostics);
    // The tree is whole if nothing was reported.
    match lower::lower(tree) {
        Some(schema) if diagnostics.is_empty() => Ok(schema),
        _ => {
            diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code));
            Err(diagnostics)
        }
    }
}
