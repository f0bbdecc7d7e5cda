//! Pages: epochs, and commits whose answer is lost.

use super::super::super::RequestError;
use super::super::super::fence::Heads;
use super::*;

const PAGE: [u8; 4096] = [7; 4096];

fn read(head: Option<u64>) -> latest::SqliteGetPagesRequestRef<'static> {
    latest::SqliteGetPagesRequestRef {
        actor_id: ACTOR,
        pgnos: &[1],
        expected_generation: Some(1),
        expected_head_txid: head,
    }
}

fn commit(head: Option<u64>) -> latest::SqliteCommitRequestRef<'static> {
    const PAGES: &[latest::SqliteDirtyPageRef<'static>] = &[latest::SqliteDirtyPageRef {
        pgno: 1,
        bytes: &PAGE,
    }];
    latest::SqliteCommitRequestRef {
        actor_id: ACTOR,
        dirty_pages: PAGES,
        db_size_pages: 1,
        now_ms: 5,
        expected_generation: Some(1),
        expected_head_txid: head,
    }
}

fn id(message: &latest::ToRivet) -> u32 {
    match message {
        latest::ToRivet::ToRivetSqliteGetPagesRequest(request) => request.request_id,
        latest::ToRivet::ToRivetSqliteCommitRequest(request) => request.request_id,
        other => panic!("expected a request for pages, but found {other:?}"),
    }
}

fn pages_ok(request_id: u32, head: u64) -> latest::ToEnvoy {
    latest::ToEnvoy::ToEnvoySqliteGetPagesResponse(latest::ToEnvoySqliteGetPagesResponse {
        request_id,
        data: latest::SqliteGetPagesResponse::SqliteGetPagesOk(latest::SqliteGetPagesOk {
            pages: vec![],
            head_txid: Some(head),
        }),
    })
}

fn commit_answer(request_id: u32, data: latest::SqliteCommitResponse) -> latest::ToEnvoy {
    let answer = latest::ToEnvoySqliteCommitResponse { request_id, data };
    latest::ToEnvoy::ToEnvoySqliteCommitResponse(answer)
}

fn commit_ok(request_id: u32, head: u64) -> latest::ToEnvoy {
    commit_answer(
        request_id,
        latest::SqliteCommitResponse::SqliteCommitOk(latest::SqliteCommitOk {
            head_txid: Some(head),
        }),
    )
}

fn mismatch(request_id: u32, expected: u64, actual: u64) -> latest::ToEnvoy {
    let error = latest::SqliteErrorResponse {
        group: "depot".to_owned(),
        code: "head_fence_mismatch".to_owned(),
        message: Heads { expected, actual }.to_message(),
    };
    commit_answer(
        request_id,
        latest::SqliteCommitResponse::SqliteErrorResponse(error),
    )
}

fn ends(rig: &mut Rig) -> Vec<(RequestKey, CommitEnd)> {
    rig.events()
        .into_iter()
        .filter_map(|event| match event {
            HostEvent::Commit { request, end } => Some((request, end)),
            _ => None,
        })
        .collect()
}

fn reads(rig: &mut Rig) -> Vec<(RequestKey, Option<RequestError>)> {
    rig.events()
        .into_iter()
        .filter_map(|event| match event {
            HostEvent::Pages { request, result } => Some((request, result.err())),
            _ => None,
        })
        .collect()
}

#[test]
fn a_read_ends_with_the_connection_and_is_not_sent_again() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let request = rig.host.get_pages(read(Some(3)), deadline).expect("room");
    let id = id(&rig.sent()[0]);
    rig.reconnect();
    assert_eq!(reads(&mut rig), [(request, Some(RequestError::Lost))]);
    assert!(rig.sent().is_empty());
    rig.give(&pages_ok(id, 3));
    assert!(reads(&mut rig).is_empty());
}

#[test]
fn no_read_is_in_flight_across_a_commit() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let sent = rig.host.get_pages(read(Some(3)), deadline).expect("room");
    let id = id(&rig.sent()[0]);
    let unsent = rig.host.get_pages(read(Some(3)), deadline).expect("room");
    rig.host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    assert_eq!(
        reads(&mut rig),
        [
            (sent, Some(RequestError::Stale)),
            (unsent, Some(RequestError::Stale))
        ]
    );
    let crossing = rig.host.get_pages(read(Some(3)), deadline);
    assert!(matches!(crossing, Err(SendError::CommitInFlight { .. })));
    let crossing = rig.host.commit(commit(Some(3)), Attempt::First, deadline);
    assert!(matches!(crossing, Err(SendError::CommitInFlight { .. })));
    // The answer of the older epoch does not count, the fence that it may say included.
    rig.give(&pages_ok(id, 3));
    assert!(reads(&mut rig).is_empty());
    assert_eq!(rig.sent().len(), 1, "only the commit is sent");
}

#[test]
fn a_new_epoch_ends_the_reads_of_the_older_one() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let old = rig.host.get_pages(read(Some(3)), deadline).expect("room");
    let old_id = id(&rig.sent()[0]);
    rig.host.new_epoch(ACTOR, Some(1));
    let new = rig.host.get_pages(read(Some(3)), deadline).expect("room");
    let new_id = id(&rig.sent()[0]);
    rig.give(&pages_ok(old_id, 3));
    rig.give(&pages_ok(new_id, 3));
    assert_eq!(
        reads(&mut rig),
        [(old, Some(RequestError::Stale)), (new, None)]
    );
}

#[test]
fn other_databases_go_on_during_a_commit() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    rig.host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    for other in [
        latest::SqliteGetPagesRequestRef {
            actor_id: "other",
            ..read(None)
        },
        latest::SqliteGetPagesRequestRef {
            expected_generation: Some(2),
            ..read(None)
        },
    ] {
        rig.host.get_pages(other, deadline).expect("room");
    }
    assert_eq!(rig.sent().len(), 3);
}

#[test]
fn a_commit_is_answered_once() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let request = rig
        .host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    let id = id(&rig.sent()[0]);
    rig.give(&commit_ok(id, 4));
    rig.give(&commit_ok(id, 4));
    let end = CommitEnd::Committed {
        head_txid: Some(4),
        decided: Decided::Answer,
    };
    assert_eq!(ends(&mut rig), [(request, end)]);
    assert_eq!(rig.host.stats().queued, 0);
    rig.host.get_pages(read(Some(4)), deadline).expect("room");
}

#[test]
fn a_commit_whose_answer_is_lost_is_sent_again_unchanged_until_it_is_decided() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let request = rig
        .host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    let first = rig.sent().remove(0);
    for _ in 0..3 {
        rig.reconnect();
        assert!(ends(&mut rig).is_empty());
        let again = rig.sent();
        assert_eq!(again.len(), 1);
        assert_eq!(
            again[0], first,
            "the same commit with the same expected head"
        );
        let crossing = rig.host.get_pages(read(Some(3)), deadline);
        assert!(matches!(crossing, Err(SendError::CommitInFlight { .. })));
    }
    rig.give(&mismatch(id(&first), 3, 4));
    let end = CommitEnd::Committed {
        head_txid: Some(4),
        decided: Decided::Head,
    };
    assert_eq!(ends(&mut rig), [(request, end)]);
    assert_eq!(rig.host.stats().resent_commits, 3);
    assert_eq!(rig.host.stats().queued, 0);
}

#[test]
fn a_commit_that_is_sent_again_goes_before_what_waits() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    rig.host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    assert_eq!(rig.sent().len(), 1);
    rig.lose();
    rig.host
        .kv(ACTOR, latest::KvRequestDataRef::KvDropRequest, deadline)
        .expect("room");
    rig.open();
    rig.init();
    let sent = rig.sent();
    assert!(
        matches!(
            sent[..],
            [
                latest::ToRivet::ToRivetMetadata(_),
                latest::ToRivet::ToRivetSqliteCommitRequest(_),
                latest::ToRivet::ToRivetKvRequest(_)
            ]
        ),
        "{sent:?}"
    );
}

#[test]
fn a_first_commit_that_meets_another_head_is_fenced() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let request = rig
        .host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    let id = id(&rig.sent()[0]);
    rig.give(&mismatch(id, 3, 4));
    let ends = ends(&mut rig);
    let heads = Heads {
        expected: 3,
        actual: 4,
    };
    assert!(
        matches!(&ends[..], [(key, CommitEnd::Fenced { heads: Some(h), .. })] if *key == request && *h == heads),
        "{ends:?}"
    );
}

#[test]
fn a_commit_without_an_expected_head_is_never_sent_again() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let request = rig
        .host
        .commit(commit(None), Attempt::First, deadline)
        .expect("room");
    assert_eq!(rig.sent().len(), 1);
    rig.reconnect();
    assert_eq!(ends(&mut rig), [(request, CommitEnd::Indeterminate)]);
    assert!(rig.sent().is_empty());
    // Nobody can tell what the database holds.
    let blocked = rig.host.get_pages(read(None), deadline);
    assert!(matches!(blocked, Err(SendError::Unresolved { .. })));
    let again = rig.host.commit(commit(None), Attempt::Again, deadline);
    assert_eq!(again, Err(SendError::NoExpectedHead));
    rig.host.forget_database(ACTOR, Some(1));
    rig.host.get_pages(read(None), deadline).expect("room");
}

#[test]
fn a_commit_that_is_not_decided_within_its_bound_blocks_its_database() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let request = rig
        .host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    let first = id(&rig.sent()[0]);
    rig.lose();
    rig.pass(Duration::from_secs(30));
    assert_eq!(
        ends(&mut rig),
        [(request, CommitEnd::Unresolved { error: None })]
    );
    let deadline = rig.deadline();
    for blocked in [
        rig.host.get_pages(read(Some(3)), deadline),
        rig.host.commit(commit(Some(3)), Attempt::First, deadline),
    ] {
        assert!(matches!(blocked, Err(SendError::Unresolved { .. })));
    }
    let request = rig
        .host
        .commit(commit(Some(3)), Attempt::Again, deadline)
        .expect("room");
    rig.open();
    rig.init();
    let again = id(&rig.sent()[1]);
    assert_ne!(again, first);
    rig.give(&mismatch(again, 3, 4));
    let end = CommitEnd::Committed {
        head_txid: Some(4),
        decided: Decided::Head,
    };
    assert_eq!(ends(&mut rig), [(request, end)]);
    rig.host.get_pages(read(Some(4)), deadline).expect("room");
}

#[test]
fn an_error_to_a_commit_that_was_sent_again_decides_nothing() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    rig.host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    assert_eq!(rig.sent().len(), 1);
    rig.reconnect();
    let id = id(&rig.sent()[0]);
    let error = latest::SqliteErrorResponse {
        group: "core".to_owned(),
        code: "internal_error".to_owned(),
        message: "transaction failed".to_owned(),
    };
    rig.give(&commit_answer(
        id,
        latest::SqliteCommitResponse::SqliteErrorResponse(error.clone()),
    ));
    let ends = ends(&mut rig);
    assert!(
        matches!(&ends[..], [(_, CommitEnd::Unresolved { error: Some(e) })] if *e == error),
        "{ends:?}"
    );
    let blocked = rig.host.get_pages(read(Some(3)), deadline);
    assert!(matches!(blocked, Err(SendError::Unresolved { .. })));
}

#[test]
fn a_commit_that_was_not_sent_is_known_not_to_be_applied() {
    let mut rig = Rig::ready();
    rig.lose();
    let deadline = rig.now + Duration::from_millis(1);
    let request = rig
        .host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    rig.pass(Duration::from_millis(1));
    let end = CommitEnd::NotSent(RequestError::NotSent);
    assert_eq!(ends(&mut rig), [(request, end)]);
    let deadline = rig.deadline();
    rig.host.get_pages(read(Some(3)), deadline).expect("room");
}

#[test]
fn a_cancelled_commit_leaves_its_database_unresolved_if_it_was_sent() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let unsent = rig
        .host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    rig.host.cancel(unsent);
    let sent = rig
        .host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    assert_eq!(rig.sent().len(), 1);
    rig.host.cancel(sent);
    let blocked = rig.host.get_pages(read(Some(3)), deadline);
    assert!(matches!(blocked, Err(SendError::Unresolved { .. })));
    assert_eq!(rig.host.stats().queued, 0);
}

#[test]
fn a_v4_server_answers_without_head() {
    let mut rig = Rig::with(|config| config.version = Version::V4);
    rig.open();
    rig.init();
    let deadline = rig.deadline();
    let request = rig
        .host
        .commit(commit(Some(3)), Attempt::First, deadline)
        .expect("room");
    let id = id(&rig.sent()[1]);
    rig.give(&commit_ok(id, 4));
    let end = CommitEnd::Committed {
        head_txid: None,
        decided: Decided::Answer,
    };
    assert_eq!(ends(&mut rig), [(request, end)]);
    // Its errors have no code, so that a resent commit is not decided by one.
    rig.host
        .commit(commit(Some(4)), Attempt::First, deadline)
        .expect("room");
    assert_eq!(rig.sent().len(), 1);
    rig.reconnect();
    let id = super::pages::id(&rig.sent()[0]);
    rig.give(&mismatch(id, 4, 5));
    let ends = ends(&mut rig);
    assert!(
        matches!(ends[..], [(_, CommitEnd::Unresolved { error: Some(_) })]),
        "{ends:?}"
    );
}

#[test]
fn more_pages_than_an_answer_can_carry_are_refused() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let pgnos = vec![1; 8200];
    let request = latest::SqliteGetPagesRequestRef {
        pgnos: &pgnos,
        ..read(None)
    };
    let error = rig.host.get_pages(request, deadline).unwrap_err();
    let SendError::TooLarge { found, limit, .. } = error else {
        panic!("expected both numbers, but found {error}");
    };
    assert_eq!(found, 8200);
    // An answer of as many pages as that fits, and one of more does not.
    let page = latest::SqliteFetchedPage {
        pgno: u32::MAX,
        bytes: Some(PAGE.to_vec()),
    };
    let answer = |pages: u64| {
        let count = usize::try_from(pages).expect("a few pages");
        let data = latest::SqliteGetPagesResponse::SqliteGetPagesOk(latest::SqliteGetPagesOk {
            pages: vec![page.clone(); count],
            head_txid: Some(u64::MAX),
        });
        let request_id = u32::MAX;
        let answer = latest::ToEnvoySqliteGetPagesResponse { request_id, data };
        latest::ToEnvoy::ToEnvoySqliteGetPagesResponse(answer).encoded_len()
    };
    assert!(answer(limit) <= 32 << 20);
    assert!(answer(limit + 1) > 32 << 20);
    let dirty = vec![commit(None).dirty_pages[0]; 321];
    let large = latest::SqliteCommitRequestRef {
        dirty_pages: &dirty,
        ..commit(None)
    };
    let error = rig.host.commit(large, Attempt::First, deadline);
    assert!(matches!(
        error,
        Err(SendError::TooLarge {
            found: 321,
            limit: 320,
            ..
        })
    ));
}
