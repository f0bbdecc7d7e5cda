//! What the tests share.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use depot::embedded::Options;
use depot::fault::PlayedDisk;
use depot::{
    Allocation, Commit, Committed, Config, DatabaseId, Depot, DirtyPage, EmbeddedEngine, Error,
    Fence, MemoryEngine, PAGE_SIZE, Sweep,
};

/// The engines that the tests run on.
const ENGINES: [fn(Config) -> Depot; 2] = [
    |config| Depot::new(MemoryEngine::new(), config),
    |config| open_on(&PlayedDisk::new(), config),
];

/// A depot of the embedded engine on a disk without the cost of one.
pub(crate) fn open_on(disk: &PlayedDisk, config: Config) -> Depot {
    let options = Options {
        cache_bytes: 1 << 20,
        ..Options::default()
    };
    Depot::new(
        EmbeddedEngine::on_disk(disk.clone(), options).unwrap(),
        config,
    )
}

/// A folder of its own for each test, gone with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("depot-{}-{count}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What is in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

/// Runs `test` on an empty depot of every engine, swept by hand.
pub(crate) fn on_every_engine(test: impl Fn(&Depot)) {
    with_config(&manual(), test);
}

pub(crate) fn with_config(config: &Config, test: impl Fn(&Depot)) {
    for open in ENGINES {
        test(&open(config.clone()));
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
