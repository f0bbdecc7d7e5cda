//! Why a connection is closed: the status and the reason of a WebSocket close frame, read and written.
//!
//! A reason is `group.code#ray detail`. Hosts and servers act on group and code; the ray names the connection in the
//! server's log; the detail is for people. Everything behind the code is optional. Peers read up to the `#` and take the
//! rest as the ray, so a detail never changes what they do.

use std::fmt;

/// A close frame: what a connection was closed with, or is to be.
///
/// Any text can arrive here. What does not have the form of a reason has no group and no code, and is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    status: u16,
    /// At most [`Close::MAX_TEXT`] octets.
    text: String,
}

/// A reason that hosts and servers know: group, code, and the status that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseReason {
    /// The status of the close frame, as in RFC 6455, section 7.4.
    pub status: u16,
    /// Who speaks: `ws` for the connection itself.
    pub group: &'static str,
    /// What it is.
    pub code: &'static str,
}

impl Close {
    /// The most octets of text that a close frame can carry.
    pub const MAX_TEXT: usize = 123;
    /// The status that stands for a close frame without one.
    pub const NO_STATUS: u16 = 1005;

    /// A close with a known reason.
    #[must_use]
    pub fn new(reason: CloseReason) -> Self {
        Self::from_frame(reason.status, &format!("{}.{}", reason.group, reason.code))
    }

    /// A close as it is in a frame. Text beyond [`MAX_TEXT`](Self::MAX_TEXT) octets is cut off.
    #[must_use]
    pub fn from_frame(status: u16, text: &str) -> Self {
        Self {
            status,
            text: cut(text).to_owned(),
        }
    }

    /// The same close, with the ray that names the connection. A ray that it had is gone.
    #[must_use]
    pub fn with_ray(&self, ray: &str) -> Self {
        let (head, _) = self.split();
        let text = match self.detail() {
            Some(detail) => format!("{head}#{ray} {detail}"),
            None => format!("{head}#{ray}"),
        };
        Self::from_frame(self.status, &text)
    }

    /// The same close, with words for people behind the ray, as far as there is room. A detail that it had is gone.
    #[must_use]
    pub fn with_detail(&self, detail: impl fmt::Display) -> Self {
        let (head, _) = self.split();
        let ray = self.ray().unwrap_or_default();
        Self::from_frame(self.status, &format!("{head}#{ray} {detail}"))
    }

    /// The status, or [`NO_STATUS`](Self::NO_STATUS) if there was none.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The text of the frame.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The group, if the text has the form of a reason: `ws` in `ws.eviction#ray`.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        Some(self.group_and_code()?.0)
    }

    /// The code, if the text has the form of a reason: `eviction` in `ws.eviction#ray`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        Some(self.group_and_code()?.1)
    }

    /// The name of the connection in the server's log.
    #[must_use]
    pub fn ray(&self) -> Option<&str> {
        let (_, tail) = self.split();
        let ray = tail?.split(' ').next()?;
        (!ray.is_empty()).then_some(ray)
    }

    /// The words for people.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        let (_, tail) = self.split();
        let (_, detail) = tail?.split_once(' ')?;
        (!detail.is_empty()).then_some(detail)
    }

    /// Whether it is for this reason. Group and code decide; servers differ in the status.
    #[must_use]
    pub fn is(&self, reason: CloseReason) -> bool {
        self.group_and_code() == Some((reason.group, reason.code))
    }

    fn group_and_code(&self) -> Option<(&str, &str)> {
        let (head, _) = self.split();
        let (group, code) = head.split_once('.')?;
        let is_name = |name: &str| !name.is_empty() && !name.contains(char::is_whitespace);
        (is_name(group) && is_name(code)).then_some((group, code))
    }

    /// What stands in front of the `#`, and what behind it, if there is one.
    fn split(&self) -> (&str, Option<&str>) {
        match self.text.split_once('#') {
            Some((head, tail)) => (head, Some(tail)),
            None => (&self.text, None),
        }
    }
}

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.as_str() {
            "" => write!(f, "{}", self.status),
            text => write!(f, "{} {text}", self.status),
        }
    }
}

impl From<CloseReason> for Close {
    fn from(reason: CloseReason) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.group, self.code)
    }
}

impl CloseReason {
    /// The host ends: it has no actors left.
    pub const SHUTDOWN: Self = Self::normal("envoy", "shutdown");
    /// The server ended the connection for no particular reason.
    pub const CLOSED: Self = Self::normal("ws", "closed");
    /// Another connection with the same envoy key took this one's place. The host must not connect again.
    pub const EVICTION: Self = Self::normal("ws", "eviction");
    /// The server ends: the host connects again, elsewhere.
    pub const GOING_AWAY: Self = Self::error("ws", "going_away");
    /// The host did not answer pings for too long.
    pub const TIMED_OUT: Self = Self::error("ws", "timed_out");
    /// A parameter of the URL is missing or not what it has to be. A real engine says this of a version it does not
    /// speak, too.
    pub const INVALID_REQUEST: Self = Self::error("ws", "invalid_request");
    /// The server does not speak the version that the host asked for. The detail says both.
    pub const UNSUPPORTED_PROTOCOL_VERSION: Self =
        Self::error("ws", "unsupported_protocol_version");
    /// The pool is not configured.
    pub const NO_RUNNER_CONFIG: Self = Self::error("ws", "no_runner_config");
    /// A frame that is no message of the connection's version.
    pub const INVALID_MESSAGE: Self = Self::error("ws", "invalid_message");
    /// A message of which a payload is larger than the server's limit for it.
    pub const INVALID_PACKET: Self = Self::error("ws", "invalid_packet");
    /// A message larger than the receiver takes.
    pub const MESSAGE_TOO_LARGE: Self = Self {
        status: 1009,
        group: "ws",
        code: "message_too_large",
    };
    /// The namespace is unknown.
    pub const NAMESPACE_NOT_FOUND: Self = Self::error("namespace", "not_found");
    /// The path is none that takes WebSockets.
    pub const NO_WEBSOCKET: Self = Self::error("guard", "websocket_not_supported");
    /// The server asks for a token, and there was none.
    pub const MISSING_TOKEN: Self = Self::error("guard", "missing_header");
    /// The token is not the one.
    pub const FORBIDDEN: Self = Self::error("api", "forbidden");
    /// The server failed.
    pub const INTERNAL_ERROR: Self = Self::error("core", "internal_error");

    const fn normal(group: &'static str, code: &'static str) -> Self {
        Self {
            status: 1000,
            group,
            code,
        }
    }

    const fn error(group: &'static str, code: &'static str) -> Self {
        Self {
            status: 1011,
            group,
            code,
        }
    }
}

/// As much of the text as fits into a frame, whole characters only.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(Close::MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_real_engine_closes_with() {
        let close = Close::from_frame(1011, "ws.invalid_request#9uwr6p3l2k1m0n9b8v7c6x5z4a3s00");
        assert_eq!(
            (close.group(), close.code()),
            (Some("ws"), Some("invalid_request"))
        );
        assert_eq!(close.ray(), Some("9uwr6p3l2k1m0n9b8v7c6x5z4a3s00"));
        assert_eq!(close.detail(), None);
        assert!(close.is(CloseReason::INVALID_REQUEST));
        assert!(!close.is(CloseReason::EVICTION));
    }

    #[test]
    fn writes_what_it_reads() {
        let close = Close::new(CloseReason::UNSUPPORTED_PROTOCOL_VERSION)
            .with_ray("ray")
            .with_detail("asked 9, spoken 4 to 5");
        assert_eq!(
            close.text(),
            "ws.unsupported_protocol_version#ray asked 9, spoken 4 to 5"
        );
        assert_eq!(close.code(), Some("unsupported_protocol_version"));
        assert_eq!(close.ray(), Some("ray"));
        assert_eq!(close.detail(), Some("asked 9, spoken 4 to 5"));
        assert_eq!(Close::from_frame(close.status(), close.text()), close);
    }

    #[test]
    fn a_detail_without_a_ray_leaves_the_code_alone() {
        let close = Close::new(CloseReason::TIMED_OUT).with_detail("after 15 s");
        assert_eq!(close.text(), "ws.timed_out# after 15 s");
        assert_eq!((close.code(), close.ray()), (Some("timed_out"), None));
        assert_eq!(close.detail(), Some("after 15 s"));
        let close = close.with_ray("ray");
        assert_eq!(close.text(), "ws.timed_out#ray after 15 s");
    }

    #[test]
    fn takes_any_text() {
        for text in [
            "",
            "#",
            ".",
            "#.",
            "bye",
            "a.b.c",
            "#ray",
            "a#b#c",
            "ä.ö#ü ß",
        ] {
            let close = Close::from_frame(1000, text);
            assert_eq!(close.text(), text);
            assert_eq!(close.group().is_some(), close.code().is_some(), "{text}");
        }
        assert_eq!(Close::from_frame(1000, "a.b.c").code(), Some("b.c"));
        for sentence in ["bye", "The end.", "the. end", ".code", "group."] {
            let close = Close::from_frame(1000, sentence);
            assert_eq!((close.group(), close.code()), (None, None), "{sentence}");
        }
    }

    #[test]
    fn cuts_long_text_between_characters() {
        let close = Close::from_frame(1000, &"ä".repeat(100));
        assert_eq!(close.text(), "ä".repeat(61));
        let close = Close::new(CloseReason::INVALID_MESSAGE).with_detail("x".repeat(200));
        assert_eq!(close.text().len(), Close::MAX_TEXT);
    }
}
