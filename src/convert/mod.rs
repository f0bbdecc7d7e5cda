//! Converters between neighbouring versions, written by hand and exhaustive.
//!
//! Every variant is named and every struct is taken apart whole, so that a change of a schema does not compile until
//! its meaning has been decided here. `tests/convert_source.rs` refuses what would soften that: wildcards, `..`,
//! defaults, macros.
//!
//! A type that is the same in both versions is one Rust type, so a converter moves it. One that differs is generic over
//! what does not, and so is its converter: one set of rules converts owned, borrowed and lent messages. Lists whose
//! items differ are rebuilt where the `context` says, see [`bare::ConvertList`].
//!
//! The order of the chain is in the types: [`Upgrade::Newer`] of a v4 message is a v5 message, so a step that is left
//! out does not compile.

mod v4_to_v5;
mod v5_to_v4;

use crate::versioned::DowngradeError;

/// One step to the next newer version.
///
/// An upgrade always succeeds: what the older version does not say gets the value that means "not said".
pub trait Upgrade<Context> {
    /// The same message in the next newer version.
    type Newer;

    /// Converts the message.
    fn upgrade(self, context: Context) -> Self::Newer;
}

/// One step to the next older version.
///
/// What the older version has no place for is dropped where the protocol says that this is safe; each implementation
/// says what that is. A message that has no equivalent is an error.
pub trait Downgrade<Context> {
    /// The same message in the next older version.
    type Older;

    /// Converts the message.
    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError>;
}
