//! What a host asks for in the URL: written by a host, read by a server.

use std::fmt;

use form_urlencoded::Serializer;

use crate::Version;
use crate::session::{VersionRefusal, negotiate};

/// The parameters of a connection.
///
/// Values are what a server takes: whatever gets into here can be sent, and was validated if it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostParams {
    protocol_version: Version,
    namespace: String,
    envoy_key: EnvoyKey,
    version: u32,
    pool_name: String,
}

/// The identity of a host: one per process, the same on every connection of it.
///
/// Two connections with one key are the same host, and the server evicts the older one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvoyKey(String);

/// Why parameters were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidParam {
    /// It is not there, or empty.
    #[error("expected the parameter `{name}`, but found none")]
    Missing {
        /// Its name in the URL.
        name: &'static str,
    },
    /// It is not of the form it has to have.
    #[error("expected {expected} in the parameter `{name}`, but found {found:?}")]
    Malformed {
        /// Its name in the URL.
        name: &'static str,
        /// What it has to be.
        expected: &'static str,
        /// What it is, or the beginning of it.
        found: String,
    },
    /// The version is a number, but none that is spoken.
    #[error(
        "expected a protocol version from {} to {}, but found {}",
        .0.spoken.start(), .0.spoken.end(), .0.asked
    )]
    UnsupportedVersion(VersionRefusal),
}

const PROTOCOL_VERSION: &str = "protocol_version";
const NAMESPACE: &str = "namespace";
const ENVOY_KEY: &str = "envoy_key";
const VERSION: &str = "version";
const POOL_NAME: &str = "pool_name";

/// The most octets of a name.
const MAX_NAME: usize = 128;
/// The most octets that an error quotes.
const MAX_QUOTED: usize = 40;

impl HostParams {
    /// Parameters at the latest version of the protocol, with 1 as the version of the deployment.
    pub fn new(
        namespace: impl Into<String>,
        pool_name: impl Into<String>,
        envoy_key: EnvoyKey,
    ) -> Result<Self, InvalidParam> {
        Ok(Self {
            protocol_version: Version::LATEST,
            namespace: name(NAMESPACE, namespace.into())?,
            envoy_key,
            version: 1,
            pool_name: name(POOL_NAME, pool_name.into())?,
        })
    }

    /// The same, at another version of the protocol.
    #[must_use]
    pub fn at(mut self, version: Version) -> Self {
        self.protocol_version = version;
        self
    }

    /// The same, with another version of the deployment: the server prefers newer ones for what it starts.
    #[must_use]
    pub fn deployment(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Reads the query of a URL, without the `?`. Parameters that nobody knows are ignored; of one that is there twice,
    /// the first counts. The version has to be one from `oldest` to `newest`.
    pub fn from_query(query: &str, oldest: Version, newest: Version) -> Result<Self, InvalidParam> {
        let find = |name: &'static str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .ok_or(InvalidParam::Missing { name })
        };
        // The version first: a host of another one may have other parameters.
        let protocol_version = protocol_version(&find(PROTOCOL_VERSION)?, oldest, newest)?;
        let version = find(VERSION)?;
        Ok(Self {
            protocol_version,
            namespace: name(NAMESPACE, find(NAMESPACE)?)?,
            envoy_key: EnvoyKey::new(find(ENVOY_KEY)?)?,
            version: version.parse().map_err(|_| InvalidParam::Malformed {
                name: VERSION,
                expected: "a number of 32 bits",
                found: quoted(&version),
            })?,
            pool_name: name(POOL_NAME, find(POOL_NAME)?)?,
        })
    }

    /// The query of a URL, without the `?`.
    #[must_use]
    pub fn to_query(&self) -> String {
        Serializer::new(String::new())
            .append_pair(
                PROTOCOL_VERSION,
                &self.protocol_version.number().to_string(),
            )
            .append_pair(NAMESPACE, &self.namespace)
            .append_pair(ENVOY_KEY, self.envoy_key.as_str())
            .append_pair(VERSION, &self.version.to_string())
            .append_pair(POOL_NAME, &self.pool_name)
            .finish()
    }

    /// The version of every message on the connection.
    #[must_use]
    pub fn protocol_version(&self) -> Version {
        self.protocol_version
    }

    /// The name of the namespace, not its id.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Who the host is.
    #[must_use]
    pub fn envoy_key(&self) -> &EnvoyKey {
        &self.envoy_key
    }

    /// The version of the deployment.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The pool that the host joins.
    #[must_use]
    pub fn pool_name(&self) -> &str {
        &self.pool_name
    }
}

impl EnvoyKey {
    /// The fewest octets of a key.
    pub const MIN_LEN: usize = 3;
    /// The most octets of a key.
    pub const MAX_LEN: usize = MAX_NAME;

    /// A key of 3 to 128 ASCII letters, digits, `-` and `_`.
    pub fn new(key: impl Into<String>) -> Result<Self, InvalidParam> {
        let key = key.into();
        let legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        if key.is_empty() {
            return Err(InvalidParam::Missing { name: ENVOY_KEY });
        }
        if !(Self::MIN_LEN..=Self::MAX_LEN).contains(&key.len()) || !key.bytes().all(legal) {
            return Err(InvalidParam::Malformed {
                name: ENVOY_KEY,
                expected: "3 to 128 letters, digits, `-` and `_`",
                found: quoted(&key),
            });
        }
        Ok(Self(key))
    }

    /// A new key, which no other host has: 122 random bits, as a UUID of version 4.
    #[must_use]
    pub fn random() -> Self {
        let bits = rand::random::<u128>() & !(0xf << 76 | 0x3 << 62) | 4 << 76 | 2 << 62;
        let hex = format!("{bits:032x}");
        let parts = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ];
        Self(parts.join("-"))
    }

    /// The key as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvoyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn protocol_version(text: &str, oldest: Version, newest: Version) -> Result<Version, InvalidParam> {
    let asked = text.parse().map_err(|_| InvalidParam::Malformed {
        name: PROTOCOL_VERSION,
        expected: "a number of 16 bits",
        found: quoted(text),
    })?;
    negotiate(asked, oldest..=newest).map_err(InvalidParam::UnsupportedVersion)
}

fn name(name: &'static str, value: String) -> Result<String, InvalidParam> {
    match value.len() {
        0 => Err(InvalidParam::Missing { name }),
        1..=MAX_NAME => Ok(value),
        _ => Err(InvalidParam::Malformed {
            name,
            expected: "at most 128 octets",
            found: quoted(&value),
        }),
    }
}

/// The beginning of what a peer said, for an error.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(MAX_QUOTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str =
        "protocol_version=5&namespace=default&envoy_key=a-key&version=7&pool_name=p";

    fn parse(query: &str) -> Result<HostParams, InvalidParam> {
        HostParams::from_query(query, Version::OLDEST, Version::LATEST)
    }

    #[test]
    fn reads_what_it_writes() {
        let key = EnvoyKey::new("a_Key-1").expect("it is one");
        let params = HostParams::new("näm &=+ %", "a pool", key)
            .expect("they can be sent")
            .at(Version::V4)
            .deployment(u32::MAX);
        assert_eq!(parse(&params.to_query()), Ok(params));
        let params = parse(QUERY).expect("all is there");
        assert_eq!(params.to_query(), QUERY);
    }

    #[test]
    fn says_which_parameter_is_wrong() {
        let wrong = |from: &str, to: &str| {
            let whole = format!("&{QUERY}");
            let query = whole.replacen(from, to, 1);
            assert_ne!(query, whole, "{from} is in the query");
            parse(&query).expect_err(&query).to_string()
        };
        for name in [PROTOCOL_VERSION, NAMESPACE, ENVOY_KEY, VERSION, POOL_NAME] {
            assert_eq!(
                wrong(&format!("&{name}="), "&other="),
                format!("expected the parameter `{name}`, but found none")
            );
        }
        for number in [0, 1, 3, 6, 9, 99, 65535] {
            assert_eq!(
                wrong("version=5", &format!("version={number}")),
                format!("expected a protocol version from v4 to v5, but found {number}")
            );
        }
        for text in ["", "abc", "-1", "70000"] {
            assert_eq!(
                wrong("version=5", &format!("version={text}")),
                format!(
                    "expected a number of 16 bits in the parameter `protocol_version`, but found {text:?}"
                )
            );
        }
        let long = "x".repeat(129);
        for key in ["ab", "a%20key", "schlüssel", &long] {
            let error = wrong("envoy_key=a-key", &format!("envoy_key={key}"));
            assert!(error.starts_with("expected 3 to 128 letters"), "{error}");
        }
        for (from, to) in [
            ("default", &*long),
            ("pool_name=p", &format!("pool_name={long}")),
        ] {
            let error = wrong(from, to);
            assert!(error.starts_with("expected at most 128 octets"), "{error}");
        }
        for version in ["-1", "4294967296", "1.0", ""] {
            let error = wrong("&version=7", &format!("&version={version}"));
            assert!(error.starts_with("expected a number of 32 bits"), "{error}");
        }
    }

    #[test]
    fn refuses_a_version_that_this_server_does_not_take() {
        assert_eq!(
            HostParams::from_query(QUERY, Version::V4, Version::V4),
            Err(InvalidParam::UnsupportedVersion(VersionRefusal {
                asked: 5,
                spoken: Version::V4..=Version::V4,
            }))
        );
    }

    #[test]
    fn random_keys_are_uuids_and_differ() {
        let (a, b) = (EnvoyKey::random(), EnvoyKey::random());
        assert_ne!(a, b);
        assert_eq!(EnvoyKey::new(a.as_str()), Ok(a.clone()));
        let lengths: Vec<_> = a.as_str().split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(a.as_str().as_bytes()[14], b'4');
        assert!(b"89ab".contains(&a.as_str().as_bytes()[19]));
    }
}
