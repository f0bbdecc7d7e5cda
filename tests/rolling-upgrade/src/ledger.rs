//! What the clients know of their writes, and whether what is in a database fits it. Without sockets or clock.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// A write: which client sent it, and the how many-th of its writes it is. No other has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Op {
    pub(crate) writer: u32,
    pub(crate) number: u32,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.writer, self.number)
    }
}

/// A row of an actor's database, one for each write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Its place among all rows of this database. Later rows have higher ones.
    pub(crate) place: i64,
    #[serde(flatten)]
    pub(crate) op: Op,
    /// Which generation of the actor wrote it.
    pub(crate) generation: u32,
    /// And on which host.
    pub(crate) host: String,
}

/// What is in an actor's database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    /// By their places.
    pub(crate) rows: Vec<Row>,
    /// How many rows were ever inserted, as a trigger has counted them on a page of its own.
    pub(crate) inserted: i64,
    /// What SQLite says of the database: `ok`.
    pub(crate) integrity: String,
    /// The generation that has read this.
    pub(crate) generation: u32,
    /// The version of the protocol that its host speaks.
    pub(crate) version: u16,
}

/// What the clients of one actor know.
///
/// Each write is in it before it is sent, and is unsure until it is acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// With the place that the acknowledgement named.
    acknowledged: BTreeMap<Op, i64>,
    unsure: BTreeSet<Op>,
}

/// What does not fit, and what did not have to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Audit {
    /// Acknowledged, and not there, or not where the acknowledgement said.
    pub(crate) lost: Vec<Op>,
    /// There more than once.
    pub(crate) doubled: Vec<Op>,
    /// There, and never sent.
    pub(crate) foreign: Vec<Op>,
    /// Acknowledged before the next one of the same client was sent, and there behind it.
    pub(crate) out_of_order: Vec<Op>,
    /// Written by a generation after a later one had written.
    pub(crate) stale: Vec<Op>,
    /// What else is wrong with the database.
    pub(crate) broken: Vec<String>,
    /// Not acknowledged for sure, and there: that is allowed.
    pub(crate) unsure_there: usize,
    /// Not acknowledged for sure, and not there: that, too.
    pub(crate) unsure_absent: usize,
}

impl Ledger {
    /// Notes that a write is about to be sent. Again is once.
    pub(crate) fn sent(&mut self, op: Op) {
        if !self.acknowledged.contains_key(&op) {
            self.unsure.insert(op);
        }
    }

    /// Notes that a write was acknowledged, at that place.
    pub(crate) fn acknowledged(&mut self, op: Op, place: i64) {
        self.unsure.remove(&op);
        self.acknowledged.insert(op, place);
    }

    /// How many writes were acknowledged.
    pub(crate) fn count(&self) -> usize {
        self.acknowledged.len()
    }

    /// Any write that was acknowledged, the newest of somebody.
    pub(crate) fn newest(&self) -> Option<Op> {
        self.acknowledged.last_key_value().map(|(op, _)| *op)
    }

    /// Whether a database has what it has to have, and nothing else.
    pub(crate) fn audit(&self, book: &Book) -> Audit {
        let mut audit = Audit::default();
        let mut places: BTreeMap<Op, i64> = BTreeMap::new();
        let mut newest = 0;
        for row in &book.rows {
            match places.entry(row.op) {
                Entry::Vacant(place) => {
                    place.insert(row.place);
                }
                Entry::Occupied(_) => audit.doubled.push(row.op),
            }
            if row.generation < newest {
                audit.stale.push(row.op);
            }
            newest = newest.max(row.generation);
            if !self.acknowledged.contains_key(&row.op) && !self.unsure.contains(&row.op) {
                audit.foreign.push(row.op);
            }
        }
        let mut before: Option<(Op, i64)> = None;
        for (op, told) in &self.acknowledged {
            let Some(place) = places.get(op).filter(|place| *place == told) else {
                audit.lost.push(*op);
                continue;
            };
            if before.is_some_and(|(last, at)| last.writer == op.writer && at >= *place) {
                audit.out_of_order.push(*op);
            }
            before = Some((*op, *place));
        }
        audit.unsure_there = self
            .unsure
            .iter()
            .filter(|op| places.contains_key(op))
            .count();
        audit.unsure_absent = self.unsure.len() - audit.unsure_there;
        if usize::try_from(book.inserted) != Ok(book.rows.len()) {
            audit.broken.push(format!(
                "expected {} rows, as many as were ever inserted, but found {}",
                book.inserted,
                book.rows.len()
            ));
        }
        if book.integrity != "ok" {
            let found = &book.integrity;
            audit.broken.push(format!(
                "expected SQLite to find the database whole, but it found: {found}"
            ));
        }
        audit
    }
}

impl Audit {
    /// What is wrong, one line for each kind.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (what, ops) in [
            ("acknowledged and gone", &self.lost),
            ("applied more than once", &self.doubled),
            ("there and never sent", &self.foreign),
            ("behind a later one of the same client", &self.out_of_order),
            (
                "written by a generation after a later one had written",
                &self.stale,
            ),
        ] {
            if let Some(first) = ops.first() {
                complaints.push(format!("{} writes {what}, such as {first}", ops.len()));
            }
        }
        complaints.extend(self.broken.iter().cloned());
        complaints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(number: u32) -> Op {
        Op { writer: 1, number }
    }

    fn row(place: i64, number: u32, generation: u32) -> Row {
        Row {
            place,
            op: op(number),
            generation,
            host: "v4-1".to_owned(),
        }
    }

    fn book(rows: Vec<Row>) -> Book {
        Book {
            inserted: i64::try_from(rows.len()).expect("a few"),
            rows,
            integrity: "ok".to_owned(),
            generation: 9,
            version: 5,
        }
    }

    /// Writes 1 to 3, acknowledged at places 1 to 3.
    fn three() -> (Ledger, Book) {
        let mut ledger = Ledger::default();
        for number in 1..=3 {
            ledger.sent(op(number));
            ledger.acknowledged(op(number), number.into());
        }
        (ledger, book(vec![row(1, 1, 1), row(2, 2, 1), row(3, 3, 2)]))
    }

    #[test]
    fn finds_nothing_where_everything_is_there_once_and_in_order() {
        let (ledger, book) = three();
        assert_eq!(ledger.audit(&book), Audit::default());
        assert_eq!(ledger.audit(&book).complaints(), [""; 0]);
    }

    #[test]
    fn finds_an_acknowledged_write_that_is_gone() {
        let (ledger, mut book) = three();
        book.rows.remove(1);
        let audit = ledger.audit(&book);
        assert_eq!(audit.lost, [op(2)]);
        assert_eq!(audit.broken.len(), 1, "the count knows it, too: {audit:?}");
    }

    #[test]
    fn finds_a_write_that_was_lost_and_came_back_at_another_place() {
        let (ledger, mut book) = three();
        book.rows[2].place = 4;
        assert_eq!(ledger.audit(&book).lost, [op(3)]);
    }

    #[test]
    fn finds_a_write_that_is_there_twice() {
        let (ledger, mut book) = three();
        book.rows.insert(0, row(0, 2, 1));
        book.inserted = 4;
        assert_eq!(ledger.audit(&book).doubled, [op(2)]);
    }

    #[test]
    fn finds_that_something_was_inserted_and_is_gone_that_no_client_knows() {
        let (ledger, mut book) = three();
        book.inserted = 4;
        let complaints = ledger.audit(&book).complaints();
        assert_eq!(
            complaints,
            ["expected 4 rows, as many as were ever inserted, but found 3"]
        );
    }

    #[test]
    fn finds_a_write_that_nobody_has_sent() {
        let (ledger, mut book) = three();
        book.rows.push(row(4, 4, 2));
        book.inserted = 4;
        assert_eq!(ledger.audit(&book).foreign, [op(4)]);
    }

    #[test]
    fn finds_acknowledged_writes_of_one_client_in_another_order() {
        let mut ledger = Ledger::default();
        ledger.acknowledged(op(1), 2);
        ledger.acknowledged(op(2), 1);
        let audit = ledger.audit(&book(vec![row(1, 2, 1), row(2, 1, 1)]));
        assert_eq!(audit.out_of_order, [op(2)]);
        assert_eq!(audit.lost, []);
    }

    #[test]
    fn leaves_open_in_which_order_writes_of_different_clients_are() {
        let mut ledger = Ledger::default();
        let other = Op {
            writer: 2,
            number: 1,
        };
        ledger.acknowledged(op(1), 2);
        ledger.acknowledged(other, 1);
        let mut first = row(1, 1, 1);
        first.op = other;
        assert_eq!(
            ledger.audit(&book(vec![first, row(2, 1, 1)])),
            Audit::default()
        );
    }

    #[test]
    fn finds_a_write_of_a_generation_that_was_over() {
        let (ledger, mut book) = three();
        book.rows[1].generation = 3;
        assert_eq!(ledger.audit(&book).stale, [op(3)]);
    }

    #[test]
    fn lets_an_unsure_write_be_there_or_not() {
        let (mut ledger, mut book) = three();
        ledger.sent(op(4));
        let audit = ledger.audit(&book);
        assert_eq!((audit.unsure_there, audit.unsure_absent), (0, 1));
        book.rows.push(row(4, 4, 2));
        book.inserted = 4;
        let audit = ledger.audit(&book);
        assert_eq!((audit.unsure_there, audit.unsure_absent), (1, 0));
        assert_eq!(audit.complaints(), [""; 0]);
    }

    #[test]
    fn finds_an_unsure_write_that_is_there_twice() {
        let (mut ledger, mut book) = three();
        ledger.sent(op(4));
        book.rows.extend([row(4, 4, 2), row(5, 4, 2)]);
        book.inserted = 5;
        assert_eq!(ledger.audit(&book).doubled, [op(4)]);
    }

    #[test]
    fn keeps_acknowledged_what_is_sent_once_more() {
        let (mut ledger, book) = three();
        ledger.sent(op(3));
        assert_eq!(ledger.count(), 3);
        assert_eq!(ledger.audit(&book), Audit::default());
    }

    #[test]
    fn finds_a_database_that_is_not_whole() {
        let (ledger, mut book) = three();
        book.integrity = "row 3 missing from index".to_owned();
        assert_eq!(ledger.audit(&book).broken.len(), 1);
    }
}
