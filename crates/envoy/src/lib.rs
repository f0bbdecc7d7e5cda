//! The library behind the `envoy` command: a server and a host of the envoy protocol to run, and its frames for people
//! who look after a fleet.
//!
//! [`run`] is the command. What it is made of can be used without it: [`json`] turns messages into JSON and back, and
//! [`explain`] shows one as an annotated tree; both work from the description of any schema's type.

#![forbid(unsafe_code)]

pub mod args;
mod commands;
#[cfg(feature = "serve")]
mod control;
#[cfg(feature = "serve")]
pub mod demo;
pub mod explain;
mod failure;
#[cfg(feature = "serve")]
mod gateway;
pub mod hex;
#[cfg(feature = "serve")]
mod host;
mod input;
pub mod json;
mod readings;
#[cfg(feature = "serve")]
pub mod serve;
#[cfg(feature = "serve")]
mod service;

use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use args::{Arguments, Command};
use failure::{Failure, Outcome};

/// Does what `arguments` say, between standard input or a file and standard output.
///
/// The status is 0 if every frame was as it should be, and 1 if one was not or could not be read. Wrong usage, which
/// parsing the arguments finds, is 2. A server or a host runs until the process is asked to end. A reader that goes away
/// early ends the command without complaint.
#[must_use]
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let result = match &arguments.command {
        Command::Decode(command) => commands::decode(command, &mut out),
        Command::Encode(command) => commands::encode(command, &mut out),
        Command::Convert(command) => commands::convert(command, &mut out),
        Command::Explain(command) => commands::explain_frames(command, &mut out),
        #[cfg(feature = "serve")]
        Command::Serve(command) => serve::run(command, &mut out),
    };
    let flushed = out.flush().map_err(Failure::from);
    match result.and_then(|outcome| flushed.map(|()| outcome)) {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::SomeFailed) => ExitCode::FAILURE,
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            // Where standard error is closed too there is nobody left to tell.
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}
