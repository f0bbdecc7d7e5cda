//! What becomes of requests that were sent when the connection is lost.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use envoy_protocol::Version;
use envoy_protocol::latest::{KvGetRequest, KvPutRequest, KvRequestData};
use envoy_protocol::session::fence::Heads;
use envoy_protocol::session::{CommitEnd, Decided, RequestError};

use crate::case::Context;
use crate::check::same;
use crate::host::Asked;

use super::pages::Database;

/// No request that was sent may wait longer for its end.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How often a commit is cut off: a host that loses its connections early waits longer each time.
const COMMITS: u64 = 3;

/// Everything that was sent ends at once, each kind as it can be told; nothing waits for an answer that cannot come.
pub(super) async fn requests(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    database.committed(&[1], 1, Some(0), 1).await?;
    let get = KvGetRequest {
        keys: vec![b"k".to_vec()],
    };
    let put = KvPutRequest {
        keys: vec![b"k".to_vec()],
        values: vec![b"v".to_vec()],
    };
    let asked = [
        Asked::Kv(actor.id.clone(), KvRequestData::KvGetRequest(get)),
        Asked::Kv(actor.id.clone(), KvRequestData::KvPutRequest(put)),
        Asked::Pages(database.page_one()),
        Asked::Exec(actor.clone(), "select 1".to_owned()),
    ];
    let start = Instant::now();
    let ends = host.ask_and_cut(asked).await?;
    let took = start.elapsed();
    let expected = [
        RequestError::Lost,
        RequestError::Indeterminate,
        RequestError::Lost,
        RequestError::Indeterminate,
    ];
    same("ends", &ends, &expected)?;
    ensure!(
        took < AT_ONCE,
        "expected the ends within {AT_ONCE:?}, but found them after {took:?}"
    );
    // Reading again is safe, and the same session does it.
    host.init(2).await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    database.pages(&[1], Some(1), 1).await?;
    Ok(format!(
        "get and read lost, put and exec indeterminate, all within {:.1} ms; read again on the next connection",
        took.as_secs_f64() * 1000.0
    ))
}

/// A commit whose answer was lost is sent again and decided: it is applied exactly once.
pub(super) async fn commits(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut by_head = 0;
    let mut by_answer = 0;
    for head in 0..COMMITS {
        let request = Database::new(&mut host, &actor, context.version).request(
            &[1],
            1,
            Some(actor.database()),
            Some(head),
        )?;
        let told = (context.version == Version::V5).then_some(head + 1);
        match host.commit_and_cut(request).await? {
            CommitEnd::Committed { head_txid, decided } => {
                same("head", &head_txid, &told)?;
                match decided {
                    Decided::Answer => by_answer += 1,
                    Decided::Head => by_head += 1,
                }
            }
            // A host of this version cannot tell its own commit from another's but by the text.
            CommitEnd::Unresolved { error: Some(error) } if context.version == Version::V4 => {
                let heads = Heads {
                    expected: head,
                    actual: head + 1,
                };
                same("heads", &Heads::parse(&error.message), &Some(heads))?;
                return Ok(format!(
                    "{by_answer} sent again and answered; one applied but unresolved, since v4 has no code to tell by"
                ));
            }
            other => bail!(
                "expected commit {} to be decided, but found {other:?}",
                head + 1
            ),
        }
        host.init(head + 2).await?;
    }
    let mut database = Database::new(&mut host, &actor, context.version);
    database.pages(&[1], Some(COMMITS), COMMITS).await?;
    Ok(format!(
        "{COMMITS} commits cut off, each applied once: {by_head} told by the head, {by_answer} by the answer"
    ))
}
