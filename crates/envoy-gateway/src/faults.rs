//! What the gateway does and can be told to leave out, so that it can be shown that somebody notices. Without the feature
//! `faults` nothing of it is compiled in.

/// The guards: what each of them is for, and its name on a command line. This is the one list of them.
macro_rules! guards {
    ($($(#[doc = $about:literal])+ $guard:ident = $name:literal,)+) => {
        /// Something that the gateway does, and that can be left out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        #[cfg_attr(
            not(feature = "faults"),
            allow(unreachable_pub, reason = "with the feature it can be reached")
        )]
        pub enum Guard {
            $($(#[doc = $about])+ $guard,)+
        }

        #[cfg(feature = "faults")]
        impl Guard {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$guard),+];

            /// Its name on a command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$guard => $name,)+
                }
            }

            /// What holds because of it, and does not without: a sentence.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$guard => concat!($($about),+).trim_ascii(),)+
                }
            }
        }
    };
}

guards! {
    /// The head that a request expects is compared with that of the database.
    HeadFence = "head-fence",
    /// The generation that a request is of is compared with the active one.
    Generation = "generation",
    /// The server keeps the fence for v4 hosts, which cannot say what they expect.
    V4Fence = "v4-fence",
    /// A commit that is sent again is known, and answered again.
    Resends = "resends",
    /// A database that nothing was committed to is told from one whose pages are not there.
    EmptyDatabase = "empty-database",
    /// Answers say the head that they are of.
    HeadTold = "head-told",
    /// What a host asks for and does not get is told with its group, code and text.
    ErrorsTold = "errors-told",
    /// Key-value rows are for the host that the actor is allocated to.
    KvHolder = "kv-holder",
    /// What was asked on a connection before is discarded, and what of it is under way has ended, before what its host
    /// asks on the next is looked at.
    OldWork = "old-work",
    /// What is put into a key-value store is there before the put is answered.
    KvStored = "kv-stored",
    /// A list of keys ends with the end of its range, unless it is said to be exclusive.
    KvBounds = "kv-bounds",
    /// A transaction of remote SQL stays open from one request to the next.
    Transactions = "transactions",
    /// Floats of remote SQL are sent from the big end.
    FloatOrder = "float-order",
    /// The rows that a statement of remote SQL has changed are counted.
    Changes = "changes",
    /// What is larger than it may be is refused: keys, values, commits, bodies, headers, messages.
    Limits = "limits",

    /// A namespace has to exist, and a host gets what is in its own.
    Namespaces = "namespaces",
    /// A pool has to exist before actors are made for it and hosts join it.
    Pools = "pools",
    /// One actor at a time has a name and key.
    Keys = "keys",
    /// What an actor is created with is handed to every generation of it.
    Input = "input",
    /// An actor that waits for a host is started when one comes.
    Waiting = "waiting",
    /// An actor has to run within a time.
    StartBound = "start-bound",
    /// The alarm that an actor sets is noted.
    Alarm = "alarm",
    /// What an actor wishes for itself, to sleep or to end, is done.
    Wishes = "wishes",
    /// An actor that ended with an error is not taken for one that ended well.
    Crash = "crash",
    /// An actor that was stopped to be destroyed is destroyed when it has stopped.
    Destroy = "destroy",
    /// A host that was cut off has time to come back before its actors are lost.
    Absence = "absence",
    /// A host is told of the generations that were given up.
    Lost = "lost",
    /// A host that shuts down gets nothing more, and its actors go to another.
    Drain = "drain",

    /// Who asks for what a host cannot have is told by a close, behind the upgrade.
    Refusals = "refusals",
    /// A newer connection of a host ends the older one.
    Eviction = "eviction",
    /// A host that leaves pings unanswered is cut off.
    Pongs = "pongs",
    /// Hosts are told that the server ends.
    GoingAway = "going-away",
    /// What a host was told, and what it has said, is known on its next connection.
    Session = "session",
    /// Events that were dealt with are acknowledged, and make room for others.
    EventAcks = "event-acks",
    /// What a host says of itself is shown.
    Metadata = "metadata",

    /// Callers are told what is wrong with what they ask for, by a status, a group and a code.
    CallErrors = "call-errors",
    /// Parameters of the API that nobody knows are refused: a misspelt filter would be no filter.
    Parameters = "parameters",
    /// A body of the API has to say that it is JSON: what a page in a browser can send unasked is not taken.
    JsonType = "json-type",
    /// Who asks is told the newest version of the protocol.
    Newest = "newest",
    /// Lists of actors begin with the newest.
    ListOrder = "list-order",
    /// An actor can be named by headers.
    HeaderRoutes = "header-routes",
    /// A browser that asks whether it may send a request is answered here.
    Preflight = "preflight",
    /// The body of a request goes to the actor.
    RequestBodies = "request-bodies",
    /// Headers that concern one connection stay on it.
    HopByHop = "hop-by-hop",
    /// A request that its host gave up or did not live to answer is sent again.
    Retries = "retries",
    /// A request is answered by the connection that it was sent on.
    OwnAnswers = "own-answers",
    /// Of a response in parts every part is handed on, and one that breaks off is not taken for whole.
    Parts = "parts",
    /// A header of a response that is none is refused, and not passed over.
    AnswerChecks = "answer-checks",
    /// A response is as long as its body, whatever its host says.
    Length = "length",
    /// A host is told that nobody waits for its response any more.
    CallerGone = "caller-gone",
}

#[cfg(feature = "faults")]
impl std::str::FromStr for Guard {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|guard| guard.name() == name);
        found.copied().ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|guard| guard.name()).collect();
            format!("expected one of {}, but found {name}", known.join(", "))
        })
    }
}

/// The guards that are left out: a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    #[cfg(feature = "faults")]
    without: u128,
}

impl Faults {
    /// The same, without this guard too.
    #[cfg(feature = "faults")]
    #[must_use]
    pub(crate) const fn without(self, guard: Guard) -> Self {
        Self {
            without: self.without | 1 << guard as u32,
        }
    }

    #[cfg(feature = "faults")]
    pub(crate) const fn lack(self, guard: Guard) -> bool {
        self.without & 1 << guard as u32 != 0
    }

    #[cfg(not(feature = "faults"))]
    #[allow(clippy::unused_self, reason = "with the feature it looks")]
    pub(crate) const fn lack(self, _: Guard) -> bool {
        false
    }
}

// What is compiled in without the feature: nothing.
#[cfg(not(feature = "faults"))]
const _: () = assert!(size_of::<Faults>() == 0);

#[cfg(all(test, feature = "faults"))]
mod tests {
    use super::*;

    #[test]
    fn lacks_what_it_was_told_to_and_nothing_else() {
        for guard in Guard::ALL {
            let faults = Faults::default().without(*guard);
            let lacking: Vec<_> = Guard::ALL.iter().filter(|it| faults.lack(**it)).collect();
            assert_eq!(lacking, [guard]);
            assert_eq!(guard.name().parse(), Ok(*guard));
        }
        let error = "bogus".parse::<Guard>().expect_err("there is none");
        assert!(error.ends_with("but found bogus"), "{error}");
    }
}
