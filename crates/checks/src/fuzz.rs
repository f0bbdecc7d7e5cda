//! One function for each fuzz target. Each takes any octets and panics where what it checks does not hold.
//!
//! Where the octets stand for a frame, the first one chooses what it is a frame of: see [`Subject::select`].

pub(crate) mod decode;
pub(crate) mod differential;
mod json;
mod schema;
pub(crate) mod transcode;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use bare::Message;
use envoy_protocol::{EncodeAt, Versioned};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::subject::Subject;

pub use json::json;
pub(crate) use json::text_input;
pub use schema::schema;

/// What the checks ask of a message.
pub(crate) trait Checked:
    Message + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned
{
}

/// What the conversions ask of the latest form of a root.
pub(crate) trait Convertible: Versioned + EncodeAt {}

impl<M: Versioned + EncodeAt> Convertible for M {}

impl<M: Message + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned> Checked for M {}

/// Decoding never panics and stays within its limits; what decodes is encoded to the same octets, in every form; and
/// the fast decoder agrees with the plain one about what a message is.
pub fn decode(input: &[u8]) {
    if let Some((subject, octets)) = Subject::select(input) {
        (subject.decode)(octets);
    }
}

/// What decodes means the same to `serde_bare`, which knows no limits and takes more than it should.
pub fn differential(input: &[u8]) {
    if let Some((subject, octets)) = Subject::select(input) {
        (subject.differential)(octets);
    }
}

/// Converting the octets of a frame is the same as decoding, converting and encoding it.
pub fn transcode(input: &[u8]) {
    if let Some((subject, octets)) = Subject::select(input) {
        (subject.transcode)(subject.version, octets);
    }
}

/// Both ends of a connection keep their rules, whatever happens on it: see [`sim`](crate::sim).
pub fn session(input: &[u8]) {
    let _report = crate::sim::run_octets(input);
}

/// Runs a target over every file among `paths`, folders being read to their depth, and says each: how a corpus or a
/// finding is replayed without a fuzzer.
///
/// # Panics
/// Where the target does: at the first input that shows a fault.
pub fn replay(target: fn(&[u8]), paths: impl IntoIterator<Item = OsString>) -> io::Result<()> {
    for path in paths {
        replay_path(target, Path::new(&path))?;
    }
    Ok(())
}

fn replay_path(target: fn(&[u8]), path: &Path) -> io::Result<()> {
    if path.is_dir() {
        let paths = fs::read_dir(path)?.map(|entry| Ok(entry?.path().into_os_string()));
        let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        return replay(target, paths);
    }
    let input = fs::read(path)?;
    println!("{}", path.display());
    target(&input);
    Ok(())
}
