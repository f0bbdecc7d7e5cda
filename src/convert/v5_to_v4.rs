//! v5 to v4: heads, groups and codes have no place there and are dropped. Every message has an equivalent.
//!
//! What that costs a v4 host: it never learns a head txid, and can tell a fence from another error only by its text.

use crate::generated::{v4, v5};
use crate::versioned::DowngradeError;

use super::Downgrade;

/// Group and code are dropped, the message is kept.
impl<Context, Str> Downgrade<Context> for v5::SqliteErrorResponseOf<Str> {
    type Older = v4::SqliteErrorResponseOf<Str>;

    fn downgrade(self, _context: Context) -> Result<Self::Older, DowngradeError> {
        let Self {
            group: _group,
            code: _code,
            message,
        } = self;
        Ok(v4::SqliteErrorResponseOf { message })
    }
}

/// The head, `head_txid`, is dropped.
impl<Context, Pages> Downgrade<Context> for v5::SqliteGetPagesOkOf<Pages> {
    type Older = v4::SqliteGetPagesOkOf<Pages>;

    fn downgrade(self, _context: Context) -> Result<Self::Older, DowngradeError> {
        let Self {
            pages,
            head_txid: _head_txid,
        } = self;
        Ok(v4::SqliteGetPagesOkOf { pages })
    }
}

impl<Context: Copy, Pages, Str> Downgrade<Context> for v5::SqliteGetPagesResponseOf<Pages, Str> {
    type Older = v4::SqliteGetPagesResponseOf<Pages, Str>;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::SqliteGetPagesOk(ok) => {
                v4::SqliteGetPagesResponseOf::SqliteGetPagesOk(ok.downgrade(context)?)
            }
            Self::SqliteErrorResponse(error) => {
                v4::SqliteGetPagesResponseOf::SqliteErrorResponse(error.downgrade(context)?)
            }
        })
    }
}

/// The head of a commit that went through, `head_txid`, is dropped: the answer is void in v4.
impl<Context: Copy, Str> Downgrade<Context> for v5::SqliteCommitResponseOf<Str> {
    type Older = v4::SqliteCommitResponseOf<Str>;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::SqliteCommitOk(v5::SqliteCommitOk {
                head_txid: _head_txid,
            }) => v4::SqliteCommitResponseOf::SqliteCommitOk,
            Self::SqliteErrorResponse(error) => {
                v4::SqliteCommitResponseOf::SqliteErrorResponse(error.downgrade(context)?)
            }
        })
    }
}

impl<Context: Copy, SqliteExecOk, Str> Downgrade<Context>
    for v5::SqliteExecResponseOf<SqliteExecOk, Str>
{
    type Older = v4::SqliteExecResponseOf<SqliteExecOk, Str>;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::SqliteExecOk(ok) => v4::SqliteExecResponseOf::SqliteExecOk(ok),
            Self::SqliteErrorResponse(error) => {
                v4::SqliteExecResponseOf::SqliteErrorResponse(error.downgrade(context)?)
            }
        })
    }
}

impl<Context: Copy, SqliteExecuteOk, Str> Downgrade<Context>
    for v5::SqliteExecuteResponseOf<SqliteExecuteOk, Str>
{
    type Older = v4::SqliteExecuteResponseOf<SqliteExecuteOk, Str>;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::SqliteExecuteOk(ok) => v4::SqliteExecuteResponseOf::SqliteExecuteOk(ok),
            Self::SqliteErrorResponse(error) => {
                v4::SqliteExecuteResponseOf::SqliteErrorResponse(error.downgrade(context)?)
            }
        })
    }
}

impl<Context: Copy, Pages, Str> Downgrade<Context>
    for v5::ToEnvoySqliteGetPagesResponseOf<Pages, Str>
{
    type Older = v4::ToEnvoySqliteGetPagesResponseOf<Pages, Str>;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        let Self { request_id, data } = self;
        Ok(v4::ToEnvoySqliteGetPagesResponseOf {
            request_id,
            data: data.downgrade(context)?,
        })
    }
}

impl<Context: Copy, Str> Downgrade<Context> for v5::ToEnvoySqliteCommitResponseOf<Str> {
    type Older = v4::ToEnvoySqliteCommitResponseOf<Str>;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        let Self { request_id, data } = self;
        Ok(v4::ToEnvoySqliteCommitResponseOf {
            request_id,
            data: data.downgrade(context)?,
        })
    }
}

impl<Context: Copy, SqliteExecOk, Str> Downgrade<Context>
    for v5::ToEnvoySqliteExecResponseOf<SqliteExecOk, Str>
{
    type Older = v4::ToEnvoySqliteExecResponseOf<SqliteExecOk, Str>;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        let Self { request_id, data } = self;
        Ok(v4::ToEnvoySqliteExecResponseOf {
            request_id,
            data: data.downgrade(context)?,
        })
    }
}

impl<Context: Copy, SqliteExecuteOk, Str> Downgrade<Context>
    for v5::ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str>
{
    type Older = v4::ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str>;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        let Self { request_id, data } = self;
        Ok(v4::ToEnvoySqliteExecuteResponseOf {
            request_id,
            data: data.downgrade(context)?,
        })
    }
}

impl<
    Context: Copy,
    ToRivetMetadata,
    ToRivetEvents,
    ToRivetAckCommands,
    ToRivetKvRequest,
    ToRivetTunnelMessage,
    ToRivetSqliteGetPagesRequest,
    ToRivetSqliteCommitRequest,
    ToRivetSqliteExecRequest,
    ToRivetSqliteExecuteRequest,
> Downgrade<Context>
    for v5::ToRivetOf<
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
    type Older = v4::ToRivetOf<
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

    fn downgrade(self, _context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::ToRivetMetadata(message) => v4::ToRivetOf::ToRivetMetadata(message),
            Self::ToRivetEvents(message) => v4::ToRivetOf::ToRivetEvents(message),
            Self::ToRivetAckCommands(message) => v4::ToRivetOf::ToRivetAckCommands(message),
            Self::ToRivetStopping => v4::ToRivetOf::ToRivetStopping,
            Self::ToRivetPong(message) => v4::ToRivetOf::ToRivetPong(message),
            Self::ToRivetKvRequest(message) => v4::ToRivetOf::ToRivetKvRequest(message),
            Self::ToRivetTunnelMessage(message) => v4::ToRivetOf::ToRivetTunnelMessage(message),
            Self::ToRivetSqliteGetPagesRequest(message) => {
                v4::ToRivetOf::ToRivetSqliteGetPagesRequest(message)
            }
            Self::ToRivetSqliteCommitRequest(message) => {
                v4::ToRivetOf::ToRivetSqliteCommitRequest(message)
            }
            Self::ToRivetSqliteExecRequest(message) => {
                v4::ToRivetOf::ToRivetSqliteExecRequest(message)
            }
            Self::ToRivetSqliteExecuteRequest(message) => {
                v4::ToRivetOf::ToRivetSqliteExecuteRequest(message)
            }
        })
    }
}

impl<
    Context: Copy,
    ToEnvoyCommands,
    ToEnvoyAckEvents,
    ToEnvoyKvResponse,
    ToEnvoyTunnelMessage,
    Pages,
    Str,
    SqliteExecOk,
    SqliteExecuteOk,
> Downgrade<Context>
    for v5::ToEnvoyOf<
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
    type Older = v4::ToEnvoyOf<
        ToEnvoyCommands,
        ToEnvoyAckEvents,
        ToEnvoyKvResponse,
        ToEnvoyTunnelMessage,
        Pages,
        Str,
        SqliteExecOk,
        SqliteExecuteOk,
    >;

    fn downgrade(self, context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::ToEnvoyInit(message) => v4::ToEnvoyOf::ToEnvoyInit(message),
            Self::ToEnvoyCommands(message) => v4::ToEnvoyOf::ToEnvoyCommands(message),
            Self::ToEnvoyAckEvents(message) => v4::ToEnvoyOf::ToEnvoyAckEvents(message),
            Self::ToEnvoyKvResponse(message) => v4::ToEnvoyOf::ToEnvoyKvResponse(message),
            Self::ToEnvoyTunnelMessage(message) => v4::ToEnvoyOf::ToEnvoyTunnelMessage(message),
            Self::ToEnvoyPing(message) => v4::ToEnvoyOf::ToEnvoyPing(message),
            Self::ToEnvoySqliteGetPagesResponse(message) => {
                v4::ToEnvoyOf::ToEnvoySqliteGetPagesResponse(message.downgrade(context)?)
            }
            Self::ToEnvoySqliteCommitResponse(message) => {
                v4::ToEnvoyOf::ToEnvoySqliteCommitResponse(message.downgrade(context)?)
            }
            Self::ToEnvoySqliteExecResponse(message) => {
                v4::ToEnvoyOf::ToEnvoySqliteExecResponse(message.downgrade(context)?)
            }
            Self::ToEnvoySqliteExecuteResponse(message) => {
                v4::ToEnvoyOf::ToEnvoySqliteExecuteResponse(message.downgrade(context)?)
            }
        })
    }
}

impl<Context: Copy, ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage> Downgrade<Context>
    for v5::ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>
{
    type Older = v4::ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>;

    fn downgrade(self, _context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::ToEnvoyConnPing(message) => v4::ToEnvoyConnOf::ToEnvoyConnPing(message),
            Self::ToEnvoyConnClose => v4::ToEnvoyConnOf::ToEnvoyConnClose,
            Self::ToEnvoyCommands(message) => v4::ToEnvoyConnOf::ToEnvoyCommands(message),
            Self::ToEnvoyAckEvents(message) => v4::ToEnvoyConnOf::ToEnvoyAckEvents(message),
            Self::ToEnvoyTunnelMessage(message) => v4::ToEnvoyConnOf::ToEnvoyTunnelMessage(message),
        })
    }
}

impl<Context: Copy, ToRivetTunnelMessage> Downgrade<Context>
    for v5::ToGatewayOf<ToRivetTunnelMessage>
{
    type Older = v4::ToGatewayOf<ToRivetTunnelMessage>;

    fn downgrade(self, _context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::ToGatewayPong(message) => v4::ToGatewayOf::ToGatewayPong(message),
            Self::ToRivetTunnelMessage(message) => v4::ToGatewayOf::ToRivetTunnelMessage(message),
        })
    }
}

impl<Context: Copy, ToOutboundActorStart> Downgrade<Context>
    for v5::ToOutboundOf<ToOutboundActorStart>
{
    type Older = v4::ToOutboundOf<ToOutboundActorStart>;

    fn downgrade(self, _context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::ToOutboundActorStart(message) => v4::ToOutboundOf::ToOutboundActorStart(message),
        })
    }
}

impl<Context: Copy, CommandStartActor> Downgrade<Context>
    for v5::ActorCommandKeyDataOf<CommandStartActor>
{
    type Older = v4::ActorCommandKeyDataOf<CommandStartActor>;

    fn downgrade(self, _context: Context) -> Result<Self::Older, DowngradeError> {
        Ok(match self {
            Self::CommandStartActor(message) => {
                v4::ActorCommandKeyDataOf::CommandStartActor(message)
            }
            Self::CommandStopActor(message) => v4::ActorCommandKeyDataOf::CommandStopActor(message),
        })
    }
}
