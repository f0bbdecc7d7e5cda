//! The folder of a store: who has it, and what is in it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::embedded::disk::{Disk, DiskFile, SystemFile};
use crate::embedded::store::FORMAT;
use crate::error::Error;

const STORE: &str = "store.redb";
/// A store that is being made. It gets its name once it is complete and durable, so that half of one is never taken for one.
const NEW_STORE: &str = "store.redb.new";
/// Goes with a store of either name.
const JOURNAL: &str = "journal";
const LOCK: &str = "LOCK";

/// A folder that this process has.
pub(crate) struct Directory {
    path: PathBuf,
    state: Contents,
    lock: File,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Contents {
    Nothing,
    Store,
}

impl Directory {
    /// Takes the folder, and makes it if there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |error: io::Error| failed(path, &error);
        create(path).map_err(failed)?;
        let lock = lock(path)?;
        let state = contents(path)?;
        if state == Contents::Nothing {
            for name in [NEW_STORE, JOURNAL] {
                match fs::remove_file(path.join(name)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(failed(error));
                    }
                    _ => {}
                }
            }
        }
        Ok(Self {
            path: path.to_owned(),
            state,
            lock,
        })
    }

    /// Takes the folder of a copy that is to be made, and removes what an interrupted one left there.
    pub(crate) fn for_copy(path: &Path) -> Result<Self, Error> {
        let mut directory = Self::open(path)?;
        if directory.state == Contents::Store {
            let failed = |error: io::Error| failed(path, &error);
            fs::remove_file(path.join(STORE)).map_err(failed)?;
            directory.state = Contents::Nothing;
            let _ = fs::remove_file(path.join(NEW_STORE));
            let _ = fs::remove_file(path.join(JOURNAL));
        }
        Ok(directory)
    }

    /// Keeps the folder for as long as this lives, whatever becomes of the file.
    pub(crate) fn hold(&self) -> Result<Hold, Error> {
        let lock = self.lock.try_clone();
        lock.map(Hold).map_err(|error| failed(&self.path, &error))
    }

    /// Calls `open` with the store's files, which keep the folder for as long as they live. A new store is there for others only if `open` succeeds.
    pub(crate) fn with_file<T>(
        self,
        open: impl FnOnce(LockedFiles) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Self { path, state, lock } = self;
        let failed = |error: io::Error| failed(&path, &error);
        let journal = path.join(JOURNAL);
        let name = match state {
            Contents::Nothing => NEW_STORE,
            Contents::Store if journal.is_file() => STORE,
            // The last groups were there. Without them the store is not what it was, and may be none at all.
            Contents::Store => {
                return Err(Error::Corrupt(format!(
                    "expected {}, but found a {STORE} without it",
                    journal.display()
                )));
            }
        };
        let file = LockedFiles {
            store: SystemFile::open(&path.join(name)).map_err(failed)?,
            journal: SystemFile::open(&journal).map_err(failed)?,
            _lock: lock,
        };
        let opened = open(file)?;
        if state == Contents::Nothing {
            // The names of both files, before one of them says that all is there.
            sync(&path).map_err(failed)?;
            fs::rename(path.join(NEW_STORE), path.join(STORE)).map_err(failed)?;
            sync(&path).map_err(failed)?;
        }
        Ok(opened)
    }
}

/// Keeps others from a folder.
#[must_use]
pub(crate) struct Hold(#[expect(dead_code, reason = "its drop is what it is for")] File);

/// The files of a store, and the lock of their folder.
#[derive(Debug)]
pub(crate) struct LockedFiles {
    store: SystemFile,
    journal: SystemFile,
    _lock: File,
}

impl LockedFiles {
    fn file(&self, file: DiskFile) -> &SystemFile {
        match file {
            DiskFile::Store => &self.store,
            DiskFile::Journal => &self.journal,
        }
    }
}

impl Disk for LockedFiles {
    fn len(&self, file: DiskFile) -> io::Result<u64> {
        self.file(file).len()
    }

    fn read(&self, file: DiskFile, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file(file).read(offset, out)
    }

    fn set_len(&self, file: DiskFile, len: u64) -> io::Result<()> {
        self.file(file).set_len(len)
    }

    fn write(&self, file: DiskFile, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.file(file).write(offset, octets)
    }

    fn sync(&self, file: DiskFile) -> io::Result<()> {
        self.file(file).sync()
    }

    fn free(&self) -> io::Result<Option<u64>> {
        self.store.free()
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The folder that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

fn create(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    create(parent(path))?;
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync(parent(path))
}

fn lock(path: &Path) -> Result<File, Error> {
    let failed = |error: io::Error| failed(path, &error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path.join(LOCK))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            return Err(Error::Locked {
                path: path.to_owned(),
                pid: pid.trim().parse().ok(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // For the eyes of those who are refused; the lock itself is the system's, and ends with this process whatever is written here. On a full
    // disk there may be no place for it, and a store on one is still to be read.
    let _ = sign(&mut file);
    Ok(file)
}

/// Writes who has the lock.
fn sign(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())
}

fn contents(path: &Path) -> Result<Contents, Error> {
    let failed = |error: io::Error| failed(path, &error);
    let mut stranger = None;
    for entry in fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name == OsStr::new(STORE) {
            return Ok(Contents::Store);
        }
        if ![LOCK, NEW_STORE, JOURNAL].contains(&&*name.to_string_lossy()) {
            stranger = Some(name);
        }
    }
    match stranger {
        None => Ok(Contents::Nothing),
        // A store of another kind, or somebody's files: in neither case a place for a new store.
        Some(name) => Err(Error::UnknownFormat {
            found: format!("{} without a {STORE}", name.display()),
            known: FORMAT,
        }),
    }
}

pub(crate) fn failed(path: &Path, error: &io::Error) -> Error {
    let text = format!("{}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::StorageFull(text),
        _ => Error::Storage(text),
    }
}
