//! How generations end, and what comes behind them: sleep, another generation, the end.

use super::*;

#[test]
fn an_actor_sleeps_and_wakes_as_the_next_generation() {
    let mut world = World::running();
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::SleepIntent))
    );
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Sleeping);
    assert_eq!(world.generation(), None, "nobody writes while it sleeps");
    world.wake();
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
    assert_eq!(world.generation(), Some(2));
}

#[test]
fn a_clean_stop_that_nobody_asked_for_is_the_end() {
    let mut world = World::running();
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Destroyed);
    assert!(world.other.contains(&Effect::Destroyed {
        actor: ACTOR.into()
    }));
}

#[test]
fn a_generation_that_ends_with_an_error_sleeps_and_says_why() {
    let mut world = World::running();
    world.say(HOST, 1, stopped(StopCode::Error, Some("boom")));
    assert_eq!(world.phase(), Phase::Sleeping);
    let why = ActorError::Crashed {
        message: Some("boom".into()),
    };
    assert_eq!(world.record().error, Some(why));
    world.wake();
    assert_eq!(
        world.last_sent(),
        (HOST, 2, &Sent::Start),
        "the first crash costs no time"
    );
}

#[test]
fn who_crashes_again_and_again_is_left_alone_for_longer_each_time() {
    let mut world = World::running();
    let mut waits = Vec::new();
    for generation in 1..=6 {
        world.say(HOST, generation, stopped(StopCode::Error, None));
        let crashed = world.now;
        world.wake();
        while world.record().generation == generation {
            world.pass(100);
        }
        waits.push(world.now - crashed);
    }
    assert_eq!(waits, [0, 500, 1000, 2000, 4000, 8000]);
}

#[test]
fn a_destroyed_actor_is_gone_once_it_has_stopped_and_its_key_is_free() {
    let mut world = World::running();
    let ticket = world.destroy();
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::Destroy))
    );
    assert!(
        !world.answers.contains_key(&ticket),
        "it has not stopped yet"
    );
    let second = world.destroy();
    // However it ends.
    world.say(HOST, 1, stopped(StopCode::Error, Some("too late")));
    assert_eq!(world.answers[&ticket], Ok(Answer::Done));
    assert_eq!(world.answers[&second], Ok(Answer::Done));
    assert_eq!(world.phase(), Phase::Destroyed);
    assert!(world.lifecycle.find("default", "thing", "k").is_none());
    let ticket = world.create();
    assert!(matches!(
        world.answers[&ticket],
        Ok(Answer::Actor { created: true, .. })
    ));
}

#[test]
fn a_stop_that_takes_too_long_is_given_up() {
    let mut world = World::running();
    world.destroy();
    world.pass(30 * 60_000);
    assert_eq!(world.phase(), Phase::Destroyed);
}

#[test]
fn a_generation_that_the_storage_refuses_is_over_at_once() {
    let mut world = World::running();
    let refused = |generation| Input::Refused {
        envoy: HOST.into(),
        actor: ACTOR.into(),
        generation,
        message: "fenced".into(),
    };
    world.put(refused(1));
    assert_eq!(world.phase(), Phase::Sleeping);
    assert_eq!(world.generation(), None);
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::Lost))
    );
    // Once is enough. What comes after is of a generation that is over.
    world.put(refused(1));
    let stale = Effect::StopStale {
        envoy: HOST.into(),
        actor: ACTOR.into(),
        generation: 1,
    };
    assert_eq!(world.sent.len(), 2);
    assert!(world.other.contains(&stale));
}

#[test]
fn what_an_old_generation_or_another_host_says_changes_nothing() {
    let mut world = World::running();
    world.say(OTHER, 1, stopped(StopCode::Ok, None));
    world.say(HOST, 7, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Running);
    assert_eq!(world.applied.len(), 3, "it is dealt with all the same");
}
