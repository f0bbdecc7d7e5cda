//! What was asked for, as it is seen on the wire: when each request was sent, and so how it may end.

use bare::DecodeLimits;
use bytes::Bytes;
use envoy_protocol::session::{RequestError, RequestKey};
use envoy_protocol::{Version, Versioned as _, latest};

use super::gateway::number_of;
use super::pair::Pair;
use super::user::{Asked, What};

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Answered,
    NotSent,
    Lost,
    TimedOut,
    Indeterminate,
    Stale,
    /// A commit that can be sent again was not decided in time.
    Undecided,
    /// A commit that was sent again was answered by an error.
    UndecidedByError,
}

impl How {
    /// How a request ended that is no commit.
    pub(super) fn of<T>(result: &Result<T, RequestError>) -> Self {
        match result {
            Ok(_) => Self::Answered,
            Err(RequestError::NotSent) => Self::NotSent,
            Err(RequestError::Lost) => Self::Lost,
            Err(RequestError::TimedOut) => Self::TimedOut,
            Err(RequestError::Indeterminate) => Self::Indeterminate,
            Err(RequestError::Stale) => Self::Stale,
            Err(error) => panic!("expected an end of a request, but found {error}"),
        }
    }
}

impl Asked {
    /// Whether it may be on the wire more than once: it is applied once all the same.
    const fn is_sent_again(&self) -> bool {
        let expected = match &self.what {
            What::Commit { expected, .. } => *expected,
            _ => None,
        };
        expected.is_some()
    }
}

impl Pair {
    /// A frame of the host is on its way on connection `line`: what it asks for may be carried out from now on.
    pub(super) fn host_asks(&mut self, octets: &Bytes, version: Version, line: u64) {
        let message = latest::ToRivet::decode_at(version, octets, &DecodeLimits::DEFAULT)
            .unwrap_or_else(|error| panic!("expected a frame of {version}, but found {error}"));
        let (counter, wire_id, number) = match &message {
            latest::ToRivet::ToRivetKvRequest(request) => {
                let key = match &request.data {
                    latest::KvRequestData::KvGetRequest(get) => &get.keys[0],
                    latest::KvRequestData::KvPutRequest(put) => &put.keys[0],
                    other => panic!("expected what was asked for, but found {other:?}"),
                };
                (0, request.request_id, number_of(key))
            }
            latest::ToRivet::ToRivetSqliteGetPagesRequest(request) => {
                let number = request.data.pgnos[0].into();
                (1, request.request_id, number)
            }
            latest::ToRivet::ToRivetSqliteCommitRequest(request) => {
                let number = u64::try_from(request.data.now_ms).unwrap_or(0);
                (2, request.request_id, number)
            }
            latest::ToRivet::ToRivetSqliteExecRequest(request) => {
                let number = number_of(request.data.sql.as_bytes());
                (3, request.request_id, number)
            }
            latest::ToRivet::ToRivetSqliteExecuteRequest(request) => {
                let number = number_of(request.data.sql.as_bytes());
                (4, request.request_id, number)
            }
            latest::ToRivet::ToRivetTunnelMessage(_) => {
                self.user.said -= 1;
                return;
            }
            _ => return,
        };
        let requests = &mut self.user.requests;
        let Some(asked) = requests.values_mut().find(|asked| asked.number == number) else {
            panic!("expected nothing to be sent that has ended, but found request {number}");
        };
        if let Some(before) = asked.sent.last() {
            assert!(
                asked.is_sent_again() && *before != line,
                "expected {asked:?} to be sent once on each connection, and only commits again"
            );
        }
        asked.sent.push(line);
        asked.wire = Some((counter, wire_id));
        let same = requests
            .values()
            .filter(|asked| asked.wire == Some((counter, wire_id)))
            .filter(|asked| asked.sent.last() == Some(&line))
            .count();
        assert_eq!(
            same, 1,
            "expected numbers on the wire that tell requests apart, but found {wire_id} in use"
        );
    }

    /// A request has ended, as it can have.
    pub(super) fn ended(&mut self, request: RequestKey, how: How) -> What {
        self.report.requests += 1;
        let Some(asked) = self.user.requests.remove(&request) else {
            panic!("expected {request:?} to end once, but found {how:?} as well");
        };
        let overrun = self.now.saturating_duration_since(asked.deadline);
        self.report.worst_overrun = self.report.worst_overrun.max(overrun);
        assert!(
            overrun.is_zero(),
            "expected {asked:?} to end within its bound"
        );
        let (sent, due) = (!asked.sent.is_empty(), self.now >= asked.deadline);
        let present = sent && asked.sent.last() == self.host_line.as_ref();
        // Whether it can end so at all, and whether only the end of the host can be the reason.
        let (fits, early) = match how {
            How::Answered => (sent, false),
            How::Stale => (asked.stale, false),
            How::NotSent => (!sent && !asked.again, !due),
            How::TimedOut => (sent, !due),
            How::Lost => (sent, present),
            How::Indeterminate => (sent, present && !due),
            How::Undecided => (sent || asked.again, !due),
            How::UndecidedByError => (asked.sent.len() > 1 || (sent && asked.again), false),
        };
        assert!(fits, "expected another end than {how:?} of {asked:?}");
        assert_eq!(
            asked.stale,
            how == How::Stale,
            "expected an answer of an older epoch to reach nobody, but found {how:?} for {asked:?}"
        );
        if early {
            self.early.push(format!("{how:?} of {asked:?}"));
        }
        if let (How::Lost | How::Indeterminate, Some(lost_at), false) =
            (how, self.lost_at, due || present)
        {
            self.report.worst_loss = self.report.worst_loss.max(self.now - lost_at);
        }
        asked.what
    }

    /// When nothing more happens at this moment, everything waits where it should.
    pub(super) fn check_requests(&mut self) {
        assert!(
            self.terminal.is_some() || self.early.is_empty(),
            "expected ends in their time, but found {:?}",
            self.early
        );
        assert!(self.user.said >= 0, "expected what was said, and once");
        assert!(
            self.user.said > 0 || !self.user.requests.is_empty() || self.host.stats().queued == 0,
            "expected an empty queue where nothing waits, but found {} octets",
            self.host.stats().queued
        );
        let line = self
            .lines
            .iter()
            .find(|line| self.host_line == Some(line.id));
        let open = line.filter(|line| {
            let watch = &line.watch;
            watch.init && watch.host_close.is_none() && line.up.is_free(self.now)
        });
        for asked in self.user.requests.values() {
            assert!(
                !asked.stale,
                "expected an end of what is of an older epoch, but found {asked:?}"
            );
            let on = asked.sent.last();
            assert!(
                on.is_none() || asked.is_sent_again() || on == self.host_line.as_ref(),
                "expected an end with the connection, but found {asked:?}"
            );
            if let Some(line) = open {
                assert_eq!(
                    on,
                    Some(&line.id),
                    "expected what waits to be sent where there is room, but found {asked:?}"
                );
            }
        }
    }
}
