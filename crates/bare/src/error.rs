//! What can be wrong with octets that were read, said precisely.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

/// Why octets are not a message of the schema: what was expected, what was found, and where.
///
/// The fast decoder only notes a code and an offset; this value is built by reading the octets a second time, slowly,
/// along the schema's description, so that the path costs nothing until something is wrong.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError {
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: DecodeErrorKind,
    offset: usize,
    path: String,
    within: &'static str,
}

impl DecodeError {
    /// An error at `offset` octets from the start of the message, at the value named by `path`, inside the named type
    /// `within`.
    #[must_use]
    #[cold]
    pub fn new(kind: DecodeErrorKind, offset: usize, path: String, within: &'static str) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                offset,
                path,
                within,
            }),
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.inner.kind
    }

    /// Where: octets from the start of the message.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.inner.offset
    }

    /// Which value: `ToEnvoy.ToEnvoyTunnelMessage.messageKind.headers[3].key`.
    ///
    /// Starts with the name of the message's type. A struct adds `.field`, a list `[index]`, a map `[index].key` or
    /// `[index].value`, and the union that is the message itself `.Member`; a union below that is told apart by
    /// [`within`](Self::within).
    #[must_use]
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// The innermost named struct, enum or union that holds the value.
    #[must_use]
    pub fn within(&self) -> &'static str {
        self.inner.within
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            offset,
            path,
            within,
        } = &*self.inner;
        write!(f, "octet {offset}, {path}")?;
        // The path says it itself where the value is that type, or a field of it right below its name.
        if !path.rsplit('.').take(2).any(|name| name == *within) {
            write!(f, " (in {within})")?;
        }
        write!(f, ": {kind}")
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("kind", &self.inner.kind)
            .field("offset", &self.inner.offset)
            .field("path", &self.inner.path)
            .field("within", &self.inner.within)
            .finish()
    }
}

impl core::error::Error for DecodeError {}

/// The rule that the octets break.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The message ends inside a value.
    UnexpectedEnd {
        /// Octets the value needs at the least.
        needed: usize,
        /// Octets that are left.
        remaining: usize,
    },
    /// A `uint`, `int`, length, count or tag with more octets than its shortest form.
    NonMinimalVarint,
    /// A `uint` or `int` of more than 64 bits.
    VarintOverflow,
    /// A `bool` other than 0 and 1.
    InvalidBool {
        /// The octet found.
        found: u8,
    },
    /// The flag of an `optional` other than 0 and 1.
    InvalidOptional {
        /// The octet found.
        found: u8,
    },
    /// A tag that the union does not have.
    UnknownTag {
        /// The union.
        union: &'static str,
        /// The tag found.
        found: u64,
        /// The highest tag that the union has.
        highest: u64,
    },
    /// A number that is no value of the enum.
    UnknownEnumValue {
        /// The enum.
        name: &'static str,
        /// The number found.
        found: u64,
        /// The highest number that the enum has.
        highest: u64,
    },
    /// A `str` that is not UTF-8. The offset is that of the first bad octet.
    InvalidUtf8,
    /// A key that the map already has. The offset is that of the second key.
    DuplicateKey {
        /// Index of the entry that has the key first.
        first: usize,
    },
    /// Octets after the message.
    TrailingOctets {
        /// How many.
        count: usize,
    },
    /// The length of a `str` or `data` is more than what remains.
    LengthBeyondInput {
        /// The length read.
        length: u64,
        /// Octets that are left after it.
        remaining: usize,
    },
    /// The count of a `list` or `map` is more than what remains can hold.
    CountBeyondInput {
        /// The count read.
        count: u64,
        /// The fewest octets an item takes.
        item_size: usize,
        /// Octets that are left after the count.
        remaining: usize,
    },
    /// The message is larger than [`DecodeLimits::message_size`](crate::DecodeLimits::message_size).
    MessageTooLarge {
        /// Octets of the message.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// Decoding would allocate more than [`DecodeLimits::memory`](crate::DecodeLimits::memory).
    MemoryBudget {
        /// The limit.
        limit: usize,
    },
    /// The decoder refused what the slow reading takes: a fault of this crate, never of the peer.
    Refused,
}

impl DecodeErrorKind {
    /// The name of the limit that was hit, and its value, where this is one.
    #[must_use]
    pub fn limit(&self) -> Option<(&'static str, usize)> {
        match self {
            Self::MessageTooLarge { limit, .. } => Some(("message_size", *limit)),
            Self::MemoryBudget { limit, .. } => Some(("memory", *limit)),
            _ => None,
        }
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEnd { needed, remaining } => {
                write!(f, "expected {}, but found {remaining}", Number(*needed, "more octet"))
            }
            Self::NonMinimalVarint => {
                f.write_str("expected a varint in its shortest form, but found one with a superfluous last octet")
            }
            Self::VarintOverflow => f.write_str("expected a varint of at most 64 bits, but found a larger one"),
            Self::InvalidBool { found } => write!(f, "expected a bool of 0 or 1, but found {found}"),
            Self::InvalidOptional { found } => write!(f, "expected an optional's flag of 0 or 1, but found {found}"),
            Self::UnknownTag { union, found, highest } => {
                write!(f, "expected a tag of {union}, which has none above {highest}, but found {found}")
            }
            Self::UnknownEnumValue { name, found, highest } => {
                write!(f, "expected a value of {name}, which has none above {highest}, but found {found}")
            }
            Self::InvalidUtf8 => f.write_str("expected UTF-8, but found an octet that is not"),
            Self::DuplicateKey { first } => {
                write!(f, "expected each key of the map once, but found that of entry {first} again")
            }
            Self::TrailingOctets { count } => {
                write!(f, "expected the end of the message, but found {}", Number(*count, "more octet"))
            }
            Self::LengthBeyondInput { length, remaining } => {
                write!(f, "expected {} as the length says, but found {remaining}", Number(*length, "octet"))
            }
            Self::CountBeyondInput { count, item_size, remaining } => write!(
                f,
                "expected {} of {} or more as the count says, but found {}",
                Number(*count, "item"),
                Number(*item_size, "octet"),
                Number(*remaining, "octet"),
            ),
            Self::MessageTooLarge { size, limit } => {
                write!(f, "expected a message of at most {limit} octets (limit message_size), but found {size}")
            }
            Self::MemoryBudget { limit } => write!(
                f,
                "expected a message that takes at most {limit} octets of memory (limit memory), but found one that takes more"
            ),
            Self::Refused => f.write_str("expected what the schema allows, and found it, but the decoder refused it"),
        }
    }
}

/// How many there are of what has this name if it is one.
struct Number<T>(T, &'static str);

impl<T: fmt::Display + PartialEq + From<u8>> fmt::Display for Number<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, name) = self;
        let plural = if *number == T::from(1) { "" } else { "s" };
        write!(f, "{number} {name}{plural}")
    }
}
