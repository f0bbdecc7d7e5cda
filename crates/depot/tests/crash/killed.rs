//! SIGKILL in the middle of the load.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use depot::{Config, Depot};

use crate::Outcome;
use crate::load::{self, DATABASES, Model, Random};

/// Loads the store in `folder` from a thread for each database, and says of each commit that it was answered, after it was: 12 octets, database and
/// head. First it says the generations, likewise.
pub(crate) fn be_killed(folder: &Path) {
    let depot = Depot::open(folder, Config::default()).unwrap();
    let said = Mutex::new(std::io::stdout());
    let say = |database: u32, number: u64| {
        let mut message = [0; 12];
        message[..4].copy_from_slice(&database.to_be_bytes());
        message[4..].copy_from_slice(&number.to_be_bytes());
        // One write of a pipe's is whole or not there at all.
        said.lock().unwrap().write_all(&message).unwrap();
        said.lock().unwrap().flush().unwrap();
    };
    let starts: Vec<_> = (0..DATABASES)
        .map(|database| {
            let (generation, head) = load::allocate(&depot, database);
            say(database, generation);
            (database, generation, head)
        })
        .collect();
    thread::scope(|scope| {
        for (database, generation, mut head) in starts {
            let (depot, say) = (&depot, &say);
            scope.spawn(move || {
                loop {
                    head = load::send(depot, database, generation, head).unwrap();
                    say(database, head);
                }
            });
        }
    });
}

/// Kills a process that loads a store, again and again, and looks at what it left.
pub(crate) fn kill(times: u64) -> Outcome {
    let folder = Folder::new();
    let mut models = vec![Model::default(); DATABASES as usize];
    let mut outcome = Outcome::default();
    let mut random = Random::new(1);
    for _ in 0..times {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .arg("--victim")
            .arg(&folder.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = victim.stdout.take().unwrap();
        let (begun, beginning) = mpsc::channel();
        let listener = thread::spawn(move || {
            let mut all = Vec::new();
            let mut message = [0; 12];
            while said.read_exact(&mut message).is_ok() {
                all.push(message);
                let _ = begun.send(());
            }
            all
        });
        // Now and then in the middle of its start, else in the middle of the load.
        if random.below(8) > 0 {
            let after = u64::from(DATABASES) + random.below(200);
            for _ in 0..after {
                beginning.recv_timeout(Duration::from_mins(1)).unwrap();
            }
        }
        thread::sleep(Duration::from_millis(random.below(30)));
        victim.kill().unwrap();
        assert!(
            !victim.wait().unwrap().success(),
            "expected it to be killed"
        );
        let mut allocated = vec![false; DATABASES as usize];
        for message in listener.join().unwrap() {
            let (database, number) = message.split_first_chunk::<4>().unwrap();
            let number = u64::from_be_bytes(number.try_into().unwrap());
            let database = u32::from_be_bytes(*database) as usize;
            let model = &mut models[database];
            if std::mem::replace(&mut allocated[database], true) {
                assert_eq!(number, model.answered + 1, "answered out of order");
                model.answered = number;
                outcome.answered += 1;
            } else {
                assert!(number > model.generation, "a generation came twice");
                model.generation = number;
            }
        }

        let depot = Depot::open(&folder.0, Config::default()).unwrap();
        // Whatever was allocated without being said is not ours to send commits for.
        for (database, model) in (0..).zip(&mut models) {
            let found = depot.head(&load::id(database)).wait();
            if found.as_ref().ok().and_then(|head| head.generation) != Some(model.generation) {
                model.generation = load::allocate(&depot, database).0;
            }
        }
        load::check(&depot, &mut models, &mut outcome);
        depot.close();
    }
    outcome
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("killed-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
