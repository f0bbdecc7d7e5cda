//! Codec and converters against implementations that are not ours, on made-up messages.
//!
//! Two others read and write the same octets: `serde_bare`, through the serde derives of our own types, and the crate
//! `rivet-envoy-protocol`, whose types and converters share no code with this project (the *reference*). Both are laxer
//! than we are in what they read, see `lax`, but they write one encoding only: the one that we write, but for the order
//! of a map's entries, which the reference does not keep.
//!
//! So octets are compared where no map of the message has more than one entry, and values always: the names of all
//! fields and members and what they hold, by way of JSON, in which the order of a map's entries means nothing.
//!
//! `DIFFERENTIAL_MESSAGES` is how many messages are made up of each root and version. The seed is fixed: a run repeats
//! the one before it, and a longer run starts with the messages of a shorter one.

use std::cell::RefCell;
use std::env;

use bare::strategy;
use envoy_protocol::Version;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

#[path = "differential/compare.rs"]
mod compare;
#[path = "differential/lax.rs"]
mod lax;
#[path = "differential/recorded.rs"]
mod recorded;
#[path = "differential/reference.rs"]
mod reference;

use compare::Tally;
use reference::{ActorCommandKeyData, Pair, ToEnvoy, ToEnvoyConn, ToGateway, ToOutbound, ToRivet};

/// Messages of each root and version: 5,000 or so in all, which a test run without optimisation has time for.
const DEFAULT_MESSAGES: u32 = 420;

/// Any would do.
const SEED: u64 = 5;

#[test]
fn to_rivet_agrees_with_serde_bare_and_the_reference() {
    compare_both_versions::<ToRivet>();
}

#[test]
fn to_envoy_agrees_with_serde_bare_and_the_reference() {
    compare_both_versions::<ToEnvoy>();
}

#[test]
fn to_envoy_conn_agrees_with_serde_bare_and_the_reference() {
    compare_both_versions::<ToEnvoyConn>();
}

#[test]
fn to_gateway_agrees_with_serde_bare_and_the_reference() {
    compare_both_versions::<ToGateway>();
}

#[test]
fn to_outbound_agrees_with_serde_bare_and_the_reference() {
    compare_both_versions::<ToOutbound>();
}

#[test]
fn actor_command_key_data_agrees_with_serde_bare_and_the_reference() {
    compare_both_versions::<ActorCommandKeyData>();
}

fn compare_both_versions<P: Pair>() {
    compare_messages::<P>(Version::V4, compare::message::<P, P::Ours4, P::Theirs4>);
    compare_messages::<P>(Version::V5, compare::message::<P, P::Ours5, P::Theirs5>);
}

/// Makes up messages, and hands each to `compare`. What it refuses is made as small as it can be, and shown.
fn compare_messages<P: Pair>(
    version: Version,
    compare: fn(Version, &[u8], &mut Tally) -> Result<(), String>,
) {
    let messages = messages();
    let config = Config {
        cases: messages,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let subject = format!("{} {version}", P::ROOT);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed::<P>(version));
    let octets = strategy::octets(P::ROOT.definition(version));
    let tally = RefCell::new(Tally::default());
    let result = TestRunner::new_with_rng(config, rng).run(&octets, |octets| {
        compare(version, &octets, &mut tally.borrow_mut()).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => {
            let tally = tally.into_inner();
            assert_eq!(tally.messages(), u64::from(messages));
            println!("{subject}, seed {SEED}: {tally}");
        }
        Err(TestError::Fail(why, octets)) => panic!(
            "{subject}, seed {SEED}: {why}\n the smallest such message: {}",
            compare::hex(&octets),
        ),
        Err(TestError::Abort(why)) => panic!("{subject}: {why}"),
    }
}

fn messages() -> u32 {
    env::var("DIFFERENTIAL_MESSAGES").map_or(DEFAULT_MESSAGES, |text| {
        let parsed = text.parse().ok().filter(|messages| *messages > 0);
        parsed.unwrap_or_else(|| {
            panic!("expected a number of messages in DIFFERENTIAL_MESSAGES, but found {text:?}")
        })
    })
}

/// Every root and version has messages of its own.
fn seed<P: Pair>(version: Version) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&SEED.to_le_bytes());
    seed[8..10].copy_from_slice(&version.number().to_le_bytes());
    seed[10] = P::ROOT as u8;
    seed
}
