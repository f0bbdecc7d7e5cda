//! Starts that race.

use std::time::Duration;

use envoy_cli::demo::line::{Held, Who};
use envoy_client::{Options, Storage, Version};
use envoy_e2e::{World, logs};
use envoy_gateway::Timing;

use crate::{failed_before_the_next, failed_once};

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_at_once_wake_an_actor_once() {
    for version in Version::ALL {
        let world = World::new(*version, Storage::Local).await;
        world.sleep().await;
        let (first, second, third, fourth) = tokio::join!(
            world.write(1),
            world.write(2),
            world.write(3),
            world.write(4)
        );
        for answer in [first, second, third, fourth] {
            assert!(answer.is_ok(), "{version}: {answer:?}");
        }
        assert_eq!(world.line.generations(&world.actor), [1, 2], "{version}");
        let noted = world.journal.all();
        assert_eq!(noted[..3], ["start 1", "sleep 1", "start 2"], "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_was_overtaken_elsewhere_yields_without_an_error_in_the_logs() {
    for version in Version::ALL {
        let mut world = World::new(*version, Storage::Local).await;
        world.copy(Storage::Local).await;
        world.sleep().await;
        // Generation 2 starts here while generation 1 does there.
        let begun = world.line.begin_copy(&world.actor, 1);
        assert!(begun.is_some(), "{version}: there is a generation 1");
        let answer = world.write(1).await;
        assert!(answer.is_ok(), "{version}: {answer:?}");
        world.copy_ended(1).await;
        failed_once(&world, Who::Copy, 1);
        assert_eq!(world.rows().await, "[[1, 2]]", "{version}");
        assert_eq!(world.copys.all(), [""; 0], "{version}: it began to run");
        assert_eq!(logs::errors_of(&world.actor), [""; 0], "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_starts_that_reach_a_host_at_once_the_newer_wins() {
    for version in Version::ALL {
        let mut timing = Timing::default();
        // So long that nothing else is, and so short that it can be waited for.
        timing.actor_start = Duration::from_secs(5);
        let gateway = |gateway: envoy_gateway::Builder| gateway.timing(timing);
        let world = World::with(
            *version,
            Options::with_sql(Storage::Local),
            gateway,
            |host| host,
        )
        .await;
        world.sleep().await;
        world.line.hold(Who::Host, Held::Commands);
        let race = async {
            // The gateway does not wait for the first any longer.
            let third = world.line.until_started(&world.actor, 3).await;
            assert!(third.is_some(), "{version}: there is no second attempt");
            world.line.let_go(Who::Host, Held::Commands);
        };
        let ((), answer) = tokio::join!(race, world.write(1));
        assert!(answer.is_ok(), "{version}: {answer:?}");
        failed_before_the_next(&world, 2);
        // By the third, or by one behind it if that took its time as well.
        let newer = world.line.generations(&world.actor).split_off(2);
        let rows = world.rows().await;
        let by = newer.iter().find(|by| rows == format!("[[1, {by}]]"));
        assert!(by.is_some(), "{version}: {rows}, of {newer:?}");
        assert_eq!(logs::errors_of(&world.actor), [""; 0], "{version}");
    }
}
