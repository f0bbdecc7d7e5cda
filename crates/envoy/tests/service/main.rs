//! `envoy gateway`, `envoy host` and `envoy demo`, as processes.

mod ends;
mod process;
mod starts;

use std::process::Command;
use std::time::{Duration, Instant};

use process::{ENVOY, actor, gateway, gateway_with, host, http, sql};

fn keeps_what_was_put(version: &str, more: &[&str]) {
    let data = tempfile::tempdir().expect("a folder");
    let store = data.path().join("store");
    let (server, gateway) = gateway(&store, None);
    let mut arguments = vec!["--version", version];
    arguments.extend(more);
    let host = host(&gateway, &arguments, None);
    let at = format!("/gateway/{}", actor(&gateway));

    assert_eq!(http(&gateway, &format!("GET {at}/a%20key"), "").0, 404);
    assert_eq!(
        http(&gateway, &format!("PUT {at}/a%20key"), "a value").0,
        204
    );
    assert_eq!(http(&gateway, &format!("PUT {at}/b"), "another").0, 204);
    assert_eq!(
        http(&gateway, &format!("GET {at}/a%20key"), ""),
        (200, "a value".to_owned())
    );
    assert_eq!(
        http(&gateway, &format!("GET {at}/"), ""),
        (200, "a key\nb\n".to_owned())
    );
    assert_eq!(http(&gateway, &format!("DELETE {at}/b"), "").0, 204);
    assert_eq!(
        http(&gateway, &format!("GET {at}/"), ""),
        (200, "a key\n".to_owned())
    );

    let asked = r#"{"sql":"SELECT ?, key, value FROM entry","params":[1.5]}"#;
    let rows = serde_json::json!({
        "columns": ["?", "key", "value"],
        "rows": [[1.5, "a key", { "hex": "612076616c7565" }]],
    });
    assert_eq!(sql(&gateway, &at, asked), rows);
    let asked = r#"{"sql":"UPDATE entry SET value = ?","params":[{"hex":"ff00"}]}"#;
    let changes = serde_json::json!({ "columns": [], "rows": [], "changes": 1 });
    assert_eq!(sql(&gateway, &at, asked), changes);
    let (status, body) = http(&gateway, &format!("POST {at}/sql"), r#"{"sql":"SELECTT"}"#);
    // A v4 server's errors have no code, so a v4 host cannot tell what SQLite refused from what may go better later.
    let is_told = version != "4" || more.is_empty();
    assert_eq!(status, if is_told { 409 } else { 503 }, "{body}");
    assert!(body.contains("syntax error"), "{body}");
    let (status, body) = http(&gateway, &format!("POST {at}/sql"), "SELECT 1");
    assert_eq!(status, 400, "{body}");

    host.terminate();
    server.terminate();
}

#[test]
fn a_v5_host_keeps_what_was_put() {
    keeps_what_was_put("5", &[]);
}

#[test]
fn a_v4_host_keeps_what_was_put() {
    keeps_what_was_put("4", &[]);
}

#[test]
fn a_host_whose_sql_runs_at_the_server_keeps_what_was_put() {
    keeps_what_was_put("5", &["--remote-sql"]);
    keeps_what_was_put("4", &["--remote-sql"]);
}

/// With the time that is waited by default the request would take 15 s.
#[test]
fn the_actors_of_a_killed_host_are_elsewhere_after_the_time_that_was_set() {
    let data = tempfile::tempdir().expect("a folder");
    let store = data.path().join("store");
    let (_server, gateway) = gateway_with(&store, None, &["--host-lost", "1"]);
    let killed = host(&gateway, &[], None);
    let at = format!("/gateway/{}", actor(&gateway));
    assert_eq!(http(&gateway, &format!("PUT {at}/k"), "kept").0, 204);
    let _other = host(&gateway, &[], None);
    let since = Instant::now();
    drop(killed);
    assert_eq!(
        http(&gateway, &format!("GET {at}/k"), ""),
        (200, "kept".to_owned())
    );
    let took = since.elapsed();
    assert!(took < Duration::from_secs(12), "it took {took:?}");
}

/// Both hosts have room, and without a number the one with fewer actors would be taken.
#[test]
fn actors_are_started_on_the_newest_deployment() {
    let data = tempfile::tempdir().expect("a folder");
    let (_server, gateway) = gateway(&data.path().join("store"), None);
    let _new = host(&gateway, &["--deployment", "2", "--version", "4"], None);
    let at = format!("/gateway/{}", actor(&gateway));
    assert_eq!(http(&gateway, &format!("PUT {at}/k"), "v").0, 204);
    let _old = host(&gateway, &["--version", "5"], None);
    let hosts = || http(&gateway, "GET /envoys?namespace=default", "").1;
    let until = Instant::now() + Duration::from_secs(30);
    while hosts().matches("envoy_key").count() < 2 {
        assert!(Instant::now() < until, "the host was not taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    for key in ["b", "c"] {
        let new = format!(
            r#"{{"name":"kv","key":"{key}","runner_name_selector":"default","crash_policy":"sleep"}}"#
        );
        let (status, body) = http(&gateway, "POST /actors?namespace=default", &new);
        assert_eq!(status, 200, "{body}");
        let json: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let id = json["actor"]["actor_id"].as_str().expect("an id");
        assert_eq!(http(&gateway, &format!("GET /gateway/{id}/"), "").0, 200);
    }
    let hosts: serde_json::Value = serde_json::from_str(&hosts()).expect("JSON");
    let hosts = hosts["envoys"].as_array().expect("hosts").clone();
    let slots = |protocol: u64| {
        let found = hosts
            .iter()
            .find(|host| host["protocol_version"] == protocol);
        found.and_then(|host| host["slots"].as_u64())
    };
    assert_eq!((slots(4), slots(5)), (Some(3), Some(0)), "{hosts:?}");
}

#[test]
fn a_token_is_asked_for_and_taken_from_the_environment() {
    let data = tempfile::tempdir().expect("a folder");
    let (_server, gateway) = gateway(&data.path().join("store"), Some("sekret"));
    let (status, body) = http(&gateway, "GET /envoys?namespace=default", "");
    assert_eq!(status, 403, "{body}");
    let _host = host(&gateway, &[], Some("sekret"));
    let asked = "GET /envoys?namespace=default HTTP/1.1\r\nauthorization: Bearer sekret\r\nx-rest:";
    let until = Instant::now() + Duration::from_secs(30);
    while !http(&gateway, asked, "").1.contains("envoy_key") {
        assert!(Instant::now() < until, "the host was not taken");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_backup_is_made_while_the_gateway_serves_and_can_be_served() {
    let data = tempfile::tempdir().expect("a folder");
    let store = data.path().join("store");
    let (server, first) = gateway(&store, None);
    let serving = host(&first, &[], None);
    let at = format!("/gateway/{}", actor(&first));
    assert_eq!(http(&first, &format!("PUT {at}/k"), "before").0, 204);

    let copy = data.path().join("copy");
    let backup = |from: &std::path::Path| {
        Command::new(ENVOY)
            .args(["gateway", "backup", "--data"])
            .arg(from)
            .arg(&copy)
            .output()
            .expect("it runs")
    };
    let made = backup(&store);
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let again = backup(&store);
    assert_eq!(
        again.status.code(),
        Some(1),
        "what is there is not written over"
    );
    assert_eq!(
        http(&first, &format!("PUT {at}/k"), "after").0,
        204,
        "it serves on"
    );
    serving.terminate();
    server.terminate();

    let (_server, second) = gateway(&copy, None);
    let _serving = host(&second, &[], None);
    assert_eq!(
        http(&second, &format!("GET {at}/k"), ""),
        (200, "before".to_owned())
    );
}

#[test]
fn a_backup_of_what_is_no_store_makes_none() {
    let data = tempfile::tempdir().expect("a folder");
    let nothing = data.path().join("nothing");
    let empty = data.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let copy = data.path().join("copy");
    for folder in [&nothing, &empty] {
        let made = Command::new(ENVOY)
            .args(["gateway", "backup", "--data"])
            .args([folder, &copy])
            .output()
            .expect("it runs");
        assert_eq!(made.status.code(), Some(1));
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(said.contains("expected the folder of a store"), "{said}");
        assert!(!copy.exists());
    }
    assert!(!nothing.exists());
    let left = std::fs::read_dir(&empty).expect("a folder").count();
    assert_eq!(left, 0, "in the empty folder");
}

#[test]
fn the_demo_loses_nothing_and_stops_each_stale_instance_once() {
    let played = Command::new(ENVOY).arg("demo").output().expect("it runs");
    let story = String::from_utf8_lossy(&played.stdout);
    assert!(
        played.status.success(),
        "{story}\n{}",
        String::from_utf8_lossy(&played.stderr)
    );
    assert!(
        story.contains("each stale instance was stopped once"),
        "{story}"
    );
    assert!(
        story.contains("fenced: another head than it believes in"),
        "{story}"
    );
}
