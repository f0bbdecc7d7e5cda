//! The key-value store, and what a host checks before it sends anything.

use std::time::Duration;

use envoy_client::{Entry, Error, Keys, List, Storage, Version};

use crate::actor::{options, probe, sql_error};
use crate::server::VERSIONS;
use crate::told::until;

#[tokio::test]
async fn keys_are_put_got_listed_and_deleted() {
    for version in VERSIONS {
        let (_server, _told, mut running) = probe(version, options(Storage::None)).await;
        let context = running.context().await;
        let kv = context.kv();
        kv.put_many(&[("a1", "1"), ("a2", "2"), ("b1", "3")])
            .await
            .expect("they are put");
        assert_eq!(
            kv.get("a2").await.expect("it is read").as_deref(),
            Some(&b"2"[..])
        );
        let many = kv
            .get_many(&["b1", "none", "a1"])
            .await
            .expect("they are read");
        let many: Vec<_> = many.iter().map(Option::as_deref).collect();
        assert_eq!(many, [Some(&b"3"[..]), None, Some(b"1")]);
        let keys = |entries: Vec<Entry>| -> Vec<_> {
            entries
                .into_iter()
                .map(|entry| String::from_utf8_lossy(&entry.key).into_owned())
                .collect()
        };
        for (list, found) in [
            (List::all(), vec!["a1", "a2", "b1"]),
            (List::all().descending().limit(2), vec!["b1", "a2"]),
            (List::prefix(b"a"), vec!["a1", "a2"]),
            (List::range(b"a1", b"a2"), vec!["a1"]),
        ] {
            assert_eq!(
                keys(kv.list(list.clone()).await.expect("a list")),
                found,
                "{list:?}"
            );
        }
        let mut inclusive = List::all();
        inclusive.keys = Keys::RangeInclusive(b"a2", b"b1");
        assert_eq!(
            keys(kv.list(inclusive).await.expect("a list")),
            ["a2", "b1"]
        );
        kv.delete("a1").await.expect("it is deleted");
        kv.delete_range("b", "c").await.expect("they are deleted");
        assert_eq!(keys(kv.list(List::all()).await.expect("a list")), ["a2"]);
        kv.clear().await.expect("all are deleted");
        assert_eq!(kv.list(List::all()).await.expect("a list"), []);
    }
}

#[tokio::test]
async fn what_is_too_much_for_one_request_goes_in_several() {
    let (server, _told, mut running) = probe(Version::V5, options(Storage::None)).await;
    let context = running.context().await;
    let kv = context.kv();
    let many: Vec<_> = (0..300)
        .map(|number| (format!("{number:03}"), "v"))
        .collect();
    kv.put_many(&many).await.expect("they are put");
    assert_eq!(server.seen().kv, 3, "128 keys at a time");
    let keys: Vec<_> = many.iter().map(|(key, _)| key).collect();
    let values = kv.get_many(&keys).await.expect("they are read");
    assert!(values.iter().all(Option::is_some));
    assert_eq!(server.seen().kv, 6);
    kv.delete_many(&keys).await.expect("they are deleted");
    assert_eq!(server.seen().kv, 9);
    let large: Vec<_> = (0..20)
        .map(|number| (format!("{number}"), vec![0; 128 << 10]))
        .collect();
    kv.put_many(&large).await.expect("they are put");
    assert_eq!(server.seen().kv, 12, "7 values of 128 KiB at a time");
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_any_more_is_not_made() {
    let (server, _told, mut running) = probe(Version::V5, options(Storage::None)).await;
    let context = running.context().await;
    server.script().refusing = true;
    server.cut();
    until("no connection", || running.host.connected().is_none()).await;
    let put = context.kv().put("k", "v");
    let waited = tokio::time::timeout(Duration::from_millis(50), put).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(running.host.stats().requests, 0);
    server.script().refusing = false;
    assert_eq!(context.kv().get("k").await.expect("it is read"), None);
}

#[tokio::test]
async fn sql_that_no_frame_holds_is_refused_at_once_and_costs_no_connection() {
    const FRAME: usize = 32 << 20;
    for version in VERSIONS {
        let (server, _told, mut running) = probe(version, options(Storage::Remote)).await;
        let sql = running.context().await.sql().clone();
        let before = server.seen().sql;
        let error = sql
            .exec(" ".repeat(FRAME))
            .await
            .expect_err("it is larger than a frame");
        assert_eq!((error.group(), error.code()), ("sqlite", "too_large"));
        assert!(error.to_string().contains(&FRAME.to_string()), "{error}");
        assert_eq!(server.seen().sql, before, "it was not sent");
        assert_eq!(server.connections(), 1, "it was not tried on another one");
    }
}

#[tokio::test]
async fn what_no_server_takes_is_not_sent() {
    let (server, _told, mut running) = probe(Version::V5, options(Storage::None)).await;
    let context = running.context().await;
    let kv = context.kv();
    let long = vec![b'k'; 2049];
    for error in [
        kv.get(&long).await.expect_err("too long"),
        kv.put_many(&[(&b"k"[..], &b"v"[..]), (&long, b"v")])
            .await
            .expect_err("too long"),
        kv.put("k", vec![0; (128 << 10) + 1])
            .await
            .expect_err("too large"),
        kv.delete(&long).await.expect_err("too long"),
        kv.delete_range(&long, "z").await.expect_err("too long"),
        kv.list(List::prefix(&long)).await.expect_err("too long"),
    ] {
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        assert_eq!((error.group(), error.code()), ("actor", "too_large"));
    }
    assert_eq!(server.seen().kv, 0, "not even in part");
    let error = sql_error(&context, "SELECT 1").await;
    assert_eq!((error.group(), error.code()), ("sqlite", "unavailable"));
}

#[tokio::test]
async fn a_host_says_what_is_wrong_with_its_configuration() {
    let wrong = [
        (envoy_client::host("nowhere"), "invalid_endpoint"),
        (
            envoy_client::host("http://127.0.0.1:1").pool(""),
            "invalid_name",
        ),
    ];
    for (host, code) in wrong {
        let Err(error) = host.start().await else {
            panic!("expected {code}");
        };
        assert_eq!((error.group(), error.code()), ("host", code));
    }
}

/// It would be tried for ever.
#[tokio::test]
async fn a_host_without_tls_says_so_of_an_address_that_asks_for_it() {
    // Others may build this together with what has TLS; then it connects, and only the pool cannot be made.
    let has_tls = cfg!(any(
        feature = "tls-native-roots",
        feature = "tls-webpki-roots"
    ));
    for address in ["https://127.0.0.1:1", "wss://127.0.0.1:1"] {
        let host = envoy_client::host(address).make_pool();
        let Err(error) = host.start().await else {
            panic!("expected an error, but found a host");
        };
        let code = if has_tls { "no_pool" } else { "no_tls" };
        assert_eq!((error.group(), error.code()), ("host", code));
        assert!(error.to_string().contains(address), "{error}");
        if !has_tls {
            let Err(error) = envoy_client::host(address).start().await else {
                panic!("expected an error, but found a host");
            };
            assert_eq!(error.code(), "no_tls");
        }
    }
}
