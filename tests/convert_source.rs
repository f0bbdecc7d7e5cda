//! Reads `src/convert/` as source and refuses whatever would let a converter compile when a new version adds something.
//!
//! A converter names every variant and takes every struct apart field by field, so that the compiler asks about each
//! place a new version touches. Whatever stands for "the rest" takes that question away, and no set of lints refuses
//! all of it: hence this test. What it refuses, and why, is said at each [`Rule`].
//!
//! # Dropping a field
//! A downgrade may lose a field. It says so in one way only: the field is bound in the struct's pattern to its own name
//! with an underscore before it, and the documentation of the function (or of the `impl` around it) names the field,
//! in its Rust spelling or the schema's.
//!
//! ```
//! /// Converts the answer to v4, which has no `head_txid`: the head is lost.
//! fn downgrade(ok: v5::SqliteGetPagesOk) -> v4::SqliteGetPagesOk {
//!     let v5::SqliteGetPagesOk { pages, head_txid: _head_txid } = ok;
//!     v4::SqliteGetPagesOk { pages }
//! }
//! ```
//!
//! A message that cannot be converted is refused whole: an arm that is nothing but an `Err` may bind what its variant
//! holds to `_refused`.
//!
//! The parameter `_context` may go unused: it says where a list is built and nothing of the message.

use std::fmt;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

#[path = "convert_source/shown_to_fail.rs"]
mod shown_to_fail;

#[test]
fn converters_spell_out_every_variant_and_every_field() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/convert");
    let files = rust_files(&dir);
    for expected in ["v4_to_v5.rs", "v5_to_v4.rs"] {
        assert!(
            files.iter().any(|file| file.ends_with(expected)),
            "expected {expected} in {}, but found {files:?}",
            dir.display()
        );
    }

    let mut found = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(&file).expect("a source file can be read");
        let violations =
            check(&source).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        found.extend(
            violations
                .into_iter()
                .map(|v| format!("{}:{}: {}", file.display(), v.line, v.rule)),
        );
    }
    assert!(
        found.is_empty(),
        "src/convert breaks its rules:\n{}",
        found.join("\n")
    );
}

/// What converters must not contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// `_` as a pattern, at any depth: an arm that takes new variants, a field nobody looks at.
    Wildcard,
    /// `other => …`: a wildcard with a name. A binding below a variant is fine, since it has that variant's type.
    CatchAll,
    /// `..` in a pattern: takes new fields.
    RestPattern,
    /// `Foo { a, ..old }`: takes new fields from elsewhere.
    StructUpdate,
    /// `Default`, `default()` and what calls it for us: invents a value for a new field.
    DefaultValue,
    /// Any macro, `matches!` and unknown attributes included: what it writes cannot be read here.
    Macro,
    /// `if let`, `while let`, `let … else`: the `else` is a wildcard arm.
    PartialMatch,
    /// `x == Foo::Bar`: a match with a hidden wildcard arm.
    VariantComparison,
    /// `#[allow]` or `#[expect]`: the lints hold here above all.
    LintOff,
    /// `foo.bar`: reads a field of a struct that was not taken apart, so that a field beside it is not asked about.
    FieldAccess,
    /// A name with a leading underscore, `drop`, `forget` or `take`, other than the one form documented above.
    HiddenDrop,
    /// The one form of a drop, in a function that does not document the loss.
    UndocumentedDrop,
    /// Source that `syn` cannot take apart.
    Unreadable,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wildcard => "expected every variant and field by name, but found `_`",
            Self::CatchAll => {
                "expected every variant by name, but found a binding that takes them all"
            }
            Self::RestPattern => "expected every field by name, but found `..` in a pattern",
            Self::StructUpdate => "expected every field by name, but found a struct update",
            Self::DefaultValue => "expected a value said in full, but found a default",
            Self::Macro => {
                "expected plain code, but found a macro or an attribute other than the known ones"
            }
            Self::PartialMatch => {
                "expected a `match` over every variant, but found a `let` that may not match"
            }
            Self::VariantComparison => {
                "expected a `match` over every variant, but found a comparison with one"
            }
            Self::LintOff => "expected every lint to hold, but found one switched off",
            Self::FieldAccess => {
                "expected a struct taken apart by a pattern, but found a field read from it"
            }
            Self::HiddenDrop => {
                "expected a dropped field to be bound as `field: _field`, but found another way"
            }
            Self::UndocumentedDrop => {
                "expected the documentation to name the dropped field, but it does not"
            }
            Self::Unreadable => "expected source that can be taken apart, but found something else",
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Violation {
    line: usize,
    rule: Rule,
}

/// Everything in `source` that breaks a rule, in order of line.
fn check(source: &str) -> syn::Result<Vec<Violation>> {
    let mut checker = Checker::default();
    checker.visit_file(&syn::parse_file(source)?);
    checker.violations.sort_by_key(|v| v.line);
    Ok(checker.violations)
}

#[derive(Default)]
struct Checker {
    violations: Vec<Violation>,
    /// The documentation of what encloses the present item, outermost first.
    docs: Vec<String>,
    /// Whether the pattern at hand is that of an arm that refuses the message.
    refuses: bool,
}

/// What a name stands for that hands out a default.
const DEFAULTS: [&str; 4] = ["Default", "default", "unwrap_or_default", "or_default"];
/// What throws a value away, or leaves a default in its place, without the form that says so.
const DROPS: [&str; 3] = ["drop", "forget", "take"];
/// Attributes that neither write code nor switch off a lint.
const ATTRIBUTES: [&str; 5] = ["doc", "must_use", "inline", "cold", "cfg"];
/// Derives of the standard library, which cannot touch another type.
const DERIVES: [&str; 7] = [
    "Debug",
    "Clone",
    "Copy",
    "PartialEq",
    "Eq",
    "PartialOrd",
    "Ord",
];

impl Checker {
    fn refuse(&mut self, rule: Rule, at: Span) {
        self.violations.push(Violation {
            line: at.start().line,
            rule,
        });
    }

    /// A pattern where a bare name stands for a whole value that a variant should name: an arm, and what an arm is made
    /// of before the first variant or struct.
    fn refuse_catch_alls(&mut self, pat: &syn::Pat) {
        match pat {
            // A unit variant or a constant reads the same as a binding; rustc denies bindings that look like variants.
            syn::Pat::Ident(binding) => match &binding.subpat {
                Some((_, pat)) => self.refuse_catch_alls(pat),
                None if starts_upper(&binding.ident) => {}
                None => self.refuse(Rule::CatchAll, binding.ident.span()),
            },
            syn::Pat::Guard(guard) => self.refuse_catch_alls(&guard.pat),
            syn::Pat::Or(or) => or.cases.iter().for_each(|pat| self.refuse_catch_alls(pat)),
            syn::Pat::Paren(paren) => self.refuse_catch_alls(&paren.pat),
            syn::Pat::Reference(reference) => self.refuse_catch_alls(&reference.pat),
            syn::Pat::Slice(slice) => slice
                .elems
                .iter()
                .for_each(|pat| self.refuse_catch_alls(pat)),
            syn::Pat::Tuple(tuple) => tuple
                .elems
                .iter()
                .for_each(|pat| self.refuse_catch_alls(pat)),
            // Everything else names what it matches; `_` and `..` are refused wherever they stand.
            _ => {}
        }
    }

    /// `field: _field`, the one way to drop one.
    fn check_drop(&mut self, field: &syn::Ident, binding: &syn::Ident) {
        if *binding != format!("_{field}") {
            self.refuse(Rule::HiddenDrop, binding.span());
        } else if !self
            .docs
            .iter()
            .any(|doc| names_field(doc, &field.to_string()))
        {
            self.refuse(Rule::UndocumentedDrop, binding.span());
        }
    }

    fn within(&mut self, attributes: &[syn::Attribute], visit: impl FnOnce(&mut Self)) {
        self.docs.push(documentation(attributes));
        visit(self);
        self.docs.pop();
    }
}

impl<'ast> Visit<'ast> for Checker {
    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.refuse_catch_alls(&arm.pat);
        self.refuses = is_error(&arm.body);
        self.visit_pat(&arm.pat);
        self.refuses = false;
        arm.attrs
            .iter()
            .for_each(|attribute| self.visit_attribute(attribute));
        self.visit_expr(&arm.body);
    }

    fn visit_pat(&mut self, pat: &'ast syn::Pat) {
        match pat {
            syn::Pat::Wild(_) => self.refuse(Rule::Wildcard, pat.span()),
            syn::Pat::Verbatim(_) => self.refuse(Rule::Unreadable, pat.span()),
            _ => visit::visit_pat(self, pat),
        }
    }

    fn visit_pat_rest(&mut self, rest: &'ast syn::PatRest) {
        self.refuse(Rule::RestPattern, rest.span());
    }

    fn visit_field_pat(&mut self, field: &'ast syn::FieldPat) {
        match (&field.member, &*field.pat) {
            (syn::Member::Named(name), syn::Pat::Ident(binding))
                if starts_underscore(&binding.ident) =>
            {
                self.check_drop(name, &binding.ident);
            }
            _ => visit::visit_field_pat(self, field),
        }
    }

    fn visit_pat_tuple_struct(&mut self, pat: &'ast syn::PatTupleStruct) {
        let refused =
            |pat: &syn::Pat| matches!(pat, syn::Pat::Ident(binding) if binding.ident == "_refused");
        if !(self.refuses && pat.elems.iter().all(refused)) {
            visit::visit_pat_tuple_struct(self, pat);
        }
    }

    fn visit_fn_arg(&mut self, argument: &'ast syn::FnArg) {
        match argument {
            syn::FnArg::Typed(typed) if is_unused_context(&typed.pat) => self.visit_type(&typed.ty),
            _ => visit::visit_fn_arg(self, argument),
        }
    }

    fn visit_pat_ident(&mut self, binding: &'ast syn::PatIdent) {
        if starts_underscore(&binding.ident) {
            self.refuse(Rule::HiddenDrop, binding.ident.span());
        }
        visit::visit_pat_ident(self, binding);
    }

    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        match expr {
            // The left side of `_ = …` and of `Foo { a: _ } = …`.
            syn::Expr::Infer(_) => self.refuse(Rule::Wildcard, expr.span()),
            syn::Expr::Let(_) => self.refuse(Rule::PartialMatch, expr.span()),
            syn::Expr::Field(field) => self.refuse(Rule::FieldAccess, field.member.span()),
            syn::Expr::Binary(binary)
                if matches!(binary.op, syn::BinOp::Eq(_) | syn::BinOp::Ne(_))
                    && (is_variant(&binary.left) || is_variant(&binary.right)) =>
            {
                self.refuse(Rule::VariantComparison, expr.span());
            }
            syn::Expr::Verbatim(_) => self.refuse(Rule::Unreadable, expr.span()),
            _ => {}
        }
        visit::visit_expr(self, expr);
    }

    fn visit_expr_struct(&mut self, expr: &'ast syn::ExprStruct) {
        // Without an expression behind it this is a rest pattern of an assignment, and as bad.
        if let Some(dots) = &expr.dot2_token {
            self.refuse(Rule::StructUpdate, dots.span());
        }
        visit::visit_expr_struct(self, expr);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some((otherwise, _)) = local.init.as_ref().and_then(|init| init.diverge.as_ref()) {
            self.refuse(Rule::PartialMatch, otherwise.span());
        }
        visit::visit_local(self, local);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.refuse(Rule::Macro, invocation.path.span());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let name = attribute
            .path()
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        match name.as_str() {
            "allow" | "expect" | "warn" => self.refuse(Rule::LintOff, attribute.span()),
            "derive" => {
                let known = attribute.parse_nested_meta(|meta| {
                    let known = meta
                        .path
                        .get_ident()
                        .is_some_and(|name| DERIVES.iter().any(|d| name == d));
                    known
                        .then_some(())
                        .ok_or_else(|| meta.error("a derive of another crate"))
                });
                if known.is_err() {
                    self.refuse(Rule::Macro, attribute.span());
                }
            }
            name if ATTRIBUTES.contains(&name) => {}
            _ => self.refuse(Rule::Macro, attribute.span()),
        }
    }

    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        if DEFAULTS.iter().any(|name| ident == name) {
            self.refuse(Rule::DefaultValue, ident.span());
        } else if DROPS.iter().any(|name| ident == name) {
            self.refuse(Rule::HiddenDrop, ident.span());
        }
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        if let syn::Item::Verbatim(_) = item {
            self.refuse(Rule::Unreadable, item.span());
        }
        visit::visit_item(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within(&item.attrs, |this| visit::visit_item_fn(this, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within(&item.attrs, |this| visit::visit_impl_item_fn(this, item));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.within(&item.attrs, |this| visit::visit_item_impl(this, item));
    }
}

/// Whether an expression is `Err(…)` or `return Err(…)`, in a block of its own or not.
fn is_error(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Block(block) => match &block.block.stmts[..] {
            [syn::Stmt::Expr(expr, _)] => is_error(expr),
            _ => false,
        },
        syn::Expr::Return(returned) => returned.expr.as_deref().is_some_and(is_error),
        syn::Expr::Call(call) => {
            matches!(&*call.func, syn::Expr::Path(path) if path.path.is_ident("Err"))
        }
        _ => false,
    }
}

fn is_unused_context(pat: &syn::Pat) -> bool {
    matches!(pat, syn::Pat::Ident(binding) if binding.ident == "_context" && binding.subpat.is_none())
}

fn starts_upper(ident: &syn::Ident) -> bool {
    ident.to_string().starts_with(char::is_uppercase)
}

fn starts_underscore(ident: &syn::Ident) -> bool {
    ident.to_string().starts_with('_')
}

/// Whether an expression is a path of two names or more that ends as a variant does: `StopCode::Ok`.
fn is_variant(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Path(path) => {
            let segments = &path.path.segments;
            let last = segments
                .last()
                .map(|segment| segment.ident.to_string())
                .unwrap_or_default();
            segments.len() > 1
                && last.starts_with(char::is_uppercase)
                && last.contains(char::is_lowercase)
        }
        syn::Expr::Paren(paren) => is_variant(&paren.expr),
        syn::Expr::Reference(reference) => is_variant(&reference.expr),
        _ => false,
    }
}

fn documentation(attributes: &[syn::Attribute]) -> String {
    let mut doc = String::new();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
    {
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && let syn::Expr::Lit(literal) = &pair.value
            && let syn::Lit::Str(text) = &literal.lit
        {
            doc.push_str(&text.value());
            doc.push('\n');
        }
    }
    doc
}

/// Whether a text has `field` as a word, as Rust spells it (`head_txid`) or as the schema does (`headTxid`).
fn names_field(doc: &str, field: &str) -> bool {
    let schema = field.replace('_', "");
    doc.split(|c: char| !c.is_alphanumeric() && c != '_')
        .map(str::to_lowercase)
        .any(|word| word == field || word == schema)
}

/// Every Rust file below `dir`, in order of name.
fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("src/convert can be read") {
        let path = entry.expect("src/convert can be read").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
