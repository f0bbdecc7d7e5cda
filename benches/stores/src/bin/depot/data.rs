//! What is stored, and how it comes there.

use std::sync::Mutex;

use anyhow::Result;
use depot_sqlite::Value;

use crate::subject::{Database, Store};

/// Numbers that look random and are the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 1 to `last`.
    pub(crate) fn upto(&mut self, last: u32) -> u32 {
        1 + u32::try_from(self.next() % u64::from(last)).unwrap_or(0)
    }

    /// As what people store: 7 parts of 10 that do not compress, then zeros, again and again.
    pub(crate) fn value(&mut self, octets: usize) -> Value {
        let mut value = Vec::with_capacity(octets + 512);
        while value.len() < octets {
            let end = value.len() + 512;
            while value.len() < end - 154 {
                value.extend(self.next().to_le_bytes());
            }
            value.resize(end, 0);
        }
        value.truncate(octets);
        Value::Blob(value)
    }
}

/// A database of rows with numbers from 1.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) rows: u32,
    /// Octets of a row.
    pub(crate) row: usize,
}

impl Shape {
    /// Less than a page.
    pub(crate) const TINY: Self = Self { rows: 1, row: 100 };
    /// 100 KiB.
    pub(crate) const SMALL: Self = Self {
        rows: 100,
        row: 900,
    };
    /// 1 MiB.
    pub(crate) const MEDIUM: Self = Self {
        rows: 1_060,
        row: 900,
    };
    /// 50 MiB, four rows in a page.
    pub(crate) const LARGE: Self = Self {
        rows: 51_200,
        row: 900,
    };
    /// 50 MiB, five pages for a row.
    pub(crate) const LONG: Self = Self {
        rows: 3_200,
        row: 16_384,
    };

    /// Makes the database.
    pub(crate) fn fill(self, store: &Store, name: &str) -> Result<Database> {
        /// Octets of a transaction, below what the depot takes.
        const TRANSACTION: usize = 512 << 10;

        store.allocate(name)?;
        let database = store.database(name)?;
        let mut random = Random::new(5);
        database.run("BEGIN", Vec::new())?;
        database.run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)",
            Vec::new(),
        )?;
        let mut octets = 0;
        for _ in 0..self.rows {
            if octets > TRANSACTION {
                octets = 0;
                database.run("COMMIT", Vec::new())?;
                database.run("BEGIN", Vec::new())?;
            }
            octets += self.row;
            database.run("INSERT INTO t (v) VALUES (?)", vec![random.value(self.row)])?;
        }
        database.run("COMMIT", Vec::new())?;
        Ok(database)
    }

    /// Makes `count` databases, many at once.
    pub(crate) fn fill_many(
        self,
        store: &Store,
        prefix: &str,
        count: u32,
    ) -> Result<Vec<Database>> {
        let numbers = Mutex::new(0..count);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..64)
                .map(|_| {
                    scope.spawn(|| {
                        let mut databases = Vec::new();
                        loop {
                            let number = numbers.lock().expect("no panic").next();
                            let Some(number) = number else {
                                return anyhow::Ok(databases);
                            };
                            databases.push(self.fill(store, &name(prefix, number))?);
                        }
                    })
                })
                .collect();
            let mut all = Vec::new();
            for thread in threads {
                all.extend(thread.join().expect("no panic")?);
            }
            Ok(all)
        })
    }
}

pub(crate) fn name(prefix: &str, number: u32) -> String {
    format!("{prefix}-{number}")
}
