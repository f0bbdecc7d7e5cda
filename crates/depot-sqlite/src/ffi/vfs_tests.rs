//! SQLite's contract with a VFS, clause by clause, as SQLite would call it.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::config::Config;
use crate::source::{AnySource, Commit, Committed, GetPages, Page, PageSource, Pages};

/// The pages of a store, and the commits it was sent.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    head: u64,
    size: u32,
    pages: BTreeMap<u32, Bytes>,
    commits: Vec<Commit>,
    panics: bool,
    full: bool,
}

impl PageSource for Store {
    async fn get_pages(&self, request: GetPages) -> Result<Pages, SourceError> {
        let inner = lock(&self.0);
        assert!(!inner.panics, "the source panics, as the test wants it to");
        if inner.head == 0 {
            return Err(SourceError::new(
                ErrorKind::MissingDatabase,
                "depot",
                "database_not_found",
                "",
            ));
        }
        let page = |&number: &u32| Page {
            number,
            data: (number <= inner.size).then(|| {
                inner
                    .pages
                    .get(&number)
                    .cloned()
                    .unwrap_or_else(|| vec![0; PAGE_SIZE].into())
            }),
        };
        Ok(Pages {
            head: Some(inner.head),
            pages: request.pages.iter().map(page).collect(),
        })
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, SourceError> {
        let mut inner = lock(&self.0);
        assert!(!inner.panics, "the source panics, as the test wants it to");
        inner.commits.push(commit.clone());
        if inner.full {
            return Err(SourceError::new(
                ErrorKind::Full,
                "depot",
                "quota_exceeded",
                "",
            ));
        }
        for page in commit.pages.iter() {
            inner.pages.insert(page.number, page.data.clone());
        }
        inner.size = commit.size;
        inner.head += 1;
        Ok(Committed {
            head: Some(inner.head),
        })
    }
}

/// A registered VFS, and room for its file.
struct Harness {
    store: Store,
    gate: Arc<Gate>,
    registration: Registration,
    file: Box<MaybeFile>,
}

#[repr(C, align(16))]
struct MaybeFile([u8; size_of::<File>()]);

impl Harness {
    /// A store of a database of three pages, the second filled with 2 and the third with 3.
    fn new() -> Self {
        let store = Store::default();
        {
            let mut inner = lock(&store.0);
            let mut first = vec![1; PAGE_SIZE];
            first[..16].copy_from_slice(b"SQLite format 3\0");
            first[28..32].copy_from_slice(&3_u32.to_be_bytes());
            inner.pages = [
                (1, first.into()),
                (2, vec![2; PAGE_SIZE].into()),
                (3, vec![3; PAGE_SIZE].into()),
            ]
            .into();
            inner.size = 3;
            inner.head = 1;
        }
        Self::on(store)
    }

    fn on(store: Store) -> Self {
        // The tests of the allocator are in the same process, and want to be first.
        crate::ffi::heap::install().unwrap();
        let gate = Arc::new(Gate::default());
        let mut config = Config::new("test");
        config.preload = 1;
        config.read_ahead.around = 1;
        let source: Arc<dyn AnySource> = Arc::new(store.clone());
        let storage = Storage::open(source, Arc::clone(&gate), Arc::new(config)).unwrap();
        Self {
            registration: Registration::new(storage, Arc::clone(&gate)).unwrap(),
            store,
            gate,
            file: Box::new(MaybeFile([0xff; size_of::<File>()])),
        }
    }

    fn vfs(&self) -> *mut ffi::sqlite3_vfs {
        self.registration.vfs
    }

    fn file(&mut self) -> *mut ffi::sqlite3_file {
        (&raw mut *self.file).cast()
    }

    fn open_as(&mut self, name: Option<&CStr>, flags: c_int) -> c_int {
        let name = name.map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: a registered VFS, room for a file, and a name that lives for the test, as SQLite would pass them.
        unsafe { open(self.vfs(), name, self.file(), flags, ptr::null_mut()) }
    }

    fn open(&mut self) -> &mut Self {
        let flags = ffi::SQLITE_OPEN_MAIN_DB | ffi::SQLITE_OPEN_READWRITE;
        assert_eq!(self.open_as(Some(FILE), flags), ffi::SQLITE_OK);
        self
    }

    fn has_methods(&mut self) -> bool {
        // SAFETY: `xOpen` has written the pointer, whatever it answered.
        unsafe { !(*self.file()).pMethods.is_null() }
    }

    fn methods(&mut self) -> &'static ffi::sqlite3_io_methods {
        // SAFETY: the file is open, so the pointer is that of a static.
        unsafe { &*(*self.file()).pMethods }
    }

    fn read(&mut self, offset: i64, length: usize) -> (c_int, Vec<u8>) {
        let mut buffer = vec![0xee; length];
        let xread = self.methods().xRead.unwrap();
        let length = c_int::try_from(length).unwrap();
        // SAFETY: an open file and a buffer of that length.
        let code = unsafe { xread(self.file(), buffer.as_mut_ptr().cast(), length, offset) };
        (code, buffer)
    }

    fn write(&mut self, offset: i64, octets: &[u8]) -> c_int {
        let xwrite = self.methods().xWrite.unwrap();
        let length = c_int::try_from(octets.len()).unwrap();
        // SAFETY: an open file and a buffer of that length.
        unsafe { xwrite(self.file(), octets.as_ptr().cast(), length, offset) }
    }

    fn truncate(&mut self, size: i64) -> c_int {
        let xtruncate = self.methods().xTruncate.unwrap();
        // SAFETY: an open file.
        unsafe { xtruncate(self.file(), size) }
    }

    fn size(&mut self) -> i64 {
        let mut size = -1;
        let xsize = self.methods().xFileSize.unwrap();
        // SAFETY: an open file and a place for its size.
        assert_eq!(unsafe { xsize(self.file(), &raw mut size) }, ffi::SQLITE_OK);
        size
    }

    fn lock(&mut self, level: c_int) -> c_int {
        let xlock = self.methods().xLock.unwrap();
        // SAFETY: an open file.
        unsafe { xlock(self.file(), level) }
    }

    fn unlock(&mut self, level: c_int) -> c_int {
        let xunlock = self.methods().xUnlock.unwrap();
        // SAFETY: an open file.
        unsafe { xunlock(self.file(), level) }
    }

    fn control(&mut self, operation: c_int, argument: *mut c_void) -> c_int {
        let xcontrol = self.methods().xFileControl.unwrap();
        // SAFETY: an open file; the argument is what the operation wants.
        unsafe { xcontrol(self.file(), operation, argument) }
    }

    fn commit(&mut self) -> c_int {
        self.control(ffi::SQLITE_FCNTL_COMMIT_PHASETWO, ptr::null_mut())
    }

    fn commits(&self) -> Vec<Commit> {
        std::mem::take(&mut lock(&self.store.0).commits)
    }
}

#[test]
fn a_failed_open_leaves_no_methods() {
    let readwrite = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
    let mut harness = Harness::new();
    let refused: &[(Option<&CStr>, c_int)] = &[
        (Some(c"main.db-journal"), ffi::SQLITE_OPEN_MAIN_JOURNAL),
        (Some(c"main.db-wal"), ffi::SQLITE_OPEN_WAL),
        (Some(c"main.db-mj1"), ffi::SQLITE_OPEN_SUPER_JOURNAL),
        (Some(c"/etc/passwd"), ffi::SQLITE_OPEN_MAIN_DB),
        (Some(c""), ffi::SQLITE_OPEN_MAIN_DB),
        (Some(FILE), ffi::SQLITE_OPEN_MAIN_JOURNAL),
        (None, ffi::SQLITE_OPEN_TEMP_DB),
        (None, ffi::SQLITE_OPEN_TEMP_JOURNAL),
        (None, ffi::SQLITE_OPEN_TRANSIENT_DB),
        (None, ffi::SQLITE_OPEN_SUBJOURNAL),
        (None, ffi::SQLITE_OPEN_MAIN_DB),
    ];
    for &(name, flags) in refused {
        harness.file.0.fill(0xff);
        assert_eq!(
            harness.open_as(name, flags | readwrite),
            ffi::SQLITE_CANTOPEN,
            "{name:?}"
        );
        assert!(!harness.has_methods(), "{name:?}");
    }
}

#[test]
fn the_file_can_be_open_once_and_again_after_it_was_closed() {
    let mut harness = Harness::new();
    harness.open();
    let mut second = Box::new(MaybeFile([0xff; size_of::<File>()]));
    let file = (&raw mut *second).cast::<ffi::sqlite3_file>();
    // SAFETY: a registered VFS and room for a file.
    let code = unsafe {
        open(
            harness.vfs(),
            FILE.as_ptr(),
            file,
            ffi::SQLITE_OPEN_MAIN_DB,
            ptr::null_mut(),
        )
    };
    assert_eq!(code, ffi::SQLITE_CANTOPEN);
    // SAFETY: `xOpen` has written the pointer.
    assert!(unsafe { (*file).pMethods.is_null() });

    let xclose = harness.methods().xClose.unwrap();
    // SAFETY: an open file.
    assert_eq!(unsafe { xclose(harness.file()) }, ffi::SQLITE_OK);
    assert!(!harness.has_methods());
    harness.open();
}

#[test]
fn the_flags_of_an_open_come_back() {
    let mut harness = Harness::new();
    let flags = ffi::SQLITE_OPEN_MAIN_DB | ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
    let mut out = 0;
    // SAFETY: a registered VFS, room for a file, and a place for the flags.
    let code = unsafe {
        open(
            harness.vfs(),
            FILE.as_ptr(),
            harness.file(),
            flags,
            &raw mut out,
        )
    };
    assert_eq!((code, out), (ffi::SQLITE_OK, flags));
}

#[test]
fn the_file_has_no_shared_memory_and_no_mapping() {
    let mut harness = Harness::new();
    let methods = harness.open().methods();
    assert_eq!(methods.iVersion, 1);
    // SAFETY: an open file.
    let (sector, characteristics) = unsafe {
        let file = harness.file();
        (
            methods.xSectorSize.unwrap()(file),
            methods.xDeviceCharacteristics.unwrap()(file),
        )
    };
    assert_eq!(sector, 4096);
    // Announced, it would make SQLite commit twice after a failure, where it is compiled in.
    assert_eq!(characteristics & ffi::SQLITE_IOCAP_BATCH_ATOMIC, 0);
}

#[test]
fn a_read_within_the_file_is_whole_and_across_pages() {
    let mut harness = Harness::new();
    let (code, octets) = harness.open().read(4096, 4096);
    assert_eq!((code, octets), (ffi::SQLITE_OK, vec![2; 4096]));
    let (code, octets) = harness.read(8190, 4);
    assert_eq!((code, octets), (ffi::SQLITE_OK, vec![2, 2, 3, 3]));
    let (code, octets) = harness.read(0, 16);
    assert_eq!(
        (code, &octets[..]),
        (ffi::SQLITE_OK, &b"SQLite format 3\0"[..])
    );
}

#[test]
fn a_short_read_fills_the_rest_with_zeros() {
    let mut harness = Harness::new();
    harness.open();
    let (code, octets) = harness.read(3 * 4096 - 2, 6);
    assert_eq!(
        (code, octets),
        (ffi::SQLITE_IOERR_SHORT_READ, vec![3, 3, 0, 0, 0, 0])
    );
    let (code, octets) = harness.read(1 << 40, 100);
    assert_eq!((code, octets), (ffi::SQLITE_IOERR_SHORT_READ, vec![0; 100]));
    let (code, octets) = harness.read(i64::MAX - 4095, 4096);
    assert_eq!(
        (code, octets),
        (ffi::SQLITE_IOERR_SHORT_READ, vec![0; 4096])
    );
    assert_eq!(harness.read(-1, 1).0, ffi::SQLITE_IOERR_READ);
}

#[test]
fn a_write_without_a_lock_for_writing_fails_and_sends_nothing() {
    let mut harness = Harness::new();
    harness.open();
    assert_eq!(harness.write(0, &[9; 4096]), ffi::SQLITE_IOERR_WRITE);
    assert_eq!(harness.lock(ffi::SQLITE_LOCK_SHARED), ffi::SQLITE_OK);
    assert_eq!(harness.write(0, &[9; 4096]), ffi::SQLITE_IOERR_WRITE);
    assert_eq!(harness.truncate(0), ffi::SQLITE_IOERR_TRUNCATE);
    assert_eq!(harness.commit(), ffi::SQLITE_OK);
    assert_eq!(harness.commits().len(), 0);
    assert_eq!(harness.size(), 3 * 4096);
}

#[test]
fn what_was_written_is_read_at_once_and_sent_by_the_commit_only() {
    let mut harness = Harness::new();
    harness.open().lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    assert_eq!(harness.write(4096, &[7; 4096]), ffi::SQLITE_OK);
    assert_eq!(harness.write(8192 + 10, &[8; 2]), ffi::SQLITE_OK);
    assert_eq!(harness.write(4 * 4096, &[9; 4096]), ffi::SQLITE_OK);
    assert_eq!(harness.size(), 5 * 4096);
    assert_eq!(harness.read(4096, 1).1, [7]);
    assert_eq!(harness.read(8192 + 9, 4).1, [3, 8, 8, 3]);
    assert_eq!(
        harness.read(3 * 4096, 1),
        (ffi::SQLITE_OK, vec![0]),
        "a page that was skipped is zeros"
    );
    let xsync = harness.methods().xSync.unwrap();
    // SAFETY: an open file.
    let code = unsafe { xsync(harness.file(), ffi::SQLITE_SYNC_FULL) };
    assert_eq!(code, ffi::SQLITE_OK);
    assert_eq!(
        harness.control(ffi::SQLITE_FCNTL_SYNC, ptr::null_mut()),
        ffi::SQLITE_NOTFOUND
    );
    assert_eq!(harness.commits().len(), 0);

    assert_eq!(harness.commit(), ffi::SQLITE_OK);
    let commits = harness.commits();
    assert_eq!(commits.len(), 1);
    let numbers: Vec<u32> = commits[0].pages.iter().map(|page| page.number).collect();
    assert_eq!(
        (numbers, commits[0].size, commits[0].expected_head),
        (vec![2, 3, 5], 5, Some(1))
    );
    assert_eq!(harness.commit(), ffi::SQLITE_OK);
    assert_eq!(
        harness.commits().len(),
        0,
        "there is nothing left to commit"
    );
    assert_eq!(harness.unlock(ffi::SQLITE_LOCK_NONE), ffi::SQLITE_OK);
    assert_eq!(harness.read(4096, 1).1, [7]);
}

#[test]
fn what_was_not_committed_when_the_lock_goes_is_gone() {
    let mut harness = Harness::new();
    harness.open().lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    harness.write(4096, &[7; 4096]);
    harness.write(9 * 4096, &[7; 4096]);
    assert_eq!(harness.unlock(ffi::SQLITE_LOCK_SHARED), ffi::SQLITE_OK);
    assert_eq!(harness.size(), 3 * 4096);
    assert_eq!(harness.read(4096, 1).1, [2]);
    harness.lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    assert_eq!(harness.commit(), ffi::SQLITE_OK);
    assert_eq!(harness.commits().len(), 0);
}

#[test]
fn what_a_failed_commit_has_written_is_gone() {
    let mut harness = Harness::new();
    lock(&harness.store.0).full = true;
    harness.open().lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    harness.write(4096, &[7; 4096]);
    assert_eq!(harness.commit(), ffi::SQLITE_FULL);
    lock(&harness.store.0).full = false;
    assert_eq!(harness.read(4096, 1).1, [2]);
    assert_eq!(harness.commit(), ffi::SQLITE_OK);
    assert_eq!(harness.commits().len(), 1);
}

#[test]
fn truncation_is_part_of_the_transaction() {
    let mut harness = Harness::new();
    harness.open().lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    assert_eq!(harness.truncate(4096), ffi::SQLITE_OK);
    assert_eq!(harness.size(), 4096);
    assert_eq!(
        harness.read(4096, 1),
        (ffi::SQLITE_IOERR_SHORT_READ, vec![0])
    );
    harness.unlock(ffi::SQLITE_LOCK_SHARED);
    assert_eq!(harness.read(4096, 1), (ffi::SQLITE_OK, vec![2]));

    harness.lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    harness.truncate(4096);
    assert_eq!(harness.commit(), ffi::SQLITE_OK);
    let commits = harness.commits();
    assert_eq!(
        (commits.len(), commits[0].size, commits[0].pages.len()),
        (1, 1, 0)
    );
    assert_eq!(harness.size(), 4096);
    assert_eq!(
        harness.truncate(100),
        ffi::SQLITE_IOERR_TRUNCATE,
        "half a page"
    );
    assert_eq!(harness.truncate(-4096), ffi::SQLITE_IOERR_TRUNCATE);
}

#[test]
fn where_the_file_was_truncated_and_grew_again_it_is_zeros_everywhere() {
    let mut harness = Harness::new();
    harness.open().lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    harness.truncate(4096);
    harness.write(3 * 4096, &[4; 4096]);
    assert_eq!(harness.read(4096, 2).1, [0, 0]);
    harness.commit();
    let commits = harness.commits();
    let sent: Vec<(u32, u8)> = commits[0]
        .pages
        .iter()
        .map(|page| (page.number, page.data[0]))
        .collect();
    assert_eq!(
        sent,
        [(2, 0), (3, 0), (4, 4)],
        "the source has old pages there"
    );
    assert_eq!(harness.read(2 * 4096, 1).1, [0]);
}

#[test]
fn a_transaction_of_several_databases_is_refused() {
    let mut harness = Harness::new();
    harness.open().lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    harness.write(4096, &[7; 4096]);
    let name = c"main.db-mj1".as_ptr().cast_mut().cast();
    assert_eq!(
        harness.control(ffi::SQLITE_FCNTL_SYNC, name),
        ffi::SQLITE_IOERR_FSYNC
    );
    assert_eq!(harness.commits().len(), 0);
}

#[test]
fn a_control_that_means_nothing_here_is_not_found() {
    let mut harness = Harness::new();
    harness.open();
    for operation in [
        ffi::SQLITE_FCNTL_LOCKSTATE,
        ffi::SQLITE_FCNTL_SIZE_HINT,
        ffi::SQLITE_FCNTL_BEGIN_ATOMIC_WRITE,
        12_345,
    ] {
        assert_eq!(
            harness.control(operation, ptr::null_mut()),
            ffi::SQLITE_NOTFOUND
        );
    }
}

#[test]
fn nobody_else_holds_a_lock() {
    let mut harness = Harness::new();
    harness.open().lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    let xcheck = harness.methods().xCheckReservedLock.unwrap();
    let mut held = -1;
    // SAFETY: an open file and a place for the answer.
    let code = unsafe { xcheck(harness.file(), &raw mut held) };
    assert_eq!((code, held), (ffi::SQLITE_OK, 0));
}

#[test]
fn the_database_cannot_be_deleted_and_nothing_else_exists() {
    let harness = Harness::new();
    // SAFETY: a registered VFS, C strings, and a place for the answer.
    unsafe {
        assert_eq!(
            delete(harness.vfs(), FILE.as_ptr(), 0),
            ffi::SQLITE_IOERR_DELETE
        );
        assert_eq!(
            delete(harness.vfs(), c"main.db-journal".as_ptr(), 0),
            ffi::SQLITE_IOERR_DELETE_NOENT
        );
        for (name, exists) in [
            (FILE, 1),
            (c"main.db-journal", 0),
            (c"main.db-wal", 0),
            (c"/", 0),
        ] {
            let mut out = -1;
            assert_eq!(
                access(
                    harness.vfs(),
                    name.as_ptr(),
                    ffi::SQLITE_ACCESS_EXISTS,
                    &raw mut out
                ),
                ffi::SQLITE_OK
            );
            assert_eq!(out, exists, "{name:?}");
        }
    }
}

#[test]
fn a_name_that_is_too_long_is_refused_and_not_written_beyond_its_room() {
    let harness = Harness::new();
    let mut room = [0x55_u8; 16];
    // SAFETY: a registered VFS, a C string, and room of the length that is told.
    unsafe {
        assert_eq!(
            full_pathname(harness.vfs(), FILE.as_ptr(), 8, room.as_mut_ptr().cast()),
            ffi::SQLITE_OK
        );
        assert_eq!(&room[..9], b"main.db\0\x55");
        room = [0x55; 16];
        assert_eq!(
            full_pathname(harness.vfs(), FILE.as_ptr(), 7, room.as_mut_ptr().cast()),
            ffi::SQLITE_CANTOPEN
        );
    }
    assert_eq!(room, [0x55; 16]);
}

#[test]
fn no_library_is_loaded() {
    let harness = Harness::new();
    let mut message = [0x55_u8; 64];
    // SAFETY: a registered VFS, a C string, and room of the length that is told.
    unsafe {
        assert!(dl_open(harness.vfs(), c"libm.so".as_ptr()).is_null());
        assert!(dl_sym(harness.vfs(), ptr::null_mut(), c"cos".as_ptr()).is_none());
        dl_error(harness.vfs(), 3, message.as_mut_ptr().cast());
        assert_eq!(message, [0x55; 64]);
        dl_error(harness.vfs(), 64, message.as_mut_ptr().cast());
        assert!(
            CStr::from_ptr(message.as_ptr().cast())
                .to_str()
                .unwrap()
                .contains("not available")
        );
    }
}

#[test]
fn the_clock_is_that_of_the_system() {
    let harness = Harness::new();
    let (mut days, mut milliseconds) = (0.0, 0);
    // SAFETY: a registered VFS and places for the answers.
    unsafe {
        current_time(harness.vfs(), &raw mut days);
        current_time_int64(harness.vfs(), &raw mut milliseconds);
    }
    let unix = milliseconds - 210_866_760_000_000;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    assert!(now.abs_diff(unix) < 10_000);
    let difference =
        days - 2_440_587.5 - Duration::from_millis(now.unsigned_abs()).as_secs_f64() / 86_400.0;
    assert!(difference.abs() * 86_400.0 < 10.0);
}

#[test]
fn random_octets_are_filled_in() {
    let harness = Harness::new();
    let mut octets = [0_u8; 64];
    // SAFETY: a registered VFS and room of the length that is told.
    let length = unsafe { randomness(harness.vfs(), 64, octets.as_mut_ptr().cast()) };
    assert_eq!(length, 64);
    assert_ne!(octets, [0; 64]);
}

#[test]
fn a_panic_of_the_source_is_an_error_and_ends_the_database() {
    let mut harness = Harness::new();
    harness.open();
    lock(&harness.store.0).panics = true;
    assert_eq!(harness.read(4096, 1).0, ffi::SQLITE_IOERR_READ);
    assert_eq!(harness.gate.ending().unwrap().error().code(), "panicked");
    lock(&harness.store.0).panics = false;
    assert_eq!(
        harness.read(0, 1).0,
        ffi::SQLITE_IOERR_READ,
        "cached pages included"
    );
    assert_eq!(
        harness.lock(ffi::SQLITE_LOCK_SHARED),
        ffi::SQLITE_IOERR_LOCK
    );
}

#[test]
fn a_closed_database_does_nothing() {
    let mut harness = Harness::new();
    harness.open().lock(ffi::SQLITE_LOCK_EXCLUSIVE);
    harness.write(4096, &[7; 4096]);
    harness.gate.close();
    assert_eq!(harness.read(0, 1).0, ffi::SQLITE_IOERR_READ);
    assert_eq!(harness.write(0, &[1; 4096]), ffi::SQLITE_IOERR_WRITE);
    assert_eq!(harness.truncate(0), ffi::SQLITE_IOERR_TRUNCATE);
    assert_eq!(harness.commit(), ffi::SQLITE_IOERR_FSYNC);
    assert_eq!(
        harness.lock(ffi::SQLITE_LOCK_EXCLUSIVE),
        ffi::SQLITE_IOERR_LOCK
    );
    assert_eq!(harness.unlock(ffi::SQLITE_LOCK_NONE), ffi::SQLITE_OK);
    assert_eq!(harness.commits().len(), 0);
}

#[test]
fn a_vfs_is_known_for_as_long_as_it_is_registered() {
    let (first, second) = (Harness::new(), Harness::new());
    assert_ne!(first.registration.name(), second.registration.name());
    let name = first.registration.name().to_owned();
    // SAFETY: a C string.
    let is_known = |name: &CStr| unsafe { !ffi::sqlite3_vfs_find(name.as_ptr()).is_null() };
    assert!(is_known(&name));
    drop(first);
    assert!(!is_known(&name));
    assert!(is_known(second.registration.name()));
}

/// SQLite on a new store, without the sandbox and its pragmas.
fn sqlite(harness: &Harness) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection =
        rusqlite::Connection::open_with_flags_and_vfs(PATH, flags, harness.registration.name())
            .unwrap();
    connection
        .pragma_update(None, "journal_mode", "memory")
        .unwrap();
    connection
        .pragma_update(None, "temp_store", "memory")
        .unwrap();
    connection
}

const FILL: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT randomblob(1000) FROM n";

#[test]
fn a_transaction_that_spills_is_one_commit() {
    let harness = Harness::on(Store::default());
    let connection = sqlite(&harness);
    connection
        .execute_batch("CREATE TABLE t (v); PRAGMA cache_size = 10; PRAGMA cache_spill = 1")
        .unwrap();
    harness.commits();
    connection.execute_batch("BEGIN").unwrap();
    connection.execute_batch(FILL).unwrap();
    let octets = lock(harness.registration.storage()).octets();
    assert!(octets > 1_000_000, "it has spilled: {octets}");
    assert_eq!(harness.commits().len(), 0);
    connection.execute_batch("COMMIT").unwrap();
    assert_eq!(harness.commits().len(), 1);
    let whole: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(whole, "ok");
}

#[test]
fn a_transaction_that_spills_and_is_rolled_back_leaves_nothing() {
    let harness = Harness::on(Store::default());
    let connection = sqlite(&harness);
    connection
        .execute_batch("CREATE TABLE t (v); PRAGMA cache_size = 10; PRAGMA cache_spill = 1")
        .unwrap();
    harness.commits();
    connection.execute_batch("BEGIN").unwrap();
    connection.execute_batch(FILL).unwrap();
    connection
        .execute_batch("SAVEPOINT s; UPDATE t SET v = 1; ROLLBACK TO s; ROLLBACK")
        .unwrap();
    assert_eq!(lock(harness.registration.storage()).octets(), 2 * 4096);
    connection
        .execute_batch("INSERT INTO t VALUES (1)")
        .unwrap();
    let commits = harness.commits();
    assert_eq!(commits.len(), 1);
    assert_eq!(commits[0].pages.len(), 1);
}

#[test]
fn a_journal_that_is_a_file_makes_writes_fail_and_sends_nothing() {
    for mode in ["delete", "truncate", "persist"] {
        let harness = Harness::on(Store::default());
        let connection = sqlite(&harness);
        connection.execute_batch("CREATE TABLE t (v)").unwrap();
        harness.commits();
        connection
            .pragma_update(None, "journal_mode", mode)
            .unwrap();
        connection
            .execute_batch("INSERT INTO t VALUES (1)")
            .unwrap_err();
        assert_eq!(harness.commits().len(), 0);
        connection
            .pragma_update(None, "journal_mode", "memory")
            .unwrap();
        let count: i64 = connection
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 0);
    }
}

#[test]
fn there_is_no_wal() {
    let harness = Harness::on(Store::default());
    let connection = sqlite(&harness);
    let mode: String = connection
        .query_row("PRAGMA journal_mode = wal", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "memory");
}

#[test]
fn without_synchronisation_the_commit_is_still_one_request_that_counts() {
    let harness = Harness::on(Store::default());
    let connection = sqlite(&harness);
    connection
        .execute_batch("PRAGMA synchronous = OFF; CREATE TABLE t (v)")
        .unwrap();
    assert_eq!(harness.commits().len(), 1);
    lock(&harness.store.0).full = true;
    connection
        .execute_batch("INSERT INTO t VALUES (1)")
        .unwrap_err();
    assert_eq!(harness.commits().len(), 1);
    lock(&harness.store.0).full = false;
    let count: i64 = connection
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 0);
}

#[test]
fn exclusive_locking_is_one_commit_as_well_and_a_failed_one_leaves_nothing() {
    let harness = Harness::on(Store::default());
    let connection = sqlite(&harness);
    connection
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE t (v); INSERT INTO t VALUES (1)",
        )
        .unwrap();
    assert_eq!(harness.commits().len(), 2);
    lock(&harness.store.0).full = true;
    connection.execute_batch("UPDATE t SET v = 2").unwrap_err();
    lock(&harness.store.0).full = false;
    assert_eq!(harness.commits().len(), 1);
    let value: i64 = connection
        .query_row("SELECT v FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(value, 1);
}

#[test]
fn readers_that_are_open_while_a_commit_fails_end_and_find_the_old_state_after() {
    let harness = Harness::on(Store::default());
    let connection = sqlite(&harness);
    connection
        .execute_batch("CREATE TABLE t (v); INSERT INTO t VALUES (1), (2), (3)")
        .unwrap();
    let mut reader = connection.prepare("SELECT v FROM t").unwrap();
    let mut rows = reader.query([]).unwrap();
    rows.next().unwrap().unwrap();
    lock(&harness.store.0).full = true;
    connection
        .execute_batch("UPDATE t SET v = v + 10")
        .unwrap_err();
    lock(&harness.store.0).full = false;
    rows.next().unwrap_err();
    drop(rows);
    let sum: i64 = connection
        .query_row("SELECT sum(v) FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sum, 6);
}
