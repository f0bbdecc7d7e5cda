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
    /// Key-value rows are for the host that the actor is allocated to.
    KvHolder,
    /// What was asked on a connection before is discarded, and what of it is under way has ended, before what its host
    /// asks on the next is looked at.
    OldWork,
}

#[cfg(feature = "faults")]
impl Guard {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::HeadFence,
        Self::Generation,
        Self::V4Fence,
        Self::KvHolder,
        Self::OldWork,
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeadFence => "head-fence",
            Self::Generation => "generation",
            Self::V4Fence => "v4-fence",
            Self::KvHolder => "kv-holder",
            Self::OldWork => "old-work",
        }
    }
}

#[cfg(feature = "faults")]
impl std::str::FromStr for Guard {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|guard| guard.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("expected one of {known}, but found {name}")
        })
    }
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
