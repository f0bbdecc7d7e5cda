//! The pages of an actor's database, and the fence in front of them.

use anyhow::{Result, bail};
use envoy_protocol::Version;
use envoy_protocol::latest::{
    SqliteCommitRequest, SqliteDirtyPage, SqliteErrorResponse, SqliteFetchedPage,
    SqliteGetPagesRequest, SqliteGetPagesResponse, StopActorReason,
};

use envoy_protocol::session::fence::Heads;
use envoy_protocol::session::{CommitEnd, Decided};

use crate::case::Context;
use crate::check::{now_ms, same};
use crate::host::{Actor, Host};

const PAGE: usize = 4096;
/// Why the gateway is not asked for more behind a fence.
const OVER: &str = "the gateway stops a generation that was fenced as lost, and serves it no more";
/// Pages that one commit may have.
const MOST_PAGES: u32 = 320;

/// What was committed is read, in the order asked for, and every commit moves the head by one.
pub(super) async fn read_and_commit(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    database.committed(&[1, 2], 3, Some(0), 1).await?;
    // Beyond what was written but within the size, then beyond the size.
    let pages = database.pages(&[2, 1, 3, 4, 2], None, 1).await?;
    let expected = vec![
        fetched(2, Some(page(2, 3))),
        fetched(1, Some(page(1, 3))),
        fetched(3, Some(vec![0; PAGE])),
        fetched(4, None),
        fetched(2, Some(page(2, 3))),
    ];
    same("pages", &pages, &expected)?;
    // The fence is kept by a host that knows the head, whatever its version.
    same(
        "page 2",
        &database.pages(&[2], Some(1), 1).await?,
        &vec![fetched(2, Some(page(2, 3)))],
    )?;
    database.committed(&[1], 2, Some(1), 2).await?;
    database.committed(&[], 2, Some(2), 3).await?;
    let shrunk = database.pages(&[3], Some(3), 3).await?;
    same(
        "a page beyond the new end",
        &shrunk,
        &vec![fetched(3, None)],
    )?;
    let seen = match context.version {
        Version::V4 => "pages as asked for, heads in requests kept, none in answers",
        Version::V5 => "pages as asked for, heads 1 to 4 in answers",
    };
    // A host that has read without a head, and has committed with one since.
    let mixing = "for a v4 host that names no head the gateway compares the one that such a request last saw";
    if context.version == Version::V4 && context.is_gateway(mixing) {
        let request = database.request(&[1], 2, Some(actor.database()), None)?;
        let error = database.refused(request).await?;
        database.is_error(
            &error,
            "depot",
            "head_fence_mismatch",
            "expected head txid 1, current head txid 3",
        )?;
        return Ok(format!(
            "{seen}; no head after commits that had one: fenced"
        ));
    }
    database.committed(&[1], 2, None, 4).await?;
    Ok(seen.to_owned())
}

/// A database that nothing was committed to is an error of its own.
pub(super) async fn not_found(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    for (pgnos, head) in [(&[1][..], None), (&[1], Some(0)), (&[], None)] {
        let error = database
            .read_refused(pgnos, actor.database().into(), head)
            .await?;
        database.is_error(
            &error,
            "depot",
            "database_not_found",
            "sqlite database was not found",
        )?;
    }
    Ok("depot.database_not_found, whatever is asked".to_owned())
}

/// A read with another head than the database's is refused, and changes nothing.
pub(super) async fn fence_of_reads(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    database.committed(&[1], 1, None, 1).await?;
    let error = database
        .read_refused(&[1], Some(actor.database()), Some(42))
        .await?;
    let message = "expected head txid 42, current head txid 1";
    database.is_error(&error, "depot", "head_fence_mismatch", message)?;
    if context.is_gateway(OVER) {
        host.stop(&actor, StopActorReason::Lost).await?;
        return Ok(format!(
            "{}; the generation is stopped as lost",
            error.message
        ));
    }
    same(
        "page 1",
        &database.pages(&[1], Some(1), 1).await?,
        &vec![fetched(1, Some(page(1, 1)))],
    )?;
    Ok(error.message)
}

/// A commit with another head than the database's is refused, and writes nothing.
pub(super) async fn fence_of_commits(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    if context.is_gateway(OVER) {
        database.committed(&[1], 1, Some(0), 1).await?;
        database.committed(&[1, 2], 2, Some(1), 2).await?;
        database.fenced(&[1], 1, 2).await?;
        host.stop(&actor, StopActorReason::Lost).await?;
        host.crashed(&actor, "fenced")?;
        let (next, _) = super::lifecycle::wake(&context, &mut host, &actor).await?;
        let mut database = Database::new(&mut host, &next, context.version);
        let pages = database.pages(&[1, 2], Some(2), 2).await?;
        let kept = vec![fetched(1, Some(page(1, 2))), fetched(2, Some(page(2, 2)))];
        same("pages after it", &pages, &kept)?;
        return Ok(
            "1 where it is 2: nothing written, the generation is stopped as lost; the next finds 2"
                .to_owned(),
        );
    }
    database.fenced(&[1], 7, 0).await?;
    database.committed(&[1], 1, Some(0), 1).await?;
    // The second of two commits on one head, and the same one again.
    database.committed(&[1, 2], 2, Some(1), 2).await?;
    for _ in 0..2 {
        database.fenced(&[1], 1, 2).await?;
    }
    let pages = database.pages(&[1, 2], Some(2), 2).await?;
    let kept = vec![fetched(1, Some(page(1, 2))), fetched(2, Some(page(2, 2)))];
    same("pages after it", &pages, &kept)?;
    Ok("7 on an empty database, 1 where it is 2, twice; nothing written".to_owned())
}

/// A commit has at most 320 pages.
pub(super) async fn commit_too_large(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    let all: Vec<u32> = (1..=MOST_PAGES + 1).collect();
    let request = database.request(&all, MOST_PAGES + 1, Some(actor.database()), Some(0))?;
    let error = database.refused(request).await?;
    let message = "actual_size_bytes=1314816, max_size_bytes=1310720";
    database.is_error(&error, "depot", "commit_too_large", message)?;
    database
        .committed(&all[..all.len() - 1], MOST_PAGES, Some(0), 1)
        .await?;
    Ok("321 pages refused, 320 committed".to_owned())
}

/// Another generation than the running one is refused, as is none at all.
pub(super) async fn generations(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    database.committed(&[1], 1, None, 1).await?;
    let (group, code) = context.differs(
        "a wrong generation has a code of its own; the text, which hosts read, is the same",
        ("core", "internal_error"),
        ("depot", "generation_mismatch"),
    );
    for wrong in [0, actor.database() + 1, u32::MAX.into()] {
        let error = database.read_refused(&[1], Some(wrong), Some(1)).await?;
        database.is_error(&error, group, code, "actor does not exist")?;
        let request = database.request(&[1], 1, Some(wrong), Some(1))?;
        let error = database.refused(request).await?;
        database.is_error(&error, group, code, "actor does not exist")?;
    }
    let error = database.read_refused(&[1], None, Some(1)).await?;
    database.is_error(
        &error,
        "sqlite",
        "invalid_request",
        "sqlite get_pages missing expectedGeneration",
    )?;
    let request = database.request(&[1], 1, None, Some(1))?;
    let error = database.refused(request).await?;
    database.is_error(
        &error,
        "sqlite",
        "invalid_request",
        "sqlite commit missing expectedGeneration",
    )?;
    database.committed(&[1], 1, Some(1), 2).await?;
    Ok("0, g + 1 and 2^32 - 1: actor does not exist; none: sqlite.invalid_request".to_owned())
}

/// Pages that are none are refused.
pub(super) async fn page_rules(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut database = Database::new(&mut host, &actor, context.version);
    let why = "pages that are none have a code, and texts that no host reads are the gateway's own";
    let (group, code) = context.differs(why, ("core", "internal_error"), ("depot", "invalid_page"));
    for (dirty, theirs, ours) in [
        (
            vec![dirty(0, 1)],
            "sqlite commit does not accept page 0",
            "page 0: expected a number from 1",
        ),
        (
            vec![dirty(1, 1), dirty(1, 1)],
            "sqlite commit duplicated page 1 in a single request",
            "page 1: expected",
        ),
        (
            vec![SqliteDirtyPage {
                pgno: 1,
                bytes: vec![0; 512],
            }],
            "sqlite commit page 1 had 512 bytes, expected 4096",
            "page 1: expected 4096",
        ),
    ] {
        let mut request = database.request(&[], 1, Some(actor.database()), None)?;
        request.dirty_pages = dirty;
        let error = database.refused(request).await?;
        let message = context.differs(why, theirs, ours);
        database.is_error(&error, group, code, message)?;
    }
    database.committed(&[1], 1, None, 1).await?;
    let error = database
        .read_refused(&[0], Some(actor.database()), None)
        .await?;
    let message = context.differs(
        why,
        "get_pages does not accept page 0",
        "page 0: expected a number from 1",
    );
    database.is_error(&error, group, code, message)?;
    // Page 1 says how large the database is, and has to be right about it.
    database.committed(&[2], 2, Some(1), 2).await?;
    if context.is_gateway("what is in page 1 is for SQLite to look at, not for the gateway") {
        let found = database.pages(&[1], Some(2), 2).await?;
        same("page 1", &found, &vec![fetched(1, Some(page(1, 1)))])?;
        return Ok("page 0, twice the same, 512 octets; page 1 as it was written".to_owned());
    }
    let error = database
        .read_refused(&[1], Some(actor.database()), None)
        .await?;
    let message = "sqlite page one at txid 2 reports 1 pages but the commit at that txid records 2";
    database.is_error(&error, "depot", "stale_main_page", message)?;
    Ok("page 0, twice the same, 512 octets; depot.stale_main_page".to_owned())
}

/// An actor's database, used through its host.
pub(super) struct Database<'a> {
    host: &'a mut Host,
    actor: &'a Actor,
    version: Version,
}

impl<'a> Database<'a> {
    pub(super) fn new(host: &'a mut Host, actor: &'a Actor, version: Version) -> Self {
        Self {
            host,
            actor,
            version,
        }
    }

    pub(super) fn request(
        &self,
        pgnos: &[u32],
        size: u32,
        generation: Option<u64>,
        head: Option<u64>,
    ) -> Result<SqliteCommitRequest> {
        Ok(SqliteCommitRequest {
            actor_id: self.actor.id.clone(),
            dirty_pages: pgnos.iter().map(|pgno| dirty(*pgno, size)).collect(),
            db_size_pages: size,
            now_ms: now_ms()?,
            expected_generation: generation,
            expected_head_txid: head,
        })
    }

    /// Commits pages on `expected`, and checks that the head is `head` then.
    pub(super) async fn committed(
        &mut self,
        pgnos: &[u32],
        size: u32,
        expected: Option<u64>,
        head: u64,
    ) -> Result<()> {
        let request = self.request(pgnos, size, Some(self.actor.database()), expected)?;
        let committed = CommitEnd::Committed {
            head_txid: self.told(head),
            decided: Decided::Answer,
        };
        same("commit", &self.host.commit(request).await?, &committed)
    }

    /// Commits pages on `expected`, and checks that the fence is in the way: the head is `actual`.
    async fn fenced(&mut self, pgnos: &[u32], expected: u64, actual: u64) -> Result<()> {
        let request = self.request(pgnos, 1, Some(self.actor.database()), Some(expected))?;
        let end = self.host.commit(request).await?;
        let heads = Heads { expected, actual };
        let (found, error) = match (self.version, end) {
            // A host of it cannot tell the fence by anything but the text.
            (Version::V4, CommitEnd::Refused(error)) => (Heads::parse(&error.message), error),
            (Version::V5, CommitEnd::Fenced { heads, error }) => (heads, error),
            (_, other) => bail!("expected the fence, but found {other:?}"),
        };
        same("heads", &found, &Some(heads))?;
        let message = "sqlite head fence mismatch: ";
        self.is_error(&error, "depot", "head_fence_mismatch", message)
    }

    async fn refused(&mut self, request: SqliteCommitRequest) -> Result<SqliteErrorResponse> {
        match self.host.commit(request).await? {
            CommitEnd::Refused(error) => Ok(error),
            other => bail!("expected a refusal, but found {other:?}"),
        }
    }

    /// Reads pages, and checks that the head is `head`.
    pub(super) async fn pages(
        &mut self,
        pgnos: &[u32],
        expected: Option<u64>,
        head: u64,
    ) -> Result<Vec<SqliteFetchedPage>> {
        match self
            .read(pgnos, Some(self.actor.database()), expected)
            .await?
        {
            SqliteGetPagesResponse::SqliteGetPagesOk(ok) => {
                same("head of the read", &ok.head_txid, &self.told(head))?;
                Ok(ok.pages)
            }
            SqliteGetPagesResponse::SqliteErrorResponse(error) => {
                bail!("expected pages, but found {error:?}")
            }
        }
    }

    async fn read_refused(
        &mut self,
        pgnos: &[u32],
        generation: Option<u64>,
        expected: Option<u64>,
    ) -> Result<SqliteErrorResponse> {
        match self.read(pgnos, generation, expected).await? {
            SqliteGetPagesResponse::SqliteErrorResponse(error) => Ok(error),
            ok @ SqliteGetPagesResponse::SqliteGetPagesOk(_) => {
                bail!("expected an error, but found {ok:?}")
            }
        }
    }

    async fn read(
        &mut self,
        pgnos: &[u32],
        generation: Option<u64>,
        expected: Option<u64>,
    ) -> Result<SqliteGetPagesResponse> {
        self.host
            .read(SqliteGetPagesRequest {
                actor_id: self.actor.id.clone(),
                pgnos: pgnos.to_vec(),
                expected_generation: generation,
                expected_head_txid: expected,
            })
            .await
    }

    /// A read of page 1, whatever the head is.
    pub(super) fn page_one(&self) -> SqliteGetPagesRequest {
        SqliteGetPagesRequest {
            actor_id: self.actor.id.clone(),
            pgnos: vec![1],
            expected_generation: Some(self.actor.database()),
            expected_head_txid: None,
        }
    }

    /// The head as an answer tells it: at v4 it does not.
    fn told(&self, head: u64) -> Option<u64> {
        match self.version {
            Version::V4 => None,
            Version::V5 => Some(head),
        }
    }

    fn is_error(
        &self,
        error: &SqliteErrorResponse,
        group: &str,
        code: &str,
        message: &str,
    ) -> Result<()> {
        super::is_error(self.version, error, group, code, message)
    }
}

/// A page that can be told from others. The first says how many there are, where SQLite's header does.
fn page(pgno: u32, size: u32) -> Vec<u8> {
    let [filling, ..] = pgno.to_le_bytes();
    // No octet of it is the kind of a b-tree page, whose overflow pages the engine would add.
    let mut bytes = vec![filling | 0x80; PAGE];
    if pgno == 1 {
        bytes[..16].copy_from_slice(b"SQLite format 3\0");
        bytes[16..18].copy_from_slice(&[0x10, 0]);
        bytes[28..32].copy_from_slice(&size.to_be_bytes());
    }
    bytes
}

fn dirty(pgno: u32, size: u32) -> SqliteDirtyPage {
    SqliteDirtyPage {
        pgno,
        bytes: page(pgno, size),
    }
}

fn fetched(pgno: u32, bytes: Option<Vec<u8>>) -> SqliteFetchedPage {
    SqliteFetchedPage { pgno, bytes }
}
