//! Received messages of one kind, in the frame that they came in: looked at without a copy, and sent to another thread
//! as one value.

use bare::Frame;
use bytes::Bytes;

use crate::latest;

/// A kind of message, by the frame that holds it.
macro_rules! in_frame {
    ($(
        $(#[$doc:meta])*
        $name:ident: $root:ident, $root_ref:ident :: $variant:ident => $target:ty, $value:ident => $get:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Frame<latest::$root>);

        impl $name {
            /// The frame, if it holds this kind of message.
            #[allow(dead_code, reason = "each kind is wrapped by one end only")]
            pub(crate) fn new(frame: Frame<latest::$root>) -> Option<Self> {
                matches!(frame.get(), latest::$root_ref::$variant(..)).then_some(Self(frame))
            }

            /// The message.
            #[must_use]
            pub fn get(&self) -> $target {
                match self.0.get() {
                    latest::$root_ref::$variant($value) => $get,
                    _ => unreachable!("the frame was looked at when it was wrapped"),
                }
            }

            /// A payload of the message that outlives it. It shares the octets of the whole frame and keeps them in memory:
            /// what is kept for long is better copied. See [`Frame::share`].
            #[must_use]
            pub fn share(&self, part: &[u8]) -> Bytes {
                self.0.share(part)
            }

            /// Octets of the whole frame.
            #[must_use]
            pub fn frame_len(&self) -> usize {
                self.0.octets().len()
            }

            /// The whole frame.
            #[must_use]
            pub fn into_frame(self) -> Frame<latest::$root> {
                self.0
            }
        }
    )*};
}

in_frame! {
    /// The answer to a KV request.
    KvAnswer: ToEnvoy, ToEnvoyRef::ToEnvoyKvResponse => &latest::KvResponseDataRef<'_>, value => &value.data;
    /// The answer to a request for pages.
    PagesAnswer: ToEnvoy, ToEnvoyRef::ToEnvoySqliteGetPagesResponse =>
        &latest::SqliteGetPagesResponseRef<'_>, value => &value.data;
    /// The answer to remote SQL without parameters.
    ExecAnswer: ToEnvoy, ToEnvoyRef::ToEnvoySqliteExecResponse =>
        &latest::SqliteExecResponseRef<'_>, value => &value.data;
    /// The answer to a remote SQL statement.
    ExecuteAnswer: ToEnvoy, ToEnvoyRef::ToEnvoySqliteExecuteResponse =>
        &latest::SqliteExecuteResponseRef<'_>, value => &value.data;
    /// A tunnel message to a host.
    ToHost: ToEnvoy, ToEnvoyRef::ToEnvoyTunnelMessage => &latest::ToEnvoyTunnelMessageRef<'_>, value => value;

    /// A KV request.
    KvRequest: ToRivet, ToRivetRef::ToRivetKvRequest => &latest::ToRivetKvRequestRef<'_>, value => value;
    /// A request for pages.
    GetPagesRequest: ToRivet, ToRivetRef::ToRivetSqliteGetPagesRequest =>
        &latest::ToRivetSqliteGetPagesRequestRef<'_>, value => value;
    /// A commit.
    CommitRequest: ToRivet, ToRivetRef::ToRivetSqliteCommitRequest =>
        &latest::ToRivetSqliteCommitRequestRef<'_>, value => value;
    /// Remote SQL without parameters.
    ExecRequest: ToRivet, ToRivetRef::ToRivetSqliteExecRequest =>
        &latest::ToRivetSqliteExecRequestRef<'_>, value => value;
    /// A remote SQL statement.
    ExecuteRequest: ToRivet, ToRivetRef::ToRivetSqliteExecuteRequest =>
        &latest::ToRivetSqliteExecuteRequestRef<'_>, value => value;
    /// A tunnel message from a host.
    FromHost: ToRivet, ToRivetRef::ToRivetTunnelMessage => &latest::ToRivetTunnelMessageRef<'_>, value => value;
}
