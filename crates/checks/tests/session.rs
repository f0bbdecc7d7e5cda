//! A host and a server in virtual time: the seeds that every test run takes.

use envoy_checks::sim;

/// How many seeds: `cargo xtask sim session` takes more.
const SEEDS: u64 = 200;

#[test]
fn both_ends_keep_their_rules_whatever_the_network_does() {
    let (report, failed) = sim::run_all(0..SEEDS).expect("every seed comes to its end");
    assert!(failed.is_empty(), "seeds that do not hold: {failed:?}");
    assert_eq!(report.runs, SEEDS);
    // The runs meet what they are for.
    assert!(report.resent_commits > 0, "{report:?}");
    assert!(report.decided_by_head > 0, "{report:?}");
    assert!(report.repeated_commands > 0, "{report:?}");
    assert!(report.repeated_events > 0, "{report:?}");
    assert!(report.gaps > 0, "{report:?}");
    assert!(report.repeated_messages > 0, "{report:?}");
    assert!(report.woken > 0, "{report:?}");
    assert!(report.incompatible > 0, "{report:?}");
}
