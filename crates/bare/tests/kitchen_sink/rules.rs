//! Each rule of the format by octets that keep it and that break it: kind, octet, path and type of the error.

use bare::DecodeErrorKind::{
    self, CountBeyondInput, DuplicateKey, InvalidBool, InvalidOptional, InvalidUtf8,
    LengthBeyondInput, NonMinimalVarint, TrailingOctets, UnexpectedEnd, UnknownEnumValue,
    UnknownTag, VarintOverflow,
};
use bare::{Int, Message, Uint};

use super::generated::{
    Color, Drawing, FixedLists, Lists, Maps, Optionals, Point, Scalars, Shape, Sink,
};
use super::round_trip;

/// Octets written as pairs of hex digits, with spaces where they help.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|c| *c != b' ').collect();
    let digit = |octet| char::from(octet).to_digit(16).expect("a hex digit");
    digits
        .chunks(2)
        .map(|pair| u8::try_from(digit(pair[0]) << 4 | digit(pair[1])).expect("two digits"))
        .collect()
}

/// The fields of `Scalars`, each zero or empty.
const SCALARS: [(&str, &str); 18] = [
    ("uint", "00"),
    ("int", "00"),
    ("u8", "00"),
    ("u16", "0000"),
    ("u32", "00000000"),
    ("u64", "0000000000000000"),
    ("i8", "00"),
    ("i16", "0000"),
    ("i32", "00000000"),
    ("i64", "0000000000000000"),
    ("f32", "00000000"),
    ("f64", "0000000000000000"),
    ("bool", "00"),
    ("str", "00"),
    ("data", "00"),
    ("name", "00"),
    ("hash", "00000000"),
    ("color", "00"),
];

/// The fields of `Lists` and `Maps`, each of which starts with a count.
const LISTS: [&str; 21] = [
    "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64", "bool", "uint", "int",
    "str", "data", "hash", "color", "point", "optional", "nested", "maps",
];
const MAPS: [&str; 16] = [
    "str", "data", "hash", "color", "uint", "int", "u8", "u16", "u32", "u64", "i8", "i16", "i32",
    "i64", "bool", "nested",
];

/// A message with one field of its own, the others being zero or empty, and where that field starts.
fn with_field<'a>(
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    field: &str,
    octets: &str,
) -> (Vec<u8>, usize) {
    let mut message = Vec::new();
    let mut start = None;
    for (name, empty) in fields {
        if name == field {
            start = Some(message.len());
            message.extend(hex(octets));
        } else {
            message.extend(hex(empty));
        }
    }
    (message, start.expect("the message has the field"))
}

fn scalars(field: &str, octets: &str) -> (Vec<u8>, usize) {
    with_field(SCALARS, field, octets)
}

fn lists(field: &str, octets: &str) -> (Vec<u8>, usize) {
    with_field(LISTS.map(|name| (name, "00")), field, octets)
}

fn maps(field: &str, octets: &str) -> (Vec<u8>, usize) {
    with_field(MAPS.map(|name| (name, "00")), field, octets)
}

/// The message is taken, and is what it is written as in every form.
#[track_caller]
fn accepted<M>(octets: &[u8]) -> M
where
    M: Message + std::fmt::Debug,
    for<'a> M::Ref<'a>: std::fmt::Debug,
{
    if let Err(error) = round_trip::<M>(octets) {
        panic!("{octets:02x?}: {error}");
    }
    M::decode(octets).expect("it was read before")
}

/// The message is refused in every form, at this octet, path and type.
#[track_caller]
fn rejects<M>(octets: &[u8], kind: &DecodeErrorKind, offset: usize, path: &str, within: &str)
where
    M: Message + std::fmt::Debug,
    for<'a> M::Ref<'a>: std::fmt::Debug,
{
    let error = round_trip::<M>(octets).expect_err("it breaks a rule");
    assert_eq!(error.kind(), kind, "{octets:02x?}");
    assert_eq!(
        (error.offset(), error.path(), error.within()),
        (offset, path, within),
        "{octets:02x?}"
    );
}

/// A field of `Scalars` is refused, `at` octets into it.
#[track_caller]
fn rejects_field(field: &str, octets: &str, kind: &DecodeErrorKind, at: usize) {
    let (octets, start) = scalars(field, octets);
    rejects::<Scalars>(
        &octets,
        kind,
        start + at,
        &format!("Scalars.{field}"),
        "Scalars",
    );
}

#[test]
fn rule_1_takes_varints_of_1_to_10_octets() {
    for (text, value) in [
        ("00", 0),
        ("01", 1),
        ("7f", 127),
        ("80 01", 128),
        ("ac 02", 300),
        ("ff 7f", (1 << 14) - 1),
        ("80 80 01", 1 << 14),
        ("ff ff 7f", (1 << 21) - 1),
        ("80 80 80 01", 1 << 21),
        ("80 80 80 80 01", 1 << 28),
        ("80 80 80 80 80 01", 1 << 35),
        ("80 80 80 80 80 80 01", 1 << 42),
        ("80 80 80 80 80 80 80 01", 1 << 49),
        ("80 80 80 80 80 80 80 80 01", 1 << 56),
        ("ff ff ff ff ff ff ff ff 7f", (1 << 63) - 1),
        ("80 80 80 80 80 80 80 80 80 01", 1 << 63),
        ("ff ff ff ff ff ff ff ff ff 01", u64::MAX),
    ] {
        let (octets, _) = scalars("uint", text);
        assert_eq!(accepted::<Scalars>(&octets).uint, Uint(value), "{text}");
    }
}

#[test]
fn rule_1_rejects_varints_of_more_than_64_bits() {
    for text in [
        "ff ff ff ff ff ff ff ff ff 02",
        "80 80 80 80 80 80 80 80 80 02",
        "80 80 80 80 80 80 80 80 80 7f",
        "80 80 80 80 80 80 80 80 80 80 00",
        "ff ff ff ff ff ff ff ff ff ff ff 01",
    ] {
        for field in ["uint", "int"] {
            rejects_field(field, text, &VarintOverflow, 0);
        }
        for field in ["str", "data"] {
            rejects_field(field, text, &VarintOverflow, 0);
        }
        let (octets, start) = scalars("color", text);
        rejects::<Scalars>(&octets, &VarintOverflow, start, "Scalars.color", "Color");
        rejects::<Sink>(&hex(text), &VarintOverflow, 0, "Sink", "Sink");
        let (octets, start) = lists("uint", &format!("02 05 {text}"));
        rejects::<Lists>(
            &octets,
            &VarintOverflow,
            start + 2,
            "Lists.uint[1]",
            "Lists",
        );
    }
}

#[test]
fn rule_2_rejects_varints_that_are_longer_than_needed() {
    for text in [
        "80 00",
        "ff 00",
        "80 80 00",
        "ff ff 00",
        "81 80 80 00",
        "80 80 80 80 80 80 80 80 80 00",
    ] {
        for field in ["uint", "int", "str", "data", "name"] {
            rejects_field(field, text, &NonMinimalVarint, 0);
        }
        let (octets, start) = scalars("color", text);
        rejects::<Scalars>(&octets, &NonMinimalVarint, start, "Scalars.color", "Color");
        for field in LISTS {
            let (octets, start) = lists(field, text);
            let path = format!("Lists.{field}");
            rejects::<Lists>(&octets, &NonMinimalVarint, start, &path, "Lists");
        }
        for field in MAPS {
            let (octets, start) = maps(field, text);
            let path = format!("Maps.{field}");
            rejects::<Maps>(&octets, &NonMinimalVarint, start, &path, "Maps");
        }
        rejects::<Sink>(&hex(text), &NonMinimalVarint, 0, "Sink", "Sink");
        rejects::<Color>(&hex(text), &NonMinimalVarint, 0, "Color", "Color");
        rejects::<Shape>(&hex(text), &NonMinimalVarint, 0, "Shape", "Shape");
    }
}

#[test]
fn rule_3_reads_int_as_zig_zag() {
    for (text, value) in [
        ("00", 0),
        ("01", -1),
        ("02", 1),
        ("03", -2),
        ("7e", 63),
        ("7f", -64),
        ("80 01", 64),
        ("81 01", -65),
        ("fe ff ff ff ff ff ff ff ff 01", i64::MAX),
        ("ff ff ff ff ff ff ff ff ff 01", i64::MIN),
    ] {
        let (octets, _) = scalars("int", text);
        assert_eq!(accepted::<Scalars>(&octets).int, Int(value), "{text}");
        let (octets, _) = lists("int", &format!("02 00 {text}"));
        assert_eq!(accepted::<Lists>(&octets).int, [Int(0), Int(value)]);
    }
}

#[test]
fn rule_4_reads_numbers_of_fixed_width_as_little_endian() {
    macro_rules! number {
        ($field:ident, $octets:literal, $value:expr) => {
            // A field is called as its type.
            let expected: $field = $value;
            let (octets, _) = scalars(stringify!($field), $octets);
            let found = accepted::<Scalars>(&octets).$field;
            assert_eq!(found.to_le_bytes(), expected.to_le_bytes());
            // A list is read as a whole.
            let text = concat!("03", $octets, $octets, $octets);
            let (octets, _) = lists(stringify!($field), text);
            let found = accepted::<Lists>(&octets).$field;
            assert_eq!(found, [expected; 3]);
        };
    }
    number!(u8, "fe", 0xfe);
    number!(u16, "3412", 0x1234);
    number!(u32, "78563412", 0x1234_5678);
    number!(u64, "f0debc9a78563412", 0x1234_5678_9abc_def0);
    number!(i8, "80", i8::MIN);
    number!(i16, "feff", -2);
    number!(i32, "feffffff", -2);
    number!(i64, "0000000000000080", i64::MIN);
    number!(f32, "0000c03f", 1.5);
    number!(f64, "000000000000f8bf", -1.5);
}

#[test]
fn rule_4_keeps_floats_bit_for_bit() {
    // Signalling and quiet, either sign, with payloads; zeros of either sign; infinity.
    for bits in [
        0x7fa0_0001,
        0xffa0_1234,
        0x7fc0_0000_u32,
        0x8000_0000,
        0x7f80_0000,
    ] {
        let text: String = bits
            .to_le_bytes()
            .map(|octet| format!("{octet:02x}"))
            .concat();
        let (octets, _) = scalars("f32", &text);
        assert_eq!(accepted::<Scalars>(&octets).f32.to_bits(), bits);
        let (octets, _) = lists("f32", &format!("01 {text}"));
        assert_eq!(accepted::<Lists>(&octets).f32[0].to_bits(), bits);
    }
    for bits in [
        0x7ff4_0000_0000_0001,
        0xfff4_0000_dead_beef,
        0x7ff8_0000_0000_0000_u64,
        0x8000_0000_0000_0000,
    ] {
        let text: String = bits
            .to_le_bytes()
            .map(|octet| format!("{octet:02x}"))
            .concat();
        let (octets, _) = scalars("f64", &text);
        assert_eq!(accepted::<Scalars>(&octets).f64.to_bits(), bits);
        let (octets, _) = lists("f64", &format!("01 {text}"));
        assert_eq!(accepted::<Lists>(&octets).f64[0].to_bits(), bits);
    }
}

#[test]
fn rule_5_takes_0_and_1_alone_for_a_bool() {
    for (text, value) in [("00", false), ("01", true)] {
        let (octets, _) = scalars("bool", text);
        assert_eq!(accepted::<Scalars>(&octets).bool, value);
    }
    for found in 2..=u8::MAX {
        let kind = InvalidBool { found };
        rejects_field("bool", &format!("{found:02x}"), &kind, 0);
    }
    // Among others, in a list, in a run of fields of fixed width, and as a value of a map.
    let (octets, start) = lists("bool", "04 00 01 02 00");
    rejects::<Lists>(
        &octets,
        &InvalidBool { found: 2 },
        start + 3,
        "Lists.bool[2]",
        "Lists",
    );
    let octets = hex("00000000 0000000000000000 80");
    rejects::<Point>(
        &octets,
        &InvalidBool { found: 128 },
        12,
        "Point.flag",
        "Point",
    );
    let (octets, start) = maps("int", "01 00 ff");
    rejects::<Maps>(
        &octets,
        &InvalidBool { found: 255 },
        start + 2,
        "Maps.int[0].value",
        "Maps",
    );
}

#[test]
fn rule_5_takes_0_and_1_alone_for_the_flag_of_an_optional() {
    let octets = hex("00 01 01 01 00 00 00");
    let value = accepted::<Optionals>(&octets);
    assert_eq!((value.number, value.twice), (None, Some(Some(true))));
    assert_eq!(
        accepted::<Optionals>(&hex("00 01 00 00 00 00")).twice,
        Some(None)
    );
    for found in 2..=u8::MAX {
        let kind = InvalidOptional { found };
        let octets = [found, 0, 0, 0, 0];
        rejects::<Optionals>(&octets, &kind, 0, "Optionals.number", "Optionals");
        let octets = [0, 1, found, 0, 0];
        rejects::<Optionals>(&octets, &kind, 2, "Optionals.twice", "Optionals");
        let (octets, start) = lists("optional", &format!("02 00 {found:02x}"));
        rejects::<Lists>(&octets, &kind, start + 2, "Lists.optional[1]", "Lists");
    }
}

#[test]
fn rule_6_points_at_the_first_octet_that_is_not_utf_8() {
    for (text, at) in [
        ("01 ff", 0),
        ("02 61 80", 1),
        ("03 61 62 c3", 2),
        ("04 c3a9 c0 80", 2),
        ("05 c3a9 eda080", 2),
        ("09 61 f09f9880 f4908080", 5),
    ] {
        let (octets, start) = scalars("str", text);
        // The text stands behind its length.
        let offset = start + 1 + at;
        rejects::<Scalars>(&octets, &InvalidUtf8, offset, "Scalars.str", "Scalars");
        let (octets, start) = scalars("name", text);
        let offset = start + 1 + at;
        rejects::<Scalars>(&octets, &InvalidUtf8, offset, "Scalars.name", "Scalars");
        let (octets, start) = lists("str", &format!("02 0161 {text}"));
        let offset = start + 4 + at;
        rejects::<Lists>(&octets, &InvalidUtf8, offset, "Lists.str[1]", "Lists");
        // What is no text may be anything.
        accepted::<Scalars>(&scalars("data", text).0);
    }
    let (octets, _) = scalars("str", "0b 61 c3a9 e282ac f09f9880 7f");
    assert_eq!(accepted::<Scalars>(&octets).str, "aé€😀\u{7f}");
}

#[test]
fn rule_7_rejects_a_length_beyond_the_input() {
    for field in ["str", "data", "name"] {
        let (octets, start) = scalars(field, "00");
        let behind = octets.len() - start - 1;
        for (text, length) in [
            (format!("{:02x}", behind + 1), behind as u64 + 1),
            ("ff ff ff ff 0f".to_owned(), u64::from(u32::MAX)),
            ("ff ff ff ff ff ff ff ff 7f".to_owned(), (1 << 63) - 1),
            ("ff ff ff ff ff ff ff ff ff 01".to_owned(), u64::MAX),
        ] {
            let remaining = behind;
            rejects_field(field, &text, &LengthBeyondInput { length, remaining }, 0);
        }
    }
    let (octets, start) = lists("data", "02 00 40 00");
    let kind = LengthBeyondInput {
        length: 64,
        remaining: octets.len() - start - 3,
    };
    rejects::<Lists>(&octets, &kind, start + 2, "Lists.data[1]", "Lists");
}

#[test]
fn rule_8_takes_exactly_the_fixed_length() {
    let (octets, _) = scalars("hash", "01020304");
    assert_eq!(accepted::<Scalars>(&octets).hash, [1, 2, 3, 4]);

    let hash = "07".repeat(32);
    let points = "0000803f 000000000000f03f 01 00000000 0000000000000000 00";
    let text = format!("010203 0100 0200 0300 0161 00 {points} 00 05 06 ac02 {hash}");
    let octets = hex(&text);
    let value = accepted::<FixedLists>(&octets);
    assert_eq!((value.octets, value.numbers), ([1, 2, 3], [1, 2, 3]));
    assert_eq!(value.names, ["a", ""]);
    assert_eq!((value.points[0].x, value.points[0].flag), (1.0, true));
    assert_eq!(
        value.nested,
        [
            [Color::Red, Color::Green],
            [Color::Blue, Color::Ultraviolet]
        ]
    );
    assert_eq!(value.hash, [7; 32]);

    // An octet less, and it ends inside of the last; the path names the item in lists of values.
    let kind = UnexpectedEnd {
        needed: 32,
        remaining: 31,
    };
    let end = octets.len() - 32;
    rejects::<FixedLists>(
        &octets[..octets.len() - 1],
        &kind,
        end,
        "FixedLists.hash",
        "FixedLists",
    );
    let kind = |needed, remaining| UnexpectedEnd { needed, remaining };
    rejects::<FixedLists>(
        &octets[..2],
        &kind(1, 0),
        2,
        "FixedLists.octets[2]",
        "FixedLists",
    );
    rejects::<FixedLists>(
        &octets[..8],
        &kind(2, 1),
        7,
        "FixedLists.numbers[2]",
        "FixedLists",
    );
    rejects::<FixedLists>(
        &octets[..11],
        &kind(1, 0),
        11,
        "FixedLists.names[1]",
        "FixedLists",
    );
    rejects::<FixedLists>(
        &octets[..12],
        &kind(4, 0),
        12,
        "FixedLists.points[0].x",
        "Point",
    );
    rejects::<FixedLists>(
        &octets[..39],
        &kind(1, 0),
        39,
        "FixedLists.nested[0][1]",
        "Color",
    );
}

#[test]
fn rule_9_rejects_a_count_of_more_items_than_can_follow() {
    let sizes = [
        1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 1, 1, 1, 1, 1, 4, 1, 13, 1, 1, 1,
    ];
    for (field, item_size) in LISTS.into_iter().zip(sizes) {
        let (octets, start) = lists(field, "00");
        let remaining = octets.len() - start - 1;
        for count in [remaining / item_size + 1, 100] {
            let (octets, start) = lists(field, &format!("{count:02x}"));
            let kind = CountBeyondInput {
                count: count as u64,
                item_size,
                remaining,
            };
            rejects::<Lists>(&octets, &kind, start, &format!("Lists.{field}"), "Lists");
        }
        for (text, count) in [
            ("80 80 80 80 80 80 80 80 80 01", 1 << 63),
            ("ff ff ff ff ff ff ff ff ff 01", u64::MAX),
        ] {
            let (octets, start) = lists(field, text);
            let kind = CountBeyondInput {
                count,
                item_size,
                remaining,
            };
            rejects::<Lists>(&octets, &kind, start, &format!("Lists.{field}"), "Lists");
        }
    }
    // An entry of a map takes what its key and its value take: here 1 + 1, 4 + 1 and 8 + 13.
    for (field, item_size) in [("str", 2), ("hash", 5), ("u64", 21), ("bool", 2)] {
        let (octets, start) = maps(field, "7f");
        let kind = CountBeyondInput {
            count: 127,
            item_size,
            remaining: octets.len() - start - 1,
        };
        rejects::<Maps>(&octets, &kind, start, &format!("Maps.{field}"), "Maps");
    }
}

#[test]
fn rule_10_rejects_a_key_again_whatever_its_type() {
    // A key, another one, and a value.
    let cases = [
        ("str", "0161", "0162", "00"),
        ("data", "02ff00", "02ff01", "00"),
        ("hash", "01020304", "01020305", "00"),
        ("color", "ac02", "05", "00"),
        ("uint", "ffffffffffffffffff01", "00", "00"),
        ("int", "ffffffffffffffffff01", "feffffffffffffffff01", "00"),
        ("u8", "ff", "00", "00"),
        ("u16", "ff00", "00ff", "00"),
        ("u32", "00000001", "00000002", "00"),
        (
            "u64",
            "0000000000000001",
            "0000000000000002",
            "00000000 0000000000000000 00",
        ),
        ("i8", "ff", "7f", "00"),
        ("i16", "ffff", "ff7f", "00"),
        ("i32", "ffffffff", "ffffff7f", "00"),
        ("i64", "ffffffffffffffff", "ffffffffffffff7f", "00"),
        ("bool", "01", "00", "00"),
        ("nested", "0161", "00", "00"),
    ];
    assert_eq!(cases.map(|case| case.0), MAPS);
    for (field, key, other, value) in cases {
        accepted::<Maps>(&maps(field, &format!("02 {key} {value} {other} {value}")).0);
        let text = format!("03 {other} {value} {key} {value} {key} {value}");
        let entry = |key: &str| hex(key).len() + hex(value).len();
        let (octets, start) = maps(field, &text);
        let offset = start + 1 + entry(other) + entry(key);
        let path = format!("Maps.{field}[2].key");
        rejects::<Maps>(&octets, &DuplicateKey { first: 1 }, offset, &path, "Maps");
    }
    // In a map inside of a map, and in the second map of a list.
    let (octets, start) = maps("nested", "02 0161 00 0162 02 0178 00 0178 00");
    let path = "Maps.nested[1].value[1].key";
    rejects::<Maps>(
        &octets,
        &DuplicateKey { first: 0 },
        start + 10,
        path,
        "Maps",
    );
    let (octets, start) = lists("maps", "02 01 00 00 02 07 00 07 01");
    rejects::<Lists>(
        &octets,
        &DuplicateKey { first: 0 },
        start + 7,
        "Lists.maps[1][1].key",
        "Lists",
    );
}

#[test]
fn rule_10_keeps_the_order_of_the_sender() {
    let (octets, _) = maps("u8", "04 09 00 02 01 07 05 00 01 00");
    let value = accepted::<Maps>(&octets);
    let expected = [(9, None), (2, Some(7)), (5, None), (1, None)];
    assert_eq!(value.u8.as_slice(), expected);
}

#[test]
fn rule_11_rejects_a_number_that_is_no_value_of_the_enum() {
    for (text, value) in [
        ("00", Color::Red),
        ("05", Color::Green),
        ("06", Color::Blue),
        ("ac02", Color::Ultraviolet),
    ] {
        assert_eq!(accepted::<Color>(&hex(text)), value);
    }
    // Between two values, above the last, and what would be a value if only the lowest bits counted.
    for (text, found) in [
        ("01", 1),
        ("04", 4),
        ("07", 7),
        ("ab02", 299),
        ("ad02", 301),
        ("ac8204", 0x1_012c),
        ("808080808001", 1 << 35),
        ("ffffffffffffffffff01", u64::MAX),
    ] {
        let kind = UnknownEnumValue {
            name: "Color",
            found,
            highest: 300,
        };
        rejects::<Color>(&hex(text), &kind, 0, "Color", "Color");
        let (octets, start) = lists("color", &format!("02 05 {text}"));
        rejects::<Lists>(&octets, &kind, start + 2, "Lists.color[1]", "Color");
    }
}

#[test]
fn rule_11_rejects_a_tag_that_the_union_does_not_have() {
    let point = "0000803f 000000000000f03f 01";
    let shape = accepted::<Shape>(&hex(&format!("03 {point}")));
    assert!(matches!(shape, Shape::Point(Point { flag: true, .. })));
    assert_eq!(accepted::<Shape>(&hex("7f")), Shape::Nothing);
    assert_eq!(
        accepted::<Shape>(&hex("8001 0161")),
        Shape::Name("a".to_owned())
    );
    assert_eq!(
        accepted::<Shape>(&hex("ac02 01 00010203")),
        Shape::ListHash(vec![[0, 1, 2, 3]])
    );
    assert_eq!(
        accepted::<Sink>(&hex("ffffffffffffffffff01")),
        Sink::Nothing
    );
    assert_eq!(
        accepted::<Sink>(&hex("feffffffffffffffff01 06")),
        Sink::Color(Color::Blue)
    );
    assert_eq!(
        accepted::<Sink>(&hex("8080808010 00 00 7f")),
        Sink::Drawing(Drawing {
            title: String::new(),
            shapes: Vec::new(),
            last: Shape::Nothing
        })
    );

    let unknown = |found| UnknownTag {
        union: "Shape",
        found,
        highest: 300,
    };
    for (text, found) in [
        ("00", 0),
        ("04", 4),
        ("7e", 126),
        ("8101", 129),
        ("ad02", 301),
        ("838004", 0x1_0003),
        ("ff80808080 40", (1 << 41) + 127),
    ] {
        rejects::<Shape>(&hex(text), &unknown(found), 0, "Shape", "Shape");
        let octets = hex(&format!("00 02 7f {text}"));
        rejects::<Drawing>(&octets, &unknown(found), 3, "Drawing.shapes[1]", "Shape");
        let octets = hex(&format!("00 00 {text}"));
        rejects::<Drawing>(&octets, &unknown(found), 2, "Drawing.last", "Shape");
    }
    let kind = UnknownTag {
        union: "Sink",
        found: u64::MAX - 2,
        highest: u64::MAX,
    };
    rejects::<Sink>(&hex("fdffffffffffffffff01"), &kind, 0, "Sink", "Sink");
}

#[test]
fn rule_12_rejects_octets_after_the_message() {
    let kind = |count| TrailingOctets { count };
    rejects::<Color>(&hex("05 00"), &kind(1), 1, "Color", "Color");
    rejects::<Shape>(&hex("7f 7f 7f"), &kind(2), 1, "Shape", "Shape");
    let (mut octets, _) = scalars("u8", "01");
    let end = octets.len();
    octets.extend([0; 300]);
    rejects::<Scalars>(&octets, &kind(300), end, "Scalars", "Scalars");
    // The member is named only where it is what is wrong.
    rejects::<Sink>(
        &hex("ffffffffffffffffff01 00"),
        &kind(1),
        10,
        "Sink",
        "Sink",
    );
}

#[test]
fn every_field_is_refused_where_the_message_ends_in_it() {
    let (octets, _) = scalars("uint", "00");
    let mut start = 0;
    for (field, text) in SCALARS {
        let path = format!("Scalars.{field}");
        let within = if field == "color" { "Color" } else { "Scalars" };
        let needed = hex(text).len();
        for remaining in 0..needed {
            let kind = UnexpectedEnd { needed, remaining };
            rejects::<Scalars>(&octets[..start + remaining], &kind, start, &path, within);
        }
        start += needed;
    }
    assert_eq!(start, octets.len());
}
