//! What an opening finds in the two files, and makes of them, or calls what it cannot.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::depot::panic_text;
use crate::embedded::disk::{Disk, DiskFile};
use crate::embedded::journal::{BASE, Chain, HALVES, Step};
use crate::embedded::store::FORMAT;
use crate::error::Error;

/// What there is of a journal.
pub(crate) enum Found {
    /// That of the store.
    Chain(Chain),
    /// Not the journal of what the store's file holds, and nothing that could be put there.
    Another(String),
}

pub(crate) fn find(disk: &dyn Disk) -> io::Result<Found> {
    let journal = disk.name(DiskFile::Journal);
    let Some(chain) = Chain::find(disk)? else {
        let [first, second] = HALVES;
        let length = disk.len(DiskFile::Journal)?;
        return Ok(Found::Another(format!(
            "{journal}: expected a whole record at octet {first} or {second}, but found none in {length} octets"
        )));
    };
    if chain.fits(disk)? {
        return Ok(Found::Chain(chain));
    }
    let why = format!(
        "{journal}: expected at octet {} a record of {} as it is now, but found one of another store, or of another time",
        chain.offset(),
        disk.name(DiskFile::Store)
    );
    if chain.is_empty() {
        Ok(Found::Another(why))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, why))
    }
}

/// Puts into the store what only the journal has.
pub(crate) fn recover(disk: &dyn Disk, chain: &Chain) -> io::Result<()> {
    chain.keep(disk)?;
    if !chain.is_empty() {
        chain.play(|step| match step {
            Step::Length(length) if disk.len(DiskFile::Store)? < length => {
                disk.set_len(DiskFile::Store, length)
            }
            Step::End(length) if disk.len(DiskFile::Store)? > length => {
                disk.set_len(DiskFile::Store, length)
            }
            Step::Length(_) | Step::End(_) => Ok(()),
            Step::Write(offset, octets) => disk.write(DiskFile::Store, offset, octets),
        })?;
        disk.sync(DiskFile::Store)?;
    }
    Ok(())
}

/// Whether nothing of a database was ever written to the start of the store's file: if it was not synced since it was made, that is in the
/// journal alone.
pub(crate) fn is_blank(disk: &dyn Disk) -> io::Result<bool> {
    let length = disk.len(DiskFile::Store)?;
    let mut octets = [0; BASE];
    let octets = &mut octets[..usize::try_from(length).map_or(BASE, |length| length.min(BASE))];
    disk.read(DiskFile::Store, 0, octets)?;
    Ok(octets.iter().all(|octet| *octet == 0))
}

#[allow(clippy::needless_pass_by_value, reason = "map_err gives it away")]
pub(crate) fn disk_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::StorageFull(error.to_string())
        }
        io::ErrorKind::InvalidData => Error::Corrupt(error.to_string()),
        _ => Error::Storage(error.to_string()),
    }
}

/// Calls what redb opens a store with, which trusts one that was closed well, and panics where its pages make no sense.
///
/// The process's panic hook has said so on its standard error before it comes to this. That is not kept from it: the hook is one for all threads,
/// so that a library which puts another in its place, if only for a moment, takes away what the threads of others say, or sets back a hook
/// that somebody changed meanwhile.
pub(crate) fn caught<T>(
    disk: &dyn Disk,
    open: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|panic| {
        Err(Error::Corrupt(format!(
            "{}: expected pages that redb can read, but found others: {}",
            disk.name(DiskFile::Store),
            panic_text(&*panic)
        )))
    })
}

pub(crate) fn open_error(disk: &dyn Disk, error: redb::DatabaseError) -> Error {
    let store = disk.name(DiskFile::Store);
    let unknown = |found: String| Error::UnknownFormat {
        found: format!("{found} in {store}"),
        known: FORMAT,
    };
    match error {
        redb::DatabaseError::UpgradeRequired(version) => {
            unknown(format!("redb's file format {version}"))
        }
        redb::DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() == std::io::ErrorKind::InvalidData =>
        {
            unknown(format!("something else ({error})"))
        }
        redb::DatabaseError::Storage(redb::StorageError::Corrupted(what)) => {
            Error::Corrupt(format!("{store}: {what}"))
        }
        other => Error::Storage(other.to_string()),
    }
}
