//! A gateway that is started again over what another has stored.

use super::*;

#[test]
fn a_restart_goes_on_where_it_was() {
    let world = World::running();
    let mut again = World::over(world.depot.clone(), reread(&world), world.now + 100);
    assert_eq!(again.phase(), Phase::Running);
    assert!(
        !again.lifecycle.is_ready(again.now),
        "its host has not come back"
    );
    again.indices = world.indices;
    again.host(HOST, 9);
    assert!(again.lifecycle.is_ready(again.now));
    again.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    assert_eq!(
        again.sent,
        [(HOST.into(), 1, 2, Sent::Stop(StopActorReason::SleepIntent))]
    );
}

#[test]
fn a_restart_ends_a_generation_whose_host_may_not_know_of_its_commit_before_anybody_asks_it() {
    let world = World::running();
    let mut stored = reread(&world);
    // One that is long over has no say.
    stored.unproven = vec![(ACTOR.into(), 1), ("another".into(), 1)];
    let mut again = World::over(world.depot.clone(), stored, world.now + 100);
    assert_eq!(again.phase(), Phase::Sleeping);
    assert_eq!(
        again.sent,
        [(HOST.into(), 1, 2, Sent::Stop(StopActorReason::Lost))]
    );
    assert!(
        !again.lifecycle.is_ready(again.now),
        "its host has not come back, and is to run it again"
    );
    again.put(Input::Wake {
        actor: ACTOR.into(),
    });
    again.host(HOST, 9);
    assert!(again.lifecycle.is_ready(again.now));
    assert_eq!(again.last_sent(), (HOST, 2, &Sent::Start));
    assert_eq!(again.record().crashes, 0, "it is not the actor's fault");
}

#[test]
fn a_generation_is_asked_nothing_more_while_it_is_written_that_it_is_given_up() {
    let mut world = World::running();
    let unproven = vec![(ACTOR.into(), 1)];
    let stored = Stored {
        unproven,
        ..reread(&world)
    };
    assert!(world.lifecycle.route(ACTOR).is_some());
    world.lifecycle = Lifecycle::new(LifecycleConfig::default(), stored, world.now);
    world.is_writing = false;
    world.host(HOST, 9);
    assert_eq!(world.phase(), Phase::Running, "it is not durable yet");
    assert_eq!(world.lifecycle.route(ACTOR), None);
    world.let_go();
    world.put(Input::Wake {
        actor: ACTOR.into(),
    });
    world.indices.clear();
    world.say(HOST, 2, running());
    let connection = world.lifecycle.route(ACTOR).map(|(_, _, at)| at);
    assert_eq!(connection, Some(ConnectionId(9)));
}

#[test]
fn a_restart_leaves_the_generation_alone_that_came_after_an_unproven_one() {
    let mut world = World::running();
    world.say(HOST, 1, stopped(StopCode::Error, Some("fenced")));
    world.put(Input::Wake {
        actor: ACTOR.into(),
    });
    world.say(HOST, 2, running());
    let mut stored = reread(&world);
    stored.unproven = vec![(ACTOR.into(), 1)];
    let again = World::over(world.depot.clone(), stored, world.now + 100);
    assert_eq!(again.phase(), Phase::Running);
    assert_eq!(again.generation(), Some(2));
}

#[test]
fn a_restart_gives_hosts_as_long_to_come_back_as_ever() {
    let world = World::running();
    let mut again = World::over(world.depot.clone(), reread(&world), world.now + 100);
    again.pass(2_500);
    assert!(
        again.lifecycle.is_ready(again.now),
        "it does not wait for ever to say so"
    );
    again.pass(12_499);
    assert_eq!(again.phase(), Phase::Running);
    again.pass(1);
    assert_eq!(again.phase(), Phase::Sleeping);
}
