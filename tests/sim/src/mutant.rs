//! Rules that are broken on purpose, to see that the checker finds out.

use envoy_gateway::Guard;

use crate::run::Actors;

/// A rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The gateway keeps no fence for v4 hosts.
    V4Fence,
    /// The gateway does not compare generations.
    Generation,
    /// The gateway does not compare heads.
    HeadFence,
    /// Hosts forget commands as soon as they are acknowledged, and do again what comes again.
    Tombstones,
    /// The gateway does what was asked on a connection before beside what is asked on the next.
    OldWork,
    /// The gateway takes key-value requests from any connection.
    KvHolder,
    /// Hosts tell of actors that failed that they have stopped well.
    StopCodes,
}

impl Mutant {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::V4Fence,
        Self::Generation,
        Self::HeadFence,
        Self::Tombstones,
        Self::OldWork,
        Self::KvHolder,
        Self::StopCodes,
    ];

    /// The guard that the gateway leaves out, if it is one of the gateway's.
    pub(crate) fn guard(self) -> Option<Guard> {
        match self {
            Self::V4Fence => Some(Guard::V4Fence),
            Self::Generation => Some(Guard::Generation),
            Self::HeadFence => Some(Guard::HeadFence),
            Self::OldWork => Some(Guard::OldWork),
            Self::KvHolder => Some(Guard::KvHolder),
            Self::Tombstones | Self::StopCodes => None,
        }
    }

    /// The simulation with it.
    pub(crate) fn simulation(self) -> seeds::Mutant<Actors> {
        seeds::Mutant {
            name: self.name().to_owned(),
            rule: self.rule(),
            simulation: Actors(Some(self)),
        }
    }

    /// The rule of the checker that is there for it.
    fn rule(self) -> &'static str {
        match self {
            Self::V4Fence | Self::HeadFence => "a commit builds on what was committed before",
            Self::Generation => "only the active generation writes",
            Self::Tombstones => "every start once",
            Self::OldWork | Self::KvHolder => "no acknowledged value is lost",
            Self::StopCodes => "an actor lives until its end is asked for",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::V4Fence => "no fence for v4",
            Self::Generation => "generations are not compared",
            Self::HeadFence => "heads are not compared",
            Self::Tombstones => "commands are forgotten once acknowledged",
            Self::OldWork => "an old connection's work goes on",
            Self::KvHolder => "key-value requests are taken from any connection",
            Self::StopCodes => "a failure is told as a clean stop",
        }
    }
}
