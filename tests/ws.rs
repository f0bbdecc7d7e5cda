//! The transport over real sockets: what is said arrives, and every way to end is told.

#[path = "ws/ends.rs"]
mod ends;
#[path = "ws/examples.rs"]
mod examples;
#[path = "ws/messages.rs"]
mod messages;
#[path = "ws/refusals.rs"]
mod refusals;
#[path = "ws/sessions.rs"]
mod sessions;
#[path = "ws/support.rs"]
mod support;
#[path = "ws/telemetry.rs"]
mod telemetry;
#[path = "ws/tls.rs"]
mod tls;
