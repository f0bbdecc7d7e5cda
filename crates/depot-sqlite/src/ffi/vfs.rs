//! A VFS with one file in it: the database of one [`Storage`].
//!
//! What holds for every callback: SQLite passes the `sqlite3_vfs` that was registered, or a `sqlite3_file` that
//! [`open`] has filled in and [`close`] has not emptied yet; pointers to results are valid for writing, buffers for as
//! many octets as their length says. That is SQLite's side of the contract (`sqlite3_vfs` and `sqlite3_io_methods` in
//! its header). Ours is that the [`Vfs`] behind the pointers lives until the VFS is unregistered, which is after the
//! connection has been closed (see [`Registration`]), and that no panic leaves a callback.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use rusqlite::ffi;

use crate::error::{Ending, Error};
use crate::gate::{Gate, lock};
use crate::source::{ErrorKind, PAGE_SIZE, SourceError};
use crate::storage::{Lock, Storage};

/// The name of the one file.
pub(crate) const FILE: &CStr = c"main.db";
/// The same, as a path.
pub(crate) const PATH: &str = "main.db";
/// The longest name of a file, with its end. The name of the journal is longer than that of the file by 8.
const MAX_NAME: c_int = 64;
/// What the registered VFS tells SQLite of the file: a write touches nothing outside of its range, so that a page is
/// journalled alone.
const CHARACTERISTICS: c_int = ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE;

/// What the callbacks share.
pub(crate) struct Vfs {
    storage: Mutex<Storage>,
    gate: Arc<Gate>,
    /// Whether the file is open. It can be open once only: a second connection would not see the cache of the first.
    open: Mutex<bool>,
}

/// A VFS that SQLite knows. Dropped after the connection that uses it.
pub(crate) struct Registration {
    /// What SQLite's list of VFSs points to; made by `Box::into_raw`, freed after it has left the list.
    vfs: *mut ffi::sqlite3_vfs,
    name: CString,
    shared: Arc<Vfs>,
}

// SAFETY: `vfs` is owned by this value alone, apart from SQLite's list of VFSs, which SQLite guards with a mutex of its
// own; `sqlite3_vfs_unregister` may be called from any thread, and what `pAppData` points to is `Send` and `Sync`.
unsafe impl Send for Registration {}

impl Registration {
    /// Registers `storage` under a name that no VFS of this process has had.
    pub(crate) fn new(storage: Storage, gate: Arc<Gate>) -> Result<Self, Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = CString::new(format!("depot-{number}")).unwrap_or_default();
        let shared = Arc::new(Vfs {
            storage: Mutex::new(storage),
            gate,
            open: Mutex::new(false),
        });
        let vfs = Box::into_raw(Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<File>()).unwrap_or(c_int::MAX),
            mxPathname: MAX_NAME,
            pNext: ptr::null_mut(),
            zName: name.as_ptr(),
            pAppData: Arc::as_ptr(&shared).cast_mut().cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: Some(dl_open),
            xDlError: Some(dl_error),
            xDlSym: Some(dl_sym),
            xDlClose: Some(dl_close),
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(current_time_int64),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        let registration = Self { vfs, name, shared };
        // SAFETY: the struct is complete, it and its name live until `Drop` has taken it out of the list again, and
        // SQLite initialises itself where it must.
        match unsafe { ffi::sqlite3_vfs_register(vfs, 0) } {
            ffi::SQLITE_OK => Ok(registration),
            code => Err(Error::Sql {
                code,
                message: "SQLite did not register a VFS".to_owned(),
            }),
        }
    }

    /// The name to open the database with.
    pub(crate) fn name(&self) -> &CStr {
        &self.name
    }

    /// The storage below the file.
    pub(crate) fn storage(&self) -> &Mutex<Storage> {
        &self.shared.storage
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: `vfs` is the struct that was registered, or that could not be, which SQLite ignores.
        unsafe { ffi::sqlite3_vfs_unregister(self.vfs) };
        // SAFETY: made by `Box::into_raw`, freed nowhere else, and SQLite does not know it any more: the connection that
        // was opened with it has been closed before, and the name was given to nobody else.
        drop(unsafe { Box::from_raw(self.vfs) });
    }
}

/// What SQLite allocates for an open file: `szOsFile` octets that begin with its own struct.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// Borrowed from the [`Registration`], which outlives every file.
    vfs: *const Vfs,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // No shared memory, so no WAL, and no mapping.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// The [`Vfs`] of a registered VFS.
///
/// # Safety
///
/// `vfs` is what SQLite passed to a callback of this module.
unsafe fn of_vfs<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Vfs {
    // SAFETY: SQLite passes the struct that was registered. Its `pAppData` came from an `Arc` that the registration
    // holds until SQLite has forgotten the struct, and it is only ever shared.
    unsafe { &*(*vfs).pAppData.cast::<Vfs>() }
}

/// The [`Vfs`] of an open file.
///
/// # Safety
///
/// `file` is what SQLite passed to a method of [`METHODS`].
unsafe fn of_file<'a>(file: *mut ffi::sqlite3_file) -> &'a Vfs {
    // SAFETY: a method is only called on a file whose `pMethods` `open` has set, and `open` sets it together with `vfs`.
    // SQLite allocated `szOsFile` octets for it, aligned for any type, so it is a whole `File`.
    unsafe { &*(*file.cast::<File>()).vfs }
}

/// Runs a callback. A panic ends the database and becomes `code`.
fn contain(vfs: &Vfs, code: c_int, callback: impl FnOnce(&mut Storage) -> c_int) -> c_int {
    // A storage that a panic left half changed is not used again: the gate is closed, and every method looks at it first.
    catch_unwind(AssertUnwindSafe(|| callback(&mut lock(&vfs.storage)))).unwrap_or_else(|_| {
        let error = SourceError::new(
            ErrorKind::Refused,
            "sqlite",
            "panicked",
            "a page source or the VFS panicked",
        );
        vfs.gate.end(Ending::Fatal(error.clone()));
        lock(&vfs.storage).fail(Error::Source(error));
        code
    })
}

/// SQLite's code for what an operation came to.
fn code_of(result: Result<(), Error>, otherwise: c_int) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(Error::Source(error)) if error.kind() == ErrorKind::Full => ffi::SQLITE_FULL,
        Err(_) => otherwise,
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite has allocated `szOsFile` octets for the file. A null here tells it that there is nothing to close.
    unsafe { (*file).pMethods = ptr::null() };
    // SAFETY: `vfs` is what SQLite passed.
    let shared = unsafe { of_vfs(vfs) };
    // SAFETY: a name that is not null is a C string that lives as long as the file.
    let is_main = !name.is_null() && unsafe { CStr::from_ptr(name) } == FILE;
    // No journal and no temporary file: the journal is in SQLite's memory, and so is what is temporary. What asks for
    // another file gets none, anywhere.
    if !is_main || flags & ffi::SQLITE_OPEN_MAIN_DB == 0 {
        return ffi::SQLITE_CANTOPEN;
    }
    let mut open = lock(&shared.open);
    if *open {
        return ffi::SQLITE_CANTOPEN;
    }
    *open = true;
    let file = file.cast::<File>();
    // SAFETY: as above; `vfs` outlives the file, and `METHODS` everything.
    unsafe {
        (*file).vfs = ptr::from_ref(shared);
        (*file).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `file` is open.
    let shared = unsafe { of_file(file) };
    // Not a word to the source: what was not committed is not to be.
    contain(shared, ffi::SQLITE_OK, |storage| {
        storage.unlock(Lock::None);
        ffi::SQLITE_OK
    });
    *lock(&shared.open) = false;
    // SAFETY: SQLite does not use a file after it has closed it.
    unsafe { (*file).pMethods = ptr::null() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(length), Ok(offset)) = (usize::try_from(length), u64::try_from(offset)) else {
        return ffi::SQLITE_IOERR_READ;
    };
    // SAFETY: `file` is open.
    let shared = unsafe { of_file(file) };
    // SAFETY: SQLite's buffer has `length` octets and nobody else uses it meanwhile. They may not be initialised, and so
    // are written before they are a slice.
    let into = unsafe {
        ptr::write_bytes(into.cast::<u8>(), 0, length);
        std::slice::from_raw_parts_mut(into.cast::<u8>(), length)
    };
    contain(shared, ffi::SQLITE_IOERR_READ, |storage| {
        match storage.read(offset, into) {
            Ok(true) => ffi::SQLITE_OK,
            Ok(false) => ffi::SQLITE_IOERR_SHORT_READ,
            Err(_) => ffi::SQLITE_IOERR_READ,
        }
    })
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(length), Ok(offset)) = (usize::try_from(length), u64::try_from(offset)) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: `file` is open.
    let shared = unsafe { of_file(file) };
    // SAFETY: SQLite's buffer has `length` octets, which it does not change meanwhile.
    let from = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), length) };
    contain(shared, ffi::SQLITE_IOERR_WRITE, |storage| {
        code_of(storage.write(offset, from), ffi::SQLITE_IOERR_WRITE)
    })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let Ok(size) = u64::try_from(size) else {
        return ffi::SQLITE_IOERR_TRUNCATE;
    };
    // SAFETY: `file` is open.
    let shared = unsafe { of_file(file) };
    contain(shared, ffi::SQLITE_IOERR_TRUNCATE, |storage| {
        code_of(storage.truncate(size), ffi::SQLITE_IOERR_TRUNCATE)
    })
}

/// Does nothing: what is written becomes durable by the commit, and by nothing else.
unsafe extern "C" fn sync(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    size: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: `file` is open.
    let shared = unsafe { of_file(file) };
    contain(shared, ffi::SQLITE_IOERR_FSTAT, |storage| {
        // SAFETY: `size` is valid for writing.
        unsafe { *size = i64::try_from(storage.octets()).unwrap_or(i64::MAX) };
        ffi::SQLITE_OK
    })
}

unsafe extern "C" fn lock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: `file` is open.
    let shared = unsafe { of_file(file) };
    // Never SQLITE_BUSY: there is nobody to wait for, and SQLite would ask again.
    contain(shared, ffi::SQLITE_IOERR_LOCK, |storage| {
        code_of(storage.lock(level_of(level)), ffi::SQLITE_IOERR_LOCK)
    })
}

unsafe extern "C" fn unlock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: `file` is open.
    let shared = unsafe { of_file(file) };
    contain(shared, ffi::SQLITE_IOERR_UNLOCK, |storage| {
        storage.unlock(level_of(level));
        ffi::SQLITE_OK
    })
}

fn level_of(level: c_int) -> Lock {
    match level {
        ffi::SQLITE_LOCK_NONE => Lock::None,
        ffi::SQLITE_LOCK_SHARED => Lock::Shared,
        ffi::SQLITE_LOCK_RESERVED => Lock::Reserved,
        ffi::SQLITE_LOCK_PENDING => Lock::Pending,
        _ => Lock::Exclusive,
    }
}

unsafe extern "C" fn check_reserved_lock(_: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // No other connection.
    // SAFETY: `out` is valid for writing.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: `file` is open.
    let shared = unsafe { of_file(file) };
    match operation {
        // The last word of a transaction that is to be committed: the journal is gone, every page is written and the
        // file has its size. An error of this kind here puts SQLite's pager into its error state: the statement fails,
        // nothing is tried again, and the pager's cache is dropped. See docs/sqlite.md.
        ffi::SQLITE_FCNTL_COMMIT_PHASETWO => contain(shared, ffi::SQLITE_IOERR_FSYNC, |storage| {
            code_of(storage.commit(), ffi::SQLITE_IOERR_FSYNC)
        }),
        // With the name of a super-journal, if other databases take part.
        ffi::SQLITE_FCNTL_SYNC if !argument.is_null() => {
            contain(shared, ffi::SQLITE_IOERR_FSYNC, |storage| {
                code_of(Err(storage.refuse_super_journal()), ffi::SQLITE_IOERR_FSYNC)
            })
        }
        _ => ffi::SQLITE_NOTFOUND,
    }
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    c_int::try_from(PAGE_SIZE).unwrap_or(c_int::MAX)
}

unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    CHARACTERISTICS
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int) -> c_int {
    // SAFETY: a name that is not null is a C string.
    if !name.is_null() && unsafe { CStr::from_ptr(name) } == FILE {
        // Databases are not destroyed by SQL.
        return ffi::SQLITE_IOERR_DELETE;
    }
    ffi::SQLITE_IOERR_DELETE_NOENT
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: a name that is not null is a C string, and `out` is valid for writing.
    unsafe { *out = c_int::from(!name.is_null() && CStr::from_ptr(name) == FILE) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: the name is a C string.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if usize::try_from(length).is_ok_and(|length| name.len() <= length) {
        // SAFETY: `out` has `length` octets, and SQLite's two buffers are not the same.
        unsafe { ptr::copy_nonoverlapping(name.as_ptr(), out.cast(), name.len()) };
        ffi::SQLITE_OK
    } else {
        ffi::SQLITE_CANTOPEN
    }
}

unsafe extern "C" fn dl_open(_: *mut ffi::sqlite3_vfs, _: *const c_char) -> *mut c_void {
    ptr::null_mut()
}

unsafe extern "C" fn dl_error(_: *mut ffi::sqlite3_vfs, length: c_int, out: *mut c_char) {
    let message = c"extensions are not available".to_bytes_with_nul();
    if usize::try_from(length).is_ok_and(|length| message.len() <= length) {
        // SAFETY: `out` has `length` octets.
        unsafe { ptr::copy_nonoverlapping(message.as_ptr(), out.cast(), message.len()) };
    }
}

type Symbol = unsafe extern "C" fn(*mut ffi::sqlite3_vfs, *mut c_void, *const c_char);

unsafe extern "C" fn dl_sym(
    _: *mut ffi::sqlite3_vfs,
    _: *mut c_void,
    _: *const c_char,
) -> Option<Symbol> {
    None
}

unsafe extern "C" fn dl_close(_: *mut ffi::sqlite3_vfs, _: *mut c_void) {}

unsafe extern "C" fn randomness(
    _: *mut ffi::sqlite3_vfs,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: `out` has `length` octets. SQLite seeds its generator from the default VFS, which this one is not.
    unsafe { ffi::sqlite3_randomness(length, out.cast()) };
    length
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    std::thread::sleep(Duration::from_micros(
        microseconds.max(0).unsigned_abs().into(),
    ));
    microseconds
}

unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, days: *mut f64) -> c_int {
    #[allow(
        clippy::cast_precision_loss,
        reason = "a Julian day is a floating-point number"
    )]
    // SAFETY: `days` is valid for writing.
    unsafe {
        *days = julian_milliseconds() as f64 / 86_400_000.0;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time_int64(
    _: *mut ffi::sqlite3_vfs,
    milliseconds: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: `milliseconds` is valid for writing.
    unsafe { *milliseconds = julian_milliseconds() };
    ffi::SQLITE_OK
}

/// Milliseconds since noon in Greenwich on November 24, 4714 B.C.
fn julian_milliseconds() -> i64 {
    const UNIX_EPOCH: i64 = 210_866_760_000_000;
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis())
        .unwrap_or_default()
        .saturating_add(UNIX_EPOCH)
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

#[cfg(test)]
#[path = "vfs_tests.rs"]
mod tests;
