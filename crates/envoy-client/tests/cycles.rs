//! What actors leave behind when they sleep: nothing. A program of its own, since what is counted is the process's.
#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

#[path = "host/actor.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod actor;
#[path = "host/answers.rs"]
mod answers;
#[path = "host/server.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod server;
#[path = "host/told.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod told;

use std::fs;

use envoy_client::{Storage, Version};
use envoy_protocol::latest::StopActorReason;

use actor::{Running, options, run};
use server::{Answered, Memory, Server};
use told::Told;

/// Octets that the process may grow by from the hundredth cycle to the last.
const GROWTH: u64 = 2 << 20;
/// Octets that the second round of many actors may take more than the first.
const ROUND: u64 = 16 << 20;
const CYCLES: u32 = 1000;
const ACTORS: u32 = 1000;

/// What the process has.
#[derive(Debug, Clone, Copy)]
struct Use {
    octets: u64,
    threads: usize,
    descriptors: usize,
}

impl Use {
    fn now() -> Self {
        let count = |folder| fs::read_dir(folder).expect("procfs").count();
        let pages = fs::read_to_string("/proc/self/statm").expect("procfs");
        let resident = pages
            .split(' ')
            .nth(1)
            .and_then(|pages| pages.parse::<u64>().ok());
        Self {
            octets: resident.expect("a number of pages") * 4096,
            threads: count("/proc/self/task"),
            descriptors: count("/proc/self/fd"),
        }
    }
}

async fn exec(server: &Server, actor: &str, sql: &str) {
    let answer = server.request(actor, "POST", "/exec", sql.as_bytes()).await;
    let Answered::Response { body, .. } = answer else {
        panic!("expected an answer, but found {answer:?}");
    };
    assert!(body.starts_with(b"["), "{body:?}");
}

/// Starts an actor, has it write, and lets it sleep.
async fn cycle(server: &Server, told: &mut Told, running: &mut Running) {
    let generation = server.start_actor("a", "probe");
    told.running("a", generation).await;
    // Not kept: what a context has goes with it.
    drop(running.context().await);
    exec(
        server,
        "a",
        "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, v)",
    )
    .await;
    exec(server, "a", "INSERT OR REPLACE INTO t VALUES (1, random())").await;
    server.stop_actor("a", generation, StopActorReason::SleepIntent);
    assert_eq!(told.stopped("a", generation).await, None);
}

#[tokio::test]
async fn actors_that_slept_leave_no_memory_no_threads_and_no_descriptors() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let mut running = run(&server, Version::V5, options(Storage::Local)).await;
    for _ in 0..100 {
        cycle(&server, &mut told, &mut running).await;
    }
    let early = Use::now();
    for _ in 100..CYCLES {
        cycle(&server, &mut told, &mut running).await;
    }
    let late = Use::now();
    println!("after 100 cycles {early:?}, after {CYCLES} {late:?}");
    assert!(late.octets <= early.octets + GROWTH, "{early:?} {late:?}");
    assert_eq!(
        (late.threads, late.descriptors),
        (early.threads, early.descriptors)
    );

    // A second round takes what the first has given back, whether the allocator has kept it or not.
    let mut rounds = Vec::new();
    for generation in 1..=2 {
        let names: Vec<String> = (0..ACTORS).map(|number| format!("many-{number}")).collect();
        for name in &names {
            server.start_actor(name, "probe");
            told.running(name, generation).await;
            drop(running.context().await);
            exec(&server, name, "CREATE TABLE IF NOT EXISTS t (v)").await;
            exec(&server, name, "INSERT INTO t VALUES (1)").await;
        }
        let many = Use::now();
        assert_eq!(running.host.actors(), names.len());
        let each = (many.octets - late.octets) / u64::from(ACTORS);
        println!(
            "{ACTORS} actors at once: {many:?}, {each} octets each, the server's part included"
        );
        rounds.push(many.octets);
        for name in &names {
            server.stop_actor(name, generation, StopActorReason::SleepIntent);
            assert_eq!(told.stopped(name, generation).await, None);
        }
        let asleep = Use::now();
        assert_eq!(
            (asleep.threads, asleep.descriptors),
            (late.threads, late.descriptors)
        );
    }
    assert!(rounds[1] <= rounds[0] + ROUND, "{rounds:?}");
}
