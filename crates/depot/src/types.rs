//! What requests and answers are made of.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::{Error, InvalidPage};

/// Octets of a page.
pub const PAGE_SIZE: usize = 4096;

/// The name of a database: 1 to 255 octets, compared octet by octet. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatabaseId(Arc<str>);

impl DatabaseId {
    /// Octets that a name may have.
    pub const MAX_LENGTH: usize = 255;

    /// A name of `id`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidDatabaseId`] for an empty name and one of more than [`Self::MAX_LENGTH`] octets.
    pub fn new(id: impl AsRef<str>) -> Result<Self, Error> {
        let id = id.as_ref();
        if id.is_empty() || id.len() > Self::MAX_LENGTH {
            return Err(Error::InvalidDatabaseId { length: id.len() });
        }
        Ok(Self(id.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DatabaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<&str> for DatabaseId {
    type Error = Error;

    fn try_from(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl TryFrom<String> for DatabaseId {
    type Error = Error;

    fn try_from(id: String) -> Result<Self, Error> {
        Self::new(id)
    }
}

/// What a request believes about its database, checked in the transaction that serves it: generation first, then head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The generation that the request is of.
    pub generation: u64,
    /// The head that the request was built on. None switches this check off: for a caller that has not learned a head yet.
    pub head: Option<u64>,
}

impl Fence {
    /// A request of `generation` that knows `head`.
    #[must_use]
    pub const fn new(generation: u64, head: u64) -> Self {
        Self {
            generation,
            head: Some(head),
        }
    }

    /// A request of `generation` that has not learned a head.
    #[must_use]
    pub const fn without_head(generation: u64) -> Self {
        Self {
            generation,
            head: None,
        }
    }
}

/// A page that a commit writes.
#[derive(Clone, PartialEq, Eq)]
pub struct DirtyPage {
    /// Its number, from 1.
    pub number: u32,
    /// Its [`PAGE_SIZE`] octets.
    pub octets: Bytes,
}

impl fmt::Debug for DirtyPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {} of {} octets", self.number, self.octets.len())
    }
}

/// One transaction of a database: pages that it writes, and the size it leaves the database at.
///
/// Pages above the size are gone with it; pages within a larger size that nobody wrote read as zeros. A commit without pages changes the
/// size alone, or nothing but the head.
///
/// ```
/// use bytes::Bytes;
/// use depot::{Commit, DirtyPage, PAGE_SIZE};
///
/// let page = DirtyPage { number: 1, octets: Bytes::from(vec![7; PAGE_SIZE]) };
/// let commit = Commit::new(vec![page.clone()], 1, 1_700_000_000_000)?;
/// assert_eq!(commit.size(), 1);
/// assert!(Commit::new(vec![page.clone(), page], 1, 0).is_err());
/// # Ok::<(), depot::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Commit {
    pages: Vec<DirtyPage>,
    size: u32,
    time_ms: i64,
    digest: Digest,
}

impl Commit {
    /// A commit that writes `pages`, in any order, and leaves the database at `size` pages. `time_ms` are milliseconds since 1970, kept and
    /// handed back with the head. A commit that is sent again has the time of the first time: it is known by it, among other things.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPage`] for page 0, a page of another length than [`PAGE_SIZE`], one beyond `size`, or the same one twice.
    pub fn new(mut pages: Vec<DirtyPage>, size: u32, time_ms: i64) -> Result<Self, Error> {
        pages.sort_by_key(|page| page.number);
        let mut before = None;
        for page in &pages {
            let reason = if page.number == 0 {
                InvalidPage::Zero
            } else if page.octets.len() != PAGE_SIZE {
                InvalidPage::Length {
                    actual: page.octets.len(),
                }
            } else if page.number > size {
                InvalidPage::BeyondSize { size }
            } else if before == Some(page.number) {
                InvalidPage::Duplicate
            } else {
                before = Some(page.number);
                continue;
            };
            return Err(Error::InvalidPage {
                number: page.number,
                reason,
            });
        }
        let digest = Digest::of(&pages, size, time_ms);
        Ok(Self {
            pages,
            size,
            time_ms,
            digest,
        })
    }

    /// The pages it writes, by number.
    #[must_use]
    pub fn pages(&self) -> &[DirtyPage] {
        &self.pages
    }

    /// The size it leaves the database at, in pages.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// When it was made: milliseconds since 1970.
    #[must_use]
    pub const fn time_ms(&self) -> i64 {
        self.time_ms
    }

    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }
}

/// What a commit is known by, in 32 octets. The time is part of it: two instances of one generation that make the same change to the same
/// head send the same pages, and only one of them may be told that it was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Digest {
    fn of(pages: &[DirtyPage], size: u32, time_ms: i64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&time_ms.to_be_bytes());
        hasher.update(&size.to_be_bytes());
        for page in pages {
            hasher.update(&page.number.to_be_bytes());
            // Each page by itself: from the start of a hash, four parts of it go through the processor's vectors at once.
            hasher.update(blake3::hash(&page.octets).as_bytes());
        }
        Self(*hasher.finalize().as_bytes())
    }
}

/// Where a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The active generation, none where the last one was released.
    pub generation: Option<u64>,
    /// The newest generation there ever was, active or not.
    pub last_generation: u64,
    /// The number of the last commit, 0 before the first.
    pub txid: u64,
    /// The size, in pages.
    pub size: u32,
    /// The time that the last commit named: milliseconds since 1970, 0 before the first.
    pub time_ms: i64,
}

/// A generation that was allocated, and the database as it takes it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allocation {
    /// The generation that is active from now on. The first one is 1.
    pub generation: u64,
    /// The number of the last commit, 0 before the first.
    pub head: u64,
    /// The size, in pages.
    pub size: u32,
}

/// How a takeover ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// The next generation is ours.
    Allocated(Allocation),
    /// Somebody else was faster. Nothing was written, and there is nothing to report as an error: the newer generation runs.
    Yielded {
        /// The newer generation.
        to: u64,
    },
}

/// What a commit left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Committed {
    /// The head after the commit.
    pub head: u64,
    /// Whether this call applied it, or an earlier one whose answer got lost.
    pub applied: Applied,
}

/// Which call applied a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// This one.
    Now,
    /// An earlier one of the same generation: the commit is the last one of the database already.
    Before,
}

/// Pages of one snapshot, and the head they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pages {
    /// The number of the last commit, 0 before the first.
    pub head: u64,
    /// The size of the database, in pages.
    pub size: u32,
    /// The pages, in the order they were asked for.
    pub pages: Vec<Page>,
}

/// A page that was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// Its number.
    pub number: u32,
    /// Its [`PAGE_SIZE`] octets, none beyond the size of the database.
    ///
    /// All pages of one answer share one allocation: a page that is to outlive them is best copied.
    pub octets: Option<Bytes>,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {}", self.number)?;
        match &self.octets {
            Some(octets) => write!(f, " of {} octets", octets.len()),
            None => f.write_str(" beyond the size"),
        }
    }
}

/// A row of the caller's own state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is found by. Rows are ordered by it, octet by octet.
    pub key: Bytes,
    /// What it holds.
    pub value: Bytes,
}

/// Which way rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// From the smallest key.
    #[default]
    Ascending,
    /// From the largest key.
    Descending,
}
