//! What octets are read as: one of the roots, at one of the versions.

use bare::schema::TypeDef;
use envoy_protocol::{Root, Version, latest, v4, v5};

use crate::fuzz::{Checked, Convertible, decode, differential, transcode};

/// A root at a version, and what is checked of its frames.
#[derive(Debug)]
pub struct Subject {
    /// The root.
    pub root: Root,
    /// The version.
    pub version: Version,
    pub(crate) decode: fn(&[u8]),
    pub(crate) differential: fn(&[u8]),
    pub(crate) transcode: fn(Version, &[u8]),
}

/// Every root at every version.
///
/// The first octet of an input is an index into this, so what is added goes to the end: the corpus names it by number.
pub static SUBJECTS: [Subject; 12] = [
    Subject::new::<v4::ToRivet, latest::ToRivet>(Version::V4),
    Subject::new::<v5::ToRivet, latest::ToRivet>(Version::V5),
    Subject::new::<v4::ToEnvoy, latest::ToEnvoy>(Version::V4),
    Subject::new::<v5::ToEnvoy, latest::ToEnvoy>(Version::V5),
    Subject::new::<v4::ToEnvoyConn, latest::ToEnvoyConn>(Version::V4),
    Subject::new::<v5::ToEnvoyConn, latest::ToEnvoyConn>(Version::V5),
    Subject::new::<v4::ToGateway, latest::ToGateway>(Version::V4),
    Subject::new::<v5::ToGateway, latest::ToGateway>(Version::V5),
    Subject::new::<v4::ToOutbound, latest::ToOutbound>(Version::V4),
    Subject::new::<v5::ToOutbound, latest::ToOutbound>(Version::V5),
    Subject::new::<v4::ActorCommandKeyData, latest::ActorCommandKeyData>(Version::V4),
    Subject::new::<v5::ActorCommandKeyData, latest::ActorCommandKeyData>(Version::V5),
];

const _: () = assert!(
    SUBJECTS.len() == Root::ALL.len() * Version::ALL.len(),
    "every root at every version has to be in SUBJECTS"
);

impl Subject {
    const fn new<M: Checked, Latest: Convertible>(version: Version) -> Self {
        Self {
            root: Latest::ROOT,
            version,
            decode: decode::check::<M>,
            differential: differential::check::<M>,
            transcode: transcode::check::<Latest>,
        }
    }

    /// What the schema says of it.
    #[must_use]
    pub fn definition(&self) -> &'static TypeDef {
        self.root.definition(self.version)
    }

    /// The subject that the first octet of an input chooses, and the octets behind it; none for an empty input.
    #[must_use]
    pub fn select(input: &[u8]) -> Option<(&'static Self, &[u8])> {
        let (selector, octets) = input.split_first()?;
        Some((&SUBJECTS[usize::from(*selector) % SUBJECTS.len()], octets))
    }

    /// The subject of a root and a version.
    #[must_use]
    pub fn find(root: Root, version: Version) -> Option<&'static Self> {
        SUBJECTS
            .iter()
            .find(|subject| subject.version == version && subject.root == root)
    }

    /// The input that chooses this subject for `octets`.
    ///
    /// # Panics
    /// If this is not one of [`SUBJECTS`], or these are more than an octet can number.
    #[must_use]
    pub fn input(&self, octets: &[u8]) -> Vec<u8> {
        let index = SUBJECTS
            .iter()
            .position(|subject| std::ptr::eq(subject, self))
            .and_then(|index| u8::try_from(index).ok());
        let selector = index.expect("a subject is one of the table, which is short");
        [&[selector], octets].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_every_root_at_every_version_once() {
        for root in Root::ALL {
            for version in Version::ALL {
                let found = SUBJECTS
                    .iter()
                    .filter(|subject| subject.root == *root && subject.version == *version);
                assert_eq!(found.count(), 1, "{root} at {version}");
            }
        }
    }

    #[test]
    fn an_input_chooses_the_subject_it_was_made_for() {
        for subject in &SUBJECTS {
            let input = subject.input(b"octets");
            let (chosen, octets) = Subject::select(&input).expect("the input is not empty");
            assert!(std::ptr::eq(chosen, subject));
            assert_eq!(octets, b"octets");
        }
        assert!(Subject::select(b"").is_none());
    }
}
