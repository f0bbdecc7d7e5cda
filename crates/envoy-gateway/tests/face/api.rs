//! The API: the shapes that clients of a real engine know.

use std::time::{Duration, Instant};

use bytes::Bytes;
use envoy_protocol::latest::{
    KvPutRequest, KvRequestData, ToRivet, ToRivetKvRequest, ToRivetMetadata,
};
use http::Method;
use serde_json::{Value, json};

use crate::support::{
    Client, Host, PATIENCE, POOL, VERSIONS, builder, error, gateway, new_actor, parsed, started,
    world,
};

const ACTORS: &str = "/actors?namespace=default";

#[tokio::test]
async fn says_that_it_is_well_and_what_it_is() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    let health = client.get("/health").await;
    assert_eq!(health.status(), 200);
    assert_eq!(health.headers()["content-type"], "application/json");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        parsed(&health),
        json!({ "runtime": "engine", "status": "ok", "version": version })
    );
    let metadata = parsed(&client.get("/metadata?namespace=default").await);
    assert_eq!(metadata["runtime"], "engine");
    assert_eq!(metadata["envoy_protocol_version"], 5);
    let datacenters = parsed(&client.get("/datacenters?namespace=default").await);
    assert_eq!(
        datacenters,
        json!({
            "datacenters": [{ "label": 1, "name": "default", "url": "http://here/" }],
            "pagination": { "cursor": null },
        })
    );
}

#[tokio::test]
async fn puts_and_lists_pools() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    let put = |path: &'static str, body: Value| {
        let client = client.clone();
        async move { client.call(Method::PUT, path, body).await }
    };
    let path = "/runner-configs/a%20pool?namespace=default";
    let config =
        json!({ "datacenters": { "default": { "drain_on_version_upgrade": true, "normal": {} } } });
    assert_eq!(
        put(path, config.clone()).await,
        (200, json!({ "endpoint_config_changed": true }))
    );
    assert_eq!(
        put(path, config).await,
        (200, json!({ "endpoint_config_changed": false }))
    );
    let (status, listed) = client
        .call(
            Method::GET,
            "/runner-configs?namespace=default",
            json!(null),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        listed,
        json!({
            "runner_configs": {
                "a pool": { "datacenters": { "default": {
                    "drain_on_version_upgrade": true, "normal": {}, "protocol_version": null,
                } } },
                POOL: { "datacenters": { "default": { "normal": {}, "protocol_version": null } } },
            },
            "pagination": { "cursor": null },
        })
    );
    let _host = Host::connect(&gateway, "host", VERSIONS[0]).await;
    let path = format!("/runner-configs?namespace=default&runner_names={POOL}");
    let listed = parsed(&client.get(&path).await);
    let pools = listed["runner_configs"].as_object().expect("it is one");
    assert_eq!(pools.len(), 1);
    assert_eq!(pools[POOL]["datacenters"]["default"]["protocol_version"], 4);

    for (path, body, code) in [
        (
            "/runner-configs/p",
            json!({ "datacenters": {} }),
            "bad_request",
        ),
        (
            "/runner-configs/p?namespace=nope",
            json!({ "datacenters": {} }),
            "not_found",
        ),
        (
            "/runner-configs/p?namespace=default&x=1",
            json!({ "datacenters": {} }),
            "bad_request",
        ),
        (
            "/runner-configs/p?namespace=default",
            json!({ "datacenters": {} }),
            "invalid_input",
        ),
        (
            "/runner-configs/p?namespace=default",
            json!({ "datacenters": { "nodc": { "normal": {} } } }),
            "not_found",
        ),
        (
            "/runner-configs/p?namespace=default",
            json!({ "datacenters": { "default": { "serverless": {} } } }),
            "bad_request",
        ),
        (
            "/runner-configs/p%00?namespace=default",
            json!({ "datacenters": { "default": { "normal": {} } } }),
            "invalid_input",
        ),
        (
            "/runner-configs/p?namespace=default",
            json!({ "datacenters": {}, "more": 1 }),
            "bad_request",
        ),
    ] {
        let (status, answer) = put(path, body).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (400, Some(code)),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn creates_an_actor_and_shows_it() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    let (status, answer) = client
        .call(Method::POST, ACTORS, new_actor(Some("k-1")))
        .await;
    assert_eq!(status, 200, "{answer}");
    let actor = &answer["actor"];
    assert_eq!(actor["name"], "thingy");
    assert_eq!(actor["key"], "k-1");
    assert_eq!(actor["datacenter"], "default");
    assert_eq!(actor["runner_name_selector"], POOL);
    assert_eq!(actor["crash_policy"], "sleep");
    assert!(
        actor["create_ts"]
            .as_i64()
            .is_some_and(|ts| ts > 1_700_000_000_000),
        "{actor}"
    );
    let id = actor["actor_id"].as_str().expect("it has one");
    assert_eq!(id.len(), 30);
    let fields = [
        "actor_id",
        "connectable_ts",
        "create_ts",
        "crash_policy",
        "datacenter",
        "destroy_ts",
        "key",
        "name",
        "namespace_id",
        "pending_allocation_ts",
        "reschedule_ts",
        "runner_name_selector",
        "sleep_ts",
        "start_ts",
    ];
    for field in fields {
        assert!(actor.get(field).is_some(), "{field} in {actor}");
    }
    // The same name and key is the same actor to who wants it, and a refusal to who wants a new one.
    let (status, again) = client
        .call(Method::PUT, ACTORS, new_actor(Some("k-1")))
        .await;
    assert_eq!(
        (
            status,
            &again["created"],
            again["actor"]["actor_id"].as_str()
        ),
        (200, &json!(false), Some(id))
    );
    let (status, other) = client
        .call(Method::PUT, ACTORS, new_actor(Some("k-2")))
        .await;
    assert_eq!((status, &other["created"]), (200, &json!(true)));
    let (status, refused) = client
        .call(Method::POST, ACTORS, new_actor(Some("k-1")))
        .await;
    assert_eq!(
        (status, refused),
        (
            400,
            json!({
                "group": "actor",
                "code": "duplicate_key",
                "message": format!("Actor key 'k-1' already in use for actor '{id}'"),
                "metadata": { "existing_actor_id": id, "key": "k-1" },
            })
        )
    );
}

#[tokio::test]
async fn lists_actors_by_name_and_key_page_by_page() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    for key in ["k-1", "k-2"] {
        client
            .call(Method::POST, ACTORS, new_actor(Some(key)))
            .await;
    }
    let listed = |query: &'static str| {
        let client = client.clone();
        async move {
            let answer = parsed(&client.get(&format!("{ACTORS}{query}")).await);
            let actors = answer["actors"].as_array().cloned().unwrap_or_default();
            let keys = actors
                .iter()
                .map(|actor| actor["key"].as_str().unwrap_or_default().to_owned());
            (
                keys.collect::<Vec<_>>(),
                answer["pagination"]["cursor"].clone(),
            )
        }
    };
    let mut both = listed("&name=thingy").await.0;
    both.sort();
    assert_eq!(both, ["k-1", "k-2"]);
    assert_eq!(listed("&name=thingy&key=k-1").await.0, ["k-1"]);
    assert_eq!(listed("&name=nobody").await.0, Vec::<String>::new());
    // Page by page.
    let (first, cursor) = listed("&name=thingy&limit=1").await;
    let cursor = cursor.as_str().expect("there is more");
    let second = parsed(
        &client
            .get(&format!("{ACTORS}&name=thingy&limit=1&cursor={cursor}"))
            .await,
    );
    let second = second["actors"][0]["key"]
        .as_str()
        .expect("there is one")
        .to_owned();
    let mut pages = [first[0].clone(), second];
    pages.sort();
    assert_eq!(pages, ["k-1", "k-2"]);
}

#[tokio::test]
async fn lists_destroyed_actors_between_the_others_for_who_asks_for_them() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    let mut created = Vec::new();
    for _ in 0..5 {
        created.push(client.actor().await);
        // So that their order is that of their creation.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for actor in [&created[1], &created[4]] {
        let path = format!("/actors/{actor}?namespace=default");
        let (status, _) = client.call(Method::DELETE, &path, json!(null)).await;
        assert_eq!(status, 200);
    }
    let listed = async |more: &str| {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{ACTORS}&name=thingy&limit=2{more}{cursor}");
            let page = parsed(&client.get(&path).await);
            let actors = page["actors"].as_array().cloned().unwrap_or_default();
            assert!(actors.len() <= 2, "{page}");
            let Some(next) = page["pagination"]["cursor"].as_str() else {
                return found;
            };
            cursor = format!("&cursor={next}");
            let ids = actors.iter().filter_map(|actor| actor["actor_id"].as_str());
            found.extend(ids.map(str::to_owned));
        }
    };
    let newest_first: Vec<String> = created.iter().rev().cloned().collect();
    assert_eq!(listed("&include_destroyed=true").await, newest_first);
    let alive = [&created[3], &created[2], &created[0]].map(String::clone);
    assert_eq!(listed("").await, alive);
}

#[tokio::test]
async fn refuses_actors_that_cannot_be() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    let with = |field: &str, value: Value| {
        let mut actor = new_actor(Some("key"));
        actor[field] = value;
        actor
    };
    let without = |field: &str| {
        let mut actor = new_actor(Some("key"));
        actor.as_object_mut().expect("it is one").remove(field);
        actor
    };
    for (body, name) in [
        (
            with("runner_name_selector", json!("nope")),
            "actor.no_runner_config_configured",
        ),
        (with("key", json!("")), "actor.empty_key"),
        (with("key", json!("a\0b")), "validation.invalid_input"),
        (
            with("key", json!("x".repeat(513))),
            "validation.invalid_input",
        ),
        (with("name", json!("")), "validation.invalid_input"),
        (with("name", json!("a\0b")), "validation.invalid_input"),
        (with("input", json!("%%%")), "validation.invalid_input"),
        (with("datacenter", json!("nodc")), "datacenter.not_found"),
        (with("crash_policy", json!("bogus")), "api.bad_request"),
        (with("foo", json!(1)), "api.bad_request"),
        (without("crash_policy"), "api.bad_request"),
        (without("name"), "api.bad_request"),
        (without("runner_name_selector"), "api.bad_request"),
    ] {
        let said = body.to_string();
        let (status, answer) = client.call(Method::POST, ACTORS, body).await;
        let found = format!(
            "{}.{}",
            answer["group"].as_str().unwrap_or(""),
            answer["code"].as_str().unwrap_or("")
        );
        assert_eq!((status, found.as_str()), (400, name), "{said}");
    }
    let (status, answer) = client.call(Method::PUT, ACTORS, without("key")).await;
    assert_eq!((status, &answer["code"]), (400, &json!("bad_request")));
    for (path, code) in [
        ("/actors", "bad_request"),
        ("/actors?namespace=nope&name=x", "not_found"),
        (ACTORS, "invalid_input"),
        ("/actors?namespace=default&name=x&bogus=1", "bad_request"),
        ("/actors?namespace=default&name=x&limit=many", "bad_request"),
        ("/actors?namespace=default&name=x&cursor=x", "bad_request"),
    ] {
        let answer = client.get(path).await;
        assert_eq!(
            (answer.status().as_u16(), &parsed(&answer)["code"]),
            (400, &json!(code)),
            "{path}"
        );
    }
    // A page in a browser could send this without being asked.
    let plain = client.clone().with("content-type", "text/plain");
    let answer = plain
        .send(Method::POST, ACTORS, new_actor(None).to_string())
        .await;
    assert_eq!(
        parsed(&answer)["message"],
        "Request is invalid: Expected request with `Content-Type: application/json`"
    );
}

#[tokio::test]
async fn knows_its_paths_and_their_methods() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    for path in [
        "/",
        "/nope",
        "/gateway",
        "/gateway/",
        "/actors/a/b",
        "//health",
    ] {
        let answer = client.get(path).await;
        assert_eq!(error(&answer), (404, "api.not_found".into()), "{path}");
    }
    for (method, path, allowed) in [
        (Method::PATCH, "/actors", "GET,HEAD,POST,PUT"),
        (Method::POST, "/health", "GET,HEAD"),
        (Method::GET, "/actors/x", "DELETE"),
        (Method::GET, "/actors/x/sleep", "POST"),
        (Method::DELETE, "/runner-configs/p", "PUT"),
    ] {
        let answer = client.send(method, path, Bytes::new()).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &http::HeaderValue::from_static(allowed)),
            "{path}"
        );
    }
    let head = client.send(Method::HEAD, "/health", Bytes::new()).await;
    assert_eq!((head.status().as_u16(), head.body().len()), (200, 0));
    let plain = client.get("/envoys/connect").await;
    assert_eq!(&plain.body()[..], b"pegboard-envoy WebSocket endpoint");
    assert_eq!(
        (plain.status().as_u16(), &plain.headers()["content-type"]),
        (200, &http::HeaderValue::from_static("text/plain"))
    );
}

#[tokio::test]
async fn lists_hosts_and_names() {
    for version in VERSIONS {
        let gateway = gateway().await;
        let client = Client::of(&gateway);
        let envoys = "/envoys?namespace=default";
        assert_eq!(
            parsed(&client.get(envoys).await),
            json!({ "envoys": [], "pagination": { "cursor": null } })
        );
        let host = Host::connect(&gateway, "host-1", version).await;
        let names = [(
            "counter".to_owned(),
            envoy_protocol::latest::ActorName {
                metadata: "{\"a\":1}".to_owned(),
            },
        )];
        host.tell(ToRivet::ToRivetMetadata(ToRivetMetadata {
            prepopulate_actor_names: envoy_protocol::bare::Map::from_entries(names.into()).ok(),
            metadata: Some("{\"rivetkit\":{\"version\":\"1\"}}".to_owned()),
        }));
        let began = Instant::now();
        let listed = loop {
            assert!(began.elapsed() < PATIENCE, "it never says so");
            let listed = parsed(&client.get(envoys).await);
            if !listed["envoys"][0]["metadata"].is_null() {
                break listed;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let envoy = &listed["envoys"][0];
        assert_eq!(envoy["envoy_key"], "host-1");
        assert_eq!(envoy["pool_name"], POOL);
        assert_eq!(envoy["version"], 1);
        assert_eq!(envoy["protocol_version"], version.number());
        assert_eq!(envoy["metadata"]["rivetkit"]["version"], "1");
        let other = parsed(&client.get("/envoys?namespace=default&name=services").await);
        assert_eq!(other["envoys"], json!([]));
        let names = parsed(&client.get("/actors/names?namespace=default").await);
        assert_eq!(names["names"]["counter"], json!({ "metadata": { "a": 1 } }));
        assert_eq!(names["pagination"]["cursor"], "counter");
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn what_a_host_says_of_itself_is_remembered_within_bounds() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    let host = Host::connect(&gateway, "host-1", VERSIONS[1]).await;
    let long = format!("\"{}\"", "x".repeat(64 << 10));
    let tell = |metadata: &str, name: &str, about: &str| {
        let metadata_of_name = envoy_protocol::latest::ActorName {
            metadata: about.to_owned(),
        };
        let names = vec![(name.to_owned(), metadata_of_name)];
        host.tell(ToRivet::ToRivetMetadata(ToRivetMetadata {
            prepopulate_actor_names: envoy_protocol::bare::Map::from_entries(names).ok(),
            metadata: Some(metadata.to_owned()),
        }));
    };
    tell("\"first\"", "first", "1");
    tell(&long, "long", &long);
    tell(&long, &long, "2");
    tell(&long, "last", "3");
    let names = "/actors/names?namespace=default";
    let began = Instant::now();
    let listed = loop {
        assert!(began.elapsed() < PATIENCE, "the last is not there");
        let listed = parsed(&client.get(names).await)["names"].clone();
        if !listed["last"].is_null() {
            break listed;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let expected = json!({ "first": { "metadata": 1 }, "last": { "metadata": 3 } });
    assert_eq!(listed, expected);
    let hosts = parsed(&client.get("/envoys?namespace=default").await);
    assert_eq!(hosts["envoys"][0]["metadata"], "first");
}

#[tokio::test]
async fn shows_a_value_of_an_actor() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        host.command().await;
        host.tell(ToRivet::ToRivetKvRequest(ToRivetKvRequest {
            actor_id: actor.clone(),
            request_id: 1,
            data: KvRequestData::KvPutRequest(KvPutRequest {
                keys: vec![b"a\xff".to_vec()],
                values: vec![b"\0value".to_vec()],
            }),
        }));
        let path = format!("/actors/{actor}/kv/keys/Yf8=?namespace=default");
        let began = Instant::now();
        let answer = loop {
            assert!(began.elapsed() < PATIENCE, "it is never there");
            let answer = client.get(&path).await;
            if answer.status() == 200 {
                break parsed(&answer);
            }
            assert_eq!(error(&answer), (400, "actor.kv_key_not_found".into()));
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!(answer["value"], "AHZhbHVl");
        assert!(
            answer["update_ts"]
                .as_i64()
                .is_some_and(|ts| ts > 1_700_000_000_000),
            "{answer}"
        );
        let path = format!("/actors/{actor}/kv/keys/%25%25?namespace=default");
        assert_eq!(
            error(&client.get(&path).await).1,
            "validation.invalid_input"
        );
        let path = "/actors/nobody/kv/keys/YQ==?namespace=default";
        assert_eq!(error(&client.get(path).await).1, "actor.not_found");
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn the_api_is_for_who_has_the_token() {
    let token = "s3cret.token";
    let gateway = builder().token(token).start().await.expect("it starts");
    let anybody = Client::of(&gateway);
    for path in [
        "/actors?namespace=default&name=x",
        "/envoys?namespace=default",
        "/metrics",
        "/datacenters",
        "/nope",
    ] {
        let answer = anybody.get(path).await;
        assert_eq!(error(&answer), (403, "api.forbidden".into()), "{path}");
        assert_eq!(
            parsed(&answer),
            json!({
                "group": "api",
                "code": "forbidden",
                "message": "Access denied: Token not provided",
                "metadata": { "reason": "Token not provided" },
            })
        );
        let wrong = anybody
            .clone()
            .with("authorization", "Bearer s3cret.tokeN")
            .get(path)
            .await;
        assert_eq!(parsed(&wrong)["message"], "Access denied: Invalid token");
    }
    for path in ["/health", "/metadata"] {
        assert_eq!(anybody.get(path).await.status(), 200, "{path}");
    }
    let owner = anybody.clone().with("authorization", "Bearer s3cret.token");
    owner.pool(POOL).await;
    assert_eq!(owner.get("/metrics").await.status(), 200);
    // Actors are for everybody, where nothing else is said.
    assert_eq!(
        error(&anybody.get("/gateway/nobody/").await).1,
        "actor.not_found"
    );
}

#[tokio::test]
async fn callers_of_actors_show_their_token_where_there_is_one() {
    let gateway = started(builder().caller_token("caller")).await;
    let client = Client::of(&gateway);
    let by_key = "/gateway/thingy/?rvt-namespace=default&rvt-method=get&rvt-key=k";
    for path in [
        "/gateway/nobody/",
        "/gateway/nobody@Caller/",
        by_key,
        &format!("{by_key}&rvt-token=x"),
    ] {
        assert_eq!(error(&client.get(path).await).1, "api.forbidden", "{path}");
    }
    for path in [
        "/gateway/nobody@caller/",
        "/gateway/nobody@c%61ller",
        &format!("{by_key}&rvt-token=caller"),
    ] {
        assert_eq!(
            error(&client.get(path).await).1,
            "actor.not_found",
            "{path}"
        );
    }
    let with_header = client.clone().with("x-rivet-token", "caller");
    assert_eq!(
        error(&with_header.get("/gateway/nobody/").await).1,
        "actor.not_found"
    );
    let by_header = client
        .with("x-rivet-target", "actor")
        .with("x-rivet-actor", "nobody");
    assert_eq!(error(&by_header.get("/request").await).1, "api.forbidden");
    let by_header = by_header.with("x-rivet-token", "caller");
    assert_eq!(error(&by_header.get("/request").await).1, "actor.not_found");
}

#[tokio::test]
async fn metrics_count_what_was_done() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    let mut host = Host::connect(&gateway, "host", VERSIONS[1]).await;
    let asking = client.ask(&client.actor().await);
    let (id, _) = host.request().await;
    host.respond(&id, 201, b"");
    asking.await.expect("it is answered");
    client.get("/gateway/nobody/").await;
    let metrics = client.get("/metrics").await;
    assert_eq!(
        metrics.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    for (line, value) in [
        ("envoy_gateway_ready", 1.0),
        ("envoy_gateway_hosts", 1.0),
        (
            "envoy_gateway_requests_total{route=\"actor\",status=\"201\"}",
            1.0,
        ),
        (
            "envoy_gateway_requests_total{route=\"actor\",status=\"404\"}",
            1.0,
        ),
        ("envoy_gateway_errors_total{code=\"actor.not_found\"}", 1.0),
        ("envoy_gateway_response_start_seconds_count", 1.0),
        ("envoy_gateway_requests_in_flight", 0.0),
    ] {
        assert_eq!(client.metric(line).await, Some(value), "{line}");
    }
}
