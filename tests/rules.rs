//! Each rule of the encoding by octets of envoy messages that keep it and that break it: kind, octet, path and words of
//! the error. Every message is read in every form, and all forms say the same.

use bytes::Bytes;
use envoy_protocol::bare::dynamic::{Encoder, Scalar};
use envoy_protocol::bare::{
    Arena, ArenaLease, DecodeError, DecodeErrorKind, DecodeLimits, Frame, Map, Message, decode_ref,
};
use envoy_protocol::{Root, Version, Versioned, transcode, v4, v5};

use support::hex;
use support::round_trip::{RoundTrip, round_trip};

mod support {
    pub(crate) mod hex;
    pub(crate) mod round_trip;
}

/// Reads octets as a `ToEnvoy` of every version.
fn read(octets: &[u8]) -> Result<(), DecodeError> {
    let outcomes = [
        round_trip::<v4::ToEnvoy>(octets),
        round_trip::<v5::ToEnvoy>(octets),
    ];
    let [older, newer] = outcomes.map(|outcome| match outcome {
        RoundTrip::Same => Ok(()),
        RoundTrip::Refused(error) => Err(error),
        RoundTrip::WeAreWrong(how) => panic!("{how}"),
    });
    assert_eq!(older, newer, "the versions differ");
    newer
}

#[track_caller]
fn accepts(octets: &str) {
    if let Err(error) = read(&hex::octets(octets)) {
        panic!("{octets}: {error}");
    }
}

/// What an error has to say, but for its kind.
struct Place {
    offset: usize,
    path: &'static str,
    within: &'static str,
}

#[track_caller]
fn rejects(octets: &str, kind: &DecodeErrorKind, place: &Place, text: &str) {
    let error = read(&hex::octets(octets)).expect_err(octets);
    assert_eq!(error.kind(), kind, "{octets}");
    assert_eq!(
        (error.offset(), error.path(), error.within()),
        (place.offset, place.path, place.within),
        "{octets}"
    );
    assert_eq!(error.to_string(), text, "{octets}");
}

/// A tunnel message with a request, up to the count of its headers.
///
/// Tag, gateway, request, index; tag, actor `a`, method `GET`, path `/`.
const REQUEST: &str = "04 01020304 05060708 0900 00 01 61 03 474554 01 2f";
/// What stands behind the headers: no body, not streamed.
const REST: &str = "00 00";
/// Where the count of the headers stands.
const HEADERS: usize = 20;

fn request(headers: &str) -> String {
    format!("{REQUEST} {headers} {REST}")
}

#[test]
fn takes_a_request_with_headers_in_the_order_of_the_sender() {
    let octets = hex::octets(&request("03 0162 0131 0161 0132 0163 00"));
    let v5::ToEnvoy::ToEnvoyTunnelMessage(message) = v5::ToEnvoy::decode(&octets).expect("valid")
    else {
        panic!("the member is another");
    };
    let v5::ToEnvoyTunnelMessageKind::ToEnvoyRequestStart(start) = message.message_kind else {
        panic!("the member is another");
    };
    assert_eq!(message.message_id.gateway_id, [1, 2, 3, 4]);
    assert_eq!(message.message_id.request_id, [5, 6, 7, 8]);
    assert_eq!(message.message_id.message_index, 9);
    assert_eq!(
        (&*start.actor_id, &*start.method, &*start.path),
        ("a", "GET", "/")
    );
    let expected = [("b", "1"), ("a", "2"), ("c", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(start.headers, Map::from(expected));
    assert_eq!((start.body, start.stream), (None, false));
    accepts(&request("03 0162 0131 0161 0132 0163 00"));
    assert_eq!(hex::octets(REQUEST).len(), HEADERS);
}

#[test]
fn rule_1_rejects_a_varint_of_more_than_64_bits() {
    // In a count, a length and a tag.
    let text = "expected a varint of at most 64 bits, but found a larger one";
    rejects(
        &request("ff ff ff ff ff ff ff ff ff 02"),
        &DecodeErrorKind::VarintOverflow,
        &Place {
            offset: HEADERS,
            path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers",
            within: "ToEnvoyRequestStart",
        },
        &format!(
            "octet 20, ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers (in ToEnvoyRequestStart): {text}"
        ),
    );
    rejects(
        &request("01 80 80 80 80 80 80 80 80 80 02"),
        &DecodeErrorKind::VarintOverflow,
        &Place {
            offset: HEADERS + 1,
            path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[0].key",
            within: "ToEnvoyRequestStart",
        },
        &format!(
            "octet 21, ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[0].key (in ToEnvoyRequestStart): {text}"
        ),
    );
    for tag in [
        "ff ff ff ff ff ff ff ff ff 7f",
        "80 80 80 80 80 80 80 80 80 80 00",
        "ff ff ff ff ff ff ff ff ff ff 01",
    ] {
        rejects(
            tag,
            &DecodeErrorKind::VarintOverflow,
            &Place {
                offset: 0,
                path: "ToEnvoy",
                within: "ToEnvoy",
            },
            &format!("octet 0, ToEnvoy: {text}"),
        );
    }
}

#[test]
fn rule_1_takes_all_64_bits() {
    // It is read, and is then more than what remains.
    rejects(
        &request("ff ff ff ff ff ff ff ff ff 01"),
        &DecodeErrorKind::CountBeyondInput {
            count: u64::MAX,
            item_size: 2,
            remaining: 2,
        },
        &Place {
            offset: HEADERS,
            path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers",
            within: "ToEnvoyRequestStart",
        },
        "octet 20, ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers (in ToEnvoyRequestStart): expected 18446744073709551615 \
         items of 2 octets or more as the count says, but found 2 octets",
    );
}

#[test]
fn rule_2_takes_a_length_of_two_octets_where_one_is_not_enough() {
    let text = "61".repeat(128);
    accepts(&request(&format!("01 0161 80 01 {text}")));
    accepts(&request(&format!("01 0161 7f {}", &text[2..])));
}

#[test]
fn rule_2_rejects_a_varint_that_is_longer_than_needed() {
    let text =
        "expected a varint in its shortest form, but found one with a superfluous last octet";
    let cases: &[(String, usize, &'static str, &'static str)] = &[
        // The tag of the root, zero and not zero.
        ("80 00".to_owned(), 0, "ToEnvoy", "ToEnvoy"),
        ("85 00 0100000000000000".to_owned(), 0, "ToEnvoy", "ToEnvoy"),
        // The tag of a union below.
        (
            "04 01020304 05060708 0900 82 00".to_owned(),
            11,
            "ToEnvoy.ToEnvoyTunnelMessage.messageKind",
            "ToEnvoyTunnelMessageKind",
        ),
        // An enum value.
        (
            "01 01 0161 01000000 0200000000000000 01 84 00".to_owned(),
            17,
            "ToEnvoy.ToEnvoyCommands[0].inner.reason",
            "StopActorReason",
        ),
        // A length, a count, and a long one.
        (
            request("01 81 00 61 00"),
            HEADERS + 1,
            "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[0].key",
            "ToEnvoyRequestStart",
        ),
        (
            request("80 00"),
            HEADERS,
            "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers",
            "ToEnvoyRequestStart",
        ),
        (
            request("81 80 80 80 80 80 80 80 80 00 0161 00"),
            HEADERS,
            "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers",
            "ToEnvoyRequestStart",
        ),
    ];
    for (octets, offset, path, within) in cases {
        let of = if path.ends_with(within) {
            String::new()
        } else {
            format!(" (in {within})")
        };
        rejects(
            octets,
            &DecodeErrorKind::NonMinimalVarint,
            &Place {
                offset: *offset,
                path,
                within,
            },
            &format!("octet {offset}, {path}{of}: {text}"),
        );
    }
}

#[test]
fn rule_4_reads_numbers_as_little_endian() {
    let octets = hex::octets("05 0807060504030281");
    assert_eq!(
        v5::ToEnvoy::decode(&octets),
        Ok(v5::ToEnvoy::ToEnvoyPing(v5::ToEnvoyPing {
            ts: -0x7efd_fcfb_faf9_f8f8
        }))
    );
    accepts("05 0807060504030281");
}

#[test]
fn rule_4_keeps_the_bits_of_a_float_that_is_no_number() {
    // SQLite's floats are eight octets of data, in big-endian order.
    let octets = hex::octets("02 fff4000000000001");
    let value = v5::SqliteColumnValue::decode(&octets).expect("valid");
    let v5::SqliteColumnValue::SqliteValueFloat(v5::SqliteValueFloat { value }) = value else {
        panic!("the member is another");
    };
    assert_eq!(f64::from_be_bytes(value).to_bits(), 0xfff4_0000_0000_0001);
    accepts("08 01000000 00 00 01 01 02 fff4000000000001");
}

#[test]
fn rule_5_rejects_a_bool_other_than_0_and_1() {
    for (found, octet) in [(2, "02"), (255, "ff")] {
        rejects(
            &format!("{REQUEST} 00 00 {octet}"),
            &DecodeErrorKind::InvalidBool { found },
            &Place {
                offset: 22,
                path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind.stream",
                within: "ToEnvoyRequestStart",
            },
            &format!(
                "octet 22, ToEnvoy.ToEnvoyTunnelMessage.messageKind.stream (in ToEnvoyRequestStart): expected a bool of 0 or 1, \
                 but found {found}"
            ),
        );
    }
    accepts(&format!("{REQUEST} 00 00 01"));
}

#[test]
fn rule_5_rejects_the_flag_of_an_optional_other_than_0_and_1() {
    for (found, octet) in [(2, "02"), (128, "80")] {
        rejects(
            &format!("{REQUEST} 00 {octet} 00"),
            &DecodeErrorKind::InvalidOptional { found },
            &Place {
                offset: 21,
                path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind.body",
                within: "ToEnvoyRequestStart",
            },
            &format!(
                "octet 21, ToEnvoy.ToEnvoyTunnelMessage.messageKind.body (in ToEnvoyRequestStart): expected an optional's flag \
                 of 0 or 1, but found {found}"
            ),
        );
    }
    accepts(&format!("{REQUEST} 00 01 03 aabbcc 00"));
}

#[test]
fn rule_6_points_at_the_first_octet_that_is_not_utf_8() {
    // An octet that starts nothing, a surrogate, an overlong form, a character cut short, one beyond the last; each
    // behind text that is fine.
    for (text, at) in [
        ("ff", 0),
        ("61 c3 a9 ed a0 80", 3),
        ("61 62 c0 80", 2),
        ("61 e2 82", 1),
        ("f4 90 80 80", 0),
    ] {
        let octets = hex::octets(text);
        let offset = HEADERS + 1 + 1 + at;
        rejects(
            &request(&format!("01 {:02x} {text} 00", octets.len())),
            &DecodeErrorKind::InvalidUtf8,
            &Place {
                offset,
                path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[0].key",
                within: "ToEnvoyRequestStart",
            },
            &format!(
                "octet {offset}, ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[0].key (in ToEnvoyRequestStart): expected \
                 UTF-8, but found an octet that is not"
            ),
        );
    }
    // Characters of every length, the last of all among them; `data` may be anything.
    accepts(&request("01 0a 61 c3a9 e282ac f48fbfbf 00"));
    accepts(&format!("{REQUEST} 00 01 02 c080 00"));
}

#[test]
fn rule_7_rejects_a_length_beyond_the_input() {
    let cases = [
        // A `str`, by one octet and by far; what remains is counted behind the length.
        (request("01 04 61"), 4, 3, HEADERS + 1, "headers[0].key"),
        (
            request("01 ffffffffffffffffff01 61 00"),
            u64::MAX,
            4,
            HEADERS + 1,
            "headers[0].key",
        ),
        (
            request("01 0161 8080808010 00"),
            1 << 32,
            3,
            HEADERS + 3,
            "headers[0].value",
        ),
        // A `data`.
        (
            format!("{REQUEST} 00 01 05 aabbcc 00"),
            5,
            4,
            HEADERS + 2,
            "body",
        ),
    ];
    for (octets, length, remaining, offset, field) in cases {
        let error = read(&hex::octets(&octets)).expect_err(&octets);
        assert_eq!(
            *error.kind(),
            DecodeErrorKind::LengthBeyondInput { length, remaining },
            "{octets}"
        );
        let path = format!("ToEnvoy.ToEnvoyTunnelMessage.messageKind.{field}");
        assert_eq!((error.offset(), error.path()), (offset, &*path), "{octets}");
        assert_eq!(
            error.to_string(),
            format!(
                "octet {offset}, {path} (in ToEnvoyRequestStart): expected {length} octets as the length says, but found {remaining}"
            )
        );
    }
}

#[test]
fn rule_8_takes_data_of_fixed_length_without_a_prefix() {
    rejects(
        "04 01020304 050607",
        &DecodeErrorKind::UnexpectedEnd {
            needed: 4,
            remaining: 3,
        },
        &Place {
            offset: 5,
            path: "ToEnvoy.ToEnvoyTunnelMessage.messageId.requestId",
            within: "MessageId",
        },
        "octet 5, ToEnvoy.ToEnvoyTunnelMessage.messageId.requestId (in MessageId): expected 4 more octets, but found 3",
    );
    accepts("04 ffffffff ffffffff 0000 02");
}

#[test]
fn rule_9_rejects_a_count_of_more_items_than_can_follow() {
    // A command takes 15 octets or more: 13 of a checkpoint, a tag, a reason.
    rejects(
        "01 02 00 01000000 0200000000000000 01 04 00 01000000 0200000000000000 01",
        &DecodeErrorKind::CountBeyondInput {
            count: 2,
            item_size: 15,
            remaining: 29,
        },
        &Place {
            offset: 1,
            path: "ToEnvoy.ToEnvoyCommands",
            within: "ToEnvoy",
        },
        "octet 1, ToEnvoy.ToEnvoyCommands: expected 2 items of 15 octets or more as the count says, but found 29 octets",
    );
    // An entry of a map takes two.
    rejects(
        &request("02"),
        &DecodeErrorKind::CountBeyondInput {
            count: 2,
            item_size: 2,
            remaining: 2,
        },
        &Place {
            offset: HEADERS,
            path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers",
            within: "ToEnvoyRequestStart",
        },
        "octet 20, ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers (in ToEnvoyRequestStart): expected 2 items of 2 octets or more \
         as the count says, but found 2 octets",
    );
    accepts("01 02 00 01000000 0200000000000000 01 04 00 01000000 0200000000000000 01 04");
}

#[test]
fn rule_10_rejects_a_key_again_and_points_at_the_second() {
    rejects(
        &request("05 0161 00 0162 00 0163 00 0162 0131 0161 00"),
        &DecodeErrorKind::DuplicateKey { first: 1 },
        &Place {
            offset: HEADERS + 1 + 3 * 3,
            path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[3].key",
            within: "ToEnvoyRequestStart",
        },
        "octet 30, ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[3].key (in ToEnvoyRequestStart): expected each key of the map \
         once, but found that of entry 1 again",
    );
    // The case of a header's name makes another key, and so does an octet more.
    accepts(&request("04 0161 00 0141 00 02 61 20 00 00 00"));
}

#[test]
fn rule_10_finds_a_key_again_among_more_than_are_compared_one_by_one() {
    /// Octets of an entry: a key of four characters, no value.
    const ENTRY: usize = 6;

    let message = |keys: &[usize]| {
        let mut octets = Encoder::new();
        octets.write(Scalar::Uint(keys.len() as u64));
        for key in keys {
            octets.write(Scalar::Str(&format!("{key:04}")));
            octets.write(Scalar::Str(""));
        }
        [
            hex::octets(REQUEST),
            octets.into_octets(),
            hex::octets(REST),
        ]
        .concat()
    };
    for count in [2, 63, 64, 65, 66, 200] {
        let mut keys: Vec<usize> = (0..count).rev().collect();
        let octets = message(&keys);
        assert_eq!(read(&octets), Ok(()));

        let last = count - 1;
        for first in [0, count / 2, count - 2].map(|first| first.min(count - 2)) {
            let own = std::mem::replace(&mut keys[last], count - 1 - first);
            let error = read(&message(&keys)).expect_err("a key is there twice");
            keys[last] = own;
            assert_eq!(*error.kind(), DecodeErrorKind::DuplicateKey { first });
            assert_eq!(error.offset(), octets.len() - 2 - ENTRY);
            assert_eq!(
                error.path(),
                format!("ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[{last}].key")
            );
        }
    }
}

#[test]
fn rule_11_rejects_a_tag_that_the_union_does_not_have() {
    rejects(
        "0a",
        &DecodeErrorKind::UnknownTag {
            union: "ToEnvoy",
            found: 10,
            highest: 9,
        },
        &Place {
            offset: 0,
            path: "ToEnvoy",
            within: "ToEnvoy",
        },
        "octet 0, ToEnvoy: expected a tag of ToEnvoy, which has none above 9, but found 10",
    );
    rejects(
        "04 01020304 05060708 0900 06",
        &DecodeErrorKind::UnknownTag {
            union: "ToEnvoyTunnelMessageKind",
            found: 6,
            highest: 5,
        },
        &Place {
            offset: 11,
            path: "ToEnvoy.ToEnvoyTunnelMessage.messageKind",
            within: "ToEnvoyTunnelMessageKind",
        },
        "octet 11, ToEnvoy.ToEnvoyTunnelMessage.messageKind (in ToEnvoyTunnelMessageKind): expected a tag of \
         ToEnvoyTunnelMessageKind, which has none above 5, but found 6",
    );
    // A tag of several octets that would be one of the union if its upper bits were lost.
    rejects(
        "08 01000000 80 80 80 80 20",
        &DecodeErrorKind::UnknownTag {
            union: "SqliteExecResponse",
            found: 1 << 33,
            highest: 1,
        },
        &Place {
            offset: 5,
            path: "ToEnvoy.ToEnvoySqliteExecResponse.data",
            within: "SqliteExecResponse",
        },
        "octet 5, ToEnvoy.ToEnvoySqliteExecResponse.data (in SqliteExecResponse): expected a tag of SqliteExecResponse, which has \
         none above 1, but found 8589934592",
    );
}

#[test]
fn rule_11_rejects_a_number_that_is_no_value_of_the_enum() {
    for (found, octets) in [(5, "05"), (300, "ac 02")] {
        rejects(
            &format!(
                "01 02 00 01000000 0200000000000000 01 04 0161 01000000 0200000000000000 01 {octets}"
            ),
            &DecodeErrorKind::UnknownEnumValue {
                name: "StopActorReason",
                found,
                highest: 4,
            },
            &Place {
                offset: 32,
                path: "ToEnvoy.ToEnvoyCommands[1].inner.reason",
                within: "StopActorReason",
            },
            &format!(
                "octet 32, ToEnvoy.ToEnvoyCommands[1].inner.reason (in StopActorReason): expected a value of StopActorReason, which \
                 has none above 4, but found {found}"
            ),
        );
    }
}

#[test]
fn rule_11_names_the_version_that_the_message_was_read_at() {
    let octets = Bytes::from(hex::octets("0a"));
    for &version in Version::ALL {
        let text = format!(
            "{version}: octet 0, ToEnvoy: expected a tag of ToEnvoy, which has none above 9, but found 10"
        );
        let error = v5::ToEnvoy::decode_at(version, &octets, &DecodeLimits::DEFAULT).unwrap_err();
        assert_eq!(error.to_string(), text);
        let error = transcode(Root::ToEnvoy, &octets, version, Version::LATEST).unwrap_err();
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn rule_12_rejects_octets_after_the_message() {
    for (more, count, words) in [
        ("00", 1, "1 more octet"),
        ("05 0100000000000000", 9, "9 more octets"),
    ] {
        rejects(
            &format!("05 0100000000000000 {more}"),
            &DecodeErrorKind::TrailingOctets { count },
            &Place {
                offset: 9,
                path: "ToEnvoy",
                within: "ToEnvoy",
            },
            &format!("octet 9, ToEnvoy: expected the end of the message, but found {words}"),
        );
    }
}

#[test]
fn rejects_a_message_that_ends_early() {
    rejects(
        "",
        &DecodeErrorKind::UnexpectedEnd {
            needed: 1,
            remaining: 0,
        },
        &Place {
            offset: 0,
            path: "ToEnvoy",
            within: "ToEnvoy",
        },
        "octet 0, ToEnvoy: expected 1 more octet, but found 0",
    );
    rejects(
        "05 01000000000000",
        &DecodeErrorKind::UnexpectedEnd {
            needed: 8,
            remaining: 7,
        },
        &Place {
            offset: 1,
            path: "ToEnvoy.ToEnvoyPing.ts",
            within: "ToEnvoyPing",
        },
        "octet 1, ToEnvoy.ToEnvoyPing.ts: expected 8 more octets, but found 7",
    );
    // A varint that goes on.
    rejects(
        "01 81",
        &DecodeErrorKind::UnexpectedEnd {
            needed: 2,
            remaining: 1,
        },
        &Place {
            offset: 1,
            path: "ToEnvoy.ToEnvoyCommands",
            within: "ToEnvoy",
        },
        "octet 1, ToEnvoy.ToEnvoyCommands: expected 2 more octets, but found 1",
    );
}

/// Reads octets as a `ToEnvoy` in every form within limits. All forms have to be refused alike.
fn refused_within(octets: &[u8], limits: &DecodeLimits) -> DecodeError {
    let arena = Arena::new();
    let owned = v5::ToEnvoy::decode_with(octets, limits).expect_err("over the limit");
    let borrowed = decode_ref::<v5::ToEnvoy>(octets, &arena, limits).expect_err("over the limit");
    let shared = Bytes::copy_from_slice(octets);
    let lease = ArenaLease::default();
    let frame = Frame::<v5::ToEnvoy>::decode_with(shared, lease, limits);
    assert_eq!(borrowed, owned);
    assert_eq!(frame.err(), Some(owned));
    borrowed
}

#[test]
fn rejects_a_list_that_takes_more_memory_than_the_budget() {
    // Three rows of 2000 null values: the second is too much.
    let row = format!("d00f {}", "00".repeat(2000));
    let octets = hex::octets(&format!("08 01000000 00 00 03 {row} {row} {row}"));
    let limits = DecodeLimits {
        memory: 140_000,
        ..DecodeLimits::DEFAULT
    };
    let arena = Arena::new();
    let error = decode_ref::<v5::ToEnvoy>(&octets, &arena, &limits).expect_err("over the limit");
    assert_eq!(
        *error.kind(),
        DecodeErrorKind::MemoryBudget { limit: 140_000 }
    );
    assert_eq!(error.kind().limit(), Some(("memory", 140_000)));
    assert_eq!(error.offset(), 8 + 2002);
    assert_eq!(
        error.path(),
        "ToEnvoy.ToEnvoySqliteExecResponse.data.result.rows[1]"
    );
    assert_eq!(error.within(), "SqliteQueryResult");
    assert_eq!(
        error.to_string(),
        "octet 2010, ToEnvoy.ToEnvoySqliteExecResponse.data.result.rows[1] (in SqliteQueryResult): expected a message that takes \
         at most 140000 octets of memory (limit memory), but found one that takes more"
    );
    assert_eq!(v5::ToEnvoy::decode(&octets).map(drop), Ok(()));
    // A check alone builds no list.
    assert_eq!(v5::ToEnvoy::verify(&octets, &limits), Ok(()));
}

#[test]
fn rejects_a_map_that_takes_more_memory_than_the_budget() {
    let headers: String = (0..100)
        .map(|entry| format!("02 61{entry:02x} 00"))
        .collect::<Vec<_>>()
        .concat();
    let octets = hex::octets(&request(&format!("64 {headers}")));
    let limits = DecodeLimits {
        memory: 4096,
        ..DecodeLimits::DEFAULT
    };
    let error = refused_within(&octets, &limits);
    assert_eq!(*error.kind(), DecodeErrorKind::MemoryBudget { limit: 4096 });
    assert_eq!(error.offset(), HEADERS);
    assert_eq!(
        error.path(),
        "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers"
    );
    assert_eq!(error.within(), "ToEnvoyRequestStart");
    // The keys of a map are what even a check has to remember.
    assert_eq!(v5::ToEnvoy::verify(&octets, &limits), Err(error));
    accepts(&request(&format!("64 {headers}")));
}

#[test]
fn rejects_an_owned_copy_of_a_payload_that_takes_more_memory_than_the_budget() {
    let payload = "00".repeat(4000);
    let octets = hex::octets(&format!("04 01020304 05060708 0900 01 a01f {payload} 00"));
    let limits = DecodeLimits {
        memory: 4000,
        ..DecodeLimits::DEFAULT
    };
    let error = v5::ToEnvoy::decode_with(&octets, &limits).expect_err("over the limit");
    assert_eq!(*error.kind(), DecodeErrorKind::MemoryBudget { limit: 4000 });
    assert_eq!(
        (error.offset(), error.path(), error.within()),
        (0, "ToEnvoy", "ToEnvoy")
    );
    // Borrowed, it takes nothing.
    let arena = Arena::new();
    assert!(decode_ref::<v5::ToEnvoy>(&octets, &arena, &limits).is_ok());
}

#[test]
fn rejects_a_message_above_the_size_limit() {
    let octets = hex::octets("05 0100000000000000");
    let limits = |message_size| DecodeLimits {
        message_size,
        ..DecodeLimits::DEFAULT
    };
    let error = refused_within(&octets, &limits(8));
    assert_eq!(
        *error.kind(),
        DecodeErrorKind::MessageTooLarge { size: 9, limit: 8 }
    );
    assert_eq!(error.kind().limit(), Some(("message_size", 8)));
    assert_eq!(
        (error.offset(), error.path(), error.within()),
        (8, "ToEnvoy", "ToEnvoy")
    );
    assert_eq!(
        error.to_string(),
        "octet 8, ToEnvoy: expected a message of at most 8 octets (limit message_size), but found 9"
    );
    assert_eq!(v5::ToEnvoy::verify(&octets, &limits(8)), Err(error));
    assert!(v5::ToEnvoy::decode_with(&octets, &limits(9)).is_ok());
}

#[test]
fn the_first_of_several_faults_is_the_one_that_is_named() {
    // A bad flag in front of a bad bool in front of octets left over.
    let octets = hex::octets(&format!("{REQUEST} 00 02 02 00"));
    let error = read(&octets).expect_err("three faults");
    assert_eq!(*error.kind(), DecodeErrorKind::InvalidOptional { found: 2 });
    // A key again in front of one that is not UTF-8.
    let octets = hex::octets(&request("03 0161 00 0161 00 01ff 00"));
    let error = read(&octets).expect_err("two faults");
    assert_eq!(*error.kind(), DecodeErrorKind::DuplicateKey { first: 0 });
}
