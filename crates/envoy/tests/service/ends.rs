//! Gateways and hosts that are asked to end while not all is well.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{ENVOY, Process, Watched, actor, gateway, http, watched_host};

/// A gateway, and a host that runs an actor of it.
fn serving(data: &Path, more: &[&str]) -> (Process, Watched) {
    let (server, gateway) = gateway(&data.join("store"), None);
    let host = watched_host(&format!("http://{gateway}"), more);
    let at = format!("/gateway/{}", actor(&gateway));
    assert_eq!(http(&gateway, &format!("PUT {at}/k"), "v").0, 204);
    (server, host)
}

#[test]
fn a_host_whose_gateway_was_killed_stops_its_actors_itself() {
    let data = tempfile::tempdir().expect("a folder");
    let (server, host) = serving(data.path(), &[]);
    drop(server);
    host.process.signal("TERM");
    let (status, said) = host.end();
    assert!(status.success(), "{said}");
    assert!(
        said.contains("the host does actors=1 connected=false"),
        "{said}"
    );
    assert!(said.contains("expected to tell the server"), "{said}");
}

/// The gateway is there, and does nothing.
#[test]
fn a_host_is_given_the_time_to_end_that_it_is_told() {
    let data = tempfile::tempdir().expect("a folder");
    let (server, host) = serving(data.path(), &["--drain-bound", "4"]);
    server.signal("STOP");
    host.process.signal("TERM");
    let (_, said) = host.end();
    assert!(said.contains("drained actors=1 bound=4s"), "{said}");
    assert!(said.contains("the host does actors=1"), "{said}");
}

#[test]
fn a_host_that_is_asked_to_end_twice_ends_at_once() {
    let data = tempfile::tempdir().expect("a folder");
    let (server, host) = serving(data.path(), &["--drain-bound", "3600"]);
    server.signal("STOP");
    host.process.signal("TERM");
    host.until("the host is drained");
    host.process.signal("INT");
    let (status, said) = host.end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("asked to again"), "{said}");
}

#[test]
fn a_gateway_that_is_asked_to_end_twice_ends_at_once() {
    let data = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(ENVOY);
    command
        .args(["gateway", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path().join("store"))
        .stdout(Stdio::null());
    let gateway = Watched::start(&mut command);
    let address = gateway.until_found("the gateway listens address=");
    // A request that does not end: it is under way once it was told to go on.
    let mut stream = TcpStream::connect(&address).expect("it listens");
    let head = format!(
        "PUT /actors?namespace=default HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it is sent");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 100");
    gateway.process.signal("TERM");
    gateway.until("the gateway ends");
    gateway.process.signal("TERM");
    let (status, said) = gateway.end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("asked to again"), "{said}");
}
