// Written by `cargo xtask codegen` from protocol/v5.bare. Do not edit.
#![allow(
    clippy::all,
    clippy::pedantic,
    unused_imports,
    unused_mut,
    reason = "generated code"
)]
//! Version v5 of the schema, `protocol/v5.bare`.
//!
//! Envoy protocol, version 5, in the BARE schema language.
//!
//! The layouts are those of the Rivet engine's public envoy protocol, so names, order and types are fixed. This
//! version is released: the file is frozen, comments aside. How a version is added: README.md.
//!
//! A host (envoy) runs actors. A server (engine) decides which host runs which actor and stores their data; its
//! gateway takes requests from clients. On a WebSocket between the two, one binary frame is one `ToRivet` (the
//! host sends) or one `ToEnvoy` (the server sends), with no prefix: the connection was opened at this version.

use bare::{
    Decode, Decoded, Encode, Fault, IntoOwned, Lend, Map, MapKey, MapRef, Message, Place, Reader,
    Writer,
};

pub use super::v4::{
    ActorCheckpoint, ActorCheckpointRef, ActorConfig, ActorConfigRef, ActorIntent,
    ActorIntentSleep, ActorIntentStop, ActorName, ActorNameRef, ActorState, ActorStateRef,
    ActorStateRunning, ActorStateStopped, ActorStateStoppedRef, Command, CommandRef,
    CommandStartActor, CommandStartActorRef, CommandStopActor, CommandWrapper, CommandWrapperRef,
    Event, EventActorIntent, EventActorSetAlarm, EventActorStateUpdate, EventActorStateUpdateRef,
    EventRef, EventWrapper, EventWrapperRef, GatewayId, HibernatingRequest, Id, IdRef, Json,
    JsonRef, KvDeleteRangeRequest, KvDeleteRangeRequestRef, KvDeleteRequest, KvDeleteRequestRef,
    KvDeleteResponse, KvDropRequest, KvDropResponse, KvErrorResponse, KvErrorResponseRef,
    KvGetRequest, KvGetRequestRef, KvGetResponse, KvGetResponseRef, KvKey, KvKeyRef,
    KvListAllQuery, KvListPrefixQuery, KvListPrefixQueryRef, KvListQuery, KvListQueryRef,
    KvListRangeQuery, KvListRangeQueryRef, KvListRequest, KvListRequestRef, KvListResponse,
    KvListResponseRef, KvMetadata, KvMetadataRef, KvPutRequest, KvPutRequestRef, KvPutResponse,
    KvRequestData, KvRequestDataRef, KvResponseData, KvResponseDataRef, KvValue, KvValueRef,
    MessageId, MessageIndex, PreloadedKv, PreloadedKvEntry, PreloadedKvEntryRef, PreloadedKvRef,
    ProtocolMetadata, RequestId, SqliteBindParam, SqliteBindParamRef, SqliteColumnValue,
    SqliteColumnValueRef, SqliteCommitRequest, SqliteCommitRequestRef, SqliteDirtyPage,
    SqliteDirtyPageRef, SqliteExecOk, SqliteExecOkRef, SqliteExecRequest, SqliteExecRequestRef,
    SqliteExecuteOk, SqliteExecuteOkRef, SqliteExecuteRequest, SqliteExecuteRequestRef,
    SqliteExecuteResult, SqliteExecuteResultRef, SqliteFetchedPage, SqliteFetchedPageRef,
    SqliteGeneration, SqliteGetPagesRequest, SqliteGetPagesRequestRef, SqlitePageBytes,
    SqlitePageBytesRef, SqlitePgno, SqliteQueryResult, SqliteQueryResultRef, SqliteValueBlob,
    SqliteValueBlobRef, SqliteValueFloat, SqliteValueInteger, SqliteValueNull, SqliteValueText,
    SqliteValueTextRef, StopActorReason, StopCode, ToEnvoyAckEvents, ToEnvoyAckEventsRef,
    ToEnvoyCommands, ToEnvoyCommandsRef, ToEnvoyConnClose, ToEnvoyConnPing, ToEnvoyInit,
    ToEnvoyKvResponse, ToEnvoyKvResponseRef, ToEnvoyPing, ToEnvoyRequestAbort, ToEnvoyRequestChunk,
    ToEnvoyRequestChunkRef, ToEnvoyRequestStart, ToEnvoyRequestStartRef, ToEnvoyTunnelMessage,
    ToEnvoyTunnelMessageKind, ToEnvoyTunnelMessageKindRef, ToEnvoyTunnelMessageRef,
    ToEnvoyWebSocketClose, ToEnvoyWebSocketCloseRef, ToEnvoyWebSocketMessage,
    ToEnvoyWebSocketMessageRef, ToEnvoyWebSocketOpen, ToEnvoyWebSocketOpenRef, ToGatewayPong,
    ToOutboundActorStart, ToOutboundActorStartRef, ToRivetAckCommands, ToRivetAckCommandsRef,
    ToRivetEvents, ToRivetEventsRef, ToRivetKvRequest, ToRivetKvRequestRef, ToRivetMetadata,
    ToRivetMetadataRef, ToRivetPong, ToRivetResponseAbort, ToRivetResponseChunk,
    ToRivetResponseChunkRef, ToRivetResponseStart, ToRivetResponseStartRef,
    ToRivetSqliteCommitRequest, ToRivetSqliteCommitRequestRef, ToRivetSqliteExecRequest,
    ToRivetSqliteExecRequestRef, ToRivetSqliteExecuteRequest, ToRivetSqliteExecuteRequestRef,
    ToRivetSqliteGetPagesRequest, ToRivetSqliteGetPagesRequestRef, ToRivetStopping,
    ToRivetTunnelMessage, ToRivetTunnelMessageKind, ToRivetTunnelMessageKindRef,
    ToRivetTunnelMessageRef, ToRivetWebSocketClose, ToRivetWebSocketCloseRef,
    ToRivetWebSocketMessage, ToRivetWebSocketMessageAck, ToRivetWebSocketMessageRef,
    ToRivetWebSocketOpen,
};
/// [`SqliteGetPagesOk`] in either form: `SqliteGetPagesOk` owns its data, `SqliteGetPagesOkRef` borrows.
///
/// Answers `SqliteGetPagesRequest` with the pages.
///
/// Schema: `protocol/v5.bare`, line 219.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteGetPagesOkOf<Pages> {
    /// The pages that were asked for, in that order. More pages than asked may follow: a Rivet engine appends overflow
    /// pages of those it returns.
    pub pages: Pages,
    /// The head that the pages were read at: the txid to expect in the next request. None only where the answer comes
    /// from a v4 server; the host then goes on without a fence.
    pub head_txid: Option<u64>,
}
/// Answers `SqliteGetPagesRequest` with the pages.
///
/// Schema: `protocol/v5.bare`, line 219.
pub type SqliteGetPagesOk = SqliteGetPagesOkOf<Vec<SqliteFetchedPage>>;
/// [`SqliteGetPagesOk`] in its borrowed form.
pub type SqliteGetPagesOkRef<'a> = SqliteGetPagesOkOf<&'a [SqliteFetchedPageRef<'a>]>;
impl<Pages: Encode> Encode for SqliteGetPagesOkOf<Pages> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.pages.encoded_len() + self.head_txid.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.pages.encode(writer);
        self.head_txid.encode(writer)
    }
}
impl<Pages> Lend for SqliteGetPagesOkOf<Pages> {
    type Lent<'v>
        = SqliteGetPagesOkOf<&'v Pages>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteGetPagesOkOf<&Pages> {
        SqliteGetPagesOkOf {
            pages: &self.pages,
            head_txid: self.head_txid,
        }
    }
}
impl<'a> Decode<'a> for SqliteGetPagesOkRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, pages) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |head_txid| Self { pages, head_txid }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a [SqliteFetchedPageRef<'a>] as Decode>::verify_from(reader)?;
        <Option<u64> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteGetPagesOkRef<'_> {
    type Owned = SqliteGetPagesOk;
    #[inline]
    fn into_owned(self) -> SqliteGetPagesOk {
        SqliteGetPagesOk {
            pages: self.pages.into_owned(),
            head_txid: self.head_txid,
        }
    }
}
impl Message for SqliteGetPagesOk {
    type Ref<'a> = SqliteGetPagesOkRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_GET_PAGES_OK;
    fn shorten<'s, 'l: 's>(value: &'s SqliteGetPagesOkRef<'l>) -> &'s SqliteGetPagesOkRef<'s> {
        value
    }
}
/// [`SqliteErrorResponse`] in either form: `SqliteErrorResponse` owns its data, `SqliteErrorResponseRef` borrows.
///
/// The server could not carry out a request for pages, a commit or remote SQL.
///
/// Group `depot` with code `head_fence_mismatch` is the head fence: the database's head is not the one that the request
/// expected, and nothing was read or written. A second instance of the actor has committed, so for the host this is
/// fatal: it stops that generation and writes nothing more for it. The one other cause is a commit of the host's own
/// whose answer was lost and which it sends again: the actual head is then the expected one plus one.
///
/// Schema: `protocol/v5.bare`, line 234.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteErrorResponseOf<Str> {
    /// The part of the server that the error comes from: `depot`, `sqlite` or `core`, say.
    pub group: Str,
    /// The error within its group, such as `head_fence_mismatch`, `database_not_found` and `commit_too_large` of `depot`,
    /// or `invalid_request` of `sqlite`. `internal_error` of `core` is any error without a code of its own.
    pub code: Str,
    /// What went wrong, for people. For a head fence mismatch it names both txids.
    pub message: Str,
}
/// The server could not carry out a request for pages, a commit or remote SQL.
///
/// Group `depot` with code `head_fence_mismatch` is the head fence: the database's head is not the one that the request
/// expected, and nothing was read or written. A second instance of the actor has committed, so for the host this is
/// fatal: it stops that generation and writes nothing more for it. The one other cause is a commit of the host's own
/// whose answer was lost and which it sends again: the actual head is then the expected one plus one.
///
/// Schema: `protocol/v5.bare`, line 234.
pub type SqliteErrorResponse = SqliteErrorResponseOf<String>;
/// [`SqliteErrorResponse`] in its borrowed form.
pub type SqliteErrorResponseRef<'a> = SqliteErrorResponseOf<&'a str>;
impl<Str: Encode> Encode for SqliteErrorResponseOf<Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.group.encoded_len() + self.code.encoded_len() + self.message.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.group.encode(writer);
        writer = self.code.encode(writer);
        self.message.encode(writer)
    }
}
impl<Str> Lend for SqliteErrorResponseOf<Str> {
    type Lent<'v>
        = SqliteErrorResponseOf<&'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteErrorResponseOf<&Str> {
        SqliteErrorResponseOf {
            group: &self.group,
            code: &self.code,
            message: &self.message,
        }
    }
}
impl<'a> Decode<'a> for SqliteErrorResponseRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let group = reader.str()?;
        let code = reader.str()?;
        let message = reader.str()?;
        Ok((
            reader,
            place.put(Self {
                group,
                code,
                message,
            }),
        ))
    }
}
impl IntoOwned for SqliteErrorResponseRef<'_> {
    type Owned = SqliteErrorResponse;
    #[inline]
    fn into_owned(self) -> SqliteErrorResponse {
        SqliteErrorResponse {
            group: self.group.into_owned(),
            code: self.code.into_owned(),
            message: self.message.into_owned(),
        }
    }
}
impl Message for SqliteErrorResponse {
    type Ref<'a> = SqliteErrorResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_ERROR_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteErrorResponseRef<'l>,
    ) -> &'s SqliteErrorResponseRef<'s> {
        value
    }
}
/// [`SqliteGetPagesResponse`] in either form: `SqliteGetPagesResponse` owns its data, `SqliteGetPagesResponseRef` borrows.
///
/// What the server answers to a `SqliteGetPagesRequest`.
///
/// Schema: `protocol/v5.bare`, line 245.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteGetPagesResponseOf<Pages, Str> {
    /// Tag 0: `SqliteGetPagesOk`.
    SqliteGetPagesOk(SqliteGetPagesOkOf<Pages>),
    /// Tag 1: `SqliteErrorResponse`.
    SqliteErrorResponse(SqliteErrorResponseOf<Str>),
}
/// What the server answers to a `SqliteGetPagesRequest`.
///
/// Schema: `protocol/v5.bare`, line 245.
pub type SqliteGetPagesResponse = SqliteGetPagesResponseOf<Vec<SqliteFetchedPage>, String>;
/// [`SqliteGetPagesResponse`] in its borrowed form.
pub type SqliteGetPagesResponseRef<'a> =
    SqliteGetPagesResponseOf<&'a [SqliteFetchedPageRef<'a>], &'a str>;
impl<Pages: Encode, Str: Encode> Encode for SqliteGetPagesResponseOf<Pages, Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteGetPagesOk(value) => 1 + value.encoded_len(),
            Self::SqliteErrorResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteGetPagesOk(value) => writer.member(0, value),
            Self::SqliteErrorResponse(value) => writer.member(1, value),
        }
    }
}
impl<Pages, Str> Lend for SqliteGetPagesResponseOf<Pages, Str> {
    type Lent<'v>
        = SqliteGetPagesResponseOf<&'v Pages, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteGetPagesResponseOf<&Pages, &Str> {
        match self {
            Self::SqliteGetPagesOk(value) => {
                SqliteGetPagesResponseOf::SqliteGetPagesOk(value.lend())
            }
            Self::SqliteErrorResponse(value) => {
                SqliteGetPagesResponseOf::SqliteErrorResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for SqliteGetPagesResponseRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::SqliteGetPagesOk)),
            1 => Decode::decode_in(reader, place.map(Self::SqliteErrorResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <SqliteGetPagesOkRef<'a> as Decode>::verify_from(reader),
            1 => <SqliteErrorResponseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteGetPagesResponseRef<'_> {
    type Owned = SqliteGetPagesResponse;
    #[inline]
    fn into_owned(self) -> SqliteGetPagesResponse {
        match self {
            Self::SqliteGetPagesOk(value) => {
                SqliteGetPagesResponse::SqliteGetPagesOk(value.into_owned())
            }
            Self::SqliteErrorResponse(value) => {
                SqliteGetPagesResponse::SqliteErrorResponse(value.into_owned())
            }
        }
    }
}
impl Message for SqliteGetPagesResponse {
    type Ref<'a> = SqliteGetPagesResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_GET_PAGES_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteGetPagesResponseRef<'l>,
    ) -> &'s SqliteGetPagesResponseRef<'s> {
        value
    }
}
/// Answers `SqliteCommitRequest`: the transaction is durable.
///
/// Schema: `protocol/v5.bare`, line 273.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteCommitOk {
    /// The txid of this commit, which is the database's head now: the one to expect in the next request. None only where
    /// the answer comes from a v4 server; the host then adds one to the head it knew, if it knew one.
    pub head_txid: Option<u64>,
}
impl Encode for SqliteCommitOk {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.head_txid.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.head_txid.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteCommitOk {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        Decode::decode_in(reader, place.map(move |head_txid| Self { head_txid }))
    }
}
impl IntoOwned for SqliteCommitOk {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for SqliteCommitOk {
    type Ref<'a> = SqliteCommitOk;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_COMMIT_OK;
    fn shorten<'s, 'l: 's>(value: &'s SqliteCommitOk) -> &'s SqliteCommitOk {
        value
    }
}
/// [`SqliteCommitResponse`] in either form: `SqliteCommitResponse` owns its data, `SqliteCommitResponseRef` borrows.
///
/// What the server answers to a `SqliteCommitRequest`.
///
/// Schema: `protocol/v5.bare`, line 280.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteCommitResponseOf<Str> {
    /// Tag 0: `SqliteCommitOk`.
    SqliteCommitOk(SqliteCommitOk),
    /// Tag 1: `SqliteErrorResponse`.
    SqliteErrorResponse(SqliteErrorResponseOf<Str>),
}
/// What the server answers to a `SqliteCommitRequest`.
///
/// Schema: `protocol/v5.bare`, line 280.
pub type SqliteCommitResponse = SqliteCommitResponseOf<String>;
/// [`SqliteCommitResponse`] in its borrowed form.
pub type SqliteCommitResponseRef<'a> = SqliteCommitResponseOf<&'a str>;
impl<Str: Encode> Encode for SqliteCommitResponseOf<Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteCommitOk(value) => 1 + value.encoded_len(),
            Self::SqliteErrorResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteCommitOk(value) => writer.member(0, value),
            Self::SqliteErrorResponse(value) => writer.member(1, value),
        }
    }
}
impl<Str> Lend for SqliteCommitResponseOf<Str> {
    type Lent<'v>
        = SqliteCommitResponseOf<&'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteCommitResponseOf<&Str> {
        match self {
            Self::SqliteCommitOk(value) => SqliteCommitResponseOf::SqliteCommitOk(*value),
            Self::SqliteErrorResponse(value) => {
                SqliteCommitResponseOf::SqliteErrorResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for SqliteCommitResponseRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::SqliteCommitOk)),
            1 => Decode::decode_in(reader, place.map(Self::SqliteErrorResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteCommitResponseRef<'_> {
    type Owned = SqliteCommitResponse;
    #[inline]
    fn into_owned(self) -> SqliteCommitResponse {
        match self {
            Self::SqliteCommitOk(value) => SqliteCommitResponse::SqliteCommitOk(value.into_owned()),
            Self::SqliteErrorResponse(value) => {
                SqliteCommitResponse::SqliteErrorResponse(value.into_owned())
            }
        }
    }
}
impl Message for SqliteCommitResponse {
    type Ref<'a> = SqliteCommitResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_COMMIT_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteCommitResponseRef<'l>,
    ) -> &'s SqliteCommitResponseRef<'s> {
        value
    }
}
/// [`SqliteExecResponse`] in either form: `SqliteExecResponse` owns its data, `SqliteExecResponseRef` borrows.
///
/// What the server answers to a `SqliteExecRequest`.
///
/// Schema: `protocol/v5.bare`, line 395.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteExecResponseOf<SqliteExecOk, Str> {
    /// Tag 0: `SqliteExecOk`.
    SqliteExecOk(SqliteExecOk),
    /// Tag 1: `SqliteErrorResponse`.
    SqliteErrorResponse(SqliteErrorResponseOf<Str>),
}
/// What the server answers to a `SqliteExecRequest`.
///
/// Schema: `protocol/v5.bare`, line 395.
pub type SqliteExecResponse = SqliteExecResponseOf<SqliteExecOk, String>;
/// [`SqliteExecResponse`] in its borrowed form.
pub type SqliteExecResponseRef<'a> = SqliteExecResponseOf<SqliteExecOkRef<'a>, &'a str>;
impl<SqliteExecOk: Encode, Str: Encode> Encode for SqliteExecResponseOf<SqliteExecOk, Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteExecOk(value) => 1 + value.encoded_len(),
            Self::SqliteErrorResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteExecOk(value) => writer.member(0, value),
            Self::SqliteErrorResponse(value) => writer.member(1, value),
        }
    }
}
impl<SqliteExecOk, Str> Lend for SqliteExecResponseOf<SqliteExecOk, Str> {
    type Lent<'v>
        = SqliteExecResponseOf<&'v SqliteExecOk, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteExecResponseOf<&SqliteExecOk, &Str> {
        match self {
            Self::SqliteExecOk(value) => SqliteExecResponseOf::SqliteExecOk(value),
            Self::SqliteErrorResponse(value) => {
                SqliteExecResponseOf::SqliteErrorResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for SqliteExecResponseRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::SqliteExecOk)),
            1 => Decode::decode_in(reader, place.map(Self::SqliteErrorResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <SqliteExecOkRef<'a> as Decode>::verify_from(reader),
            1 => <SqliteErrorResponseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteExecResponseRef<'_> {
    type Owned = SqliteExecResponse;
    #[inline]
    fn into_owned(self) -> SqliteExecResponse {
        match self {
            Self::SqliteExecOk(value) => SqliteExecResponse::SqliteExecOk(value.into_owned()),
            Self::SqliteErrorResponse(value) => {
                SqliteExecResponse::SqliteErrorResponse(value.into_owned())
            }
        }
    }
}
impl Message for SqliteExecResponse {
    type Ref<'a> = SqliteExecResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXEC_RESPONSE;
    fn shorten<'s, 'l: 's>(value: &'s SqliteExecResponseRef<'l>) -> &'s SqliteExecResponseRef<'s> {
        value
    }
}
/// [`SqliteExecuteResponse`] in either form: `SqliteExecuteResponse` owns its data, `SqliteExecuteResponseRef` borrows.
///
/// What the server answers to a `SqliteExecuteRequest`.
///
/// Schema: `protocol/v5.bare`, line 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteExecuteResponseOf<SqliteExecuteOk, Str> {
    /// Tag 0: `SqliteExecuteOk`.
    SqliteExecuteOk(SqliteExecuteOk),
    /// Tag 1: `SqliteErrorResponse`.
    SqliteErrorResponse(SqliteErrorResponseOf<Str>),
}
/// What the server answers to a `SqliteExecuteRequest`.
///
/// Schema: `protocol/v5.bare`, line 401.
pub type SqliteExecuteResponse = SqliteExecuteResponseOf<SqliteExecuteOk, String>;
/// [`SqliteExecuteResponse`] in its borrowed form.
pub type SqliteExecuteResponseRef<'a> = SqliteExecuteResponseOf<SqliteExecuteOkRef<'a>, &'a str>;
impl<SqliteExecuteOk: Encode, Str: Encode> Encode
    for SqliteExecuteResponseOf<SqliteExecuteOk, Str>
{
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteExecuteOk(value) => 1 + value.encoded_len(),
            Self::SqliteErrorResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteExecuteOk(value) => writer.member(0, value),
            Self::SqliteErrorResponse(value) => writer.member(1, value),
        }
    }
}
impl<SqliteExecuteOk, Str> Lend for SqliteExecuteResponseOf<SqliteExecuteOk, Str> {
    type Lent<'v>
        = SqliteExecuteResponseOf<&'v SqliteExecuteOk, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteExecuteResponseOf<&SqliteExecuteOk, &Str> {
        match self {
            Self::SqliteExecuteOk(value) => SqliteExecuteResponseOf::SqliteExecuteOk(value),
            Self::SqliteErrorResponse(value) => {
                SqliteExecuteResponseOf::SqliteErrorResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for SqliteExecuteResponseRef<'a> {
    const MIN_SIZE: usize = 4;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::SqliteExecuteOk)),
            1 => Decode::decode_in(reader, place.map(Self::SqliteErrorResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <SqliteExecuteOkRef<'a> as Decode>::verify_from(reader),
            1 => <SqliteErrorResponseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteExecuteResponseRef<'_> {
    type Owned = SqliteExecuteResponse;
    #[inline]
    fn into_owned(self) -> SqliteExecuteResponse {
        match self {
            Self::SqliteExecuteOk(value) => {
                SqliteExecuteResponse::SqliteExecuteOk(value.into_owned())
            }
            Self::SqliteErrorResponse(value) => {
                SqliteExecuteResponse::SqliteErrorResponse(value.into_owned())
            }
        }
    }
}
impl Message for SqliteExecuteResponse {
    type Ref<'a> = SqliteExecuteResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXECUTE_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteExecuteResponseRef<'l>,
    ) -> &'s SqliteExecuteResponseRef<'s> {
        value
    }
}
/// [`ActorCommandKeyData`] in either form: `ActorCommandKeyData` owns its data, `ActorCommandKeyDataRef` borrows.
///
/// A root: a command as the server stores it until it is acknowledged, with the version embedded in front. Actor,
/// generation and index are in the key that it is stored under.
///
/// Schema: `protocol/v5.bare`, line 598.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ActorCommandKeyDataOf<CommandStartActor> {
    /// Tag 0: `CommandStartActor`.
    CommandStartActor(CommandStartActor),
    /// Tag 1: `CommandStopActor`.
    CommandStopActor(CommandStopActor),
}
/// A root: a command as the server stores it until it is acknowledged, with the version embedded in front. Actor,
/// generation and index are in the key that it is stored under.
///
/// Schema: `protocol/v5.bare`, line 598.
pub type ActorCommandKeyData = ActorCommandKeyDataOf<CommandStartActor>;
/// [`ActorCommandKeyData`] in its borrowed form.
pub type ActorCommandKeyDataRef<'a> = ActorCommandKeyDataOf<CommandStartActorRef<'a>>;
impl<CommandStartActor: Encode> Encode for ActorCommandKeyDataOf<CommandStartActor> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::CommandStartActor(value) => 1 + value.encoded_len(),
            Self::CommandStopActor(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::CommandStartActor(value) => writer.member(0, value),
            Self::CommandStopActor(value) => writer.member(1, value),
        }
    }
}
impl<CommandStartActor> Lend for ActorCommandKeyDataOf<CommandStartActor> {
    type Lent<'v>
        = ActorCommandKeyDataOf<&'v CommandStartActor>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ActorCommandKeyDataOf<&CommandStartActor> {
        match self {
            Self::CommandStartActor(value) => ActorCommandKeyDataOf::CommandStartActor(value),
            Self::CommandStopActor(value) => ActorCommandKeyDataOf::CommandStopActor(*value),
        }
    }
}
impl<'a> Decode<'a> for ActorCommandKeyDataRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::CommandStartActor)),
            1 => Decode::decode_in(reader, place.map(Self::CommandStopActor)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <CommandStartActorRef<'a> as Decode>::verify_from(reader),
            1 => <CommandStopActor as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ActorCommandKeyDataRef<'_> {
    type Owned = ActorCommandKeyData;
    #[inline]
    fn into_owned(self) -> ActorCommandKeyData {
        match self {
            Self::CommandStartActor(value) => {
                ActorCommandKeyData::CommandStartActor(value.into_owned())
            }
            Self::CommandStopActor(value) => {
                ActorCommandKeyData::CommandStopActor(value.into_owned())
            }
        }
    }
}
impl Message for ActorCommandKeyData {
    type Ref<'a> = ActorCommandKeyDataRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::ACTOR_COMMAND_KEY_DATA;
    fn shorten<'s, 'l: 's>(
        value: &'s ActorCommandKeyDataRef<'l>,
    ) -> &'s ActorCommandKeyDataRef<'s> {
        value
    }
}
/// [`ToRivet`] in either form: `ToRivet` owns its data, `ToRivetRef` borrows.
///
/// A root: everything that a host sends to the server on its WebSocket, one of these per frame.
///
/// Schema: `protocol/v5.bare`, line 856.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToRivetOf<
    ToRivetMetadata,
    ToRivetEvents,
    ToRivetAckCommands,
    ToRivetKvRequest,
    ToRivetTunnelMessage,
    ToRivetSqliteGetPagesRequest,
    ToRivetSqliteCommitRequest,
    ToRivetSqliteExecRequest,
    ToRivetSqliteExecuteRequest,
> {
    /// Tag 0: `ToRivetMetadata`.
    ToRivetMetadata(ToRivetMetadata),
    /// Tag 1: `ToRivetEvents`.
    ToRivetEvents(ToRivetEvents),
    /// Tag 2: `ToRivetAckCommands`.
    ToRivetAckCommands(ToRivetAckCommands),
    /// Tag 3: `ToRivetStopping`.
    ToRivetStopping,
    /// Tag 4: `ToRivetPong`.
    ToRivetPong(ToRivetPong),
    /// Tag 5: `ToRivetKvRequest`.
    ToRivetKvRequest(ToRivetKvRequest),
    /// Tag 6: `ToRivetTunnelMessage`.
    ToRivetTunnelMessage(ToRivetTunnelMessage),
    /// Tag 7: `ToRivetSqliteGetPagesRequest`.
    ToRivetSqliteGetPagesRequest(ToRivetSqliteGetPagesRequest),
    /// Tag 8: `ToRivetSqliteCommitRequest`.
    ToRivetSqliteCommitRequest(ToRivetSqliteCommitRequest),
    /// Tag 9: `ToRivetSqliteExecRequest`.
    ToRivetSqliteExecRequest(ToRivetSqliteExecRequest),
    /// Tag 10: `ToRivetSqliteExecuteRequest`.
    ToRivetSqliteExecuteRequest(ToRivetSqliteExecuteRequest),
}
/// A root: everything that a host sends to the server on its WebSocket, one of these per frame.
///
/// Schema: `protocol/v5.bare`, line 856.
pub type ToRivet = ToRivetOf<
    ToRivetMetadata,
    ToRivetEvents,
    ToRivetAckCommands,
    ToRivetKvRequest,
    ToRivetTunnelMessage,
    ToRivetSqliteGetPagesRequest,
    ToRivetSqliteCommitRequest,
    ToRivetSqliteExecRequest,
    ToRivetSqliteExecuteRequest,
>;
/// [`ToRivet`] in its borrowed form.
pub type ToRivetRef<'a> = ToRivetOf<
    ToRivetMetadataRef<'a>,
    ToRivetEventsRef<'a>,
    ToRivetAckCommandsRef<'a>,
    ToRivetKvRequestRef<'a>,
    ToRivetTunnelMessageRef<'a>,
    ToRivetSqliteGetPagesRequestRef<'a>,
    ToRivetSqliteCommitRequestRef<'a>,
    ToRivetSqliteExecRequestRef<'a>,
    ToRivetSqliteExecuteRequestRef<'a>,
>;
impl<
    ToRivetMetadata: Encode,
    ToRivetEvents: Encode,
    ToRivetAckCommands: Encode,
    ToRivetKvRequest: Encode,
    ToRivetTunnelMessage: Encode,
    ToRivetSqliteGetPagesRequest: Encode,
    ToRivetSqliteCommitRequest: Encode,
    ToRivetSqliteExecRequest: Encode,
    ToRivetSqliteExecuteRequest: Encode,
> Encode
    for ToRivetOf<
        ToRivetMetadata,
        ToRivetEvents,
        ToRivetAckCommands,
        ToRivetKvRequest,
        ToRivetTunnelMessage,
        ToRivetSqliteGetPagesRequest,
        ToRivetSqliteCommitRequest,
        ToRivetSqliteExecRequest,
        ToRivetSqliteExecuteRequest,
    >
{
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToRivetMetadata(value) => 1 + value.encoded_len(),
            Self::ToRivetEvents(value) => 1 + value.encoded_len(),
            Self::ToRivetAckCommands(value) => 1 + value.encoded_len(),
            Self::ToRivetStopping => 1,
            Self::ToRivetPong(value) => 1 + value.encoded_len(),
            Self::ToRivetKvRequest(value) => 1 + value.encoded_len(),
            Self::ToRivetTunnelMessage(value) => 1 + value.encoded_len(),
            Self::ToRivetSqliteGetPagesRequest(value) => 1 + value.encoded_len(),
            Self::ToRivetSqliteCommitRequest(value) => 1 + value.encoded_len(),
            Self::ToRivetSqliteExecRequest(value) => 1 + value.encoded_len(),
            Self::ToRivetSqliteExecuteRequest(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToRivetMetadata(value) => writer.member(0, value),
            Self::ToRivetEvents(value) => writer.member(1, value),
            Self::ToRivetAckCommands(value) => writer.member(2, value),
            Self::ToRivetStopping => {
                writer.octet(3);
                writer
            }
            Self::ToRivetPong(value) => writer.member(4, value),
            Self::ToRivetKvRequest(value) => writer.member(5, value),
            Self::ToRivetTunnelMessage(value) => writer.member(6, value),
            Self::ToRivetSqliteGetPagesRequest(value) => writer.member(7, value),
            Self::ToRivetSqliteCommitRequest(value) => writer.member(8, value),
            Self::ToRivetSqliteExecRequest(value) => writer.member(9, value),
            Self::ToRivetSqliteExecuteRequest(value) => writer.member(10, value),
        }
    }
}
impl<
    ToRivetMetadata,
    ToRivetEvents,
    ToRivetAckCommands,
    ToRivetKvRequest,
    ToRivetTunnelMessage,
    ToRivetSqliteGetPagesRequest,
    ToRivetSqliteCommitRequest,
    ToRivetSqliteExecRequest,
    ToRivetSqliteExecuteRequest,
> Lend
    for ToRivetOf<
        ToRivetMetadata,
        ToRivetEvents,
        ToRivetAckCommands,
        ToRivetKvRequest,
        ToRivetTunnelMessage,
        ToRivetSqliteGetPagesRequest,
        ToRivetSqliteCommitRequest,
        ToRivetSqliteExecRequest,
        ToRivetSqliteExecuteRequest,
    >
{
    type Lent<'v>
        = ToRivetOf<
        &'v ToRivetMetadata,
        &'v ToRivetEvents,
        &'v ToRivetAckCommands,
        &'v ToRivetKvRequest,
        &'v ToRivetTunnelMessage,
        &'v ToRivetSqliteGetPagesRequest,
        &'v ToRivetSqliteCommitRequest,
        &'v ToRivetSqliteExecRequest,
        &'v ToRivetSqliteExecuteRequest,
    >
    where
        Self: 'v;
    #[inline]
    fn lend(
        &self,
    ) -> ToRivetOf<
        &ToRivetMetadata,
        &ToRivetEvents,
        &ToRivetAckCommands,
        &ToRivetKvRequest,
        &ToRivetTunnelMessage,
        &ToRivetSqliteGetPagesRequest,
        &ToRivetSqliteCommitRequest,
        &ToRivetSqliteExecRequest,
        &ToRivetSqliteExecuteRequest,
    > {
        match self {
            Self::ToRivetMetadata(value) => ToRivetOf::ToRivetMetadata(value),
            Self::ToRivetEvents(value) => ToRivetOf::ToRivetEvents(value),
            Self::ToRivetAckCommands(value) => ToRivetOf::ToRivetAckCommands(value),
            Self::ToRivetStopping => ToRivetOf::ToRivetStopping,
            Self::ToRivetPong(value) => ToRivetOf::ToRivetPong(*value),
            Self::ToRivetKvRequest(value) => ToRivetOf::ToRivetKvRequest(value),
            Self::ToRivetTunnelMessage(value) => ToRivetOf::ToRivetTunnelMessage(value),
            Self::ToRivetSqliteGetPagesRequest(value) => {
                ToRivetOf::ToRivetSqliteGetPagesRequest(value)
            }
            Self::ToRivetSqliteCommitRequest(value) => ToRivetOf::ToRivetSqliteCommitRequest(value),
            Self::ToRivetSqliteExecRequest(value) => ToRivetOf::ToRivetSqliteExecRequest(value),
            Self::ToRivetSqliteExecuteRequest(value) => {
                ToRivetOf::ToRivetSqliteExecuteRequest(value)
            }
        }
    }
}
impl<'a> Decode<'a> for ToRivetRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToRivetMetadata)),
            1 => Decode::decode_in(reader, place.map(Self::ToRivetEvents)),
            2 => Decode::decode_in(reader, place.map(Self::ToRivetAckCommands)),
            3 => Ok((reader, place.put(Self::ToRivetStopping))),
            4 => Decode::decode_in(reader, place.map(Self::ToRivetPong)),
            5 => Decode::decode_in(reader, place.map(Self::ToRivetKvRequest)),
            6 => Decode::decode_in(reader, place.map(Self::ToRivetTunnelMessage)),
            7 => Decode::decode_in(reader, place.map(Self::ToRivetSqliteGetPagesRequest)),
            8 => Decode::decode_in(reader, place.map(Self::ToRivetSqliteCommitRequest)),
            9 => Decode::decode_in(reader, place.map(Self::ToRivetSqliteExecRequest)),
            10 => Decode::decode_in(reader, place.map(Self::ToRivetSqliteExecuteRequest)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToRivetMetadataRef<'a> as Decode>::verify_from(reader),
            1 => <ToRivetEventsRef<'a> as Decode>::verify_from(reader),
            2 => <ToRivetAckCommandsRef<'a> as Decode>::verify_from(reader),
            3 => Ok(reader),
            4 => <ToRivetPong as Decode>::verify_from(reader),
            5 => <ToRivetKvRequestRef<'a> as Decode>::verify_from(reader),
            6 => <ToRivetTunnelMessageRef<'a> as Decode>::verify_from(reader),
            7 => <ToRivetSqliteGetPagesRequestRef<'a> as Decode>::verify_from(reader),
            8 => <ToRivetSqliteCommitRequestRef<'a> as Decode>::verify_from(reader),
            9 => <ToRivetSqliteExecRequestRef<'a> as Decode>::verify_from(reader),
            10 => <ToRivetSqliteExecuteRequestRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToRivetRef<'_> {
    type Owned = ToRivet;
    #[inline]
    fn into_owned(self) -> ToRivet {
        match self {
            Self::ToRivetMetadata(value) => ToRivet::ToRivetMetadata(value.into_owned()),
            Self::ToRivetEvents(value) => ToRivet::ToRivetEvents(value.into_owned()),
            Self::ToRivetAckCommands(value) => ToRivet::ToRivetAckCommands(value.into_owned()),
            Self::ToRivetStopping => ToRivet::ToRivetStopping,
            Self::ToRivetPong(value) => ToRivet::ToRivetPong(value.into_owned()),
            Self::ToRivetKvRequest(value) => ToRivet::ToRivetKvRequest(value.into_owned()),
            Self::ToRivetTunnelMessage(value) => ToRivet::ToRivetTunnelMessage(value.into_owned()),
            Self::ToRivetSqliteGetPagesRequest(value) => {
                ToRivet::ToRivetSqliteGetPagesRequest(value.into_owned())
            }
            Self::ToRivetSqliteCommitRequest(value) => {
                ToRivet::ToRivetSqliteCommitRequest(value.into_owned())
            }
            Self::ToRivetSqliteExecRequest(value) => {
                ToRivet::ToRivetSqliteExecRequest(value.into_owned())
            }
            Self::ToRivetSqliteExecuteRequest(value) => {
                ToRivet::ToRivetSqliteExecuteRequest(value.into_owned())
            }
        }
    }
}
impl Message for ToRivet {
    type Ref<'a> = ToRivetRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET;
    fn shorten<'s, 'l: 's>(value: &'s ToRivetRef<'l>) -> &'s ToRivetRef<'s> {
        value
    }
}
/// [`ToEnvoySqliteGetPagesResponse`] in either form: `ToEnvoySqliteGetPagesResponse` owns its data, `ToEnvoySqliteGetPagesResponseRef` borrows.
///
/// Answers `ToRivetSqliteGetPagesRequest`. Sent by the server.
///
/// Schema: `protocol/v5.bare`, line 913.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoySqliteGetPagesResponseOf<Pages, Str> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: SqliteGetPagesResponseOf<Pages, Str>,
}
/// Answers `ToRivetSqliteGetPagesRequest`. Sent by the server.
///
/// Schema: `protocol/v5.bare`, line 913.
pub type ToEnvoySqliteGetPagesResponse =
    ToEnvoySqliteGetPagesResponseOf<Vec<SqliteFetchedPage>, String>;
/// [`ToEnvoySqliteGetPagesResponse`] in its borrowed form.
pub type ToEnvoySqliteGetPagesResponseRef<'a> =
    ToEnvoySqliteGetPagesResponseOf<&'a [SqliteFetchedPageRef<'a>], &'a str>;
impl<Pages: Encode, Str: Encode> Encode for ToEnvoySqliteGetPagesResponseOf<Pages, Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<Pages, Str> Lend for ToEnvoySqliteGetPagesResponseOf<Pages, Str> {
    type Lent<'v>
        = ToEnvoySqliteGetPagesResponseOf<&'v Pages, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoySqliteGetPagesResponseOf<&Pages, &Str> {
        ToEnvoySqliteGetPagesResponseOf {
            request_id: self.request_id,
            data: self.data.lend(),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoySqliteGetPagesResponseRef<'a> {
    const MIN_SIZE: usize = 7;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteGetPagesResponseRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoySqliteGetPagesResponseRef<'_> {
    type Owned = ToEnvoySqliteGetPagesResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoySqliteGetPagesResponse {
        ToEnvoySqliteGetPagesResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoySqliteGetPagesResponse {
    type Ref<'a> = ToEnvoySqliteGetPagesResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_ENVOY_SQLITE_GET_PAGES_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoySqliteGetPagesResponseRef<'l>,
    ) -> &'s ToEnvoySqliteGetPagesResponseRef<'s> {
        value
    }
}
/// [`ToEnvoySqliteCommitResponse`] in either form: `ToEnvoySqliteCommitResponse` owns its data, `ToEnvoySqliteCommitResponseRef` borrows.
///
/// Answers `ToRivetSqliteCommitRequest`. Sent by the server.
///
/// Schema: `protocol/v5.bare`, line 921.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoySqliteCommitResponseOf<Str> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: SqliteCommitResponseOf<Str>,
}
/// Answers `ToRivetSqliteCommitRequest`. Sent by the server.
///
/// Schema: `protocol/v5.bare`, line 921.
pub type ToEnvoySqliteCommitResponse = ToEnvoySqliteCommitResponseOf<String>;
/// [`ToEnvoySqliteCommitResponse`] in its borrowed form.
pub type ToEnvoySqliteCommitResponseRef<'a> = ToEnvoySqliteCommitResponseOf<&'a str>;
impl<Str: Encode> Encode for ToEnvoySqliteCommitResponseOf<Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<Str> Lend for ToEnvoySqliteCommitResponseOf<Str> {
    type Lent<'v>
        = ToEnvoySqliteCommitResponseOf<&'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoySqliteCommitResponseOf<&Str> {
        ToEnvoySqliteCommitResponseOf {
            request_id: self.request_id,
            data: self.data.lend(),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoySqliteCommitResponseRef<'a> {
    const MIN_SIZE: usize = 6;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
}
impl IntoOwned for ToEnvoySqliteCommitResponseRef<'_> {
    type Owned = ToEnvoySqliteCommitResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoySqliteCommitResponse {
        ToEnvoySqliteCommitResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoySqliteCommitResponse {
    type Ref<'a> = ToEnvoySqliteCommitResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_ENVOY_SQLITE_COMMIT_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoySqliteCommitResponseRef<'l>,
    ) -> &'s ToEnvoySqliteCommitResponseRef<'s> {
        value
    }
}
/// [`ToEnvoySqliteExecResponse`] in either form: `ToEnvoySqliteExecResponse` owns its data, `ToEnvoySqliteExecResponseRef` borrows.
///
/// Answers `ToRivetSqliteExecRequest`. Sent by the server.
///
/// Schema: `protocol/v5.bare`, line 929.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoySqliteExecResponseOf<SqliteExecOk, Str> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: SqliteExecResponseOf<SqliteExecOk, Str>,
}
/// Answers `ToRivetSqliteExecRequest`. Sent by the server.
///
/// Schema: `protocol/v5.bare`, line 929.
pub type ToEnvoySqliteExecResponse = ToEnvoySqliteExecResponseOf<SqliteExecOk, String>;
/// [`ToEnvoySqliteExecResponse`] in its borrowed form.
pub type ToEnvoySqliteExecResponseRef<'a> =
    ToEnvoySqliteExecResponseOf<SqliteExecOkRef<'a>, &'a str>;
impl<SqliteExecOk: Encode, Str: Encode> Encode for ToEnvoySqliteExecResponseOf<SqliteExecOk, Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<SqliteExecOk, Str> Lend for ToEnvoySqliteExecResponseOf<SqliteExecOk, Str> {
    type Lent<'v>
        = ToEnvoySqliteExecResponseOf<&'v SqliteExecOk, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoySqliteExecResponseOf<&SqliteExecOk, &Str> {
        ToEnvoySqliteExecResponseOf {
            request_id: self.request_id,
            data: self.data.lend(),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoySqliteExecResponseRef<'a> {
    const MIN_SIZE: usize = 7;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteExecResponseRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoySqliteExecResponseRef<'_> {
    type Owned = ToEnvoySqliteExecResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoySqliteExecResponse {
        ToEnvoySqliteExecResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoySqliteExecResponse {
    type Ref<'a> = ToEnvoySqliteExecResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_SQLITE_EXEC_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoySqliteExecResponseRef<'l>,
    ) -> &'s ToEnvoySqliteExecResponseRef<'s> {
        value
    }
}
/// [`ToEnvoySqliteExecuteResponse`] in either form: `ToEnvoySqliteExecuteResponse` owns its data, `ToEnvoySqliteExecuteResponseRef` borrows.
///
/// Answers `ToRivetSqliteExecuteRequest`. Sent by the server.
///
/// Schema: `protocol/v5.bare`, line 937.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: SqliteExecuteResponseOf<SqliteExecuteOk, Str>,
}
/// Answers `ToRivetSqliteExecuteRequest`. Sent by the server.
///
/// Schema: `protocol/v5.bare`, line 937.
pub type ToEnvoySqliteExecuteResponse = ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, String>;
/// [`ToEnvoySqliteExecuteResponse`] in its borrowed form.
pub type ToEnvoySqliteExecuteResponseRef<'a> =
    ToEnvoySqliteExecuteResponseOf<SqliteExecuteOkRef<'a>, &'a str>;
impl<SqliteExecuteOk: Encode, Str: Encode> Encode
    for ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str>
{
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<SqliteExecuteOk, Str> Lend for ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str> {
    type Lent<'v>
        = ToEnvoySqliteExecuteResponseOf<&'v SqliteExecuteOk, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoySqliteExecuteResponseOf<&SqliteExecuteOk, &Str> {
        ToEnvoySqliteExecuteResponseOf {
            request_id: self.request_id,
            data: self.data.lend(),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoySqliteExecuteResponseRef<'a> {
    const MIN_SIZE: usize = 8;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteExecuteResponseRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoySqliteExecuteResponseRef<'_> {
    type Owned = ToEnvoySqliteExecuteResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoySqliteExecuteResponse {
        ToEnvoySqliteExecuteResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoySqliteExecuteResponse {
    type Ref<'a> = ToEnvoySqliteExecuteResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_ENVOY_SQLITE_EXECUTE_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoySqliteExecuteResponseRef<'l>,
    ) -> &'s ToEnvoySqliteExecuteResponseRef<'s> {
        value
    }
}
/// [`ToEnvoy`] in either form: `ToEnvoy` owns its data, `ToEnvoyRef` borrows.
///
/// A root: everything that the server sends to a host on its WebSocket, one of these per frame.
///
/// Schema: `protocol/v5.bare`, line 945.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToEnvoyOf<
    ToEnvoyCommands,
    ToEnvoyAckEvents,
    ToEnvoyKvResponse,
    ToEnvoyTunnelMessage,
    Pages,
    Str,
    SqliteExecOk,
    SqliteExecuteOk,
> {
    /// Tag 0: `ToEnvoyInit`.
    ToEnvoyInit(ToEnvoyInit),
    /// Tag 1: `ToEnvoyCommands`.
    ToEnvoyCommands(ToEnvoyCommands),
    /// Tag 2: `ToEnvoyAckEvents`.
    ToEnvoyAckEvents(ToEnvoyAckEvents),
    /// Tag 3: `ToEnvoyKvResponse`.
    ToEnvoyKvResponse(ToEnvoyKvResponse),
    /// Tag 4: `ToEnvoyTunnelMessage`.
    ToEnvoyTunnelMessage(ToEnvoyTunnelMessage),
    /// Tag 5: `ToEnvoyPing`.
    ToEnvoyPing(ToEnvoyPing),
    /// Tag 6: `ToEnvoySqliteGetPagesResponse`.
    ToEnvoySqliteGetPagesResponse(ToEnvoySqliteGetPagesResponseOf<Pages, Str>),
    /// Tag 7: `ToEnvoySqliteCommitResponse`.
    ToEnvoySqliteCommitResponse(ToEnvoySqliteCommitResponseOf<Str>),
    /// Tag 8: `ToEnvoySqliteExecResponse`.
    ToEnvoySqliteExecResponse(ToEnvoySqliteExecResponseOf<SqliteExecOk, Str>),
    /// Tag 9: `ToEnvoySqliteExecuteResponse`.
    ToEnvoySqliteExecuteResponse(ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str>),
}
/// A root: everything that the server sends to a host on its WebSocket, one of these per frame.
///
/// Schema: `protocol/v5.bare`, line 945.
pub type ToEnvoy = ToEnvoyOf<
    ToEnvoyCommands,
    ToEnvoyAckEvents,
    ToEnvoyKvResponse,
    ToEnvoyTunnelMessage,
    Vec<SqliteFetchedPage>,
    String,
    SqliteExecOk,
    SqliteExecuteOk,
>;
/// [`ToEnvoy`] in its borrowed form.
pub type ToEnvoyRef<'a> = ToEnvoyOf<
    ToEnvoyCommandsRef<'a>,
    ToEnvoyAckEventsRef<'a>,
    ToEnvoyKvResponseRef<'a>,
    ToEnvoyTunnelMessageRef<'a>,
    &'a [SqliteFetchedPageRef<'a>],
    &'a str,
    SqliteExecOkRef<'a>,
    SqliteExecuteOkRef<'a>,
>;
impl<
    ToEnvoyCommands: Encode,
    ToEnvoyAckEvents: Encode,
    ToEnvoyKvResponse: Encode,
    ToEnvoyTunnelMessage: Encode,
    Pages: Encode,
    Str: Encode,
    SqliteExecOk: Encode,
    SqliteExecuteOk: Encode,
> Encode
    for ToEnvoyOf<
        ToEnvoyCommands,
        ToEnvoyAckEvents,
        ToEnvoyKvResponse,
        ToEnvoyTunnelMessage,
        Pages,
        Str,
        SqliteExecOk,
        SqliteExecuteOk,
    >
{
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToEnvoyInit(value) => 1 + value.encoded_len(),
            Self::ToEnvoyCommands(value) => 1 + value.encoded_len(),
            Self::ToEnvoyAckEvents(value) => 1 + value.encoded_len(),
            Self::ToEnvoyKvResponse(value) => 1 + value.encoded_len(),
            Self::ToEnvoyTunnelMessage(value) => 1 + value.encoded_len(),
            Self::ToEnvoyPing(value) => 1 + value.encoded_len(),
            Self::ToEnvoySqliteGetPagesResponse(value) => 1 + value.encoded_len(),
            Self::ToEnvoySqliteCommitResponse(value) => 1 + value.encoded_len(),
            Self::ToEnvoySqliteExecResponse(value) => 1 + value.encoded_len(),
            Self::ToEnvoySqliteExecuteResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToEnvoyInit(value) => writer.member(0, value),
            Self::ToEnvoyCommands(value) => writer.member(1, value),
            Self::ToEnvoyAckEvents(value) => writer.member(2, value),
            Self::ToEnvoyKvResponse(value) => writer.member(3, value),
            Self::ToEnvoyTunnelMessage(value) => writer.member(4, value),
            Self::ToEnvoyPing(value) => writer.member(5, value),
            Self::ToEnvoySqliteGetPagesResponse(value) => writer.member(6, value),
            Self::ToEnvoySqliteCommitResponse(value) => writer.member(7, value),
            Self::ToEnvoySqliteExecResponse(value) => writer.member(8, value),
            Self::ToEnvoySqliteExecuteResponse(value) => writer.member(9, value),
        }
    }
}
impl<
    ToEnvoyCommands,
    ToEnvoyAckEvents,
    ToEnvoyKvResponse,
    ToEnvoyTunnelMessage,
    Pages,
    Str,
    SqliteExecOk,
    SqliteExecuteOk,
> Lend
    for ToEnvoyOf<
        ToEnvoyCommands,
        ToEnvoyAckEvents,
        ToEnvoyKvResponse,
        ToEnvoyTunnelMessage,
        Pages,
        Str,
        SqliteExecOk,
        SqliteExecuteOk,
    >
{
    type Lent<'v>
        = ToEnvoyOf<
        &'v ToEnvoyCommands,
        &'v ToEnvoyAckEvents,
        &'v ToEnvoyKvResponse,
        &'v ToEnvoyTunnelMessage,
        &'v Pages,
        &'v Str,
        &'v SqliteExecOk,
        &'v SqliteExecuteOk,
    >
    where
        Self: 'v;
    #[inline]
    fn lend(
        &self,
    ) -> ToEnvoyOf<
        &ToEnvoyCommands,
        &ToEnvoyAckEvents,
        &ToEnvoyKvResponse,
        &ToEnvoyTunnelMessage,
        &Pages,
        &Str,
        &SqliteExecOk,
        &SqliteExecuteOk,
    > {
        match self {
            Self::ToEnvoyInit(value) => ToEnvoyOf::ToEnvoyInit(*value),
            Self::ToEnvoyCommands(value) => ToEnvoyOf::ToEnvoyCommands(value),
            Self::ToEnvoyAckEvents(value) => ToEnvoyOf::ToEnvoyAckEvents(value),
            Self::ToEnvoyKvResponse(value) => ToEnvoyOf::ToEnvoyKvResponse(value),
            Self::ToEnvoyTunnelMessage(value) => ToEnvoyOf::ToEnvoyTunnelMessage(value),
            Self::ToEnvoyPing(value) => ToEnvoyOf::ToEnvoyPing(*value),
            Self::ToEnvoySqliteGetPagesResponse(value) => {
                ToEnvoyOf::ToEnvoySqliteGetPagesResponse(value.lend())
            }
            Self::ToEnvoySqliteCommitResponse(value) => {
                ToEnvoyOf::ToEnvoySqliteCommitResponse(value.lend())
            }
            Self::ToEnvoySqliteExecResponse(value) => {
                ToEnvoyOf::ToEnvoySqliteExecResponse(value.lend())
            }
            Self::ToEnvoySqliteExecuteResponse(value) => {
                ToEnvoyOf::ToEnvoySqliteExecuteResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for ToEnvoyRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToEnvoyInit)),
            1 => Decode::decode_in(reader, place.map(Self::ToEnvoyCommands)),
            2 => Decode::decode_in(reader, place.map(Self::ToEnvoyAckEvents)),
            3 => Decode::decode_in(reader, place.map(Self::ToEnvoyKvResponse)),
            4 => Decode::decode_in(reader, place.map(Self::ToEnvoyTunnelMessage)),
            5 => Decode::decode_in(reader, place.map(Self::ToEnvoyPing)),
            6 => Decode::decode_in(reader, place.map(Self::ToEnvoySqliteGetPagesResponse)),
            7 => Decode::decode_in(reader, place.map(Self::ToEnvoySqliteCommitResponse)),
            8 => Decode::decode_in(reader, place.map(Self::ToEnvoySqliteExecResponse)),
            9 => Decode::decode_in(reader, place.map(Self::ToEnvoySqliteExecuteResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToEnvoyInit as Decode>::verify_from(reader),
            1 => <ToEnvoyCommandsRef<'a> as Decode>::verify_from(reader),
            2 => <ToEnvoyAckEventsRef<'a> as Decode>::verify_from(reader),
            3 => <ToEnvoyKvResponseRef<'a> as Decode>::verify_from(reader),
            4 => <ToEnvoyTunnelMessageRef<'a> as Decode>::verify_from(reader),
            5 => <ToEnvoyPing as Decode>::verify_from(reader),
            6 => <ToEnvoySqliteGetPagesResponseRef<'a> as Decode>::verify_from(reader),
            7 => <ToEnvoySqliteCommitResponseRef<'a> as Decode>::verify_from(reader),
            8 => <ToEnvoySqliteExecResponseRef<'a> as Decode>::verify_from(reader),
            9 => <ToEnvoySqliteExecuteResponseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToEnvoyRef<'_> {
    type Owned = ToEnvoy;
    #[inline]
    fn into_owned(self) -> ToEnvoy {
        match self {
            Self::ToEnvoyInit(value) => ToEnvoy::ToEnvoyInit(value.into_owned()),
            Self::ToEnvoyCommands(value) => ToEnvoy::ToEnvoyCommands(value.into_owned()),
            Self::ToEnvoyAckEvents(value) => ToEnvoy::ToEnvoyAckEvents(value.into_owned()),
            Self::ToEnvoyKvResponse(value) => ToEnvoy::ToEnvoyKvResponse(value.into_owned()),
            Self::ToEnvoyTunnelMessage(value) => ToEnvoy::ToEnvoyTunnelMessage(value.into_owned()),
            Self::ToEnvoyPing(value) => ToEnvoy::ToEnvoyPing(value.into_owned()),
            Self::ToEnvoySqliteGetPagesResponse(value) => {
                ToEnvoy::ToEnvoySqliteGetPagesResponse(value.into_owned())
            }
            Self::ToEnvoySqliteCommitResponse(value) => {
                ToEnvoy::ToEnvoySqliteCommitResponse(value.into_owned())
            }
            Self::ToEnvoySqliteExecResponse(value) => {
                ToEnvoy::ToEnvoySqliteExecResponse(value.into_owned())
            }
            Self::ToEnvoySqliteExecuteResponse(value) => {
                ToEnvoy::ToEnvoySqliteExecuteResponse(value.into_owned())
            }
        }
    }
}
impl Message for ToEnvoy {
    type Ref<'a> = ToEnvoyRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyRef<'l>) -> &'s ToEnvoyRef<'s> {
        value
    }
}
/// [`ToEnvoyConn`] in either form: `ToEnvoyConn` owns its data, `ToEnvoyConnRef` borrows.
///
/// A root: what other parts of the server send to the node that holds a host's connection, with the version embedded
/// in front. Commands, acks and tunnel messages are for the host, and go on to it at the version of its connection.
///
/// Schema: `protocol/v5.bare`, line 977.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage> {
    /// Tag 0: `ToEnvoyConnPing`.
    ToEnvoyConnPing(ToEnvoyConnPing),
    /// Tag 1: `ToEnvoyConnClose`.
    ToEnvoyConnClose,
    /// Tag 2: `ToEnvoyCommands`.
    ToEnvoyCommands(ToEnvoyCommands),
    /// Tag 3: `ToEnvoyAckEvents`.
    ToEnvoyAckEvents(ToEnvoyAckEvents),
    /// Tag 4: `ToEnvoyTunnelMessage`.
    ToEnvoyTunnelMessage(ToEnvoyTunnelMessage),
}
/// A root: what other parts of the server send to the node that holds a host's connection, with the version embedded
/// in front. Commands, acks and tunnel messages are for the host, and go on to it at the version of its connection.
///
/// Schema: `protocol/v5.bare`, line 977.
pub type ToEnvoyConn = ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>;
/// [`ToEnvoyConn`] in its borrowed form.
pub type ToEnvoyConnRef<'a> =
    ToEnvoyConnOf<ToEnvoyCommandsRef<'a>, ToEnvoyAckEventsRef<'a>, ToEnvoyTunnelMessageRef<'a>>;
impl<ToEnvoyCommands: Encode, ToEnvoyAckEvents: Encode, ToEnvoyTunnelMessage: Encode> Encode
    for ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>
{
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToEnvoyConnPing(value) => 1 + value.encoded_len(),
            Self::ToEnvoyConnClose => 1,
            Self::ToEnvoyCommands(value) => 1 + value.encoded_len(),
            Self::ToEnvoyAckEvents(value) => 1 + value.encoded_len(),
            Self::ToEnvoyTunnelMessage(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToEnvoyConnPing(value) => writer.member(0, value),
            Self::ToEnvoyConnClose => {
                writer.octet(1);
                writer
            }
            Self::ToEnvoyCommands(value) => writer.member(2, value),
            Self::ToEnvoyAckEvents(value) => writer.member(3, value),
            Self::ToEnvoyTunnelMessage(value) => writer.member(4, value),
        }
    }
}
impl<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage> Lend
    for ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>
{
    type Lent<'v>
        = ToEnvoyConnOf<&'v ToEnvoyCommands, &'v ToEnvoyAckEvents, &'v ToEnvoyTunnelMessage>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoyConnOf<&ToEnvoyCommands, &ToEnvoyAckEvents, &ToEnvoyTunnelMessage> {
        match self {
            Self::ToEnvoyConnPing(value) => ToEnvoyConnOf::ToEnvoyConnPing(*value),
            Self::ToEnvoyConnClose => ToEnvoyConnOf::ToEnvoyConnClose,
            Self::ToEnvoyCommands(value) => ToEnvoyConnOf::ToEnvoyCommands(value),
            Self::ToEnvoyAckEvents(value) => ToEnvoyConnOf::ToEnvoyAckEvents(value),
            Self::ToEnvoyTunnelMessage(value) => ToEnvoyConnOf::ToEnvoyTunnelMessage(value),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoyConnRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToEnvoyConnPing)),
            1 => Ok((reader, place.put(Self::ToEnvoyConnClose))),
            2 => Decode::decode_in(reader, place.map(Self::ToEnvoyCommands)),
            3 => Decode::decode_in(reader, place.map(Self::ToEnvoyAckEvents)),
            4 => Decode::decode_in(reader, place.map(Self::ToEnvoyTunnelMessage)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToEnvoyConnPing as Decode>::verify_from(reader),
            1 => Ok(reader),
            2 => <ToEnvoyCommandsRef<'a> as Decode>::verify_from(reader),
            3 => <ToEnvoyAckEventsRef<'a> as Decode>::verify_from(reader),
            4 => <ToEnvoyTunnelMessageRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToEnvoyConnRef<'_> {
    type Owned = ToEnvoyConn;
    #[inline]
    fn into_owned(self) -> ToEnvoyConn {
        match self {
            Self::ToEnvoyConnPing(value) => ToEnvoyConn::ToEnvoyConnPing(value.into_owned()),
            Self::ToEnvoyConnClose => ToEnvoyConn::ToEnvoyConnClose,
            Self::ToEnvoyCommands(value) => ToEnvoyConn::ToEnvoyCommands(value.into_owned()),
            Self::ToEnvoyAckEvents(value) => ToEnvoyConn::ToEnvoyAckEvents(value.into_owned()),
            Self::ToEnvoyTunnelMessage(value) => {
                ToEnvoyConn::ToEnvoyTunnelMessage(value.into_owned())
            }
        }
    }
}
impl Message for ToEnvoyConn {
    type Ref<'a> = ToEnvoyConnRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_CONN;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyConnRef<'l>) -> &'s ToEnvoyConnRef<'s> {
        value
    }
}
/// [`ToGateway`] in either form: `ToGateway` owns its data, `ToGatewayRef` borrows.
///
/// A root: what the node that holds a host's connection sends to a gateway, with the version embedded in front.
///
/// Schema: `protocol/v5.bare`, line 997.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToGatewayOf<ToRivetTunnelMessage> {
    /// Tag 0: `ToGatewayPong`.
    ToGatewayPong(ToGatewayPong),
    /// Tag 1: `ToRivetTunnelMessage`.
    ToRivetTunnelMessage(ToRivetTunnelMessage),
}
/// A root: what the node that holds a host's connection sends to a gateway, with the version embedded in front.
///
/// Schema: `protocol/v5.bare`, line 997.
pub type ToGateway = ToGatewayOf<ToRivetTunnelMessage>;
/// [`ToGateway`] in its borrowed form.
pub type ToGatewayRef<'a> = ToGatewayOf<ToRivetTunnelMessageRef<'a>>;
impl<ToRivetTunnelMessage: Encode> Encode for ToGatewayOf<ToRivetTunnelMessage> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToGatewayPong(value) => 1 + value.encoded_len(),
            Self::ToRivetTunnelMessage(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToGatewayPong(value) => writer.member(0, value),
            Self::ToRivetTunnelMessage(value) => writer.member(1, value),
        }
    }
}
impl<ToRivetTunnelMessage> Lend for ToGatewayOf<ToRivetTunnelMessage> {
    type Lent<'v>
        = ToGatewayOf<&'v ToRivetTunnelMessage>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToGatewayOf<&ToRivetTunnelMessage> {
        match self {
            Self::ToGatewayPong(value) => ToGatewayOf::ToGatewayPong(*value),
            Self::ToRivetTunnelMessage(value) => ToGatewayOf::ToRivetTunnelMessage(value),
        }
    }
}
impl<'a> Decode<'a> for ToGatewayRef<'a> {
    const MIN_SIZE: usize = 12;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToGatewayPong)),
            1 => Decode::decode_in(reader, place.map(Self::ToRivetTunnelMessage)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToGatewayPong as Decode>::verify_from(reader),
            1 => <ToRivetTunnelMessageRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToGatewayRef<'_> {
    type Owned = ToGateway;
    #[inline]
    fn into_owned(self) -> ToGateway {
        match self {
            Self::ToGatewayPong(value) => ToGateway::ToGatewayPong(value.into_owned()),
            Self::ToRivetTunnelMessage(value) => {
                ToGateway::ToRivetTunnelMessage(value.into_owned())
            }
        }
    }
}
impl Message for ToGateway {
    type Ref<'a> = ToGatewayRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_GATEWAY;
    fn shorten<'s, 'l: 's>(value: &'s ToGatewayRef<'l>) -> &'s ToGatewayRef<'s> {
        value
    }
}
/// [`ToOutbound`] in either form: `ToOutbound` owns its data, `ToOutboundRef` borrows.
///
/// A root: what the server hands to its service for serverless hosts, with the version embedded in front.
///
/// Schema: `protocol/v5.bare`, line 1018.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToOutboundOf<ToOutboundActorStart> {
    /// Tag 0: `ToOutboundActorStart`.
    ToOutboundActorStart(ToOutboundActorStart),
}
/// A root: what the server hands to its service for serverless hosts, with the version embedded in front.
///
/// Schema: `protocol/v5.bare`, line 1018.
pub type ToOutbound = ToOutboundOf<ToOutboundActorStart>;
/// [`ToOutbound`] in its borrowed form.
pub type ToOutboundRef<'a> = ToOutboundOf<ToOutboundActorStartRef<'a>>;
impl<ToOutboundActorStart: Encode> Encode for ToOutboundOf<ToOutboundActorStart> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToOutboundActorStart(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToOutboundActorStart(value) => writer.member(0, value),
        }
    }
}
impl<ToOutboundActorStart> Lend for ToOutboundOf<ToOutboundActorStart> {
    type Lent<'v>
        = ToOutboundOf<&'v ToOutboundActorStart>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToOutboundOf<&ToOutboundActorStart> {
        match self {
            Self::ToOutboundActorStart(value) => ToOutboundOf::ToOutboundActorStart(value),
        }
    }
}
impl<'a> Decode<'a> for ToOutboundRef<'a> {
    const MIN_SIZE: usize = 27;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToOutboundActorStart)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToOutboundRef<'_> {
    type Owned = ToOutbound;
    #[inline]
    fn into_owned(self) -> ToOutbound {
        match self {
            Self::ToOutboundActorStart(value) => {
                ToOutbound::ToOutboundActorStart(value.into_owned())
            }
        }
    }
}
impl Message for ToOutbound {
    type Ref<'a> = ToOutboundRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_OUTBOUND;
    fn shorten<'s, 'l: 's>(value: &'s ToOutboundRef<'l>) -> &'s ToOutboundRef<'s> {
        value
    }
}
/// The types of this version as data, each under its name in upper case.
pub mod definitions {
    pub use super::super::v4::definitions::{
        ACTOR_CHECKPOINT, ACTOR_CONFIG, ACTOR_INTENT, ACTOR_INTENT_SLEEP, ACTOR_INTENT_STOP,
        ACTOR_NAME, ACTOR_STATE, ACTOR_STATE_RUNNING, ACTOR_STATE_STOPPED, COMMAND,
        COMMAND_START_ACTOR, COMMAND_STOP_ACTOR, COMMAND_WRAPPER, EVENT, EVENT_ACTOR_INTENT,
        EVENT_ACTOR_SET_ALARM, EVENT_ACTOR_STATE_UPDATE, EVENT_WRAPPER, GATEWAY_ID,
        HIBERNATING_REQUEST, ID, JSON, KV_DELETE_RANGE_REQUEST, KV_DELETE_REQUEST,
        KV_DELETE_RESPONSE, KV_DROP_REQUEST, KV_DROP_RESPONSE, KV_ERROR_RESPONSE, KV_GET_REQUEST,
        KV_GET_RESPONSE, KV_KEY, KV_LIST_ALL_QUERY, KV_LIST_PREFIX_QUERY, KV_LIST_QUERY,
        KV_LIST_RANGE_QUERY, KV_LIST_REQUEST, KV_LIST_RESPONSE, KV_METADATA, KV_PUT_REQUEST,
        KV_PUT_RESPONSE, KV_REQUEST_DATA, KV_RESPONSE_DATA, KV_VALUE, MESSAGE_ID, MESSAGE_INDEX,
        PRELOADED_KV, PRELOADED_KV_ENTRY, PROTOCOL_METADATA, REQUEST_ID, SQLITE_BIND_PARAM,
        SQLITE_COLUMN_VALUE, SQLITE_COMMIT_REQUEST, SQLITE_DIRTY_PAGE, SQLITE_EXEC_OK,
        SQLITE_EXEC_REQUEST, SQLITE_EXECUTE_OK, SQLITE_EXECUTE_REQUEST, SQLITE_EXECUTE_RESULT,
        SQLITE_FETCHED_PAGE, SQLITE_GENERATION, SQLITE_GET_PAGES_REQUEST, SQLITE_PAGE_BYTES,
        SQLITE_PGNO, SQLITE_QUERY_RESULT, SQLITE_VALUE_BLOB, SQLITE_VALUE_FLOAT,
        SQLITE_VALUE_INTEGER, SQLITE_VALUE_NULL, SQLITE_VALUE_TEXT, STOP_ACTOR_REASON, STOP_CODE,
        TO_ENVOY_ACK_EVENTS, TO_ENVOY_COMMANDS, TO_ENVOY_CONN_CLOSE, TO_ENVOY_CONN_PING,
        TO_ENVOY_INIT, TO_ENVOY_KV_RESPONSE, TO_ENVOY_PING, TO_ENVOY_REQUEST_ABORT,
        TO_ENVOY_REQUEST_CHUNK, TO_ENVOY_REQUEST_START, TO_ENVOY_TUNNEL_MESSAGE,
        TO_ENVOY_TUNNEL_MESSAGE_KIND, TO_ENVOY_WEB_SOCKET_CLOSE, TO_ENVOY_WEB_SOCKET_MESSAGE,
        TO_ENVOY_WEB_SOCKET_OPEN, TO_GATEWAY_PONG, TO_OUTBOUND_ACTOR_START, TO_RIVET_ACK_COMMANDS,
        TO_RIVET_EVENTS, TO_RIVET_KV_REQUEST, TO_RIVET_METADATA, TO_RIVET_PONG,
        TO_RIVET_RESPONSE_ABORT, TO_RIVET_RESPONSE_CHUNK, TO_RIVET_RESPONSE_START,
        TO_RIVET_SQLITE_COMMIT_REQUEST, TO_RIVET_SQLITE_EXEC_REQUEST,
        TO_RIVET_SQLITE_EXECUTE_REQUEST, TO_RIVET_SQLITE_GET_PAGES_REQUEST, TO_RIVET_STOPPING,
        TO_RIVET_TUNNEL_MESSAGE, TO_RIVET_TUNNEL_MESSAGE_KIND, TO_RIVET_WEB_SOCKET_CLOSE,
        TO_RIVET_WEB_SOCKET_MESSAGE, TO_RIVET_WEB_SOCKET_MESSAGE_ACK, TO_RIVET_WEB_SOCKET_OPEN,
    };
    use bare::schema::{Type, TypeDef, field, member, value};
    /// `SqliteGetPagesOk`.
    pub static SQLITE_GET_PAGES_OK: TypeDef = TypeDef::of_struct(
        "SqliteGetPagesOk",
        &[
            field("pages", Type::List(&Type::Named(&SQLITE_FETCHED_PAGE))),
            field("headTxid", Type::Optional(&Type::U64)),
        ],
    );
    /// `SqliteErrorResponse`.
    pub static SQLITE_ERROR_RESPONSE: TypeDef = TypeDef::of_struct(
        "SqliteErrorResponse",
        &[
            field("group", Type::Str),
            field("code", Type::Str),
            field("message", Type::Str),
        ],
    );
    /// `SqliteGetPagesResponse`.
    pub static SQLITE_GET_PAGES_RESPONSE: TypeDef = TypeDef::of_union(
        "SqliteGetPagesResponse",
        &[
            member(0, "SqliteGetPagesOk", Type::Named(&SQLITE_GET_PAGES_OK)),
            member(
                1,
                "SqliteErrorResponse",
                Type::Named(&SQLITE_ERROR_RESPONSE),
            ),
        ],
    );
    /// `SqliteCommitOk`.
    pub static SQLITE_COMMIT_OK: TypeDef = TypeDef::of_struct(
        "SqliteCommitOk",
        &[field("headTxid", Type::Optional(&Type::U64))],
    );
    /// `SqliteCommitResponse`.
    pub static SQLITE_COMMIT_RESPONSE: TypeDef = TypeDef::of_union(
        "SqliteCommitResponse",
        &[
            member(0, "SqliteCommitOk", Type::Named(&SQLITE_COMMIT_OK)),
            member(
                1,
                "SqliteErrorResponse",
                Type::Named(&SQLITE_ERROR_RESPONSE),
            ),
        ],
    );
    /// `SqliteExecResponse`.
    pub static SQLITE_EXEC_RESPONSE: TypeDef = TypeDef::of_union(
        "SqliteExecResponse",
        &[
            member(0, "SqliteExecOk", Type::Named(&SQLITE_EXEC_OK)),
            member(
                1,
                "SqliteErrorResponse",
                Type::Named(&SQLITE_ERROR_RESPONSE),
            ),
        ],
    );
    /// `SqliteExecuteResponse`.
    pub static SQLITE_EXECUTE_RESPONSE: TypeDef = TypeDef::of_union(
        "SqliteExecuteResponse",
        &[
            member(0, "SqliteExecuteOk", Type::Named(&SQLITE_EXECUTE_OK)),
            member(
                1,
                "SqliteErrorResponse",
                Type::Named(&SQLITE_ERROR_RESPONSE),
            ),
        ],
    );
    /// `ActorCommandKeyData`.
    pub static ACTOR_COMMAND_KEY_DATA: TypeDef = TypeDef::of_union(
        "ActorCommandKeyData",
        &[
            member(0, "CommandStartActor", Type::Named(&COMMAND_START_ACTOR)),
            member(1, "CommandStopActor", Type::Named(&COMMAND_STOP_ACTOR)),
        ],
    );
    /// `ToRivet`.
    pub static TO_RIVET: TypeDef = TypeDef::of_union(
        "ToRivet",
        &[
            member(0, "ToRivetMetadata", Type::Named(&TO_RIVET_METADATA)),
            member(1, "ToRivetEvents", Type::Named(&TO_RIVET_EVENTS)),
            member(2, "ToRivetAckCommands", Type::Named(&TO_RIVET_ACK_COMMANDS)),
            member(3, "ToRivetStopping", Type::Named(&TO_RIVET_STOPPING)),
            member(4, "ToRivetPong", Type::Named(&TO_RIVET_PONG)),
            member(5, "ToRivetKvRequest", Type::Named(&TO_RIVET_KV_REQUEST)),
            member(
                6,
                "ToRivetTunnelMessage",
                Type::Named(&TO_RIVET_TUNNEL_MESSAGE),
            ),
            member(
                7,
                "ToRivetSqliteGetPagesRequest",
                Type::Named(&TO_RIVET_SQLITE_GET_PAGES_REQUEST),
            ),
            member(
                8,
                "ToRivetSqliteCommitRequest",
                Type::Named(&TO_RIVET_SQLITE_COMMIT_REQUEST),
            ),
            member(
                9,
                "ToRivetSqliteExecRequest",
                Type::Named(&TO_RIVET_SQLITE_EXEC_REQUEST),
            ),
            member(
                10,
                "ToRivetSqliteExecuteRequest",
                Type::Named(&TO_RIVET_SQLITE_EXECUTE_REQUEST),
            ),
        ],
    );
    /// `ToEnvoySqliteGetPagesResponse`.
    pub static TO_ENVOY_SQLITE_GET_PAGES_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoySqliteGetPagesResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_GET_PAGES_RESPONSE)),
        ],
    );
    /// `ToEnvoySqliteCommitResponse`.
    pub static TO_ENVOY_SQLITE_COMMIT_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoySqliteCommitResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_COMMIT_RESPONSE)),
        ],
    );
    /// `ToEnvoySqliteExecResponse`.
    pub static TO_ENVOY_SQLITE_EXEC_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoySqliteExecResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_EXEC_RESPONSE)),
        ],
    );
    /// `ToEnvoySqliteExecuteResponse`.
    pub static TO_ENVOY_SQLITE_EXECUTE_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoySqliteExecuteResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_EXECUTE_RESPONSE)),
        ],
    );
    /// `ToEnvoy`.
    pub static TO_ENVOY: TypeDef = TypeDef::of_union(
        "ToEnvoy",
        &[
            member(0, "ToEnvoyInit", Type::Named(&TO_ENVOY_INIT)),
            member(1, "ToEnvoyCommands", Type::Named(&TO_ENVOY_COMMANDS)),
            member(2, "ToEnvoyAckEvents", Type::Named(&TO_ENVOY_ACK_EVENTS)),
            member(3, "ToEnvoyKvResponse", Type::Named(&TO_ENVOY_KV_RESPONSE)),
            member(
                4,
                "ToEnvoyTunnelMessage",
                Type::Named(&TO_ENVOY_TUNNEL_MESSAGE),
            ),
            member(5, "ToEnvoyPing", Type::Named(&TO_ENVOY_PING)),
            member(
                6,
                "ToEnvoySqliteGetPagesResponse",
                Type::Named(&TO_ENVOY_SQLITE_GET_PAGES_RESPONSE),
            ),
            member(
                7,
                "ToEnvoySqliteCommitResponse",
                Type::Named(&TO_ENVOY_SQLITE_COMMIT_RESPONSE),
            ),
            member(
                8,
                "ToEnvoySqliteExecResponse",
                Type::Named(&TO_ENVOY_SQLITE_EXEC_RESPONSE),
            ),
            member(
                9,
                "ToEnvoySqliteExecuteResponse",
                Type::Named(&TO_ENVOY_SQLITE_EXECUTE_RESPONSE),
            ),
        ],
    );
    /// `ToEnvoyConn`.
    pub static TO_ENVOY_CONN: TypeDef = TypeDef::of_union(
        "ToEnvoyConn",
        &[
            member(0, "ToEnvoyConnPing", Type::Named(&TO_ENVOY_CONN_PING)),
            member(1, "ToEnvoyConnClose", Type::Named(&TO_ENVOY_CONN_CLOSE)),
            member(2, "ToEnvoyCommands", Type::Named(&TO_ENVOY_COMMANDS)),
            member(3, "ToEnvoyAckEvents", Type::Named(&TO_ENVOY_ACK_EVENTS)),
            member(
                4,
                "ToEnvoyTunnelMessage",
                Type::Named(&TO_ENVOY_TUNNEL_MESSAGE),
            ),
        ],
    );
    /// `ToGateway`.
    pub static TO_GATEWAY: TypeDef = TypeDef::of_union(
        "ToGateway",
        &[
            member(0, "ToGatewayPong", Type::Named(&TO_GATEWAY_PONG)),
            member(
                1,
                "ToRivetTunnelMessage",
                Type::Named(&TO_RIVET_TUNNEL_MESSAGE),
            ),
        ],
    );
    /// `ToOutbound`.
    pub static TO_OUTBOUND: TypeDef = TypeDef::of_union(
        "ToOutbound",
        &[member(
            0,
            "ToOutboundActorStart",
            Type::Named(&TO_OUTBOUND_ACTOR_START),
        )],
    );
}
/// Every type of this version, in the schema's order.
pub static TYPES: [&bare::schema::TypeDef; 124] = [
    &definitions::ID,
    &definitions::JSON,
    &definitions::GATEWAY_ID,
    &definitions::REQUEST_ID,
    &definitions::MESSAGE_INDEX,
    &definitions::KV_KEY,
    &definitions::KV_VALUE,
    &definitions::KV_METADATA,
    &definitions::KV_LIST_ALL_QUERY,
    &definitions::KV_LIST_RANGE_QUERY,
    &definitions::KV_LIST_PREFIX_QUERY,
    &definitions::KV_LIST_QUERY,
    &definitions::KV_GET_REQUEST,
    &definitions::KV_LIST_REQUEST,
    &definitions::KV_PUT_REQUEST,
    &definitions::KV_DELETE_REQUEST,
    &definitions::KV_DELETE_RANGE_REQUEST,
    &definitions::KV_DROP_REQUEST,
    &definitions::KV_ERROR_RESPONSE,
    &definitions::KV_GET_RESPONSE,
    &definitions::KV_LIST_RESPONSE,
    &definitions::KV_PUT_RESPONSE,
    &definitions::KV_DELETE_RESPONSE,
    &definitions::KV_DROP_RESPONSE,
    &definitions::KV_REQUEST_DATA,
    &definitions::KV_RESPONSE_DATA,
    &definitions::SQLITE_PGNO,
    &definitions::SQLITE_GENERATION,
    &definitions::SQLITE_PAGE_BYTES,
    &definitions::SQLITE_DIRTY_PAGE,
    &definitions::SQLITE_FETCHED_PAGE,
    &definitions::SQLITE_GET_PAGES_REQUEST,
    &definitions::SQLITE_GET_PAGES_OK,
    &definitions::SQLITE_ERROR_RESPONSE,
    &definitions::SQLITE_GET_PAGES_RESPONSE,
    &definitions::SQLITE_COMMIT_REQUEST,
    &definitions::SQLITE_COMMIT_OK,
    &definitions::SQLITE_COMMIT_RESPONSE,
    &definitions::SQLITE_VALUE_NULL,
    &definitions::SQLITE_VALUE_INTEGER,
    &definitions::SQLITE_VALUE_FLOAT,
    &definitions::SQLITE_VALUE_TEXT,
    &definitions::SQLITE_VALUE_BLOB,
    &definitions::SQLITE_BIND_PARAM,
    &definitions::SQLITE_COLUMN_VALUE,
    &definitions::SQLITE_QUERY_RESULT,
    &definitions::SQLITE_EXECUTE_RESULT,
    &definitions::SQLITE_EXEC_REQUEST,
    &definitions::SQLITE_EXECUTE_REQUEST,
    &definitions::SQLITE_EXEC_OK,
    &definitions::SQLITE_EXECUTE_OK,
    &definitions::SQLITE_EXEC_RESPONSE,
    &definitions::SQLITE_EXECUTE_RESPONSE,
    &definitions::STOP_CODE,
    &definitions::ACTOR_NAME,
    &definitions::ACTOR_CONFIG,
    &definitions::ACTOR_CHECKPOINT,
    &definitions::ACTOR_INTENT_SLEEP,
    &definitions::ACTOR_INTENT_STOP,
    &definitions::ACTOR_INTENT,
    &definitions::ACTOR_STATE_RUNNING,
    &definitions::ACTOR_STATE_STOPPED,
    &definitions::ACTOR_STATE,
    &definitions::EVENT_ACTOR_INTENT,
    &definitions::EVENT_ACTOR_STATE_UPDATE,
    &definitions::EVENT_ACTOR_SET_ALARM,
    &definitions::EVENT,
    &definitions::EVENT_WRAPPER,
    &definitions::PRELOADED_KV_ENTRY,
    &definitions::PRELOADED_KV,
    &definitions::HIBERNATING_REQUEST,
    &definitions::COMMAND_START_ACTOR,
    &definitions::STOP_ACTOR_REASON,
    &definitions::COMMAND_STOP_ACTOR,
    &definitions::COMMAND,
    &definitions::COMMAND_WRAPPER,
    &definitions::ACTOR_COMMAND_KEY_DATA,
    &definitions::MESSAGE_ID,
    &definitions::TO_ENVOY_REQUEST_START,
    &definitions::TO_ENVOY_REQUEST_CHUNK,
    &definitions::TO_ENVOY_REQUEST_ABORT,
    &definitions::TO_RIVET_RESPONSE_START,
    &definitions::TO_RIVET_RESPONSE_CHUNK,
    &definitions::TO_RIVET_RESPONSE_ABORT,
    &definitions::TO_ENVOY_WEB_SOCKET_OPEN,
    &definitions::TO_ENVOY_WEB_SOCKET_MESSAGE,
    &definitions::TO_ENVOY_WEB_SOCKET_CLOSE,
    &definitions::TO_RIVET_WEB_SOCKET_OPEN,
    &definitions::TO_RIVET_WEB_SOCKET_MESSAGE,
    &definitions::TO_RIVET_WEB_SOCKET_MESSAGE_ACK,
    &definitions::TO_RIVET_WEB_SOCKET_CLOSE,
    &definitions::TO_RIVET_TUNNEL_MESSAGE_KIND,
    &definitions::TO_RIVET_TUNNEL_MESSAGE,
    &definitions::TO_ENVOY_TUNNEL_MESSAGE_KIND,
    &definitions::TO_ENVOY_TUNNEL_MESSAGE,
    &definitions::TO_ENVOY_PING,
    &definitions::TO_RIVET_METADATA,
    &definitions::TO_RIVET_EVENTS,
    &definitions::TO_RIVET_ACK_COMMANDS,
    &definitions::TO_RIVET_STOPPING,
    &definitions::TO_RIVET_PONG,
    &definitions::TO_RIVET_KV_REQUEST,
    &definitions::TO_RIVET_SQLITE_GET_PAGES_REQUEST,
    &definitions::TO_RIVET_SQLITE_COMMIT_REQUEST,
    &definitions::TO_RIVET_SQLITE_EXEC_REQUEST,
    &definitions::TO_RIVET_SQLITE_EXECUTE_REQUEST,
    &definitions::TO_RIVET,
    &definitions::PROTOCOL_METADATA,
    &definitions::TO_ENVOY_INIT,
    &definitions::TO_ENVOY_COMMANDS,
    &definitions::TO_ENVOY_ACK_EVENTS,
    &definitions::TO_ENVOY_KV_RESPONSE,
    &definitions::TO_ENVOY_SQLITE_GET_PAGES_RESPONSE,
    &definitions::TO_ENVOY_SQLITE_COMMIT_RESPONSE,
    &definitions::TO_ENVOY_SQLITE_EXEC_RESPONSE,
    &definitions::TO_ENVOY_SQLITE_EXECUTE_RESPONSE,
    &definitions::TO_ENVOY,
    &definitions::TO_ENVOY_CONN_PING,
    &definitions::TO_ENVOY_CONN_CLOSE,
    &definitions::TO_ENVOY_CONN,
    &definitions::TO_GATEWAY_PONG,
    &definitions::TO_GATEWAY,
    &definitions::TO_OUTBOUND_ACTOR_START,
    &definitions::TO_OUTBOUND,
];
/// Hands the name of every struct, enum and union of this version to a macro, as `callback! { A, B, }`.
#[macro_export]
macro_rules! v5_messages {
($callback:ident) => { $callback! { KvMetadata, KvListRangeQuery, KvListPrefixQuery, KvListQuery, KvGetRequest, KvListRequest, KvPutRequest, KvDeleteRequest, KvDeleteRangeRequest, KvErrorResponse, KvGetResponse, KvListResponse, KvRequestData, KvResponseData, SqliteDirtyPage, SqliteFetchedPage, SqliteGetPagesRequest, SqliteGetPagesOk, SqliteErrorResponse, SqliteGetPagesResponse, SqliteCommitRequest, SqliteCommitOk, SqliteCommitResponse, SqliteValueInteger, SqliteValueFloat, SqliteValueText, SqliteValueBlob, SqliteBindParam, SqliteColumnValue, SqliteQueryResult, SqliteExecuteResult, SqliteExecRequest, SqliteExecuteRequest, SqliteExecOk, SqliteExecuteOk, SqliteExecResponse, SqliteExecuteResponse, StopCode, ActorName, ActorConfig, ActorCheckpoint, ActorIntent, ActorStateStopped, ActorState, EventActorIntent, EventActorStateUpdate, EventActorSetAlarm, Event, EventWrapper, PreloadedKvEntry, PreloadedKv, HibernatingRequest, CommandStartActor, StopActorReason, CommandStopActor, Command, CommandWrapper, ActorCommandKeyData, MessageId, ToEnvoyRequestStart, ToEnvoyRequestChunk, ToRivetResponseStart, ToRivetResponseChunk, ToEnvoyWebSocketOpen, ToEnvoyWebSocketMessage, ToEnvoyWebSocketClose, ToRivetWebSocketOpen, ToRivetWebSocketMessage, ToRivetWebSocketMessageAck, ToRivetWebSocketClose, ToRivetTunnelMessageKind, ToRivetTunnelMessage, ToEnvoyTunnelMessageKind, ToEnvoyTunnelMessage, ToEnvoyPing, ToRivetMetadata, ToRivetAckCommands, ToRivetPong, ToRivetKvRequest, ToRivetSqliteGetPagesRequest, ToRivetSqliteCommitRequest, ToRivetSqliteExecRequest, ToRivetSqliteExecuteRequest, ToRivet, ProtocolMetadata, ToEnvoyInit, ToEnvoyAckEvents, ToEnvoyKvResponse, ToEnvoySqliteGetPagesResponse, ToEnvoySqliteCommitResponse, ToEnvoySqliteExecResponse, ToEnvoySqliteExecuteResponse, ToEnvoy, ToEnvoyConnPing, ToEnvoyConn, ToGatewayPong, ToGateway, ToOutboundActorStart, ToOutbound, } };
}
#[cfg(feature = "proptest")]
bare::impl_arbitrary! { SqliteGetPagesOk, SqliteErrorResponse, SqliteGetPagesResponse, SqliteCommitOk, SqliteCommitResponse, SqliteExecResponse, SqliteExecuteResponse, ActorCommandKeyData, ToRivet, ToEnvoySqliteGetPagesResponse, ToEnvoySqliteCommitResponse, ToEnvoySqliteExecResponse, ToEnvoySqliteExecuteResponse, ToEnvoy, ToEnvoyConn, ToGateway, ToOutbound, }
