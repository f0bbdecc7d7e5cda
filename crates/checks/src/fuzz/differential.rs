//! Our codec against `serde_bare` on the serde derives of our types: strict against lax.

use bare::EncodeExt;

use super::Checked;

pub(crate) fn check<M: Checked>(octets: &[u8]) {
    // What we refuse it may accept, or ask for any amount of memory over: it knows no limits, so it is not asked.
    let Ok(ours) = M::decode(octets) else { return };
    let theirs: M = serde_bare::from_slice(octets).expect("expected the lax decoder to accept it");
    assert_eq!(
        theirs.to_vec(),
        octets,
        "decoded by serde_bare, it is another message"
    );
    let encoded = serde_bare::to_vec(&ours).expect("expected the lax encoder to accept it");
    assert_eq!(encoded, octets, "encoded by serde_bare, it is other octets");
}
