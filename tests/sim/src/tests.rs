use crate::mutant::Mutant;
use crate::run::{Show, run_seed, run_seeds};

#[test]
fn a_seed_is_the_same_each_time() {
    for seed in 0..4 {
        let (_, first) = run_seed(seed, None);
        let (_, second) = run_seed(seed, None);
        assert_eq!(
            first.until(usize::MAX, usize::MAX),
            second.until(usize::MAX, usize::MAX)
        );
    }
}

#[test]
fn no_rule_is_broken() {
    let found = run_seeds(0, 20, None, Show::Failures);
    if let Some(failure) = found.failure {
        panic!("{}", failure.text());
    }
    assert_eq!(found.seeds, 20);
    assert!(found.tally.commits > 0, "expected some commits");
}

#[test]
fn a_gateway_without_heads_is_caught() {
    let found = run_seeds(0, 200, Some(Mutant::HeadFence), Show::Failures);
    assert!(found.failure.is_some(), "expected a rule to be broken");
}
