use bare::schema::{EnumValue, Field, Kind, Member, Type, TypeDef};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{decode, encode, parse};

const fn alias(name: &'static str, ty: Type) -> TypeDef {
    TypeDef {
        name,
        kind: Kind::Alias(ty),
    }
}

const fn field(name: &'static str, ty: Type) -> Field {
    Field { name, ty }
}

static NAME: TypeDef = alias("Name", Type::Str);
static NAMES: TypeDef = alias("Names", Type::Map(&Type::Named(&NAME), &Type::U8));
static FLAVOR: TypeDef = TypeDef {
    name: "Flavor",
    kind: Kind::Enum(&[
        EnumValue {
            name: "SWEET",
            value: 0,
        },
        EnumValue {
            name: "VERY_SOUR",
            value: 9,
        },
    ]),
};
static NOTHING: TypeDef = alias("Nothing", Type::Void);
static EVERYTHING: TypeDef = TypeDef {
    name: "Everything",
    kind: Kind::Struct(&[
        field("uint", Type::Uint),
        field("int", Type::Int),
        field("u8", Type::U8),
        field("u16", Type::U16),
        field("u32", Type::U32),
        field("u64", Type::U64),
        field("i8", Type::I8),
        field("i16", Type::I16),
        field("i32", Type::I32),
        field("i64", Type::I64),
        field("f32", Type::F32),
        field("f64", Type::F64),
        field("bool", Type::Bool),
        field("str", Type::Str),
        field("data", Type::Data),
        field("hash", Type::FixedData(2)),
        field("maybe", Type::Optional(&Type::Str)),
        field("nested", Type::Optional(&Type::Optional(&Type::U8))),
        field("list", Type::List(&Type::Named(&FLAVOR))),
        field("pair", Type::FixedList(&Type::Data, 2)),
        field("names", Type::Named(&NAMES)),
        field(
            "table",
            Type::Map(&Type::U64, &Type::Map(&Type::Str, &Type::Bool)),
        ),
        field("choice", Type::Named(&CHOICE)),
    ]),
};
static CHOICE: TypeDef = TypeDef {
    name: "Choice",
    kind: Kind::Union(&[
        Member {
            tag: 0,
            name: "Nothing",
            ty: Type::Named(&NOTHING),
        },
        Member {
            tag: 1,
            name: "Flavor",
            ty: Type::Named(&FLAVOR),
        },
        Member {
            tag: 7,
            name: "Names",
            ty: Type::Named(&NAMES),
        },
    ]),
};

macro_rules! plain {
    ($($name:ident = $ty:expr;)*) => { $(static $name: TypeDef = alias(stringify!($name), $ty);)* };
}
plain! {
    INT = Type::Int;
    U16 = Type::U16;
    U64 = Type::U64;
    I64 = Type::I64;
    F32 = Type::F32;
    F64 = Type::F64;
    DATA = Type::Data;
    HASH = Type::FixedData(2);
    PAIR = Type::FixedList(&Type::U8, 2);
    NESTED = Type::Optional(&Type::Optional(&Type::U8));
    TABLE = Type::Map(&Type::U64, &Type::Str);
}

fn everything() -> Value {
    json!({
        "uint": 300,
        "int": -2,
        "u8": 255,
        "u16": 65535,
        "u32": 4_294_967_295_u32,
        "u64": "18446744073709551615",
        "i8": -128,
        "i16": -32768,
        "i32": -2_147_483_648,
        "i64": "-9223372036854775808",
        "f32": 0.5,
        "f64": {"f64": "7ff8000000001234"},
        "bool": true,
        "str": "h\u{e9}",
        "data": {"hex": "00ff"},
        "hash": {"hex": "beef"},
        "maybe": null,
        "nested": {"some": null},
        "list": ["VERY_SOUR", "SWEET"],
        "pair": [{"hex": ""}, {"hex": "01"}],
        "names": {"z": 1, "a": 2},
        "table": [["9007199254740993", {"k": false}], [0, {}]],
        "choice": {"tag": "Nothing", "val": null},
    })
}

/// What [`everything`] is on the wire.
const EVERYTHING_HEX: &str = "ac02 03 ff ffff ffffffff ffffffffffffffff 80 0080 00000080 0000000000000080 0000003f \
    341200000000f87f 01 0368c3a9 0200ff beef 00 0100 020900 000101 02017a01016102 \
    02 0100000000002000 01016b00 0000000000000000 00 00";

#[track_caller]
fn both_ways(def: &'static TypeDef, octets: &[u8], json: &Value) {
    let decoded = decode(def, octets).unwrap();
    assert_eq!(decoded.to_string(), json.to_string());
    assert_eq!(encode(def, json).unwrap(), octets);
}

#[track_caller]
fn refuses(def: &'static TypeDef, json: &Value, message: &str) {
    assert_eq!(encode(def, json).unwrap_err().to_string(), message);
}

/// [`everything`] with the value at `pointer` replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut json = everything();
    *json.pointer_mut(pointer).unwrap() = value;
    json
}

#[test]
fn every_type_has_its_form_in_json() {
    let octets = crate::hex::decode(EVERYTHING_HEX.as_bytes()).unwrap();
    both_ways(&EVERYTHING, &octets, &everything());
}

#[test]
fn integers_beyond_2_to_the_53_are_strings() {
    let edge = 1_u64 << 53;
    both_ways(&U64, &edge.to_le_bytes(), &json!(9_007_199_254_740_992_u64));
    both_ways(&U64, &(edge + 1).to_le_bytes(), &json!("9007199254740993"));
    let edge = -(1_i64 << 53);
    both_ways(
        &I64,
        &edge.to_le_bytes(),
        &json!(-9_007_199_254_740_992_i64),
    );
    both_ways(&I64, &(edge - 1).to_le_bytes(), &json!("-9007199254740993"));
    both_ways(
        &INT,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        &json!("-9223372036854775808"),
    );
}

#[test]
fn integers_are_taken_as_numbers_and_as_strings() {
    assert_eq!(
        encode(&U64, &json!(u64::MAX)).unwrap(),
        u64::MAX.to_le_bytes()
    );
    assert_eq!(encode(&U64, &json!("5")).unwrap(), 5_u64.to_le_bytes());
    assert_eq!(encode(&U16, &json!("5")).unwrap(), 5_u16.to_le_bytes());
    for text in ["+5", "05", " 5", "5.0", "", "-0", "0x5"] {
        let error = encode(&U16, &json!(text)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "$: expected a u16, an integer from 0 to 65535, but found the string \"{text}\""
            )
        );
    }
}

#[test]
fn integers_out_of_range_name_the_range() {
    refuses(
        &U16,
        &json!(65536),
        "$: expected a u16, an integer from 0 to 65535, but found the number 65536",
    );
    refuses(
        &U16,
        &json!(-1),
        "$: expected a u16, an integer from 0 to 65535, but found the number -1",
    );
    refuses(
        &U16,
        &json!(1.0),
        "$: expected a u16, an integer from 0 to 65535, but found the number 1.0",
    );
    refuses(
        &I64,
        &json!("9223372036854775808"),
        "$: expected an i64, an integer from -9223372036854775808 to 9223372036854775807, but found the string \
         \"9223372036854775808\"",
    );
}

#[test]
fn floats_keep_every_bit() {
    both_ways(&F64, &0.1_f64.to_le_bytes(), &json!(0.1));
    both_ways(&F64, &5e-324_f64.to_le_bytes(), &json!(5e-324));
    both_ways(&F64, &0_f64.to_le_bytes(), &json!(0.0));
    both_ways(
        &F64,
        &(-0.0_f64).to_le_bytes(),
        &json!({"f64": "8000000000000000"}),
    );
    both_ways(
        &F64,
        &f64::INFINITY.to_le_bytes(),
        &json!({"f64": "7ff0000000000000"}),
    );
    both_ways(
        &F64,
        &0xfff4_0000_0000_0001_u64.to_le_bytes(),
        &json!({"f64": "fff4000000000001"}),
    );
    both_ways(&F32, &0.1_f32.to_le_bytes(), &json!(f64::from(0.1_f32)));
    both_ways(
        &F32,
        &0xffa0_0001_u32.to_le_bytes(),
        &json!({"f32": "ffa00001"}),
    );
    both_ways(
        &F32,
        &f32::MIN_POSITIVE.to_le_bytes(),
        &json!(f64::from(f32::MIN_POSITIVE)),
    );
}

#[test]
fn floats_take_the_numbers_that_they_hold_exactly() {
    assert_eq!(encode(&F64, &json!(3)).unwrap(), 3_f64.to_le_bytes());
    assert_eq!(
        encode(&F64, &json!({"f64": "3FF0000000000000"})).unwrap(),
        1_f64.to_le_bytes()
    );
    refuses(
        &F64,
        &json!(9_007_199_254_740_993_u64),
        "$: expected a number that an f64 holds exactly, but found the number 9007199254740993",
    );
    refuses(
        &F64,
        &json!(u64::MAX),
        "$: expected a number that an f64 holds exactly, but found the number 18446744073709551615",
    );
    refuses(
        &F32,
        &json!(0.1),
        "$: expected a number that an f32 holds exactly, but found the number 0.1",
    );
    refuses(
        &F32,
        &json!(1e300),
        "$: expected a number that an f32 holds exactly, but found the number 1e+300",
    );
    refuses(
        &F64,
        &json!({"f64": "7ff8"}),
        "$: expected a number, or an object of \"f64\" and the 16 hexadecimal digits of its bits, but found the \
         string \"7ff8\"",
    );
    refuses(
        &F32,
        &json!("NaN"),
        "$: expected a number, or an object of \"f32\" and the 8 hexadecimal digits of its bits, but found the \
         string \"NaN\"",
    );
}

#[test]
fn octets_are_hexadecimal_digits() {
    assert_eq!(
        encode(&DATA, &json!({"hex": "FF 00"})).unwrap(),
        [2, 0xff, 0]
    );
    refuses(
        &DATA,
        &json!("ff00"),
        "$: expected octets as an object of \"hex\" and their hexadecimal digits, but found the string \"ff00\"",
    );
    refuses(
        &DATA,
        &json!({"hex": "f0f"}),
        "$.hex: expected two hexadecimal digits for each octet, but found the end in column 4",
    );
    refuses(
        &DATA,
        &json!({"hex": "zz"}),
        "$.hex: expected two hexadecimal digits for each octet, but found 'z' in column 1",
    );
    refuses(
        &HASH,
        &json!({"hex": "000000"}),
        "$: expected 2 octets, but found 3",
    );
}

#[test]
fn optionals_of_optionals_are_told_apart() {
    both_ways(&NESTED, &[0], &json!(null));
    both_ways(&NESTED, &[1, 0], &json!({"some": null}));
    both_ways(&NESTED, &[1, 1, 7], &json!({"some": 7}));
    refuses(
        &NESTED,
        &json!(7),
        "$: expected null or an object of \"some\", but found the number 7",
    );
}

#[test]
fn a_map_keeps_the_order_of_its_entries() {
    both_ways(
        &NAMES,
        b"\x03\x01z\x01\x01a\x02\x01m\x03",
        &json!({"z": 1, "a": 2, "m": 3}),
    );
    both_ways(
        &TABLE,
        b"\x02\x02\0\0\0\0\0\0\0\x00\x01\0\0\0\0\0\0\0\x01b",
        &json!([[2, ""], [1, "b"]]),
    );
}

#[test]
fn a_repeated_key_is_an_error_however_it_is_written() {
    refuses(
        &TABLE,
        &json!([[2, ""], [1, ""], ["2", ""]]),
        "$[2][0]: expected each key of the map once, but found that of entry 0 again",
    );
    assert_eq!(
        parse(b"{\"a\": [0, {\"k\": 1,\n \"k\": 2}]}")
            .unwrap_err()
            .to_string(),
        "$.a[1]: expected each name of the object once, but found \"k\" again in line 2, column 4"
    );
}

#[test]
fn a_struct_has_each_of_its_fields_and_no_other() {
    let mut json = everything();
    json.as_object_mut().unwrap().shift_remove("i8");
    let message = encode(&EVERYTHING, &json).unwrap_err().to_string();
    assert!(
        message.starts_with("$: expected the field \"i8\" of Everything, but found an object with \"uint\", \"int\","),
        "{message}"
    );
    let mut json = everything();
    json["i9"] = json!(1);
    let message = encode(&EVERYTHING, &json).unwrap_err().to_string();
    assert!(
        message.starts_with("$.i9: expected only the fields of Everything: \"uint\","),
        "{message}"
    );
    assert!(message.ends_with("but found a field \"i9\""), "{message}");
    refuses(
        &EVERYTHING,
        &json!([1]),
        "$: expected an object with the fields of Everything, but found an array of one item",
    );
}

#[test]
fn names_the_members_of_a_union_and_the_values_of_an_enum() {
    refuses(
        &CHOICE,
        &json!({"tag": "Flavour", "val": null}),
        "$.tag: expected a member of Choice: \"Nothing\", \"Flavor\", \"Names\", but found the string \"Flavour\"",
    );
    refuses(
        &CHOICE,
        &json!({"tag": "Nothing"}),
        "$: expected a Choice as an object of \"tag\" and \"val\", but found an object with \"tag\"",
    );
    refuses(
        &CHOICE,
        &json!({"tag": "Flavor", "val": "BITTER"}),
        "$.val: expected a value of Flavor: \"SWEET\", \"VERY_SOUR\", but found the string \"BITTER\"",
    );
    refuses(
        &CHOICE,
        &json!({"tag": "Nothing", "val": 0}),
        "$.val: expected null, but found the number 0",
    );
    refuses(
        &CHOICE,
        &json!({"tag": "Names", "val": {"content-type": "x"}}),
        "$.val[\"content-type\"]: expected a u8, an integer from 0 to 255, but found the string \"x\"",
    );
}

#[test]
fn errors_name_the_path_into_lists_and_fields() {
    refuses(
        &EVERYTHING,
        &with("/list/1", json!(7)),
        "$.list[1]: expected a value of Flavor: \"SWEET\", \"VERY_SOUR\", but found the number 7",
    );
    refuses(
        &EVERYTHING,
        &with("/bool", json!(1)),
        "$.bool: expected true or false, but found the number 1",
    );
    refuses(
        &EVERYTHING,
        &with("/str", json!(null)),
        "$.str: expected a string, but found null",
    );
    refuses(
        &EVERYTHING,
        &with("/list", json!({})),
        "$.list: expected an array, but found an empty object",
    );
    refuses(
        &EVERYTHING,
        &with("/table/1", json!([1])),
        "$.table[1]: expected a [key, value], but found an array of one item",
    );
    refuses(
        &PAIR,
        &json!([1, 2, 3]),
        "$: expected an array of 2 items, but found an array of 3 items",
    );
}

#[test]
fn a_message_stays_on_one_line_and_short_whatever_was_found() {
    let long = "line\n".repeat(1000);
    for found in [
        json!(long),
        json!({ long.clone(): 1 }),
        json!({"hex": long}),
    ] {
        let message = encode(&DATA, &found).unwrap_err().to_string();
        assert!(message.len() < 300 && !message.contains('\n'), "{message}");
    }
}

#[test]
fn text_that_is_not_json_says_where() {
    assert_eq!(
        parse(b"{\"a\": [1,\n x]}").unwrap_err().to_string(),
        "$.a[1]: expected JSON, but found a mistake in line 2, column 2: expected value"
    );
    assert_eq!(
        parse(b"1 2").unwrap_err().to_string(),
        "$: expected JSON, but found a mistake in line 1, column 3: trailing characters"
    );
    assert!(parse(b"\"\xff\"").is_err());
    assert!(parse(&b"[".repeat(100_000)).is_err());
}

proptest! {
    #[test]
    fn octets_become_json_and_the_same_octets_again(octets in bare::strategy::octets(&EVERYTHING)) {
        let json = decode(&EVERYTHING, &octets)?;
        prop_assert_eq!(encode(&EVERYTHING, &json).unwrap(), octets.clone());
        let printed = parse(json.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&printed, &json);
        prop_assert_eq!(encode(&EVERYTHING, &printed).unwrap(), octets);
    }

    #[test]
    fn no_octets_and_no_text_make_it_panic(octets in any::<Vec<u8>>(), text in "[\\[\\]{}\":, 0-9a-z.]{0,40}") {
        if let Ok(json) = decode(&CHOICE, &octets) {
            prop_assert_eq!(encode(&CHOICE, &json).unwrap(), octets);
        }
        if let Ok(json) = parse(text.as_bytes()) {
            prop_assert!(encode(&EVERYTHING, &json).is_err());
        }
    }
}
