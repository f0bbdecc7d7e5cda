//! Values of every kind, made up from the schema's description and by hand.

use bare::{EncodeExt, Int, Map, Message, Uint, Vectored, VectoredBuffer};

use super::generated::{Drawing, Lists, Shape};

#[test]
fn large_payloads_are_referred_to_by_a_vectored_encoding() {
    let long = |len: usize| "x".repeat(len);
    let value = Drawing {
        title: long(1023),
        shapes: vec![
            Shape::Name(long(1024)),
            Shape::Name(long(5)),
            Shape::Name(long(4000)),
        ],
        last: Shape::Name(long(2000)),
    };
    let plain = value.to_vec();
    let mut buffer = VectoredBuffer::new();
    // The second time the buffer is warm, the third time what it held is gone.
    for _ in 0..2 {
        let vectored = buffer.encode(&value);
        assert_eq!(vectored.encoded_len(), plain.len());
        assert_eq!(vectored.to_vec(), plain);
        let pieces: Vec<&[u8]> = vectored.pieces().collect();
        assert_eq!(pieces.concat(), plain);
        assert!(pieces.iter().all(|piece| !piece.is_empty()));
        for payload in [&value.shapes[0], &value.shapes[2], &value.last] {
            let Shape::Name(name) = payload else {
                panic!("all are names");
            };
            assert!(pieces.iter().any(|piece| piece.as_ptr() == name.as_ptr()));
        }
        assert!(
            pieces
                .iter()
                .all(|piece| piece.as_ptr() != value.title.as_ptr())
        );
        assert_eq!(pieces.len(), 6);
    }
    assert_eq!(buffer.encode(&Shape::Nothing).to_vec(), [127]);
}

#[test]
fn the_pieces_of_a_vectored_encoding_are_written_at_once() {
    use std::io::{IoSlice, Write};

    let value = vec!["y".repeat(1500), "z".repeat(1500)];
    let mut buffer = VectoredBuffer::new();
    let vectored: Vectored<'_> = buffer.encode(&value);
    let mut slices = vec![IoSlice::new(b"head")];
    vectored.io_slices(&mut slices);
    let mut out = Vec::new();
    let written = out.write_vectored(&slices).expect("a Vec takes everything");
    assert_eq!(written, 4 + vectored.encoded_len());
    assert_eq!(out[4..], value.to_vec());
}

#[test]
fn a_list_of_octets_is_not_copied_and_other_numbers_are() {
    let mut octets = vec![3, 7, 8, 9];
    octets.extend([0; 20]);
    let arena = bare::Arena::new();
    let lists = bare::decode_ref::<Lists>(&octets, &arena, &bare::DecodeLimits::DEFAULT);
    let lists = lists.expect("it is valid");
    assert_eq!(lists.u8, [7, 8, 9]);
    assert_eq!(lists.u8.as_ptr_range(), octets[1..4].as_ptr_range());
    assert_eq!(arena.capacity(), 0);
}

#[test]
fn maps_of_the_two_forms_find_their_values() {
    let map: Map<String, u8> = Map::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(map.get("b"), Some(&2));
    assert_eq!(map.get("c"), None);
    let numbers: Map<Uint, Int> = Map::from([(Uint(300), Int(-1))]);
    assert_eq!(numbers.get(&Uint(300)), Some(&Int(-1)));
    assert_eq!(numbers.to_vec(), [1, 0xac, 2, 1]);
}

#[cfg(feature = "proptest")]
mod made_up {
    use bare::schema::TypeDef;
    use bare::{DecodeError, strategy};
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::super::{generated, round_trip};
    use super::{EncodeExt, Message};

    type RoundTrip = fn(&[u8]) -> Result<(), DecodeError>;

    /// Every message of the schema. One that is missing does not compile.
    macro_rules! messages {
        ($($name:ident,)*) => {
            [$((generated::$name::DEFINITION, round_trip::<generated::$name> as RoundTrip)),*]
        };
    }

    /// A message type and octets of it.
    fn message() -> impl Strategy<Value = (&'static TypeDef, RoundTrip, Vec<u8>)> {
        proptest::sample::select(crate::generated_messages!(messages).to_vec()).prop_flat_map(
            |(definition, round_trip)| {
                (
                    Just(definition),
                    Just(round_trip),
                    strategy::octets(definition),
                )
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_message_is_read_and_written_the_same_in_every_form((_, round_trip, octets) in message()) {
            prop_assert_eq!(round_trip(&octets), Ok(()));
        }

        #[test]
        fn any_value_is_what_its_octets_are_read_as(value in any::<generated::Sink>()) {
            let octets = value.to_vec();
            prop_assert_eq!(round_trip::<generated::Sink>(&octets), Ok(()));
        }

        #[test]
        fn any_prefix_is_refused((_, round_trip, octets) in message(), end in any::<Index>()) {
            let end = end.index(octets.len());
            let error = round_trip(&octets[..end]).expect_err("it ends early");
            prop_assert!(error.offset() <= end);
        }

        #[test]
        fn all_readings_agree_on_damaged_messages(
            (definition, round_trip, mut octets) in message(),
            damage in proptest::collection::vec((any::<Index>(), prop_oneof![0..4_u8, any::<u8>()]), 1..4),
        ) {
            for (at, octet) in damage {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
            if let Err(error) = round_trip(&octets) {
                prop_assert!(error.offset() <= octets.len());
                prop_assert!(error.path().starts_with(definition.name));
            }
        }
    }
}

#[cfg(feature = "serde")]
mod serde_forms {
    use super::super::generated::{Optionals, Point};
    use super::{EncodeExt, Int, Map, Uint};

    fn same_as_the_wire<T>(value: &T)
    where
        T: bare::Encode + serde::Serialize + serde::de::DeserializeOwned + PartialEq,
        T: std::fmt::Debug,
    {
        let octets = serde_bare::to_vec(value).expect("it can be written");
        assert_eq!(octets, value.to_vec());
        let back: T = serde_bare::from_slice(&octets).expect("it can be read");
        assert_eq!(back, *value);
    }

    #[test]
    fn serde_bare_writes_the_octets_of_the_wire() {
        for value in [0, 1, 127, 128, 300, 1 << 14, 1 << 21, 1 << 62, u64::MAX] {
            same_as_the_wire(&Uint(value));
            same_as_the_wire(&Int(value.cast_signed()));
        }
        same_as_the_wire(&Map::from([
            (Uint(3), "c".to_owned()),
            (Uint(1), "a".to_owned()),
        ]));
        same_as_the_wire(&Map::<String, Vec<u8>>::new());
        let point = Point {
            x: 1.5,
            y: -0.0,
            flag: true,
        };
        same_as_the_wire(&point);
        same_as_the_wire(&Optionals {
            number: Some(7),
            twice: Some(None),
            name: Some("n".to_owned()),
            point: Some(point),
            list: Some(vec![1, 2]),
        });
    }

    #[test]
    fn formats_for_people_show_numbers_and_maps_as_such() {
        let map = Map::from([
            ("b".to_owned(), Uint(300)),
            ("a".to_owned(), Uint(u64::MAX)),
        ]);
        let json = serde_json::to_string(&map).expect("it can be written");
        assert_eq!(json, r#"{"b":300,"a":18446744073709551615}"#);
        assert_eq!(
            serde_json::from_str::<Map<String, Uint>>(&json).expect("it can be read"),
            map
        );
        assert_eq!(
            serde_json::to_string(&Int(-5)).expect("it can be written"),
            "-5"
        );
        assert_eq!(
            serde_json::from_str::<Int>("-5").expect("it can be read"),
            Int(-5)
        );
    }

    #[test]
    fn a_key_again_is_refused() {
        let error = serde_json::from_str::<Map<String, u8>>(r#"{"a":1,"b":2,"a":3}"#).unwrap_err();
        assert!(
            error.to_string().starts_with(
                "expected each key of a map once, but found that of entry 2 before it"
            ),
            "{error}"
        );
        let error = serde_bare::from_slice::<Map<u8, u8>>(&[2, 7, 0, 7, 0]).unwrap_err();
        assert!(
            error.to_string().contains("each key of a map once"),
            "{error}"
        );
    }

    #[test]
    fn a_varint_that_is_longer_than_needed_is_refused() {
        for octets in [
            &[0x80, 0][..],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
            &[0x80; 10],
        ] {
            assert!(
                serde_bare::from_slice::<Uint>(octets).is_err(),
                "{octets:02x?}"
            );
            assert!(
                serde_bare::from_slice::<Int>(octets).is_err(),
                "{octets:02x?}"
            );
        }
    }
}
