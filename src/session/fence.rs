//! The head fence, as it shows in an error: one place that recognises it, and reads the heads out of its text.

/// Whether an error of this group and code says that the database's head is not the expected one.
///
/// An error that a v4 server sent never does, since it has neither: see [`crate::convert`].
#[must_use]
pub fn is_head_fence_mismatch(group: &str, code: &str) -> bool {
    group == "depot" && code == "head_fence_mismatch"
}

/// Whether an error of this group and code says that a commit is larger than the server takes, whatever its head.
#[must_use]
pub fn is_commit_too_large(group: &str, code: &str) -> bool {
    group == "depot" && code == "commit_too_large"
}

/// The two heads that do not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heads {
    /// The head that the request expected.
    pub expected: u64,
    /// The head that the database has.
    pub actual: u64,
}

impl Heads {
    /// The heads that a mismatch's message names: `expected head txid 42, current head txid 43`, with anything around
    /// it. The error has no fields for them.
    #[must_use]
    pub fn parse(message: &str) -> Option<Self> {
        Some(Self {
            expected: number_behind(message, "expected head txid ")?,
            actual: number_behind(message, "current head txid ")?,
        })
    }

    /// The text for a mismatch, which [`parse`](Self::parse) reads.
    #[must_use]
    pub fn to_message(self) -> String {
        let Self { expected, actual } = self;
        format!(
            "sqlite head fence mismatch: expected head txid {expected}, current head txid {actual}"
        )
    }
}

/// The number right behind the last occurrence of `words`: what wraps an error puts its own words in front.
fn number_behind(message: &str, words: &str) -> Option<u64> {
    let (_, rest) = message.rsplit_once(words)?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_heads_of_a_rivet_engine() {
        let message = "transaction failed: sqlite head fence mismatch: expected head txid 42, current head txid 1";
        let heads = Heads {
            expected: 42,
            actual: 1,
        };
        assert_eq!(Heads::parse(message), Some(heads));
        assert_eq!(Heads::parse(&heads.to_message()), Some(heads));
    }

    #[test]
    fn reads_no_heads_out_of_other_texts() {
        for message in [
            "",
            "actor does not exist",
            "expected head txid 42",
            "expected head txid , current head txid ",
            "expected head txid 99999999999999999999, current head txid 1",
            "current head txid -1, expected head txid 1",
        ] {
            assert_eq!(Heads::parse(message), None, "{message}");
        }
    }

    #[test]
    fn tells_a_fence_from_other_errors() {
        assert!(is_head_fence_mismatch("depot", "head_fence_mismatch"));
        assert!(!is_head_fence_mismatch("core", "internal_error"));
        assert!(!is_head_fence_mismatch("sqlite", "head_fence_mismatch"));
        assert!(is_commit_too_large("depot", "commit_too_large"));
        assert!(!is_commit_too_large("depot", "head_fence_mismatch"));
    }
}
