//! Each root in our types and in those of the reference.

use std::fmt::Debug;

use bare::Message;
use envoy_protocol::{EncodeAt, Root, Versioned, latest, v4, v5};
use rivet_envoy_protocol::generated as theirs;
use rivet_envoy_protocol::versioned;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vbare::OwnedVersionedData;

/// What is compared of a type: what serde makes of it.
pub(crate) trait Data: Serialize + DeserializeOwned + PartialEq + Debug {}

impl<T: Serialize + DeserializeOwned + PartialEq + Debug> Data for T {}

/// A root, as we have it and as the reference has it.
pub(crate) trait Pair {
    const ROOT: Root;
    type Ours4: Message + Data;
    type Ours5: Message + Data;
    /// The types of our newest version, which may be newer than what the reference knows.
    type Latest: Versioned + EncodeAt + for<'a> Message<Ref<'a>: EncodeAt>;
    type Theirs4: Data;
    type Theirs5: Data;
    /// The reference's converters.
    type Chain: OwnedVersionedData<Latest = Self::Theirs5>;
}

macro_rules! pairs {
    ($($root:ident),*) => {$(
        pub(crate) struct $root;

        impl Pair for $root {
            const ROOT: Root = Root::$root;
            type Ours4 = v4::$root;
            type Ours5 = v5::$root;
            type Latest = latest::$root;
            type Theirs4 = theirs::v4::$root;
            type Theirs5 = theirs::v5::$root;
            type Chain = versioned::$root;
        }
    )*};
}
pairs!(
    ToRivet,
    ToEnvoy,
    ToEnvoyConn,
    ToGateway,
    ToOutbound,
    ActorCommandKeyData
);
