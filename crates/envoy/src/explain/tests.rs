use bare::DecodeError;
use bare::schema::{EnumValue, Field, Kind, Member, Type, TypeDef};

use super::{Palette, explain};

const fn field(name: &'static str, ty: Type) -> Field {
    Field { name, ty }
}

static ID: TypeDef = TypeDef {
    name: "Id",
    kind: Kind::Alias(Type::Str),
};
static CODE: TypeDef = TypeDef {
    name: "Code",
    kind: Kind::Enum(&[
        EnumValue {
            name: "OK",
            value: 0,
        },
        EnumValue {
            name: "LOST",
            value: 4,
        },
    ]),
};
static NOTHING: TypeDef = TypeDef {
    name: "Nothing",
    kind: Kind::Alias(Type::Void),
};
static STOP: TypeDef = TypeDef {
    name: "Stop",
    kind: Kind::Struct(&[
        field("code", Type::Named(&CODE)),
        field("message", Type::Optional(&Type::Str)),
        field("limits", Type::Optional(&Type::List(&Type::U16))),
        field("inner", Type::Optional(&Type::Named(&EVENT))),
    ]),
};
static EVENT: TypeDef = TypeDef {
    name: "Event",
    kind: Kind::Union(&[
        Member {
            tag: 0,
            name: "Nothing",
            ty: Type::Named(&NOTHING),
        },
        Member {
            tag: 1,
            name: "Id",
            ty: Type::Named(&ID),
        },
    ]),
};
static EVENTS: TypeDef = TypeDef {
    name: "Events",
    kind: Kind::Alias(Type::List(&Type::Named(&EVENT))),
};
static OPEN: TypeDef = TypeDef {
    name: "Open",
    kind: Kind::Struct(&[
        field("id", Type::Named(&ID)),
        field("page", Type::Data),
        field("headers", Type::Map(&Type::Str, &Type::F64)),
    ]),
};
static ROOT: TypeDef = TypeDef {
    name: "Root",
    kind: Kind::Union(&[
        Member {
            tag: 0,
            name: "Stop",
            ty: Type::Named(&STOP),
        },
        Member {
            tag: 1,
            name: "Events",
            ty: Type::Named(&EVENTS),
        },
        Member {
            tag: 2,
            name: "Open",
            ty: Type::Named(&OPEN),
        },
    ]),
};

/// The tree of `octets`, and the error at its end, which is checked to be the one that there is.
#[track_caller]
fn shows(octets: &[u8], expected: &str) -> Option<DecodeError> {
    let explanation = explain(&ROOT, octets);
    let mut text = Vec::new();
    explanation.write(&mut text, &Palette::plain()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::trim_end).collect();
    if let Some(error) = explanation.error() {
        assert_eq!(lines.pop(), Some(format!("error: {error}").as_str()));
    }
    let expected: Vec<_> = expected.lines().map(str::trim_end).skip(1).collect();
    assert_eq!(lines, expected, "\n{text}");
    explanation.error().cloned()
}

#[track_caller]
fn shows_until(octets: &[u8], expected: &str, offset: usize, path: &str) {
    let error = shows(octets, expected).expect("the octets are no message");
    assert_eq!((error.offset(), error.path()), (offset, path));
}

#[test]
fn shows_where_each_value_stands_and_what_it_says() {
    assert_eq!(
        shows(
            b"\x00\x04\x01\x02h\"\x01\x02\x07\x00\xff\xff\x01\x01\x01x",
            r#"
   0  00                       Root = Stop
   1  04                         code: Code = LOST (4)
   2  01 02 68 22                message: optional<str> = "h\""
   6  01 02                      limits: optional<list<u16>>, 2 items
   8  07 00                        [0]: u16 = 7
  10  ff ff                        [1]: u16 = 65535
  12  01 01 01 78                inner: optional<Event> = Id = "x""#,
        ),
        None
    );
    assert_eq!(
        shows(
            b"\x00\x00\x00\x00\x00",
            r"
   0  00                       Root = Stop
   1  00                         code: Code = OK (0)
   2  00                         message: optional<str> = none
   3  00                         limits: optional<list<u16>> = none
   4  00                         inner: optional<Event> = none",
        ),
        None
    );
}

#[test]
fn a_union_shares_its_line_with_the_member() {
    assert_eq!(
        shows(
            b"\x01\x02\x00\x01\x01x",
            r#"
   0  01 02                    Root = Events, 2 items
   2  00                         [0]: Event = Nothing
   3  01 01 78                   [1]: Event = Id = "x""#,
        ),
        None
    );
}

#[test]
fn cuts_what_is_long_and_says_how_long_it_is() {
    let mut octets = b"\x02\xac\x02".to_vec();
    octets.extend([b'a'; 300]);
    octets.push(40);
    octets.extend([0xee; 40]);
    octets.extend(b"\x01\x01k\x00\x00\x00\x00\x00\x00\xf8\x7f");
    assert_eq!(
        shows(
            &octets,
            &r#"
   0  02                       Root = Open
   1  ac 02 61 61 61 … +297      id: Id = "AAA"… (300 octets)
 303  28 ee ee ee ee … +36       page: data = EEE… (40 octets)
 344  01                         headers: map<str><f64>, 1 entry
 345  01 6b                        [0].key: str = "k"
 347  00 00 00 00 00 00 f8 7f      [0].value: f64 = NaN (bits 7ff8000000000000)"#
                .replace("AAA", &"a".repeat(200))
                .replace("EEE", &"ee".repeat(32)),
        ),
        None
    );
}

#[test]
fn shows_what_was_read_before_an_error() {
    shows_until(
        b"\x00\x04\x01\x05hello\x02\x01\x02\x03\x04\x05\x06\x07\x08",
        r#"
   0  00                       Root = Stop
   1  04                         code: Code = LOST (4)
   2  01 05 68 65 6c 6c 6f       message: optional<str> = "hello"
   9  02 01 02 03 04 … +4        limits: optional<list<u16>> = ?"#,
        9,
        "Root.Stop.limits",
    );
    shows_until(
        b"\x09",
        r"
   0  09                       Root = ?",
        0,
        "Root",
    );
    shows_until(
        b"\x01\x00\xff",
        r"
   0  01 00                    Root = Events, 0 items
   2  ff                       left over",
        2,
        "Root",
    );
    shows_until(
        b"",
        r"
   0                           Root = ?",
        0,
        "Root",
    );
}

#[test]
fn ends_at_a_repeated_key_though_more_was_read() {
    let mut octets = b"\x02\x00\x00\x03".to_vec();
    for key in [b'a', b'a', b'b'] {
        octets.extend([1, key]);
        octets.extend(1.5_f64.to_le_bytes());
    }
    shows_until(
        &octets,
        r#"
   0  02                       Root = Open
   1  00                         id: Id = ""
   2  00                         page: data = 0 octets
   3  03                         headers: map<str><f64>, 3 entries
   4  01 61                        [0].key: str = "a"
   6  00 00 00 00 00 00 f8 3f      [0].value: f64 = 1.5
  14  01 61                        [1].key: str = "a""#,
        14,
        "Root.Open.headers[1].key",
    );
}

#[test]
fn colours_are_only_an_addition_to_the_text() {
    let explanation = explain(&ROOT, b"\x01\x01");
    let text = |palette: &Palette| {
        let mut text = Vec::new();
        explanation.write(&mut text, palette).unwrap();
        String::from_utf8(text).unwrap()
    };
    let (plain, coloured) = (text(&Palette::plain()), text(&Palette::coloured()));
    assert!(!plain.contains('\x1b') && coloured.contains('\x1b'));
    let mut stripped = String::new();
    for part in coloured.split('\x1b') {
        stripped += part
            .strip_prefix('[')
            .map_or(part, |part| part.split_once('m').unwrap().1);
    }
    assert_eq!(stripped, plain);
}
