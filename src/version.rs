//! Protocol versions.

use std::fmt;
use std::str::FromStr;

/// A version of the protocol that this crate speaks.
///
/// A connection has one version, which the host asks for and the server takes or refuses; every frame in both
/// directions is of that version. Versions are ordered by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Version {
    /// Hosts without the head fence.
    V4 = 4,
    /// The head fence: heads in answers, structured storage errors.
    V5 = 5,
}

impl Version {
    /// The oldest version that is spoken.
    pub const OLDEST: Self = Self::V4;
    /// The newest version, whose types are those of [`latest`](crate::latest).
    pub const LATEST: Self = Self::V5;
    /// All versions, oldest first.
    pub const ALL: &'static [Self] = &[Self::V4, Self::V5];

    /// The number on the wire: `protocol_version` in the URL, the first two octets of an embedded payload.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The next older version, if there is one.
    #[must_use]
    pub const fn older(self) -> Option<Self> {
        match self {
            Self::V4 => None,
            Self::V5 => Some(Self::V4),
        }
    }
}

// Every version that has a schema is here. This is where the compiler starts to ask after a new one was generated.
const _: () = {
    let generated = &crate::generated::VERSIONS;
    assert!(
        Version::ALL.len() == generated.len(),
        "expected every generated version in Version::ALL, and no other"
    );
    let mut index = 0;
    while index < generated.len() {
        assert!(
            Version::ALL[index].number() == generated[index],
            "expected the versions in Version::ALL in the order of their age"
        );
        index += 1;
    }
    assert!(
        Version::OLDEST.number() == generated[0]
            && Version::LATEST.number() == generated[generated.len() - 1],
        "expected Version::OLDEST and Version::LATEST to be the first and the last generated version"
    );
};

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.number())
    }
}

impl From<Version> for u16 {
    fn from(version: Version) -> Self {
        version.number()
    }
}

impl TryFrom<u16> for Version {
    type Error = UnknownVersion;

    fn try_from(number: u16) -> Result<Self, UnknownVersion> {
        Self::ALL
            .iter()
            .copied()
            .find(|version| version.number() == number)
            .ok_or(UnknownVersion { number })
    }
}

/// Takes `5` and `v5`.
impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, ParseVersionError> {
        let digits = text.strip_prefix('v').unwrap_or(text);
        // `u16::from_str` takes a sign, and leading zeros.
        let canonical = digits == "0" || (digits.starts_with(|c: char| ('1'..='9').contains(&c)));
        let number = canonical.then(|| digits.parse::<u16>().ok()).flatten();
        let number = number.ok_or_else(|| ParseVersionError::NotANumber {
            found: text.to_owned(),
        })?;
        Ok(Self::try_from(number)?)
    }
}

/// A number that is no version this crate speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a protocol version from {} to {}, but found {number}", Version::OLDEST.number(), Version::LATEST.number())]
pub struct UnknownVersion {
    /// The number found.
    pub number: u16,
}

/// Text that is no version this crate speaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseVersionError {
    /// It is not a number.
    #[error("expected a protocol version such as `5` or `v5`, but found `{found}`")]
    NotANumber {
        /// The text found.
        found: String,
    },
    /// It is a number, but no version.
    #[error(transparent)]
    Unknown(#[from] UnknownVersion),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_age() {
        assert!(Version::V4 < Version::V5);
        assert_eq!(Version::ALL.first(), Some(&Version::OLDEST));
        assert_eq!(Version::ALL.last(), Some(&Version::LATEST));
        assert!(Version::ALL.is_sorted());
        for pair in Version::ALL.windows(2) {
            assert_eq!(pair[1].older(), Some(pair[0]));
        }
        assert_eq!(Version::OLDEST.older(), None);
    }

    #[test]
    fn a_version_is_read_as_it_is_shown() {
        for version in Version::ALL {
            assert_eq!(version.to_string().parse(), Ok(*version));
            assert_eq!(version.number().to_string().parse(), Ok(*version));
            assert_eq!(Version::try_from(u16::from(*version)), Ok(*version));
        }
    }

    #[test]
    fn other_numbers_and_other_texts_are_told_apart() {
        let (oldest, latest) = (Version::OLDEST.number(), Version::LATEST.number());
        for number in [0, 1, oldest - 1, latest + 1, 999, u16::MAX] {
            assert_eq!(Version::try_from(number), Err(UnknownVersion { number }));
            assert_eq!(
                number.to_string().parse::<Version>(),
                Err(UnknownVersion { number }.into())
            );
        }
        for text in [
            "", "v", "+5", "05", "five", "-1", "70000", "5.0", " 5", "vv5",
        ] {
            let error = text.parse::<Version>().unwrap_err();
            assert_eq!(
                error,
                ParseVersionError::NotANumber {
                    found: text.to_owned()
                }
            );
        }
        assert_eq!(
            UnknownVersion { number: 999 }.to_string(),
            format!("expected a protocol version from {oldest} to {latest}, but found 999")
        );
    }
}
