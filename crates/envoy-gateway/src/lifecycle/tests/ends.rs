//! Hosts that end, and generations that end with their hosts' connections: nobody waits for them longer than need be.

use super::*;

impl World {
    /// And it has said on it that it does not come back.
    fn ended(&mut self, envoy: &str, connection: u64) {
        self.put(Input::HostEnded {
            envoy: envoy.into(),
            connection: ConnectionId(connection),
        });
    }
}

#[test]
fn nobody_waits_for_a_host_that_has_said_that_it_has_ended() {
    let mut world = World::running();
    world.gone(HOST, 1);
    world.ended(HOST, 1);
    assert_eq!(world.phase(), Phase::Sleeping);
    let why = ActorError::EnvoyConnectionLost {
        envoy_key: HOST.into(),
    };
    assert_eq!(world.record().error, Some(why));
    assert_eq!(world.generation(), None, "what it still writes is refused");
    world.host(OTHER, 2);
    world.wake();
    assert_eq!(world.last_sent(), (OTHER, 2, &Sent::Start));
}

#[test]
fn a_host_that_has_ended_and_comes_back_all_the_same_is_there() {
    let mut world = World::running();
    world.gone(HOST, 1);
    world.host(HOST, 2);
    world.ended(HOST, 1);
    assert_eq!(world.phase(), Phase::Running);
    assert!(world.lifecycle.route(ACTOR).is_some());
}

#[test]
fn what_a_host_said_before_it_came_back_is_no_longer_so() {
    let mut world = World::running();
    world.gone(HOST, 1);
    world.host(HOST, 2);
    world.gone(HOST, 2);
    world.ended(HOST, 1);
    assert_eq!(world.phase(), Phase::Running);
    world.ended(HOST, 2);
    assert_eq!(world.phase(), Phase::Sleeping);
}

#[test]
fn an_actor_that_has_stopped_before_its_host_ended_has_stopped_well() {
    let mut world = World::running();
    world.host(OTHER, 2);
    world.put(Input::HostLeaves { envoy: HOST.into() });
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    world.gone(HOST, 1);
    world.ended(HOST, 1);
    assert_eq!(world.last_sent(), (OTHER, 2, &Sent::Start));
    assert_eq!(world.record().error, None);
}

#[test]
fn an_actor_whose_hosts_are_lost_one_after_the_other_is_not_left_alone_for_it() {
    let mut world = World::running();
    for generation in 1..=4 {
        let connection = u64::from(generation);
        world.gone(HOST, connection);
        world.ended(HOST, connection);
        assert_eq!(world.phase(), Phase::Sleeping);
        world.host(HOST, connection + 1);
        world.wake();
        assert_eq!(world.last_sent(), (HOST, generation + 1, &Sent::Start));
        world.say(HOST, generation + 1, running());
    }
    assert_eq!(world.record().crashes, 0, "it is not the actor's fault");
}

#[test]
fn a_generation_whose_v4_host_may_not_know_of_its_commit_is_over_by_no_fault_of_the_actor() {
    let mut world = World::running();
    for generation in 1..=4 {
        world.put(Input::Unproven {
            envoy: HOST.into(),
            actor: ACTOR.into(),
            generation,
        });
        assert_eq!(world.phase(), Phase::Sleeping);
        assert_eq!(
            world.last_sent(),
            (HOST, generation, &Sent::Stop(StopActorReason::Lost))
        );
        world.wake();
        assert_eq!(world.last_sent(), (HOST, generation + 1, &Sent::Start));
        world.say(HOST, generation + 1, running());
    }
    assert_eq!(world.record().crashes, 0);
}

#[test]
fn a_restart_is_ready_without_a_host_that_comes_back_to_say_that_it_has_ended() {
    let world = World::running();
    let mut again = World::over(world.depot.clone(), reread(&world), world.now + 100);
    assert!(!again.lifecycle.is_ready(again.now));
    again.host(HOST, 9);
    again.say(HOST, 1, stopped(StopCode::Error, None));
    again.gone(HOST, 9);
    assert!(
        !again.lifecycle.is_ready(again.now),
        "it may come back once more"
    );
    again.ended(HOST, 9);
    assert!(again.lifecycle.is_ready(again.now));
}
