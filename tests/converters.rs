//! v4 and v5 of each message: what a conversion changes, what it keeps and what it loses, in every form of a message and
//! on every way to it.

use bytes::Bytes;
use envoy_protocol::bare::dynamic::walk;
use envoy_protocol::bare::{
    Arena, DecodeErrorKind, DecodeLimits, EncodeExt, Frame, Lend, Message, decode_ref, strategy,
};
use envoy_protocol::convert::{Downgrade, Upgrade};
use envoy_protocol::{
    EncodeAt, InvalidMessage, Root, TranscodeError, Version, Versioned, transcode, v4, v5,
};
use proptest::prelude::*;

use support::hex;
use support::sample::samples;

mod support {
    pub(crate) mod hex;
    pub(crate) mod sample;
}

/// A conversion in every form and on every way, and that all of them give the same octets.
struct Conversions {
    /// v4 octets to v5 octets.
    upgrade: fn(&[u8]) -> Vec<u8>,
    /// v5 octets to v4 octets.
    downgrade: fn(&[u8]) -> Vec<u8>,
}

macro_rules! conversions {
    ($root:ident) => {
        Conversions {
            upgrade: |octets| {
                let arena = Arena::new();
                let limits = DecodeLimits::DEFAULT;
                let owned = v4::$root::decode(octets).expect("valid v4");
                let upgraded: v5::$root = owned.upgrade(());

                let borrowed = decode_ref::<v4::$root>(octets, &arena, &limits);
                let borrowed = borrowed.expect("valid v4").upgrade(&arena);
                let expected = upgraded.to_vec();
                assert_eq!(borrowed.to_vec(), expected, "borrowed");

                let shared = Bytes::copy_from_slice(octets);
                let decoded = v5::$root::decode_at(Version::V4, octets, &limits);
                assert_eq!(decoded.as_ref(), Ok(&upgraded), "decoded at v4");
                let frame = v5::$root::frame_at(Version::V4, shared.clone(), Arena::new(), &limits);
                let frame = frame.expect("valid v4");
                assert_eq!(*frame.get(), borrowed, "frame");
                assert_eq!(frame.to_owned(), upgraded, "owned frame");
                assert_eq!(frame.octets(), &shared);
                // Of itself again, since what was decoded is written at the version it came at.
                assert_eq!(
                    frame.get().to_bytes_at(Version::V4),
                    Ok(shared.clone()),
                    "back"
                );

                let transcoded = transcode(Root::$root, &shared, Version::V4, Version::V5);
                let transcoded = transcoded.expect("valid v4");
                assert_eq!(transcoded, expected, "transcoded");
                assert_eq!(
                    transcoded.as_ptr() == shared.as_ptr(),
                    same_layout(Root::$root, octets),
                    "handed back"
                );
                expected
            },
            downgrade: |octets| {
                let arena = Arena::new();
                let limits = DecodeLimits::DEFAULT;
                let owned = v5::$root::decode(octets).expect("valid v5");
                let shared = Bytes::copy_from_slice(octets);
                let frame = Frame::<v5::$root>::decode(shared.clone()).expect("valid v5");

                let lent = owned.lend().downgrade(()).expect("v4 can say it");
                let expected = lent.to_vec();
                let lent = frame.get().lend().downgrade(()).expect("v4 can say it");
                assert_eq!(lent.to_vec(), expected, "lent by the borrowed form");
                let borrowed = decode_ref::<v5::$root>(octets, &arena, &limits);
                let borrowed = borrowed.expect("valid v5").downgrade(&arena);
                let borrowed: v4_ref::$root<'_> = borrowed.expect("v4 can say it");
                assert_eq!(borrowed.to_vec(), expected, "borrowed");

                assert_eq!(
                    owned.to_bytes_at(Version::V4).as_deref(),
                    Ok(&*expected),
                    "written at v4"
                );
                let mut buffer = vec![9];
                frame
                    .get()
                    .append_at(Version::V4, &mut buffer)
                    .expect("v4 can say it");
                assert_eq!(buffer[1..], expected, "appended at v4");
                let moved: v4::$root = owned.downgrade(()).expect("v4 can say it");
                assert_eq!(moved.to_vec(), expected, "owned");

                let transcoded = transcode(Root::$root, &shared, Version::V5, Version::V4);
                let transcoded = transcoded.expect("valid v5");
                assert_eq!(transcoded, expected, "transcoded");
                assert_eq!(
                    transcoded.as_ptr() == shared.as_ptr(),
                    same_layout(Root::$root, octets),
                    "handed back"
                );
                expected
            },
        }
    };
}

/// The borrowed forms of the v4 roots under the roots' names.
mod v4_ref {
    pub(crate) use envoy_protocol::v4::{
        ActorCommandKeyDataRef as ActorCommandKeyData, ToEnvoyConnRef as ToEnvoyConn,
        ToEnvoyRef as ToEnvoy, ToGatewayRef as ToGateway, ToOutboundRef as ToOutbound,
        ToRivetRef as ToRivet,
    };
}

fn conversions(root: Root) -> Conversions {
    match root {
        Root::ToRivet => conversions!(ToRivet),
        Root::ToEnvoy => conversions!(ToEnvoy),
        Root::ToEnvoyConn => conversions!(ToEnvoyConn),
        Root::ToGateway => conversions!(ToGateway),
        Root::ToOutbound => conversions!(ToOutbound),
        Root::ActorCommandKeyData => conversions!(ActorCommandKeyData),
    }
}

/// Whether a message's member has one layout in both versions. Those that have not are `ToEnvoy`'s answers to page
/// requests, commits and remote SQL.
fn same_layout(root: Root, octets: &[u8]) -> bool {
    root != Root::ToEnvoy || !(6..=9).contains(&octets[0])
}

/// What is left of a v5 message that went to v4 and back.
fn forgetful(mut message: v5::ToEnvoy) -> v5::ToEnvoy {
    fn forget(error: &mut v5::SqliteErrorResponse) {
        "core".clone_into(&mut error.group);
        "internal_error".clone_into(&mut error.code);
    }

    match &mut message {
        v5::ToEnvoy::ToEnvoySqliteGetPagesResponse(answer) => match &mut answer.data {
            v5::SqliteGetPagesResponse::SqliteGetPagesOk(ok) => ok.head_txid = None,
            v5::SqliteGetPagesResponse::SqliteErrorResponse(error) => forget(error),
        },
        v5::ToEnvoy::ToEnvoySqliteCommitResponse(answer) => match &mut answer.data {
            v5::SqliteCommitResponse::SqliteCommitOk(ok) => ok.head_txid = None,
            v5::SqliteCommitResponse::SqliteErrorResponse(error) => forget(error),
        },
        v5::ToEnvoy::ToEnvoySqliteExecResponse(answer) => match &mut answer.data {
            v5::SqliteExecResponse::SqliteExecOk(_) => {}
            v5::SqliteExecResponse::SqliteErrorResponse(error) => forget(error),
        },
        v5::ToEnvoy::ToEnvoySqliteExecuteResponse(answer) => match &mut answer.data {
            v5::SqliteExecuteResponse::SqliteExecuteOk(_) => {}
            v5::SqliteExecuteResponse::SqliteErrorResponse(error) => forget(error),
        },
        v5::ToEnvoy::ToEnvoyInit(_)
        | v5::ToEnvoy::ToEnvoyCommands(_)
        | v5::ToEnvoy::ToEnvoyAckEvents(_)
        | v5::ToEnvoy::ToEnvoyKvResponse(_)
        | v5::ToEnvoy::ToEnvoyTunnelMessage(_)
        | v5::ToEnvoy::ToEnvoyPing(_) => {}
    }
    message
}

/// v4 octets are the same after the way to v5 and back.
fn keeps_v4(root: Root, octets: &[u8]) {
    let Conversions { upgrade, downgrade } = conversions(root);
    let upgraded = upgrade(octets);
    assert_eq!(downgrade(&upgraded), octets);
    if same_layout(root, octets) {
        assert_eq!(upgraded, octets);
    }
}

/// v5 octets are the same after the way to v4 and back, but for what v4 has no place for.
fn keeps_v5(root: Root, octets: &[u8]) {
    let Conversions { upgrade, downgrade } = conversions(root);
    let back = upgrade(&downgrade(octets));
    let expected = match root {
        Root::ToEnvoy => forgetful(v5::ToEnvoy::decode(octets).expect("valid v5")).to_vec(),
        _ => octets.to_vec(),
    };
    assert_eq!(back, expected);
}

#[test]
fn every_kind_of_v4_message_is_the_same_after_the_way_to_v5_and_back() {
    for root in Root::ALL {
        for octets in samples(root.definition(Version::V4)) {
            keeps_v4(*root, &octets);
        }
    }
}

#[test]
fn every_kind_of_v5_message_loses_its_heads_groups_and_codes_on_the_way_to_v4() {
    for root in Root::ALL {
        for octets in samples(root.definition(Version::V5)) {
            keeps_v5(*root, &octets);
        }
    }
}

/// A root, and octets of it at a version.
fn message(version: Version) -> impl Strategy<Value = (Root, Vec<u8>)> {
    // `ToEnvoy` is where the versions differ.
    let root = prop_oneof![
        2 => Just(Root::ToEnvoy),
        1 => proptest::sample::select(Root::ALL),
    ];
    root.prop_flat_map(move |root| (Just(root), strategy::octets(root.definition(version))))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_v4_message_is_the_same_after_the_way_to_v5_and_back((root, octets) in message(Version::V4)) {
        keeps_v4(root, &octets);
    }

    #[test]
    fn any_v5_message_loses_its_heads_groups_and_codes_on_the_way_to_v4((root, octets) in message(Version::V5)) {
        keeps_v5(root, &octets);
    }

    #[test]
    fn a_damaged_frame_is_refused_by_transcode_as_by_its_version(
        (root, octets) in message(Version::V4),
        from in proptest::sample::select(Version::ALL),
        to in proptest::sample::select(Version::ALL),
        at in any::<proptest::sample::Index>(),
        octet in prop_oneof![0..4_u8, any::<u8>()],
    ) {
        let mut octets = octets;
        let at = at.index(octets.len());
        octets[at] = octet;
        let octets = Bytes::from(octets);
        let transcoded = transcode(root, &octets, from, to);
        match walk(root.definition(from), &octets, &mut ()) {
            Ok(()) => prop_assert!(transcoded.is_ok()),
            Err(error) => {
                let expected = InvalidMessage { root, version: from, error };
                prop_assert_eq!(transcoded, Err(TranscodeError::Invalid(expected)));
            }
        }
    }
}

/// The v4 octets of a `ToEnvoy` become the v5 octets.
#[track_caller]
fn upgrades(v4: &str, v5: &str) {
    let upgraded = (conversions(Root::ToEnvoy).upgrade)(&hex::octets(v4));
    assert_eq!(upgraded, hex::octets(v5));
}

/// The v5 octets of a `ToEnvoy` become the v4 octets.
#[track_caller]
fn downgrades(v5: &str, v4: &str) {
    let downgraded = (conversions(Root::ToEnvoy).downgrade)(&hex::octets(v5));
    assert_eq!(downgraded, hex::octets(v4));
}

/// `depot`, `head_fence_mismatch`, `x`
const FENCE: &str = "05 6465706f74 13 686561645f66656e63655f6d69736d61746368 01 78";
/// `core`, `internal_error`, `x`
const INTERNAL: &str = "04 636f7265 0e 696e7465726e616c5f6572726f72 01 78";

/// The four answers that can be an error, up to the error.
const ERRORS: [&str; 4] = [
    "06 01000000 01",
    "07 01000000 01",
    "08 01000000 01",
    "09 01000000 01",
];

#[test]
fn an_error_of_v4_is_an_internal_one_in_v5_with_the_same_message() {
    for head in ERRORS {
        upgrades(&format!("{head} 01 78"), &format!("{head} {INTERNAL}"));
        // Whatever the text says, it is not taken for a fence.
        upgrades(
            &format!("{head} 13 686561645f66656e63655f6d69736d61746368"),
            &format!(
                "{head} 04 636f7265 0e 696e7465726e616c5f6572726f72 13 686561645f66656e63655f6d69736d61746368"
            ),
        );
    }
}

#[test]
fn an_error_of_v5_loses_group_and_code_in_v4_and_keeps_its_message() {
    for head in ERRORS {
        downgrades(&format!("{head} {FENCE}"), &format!("{head} 01 78"));
        downgrades(&format!("{head} {INTERNAL}"), &format!("{head} 01 78"));
        downgrades(&format!("{head} 00 00 00"), &format!("{head} 00"));
    }
}

#[test]
fn pages_of_v4_have_no_head_in_v5() {
    upgrades("06 01000000 00 00", "06 01000000 00 00 00");
    upgrades(
        "06 02000000 00 02 01000000 00 02000000 01 03 aabbcc",
        "06 02000000 00 02 01000000 00 02000000 01 03 aabbcc 00",
    );
}

#[test]
fn pages_of_v5_lose_their_head_in_v4() {
    for head in ["00", "01 0300000000000000", "01 ffffffffffffffff"] {
        downgrades(
            &format!("06 02000000 00 02 01000000 00 02000000 01 03 aabbcc {head}"),
            "06 02000000 00 02 01000000 00 02000000 01 03 aabbcc",
        );
    }
}

#[test]
fn a_commit_of_v4_has_no_head_in_v5() {
    upgrades("07 01000000 00", "07 01000000 00 00");
}

#[test]
fn a_commit_of_v5_loses_its_head_in_v4() {
    for head in ["00", "01 0700000000000000", "01 0000000000000000"] {
        downgrades(&format!("07 01000000 00 {head}"), "07 01000000 00");
    }
}

#[test]
fn results_of_remote_sql_are_the_same_in_both() {
    for octets in [
        // exec: two columns, a row of null and -1.
        "08 01000000 00 02 01 61 01 62 01 02 00 01 ffffffffffffffff",
        "08 01000000 00 00 00",
        // execute: a row of a float, a text and a blob; 2 changes, row id 9.
        "09 01000000 00 01 0161 01 03 02 3ff8000000000000 03 01 78 04 02 0102 0200000000000000 01 0900000000000000",
        "09 01000000 00 00 00 0000000000000000 00",
    ] {
        upgrades(octets, octets);
        downgrades(octets, octets);
    }
}

/// A type that differs below the roots, converted by itself.
#[test]
fn the_types_below_the_roots_convert_by_themselves_in_every_form() {
    let error = v4::SqliteErrorResponse {
        message: "x".to_owned(),
    };
    let newer = v5::SqliteErrorResponse {
        group: "core".to_owned(),
        code: "internal_error".to_owned(),
        message: "x".to_owned(),
    };
    assert_eq!(Upgrade::upgrade(error.clone(), ()), newer);
    assert_eq!(
        Upgrade::upgrade(v4::SqliteErrorResponseRef { message: "x" }, ()),
        v5::SqliteErrorResponseRef {
            group: "core",
            code: "internal_error",
            message: "x"
        }
    );
    assert_eq!(
        newer.lend().downgrade(()),
        Ok(v4::SqliteErrorResponseOf {
            message: &"x".to_owned()
        })
    );
    assert_eq!(newer.downgrade(()), Ok(error));

    let pages = vec![v5::SqliteFetchedPage {
        pgno: 1,
        bytes: Some(vec![1, 2]),
    }];
    let address = pages.as_ptr();
    let ok = v5::SqliteGetPagesOk {
        pages,
        head_txid: Some(3),
    };
    let older = ok.downgrade(()).expect("v4 can say it");
    let back = Upgrade::upgrade(older, ());
    assert_eq!(back.head_txid, None);
    // What does not differ is moved, not made again.
    assert_eq!(back.pages.as_ptr(), address);

    let commit =
        v5::SqliteCommitResponse::SqliteCommitOk(v5::SqliteCommitOk { head_txid: Some(1) });
    let older = commit.downgrade(()).expect("v4 can say it");
    assert_eq!(older, v4::SqliteCommitResponse::SqliteCommitOk);
    assert_eq!(
        older.upgrade(()),
        v5::SqliteCommitResponse::SqliteCommitOk(v5::SqliteCommitOk { head_txid: None })
    );
}

#[test]
fn a_payload_is_not_copied_by_the_conversion_of_a_frame() {
    let octets = Bytes::from(hex::octets("06 02000000 00 01 01000000 01 03 aabbcc"));
    let frame = v5::ToEnvoy::frame_at(
        Version::V4,
        octets.clone(),
        Arena::new(),
        &DecodeLimits::DEFAULT,
    );
    let frame = frame.expect("valid v4");
    let v5::ToEnvoyRef::ToEnvoySqliteGetPagesResponse(answer) = frame.get() else {
        panic!("the member is another");
    };
    let v5::SqliteGetPagesResponseRef::SqliteGetPagesOk(ok) = &answer.data else {
        panic!("the member is another");
    };
    let page = ok.pages[0].bytes.expect("the page is there");
    assert_eq!(
        page.as_ptr_range(),
        octets[octets.len() - 3..].as_ptr_range()
    );
    assert_eq!(frame.share(page).as_ptr(), page.as_ptr());
}

/// A message of one version read as the other: what stands in one of them breaks a rule of the other.
#[test]
fn a_frame_of_the_other_version_is_refused_where_the_versions_differ() {
    let refused = |from, octets: &str| {
        let octets = Bytes::from(hex::octets(octets));
        let results = Version::ALL
            .iter()
            .map(|to| transcode(Root::ToEnvoy, &octets, from, *to));
        let mut errors: Vec<_> = results
            .map(|result| match result {
                Err(TranscodeError::Invalid(error)) => error,
                other => panic!("expected an invalid message, but found {other:?}"),
            })
            .collect();
        let error = errors.pop().expect("there are versions");
        assert!(errors.iter().all(|other| *other == error));
        assert_eq!((error.root, error.version), (Root::ToEnvoy, from));
        assert!(
            error.to_string().starts_with(&format!("{from}: octet ")),
            "{error}"
        );
        error.error
    };

    // A commit of v5 read as one of v4: the head is left over.
    let error = refused(Version::V4, "07 01000000 00 01 0700000000000000");
    assert_eq!(*error.kind(), DecodeErrorKind::TrailingOctets { count: 9 });
    assert_eq!((error.offset(), error.path()), (6, "ToEnvoy"));

    // And the other way round: the head is missing.
    let error = refused(Version::V5, "07 01000000 00");
    assert_eq!(
        *error.kind(),
        DecodeErrorKind::UnexpectedEnd {
            needed: 1,
            remaining: 0
        }
    );
    assert_eq!(
        (error.offset(), error.path()),
        (6, "ToEnvoy.ToEnvoySqliteCommitResponse.data.headTxid")
    );

    // An error of v4 read as one of v5: its message is taken for the group.
    let error = refused(Version::V5, "06 20000000 01 01 78");
    assert_eq!(
        (error.offset(), error.path(), error.within()),
        (
            8,
            "ToEnvoy.ToEnvoySqliteGetPagesResponse.data.code",
            "SqliteErrorResponse"
        )
    );
}

#[test]
fn a_member_that_only_a_later_version_has_is_refused_with_the_version() {
    // v6 has one member more on each side.
    for (root, octets, highest) in [
        (Root::ToRivet, "0b 01000000", 10),
        (Root::ToEnvoy, "0a 01000000", 9),
    ] {
        let octets = Bytes::from(hex::octets(octets));
        for &from in Version::ALL {
            for &to in Version::ALL {
                let error = transcode(root, &octets, from, to).unwrap_err();
                assert_eq!(
                    error.to_string(),
                    format!(
                        "{from}: octet 0, {root}: expected a tag of {root}, which has none above {highest}, but found {}",
                        octets[0]
                    )
                );
            }
        }
    }
}

/// A value, and its octets in both versions, worked out by hand.
#[track_caller]
fn vector<M>(message: &M, v4: &str, v5: &str)
where
    M: Versioned + EncodeAt + PartialEq + std::fmt::Debug,
{
    let [v4, v5] = [v4, v5].map(|octets| Bytes::from(hex::octets(octets)));
    assert_eq!(message.to_bytes_at(Version::V4).as_ref(), Ok(&v4));
    assert_eq!(message.to_bytes_at(Version::V5).as_ref(), Ok(&v5));
    let read = M::decode_at(Version::V5, &v5, &DecodeLimits::DEFAULT);
    assert_eq!(read.as_ref(), Ok(message));

    let downgraded = transcode(M::ROOT, &v5, Version::V5, Version::V4);
    assert_eq!(downgraded.as_ref(), Ok(&v4));
    // Where they differ, v4 does not say all that the message holds.
    if v4 == v5 {
        let read = M::decode_at(Version::V4, &v4, &DecodeLimits::DEFAULT);
        assert_eq!(read.as_ref(), Ok(message));
        let upgraded = transcode(M::ROOT, &v4, Version::V4, Version::V5);
        assert_eq!(upgraded.as_ref(), Ok(&v5));
    }
}

fn commit(data: v5::SqliteCommitResponse) -> v5::ToEnvoy {
    v5::ToEnvoy::ToEnvoySqliteCommitResponse(v5::ToEnvoySqliteCommitResponse {
        request_id: 1,
        data,
    })
}

fn pages(data: v5::SqliteGetPagesResponse) -> v5::ToEnvoy {
    v5::ToEnvoy::ToEnvoySqliteGetPagesResponse(v5::ToEnvoySqliteGetPagesResponse {
        request_id: 2,
        data,
    })
}

#[test]
fn vectors_worked_out_by_hand_hold_in_both_versions() {
    let ping = v5::ToEnvoy::ToEnvoyPing(v5::ToEnvoyPing { ts: 1 });
    vector(&ping, "05 0100000000000000", "05 0100000000000000");
    let answer = v5::ToRivet::ToRivetPong(v5::ToRivetPong { ts: 1 });
    vector(&answer, "04 0100000000000000", "04 0100000000000000");
    vector(&v5::ToRivet::ToRivetStopping, "03", "03");
    let init = v5::ToEnvoy::ToEnvoyInit(v5::ToEnvoyInit {
        metadata: v5::ProtocolMetadata {
            envoy_lost_threshold: 15_000,
            actor_stop_threshold: 1_800_000,
            max_response_payload_size: 20_971_520,
        },
    });
    let octets = "00 983a000000000000 40771b0000000000 0000400100000000";
    vector(&init, octets, octets);

    let ok = |head_txid| {
        commit(v5::SqliteCommitResponse::SqliteCommitOk(
            v5::SqliteCommitOk { head_txid },
        ))
    };
    vector(
        &ok(Some(7)),
        "07 01000000 00",
        "07 01000000 00 01 0700000000000000",
    );
    vector(&ok(None), "07 01000000 00", "07 01000000 00 00");
    let fence = v5::SqliteErrorResponse {
        group: "depot".to_owned(),
        code: "head_fence_mismatch".to_owned(),
        message: "x".to_owned(),
    };
    vector(
        &commit(v5::SqliteCommitResponse::SqliteErrorResponse(fence)),
        "07 01000000 01 01 78",
        "07 01000000 01 05 6465706F74 13 686561645f66656e63655f6d69736d61746368 01 78",
    );
    let found = v5::SqliteGetPagesOk {
        pages: vec![v5::SqliteFetchedPage {
            pgno: 1,
            bytes: None,
        }],
        head_txid: Some(3),
    };
    vector(
        &pages(v5::SqliteGetPagesResponse::SqliteGetPagesOk(found)),
        "06 02000000 00 01 01000000 00",
        "06 02000000 00 01 01000000 00 01 0300000000000000",
    );
    // The head that a request expects is in both versions.
    let request = v5::ToRivet::ToRivetSqliteGetPagesRequest(v5::ToRivetSqliteGetPagesRequest {
        request_id: 2,
        data: v5::SqliteGetPagesRequest {
            actor_id: "a".to_owned(),
            pgnos: vec![1, 2],
            expected_generation: None,
            expected_head_txid: Some(3),
        },
    });
    let octets = "07 02000000 01 61 02 01000000 02000000 00 01 0300000000000000";
    vector(&request, octets, octets);
}

#[test]
fn what_a_real_engine_was_seen_to_answer_is_converted_as_it_answers_the_other_version() {
    downgrades("07 29000000 00 01 0100000000000000", "07 29000000 00");
    upgrades("07 29000000 00", "07 29000000 00 00");
    let text = "14 6163746f7220646f6573206e6f74206578697374";
    let v4 = format!("06 20000000 01 {text}");
    let v5 = format!("06 20000000 01 04 636f7265 0e 696e7465726e616c5f6572726f72 {text}");
    upgrades(&v4, &v5);
    downgrades(&v5, &v4);
}

#[test]
fn what_a_host_was_seen_to_send_is_the_same_in_both_versions() {
    let checkpoint = |index| v5::ActorCheckpoint {
        actor_id: "h4arpmdv7v2dhbqsn6wzl4rnklbl00".to_owned(),
        generation: 1,
        index,
    };
    let actor = "1e 68346172706d647637763264686271736e36777a6c34726e6b6c626c3030";
    let event = |inner, octets: &str| {
        let message = v5::ToRivet::ToRivetEvents(vec![v5::EventWrapper {
            checkpoint: checkpoint(0),
            inner,
        }]);
        let octets = format!("01 01 {actor} 01000000 0000000000000000 {octets}");
        vector(&message, &octets, &octets);
    };
    let state = |state| v5::Event::EventActorStateUpdate(v5::EventActorStateUpdate { state });
    let stopped = |code, message: Option<&str>| {
        state(v5::ActorState::ActorStateStopped(v5::ActorStateStopped {
            code,
            message: message.map(str::to_owned),
        }))
    };
    let intent = |intent| v5::Event::EventActorIntent(v5::EventActorIntent { intent });
    let alarm = |alarm_ts| v5::Event::EventActorSetAlarm(v5::EventActorSetAlarm { alarm_ts });
    event(state(v5::ActorState::ActorStateRunning), "01 00");
    event(stopped(v5::StopCode::Ok, None), "01 01 00 00");
    event(
        stopped(v5::StopCode::Error, Some("boom")),
        "01 01 01 01 04 626f6f6d",
    );
    event(intent(v5::ActorIntent::ActorIntentSleep), "00 00");
    event(intent(v5::ActorIntent::ActorIntentStop), "00 01");
    event(alarm(None), "02 00");
    event(alarm(Some(5)), "02 01 0500000000000000");

    let ack = v5::ToRivet::ToRivetAckCommands(v5::ToRivetAckCommands {
        last_command_checkpoints: vec![checkpoint(1)],
    });
    let octets = format!("02 01 {actor} 01000000 0100000000000000");
    vector(&ack, &octets, &octets);

    for (reason, tag) in [
        (v5::StopActorReason::SleepIntent, "00"),
        (v5::StopActorReason::StopIntent, "01"),
        (v5::StopActorReason::Destroy, "02"),
        (v5::StopActorReason::GoingAway, "03"),
        (v5::StopActorReason::Lost, "04"),
    ] {
        let stop = v5::ToEnvoy::ToEnvoyCommands(vec![v5::CommandWrapper {
            checkpoint: checkpoint(1),
            inner: v5::Command::CommandStopActor(v5::CommandStopActor { reason }),
        }]);
        let octets = format!("01 01 {actor} 01000000 0100000000000000 01 {tag}");
        vector(&stop, &octets, &octets);
    }
}
