//! The six messages that travel on their own.

use std::fmt;
use std::str::FromStr;

use bare::schema::TypeDef;

use crate::Version;
use crate::generated::{v4, v5};

/// A root: a top-level union of the schema. Everything that travels or is stored is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// From a host to the server, on the WebSocket.
    ToRivet,
    /// From the server to a host, on the WebSocket.
    ToEnvoy,
    /// Inside the server, to the holder of a host's connection.
    ToEnvoyConn,
    /// Inside the server, to a gateway that waits for an answer.
    ToGateway,
    /// Inside the server, to what starts serverless hosts.
    ToOutbound,
    /// A stored command.
    ActorCommandKeyData,
}

impl Root {
    /// All six, in the order of their importance on the wire.
    pub const ALL: &'static [Self] = &[
        Self::ToRivet,
        Self::ToEnvoy,
        Self::ToEnvoyConn,
        Self::ToGateway,
        Self::ToOutbound,
        Self::ActorCommandKeyData,
    ];

    /// The name in the schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToRivet => "ToRivet",
            Self::ToEnvoy => "ToEnvoy",
            Self::ToEnvoyConn => "ToEnvoyConn",
            Self::ToGateway => "ToGateway",
            Self::ToOutbound => "ToOutbound",
            Self::ActorCommandKeyData => "ActorCommandKeyData",
        }
    }

    /// What the schema of a version says of this root.
    #[must_use]
    pub fn definition(self, version: Version) -> &'static TypeDef {
        match version {
            Version::V4 => match self {
                Self::ToRivet => &v4::definitions::TO_RIVET,
                Self::ToEnvoy => &v4::definitions::TO_ENVOY,
                Self::ToEnvoyConn => &v4::definitions::TO_ENVOY_CONN,
                Self::ToGateway => &v4::definitions::TO_GATEWAY,
                Self::ToOutbound => &v4::definitions::TO_OUTBOUND,
                Self::ActorCommandKeyData => &v4::definitions::ACTOR_COMMAND_KEY_DATA,
            },
            Version::V5 => match self {
                Self::ToRivet => &v5::definitions::TO_RIVET,
                Self::ToEnvoy => &v5::definitions::TO_ENVOY,
                Self::ToEnvoyConn => &v5::definitions::TO_ENVOY_CONN,
                Self::ToGateway => &v5::definitions::TO_GATEWAY,
                Self::ToOutbound => &v5::definitions::TO_OUTBOUND,
                Self::ActorCommandKeyData => &v5::definitions::ACTOR_COMMAND_KEY_DATA,
            },
        }
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Root {
    type Err = UnknownRoot;

    fn from_str(text: &str) -> Result<Self, UnknownRoot> {
        Self::ALL
            .iter()
            .copied()
            .find(|root| root.name() == text)
            .ok_or_else(|| UnknownRoot {
                found: text.to_owned(),
            })
    }
}

/// Text that names no root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a root (ToRivet, ToEnvoy, ToEnvoyConn, ToGateway, ToOutbound or ActorCommandKeyData), but found `{found}`"
)]
pub struct UnknownRoot {
    /// The text found.
    pub found: String,
}
