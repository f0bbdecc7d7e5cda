//! The director over a store that fails.

use std::time::Duration;

use depot::embedded::Options;
use depot::fault::PlayedDisk;
use depot::{Depot, EmbeddedEngine};
use tokio::sync::mpsc;

use super::*;
use crate::storage::{StorageConfig, depot_limits};

async fn directed(depot: &Depot) -> (Director, impl Future<Output = ()> + use<>) {
    let (refused, refusals) = mpsc::unbounded_channel();
    let storage = Storage::new(depot.clone(), StorageConfig::default(), refused);
    let config = LifecycleConfig::default();
    Director::open(depot.clone(), storage, refusals, config)
        .await
        .expect("an empty store can be read")
}

fn on_disk(disk: &PlayedDisk) -> Depot {
    let engine = EmbeddedEngine::on_disk(disk.clone(), Options::default()).expect("a new store");
    let config = depot::Config {
        limits: depot_limits(),
        ..depot::Config::default()
    };
    Depot::new(engine, config)
}

#[tokio::test]
async fn ends_when_the_store_is_poisoned_whoever_finds_out() {
    let disk = PlayedDisk::new();
    let depot = on_disk(&disk);
    let (director, driver) = directed(&depot).await;
    let driver = tokio::spawn(driver);
    // Somebody else's transaction.
    disk.fail_sync_after(0);
    let failed = depot
        .transaction(|transaction| transaction.put_row(b"x/", vec![1]))
        .await;
    assert!(failed.is_err());
    let ended = tokio::time::timeout(Duration::from_secs(10), driver).await;
    assert!(ended.is_ok(), "the director goes on without a store");
    assert_eq!(director.readiness(), Readiness::Ended);
    let pool = director
        .put_pool("default", "pool", serde_json::json!({}))
        .await;
    assert!(pool.is_err());
}

#[tokio::test]
async fn a_change_that_poisons_the_store_is_refused_and_the_last() {
    let disk = PlayedDisk::new();
    let depot = on_disk(&disk);
    let (director, driver) = directed(&depot).await;
    let driver = tokio::spawn(driver);
    disk.fail_sync_after(0);
    let pool = director
        .put_pool("default", "pool", serde_json::json!({}))
        .await;
    assert!(pool.is_err());
    let ended = tokio::time::timeout(Duration::from_secs(10), driver).await;
    assert!(ended.is_ok(), "the director goes on without a store");
}
