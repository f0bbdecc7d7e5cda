//! Hosts that leave, are lost and come back, and their actors.

use super::*;

#[test]
fn an_actor_whose_host_leaves_is_started_on_another_one() {
    let mut world = World::running();
    world.host(OTHER, 2);
    world.put(Input::HostLeaves { envoy: HOST.into() });
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::GoingAway))
    );
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.last_sent(), (OTHER, 2, &Sent::Start));
}

#[test]
fn a_host_that_left_gets_actors_again_once_it_is_back() {
    let mut world = World::running();
    world.put(Input::HostLeaves { envoy: HOST.into() });
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Pending);
    world.gone(HOST, 1);
    world.host(HOST, 2);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
}

#[test]
fn a_host_that_leaves_while_an_actor_is_allocated_to_it_is_asked_to_stop_it() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.is_writing = false;
    world.create();
    world.put(Input::HostLeaves { envoy: HOST.into() });
    world.let_go();
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::GoingAway))
    );
}

#[test]
fn a_host_that_comes_back_in_time_keeps_its_actors() {
    let mut world = World::running();
    world.gone(HOST, 1);
    assert!(world.lifecycle.route(ACTOR).is_none());
    world.pass(14_000);
    world.host(HOST, 2);
    world.pass(60_000);
    assert_eq!(world.phase(), Phase::Running);
    assert!(world.lifecycle.route(ACTOR).is_some());
    // The end of the connection before says nothing of the new one.
    world.gone(HOST, 1);
    assert!(world.lifecycle.route(ACTOR).is_some());
}

#[test]
fn the_actors_of_a_lost_host_sleep_and_it_is_told_when_it_comes_back() {
    let mut world = World::running();
    world.gone(HOST, 1);
    world.pass(15_000);
    assert_eq!(world.phase(), Phase::Sleeping);
    let why = ActorError::EnvoyConnectionLost {
        envoy_key: HOST.into(),
    };
    assert_eq!(world.record().error, Some(why));
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::Lost))
    );
    assert_eq!(world.generation(), None, "what it still writes is refused");
    // What the lost generation still says changes nothing.
    world.host(HOST, 2);
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Sleeping);
}

#[test]
fn a_host_that_never_comes_back_leaves_nothing_behind() {
    let mut world = World::running();
    world.gone(HOST, 1);
    world.pass(30 * 60_000);
    let stored = reread(&world);
    assert!(stored.hosts.is_empty());
    assert!(stored.generations.is_empty());
}

#[test]
fn the_rows_of_a_generation_that_has_stopped_go_when_no_session_knows_it() {
    let mut world = World::running();
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(reread(&world).generations.len(), 1);
    let generations = HashSet::from([(ACTOR.to_owned(), 1)]);
    world.put(Input::Remembered {
        envoy: HOST.into(),
        generations,
    });
    assert_eq!(reread(&world).generations.len(), 1);
    let generations = HashSet::new();
    world.put(Input::Remembered {
        envoy: HOST.into(),
        generations,
    });
    assert!(reread(&world).generations.is_empty());
}

#[test]
fn a_host_that_comes_back_while_it_is_being_forgotten_is_stored_again() {
    let mut world = World::running();
    world.gone(HOST, 1);
    world.pass(15_000);
    world.is_writing = false;
    world.pass(10 * 60_000);
    world.is_writing = true;
    world.find_no_space();
    world.host(HOST, 2);
    world.wake();
    assert_eq!(
        world.phase(),
        Phase::Pending,
        "what is written could go again"
    );
    world.pass(1_000);
    assert_eq!(reread(&world).hosts.len(), 1);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
}
