//! What the server answers, as far as the script lets it.

use bytes::Bytes;
use depot::{Commit, DatabaseId, DirtyPage, Error as DepotError, Fence};
use envoy_protocol::bare::IntoOwned as _;
use envoy_protocol::latest;
use envoy_protocol::session::fence::Heads;
use envoy_protocol::session::{Server as Machine, ServerEvent};
use envoy_protocol::ws::Handle;

use crate::server::{Answered, Fate, Memory, Server, lock};

impl Server {
    pub(crate) fn event(&self, session: &Handle<Machine>, event: ServerEvent) {
        match event {
            ServerEvent::Event(event) => {
                session.with(|session, now| session.events_applied(&event.checkpoint, now));
                // A test that has seen enough may be gone.
                let _ = self.0.events.send(event);
            }
            ServerEvent::Stopping => {
                self.0.stopping.send_replace(true);
            }
            ServerEvent::GetPages(request) => {
                let request = request.get();
                lock(&self.0.seen)
                    .pages
                    .push(request.data.expected_head_txid);
                let fate = self.script().pages.pop_front();
                self.meet(
                    fate,
                    |error| {
                        let data = error.map_or_else(|| self.pages(&request.data), pages_error);
                        latest::ToEnvoy::ToEnvoySqliteGetPagesResponse(
                            latest::ToEnvoySqliteGetPagesResponse {
                                request_id: request.request_id,
                                data,
                            },
                        )
                    },
                    session,
                );
            }
            ServerEvent::Commit(request) => {
                let request = request.get();
                lock(&self.0.seen)
                    .commits
                    .push(request.data.expected_head_txid);
                let fate = self.script().commits.pop_front();
                self.meet(
                    fate,
                    |error| {
                        let data = error.map_or_else(
                            || self.commit(&request.data),
                            latest::SqliteCommitResponse::SqliteErrorResponse,
                        );
                        latest::ToEnvoy::ToEnvoySqliteCommitResponse(
                            latest::ToEnvoySqliteCommitResponse {
                                request_id: request.request_id,
                                data,
                            },
                        )
                    },
                    session,
                );
            }
            event @ (ServerEvent::Exec(_) | ServerEvent::Execute(_)) => self.sql(session, event),
            ServerEvent::Kv(request) => {
                lock(&self.0.seen).kv += 1;
                let request = request.get();
                let data = self.kv(request.actor_id, &request.data);
                let answer = latest::ToEnvoy::ToEnvoyKvResponse(latest::ToEnvoyKvResponse {
                    request_id: request.request_id,
                    data,
                });
                let _ = session.with(|session, _| session.answer(&answer));
            }
            ServerEvent::Tunnel(message) => self.gateway(message.get()),
            ServerEvent::Pong { .. } => *lock(&self.0.pongs) += 1,
            _ => {}
        }
    }

    fn sql(&self, session: &Handle<Machine>, event: ServerEvent) {
        match event {
            ServerEvent::Exec(request) => {
                let request = request.get();
                lock(&self.0.seen).sql.push(request.data.sql.to_owned());
                let fate = self.script().sql.pop_front();
                self.meet(
                    fate,
                    |error| {
                        let ok = latest::SqliteExecOk {
                            result: latest::SqliteQueryResult {
                                columns: vec!["a".to_owned()],
                                rows: Vec::new(),
                            },
                        };
                        let data = error.map_or(
                            latest::SqliteExecResponse::SqliteExecOk(ok),
                            latest::SqliteExecResponse::SqliteErrorResponse,
                        );
                        latest::ToEnvoy::ToEnvoySqliteExecResponse(
                            latest::ToEnvoySqliteExecResponse {
                                request_id: request.request_id,
                                data,
                            },
                        )
                    },
                    session,
                );
            }
            ServerEvent::Execute(request) => {
                let request = request.get();
                lock(&self.0.seen).sql.push(request.data.sql.to_owned());
                let fate = self.script().sql.pop_front();
                self.meet(
                    fate,
                    |error| {
                        let params = request.data.params.unwrap_or_default();
                        let row = params.iter().map(echo).collect();
                        let ok = latest::SqliteExecuteOk {
                            result: latest::SqliteExecuteResult {
                                columns: vec!["a".to_owned(); params.len()],
                                rows: vec![row],
                                changes: 1,
                                last_insert_row_id: Some(7),
                            },
                        };
                        let data = error.map_or(
                            latest::SqliteExecuteResponse::SqliteExecuteOk(ok),
                            latest::SqliteExecuteResponse::SqliteErrorResponse,
                        );
                        latest::ToEnvoy::ToEnvoySqliteExecuteResponse(
                            latest::ToEnvoySqliteExecuteResponse {
                                request_id: request.request_id,
                                data,
                            },
                        )
                    },
                    session,
                );
            }
            _ => {}
        }
    }

    /// Carries a request out and answers it, as far as its fate lets that happen.
    fn meet(
        &self,
        fate: Option<Fate>,
        carry_out: impl FnOnce(Option<latest::SqliteErrorResponse>) -> latest::ToEnvoy,
        session: &Handle<Machine>,
    ) {
        let answer = match fate {
            None => carry_out(None),
            Some(Fate::Error(group, code, message)) => carry_out(Some(error(group, code, message))),
            Some(Fate::LoseRequest) => return self.cut(),
            Some(Fate::LoseAnswer) => {
                let _lost = carry_out(None);
                return self.cut();
            }
            Some(Fate::Silence) => return,
            Some(Fate::Later(time)) => {
                let (answer, session) = (carry_out(None), session.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    // The connection may be gone by now.
                    let _ = session.with(|session, _| session.answer(&answer));
                });
                return;
            }
        };
        // The connection may be gone by now.
        let _ = session.with(|session, _| session.answer(&answer));
    }

    fn pages(&self, data: &latest::SqliteGetPagesRequestRef<'_>) -> latest::SqliteGetPagesResponse {
        let database = DatabaseId::new(data.actor_id).expect("a name");
        let fence = Fence {
            generation: data.expected_generation.expect("a generation"),
            head: data.expected_head_txid,
        };
        match self
            .0
            .depot
            .pages(&database, fence, data.pgnos.to_vec())
            .wait()
        {
            Ok(found) if found.head == 0 => pages_error(not_found()),
            Ok(found) => {
                let pages = found
                    .pages
                    .into_iter()
                    .map(|page| latest::SqliteFetchedPage {
                        pgno: page.number,
                        bytes: page.octets.map(|octets| octets.to_vec()),
                    });
                latest::SqliteGetPagesResponse::SqliteGetPagesOk(latest::SqliteGetPagesOk {
                    pages: pages.collect(),
                    head_txid: Some(found.head),
                })
            }
            Err(error) => pages_error(wire(&error)),
        }
    }

    fn commit(&self, data: &latest::SqliteCommitRequestRef<'_>) -> latest::SqliteCommitResponse {
        let database = DatabaseId::new(data.actor_id).expect("a name");
        let fence = Fence {
            generation: data.expected_generation.expect("a generation"),
            head: data.expected_head_txid,
        };
        let pages = data.dirty_pages.iter().map(|page| DirtyPage {
            number: page.pgno,
            octets: Bytes::copy_from_slice(page.bytes),
        });
        let commit =
            Commit::new(pages.collect(), data.db_size_pages, data.now_ms).expect("a commit");
        let committed = match self.0.depot.commit(&database, fence, commit).wait() {
            Ok(committed) => committed,
            Err(error) => return latest::SqliteCommitResponse::SqliteErrorResponse(wire(&error)),
        };
        if committed.applied == depot::Applied::Before && self.0.memory == Memory::Heads {
            let expected = data.expected_head_txid.unwrap_or_default();
            let error = wire(&DepotError::HeadFenceMismatch {
                expected,
                actual: committed.head,
            });
            return latest::SqliteCommitResponse::SqliteErrorResponse(error);
        }
        latest::SqliteCommitResponse::SqliteCommitOk(latest::SqliteCommitOk {
            head_txid: Some(committed.head),
        })
    }

    fn kv(&self, actor: &str, data: &latest::KvRequestDataRef<'_>) -> latest::KvResponseData {
        use latest::KvRequestDataRef as Ask;
        let mut kv = lock(&self.0.kv);
        let of = |key: &[u8]| (actor.to_owned(), key.to_vec());
        match data {
            Ask::KvGetRequest(get) => {
                let (keys, values): (Vec<_>, Vec<_>) = get
                    .keys
                    .iter()
                    .filter_map(|key| Some((key.to_vec(), kv.get(&of(key))?.clone())))
                    .unzip();
                let metadata = vec![METADATA; keys.len()];
                latest::KvResponseData::KvGetResponse(latest::KvGetResponse {
                    keys,
                    values,
                    metadata,
                })
            }
            Ask::KvPutRequest(put) => {
                for (key, value) in put.keys.iter().zip(put.values) {
                    kv.insert(of(key), value.to_vec());
                }
                latest::KvResponseData::KvPutResponse
            }
            Ask::KvDeleteRequest(delete) => {
                for key in delete.keys {
                    kv.remove(&of(key));
                }
                latest::KvResponseData::KvDeleteResponse
            }
            Ask::KvDeleteRangeRequest(range) => {
                kv.retain(|(of, key), _| {
                    of != actor || &key[..] < range.start || &key[..] >= range.end
                });
                latest::KvResponseData::KvDeleteResponse
            }
            Ask::KvDropRequest => {
                kv.retain(|(of, _), _| of != actor);
                latest::KvResponseData::KvDropResponse
            }
            Ask::KvListRequest(list) => {
                let matches = |key: &[u8]| match list.query {
                    latest::KvListQueryRef::KvListAllQuery => true,
                    latest::KvListQueryRef::KvListPrefixQuery(prefix) => {
                        key.starts_with(prefix.key)
                    }
                    latest::KvListQueryRef::KvListRangeQuery(range) => {
                        key >= range.start
                            && (key < range.end || !range.exclusive && key == range.end)
                    }
                };
                let mut found: Vec<_> = kv
                    .iter()
                    .filter(|((of, key), _)| of == actor && matches(key))
                    .map(|((_, key), value)| (key.clone(), value.clone()))
                    .collect();
                if list.reverse == Some(true) {
                    found.reverse();
                }
                let limit = list.limit.unwrap_or(16384);
                found.truncate(usize::try_from(limit).expect("a small number"));
                let metadata = vec![METADATA; found.len()];
                let (keys, values) = found.into_iter().unzip();
                latest::KvResponseData::KvListResponse(latest::KvListResponse {
                    keys,
                    values,
                    metadata,
                })
            }
        }
    }

    fn gateway(&self, message: &latest::ToRivetTunnelMessageRef<'_>) {
        let answered = match &message.message_kind {
            latest::ToRivetTunnelMessageKindRef::ToRivetResponseStart(start) => {
                Answered::Response {
                    status: start.status,
                    error: start
                        .headers
                        .into_iter()
                        .find(|(name, _)| *name == "x-rivet-error")
                        .map(|(_, value)| (*value).to_owned()),
                    body: Bytes::copy_from_slice(start.body.unwrap_or_default()),
                }
            }
            latest::ToRivetTunnelMessageKindRef::ToRivetResponseAbort => Answered::Aborted,
            kind => {
                lock(&self.0.websocket).push((*kind).into_owned());
                return;
            }
        };
        if let Some(waiting) = lock(&self.0.waiting).remove(&message.message_id.request_id) {
            let _ = waiting.send(answered);
        }
    }
}
const METADATA: latest::KvMetadata = latest::KvMetadata {
    version: Vec::new(),
    update_ts: 0,
};

fn echo(param: &latest::SqliteBindParamRef<'_>) -> latest::SqliteColumnValue {
    use latest::SqliteBindParamRef as Param;
    use latest::SqliteColumnValue as Column;
    match param {
        Param::SqliteValueNull => Column::SqliteValueNull,
        Param::SqliteValueInteger(value) => Column::SqliteValueInteger(*value),
        Param::SqliteValueFloat(value) => Column::SqliteValueFloat(*value),
        Param::SqliteValueText(text) => Column::SqliteValueText(latest::SqliteValueText {
            value: text.value.to_owned(),
        }),
        Param::SqliteValueBlob(blob) => Column::SqliteValueBlob(latest::SqliteValueBlob {
            value: blob.value.to_vec(),
        }),
    }
}

fn pages_error(error: latest::SqliteErrorResponse) -> latest::SqliteGetPagesResponse {
    latest::SqliteGetPagesResponse::SqliteErrorResponse(error)
}

fn error(group: &str, code: &str, message: impl Into<String>) -> latest::SqliteErrorResponse {
    latest::SqliteErrorResponse {
        group: group.to_owned(),
        code: code.to_owned(),
        message: message.into(),
    }
}

fn not_found() -> latest::SqliteErrorResponse {
    let text = "transaction failed: sqlite database was not found in this bucket branch";
    error("depot", "database_not_found", text)
}

/// An error of the depot, in the words of a Rivet engine.
fn wire(found: &DepotError) -> latest::SqliteErrorResponse {
    match *found {
        DepotError::HeadFenceMismatch { expected, actual } => {
            let text = Heads { expected, actual }.to_message();
            error(
                "depot",
                "head_fence_mismatch",
                format!("transaction failed: {text}"),
            )
        }
        DepotError::GenerationMismatch { .. } => {
            error("core", "internal_error", "actor does not exist")
        }
        DepotError::DatabaseNotFound { .. } => not_found(),
        ref other => error(other.group(), other.code(), other.to_string()),
    }
}
