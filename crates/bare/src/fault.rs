//! The decoder's own, cheap word for "this is not a message".

use core::num::NonZeroU64;

/// Why a decode stopped, in one register.
///
/// The hot path never builds an error: it only says that the octets break a rule, or that the memory budget is spent
/// and where. [`DecodeError`](crate::DecodeError), with kind, offset and path, is made from it by reading the octets
/// again along the schema's description ([`dynamic`](crate::dynamic)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault(NonZeroU64);

impl Fault {
    /// The octets break a rule of the encoding.
    pub const MALFORMED: Self = Self(NonZeroU64::MAX);

    /// The list or map whose count starts at `offset` does not fit into what is left of the memory budget.
    #[cold]
    #[must_use]
    pub(crate) const fn memory(offset: usize) -> Self {
        // `offset + 1` is never zero, and never `MALFORMED`: no slice is longer than `isize::MAX`.
        match NonZeroU64::new(offset as u64 + 1) {
            Some(code) => Self(code),
            None => Self::MALFORMED,
        }
    }

    /// The offset that was given to [`memory`](Self::memory), where this is such a fault.
    pub(crate) fn memory_offset(self) -> Option<usize> {
        if self == Self::MALFORMED {
            return None;
        }
        usize::try_from(self.0.get() - 1).ok()
    }
}
