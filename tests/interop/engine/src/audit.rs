//! Everything that came from the engine has to be read by the strict codec, and written again to the same octets.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use bytes::Bytes;
use envoy_cli::hex;
use envoy_protocol::bare::DecodeLimits;
use envoy_protocol::latest::ToEnvoy;
use envoy_protocol::{EncodeAt as _, Version, Versioned as _};

/// Counts the engine's frames, and keeps those that are not as we read the protocol.
#[derive(Clone)]
pub(crate) struct Audit {
    dir: PathBuf,
    seen: Arc<Mutex<Seen>>,
}

/// Frames by version.
#[derive(Default)]
struct Seen {
    frames: BTreeMap<Version, Count>,
    /// Files with the frames that were not accepted.
    refused: Vec<PathBuf>,
}

#[derive(Default, Clone, Copy)]
struct Count {
    frames: u64,
    octets: u64,
}

impl Audit {
    /// Refused frames become files in `dir`.
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            seen: Arc::default(),
        }
    }

    /// Reads a frame of the engine.
    pub(crate) fn read(&self, version: Version, octets: &Bytes) -> Result<ToEnvoy> {
        let mut seen = self.seen();
        let count = seen.frames.entry(version).or_default();
        count.frames += 1;
        count.octets += octets.len() as u64;
        strict(version, octets).inspect_err(|problem| {
            let file = self.dir.join(format!("refused-{}.txt", seen.refused.len()));
            let text = format!("{version}: {problem:#}\n{}\n", hex::encode(octets));
            if let Err(error) = std::fs::write(&file, text) {
                eprintln!("cannot write {}: {error}", file.display());
            }
            seen.refused.push(file);
        })
    }

    /// Whether every frame was accepted, and some came.
    pub(crate) fn is_clean(&self) -> bool {
        let seen = self.seen();
        seen.refused.is_empty() && !seen.frames.is_empty()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Counters are right whoever panicked while holding them.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.seen();
        for (version, Count { frames, octets }) in &seen.frames {
            write!(
                f,
                "{frames} frames of the engine ({octets} octets) at {version}, "
            )?;
        }
        match seen.refused.as_slice() {
            [] => write!(
                f,
                "each read by the strict codec and written again to the same octets"
            ),
            refused => {
                write!(f, "{} REFUSED:", refused.len())?;
                refused
                    .iter()
                    .try_for_each(|file| write!(f, " {}", file.display()))
            }
        }
    }
}

fn strict(version: Version, octets: &Bytes) -> Result<ToEnvoy> {
    let message = ToEnvoy::decode_at(version, octets, &DecodeLimits::DEFAULT)?;
    let again = message.to_bytes_at(version)?;
    ensure!(
        again == octets,
        "written again it is {}",
        hex::encode(&again)
    );
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: &[u8] = &[5, 1, 0, 0, 0, 0, 0, 0, 0];

    #[test]
    fn keeps_a_frame_that_is_not_as_we_read_the_protocol() {
        let dir = std::env::temp_dir().join(format!("envoy-audit-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder can be made");
        let audit = Audit::new(dir.clone());
        assert!(!audit.is_clean(), "nothing was seen yet");
        audit
            .read(Version::V5, &Bytes::from_static(PING))
            .expect("it is a ping");
        assert!(audit.is_clean());
        let trailing = [PING, &[0]].concat();
        audit
            .read(Version::V5, &trailing.into())
            .expect_err("an octet is left over");
        assert!(!audit.is_clean());
        let kept = std::fs::read_to_string(dir.join("refused-0.txt")).expect("it was written");
        assert!(kept.ends_with("\n05010000000000000000\n"), "{kept}");
        assert!(audit.to_string().contains("1 REFUSED"), "{audit}");
        std::fs::remove_dir_all(dir).expect("it can be removed");
    }
}
