//! A host and a server in virtual time: the seeds that every test run takes.

use envoy_checks::sim;

/// How many seeds: `cargo xtask sim session` takes more.
const SEEDS: u64 = 300;

#[test]
fn both_ends_keep_their_rules_whatever_the_network_does() {
    let mut report = sim::Report::default();
    for seed in 0..SEEDS {
        // Shown only where the run fails.
        println!("seed {seed}");
        report += sim::run_seed(seed);
    }
    assert_eq!(report.runs, SEEDS);
    // The runs meet what they are for.
    assert!(report.resent_commits > 0, "{report:?}");
    assert!(report.decided_by_head > 0, "{report:?}");
    assert!(report.repeated_commands > 0, "{report:?}");
    assert!(report.repeated_events > 0, "{report:?}");
    assert!(report.gaps > 0, "{report:?}");
}
