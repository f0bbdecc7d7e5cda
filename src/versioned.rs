//! Messages at a version: decoding to the latest types, encoding for an older peer, and frames from one version to
//! another.

use bare::schema::{Kind, Type, TypeDef};
use bare::{Arena, ArenaLease, Converter, DecodeLimits, EncodeExt, Frame, Message, decode_ref};
use bytes::Bytes;

use crate::convert::{Downgrade, Upgrade};
use crate::generated::{latest, v4, v5};
use crate::{Root, Version};

/// Octets of the version in front of an embedded payload.
const EMBEDDED_HEADER: usize = 2;

/// Octets that are not a message of the version they were sent at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{version}: {error}")]
pub struct InvalidMessage {
    /// What was to be read.
    pub root: Root,
    /// The version it was read at.
    pub version: Version,
    /// What is wrong, and where. It is part of this error's text, and so not its source.
    pub error: bare::DecodeError,
}

/// A message that an older version has no way to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a peer of {needed} or newer for {feature} in {root}, but found one of {asked}")]
#[non_exhaustive]
pub struct DowngradeError {
    /// What cannot be said, in words: "a batch of statements".
    pub feature: &'static str,
    /// The message, and with it the direction: `ToRivet` goes to the server, `ToEnvoy` to the host.
    pub root: Root,
    /// The oldest version that can say it.
    pub needed: Version,
    /// The version asked for.
    pub asked: Version,
}

impl DowngradeError {
    /// `feature` of `root` exists since `needed`, and a version older than that was asked for.
    #[must_use]
    pub const fn new(feature: &'static str, root: Root, needed: Version, asked: Version) -> Self {
        Self {
            feature,
            root,
            needed,
            asked,
        }
    }
}

/// Why a frame could not be brought to another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranscodeError {
    /// It is not a message of the version it came at.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// The other version has no way to say it.
    #[error(transparent)]
    Downgrade(#[from] DowngradeError),
}

/// Why a payload with an embedded version could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// It ends before the version does.
    #[error("expected a version of 2 octets in front of the message, but found {found} octets")]
    TooShort {
        /// Octets there are.
        found: usize,
    },
    /// The version is 0, which no message has.
    #[error("expected the version in front of the message, but found 0, which none has")]
    VersionZero,
    /// The version is none that this crate speaks.
    ///
    /// It is part of this error's text, and so not its source.
    #[error("in front of the message: {0}")]
    UnknownVersion(crate::UnknownVersion),
    /// The message is not one of that version. Offsets count from behind the version.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
}

/// A root, in the types of the latest version, that can be read at every version.
///
/// Sealed: it is implemented for the six roots.
pub trait Versioned: Message + sealed::Sealed {
    /// Which root.
    const ROOT: Root;

    /// Reads a message that was sent at `version`, and upgrades it.
    fn decode_at(
        version: Version,
        octets: &[u8],
        limits: &DecodeLimits,
    ) -> Result<Self, InvalidMessage>;

    /// Reads a frame that was sent at `version`, and upgrades it: the message borrows from the frame in every version.
    fn frame_at(
        version: Version,
        octets: Bytes,
        arena: impl Into<ArenaLease>,
        limits: &DecodeLimits,
    ) -> Result<Frame<Self>, InvalidMessage>;

    /// Reads a payload that has its version embedded in front.
    fn decode_embedded(
        octets: &Bytes,
        arena: impl Into<ArenaLease>,
        limits: &DecodeLimits,
    ) -> Result<(Version, Frame<Self>), EmbeddedError> {
        let (version, message) = split_embedded(octets)?;
        Ok((version, Self::frame_at(version, message, arena, limits)?))
    }

    #[doc(hidden)]
    fn verify_at(
        version: Version,
        octets: &[u8],
        limits: &DecodeLimits,
    ) -> Result<(), InvalidMessage>;

    #[doc(hidden)]
    fn convert(
        octets: &[u8],
        from: Version,
        to: Version,
        limits: &DecodeLimits,
    ) -> Result<Bytes, TranscodeError>;
}

/// A root of the latest version, owned or borrowed, that can be written for a peer of every version.
///
/// Sealed: it is implemented for the six roots.
pub trait EncodeAt: sealed::Sealed {
    /// Writes the message for a peer of `version` behind what `buffer` holds. After an error the buffer is as before.
    fn append_at(&self, version: Version, buffer: &mut Vec<u8>) -> Result<(), DowngradeError>;

    /// The message for a peer of `version`, ready to be sent.
    fn to_bytes_at(&self, version: Version) -> Result<Bytes, DowngradeError>;

    /// The message at `version`, with the version embedded in front.
    fn to_embedded(&self, version: Version) -> Result<Bytes, DowngradeError> {
        let mut buffer = version.number().to_le_bytes().to_vec();
        self.append_at(version, &mut buffer)?;
        Ok(Bytes::from(buffer))
    }
}

/// Brings a frame from one version to another, within the default limits.
///
/// Where the message's layout is the same in both versions, the frame is checked and handed back: the same octets, not
/// a copy.
pub fn transcode(
    root: Root,
    frame: &Bytes,
    from: Version,
    to: Version,
) -> Result<Bytes, TranscodeError> {
    transcode_within(root, frame, from, to, &DecodeLimits::DEFAULT)
}

/// [`transcode`], within `limits`.
pub fn transcode_within(
    root: Root,
    frame: &Bytes,
    from: Version,
    to: Version,
    limits: &DecodeLimits,
) -> Result<Bytes, TranscodeError> {
    match root {
        Root::ToRivet => transcode_root::<latest::ToRivet>(frame, from, to, limits),
        Root::ToEnvoy => transcode_root::<latest::ToEnvoy>(frame, from, to, limits),
        Root::ToEnvoyConn => transcode_root::<latest::ToEnvoyConn>(frame, from, to, limits),
        Root::ToGateway => transcode_root::<latest::ToGateway>(frame, from, to, limits),
        Root::ToOutbound => transcode_root::<latest::ToOutbound>(frame, from, to, limits),
        Root::ActorCommandKeyData => {
            transcode_root::<latest::ActorCommandKeyData>(frame, from, to, limits)
        }
    }
}

/// Takes the embedded version from the front of a payload. The message shares the payload's octets.
pub fn split_embedded(octets: &Bytes) -> Result<(Version, Bytes), EmbeddedError> {
    let Some(header) = octets.first_chunk::<EMBEDDED_HEADER>() else {
        return Err(EmbeddedError::TooShort {
            found: octets.len(),
        });
    };
    match u16::from_le_bytes(*header) {
        0 => Err(EmbeddedError::VersionZero),
        number => {
            let version = Version::try_from(number).map_err(EmbeddedError::UnknownVersion)?;
            Ok((version, octets.slice(EMBEDDED_HEADER..)))
        }
    }
}

fn transcode_root<M: Versioned>(
    frame: &Bytes,
    from: Version,
    to: Version,
    limits: &DecodeLimits,
) -> Result<Bytes, TranscodeError> {
    if from == to || same_layout(M::ROOT, frame, from, to) {
        M::verify_at(from, frame, limits)?;
        return Ok(frame.clone());
    }
    M::convert(frame, from, to, limits)
}

/// Whether the message has the same layout at both versions: its tag names members of one definition.
fn same_layout(root: Root, frame: &[u8], from: Version, to: Version) -> bool {
    let member = |version: Version| {
        let tag = u64::from(*frame.first()?);
        let Kind::Union(members) = &root.definition(version).kind else {
            return None;
        };
        members.iter().find(|member| member.tag == tag)
    };
    match (member(from), member(to)) {
        (Some(a), Some(b)) => same_type(a.ty, b.ty),
        // What is no message of one of them is for the converter to refuse.
        _ => false,
    }
}

/// Whether two members are of the same definition. A type that is the same in two versions is generated once, so one
/// address says it all.
fn same_type(a: Type, b: Type) -> bool {
    match (a, b) {
        (Type::Named(a), Type::Named(b)) => std::ptr::eq::<TypeDef>(a, b),
        _ => false,
    }
}

fn invalid(root: Root, version: Version) -> impl FnOnce(bare::DecodeError) -> InvalidMessage {
    move |error| InvalidMessage {
        root,
        version,
        error,
    }
}

mod sealed {
    pub trait Sealed {}
}

/// The way back along the chain, for one form of a root. It works on a lent message, so that the caller keeps its own and
/// nothing is copied that an older version has too.
macro_rules! encode_at {
    ($form:ty) => {
        impl sealed::Sealed for $form {}

        impl EncodeAt for $form {
            fn append_at(
                &self,
                version: Version,
                buffer: &mut Vec<u8>,
            ) -> Result<(), DowngradeError> {
                match version {
                    Version::V4 => bare::Lend::lend(self).downgrade(())?.append_to(buffer),
                    Version::V5 => self.append_to(buffer),
                }
                Ok(())
            }

            fn to_bytes_at(&self, version: Version) -> Result<Bytes, DowngradeError> {
                Ok(match version {
                    Version::V4 => bare::Lend::lend(self).downgrade(())?.to_bytes(),
                    Version::V5 => self.to_bytes(),
                })
            }
        }
    };
}

/// From an older version to the latest.
struct Chain;

/// The chain of versions for a root, in its owned form and its `$borrowed` one.
macro_rules! versioned {
    ($($root:ident $borrowed:ident;)*) => {$(
        impl Versioned for latest::$root {
            const ROOT: Root = Root::$root;

            fn decode_at(version: Version, octets: &[u8], limits: &DecodeLimits) -> Result<Self, InvalidMessage> {
                match version {
                    Version::V4 => v4::$root::decode_with(octets, limits).map(|message| message.upgrade(())),
                    Version::V5 => v5::$root::decode_with(octets, limits),
                }
                .map_err(invalid(Root::$root, version))
            }

            fn frame_at(
                version: Version,
                octets: Bytes,
                arena: impl Into<ArenaLease>,
                limits: &DecodeLimits,
            ) -> Result<Frame<Self>, InvalidMessage> {
                match version {
                    Version::V4 => Frame::decode_converted::<v4::$root>(octets, arena, limits, Chain),
                    Version::V5 => Frame::decode_with(octets, arena, limits),
                }
                .map_err(invalid(Root::$root, version))
            }

            fn verify_at(version: Version, octets: &[u8], limits: &DecodeLimits) -> Result<(), InvalidMessage> {
                match version {
                    Version::V4 => v4::$root::verify(octets, limits),
                    Version::V5 => v5::$root::verify(octets, limits),
                }
                .map_err(invalid(Root::$root, version))
            }

            fn convert(
                octets: &[u8],
                from: Version,
                to: Version,
                limits: &DecodeLimits,
            ) -> Result<Bytes, TranscodeError> {
                let arena = Arena::new();
                let message = match from {
                    Version::V4 => decode_ref::<v4::$root>(octets, &arena, limits).map(|message| message.upgrade(&arena)),
                    Version::V5 => decode_ref::<v5::$root>(octets, &arena, limits),
                }
                .map_err(invalid(Root::$root, from))?;
                Ok(message.to_bytes_at(to)?)
            }
        }

        /// The chain that a frame of an older version goes up while it is decoded.
        impl Converter<v4::$root, latest::$root> for Chain {
            #[allow(clippy::inline_always, reason = "it folds to nothing where the variant is known")]
            #[inline(always)]
            fn convert<'a>(self, message: v4::$borrowed<'a>, arena: &'a Arena) -> latest::$borrowed<'a> {
                message.upgrade(arena)
            }
        }

        encode_at! { latest::$root }
        encode_at! { latest::$borrowed<'_> }
    )*};
}

versioned! {
    ToRivet ToRivetRef;
    ToEnvoy ToEnvoyRef;
    ToEnvoyConn ToEnvoyConnRef;
    ToGateway ToGatewayRef;
    ToOutbound ToOutboundRef;
    ActorCommandKeyData ActorCommandKeyDataRef;
}
