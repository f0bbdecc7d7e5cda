//! Commits whose connection ends.

use envoy_client::{Storage, Version};
use envoy_e2e::World;
use envoy_e2e::scenarios::{delayed_commit, lost_answer};

use crate::failed_before_the_next;

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_decided_by_sending_it_again() {
    let world = World::new(Version::V5, Storage::Local).await;
    lost_answer(&world).await;
    assert!(world.write(2).await.is_ok());
    let noted = world.journal.all();
    let failed = noted.iter().find(|note| note.contains("sqlite"));
    assert_eq!(failed, None, "{noted:?}");
    assert_eq!(world.line.generations(&world.actor), [1]);
    assert_eq!(world.line.failures(), []);
    assert_eq!(world.rows().await, "[[1, 1], [2, 1]]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_v4_host_that_cannot_know_ends_the_generation_with_an_error() {
    let world = World::new(Version::V4, Storage::Local).await;
    lost_answer(&world).await;
    let told = world.journal.until("write 1 by 1: ").await;
    assert_eq!(told, "sqlite.indeterminate");
    assert!(world.write(2).await.is_ok());
    failed_before_the_next(&world, 1);
    assert_eq!(world.line.generations(&world.actor), [1, 2]);
    // It had been applied, which only a generation that has read it may say.
    assert_eq!(world.rows().await, "[[1, 1], [2, 2]]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_arrives_behind_a_reconnect_changes_nothing() {
    for version in Version::ALL {
        let world = World::new(*version, Storage::Local).await;
        delayed_commit(&world).await;
        if *version == Version::V5 {
            // It was sent again over the new connection, and has been applied then.
            assert_eq!(world.line.generations(&world.actor), [1]);
            assert_eq!(world.line.failures(), []);
            assert_eq!(world.rows().await, "[[1, 1], [2, 1], [3, 1]]");
        } else {
            failed_before_the_next(&world, 1);
            // Who asked for row 1 is told so, also where the request was sent again: the host handles it once.
            let told = world.journal.until("write 1 by 1: ").await;
            assert_eq!(told, "sqlite.indeterminate");
            assert_eq!(world.rows().await, "[[2, 2], [3, 2]]");
        }
        let whole = world.sql("PRAGMA integrity_check").await.text;
        assert_eq!(whole, "[[Text(\"ok\")]]", "{version}");
    }
}
