//! Every message of every version, and all that can be done with its octets, without its Rust type.

use std::fmt::Debug;

use bytes::Bytes;
use envoy_protocol::Version;
use envoy_protocol::bare::dynamic::{Encoder, walk};
use envoy_protocol::bare::schema::TypeDef;
use envoy_protocol::bare::{
    Arena, Decode, DecodeError, DecodeErrorKind, DecodeLimits, Encode, EncodeExt, Frame, Message,
    VectoredBuffer, decode_ref,
};
use proptest::strategy::{BoxedStrategy, Strategy};

/// A message type of a version.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    /// What the schema says of it.
    pub(crate) definition: &'static TypeDef,
    /// The fewest octets that its decoder expects.
    pub(crate) min_size: usize,
    /// Reads octets in every form, and writes them again.
    pub(crate) round_trip: fn(&[u8]) -> RoundTrip,
    /// Values from the type's own proptest strategy.
    pub(crate) any: fn() -> BoxedStrategy<Written>,
}

impl Subject {
    fn new<M>() -> Self
    where
        M: Message + PartialEq + Debug + proptest::arbitrary::Arbitrary<Strategy: 'static>,
        for<'a> M::Ref<'a>: PartialEq + Debug,
    {
        Self {
            definition: M::DEFINITION,
            min_size: <M::Ref<'static> as Decode<'static>>::MIN_SIZE,
            round_trip: round_trip::<M>,
            any: any::<M>,
        }
    }
}

/// A value that was written.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// Its octets.
    pub(crate) octets: Vec<u8>,
    /// Whether they are read as that value.
    pub(crate) read_back: Result<(), String>,
}

/// Every message of a version, in the schema's order. A message without a decoder, an encoder or a strategy does not
/// compile here.
pub(crate) fn of(version: Version) -> Vec<Subject> {
    macro_rules! v4_subjects {
        ($($name:ident,)*) => { vec![$(Subject::new::<envoy_protocol::v4::$name>()),*] };
    }
    macro_rules! v5_subjects {
        ($($name:ident,)*) => { vec![$(Subject::new::<envoy_protocol::v5::$name>()),*] };
    }
    match version {
        Version::V4 => envoy_protocol::v4_messages!(v4_subjects),
        Version::V5 => envoy_protocol::v5_messages!(v5_subjects),
    }
}

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

fn any<M>() -> BoxedStrategy<Written>
where
    M: Message + PartialEq + Debug + proptest::arbitrary::Arbitrary<Strategy: 'static>,
{
    proptest::arbitrary::any::<M>()
        .prop_map(|value| {
            let octets = value.to_vec();
            let back = M::decode(&octets);
            let read_back = same("what was written and read", &back.as_ref(), &Ok(&value));
            Written { octets, read_back }
        })
        .boxed()
}

fn same<T: PartialEq + Debug + ?Sized>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{what}: expected {expected:?}, but found {found:?}"
    ))
}
