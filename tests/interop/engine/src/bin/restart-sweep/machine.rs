//! What the machine itself is up to while a server is measured: a disk that others keep busy is slow for everybody.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};

/// From one look to the next.
const PAUSE: Duration = Duration::from_millis(20);
/// What is written each time.
const PAGE: [u8; 4096] = [0x5a; 4096];

/// The slowest that was seen of the machine, by a thread that does nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slowest {
    /// A page written and synced.
    pub(crate) sync: Duration,
    /// How much longer than asked for a short wait took.
    pub(crate) wait: Duration,
}

/// A watch that is being kept.
pub(crate) struct Watch {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<Result<Slowest>>,
}

impl Watch {
    /// Begins to look, with a file in `folder`.
    pub(crate) fn begin(folder: &Path) -> Result<Self> {
        let path = folder.join("watch");
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let ends = Arc::new(AtomicBool::new(false));
        let thread = {
            let ends = Arc::clone(&ends);
            std::thread::spawn(move || look(file, &ends))
        };
        Ok(Self { ends, thread })
    }

    /// What was seen until now.
    pub(crate) fn end(self) -> Result<Slowest> {
        self.ends.store(true, Ordering::Relaxed);
        let seen = self.thread.join();
        seen.map_err(|_| anyhow!("the thread that watches the machine has panicked"))?
    }
}

fn look(mut file: File, ends: &AtomicBool) -> Result<Slowest> {
    let mut slowest = Slowest::default();
    while !ends.load(Ordering::Relaxed) {
        let start = Instant::now();
        file.rewind()?;
        file.write_all(&PAGE)?;
        file.sync_data()?;
        slowest.sync = slowest.sync.max(start.elapsed());
        let start = Instant::now();
        std::thread::sleep(PAUSE);
        slowest.wait = slowest.wait.max(start.elapsed().saturating_sub(PAUSE));
    }
    Ok(slowest)
}
