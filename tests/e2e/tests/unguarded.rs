//! The scenarios of the other tests with one guard left out each: what it guards against does happen then.

use envoy_cli::demo::line::Who;
use envoy_client::{Options, Storage, Version};
use envoy_e2e::World;
use envoy_e2e::scenarios::{
    fence_at_the_first_operation, lost_answer, overlap_of_generations, overlap_within_one,
};
use envoy_gateway::Guard;

async fn without(guards: &[Guard], version: Version) -> World {
    let leave_out = |gateway: envoy_gateway::Builder| {
        let without = |gateway: envoy_gateway::Builder, guard: &Guard| gateway.without(*guard);
        guards.iter().fold(gateway, without)
    };
    World::with(
        version,
        Options::with_sql(Storage::Local),
        leave_out,
        |host| host,
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_generation_check_a_generation_that_was_overtaken_writes() {
    // What is kept for a v4 host is kept for one generation of it, and so refuses another one, too.
    let guards: [(_, &[_]); 2] = [
        (Version::V4, &[Guard::Generation, Guard::V4Fence]),
        (Version::V5, &[Guard::Generation]),
    ];
    for (version, guards) in guards {
        let mut world = without(guards, version).await;
        let overlap = overlap_of_generations(&mut world).await;
        assert!(overlap.is_stale_ok(), "{version}: {overlap:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_head_fence_a_second_instance_overwrites_what_the_first_has_written() {
    let mut world = without(&[Guard::HeadFence], Version::V5).await;
    let overlap = overlap_within_one(&mut world).await;
    assert!(overlap.rightful.is_ok(), "{overlap:?}");
    let rows = world.rows().await;
    assert_eq!(rows, "[[66, 1]]", "row 1 was acknowledged");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_fence_for_v4_hosts_a_second_instance_overwrites_what_the_first_has_written() {
    let mut world = without(&[Guard::V4Fence], Version::V4).await;
    let overlap = overlap_within_one(&mut world).await;
    assert!(overlap.is_stale_ok(), "{overlap:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_resend_a_write_that_was_applied_is_said_not_to_be() {
    let as_it_is = |gateway| gateway;
    let options = Options::with_sql(Storage::Local);
    let world = World::with(
        Version::V5,
        options,
        as_it_is,
        envoy_client::Builder::without_resend,
    )
    .await;
    lost_answer(&world).await;
    let noted = world.journal.all();
    let failed = noted
        .iter()
        .find(|note| note.contains("write 1 by 1: sqlite."));
    assert!(failed.is_some(), "{noted:?}");
    assert_eq!(world.rows().await, "[[1, 1]]");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_fence_for_v4_hosts_a_stale_instance_gets_through_its_first_operation() {
    // A host of v5 compares the heads of its pages itself, whatever the server does.
    let mut world = without(&[Guard::V4Fence], Version::V4).await;
    fence_at_the_first_operation(&mut world).await;
    world.copys.until("start 1").await;
    let ends = world.line.ends(Who::Copy, &world.actor, 1);
    assert_eq!(ends, []);
}
