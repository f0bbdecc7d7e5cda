//! Headers on their way to a host and back: a list of lines here, a map of text there.

use std::collections::{BTreeMap, HashSet};

use envoy_protocol::bare::Map;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, ORIGIN,
    TRANSFER_ENCODING, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::ApiError;
use crate::faults::{Faults, Guard};

/// The name of a request in logs, at both ends.
pub(crate) const RAY: HeaderName = HeaderName::from_static("x-rivet-ray-id");
/// The secret of a caller. It is for the gateway alone.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-rivet-token");
/// Group and code of an error that the gateway itself answers.
pub(crate) const ERROR: HeaderName = HeaderName::from_static("x-rivet-error");

/// Headers of a response, at most: more than any program reads, and fewer than a [`HeaderMap`] holds.
const MOST: usize = 4096;

/// What concerns one connection only (RFC 9110, section 7.6.1), whether or not `connection` names it.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The headers of a request, as a host is sent them: names in lower case, lines of one name joined, and without those
/// that concern the caller's connection or are for the gateway.
pub(crate) fn to_host(
    headers: &HeaderMap,
    ray: &str,
    body: usize,
    faults: Faults,
) -> Result<Map<String, String>, ApiError> {
    let named = named_by_connection(headers, faults);
    let mut lines = BTreeMap::<&str, String>::new();
    for (name, value) in headers {
        let is_ours = *name == TOKEN || *name == RAY || *name == EXPECT || *name == CONTENT_LENGTH;
        if is_ours || is_hop_by_hop(name.as_str(), &named) {
            continue;
        }
        let Ok(value) = std::str::from_utf8(value.as_bytes()) else {
            return Err(ApiError::invalid_header(name.as_str(), "UTF-8"));
        };
        match lines.get_mut(name.as_str()) {
            Some(line) => {
                // Of all that may come in several lines, these are no list with commas (RFC 9113, section 8.2.3).
                line.push_str(if *name == COOKIE { "; " } else { ", " });
                line.push_str(value);
            }
            None => {
                lines.insert(name.as_str(), value.to_owned());
            }
        }
    }
    lines.insert("x-rivet-ray-id", ray.to_owned());
    let had_length =
        headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    if had_length || body > 0 {
        // It has come as a whole by now.
        lines.insert("content-length", body.to_string());
    }
    let entries = lines
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Map::from_entries(entries.collect()).map_err(|_| ApiError::internal())
}

/// The headers of a response, as a host said them. What is no header is an error, and says which.
pub(crate) fn from_host(said: &[(String, String)], faults: Faults) -> Result<HeaderMap, String> {
    if said.len() > MOST {
        return Err(format!(
            "expected at most {MOST} headers, but found {}",
            said.len()
        ));
    }
    let mut headers = HeaderMap::with_capacity(said.len() + 4);
    for (name, value) in said {
        let Ok(name) = HeaderName::try_from(name) else {
            if faults.lack(Guard::AnswerChecks) {
                continue;
            }
            return Err(format!("expected the name of a header, but found {name:?}"));
        };
        let Ok(value) = HeaderValue::try_from(value) else {
            return Err(format!("expected the value of a header in {name}"));
        };
        // Names that differ by their case are one.
        headers.append(name, value);
    }
    let named = named_by_connection(&headers, faults);
    let all: Vec<_> = headers.keys().cloned().collect();
    for name in all {
        if is_hop_by_hop(name.as_str(), &named) {
            headers.remove(name);
        }
    }
    Ok(headers)
}

/// Allows pages of any origin to read a response. Where an actor says itself who may, that counts.
pub(crate) fn allow_origin(headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
    if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        return;
    }
    headers.insert(
        ACCESS_CONTROL_ALLOW_ORIGIN,
        origin.cloned().unwrap_or(HeaderValue::from_static("*")),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers
        .entry(ACCESS_CONTROL_EXPOSE_HEADERS)
        .or_insert(HeaderValue::from_static("*"));
    if origin.is_some() {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
}

/// What a browser is answered that asks whether it may send a request.
pub(crate) fn preflight(request: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    allow_origin(&mut headers, request.get(ORIGIN));
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, PUT, DELETE, OPTIONS, PATCH"),
    );
    let asked = request.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        asked.unwrap_or(HeaderValue::from_static("*")),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    headers
}

fn is_hop_by_hop(name: &str, named: &HashSet<String>) -> bool {
    HOP_BY_HOP.contains(&name) || named.contains(name)
}

/// The headers that `connection` names, in lower case.
fn named_by_connection(headers: &HeaderMap, faults: Faults) -> HashSet<String> {
    let lines = headers.get_all(CONNECTION).iter();
    let lines = lines.filter(|_| !faults.lack(Guard::HopByHop));
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let lines = lines.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        headers
    }

    fn sent(lines: &[(&'static str, &'static str)], body: usize) -> Vec<(String, String)> {
        let map = to_host(&headers(lines), "ray", body, Faults::default()).expect("they are text");
        map.into_entries()
    }

    fn pairs(lines: &[(&str, &str)]) -> Vec<(String, String)> {
        let lines = lines.iter();
        lines
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn joins_lines_of_one_name() {
        let lines = [
            ("x-a", "1"),
            ("cookie", "a=1"),
            ("x-a", "2"),
            ("cookie", "b=2"),
        ];
        assert_eq!(
            sent(&lines, 0),
            pairs(&[
                ("cookie", "a=1; b=2"),
                ("x-a", "1, 2"),
                ("x-rivet-ray-id", "ray")
            ])
        );
    }

    #[test]
    fn keeps_what_is_for_the_gateway_or_the_connection() {
        let lines = [
            ("connection", "close, X-Mine"),
            ("x-mine", "of this connection"),
            ("te", "trailers"),
            ("keep-alive", "timeout=5"),
            ("expect", "100-continue"),
            ("x-rivet-token", "secret"),
            ("x-rivet-ray-id", "made up"),
            ("transfer-encoding", "chunked"),
            ("host", "here"),
        ];
        assert_eq!(
            sent(&lines, 7),
            pairs(&[
                ("content-length", "7"),
                ("host", "here"),
                ("x-rivet-ray-id", "ray")
            ])
        );
    }

    #[test]
    fn refuses_a_header_that_is_no_text() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"\xff").expect("HTTP has no say in it");
        headers.insert("x-a", value);
        let error =
            to_host(&headers, "ray", 0, Faults::default()).expect_err("the wire has text only");
        assert_eq!(error.name(), "guard.invalid_header");
        assert_eq!(error.status, 400);
    }

    #[test]
    fn refuses_what_a_host_says_is_a_header_and_is_none() {
        for (name, value) in [
            ("a b", "c"),
            ("", "c"),
            ("a\r\nb", "c"),
            ("a", "c\r\nd: e"),
            ("a", "\0"),
        ] {
            let said = pairs(&[("fine", "yes"), (name, value)]);
            from_host(&said, Faults::default()).expect_err(name);
        }
        let said = pairs(&[
            ("X-Some", "ä"),
            ("x-some", "2"),
            ("Connection", "x-mine"),
            ("X-Mine", "3"),
        ]);
        let headers = from_host(&said, Faults::default()).expect("they are");
        assert_eq!(headers.get_all("x-some").iter().count(), 2);
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn a_response_has_only_so_many_headers() {
        let names = |count: usize| -> Vec<(String, String)> {
            let lines = (0..count).map(|at| (format!("x-{at}"), at.to_string()));
            lines.collect()
        };
        let headers = from_host(&names(MOST), Faults::default()).expect("as many as there may be");
        assert_eq!(headers.len(), MOST);
        // The second is more than a map of headers can hold.
        for count in [MOST + 1, 100_000] {
            let error = from_host(&names(count), Faults::default()).expect_err("there are more");
            assert_eq!(
                error,
                format!("expected at most 4096 headers, but found {count}")
            );
        }
    }

    #[test]
    fn an_actor_that_says_who_may_read_has_the_last_word() {
        let origin = HeaderValue::from_static("https://page");
        let mut by_actor = headers(&[("access-control-allow-origin", "https://mine")]);
        let before = by_actor.clone();
        allow_origin(&mut by_actor, Some(&origin));
        assert_eq!(by_actor, before);
        let mut none = HeaderMap::new();
        allow_origin(&mut none, Some(&origin));
        assert_eq!(none[ACCESS_CONTROL_ALLOW_ORIGIN], "https://page");
        assert_eq!(none[VARY], "Origin");
        let mut none = HeaderMap::new();
        allow_origin(&mut none, None);
        assert_eq!(none[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!none.contains_key(VARY));
    }
}
