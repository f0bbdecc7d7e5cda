//! Gateways and hosts that cannot start, or not yet.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use tokio::net::TcpSocket;

use crate::process::{ENVOY, Watched, actor, gateway, gateway_at, http, watched_host};

/// A port that nobody listens at, and that is given to nobody else meanwhile.
struct Reserved {
    _socket: TcpSocket,
    address: String,
}

impl Reserved {
    fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        // So that a gateway can listen there.
        socket.set_reuseaddr(true).expect("a socket");
        let any = "127.0.0.1:0".parse().expect("an address");
        socket.bind(any).expect("a port");
        let address = socket.local_addr().expect("its port").to_string();
        Self {
            _socket: socket,
            address,
        }
    }
}

#[test]
fn a_host_waits_for_its_gateway_and_serves_once_it_is_there() {
    let data = tempfile::tempdir().expect("a folder");
    let reserved = Reserved::new();
    let endpoint = format!("http://{}", reserved.address);
    let host = watched_host(&endpoint, &[]);
    host.until(&format!(
        "trying again reason=\"expected an answer of {endpoint}, but found"
    ));
    let (_server, gateway) = gateway_at(&reserved.address, &data.path().join("store"), None, &[]);
    let at = format!("/gateway/{}", actor(&gateway));
    assert_eq!(http(&gateway, &format!("PUT {at}/k"), "v").0, 204);
    host.process.signal("TERM");
    let (status, said) = host.end();
    assert!(status.success(), "{said}");
}

#[test]
fn a_host_that_waits_for_its_gateway_ends_when_it_is_asked_to() {
    let reserved = Reserved::new();
    for signal in ["TERM", "INT"] {
        let host = watched_host(&format!("http://{}", reserved.address), &[]);
        host.until("trying again");
        host.process.signal(signal);
        let (status, said) = host.end();
        assert!(status.success(), "{said}");
    }
}

#[test]
fn a_host_that_its_gateway_refuses_says_why_and_ends() {
    let data = tempfile::tempdir().expect("a folder");
    let (_server, gateway) = gateway(&data.path().join("store"), Some("sekret"));
    let endpoint = format!("http://{gateway}");
    for (namespace, token, why) in [
        ("default", "other", "but found 403"),
        ("nowhere", "sekret", "The namespace does not exist"),
    ] {
        let mut command = Command::new(ENVOY);
        command
            .args(["host", "--endpoint", &endpoint, "--namespace", namespace])
            .env("ENVOY_TOKEN", token);
        let (status, said) = Watched::start(&mut command).end();
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(said.contains(why) && said.contains(&endpoint), "{said}");
    }
}

#[test]
fn an_address_that_asks_for_tls_is_refused_with_what_was_expected() {
    for endpoint in ["https://127.0.0.1:1", "wss://127.0.0.1:1"] {
        for more in [&[][..], &["--existing-pool"]] {
            let (status, said) = watched_host(endpoint, more).end();
            assert_eq!(status.code(), Some(1), "{said}");
            assert!(
                said.contains("begins with http:// or ws://") && said.contains(endpoint),
                "{said}"
            );
        }
    }
}

#[test]
fn a_gateway_whose_address_is_taken_says_so_and_leaves_no_store_behind() {
    let data = tempfile::tempdir().expect("a folder");
    let store = data.path().join("store");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its port").to_string();
    let mut command = Command::new(ENVOY);
    command
        .args(["gateway", "--listen", &address, "--data"])
        .arg(&store);
    let (status, said) = Watched::start(&mut command).end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("expected to listen, but found: {address}: ")),
        "{said}"
    );
    assert!(!store.exists());
}

#[test]
fn a_gateway_that_cannot_have_its_store_says_which() {
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("file");
    std::fs::write(&file, "no folder").expect("a file");
    let store = data.path().join("store");
    let (_server, _) = gateway(&store, None);
    for folder in [&file, &store] {
        let mut command = Command::new(ENVOY);
        command
            .args(["gateway", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder);
        let (status, said) = Watched::start(&mut command).end();
        assert_eq!(status.code(), Some(1), "{said}");
        let expected = format!("expected to serve the store in {}", folder.display());
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn a_token_that_is_none_is_refused_by_the_name_of_its_variable() {
    for (command, name) in [("gateway", "ENVOY_HOST_TOKEN"), ("host", "ENVOY_TOKEN")] {
        for token in ["", "two words"] {
            let mut command_line = Command::new(ENVOY);
            command_line.arg(command).env(name, token);
            let folder = tempfile::tempdir().expect("a folder");
            command_line.current_dir(folder.path());
            let (status, said) = Watched::start(&mut command_line).end();
            assert_eq!(status.code(), Some(1), "{said}");
            assert!(said.contains(name) && !said.contains("words"), "{said}");
            let left = std::fs::read_dir(folder.path()).expect("a folder").count();
            assert_eq!(left, 0, "nothing was made");
        }
    }
}

#[test]
fn a_demo_that_has_nowhere_to_store_says_so() {
    let data = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(ENVOY);
    command
        .arg("demo")
        .env("TMPDIR", data.path().join("nowhere"))
        .stdout(Stdio::null());
    let (status, said) = Watched::start(&mut command).end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("error: expected to make a folder for what the demo stores"),
        "{said}"
    );
}
