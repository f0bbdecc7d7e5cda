//! The commands that run something: a server, a host, or both to look at.

use std::io::Write;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use envoy_protocol::Version;

use crate::failure::{Failure, Outcome};
use crate::{demo, gateway, host};

/// What can be run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a server: hosts and callers connect to it, and it keeps the actors' databases
    ///
    /// It serves until SIGTERM or SIGINT, and then ends in good order; a second one ends it at once. Tokens come from the environment, where a list of
    /// processes does not show them: `ENVOY_TOKEN` for everybody, or `ENVOY_API_TOKEN`, `ENVOY_HOST_TOKEN` and
    /// `ENVOY_CALLER_TOKEN`.
    Gateway(Gateway),
    /// Run a host with a ready actor: a key-value service over HTTP, in SQL
    ///
    /// GET / lists an actor's keys; GET, PUT and DELETE of /key are what they say; POST /sql takes {"sql": …, "params": […]}. A
    /// token for the server is taken from the environment: `ENVOY_TOKEN`.
    ///
    /// A server that cannot be reached is tried again and again; what it refuses when the pool is made is an error. SIGTERM
    /// and SIGINT drain the host: its actors stop, and go on elsewhere. A second one ends it at once.
    Host(Host),
    /// Show what the head fence is for: a gateway, a v4 and a v5 host, load, and everything that must not go wrong
    ///
    /// Takes some ten seconds. The status is 0 if no write was lost or applied twice, and each stale instance was stopped once.
    Demo(Demo),
}

/// `envoy gateway`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Gateway {
    /// What else there is to do with a gateway's store.
    #[command(subcommand)]
    pub command: Option<GatewayCommand>,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:6420")]
    pub listen: String,
    /// The folder of the store; made if it is not there
    #[arg(long, value_name = "FOLDER", default_value = "envoy-data")]
    pub data: PathBuf,
    /// Keep nothing: the store is in memory, and gone with the process
    #[arg(long, conflicts_with = "data")]
    pub in_memory: bool,
    /// A namespace that there is; can be given several times
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = NonEmptyStringValueParser::new())]
    pub namespace: Vec<String>,
    /// Seconds that a host may be away until its actors are started elsewhere. Hosts are told; one that was killed is waited for
    /// as long as one whose network fails for a moment
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
    pub host_lost: u16,
    /// What is written to standard error: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log: tracing::Level,
    /// Leave a guard out, for tests: one of those that --guards tells
    #[cfg(feature = "faults")]
    #[arg(long, value_name = "GUARD")]
    pub without: Option<envoy_gateway::Guard>,
    /// Tell which guards can be left out, each with what holds because of it, and end
    #[cfg(feature = "faults")]
    #[arg(long)]
    pub guards: bool,
}

/// What can be done with a gateway's store.
#[derive(Debug, Subcommand)]
pub enum GatewayCommand {
    /// Copy a store into a new folder, as of one moment, whole and durable
    ///
    /// A gateway that serves the store makes the copy itself, and goes on serving.
    Backup {
        /// The folder of the store
        #[arg(long, value_name = "FOLDER", default_value = "envoy-data")]
        data: PathBuf,
        /// The folder that is made
        to: PathBuf,
    },
}

/// `envoy host`
#[derive(Debug, Args)]
pub struct Host {
    /// The server: http:// or ws://, a name or an address, and perhaps a port and a path
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:6420")]
    pub endpoint: String,
    /// The namespace
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = NonEmptyStringValueParser::new())]
    pub namespace: String,
    /// The pool to join; made if it is not there
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = NonEmptyStringValueParser::new())]
    pub pool: String,
    /// Do not make the pool: a token that is for hosts alone cannot
    #[arg(long)]
    pub existing_pool: bool,
    /// The version of the protocol: 4 or 5
    #[arg(long, value_name = "VERSION", default_value_t = Version::LATEST)]
    pub version: Version,
    /// The number of what is deployed: actors are started on the hosts with the highest one
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub deployment: u32,
    /// Seconds that it may take to end, once it is asked to. Actors that have not stopped by then are given up. Without a
    /// server it takes some 3 s
    #[arg(long, value_name = "SECONDS", default_value_t = 25, value_parser = clap::value_parser!(u16).range(1..))]
    pub drain_bound: u16,
    /// What the actors are called
    #[arg(long, value_name = "NAME", default_value = "kv", value_parser = NonEmptyStringValueParser::new())]
    pub actor: String,
    /// Run the actors' SQL at the server instead of here
    #[arg(long)]
    pub remote_sql: bool,
    /// What is written to standard error: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log: tracing::Level,
}

/// `envoy demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Leave a guard out, and see what breaks: head-fence, generation, v4-fence or resend
    #[cfg(feature = "faults")]
    #[arg(long, value_name = "GUARD")]
    pub without: Option<crate::demo::Guard>,
}

pub(crate) fn run(command: &Command, out: &mut impl Write) -> Result<Outcome, Failure> {
    match command {
        Command::Gateway(command) => gateway::run(command, out),
        Command::Host(command) => host::run(command),
        Command::Demo(command) => demo::run(command, out),
    }
}
