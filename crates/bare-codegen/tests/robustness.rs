//! Whatever is read: the compiler answers, in time, and says the same each time.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bare_codegen::model::{Schema, Type, TypeKind};
use bare_codegen::{Code, MAX_NESTING, Style};
use proptest::prelude::*;

/// What holds for every source. Gives the schema, if there is one.
fn examine(source: &str) -> Option<Schema> {
    let parsed = bare_codegen::parse(source);
    assert_eq!(parsed, bare_codegen::parse(source), "the same each time");
    match parsed {
        Ok(schema) => {
            let layout = bare_codegen::layout(&schema);
            let again = bare_codegen::parse(&layout).unwrap_or_else(|errors| {
                panic!("a layout is a schema, but {layout}\nhas {errors:?}")
            });
            assert_eq!(layout, bare_codegen::layout(&again), "of the same layout");
            assert!(
                bare_codegen::diff::diff(&schema, &again).is_empty(),
                "without a difference"
            );
            defined_before_use(&schema);
            Some(schema)
        }
        Err(errors) => {
            assert!(!errors.is_empty(), "what is refused has a reason");
            let mut last = 0;
            for error in &errors {
                let span = error.span;
                assert!(span.start <= span.end, "{error:?}");
                assert!(source.get(span.start..span.end).is_some(), "{error:?}");
                let before = &source[..span.start];
                let line = before.rsplit('\n').next().unwrap_or_default();
                assert_eq!(
                    span.line as usize,
                    1 + before.matches('\n').count(),
                    "{error:?}"
                );
                let shown = match line.strip_prefix('\u{feff}') {
                    // A byte order mark is no column of the first line.
                    Some(rest) if span.line == 1 => rest,
                    _ => line,
                };
                let column = 1 + shown.chars().count();
                assert_eq!(span.column as usize, column, "{error:?}");
                assert!(span.start >= last, "by place: {errors:?}");
                last = span.start;
                assert!(
                    !error.expected.is_empty() && !error.found.is_empty(),
                    "{error:?}"
                );
            }
            let text = bare_codegen::render("a.bare", source, &errors, Style::Plain);
            assert_eq!(text.matches("error[B").count(), errors.len());
            None
        }
    }
}

fn defined_before_use(schema: &Schema) {
    fn names<'a>(ty: &'a Type, found: &mut Vec<&'a str>) {
        match &ty.kind {
            TypeKind::Primitive(_) | TypeKind::FixedData(_) | TypeKind::Enum(_) => {}
            TypeKind::Optional(item) | TypeKind::List(item) | TypeKind::FixedList(item, _) => {
                names(item, found);
            }
            TypeKind::Map(key, value) => {
                names(key, found);
                names(value, found);
            }
            TypeKind::Struct(fields) => fields.iter().for_each(|field| names(&field.ty, found)),
            TypeKind::Union(members) => members.iter().for_each(|member| names(&member.ty, found)),
            TypeKind::Named(name) => found.push(name),
        }
    }
    let mut defined = Vec::new();
    for def in &schema.types {
        let mut used = Vec::new();
        names(&def.ty, &mut used);
        for name in used {
            assert!(
                defined.contains(&name),
                "{name} is used before its definition"
            );
        }
        defined.push(&def.name.text);
    }
}

/// The schemas of all fixtures.
fn fixtures(kind: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(kind);
    let mut folders: Vec<_> = fs::read_dir(root)
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry of the folder").path())
        .collect();
    folders.sort_unstable();
    folders
        .iter()
        .map(|folder| fs::read_to_string(folder.join("schema.bare")).expect("a schema"))
        .collect()
}

/// Text that looks like a schema, more or less.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "type",
        "struct",
        "enum",
        "union",
        "optional",
        "list",
        "map",
        "data",
        "str",
        "string",
        "u8",
        "f64",
        "void",
        "A",
        "B",
        "Cc",
        "a",
        "b_c",
        "X",
        "Y",
        "0",
        "1",
        "18446744073709551615",
        "0x1",
        "{",
        "}",
        "<",
        ">",
        "[",
        "]",
        "(",
        ")",
        "|",
        "=",
        ":",
        ",",
        ";",
        "?",
        "#",
        "# text\n",
        "\n",
        "\n\n",
        "@",
        "é",
        "-",
        "\"",
        "//",
        "/*",
        "*/",
    ]);
    prop::collection::vec(
        (word, prop::sample::select(vec!["", " ", " ", "\n"])),
        0..120,
    )
    .prop_map(|words| {
        words
            .into_iter()
            .flat_map(|(word, space)| [word, space])
            .collect()
    })
}

/// A schema of a fixture with some characters taken out, doubled, swapped or replaced.
fn damaged() -> impl Strategy<Value = String> {
    let sources: Vec<_> = fixtures("valid")
        .into_iter()
        .chain(fixtures("invalid"))
        .collect();
    let damage = (any::<prop::sample::Index>(), 0_u8..5, any::<char>());
    (
        prop::sample::select(sources),
        prop::collection::vec(damage, 1..6),
    )
        .prop_map(|(source, damages)| {
            let mut characters: Vec<char> = source.chars().collect();
            for (index, kind, character) in damages {
                if characters.is_empty() {
                    break;
                }
                let at = index.index(characters.len());
                match kind {
                    0 => drop(characters.remove(at)),
                    1 => characters.insert(at, characters[at]),
                    2 => characters[at] = character,
                    3 => characters.truncate(at),
                    _ => characters.rotate_left(at),
                }
            }
            characters.into_iter().collect()
        })
}

proptest! {
    #[test]
    fn answers_whatever_text_it_gets(source in any::<String>()) {
        examine(&source);
    }

    #[test]
    fn answers_whatever_is_made_of_the_words_of_the_language(source in words()) {
        examine(&source);
    }

    #[test]
    fn answers_schemas_that_were_damaged(source in damaged()) {
        examine(&source);
    }
}

#[test]
fn reads_every_prefix_of_every_fixture() {
    for source in fixtures("valid").into_iter().chain(fixtures("invalid")) {
        for (end, _) in source
            .char_indices()
            .filter(|(end, _)| end % 3 == 0)
            .take(200)
        {
            examine(&source[..end]);
        }
    }
}

#[test]
fn the_limit_of_nesting_is_exact() {
    let nested = |depth: usize| {
        format!(
            "type A {}u8{}",
            "optional<".repeat(depth - 1),
            ">".repeat(depth - 1)
        )
    };
    assert!(examine(&nested(MAX_NESTING)).is_some());
    let errors = bare_codegen::parse(&nested(MAX_NESTING + 1)).unwrap_err();
    let codes: Vec<_> = errors.iter().map(|error| error.code).collect();
    assert_eq!(
        codes,
        [Code::NestedTooDeep],
        "one error, however deep it goes on"
    );
}

/// Sources of 64 KiB and more that would cost a careless compiler its stack or its time.
fn hostile() -> Vec<(&'static str, String)> {
    const SIZE: usize = 64 * 1024;
    let repeat = |part: &str| part.repeat(SIZE / part.len());
    let count = |part: fn(usize) -> String| {
        let mut text = String::new();
        for index in 0.. {
            if text.len() >= SIZE {
                break;
            }
            text += &part(index);
        }
        text
    };
    vec![
        (
            "opening brackets",
            "type A ".to_owned() + &repeat("optional<"),
        ),
        (
            "opening braces",
            "type A ".to_owned() + &repeat("struct { a: "),
        ),
        ("old lists", "type A ".to_owned() + &repeat("[]")),
        ("old optionals", "type A ".to_owned() + &repeat("?")),
        ("old maps", "type A ".to_owned() + &repeat("map[")),
        ("parentheses", "type A ".to_owned() + &repeat("(")),
        ("postfix lists", "type A u8".to_owned() + &repeat("[]")),
        ("closing brackets", repeat("> } ] ) ")),
        ("separators", "type A struct {".to_owned() + &repeat(",")),
        ("unknown characters", repeat("@ ")),
        ("quotes", repeat("\"' ")),
        ("one long name", "type ".to_owned() + &repeat("A")),
        ("one long number", "type A data[".to_owned() + &repeat("9")),
        ("one long comment", "#".to_owned() + &repeat(" a")),
        ("comments", repeat("#\n")),
        (
            "a chain of names",
            "type T0 u8\n".to_owned() + &count(|index| format!("type T{} T{index}\n", index + 1)),
        ),
        (
            "a chain of names backwards",
            count(|index| format!("type T{index} T{}\n", index + 1)),
        ),
        (
            "a circle of names",
            count(|index| format!("type T{index} T{}\n", (index + 1) % 3000)),
        ),
        (
            "doubling",
            "type T0 u8\n".to_owned()
                + &count(|index| {
                    format!("type T{} struct {{ a: T{index} b: T{index} }}\n", index + 1)
                }),
        ),
        (
            "doubling lengths",
            "type T0 u8\n".to_owned()
                + &count(|index| format!("type T{} list<T{index}>[2]\n", index + 1)),
        ),
        (
            "unknown names",
            count(|index| format!("type T{index} U{index}\n")),
        ),
        (
            "names that are close",
            count(|index| format!("type Tttttttt{index} tTttttttt{index}\n")),
        ),
        ("one name again and again", repeat("type A u8\n")),
        (
            "one field again and again",
            "type A struct {".to_owned() + &repeat(" a: A") + "}",
        ),
        (
            "one member again and again",
            "type B u8 type A union {".to_owned() + &repeat(" B |") + "}",
        ),
        (
            "one large enum",
            "type A enum {".to_owned() + &count(|index| format!(" V{index}")) + "}",
        ),
        (
            "unions in unions",
            "type A ".to_owned() + &repeat("union { u8 | "),
        ),
        (
            "all to all",
            count(|index| {
                format!(
                    "type T{index} union {{ T{} | T{} | T0 }}\n",
                    index * 7 % 911,
                    index * 13 % 977
                )
            }),
        ),
    ]
}

#[test]
fn answers_hostile_schemas_in_time() {
    // A debug build under load takes some tenths of a second for the slowest; what is quadratic takes minutes.
    const BOUND: Duration = Duration::from_secs(20);
    for (what, source) in hostile() {
        let start = Instant::now();
        if let Err(errors) = bare_codegen::parse(&source) {
            let text = bare_codegen::render("a.bare", &source, &errors, Style::Plain);
            assert!(
                text.len() < 2000 * source.len(),
                "{what}: {} octets of text",
                text.len()
            );
        }
        let taken = start.elapsed();
        assert!(taken < BOUND, "{what} took {taken:?}");
    }
}

#[test]
fn compares_hostile_schemas_in_time() {
    let schemas: Vec<_> = hostile()
        .into_iter()
        .filter_map(|(what, source)| Some((what, bare_codegen::parse(&source).ok()?)))
        .collect();
    assert!(!schemas.is_empty(), "some are hostile, but valid");
    for (what, old) in &schemas {
        for (_, new) in &schemas {
            let start = Instant::now();
            let diff = bare_codegen::diff::diff(old, new);
            assert_eq!(
                diff.is_empty(),
                bare_codegen::layout(old) == bare_codegen::layout(new),
                "{what}"
            );
            assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        }
    }
}
