//! The version of a connection.

use std::ops::RangeInclusive;

use crate::{Close, CloseReason, Version};

/// A version that a host asked for and that is not spoken here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("asked {asked}, spoken {} to {}", spoken.start().number(), spoken.end().number())]
pub struct VersionRefusal {
    /// The number asked for.
    pub asked: u16,
    /// The versions that are spoken.
    pub spoken: RangeInclusive<Version>,
}

impl VersionRefusal {
    /// What to close the connection with. Asked and spoken stand in its detail.
    #[must_use]
    pub fn close(&self) -> Close {
        Close::new(CloseReason::UNSUPPORTED_PROTOCOL_VERSION).with_detail(self)
    }
}

/// The version of a connection: what the host asks for by the parameter `protocol_version`, if it is spoken here.
///
/// The server never picks another one: the host would go on at its own.
pub fn negotiate(asked: u16, spoken: RangeInclusive<Version>) -> Result<Version, VersionRefusal> {
    match Version::try_from(asked) {
        Ok(version) if spoken.contains(&version) => Ok(version),
        _ => Err(VersionRefusal { asked, spoken }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_versions_that_are_spoken_and_no_other() {
        let spoken = Version::OLDEST..=Version::LATEST;
        for asked in 0..100 {
            let expected = Version::try_from(asked).map_err(|_| VersionRefusal {
                asked,
                spoken: spoken.clone(),
            });
            assert_eq!(negotiate(asked, spoken.clone()), expected);
        }
        assert!(negotiate(5, Version::V4..=Version::V4).is_err());
        assert_eq!(negotiate(4, Version::V4..=Version::V4), Ok(Version::V4));
    }

    #[test]
    fn a_refusal_says_what_was_asked_and_what_is_spoken() {
        for asked in [0, 9, u16::MAX] {
            let refusal = negotiate(asked, Version::OLDEST..=Version::LATEST).unwrap_err();
            let close = refusal
                .close()
                .with_ray(&"r".repeat(30))
                .with_detail(&refusal);
            assert!(close.is(CloseReason::UNSUPPORTED_PROTOCOL_VERSION));
            let detail = format!("asked {asked}, spoken 4 to 5");
            assert_eq!(close.detail(), Some(detail.as_str()));
        }
    }
}
