//! The walk along a description: each rule of the format by example octets, with the place that the error names.

use std::ops::Range;

use bare::dynamic::{Composite, Encoder, Scalar, Step, Visitor, locate, walk, walk_within};
use bare::schema::{EnumValue, Field, Kind, Member, Type, TypeDef};
use bare::{DecodeError, DecodeErrorKind, DecodeLimits};

const fn alias(name: &'static str, ty: Type) -> TypeDef {
    TypeDef {
        name,
        kind: Kind::Alias(ty),
    }
}

const fn field(name: &'static str, ty: Type) -> Field {
    Field { name, ty }
}

static COLOR: TypeDef = TypeDef {
    name: "Color",
    kind: Kind::Enum(&[
        EnumValue {
            name: "RED",
            value: 0,
        },
        EnumValue {
            name: "BLUE",
            value: 300,
        },
    ]),
};
static ID: TypeDef = alias("Id", Type::Str);
static NOTHING: TypeDef = alias("Nothing", Type::Void);
static OPEN: TypeDef = TypeDef {
    name: "Open",
    kind: Kind::Struct(&[
        field("id", Type::Named(&ID)),
        field("headers", Type::Map(&Type::Str, &Type::Str)),
    ]),
};
static BODY: TypeDef = TypeDef {
    name: "Body",
    kind: Kind::Union(&[
        Member {
            tag: 0,
            name: "Open",
            ty: Type::Named(&OPEN),
        },
        Member {
            tag: 4,
            name: "Nothing",
            ty: Type::Named(&NOTHING),
        },
    ]),
};
static TUNNEL: TypeDef = TypeDef {
    name: "Tunnel",
    kind: Kind::Struct(&[
        field("index", Type::U16),
        field("kind", Type::Named(&BODY)),
        field("colors", Type::List(&Type::Named(&COLOR))),
    ]),
};
static BATCH: TypeDef = alias("Batch", Type::List(&Type::Named(&TUNNEL)));
static MESSAGE: TypeDef = TypeDef {
    name: "Message",
    kind: Kind::Union(&[
        Member {
            tag: 0,
            name: "Tunnel",
            ty: Type::Named(&TUNNEL),
        },
        Member {
            tag: 1,
            name: "Batch",
            ty: Type::Named(&BATCH),
        },
    ]),
};
static RENAMED: TypeDef = alias("Renamed", Type::Named(&MESSAGE));

/// One definition for each plain type.
macro_rules! plain {
    ($($name:ident = $ty:expr;)*) => { $(static $name: TypeDef = alias(stringify!($name), $ty);)* };
}
plain! {
    UINT = Type::Uint;
    INT = Type::Int;
    U8 = Type::U8;
    I8 = Type::I8;
    U16 = Type::U16;
    I16 = Type::I16;
    U32 = Type::U32;
    I32 = Type::I32;
    U64 = Type::U64;
    I64 = Type::I64;
    F32 = Type::F32;
    F64 = Type::F64;
    BOOL = Type::Bool;
    STR = Type::Str;
    DATA = Type::Data;
    HASH = Type::FixedData(4);
    MAYBE = Type::Optional(&Type::U8);
    WORDS = Type::List(&Type::U16);
    PAIR = Type::FixedList(&Type::U16, 2);
    TABLE = Type::Map(&Type::Uint, &Type::Bool);
    NESTED = Type::Map(&Type::U8, &Type::Map(&Type::U8, &Type::Bool));
}

/// What a visitor is told, a line for each call.
#[derive(Default)]
struct Log(Vec<String>);

impl Visitor for Log {
    fn begin(&mut self, step: Step, _ty: Type, offset: usize) {
        let step = match step {
            Step::Root(def) => def.name.to_owned(),
            Step::Field(field) => format!(".{}", field.name),
            Step::Member(member) => format!("|{}", member.name),
            Step::Some => "?".to_owned(),
            Step::Item(index) => format!("[{index}]"),
            Step::Key(index) => format!("[{index}].key"),
            Step::Value(index) => format!("[{index}].value"),
        };
        self.0.push(format!("{offset} {step}"));
    }

    fn scalar(&mut self, span: Range<usize>, scalar: Scalar<'_>) {
        let scalar = match scalar {
            Scalar::Enum(def, value) => format!("{}.{}", def.name, value.name),
            other => format!("{other:?}"),
        };
        self.0.push(format!("{span:?} {scalar}"));
    }

    fn open(&mut self, span: Range<usize>, composite: Composite) {
        let composite = match composite {
            Composite::Struct(def) => def.name.to_owned(),
            Composite::Union(def, member) => format!("{}|{}", def.name, member.name),
            other => format!("{other:?}"),
        };
        self.0.push(format!("{span:?} {composite} {{"));
    }

    fn close(&mut self, offset: usize) {
        self.0.push(format!("}} {offset}"));
    }
}

/// The values of the message, and that they are written back as the same octets.
fn scalars(def: &'static TypeDef, octets: &[u8]) -> Vec<String> {
    struct Scalars(Vec<String>);
    impl Visitor for Scalars {
        fn scalar(&mut self, _span: Range<usize>, scalar: Scalar<'_>) {
            self.0.push(format!("{scalar:?}"));
        }
    }
    let mut encoder = Encoder::new();
    walk(def, octets, &mut encoder).unwrap();
    assert_eq!(encoder.into_octets(), octets);
    let mut scalars = Scalars(Vec::new());
    walk(def, octets, &mut scalars).unwrap();
    scalars.0
}

fn error(def: &'static TypeDef, octets: &[u8]) -> DecodeError {
    walk(def, octets, &mut ()).expect_err("the octets break a rule")
}

#[track_caller]
fn rejects(
    def: &'static TypeDef,
    octets: &[u8],
    kind: DecodeErrorKind,
    offset: usize,
    path: &str,
    within: &str,
) {
    let error = error(def, octets);
    assert_eq!(
        (
            error.kind().clone(),
            error.offset(),
            error.path(),
            error.within()
        ),
        (kind, offset, path, within),
        "{error}"
    );
}

#[test]
fn shows_every_value_with_its_place_and_octets() {
    let octets = b"\x00\x34\x12\x00\x01a\x01\x01k\x00\x02\x00\xac\x02";
    let mut log = Log::default();
    walk(&MESSAGE, octets, &mut log).unwrap();
    assert_eq!(
        log.0,
        [
            "0 Message",
            "0..1 Message|Tunnel {",
            "1 |Tunnel",
            "1..1 Tunnel {",
            "1 .index",
            "1..3 U16(4660)",
            "3 .kind",
            "3..4 Body|Open {",
            "4 |Open",
            "4..4 Open {",
            "4 .id",
            "4..6 Str(\"a\")",
            "6 .headers",
            "6..7 Map(1) {",
            "7 [0].key",
            "7..9 Str(\"k\")",
            "9 [0].value",
            "9..10 Str(\"\")",
            "} 10",
            "} 10",
            "} 10",
            "10 .colors",
            "10..11 List(2) {",
            "11 [0]",
            "11..12 Color.RED",
            "12 [1]",
            "12..14 Color.BLUE",
            "} 14",
            "} 14",
            "} 14",
        ]
    );
    let mut encoder = Encoder::new();
    walk(&MESSAGE, octets, &mut encoder).unwrap();
    assert_eq!(encoder.octets(), octets);
}

#[test]
fn shows_optionals_fixed_lists_and_void() {
    let mut log = Log::default();
    walk(&MAYBE, &[1, 9], &mut log).unwrap();
    walk(&MAYBE, &[0], &mut log).unwrap();
    walk(&PAIR, &[1, 0, 2, 0], &mut log).unwrap();
    walk(&BODY, &[4], &mut log).unwrap();
    assert_eq!(
        log.0,
        [
            "0 MAYBE",
            "0..1 Some {",
            "1 ?",
            "1..2 U8(9)",
            "} 2",
            "0 MAYBE",
            "0..1 None {",
            "} 1",
            "0 PAIR",
            "0..0 FixedList(2) {",
            "0 [0]",
            "0..2 U16(1)",
            "2 [1]",
            "2..4 U16(2)",
            "} 4",
            "0 Body",
            "0..1 Body|Nothing {",
            "1 |Nothing",
            "1..1 Void",
            "} 1",
        ]
    );
}

#[test]
fn reads_varints_of_every_length() {
    for bits in 0..64 {
        for value in [1_u64 << bits, (1 << bits) - 1, u64::MAX >> bits] {
            let mut encoder = Encoder::new();
            encoder.write(Scalar::Uint(value));
            let octets = encoder.into_octets();
            assert_eq!(octets.len(), bare::schema::varint_size(value));
            assert_eq!(scalars(&UINT, &octets), [format!("Uint({value})")]);
        }
    }
    assert_eq!(
        scalars(&UINT, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        [format!("Uint({})", u64::MAX)]
    );
}

#[test]
fn reads_signed_varints_as_zig_zag() {
    for (octets, value) in [
        (&[0][..], 0),
        (&[1], -1),
        (&[2], 1),
        (&[3], -2),
        (&[0x80, 1], 64),
    ] {
        assert_eq!(scalars(&INT, octets), [format!("Int({value})")]);
    }
    assert_eq!(
        scalars(&INT, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        [format!("Int({})", i64::MIN)]
    );
    assert_eq!(
        scalars(&INT, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        [format!("Int({})", i64::MAX)]
    );
}

#[test]
fn reads_fixed_width_numbers_as_little_endian() {
    assert_eq!(scalars(&U8, &[0xfe]), ["U8(254)"]);
    assert_eq!(scalars(&I8, &[0xfe]), ["I8(-2)"]);
    assert_eq!(scalars(&U16, &[0xfe, 0xff]), ["U16(65534)"]);
    assert_eq!(scalars(&I16, &[0xfe, 0xff]), ["I16(-2)"]);
    assert_eq!(scalars(&U32, &[4, 3, 2, 1]), ["U32(16909060)"]);
    assert_eq!(scalars(&I32, &[4, 3, 2, 0xff]), ["I32(-16645372)"]);
    assert_eq!(
        scalars(&U64, &[1, 0, 0, 0, 0, 0, 0, 0x80]),
        ["U64(9223372036854775809)"]
    );
    assert_eq!(
        scalars(&I64, &[1, 0, 0, 0, 0, 0, 0, 0x80]),
        ["I64(-9223372036854775807)"]
    );
    assert_eq!(scalars(&HASH, &[1, 2, 3, 4]), ["FixedData([1, 2, 3, 4])"]);
    assert_eq!(scalars(&DATA, &[2, 3, 4]), ["Data([3, 4])"]);
}

#[test]
fn keeps_the_bits_of_a_nan() {
    assert_eq!(
        scalars(&F32, &[0xef, 0xbe, 0xa0, 0x7f]),
        [format!("F32({})", 0x7fa0_beef_u32)]
    );
    assert_eq!(
        scalars(&F64, &[1, 2, 3, 4, 5, 6, 0xf4, 0xff]),
        [format!("F64({})", 0xfff4_0605_0403_0201_u64)]
    );
}

#[test]
fn rejects_varints_that_are_longer_than_needed() {
    let kind = DecodeErrorKind::NonMinimalVarint;
    rejects(&UINT, &[0x80, 0], kind.clone(), 0, "UINT", "UINT");
    rejects(&INT, &[0xff, 0x80, 0], kind.clone(), 0, "INT", "INT");
    rejects(&STR, &[0x81, 0, b'a'], kind.clone(), 0, "STR", "STR");
    rejects(&WORDS, &[0x81, 0, 1, 1], kind.clone(), 0, "WORDS", "WORDS");
    rejects(&MESSAGE, &[0x80, 0], kind.clone(), 0, "Message", "Message");
    rejects(
        &MESSAGE,
        b"\x01\x01\x00\x00\x84\x00\x00",
        kind.clone(),
        4,
        "Message.Batch[0].kind",
        "Body",
    );
    rejects(
        &UINT,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00",
        kind,
        0,
        "UINT",
        "UINT",
    );
}

#[test]
fn rejects_varints_of_more_than_64_bits() {
    let kind = DecodeErrorKind::VarintOverflow;
    rejects(
        &UINT,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
        kind.clone(),
        0,
        "UINT",
        "UINT",
    );
    rejects(
        &UINT,
        b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x81\x01",
        kind.clone(),
        0,
        "UINT",
        "UINT",
    );
    rejects(
        &UINT,
        b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
        kind,
        0,
        "UINT",
        "UINT",
    );
}

#[test]
fn rejects_a_bool_and_a_flag_other_than_0_and_1() {
    rejects(
        &BOOL,
        &[2],
        DecodeErrorKind::InvalidBool { found: 2 },
        0,
        "BOOL",
        "BOOL",
    );
    rejects(
        &TABLE,
        &[2, 5, 1, 6, 0xff],
        DecodeErrorKind::InvalidBool { found: 0xff },
        4,
        "TABLE[1].value",
        "TABLE",
    );
    rejects(
        &MAYBE,
        &[2, 0],
        DecodeErrorKind::InvalidOptional { found: 2 },
        0,
        "MAYBE",
        "MAYBE",
    );
}

#[test]
fn points_at_the_first_octet_that_is_not_utf_8() {
    rejects(
        &STR,
        b"\x04a\xc3\xa9\xff",
        DecodeErrorKind::InvalidUtf8,
        4,
        "STR",
        "STR",
    );
    rejects(
        &MESSAGE,
        b"\x00\x00\x00\x00\x00\x02\x00\x01v\x03ab\xe2\x00\x00",
        DecodeErrorKind::InvalidUtf8,
        12,
        "Message.Tunnel.kind.headers[1].key",
        "Open",
    );
}

#[test]
fn rejects_undeclared_tags_and_enum_values() {
    rejects(
        &MESSAGE,
        &[7],
        DecodeErrorKind::UnknownTag {
            union: "Message",
            found: 7,
            highest: 1,
        },
        0,
        "Message",
        "Message",
    );
    rejects(
        &MESSAGE,
        &[0, 0, 0, 2],
        DecodeErrorKind::UnknownTag {
            union: "Body",
            found: 2,
            highest: 4,
        },
        3,
        "Message.Tunnel.kind",
        "Body",
    );
    rejects(
        &TUNNEL,
        &[0, 0, 4, 2, 0, 0xab, 2],
        DecodeErrorKind::UnknownEnumValue {
            name: "Color",
            found: 299,
            highest: 300,
        },
        5,
        "Tunnel.colors[1]",
        "Color",
    );
}

#[test]
fn rejects_a_length_beyond_the_input() {
    rejects(
        &DATA,
        &[3, 1, 2],
        DecodeErrorKind::LengthBeyondInput {
            length: 3,
            remaining: 2,
        },
        0,
        "DATA",
        "DATA",
    );
    rejects(
        &STR,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a",
        DecodeErrorKind::LengthBeyondInput {
            length: u64::MAX,
            remaining: 1,
        },
        0,
        "STR",
        "STR",
    );
}

#[test]
fn rejects_a_count_of_more_items_than_can_follow() {
    rejects(
        &WORDS,
        &[2, 1, 0, 1],
        DecodeErrorKind::CountBeyondInput {
            count: 2,
            item_size: 2,
            remaining: 3,
        },
        0,
        "WORDS",
        "WORDS",
    );
    rejects(
        &TABLE,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        DecodeErrorKind::CountBeyondInput {
            count: u64::MAX,
            item_size: 2,
            remaining: 0,
        },
        0,
        "TABLE",
        "TABLE",
    );
    rejects(
        &MESSAGE,
        &[1, 2, 0, 0, 4, 0, 0],
        DecodeErrorKind::CountBeyondInput {
            count: 2,
            item_size: 4,
            remaining: 5,
        },
        1,
        "Message.Batch",
        "Message",
    );
}

#[test]
fn points_at_the_second_of_two_equal_keys() {
    rejects(
        &TABLE,
        &[4, 9, 0, 7, 0, 8, 1, 7, 1],
        DecodeErrorKind::DuplicateKey { first: 1 },
        7,
        "TABLE[3].key",
        "TABLE",
    );
    // Of several repeated keys, the one that is repeated first.
    rejects(
        &TABLE,
        &[5, 1, 0, 2, 0, 2, 0, 2, 0, 1, 0],
        DecodeErrorKind::DuplicateKey { first: 1 },
        5,
        "TABLE[2].key",
        "TABLE",
    );
}

#[test]
fn reports_whichever_of_a_repeated_key_and_another_fault_comes_first() {
    rejects(
        &TABLE,
        &[3, 7, 0, 7, 2, 8, 0],
        DecodeErrorKind::DuplicateKey { first: 0 },
        3,
        "TABLE[1].key",
        "TABLE",
    );
    rejects(
        &TABLE,
        &[2, 7, 3, 7, 0],
        DecodeErrorKind::InvalidBool { found: 3 },
        2,
        "TABLE[0].value",
        "TABLE",
    );
    rejects(
        &NESTED,
        &[2, 7, 1, 1, 1, 7, 1, 1, 9],
        DecodeErrorKind::DuplicateKey { first: 0 },
        5,
        "NESTED[1].key",
        "NESTED",
    );
    rejects(
        &NESTED,
        &[2, 7, 2, 1, 1, 1, 1, 7, 0],
        DecodeErrorKind::DuplicateKey { first: 0 },
        5,
        "NESTED[0].value[1].key",
        "NESTED",
    );
}

#[test]
fn rejects_octets_after_the_message() {
    rejects(
        &U16,
        &[1, 2, 3, 4],
        DecodeErrorKind::TrailingOctets { count: 2 },
        2,
        "U16",
        "U16",
    );
    rejects(
        &MESSAGE,
        &[1, 0, 0],
        DecodeErrorKind::TrailingOctets { count: 1 },
        2,
        "Message",
        "Message",
    );
}

#[test]
fn names_what_is_missing_where_a_message_ends_early() {
    let end = |needed, remaining| DecodeErrorKind::UnexpectedEnd { needed, remaining };
    rejects(&UINT, &[], end(1, 0), 0, "UINT", "UINT");
    rejects(&UINT, &[0x80, 0x80], end(3, 2), 0, "UINT", "UINT");
    rejects(&U64, &[1, 2, 3], end(8, 3), 0, "U64", "U64");
    rejects(&HASH, &[1], end(4, 1), 0, "HASH", "HASH");
    rejects(&MAYBE, &[1], end(1, 0), 1, "MAYBE", "MAYBE");
    rejects(&PAIR, &[1, 0, 2], end(2, 1), 2, "PAIR[1]", "PAIR");
    rejects(
        &MESSAGE,
        &[0, 1],
        end(2, 1),
        1,
        "Message.Tunnel.index",
        "Tunnel",
    );
    rejects(
        &MESSAGE,
        &[0, 1, 0],
        end(1, 0),
        3,
        "Message.Tunnel.kind",
        "Body",
    );
    rejects(
        &MESSAGE,
        b"\x00\x00\x00\x00\x01a\x01\x01k",
        // An entry takes two octets at the least, and there are two.
        end(1, 0),
        9,
        "Message.Tunnel.kind.headers[0].value",
        "Open",
    );
}

#[test]
fn no_prefix_of_a_message_is_a_message() {
    let octets = b"\x01\x02\x34\x12\x00\x01a\x01\x01k\x00\x02\x00\xac\x02\x00\x00\x04\x00";
    walk(&MESSAGE, octets, &mut ()).unwrap();
    for end in 0..octets.len() {
        let error = error(&MESSAGE, &octets[..end]);
        assert!(error.offset() <= end, "{error}");
        assert!(
            matches!(
                error.kind(),
                DecodeErrorKind::UnexpectedEnd { .. }
                    | DecodeErrorKind::LengthBeyondInput { .. }
                    | DecodeErrorKind::CountBeyondInput { .. }
            ),
            "{error}"
        );
    }
}

#[test]
fn an_alias_of_the_message_names_the_member_too() {
    rejects(
        &RENAMED,
        &[0, 1],
        DecodeErrorKind::UnexpectedEnd {
            needed: 2,
            remaining: 1,
        },
        1,
        "Renamed.Tunnel.index",
        "Tunnel",
    );
}

#[test]
fn refuses_a_message_above_the_size_limit_before_reading_it() {
    let limits = DecodeLimits {
        message_size: 3,
        memory: 0,
    };
    let error = walk_within(&DATA, &[9, 9, 9, 9], &limits, &mut ()).unwrap_err();
    assert_eq!(
        error.kind(),
        &DecodeErrorKind::MessageTooLarge { size: 4, limit: 3 }
    );
    assert_eq!((error.offset(), error.path()), (3, "DATA"));
    walk_within(&DATA, &[2, 9, 9], &limits, &mut ()).unwrap();
}

#[test]
fn locates_the_list_or_map_whose_count_starts_at_an_offset() {
    let octets = b"\x01\x01\x34\x12\x00\x01a\x01\x01k\x00\x02\x00\xac\x02";
    let at = |offset| locate(&MESSAGE, octets, offset);
    assert_eq!(at(1), ("Message.Batch".to_owned(), "Message"));
    assert_eq!(at(7), ("Message.Batch[0].kind.headers".to_owned(), "Open"));
    assert_eq!(at(11), ("Message.Batch[0].colors".to_owned(), "Tunnel"));
    assert_eq!(at(5), ("Message".to_owned(), "Message"));
    assert_eq!(
        locate(&MESSAGE, &[0, 1], 7),
        ("Message.Tunnel.index".to_owned(), "Tunnel")
    );
}

#[test]
fn a_map_of_many_keys_is_checked_in_reasonable_time() {
    let entries = 200_000_u64;
    let mut encoder = Encoder::new();
    encoder.begin(Composite::Map(usize::try_from(entries).unwrap()));
    for key in 0..entries - 1 {
        encoder.write(Scalar::Uint(key));
        encoder.write(Scalar::Bool(true));
    }
    encoder.write(Scalar::Uint(5));
    encoder.write(Scalar::Bool(true));
    let octets = encoder.into_octets();
    rejects(
        &TABLE,
        &octets,
        DecodeErrorKind::DuplicateKey { first: 5 },
        octets.len() - 2,
        "TABLE[199999].key",
        "TABLE",
    );
}
