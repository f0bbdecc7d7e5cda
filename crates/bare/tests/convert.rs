//! What converters are made of: lists in every form, and values that are lent.

use bare::{Arena, ConvertList, FromStatic, Lend};

/// A value that differs between two versions.
#[derive(Debug, Clone, PartialEq)]
struct Old(String);

/// The newer one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct New<Text> {
    text: Text,
    flag: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct OldRef<'a>(&'a str);

impl Lend for Old {
    type Lent<'v> = OldRef<'v>;

    fn lend(&self) -> OldRef<'_> {
        OldRef(&self.0)
    }
}

impl Lend for OldRef<'_> {
    type Lent<'v>
        = OldRef<'v>
    where
        Self: 'v;

    fn lend(&self) -> OldRef<'_> {
        OldRef(self.0)
    }
}

/// One rule for every form: what is too long has no equivalent.
fn newer<Text: AsRef<str>>(text: Text) -> Result<New<Text>, &'static str> {
    if text.as_ref().len() > 3 {
        return Err("too long");
    }
    Ok(New { text, flag: true })
}

fn owned() -> Vec<Old> {
    ["a", "", "ccc"].map(|text| Old(text.to_owned())).into()
}

const EXPECTED: [New<&str>; 3] = [
    New {
        text: "a",
        flag: true,
    },
    New {
        text: "",
        flag: true,
    },
    New {
        text: "ccc",
        flag: true,
    },
];

fn as_refs(list: &[New<String>]) -> Vec<New<&str>> {
    list.iter()
        .map(|item| New {
            text: item.text.as_str(),
            flag: item.flag,
        })
        .collect()
}

#[test]
fn an_owned_list_is_rebuilt_on_the_heap() {
    let list = owned().try_convert_list((), |Old(text)| newer(text));
    assert_eq!(as_refs(&list.expect("none is too long")), EXPECTED);
}

#[test]
fn a_borrowed_list_is_rebuilt_in_the_arena() {
    let arena = Arena::new();
    let old = [OldRef("a"), OldRef(""), OldRef("ccc")];
    let list: &[New<&str>] = (&old[..])
        .try_convert_list(&arena, |OldRef(text)| newer(text))
        .expect("none is too long");
    assert_eq!(list, EXPECTED);
    assert!(arena.capacity() > 0);
}

#[test]
fn a_lent_list_is_rebuilt_on_the_heap_and_its_owner_keeps_it() {
    let old = owned();
    let list = (&old).try_convert_list((), |OldRef(text)| newer(text));
    assert_eq!(list.expect("none is too long"), EXPECTED);
    assert_eq!(old, owned());

    // The same of the borrowed form.
    let old = [OldRef("a"), OldRef(""), OldRef("ccc")];
    let borrowed = &old[..];
    let list = (&borrowed).try_convert_list((), |OldRef(text)| newer(text));
    assert_eq!(list.expect("none is too long"), EXPECTED);
}

#[test]
fn the_first_error_ends_the_conversion_in_every_form() {
    let arena = Arena::new();
    let texts = ["a", "long", "never"];
    let refs = texts.map(OldRef);
    let borrowed = &refs[..];
    let old: Vec<Old> = texts.map(|text| Old(text.to_owned())).into();
    let seen = std::cell::Cell::new(0);
    let count = |text| {
        seen.set(seen.get() + 1);
        newer(text)
    };
    let lent = (&old).try_convert_list((), |OldRef(text)| count(text));
    assert_eq!((lent, seen.take()), (Err("too long"), 2));
    let lent = (&borrowed).try_convert_list((), |OldRef(text)| count(text));
    assert_eq!((lent, seen.take()), (Err("too long"), 2));
    let rebuilt = borrowed.try_convert_list(&arena, |OldRef(text)| count(text));
    assert_eq!((rebuilt, seen.take()), (Err("too long"), 2));
    let moved = old.try_convert_list((), |Old(text)| newer(text));
    assert_eq!(moved, Err("too long"));
}

#[test]
fn empty_lists_are_converted_without_memory() {
    let arena = Arena::new();
    let empty: &[OldRef<'_>] = &[];
    let list = empty.try_convert_list(&arena, |OldRef(text)| newer(text));
    assert_eq!(list, Ok(&[][..]));
    assert_eq!(arena.capacity(), 0);
    let list = Vec::<Old>::new().try_convert_list((), |Old(text)| newer(text));
    assert_eq!(list, Ok(Vec::new()));
}

#[test]
fn a_constant_is_text_in_both_forms() {
    assert_eq!(String::from_static("core"), "core");
    assert_eq!(<&str>::from_static("core"), "core");
}
