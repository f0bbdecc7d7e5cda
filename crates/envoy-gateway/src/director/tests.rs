//! The director over a store that fails, and a clock that is set.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use depot::embedded::Options;
use depot::fault::PlayedDisk;
use depot::{Depot, EmbeddedEngine};
use tokio::sync::mpsc;

use super::*;
use crate::records::{ActorError, HostRecord, Phase, host_key};
use crate::storage::{RefusedReason, StorageConfig, depot_limits};

/// What no step takes that comes to an end at all.
const PATIENCE: Duration = Duration::from_mins(1);

async fn directed(depot: &Depot) -> (Director, impl Future<Output = ()> + use<>) {
    directed_by(Clock::new(), depot).await
}

async fn directed_by(clock: Clock, depot: &Depot) -> (Director, impl Future<Output = ()> + use<>) {
    let (refused, refusals) = mpsc::unbounded_channel();
    let storage = Storage::new(depot.clone(), StorageConfig::default(), refused);
    let config = LifecycleConfig::default();
    Director::open_by(clock, depot.clone(), storage, refusals, config)
        .await
        .expect("the store can be read")
}

fn on_disk(disk: &PlayedDisk) -> Depot {
    let engine = EmbeddedEngine::on_disk(disk.clone(), Options::default()).expect("a new store");
    let config = depot::Config {
        limits: depot_limits(),
        ..depot::Config::default()
    };
    Depot::new(engine, config)
}

/// An actor that has run once.
fn asleep() -> ActorRecord {
    serde_json::from_value(serde_json::json!({
        "format": 1, "id": "actor", "namespace": "default", "name": "thing", "key": null, "pool": "pool",
        "crash_policy": "sleep", "phase": "sleeping", "generation": 1, "envoy": null, "issued": 1, "until_ts": null,
        "alarm_ts": null, "crashes": 0, "error": null, "create_ts": 0, "start_ts": 0, "pending_ts": null,
        "connectable_ts": null, "sleep_ts": 0, "reschedule_ts": null, "destroy_ts": null,
    }))
    .expect("it is a record")
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
    let ended = tokio::time::timeout(PATIENCE, driver).await;
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
    let ended = tokio::time::timeout(PATIENCE, driver).await;
    assert!(ended.is_ok(), "the director goes on without a store");
}

#[tokio::test]
async fn an_alarm_goes_off_when_the_clock_is_set_past_it() {
    const HOUR: Duration = Duration::from_hours(1);
    let depot = Depot::in_memory();
    let alarm = SystemTime::now() + HOUR;
    let alarm_ms = alarm.duration_since(UNIX_EPOCH).map(|at| at.as_millis());
    let alarm_ms = i64::try_from(alarm_ms.expect("it is past 1970")).expect("it is not far");
    let record = ActorRecord {
        alarm_ts: Some(alarm_ms),
        ..asleep()
    };
    depot
        .transaction(move |transaction| record.store(transaction))
        .await
        .expect("it is stored");

    let is_set = Arc::new(AtomicBool::new(false));
    let clock = {
        let is_set = Arc::clone(&is_set);
        Clock::over(move || {
            let ahead = if is_set.load(Ordering::Relaxed) {
                HOUR
            } else {
                Duration::ZERO
            };
            SystemTime::now() + ahead
        })
    };
    let (director, driver) = directed_by(clock, &depot).await;
    let driver = tokio::spawn(driver);
    let actor = director.actor("actor").await.expect("it can be read");
    assert_eq!(actor.map(|actor| actor.phase), Some(Phase::Sleeping));
    is_set.store(true, Ordering::Relaxed);
    let woken = async {
        // The store is asked, and not the director: nothing wakes that but itself.
        let find = || depot.view(|view| ActorRecord::find(view, "actor"));
        while find()
            .await
            .expect("it can be read")
            .is_some_and(|actor| actor.phase == Phase::Sleeping)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let woken = tokio::time::timeout(PATIENCE, woken).await;
    assert!(woken.is_ok(), "it sleeps through its alarm");
    director.shutdown().await;
    driver.await.expect("it ends");
}

#[tokio::test]
async fn nothing_is_kept_of_actors_that_somebody_made_up() {
    let depot = Depot::in_memory();
    let (director, driver) = directed(&depot).await;
    let driver = tokio::spawn(driver);
    let until = Instant::now() + PATIENCE;
    for number in 0..100 {
        let nobody = format!("nobody-{number}");
        let (one, other) = tokio::join!(
            director.route(&nobody, until),
            director.route(&nobody, until)
        );
        assert!(one.is_err() && other.is_err());
    }
    assert!(director.route(&"x".repeat(60_000), until).await.is_err());
    assert_eq!(director.0.routes.len(), 0);
    director.shutdown().await;
    driver.await.expect("it ends");
}

#[tokio::test]
async fn what_the_storage_refused_is_heard_before_what_a_host_says_of_it() {
    // Which of two that wait is looked at first would be chance.
    for _ in 0..16 {
        let depot = Depot::in_memory();
        let actor = ActorRecord {
            phase: Phase::Running,
            envoy: Some("host".into()),
            ..asleep()
        };
        let host = HostRecord {
            format: ActorRecord::FORMAT,
            namespace: "default".into(),
            pool: "pool".into(),
            deployment: 1,
            protocol: 5,
        };
        let stored = depot.transaction(move |transaction| {
            transaction.take_over(&depot::DatabaseId::new("actor")?, 0)?;
            transaction.put_row(&host_key("host"), serde_json::to_vec(&host)?)?;
            actor.store(transaction)
        });
        stored.await.expect("it is stored");

        let (refused, refusals) = mpsc::unbounded_channel();
        let storage = Storage::new(depot.clone(), StorageConfig::default(), refused.clone());
        let config = LifecycleConfig::default();
        let opened = Director::open(depot.clone(), storage, refusals, config).await;
        let (director, driver) = opened.expect("the store can be read");
        let refusal = Refused {
            namespace: "default".into(),
            envoy_key: "host".into(),
            actor_id: "actor".into(),
            generation: 1,
            reason: RefusedReason::Superseded,
        };
        refused.send(refusal).expect("it is heard");
        let stopped = latest::ActorState::ActorStateStopped(latest::ActorStateStopped {
            code: latest::StopCode::Error,
            message: Some("the host's own word".into()),
        });
        let event = latest::EventWrapper {
            checkpoint: latest::ActorCheckpoint {
                actor_id: "actor".into(),
                generation: 1,
                index: 0,
            },
            inner: latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate {
                state: stopped,
            }),
        };
        let envoy = "host".to_owned();
        let said = Message::Input(Input::Event { envoy, event });
        director.send(said).expect("it is heard");
        let driver = tokio::spawn(driver);
        director.shutdown().await;
        driver.await.expect("it ends");
        let actor = director.actor("actor").await.expect("it can be read");
        let message = Some("its generation is over".to_owned());
        assert_eq!(
            actor.and_then(|actor| actor.error),
            Some(ActorError::Crashed { message })
        );
    }
}

#[tokio::test]
async fn what_a_host_says_of_itself_waits_alone() {
    let depot = Depot::in_memory();
    let (director, driver) = directed(&depot).await;
    let driver = tokio::spawn(driver);
    // Of a connection that nobody knows: nothing gives back what it may say at once.
    let events = Events {
        director: director.clone(),
        connection: director.connection_id(),
        credit: Arc::new(Semaphore::new(EVENTS_AT_ONCE as usize)),
    };
    let metadata = || {
        HostSaid::Metadata(latest::ToRivetMetadata {
            prepopulate_actor_names: None,
            metadata: None,
        })
    };
    events.tell(metadata()).await;
    assert!(events.tell(metadata()).now_or_never().is_none());
    events.tell(HostSaid::Stopping).await;
    drop(events);
    director.shutdown().await;
    driver.await.expect("it ends");
}
