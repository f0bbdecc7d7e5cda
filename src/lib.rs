//! The versioned wire protocol between Rivet actor *hosts* ("envoys") and the *server* that schedules actors and keeps
//! their SQLite databases.
//!
//! * [`v4`] and [`v5`] hold the types of each version, generated from the schemas in `protocol/`; [`latest`] is an
//!   alias for the newest. A type that is the same in both is one type. A type has an owned form (`Foo`) and, where
//!   there is something to borrow, a borrowed one (`FooRef<'a>`).
//! * [`Versioned`] reads one of the six [`Root`]s at any [`Version`], and gives the latest types; [`EncodeAt`] writes the
//!   latest types for a peer of any version. [`transcode`] brings a frame from one version to another.
//! * [`convert`] holds the rules between neighbouring versions.
//! * [`session`] holds both ends of a connection as state machines without sockets, clocks or threads.
#![cfg_attr(
    feature = "ws",
    doc = "* [`ws`] has the connections over WebSockets, and sessions on them: [`ws::host_session`], [`ws::server_session`]."
)]
//! * [`bare`] is the runtime below: [`bare::Frame`] for received messages, [`bare::DecodeLimits`] for what they may
//!   cost, [`bare::DecodeError`] for what is wrong with them.
//!
//! # Receiving and sending
//! ```
//! use bytes::Bytes;
//! use envoy_protocol::bare::{Arena, DecodeLimits};
//! use envoy_protocol::{EncodeAt, Version, Versioned, latest};
//!
//! // A ping arrives on a connection of v4, and is answered.
//! let octets = Bytes::from_static(&[5, 0xe8, 3, 0, 0, 0, 0, 0, 0]);
//! let frame = latest::ToEnvoy::frame_at(Version::V4, octets, Arena::new(), &DecodeLimits::DEFAULT)?;
//! let latest::ToEnvoyRef::ToEnvoyPing(ping) = frame.get() else {
//!     unreachable!("it is a ping");
//! };
//! let pong = latest::ToRivet::ToRivetPong(latest::ToRivetPong { ts: ping.ts });
//! assert_eq!(pong.to_bytes_at(Version::V4)?, [4, 0xe8, 3, 0, 0, 0, 0, 0, 0][..]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod close;
#[allow(
    clippy::inline_always,
    reason = "a converter is called where the decoder knows the variant, and folds to nothing only if it is inlined"
)]
pub mod convert;
mod generated;
mod root;
pub mod session;
mod version;
mod versioned;
#[cfg(feature = "ws")]
pub mod ws;

pub use bare;
pub use close::{Close, CloseReason};
// Whole, so that a version cannot be left out.
pub use generated::*;
pub use root::{Root, UnknownRoot};
pub use version::{ParseVersionError, UnknownVersion, Version};
pub use versioned::{
    DowngradeError, EmbeddedError, EncodeAt, InvalidMessage, TranscodeError, Versioned,
    split_embedded, transcode, transcode_within,
};

/// The README's program compiles and holds.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
