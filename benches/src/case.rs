//! The twelve messages with what is done to them.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use envoy_benches_peers::{Root, Task, WarmBuffer, floor, prost, rkyv, serde, vbare};
use envoy_protocol::bare::EncodeExt as _;
use envoy_protocol::v5::{ToEnvoy, ToRivet};

use crate::{messages, ours};

/// A message that is measured.
pub struct Case {
    /// A short name, unique.
    pub name: &'static str,
    /// What the message is made of, which decides the bars it has to hold.
    pub shape: Shape,
    make: fn() -> Message,
}

/// What a message is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Numbers of fixed size.
    Fixed,
    /// Many small fields.
    Structured,
    /// Rows of a result: structured, and nothing but unions.
    Rows,
    /// So many pages of a database.
    Pages(u32),
}

enum Message {
    ToRivet(ToRivet),
    ToEnvoy(ToEnvoy),
}

/// The messages, in the order of the table.
pub const CASES: &[Case] = &[
    Case {
        name: "Pong",
        shape: Shape::Fixed,
        make: || Message::ToRivet(messages::pong()),
    },
    Case {
        name: "Events",
        shape: Shape::Structured,
        make: || Message::ToRivet(messages::events()),
    },
    Case {
        name: "Commands",
        shape: Shape::Structured,
        make: || Message::ToEnvoy(messages::commands()),
    },
    Case {
        name: "RequestStart",
        shape: Shape::Structured,
        make: || Message::ToEnvoy(messages::request_start()),
    },
    Case {
        name: "WebSocketMessage",
        shape: Shape::Structured,
        make: || Message::ToEnvoy(messages::web_socket_message()),
    },
    Case {
        name: "GetPagesRequest",
        shape: Shape::Structured,
        make: || Message::ToRivet(messages::get_pages_request()),
    },
    Case {
        name: "GetPagesOk-1",
        shape: Shape::Pages(1),
        make: || Message::ToEnvoy(messages::get_pages_ok(1)),
    },
    Case {
        name: "GetPagesOk-16",
        shape: Shape::Pages(16),
        make: || Message::ToEnvoy(messages::get_pages_ok(16)),
    },
    Case {
        name: "GetPagesOk-256",
        shape: Shape::Pages(256),
        make: || Message::ToEnvoy(messages::get_pages_ok(256)),
    },
    Case {
        name: "CommitRequest-1",
        shape: Shape::Pages(1),
        make: || Message::ToRivet(messages::commit_request(1)),
    },
    Case {
        name: "CommitRequest-64",
        shape: Shape::Pages(64),
        make: || Message::ToRivet(messages::commit_request(64)),
    },
    Case {
        name: "ExecuteOk",
        shape: Shape::Rows,
        make: || Message::ToEnvoy(messages::execute_ok()),
    },
];

impl Case {
    /// The message's octets.
    #[must_use]
    pub fn octets(&self) -> Bytes {
        match (self.make)() {
            Message::ToRivet(value) => value.to_bytes(),
            Message::ToEnvoy(value) => value.to_bytes(),
        }
    }

    /// Every operation of the table, of every codec on this message, each checked to do what the others do.
    ///
    /// # Errors
    /// If a codec makes anything else of the message.
    pub fn tasks(&self) -> Result<Vec<Task>> {
        let octets = self.octets();
        let warm = WarmBuffer::new(octets.len());
        let root = self.root();
        let mut tasks = floor::tasks(root, &octets, &warm).context(self.name)?;
        tasks.extend(self.our_tasks(&warm)?);
        tasks.extend(vbare::tasks(root, &octets, &warm).context(self.name)?);
        tasks.extend(serde::tasks(root, &octets).context(self.name)?);
        tasks.extend(prost::tasks(root, &octets, &warm).context(self.name)?);
        tasks.extend(rkyv::tasks(root, &octets).context(self.name)?);
        Ok(tasks)
    }

    /// The operations whose instructions are counted: ours, those across versions too, and `vbare`'s.
    ///
    /// # Errors
    /// As [`tasks`](Self::tasks).
    pub fn counted_tasks(&self) -> Result<Vec<Task>> {
        let octets = self.octets();
        let warm = WarmBuffer::new(octets.len());
        let mut tasks = self.our_tasks(&warm)?;
        tasks.extend(
            match (self.make)() {
                Message::ToRivet(value) => ours::version_tasks(value, &warm),
                Message::ToEnvoy(value) => ours::version_tasks(value, &warm),
            }
            .context(self.name)?,
        );
        tasks.extend(vbare::tasks(self.root(), &octets, &warm).context(self.name)?);
        Ok(tasks)
    }

    fn our_tasks(&self, warm: &WarmBuffer) -> Result<Vec<Task>> {
        match (self.make)() {
            Message::ToRivet(value) => ours::tasks(value, warm),
            Message::ToEnvoy(value) => ours::tasks(value, warm),
        }
        .context(self.name)
    }

    fn root(&self) -> Root {
        match (self.make)() {
            Message::ToRivet(_) => Root::ToRivet,
            Message::ToEnvoy(_) => Root::ToEnvoy,
        }
    }
}
