//! How actors come to run: where there is a host, and where one comes.

use super::*;

#[test]
fn a_created_actor_is_started_at_once_where_there_is_a_host() {
    let mut world = World::new();
    world.host(HOST, 1);
    let ticket = world.create();
    assert!(matches!(
        world.answers[&ticket],
        Ok(Answer::Actor { created: true, .. })
    ));
    assert_eq!(world.sent, [(HOST.to_owned(), 1, 1, Sent::Start)]);
    assert_eq!(world.phase(), Phase::Starting);
    assert_eq!(world.generation(), Some(1));
}

#[test]
fn every_start_has_the_input_that_the_actor_was_created_with() {
    // Created and started in one step, and in two.
    let mut at_once = World::new();
    at_once.host(HOST, 1);
    at_once.create();
    let mut later = World::new();
    later.create();
    later.host(HOST, 1);
    for mut world in [at_once, later] {
        let input = Some(b"input".to_vec());
        assert_eq!(world.inputs, std::slice::from_ref(&input));
        world.say(HOST, 1, stopped(StopCode::Error, None));
        world.wake();
        // A crash is waited for.
        world.pass(60_000);
        assert_eq!(world.inputs, [input.clone(), input]);
    }
}

#[test]
fn an_actor_that_found_no_host_is_started_when_one_comes() {
    let mut world = World::new();
    world.create();
    assert_eq!(world.phase(), Phase::Pending);
    assert_eq!(world.record().error, Some(ActorError::NoEnvoys));
    assert!(world.sent.is_empty());
    world.host(HOST, 1);
    assert_eq!(world.last_sent(), (HOST, 1, &Sent::Start));
}

#[test]
fn an_actor_whose_host_comes_while_it_is_written_that_there_is_none_is_started() {
    let mut world = World::new();
    world.is_writing = false;
    world.host(HOST, 1);
    world.create();
    // The host is durable first, and then the actor that found none.
    world.let_go();
    assert_eq!(world.phase(), Phase::Starting);
}

#[test]
fn a_second_actor_of_the_same_name_and_key_is_refused_even_while_the_first_is_written() {
    let mut world = World::new();
    world.is_writing = false;
    world.create();
    let ticket = world.ticket();
    let actor = NewActor {
        namespace: "default".into(),
        name: "thing".into(),
        key: Some("k".into()),
        input: None,
        pool: "pool".into(),
        crash_policy: "sleep".into(),
    };
    let id = "actor-2".to_owned();
    world.put(Input::Create {
        ticket,
        id,
        actor,
        duplicate: Duplicate::Refuse,
    });
    assert_eq!(
        world.answers[&ticket],
        Err(Refusal::Duplicate {
            actor: ACTOR.into(),
            key: "k".into(),
        })
    );
}

#[test]
fn a_start_that_takes_too_long_is_given_up() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.create();
    world.pass(29_999);
    assert_eq!(world.phase(), Phase::Starting);
    world.pass(1);
    assert_eq!(world.phase(), Phase::Sleeping);
    let why = ActorError::EnvoyNoResponse {
        envoy_key: Some(HOST.into()),
    };
    assert_eq!(world.record().error, Some(why));
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::Lost))
    );
}

#[test]
fn the_newest_deployment_is_preferred_then_who_has_the_fewest_actors() {
    let mut world = World::running();
    world.host(OTHER, 2);
    let record = world.record().clone();
    assert_eq!(world.lifecycle.choose_host(&record), Some(OTHER.to_owned()));
    let host = HostRecord {
        format: 1,
        namespace: "default".into(),
        pool: "pool".into(),
        deployment: 2,
        protocol: 5,
    };
    let connection = ConnectionId(3);
    world.put(Input::HostCame {
        envoy: HOST.into(),
        host,
        connection,
    });
    assert_eq!(world.lifecycle.choose_host(&record), Some(HOST.to_owned()));
}

#[test]
fn actors_that_are_created_at_once_are_spread_over_the_hosts() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.host(OTHER, 2);
    world.is_writing = false;
    for number in 0..16 {
        let ticket = world.ticket();
        let actor = NewActor {
            namespace: "default".into(),
            name: "thing".into(),
            key: None,
            input: None,
            pool: "pool".into(),
            crash_policy: "sleep".into(),
        };
        world.put(Input::Create {
            ticket,
            id: format!("actor-{number}"),
            actor,
            duplicate: Duplicate::Refuse,
        });
    }
    world.let_go();
    let on = |envoy: &str| world.sent.iter().filter(|sent| sent.0 == envoy).count();
    assert_eq!((on(HOST), on(OTHER)), (8, 8));
    let host = |envoy| world.lifecycle.host(envoy).expect("it is there");
    assert!(host(HOST).chosen_for.is_empty());
    assert_eq!(host(HOST).actors.len(), 8);
}
