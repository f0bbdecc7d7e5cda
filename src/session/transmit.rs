//! What a machine has to send.

use bytes::Bytes;

use crate::Close;

/// What a machine has to send next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transmit {
    /// One binary WebSocket message.
    Frame {
        /// Its octets, at the version of the connection.
        octets: Bytes,
        /// Which lane it comes from.
        lane: Lane,
    },
    /// A close frame, the last thing that is sent. The driver then reads on for a while, so that the peer can take it
    /// in, and says that the connection has ended.
    Close(Close),
}

/// Frames that wait are of one of two lanes; within a lane they stay in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// What never waits for bulk: the first frame of each end, ping and pong, commands, acks, the news of stopping.
    Control,
    /// Events, requests, answers and tunnel messages, in the order in which they were handed in.
    Bulk,
}
