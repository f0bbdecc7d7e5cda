//! A source that fails at named points, and what is durable after it: the old state or the new one, and nothing else.

mod support;

use std::collections::BTreeMap;

use depot_sqlite::{Database, ErrorKind, SourceError, Value};
use proptest::prelude::*;
use support::{Fault, Sql as _, Store, config, lost, transient, wait};

/// Where a commit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    /// The source refuses, for now.
    Refused,
    /// The request is lost on the way there.
    BeforeCommit,
    /// The source is silent, and has done nothing.
    SilentBefore,
    /// The source is silent, and has committed.
    SilentAfter,
    /// The answer is lost on the way back.
    AfterCommit,
}

const POINTS: [Point; 5] = [
    Point::Refused,
    Point::BeforeCommit,
    Point::SilentBefore,
    Point::SilentAfter,
    Point::AfterCommit,
];

impl Point {
    fn fault(self) -> Fault {
        match self {
            Self::Refused => Fault::Before(transient()),
            Self::BeforeCommit => Fault::Before(lost()),
            Self::SilentBefore => Fault::Hang,
            Self::SilentAfter => Fault::HangAfter,
            Self::AfterCommit => Fault::After,
        }
    }
}

/// What a store is found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Old,
    New,
    Invalid,
}

/// What every transaction of these tests does to the table: all rows, some blobs of many pages, and the size.
const CHANGE: &str = "BEGIN; UPDATE t SET v = v + 1; INSERT INTO t SELECT max(v) + 0, randomblob(20000) FROM t; DELETE FROM t WHERE rowid % 7 = 3; COMMIT";

fn prepared() -> (Store, Database) {
    let store = Store::new();
    let database = store.database();
    database.sql("CREATE TABLE t (v INTEGER, b BLOB); CREATE INDEX i ON t (v); INSERT INTO t VALUES (1, zeroblob(9000)), (1, 'x'), (1, NULL)").unwrap();
    store.requests();
    (store, database)
}

/// Every row says in which round it was written, so a state that is of one round is of all.
fn verdict(store: &Store, old: i64) -> Verdict {
    let database = store.database();
    let whole = database.value("PRAGMA integrity_check") == Value::from("ok");
    let rounds = database.sql("SELECT DISTINCT v FROM t").unwrap().rows;
    wait(database.close());
    match &rounds[..] {
        [row] if whole && row[0] == Value::Integer(old) => Verdict::Old,
        [row] if whole && row[0] == Value::Integer(old + 1) => Verdict::New,
        _ => Verdict::Invalid,
    }
}

#[test]
fn a_commit_that_fails_at_any_point_is_done_once_or_not_at_all() {
    for point in POINTS {
        let (store, database) = prepared();
        store.fail_commits([point.fault()]);
        let result = database.sql(CHANGE);
        let expected = match point {
            Point::Refused => Verdict::Old,
            _ => Verdict::New,
        };
        assert_eq!(
            result.is_ok(),
            expected == Verdict::New,
            "{point:?}: {result:?}"
        );
        assert_eq!(verdict(&store, 1), expected, "{point:?}");
        // The instance that saw the fault sees the same, goes on, and nothing comes back.
        let rounds = database.sql("SELECT DISTINCT v FROM t").unwrap().rows;
        let now = if expected == Verdict::New { 2 } else { 1 };
        assert_eq!(rounds, [[Value::Integer(now)]], "{point:?}");
        database.sql(CHANGE).unwrap();
        assert_eq!(verdict(&store, now), Verdict::New, "{point:?}");
    }
}

#[test]
fn a_process_that_dies_while_a_commit_is_under_way_leaves_the_old_state_or_the_new_one() {
    for point in POINTS {
        let (store, database) = prepared();
        // The answer never comes, and then the host is gone.
        store.fail_commits([point.fault()]);
        store.fail_commits(vec![Fault::Hang; 1000]);
        let answer = database.exec(CHANGE);
        while store.requests().is_empty() {
            std::thread::yield_now();
        }
        wait(database.close());
        drop(answer);
        let expected = match point {
            Point::SilentAfter | Point::AfterCommit => Verdict::New,
            _ => Verdict::Old,
        };
        store.fail_commits([]);
        assert_eq!(verdict(&store, 1), expected, "{point:?}");
    }
}

#[test]
fn a_read_that_fails_at_any_point_leaves_the_statement_to_be_repeated() {
    for fault in [
        Fault::Before(transient()),
        Fault::Before(SourceError::new(
            ErrorKind::Refused,
            "depot",
            "invalid_page",
            "no",
        )),
    ] {
        let store = Store::new();
        store.fill();
        let mut small = config();
        small.cache = 16;
        let database = store.database_with(small);
        database.sql("PRAGMA cache_size = 10").unwrap();
        for failing in 0..20 {
            store.fail_reads(vec![Fault::None; failing]);
            store.fail_reads([fault.clone()]);
            let error = database
                .sql("UPDATE t SET v = zeroblob(1800) WHERE length(v) > 0")
                .unwrap_err();
            assert!(
                ["unavailable", "invalid_page"].contains(&error.code()),
                "{error:?}"
            );
            assert_eq!(store.head(), 2);
        }
        assert_eq!(
            database.value("SELECT count(*) FROM t WHERE length(v) = 1900"),
            Value::Integer(1000)
        );
        database.sql("UPDATE t SET v = zeroblob(1800)").unwrap();
        assert_eq!(store.head(), 3);
        store.assert_whole();
    }
}

/// What a random run does.
#[derive(Clone, Debug)]
enum Step {
    Put(u8, u16),
    Delete(u8),
    Many(u8, u8),
    Vacuum,
    Fail(usize, usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<u8>(), any::<u16>()).prop_map(|(key, size)| Step::Put(key % 32, size % 20_000)),
        2 => any::<u8>().prop_map(|key| Step::Delete(key % 32)),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(from, count)| Step::Many(from % 32, count % 8)),
        1 => Just(Step::Vacuum),
        4 => (0..POINTS.len(), 0_usize..3).prop_map(|(point, before)| Step::Fail(point, before)),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_was_answered_is_there_whatever_failed_in_between(steps in proptest::collection::vec(step(), 1..40)) {
        let store = Store::new();
        let mut quick = config();
        quick.commit_attempt = std::time::Duration::from_millis(5);
        quick.cache = 24;
        let mut database = store.database_with(quick.clone());
        while database.sql("CREATE TABLE t (k INTEGER PRIMARY KEY, n INTEGER, b BLOB)").is_err() {}
        let mut model: BTreeMap<u8, u64> = BTreeMap::new();
        let mut stamp = 0_u64;
        for step in steps {
            stamp += 1;
            let put = |key: u8, size: u16| format!("INSERT OR REPLACE INTO t VALUES ({key}, {stamp}, randomblob({size}));");
            let mut next = model.clone();
            let sql = match step {
                Step::Put(key, size) => {
                    next.insert(key, stamp);
                    put(key, size)
                }
                Step::Delete(key) => {
                    next.remove(&key);
                    format!("DELETE FROM t WHERE k = {key}")
                }
                Step::Many(from, count) => {
                    let keys: Vec<u8> = (from..from + count).collect();
                    next.extend(keys.iter().map(|&key| (key, stamp)));
                    format!("BEGIN; {} COMMIT", keys.iter().map(|&key| put(key, 3000)).collect::<String>())
                }
                Step::Vacuum => "VACUUM".to_owned(),
                Step::Fail(point, before) => {
                    store.fail_commits(vec![Fault::None; before]);
                    store.fail_commits([POINTS[point].fault()]);
                    continue;
                }
                Step::Reopen => {
                    wait(database.close());
                    database = store.database_with(quick.clone());
                    continue;
                }
            };
            match database.sql(&sql) {
                Ok(_) => model = next,
                // A commit that was refused, and nothing else, is an error here.
                Err(error) => prop_assert_eq!(error.code(), "unavailable"),
            }
            let found: BTreeMap<u8, u64> = database
                .sql("SELECT k, n FROM t")
                .unwrap()
                .rows
                .iter()
                .map(|row| match &row[..] {
                    [Value::Integer(key), Value::Integer(stamp)] => (u8::try_from(*key).unwrap(), stamp.unsigned_abs()),
                    row => panic!("{row:?}"),
                })
                .collect();
            prop_assert_eq!(&found, &model);
        }
        store.assert_whole();
    }
}
