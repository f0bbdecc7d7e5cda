//! Finding the roots and versions that a frame, or JSON, is a message of.

use bare::DecodeError;
use envoy_protocol::{Root, Version};
use serde_json::{Value, json};

use crate::args::Selection;
use crate::json::{self, JsonError};

/// A message of a root, at the versions at which it reads the same.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) root: Root,
    /// Oldest first, never empty.
    pub(crate) versions: Vec<Version>,
    pub(crate) message: Value,
}

/// The members of the JSON of readings.
const READINGS: &str = "readings";
const ROOT: &str = "root";
const VERSIONS: &str = "versions";
const MESSAGE: &str = "message";

/// Every reading of `octets` that the selection allows.
///
/// Errors: there is none. The error is then that of the reading that came furthest.
pub(crate) fn of_octets(
    selection: Selection,
    octets: &[u8],
) -> Result<Vec<Reading>, NoReading<DecodeError>> {
    let mut readings: Vec<Reading> = Vec::new();
    let mut nearest: Option<NoReading<DecodeError>> = None;
    for root in selection.roots() {
        for version in selection.versions() {
            match json::decode(root.definition(version), octets) {
                Ok(message) => match readings.last_mut() {
                    Some(last) if last.root == root && last.message == message => {
                        last.versions.push(version);
                    }
                    _ => readings.push(Reading {
                        root,
                        versions: vec![version],
                        message,
                    }),
                },
                Err(error) => {
                    if nearest
                        .as_ref()
                        .is_none_or(|nearest| nearest.error.offset() < error.offset())
                    {
                        nearest = Some(NoReading {
                            root,
                            version,
                            error,
                        });
                    }
                }
            }
        }
    }
    match nearest {
        Some(nearest) if readings.is_empty() => Err(nearest),
        _ => Ok(readings),
    }
}

/// The JSON that says which readings there are.
pub(crate) fn to_json(readings: Vec<Reading>) -> Value {
    let readings: Vec<_> = readings
        .into_iter()
        .map(|reading| {
            let versions: Vec<_> = reading
                .versions
                .iter()
                .map(|version| version.number())
                .collect();
            json!({ ROOT: reading.root.name(), VERSIONS: versions, MESSAGE: reading.message })
        })
        .collect();
    json!({ READINGS: readings })
}

/// The octets of `json`, which is the JSON of readings or of a message.
///
/// Errors: `json` is neither; or the roots and versions it fits write it in different octets.
pub(crate) fn to_octets(selection: Selection, json: &Value) -> Result<Vec<u8>, String> {
    match json.as_object() {
        Some(object) if object.len() == 1 && object.contains_key(READINGS) => {
            readings_to_octets(selection, json)
        }
        _ => message_to_octets(selection, json),
    }
}

fn readings_to_octets(selection: Selection, json: &Value) -> Result<Vec<u8>, String> {
    let malformed = |index: usize| {
        format!(
            "$.{READINGS}[{index}]: expected an object of \"{ROOT}\", \"{VERSIONS}\" and \"{MESSAGE}\" as decode prints it"
        )
    };
    let mut candidates = Candidates::default();
    for (index, reading) in json[READINGS].as_array().into_iter().flatten().enumerate() {
        let root = reading[ROOT]
            .as_str()
            .and_then(|name| name.parse::<Root>().ok());
        let versions = reading[VERSIONS]
            .as_array()
            .filter(|versions| !versions.is_empty());
        let (Some(root), Some(versions), Some(message)) = (root, versions, reading.get(MESSAGE))
        else {
            return Err(malformed(index));
        };
        for version in versions {
            let number = version
                .as_u64()
                .and_then(|number| u16::try_from(number).ok());
            let version = number.and_then(|number| Version::try_from(number).ok());
            let version = version.ok_or_else(|| malformed(index))?;
            if selection.roots().any(|selected| selected == root)
                && selection.versions().any(|selected| selected == version)
            {
                let octets = json::encode(root.definition(version), message).map_err(|error| {
                    NoReading {
                        root,
                        version,
                        error,
                    }
                    .to_string()
                })?;
                candidates.add(root, version, octets);
            }
        }
    }
    candidates.one()?.ok_or_else(|| {
        format!("$.{READINGS}: expected a reading that --root and --version allow, but found none")
    })
}

fn message_to_octets(selection: Selection, json: &Value) -> Result<Vec<u8>, String> {
    let mut candidates = Candidates::default();
    let mut nearest: Option<NoReading<JsonError>> = None;
    for root in selection.roots() {
        for version in selection.versions() {
            match json::encode(root.definition(version), json) {
                Ok(octets) => candidates.add(root, version, octets),
                // The longer the path, the more of the message was as it should be.
                Err(error) => {
                    if nearest
                        .as_ref()
                        .is_none_or(|nearest| nearest.error.path().len() < error.path().len())
                    {
                        nearest = Some(NoReading {
                            root,
                            version,
                            error,
                        });
                    }
                }
            }
        }
    }
    match (candidates.one()?, nearest) {
        (Some(octets), _) => Ok(octets),
        (None, Some(nearest)) => Err(nearest.to_string()),
        (None, None) => Err("expected a root and a version to try, but found none".to_owned()),
    }
}

/// The octets that JSON stands for, by what it is taken for.
#[derive(Default)]
struct Candidates(Vec<(Vec<u8>, String)>);

impl Candidates {
    fn add(&mut self, root: Root, version: Version, octets: Vec<u8>) {
        let name = format!("{root} at {version}");
        match self.0.iter_mut().find(|(known, _)| *known == octets) {
            Some((_, names)) => *names = format!("{names}, {name}"),
            None => self.0.push((octets, name)),
        }
    }

    fn one(mut self) -> Result<Option<Vec<u8>>, String> {
        if self.0.len() > 1 {
            let names: Vec<_> = self.0.into_iter().map(|(_, names)| names).collect();
            return Err(format!(
                "expected JSON of one frame, but found a message of {}, whose octets differ: choose with --root and \
                 --version",
                names.join("; or of ")
            ));
        }
        Ok(self.0.pop().map(|(octets, _)| octets))
    }
}

/// Nothing fits; this comes closest.
#[derive(Debug, thiserror::Error)]
#[error("no root and version fits, {root} at {version} comes closest: {error}")]
pub(crate) struct NoReading<E: std::error::Error> {
    pub(crate) root: Root,
    pub(crate) version: Version,
    pub(crate) error: E,
}
