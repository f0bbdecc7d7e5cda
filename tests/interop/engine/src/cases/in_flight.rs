//! What becomes of requests that were sent when the connection is lost.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use envoy_protocol::Version;
use envoy_protocol::latest::{KvGetRequest, KvPutRequest, KvRequestData, KvResponseData};
use envoy_protocol::session::fence::Heads;
use envoy_protocol::session::{CommitEnd, Decided, RequestError};

use crate::case::Context;
use crate::check::same;
use crate::host::{Asked, Host, Lost};

use super::pages::Database;

/// No request that was sent may wait longer for its end.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How often that is tried: a machine that does other things makes each of them late now and then.
const ATTEMPTS: u64 = 10;

/// Everything that was sent ends at once, each kind as it can be told; nothing waits for an answer that cannot come.
pub(super) async fn requests(context: Context) -> Result<String> {
    let mut config = Host::config(&context, &context.key("host"));
    config.backoff.most = Duration::from_secs(1);
    let mut host = context.host_with(config).await?;
    let actor = host.start(&context.make_actor().await?).await?;
    context.run(&host, &actor).await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    database.committed(&[1], 1, Some(0), 1).await?;
    let get = KvGetRequest {
        keys: vec![b"k".to_vec()],
    };
    let put = KvPutRequest {
        keys: vec![b"k".to_vec()],
        values: vec![b"v".to_vec()],
    };
    let page = database.page_one();
    let asked = || {
        [
            Asked::Kv(actor.id.clone(), KvRequestData::KvGetRequest(get.clone())),
            Asked::Kv(actor.id.clone(), KvRequestData::KvPutRequest(put.clone())),
            Asked::Pages(page.clone()),
            Asked::Exec(actor.clone(), "select 1".to_owned()),
        ]
    };
    let expected = [
        RequestError::Lost,
        RequestError::Indeterminate,
        RequestError::Lost,
        RequestError::Indeterminate,
    ];
    let mut attempt = 1;
    let took = loop {
        let (ends, took) = host.ask_and_cut(asked()).await?;
        same("ends", &ends, &expected)?;
        attempt += 1;
        host.init(attempt).await?;
        if took < AT_ONCE {
            break took;
        }
        ensure!(
            attempt <= ATTEMPTS,
            "expected the ends within {AT_ONCE:?} at least once, but found them after {took:?}"
        );
    };
    // Reading again is safe, and the same session does it.
    let mut database = Database::new(&mut host, &actor, context.version);
    database.pages(&[1], Some(1), 1).await?;
    // The server had done what it had answered.
    let get = KvRequestData::KvGetRequest(get);
    match host.kv(&actor.id, get).await? {
        KvResponseData::KvGetResponse(got) => same("value", &got.values, &[b"v"])?,
        other => bail!("expected a value, but found {other:?}"),
    }
    Ok(format!(
        "get and read lost, put and exec indeterminate, all within {:.1} ms; read again, and done, on the next connection",
        took.as_secs_f64() * 1000.0
    ))
}

/// A commit that was cut off is sent again and decided: it is applied exactly once, whether the first one arrived or not.
pub(super) async fn commits(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let told = |head| (context.version == Version::V5).then_some(head);
    let commit = |host: &mut Host, head| {
        let database = Database::new(host, &actor, context.version);
        database.request(&[1], 1, Some(actor.database()), Some(head))
    };
    let request = commit(&mut host, 0)?;
    let committed = CommitEnd::Committed {
        head_txid: told(1),
        decided: Decided::Answer,
    };
    let end = host.commit_and_cut(request, Lost::Request).await?;
    same("a commit that did not arrive", &end, &committed)?;
    host.init(2).await?;

    let request = commit(&mut host, 1)?;
    let end = host.commit_and_cut(request, Lost::Answer).await?;
    host.init(3).await?;
    let what = "a commit whose answer did not arrive";
    if context.is_gateway("the gateway knows a commit that is sent again, and answers it again") {
        let committed = CommitEnd::Committed {
            head_txid: told(2),
            decided: Decided::Answer,
        };
        same(what, &end, &committed)?;
        Database::new(&mut host, &actor, context.version)
            .pages(&[1], Some(2), 2)
            .await?;
        return Ok("request lost: sent again, committed; answer lost: sent again, committed once, answered as committed".to_owned());
    }
    let Version::V5 = context.version else {
        // A host of this version cannot tell its own commit from another's but by the text.
        let CommitEnd::Unresolved { error: Some(error) } = end else {
            bail!("expected {what} to stay unresolved, but found {end:?}");
        };
        let heads = Heads {
            expected: 1,
            actual: 2,
        };
        same(what, &Heads::parse(&error.message), &Some(heads))?;
        return Ok("request lost: sent again, committed; answer lost: unresolved, since v4 has no code to tell by".to_owned());
    };
    let committed = CommitEnd::Committed {
        head_txid: Some(2),
        decided: Decided::Head,
    };
    same(what, &end, &committed)?;
    Database::new(&mut host, &actor, context.version)
        .pages(&[1], Some(2), 2)
        .await?;
    Ok("request lost: sent again, committed; answer lost: sent again, committed once, told by the head".to_owned())
}
