//! The examples, as they are: a host and a server that talk to each other.

use tokio::time::timeout;

use crate::support::{PATIENCE, listen};

#[allow(dead_code, reason = "`main` is for who runs it")]
#[path = "../../examples/host.rs"]
mod host;
#[allow(dead_code, reason = "`main` is for who runs it")]
#[path = "../../examples/server.rs"]
mod server;

#[tokio::test]
async fn the_example_host_finishes_its_work_on_the_example_server() {
    let (listener, endpoint) = listen().await;
    let server = tokio::spawn(server::run(listener));
    let host = timeout(PATIENCE, host::run(&endpoint.to_string())).await;
    host.expect("in time")
        .expect("its actor was started, and counted it");
    assert!(!server.is_finished(), "a server goes on");
    server.abort();
}

#[test]
fn an_example_can_be_read_in_one_sitting() {
    for example in [
        include_str!("../../examples/host.rs"),
        include_str!("../../examples/server.rs"),
    ] {
        assert!(example.lines().count() < 100);
    }
}
