//! What is logged of a fence: at error level, once, and only if somebody waits for the answer.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use depot::fault::{Fault, Point};
use envoy_protocol::Version;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::rig::{ACTOR, World, eventually};

/// The errors that were logged on this thread, each with its fields.
#[derive(Clone, Default)]
struct Errors(Arc<Mutex<Vec<String>>>);

impl Errors {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("a list"))
    }
}

impl Subscriber for Errors {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.0.lock().expect("a list").push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        use std::fmt::Write as _;
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

#[tokio::test]
async fn a_fence_is_logged_once_with_what_is_needed_to_look_into_it() {
    let errors = Errors::default();
    let _here = tracing::subscriber::set_default(errors.clone());
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    host.commits(generation, Some(0), &[(1, 1), (2, 1)]).await;
    host.pages_error(generation, Some(9), &[2, 1]).await;
    host.commit_error(generation, Some(9), &[(1, 2)]).await;
    let logged = errors.take();
    assert_eq!(logged.len(), 1, "{logged:?}");
    for field in [
        "actor=\"actor-1\"",
        "generation=1",
        "pages=[2, 1]",
        "expected=9",
        "actual=1",
        "envoy=host",
    ] {
        assert!(logged[0].contains(field), "{field}: {}", logged[0]);
    }
}

#[tokio::test]
async fn a_generation_that_is_over_is_no_error() {
    let errors = Errors::default();
    let _here = tracing::subscriber::set_default(errors.clone());
    let world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    world.allocate(ACTOR, "next");
    host.commit_error(generation, Some(0), &[(1, 1)]).await;
    assert_eq!(errors.take(), Vec::<String>::new());
}

#[tokio::test]
async fn a_fence_that_nobody_waits_for_is_no_error() {
    let errors = Errors::default();
    let _here = tracing::subscriber::set_default(errors.clone());
    let mut world = World::new();
    let (mut host, generation) = world.serve(Version::V5);
    world.faults.plan(Point::BeforeCommit, Fault::Hold);
    host.send_commit(ACTOR, generation, Some(7), &[(1, 1)]);
    world.held(1).await;
    host.connection.end();
    world.faults.let_go();
    eventually(|| world.storage.statistics().busy_lanes == 0).await;
    assert_eq!(errors.take(), Vec::<String>::new());
    assert_eq!(world.told().len(), 1, "its host is told all the same");
}
