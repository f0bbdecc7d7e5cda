//! Each rule of the fence that the server keeps for v4 hosts, without anything around it.

use std::time::Duration;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);
const AT_ONCE: Duration = Duration::ZERO;
const FIRST: ConnectionNumber = 1;
const SECOND: ConnectionNumber = 2;

fn read(generation: &mut V4Generation, connection: ConnectionNumber, head: u64) {
    generation.arrive(connection, Use::Read);
    generation.begin(connection).expect("served");
    generation.end(connection, Use::Read, End::Read { head }, PATIENCE);
}

fn applied(head: u64) -> End {
    End::Committed {
        head,
        age: AT_ONCE,
        answered: true,
    }
}

fn commit(generation: &mut V4Generation, connection: ConnectionNumber, head: u64) {
    generation.arrive(connection, Use::Commit);
    generation.begin(connection).expect("served");
    generation.end(connection, Use::Commit, applied(head), PATIENCE);
}

fn asks(
    generation: &mut V4Generation,
    connection: ConnectionNumber,
    usage: Use,
) -> Result<Option<u64>, Refuse> {
    generation.arrive(connection, usage);
    let begun = generation.begin(connection);
    generation.end(connection, usage, End::Nothing, PATIENCE);
    begun.map(|serve| serve.head)
}

#[test]
fn the_first_request_takes_the_head_there_is_and_later_ones_are_held_to_it() {
    let mut generation = V4Generation::default();
    assert_eq!(asks(&mut generation, FIRST, Use::Read), Ok(None));
    read(&mut generation, FIRST, 7);
    assert_eq!(asks(&mut generation, FIRST, Use::Commit), Ok(Some(7)));
    commit(&mut generation, FIRST, 8);
    assert_eq!(asks(&mut generation, FIRST, Use::Read), Ok(Some(8)));
}

#[test]
fn a_commit_that_was_proven_is_no_reason_to_stop() {
    let mut generation = V4Generation::default();
    commit(&mut generation, FIRST, 1);
    read(&mut generation, FIRST, 1);
    generation.disconnect(FIRST);
    assert!(!generation.is_off());
    assert_eq!(asks(&mut generation, SECOND, Use::Commit), Ok(Some(1)));
    let mut generation = V4Generation::default();
    commit(&mut generation, FIRST, 1);
    // Another commit proves the one before, and was refused itself.
    assert_eq!(asks(&mut generation, FIRST, Use::Commit), Ok(Some(1)));
    generation.disconnect(FIRST);
    assert!(!generation.is_off());
}

#[test]
fn a_connection_that_ends_with_a_commit_unproven_turns_the_generation_off() {
    let mut generation = V4Generation::default();
    read(&mut generation, FIRST, 4);
    commit(&mut generation, FIRST, 5);
    generation.disconnect(FIRST);
    assert!(generation.is_off());
    let refused = asks(&mut generation, SECOND, Use::Read);
    assert_eq!(refused, Err(Refuse::Off { believed: Some(4) }));
}

#[test]
fn a_connection_that_ends_with_a_commit_under_way_turns_the_generation_off() {
    for end in [applied(5), End::Nothing, End::Unknown] {
        let mut generation = V4Generation::default();
        read(&mut generation, FIRST, 4);
        generation.arrive(FIRST, Use::Commit);
        generation.begin(FIRST).expect("served");
        generation.disconnect(FIRST);
        assert!(generation.is_off());
        generation.end(FIRST, Use::Commit, end, PATIENCE);
        let refused = asks(&mut generation, SECOND, Use::Commit);
        assert_eq!(refused, Err(Refuse::Off { believed: Some(4) }));
    }
}

#[test]
fn a_connection_that_ends_with_a_commit_queued_turns_the_generation_off() {
    let mut generation = V4Generation::default();
    read(&mut generation, FIRST, 4);
    generation.arrive(FIRST, Use::Commit);
    generation.disconnect(FIRST);
    assert!(generation.is_off());
}

#[test]
fn a_connection_that_was_never_served_turns_nothing_off_unless_its_commit_is_applied() {
    let mut generation = V4Generation::default();
    read(&mut generation, FIRST, 4);
    generation.arrive(SECOND, Use::Commit);
    generation.disconnect(SECOND);
    assert_eq!(asks(&mut generation, FIRST, Use::Commit), Ok(Some(4)));
    generation.disconnect(FIRST);
    generation.arrive(SECOND, Use::Commit);
    generation.begin(SECOND).expect("served");
    generation.disconnect(SECOND);
    assert!(!generation.is_off());
    generation.end(SECOND, Use::Commit, applied(5), PATIENCE);
    assert!(generation.is_off());
}

#[test]
fn reads_that_were_not_answered_turn_nothing_off() {
    let mut generation = V4Generation::default();
    read(&mut generation, FIRST, 4);
    generation.arrive(FIRST, Use::Read);
    generation.begin(FIRST).expect("served");
    generation.arrive(FIRST, Use::Read);
    generation.disconnect(FIRST);
    generation.end(FIRST, Use::Read, End::Read { head: 4 }, PATIENCE);
    assert_eq!(asks(&mut generation, SECOND, Use::Commit), Ok(Some(4)));
}

#[test]
fn a_request_behind_an_unanswered_commit_turns_the_generation_off() {
    for usage in [Use::Read, Use::Commit] {
        let mut generation = V4Generation::default();
        read(&mut generation, FIRST, 4);
        generation.arrive(FIRST, Use::Commit);
        generation.begin(FIRST).expect("served");
        generation.arrive(FIRST, usage);
        generation.end(FIRST, Use::Commit, applied(5), PATIENCE);
        assert!(generation.begin(FIRST).is_err());
        assert!(generation.is_off());
    }
}

#[test]
fn requests_behind_a_read_are_what_hosts_do() {
    let mut generation = V4Generation::default();
    for usage in [Use::Read, Use::Read, Use::Commit] {
        generation.arrive(FIRST, usage);
    }
    for _ in 0..2 {
        generation.begin(FIRST).expect("served");
        generation.end(FIRST, Use::Read, End::Read { head: 4 }, PATIENCE);
    }
    let serve = generation.begin(FIRST).expect("served");
    assert_eq!(serve.head, Some(4));
}

#[test]
fn a_commit_that_was_answered_late_or_could_not_be_turns_the_generation_off() {
    let late = End::Committed {
        head: 5,
        age: PATIENCE + Duration::from_millis(1),
        answered: true,
    };
    let unsent = End::Committed {
        head: 5,
        age: AT_ONCE,
        answered: false,
    };
    for end in [late, unsent, End::Unknown] {
        let mut generation = V4Generation::default();
        read(&mut generation, FIRST, 4);
        generation.arrive(FIRST, Use::Commit);
        generation.begin(FIRST).expect("served");
        generation.end(FIRST, Use::Commit, end, PATIENCE);
        let refused = asks(&mut generation, FIRST, Use::Read);
        assert_eq!(refused, Err(Refuse::Off { believed: Some(4) }), "{end:?}");
    }
}

#[test]
fn a_generation_is_served_on_one_connection_at_a_time() {
    let mut generation = V4Generation::default();
    read(&mut generation, FIRST, 4);
    for usage in [Use::Read, Use::Commit] {
        assert_eq!(asks(&mut generation, SECOND, usage), Err(Refuse::Elsewhere));
    }
    assert_eq!(asks(&mut generation, FIRST, Use::Commit), Ok(Some(4)));
    generation.disconnect(FIRST);
    assert_eq!(asks(&mut generation, SECOND, Use::Commit), Ok(Some(4)));
}

#[test]
fn what_was_refused_before_it_was_looked_at_is_not_waited_for() {
    let mut generation = V4Generation::default();
    read(&mut generation, FIRST, 4);
    generation.arrive(FIRST, Use::Commit);
    generation.withdraw(FIRST, Use::Commit);
    assert_eq!(asks(&mut generation, FIRST, Use::Read), Ok(Some(4)));
    generation.disconnect(FIRST);
    assert!(!generation.is_off());
}

#[test]
fn what_was_refused_leaves_nothing_behind() {
    let mut generation = V4Generation::default();
    assert_eq!(asks(&mut generation, FIRST, Use::Commit), Ok(None));
    assert!(generation.is_empty());
    generation.arrive(FIRST, Use::Commit);
    generation.disconnect(FIRST);
    assert!(generation.is_empty());
}

#[test]
fn whether_it_has_committed_is_remembered() {
    let mut generation = V4Generation::default();
    read(&mut generation, FIRST, 4);
    generation.arrive(FIRST, Use::Commit);
    assert!(!generation.begin(FIRST).expect("served").has_committed);
    generation.end(FIRST, Use::Commit, applied(5), PATIENCE);
    generation.arrive(FIRST, Use::Commit);
    assert!(generation.begin(FIRST).expect("served").has_committed);
}

#[test]
fn the_heads_of_a_refusal_differ() {
    assert_eq!(
        heads(Some(4), 5),
        (4, 5),
        "it was applied, and the host may not know"
    );
    assert_eq!(
        heads(Some(4), 4),
        (5, 4),
        "it was not applied, and the host may not know"
    );
    assert_eq!(heads(None, 9), (8, 9));
    assert_eq!(heads(None, 0), (1, 0));
}
