//! Alarms of actors that sleep, stop and crash.

use super::*;

#[test]
fn an_alarm_wakes_a_sleeping_actor_once() {
    let mut world = World::running();
    let at = world.now + 5_000;
    world.say(HOST, 1, alarm(Some(at)));
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    world.pass(4_999);
    assert_eq!(world.phase(), Phase::Sleeping);
    world.pass(1);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
    // Until it has run, the alarm stands: a start that fails must not lose it.
    assert_eq!(world.record().alarm_ts, Some(at));
    world.say(HOST, 2, running());
    assert_eq!(world.record().alarm_ts, None);
}

#[test]
fn an_alarm_that_came_due_while_the_actor_stopped_wakes_it_at_once() {
    let mut world = World::running();
    let at = world.now + 1_000;
    world.say(HOST, 1, alarm(Some(at)));
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    world.pass(2_000);
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
}

#[test]
fn an_alarm_outlives_a_crash() {
    let mut world = World::running();
    let at = world.now + 5_000;
    world.say(HOST, 1, alarm(Some(at)));
    world.say(HOST, 1, stopped(StopCode::Error, Some("fenced")));
    world.pass(5_000);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
}
