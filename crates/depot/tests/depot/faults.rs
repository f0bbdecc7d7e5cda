//! Faults at every named point, above any engine.

use depot::engine::EngineError;
use depot::fault::{Fault, Faults, FaultyEngine, Point};
use depot::{Applied, Depot, Error, Fence, MemoryEngine, Takeover};

use crate::common::{allocate, commit, fills, id, manual, page};

fn faulty() -> (Depot, Faults) {
    let faults = Faults::new();
    let engine = FaultyEngine::new(MemoryEngine::new(), &faults);
    (Depot::new(engine, manual()), faults)
}

#[test]
fn a_commit_that_failed_before_or_while_it_ran_is_not_applied_and_works_when_sent_again() {
    for point in [Point::BeforeCommit, Point::DuringCommit] {
        for error in [
            EngineError::Failed("hiccup".to_owned()),
            EngineError::Full("no space".to_owned()),
        ] {
            let (depot, faults) = faulty();
            let database = id("a");
            allocate(&depot, &database);
            faults.plan(point, Fault::Fail(error.clone()));
            let fence = Fence::new(1, 0);
            let failed = commit(&depot, &database, fence, vec![page(1, 1)], 1).unwrap_err();
            assert_eq!(failed, Error::from(error));
            assert_eq!(depot.head(&database).wait().unwrap().txid, 0);
            let again = commit(&depot, &database, fence, vec![page(1, 1)], 1).unwrap();
            assert_eq!((again.head, again.applied), (1, Applied::Now));
        }
    }
}

#[test]
fn a_commit_whose_answer_was_lost_is_decided_by_sending_it_again() {
    for (point, applied) in [
        (Point::BeforeCommit, Applied::Now),
        (Point::DuringCommit, Applied::Before),
        (Point::AfterCommit, Applied::Before),
    ] {
        let (depot, faults) = faulty();
        let database = id("a");
        allocate(&depot, &database);
        faults.plan(point, Fault::LoseAnswer);
        let fence = Fence::new(1, 0);
        let lost = commit(&depot, &database, fence, vec![page(1, 1)], 1).unwrap_err();
        assert_eq!(lost, Error::AnswerLost);
        assert!(lost.is_outcome_unknown());
        let again = commit(&depot, &database, fence, vec![page(1, 1)], 1).unwrap();
        assert_eq!((again.head, again.applied), (1, applied), "{point:?}");
    }
}

#[test]
fn a_failure_of_the_store_leaves_open_what_became_of_a_commit_before_and_a_refusal_does_not() {
    for error in [
        EngineError::Full("no space".to_owned()),
        EngineError::Failed("hiccup".to_owned()),
        EngineError::Overloaded { max: 1 },
    ] {
        let (depot, faults) = faulty();
        let database = id("a");
        allocate(&depot, &database);
        let fence = Fence::new(1, 0);
        faults.plan(Point::AfterCommit, Fault::LoseAnswer);
        commit(&depot, &database, fence, vec![page(1, 1)], 1).unwrap_err();
        // It was applied, and yet the answer to the next try is that the store failed.
        faults.plan(Point::BeforeCommit, Fault::Fail(error));
        let failed = commit(&depot, &database, fence, vec![page(1, 1)], 1).unwrap_err();
        assert!(failed.leaves_open_what_was_before(), "{failed}");
        let again = commit(&depot, &database, fence, vec![page(1, 1)], 1).unwrap();
        assert_eq!((again.head, again.applied), (1, Applied::Before));
        let refused = commit(&depot, &database, fence, vec![page(1, 2)], 1).unwrap_err();
        assert!(!refused.leaves_open_what_was_before(), "{refused}");
    }
}

#[test]
fn a_delayed_commit_is_fenced_by_the_one_that_overtook_it() {
    let (depot, faults) = faulty();
    let database = id("a");
    allocate(&depot, &database);
    faults.plan(Point::BeforeCommit, Fault::Hold);
    let fence = Fence::new(1, 0);
    let delayed = depot.commit(
        &database,
        fence,
        crate::common::commit_of(vec![page(1, 1)], 1),
    );
    commit(&depot, &database, fence, vec![page(1, 2)], 1).unwrap();
    assert_eq!(faults.held(), 1);
    faults.let_go();
    assert!(delayed.wait().unwrap_err().is_fence());
    let found = fills(&depot, &database, Fence::new(1, 1), &[1]).unwrap();
    assert_eq!(found, [Some(2)]);
}

#[test]
fn an_answer_that_is_held_comes_when_it_is_let_go() {
    let (depot, faults) = faulty();
    let database = id("a");
    faults.plan_nothing(Point::AfterCommit);
    faults.plan(Point::AfterCommit, Fault::Hold);
    allocate(&depot, &database);
    let fence = Fence::new(1, 0);
    let held = depot.commit(&database, fence, crate::common::commit_of(vec![], 0));
    assert_eq!(depot.head(&database).wait().unwrap().txid, 1);
    assert_eq!(faults.held(), 1);
    faults.let_go();
    assert_eq!(held.wait().unwrap().head, 1);
    assert_eq!(faults.passed(Point::AfterCommit), 2);
}

#[test]
fn a_read_that_failed_works_the_next_time_and_a_poisoned_one_never() {
    let (depot, faults) = faulty();
    let database = id("a");
    allocate(&depot, &database);
    faults.plan(
        Point::Read,
        Fault::Fail(EngineError::Failed("hiccup".to_owned())),
    );
    assert_eq!(
        depot.head(&database).wait().unwrap_err().code(),
        "storage_failed"
    );
    assert!(depot.head(&database).wait().is_ok());
    let poison = EngineError::Poisoned("a sync failed".to_owned());
    faults.plan(Point::DuringCommit, Fault::Fail(poison));
    let error = commit(&depot, &database, Fence::new(1, 0), vec![], 0).unwrap_err();
    assert_eq!(error.code(), "poisoned");
    assert_eq!(depot.head(&database).wait().unwrap_err(), error);
    let again = commit(&depot, &database, Fence::new(1, 0), vec![], 0).unwrap_err();
    assert_eq!(again, error);
}

#[test]
fn a_takeover_that_collides_is_tried_again_and_the_last_error_is_the_answer() {
    for conflicts in 0..=4 {
        let (depot, faults) = faulty();
        for _ in 0..conflicts {
            faults.plan(Point::DuringCommit, Fault::Fail(EngineError::Conflict));
        }
        let took = depot
            .take_over(&id("a"), 0, |_, _| Ok::<_, Error>(()))
            .wait();
        if conflicts <= 3 {
            assert!(matches!(took.unwrap(), Takeover::Allocated(_)));
            assert_eq!(faults.passed(Point::BeforeCommit), conflicts + 1);
        } else {
            assert_eq!(took.unwrap_err(), Error::Contention { attempts: 4 });
            assert_eq!(faults.passed(Point::BeforeCommit), 4);
        }
    }
}

#[test]
fn a_takeover_that_collides_yields_to_whoever_won_meanwhile() {
    let (depot, faults) = faulty();
    let database = id("a");
    faults.plan(Point::DuringCommit, Fault::Fail(EngineError::Conflict));
    let record = |transaction: &mut depot::Transaction<'_>, _| transaction.put_row(b"a", "loser");
    let loser = depot.take_over::<Error>(&database, 0, record);
    let winner = depot
        .take_over(&database, 0, |_, _| Ok::<_, Error>(()))
        .wait()
        .unwrap();
    assert!(matches!(winner, Takeover::Allocated(_)));
    assert_eq!(loser.wait().unwrap(), Takeover::Yielded { to: 1 });
    let row = depot
        .view::<_, Error>(|view| view.row(b"a"))
        .wait()
        .unwrap();
    assert_eq!(row, None);
}

#[test]
fn says_how_often_others_got_in_the_way() {
    for (attempts, often) in [(1, "once"), (4, "4 times")] {
        let text = Error::Contention { attempts }.to_string();
        assert!(text.ends_with(&format!("got in its way {often}")), "{text}");
    }
}
