//! The key-value store of an actor.

use depot::fault::{Fault, Point};
use depot::{Order, Row};
use envoy_protocol::Version;
use envoy_protocol::latest::{
    KvDeleteRangeRequest, KvDeleteRequest, KvGetRequest, KvListPrefixQuery, KvListQuery,
    KvListRangeQuery, KvListRequest, KvPutRequest, KvRequestData, KvResponseData,
};

use super::rig::{ACTOR, OTHER, Peer, World, eventually};
use crate::records;
use crate::storage::{Kind, Outcome};

fn put(keys: &[&[u8]], values: &[&[u8]]) -> KvRequestData {
    KvRequestData::KvPutRequest(KvPutRequest {
        keys: keys.iter().map(|key| key.to_vec()).collect(),
        values: values.iter().map(|value| value.to_vec()).collect(),
    })
}

fn get(keys: &[&[u8]]) -> KvRequestData {
    KvRequestData::KvGetRequest(KvGetRequest {
        keys: keys.iter().map(|key| key.to_vec()).collect(),
    })
}

fn list(query: KvListQuery, reverse: Option<bool>, limit: Option<u64>) -> KvRequestData {
    KvRequestData::KvListRequest(KvListRequest {
        query,
        reverse,
        limit,
    })
}

fn range(start: &str, end: &str, exclusive: bool) -> KvListQuery {
    KvListQuery::KvListRangeQuery(KvListRangeQuery {
        start: start.as_bytes().to_vec(),
        end: end.as_bytes().to_vec(),
        exclusive,
    })
}

fn delete_range(start: &str, end: &str) -> KvRequestData {
    KvRequestData::KvDeleteRangeRequest(KvDeleteRangeRequest {
        start: start.as_bytes().to_vec(),
        end: end.as_bytes().to_vec(),
    })
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// The keys that a list answers, joined.
async fn listed(host: &mut Peer, request: KvRequestData) -> String {
    match host.kv(request).await.expect("a list") {
        KvResponseData::KvListResponse(found) => {
            assert_eq!(found.keys.len(), found.values.len());
            assert_eq!(found.keys.len(), found.metadata.len());
            let keys: Vec<_> = found.keys.iter().map(|key| text(key)).collect();
            keys.join(" ")
        }
        other => panic!("expected a list, but found {other:?}"),
    }
}

async fn all(host: &mut Peer) -> String {
    listed(host, list(KvListQuery::KvListAllQuery, None, None)).await
}

/// A host with an actor whose store has a few keys.
async fn stocked(world: &World) -> Peer {
    world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    let keys: [&[u8]; 6] = [b"b", b"a", b"aa", b"ab", b"c", b"\xff"];
    host.kv(put(&keys, &[b"1", b"2", b"3", b"4", b"5", b"6"]))
        .await
        .expect("a put");
    host
}

#[tokio::test]
async fn a_get_answers_what_there_is_in_the_order_of_the_request() {
    let world = World::new();
    let mut host = stocked(&world).await;
    match host
        .kv(get(&[b"c", b"none", b"a", b"c"]))
        .await
        .expect("a get")
    {
        KvResponseData::KvGetResponse(found) => {
            let keys: Vec<_> = found.keys.iter().map(|key| text(key)).collect();
            let values: Vec<_> = found.values.iter().map(|value| text(value)).collect();
            assert_eq!(
                (keys.join(" "), values.join(" ")),
                ("c a c".to_owned(), "5 2 5".to_owned())
            );
            for metadata in found.metadata {
                assert_eq!(text(&metadata.version), env!("CARGO_PKG_VERSION"));
                assert!(metadata.update_ts > 1_700_000_000_000);
            }
        }
        other => panic!("expected values, but found {other:?}"),
    }
    let statistics = world.storage.statistics();
    assert_eq!(
        (statistics.kv_written_bytes, statistics.kv_read_bytes),
        (14, 6)
    );
    assert_eq!(statistics.requests(Kind::Kv, Outcome::Ok), 2);
}

#[tokio::test]
async fn lists_are_sorted_bounded_and_can_be_reversed() {
    let world = World::new();
    let mut host = stocked(&world).await;
    assert_eq!(all(&mut host).await, "a aa ab b c \u{fffd}");
    let all = || KvListQuery::KvListAllQuery;
    assert_eq!(
        listed(&mut host, list(all(), Some(true), Some(2))).await,
        "\u{fffd} c"
    );
    assert_eq!(
        listed(&mut host, list(all(), Some(false), Some(2))).await,
        "a aa"
    );
    assert_eq!(listed(&mut host, list(all(), None, Some(0))).await, "");
    assert_eq!(
        listed(&mut host, list(range("aa", "b", false), None, None)).await,
        "aa ab b"
    );
    assert_eq!(
        listed(&mut host, list(range("aa", "b", true), Some(true), None)).await,
        "ab aa"
    );
    assert_eq!(
        listed(&mut host, list(range("b", "a", false), None, None)).await,
        ""
    );
    let prefix =
        |key: &[u8]| KvListQuery::KvListPrefixQuery(KvListPrefixQuery { key: key.to_vec() });
    assert_eq!(
        listed(&mut host, list(prefix(b"a"), None, None)).await,
        "a aa ab"
    );
    assert_eq!(
        listed(&mut host, list(prefix(b"\xff"), None, None)).await,
        "\u{fffd}"
    );
    assert_eq!(
        listed(&mut host, list(prefix(b""), None, None)).await,
        "a aa ab b c \u{fffd}"
    );
}

#[tokio::test]
async fn a_list_stops_at_what_an_answer_can_carry() {
    let world = World::with(|config| config.answer_bytes = 4000);
    world.allocate(ACTOR, "host");
    let mut host = world.host("host", Version::V5);
    let value = [7; 1000];
    for key in ["a", "b", "c", "d", "e"] {
        host.kv(put(&[key.as_bytes()], &[&value]))
            .await
            .expect("a put");
    }
    assert_eq!(all(&mut host).await, "a b c");
    let reversed = list(KvListQuery::KvListAllQuery, Some(true), None);
    assert_eq!(listed(&mut host, reversed).await, "e d c");
    let error = host
        .kv(get(&[b"a", b"b", b"c", b"d"]))
        .await
        .expect_err("too large");
    assert!(
        error.starts_with("expected an answer of at most 4000 octets, but found 4"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_what_is_not_there_is_no_error() {
    let world = World::new();
    let mut host = stocked(&world).await;
    let delete = |keys: &[&[u8]]| {
        KvRequestData::KvDeleteRequest(KvDeleteRequest {
            keys: keys.iter().map(|key| key.to_vec()).collect(),
        })
    };
    assert!(matches!(
        host.kv(delete(&[b"b", b"none"])).await,
        Ok(KvResponseData::KvDeleteResponse)
    ));
    assert!(matches!(
        host.kv(delete(&[])).await,
        Ok(KvResponseData::KvDeleteResponse)
    ));
    assert_eq!(all(&mut host).await, "a aa ab c \u{fffd}");
    assert!(matches!(
        host.kv(delete_range("aa", "c")).await,
        Ok(KvResponseData::KvDeleteResponse)
    ));
    assert!(matches!(
        host.kv(delete_range("z", "a")).await,
        Ok(KvResponseData::KvDeleteResponse)
    ));
    assert_eq!(all(&mut host).await, "a c \u{fffd}");
    assert!(matches!(
        host.kv(KvRequestData::KvDropRequest).await,
        Ok(KvResponseData::KvDropResponse)
    ));
    assert_eq!(all(&mut host).await, "");
    assert!(
        matches!(host.kv(get(&[])).await, Ok(KvResponseData::KvGetResponse(found)) if found.keys.is_empty())
    );
    assert!(matches!(
        host.kv(put(&[], &[])).await,
        Ok(KvResponseData::KvPutResponse)
    ));
}

#[tokio::test]
async fn large_stores_are_dropped_whole_and_no_other_is_touched() {
    let world = World::new();
    let mut host = stocked(&world).await;
    world.allocate(OTHER, "host");
    host.send_kv(OTHER, put(&[b"kept"], &[b"1"]));
    host.next().await;
    for hundred in 0..23_u32 {
        let keys: Vec<_> = (0..100)
            .map(|one| format!("{}", 100 * hundred + one))
            .collect();
        let keys: Vec<_> = keys.iter().map(String::as_bytes).collect();
        host.kv(put(&keys, &[b"" as &[u8]; 100]))
            .await
            .expect("a put");
    }
    host.kv(KvRequestData::KvDropRequest).await.expect("a drop");
    assert_eq!(all(&mut host).await, "");
    host.send_kv(OTHER, get(&[b"kept"]));
    assert!(format!("{:?}", host.next().await).contains("KvGetResponse { keys: [["));
}

#[tokio::test]
async fn what_is_beyond_the_limits_is_refused_with_both_numbers() {
    let world = World::new();
    let mut host = stocked(&world).await;
    let key = vec![1; 2049];
    let value = vec![1; (128 << 10) + 1];
    let large = vec![1; 122 << 10];
    let many = vec![&b"k"[..]; 129];
    let cases = [
        (
            get(&many),
            "a maximum of 128 keys is allowed, but found 129",
        ),
        (
            put(&many, &many),
            "a maximum of 128 keys is allowed, but found 129",
        ),
        (
            put(&[&key], &[b""]),
            "expected a key of at most 2048 octets, but found 2049",
        ),
        (
            get(&[&key]),
            "expected a key of at most 2048 octets, but found 2049",
        ),
        (
            put(&[b"k"], &[&value]),
            "expected a value of at most 131072 octets, but found 131073",
        ),
        (
            put(&[&b"k"[..]; 8], &[&large[..]; 8]),
            "expected keys and values of at most 999424 octets, but found 999432",
        ),
        (
            put(&[b"k"], &[]),
            "expected a value for each of 1 keys, but found 0 values",
        ),
    ];
    for (request, text) in cases {
        assert_eq!(host.kv(request).await, Err(text.to_owned()));
    }
    assert_eq!(all(&mut host).await, "a aa ab b c \u{fffd}");
    let fits = vec![1; 128 << 10];
    host.kv(put(&[&key[1..]], &[&fits]))
        .await
        .expect("the largest there is");
    let found = host.kv(get(&[&key[1..]])).await.expect("a get");
    assert!(matches!(found, KvResponseData::KvGetResponse(found) if found.values == [fits]));
}

#[tokio::test]
async fn only_the_host_that_has_the_actor_is_served() {
    let mut world = World::new();
    let mut host = stocked(&world).await;
    let gone = Err("actor does not exist".to_owned());
    let mut other = world.host("other", Version::V5);
    let mut foreign = world.host_in("elsewhere", "host", Version::V5);
    let requests = || {
        [
            get(&[b"a"]),
            put(&[b"a"], &[b"mine"]),
            list(KvListQuery::KvListAllQuery, None, None),
            delete_range("a", "z"),
            KvRequestData::KvDeleteRequest(KvDeleteRequest {
                keys: vec![b"a".to_vec()],
            }),
            KvRequestData::KvDropRequest,
        ]
    };
    for request in requests() {
        assert_eq!(other.kv(request.clone()).await, gone);
        assert_eq!(foreign.kv(request).await, gone);
    }
    assert_eq!(all(&mut host).await, "a aa ab b c \u{fffd}");
    world.allocate(ACTOR, "other");
    for request in requests() {
        assert_eq!(host.kv(request).await, gone);
    }
    assert_eq!(all(&mut other).await, "a aa ab b c \u{fffd}");
    host.send_kv("nobody", get(&[b"a"]));
    assert!(format!("{:?}", host.next().await).contains("actor does not exist"));
    assert_eq!(
        world.told(),
        [],
        "without a generation there is none to refuse"
    );
}

#[tokio::test]
async fn requests_of_an_actor_are_served_in_order() {
    let world = World::new();
    let mut host = stocked(&world).await;
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_kv(ACTOR, put(&[b"a"], &[b"new"]));
    host.send_kv(ACTOR, get(&[b"a"]));
    world.held(1).await;
    assert_eq!(host.answered(), None);
    world.faults.let_go();
    assert!(format!("{:?}", host.next().await).contains("KvPutResponse"));
    let found = format!("{:?}", host.next().await);
    assert!(found.contains(&format!("{:?}", b"new")), "{found}");
}

#[tokio::test]
async fn the_rows_of_destroyed_actors_are_swept_and_no_others() {
    let world = World::new();
    let mut host = stocked(&world).await;
    world.allocate(OTHER, "host");
    for hundred in 0..8_u32 {
        let keys: Vec<_> = (0..100)
            .map(|one| format!("{}", 100 * hundred + one))
            .collect();
        let keys: Vec<_> = keys.iter().map(String::as_bytes).collect();
        host.send_kv(OTHER, put(&keys, &[b"" as &[u8]; 100]));
        host.next().await;
    }
    // A commit of a v4 host leaves a row of its own.
    let generation = world.allocate(OTHER, "v4");
    let mut old = world.host("v4", Version::V4);
    old.send_commit(OTHER, generation, None, &[(1, 1)]);
    old.next_commit().await.expect("a commit");
    let mark = |transaction: &mut depot::Transaction<'_>| {
        for id in [OTHER, "nothing-left"] {
            transaction.put_row(&records::destroyed_key(id), Vec::new())?;
        }
        Ok::<_, depot::Error>(())
    };
    world.depot.transaction(mark).await.expect("marked");
    world.storage.sweep_destroyed().await.expect("swept");
    let rows = |prefix: Vec<u8>| -> Vec<Row> {
        let read = move |view: &depot::View<'_>| {
            let start = std::ops::Bound::Included(&prefix[..]);
            let rows = view.rows((start, std::ops::Bound::Unbounded), Order::Ascending, 9999)?;
            let of = |row: &Row| row.key.starts_with(&prefix);
            Ok::<_, depot::Error>(rows.into_iter().filter(of).collect())
        };
        world.depot.view(read).wait().expect("rows")
    };
    assert_eq!(rows(records::kv_prefix(OTHER)), []);
    assert_eq!(rows(records::destroyed_key("")), []);
    assert_eq!(rows(b"4/".to_vec()), []);
    assert_eq!(rows(records::kv_prefix(ACTOR)).len(), 6);
    eventually(|| world.storage.statistics().busy_lanes == 0).await;
}
