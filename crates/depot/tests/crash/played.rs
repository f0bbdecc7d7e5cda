//! A disk that loses power, fails a sync, or has no space.

use depot::embedded::Options;
use depot::fault::PlayedDisk;
use depot::{Config, Depot, EmbeddedEngine, Error, Sweep};

use crate::Outcome;
use crate::load::{self, DATABASES, Model, Random};

fn open(disk: &PlayedDisk) -> Depot {
    let options = Options {
        cache_bytes: 1 << 20,
        headroom_bytes: 0,
        // It turns to its other half now and then, and some groups are too large for it.
        journal_bytes: 256 << 10,
        journal_group_bytes: 96 << 10,
        ..Options::default()
    };
    let engine = EmbeddedEngine::on_disk(disk.clone(), options).unwrap();
    let config = Config {
        sweep: Sweep::Manual,
        ..Config::default()
    };
    Depot::new(engine, config)
}

fn start(depot: &Depot, models: &mut [Model]) {
    for (database, model) in (0..).zip(models) {
        model.generation = load::allocate(depot, database).0;
    }
}

/// Commits from a thread for each database until each has met an error; hands the errors back.
fn load_until_error(depot: &Depot, models: &mut [Model], outcome: &mut Outcome) -> Vec<Error> {
    let results: Vec<(u64, Error)> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..)
            .zip(&mut *models)
            .map(|(database, model)| {
                scope.spawn(move || {
                    let mut count = 0;
                    loop {
                        match load::send(depot, database, model.generation, model.answered) {
                            Ok(head) => {
                                assert_eq!(head, model.answered + 1);
                                model.answered = head;
                                count += 1;
                            }
                            Err(error) => return (count, error),
                        }
                    }
                })
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    outcome.answered += results.iter().map(|(count, _)| count).sum::<u64>();
    results.into_iter().map(|(_, error)| error).collect()
}

/// Cuts the power at some write or sync, and lets the disk keep any part of what was not synced.
pub(crate) fn cut_power(times: u64) -> Outcome {
    let mut outcome = Outcome::default();
    for seed in 0..times {
        let mut random = Random::new(seed);
        let mut disk = PlayedDisk::new();
        let mut models = vec![Model::default(); DATABASES as usize];
        // The later ones on what the earlier ones left.
        for _ in 0..3 {
            let depot = open(&disk);
            start(&depot, &mut models);
            disk.cut_after(random.below(400));
            for error in load_until_error(&depot, &mut models, &mut outcome) {
                assert_eq!(error.code(), "poisoned", "{error}");
            }
            depot.close();
            // Of the last group hardly anything is kept, or nearly all, or all.
            let odds = 1 << (5 * random.below(5));
            disk = disk.crash(|| random.below(odds + 1) < odds);
            let depot = open(&disk);
            load::check(&depot, &mut models, &mut outcome);
            depot.close();
        }
    }
    outcome
}

/// Fails a sync, after which the disk may hold any part of what it was for; or none, though it is shown to who opens the store before the power is cut.
pub(crate) fn fail_a_sync(times: u64) -> Outcome {
    let mut outcome = Outcome::default();
    for seed in 0..times {
        let mut random = Random::new(seed);
        let disk = PlayedDisk::new();
        let mut models = vec![Model::default(); DATABASES as usize];
        let depot = open(&disk);
        start(&depot, &mut models);
        let good = usize::try_from(random.below(60)).unwrap();
        let is_given_up = seed % 2 == 1;
        if is_given_up {
            disk.lose_sync_after(good);
        } else {
            disk.fail_sync_after(good);
        }
        for error in load_until_error(&depot, &mut models, &mut outcome) {
            assert_eq!(error.code(), "poisoned", "{error}");
        }
        let refused = depot.head(&load::id(0)).wait().unwrap_err();
        assert_eq!(
            refused.code(),
            "poisoned",
            "expected no answer after a failed sync"
        );
        depot.close();
        let odds = 1 + random.below(8);
        let crash = |random: &mut Random| disk.crash(|| random.below(8) < odds);
        let crashed = if is_given_up {
            // The system still shows what the disk never got. Whatever an opening says of it has to stay.
            let depot = open(&disk);
            load::check(&depot, &mut models, &mut outcome);
            crash(&mut random)
        } else {
            crash(&mut random)
        };
        let depot = open(&crashed);
        load::check(&depot, &mut models, &mut outcome);
        depot.close();
    }
    outcome
}

/// Lets the disk run full at some write, makes space, and goes on.
pub(crate) fn fill_the_disk(times: u64) -> Outcome {
    let mut outcome = Outcome::default();
    for seed in 0..times {
        let mut random = Random::new(seed);
        let disk = PlayedDisk::new();
        let mut models = vec![Model::default(); DATABASES as usize];
        let depot = open(&disk);
        start(&depot, &mut models);
        for _ in 0..4 {
            disk.fill_after(random.below(300));
            for error in load_until_error(&depot, &mut models, &mut outcome) {
                assert_eq!(error.code(), "storage_full", "{error}");
            }
            // Reads go on, and what was refused was not applied.
            for (database, model) in (0..).zip(&models) {
                let head = depot.head(&load::id(database)).wait().unwrap();
                assert_eq!(
                    head.txid, model.answered,
                    "expected nothing of a refused commit"
                );
            }
            disk.set_capacity(None);
            load::check(&depot, &mut models, &mut outcome);
        }
        depot.close();
        let depot = open(&disk.crash(|| false));
        load::check(&depot, &mut models, &mut outcome);
        depot.close();
    }
    outcome
}
