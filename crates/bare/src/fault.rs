//! The decoder's own, cheap word for "this is not a message".

/// The octets are not a message, or the memory budget is spent.
///
/// The hot path never builds an error, it only stops. [`DecodeError`](crate::DecodeError), with kind, offset and path,
/// is made by reading the octets again along the schema's description ([`dynamic`](crate::dynamic)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault(());

impl Fault {
    /// The octets break a rule of the encoding.
    pub const MALFORMED: Self = Self(());
}
