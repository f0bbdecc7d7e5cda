//! Every request ends exactly once, and says what it knows.

use super::super::super::RequestError;
use super::*;

use latest::KvRequestDataRef as Kv;

const GET: Kv<'static> = Kv::KvGetRequest(latest::KvGetRequestRef { keys: &[b"key"] });
const PUT: Kv<'static> = Kv::KvPutRequest(latest::KvPutRequestRef {
    keys: &[b"key"],
    values: &[b"value"],
});
const EXEC: latest::SqliteExecRequestRef<'static> = latest::SqliteExecRequestRef {
    namespace_id: "default",
    actor_id: ACTOR,
    generation: 1,
    sql: "select 1",
};

fn kv_answer(request_id: u32, data: latest::KvResponseData) -> latest::ToEnvoy {
    latest::ToEnvoy::ToEnvoyKvResponse(latest::ToEnvoyKvResponse { request_id, data })
}

fn ids(sent: &[latest::ToRivet]) -> Vec<u32> {
    sent.iter()
        .filter_map(|message| match message {
            latest::ToRivet::ToRivetKvRequest(request) => Some(request.request_id),
            latest::ToRivet::ToRivetSqliteExecRequest(request) => Some(request.request_id),
            latest::ToRivet::ToRivetSqliteExecuteRequest(request) => Some(request.request_id),
            _ => None,
        })
        .collect()
}

fn kv_end(events: &[HostEvent]) -> Option<(RequestKey, Result<(), RequestError>)> {
    match events {
        [HostEvent::Kv { request, result }] => {
            Some((*request, result.as_ref().map(|_| ()).map_err(Clone::clone)))
        }
        _ => None,
    }
}

#[test]
fn an_answer_finds_its_request() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let first = rig.host.kv(ACTOR, GET, deadline).expect("room");
    let second = rig.host.kv(ACTOR, PUT, deadline).expect("room");
    assert_ne!(first, second);
    let ids = ids(&rig.sent());
    rig.give(&kv_answer(ids[1], latest::KvResponseData::KvPutResponse));
    assert_eq!(kv_end(&rig.events()), Some((second, Ok(()))));
    let error = latest::KvErrorResponse {
        message: "no".to_owned(),
    };
    rig.give(&kv_answer(
        ids[0],
        latest::KvResponseData::KvErrorResponse(error),
    ));
    assert_eq!(kv_end(&rig.events()), Some((first, Ok(()))));
    assert_eq!(rig.host.stats().requests, 0);
}

#[test]
fn an_answer_to_nothing_is_dropped_and_counted() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    rig.host.kv(ACTOR, PUT, deadline).expect("room");
    let id = ids(&rig.sent())[0];
    let answer = kv_answer(id, latest::KvResponseData::KvPutResponse);
    rig.give(&kv_answer(id + 1, latest::KvResponseData::KvPutResponse));
    rig.give(&answer);
    rig.give(&answer);
    assert_eq!(rig.events().len(), 1);
    assert_eq!(rig.host.stats().unknown_answers, 2);
}

#[test]
fn an_answer_before_the_request_was_sent_is_to_nothing() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    rig.host.kv(ACTOR, PUT, deadline).expect("room");
    rig.give(&kv_answer(0, latest::KvResponseData::KvPutResponse));
    assert!(rig.events().is_empty());
    assert_eq!(rig.host.stats().unknown_answers, 1);
}

#[test]
fn an_answer_of_another_kind_ends_the_request_with_an_error() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let request = rig.host.kv(ACTOR, GET, deadline).expect("room");
    let id = ids(&rig.sent())[0];
    rig.give(&kv_answer(id, latest::KvResponseData::KvPutResponse));
    let error = RequestError::WrongAnswer {
        expected: "KvGetResponse",
        found: "KvPutResponse",
    };
    assert_eq!(kv_end(&rig.events()), Some((request, Err(error))));
}

#[test]
fn what_was_sent_ends_with_the_connection() {
    for (data, error) in [
        (GET, RequestError::Lost),
        (
            Kv::KvListRequest(latest::KvListRequestRef {
                query: latest::KvListQueryRef::KvListAllQuery,
                reverse: None,
                limit: None,
            }),
            RequestError::Lost,
        ),
        (PUT, RequestError::Indeterminate),
        (
            Kv::KvDeleteRequest(latest::KvDeleteRequestRef { keys: &[b"key"] }),
            RequestError::Indeterminate,
        ),
        (Kv::KvDropRequest, RequestError::Indeterminate),
    ] {
        let mut rig = Rig::ready();
        let deadline = rig.deadline();
        let request = rig.host.kv(ACTOR, data, deadline).expect("room");
        let id = ids(&rig.sent())[0];
        rig.lose();
        let events = rig.events();
        assert_eq!(kv_end(&events[..1]), Some((request, Err(error))));
        // Its answer on another connection is nobody's.
        rig.open();
        rig.init();
        assert!(ids(&rig.sent()).is_empty(), "it is not sent again");
        rig.give(&kv_answer(id, latest::KvResponseData::KvPutResponse));
        assert_eq!(rig.host.stats().unknown_answers, 1);
    }
}

#[test]
fn remote_sql_that_was_sent_is_indeterminate() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let exec = rig.host.exec(EXEC, deadline).expect("room");
    let execute = latest::SqliteExecuteRequestRef {
        namespace_id: "default",
        actor_id: ACTOR,
        generation: 1,
        sql: "select ?",
        params: Some(&[latest::SqliteBindParamRef::SqliteValueNull]),
    };
    let execute = rig.host.execute(execute, deadline).expect("room");
    assert_eq!(ids(&rig.sent()), [0, 1], "one counter for both");
    rig.lose();
    let events = rig.events();
    assert!(
        matches!(
            &events[..2],
            [
                HostEvent::Exec {
                    request: first,
                    result: Err(RequestError::Indeterminate)
                },
                HostEvent::Execute {
                    request: second,
                    result: Err(RequestError::Indeterminate)
                },
            ] if *first == exec && *second == execute
        ),
        "{events:?}"
    );
}

#[test]
fn what_was_not_sent_goes_out_after_the_next_init() {
    let mut rig = Rig::ready();
    rig.lose();
    let deadline = rig.deadline();
    let request = rig.host.kv(ACTOR, PUT, deadline).expect("room");
    let _disconnected = rig.events();
    rig.open();
    assert!(ids(&rig.sent()).is_empty());
    rig.init();
    let id = ids(&rig.sent())[0];
    rig.give(&kv_answer(id, latest::KvResponseData::KvPutResponse));
    let events = rig.events();
    assert_eq!(kv_end(&events[1..]), Some((request, Ok(()))));
}

#[test]
fn a_request_ends_at_its_bound() {
    let mut rig = Rig::ready();
    let deadline = rig.now + Duration::from_secs(3);
    let get = rig.host.kv(ACTOR, GET, deadline).expect("room");
    let put = rig.host.kv(ACTOR, PUT, deadline).expect("room");
    let id = ids(&rig.sent())[1];
    let unsent = rig.host.kv(ACTOR, PUT, deadline).expect("room");
    assert_eq!(rig.host.poll_timeout(), Some(deadline));
    rig.pass(Duration::from_secs(3));
    let ends: Vec<_> = rig
        .events()
        .into_iter()
        .filter_map(|event| match event {
            HostEvent::Kv { request, result } => Some((request, result.err())),
            _ => None,
        })
        .collect();
    assert_eq!(
        ends,
        [
            (get, Some(RequestError::TimedOut)),
            (put, Some(RequestError::Indeterminate)),
            (unsent, Some(RequestError::NotSent)),
        ]
    );
    assert!(rig.sent().is_empty(), "what has ended is not sent");
    rig.give(&kv_answer(id, latest::KvResponseData::KvPutResponse));
    assert!(rig.events().is_empty());
    assert_eq!(rig.host.stats().unknown_answers, 1);
}

#[test]
fn a_cancelled_request_has_no_end_and_is_not_sent() {
    let mut rig = Rig::ready();
    let deadline = rig.deadline();
    let sent = rig.host.kv(ACTOR, GET, deadline).expect("room");
    assert_eq!(rig.sent().len(), 1);
    let unsent = rig.host.kv(ACTOR, GET, deadline).expect("room");
    rig.host.cancel(sent);
    rig.host.cancel(unsent);
    rig.host.cancel(unsent);
    assert!(rig.sent().is_empty());
    rig.lose();
    assert!(matches!(rig.events()[..], [HostEvent::Disconnected { .. }]));
    assert_eq!(rig.host.stats().queued, 0);
}

#[test]
fn a_request_that_has_ended_takes_no_room_in_the_queue() {
    let mut rig = Rig::new();
    let deadline = rig.now + Duration::from_secs(1);
    rig.host.kv(ACTOR, PUT, deadline).expect("room");
    let cancelled = rig.host.kv(ACTOR, PUT, rig.deadline()).expect("room");
    assert!(rig.host.stats().queued > 0 && !rig.host.is_flushed());
    rig.host.cancel(cancelled);
    rig.pass(Duration::from_secs(1));
    assert_eq!(rig.host.stats().queued, 0);
    assert!(rig.host.is_flushed());
}

#[test]
fn a_full_queue_refuses_and_says_when_there_is_room() {
    let mut rig = Rig::ready_with(|config| config.limits.queue = 4096);
    let deadline = rig.deadline();
    let mut taken = 0;
    let error = loop {
        match rig.host.kv(ACTOR, PUT, deadline) {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SendError::QueueFull { limit: 4096, .. }));
    assert!(taken > 4 && rig.host.stats().queued <= 4096);
    assert!(rig.events().is_empty());
    assert_eq!(rig.sent().len(), taken);
    assert!(matches!(rig.events()[..], [HostEvent::Room]));
    assert!(rig.events().is_empty(), "said once");
    rig.host.kv(ACTOR, PUT, deadline).expect("room");
}

#[test]
fn what_is_too_large_is_refused_with_both_numbers() {
    let mut rig = Rig::ready_with(|config| config.limits.requests = 1);
    let deadline = rig.deadline();
    let long = vec![0; 2049];
    let value = vec![0; (128 << 10) + 1];
    let many = vec![&b"k"[..]; 129];
    let values = vec![&value[..value.len() - 1]; 8];
    let cases: &[(Kv<'_>, u64, u64)] = &[
        (
            Kv::KvGetRequest(latest::KvGetRequestRef { keys: &[&long] }),
            2049,
            2048,
        ),
        (
            Kv::KvDeleteRequest(latest::KvDeleteRequestRef { keys: &many }),
            129,
            128,
        ),
        (
            Kv::KvPutRequest(latest::KvPutRequestRef {
                keys: &[b"k"],
                values: &[&value],
            }),
            131_073,
            131_072,
        ),
        (
            Kv::KvPutRequest(latest::KvPutRequestRef {
                keys: &many[..8],
                values: &values,
            }),
            8 + (8 << 17),
            976 << 10,
        ),
    ];
    for (data, found, limit) in cases {
        let error = rig.host.kv(ACTOR, *data, deadline).unwrap_err();
        assert!(
            matches!(error, SendError::TooLarge { found: f, limit: l, .. } if (f, l) == (*found, *limit)),
            "{error}"
        );
    }
    let error = rig.host.kv(
        ACTOR,
        Kv::KvPutRequest(latest::KvPutRequestRef {
            keys: &[b"a", b"b"],
            values: &[b"a"],
        }),
        deadline,
    );
    assert_eq!(error, Err(SendError::KeysAndValues { keys: 2, values: 1 }));
    let text = latest::SqliteValueTextRef {
        value: &"x".repeat((128 << 10) + 1),
    };
    let execute = latest::SqliteExecuteRequestRef {
        namespace_id: "default",
        actor_id: ACTOR,
        generation: 1,
        sql: "select ?",
        params: Some(&[latest::SqliteBindParamRef::SqliteValueText(text)]),
    };
    let error = rig.host.execute(execute, deadline);
    assert!(matches!(error, Err(SendError::TooLarge { .. })));
    // A second one is one too many.
    rig.host.kv(ACTOR, GET, deadline).expect("room");
    let error = rig.host.kv(ACTOR, GET, deadline);
    assert!(matches!(
        error,
        Err(SendError::TooLarge {
            found: 2,
            limit: 1,
            ..
        })
    ));
}

#[test]
fn a_frame_is_not_larger_than_agreed() {
    let mut rig = Rig::ready_with(|config| config.limits.frame = 1000);
    let sql = "x".repeat(1000);
    let error = rig.host.exec(
        latest::SqliteExecRequestRef { sql: &sql, ..EXEC },
        rig.deadline(),
    );
    assert!(matches!(
        error,
        Err(SendError::TooLarge { limit: 1000, .. })
    ));
}

#[test]
fn requests_wait_across_a_change_of_version() {
    let mut rig = Rig::with(|config| config.fallback = Fallback::Older);
    let deadline = rig.deadline();
    rig.host.kv(ACTOR, PUT, deadline).expect("room");
    rig.open();
    assert_eq!(rig.version, Version::V5);
    rig.close(CloseReason::UNSUPPORTED_PROTOCOL_VERSION);
    rig.open();
    assert_eq!(rig.version, Version::V4);
    rig.init();
    assert_eq!(ids(&rig.sent()).len(), 1);
}
