use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::{Arc, Mutex};

use super::*;
use crate::embedded::store::RedbStore;
use crate::embedded::{EmbeddedEngine, Options};

/// A folder that is gone with this.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("depot-directory-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Names of a folder whose machine loses power right behind each rename: that is durable then, and of all else what was synced before.
struct PlayedNames {
    durable: Arc<Mutex<BTreeSet<OsString>>>,
    /// What is there after the crash.
    crashed: PathBuf,
}

impl Names for PlayedNames {
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let folder = from.parent().unwrap();
        for name in self.durable.lock().unwrap().iter() {
            if folder.join(name) != from {
                fs::copy(folder.join(name), self.crashed.join(name))?;
            }
        }
        fs::copy(from, self.crashed.join(to.file_name().unwrap()))?;
        fs::rename(from, to)
    }

    fn sync(&self, folder: &Path) -> io::Result<()> {
        *self.durable.lock().unwrap() = names(folder);
        Ok(())
    }
}

fn names(folder: &Path) -> BTreeSet<OsString> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn a_new_store_has_its_name_once_that_of_its_journal_is_durable_and_opens_after_a_crash_right_then()
{
    let [folder, crashed] = ["named", "crashed"].map(Folder::new);
    let durable = Arc::default();
    let played = PlayedNames {
        durable: Arc::clone(&durable),
        crashed: crashed.0.clone(),
    };
    let directory = Directory::with_names(&folder.0, Box::new(played)).unwrap();
    let made = directory.with_files(|files, contents| {
        assert_eq!(contents, Contents::Nothing);
        RedbStore::make(&(Arc::new(files) as _), Options::default().store())
    });
    let expected = [LOCK, JOURNAL, STORE].map(OsString::from);
    assert_eq!(*durable.lock().unwrap(), BTreeSet::from(expected.clone()));
    assert_eq!(names(&crashed.0), BTreeSet::from(expected));
    EmbeddedEngine::open(&crashed.0, Options::default()).unwrap();
    drop(made.unwrap());
}

#[test]
fn a_store_that_cannot_be_made_leaves_no_file_in_a_folder_that_had_none() {
    let folder = Folder::new("unmade");
    let directory = Directory::open(&folder.0).unwrap();
    let failed = directory.with_files(|files, _| {
        files.set_len(DiskFile::Store, 5).unwrap();
        Err::<(), _>(Error::StorageFull("by a test".to_owned()))
    });
    assert_eq!(failed.unwrap_err().code(), "storage_full");
    assert_eq!(names(&folder.0), BTreeSet::new());
    // And it is let go.
    drop(directory);
    EmbeddedEngine::open(&folder.0, Options::default()).unwrap();
}

#[test]
fn a_lock_of_a_file_that_is_gone_or_another_by_then_is_none() {
    let folder = Folder::new("lock");
    let path = folder.0.join(LOCK);
    // Opened before who held it removed it, and locked behind that.
    let (late, is_new) = open_or_make(&path).unwrap();
    assert!(is_new);
    fs::remove_file(&path).unwrap();
    let again = late.try_clone().unwrap();
    assert!(Lock::of(late, &folder.0).unwrap().is_none());
    let held = Lock::take(&folder.0).unwrap();
    assert!(Lock::of(again, &folder.0).unwrap().is_none());
    // Nobody is kept from it by those, and who holds it keeps others.
    let (other, is_new) = open_or_make(&path).unwrap();
    assert!(!is_new);
    let refused = Lock::of(other, &folder.0).unwrap_err();
    let pid = Some(std::process::id());
    assert_eq!(
        refused,
        Error::Locked {
            path: folder.0.clone(),
            pid
        }
    );
    held.withdraw(&folder.0);
    assert_eq!(names(&folder.0), BTreeSet::new());
}
