//! Frames that a real engine and its host sent: read at their version in every form, and written again as the very same
//! octets; and payloads that carry their version in front.

use std::collections::HashSet;
use std::path::Path;

use bytes::Bytes;
use envoy_protocol::bare::schema::Kind;
use envoy_protocol::bare::{
    Arena, ArenaPool, DecodeErrorKind, DecodeLimits, EncodeExt, Frame, Message,
};
use envoy_protocol::{
    EmbeddedError, EncodeAt, InvalidMessage, Root, UnknownVersion, Version, Versioned,
    split_embedded, transcode, v4, v5,
};
use serde_json::Value;

use support::hex;
use support::round_trip::{RoundTrip, round_trip};

mod support {
    pub(crate) mod hex;
    pub(crate) mod round_trip;
}

/// Frames of each version in the recordings.
const FRAMES: usize = 543;

struct Recorded {
    version: Version,
    root: Root,
    octets: Bytes,
    /// The member of the root that an independent decoder found.
    member: String,
}

impl Recorded {
    fn new(version: Version, root: Root, value: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        Self {
            version,
            root,
            octets: hex::octets(&text(&value["hex"])).into(),
            member: text(&value["message"]["tag"]),
        }
    }

    /// For failures: which frame it was.
    fn name(&self) -> String {
        format!(
            "{} {} {}: {:02x?}",
            self.version, self.root, self.member, &*self.octets
        )
    }
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/frames")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The root that a peer sends.
fn root_of(sender: &str) -> Root {
    match sender {
        "host" => Root::ToRivet,
        "server" => Root::ToEnvoy,
        other => panic!("expected host or server, but found {other}"),
    }
}

/// The recorded frames of a version, in the order in which they were sent.
fn recorded(version: Version) -> Vec<Recorded> {
    fixture(&format!("frames-{version}.jsonl"))
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("a line is JSON");
            let root = root_of(value["from"].as_str().expect("a string"));
            Recorded::new(version, root, &value)
        })
        .collect()
}

/// The shortest frame of each kind.
fn golden(version: Version) -> Vec<Recorded> {
    let text = fixture(&format!("golden-{version}.json"));
    let value: Value = serde_json::from_str(&text).expect("it is JSON");
    value
        .as_object()
        .expect("an object")
        .iter()
        .map(|(kind, value)| {
            let (sender, _) = kind.split_once(' ').expect("sender and kind");
            Recorded::new(version, root_of(sender), value)
        })
        .collect()
}

fn all() -> impl Iterator<Item = Recorded> {
    Version::ALL
        .iter()
        .flat_map(|version| recorded(*version).into_iter().chain(golden(*version)))
}

#[test]
fn there_are_1086_recorded_frames() {
    for &version in Version::ALL {
        let frames = recorded(version);
        assert_eq!(frames.len(), FRAMES);
        let of = |root| frames.iter().filter(|frame| frame.root == root).count();
        assert_eq!((of(Root::ToEnvoy), of(Root::ToRivet)), (135, 408));
    }
}

#[test]
fn every_recorded_frame_is_read_and_written_the_same_in_every_form() {
    for frame in all() {
        let round_trip = match (frame.version, frame.root) {
            (Version::V4, Root::ToRivet) => round_trip::<v4::ToRivet>,
            (Version::V4, Root::ToEnvoy) => round_trip::<v4::ToEnvoy>,
            (Version::V5, Root::ToRivet) => round_trip::<v5::ToRivet>,
            (Version::V5, Root::ToEnvoy) => round_trip::<v5::ToEnvoy>,
            (_, root) => panic!("{root} does not travel on the socket"),
        };
        match round_trip(&frame.octets) {
            RoundTrip::Same => {}
            RoundTrip::Refused(error) => panic!("{}: {error}", frame.name()),
            RoundTrip::WeAreWrong(how) => panic!("{how}"),
        }
    }
}

#[test]
fn every_recorded_frame_is_the_member_that_an_independent_decoder_found() {
    for frame in all() {
        let Kind::Union(members) = &frame.root.definition(frame.version).kind else {
            panic!("a root is a union");
        };
        // No root has a tag of two octets.
        let member = members
            .iter()
            .find(|member| member.tag == u64::from(frame.octets[0]));
        assert_eq!(
            member.map(|member| member.name),
            Some(frame.member.as_str()),
            "{}",
            frame.name()
        );
    }
}

#[test]
fn the_golden_frames_hold_every_member_that_was_recorded() {
    for &version in Version::ALL {
        let members = |frames: Vec<Recorded>| -> HashSet<(Root, String)> {
            frames
                .into_iter()
                .map(|frame| (frame.root, frame.member))
                .collect()
        };
        assert_eq!(members(golden(version)), members(recorded(version)));
    }
}

#[test]
fn the_hex_files_are_the_frames_of_one_root_in_recorded_order() {
    for &version in Version::ALL {
        let frames = recorded(version);
        for (root, name) in [(Root::ToEnvoy, "to-envoy"), (Root::ToRivet, "to-rivet")] {
            let lines: Vec<_> = fixture(&format!("{name}-{version}.hex"))
                .lines()
                .map(hex::octets)
                .collect();
            let expected: Vec<_> = frames
                .iter()
                .filter(|frame| frame.root == root)
                .map(|frame| frame.octets.to_vec())
                .collect();
            assert_eq!(lines, expected);
        }
    }
}

#[test]
fn every_recorded_frame_is_handed_back_where_no_other_version_is_asked_for() {
    for frame in all() {
        let same = transcode(frame.root, &frame.octets, frame.version, frame.version);
        let same = same.unwrap_or_else(|error| panic!("{}: {error}", frame.name()));
        assert_eq!(same.as_ptr(), frame.octets.as_ptr());
        assert_eq!(same, frame.octets);
    }
}

#[test]
fn every_recorded_v4_frame_is_the_same_after_the_way_to_v5_and_back() {
    for frame in recorded(Version::V4) {
        let newer = transcode(frame.root, &frame.octets, Version::V4, Version::V5)
            .unwrap_or_else(|error| panic!("{}: {error}", frame.name()));
        let back = transcode(frame.root, &newer, Version::V5, Version::V4)
            .unwrap_or_else(|error| panic!("{}: {error}", frame.name()));
        assert_eq!(back, frame.octets);
    }
}

#[test]
fn every_recorded_frame_is_read_as_the_latest_types_and_written_at_its_version() {
    fn check<M: Versioned + EncodeAt>(frame: &Recorded, pool: &ArenaPool)
    where
        for<'a> M::Ref<'a>: EncodeAt,
    {
        let limits = DecodeLimits::DEFAULT;
        let owned = M::decode_at(frame.version, &frame.octets, &limits)
            .unwrap_or_else(|error| panic!("{}: {error}", frame.name()));
        let borrowed = M::frame_at(frame.version, frame.octets.clone(), pool.lease(), &limits)
            .unwrap_or_else(|error| panic!("{}: {error}", frame.name()));
        assert_eq!(borrowed.to_owned().to_vec(), owned.to_vec());

        assert_eq!(owned.to_bytes_at(frame.version), Ok(frame.octets.clone()));
        assert_eq!(
            borrowed.get().to_bytes_at(frame.version),
            Ok(frame.octets.clone())
        );
        let mut buffer = b"before".to_vec();
        borrowed
            .get()
            .append_at(frame.version, &mut buffer)
            .expect("every version can say what was said in it");
        assert_eq!(buffer, [b"before", &*frame.octets].concat());

        // What transcode makes of the octets is what the decoded message is written as.
        for &to in Version::ALL {
            let converted = transcode(frame.root, &frame.octets, frame.version, to);
            assert_eq!(
                converted.ok(),
                owned.to_bytes_at(to).ok(),
                "{}",
                frame.name()
            );
        }
    }

    let pool = ArenaPool::new(1);
    for frame in all() {
        match frame.root {
            Root::ToRivet => check::<v5::ToRivet>(&frame, &pool),
            Root::ToEnvoy => check::<v5::ToEnvoy>(&frame, &pool),
            root => panic!("{root} does not travel on the socket"),
        }
    }
    assert_eq!(pool.free(), 1);
}

#[test]
fn a_payload_of_a_recorded_frame_leaves_it_without_a_copy() {
    let page = recorded(Version::V5)
        .into_iter()
        .filter(|frame| frame.member == "ToEnvoySqliteGetPagesResponse")
        .find_map(|recorded| {
            let octets = recorded.octets.clone();
            let frame = Frame::<v5::ToEnvoy>::decode(recorded.octets).expect("it is recorded");
            let v5::ToEnvoyRef::ToEnvoySqliteGetPagesResponse(answer) = frame.get() else {
                panic!("the member is another");
            };
            let v5::SqliteGetPagesResponseRef::SqliteGetPagesOk(ok) = &answer.data else {
                return None;
            };
            let page = frame.share(ok.pages.iter().find_map(|page| page.bytes)?);
            drop(frame);
            Some((octets, page))
        });
    let (frame, page) = page.expect("an engine sent pages");
    assert!(frame.as_ptr_range().contains(&page.as_ptr()));
    assert_eq!(page.len(), 4096);
}

/// A payload with a version in front, both given as octets.
fn embedded(version: u16, message: &[u8]) -> Bytes {
    [&version.to_le_bytes(), message].concat().into()
}

fn decode_embedded<M: Versioned>(octets: &Bytes) -> Result<(Version, M), EmbeddedError> {
    let (version, frame) = M::decode_embedded(octets, Arena::new(), &DecodeLimits::DEFAULT)?;
    Ok((version, frame.to_owned()))
}

#[test]
fn a_version_is_embedded_in_front_and_read_back() {
    let close = v5::ToEnvoyConn::ToEnvoyConnClose;
    for &version in Version::ALL {
        let octets = close.to_embedded(version).expect("every version has it");
        assert_eq!(octets, embedded(version.number(), &[1]));
        assert_eq!(decode_embedded(&octets), Ok((version, close.clone())));
    }
    assert_eq!(
        close
            .to_embedded(Version::V5)
            .expect("the version is its own"),
        hex::octets("0500 01")
    );
}

#[test]
fn an_embedded_message_is_brought_to_the_latest_types_and_shares_the_octets() {
    let octets: Bytes = hex::octets("0400 07 01000000 01 0178").into();
    let (version, message) = split_embedded(&octets).expect("v4 is known");
    assert_eq!(version, Version::V4);
    assert_eq!(message.as_ptr(), octets[2..].as_ptr());

    let (version, message) = decode_embedded::<v5::ToEnvoy>(&octets).expect("it is valid");
    assert_eq!(version, Version::V4);
    assert_eq!(
        message.to_vec(),
        hex::octets("07 01000000 01 04 636f7265 0e 696e7465726e616c5f6572726f72 01 78")
    );
    assert_eq!(message.to_embedded(version), Ok(octets));
}

#[test]
fn every_root_travels_with_its_version_embedded() {
    fn check<M: Versioned + EncodeAt + PartialEq + std::fmt::Debug>(octets: &str) {
        let message = M::decode(&hex::octets(octets)).expect("it is valid");
        for &version in Version::ALL {
            let octets = message.to_embedded(version).expect("both can say it");
            assert_eq!(octets[..2], version.number().to_le_bytes());
            let back = decode_embedded::<M>(&octets).expect("it is valid");
            assert_eq!(back.0, version);
            assert_eq!(back.1, message);
        }
    }
    check::<v5::ToRivet>("03");
    check::<v5::ToEnvoy>("05 0100000000000000");
    check::<v5::ToEnvoyConn>("01");
    check::<v5::ToGateway>("00 01020304 0100000000000000");
    check::<v5::ToOutbound>(
        "00 0161 0162 0163 01000000 0200000000000000 0164 00 0300000000000000 00",
    );
    check::<v5::ActorCommandKeyData>("01 04");
}

#[test]
fn a_payload_that_ends_in_its_version_is_too_short() {
    for octets in [&[][..], &[5]] {
        let octets = Bytes::copy_from_slice(octets);
        let error = decode_embedded::<v5::ToEnvoyConn>(&octets).unwrap_err();
        assert_eq!(
            error,
            EmbeddedError::TooShort {
                found: octets.len()
            }
        );
        assert_eq!(split_embedded(&octets), Err(error.clone()));
        assert_eq!(
            error.to_string(),
            format!(
                "expected a version of 2 octets in front of the message, but found {} octets",
                octets.len()
            )
        );
    }
}

#[test]
fn version_0_and_versions_that_are_not_known_are_told_apart() {
    let error = |number| decode_embedded::<v5::ToEnvoyConn>(&embedded(number, &[1])).unwrap_err();
    assert_eq!(error(0), EmbeddedError::VersionZero);
    assert_eq!(
        error(0).to_string(),
        "expected the version in front of the message, but found 0, which none has"
    );
    // The last is what a version in big-endian order looks like.
    for number in [1, 3, 6, u16::MAX, 0x0500] {
        assert_eq!(
            error(number),
            EmbeddedError::UnknownVersion(UnknownVersion { number })
        );
        assert_eq!(
            error(number).to_string(),
            format!(
                "in front of the message: expected a protocol version from 4 to 5, but found {number}"
            )
        );
    }
}

#[test]
fn an_embedded_message_that_is_none_is_refused_with_its_root_and_version() {
    // Nothing behind the version; a tag that neither version has; a v5 commit in a v4 envelope.
    for (version, message, offset, path) in [
        (Version::V4, &[][..], 0, "ToEnvoy"),
        (Version::V5, &[10], 0, "ToEnvoy"),
        (Version::V4, &[7, 1, 0, 0, 0, 0, 0], 6, "ToEnvoy"),
    ] {
        let octets = embedded(version.number(), message);
        let error = decode_embedded::<v5::ToEnvoy>(&octets).unwrap_err();
        let EmbeddedError::Invalid(InvalidMessage {
            root: Root::ToEnvoy,
            version: found,
            error,
        }) = error
        else {
            panic!("expected an invalid message, but found {error}");
        };
        assert_eq!(
            (found, error.offset(), error.path()),
            (version, offset, path),
            "{error}"
        );
    }
}

#[test]
fn a_frame_with_a_version_in_front_is_no_frame_of_the_socket() {
    let octets = embedded(5, &hex::octets("05 0100000000000000"));
    let error = v5::ToEnvoy::decode(&octets).unwrap_err();
    assert_eq!(*error.kind(), DecodeErrorKind::TrailingOctets { count: 2 });
    assert_eq!((error.offset(), error.path()), (9, "ToEnvoy"));
}
