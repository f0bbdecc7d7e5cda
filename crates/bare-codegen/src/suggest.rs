//! What somebody probably meant.

use crate::model::Primitive;

/// Names of other languages for what the schema language has under another.
const FOREIGN: &[(&str, &str)] = &[
    ("boolean", "bool"),
    ("byte", "u8"),
    ("bytes", "data"),
    ("blob", "data"),
    ("buffer", "data"),
    ("double", "f64"),
    ("float", "f32"),
    ("float32", "f32"),
    ("float64", "f64"),
    ("int8", "i8"),
    ("int16", "i16"),
    ("int32", "i32"),
    ("int64", "i64"),
    ("integer", "int"),
    ("isize", "int"),
    ("long", "i64"),
    ("nil", "void"),
    ("null", "void"),
    ("number", "f64"),
    ("short", "i16"),
    ("text", "str"),
    ("uint8", "u8"),
    ("uint16", "u16"),
    ("uint32", "u32"),
    ("uint64", "u64"),
    ("unit", "void"),
    ("usize", "uint"),
    ("varint", "int"),
];

const FOREIGN_CONSTRUCTORS: &[(&str, &str)] = &[
    ("array", "list"),
    ("dict", "map"),
    ("hashmap", "map"),
    ("maybe", "optional"),
    ("nullable", "optional"),
    ("option", "optional"),
    ("record", "map"),
    ("sequence", "list"),
    ("set", "list"),
    ("slice", "list"),
    ("vec", "list"),
    ("vector", "list"),
];

/// Edits that a typing error may have cost, for a name of this length.
const fn tolerance(length: usize) -> usize {
    match length {
        0..=2 => 1,
        3..=6 => 2,
        _ => 3,
    }
}

/// Compares unknown names with known ones, within a budget, so that a schema full of unknown names is answered in time.
pub(crate) struct Speller {
    budget: usize,
}

impl Speller {
    pub(crate) const fn new() -> Self {
        Self { budget: 4_000_000 }
    }

    /// The primitive or defined type that is closest to `word`, if one is close.
    pub(crate) fn closest<'a>(
        &mut self,
        word: &str,
        defined: impl Iterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let lower = word.to_lowercase();
        if let Some((_, meant)) = FOREIGN.iter().find(|(foreign, _)| *foreign == lower) {
            return Some(meant);
        }
        let primitives = Primitive::ALL.iter().map(|primitive| primitive.name());
        let mut best: Option<(usize, &'a str)> = None;
        for candidate in defined.chain(primitives) {
            // The shorter the name, the more of it an edit is: `u8` for `Id` is no typing error.
            let limit = tolerance(word.len()).min(candidate.len().saturating_sub(1));
            if candidate.len().abs_diff(word.len()) > limit {
                continue;
            }
            self.budget = self.budget.checked_sub(candidate.len() * word.len())?;
            let distance = if candidate.to_lowercase() == lower {
                0
            } else {
                strsim::osa_distance(word, candidate)
            };
            // Of two that are as close, swapped characters are likelier than other ones.
            let rank = distance * 2 + usize::from(!same_characters(word, candidate));
            if distance <= limit && best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, candidate));
            }
        }
        best.map(|(_, candidate)| candidate)
    }
}

fn same_characters(word: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut octets = text.as_bytes().to_vec();
        octets.sort_unstable();
        octets
    };
    word.len() == other.len() && sorted(word) == sorted(other)
}

/// The word with parameters that was meant by `word<`.
pub(crate) fn constructor(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    if let Some((_, meant)) = FOREIGN_CONSTRUCTORS
        .iter()
        .find(|(foreign, _)| *foreign == lower)
    {
        return Some(meant);
    }
    ["list", "map", "optional"]
        .into_iter()
        .find(|known| strsim::osa_distance(&lower, known) <= known.len() / 4 + 1 && lower.len() > 2)
}

/// `my_type`, `my-type` and `myType` as `MyType`.
pub(crate) fn pascal_case(name: &str) -> Option<String> {
    let words = words(name);
    let pascal: String = words
        .iter()
        .map(|word| {
            let (first, rest) = word.split_at(1);
            // A word all in capitals is an abbreviation only if the name is not.
            let rest = if words.len() > 1 && name.contains('_') {
                rest.to_ascii_lowercase()
            } else {
                rest.to_owned()
            };
            first.to_ascii_uppercase() + &rest
        })
        .collect();
    (!pascal.is_empty() && pascal != name).then_some(pascal)
}

/// `fooBar`, `foo-bar` and `FooBar` as `FOO_BAR`.
pub(crate) fn constant_case(name: &str) -> Option<String> {
    let constant = words(name).join("_").to_ascii_uppercase();
    (!constant.is_empty() && constant != name).then_some(constant)
}

/// `foo-bar`, `_foo` and `1st` as names of fields.
pub(crate) fn field_name(name: &str) -> Option<String> {
    let parts: Vec<_> = name
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let joined = parts.join("_");
    let field = joined.trim_start_matches(|first: char| !first.is_ascii_alphabetic());
    (name.is_ascii() && !field.is_empty() && field != name).then(|| field.to_owned())
}

/// The words of an ASCII name, from its first letter on; none if it has other letters.
fn words(name: &str) -> Vec<&str> {
    if !name.is_ascii() {
        return Vec::new();
    }
    let name = name.trim_start_matches(|first: char| !first.is_ascii_alphabetic());
    let mut words = Vec::new();
    for part in name.split(|character: char| !character.is_ascii_alphanumeric()) {
        let octets = part.as_bytes();
        let mut start = 0;
        for at in 1..octets.len() {
            let here = octets[at].is_ascii_uppercase();
            let before = octets[at - 1].is_ascii_uppercase();
            let after = octets.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            // `fooBar` parts before the capital, `HTTPServer` before the one that starts a word.
            if here && (!before || after) {
                words.push(&part[start..at]);
                start = at;
            }
        }
        words.push(&part[start..]);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The number that a malformed one stands for in other languages.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(|character| *character != '_').collect();
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok();
    match digits.get(..2) {
        Some("0x" | "0X") => radix(&digits[2..], 16),
        Some("0o") => radix(&digits[2..], 8),
        Some("0b") => radix(&digits[2..], 2),
        _ if digits.starts_with('+') => None,
        _ => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Speller, constant_case, constructor, field_name, number, pascal_case};

    #[test]
    fn turns_names_into_the_case_of_their_kind() {
        assert_eq!(pascal_case("my_type").as_deref(), Some("MyType"));
        assert_eq!(pascal_case("MY_TYPE").as_deref(), Some("MyType"));
        assert_eq!(pascal_case("myHTTPType").as_deref(), Some("MyHTTPType"));
        assert_eq!(pascal_case("_Foo").as_deref(), Some("Foo"));
        assert_eq!(pascal_case("1"), None);
        assert_eq!(pascal_case("Ünit"), None);
        assert_eq!(constant_case("fooBar").as_deref(), Some("FOO_BAR"));
        assert_eq!(constant_case("HTTPError2").as_deref(), Some("HTTP_ERROR2"));
        assert_eq!(constant_case("going-away").as_deref(), Some("GOING_AWAY"));
        assert_eq!(field_name("_foo").as_deref(), Some("foo"));
        assert_eq!(field_name("foo-bar").as_deref(), Some("foo_bar"));
        assert_eq!(field_name("1st").as_deref(), Some("st"));
        assert_eq!(field_name("42"), None);
    }

    #[test]
    fn finds_the_name_that_was_meant() {
        let defined = ["SqliteCommitOk", "KvKey", "Id"];
        let mut speller = Speller::new();
        let mut closest = |word| speller.closest(word, defined.into_iter());
        assert_eq!(closest("SqliteComitOk"), Some("SqliteCommitOk"));
        assert_eq!(closest("kvkey"), Some("KvKey"));
        assert_eq!(closest("ID"), Some("Id"));
        assert_eq!(closest("int32"), Some("i32"));
        assert_eq!(closest("unit8"), Some("uint"));
        assert_eq!(closest("u46"), Some("u64"));
        assert_eq!(closest("Completely"), None);
        assert_eq!(closest("X"), None);
        assert_eq!(constructor("Array"), Some("list"));
        assert_eq!(constructor("lst"), Some("list"));
        assert_eq!(constructor("Foo"), None);
    }

    #[test]
    fn reads_numbers_of_other_languages() {
        assert_eq!(number("0x10"), Some(16));
        assert_eq!(number("1_000"), Some(1000));
        assert_eq!(number("0b11"), Some(3));
        assert_eq!(number("-1"), None);
        assert_eq!(number("1.5"), None);
    }
}
