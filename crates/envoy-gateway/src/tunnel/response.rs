//! What a host answered, as HTTP.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, StatusCode, response};
use http_body::Frame;

use super::forward::{Exchange, Way};
use super::headers::from_host;
use super::inbox::{Extent, Failure, Head, Said};
use crate::error::ApiError;
use crate::faults::Guard;

/// A response that has begun.
pub(crate) struct Answer<W: Way> {
    pub(super) head: Head,
    /// How often the request was sent.
    pub(crate) attempts: u32,
    pub(super) exchange: Exchange<W>,
}

/// The body of a response.
pub(crate) enum AnswerBody<W: Way> {
    Whole(Bytes),
    Streamed(Streamed<W>),
}

impl<W: Way> Answer<W> {
    /// Status, headers and body, for a request of this method. An error if they are none.
    pub(crate) fn into_parts(
        self,
        method: &Method,
    ) -> Result<(response::Parts, AnswerBody<W>), ApiError> {
        let Head {
            status,
            headers,
            body,
            extent,
        } = self.head;
        let (mut parts, ()) = http::Response::new(()).into_parts();
        parts.status = match StatusCode::from_u16(status) {
            Ok(status) if !status.is_informational() => status,
            _ => {
                return Err(ApiError::invalid_response(format_args!(
                    "expected a status from 200 to 999, but found {status}"
                )));
            }
        };
        let faults = self.exchange.registered.faults();
        parts.headers = from_host(&headers, faults).map_err(ApiError::invalid_response)?;
        let length = length(&mut parts.headers);
        let has_no_body = *method == Method::HEAD
            || parts.status == StatusCode::NO_CONTENT
            || parts.status == StatusCode::NOT_MODIFIED;
        if has_no_body {
            if let (Some(length), true) = (length, parts.status != StatusCode::NO_CONTENT) {
                parts.headers.insert(CONTENT_LENGTH, length.into());
            }
            return Ok((parts, AnswerBody::Whole(Bytes::new())));
        }
        let is_whole = match extent {
            Extent::Whole => length.is_none() || !faults.lack(Guard::Length),
            Extent::Beginning => faults.lack(Guard::Parts),
        };
        if is_whole {
            // What the host says of its length is of no interest: here it is.
            return Ok((parts, AnswerBody::Whole(body)));
        }
        if let Some(length) = length {
            parts.headers.insert(CONTENT_LENGTH, length.into());
        }
        let ended = match &self.exchange.way {
            Some(way) => way.ended(),
            None => Box::pin(std::future::ready(())),
        };
        let body = Streamed {
            beginning: body,
            left: length,
            exchange: self.exchange,
            ended: Some(ended),
            is_over: false,
        };
        Ok((parts, AnswerBody::Streamed(body)))
    }
}

/// A body that comes in chunks. Dropping it tells the host that nobody reads it.
pub(crate) struct Streamed<W: Way> {
    /// What came with the head.
    beginning: Bytes,
    /// What is left of the length that the head promised.
    left: Option<u64>,
    exchange: Exchange<W>,
    ended: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    is_over: bool,
}

/// Why a body ends before it is complete. The caller sees the connection end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error(transparent)]
    Failed(Failure),
    #[error("the host gave the response up")]
    Aborted,
    #[error("expected a body as long as its content-length, but found {0}")]
    Length(&'static str),
}

impl<W: Way> Streamed<W> {
    /// The next octets; nothing at the end of the body.
    pub(crate) fn poll_octets(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if !self.beginning.is_empty() {
            let beginning = std::mem::take(&mut self.beginning);
            return Poll::Ready(Some(self.pass(beginning)));
        }
        if let Some(ended) = &mut self.ended
            && ended.as_mut().poll(cx).is_ready()
        {
            self.ended = None;
            self.exchange.registered.inbox().lose();
        }
        let said = std::task::ready!(self.exchange.registered.poll_said(cx));
        let failure = match said {
            Said::Chunk(octets) => return Poll::Ready(Some(self.pass(octets))),
            Said::End if self.left.is_none_or(|left| left == 0) => {
                self.is_over = true;
                return Poll::Ready(None);
            }
            Said::End => BodyError::Length("a shorter one"),
            Said::Failed(failure) => BodyError::Failed(failure),
            Said::Abort | Said::Start(_) => BodyError::Aborted,
        };
        self.is_over = true;
        Poll::Ready(Some(Err(failure)))
    }

    fn pass(&mut self, octets: Bytes) -> Result<Frame<Bytes>, BodyError> {
        if let Some(left) = &mut self.left {
            let Some(rest) = left.checked_sub(octets.len() as u64) else {
                self.is_over = true;
                return Err(BodyError::Length("a longer one"));
            };
            *left = rest;
            // Nobody may look for the end behind the last octet.
            self.exchange.is_complete = rest == 0;
        }
        Ok(Frame::data(octets))
    }
}

impl<W: Way> fmt::Debug for Streamed<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed").finish_non_exhaustive()
    }
}

/// Takes the length of the body out of the headers, if there is one.
fn length(headers: &mut HeaderMap) -> Option<u64> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let length = match (lengths.next(), lengths.next()) {
        (Some(length), None) => length.to_str().ok().and_then(|length| length.parse().ok()),
        _ => None,
    };
    headers.remove(CONTENT_LENGTH);
    length
}
