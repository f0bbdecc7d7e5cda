//! v4 to v5: what v4 does not say is "none", and an error that v4 tells by its text alone is an internal one.

use bare::FromStatic;

use crate::generated::{v4, v5};

use super::Upgrade;

/// Group and code of an error that came from a version without them. Neither can be taken for a fence.
const LEGACY_GROUP: &str = "core";
const LEGACY_CODE: &str = "internal_error";

/// The text of a v4 error cannot be trusted to say what kind of error it is, so it is none that a host acts upon:
/// `core.internal_error`, message kept.
impl<Context, Str: FromStatic> Upgrade<Context> for v4::SqliteErrorResponseOf<Str> {
    type Newer = v5::SqliteErrorResponseOf<Str>;

    #[inline(always)]
    fn upgrade(self, _context: Context) -> Self::Newer {
        let Self { message } = self;
        v5::SqliteErrorResponseOf {
            group: Str::from_static(LEGACY_GROUP),
            code: Str::from_static(LEGACY_CODE),
            message,
        }
    }
}

/// A v4 server does not tell the head: none, which leaves the host with its own estimate.
impl<Context, Pages> Upgrade<Context> for v4::SqliteGetPagesOkOf<Pages> {
    type Newer = v5::SqliteGetPagesOkOf<Pages>;

    #[inline(always)]
    fn upgrade(self, _context: Context) -> Self::Newer {
        let Self { pages } = self;
        v5::SqliteGetPagesOkOf {
            pages,
            head_txid: None,
        }
    }
}

impl<Context: Copy, Pages, Str: FromStatic> Upgrade<Context>
    for v4::SqliteGetPagesResponseOf<Pages, Str>
{
    type Newer = v5::SqliteGetPagesResponseOf<Pages, Str>;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        match self {
            Self::SqliteGetPagesOk(ok) => {
                v5::SqliteGetPagesResponseOf::SqliteGetPagesOk(ok.upgrade(context))
            }
            Self::SqliteErrorResponse(error) => {
                v5::SqliteGetPagesResponseOf::SqliteErrorResponse(error.upgrade(context))
            }
        }
    }
}

impl<Context: Copy, Str: FromStatic> Upgrade<Context> for v4::SqliteCommitResponseOf<Str> {
    type Newer = v5::SqliteCommitResponseOf<Str>;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        match self {
            // A v4 commit that went through says no more than that.
            Self::SqliteCommitOk => {
                v5::SqliteCommitResponseOf::SqliteCommitOk(v5::SqliteCommitOk { head_txid: None })
            }
            Self::SqliteErrorResponse(error) => {
                v5::SqliteCommitResponseOf::SqliteErrorResponse(error.upgrade(context))
            }
        }
    }
}

impl<Context: Copy, SqliteExecOk, Str: FromStatic> Upgrade<Context>
    for v4::SqliteExecResponseOf<SqliteExecOk, Str>
{
    type Newer = v5::SqliteExecResponseOf<SqliteExecOk, Str>;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        match self {
            Self::SqliteExecOk(ok) => v5::SqliteExecResponseOf::SqliteExecOk(ok),
            Self::SqliteErrorResponse(error) => {
                v5::SqliteExecResponseOf::SqliteErrorResponse(error.upgrade(context))
            }
        }
    }
}

impl<Context: Copy, SqliteExecuteOk, Str: FromStatic> Upgrade<Context>
    for v4::SqliteExecuteResponseOf<SqliteExecuteOk, Str>
{
    type Newer = v5::SqliteExecuteResponseOf<SqliteExecuteOk, Str>;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        match self {
            Self::SqliteExecuteOk(ok) => v5::SqliteExecuteResponseOf::SqliteExecuteOk(ok),
            Self::SqliteErrorResponse(error) => {
                v5::SqliteExecuteResponseOf::SqliteErrorResponse(error.upgrade(context))
            }
        }
    }
}

impl<Context: Copy, Pages, Str: FromStatic> Upgrade<Context>
    for v4::ToEnvoySqliteGetPagesResponseOf<Pages, Str>
{
    type Newer = v5::ToEnvoySqliteGetPagesResponseOf<Pages, Str>;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        let Self { request_id, data } = self;
        v5::ToEnvoySqliteGetPagesResponseOf {
            request_id,
            data: data.upgrade(context),
        }
    }
}

impl<Context: Copy, Str: FromStatic> Upgrade<Context> for v4::ToEnvoySqliteCommitResponseOf<Str> {
    type Newer = v5::ToEnvoySqliteCommitResponseOf<Str>;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        let Self { request_id, data } = self;
        v5::ToEnvoySqliteCommitResponseOf {
            request_id,
            data: data.upgrade(context),
        }
    }
}

impl<Context: Copy, SqliteExecOk, Str: FromStatic> Upgrade<Context>
    for v4::ToEnvoySqliteExecResponseOf<SqliteExecOk, Str>
{
    type Newer = v5::ToEnvoySqliteExecResponseOf<SqliteExecOk, Str>;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        let Self { request_id, data } = self;
        v5::ToEnvoySqliteExecResponseOf {
            request_id,
            data: data.upgrade(context),
        }
    }
}

impl<Context: Copy, SqliteExecuteOk, Str: FromStatic> Upgrade<Context>
    for v4::ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str>
{
    type Newer = v5::ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str>;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        let Self { request_id, data } = self;
        v5::ToEnvoySqliteExecuteResponseOf {
            request_id,
            data: data.upgrade(context),
        }
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
> Upgrade<Context>
    for v4::ToRivetOf<
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
    type Newer = v5::ToRivetOf<
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

    #[inline(always)]
    fn upgrade(self, _context: Context) -> Self::Newer {
        match self {
            Self::ToRivetMetadata(message) => v5::ToRivetOf::ToRivetMetadata(message),
            Self::ToRivetEvents(message) => v5::ToRivetOf::ToRivetEvents(message),
            Self::ToRivetAckCommands(message) => v5::ToRivetOf::ToRivetAckCommands(message),
            Self::ToRivetStopping => v5::ToRivetOf::ToRivetStopping,
            Self::ToRivetPong(message) => v5::ToRivetOf::ToRivetPong(message),
            Self::ToRivetKvRequest(message) => v5::ToRivetOf::ToRivetKvRequest(message),
            Self::ToRivetTunnelMessage(message) => v5::ToRivetOf::ToRivetTunnelMessage(message),
            Self::ToRivetSqliteGetPagesRequest(message) => {
                v5::ToRivetOf::ToRivetSqliteGetPagesRequest(message)
            }
            Self::ToRivetSqliteCommitRequest(message) => {
                v5::ToRivetOf::ToRivetSqliteCommitRequest(message)
            }
            Self::ToRivetSqliteExecRequest(message) => {
                v5::ToRivetOf::ToRivetSqliteExecRequest(message)
            }
            Self::ToRivetSqliteExecuteRequest(message) => {
                v5::ToRivetOf::ToRivetSqliteExecuteRequest(message)
            }
        }
    }
}

impl<
    Context: Copy,
    ToEnvoyCommands,
    ToEnvoyAckEvents,
    ToEnvoyKvResponse,
    ToEnvoyTunnelMessage,
    Pages,
    Str: FromStatic,
    SqliteExecOk,
    SqliteExecuteOk,
> Upgrade<Context>
    for v4::ToEnvoyOf<
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
    type Newer = v5::ToEnvoyOf<
        ToEnvoyCommands,
        ToEnvoyAckEvents,
        ToEnvoyKvResponse,
        ToEnvoyTunnelMessage,
        Pages,
        Str,
        SqliteExecOk,
        SqliteExecuteOk,
    >;

    #[inline(always)]
    fn upgrade(self, context: Context) -> Self::Newer {
        match self {
            Self::ToEnvoyInit(message) => v5::ToEnvoyOf::ToEnvoyInit(message),
            Self::ToEnvoyCommands(message) => v5::ToEnvoyOf::ToEnvoyCommands(message),
            Self::ToEnvoyAckEvents(message) => v5::ToEnvoyOf::ToEnvoyAckEvents(message),
            Self::ToEnvoyKvResponse(message) => v5::ToEnvoyOf::ToEnvoyKvResponse(message),
            Self::ToEnvoyTunnelMessage(message) => v5::ToEnvoyOf::ToEnvoyTunnelMessage(message),
            Self::ToEnvoyPing(message) => v5::ToEnvoyOf::ToEnvoyPing(message),
            Self::ToEnvoySqliteGetPagesResponse(message) => {
                v5::ToEnvoyOf::ToEnvoySqliteGetPagesResponse(message.upgrade(context))
            }
            Self::ToEnvoySqliteCommitResponse(message) => {
                v5::ToEnvoyOf::ToEnvoySqliteCommitResponse(message.upgrade(context))
            }
            Self::ToEnvoySqliteExecResponse(message) => {
                v5::ToEnvoyOf::ToEnvoySqliteExecResponse(message.upgrade(context))
            }
            Self::ToEnvoySqliteExecuteResponse(message) => {
                v5::ToEnvoyOf::ToEnvoySqliteExecuteResponse(message.upgrade(context))
            }
        }
    }
}

impl<Context: Copy, ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage> Upgrade<Context>
    for v4::ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>
{
    type Newer = v5::ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>;

    #[inline(always)]
    fn upgrade(self, _context: Context) -> Self::Newer {
        match self {
            Self::ToEnvoyConnPing(message) => v5::ToEnvoyConnOf::ToEnvoyConnPing(message),
            Self::ToEnvoyConnClose => v5::ToEnvoyConnOf::ToEnvoyConnClose,
            Self::ToEnvoyCommands(message) => v5::ToEnvoyConnOf::ToEnvoyCommands(message),
            Self::ToEnvoyAckEvents(message) => v5::ToEnvoyConnOf::ToEnvoyAckEvents(message),
            Self::ToEnvoyTunnelMessage(message) => v5::ToEnvoyConnOf::ToEnvoyTunnelMessage(message),
        }
    }
}

impl<Context: Copy, ToRivetTunnelMessage> Upgrade<Context>
    for v4::ToGatewayOf<ToRivetTunnelMessage>
{
    type Newer = v5::ToGatewayOf<ToRivetTunnelMessage>;

    #[inline(always)]
    fn upgrade(self, _context: Context) -> Self::Newer {
        match self {
            Self::ToGatewayPong(message) => v5::ToGatewayOf::ToGatewayPong(message),
            Self::ToRivetTunnelMessage(message) => v5::ToGatewayOf::ToRivetTunnelMessage(message),
        }
    }
}

impl<Context: Copy, ToOutboundActorStart> Upgrade<Context>
    for v4::ToOutboundOf<ToOutboundActorStart>
{
    type Newer = v5::ToOutboundOf<ToOutboundActorStart>;

    #[inline(always)]
    fn upgrade(self, _context: Context) -> Self::Newer {
        match self {
            Self::ToOutboundActorStart(message) => v5::ToOutboundOf::ToOutboundActorStart(message),
        }
    }
}

impl<Context: Copy, CommandStartActor> Upgrade<Context>
    for v4::ActorCommandKeyDataOf<CommandStartActor>
{
    type Newer = v5::ActorCommandKeyDataOf<CommandStartActor>;

    #[inline(always)]
    fn upgrade(self, _context: Context) -> Self::Newer {
        match self {
            Self::CommandStartActor(message) => {
                v5::ActorCommandKeyDataOf::CommandStartActor(message)
            }
            Self::CommandStopActor(message) => v5::ActorCommandKeyDataOf::CommandStopActor(message),
        }
    }
}
