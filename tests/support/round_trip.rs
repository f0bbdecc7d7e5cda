//! Reading octets in every form and writing them again in every way.

use std::fmt::Debug;

use bytes::Bytes;
use envoy_protocol::bare::dynamic::{Encoder, walk};
use envoy_protocol::bare::schema::TypeDef;
use envoy_protocol::bare::{
    Arena, DecodeError, DecodeErrorKind, DecodeLimits, Encode, EncodeExt, Frame, Message,
    VectoredBuffer, decode_ref,
};

/// What became of octets that were read and written again.
#[derive(Debug)]
pub(crate) enum RoundTrip {
    /// Every form was read and written as the very same octets.
    Same,
    /// They are not a message: every form was refused for the same reason.
    Refused(DecodeError),
    /// Two of our readings or writings differ, whatever the octets are.
    WeAreWrong(String),
}

/// Reads `octets` as a message in every form and writes them again in every way.
pub(crate) fn round_trip<M>(octets: &[u8]) -> RoundTrip
where
    M: Message + PartialEq + Debug,
    for<'a> M::Ref<'a>: PartialEq + Debug,
{
    match try_round_trip::<M>(octets) {
        Ok(Ok(())) => RoundTrip::Same,
        Ok(Err(error)) => RoundTrip::Refused(error),
        Err(difference) => RoundTrip::WeAreWrong(format!(
            "{}: {difference}\n{octets:02x?}",
            M::DEFINITION.name,
        )),
    }
}

/// The outer error is a difference between two things that have to be the same.
fn try_round_trip<M>(octets: &[u8]) -> Result<Result<(), DecodeError>, String>
where
    M: Message + PartialEq + Debug,
    for<'a> M::Ref<'a>: PartialEq + Debug,
{
    let limits = DecodeLimits::DEFAULT;
    let arena = Arena::new();
    let mut plain = Encoder::new();
    let expected = walk(M::DEFINITION, octets, &mut plain);
    let owned = M::decode(octets);
    let borrowed = decode_ref::<M>(octets, &arena, &limits);
    let frame = Frame::<M>::decode(Bytes::copy_from_slice(octets));
    let verified = M::verify(octets, &limits);

    let error = expected.as_ref().err();
    same("owned and plain reading", &owned.as_ref().err(), &error)?;
    same(
        "borrowed and plain reading",
        &borrowed.as_ref().err(),
        &error,
    )?;
    same("frame and plain reading", &frame.as_ref().err(), &error)?;
    same("verify and plain reading", &verified.as_ref().err(), &error)?;
    let (Ok(owned), Ok(borrowed), Ok(frame)) = (owned, borrowed, frame) else {
        return match expected {
            Err(error) => well_formed(M::DEFINITION, octets, &error).map(|()| Err(error)),
            Ok(()) => Err("a form was refused".to_owned()),
        };
    };

    same("plain octets", &plain.octets(), &octets)?;
    same("the value of the frame", frame.get(), &borrowed)?;
    same("the owned value of the frame", &frame.to_owned(), &owned)?;
    same("the octets of the frame", &frame.octets().as_ref(), &octets)?;
    every_encoding("owned", &owned, octets)?;
    every_encoding("borrowed", &borrowed, octets)?;
    Ok(Ok(()))
}

/// Whether every way to write a value gives these octets.
fn every_encoding<T: Encode>(form: &str, value: &T, octets: &[u8]) -> Result<(), String> {
    let what = |way: &str| format!("{way}, {form}");
    same(&what("length"), &value.encoded_len(), &octets.len())?;
    same(&what("octets"), &value.to_vec().as_slice(), &octets)?;
    same(&what("shared octets"), &value.to_bytes().as_ref(), &octets)?;

    // Behind what a buffer holds, without and with room.
    let mut buffer = b"before".to_vec();
    value.append_to(&mut buffer);
    same(&what("appended"), &buffer, &[b"before", octets].concat())?;
    buffer.clear();
    value.append_to(&mut buffer);
    same(&what("into a warm buffer"), &buffer.as_slice(), &octets)?;

    let mut vectored = VectoredBuffer::new();
    for way in ["vectored", "vectored into a warm buffer"] {
        let pieces = vectored.encode(value);
        same(&what(way), &pieces.to_vec().as_slice(), &octets)?;
        same(&what(way), &pieces.encoded_len(), &octets.len())?;
        if pieces.pieces().any(<[u8]>::is_empty) {
            return Err(format!("{} has an empty piece", what(way)));
        }
    }
    Ok(())
}

/// Whether an error says where it is: an octet of the message or its end, and a path that starts at the message.
fn well_formed(
    definition: &'static TypeDef,
    octets: &[u8],
    error: &DecodeError,
) -> Result<(), String> {
    if error.offset() > octets.len() {
        return Err(format!("the error is outside of the message: {error}"));
    }
    let rest = error.path().strip_prefix(definition.name);
    if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])) {
        return Err(format!(
            "the path of the error is of another message: {error}"
        ));
    }
    if *error.kind() == DecodeErrorKind::Refused {
        return Err("the decoder refused what the plain reading takes".to_owned());
    }
    let text = error.to_string();
    if !text.contains("expected ") || !text.contains(error.path()) {
        return Err(format!(
            "the error does not say what was expected where: {text}"
        ));
    }
    Ok(())
}

/// Whether two things that have to be the same are.
pub(crate) fn same<T: PartialEq + Debug + ?Sized>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{what}: expected {expected:?}, but found {found:?}"
    ))
}
