//! What the tests share.

use bytes::Bytes;
use depot::{
    Allocation, Commit, Committed, Config, DatabaseId, Depot, DirtyPage, Error, Fence,
    MemoryEngine, PAGE_SIZE, Sweep,
};

/// The engines that the tests run on.
pub(crate) const ENGINES: &[fn(Config) -> Opened] = &[|config| Opened {
    depot: Depot::new(MemoryEngine::new(), config),
}];

/// A depot, and what it needs for as long as it is used.
pub(crate) struct Opened {
    pub(crate) depot: Depot,
}

/// Runs `test` on an empty depot of every engine, swept by hand.
pub(crate) fn on_every_engine(test: impl Fn(&Depot)) {
    with_config(&manual(), test);
}

pub(crate) fn with_config(config: &Config, test: impl Fn(&Depot)) {
    for open in ENGINES {
        test(&open(config.clone()).depot);
    }
}

pub(crate) fn manual() -> Config {
    Config {
        sweep: Sweep::Manual,
        ..Config::default()
    }
}

pub(crate) fn id(name: &str) -> DatabaseId {
    DatabaseId::new(name).unwrap()
}

pub(crate) fn allocate(depot: &Depot, database: &DatabaseId) -> Allocation {
    depot
        .allocate(database, |_, _| Ok::<_, Error>(()))
        .wait()
        .unwrap()
}

/// A page full of `fill`.
pub(crate) fn page(number: u32, fill: u8) -> DirtyPage {
    DirtyPage {
        number,
        octets: Bytes::from(vec![fill; PAGE_SIZE]),
    }
}

pub(crate) fn commit_of(pages: Vec<DirtyPage>, size: u32) -> Commit {
    Commit::new(pages, size, 1_700_000_000_000).unwrap()
}

pub(crate) fn commit(
    depot: &Depot,
    database: &DatabaseId,
    fence: Fence,
    pages: Vec<DirtyPage>,
    size: u32,
) -> Result<Committed, Error> {
    depot.commit(database, fence, commit_of(pages, size)).wait()
}

/// What each page is full of, none beyond the size.
pub(crate) fn fills(
    depot: &Depot,
    database: &DatabaseId,
    fence: Fence,
    numbers: &[u32],
) -> Result<Vec<Option<u8>>, Error> {
    let pages = depot.pages(database, fence, numbers.to_vec()).wait()?;
    assert!(
        pages.pages.iter().map(|page| &page.number).eq(numbers),
        "expected the pages in the order they were asked for"
    );
    Ok(pages
        .pages
        .into_iter()
        .map(|page| {
            page.octets.map(|octets| {
                assert_eq!(octets.len(), PAGE_SIZE);
                assert!(
                    octets.iter().all(|octet| *octet == octets[0]),
                    "a torn page"
                );
                octets[0]
            })
        })
        .collect())
}

pub(crate) fn sweep_all(depot: &Depot) {
    while depot.sweep().wait().unwrap() {}
}
