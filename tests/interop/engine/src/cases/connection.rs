//! Connections that the engine refuses or ends, and what it lets pass.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use envoy_protocol::EncodeAt as _;
use envoy_protocol::latest::{KvGetRequest, KvRequestData, KvResponseData, ToRivet};

use crate::case::Context;
use crate::check::same;
use crate::host::Host;
use crate::link::{Ended, Introduction, Link, PATIENCE, Pongs};

/// Versions that the engine does not speak, and none at all, are refused behind the upgrade.
pub(super) async fn refused_versions(context: Context) -> Result<String> {
    let key = context.key("host");
    for protocol_version in [Some(0), Some(1), Some(9), None] {
        let introduction = Introduction {
            protocol_version,
            ..context.introduction(&key)
        };
        let ended = refused(&context, &introduction)
            .await
            .with_context(|| format!("version {protocol_version:?}"))?;
        let expected = Ended {
            code: Some(1011),
            reason: "ws.invalid_request".to_owned(),
        };
        same("close", &ended, &expected)?;
    }
    Ok("0, 1, 9 and none: 101, then 1011 ws.invalid_request".to_owned())
}

/// A pool that nobody made is refused.
pub(super) async fn unknown_pool(context: Context) -> Result<String> {
    let key = context.key("host");
    let introduction = Introduction {
        pool: "no-such-pool",
        ..context.introduction(&key)
    };
    let ended = refused(&context, &introduction).await?;
    same(
        "close",
        &ended,
        &Ended {
            code: Some(1011),
            reason: "ws.no_runner_config".to_owned(),
        },
    )?;
    Ok("101, then 1011 ws.no_runner_config".to_owned())
}

/// The engine passes over what it cannot read, and answers what comes behind it.
pub(super) async fn undecodable_frames(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let frames: [&[u8]; 6] = [
        b"",
        // No message has this tag.
        b"\x7f",
        // That of a batch of statements, which only a later version has.
        b"\x0b\0\0\0\0",
        // A pong that ends early.
        b"\x04\0\0",
        // A list of far more events than there are octets.
        b"\x01\xff\xff\xff\xff\x0f",
        // A text that is not UTF-8.
        b"\x05\x02\xff\xff\x01\0\0\0\x05",
    ];
    for frame in frames {
        host.link().send_octets(frame);
    }
    host.link().send_text("not a frame of the protocol");
    answers(&mut host, &actor.id).await?;
    // It is also lax about what is left over, which we are not.
    let mut trailing = ToRivet::ToRivetStopping
        .to_bytes_at(context.version)?
        .to_vec();
    trailing.push(0);
    host.link().send_octets(trailing);
    host.stop(&actor, envoy_protocol::latest::StopActorReason::GoingAway)
        .await?;
    answers(&mut host, &actor.id).await?;
    Ok("six kinds and a text frame passed over; octets left over accepted".to_owned())
}

/// A host that does not answer pings is cut off.
pub(super) async fn timed_out(context: Context) -> Result<String> {
    let start = Instant::now();
    let mut host = Host::connect_with(&context, &context.key("host"), Pongs::Withheld).await?;
    let ended = host.ended(Duration::from_secs(25)).await?;
    let took = start.elapsed();
    same(
        "close",
        &ended,
        &Ended {
            code: Some(1011),
            reason: "ws.timed_out".to_owned(),
        },
    )?;
    if took < Duration::from_secs(15) {
        bail!("expected 15 s of patience, but found {took:?}");
    }
    Ok(format!(
        "1011 ws.timed_out after {:.1} s",
        took.as_secs_f64()
    ))
}

/// How a connection ends that must not begin.
async fn refused(context: &Context, introduction: &Introduction<'_>) -> Result<Ended> {
    let mut link =
        Link::connect(introduction, context.version, Pongs::Sent, &context.audit).await?;
    link.ended(PATIENCE).await
}

/// Checks that requests are answered.
async fn answers(host: &mut Host, actor: &str) -> Result<()> {
    let get = KvRequestData::KvGetRequest(KvGetRequest {
        keys: vec![b"k".to_vec()],
    });
    match host.kv(actor, get).await? {
        KvResponseData::KvGetResponse(got) => same("values", &got.values.len(), &0),
        other => bail!("expected no value, but found {other:?}"),
    }
}
