//! On the embedded engine: what was answered is there after the power was cut.

use depot::embedded::{EmbeddedEngine, Options};
use depot::fault::{Faults, PlayedDisk};
use envoy_protocol::Version;
use envoy_protocol::latest::{KvGetRequest, KvPutRequest, KvRequestData, KvResponseData};

use super::rig::{ACTOR, World, open};

fn world(disk: &PlayedDisk) -> World {
    let engine = EmbeddedEngine::on_disk(disk.clone(), Options::default()).expect("a store");
    World::on(open(engine), Faults::new(), |_| {})
}

#[tokio::test]
async fn what_was_answered_survives_a_cut_of_the_power() {
    let disk = PlayedDisk::new();
    let before = world(&disk);
    let generation = before.allocate(ACTOR, "host");
    let mut host = before.host("host", Version::V5);
    let row = KvPutRequest {
        keys: vec![b"key".to_vec()],
        values: vec![b"value".to_vec()],
    };
    host.kv(KvRequestData::KvPutRequest(row))
        .await
        .expect("a put");
    host.exec(generation, "CREATE TABLE t (v); INSERT INTO t VALUES (7)")
        .await
        .expect("a table");
    // Nothing that was not synced is left.
    let disk = disk.crash(|| false);
    let after = world(&disk);
    let mut host = after.host("host", Version::V5);
    let result = host
        .exec(generation, "SELECT v FROM t")
        .await
        .expect("a row");
    assert_eq!(result.rows.len(), 1);
    let keys = vec![b"key".to_vec()];
    match host
        .kv(KvRequestData::KvGetRequest(KvGetRequest { keys }))
        .await
    {
        Ok(KvResponseData::KvGetResponse(found)) => assert_eq!(found.values, [b"value"]),
        other => panic!("expected a value, but found {other:?}"),
    }
    let pages = host.pages(generation, Some(2), &[1]).await.expect("pages");
    assert!(
        pages.pages[0]
            .bytes
            .as_ref()
            .is_some_and(|page| page.starts_with(b"SQLite format 3"))
    );
}

#[tokio::test]
async fn many_hosts_at_once_are_each_served_in_order() {
    let disk = PlayedDisk::new();
    let world = world(&disk);
    let mut hosts = Vec::new();
    for number in 0..8 {
        let actor = format!("actor-{number}");
        let envoy = format!("host-{number}");
        let generation = world.allocate(&actor, &envoy);
        let version = if number % 2 == 0 {
            Version::V4
        } else {
            Version::V5
        };
        hosts.push((actor, generation, world.host(&envoy, version)));
    }
    for round in 0..20_u8 {
        for (actor, generation, host) in &mut hosts {
            let head = (host.version == Version::V5).then_some(u64::from(round));
            host.send_commit(actor, *generation, head, &[(1, round)]);
        }
        for (actor, generation, host) in &mut hosts {
            let head = (host.version == Version::V5).then_some(u64::from(round) + 1);
            assert_eq!(host.next_commit().await, Ok(head), "{actor}");
            host.send_get_pages(actor, *generation, head, &[1]);
        }
        for (_, _, host) in &hosts {
            let pages = host.next_pages().await.expect("pages");
            assert_eq!(
                pages.pages[0].bytes.as_ref().map(|page| page[0]),
                Some(round)
            );
        }
    }
}
