//! The rules of the converters' source, shown to bite.

use super::{Rule, check};

/// `(source, line, rule)`: each breaks one rule, on that line.
const REFUSED: &[(&str, usize, Rule)] = &[
    // `_`
    (
        "fn f(a: A) -> B {\n match a {\n  A::X => B::X,\n  _ => B::Y,\n }\n}",
        4,
        Rule::Wildcard,
    ),
    (
        "fn f(a: A) -> B {\n match a { A::X(_) => B::X }\n}",
        2,
        Rule::Wildcard,
    ),
    (
        "fn f(a: A) -> B {\n let A { x, y: _ } = a;\n B { x }\n}",
        2,
        Rule::Wildcard,
    ),
    (
        "fn f(a: A) -> B { match a { A::X => B::X, A::Y | _ => B::Y } }",
        1,
        Rule::Wildcard,
    ),
    ("fn f(a: A) { let _ = a; }", 1, Rule::Wildcard),
    ("fn f(_: A) -> B { B::X }", 1, Rule::Wildcard),
    (
        "fn f(a: Option<A>) -> Option<B> { a.map(|_| B::X) }",
        1,
        Rule::Wildcard,
    ),
    ("fn f(a: A) { _ = a; }", 1, Rule::Wildcard),
    (
        "fn f(a: A) { let x;\n A { x, y: _ } = a; }",
        2,
        Rule::Wildcard,
    ),
    (
        "fn f(a: A) -> B { match a { A::X => B::X, whole @ _ => B::Y(whole) } }",
        1,
        Rule::Wildcard,
    ),
    // A wildcard with a name.
    (
        "fn f(a: A) -> A {\n match a {\n  A::X => A::Y,\n  other => other,\n }\n}",
        4,
        Rule::CatchAll,
    ),
    (
        "fn f(a: &A) -> &A { match a { A::X => a, &other => a } }",
        1,
        Rule::CatchAll,
    ),
    (
        "fn f(a: A) -> A { match a { A::X => A::Y, (other) => other } }",
        1,
        Rule::CatchAll,
    ),
    (
        "fn f(a: A) -> A { match a { A::X => A::Y, ref other => g(other) } }",
        1,
        Rule::CatchAll,
    ),
    (
        "fn f(a: A) -> A { match a { A::X => A::Y, other if g() => other } }",
        1,
        Rule::CatchAll,
    ),
    (
        "fn f(a: A, b: A) -> A { match (a, b) { (A::X, other) => other } }",
        1,
        Rule::CatchAll,
    ),
    // `..`
    (
        "fn f(a: A) -> B {\n let A { x, .. } = a;\n B { x }\n}",
        2,
        Rule::RestPattern,
    ),
    (
        "fn f(a: A) -> B { let A(x, ..) = a; B(x) }",
        1,
        Rule::RestPattern,
    ),
    (
        "fn f(a: (u8, u8)) -> u8 { let (x, ..) = a; x }",
        1,
        Rule::RestPattern,
    ),
    (
        "fn f(a: [u8; 3]) -> u8 { let [x, ..] = a; x }",
        1,
        Rule::RestPattern,
    ),
    (
        "fn f(a: A) -> B { match a { A::X { .. } => B::X } }",
        1,
        Rule::RestPattern,
    ),
    (
        "fn f(a: &[A]) -> B { match a { [A::X, rest @ ..] => g(rest) } }",
        1,
        Rule::RestPattern,
    ),
    (
        "fn f(A { x, .. }: A) -> B { B { x } }",
        1,
        Rule::RestPattern,
    ),
    // Struct update, and the same dots in an assignment.
    (
        "fn f(x: u8, old: B) -> B {\n B {\n  x,\n  ..old\n }\n}",
        4,
        Rule::StructUpdate,
    ),
    (
        "fn f(a: A) { let x;\n A { x, .. } = a; }",
        2,
        Rule::StructUpdate,
    ),
    // Defaults.
    (
        "fn f() -> B { B { x: Default::default() } }",
        1,
        Rule::DefaultValue,
    ),
    (
        "fn f() -> B {\n B { x: u8::default() }\n}",
        2,
        Rule::DefaultValue,
    ),
    (
        "fn f(x: Option<u8>) -> u8 { x.unwrap_or_default() }",
        1,
        Rule::DefaultValue,
    ),
    ("use std::default::Default as Zero;", 1, Rule::DefaultValue),
    ("fn f<T: Default>(x: T) -> T { x }", 1, Rule::DefaultValue),
    // Macros.
    (
        "fn f(a: A) -> bool {\n matches!(a, A::X)\n}",
        2,
        Rule::Macro,
    ),
    (
        "fn f(a: A) -> B { match a { A::X => todo!() } }",
        1,
        Rule::Macro,
    ),
    ("\nmacro_rules! convert { () => {} }", 2, Rule::Macro),
    ("convert!(A, B);", 1, Rule::Macro),
    (
        "fn f(a: A) -> B { match a { x!() => B::X } }",
        1,
        Rule::Macro,
    ),
    ("fn f(a: x!()) {}", 1, Rule::Macro),
    ("\n#[convert(A)]\nfn f() {}", 2, Rule::Macro),
    ("#[derive(Clone, Convert)]\nstruct S;", 1, Rule::Macro),
    ("#[derive(other::Clone)]\nstruct S;", 1, Rule::Macro),
    (
        "#[cfg_attr(any(), allow(unused))]\nstruct S;",
        1,
        Rule::Macro,
    ),
    ("#[path = \"elsewhere.rs\"]\nmod elsewhere;", 1, Rule::Macro),
    // `let` that may not match.
    (
        "fn f(a: A) -> B {\n if let A::X = a { B::X } else { B::Y }\n}",
        2,
        Rule::PartialMatch,
    ),
    (
        "fn f(a: A) -> B { if g() && let A::X = a { B::X } else { B::Y } }",
        1,
        Rule::PartialMatch,
    ),
    (
        "fn f(a: A) { while let A::X = g(&a) {} }",
        1,
        Rule::PartialMatch,
    ),
    (
        "fn f(a: A) -> B {\n let A::X(x) = a\n else { return B::Y };\n B::X(x)\n}",
        3,
        Rule::PartialMatch,
    ),
    // Comparison with a variant.
    (
        "fn f(a: A) -> B { if a == A::Some { B::X } else { B::Y } }",
        1,
        Rule::VariantComparison,
    ),
    (
        "fn f(a: &A) -> bool { &A::Some != a }",
        1,
        Rule::VariantComparison,
    ),
    // Lints.
    ("#![allow(unused)]", 1, Rule::LintOff),
    (
        "\n#[expect(unused_variables, reason = \"…\")]\nfn f(a: A) {}",
        2,
        Rule::LintOff,
    ),
    (
        "fn f(a: A) {\n #[allow(unused)]\n let x = a;\n}",
        2,
        Rule::LintOff,
    ),
    // Fields read one by one.
    ("fn f(a: A) -> B {\n B { x: a.x }\n}", 2, Rule::FieldAccess),
    ("fn f(a: A) -> B { B(a.0) }", 1, Rule::FieldAccess),
    // Values dropped in another way than the one that is allowed.
    ("fn f(_a: A) -> B { B::X }", 1, Rule::HiddenDrop),
    (
        "/// Loses `y`.\nfn f(a: A) -> B { let A { x, y: _unused } = a; B { x } }",
        2,
        Rule::HiddenDrop,
    ),
    (
        "fn f(a: A) -> B { match a { A::X(_x) => B::X } }",
        1,
        Rule::HiddenDrop,
    ),
    (
        "fn f(a: A) -> R { match a { A::X(x) => Ok(x),\n A::Y(_refused) => Ok(B::Y) } }",
        2,
        Rule::HiddenDrop,
    ),
    (
        "fn f(a: A) -> R { match a { A::X(x) => Ok(x),\n A::Y(_other) => Err(E) } }",
        2,
        Rule::HiddenDrop,
    ),
    (
        "fn f(a: A) -> B { let A { x, y } = a; drop(y); B { x } }",
        1,
        Rule::HiddenDrop,
    ),
    (
        "fn f(a: &mut A) -> B { std::mem::take(a) }",
        1,
        Rule::HiddenDrop,
    ),
    (
        "fn f(a: A) -> B { let A { x, y: _y } = a; B { x } }",
        1,
        Rule::UndocumentedDrop,
    ),
    (
        "/// Loses `head`.\nfn f(a: A) -> B { let A { x, head_txid: _head_txid } = a; B { x } }",
        2,
        Rule::UndocumentedDrop,
    ),
    // What `syn` keeps as it is.
    ("fn f(a: A) -> B;", 1, Rule::Unreadable),
];

/// What converters are made of.
const PASSES: &[&str] = &[
    "fn f(a: A) -> B { match a { A::X => B::X, A::Y(y) => B::Y(y) } }",
    "fn f(a: A) -> B { let A { x, y } = a; B { x, y: g(y) } }",
    "fn f(a: A) -> B { match a { A::X(v4::X { x, y }) => B::X(v5::X { x, y, z: None }) } }",
    "fn f(a: A) -> A { match a { whole @ (A::X | A::Y) => whole } }",
    "use A::X; fn f(a: A) -> B { match a { X => B::X } }",
    "fn f(a: Option<A>) -> Option<B> { a.map(g) }",
    "fn f(a: Vec<A>) -> Result<Vec<B>, E> { a.into_iter().map(|item| g(item)).collect::<Result<Vec<_>, _>>() }",
    "/// Loses `headTxid`, which v4 cannot say.\nfn f(a: A) -> B { let A { x, head_txid: _head_txid } = a; B { x } }",
    "/// Loses `y`.\nimpl Down for A { fn down(self) -> B { let A { x, y: _y } = self; B { x } } }",
    "#[must_use]\n#[inline]\nfn f(a: A) -> B { if g(&a) == LIMIT { B::X } else { B::Y } }",
    "fn f(a: A) -> R { Ok(match a { A::X(x) => B::X(x), A::Y(_refused) => { return Err(E::new(V6)); } }) }",
    "fn f(a: A) -> R { match a { A::X(x) => Ok(x), A::Y(_refused) => Err(E) } }",
    "fn upgrade(self, _context: Context) -> B { let Self { x } = self; B { x } }",
    "#[derive(Debug, Clone, PartialEq, Eq)]\nstruct Context { version: u16 }",
];

#[test]
fn refuses_each_kind_of_violation_on_its_line() {
    for (source, line, rule) in REFUSED {
        let found = check(source).unwrap_or_else(|error| panic!("{error} in:\n{source}"));
        assert!(
            found.iter().any(|v| v.line == *line && v.rule == *rule),
            "expected {rule:?} on line {line}, but found {found:?} in:\n{source}"
        );
        assert!(
            found.iter().all(|v| v.rule == *rule),
            "expected nothing but {rule:?}, but found {found:?} in:\n{source}"
        );
    }
}

#[test]
fn has_a_violation_of_every_rule_in_the_table() {
    let rules = [
        Rule::Wildcard,
        Rule::CatchAll,
        Rule::RestPattern,
        Rule::StructUpdate,
        Rule::DefaultValue,
        Rule::Macro,
        Rule::PartialMatch,
        Rule::VariantComparison,
        Rule::LintOff,
        Rule::FieldAccess,
        Rule::HiddenDrop,
        Rule::UndocumentedDrop,
        Rule::Unreadable,
    ];
    for rule in rules {
        assert!(
            REFUSED.iter().any(|(_, _, refused)| *refused == rule),
            "no example of {rule:?}"
        );
    }
}

#[test]
fn lets_exhaustive_converters_pass() {
    for source in PASSES {
        let found = check(source).unwrap_or_else(|error| panic!("{error} in:\n{source}"));
        assert_eq!(found, [], "in:\n{source}");
    }
}
