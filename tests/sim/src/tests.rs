use seeds::{Log as _, Simulation as _, play};

use crate::mutant::Mutant;
use crate::run::Actors;

#[test]
fn a_seed_is_the_same_each_time() {
    for seed in 0..4 {
        let [(_, first), (_, second)] = [(); 2].map(|()| Actors(None).play(seed));
        assert_eq!(
            first.until(usize::MAX, usize::MAX),
            second.until(usize::MAX, usize::MAX)
        );
    }
}

#[test]
fn no_rule_is_broken() {
    let found = play(&Actors(None), 0..20).expect("every seed ends");
    if let Some(failure) = found.failure {
        panic!("{}", failure.text());
    }
    assert_eq!(found.seeds, 20);
    assert!(found.tally.commits > 0, "expected some commits");
}

#[test]
fn a_gateway_without_heads_is_caught() {
    let caught = Mutant::HeadFence.simulation().catch(200);
    caught.expect("the rule of one writer is broken");
}
