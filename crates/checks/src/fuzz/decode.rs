//! Decoding and encoding, in every form there is.

use bare::dynamic::{self, Encoder};
use bare::{
    Arena, ArenaLease, DecodeErrorKind, DecodeLimits, Encode, EncodeExt, Frame, VectoredBuffer,
};
use bytes::Bytes;

use super::Checked;

/// A budget that small inputs run into.
const TIGHT: usize = 512;

pub(crate) fn check<M: Checked>(octets: &[u8]) {
    let limits = DecodeLimits::DEFAULT;
    // The plain reading of the rules, against which the generated decoder is held.
    let mut encoder = Encoder::new();
    let expected = dynamic::walk(M::DEFINITION, octets, &mut encoder);

    let verified = M::verify(octets, &limits);
    assert_eq!(verified, expected, "verify and the plain reading disagree");
    let frame = Frame::<M>::decode(Bytes::copy_from_slice(octets));
    let owned = M::decode(octets);
    match (frame, owned) {
        (Ok(frame), Ok(owned)) => {
            assert_eq!(expected, Ok(()), "only the generated decoder accepts it");
            assert_eq!(
                encoder.into_octets(),
                octets,
                "the plain reading wrote something else"
            );
            assert_same_octets(&owned, octets);
            assert_same_octets(frame.get(), octets);
            assert_eq!(
                frame.to_owned(),
                owned,
                "the two forms mean different things"
            );
        }
        (frame, owned) => {
            assert_eq!(
                frame.map(|_| ()),
                expected,
                "a frame and the plain reading disagree"
            );
            assert_eq!(
                owned.map(|_| ()),
                expected,
                "the owned form and the plain reading disagree"
            );
        }
    }
    check_budget::<M>(octets, expected.is_ok());
}

/// Whichever way a value is encoded, it takes `octets`.
fn assert_same_octets<T: Encode>(value: &T, octets: &[u8]) {
    assert_eq!(
        value.encoded_len(),
        octets.len(),
        "the encoded length is wrong"
    );
    assert_eq!(value.to_vec(), octets, "encoding changed the octets");
    let mut appended = b"before".to_vec();
    value.append_to(&mut appended);
    assert_eq!(
        appended.strip_prefix(b"before"),
        Some(octets),
        "appending changed the octets"
    );
    let mut buffer = VectoredBuffer::new();
    assert_eq!(
        buffer.encode(value).to_vec(),
        octets,
        "vectored encoding changed the octets"
    );
}

/// With a small budget the decoder keeps to it, and refuses only for that reason what it would else accept.
fn check_budget<M: Checked>(octets: &[u8], valid: bool) {
    let limits = DecodeLimits {
        memory: TIGHT,
        ..DecodeLimits::DEFAULT
    };
    let frame = Frame::<M>::decode_with(Bytes::copy_from_slice(octets), Arena::new(), &limits);
    match frame {
        Ok(frame) => {
            assert!(valid, "a smaller budget made it valid");
            let (_, lease): (_, ArenaLease) = frame.into_parts();
            let capacity = lease.arena().capacity();
            // A chunk has a header and a first chunk a least size.
            assert!(
                capacity <= TIGHT + 2048,
                "{capacity} octets for a budget of {TIGHT}"
            );
        }
        Err(error) => {
            let budget = matches!(error.kind(), DecodeErrorKind::MemoryBudget { limit, .. } if *limit == TIGHT);
            assert!(
                budget || !valid,
                "expected the budget to be the reason, but found {error}"
            );
        }
    }
}
