//! Guards that can be left out, so that it can be shown that what they guard against is noticed. Without the feature
//! `faults` nothing of it is compiled in.

/// A guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(
    not(feature = "faults"),
    allow(unreachable_pub, reason = "with the feature it can be reached")
)]
pub enum Guard {
    /// The head that a request expects is compared with that of the database.
    HeadFence,
    /// The generation that a request is of is compared with the active one.
    Generation,
    /// The server keeps the fence for v4 hosts, which cannot say what they expect.
    V4Fence,
}

/// The guards that are left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    #[cfg(feature = "faults")]
    pub(crate) without: Vec<Guard>,
}

impl Faults {
    #[cfg(feature = "faults")]
    pub(crate) fn lack(&self, guard: Guard) -> bool {
        self.without.contains(&guard)
    }

    #[cfg(not(feature = "faults"))]
    #[allow(clippy::unused_self, reason = "with the feature it looks")]
    pub(crate) const fn lack(&self, _: Guard) -> bool {
        false
    }
}
