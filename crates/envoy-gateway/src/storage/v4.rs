//! The fence that the server keeps for hosts which have none: v4 hosts name no head and learn none.
//!
//! For a generation of an actor the server keeps the head that it last answered, and has the depot check it in place of
//! one that the host would name. What the host made of the last answer it cannot ask; so a generation whose host may not
//! know of its last commit is *off*: no request of it is served any more. For a connection and a generation,
//!
//! * a commit is *unanswered* from its arrival until its answer is handed to the session;
//! * a commit that was applied is *unproven* from its answer until another request of that generation arrives: a host
//!   sends nothing before it knows what became of its commit.
//!
//! The generation goes off when
//!
//! * the connection that it is served on ends with a commit unanswered or unproven;
//! * a request arrives while a commit is unanswered: the host gave that commit up, or there are two of it;
//! * a commit was applied, but answered so late that the host may have given it up;
//! * a commit was applied or may have been, and the answer could not be handed on;
//! * the server was started anew since the generation's first commit, for what was proven is not stored.
//!
//! A generation is served on one connection at a time. A request on a second one is refused for as long as the first
//! lives, whichever host sent it.
//!
//! What cannot be told is a host that was copied and comes back under the same key, when nothing was unproven: on the
//! wire it is the same host that connected again.

use std::time::Duration;

/// A connection, by number.
pub(super) type ConnectionNumber = u64;

/// What a request does to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Commit,
}

/// How a request that was looked at ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Pages were read at this head.
    Read { head: u64 },
    /// A commit was applied, `age` after it arrived, and the host was answered or could not be.
    Committed {
        head: u64,
        age: Duration,
        answered: bool,
    },
    /// Nothing was done.
    Nothing,
    /// A commit may have been applied.
    Unknown,
}

/// What a request is served with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Serve {
    /// The head to expect; none if the generation is new to this server.
    pub(super) head: Option<u64>,
    /// Whether this server has applied a commit of the generation.
    pub(super) has_committed: bool,
}

/// Why a request is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refuse {
    /// The generation is off. The host may still believe in this head.
    Off { believed: Option<u64> },
    /// It is served on another connection.
    Elsewhere,
}

/// One generation of one actor.
#[derive(Debug, Default)]
pub(super) struct V4Generation {
    /// The head that was last answered, or that a commit made whose answer was not.
    head: Option<u64>,
    has_committed: bool,
    service: Service,
    /// The connection that it is served on.
    owner: Option<ConnectionNumber>,
    instances: Vec<Instance>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Service {
    #[default]
    On,
    /// What the host may believe the head to be.
    Off { believed: Option<u64> },
}

/// A generation on one connection.
#[derive(Debug)]
struct Instance {
    connection: ConnectionNumber,
    /// Requests that have arrived and are not at their end.
    waiting: u32,
    /// Those of them that are commits.
    unanswered: u32,
    /// Whether one of them is being served.
    serving: bool,
    ended: bool,
    knows: Knows,
}

/// What a host knows of its last commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Knows {
    /// Whether it was applied, unless it is unanswered.
    All,
    /// It was answered as applied, which is unproven.
    Unproven,
    /// It did not wait for the answer.
    GaveUp,
}

impl V4Generation {
    /// A request has arrived.
    pub(super) fn arrive(&mut self, connection: ConnectionNumber, usage: Use) {
        let instance = self.instance(connection);
        if instance.unanswered > 0 {
            instance.knows = Knows::GaveUp;
        } else if instance.knows == Knows::Unproven {
            instance.knows = Knows::All;
        }
        instance.waiting += 1;
        if usage == Use::Commit {
            instance.unanswered += 1;
        }
    }

    /// A request is to be served: with what, if at all. It ends by [`end`](Self::end).
    pub(super) fn begin(&mut self, connection: ConnectionNumber) -> Result<Serve, Refuse> {
        let owned = self.owner == Some(connection);
        let instance = self.instance(connection);
        instance.serving = true;
        let gave_up = instance.knows == Knows::GaveUp;
        if let Service::Off { believed } = self.service {
            return Err(Refuse::Off { believed });
        }
        if self.owner.is_some() && !owned {
            return Err(Refuse::Elsewhere);
        }
        if gave_up {
            // Only where the actor turns out to be this host's is the generation off: nobody else is to suffer for it.
            return Err(Refuse::Off {
                believed: self.head,
            });
        }
        Ok(Serve {
            head: self.head,
            has_committed: self.has_committed,
        })
    }

    /// A request that was begun has ended.
    pub(super) fn end(
        &mut self,
        connection: ConnectionNumber,
        usage: Use,
        end: End,
        patience: Duration,
    ) {
        let before = self.head;
        let Some(at) = self.find(connection) else {
            return;
        };
        let instance = &mut self.instances[at];
        instance.serving = false;
        instance.answered(usage);
        let ended = instance.ended;
        let mut sound = true;
        match end {
            End::Nothing => {}
            End::Unknown => sound = false,
            End::Read { head } => self.head = Some(head),
            End::Committed {
                head,
                age,
                answered,
            } => {
                self.head = Some(head);
                self.has_committed = true;
                sound = answered && age <= patience && !ended && instance.knows != Knows::GaveUp;
                if sound {
                    instance.knows = Knows::Unproven;
                }
            }
        }
        if end != End::Nothing && !ended {
            self.owner = Some(connection);
        }
        if !sound {
            self.turn_off_at(before);
        }
        self.tidy();
    }

    /// A request that has arrived was refused, and is not to be served.
    pub(super) fn withdraw(&mut self, connection: ConnectionNumber, usage: Use) {
        if let Some(at) = self.find(connection) {
            self.instances[at].answered(usage);
        }
        self.tidy();
    }

    /// A connection has ended.
    pub(super) fn disconnect(&mut self, connection: ConnectionNumber) {
        let mut lost = false;
        let mut believed = self.head;
        if let Some(at) = self.find(connection) {
            let instance = &mut self.instances[at];
            lost = instance.unanswered > 0 || instance.knows != Knows::All;
            if instance.knows == Knows::Unproven {
                // The host may not know of the commit that made the head.
                believed = believed.and_then(|head| head.checked_sub(1));
            }
            instance.ended = true;
            // What waits is discarded; only what is being served still comes to its end.
            instance.waiting = u32::from(instance.serving);
        }
        if self.owner == Some(connection) {
            self.owner = None;
            if lost {
                self.turn_off_at(believed);
            }
        }
        self.tidy();
    }

    /// It is not served any more: for what is stored of it, or since its host gave a commit up.
    pub(super) fn turn_off(&mut self) {
        self.turn_off_at(self.head);
    }

    /// Whether it is not served any more.
    pub(super) fn is_off(&self) -> bool {
        matches!(self.service, Service::Off { .. })
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_empty(&self) -> bool {
        self.head.is_none() && !self.is_off() && self.instances.is_empty()
    }

    fn turn_off_at(&mut self, believed: Option<u64>) {
        if !self.is_off() {
            self.service = Service::Off { believed };
        }
    }

    fn instance(&mut self, connection: ConnectionNumber) -> &mut Instance {
        let at = self.find(connection).unwrap_or_else(|| {
            self.instances.push(Instance {
                connection,
                waiting: 0,
                unanswered: 0,
                serving: false,
                ended: false,
                knows: Knows::All,
            });
            self.instances.len() - 1
        });
        &mut self.instances[at]
    }

    fn find(&self, connection: ConnectionNumber) -> Option<usize> {
        self.instances
            .iter()
            .position(|instance| instance.connection == connection)
    }

    /// Forgets connections that nothing is known of.
    fn tidy(&mut self) {
        self.instances.retain(|instance| {
            instance.waiting > 0 || !instance.ended && instance.knows != Knows::All
        });
    }
}

impl Instance {
    fn answered(&mut self, usage: Use) {
        self.waiting = self.waiting.saturating_sub(1);
        if usage == Use::Commit {
            self.unanswered = self.unanswered.saturating_sub(1);
        }
    }
}

/// The two heads that a refusal names: one that the host may believe in, and the one that there is.
///
/// They differ. Where the belief is the head that there is, it was the commit that was not applied which the host may
/// believe in.
pub(super) fn heads(believed: Option<u64>, actual: u64) -> (u64, u64) {
    let believed = believed.unwrap_or_else(|| actual.saturating_sub(1));
    if believed == actual {
        (actual.saturating_add(1), actual)
    } else {
        (believed, actual)
    }
}

#[cfg(test)]
#[path = "tests/v4.rs"]
mod tests;
