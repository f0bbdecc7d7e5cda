//! Bodies: those that come in, whole and bounded, and those that go out.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::EXPECT;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout, timeout_at};

use super::Head;
use crate::budget::Share;
use crate::director::Route;
use crate::error::ApiError;
use crate::metrics::Metrics;
use crate::tunnel::{BodyError, Streamed};

/// The body of a response.
pub(crate) enum Body {
    Whole(Bytes),
    /// What a host sends, as it comes.
    Streamed(Box<Streamed<Route>>, Metrics),
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Whole(text.into())
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Whole(octets) if octets.is_empty() => Poll::Ready(None),
            Self::Whole(octets) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(octets))))),
            Self::Streamed(body, metrics) => {
                let octets = std::task::ready!(body.poll_octets(cx));
                if let Some(Err(error)) = &octets {
                    metrics.cut();
                    tracing::warn!(%error, "a response was cut");
                }
                Poll::Ready(octets)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(octets) if octets.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(octets) => SizeHint::with_exact(octets.len() as u64),
            Self::Streamed(..) => SizeHint::default(),
        }
    }
}

/// How a body is read.
pub(super) struct Reading<'a> {
    /// The most octets.
    pub(super) limit: usize,
    /// The most time.
    pub(super) time: Duration,
    /// What a larger one is refused with.
    pub(super) too_large: &'a (dyn Fn(usize) -> ApiError + Send + Sync),
}

/// How long what is too large is still read, so that its sender can read the refusal.
const DRAIN: Duration = Duration::from_secs(1);

impl Reading<'_> {
    /// The whole body. What it takes is held in `share`.
    pub(super) async fn read(
        &self,
        head: &Head,
        mut body: Incoming,
        share: &mut Share,
    ) -> Result<Bytes, ApiError> {
        let full =
            || ApiError::overloaded("bodies of other requests take all memory there is for them");
        let expected = body.size_hint().exact();
        let expected = expected.map(|octets| usize::try_from(octets).unwrap_or(usize::MAX));
        if expected.is_some_and(|octets| octets > self.limit) {
            // Who asked whether to send it has not sent it.
            if !head.headers.contains_key(EXPECT) {
                self.drain(body).await;
            }
            return Err((self.too_large)(self.limit));
        }
        let mut whole = BytesMut::new();
        let until = Instant::now() + self.time;
        loop {
            let frame = match timeout_at(until, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(ApiError::bad_request(error)),
                Ok(None) => break,
                Err(_) => return Err(ApiError::request_body_slow(self.time)),
            };
            // Trailers are of no concern to an actor.
            let Ok(octets) = frame.into_data() else {
                continue;
            };
            if whole.len() + octets.len() > self.limit {
                self.drain(body).await;
                return Err((self.too_large)(self.limit));
            }
            // Only what has come is held: many could say that they are about to send much.
            if !share.grow(octets.len()) {
                self.drain(body).await;
                return Err(full());
            }
            if whole.is_empty() && expected == Some(octets.len()) {
                return Ok(octets);
            }
            if whole.capacity() - whole.len() < octets.len() {
                let rest = expected.map_or(0, |octets| octets.saturating_sub(whole.len()));
                whole.reserve(rest.min(whole.len()).max(octets.len()));
            }
            whole.extend_from_slice(&octets);
        }
        Ok(whole.freeze())
    }

    /// Reads on for a bounded time, and at most twice the limit. A connection that is closed with octets unread is reset, and then
    /// the refusal may not be read.
    async fn drain(&self, mut body: Incoming) {
        let mut left = self.limit.saturating_mul(2);
        let rest = async {
            while let Some(Ok(frame)) = body.frame().await {
                let octets = frame.data_ref().map_or(0, Bytes::len);
                let Some(rest) = left.checked_sub(octets) else {
                    break;
                };
                left = rest;
            }
        };
        let _ = timeout(DRAIN, rest).await;
    }
}
