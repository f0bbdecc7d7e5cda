//! Every message of every version, and all that can be done with its octets, without its Rust type.

use std::fmt::Debug;

use envoy_protocol::Version;
use envoy_protocol::bare::schema::TypeDef;
use envoy_protocol::bare::{Decode, EncodeExt, Message};
use proptest::strategy::{BoxedStrategy, Strategy};

use super::round_trip::{RoundTrip, round_trip, same};

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
