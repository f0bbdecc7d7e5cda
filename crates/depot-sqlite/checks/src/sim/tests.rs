use seeds::Log as _;

use super::*;

#[test]
fn no_seed_breaks_a_rule() {
    let found = seeds::play(&WRITERS, 0..100).expect("every seed ends");
    if let Some(failure) = &found.failure {
        panic!("{}", failure.text());
    }
    assert_eq!(found.seeds, 100);
    // They did what they are for.
    let tally = found.tally;
    assert!(tally.fenced > 10 && tally.superseded > 10 && tally.resolved > 10);
    assert!(tally.late > 10 && tally.undecided > 0 && tally.restarts > 0);
}

#[test]
fn the_checker_catches_every_mutant() {
    for mutant in mutants() {
        mutant.catch(200).expect("its rule is broken");
    }
}

#[test]
fn a_seed_is_the_same_each_time() {
    for seed in 0..12 {
        let [(_, first), (_, second)] = [(); 2].map(|()| WRITERS.play(seed));
        let differs = first
            .0
            .iter()
            .zip(&second.0)
            .position(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first.print(), second.print(), "seed {seed}");
    }
}
