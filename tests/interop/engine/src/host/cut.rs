//! Requests whose connection is cut.

use std::ops::ControlFlow::{Break, Continue};
use std::pin::Pin;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use envoy_protocol::bare::EncodeExt as _;
use envoy_protocol::latest::{KvRequestData, SqliteCommitRequest, SqliteGetPagesRequest};
use envoy_protocol::session::{Attempt, CommitEnd, HostEvent, RequestError, RequestKey};

use super::{Actor, Host, framed};
use crate::api::{NAMESPACE, PATIENCE};
use crate::relay::State;
use crate::server::Server;

/// What of a request does not arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lost {
    Request,
    Answer,
}

/// A request that ends without an answer.
pub(crate) enum Asked {
    Kv(String, KvRequestData),
    Pages(SqliteGetPagesRequest),
    Exec(Actor, String),
}

impl Host {
    /// Commits pages on a connection that is cut, and waits until the commit is decided.
    pub(crate) async fn commit_and_cut(
        &mut self,
        data: SqliteCommitRequest,
        lost: Lost,
    ) -> Result<CommitEnd> {
        let (size, data) = (data.to_bytes().len(), framed(&data)?);
        let gone = self.lose(lost, 1, size);
        let asked = self
            .session
            .with(|machine, now| machine.commit(*data.get(), Attempt::First, now + PATIENCE))?;
        gone.await?;
        self.relay.cut();
        self.take("a commit's end", PATIENCE, |event| match event {
            HostEvent::Commit { request, end } if request == asked => Break(end),
            other => Continue(other),
        })
        .await
    }

    /// Commits pages at a server that is killed once it has answered, before the answer has arrived, and started again.
    /// Waits until the commit is decided.
    pub(crate) async fn commit_and_kill(
        &mut self,
        data: SqliteCommitRequest,
        server: &mut Server,
    ) -> Result<CommitEnd> {
        let data = framed(&data)?;
        let gone = self.lose(Lost::Answer, 1, 0);
        let asked = self
            .session
            .with(|machine, now| machine.commit(*data.get(), Attempt::First, now + PATIENCE))?;
        gone.await?;
        server.kill().await?;
        self.relay.set(State::Open);
        server.start_again().await?;
        self.take("a commit's end", PATIENCE, |event| match event {
            HostEvent::Commit { request, end } if request == asked => Break(end),
            other => Continue(other),
        })
        .await
    }

    /// Sends requests, cuts the connection once the engine has answered them all and nothing of it has arrived, and
    /// waits until each has ended. Returns how, and how long after the cut.
    pub(crate) async fn ask_and_cut<const N: usize>(
        &mut self,
        asked: [Asked; N],
    ) -> Result<(Vec<RequestError>, Duration)> {
        let gone = self.lose(Lost::Answer, N, 0);
        let keys = self
            .session
            .with(|machine, now| -> Result<Vec<RequestKey>> {
                let deadline = now + PATIENCE;
                let ask = |asked: &Asked| -> Result<RequestKey> {
                    Ok(match asked {
                        Asked::Kv(actor, data) => {
                            machine.kv(actor, *framed(data)?.get(), deadline)?
                        }
                        Asked::Pages(data) => machine.get_pages(*framed(data)?.get(), deadline)?,
                        Asked::Exec(actor, sql) => {
                            machine.exec(*framed(&actor.exec(NAMESPACE, sql))?.get(), deadline)?
                        }
                    })
                };
                asked.iter().map(ask).collect()
            })?;
        gone.await?;
        let start = Instant::now();
        self.relay.cut();
        let mut ends = Vec::new();
        for key in keys {
            let end = self
                .take("a request's end", PATIENCE, |event| match event {
                    HostEvent::Kv { request, result } if request == key => Break(result.err()),
                    HostEvent::Pages { request, result } if request == key => Break(result.err()),
                    HostEvent::Exec { request, result } if request == key => Break(result.err()),
                    other => Continue(other),
                })
                .await?;
            ends.push(end.context("expected no answer, but found one")?);
        }
        Ok((ends, start.elapsed()))
    }

    /// From now on one direction is lost. The future waits until `requests`, or their octets, are.
    fn lose(
        &self,
        lost: Lost,
        requests: usize,
        octets: usize,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        match lost {
            Lost::Request => {
                self.relay.set(State::Deaf);
                Box::pin(self.relay.held(octets))
            }
            Lost::Answer => {
                self.relay.set(State::Mute);
                Box::pin(self.relay.answers(requests))
            }
        }
    }
}
