//! Hosts of every version and a gateway, on real sockets: what goes wrong between them, and that nothing breaks by it.
//!
//! Each of these fails if what guards against it is taken away: `unguarded.rs` leaves those guards out that can be.

mod commits;
mod overlaps;
mod starts;
mod stops;

use envoy_cli::demo::line::Who;
use envoy_e2e::World;
use envoy_protocol::latest::{ActorStateStopped, StopCode};

/// Holds a generation to have ended once, with an error. What it said.
fn failed_once(world: &World, who: Who, generation: u32) -> String {
    let ends = world.line.ends(who, &world.actor, generation);
    match &ends[..] {
        [
            ActorStateStopped {
                code: StopCode::Error,
                message: Some(message),
            },
        ] => message.clone(),
        _ => panic!(
            "{}: expected one end of generation {generation} with an error, but found {ends:?}",
            world.version
        ),
    }
}

/// Holds a generation of the host to have ended with an error, and the one after it to have been started. It says so once, or
/// not at all if the server has told it first of the one after: then the server knows.
fn failed_before_the_next(world: &World, generation: u32) {
    let generations = world.line.generations(&world.actor);
    assert!(generations.contains(&(generation + 1)), "{generations:?}");
    let ends = world.line.ends(Who::Host, &world.actor, generation);
    let is_well = |end: &ActorStateStopped| end.code == StopCode::Ok;
    assert!(ends.len() <= 1, "{}: {ends:?}", world.version);
    assert!(!ends.iter().any(is_well), "{}: {ends:?}", world.version);
}

/// Holds a generation to have ended once, and well.
fn stopped_once(world: &World, generation: u32) {
    let ends = world.line.ends(Who::Host, &world.actor, generation);
    let well = ActorStateStopped {
        code: StopCode::Ok,
        message: None,
    };
    assert_eq!(ends, [well], "{}", world.version);
}
