//! Two instances of one actor.

use envoy_cli::demo::line::Who;
use envoy_client::{Storage, Version};
use envoy_e2e::scenarios::{
    fence_at_the_first_operation, overlap_of_generations, overlap_with_remote_sql,
    overlap_within_one,
};
use envoy_e2e::{World, logs};

use crate::{failed_before_the_next, failed_once};

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_that_was_overtaken_writes_nothing_and_ends_once() {
    for version in Version::ALL {
        let mut world = World::new(*version, Storage::Local).await;
        let overlap = overlap_of_generations(&mut world).await;
        assert!(overlap.rightful.is_ok(), "{version}: {overlap:?}");
        assert!(!overlap.is_stale_ok(), "{version}: {overlap:?}");
        world.copy_ended(1).await;
        assert_eq!(world.rows().await, "[[1, 2]]", "{version}");
        failed_once(&world, Who::Copy, 1);
        // It went to sleep at the host, and generation 2 has never failed.
        assert_eq!(world.line.failures().len(), 1, "{version}");
        // That a newer generation runs is nobody's fault.
        assert_eq!(logs::errors_of(&world.actor), [""; 0], "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_instances_of_one_generation_the_stale_one_is_fenced_once() {
    for version in Version::ALL {
        let mut world = World::new(*version, Storage::Local).await;
        let overlap = overlap_within_one(&mut world).await;
        assert!(!overlap.is_stale_ok(), "{version}: {overlap:?}");
        world.copy_ended(1).await;
        failed_once(&world, Who::Copy, 1);
        // Nobody can tell which one was meant, and so both instances end. What was acknowledged is there.
        if *version == Version::V5 {
            assert!(overlap.rightful.is_ok(), "{overlap:?}");
            let stale = overlap.stale.expect("it was asked");
            assert_eq!(stale.text, "depot.head_fence_mismatch");
        }
        assert!(world.write(1).await.is_ok(), "{version}");
        failed_before_the_next(&world, 1);
        assert_eq!(world.rows().await, "[[1, 1]]", "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_sql_is_fenced_as_local_sql_is() {
    for version in Version::ALL {
        let mut world = World::new(*version, Storage::Remote).await;
        overlap_with_remote_sql(&mut world).await;
        let told = world.journal.until("write 3 by 1: ").await;
        // A v4 host is not told what it was; that its generation is lost, it is.
        if *version == Version::V5 {
            assert_eq!(told, "depot.head_fence_mismatch");
        } else {
            assert_ne!(told, "done");
        }
        assert!(world.write(3).await.is_ok(), "{version}");
        failed_before_the_next(&world, 1);
        assert_eq!(world.rows().await, "[[1, 1], [2, 1], [3, 2]]", "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_at_the_first_operation_of_an_instance_ends_it_too() {
    for version in Version::ALL {
        let mut world = World::new(*version, Storage::Local).await;
        fence_at_the_first_operation(&mut world).await;
        world.copy_ended(1).await;
        failed_once(&world, Who::Copy, 1);
        assert_eq!(world.copys.all(), [""; 0], "{version}: it began to run");
        let rows = world.sql("SELECT id FROM ledger").await.text;
        assert_eq!(rows, "[[Integer(1)]]", "{version}");
    }
}
