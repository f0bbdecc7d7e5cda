//! The Rust that the fixtures expect compiles, and reads and writes the octets that the schema means.
#![allow(
    missing_docs,
    unexpected_cfgs,
    unused,
    unreachable_pub,
    reason = "generated code, which stands alone here"
)]

use bare::{DecodeErrorKind, EncodeExt, Message};

#[path = "fixtures/valid/comments/expected.rs"]
mod comments;
#[path = "fixtures/valid/enum-numbers/expected.rs"]
mod enum_numbers;
#[path = "fixtures/valid/fixed-list/expected.rs"]
mod fixed_list;
#[path = "fixtures/valid/map-keys-behind-names/expected.rs"]
mod map_keys_behind_names;
#[path = "fixtures/valid/names-of-generated-code/expected.rs"]
mod names_of_generated_code;
#[path = "fixtures/valid/names-that-are-words-of-rust/expected.rs"]
mod names_that_are_words_of_rust;
#[path = "fixtures/valid/primitives/expected.rs"]
mod primitives;
#[path = "fixtures/valid/struct-in-struct/expected.rs"]
mod struct_in_struct;
#[path = "fixtures/valid/union-of-anything/expected.rs"]
mod union_of_anything;
#[path = "fixtures/valid/union-tags/expected.rs"]
mod union_tags;
#[path = "fixtures/valid/void-in-a-union/expected.rs"]
mod void_in_a_union;

#[path = "fixtures/versions/back-and-forth/v1.rs"]
mod v1;
#[path = "fixtures/versions/back-and-forth/v2.rs"]
mod v2;
#[path = "fixtures/versions/back-and-forth/v3.rs"]
mod v3;

/// Decodes the octets and encodes what came out.
fn again<M: Message>(octets: &[u8]) -> Vec<u8> {
    match M::decode(octets) {
        Ok(value) => value.to_vec(),
        Err(error) => panic!("{octets:02x?}: {error}"),
    }
}

#[test]
fn every_primitive_is_read_and_written() {
    let octets = [
        &[0xac, 0x02][..],                                 // uint 300
        &[0x03],                                           // int -2
        &[0x01],                                           // u8
        &[0x02, 0x01],                                     // u16
        &[0x04, 0x03, 0x02, 0x01],                         // u32
        &[8, 7, 6, 5, 4, 3, 2, 1],                         // u64
        &[0xff],                                           // i8 -1
        &[0xfe, 0xff],                                     // i16 -2
        &[0xfd, 0xff, 0xff, 0xff],                         // i32 -3
        &[0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // i64 -4
        &[0, 0, 0x80, 0x3f],                               // f32 1
        &[0, 0, 0, 0, 0, 0, 0, 0xc0],                      // f64 -2
        &[0x01],                                           // bool
        &[0x02, b'o', b'k'],                               // str
        &[0x01, 0x2a],                                     // data
    ]
    .concat();
    let value = primitives::Everything::decode(&octets).expect("valid octets");
    assert_eq!(
        (value.c, value.d, value.e, value.f),
        (1, 0x0102, 0x0102_0304, 0x0102_0304_0506_0708)
    );
    assert_eq!((value.g, value.h, value.i, value.j), (-1, -2, -3, -4));
    assert_eq!(
        (value.k.to_bits(), value.l.to_bits()),
        (1f32.to_bits(), (-2f64).to_bits())
    );
    assert_eq!(
        (value.m, value.n.as_str(), &value.o[..]),
        (true, "ok", &[42][..])
    );
    assert_eq!(value.to_vec(), octets);
}

#[test]
fn every_member_of_a_union_of_anything_is_read_and_written() {
    let members: [&[u8]; 11] = [
        &[0, 7],
        &[1],
        &[2, 1, 9],
        &[3, 2, 8, 9],
        &[4, 1, 2, 3, 4],
        &[5, 1, 2, 3, 4],
        &[6, 1, 1, b'k', 5],
        &[7, 1],
        &[8, 2],
        &[9, 0],
        &[10, 1, 0x34, 0x12],
    ];
    for octets in members {
        assert_eq!(again::<union_of_anything::A>(octets), octets);
    }
    let error = union_of_anything::A::decode(&[11]).expect_err("no such tag");
    assert!(
        matches!(error.kind(), DecodeErrorKind::UnknownTag { .. }),
        "{error}"
    );
}

#[test]
fn numbers_and_tags_are_those_of_the_schema() {
    use enum_numbers::A;

    for (value, octets) in [
        (A::X, &[5][..]),
        (A::Y, &[6]),
        (A::Z, &[0xac, 2]),
        (A::W, &[0xad, 2]),
    ] {
        assert_eq!(value.to_vec(), octets);
        assert_eq!(A::decode(octets).expect("a value of the enum"), value);
    }
    assert!(
        A::decode(&[7]).is_err(),
        "a number between two values is none"
    );
    for octets in [
        &[1, 9][..],
        &[2, 9, 0],
        &[10, 9, 0, 0, 0],
        &[11, 9, 0, 0, 0, 0, 0, 0, 0],
    ] {
        assert_eq!(again::<union_tags::A>(octets), octets);
    }
    assert!(
        union_tags::A::decode(&[0, 9]).is_err(),
        "the tags start at 1"
    );
}

#[test]
fn members_that_carry_nothing_are_their_tag() {
    for tag in 0..4 {
        assert_eq!(again::<void_in_a_union::A>(&[tag]), [tag]);
    }
}

#[test]
fn types_without_a_name_of_their_own_are_read_and_written() {
    let octets = [1, 2, b'h', b'i', 2, 3, 4];
    assert_eq!(again::<struct_in_struct::A>(&octets), octets);
    let commented = [&[0; 16][..], &[1], &[0; 8], &[5]].concat();
    assert_eq!(again::<comments::Point>(&commented), commented);
}

#[test]
fn names_that_generated_code_uses_too_are_free_for_the_schema() {
    use names_of_generated_code::{Decode, Fault, MapKey, Message, P, Place};

    // Message: Place 0: Decode with reader, place, writer, value and self.
    let octets = [0, 0, 1, b'r', 1, b'p', 2, 8, 9, 0x34, 0x12, 1, 1, b's'];
    let decode = Decode {
        reader: "r".into(),
        place: "p".into(),
        writer: vec![8, 9],
        value: 0x1234,
        self_: Some("s".into()),
    };
    let message = P::Message(Message {
        message: Place::Decode(decode),
    });
    assert_eq!(P::decode(&octets).expect("valid octets"), message);
    assert_eq!(message.to_vec(), octets);
    // Owned: a map of maps from a fault to a number.
    let octets = [2, 1, 1, b'k', 1, 0xc8, 1, 5];
    let inner = bare::Map::from([(Fault::Malformed, bare::Uint(5))]);
    let owned = names_of_generated_code::Owned {
        owned: MapKey::from([("k".into(), inner)]),
    };
    assert_eq!(P::decode(&octets).expect("valid octets"), P::Owned(owned));
    assert_eq!(again::<P>(&octets), octets);
}

#[test]
fn words_of_rust_are_free_for_the_schema() {
    use names_that_are_words_of_rust::{Option, Result, Self_};

    let octets = [0, 1, 1, 2, 3, 2];
    let value = Result::decode(&octets).expect("valid octets");
    let item = Self_ {
        self_: 1,
        r#fn: 2,
        crate_: 3,
        r#match: Option::Self_,
    };
    assert_eq!(value, Result::Vec(vec![item]));
    assert_eq!(value.to_vec(), octets);
    assert_eq!(Self_::DEFINITION.name, "Self");
}

#[test]
fn a_type_that_changes_back_is_a_type_of_its_own() {
    use bare::Lend;

    // The same in every version, and so one type.
    let page: v3::Page = v2::Page {
        title: v1::Title::from("t"),
    };
    let lent = v1::Lent {
        pages: vec![page.clone()],
        option: Some(vec![7]),
        text: "x".into(),
    };
    let newer = v2::Lent {
        pages: vec![page],
        option: Some(vec![7]),
        text: "x".into(),
        note: None,
    };
    let octets = [1, 1, b't', 1, 1, 7, 1, b'x'];
    assert_eq!(lent.to_vec(), octets);
    assert_eq!(newer.to_vec(), [&octets[..], &[0]].concat());
    let names = v1::Names {
        pages: vec!["p".into()],
        lent: lent.clone(),
        other: None,
        both: [lent.clone(), lent.clone()],
        many: bare::Map::from([("k".to_owned(), lent)]),
    };
    let tag = [1];
    let fields: [&[u8]; 6] = [
        &[1, 1, b'p'],
        &octets,
        &[0],
        &octets,
        &octets,
        &[1, 1, b'k'],
    ];
    let octets = [&tag, fields.concat().as_slice(), &octets].concat();
    let message = v1::Message::Names(names);
    assert_eq!(message.to_vec(), octets);
    assert_eq!(message.lend().to_vec(), octets);
    assert_eq!(v1::Message::decode(&octets).expect("valid octets"), message);
    assert_eq!(again::<v3::Message>(&octets), octets);
    // v2 looks for a note behind the text of the first Lent, finds the flag of `other`, and runs short later.
    assert!(v2::Message::decode(&octets).is_err());
}
