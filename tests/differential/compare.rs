//! What has to agree on one message.

use std::fmt::{self, Debug, Display, Write as _};

use bare::dynamic::{Composite, Visitor, walk};
use bare::schema::TypeDef;
use bare::{Arena, DecodeLimits, EncodeExt, Message, decode_ref};
use bytes::Bytes;
use envoy_protocol::{EncodeAt, Version, Versioned, transcode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vbare::OwnedVersionedData;

use crate::reference::{Data, Pair};

/// The newest version that the reference knows: the types that its converters start from.
const NEWEST: Version = Version::V5;

/// How many messages agreed, and how that was seen.
#[derive(Default)]
pub(crate) struct Tally {
    /// No map has more than one entry: octets were compared, and values.
    octets: u64,
    /// The reference shuffles a map of the message: values were compared.
    values: u64,
    /// Octets of all of them.
    size: usize,
}

impl Tally {
    pub(crate) fn messages(&self) -> u64 {
        self.octets + self.values
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} messages ({} octets); all the same octets and values as serde_bare; as the reference, conversions \
             included: {} the same octets and values, {} the same values",
            self.messages(),
            self.size,
            self.octets,
            self.values,
        )
    }
}

/// A message at `version`, in our types of it (`M`) and in the reference's (`T`).
///
/// The error says what was compared, and how the two sides differ.
pub(crate) fn message<P: Pair, M: Message + Data, T: Data>(
    version: Version,
    octets: &[u8],
    tally: &mut Tally,
) -> Result<(), String> {
    let ours = M::decode(octets).map_err(refused("our decoder"))?;
    serde_bare_agrees(octets, &ours)?;
    reference_agrees::<M, T>(octets, &ours)?;
    conversion_agrees::<P, P::Ours4>(version, Version::V4, octets)?;
    conversion_agrees::<P, P::Ours5>(version, Version::V5, octets)?;
    tally.size += octets.len();
    if reference_keeps_octets(M::DEFINITION, octets) {
        tally.octets += 1;
    } else {
        tally.values += 1;
    }
    Ok(())
}

/// On our own types, `serde_bare` agrees to the octet, whatever maps hold.
fn serde_bare_agrees<M: Message + Data>(octets: &[u8], ours: &M) -> Result<(), String> {
    same_octets("as it came", octets, "encoded by us", &ours.to_vec())?;
    let arena = Arena::new();
    let borrowed = decode_ref::<M>(octets, &arena, &DecodeLimits::DEFAULT);
    let borrowed = borrowed.map_err(refused("our decoder of the borrowed form"))?;
    same_octets(
        "as it came",
        octets,
        "encoded by us, borrowed",
        &borrowed.to_vec(),
    )?;
    same_octets(
        "encoded by us",
        octets,
        "encoded by serde_bare",
        &lax_encode(ours)?,
    )?;
    let decoded: M = lax_decode("serde_bare", octets)?;
    if decoded == *ours {
        return Ok(());
    }
    Err(differ(
        "decoded by us",
        ours,
        "decoded by serde_bare",
        &decoded,
    ))
}

fn reference_agrees<M: Message + Data, T: Data>(octets: &[u8], ours: &M) -> Result<(), String> {
    let theirs: T = lax_decode("the reference", octets)?;
    same_value("decoded by us", ours, "decoded by the reference", &theirs)?;
    let encoded = lax_encode(&theirs)?;
    if reference_keeps_octets(M::DEFINITION, octets) {
        return same_octets(
            "encoded by us",
            octets,
            "encoded by the reference",
            &encoded,
        );
    }
    let decoded =
        M::decode(&encoded).map_err(refused("our decoder, of what the reference encoded,"))?;
    same_value(
        "decoded by us",
        ours,
        "encoded by the reference and decoded by us",
        &decoded,
    )
}

/// The conversion from `from` to `to`, whose types are `M` with us.
fn conversion_agrees<P: Pair, M: Message + Data>(
    from: Version,
    to: Version,
    octets: &[u8],
) -> Result<(), String> {
    let their_latest = P::Chain::deserialize(octets, from.number());
    let their_latest = their_latest.map_err(refused("the reference"))?;
    same_value(
        &format!("{from} as {NEWEST} by us"),
        &as_newest::<P>(from, octets)?,
        "by the reference",
        &their_latest,
    )?;
    let ours = our_conversion::<P>(from, to, octets)?;
    let theirs = P::Chain::wrap_latest(their_latest).serialize_with_embedded_version(to.number());
    let theirs = Bytes::from(theirs.map_err(refused("the reference's converter"))?);
    let (by_us, by_them) = (
        format!("from {from} to {to} by us"),
        "by the reference".to_owned(),
    );
    if reference_keeps_octets(M::DEFINITION, &ours[2..]) {
        same_octets(&by_us, &ours, &by_them, &theirs)?;
    }

    // Each reads what the other wrote: what got lost on the way has to be the same.
    let (header, frame) = P::Latest::decode_embedded(&theirs, Arena::new(), &DecodeLimits::DEFAULT)
        .map_err(refused("our decoder, of what the reference converted,"))?;
    if header != to {
        return Err(format!(
            "expected {to} in front of {}, but found {header}",
            hex(&theirs)
        ));
    }
    let read_by_us = frame.get().to_bytes_at(NEWEST);
    let read_by_us =
        read_by_us.map_err(refused("to_bytes_at, of what the reference converted,"))?;
    let read_by_us =
        P::Ours5::decode(&read_by_us).map_err(refused("our decoder, of what we converted,"))?;
    let read_by_them = P::Chain::deserialize_with_embedded_version(&ours)
        .map_err(refused("the reference, of what we converted,"))?;
    same_value(
        &format!("{by_us}, read by the reference"),
        &read_by_them,
        &format!("{by_them}, read by us"),
        &read_by_us,
    )
}

/// The message in our types of the newest version that the reference knows.
fn as_newest<P: Pair>(from: Version, octets: &[u8]) -> Result<P::Ours5, String> {
    let frame = Bytes::copy_from_slice(octets);
    let frame = transcode(P::ROOT, &frame, from, NEWEST).map_err(refused("transcode"))?;
    P::Ours5::decode(&frame).map_err(refused("our decoder, of what we converted,"))
}

/// The message converted, with the version in front.
///
/// There are several ways from one version to another: all of them give the same octets.
fn our_conversion<P: Pair>(from: Version, to: Version, octets: &[u8]) -> Result<Bytes, String> {
    const LIMITS: DecodeLimits = DecodeLimits::DEFAULT;
    let frame = Bytes::copy_from_slice(octets);
    let converted = transcode(P::ROOT, &frame, from, to).map_err(refused("transcode"))?;

    let latest = P::Latest::decode_at(from, octets, &LIMITS).map_err(refused("decode_at"))?;
    let owned = latest.to_bytes_at(to).map_err(refused("to_bytes_at"))?;
    same_octets("transcoded", &converted, "by way of the owned form", &owned)?;

    let frame = P::Latest::frame_at(from, frame, Arena::new(), &LIMITS);
    let frame = frame.map_err(refused("frame_at"))?;
    let borrowed = frame.get().to_bytes_at(to);
    let borrowed = borrowed.map_err(refused("to_bytes_at, borrowed,"))?;
    same_octets("transcoded", &converted, "by way of a frame", &borrowed)?;

    let embedded = latest.to_embedded(to).map_err(refused("to_embedded"))?;
    let expected = [to.number().to_le_bytes().as_slice(), &converted].concat();
    same_octets(
        "the version and what was transcoded",
        &expected,
        "embedded",
        &embedded,
    )?;
    Ok(embedded)
}

/// Whether the reference writes the same octets again: where it cannot change the order of any map's entries.
fn reference_keeps_octets(definition: &'static TypeDef, octets: &[u8]) -> bool {
    struct LargestMap(usize);

    impl Visitor for LargestMap {
        fn open(&mut self, _: std::ops::Range<usize>, composite: Composite) {
            if let Composite::Map(entries) = composite {
                self.0 = self.0.max(entries);
            }
        }
    }

    let mut largest = LargestMap(0);
    // What is asked about has been decoded before.
    walk(definition, octets, &mut largest).is_ok() && largest.0 <= 1
}

pub(crate) fn lax_decode<T: DeserializeOwned>(who: &str, octets: &[u8]) -> Result<T, String> {
    serde_bare::from_slice(octets).map_err(refused(who))
}

fn lax_encode<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    serde_bare::to_vec(value).map_err(refused("serde_bare"))
}

fn refused<E: Display>(who: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{who} refuses it: {error:#}")
}

/// Names of fields and members, and what they hold. The order of a map's entries means nothing.
fn same_value<A: Serialize + Debug, B: Serialize + Debug>(
    a_is: &str,
    a: &A,
    b_is: &str,
    b: &B,
) -> Result<(), String> {
    let json = |error: serde_json::Error| format!("a value has no JSON: {error}");
    if serde_json::to_value(a).map_err(json)? == serde_json::to_value(b).map_err(json)? {
        return Ok(());
    }
    Err(differ(a_is, a, b_is, b))
}

fn same_octets(a_is: &str, a: &[u8], b_is: &str, b: &[u8]) -> Result<(), String> {
    if a == b {
        return Ok(());
    }
    let at = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    Err(format!(
        "octets differ, first at {at}\n {a_is}: {}\n {b_is}: {}",
        hex(a),
        hex(b)
    ))
}

fn differ(a_is: &str, a: &impl Debug, b_is: &str, b: &impl Debug) -> String {
    format!("values differ\n {a_is}: {a:?}\n {b_is}: {b:?}")
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut hex, octet| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{octet:02x}");
        hex
    })
}
