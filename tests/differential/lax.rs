//! Where the reference takes octets that we refuse. It writes none of them, so being strict costs nothing.

use bare::{DecodeErrorKind, Message};
use envoy_protocol::v5;
use rivet_envoy_protocol::generated::v5 as theirs;

use crate::compare::{hex, lax_decode};

/// Gateway, request and index in front of the kind of a tunnel message.
const MESSAGE_ID: [u8; 10] = [1, 1, 1, 1, 2, 2, 2, 2, 3, 0];

/// The reference reads `lax` as it reads `strict`, which is the one encoding of the message; we refuse `lax`.
fn only_the_reference_takes(
    lax: &[u8],
    strict: &[u8],
    kind: &DecodeErrorKind,
    offset: usize,
    path: &str,
) {
    let read = |octets| {
        lax_decode::<theirs::ToEnvoy>("the reference", octets)
            .unwrap_or_else(|error| panic!("{}: {error}", hex(octets)))
    };
    assert_eq!(read(lax), read(strict));
    assert_eq!(
        serde_bare::to_vec(&read(lax)).expect("the reference writes what it reads"),
        strict
    );

    v5::ToEnvoy::decode(strict).expect("we take the one encoding");
    let error = v5::ToEnvoy::decode(lax).expect_err("we take no other");
    assert_eq!(
        (error.kind(), error.offset(), error.path()),
        (kind, offset, path)
    );
}

fn tunnel_message(kind: &[u8]) -> Vec<u8> {
    [&[4], MESSAGE_ID.as_slice(), kind].concat()
}

#[test]
fn a_bool_of_2_is_true_to_the_reference_and_refused_by_us() {
    only_the_reference_takes(
        &tunnel_message(b"\x01\x02hi\x02"),
        &tunnel_message(b"\x01\x02hi\x01"),
        &DecodeErrorKind::InvalidBool { found: 2 },
        15,
        "ToEnvoy.ToEnvoyTunnelMessage.messageKind.finish",
    );
}

#[test]
fn an_optional_of_2_is_present_to_the_reference_and_refused_by_us() {
    only_the_reference_takes(
        &tunnel_message(b"\x05\x02\xe8\x03\x00"),
        &tunnel_message(b"\x05\x01\xe8\x03\x00"),
        &DecodeErrorKind::InvalidOptional { found: 2 },
        12,
        "ToEnvoy.ToEnvoyTunnelMessage.messageKind.code",
    );
}

#[test]
fn a_length_longer_than_need_be_is_a_length_to_the_reference_and_refused_by_us() {
    only_the_reference_takes(
        &tunnel_message(b"\x01\x82\x00hi\x01"),
        &tunnel_message(b"\x01\x02hi\x01"),
        &DecodeErrorKind::NonMinimalVarint,
        12,
        "ToEnvoy.ToEnvoyTunnelMessage.messageKind.body",
    );
}

#[test]
fn octets_left_over_are_nothing_to_the_reference_and_refused_by_us() {
    only_the_reference_takes(
        b"\x05\x2a\x00\x00\x00\x00\x00\x00\x00\xff\xff",
        b"\x05\x2a\x00\x00\x00\x00\x00\x00\x00",
        &DecodeErrorKind::TrailingOctets { count: 2 },
        9,
        "ToEnvoy",
    );
}

#[test]
fn the_last_of_two_equal_keys_wins_with_the_reference_and_is_refused_by_us() {
    only_the_reference_takes(
        &tunnel_message(b"\x03\x00\x00\x02\x01k\x01a\x01k\x01b"),
        &tunnel_message(b"\x03\x00\x00\x01\x01k\x01b"),
        &DecodeErrorKind::DuplicateKey { first: 0 },
        19,
        "ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[1].key",
    );
}
