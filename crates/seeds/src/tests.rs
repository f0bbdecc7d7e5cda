use std::sync::mpsc::channel;

use super::*;

#[test]
fn every_seed_is_played_once_and_one_that_panics_is_told() {
    let (mut seen, mut panics) = (Vec::new(), Vec::new());
    let play = |seed| {
        assert_ne!(seed, 5, "one that panics");
        seed * 2
    };
    each(3..40, play, |seed, outcome| {
        match outcome {
            Ok(double) => assert_eq!(double, seed * 2),
            Err(_) => panics.push(seed),
        }
        seen.push(seed);
        ControlFlow::Continue(())
    })
    .expect("every seed ends");
    seen.sort_unstable();
    assert_eq!(seen, (3..40).collect::<Vec<_>>());
    assert_eq!(panics, [5]);
}

#[test]
fn the_seeds_before_one_that_breaks_off_are_all_handed_over() {
    let mut seen = Vec::new();
    each(
        0..u64::MAX,
        |seed| seed,
        |seed, _| {
            seen.push(seed);
            if seed < 20 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        },
    )
    .expect("every seed ends");
    assert!((0..=20).all(|seed| seen.contains(&seed)), "{seen:?}");
}

#[test]
fn a_seed_that_does_not_end_is_named() {
    let (end, waits) = channel::<()>();
    let waits = Arc::new(Mutex::new(waits));
    let play = move |_| {
        let waits = waits.lock().unwrap_or_else(PoisonError::into_inner);
        // Until the test is over.
        waits.recv().is_err()
    };
    let bound = Duration::from_millis(1);
    let result = each_within(bound, 7..8, play, |_, _| ControlFlow::Continue(()));
    drop(end);
    let error = result.expect_err("it waits for this").to_string();
    assert!(
        error.starts_with("expected seed 7 to come to its end"),
        "{error}"
    );
}

/// Breaks a rule at every seed that its number divides, and another one at those that the other number divides.
#[derive(Debug, Clone)]
struct Divides(u64, u64);

impl Log for () {
    fn print(&self) -> u64 {
        0
    }

    fn until(&self, _: usize, _: usize) -> String {
        String::new()
    }
}

impl Simulation for Divides {
    type Tally = u64;
    type Log = ();

    fn play(&self, seed: u64) -> (Result<u64, Violation>, ()) {
        let broken = |rule| Violation {
            rule,
            at: 0,
            what: format!("by {seed}"),
        };
        let seed = seed + 1;
        let outcome = if seed.is_multiple_of(self.0) {
            Err(broken("the first"))
        } else if seed.is_multiple_of(self.1) {
            Err(broken("the second"))
        } else {
            Ok(1)
        };
        (outcome, ())
    }
}

fn mutant(rule: &'static str) -> Mutant<Divides> {
    Mutant {
        name: "divides".into(),
        rule,
        simulation: Divides(3, 10),
    }
}

#[test]
fn the_least_seed_that_breaks_a_rule_is_found() {
    let found = play(&Divides(50, 35), 0..1000).expect("every seed ends");
    let failure = found.failure.expect("one breaks a rule").to_string();
    assert_eq!(failure, "seed 34: the second: by 34");
    let found = play(&Divides(50, 35), 0..34).expect("every seed ends");
    assert!(found.failure.is_none());
    assert_eq!((found.seeds, found.tally), (34, 34));
}

#[test]
fn a_mutant_is_caught_only_by_the_rule_of_its_own() {
    let caught = mutant("the second").catch(100).expect("the tenth");
    assert_eq!(caught.to_string(), "seed 9: the second: by 9");
    let missed = mutant("the third")
        .catch(30)
        .expect_err("no seed breaks it");
    assert_eq!(
        missed.to_string(),
        "divides: expected \"the third\" to be broken within 30 seeds, but found {\"the first\": 10, \"the second\": 2}"
    );
}

#[test]
fn the_command_fails_for_a_mutant_that_is_caught_by_another_rule() {
    let args = |mutant_seeds| Args {
        which: Which { seeds: 2, first: 0 },
        mutant_seeds,
        log: false,
    };
    let whole = Divides(1000, 1000);
    run(args(100), &whole, &[mutant("the first")]).expect("it is caught");
    run(args(0), &whole, &[mutant("the third")]).expect("it is not looked at");
    let error = run(
        args(100),
        &whole,
        &[mutant("the first"), mutant("the third")],
    );
    let error = error
        .expect_err("one is not caught by its rule")
        .to_string();
    assert!(
        error.starts_with("not caught: divides: expected"),
        "{error}"
    );
    let error = run(args(0), &Divides(2, 2), &[]).expect_err("a rule is broken");
    assert_eq!(error.to_string(), "seed 1 breaks a rule");
}
