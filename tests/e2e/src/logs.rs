//! What is logged as an error, by everything in this process: each test looks for its own actor.

use std::io::Write;
use std::sync::{Mutex, Once, PoisonError};

use tracing::Level;

static ERRORS: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Begins to listen, once.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let listener = tracing_subscriber::fmt()
            .with_max_level(Level::ERROR)
            .with_ansi(false)
            .with_writer(|| Errors);
        listener.init();
    });
}

/// The lines that name `what`.
#[must_use]
pub fn errors_of(what: &str) -> Vec<String> {
    let errors = ERRORS.lock().unwrap_or_else(PoisonError::into_inner);
    let errors = String::from_utf8_lossy(&errors);
    let found = errors.lines().filter(|line| line.contains(what));
    found.map(str::to_owned).collect()
}

struct Errors;

impl Write for Errors {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        let mut errors = ERRORS.lock().unwrap_or_else(PoisonError::into_inner);
        errors.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
