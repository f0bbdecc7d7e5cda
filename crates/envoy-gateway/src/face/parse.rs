//! Parameters and bodies of API calls, read strictly: what nobody knows is refused, so that a misspelt filter does not
//! become no filter.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::Head;
use crate::error::ApiError;
use crate::faults::{Faults, Guard};

/// The parameters of a URL.
#[derive(Debug)]
pub(super) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// The most octets of a name: of an actor, a pool, a namespace.
pub(super) const MAX_NAME: usize = 128;
/// The most octets of an actor's key.
pub(super) const MAX_KEY: usize = 512;
/// The most octets that an actor is created with.
const MAX_INPUT: usize = 1_000_000;

impl<'a> Query<'a> {
    /// The parameters, of which only these may be there, each once.
    pub(super) fn parse(
        query: Option<&'a str>,
        known: &[&str],
        faults: Faults,
    ) -> Result<Self, ApiError> {
        let refuse = |reason: String| {
            ApiError::bad_request(format_args!("Failed to deserialize query string: {reason}"))
        };
        let mut pairs = Vec::<(Cow<'_, str>, Cow<'_, str>)>::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if !known.contains(&&*name) && !faults.lack(Guard::Parameters) {
                let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
                let expected = match known.len() {
                    0 => "there are no fields".to_owned(),
                    1 => format!("expected {}", known[0]),
                    _ => format!("expected one of {}", known.join(", ")),
                };
                return Err(refuse(format!(
                    "{name}: unknown field `{name}`, {expected}"
                )));
            }
            if pairs.iter().any(|(other, _)| *other == name) {
                return Err(refuse(format!("duplicate field `{name}`")));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| &**value)
    }

    pub(super) fn require(&self, name: &str) -> Result<&str, ApiError> {
        self.find(name).ok_or_else(|| {
            ApiError::bad_request(format_args!(
                "Failed to deserialize query string: missing field `{name}`"
            ))
        })
    }

    /// A number, or `default` where there is none; at most `most`.
    pub(super) fn count(&self, name: &str, default: usize, most: usize) -> Result<usize, ApiError> {
        match self.find(name) {
            None => Ok(default),
            Some(value) => match value.parse() {
                Ok(count) => Ok(usize::min(count, most)),
                Err(_) => Err(ApiError::bad_request(format_args!(
                    "Failed to deserialize query string: {name}: expected a number, but found {value:?}"
                ))),
            },
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.find(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(ApiError::bad_request(format_args!(
                "Failed to deserialize query string: {name}: expected `true` or `false`, but found {other:?}"
            ))),
        }
    }
}

/// The body of a call, as JSON of a known form.
pub(super) fn body<T: DeserializeOwned>(
    head: &Head,
    octets: &Bytes,
    faults: Faults,
) -> Result<T, ApiError> {
    // A page in a browser can send text anywhere without being asked; JSON it cannot.
    let is_json = head.headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes().split(|octet| *octet == b';').next();
        kind.is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(b"application/json"))
    });
    if !is_json && !faults.lack(Guard::JsonType) {
        return Err(ApiError::bad_request(
            "Expected request with `Content-Type: application/json`",
        ));
    }
    serde_json::from_slice(octets).map_err(|error| match error.classify() {
        Category::Data => ApiError::bad_request(format_args!(
            "Failed to deserialize the JSON body into the target type: {error}"
        )),
        Category::Io | Category::Syntax | Category::Eof => ApiError::bad_request(format_args!(
            "Failed to parse the request body as JSON: {error}"
        )),
    })
}

/// A part of a path, as it was meant.
pub(super) fn segment(raw: &str) -> Result<String, ApiError> {
    let decoded = percent_decode_str(raw).decode_utf8();
    decoded
        .map(Cow::into_owned)
        .map_err(|_| ApiError::bad_request(format_args!("Invalid URL: expected UTF-8 in {raw:?}")))
}

/// The name of something: not empty, not long, and without control characters, which the keys of the store rely on.
pub(super) fn name(what: &str, name: String) -> Result<String, ApiError> {
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(ApiError::invalid_input(format!(
            "expected 1 to {MAX_NAME} octets without control characters in {what}, but found {} octets",
            name.len()
        )));
    }
    Ok(name)
}

/// The key of an actor.
pub(super) fn key(key: String) -> Result<String, ApiError> {
    if key.is_empty() {
        return Err(ApiError::empty_key());
    }
    if key.len() > MAX_KEY || key.contains('\0') {
        return Err(ApiError::invalid_input(format!(
            "expected a key of at most {MAX_KEY} octets without zeros, but found {} octets",
            key.len()
        )));
    }
    Ok(key)
}

/// What an actor is created with.
pub(super) fn input(octets: Vec<u8>) -> Result<Bytes, ApiError> {
    if octets.len() > MAX_INPUT {
        return Err(ApiError::invalid_input(format!(
            "expected an input of at most {MAX_INPUT} octets, but found {}",
            octets.len()
        )));
    }
    Ok(octets.into())
}

/// Octets that were written in base64.
pub(super) fn base64(what: &str, text: &str) -> Result<Vec<u8>, ApiError> {
    STANDARD.decode(text).map_err(|error| {
        ApiError::invalid_input(format!("expected base64 in {what}, but found: {error}"))
    })
}

/// What becomes of an actor that crashed. All of them sleep, here and at a real engine.
pub(super) const CRASH_POLICIES: [&str; 3] = ["restart", "sleep", "destroy"];

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Request};
    use serde::Deserialize;

    use super::*;

    fn parse<'a>(query: Option<&'a str>, known: &[&str]) -> Result<Query<'a>, ApiError> {
        Query::parse(query, known, Faults::default())
    }

    #[test]
    fn refuses_parameters_that_nobody_knows_and_those_that_come_twice() {
        let known = ["namespace", "name"];
        let query = parse(Some("name=a%20b&namespace=+"), &known).expect("they are known");
        assert_eq!(
            (query.find("name"), query.require("namespace").ok()),
            (Some("a b"), Some(" "))
        );
        let error = parse(Some("bogus=1"), &known).expect_err("nobody knows it");
        assert_eq!(
            error.message,
            "Request is invalid: Failed to deserialize query string: bogus: unknown field `bogus`, expected one of `namespace`, \
             `name`"
        );
        let error = parse(Some("name=1&name=2"), &known).expect_err("which of them?");
        assert!(error.message.ends_with("duplicate field `name`"), "{error}");
        let query = parse(None, &known).expect("nothing is missing yet");
        let error = query.require("namespace").expect_err("it is missing");
        assert_eq!(
            error.message,
            "Request is invalid: Failed to deserialize query string: missing field `namespace`"
        );
    }

    #[test]
    fn reads_numbers_and_flags() {
        let query = parse(Some("a=7&b=x&c=true&d=1"), &["a", "b", "c", "d", "e"]).expect("known");
        assert_eq!(query.count("a", 1, 5).ok(), Some(5));
        assert_eq!(query.count("e", 1, 5).ok(), Some(1));
        query.count("b", 1, 5).expect_err("it is no number");
        assert_eq!(query.flag("c").ok(), Some(true));
        assert_eq!(query.flag("e").ok(), Some(false));
        query.flag("d").expect_err("it is no flag");
    }

    #[test]
    fn tells_json_that_is_none_from_json_of_another_form() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Form {
            _a: Option<u8>,
        }
        let head = |kind: Option<&'static str>| {
            let mut request = Request::new(());
            if let Some(kind) = kind {
                request
                    .headers_mut()
                    .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            }
            request.into_parts().0
        };
        let read = |kind, octets: &'static str| {
            let octets = Bytes::from_static(octets.as_bytes());
            body::<Form>(&head(kind), &octets, Faults::default())
        };
        read(Some("application/json; charset=utf-8"), "{\"_a\":1}").expect("it is of the form");
        let error = read(Some("application/json"), "{bad").expect_err("it is no JSON");
        assert_eq!(
            error.message,
            "Request is invalid: Failed to parse the request body as JSON: key must be a string at line 1 column 2"
        );
        let error = read(Some("application/json"), "{\"b\":1}").expect_err("it is of another form");
        assert!(
            error.message.starts_with("Request is invalid: Failed to deserialize the JSON body into the target type: unknown field"),
            "{error}"
        );
        for kind in [None, Some("text/plain"), Some("application/jsonp")] {
            let error = read(kind, "{}").expect_err("a page could have sent it");
            assert_eq!(
                error.message,
                "Request is invalid: Expected request with `Content-Type: application/json`"
            );
        }
    }

    #[test]
    fn names_and_keys_cannot_reach_into_the_keys_of_others() {
        name("name", "a\0b".to_owned()).expect_err("parts of keys have no zeros");
        name("name", String::new()).expect_err("it is empty");
        name("name", "x".repeat(MAX_NAME + 1)).expect_err("it is long");
        name("name", "a/b c".to_owned()).expect("it is one");
        key("a\0b".to_owned()).expect_err("parts of keys have no zeros");
        key("x".repeat(MAX_KEY + 1)).expect_err("it is long");
        assert_eq!(
            key(String::new()).map_err(|error| error.code),
            Err("empty_key")
        );
    }
}
