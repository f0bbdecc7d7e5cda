//! Commands are handled once, and events arrive once each, in order.

use super::*;

fn indices(sent: &[latest::ToRivet]) -> Vec<i64> {
    sent.iter()
        .filter_map(|message| match message {
            latest::ToRivet::ToRivetEvents(events) => Some(events),
            _ => None,
        })
        .flatten()
        .map(|event| event.checkpoint.index)
        .collect()
}

fn acks(rig: &mut Rig) -> Vec<latest::ActorCheckpoint> {
    rig.pass(Duration::from_secs(5));
    rig.sent()
        .into_iter()
        .filter_map(|message| match message {
            latest::ToRivet::ToRivetAckCommands(acks) => Some(acks.last_command_checkpoints),
            _ => None,
        })
        .flatten()
        .collect()
}

#[test]
fn a_command_is_handled_once_however_often_it_comes() {
    let mut rig = Rig::ready();
    rig.command(1, 1, start());
    rig.command(1, 1, start());
    rig.command(1, 2, stop());
    rig.command(1, 1, start());
    assert_eq!(rig.events().len(), 2);
    for _ in 0..3 {
        rig.reconnect();
        rig.command(1, 1, start());
        rig.command(1, 2, stop());
    }
    let commands = rig
        .events()
        .iter()
        .filter(|event| matches!(event, HostEvent::Command(_)))
        .count();
    assert_eq!(commands, 0);
    assert_eq!(rig.host.stats().repeated_commands, 8);
}

#[test]
fn a_stop_of_one_generation_is_obeyed_while_the_next_one_runs() {
    let mut rig = Rig::ready();
    rig.command(1, 1, start());
    rig.command(2, 1, start());
    rig.command(1, 2, stop());
    let generations: Vec<_> = rig
        .events()
        .iter()
        .filter_map(|event| match event {
            HostEvent::Command(command) => {
                Some((command.checkpoint.generation, command.checkpoint.index))
            }
            _ => None,
        })
        .collect();
    assert_eq!(generations, [(1, 1), (2, 1), (1, 2)]);
}

#[test]
fn commands_are_acknowledged_together_and_after_a_while() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.start(2);
    rig.command(1, 2, stop());
    assert!(rig.sent().is_empty());
    assert_eq!(acks(&mut rig), [checkpoint(1, 2), checkpoint(2, 1)]);
    assert!(acks(&mut rig).is_empty());
}

#[test]
fn a_command_that_is_replayed_after_its_ack_is_known() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    assert_eq!(acks(&mut rig).len(), 1);
    // The ack was lost: the start comes again, on every connection until an ack arrives.
    for _ in 0..3 {
        rig.reconnect();
        rig.command(1, 1, start());
        rig.ping(1);
        assert_eq!(acks(&mut rig), [checkpoint(1, 1)]);
    }
    let commands = rig
        .events()
        .iter()
        .filter(|event| matches!(event, HostEvent::Command(_)))
        .count();
    assert_eq!(commands, 0);
    assert_eq!(rig.host.stats().generations, 1);
}

#[test]
fn an_ended_generation_is_forgotten_after_a_whole_cycle() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    assert_eq!(acks(&mut rig).len(), 1);
    rig.ping(1);
    assert_eq!(rig.host.stats().generations, 1, "the ack may be lost");
    // A connection that ends before the commands could come proves nothing.
    rig.reconnect();
    assert_eq!(rig.host.stats().generations, 1);
    rig.reconnect();
    rig.ping(1);
    assert_eq!(rig.host.stats().generations, 0);
}

#[test]
fn a_generation_that_runs_is_not_forgotten() {
    let mut rig = Rig::ready();
    rig.start(1);
    assert_eq!(acks(&mut rig).len(), 1);
    for _ in 0..3 {
        rig.reconnect();
        rig.ping(1);
    }
    assert_eq!(rig.host.stats().generations, 1);
    rig.command(1, 1, start());
    assert_eq!(rig.host.stats().repeated_commands, 1);
}

#[test]
fn too_many_ended_generations_are_forgotten_from_the_oldest_ack_on() {
    let mut rig = Rig::ready_with(|config| config.limits.tombstones = 10);
    for generation in 1..=30 {
        rig.start(generation);
        rig.host
            .event(ACTOR, generation, stopped())
            .expect("a generation");
        assert_eq!(acks(&mut rig).len(), 1);
        rig.ping(1);
    }
    assert_eq!(rig.host.stats().generations, 10);
    assert_eq!(rig.host.stats().forgotten_generations, 20);
    rig.command(30, 1, start());
    rig.command(21, 1, start());
    assert_eq!(rig.host.stats().repeated_commands, 2);
}

#[test]
fn a_start_that_came_by_another_way_is_not_started_again() {
    let mut rig = Rig::ready();
    rig.host.adopt(&checkpoint(1, 0));
    rig.host.event(ACTOR, 1, running()).expect("a generation");
    rig.command(1, 0, start());
    rig.command(1, 1, stop());
    assert!(
        matches!(&rig.events()[..], [HostEvent::Command(command)] if command.checkpoint.index == 1)
    );
}

#[test]
fn a_generation_that_started_another_way_is_forgotten_without_a_command() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    rig.host.adopt(&checkpoint(2, 0));
    assert_eq!(rig.host.stats().unacknowledged_events, 0, "1 has ended");
    rig.host.event(ACTOR, 2, stopped()).expect("a generation");
    let acked = acks(&mut rig);
    assert_eq!(acked, [checkpoint(1, 1)], "nobody waits for the other ack");
    rig.reconnect();
    rig.ping(1);
    assert_eq!(rig.host.stats().generations, 0);
}

#[test]
fn a_start_that_is_adopted_again_changes_nothing() {
    let mut rig = Rig::ready();
    rig.host.adopt(&checkpoint(1, 0));
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    rig.host.adopt(&checkpoint(1, 0));
    let error = rig.host.event(ACTOR, 1, running());
    assert!(matches!(error, Err(SendError::GenerationEnded { .. })));
    rig.reconnect();
    rig.ping(1);
    assert_eq!(rig.host.stats().generations, 0);
}

#[test]
fn acks_that_were_due_on_a_lost_connection_are_sent_on_the_next() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.pass(Duration::from_secs(5));
    rig.reconnect();
    assert_eq!(acks(&mut rig), [checkpoint(1, 1)]);
}

#[test]
fn a_long_name_keeps_no_other_ack_waiting() {
    let mut rig = Rig::ready();
    for actor_id in ["a".repeat(300 << 10), "b".to_owned()] {
        let checkpoint = latest::ActorCheckpoint {
            actor_id,
            generation: 1,
            index: 1,
        };
        let inner = start();
        let command = latest::CommandWrapper { checkpoint, inner };
        rig.give(&latest::ToEnvoy::ToEnvoyCommands(vec![command]));
    }
    assert_eq!(acks(&mut rig).len(), 2);
}

#[test]
fn events_are_counted_without_gaps_across_connections() {
    let mut rig = Rig::ready();
    rig.start(1);
    for ts in 0..5 {
        rig.host.event(ACTOR, 1, alarm(ts)).expect("a generation");
    }
    assert_eq!(indices(&rig.sent()), [0, 1, 2, 3, 4]);
    rig.lose();
    rig.host.event(ACTOR, 1, alarm(5)).expect("a generation");
    rig.open();
    assert!(indices(&rig.sent()).is_empty(), "there was no init yet");
    rig.init();
    assert_eq!(indices(&rig.sent()), [0, 1, 2, 3, 4, 5]);
    rig.ack(1, 3);
    rig.host.event(ACTOR, 1, alarm(6)).expect("a generation");
    assert_eq!(indices(&rig.sent()), [6]);
    rig.reconnect();
    assert_eq!(indices(&rig.sent()), [4, 5, 6]);
}

#[test]
fn an_ack_of_what_was_not_sent_is_not_believed() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, alarm(0)).expect("a generation");
    rig.ack(1, 100);
    rig.ack(7, 100);
    assert_eq!(indices(&rig.sent()), [0]);
}

#[test]
fn generations_are_counted_apart() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.start(2);
    for generation in [1, 2, 1, 2] {
        rig.host
            .event(ACTOR, generation, sleep())
            .expect("a generation");
    }
    assert_eq!(indices(&rig.sent()), [0, 0, 1, 1]);
    rig.ack(1, 1);
    rig.reconnect();
    assert_eq!(indices(&rig.sent()), [0, 1]);
}

#[test]
fn nothing_follows_the_end_of_a_generation() {
    let mut rig = Rig::ready();
    let unknown = rig.host.event(ACTOR, 1, running());
    assert!(matches!(unknown, Err(SendError::UnknownGeneration { .. })));
    rig.start(1);
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    let ended = rig.host.event(ACTOR, 1, running());
    assert!(matches!(ended, Err(SendError::GenerationEnded { .. })));
}

#[test]
fn alarms_that_were_not_sent_can_be_taken_back_without_a_gap() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, alarm(0)).expect("a generation");
    assert_eq!(indices(&rig.sent()), [0]);
    for event in [alarm(1), sleep(), alarm(2), stopped()] {
        rig.host.event(ACTOR, 1, event).expect("a generation");
    }
    assert_eq!(rig.host.drop_unsent_alarms(ACTOR, 1), 2);
    rig.reconnect();
    let sent = rig.sent();
    assert_eq!(indices(&sent), [0, 1, 2]);
    let latest::ToRivet::ToRivetEvents(events) = &sent[0] else {
        panic!("expected events");
    };
    let inner: Vec<_> = events.iter().map(|event| event.inner.clone()).collect();
    assert_eq!(inner, [alarm(0), sleep(), stopped()]);
}

#[test]
fn a_full_history_takes_the_news_of_states_and_nothing_else() {
    let mut rig = Rig::with(|config| config.limits.history = 100);
    rig.open();
    rig.init();
    rig.start_quietly();
    while rig.host.event(ACTOR, 1, alarm(1)).is_ok() {}
    let full = rig.host.event(ACTOR, 1, sleep());
    assert!(matches!(full, Err(SendError::QueueFull { limit: 100, .. })));
    rig.host.event(ACTOR, 1, stopped()).expect("always taken");
    let _commands = rig.events();
    assert!(!rig.sent().is_empty());
    assert!(rig.events().is_empty(), "still full");
    rig.ack(1, i64::MAX);
    assert!(matches!(rig.events()[..], [HostEvent::Room]));
    assert!(rig.events().is_empty(), "said once");
}

#[test]
fn an_event_is_not_larger_than_a_frame_and_no_frame_of_events_is() {
    let mut rig = Rig::ready_with(|config| config.limits.frame = 1000);
    rig.start(1);
    let crashed = |octets| {
        state(latest::ActorState::ActorStateStopped(
            latest::ActorStateStopped {
                code: latest::StopCode::Error,
                message: Some("x".repeat(octets)),
            },
        ))
    };
    let error = rig.host.event(ACTOR, 1, crashed(1000));
    assert!(
        matches!(error, Err(SendError::TooLarge { .. })),
        "{error:?}"
    );
    for number in 0..100 {
        rig.host
            .event(ACTOR, 1, alarm(number))
            .expect("a generation");
    }
    rig.host.event(ACTOR, 1, crashed(940)).expect("it fits");
    let mut frames = 0;
    while let Some(Transmit::Frame { octets, .. }) = rig.host.poll_transmit(rig.now) {
        assert!(octets.len() <= 1000, "{}", octets.len());
        frames += 1;
    }
    assert!(frames > 2);
}

#[test]
fn the_history_of_an_ended_generation_goes_with_a_connection_that_lives_on() {
    let mut rig = Rig::ready();
    rig.start(1);
    for event in [running(), stopped()] {
        rig.host.event(ACTOR, 1, event).expect("a generation");
    }
    assert_eq!(rig.sent().len(), 1);
    for _ in 0..5 {
        rig.pass(Duration::from_secs(10));
        rig.ping(1);
    }
    assert_eq!(rig.host.stats().unacknowledged_events, 2);
    rig.pass(Duration::from_secs(10));
    rig.ping(1);
    assert_eq!(rig.host.stats().unacknowledged_events, 0);
}

#[test]
fn the_history_of_an_ended_generation_outlives_a_connection_that_is_cut() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    assert_eq!(indices(&rig.sent()), [0]);
    rig.pass(Duration::from_secs(10));
    rig.reconnect();
    for _ in 0..5 {
        rig.pass(Duration::from_secs(10));
        rig.ping(1);
    }
    // Not handed to this connection yet, so nothing is proven.
    assert_eq!(rig.host.stats().unacknowledged_events, 1);
    assert_eq!(indices(&rig.sent()), [0]);
}

#[test]
fn a_later_generation_proves_that_an_earlier_one_has_ended() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    rig.start(2);
    assert_eq!(rig.host.stats().unacknowledged_events, 0);
}

#[test]
fn events_keep_their_place_among_what_else_is_sent() {
    let mut rig = Rig::ready();
    rig.start(1);
    let kv = |rig: &mut Rig| {
        let deadline = rig.deadline();
        rig.host
            .kv(ACTOR, latest::KvRequestDataRef::KvDropRequest, deadline)
            .expect("room");
    };
    rig.host.event(ACTOR, 1, running()).expect("a generation");
    kv(&mut rig);
    rig.host.event(ACTOR, 1, sleep()).expect("a generation");
    rig.host.event(ACTOR, 1, alarm(1)).expect("a generation");
    kv(&mut rig);
    let sent = rig.sent();
    assert!(
        matches!(
            &sent[..],
            [
                latest::ToRivet::ToRivetEvents(_),
                latest::ToRivet::ToRivetKvRequest(_),
                latest::ToRivet::ToRivetEvents(two),
                latest::ToRivet::ToRivetKvRequest(_)
            ] if two.len() == 2
        ),
        "{sent:?}"
    );
}

impl Rig {
    fn start_quietly(&mut self) {
        self.command(1, 1, start());
        let _events = self.events();
    }
}
