//! Commits that can be told from each other, and what must be found after them.

use bytes::Bytes;
use depot::{Commit, DatabaseId, Depot, DirtyPage, Error, Fence, PAGE_SIZE};

use crate::Outcome;

/// Databases under load, each with one writer and one commit at a time.
pub(crate) const DATABASES: u32 = 8;

/// Numbers that look random and are the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0) % end
    }
}

fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

pub(crate) fn id(database: u32) -> DatabaseId {
    DatabaseId::new(format!("database-{database}")).unwrap()
}

/// What the commit on `head` of `database` writes: the size, and pages with the seeds of what they hold. Now and then it cuts the database short.
fn script(database: u32, head: u64) -> (u32, Vec<(u32, u64)>) {
    let mut random = Random::new(u64::from(database) << 40 | head);
    let size = if random.below(16) == 0 {
        1 + random.below(8)
    } else {
        40 + random.below(24)
    };
    let mut pages: Vec<_> = (0..random.below(7))
        .map(|_| 1 + random.below(size))
        .collect();
    pages.sort_unstable();
    pages.dedup();
    let pages = pages.into_iter().map(|number| {
        let number = u32::try_from(number).unwrap();
        (number, mix(head << 8 | u64::from(number)) | 1)
    });
    (u32::try_from(size).unwrap(), pages.collect())
}

/// A page that is known by `seed`: half of it noise, so that some are packed and none is as another.
fn page(seed: u64) -> Bytes {
    let mut octets = Vec::with_capacity(PAGE_SIZE);
    let noise = (seed % 500) * 8;
    for word in 0..noise / 8 {
        octets.extend(mix(seed ^ word << 32).to_le_bytes());
    }
    while octets.len() < PAGE_SIZE {
        octets.extend(seed.to_le_bytes());
    }
    octets.into()
}

pub(crate) fn commit(database: u32, head: u64) -> Commit {
    let (size, pages) = script(database, head);
    let pages = pages.into_iter().map(|(number, seed)| DirtyPage {
        number,
        octets: page(seed),
    });
    Commit::new(pages.collect(), size, 0).unwrap()
}

/// Sends the commit on `head`, with a row of the caller's in the same transaction.
pub(crate) fn send(depot: &Depot, database: u32, generation: u64, head: u64) -> Result<u64, Error> {
    let commit = commit(database, head);
    let sent = depot.transaction(move |transaction| {
        let fence = Fence::new(generation, head);
        let committed = transaction.commit(&id(database), fence, &commit)?;
        transaction.put_row(
            &database.to_be_bytes(),
            committed.head.to_be_bytes().to_vec(),
        )?;
        Ok(committed.head)
    });
    sent.wait()
}

pub(crate) fn allocate(depot: &Depot, database: u32) -> (u64, u64) {
    let allocation = depot
        .allocate(&id(database), |_, _| Ok::<_, Error>(()))
        .wait()
        .unwrap();
    (allocation.generation, allocation.head)
}

/// What must be found of a database.
#[derive(Clone, Default)]
pub(crate) struct Model {
    pub(crate) generation: u64,
    /// The last commit that was answered.
    pub(crate) answered: u64,
    head: u64,
    /// Seeds of pages, 0 where nothing was written.
    pages: Vec<u64>,
}

impl Model {
    fn go_to(&mut self, database: u32, head: u64) {
        while self.head < head {
            let (size, pages) = script(database, self.head);
            self.pages.resize(size as usize, 0);
            for (number, seed) in pages {
                self.pages[number as usize - 1] = seed;
            }
            self.head += 1;
        }
    }
}

/// Compares all databases with what must be found, then sends each commit again that was not answered; at most one was under way for each.
pub(crate) fn check(depot: &Depot, models: &mut [Model], outcome: &mut Outcome) {
    for (database, model) in (0..).zip(models) {
        let found = depot.head(&id(database)).wait().unwrap();
        let answered = model.answered;
        assert!(
            (answered..=answered + 1).contains(&found.txid),
            "database {database}: expected head {answered} or one more, but found {}",
            found.txid
        );
        check_contents(depot, database, model, found.txid);
        if found.txid == answered {
            outcome.not_applied += 1;
        } else {
            outcome.applied_unanswered += 1;
        }
        let again = send(depot, database, model.generation, answered).unwrap();
        assert_eq!(again, answered + 1, "database {database}: sent again");
        model.answered = again;
        check_contents(depot, database, model, again);
    }
}

fn check_contents(depot: &Depot, database: u32, model: &mut Model, head: u64) {
    model.go_to(database, head);
    let row = depot
        .view::<_, Error>(move |view| view.row(&database.to_be_bytes()))
        .wait()
        .unwrap();
    let row = row.map_or(0, |row| u64::from_be_bytes((&row[..]).try_into().unwrap()));
    assert_eq!(
        row, head,
        "database {database}: the row of the same transaction"
    );
    let numbers: Vec<u32> = (1..=70).collect();
    let fence = Fence::new(model.generation, head);
    let pages = depot.pages(&id(database), fence, numbers).wait().unwrap();
    assert_eq!(pages.size as usize, model.pages.len());
    for (index, found) in pages.pages.into_iter().enumerate() {
        let expected = model.pages.get(index).map(|seed| match seed {
            0 => Bytes::from(vec![0; PAGE_SIZE]),
            seed => page(*seed),
        });
        assert!(
            found.octets == expected,
            "database {database}, page {} at head {head}",
            index + 1
        );
    }
}
