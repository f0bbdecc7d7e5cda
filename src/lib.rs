//! The versioned wire protocol between Rivet actor *hosts* ("envoys") and their *server*.

#![forbid(unsafe_code)]

pub mod convert;
mod generated;
mod root;
mod version;
mod versioned;

pub use bare;
/// The types of the newest version, for code that follows every bump.
pub use generated::v5 as latest;
pub use generated::{v4, v5};
pub use root::{Root, UnknownRoot};
pub use version::{ParseVersionError, UnknownVersion, Version};
pub use versioned::{
    DowngradeError, EmbeddedError, EncodeAt, InvalidMessage, TranscodeError, Versioned,
    split_embedded, transcode, transcode_within,
};
