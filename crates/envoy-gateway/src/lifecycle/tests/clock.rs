//! The system's clock is set, or the machine sleeps.

use super::*;

const HOUR: Millis = 3_600_000;

impl World {
    /// The system's clock is this far ahead from now on.
    fn set_clock(&mut self, ahead: Millis) {
        self.lifecycle.clock_moved(ahead);
    }

    /// An actor that sleeps, with an alarm that is this far away.
    fn asleep_until(alarm_in: Millis) -> Self {
        let mut world = Self::running();
        world.say(HOST, 1, alarm(Some(world.now + alarm_in)));
        world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
        world.say(HOST, 1, stopped(StopCode::Ok, None));
        assert_eq!(world.phase(), Phase::Sleeping);
        world
    }
}

#[test]
fn an_alarm_that_the_clock_jumps_over_goes_off_at_once() {
    let mut world = World::asleep_until(HOUR);
    world.pass(1_000);
    assert_eq!(world.phase(), Phase::Sleeping);
    world.set_clock(HOUR);
    assert_eq!(
        world.lifecycle.poll_timeout().map(|at| at - world.now),
        Some(-1_000),
        "it is overdue"
    );
    world.pass(0);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
    let started = world.record().start_ts;
    assert_eq!(started, Some(world.now + HOUR), "as the clock says now");
}

#[test]
fn a_clock_that_is_set_back_puts_an_alarm_off_as_far() {
    let mut world = World::asleep_until(5_000);
    world.set_clock(-HOUR);
    world.pass(HOUR + 4_999);
    assert_eq!(world.phase(), Phase::Sleeping);
    world.pass(1);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
}

#[test]
fn an_alarm_counts_by_the_clock_when_it_is_looked_at_not_when_it_was_set() {
    let mut world = World::running();
    world.set_clock(HOUR);
    world.say(HOST, 1, alarm(Some(world.now + HOUR + 5_000)));
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    world.set_clock(2 * HOUR);
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(
        world.last_sent(),
        (HOST, 2, &Sent::Start),
        "it is due as the generation stops"
    );
}

#[test]
fn a_start_has_its_time_whatever_the_clock_is_set_to() {
    for ahead in [HOUR, -HOUR] {
        let mut world = World::new();
        world.host(HOST, 1);
        world.create();
        assert_eq!(world.phase(), Phase::Starting);
        world.set_clock(ahead);
        world.pass(29_999);
        assert_eq!(world.phase(), Phase::Starting, "{ahead}");
        world.pass(1);
        assert_eq!(world.phase(), Phase::Sleeping, "{ahead}");
    }
}

#[test]
fn a_stop_has_its_time_also_where_it_is_decided_anew_meanwhile() {
    let stop_threshold = LifecycleConfig::default().stop_threshold;
    for ahead in [HOUR, -HOUR] {
        let mut world = World::running();
        world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
        world.set_clock(ahead);
        world.pass(1_000);
        // This is another record, by the other clock.
        let ticket = world.destroy();
        world.set_clock(2 * ahead);
        world.pass(stop_threshold - 1_001);
        assert_eq!(
            world.phase(),
            Phase::Stopping(crate::records::Then::Destroy)
        );
        world.pass(1);
        assert_eq!(world.answers[&ticket], Ok(Answer::Done), "{ahead}");
        assert_eq!(
            world.lifecycle.poll_timeout(),
            None,
            "nothing of it is left behind"
        );
    }
}

#[test]
fn a_start_that_is_written_while_the_clock_is_set_has_its_time() {
    for ahead in [HOUR, -HOUR] {
        let mut world = World::new();
        world.host(HOST, 1);
        world.is_writing = false;
        world.create();
        world.set_clock(ahead);
        world.let_go();
        world.pass(29_999);
        assert_eq!(world.phase(), Phase::Starting, "{ahead}");
        world.pass(1);
        assert_eq!(world.phase(), Phase::Sleeping, "{ahead}");
    }
}

#[test]
fn who_crashed_is_left_alone_as_long_whatever_the_clock_is_set_to() {
    for ahead in [HOUR, -HOUR] {
        let mut world = World::running();
        world.say(HOST, 1, stopped(StopCode::Error, None));
        world.wake();
        world.set_clock(ahead);
        // It has not run for an hour: this is the second crash in a row.
        world.say(HOST, 2, running());
        world.set_clock(2 * ahead);
        world.say(HOST, 2, stopped(StopCode::Error, None));
        world.set_clock(3 * ahead);
        world.wake();
        assert_eq!(world.phase(), Phase::Pending, "{ahead}");
        world.pass(499);
        assert_eq!(world.phase(), Phase::Pending, "{ahead}");
        world.pass(1);
        assert_eq!(world.last_sent(), (HOST, 3, &Sent::Start), "{ahead}");
    }
}

#[test]
fn a_host_is_waited_for_as_long_whatever_the_clock_is_set_to() {
    for ahead in [HOUR, -HOUR] {
        let mut world = World::running();
        world.gone(HOST, 1);
        world.set_clock(ahead);
        world.pass(14_999);
        assert_eq!(world.phase(), Phase::Running, "{ahead}");
        world.pass(1);
        assert_eq!(world.phase(), Phase::Sleeping, "{ahead}");
    }
}

#[test]
fn what_a_clock_far_ahead_has_stored_does_not_last_longer_than_it_may() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.set_clock(1_000 * HOUR);
    world.create();
    let stored = Stored {
        actors: vec![world.record().clone()],
        hosts: world
            .lifecycle
            .hosts()
            .map(|(envoy, host)| (envoy.to_owned(), host.record.clone()))
            .collect(),
        ..Stored::default()
    };
    // The clock has been put right by the time that the next server starts.
    let mut world = World::over(world.depot, stored, world.now);
    world.host(HOST, 2);
    world.pass(29_999);
    assert_eq!(world.phase(), Phase::Starting);
    world.pass(1);
    assert_eq!(world.phase(), Phase::Sleeping);
}
