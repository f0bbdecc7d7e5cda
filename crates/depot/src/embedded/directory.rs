//! The folder of a store: who has it, and what is in it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
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

/// A folder that this process has, for as long as this or any of its [`LockedFiles`] lives.
pub(crate) struct Directory {
    path: PathBuf,
    contents: Contents,
    lock: Lock,
    names: Box<dyn Names>,
}

/// What a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    Nothing,
    Store,
}

impl Directory {
    /// Takes the folder, and makes it if there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        Self::with_names(path, Box::new(SystemNames))
    }

    fn with_names(path: &Path, names: Box<dyn Names>) -> Result<Self, Error> {
        let failed = |error: io::Error| failed(path, &error);
        create(path).map_err(failed)?;
        let lock = Lock::take(path)?;
        let empty = || {
            let contents = contents(path)?;
            if contents == Contents::Nothing {
                // Of a creation that was interrupted. Its journal would be taken for that of the store that is made now.
                remove(path, &[NEW_STORE, JOURNAL]).map_err(failed)?;
            }
            Ok(contents)
        };
        match empty() {
            Ok(contents) => Ok(Self {
                path: path.to_owned(),
                contents,
                lock,
                names,
            }),
            Err(error) => {
                lock.withdraw(path);
                Err(error)
            }
        }
    }

    /// Takes the folder of a copy that is to be made, and removes what an interrupted one left there.
    pub(crate) fn for_copy(path: &Path) -> Result<Self, Error> {
        let mut directory = Self::open(path)?;
        if directory.contents == Contents::Store {
            // What is left if this is interrupted is of no store.
            remove(path, &[STORE, NEW_STORE, JOURNAL]).map_err(|error| failed(path, &error))?;
            directory.contents = Contents::Nothing;
        }
        Ok(directory)
    }

    /// Calls `open` with the store's files, which keep the folder for as long as they live. A new store is there for others only if `open`
    /// succeeds; if it does not, no file is left that was not there before.
    pub(crate) fn with_files<T>(
        &self,
        open: impl FnOnce(LockedFiles, Contents) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let opened = self
            .files()
            .and_then(|files| open(files, self.contents))
            .and_then(|opened| self.name().map(|()| opened));
        if opened.is_err() {
            // One that has its name is whole, even if the name may not be durable.
            if self.contents == Contents::Nothing && !self.path.join(STORE).exists() {
                // Whoever opens the folder next removes what cannot be removed now.
                let _ = remove(&self.path, &[NEW_STORE, JOURNAL]);
            }
            self.lock.withdraw(&self.path);
        }
        opened
    }

    /// Removes the folder with all that a store has in it.
    pub(crate) fn remove(self) -> io::Result<()> {
        // The lock last, and held: whoever has opened it meanwhile finds out that it is gone.
        remove(&self.path, &[STORE, NEW_STORE, JOURNAL, LOCK])?;
        fs::remove_dir(&self.path)
    }

    fn files(&self) -> Result<LockedFiles, Error> {
        let failed = |error: io::Error| failed(&self.path, &error);
        let [store, journal] = self.paths();
        let files = LockedFiles {
            store: SystemFile::open(&store).map_err(failed)?,
            // It is not made up: without the last groups a store is not what it was, and may be none at all.
            journal: if self.contents == Contents::Nothing || journal.is_file() {
                Some(SystemFile::open(&journal).map_err(failed)?)
            } else {
                None
            },
            paths: [store, journal],
            _lock: self.lock.file.try_clone().map_err(failed)?,
        };
        Ok(files)
    }

    /// Gives a new store its name.
    fn name(&self) -> Result<(), Error> {
        if self.contents == Contents::Store {
            return Ok(());
        }
        let named = || {
            // The names of both files, before one of them says that all is there.
            self.names.sync(&self.path)?;
            let [new, name] = [NEW_STORE, STORE].map(|name| self.path.join(name));
            self.names.rename(&new, &name)?;
            self.names.sync(&self.path)
        };
        named().map_err(|error| failed(&self.path, &error))
    }

    /// Where the store and its journal are.
    fn paths(&self) -> [PathBuf; 2] {
        let store = match self.contents {
            Contents::Nothing => NEW_STORE,
            Contents::Store => STORE,
        };
        [store, JOURNAL].map(|name| self.path.join(name))
    }
}

/// What is done to the names in a folder, where the order of it matters.
trait Names {
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in `folder` durable.
    fn sync(&self, folder: &Path) -> io::Result<()>;
}

struct SystemNames;

impl Names for SystemNames {
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync(&self, folder: &Path) -> io::Result<()> {
        sync(folder)
    }
}

/// The lock of a folder. Only who holds it removes its file, and who gets it looks whether the file is still there: so nobody holds one
/// of a file that is gone beside somebody who holds the one of a new file.
struct Lock {
    file: File,
    /// There was none before.
    is_new: bool,
}

impl Lock {
    fn take(folder: &Path) -> Result<Self, Error> {
        let failed = |error: io::Error| failed(folder, &error);
        let path = folder.join(LOCK);
        for _ in 0..Self::ATTEMPTS {
            let (file, is_new) = open_or_make(&path).map_err(failed)?;
            if let Some(mut file) = Self::of(file, folder)? {
                // For the eyes of those who are refused; the lock itself is the system's, and ends with this process whatever is written
                // here. On a full disk there may be no place for it, and a store on one is still to be read.
                let _ = sign(&mut file);
                return Ok(Self { file, is_new });
            }
        }
        Err(Error::Storage(format!(
            "{}: expected the file that was locked to stay there, but found another or none, {} times",
            path.display(),
            Self::ATTEMPTS
        )))
    }

    /// Each is one in which somebody else removed the file.
    const ATTEMPTS: u32 = 100;

    /// Octets that are read of it, at most.
    const SIGNATURE: u64 = 32;

    /// Locks the file that was opened for it, unless it is gone by then.
    fn of(file: File, folder: &Path) -> Result<Option<File>, Error> {
        let failed = |error: io::Error| failed(folder, &error);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // No more than a number has: what is locked there may be a device that never ends.
                let mut pid = String::new();
                let _ = file.take(Self::SIGNATURE).read_to_string(&mut pid);
                return Err(Error::Locked {
                    path: folder.to_owned(),
                    pid: pid.trim().parse().ok(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let is_there = is_at(&file, &folder.join(LOCK)).map_err(failed)?;
        Ok(is_there.then_some(file))
    }

    /// Leaves no file in a folder that had none.
    fn withdraw(&self, folder: &Path) {
        if self.is_new {
            let _ = fs::remove_file(folder.join(LOCK));
        }
    }
}

/// The files of a store, and the lock of their folder.
#[derive(Debug)]
pub(crate) struct LockedFiles {
    store: SystemFile,
    /// None of a store that has lost it.
    journal: Option<SystemFile>,
    paths: [PathBuf; 2],
    _lock: File,
}

impl LockedFiles {
    fn file(&self, file: DiskFile) -> io::Result<&SystemFile> {
        match file {
            DiskFile::Store => Ok(&self.store),
            DiskFile::Journal => self.journal.as_ref().ok_or_else(|| {
                let why = format!("expected {}, but found none", self.name(file));
                io::Error::new(io::ErrorKind::NotFound, why)
            }),
        }
    }
}

impl Disk for LockedFiles {
    fn len(&self, file: DiskFile) -> io::Result<u64> {
        match (file, &self.journal) {
            (DiskFile::Journal, None) => Ok(0),
            _ => self.file(file)?.len(),
        }
    }

    fn read(&self, file: DiskFile, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file(file)?.read(offset, out)
    }

    fn set_len(&self, file: DiskFile, len: u64) -> io::Result<()> {
        self.file(file)?.set_len(len)
    }

    fn write(&self, file: DiskFile, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.file(file)?.write(offset, octets)
    }

    fn sync(&self, file: DiskFile) -> io::Result<()> {
        self.file(file)?.sync()
    }

    fn free(&self) -> io::Result<Option<u64>> {
        self.store.free()
    }

    fn name(&self, file: DiskFile) -> String {
        let [store, journal] = &self.paths;
        match file {
            DiskFile::Store => store.display().to_string(),
            DiskFile::Journal => journal.display().to_string(),
        }
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

/// Removes files of these names, where there are any.
fn remove(folder: &Path, names: &[&str]) -> io::Result<()> {
    for name in names {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The file at `path`, and whether there was none before.
fn open_or_make(path: &Path) -> io::Result<(File, bool)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return Ok((made?, true)),
    }
    let file = options.create(true).truncate(false).open(path)?;
    Ok((file, false))
}

/// Whether `file` is what is at `path`.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let file = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (file.dev(), file.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
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
            found: format!("{} without a {STORE}", path.join(name).display()),
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

#[cfg(test)]
mod tests;
