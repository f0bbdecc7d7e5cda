//! Copying a whole snapshot into a new store.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::ops::{Bound, ControlFlow};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::embedded::Options;
use crate::embedded::directory::{Directory, failed, parent, sync};
use crate::embedded::store::RedbStore;
use crate::engine::{Changes, EngineError, Snapshot, Space};
use crate::error::Error;
use crate::group::Store as _;
use crate::types::Order;

/// Octets that are copied in one transaction.
const AT_ONCE: usize = 16 << 20;

/// Copies `snapshot` into a new store at `path`. What fails leaves nothing there, and nothing beside it, or says what.
pub(crate) fn copy(snapshot: &dyn Snapshot, path: &Path) -> Result<(), Error> {
    let failed = |error: io::Error| failed(path, &error);
    check_free(path)?;
    let partial = partial(path);
    // Fails where another copy to the same place is under way. Nobody else has the folder before it has its name.
    let directory = Directory::for_copy(&partial).inspect_err(|_| {
        // It may have been made for this. One with anything in it stays.
        let _ = fs::remove_dir(&partial);
    })?;
    let made = directory.with_files(|files, _| {
        let store = RedbStore::make(&(Arc::new(files) as _), Options::default().store())?;
        let copied = Copy::new(&store).all(snapshot);
        store.close();
        Ok(copied?)
    });
    let named = made.and_then(|()| {
        // A rename would take the place of an empty folder without asking.
        check_free(path)?;
        fs::rename(&partial, path).map_err(failed)
    });
    if let Err(error) = named {
        return Err(match directory.remove() {
            Ok(()) => error,
            Err(left) => with_remains(error, &partial, &left),
        });
    }
    drop(directory);
    sync(parent(path)).map_err(failed)
}

/// That nothing has this name.
fn check_free(path: &Path) -> Result<(), Error> {
    let taken = match path.try_exists() {
        Ok(false) => return Ok(()),
        Ok(true) => io::Error::new(
            io::ErrorKind::AlreadyExists,
            "expected nothing, but found something there",
        ),
        Err(error) => error,
    };
    Err(failed(path, &taken))
}

/// The same error, with what is left behind.
fn with_remains(error: Error, partial: &Path, why: &io::Error) -> Error {
    let with = |text: String| {
        format!(
            "{text}; what was copied is left at {}: {why}",
            partial.display()
        )
    };
    match error {
        Error::StorageFull(text) => Error::StorageFull(with(text)),
        Error::Corrupt(text) => Error::Corrupt(with(text)),
        Error::Poisoned(text) => Error::Poisoned(with(text)),
        Error::Storage(text) => Error::Storage(with(text)),
        other => Error::Storage(with(other.to_string())),
    }
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".partial");
    path.with_file_name(name)
}

/// What is on its way to a store.
struct Copy<'a> {
    store: &'a RedbStore,
    changes: Changes,
    bytes: usize,
    failed: Option<EngineError>,
}

impl<'a> Copy<'a> {
    fn new(store: &'a RedbStore) -> Self {
        Self {
            store,
            changes: Changes::default(),
            bytes: 0,
            failed: None,
        }
    }

    fn all(mut self, snapshot: &dyn Snapshot) -> Result<(), EngineError> {
        let everything = (Bound::Unbounded, Bound::Unbounded);
        for space in Space::ALL {
            snapshot.rows(space, everything, Order::Ascending, &mut |key, value| {
                let value = Bytes::copy_from_slice(value);
                self.bytes += key.len() + value.len();
                self.changes.rows.insert((space, key.to_vec()), Some(value));
                self.flow()
            })?;
            self.check()?;
        }
        snapshot.all_pages(&mut |volume, number, octets| {
            self.bytes += octets.len();
            self.changes
                .pages
                .insert((volume, number), Some(Bytes::copy_from_slice(octets)));
            self.flow()
        })?;
        self.check()?;
        self.flush()
    }

    fn flow(&mut self) -> ControlFlow<()> {
        if self.bytes >= AT_ONCE
            && let Err(error) = self.flush()
        {
            self.failed = Some(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn flush(&mut self) -> Result<(), EngineError> {
        let changes = std::mem::take(&mut self.changes);
        self.bytes = 0;
        if changes.is_empty() {
            return Ok(());
        }
        self.store.write(&mut |group| group.apply(&changes))
    }

    fn check(&mut self) -> Result<(), EngineError> {
        self.failed.take().map_or(Ok(()), Err)
    }
}
