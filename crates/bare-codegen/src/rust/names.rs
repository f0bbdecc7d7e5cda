//! Names of the schema as names of Rust.

/// Strict and reserved words that cannot name a field; `r#` makes them.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// The words of a name: a new one starts at `_`, at an upper-case letter after another kind of character, and at the
/// last upper-case letter of a run that a lower-case letter follows (`URLPath` is `URL`, `Path`).
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, c) in chars.iter().copied().enumerate() {
        if c == '_' {
            words.push(String::new());
            continue;
        }
        let after_other = at > 0 && !chars[at - 1].is_ascii_uppercase();
        let ends_run = chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && at > 0 && (after_other || ends_run) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `updateTs` as `update_ts`, made usable as an identifier.
pub(super) fn field(name: &str) -> String {
    let snake = words(name).join("_");
    match snake.as_str() {
        // These cannot be raw identifiers.
        "self" | "super" | "crate" => format!("{snake}_"),
        word if KEYWORDS.contains(&word) => format!("r#{snake}"),
        _ => snake,
    }
}

/// `SLEEP_INTENT` or `dirtyPages` as `SleepIntent`, `DirtyPages`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::new();
    for word in words(name) {
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.extend(chars);
    }
    // `Self` is the one camel-case keyword.
    if out == "Self" {
        "Self_".to_owned()
    } else {
        out
    }
}

/// The name of a type, made usable as an identifier.
pub(super) fn type_name(name: &str) -> String {
    // The schema has no `_` in the name of a type, so this meets no other.
    if name == "Self" {
        "Self_".to_owned()
    } else {
        name.to_owned()
    }
}

/// Comment lines of the schema as documentation that holds no examples: rustdoc would run as Rust what is indented by
/// four or more, or fenced without a word about its language.
pub(super) fn doc(lines: &[String]) -> impl Iterator<Item = String> {
    let mut fenced = false;
    lines.iter().map(move |line| {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        if text.starts_with("```") || text.starts_with("~~~") {
            fenced = !fenced;
            if fenced && text.trim_end_matches(' ').len() == 3 {
                return format!("{}{}text", &indent[..indent.len().min(3)], text.trim_end());
            }
        }
        let line = if !fenced && indent.len() > 3 {
            format!("   {text}")
        } else {
            line.clone()
        };
        // rustc refuses a carriage return in documentation.
        line.replace('\r', " ")
    })
}

/// `ToEnvoy` as `TO_ENVOY`.
pub(super) fn constant(name: &str) -> String {
    words(name).join("_").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_snake_case() {
        for (schema, rust) in [
            ("updateTs", "update_ts"),
            ("lastInsertRowId", "last_insert_row_id"),
            ("URLPath", "url_path"),
            ("snake_case", "snake_case"),
            ("type", "r#type"),
            ("self", "self_"),
            ("v2", "v2"),
            ("dbSizePages", "db_size_pages"),
        ] {
            assert_eq!(field(schema), rust);
        }
    }

    #[test]
    fn comments_hold_nothing_that_is_taken_for_rust() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        for (comment, documentation) in [
            ("a\n   b", "a\n   b"),
            ("a\n      let x = 1;", "a\n   let x = 1;"),
            ("```\n    a\n```\n    b", "```text\n    a\n```\n   b"),
            (
                "~~~\na\n~~~\n```json\n1\n```",
                "~~~text\na\n~~~\n```json\n1\n```",
            ),
        ] {
            let found: Vec<String> = doc(&lines(comment)).collect();
            assert_eq!(found, lines(documentation));
        }
        let old = ["a\rb".to_owned()];
        assert_eq!(doc(&old).collect::<Vec<_>>(), ["a b"]);
    }

    #[test]
    fn values_become_camel_case_and_types_constants() {
        assert_eq!(camel("GOING_AWAY"), "GoingAway");
        assert_eq!(camel("OK"), "Ok");
        assert_eq!(camel("dirtyPages"), "DirtyPages");
        assert_eq!(constant("SqliteGetPagesOk"), "SQLITE_GET_PAGES_OK");
    }
}
