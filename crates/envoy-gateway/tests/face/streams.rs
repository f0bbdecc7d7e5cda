//! Responses that come in chunks.

use std::time::Duration;

use bytes::Bytes;
use envoy_gateway::Limits;
use envoy_protocol::latest::{MessageId, ToRivetTunnelMessageKind as FromHost};
use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::support::{
    Client, Host, PATIENCE, VERSIONS, beginning, builder, chunk, last, response, started, stopped,
    world, world_over,
};

/// A response that has begun at the host with this.
async fn begun(
    client: &Client,
    host: &mut Host,
    actor: &str,
    head: FromHost,
) -> (MessageId, Response<Incoming>) {
    let asking = {
        let (client, path) = (client.clone(), format!("/gateway/{actor}/"));
        tokio::spawn(async move { client.begin(http::Method::GET, &path, Bytes::new()).await })
    };
    let (id, _) = host.request().await;
    host.say(&id, 0, head);
    let response = asking
        .await
        .expect("it is answered")
        .expect("it has a head");
    (id, response)
}

/// The next octets.
async fn next(response: &mut Response<Incoming>) -> Option<Result<Bytes, hyper::Error>> {
    let frame = timeout(PATIENCE, response.frame())
        .await
        .expect("something comes");
    frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default()))
}

/// The rest of a body that ends as it should not.
async fn is_cut(response: Response<Incoming>) -> bool {
    let rest = timeout(PATIENCE, response.collect()).await;
    rest.expect("it ends").is_err()
}

#[tokio::test]
async fn chunks_reach_the_caller_as_they_come() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (id, mut answer) = begun(
            &client,
            &mut host,
            &actor,
            beginning(&[("x-a", "b")], b"one"),
        )
        .await;
        assert_eq!(answer.headers()["x-a"], "b");
        assert!(!answer.headers().contains_key("content-length"));
        assert_eq!(
            next(&mut answer).await.and_then(Result::ok),
            Some(Bytes::from_static(b"one"))
        );
        host.say(&id, 1, chunk(b"two"));
        assert_eq!(
            next(&mut answer).await.and_then(Result::ok),
            Some(Bytes::from_static(b"two"))
        );
        // A repetition is none, and an empty chunk is nothing.
        host.say(&id, 1, chunk(b"two"));
        host.say(&id, 2, chunk(b""));
        host.say(&id, 3, last(b"three"));
        assert_eq!(
            next(&mut answer).await.and_then(Result::ok),
            Some(Bytes::from_static(b"three"))
        );
        assert!(next(&mut answer).await.is_none());
        assert!(
            host.hears_nothing(Duration::from_millis(50)).await,
            "there is nothing to abort"
        );
        assert_eq!(
            client.metric("envoy_gateway_requests_in_flight").await,
            Some(0.0)
        );
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn more_chunks_than_there_are_positions_come_in_their_order() {
    let (_gateway, mut host, client, actor) = world(VERSIONS[0]).await;
    let (id, answer) = begun(&client, &mut host, &actor, beginning(&[], b"")).await;
    let reading = tokio::spawn(answer.collect());
    let mut expected = Vec::new();
    for at in 1..70_000_u32 {
        let octets = at.to_le_bytes();
        expected.extend_from_slice(&octets);
        let index = u16::try_from(at % (1 << 16)).expect("it is");
        host.say(&id, index, chunk(&octets));
    }
    host.say(
        &id,
        u16::try_from(70_000 % (1 << 16)).expect("it is"),
        last(b""),
    );
    let read = timeout(PATIENCE, reading).await.expect("it ends");
    let read = read.expect("it is read").expect("it is whole").to_bytes();
    assert!(
        read == expected,
        "{} of {} octets",
        read.len(),
        expected.len()
    );
}

#[tokio::test]
async fn a_body_with_a_hole_is_cut_and_the_host_is_told() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let cases: [(&str, u16, FromHost); 3] = [
            ("a gap", 2, chunk(b"three")),
            ("a second beginning", 1, beginning(&[], b"another")),
            ("another response", 0, response(200, &[], b"another")),
        ];
        for (what, index, said) in cases {
            let (id, mut answer) = begun(&client, &mut host, &actor, beginning(&[], b"one")).await;
            assert!(next(&mut answer).await.is_some());
            host.say(&id, index, said);
            assert!(is_cut(answer).await, "{what}");
            host.aborted(&id).await;
        }
        let cut = client.metric("envoy_gateway_responses_cut_total").await;
        assert_eq!(cut, Some(3.0));
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_body_that_its_host_gives_up_or_loses_is_cut() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (id, answer) = begun(&client, &mut host, &actor, beginning(&[], b"one")).await;
        host.say(&id, 1, FromHost::ToRivetResponseAbort);
        assert!(is_cut(answer).await, "the host gave it up");

        let (_, answer) = begun(&client, &mut host, &actor, beginning(&[], b"one")).await;
        host.report(&actor, 1, 1, stopped(Some("in the middle of it")));
        assert!(is_cut(answer).await, "its actor has stopped");

        let (_, answer) = begun(&client, &mut host, &actor, beginning(&[], b"one")).await;
        host.cut().await;
        assert!(is_cut(answer).await, "its host was lost");
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_body_keeps_to_the_length_that_its_head_says() {
    let (_gateway, mut host, client, actor) = world(VERSIONS[1]).await;
    let length = [("content-length", "6")];
    let (id, answer) = begun(&client, &mut host, &actor, beginning(&length, b"one")).await;
    assert_eq!(answer.headers()["content-length"], "6");
    host.say(&id, 1, chunk(b"two"));
    let whole = answer.collect().await.expect("it is whole").to_bytes();
    assert_eq!(&whole[..], b"onetwo");
    // It has done all that was asked of it, though it has not said so.
    assert!(host.hears_nothing(Duration::from_millis(50)).await);

    let (id, answer) = begun(&client, &mut host, &actor, beginning(&length, b"one")).await;
    host.say(&id, 1, last(b""));
    assert!(is_cut(answer).await, "it is shorter");
    client
        .metric_becomes("envoy_gateway_responses_cut_total", 1.0)
        .await;
}

#[tokio::test]
async fn a_host_is_told_that_nobody_reads_any_more() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (id, answer) = begun(&client, &mut host, &actor, beginning(&[], b"one")).await;
        drop(answer);
        // The connection is found closed when something is written.
        host.say(&id, 1, chunk(b"two"));
        host.aborted(&id).await;
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_response_ahead_of_its_reader_is_cut_at_a_bound() {
    let mut limits = Limits::default();
    limits.response_buffer = 1 << 20;
    let (_gateway, mut host, client, actor) =
        world_over(started(builder().limits(limits)).await, VERSIONS[1]).await;
    let (id, answer) = begun(&client, &mut host, &actor, beginning(&[], b"one")).await;
    // Sockets hold some of it, too.
    let octets = vec![7; 1 << 20];
    for index in 1..64 {
        host.say(&id, index, chunk(&octets));
    }
    host.aborted(&id).await;
    assert!(is_cut(answer).await);
    client
        .metric_becomes("envoy_gateway_held_octets", 0.0)
        .await;
}

#[tokio::test]
async fn responses_together_hold_no_more_than_they_may() {
    let mut limits = Limits::default();
    limits.held_octets = 500_000;
    let (_gateway, mut host, client, actor) =
        world_over(started(builder().limits(limits)).await, VERSIONS[0]).await;
    let (id, answer) = begun(&client, &mut host, &actor, beginning(&[], b"one")).await;
    host.say(&id, 1, chunk(&vec![7; 400_000]));
    host.say(&id, 2, chunk(&vec![7; 500_001]));
    host.aborted(&id).await;
    assert!(is_cut(answer).await);
}
