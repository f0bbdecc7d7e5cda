//! Stops, and what outlives them.

use std::time::{Duration, Instant};

use envoy_cli::demo::line::{Held, Who};
use envoy_client::{Storage, Version};
use envoy_e2e::World;

use crate::stopped_once;

/// Longer than all bounds of an actor that is impatient together, and shorter than those of a fleet, 30 s each.
const SOON: Duration = Duration::from_secs(25);
/// In which a second end would come, if there were one.
const A_WHILE: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn sql_of_a_task_that_outlives_its_actor_is_closed() {
    for version in Version::ALL {
        for storage in [Storage::Local, Storage::Remote] {
            let world = World::new(*version, storage).await;
            let begun = world
                .ask("/outlive", "INSERT INTO ledger VALUES (66, 1)")
                .await;
            assert!(begun.is_ok(), "{version}: {begun:?}");
            world.sleep().await;
            let told = world.journal.until("outlived 1: ").await;
            assert_eq!(told, "sqlite.closed", "{version}, {storage:?}");
            assert_eq!(world.rows().await, "[]", "{version}");
            stopped_once(&world, 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_that_is_stopped_twice_stops_once() {
    for version in Version::ALL {
        let world = World::new(*version, Storage::Local).await;
        world.line.hold(Who::Host, Held::Commands);
        world.ask_to_sleep().await;
        world.ask_to_sleep().await;
        // It is answered when the actor has ended.
        let let_go = async {
            let held = world.line.until_held(1).await;
            assert!(held.is_some(), "{version}: no stop comes");
            tokio::time::sleep(A_WHILE).await;
            world.line.let_go(Who::Host, Held::Commands);
        };
        tokio::join!(world.destroy(), let_go);
        world.ended(1).await;
        tokio::time::sleep(A_WHILE).await;
        stopped_once(&world, 1);
        let noted = world.journal.all();
        assert_eq!(noted.len(), 2, "{version}: {noted:?}");
        assert_eq!(world.host.actors(), 0, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_stops_while_its_commit_waits_for_the_network() {
    for version in Version::ALL {
        for storage in [Storage::Local, Storage::Remote] {
            let world = World::impatient(*version, storage).await;
            world.line.hold(Who::Host, Held::Sql);
            let stopped = async {
                let held = world.line.until_held(1).await;
                assert!(held.is_some(), "{version}: there is no commit");
                let began = Instant::now();
                world.ask_to_sleep().await;
                world.ended(1).await;
                let took = began.elapsed();
                assert!(took < SOON, "{version}, {storage:?}: {took:?}");
                world.line.let_go(Who::Host, Held::Sql);
            };
            tokio::join!(stopped, world.write(1));
            // The request may have been given up before it could tell.
            let noted = world.journal.all();
            let mut told = noted
                .iter()
                .filter_map(|note| note.strip_prefix("write 1 by 1: "));
            assert!(
                told.all(|told| told == "sqlite.closed"),
                "{version}: {noted:?}"
            );
            tokio::time::sleep(A_WHILE).await;
            let ends = world.line.ends(Who::Host, &world.actor, 1);
            assert_eq!(ends.len(), 1, "{version}: {ends:?}");
            // It had arrived.
            assert_eq!(world.rows().await, "[[1, 1]]", "{version}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_that_starts_stops_while_its_database_waits_for_the_network() {
    for version in Version::ALL {
        let world = World::impatient(*version, Storage::Local).await;
        world.sleep().await;
        world.line.hold(Who::Host, Held::Sql);
        let stopped = async {
            let held = world.line.until_held(1).await;
            assert!(held.is_some(), "{version}: it does not read");
            let began = Instant::now();
            world.ask_to_sleep().await;
            world.ended(2).await;
            let took = began.elapsed();
            assert!(took < SOON, "{version}: {took:?}");
            world.line.let_go(Who::Host, Held::Sql);
        };
        let ((), answer) = tokio::join!(stopped, world.write(1));
        // The request was for whoever runs: it came too late for generation 2, and early enough for another one.
        assert!(answer.is_ok(), "{version}: {answer:?}");
        assert_eq!(world.rows().await, "[[1, 3]]", "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_ends_while_its_databases_wait_for_the_network() {
    for version in Version::ALL {
        let world = World::impatient(*version, Storage::Local).await;
        world.line.hold(Who::Host, Held::Sql);
        let held = async {
            let held = world.line.until_held(1).await;
            assert!(held.is_some(), "{version}: there is no commit");
        };
        tokio::select! {
            () = held => {}
            answer = world.write(1) => panic!("{version}: {answer:?}"),
        }
        let began = Instant::now();
        let World { host, line, .. } = world;
        let drained = host.drain().await;
        let took = began.elapsed();
        assert!(drained.is_ok(), "{version}: {drained:?}");
        assert!(took < SOON, "{version}: {took:?}");
        drop(line);
    }
}
