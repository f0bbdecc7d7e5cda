//! What an opening finds in the two files, and makes of them.

use std::io;

use crate::embedded::disk::{Disk, DiskFile};
use crate::embedded::journal::{BASE, Chain, HALVES, Step};

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
