//! The cases, by what they are about.

mod actors;
mod api;
mod connection;
mod http;
mod in_flight;
mod kv;
mod lifecycle;
mod pages;
mod reconnect;
mod restart;
mod sql;
mod start;
mod tunnel;
mod websocket;

use anyhow::Result;
use envoy_protocol::Version;
use envoy_protocol::latest::SqliteErrorResponse;

use crate::case::Case;
use crate::check::{contains, same};

macro_rules! cases {
    ($($name:literal => $case:path,)*) => {
        &[$(Case { name: $name, run: |context| Box::pin($case(context)) }),*]
    };
}

/// All of them, those that wait for the engine's longest timers first.
pub(crate) const ALL: &[Case] = cases! {
    "server killed: alarm" => restart::killed_before_an_alarm,
    "server killed: stopping" => restart::killed_while_stopping,
    "never running" => start::never_running,
    "HTTP given up" => tunnel::given_up,
    "host lost" => reconnect::lost,
    "host without pongs" => connection::timed_out,
    "server killed and restarted" => restart::killed,
    "server asked to end" => restart::asked_to_end,
    "server killed: many hosts" => restart::killed_with_many,
    "server killed: committing" => restart::killed_while_committing,
    "metadata" => start::metadata,
    "start and running" => start::start_and_running,
    "start without a host" => start::no_host_yet,
    "KV put and get" => kv::put_and_get,
    "KV list" => kv::list,
    "KV delete and drop" => kv::delete,
    "KV errors" => kv::errors,
    "KV limits" => kv::limits,
    "KV written again" => kv::written_again,
    "KV of another host" => kv::of_another,
    "pages read and committed" => pages::read_and_commit,
    "pages: database not found" => pages::not_found,
    "pages: fence of reads" => pages::fence_of_reads,
    "pages: fence of commits" => pages::fence_of_commits,
    "pages: commit too large" => pages::commit_too_large,
    "pages: generations" => pages::generations,
    "pages: rules" => pages::page_rules,
    "remote exec" => sql::exec,
    "remote execute" => sql::execute,
    "remote SQL errors" => sql::errors,
    "remote transactions" => sql::transactions,
    "remote SQL shapes" => sql::shapes,
    "remote SQL namespaces" => sql::namespaces,
    "HTTP exchange" => http::exchange,
    "HTTP without a body" => http::without_body,
    "HTTP large bodies" => http::large_bodies,
    "HTTP to nobody" => http::not_found,
    "HTTP abort" => http::abort,
    "HTTP while crashing" => http::crash_while_waiting,
    "HTTP chunks" => tunnel::chunks,
    "HTTP chunks given up" => tunnel::chunks_given_up,
    "HTTP caller gone" => tunnel::caller_gone,
    "HTTP hop by hop" => tunnel::hop_by_hop,
    "HTTP invalid answers" => tunnel::invalid_answers,
    "HTTP wrong length" => tunnel::wrong_length,
    "HTTP strange answers" => tunnel::strange_answers,
    "HTTP body limits" => tunnel::body_limits,
    "HTTP header limits" => tunnel::header_limits,
    "HTTP no route" => tunnel::no_route,
    "HTTP by name" => tunnel::by_name,
    "HTTP by name, wrongly" => tunnel::by_name_wrongly,
    "HTTP methods" => tunnel::methods,
    "WebSocket messages" => websocket::messages,
    "WebSocket closed by actor" => websocket::closed_by_the_actor,
    "WebSocket hibernation" => websocket::hibernation,
    "sleep and wake" => lifecycle::sleep_and_wake,
    "alarm" => lifecycle::alarm,
    "stop" => lifecycle::stop,
    "destroy" => lifecycle::destroyed,
    "crash" => lifecycle::crash,
    "going away" => lifecycle::going_away,
    "reconnect: commands" => reconnect::commands,
    "reconnect: replay" => reconnect::replay,
    "reconnect: events" => reconnect::events,
    "reconnect: old events" => reconnect::events_of_old,
    "reconnect: cut and return" => reconnect::cut_and_return,
    "reconnect: requests in flight" => in_flight::requests,
    "reconnect: commits in flight" => in_flight::commits,
    "acks of events" => reconnect::event_acks,
    "our host: local SQL" => actors::local_sql,
    "our host: remote SQL" => actors::remote_sql,
    "our host: KV" => actors::kv,
    "our host: alarm" => actors::alarm,
    "our host: alarm, remote SQL" => actors::alarm_of_remote_sql,
    "our host: HTTP" => actors::http,
    "our host: fence" => actors::fence,
    "our host: lost commit" => actors::lost_commit,
    "our host: drain" => actors::drain,
    "eviction" => reconnect::eviction,
    "API: health and metadata" => api::health,
    "API: unknown namespace" => api::unknown_namespace,
    "API: bad bodies" => api::bad_bodies,
    "API: bad parameters" => api::bad_parameters,
    "API: unknown paths" => api::unknown_paths,
    "API: unknown pool" => api::unknown_pool,
    "API: duplicate" => api::duplicate,
    "API: get or create" => api::get_or_create,
    "API: destroyed twice" => api::destroyed_twice,
    "API: unknown actor" => api::unknown_actor,
    "API: lists" => api::lists,
    "API: KV" => api::kv,
    "API: pools" => api::pools,
    "API: input" => api::input,
    "refused versions" => connection::refused_versions,
    "unknown pool" => connection::unknown_pool,
    "connection: missing parameters" => connection::missing_parameters,
    "connection: unknown namespace" => connection::unknown_namespace,
    "connection: no numbers" => connection::no_numbers,
    "connection: keys of hosts" => connection::host_keys,
    "connection: other paths" => connection::other_paths,
    "connection: too large" => connection::too_large,
    "connection: strangers" => connection::strangers,
    "undecodable frames" => connection::undecodable_frames,
};

/// Checks a storage error: group and code as the version can say them, and what is in the message.
fn is_error(
    version: Version,
    error: &SqliteErrorResponse,
    group: &str,
    code: &str,
    message: &str,
) -> Result<()> {
    contains("message", &error.message, message)?;
    let expected = match version {
        // It has neither, and what is upgraded says the most general.
        Version::V4 => ("core", "internal_error"),
        Version::V5 => (group, code),
    };
    same(
        "group and code",
        &(error.group.as_str(), error.code.as_str()),
        &expected,
    )
}
