//! The frames of `tests/fixtures/frames`, recorded of a real engine and its host.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use envoy_cli::hex;
use envoy_protocol::{Root, Version};
use serde_json::Value;

use crate::subject::Subject;

/// A recorded frame.
pub struct Recording {
    /// What it is a frame of.
    pub subject: &'static Subject,
    /// Its octets.
    pub octets: Vec<u8>,
    /// What an independent decoder read in it.
    pub message: Value,
}

/// A path of this checkout, from the workspace's root.
#[must_use]
pub fn checkout(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// Every recorded frame, in the order of recording, the older version first.
pub fn frames() -> Result<Vec<Recording>> {
    let mut frames = Vec::new();
    for version in [Version::V4, Version::V5] {
        let path = checkout(&format!("tests/fixtures/frames/frames-{version}.jsonl"));
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for (index, line) in text.lines().enumerate() {
            let frame = parse(version, line)
                .with_context(|| format!("{}:{}", path.display(), index + 1))?;
            frames.push(frame);
        }
    }
    ensure!(
        !frames.is_empty(),
        "expected recorded frames, but found none"
    );
    Ok(frames)
}

fn parse(version: Version, line: &str) -> Result<Recording> {
    let mut line: Value = serde_json::from_str(line)?;
    let root = match line["from"].as_str() {
        Some("host") => Root::ToRivet,
        Some("server") => Root::ToEnvoy,
        other => bail!("expected `from` to be host or server, but found {other:?}"),
    };
    let digits = line["hex"].as_str().context("expected a string `hex`")?;
    Ok(Recording {
        subject: Subject::find(root, version)
            .context("expected a root and version of the table")?,
        octets: hex::decode(digits.as_bytes())
            .map_err(|error| anyhow!("expected hex digits, but found {}", error.found()))?,
        message: line["message"].take(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_recorded_frame() {
        let frames = frames().expect("the recordings are in the checkout");
        assert_eq!(frames.len(), 1086);
        for version in [Version::V4, Version::V5] {
            assert_eq!(
                frames
                    .iter()
                    .filter(|frame| frame.subject.version == version)
                    .count(),
                543
            );
        }
    }
}
