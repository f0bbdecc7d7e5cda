//! Where the pages of a database come from and where its transactions go.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

/// The octets of a page. The one page size there is.
pub const PAGE_SIZE: usize = 4096;

/// A store of pages, as seen by the one instance of a database that this crate runs on it.
///
/// The futures are polled on the thread that runs the SQL, outside of any runtime: a source that needs one keeps a
/// handle to it. At most one of them exists at a time. A future that is dropped has been withdrawn: what comes of it
/// later is of no account, and a source need not tell anyone.
///
/// # What a source promises
///
/// * The head is the number of the last commit, 0 before the first; each commit raises it by one.
/// * `expected_head` is checked against the head in the transaction that reads or writes, and a request that names
///   another head fails with [`ErrorKind::HeadMismatch`] and does nothing.
/// * A commit is applied as a whole or not at all, and is durable when it is answered with `Ok`.
/// * The pages of one answer are all of the head that the answer names.
pub trait PageSource: Send + Sync + 'static {
    /// Reads pages.
    fn get_pages(
        &self,
        request: GetPages,
    ) -> impl Future<Output = Result<Pages, SourceError>> + Send;

    /// Applies one transaction.
    ///
    /// An answer that was lost is [`ErrorKind::Indeterminate`]: the same commit is then sent again, see
    /// [`Commit::attempt`].
    fn commit(
        &self,
        request: Commit,
    ) -> impl Future<Output = Result<Committed, SourceError>> + Send;

    /// What a head mismatch says that answers a commit which was sent before.
    fn resend(&self) -> Resend {
        Resend::AppliedIfNext
    }
}

/// What a head mismatch says that answers the resend of a commit whose first answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// If the head is the expected one plus one, that the commit was applied the first time: all that can be known of
    /// a store that remembers heads only.
    AppliedIfNext,
    /// That somebody else has written: the store recognises a commit that it has applied last and answers it with
    /// `Ok` again.
    Recognised,
}

/// A request for pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetPages {
    /// The pages, by number, from 1. Those that are needed at once come first.
    pub pages: Vec<u32>,
    /// The head that the database must have. `None` only in the first request of an instance, and where no answer has
    /// ever named a head.
    pub expected_head: Option<u64>,
    /// Counts the requests of this instance, commits, their resends and repeated openings included.
    pub epoch: u64,
}

/// The answer to [`GetPages`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// The head that the pages were read at. `None` only from a store that does not tell: the database then runs
    /// without the fence.
    pub head: Option<u64>,
    /// The pages that were asked for, in any order. Others may be among them, and are used if they are wanted.
    pub pages: Vec<Page>,
}

/// One page of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// [`PAGE_SIZE`] octets. `None` for a page beyond the end of the database. The octets are copied, so that a page
    /// does not keep the message alive that brought it.
    pub data: Option<Bytes>,
}

/// One transaction.
#[derive(Clone, Debug)]
pub struct Commit {
    /// What the transaction changed, by rising page number, each page once. Can be empty where a transaction only
    /// shrank the database.
    pub pages: Arc<[DirtyPage]>,
    /// The size of the database after the commit, in pages. Pages above it are gone.
    pub size: u32,
    /// The clock at the commit. The same in every resend.
    pub time: SystemTime,
    /// The head that the transaction builds on. `None` as in [`GetPages`]; such a commit is never resent.
    pub expected_head: Option<u64>,
    /// As in [`GetPages`].
    pub epoch: u64,
    /// 0 for the first time that this commit is sent. Pages, size, time and expected head are the same each time.
    pub attempt: u32,
}

/// A page that a transaction changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirtyPage {
    /// From 1.
    pub number: u32,
    /// [`PAGE_SIZE`] octets.
    pub data: Bytes,
}

/// The answer to [`Commit`]: the transaction is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The head now, the expected one plus one. `None` only from a store that does not tell; the database then adds
    /// one to the head that it knew, if it knew one.
    pub head: Option<u64>,
}

/// Why a source did not do what it was asked.
///
/// Group, code and message are for the user and come through unchanged; what the database does about it depends on the
/// kind alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    kind: ErrorKind,
    group: Cow<'static, str>,
    code: Cow<'static, str>,
    message: String,
}

/// What an error means for the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The head is not the expected one: another instance has written. Ends this one.
    HeadMismatch {
        /// The head of the database, where the error tells it.
        actual: Option<u64>,
    },
    /// The generation that the source acts for is no longer the current one. Ends this instance.
    Superseded,
    /// Nothing was ever committed. When a database is opened: it is new and empty.
    MissingDatabase,
    /// There is no room now, and nothing was done by this request. Says nothing of an earlier attempt: a store that has no
    /// room may not even look whether it has the commit already.
    Full,
    /// The request is refused for what it is. It was not applied, nor is it, nor will it be, if it was sent before: what
    /// is still on its way of an earlier attempt is refused as well, or never arrives.
    Refused,
    /// Failed for now, with nothing done by this request. Says nothing of an earlier attempt.
    Transient,
    /// The answer was lost: a commit may have been applied.
    Indeterminate,
}

impl SourceError {
    /// An error of `kind`, with what the user is told: a stable group and code, and a message for people.
    pub fn new(
        kind: ErrorKind,
        group: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            group: group.into(),
            code: code.into(),
            message: message.into(),
        }
    }

    /// The fence: `depot.head_fence_mismatch`, with both heads.
    #[must_use]
    pub fn head_mismatch(expected: u64, actual: u64) -> Self {
        Self::new(
            ErrorKind::HeadMismatch {
                actual: Some(actual),
            },
            "depot",
            "head_fence_mismatch",
            format!("expected head txid {expected}, but found {actual}"),
        )
    }

    /// What the error means for the database.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The part of the system that the error comes from, such as `depot`.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The error within its group, such as `head_fence_mismatch`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What went wrong, for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether another instance has written.
    #[must_use]
    pub fn is_head_mismatch(&self) -> bool {
        matches!(self.kind, ErrorKind::HeadMismatch { .. })
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.group, self.code, self.message)
    }
}

impl std::error::Error for SourceError {}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A [`PageSource`] without its type, so that the code below the FFI exists once.
pub(crate) trait AnySource: Send + Sync {
    fn get_pages(&self, request: GetPages) -> BoxFuture<'_, Result<Pages, SourceError>>;
    fn commit(&self, request: Commit) -> BoxFuture<'_, Result<Committed, SourceError>>;
    fn resend(&self) -> Resend;
}

impl<S: PageSource> AnySource for S {
    fn get_pages(&self, request: GetPages) -> BoxFuture<'_, Result<Pages, SourceError>> {
        Box::pin(PageSource::get_pages(self, request))
    }

    fn commit(&self, request: Commit) -> BoxFuture<'_, Result<Committed, SourceError>> {
        Box::pin(PageSource::commit(self, request))
    }

    fn resend(&self) -> Resend {
        PageSource::resend(self)
    }
}
