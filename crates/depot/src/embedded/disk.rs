//! What the store needs of a disk, small enough to be played by a test.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Two files of a disk.
///
/// What was written to a file survives a crash of the machine once a [`sync`](Self::sync) of that file that began after it has succeeded; before that
/// all of it, some of it or none may. A sync that fails says nothing about what did, and never will.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Octets of a file.
    fn len(&self, file: DiskFile) -> io::Result<u64>;

    /// Fills `out` with what is at `offset`.
    fn read(&self, file: DiskFile, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Makes a file longer, by zeros, or shorter.
    fn set_len(&self, file: DiskFile, len: u64) -> io::Result<()>;

    /// Writes `octets` at `offset`, within the length of the file.
    fn write(&self, file: DiskFile, offset: u64, octets: &[u8]) -> io::Result<()>;

    /// Makes durable what was written to a file.
    fn sync(&self, file: DiskFile) -> io::Result<()>;

    /// Octets that the disk could still take, where that is known.
    fn free(&self) -> io::Result<Option<u64>>;

    /// What a file is called in an error that is about it.
    fn name(&self, file: DiskFile) -> String {
        match file {
            DiskFile::Store => "store".to_owned(),
            DiskFile::Journal => "journal".to_owned(),
        }
    }
}

/// A file of a [`Disk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFile {
    /// All that is stored, but for what only the journal has yet.
    Store,
    /// What became durable last.
    Journal,
}

/// A file of the operating system.
#[derive(Debug)]
pub(crate) struct SystemFile(File);

impl SystemFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        Ok(Self(file))
    }
}

impl SystemFile {
    pub(crate) fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    pub(crate) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    pub(crate) fn set_len(&self, len: u64) -> io::Result<()> {
        // Without the space for it: the file doubles when it grows, and most of that may stay a hole for long.
        self.0.set_len(len)
    }

    pub(crate) fn write(&self, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.0.write_all_at(octets, offset)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    pub(crate) fn free(&self) -> io::Result<Option<u64>> {
        let system = rustix::fs::fstatvfs(&self.0)?;
        Ok(Some(system.f_bavail.saturating_mul(system.f_frsize)))
    }
}
