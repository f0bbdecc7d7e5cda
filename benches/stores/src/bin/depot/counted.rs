//! Plain SQLite's syncs and reads, counted where it hands them to the system.
//!
//! A file of SQLite's is a struct whose first field points to a table of functions. The connection hands out its two files, the database and its log,
//! and gets tables that count before they call what was there.
#![allow(unsafe_code, reason = "SQLite has no safe interface to its files")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, ffi};

static SYNCS: AtomicU64 = AtomicU64::new(0);
static READS: AtomicU64 = AtomicU64::new(0);

/// The tables of the two kinds of files, each as SQLite has it and with counters.
static DATABASE: OnceLock<Tables> = OnceLock::new();
static LOG: OnceLock<Tables> = OnceLock::new();

struct Tables {
    real: &'static ffi::sqlite3_io_methods,
    counting: ffi::sqlite3_io_methods,
}

/// Times that files of all connections that were [counted](count) were synced.
pub(crate) fn syncs() -> u64 {
    SYNCS.load(Ordering::Relaxed)
}

/// Times that something was read from them.
pub(crate) fn reads() -> u64 {
    READS.load(Ordering::Relaxed)
}

/// Counts what `connection` does from now on. It must have a write-ahead log, and have used it.
pub(crate) fn count(connection: &Connection) -> Result<()> {
    let file = [
        (
            ffi::SQLITE_FCNTL_FILE_POINTER,
            &DATABASE,
            sync_database as Sync,
            read_database as Read,
        ),
        (ffi::SQLITE_FCNTL_JOURNAL_POINTER, &LOG, sync_log, read_log),
    ];
    for (which, tables, sync, read) in file {
        let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
        // SAFETY: the handle is that of an open connection; the file control stores a pointer to a file of its where it is told to.
        let code = unsafe {
            ffi::sqlite3_file_control(
                connection.handle(),
                c"main".as_ptr(),
                which,
                (&raw mut file).cast::<c_void>(),
            )
        };
        ensure!(
            code == ffi::SQLITE_OK,
            "expected a file, but found error {code}"
        );
        // SAFETY: a pointer to a file that the connection has open, or null; nobody uses the connection meanwhile.
        let file = unsafe { file.as_mut() }.context("expected a file of the connection's")?;
        // SAFETY: SQLite's tables of functions are constants.
        let real = unsafe { file.pMethods.as_ref() }.context("expected an open file")?;
        let tables = tables.get_or_init(|| Tables {
            real,
            counting: ffi::sqlite3_io_methods {
                xSync: Some(sync),
                xRead: Some(read),
                ..*real
            },
        });
        ensure!(
            ptr::eq(tables.real, real),
            "expected the functions of the connections before, each counted once"
        );
        file.pMethods = &raw const tables.counting;
    }
    Ok(())
}

type Sync = unsafe extern "C" fn(*mut ffi::sqlite3_file, c_int) -> c_int;
type Read = unsafe extern "C" fn(*mut ffi::sqlite3_file, *mut c_void, c_int, i64) -> c_int;

unsafe extern "C" fn sync_database(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as SQLite called it.
    unsafe { sync(&DATABASE, file, flags) }
}

unsafe extern "C" fn sync_log(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as SQLite called it.
    unsafe { sync(&LOG, file, flags) }
}

unsafe extern "C" fn read_database(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: as SQLite called it.
    unsafe { read(&DATABASE, file, out, amount, offset) }
}

unsafe extern "C" fn read_log(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: as SQLite called it.
    unsafe { read(&LOG, file, out, amount, offset) }
}

/// # Safety
///
/// The file is one that the tables are for.
unsafe fn sync(tables: &OnceLock<Tables>, file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    SYNCS.fetch_add(1, Ordering::Relaxed);
    match tables.get().and_then(|tables| tables.real.xSync) {
        // SAFETY: the function that was in this place, with what it was called with.
        Some(real) => unsafe { real(file, flags) },
        None => ffi::SQLITE_IOERR_FSYNC,
    }
}

/// # Safety
///
/// The file is one that the tables are for, and there are `amount` octets at `out`.
unsafe fn read(
    tables: &OnceLock<Tables>,
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    READS.fetch_add(1, Ordering::Relaxed);
    match tables.get().and_then(|tables| tables.real.xRead) {
        // SAFETY: the function that was in this place, with what it was called with.
        Some(real) => unsafe { real(file, out, amount, offset) },
        None => ffi::SQLITE_IOERR_READ,
    }
}
