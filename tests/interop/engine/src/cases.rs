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

use std::time::Duration;

use anyhow::Result;
use envoy_protocol::Version;
use envoy_protocol::latest::SqliteErrorResponse;

use crate::case::Case;
use crate::check::{contains, same};

/// How long a case is waited for to fail without its guards, in seconds, if nothing else is said.
const BOUND: u64 = 20;

macro_rules! cases {
    ($($name:literal => $case:path, without [$($guard:literal),+] $(within $seconds:literal)?;)*) => {
        &[$(Case {
            name: $name,
            run: |context| Box::pin($case(context)),
            finds: &[$($guard),+],
            bound: Duration::from_secs(cases!(@bound $($seconds)?)),
        }),*]
    };
    (@bound $seconds:literal) => { $seconds };
    (@bound) => { BOUND };
}

/// All of them, those that wait for the engine's longest timers first. Each fails where our gateway leaves out what is
/// named behind it: `--faults` runs it so.
pub(crate) const ALL: &[Case] = cases! {
    "server killed: alarm" => restart::killed_before_an_alarm, without ["alarm"] within 40;
    "server killed: stopping" => restart::killed_while_stopping, without ["destroy"] within 40;
    "never running" => start::never_running, without ["start-bound"] within 50;
    "HTTP given up" => tunnel::given_up, without ["retries"] within 40;
    "host lost" => reconnect::lost, without ["lost"] within 40;
    "host without pongs" => connection::timed_out, without ["pongs"] within 30;
    "server killed and restarted" => restart::killed, without ["absence"] within 40;
    "server asked to end" => restart::asked_to_end, without ["going-away"] within 40;
    "server killed: many hosts" => restart::killed_with_many, without ["absence"] within 40;
    "server killed: committing" => restart::killed_while_committing, without ["resends"] within 40;
    "metadata" => start::metadata, without ["metadata"];
    "start and running" => start::start_and_running, without ["input"];
    "start without a host" => start::no_host_yet, without ["waiting"];
    "KV put and get" => kv::put_and_get, without ["kv-stored"];
    "KV list" => kv::list, without ["kv-bounds"];
    "KV delete and drop" => kv::delete, without ["kv-stored"];
    "KV errors" => kv::errors, without ["limits", "errors-told"];
    "KV limits" => kv::limits, without ["limits"];
    "KV written again" => kv::written_again, without ["kv-stored"];
    "KV of another host" => kv::of_another, without ["kv-holder"];
    "pages read and committed" => pages::read_and_commit, without ["v4-fence", "head-told"];
    "pages: database not found" => pages::not_found, without ["empty-database"];
    "pages: fence of reads" => pages::fence_of_reads, without ["head-fence", "lost"];
    "pages: fence of commits" => pages::fence_of_commits, without ["head-fence"];
    "pages: commit too large" => pages::commit_too_large, without ["limits"];
    "pages: generations" => pages::generations, without ["generation"];
    "pages: rules" => pages::page_rules, without ["errors-told"];
    "remote exec" => sql::exec, without ["float-order"];
    "remote execute" => sql::execute, without ["float-order", "changes"];
    "remote SQL errors" => sql::errors, without ["errors-told"];
    "remote transactions" => sql::transactions, without ["transactions"];
    "remote SQL shapes" => sql::shapes, without ["changes"];
    "remote SQL namespaces" => sql::namespaces, without ["namespaces"];
    "HTTP exchange" => http::exchange, without ["request-bodies"];
    "HTTP without a body" => http::without_body, without ["header-routes"];
    "HTTP large bodies" => http::large_bodies, without ["request-bodies"];
    "HTTP to nobody" => http::not_found, without ["call-errors", "destroy"];
    "HTTP abort" => http::abort, without ["retries"];
    "HTTP while crashing" => http::crash_while_waiting, without ["retries", "crash"];
    "HTTP chunks" => tunnel::chunks, without ["parts"];
    "HTTP chunks given up" => tunnel::chunks_given_up, without ["parts"];
    "HTTP caller gone" => tunnel::caller_gone, without ["caller-gone"];
    "HTTP hop by hop" => tunnel::hop_by_hop, without ["hop-by-hop"];
    "HTTP invalid answers" => tunnel::invalid_answers, without ["call-errors", "answer-checks"];
    "HTTP wrong length" => tunnel::wrong_length, without ["length"];
    "HTTP strange answers" => tunnel::strange_answers, without ["own-answers"];
    "HTTP body limits" => tunnel::body_limits, without ["limits"];
    "HTTP header limits" => tunnel::header_limits, without ["limits"];
    "HTTP no route" => tunnel::no_route, without ["header-routes", "call-errors"];
    "HTTP by name" => tunnel::by_name, without ["keys"];
    "HTTP by name, wrongly" => tunnel::by_name_wrongly, without ["call-errors", "namespaces"];
    "HTTP methods" => tunnel::methods, without ["preflight"];
    "WebSocket messages" => websocket::messages, without ["refusals"];
    "WebSocket closed by actor" => websocket::closed_by_the_actor, without ["refusals"];
    "WebSocket hibernation" => websocket::hibernation, without ["refusals"];
    "sleep and wake" => lifecycle::sleep_and_wake, without ["wishes"];
    "alarm" => lifecycle::alarm, without ["alarm"];
    "stop" => lifecycle::stop, without ["wishes"];
    "destroy" => lifecycle::destroyed, without ["destroy"];
    "crash" => lifecycle::crash, without ["crash"];
    "going away" => lifecycle::going_away, without ["drain"];
    "reconnect: commands" => reconnect::commands, without ["session"];
    "reconnect: replay" => reconnect::replay, without ["session"];
    "reconnect: events" => reconnect::events, without ["session"];
    "reconnect: old events" => reconnect::events_of_old, without ["session"];
    "reconnect: cut and return" => reconnect::cut_and_return, without ["absence"];
    "reconnect: requests in flight" => in_flight::requests, without ["kv-stored"];
    "reconnect: commits in flight" => in_flight::commits, without ["resends"];
    "acks of events" => reconnect::event_acks, without ["event-acks"];
    "our host: local SQL" => actors::local_sql, without ["wishes"];
    "our host: remote SQL" => actors::remote_sql, without ["wishes"];
    "our host: KV" => actors::kv, without ["kv-stored"];
    "our host: alarm" => actors::alarm, without ["alarm"];
    "our host: alarm, remote SQL" => actors::alarm_of_remote_sql, without ["alarm"];
    "our host: HTTP" => actors::http, without ["request-bodies"];
    "our host: fence" => actors::fence, without ["head-fence", "errors-told"];
    "our host: lost commit" => actors::lost_commit, without ["retries"];
    "our host: drain" => actors::drain, without ["drain"];
    "eviction" => reconnect::eviction, without ["eviction"];
    "API: health and metadata" => api::health, without ["newest"];
    "API: unknown namespace" => api::unknown_namespace, without ["namespaces"];
    "API: bad bodies" => api::bad_bodies, without ["json-type"];
    "API: bad parameters" => api::bad_parameters, without ["call-errors", "parameters"];
    "API: unknown paths" => api::unknown_paths, without ["call-errors"];
    "API: unknown pool" => api::unknown_pool, without ["pools"];
    "API: duplicate" => api::duplicate, without ["keys"];
    "API: get or create" => api::get_or_create, without ["keys"];
    "API: destroyed twice" => api::destroyed_twice, without ["destroy"];
    "API: unknown actor" => api::unknown_actor, without ["call-errors"];
    "API: lists" => api::lists, without ["list-order"];
    "API: KV" => api::kv, without ["call-errors"];
    "API: pools" => api::pools, without ["call-errors"];
    "API: input" => api::input, without ["input"];
    "refused versions" => connection::refused_versions, without ["refusals"];
    "unknown pool" => connection::unknown_pool, without ["pools", "refusals"];
    "connection: missing parameters" => connection::missing_parameters, without ["refusals"];
    "connection: unknown namespace" => connection::unknown_namespace, without ["namespaces"];
    "connection: no numbers" => connection::no_numbers, without ["refusals"];
    "connection: keys of hosts" => connection::host_keys, without ["refusals"];
    "connection: other paths" => connection::other_paths, without ["refusals"];
    "connection: too large" => connection::too_large, without ["limits"];
    "connection: strangers" => connection::strangers, without ["event-acks"];
    "undecodable frames" => connection::undecodable_frames, without ["session"];
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
