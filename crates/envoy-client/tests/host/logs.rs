//! What is logged as an error or a warning, by all tests of this program: each looks for a name of its own in it.

use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::server::lock;

static LOGGED: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());

/// Begins to listen, once.
pub(crate) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        tracing::subscriber::set_global_default(Listener).expect("nobody else listens");
    });
}

/// The errors that name `what`, as `field=value` for each of their fields.
pub(crate) fn errors_of(what: &str) -> Vec<String> {
    logged(Level::ERROR, what)
}

/// The warnings that name `what`, likewise.
pub(crate) fn warnings_of(what: &str) -> Vec<String> {
    logged(Level::WARN, what)
}

fn logged(level: Level, what: &str) -> Vec<String> {
    let logged = lock(&LOGGED);
    logged
        .iter()
        .filter(|(of, text)| *of == level && text.contains(what))
        .map(|(_, text)| text.clone())
        .collect()
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN && metadata.is_event()
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        lock(&LOGGED).push((*event.metadata().level(), fields.0));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // A string takes everything.
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}
