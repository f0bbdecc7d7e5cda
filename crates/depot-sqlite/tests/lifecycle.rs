//! Opening, closing and ending: what every clone sees, whatever races.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use depot_sqlite::{Config, Database, Ending, Error, ErrorKind, Resend, SourceError, Value};
use support::{Fault, PATIENCE, Request, Sql as _, Store, config, transient, wait};

fn is_closed(error: &Error) -> bool {
    (error.group(), error.code()) == ("sqlite", "closed")
}

fn with_table() -> (Store, Database) {
    let store = Store::new();
    let database = store.database();
    database
        .sql("CREATE TABLE t (v); INSERT INTO t VALUES (1)")
        .unwrap();
    store.requests();
    (store, database)
}

#[test]
fn a_database_that_was_never_opened_says_so() {
    let store = Store::new();
    let database = Database::new(store.source(), config());
    let error = database.sql("SELECT 1").unwrap_err();
    assert_eq!((error.group(), error.code()), ("sqlite", "not_open"));
    assert_eq!(store.requests(), []);
}

#[test]
fn one_that_was_closed_says_that_even_if_it_was_never_opened() {
    let store = Store::new();
    let database = Database::new(store.source(), config());
    wait(database.close());
    assert!(is_closed(&database.sql("SELECT 1").unwrap_err()));
    assert!(is_closed(&wait(database.open()).unwrap_err()));
    assert_eq!(store.requests(), []);
}

#[test]
fn opening_twice_is_opening_once() {
    let store = Store::new();
    let database = store.database();
    wait(database.open()).unwrap();
    wait(database.clone().open()).unwrap();
    assert_eq!(store.requests().len(), 1);
}

#[test]
fn clones_that_open_at_once_open_once() {
    let store = Store::new();
    let database = Database::new(store.source(), config());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let database = database.clone();
            scope.spawn(move || wait(database.open()).unwrap());
        }
    });
    assert_eq!(store.requests().len(), 1);
}

#[test]
fn an_open_that_failed_can_be_tried_again() {
    let store = Store::new();
    store.fail_reads([Fault::Before(transient())]);
    let database = Database::new(store.source(), config());
    let error = wait(database.open()).unwrap_err();
    assert_eq!(error.code(), "unavailable");
    assert!(matches!(database.sql("SELECT 1"), Err(Error::NotOpen)));
    wait(database.open()).unwrap();
    database.sql("SELECT 1").unwrap();
}

#[test]
fn a_stale_generation_that_opens_finds_no_empty_database_but_its_end() {
    let (store, _database) = with_table();
    let source = store.source();
    store.set_generation(2);
    let stale = Database::new(source, config());
    let error = wait(stale.open()).unwrap_err();
    assert_eq!(error.code(), "generation_mismatch");
    assert!(matches!(
        stale.ending().as_deref(),
        Some(Ending::Superseded(_))
    ));
    assert!(is_closed(&wait(stale.open()).unwrap_err()));
    assert!(is_closed(&stale.sql("SELECT 1").unwrap_err()));
}

#[test]
fn a_fence_at_the_very_first_read_after_opening_ends_the_database() {
    let store = Store::new();
    store.fill();
    let first = store.database();
    let second = store.database();
    first.sql("INSERT INTO t VALUES (1)").unwrap();
    store.requests();
    let error = second.sql("SELECT count(*) FROM t").unwrap_err();
    assert_eq!(error.code(), "head_fence_mismatch");
    assert!(matches!(
        &store.requests()[..],
        [Request::Read {
            expected: Some(2),
            ..
        }]
    ));
    assert!(is_closed(&second.sql("SELECT 1").unwrap_err()));
    assert_eq!(store.requests(), []);
}

#[test]
fn after_a_close_every_clone_is_closed_and_nothing_is_asked() {
    let (store, database) = with_table();
    let clone = database.clone();
    wait(database.close());
    for database in [&database, &clone] {
        assert!(is_closed(&database.sql("SELECT * FROM t").unwrap_err()));
        assert!(is_closed(
            &database
                .run("INSERT INTO t VALUES (2)", Vec::new())
                .unwrap_err()
        ));
        assert!(is_closed(&wait(database.open()).unwrap_err()));
        assert!(database.ending().is_none());
    }
    wait(clone.close());
    wait(database.close());
    assert_eq!(store.requests(), []);
}

#[test]
fn an_operation_that_races_a_close_is_done_or_closed() {
    for round in 0..200 {
        let (store, database) = with_table();
        let clone = database.clone();
        let worker = std::thread::spawn(move || {
            let mut done = 0;
            loop {
                match clone.sql("INSERT INTO t VALUES (2)") {
                    Ok(_) => done += 1,
                    Err(error) => return (done, error),
                }
            }
        });
        std::thread::sleep(Duration::from_micros(round * 3));
        wait(database.close());
        let (done, error) = worker.join().unwrap();
        assert!(is_closed(&error), "{error}");
        // What was answered is there. The one that the close cut off may be there, too.
        let head = store.head();
        assert!(head == 2 + done || head == 3 + done, "{head} after {done}");
        store.assert_whole();
    }
}

#[test]
fn an_open_that_races_a_close_is_never_left_open() {
    for round in 0..200 {
        let store = Store::new();
        let database = Database::new(store.source(), config());
        let clone = database.clone();
        let opener = std::thread::spawn(move || wait(clone.open()));
        std::thread::sleep(Duration::from_micros(round));
        wait(database.close());
        if let Err(error) = opener.join().unwrap() {
            assert!(is_closed(&error), "{error}");
        }
        assert!(is_closed(&database.sql("SELECT 1").unwrap_err()));
    }
}

#[test]
fn a_close_does_not_wait_for_a_read_that_hangs() {
    let store = Store::new();
    store.fill();
    let database = store.database();
    store.fail_reads([Fault::Hang]);
    let answer = database.exec("SELECT count(*) FROM t");
    let queued = database.exec("SELECT 1");
    let start = Instant::now();
    wait(database.close());
    assert!(start.elapsed() < PATIENCE);
    assert!(is_closed(&wait(answer).unwrap_err()));
    assert!(is_closed(&wait(queued).unwrap_err()));
}

#[test]
fn a_close_does_not_wait_for_a_commit_that_hangs() {
    let (store, database) = with_table();
    store.fail_commits(vec![Fault::Hang; 1000]);
    let answer = database.exec("INSERT INTO t VALUES (2)");
    while store.requests().is_empty() {
        std::thread::yield_now();
    }
    let start = Instant::now();
    wait(database.close());
    assert!(start.elapsed() < PATIENCE);
    assert!(is_closed(&wait(answer).unwrap_err()));
    assert_eq!(store.head(), 2);
}

#[test]
fn a_close_does_not_wait_for_an_open_that_hangs() {
    let store = Store::new();
    store.fail_reads([Fault::Hang]);
    let database = Database::new(store.source(), config());
    let clone = database.clone();
    let opener = std::thread::spawn(move || wait(clone.open()));
    while store.requests().is_empty() {
        std::thread::yield_now();
    }
    wait(database.close());
    assert!(is_closed(&opener.join().unwrap().unwrap_err()));
}

#[test]
fn a_close_stops_a_statement_that_runs_and_bypasses_the_queue() {
    let mut config = config();
    config.limits.time = None;
    let store = Store::new();
    let database = store.database_with(config);
    let endless = database.exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    );
    let queued: Vec<_> = (0..50).map(|_| database.exec("SELECT 1")).collect();
    std::thread::sleep(Duration::from_millis(20));
    let start = Instant::now();
    wait(database.close());
    assert!(start.elapsed() < PATIENCE);
    assert!(is_closed(&wait(endless).unwrap_err()));
    for answer in queued {
        assert!(is_closed(&wait(answer).unwrap_err()));
    }
}

#[test]
fn a_transaction_that_is_open_at_the_close_is_gone() {
    let (store, database) = with_table();
    database.sql("BEGIN; INSERT INTO t VALUES (2)").unwrap();
    wait(database.close());
    assert_eq!(store.requests(), []);
    store.assert_whole();
}

#[test]
fn dropping_the_last_clone_closes() {
    let (store, database) = with_table();
    let ended = database.ended();
    drop(database.clone());
    database.sql("BEGIN; INSERT INTO t VALUES (2)").unwrap();
    drop(database);
    assert_eq!(wait(ended), None);
    assert_eq!(store.requests(), []);
}

#[test]
fn the_first_ending_counts_and_is_told_to_whoever_waits() {
    let (store, database) = with_table();
    let before = database.ended();
    store.set_head(9);
    let error = database.sql("INSERT INTO t VALUES (2)").unwrap_err();
    assert!(error.is_head_mismatch());
    let late = SourceError::new(
        ErrorKind::Superseded,
        "depot",
        "generation_mismatch",
        "later",
    );
    database.supersede(late);
    let after = database.ended();
    for ended in [wait(before), wait(after), database.ending()] {
        let Some(Ending::Fatal(first)) = ended.as_deref() else {
            panic!("{ended:?}")
        };
        assert_eq!(first.message(), "expected head txid 2, but found 9");
    }
    // A close after it succeeds, and changes nothing.
    wait(database.close());
    assert!(database.ending().is_some());
    assert!(database.sql("SELECT 1").unwrap_err().is_head_mismatch());
}

#[test]
fn a_generation_that_is_superseded_from_outside_ends_at_once() {
    let (store, database) = with_table();
    store.fail_commits(vec![Fault::Hang; 1000]);
    let answer = database.exec("INSERT INTO t VALUES (2)");
    while store.requests().is_empty() {
        std::thread::yield_now();
    }
    database.supersede(SourceError::new(
        ErrorKind::Superseded,
        "depot",
        "generation_mismatch",
        "generation 2 runs",
    ));
    assert!(is_closed(&wait(answer).unwrap_err()));
    let error = database.sql("SELECT * FROM t").unwrap_err();
    let Error::Closed { cause: Some(cause) } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(cause.error().message(), "generation 2 runs");
}

#[test]
fn an_ordinary_failure_of_a_read_ends_its_statement_only() {
    let store = Store::new();
    store.fill();
    let database = store.database();
    store.requests();
    store.fail_reads([Fault::Before(transient())]);
    let error = database.sql("SELECT count(*) FROM t").unwrap_err();
    assert_eq!((error.group(), error.code()), ("sqlite", "unavailable"));
    assert_eq!(store.requests().len(), 1);
    assert_eq!(
        database.value("SELECT count(*) FROM t"),
        Value::Integer(1000)
    );
}

#[test]
fn a_failure_while_a_statement_is_prepared_ends_the_transaction_as_well() {
    let store = Store::new();
    let mut config = config();
    config.commit_bound = Duration::from_mins(1);
    config.resend_pause = Duration::MAX;
    let database = store.database_with(config);
    database.sql("CREATE TABLE t (v)").unwrap();
    // A commit of a schema that is not decided: SQLite reads the schema again for the next statement, and cannot.
    store.fail_commits([Fault::Before(support::lost()), Fault::Before(transient())]);
    let error = database.sql("CREATE TABLE u (v)").unwrap_err();
    assert_eq!(error.code(), "commit_undecided");
    database.sql("BEGIN").unwrap();
    let error = database.sql("INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(error.code(), "commit_undecided");
    database.sql("INSERT INTO t VALUES (2)").unwrap();
    assert_eq!(store.head(), 3, "a transaction of its own");
    assert_eq!(database.value("SELECT v FROM t"), Value::Integer(2));
    store.assert_whole();
}

#[test]
fn a_read_that_fails_while_all_pages_are_checked_is_no_damaged_page() {
    let store = Store::new();
    store.fill();
    let database = store.database();
    // SQLite notes that it did not get the page, and goes on.
    store.fail_reads([Fault::None, Fault::Before(transient())]);
    let error = database.sql("PRAGMA integrity_check").unwrap_err();
    assert_eq!((error.group(), error.code()), ("sqlite", "unavailable"));
    let whole = database.value("PRAGMA integrity_check");
    assert_eq!(whole, Value::from("ok"));
}

#[test]
fn an_operation_that_finds_the_fence_after_another_failure_says_the_fence() {
    let store = Store::new();
    store.fill();
    let database = store.database();
    store.fail_reads([Fault::None, Fault::Before(transient())]);
    store.fail_reads([Fault::Before(SourceError::head_mismatch(2, 3))]);
    let error = database.sql("PRAGMA integrity_check").unwrap_err();
    assert_eq!(
        (error.group(), error.code()),
        ("depot", "head_fence_mismatch")
    );
    assert!(is_closed(&database.sql("SELECT 1").unwrap_err()));
}

#[test]
fn a_full_queue_refuses_and_recovers() {
    let mut config = config();
    config.queue = 4;
    let store = Store::new();
    let database = store.database_with(config);
    store.fail_commits(vec![Fault::Hang; 1000]);
    let first = database.exec("CREATE TABLE t (v)");
    while store.commits().is_empty() {
        std::thread::yield_now();
    }
    let answers: Vec<_> = (0..20).map(|_| database.exec("SELECT 1")).collect();
    store.heal();
    wait(first).unwrap();
    let results: Vec<_> = answers.into_iter().map(wait).collect();
    let refused = results
        .iter()
        .filter_map(|result| result.as_ref().err())
        .inspect(|error| {
            assert_eq!((error.group(), error.code()), ("actor", "overloaded"));
        });
    let refused = refused.count();
    assert_eq!(refused, 16);
    database.sql("SELECT 1").unwrap();
}

#[test]
fn operations_run_in_the_order_of_their_calls() {
    let (_store, database) = with_table();
    let answers: Vec<_> = (0..100)
        .map(|number| database.execute("INSERT INTO t VALUES (?)", vec![Value::Integer(number)]))
        .collect();
    drop(answers);
    let ordered = database
        .value("SELECT group_concat(v) FROM (SELECT v FROM t WHERE rowid > 1 ORDER BY rowid)");
    let expected: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    assert_eq!(ordered, Value::from(expected.join(",")));
}

#[test]
fn a_panic_of_the_source_ends_this_database_and_no_other() {
    let (store, database) = with_table();
    let (_, other) = with_table();
    store.fail_commits([Fault::Panic]);
    let error = database.sql("INSERT INTO t VALUES (2)").unwrap_err();
    assert_eq!((error.group(), error.code()), ("sqlite", "panicked"));
    assert!(is_closed(&database.sql("SELECT 1").unwrap_err()));
    other.sql("INSERT INTO t VALUES (2)").unwrap();
    wait(database.close());
}

#[test]
fn instances_of_many_databases_run_at_the_same_time() {
    let databases: Vec<_> = (0..16).map(|_| with_table()).collect();
    std::thread::scope(|scope| {
        for (store, database) in &databases {
            scope.spawn(move || {
                for number in 0..20 {
                    database
                        .run("INSERT INTO t VALUES (?)", vec![Value::Integer(number)])
                        .unwrap();
                }
                assert_eq!(store.head(), 22);
            });
        }
    });
}

#[test]
fn names_may_be_anything() {
    for name in [
        "",
        "a\0b",
        "a name that is longer than what a thread may have",
        "\u{1f600}",
    ] {
        let database = Store::new().database_with(Config::new(name));
        database.sql("SELECT 1").unwrap();
    }
}

#[test]
fn every_commit_repeats_pages_size_time_and_expected_head() {
    struct Recorder(Arc<std::sync::Mutex<Vec<depot_sqlite::Commit>>>);
    impl depot_sqlite::PageSource for Recorder {
        async fn get_pages(
            &self,
            _: depot_sqlite::GetPages,
        ) -> Result<depot_sqlite::Pages, SourceError> {
            Err(SourceError::new(
                ErrorKind::MissingDatabase,
                "depot",
                "database_not_found",
                "",
            ))
        }
        async fn commit(
            &self,
            commit: depot_sqlite::Commit,
        ) -> Result<depot_sqlite::Committed, SourceError> {
            let mut seen = self.0.lock().unwrap();
            seen.push(commit);
            match seen.len() {
                1 | 2 => Err(support::lost()),
                3 => Err(transient()),
                _ => Ok(depot_sqlite::Committed { head: Some(1) }),
            }
        }
        fn resend(&self) -> Resend {
            Resend::Recognised
        }
    }
    let seen = Arc::default();
    let database = Database::new(Recorder(Arc::clone(&seen)), config());
    wait(database.open()).unwrap();
    database.sql("CREATE TABLE t (v)").unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4);
    for (place, commit) in seen.iter().enumerate() {
        assert_eq!(commit.pages, seen[0].pages);
        assert_eq!(
            (commit.size, commit.time, commit.expected_head),
            (seen[0].size, seen[0].time, Some(0))
        );
        assert_eq!(commit.attempt as usize, place);
        assert!(place == 0 || commit.epoch > seen[place - 1].epoch);
    }
}

#[test]
fn an_opening_that_is_tried_again_goes_on_counting_its_requests() {
    struct Counter(std::sync::mpsc::Sender<u64>);
    impl depot_sqlite::PageSource for Counter {
        async fn get_pages(
            &self,
            request: depot_sqlite::GetPages,
        ) -> Result<depot_sqlite::Pages, SourceError> {
            self.0.send(request.epoch).unwrap();
            Err(transient())
        }
        async fn commit(
            &self,
            _: depot_sqlite::Commit,
        ) -> Result<depot_sqlite::Committed, SourceError> {
            Err(transient())
        }
    }
    let (sender, epochs) = std::sync::mpsc::channel();
    let database = Database::new(Counter(sender), config());
    for _ in 0..3 {
        wait(database.open()).unwrap_err();
    }
    drop(database);
    assert_eq!(epochs.iter().collect::<Vec<_>>(), [1, 2, 3]);
}
