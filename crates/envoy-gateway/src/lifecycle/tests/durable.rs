//! What waits until it is stored, and what becomes of it if it is not.

use super::*;

#[test]
fn nothing_is_sent_before_it_is_durable() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.is_writing = false;
    let ticket = world.create();
    assert!(world.sent.is_empty());
    assert!(!world.answers.contains_key(&ticket));
    world.let_go();
    assert_eq!(world.sent.len(), 1);
    assert!(world.answers.contains_key(&ticket));
}

#[test]
fn an_event_is_acknowledged_only_when_what_it_changes_is_durable() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.create();
    world.is_writing = false;
    world.say(HOST, 1, running());
    assert!(world.applied.is_empty());
    // What comes meanwhile waits its turn.
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    assert_eq!(world.held.len(), 1);
    world.let_go();
    assert_eq!(
        world.applied,
        [(HOST.to_owned(), 1, 0), (HOST.to_owned(), 1, 1)]
    );
    assert_eq!(world.phase(), Phase::Stopping(crate::records::Then::Sleep));
}

#[test]
fn an_event_that_comes_again_is_acknowledged_and_ignored() {
    let mut world = World::running();
    world.say(HOST, 1, alarm(Some(5)));
    world.say(HOST, 1, alarm(None));
    world.say_again(HOST, 1, 1, alarm(Some(5)));
    assert_eq!(world.record().alarm_ts, None);
    assert_eq!(world.applied.last(), Some(&(HOST.to_owned(), 1, 1)));
}

#[test]
fn a_step_that_fails_for_now_is_written_later() {
    let mut world = World::running();
    world.is_writing = false;
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    world.find_no_space();
    assert_eq!(world.phase(), Phase::Running);
    world.is_writing = true;
    world.pass(100);
    assert_eq!(world.phase(), Phase::Stopping(crate::records::Then::Sleep));
}

#[test]
fn a_creation_that_is_not_stored_never_was() {
    let mut world = World::new();
    world.is_writing = false;
    let ticket = world.create();
    world.find_no_space();
    assert!(matches!(world.answers[&ticket], Err(Refusal::Store(..))));
    assert!(world.lifecycle.actor(ACTOR).is_none());
    world.is_writing = true;
    let ticket = world.create();
    assert!(matches!(
        world.answers[&ticket],
        Ok(Answer::Actor { created: true, .. })
    ));
}

#[test]
fn a_step_whose_answer_is_lost_is_written_again_and_not_taken_back() {
    let mut world = World::running();
    world.is_writing = false;
    let ticket = world.ticket();
    world.put(Input::Sleep {
        ticket,
        actor: ACTOR.into(),
    });
    let (id, changes) = world.held.pop().expect("a step is under way");
    // It is written, and nobody here hears of that; then for a while nothing can be written.
    let written = world.depot.transaction(move |tx| changes.apply(tx)).wait();
    assert_eq!(written.map(|orders| orders.len()).ok(), Some(1));
    let lost = |is_unknown, code| StoreFailure {
        is_passing: true,
        is_unknown,
        code,
        message: String::new(),
    };
    for failure in [lost(true, "answer_lost"), lost(false, "storage_full")] {
        let result = Err(failure);
        world.put(Input::Stored { id, result });
        assert!(!world.answers.contains_key(&ticket), "nobody knows yet");
        world.pass(5_000);
    }
    world.let_go();
    assert_eq!(world.answers[&ticket], Ok(Answer::Done));
    assert_eq!(world.phase(), Phase::Stopping(crate::records::Then::Sleep));
}

#[test]
fn a_host_is_told_its_commands_again_until_it_is_stored_that_it_has_them() {
    let mut world = World::running();
    let acked = Effect::Acked {
        envoy: HOST.into(),
        checkpoint: ActorCheckpoint {
            actor_id: ACTOR.into(),
            generation: 1,
            index: 1,
        },
    };
    world.is_writing = false;
    world.put(Input::CommandsAcked {
        envoy: HOST.into(),
        checkpoint: ActorCheckpoint {
            actor_id: ACTOR.into(),
            generation: 1,
            index: 1,
        },
    });
    assert!(!world.other.contains(&acked), "a restart would send it");
    world.let_go();
    assert!(world.other.contains(&acked));
}
