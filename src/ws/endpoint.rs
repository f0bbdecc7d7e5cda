//! Where a server is.

use std::fmt;
use std::str::FromStr;

use http::Uri;

use super::HostParams;

/// The path that hosts connect to, below the path of the endpoint.
pub(super) const PATH: &str = "/envoys/connect";

/// The address of a server: `http`, `https`, `ws` or `wss`, a host name, and perhaps a port and a path in front of the
/// server's own paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    security: Security,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    /// What stands in the `Host` header.
    authority: String,
    /// Without a slash at its end.
    path: String,
}

/// Text that is no address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an address such as `http://host:6420`, but found {problem}")]
pub struct InvalidEndpoint {
    // Not the text: what should not be in there may be a secret.
    problem: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    Plain,
    Tls,
}

impl Endpoint {
    /// The name or address of the machine.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port: the one in the address, or 80 or 443 by its scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn security(&self) -> Security {
        self.security
    }

    /// The URL to connect to.
    #[must_use]
    pub fn url(&self, params: &HostParams) -> String {
        let scheme = self.security.scheme();
        let (authority, path, query) = (&self.authority, &self.path, params.to_query());
        format!("{scheme}://{authority}{path}{PATH}?{query}")
    }
}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, InvalidEndpoint> {
        let problem = |problem| InvalidEndpoint { problem };
        let uri: Uri = text.parse().map_err(|_| problem("no URL"))?;
        let security = match uri.scheme_str() {
            Some("http" | "ws") => Security::Plain,
            Some("https" | "wss") => Security::Tls,
            Some(_) => return Err(problem("another scheme")),
            None => return Err(problem("no scheme")),
        };
        let authority = uri.authority().ok_or(problem("no host"))?;
        // A password here would end up in logs.
        if authority.as_str().contains('@') {
            return Err(problem("a user"));
        }
        if uri.query().is_some() {
            return Err(problem("a query"));
        }
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() {
            return Err(problem("no host"));
        }
        Ok(Self {
            security,
            host: host.to_owned(),
            port: match (authority.port(), security) {
                (Some(port), _) => port.as_u16(),
                (None, Security::Plain) => 80,
                (None, Security::Tls) => 443,
            },
            authority: authority.to_string(),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}{}",
            self.security.scheme(),
            self.authority,
            self.path
        )
    }
}

impl Security {
    const fn scheme(self) -> &'static str {
        match self {
            Self::Plain => "ws",
            Self::Tls => "wss",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::EnvoyKey;

    #[test]
    fn makes_the_url_of_an_address() {
        let key = EnvoyKey::new("key").expect("a key");
        let params = HostParams::new("default", "pool", key).expect("names");
        let query = "protocol_version=5&namespace=default&envoy_key=key&version=1&pool_name=pool";
        for (address, url) in [
            (
                "http://127.0.0.1:6420",
                "ws://127.0.0.1:6420/envoys/connect",
            ),
            ("ws://host/", "ws://host/envoys/connect"),
            ("https://host/a/b/", "wss://host/a/b/envoys/connect"),
            ("wss://[::1]:1", "wss://[::1]:1/envoys/connect"),
        ] {
            let endpoint: Endpoint = address.parse().expect(address);
            assert_eq!(endpoint.url(&params), format!("{url}?{query}"));
        }
    }

    #[test]
    fn knows_host_and_port() {
        for (address, host, port) in [
            ("http://host", "host", 80),
            ("https://host", "host", 443),
            ("ws://127.0.0.1:6420/path", "127.0.0.1", 6420),
            ("wss://[::1]:1", "::1", 1),
        ] {
            let endpoint: Endpoint = address.parse().expect(address);
            assert_eq!((endpoint.host(), endpoint.port()), (host, port));
            assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
        }
    }

    #[test]
    fn says_what_is_wrong_with_an_address() {
        for (address, problem) in [
            ("", "no URL"),
            ("host:1", "no scheme"),
            ("ftp://host", "another scheme"),
            ("/path", "no scheme"),
            ("http://user:secret@host", "a user"),
            ("http://host/?a=b", "a query"),
            ("http://:80", "no host"),
        ] {
            let error = address.parse::<Endpoint>().expect_err(address).to_string();
            assert!(error.contains(problem), "{address}: {error}");
        }
    }
}
