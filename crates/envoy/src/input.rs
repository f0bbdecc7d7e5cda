//! Reading frames: all of a file, or line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use crate::args::Input;
use crate::failure::{Failure, Outcome};

/// All of the input.
pub(crate) fn read(input: &Input) -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    open(input)
        .and_then(|mut source| source.read_to_end(&mut octets))
        .map_err(|error| failure(input, error))?;
    Ok(octets)
}

/// Hands each line of the input, without its end, to `answer`, which writes what there is to say about it.
///
/// A line ends with a line feed, which a carriage return may precede; the last one need not. Whatever was written is
/// sent on before waiting for more input, so that the command can stand in a pipe that is still being written.
pub(crate) fn each_line<W: Write>(
    input: &Input,
    out: &mut W,
    mut answer: impl FnMut(&[u8], &mut W) -> io::Result<Outcome>,
) -> Result<Outcome, Failure> {
    let source = open(input).map_err(|error| failure(input, error))?;
    let mut source = BufReader::new(source);
    let mut outcome = Outcome::Good;
    let mut line = Vec::new();
    loop {
        line.clear();
        if source.buffer().is_empty() {
            out.flush()?;
        }
        if source
            .read_until(b'\n', &mut line)
            .map_err(|error| failure(input, error))?
            == 0
        {
            return Ok(outcome);
        }
        let frame = line.strip_suffix(b"\n").unwrap_or(&line);
        let frame = frame.strip_suffix(b"\r").unwrap_or(frame);
        outcome = outcome.and(answer(frame, out)?);
    }
}

/// Writes the one line that answers one line of input.
pub(crate) fn answer_line(
    out: &mut impl Write,
    answer: &Result<String, String>,
) -> io::Result<Outcome> {
    match answer {
        Ok(answer) => writeln!(out, "{answer}").map(|()| Outcome::Good),
        Err(error) => writeln!(out, "error: {error}").map(|()| Outcome::SomeFailed),
    }
}

fn open(input: &Input) -> io::Result<Box<dyn Read>> {
    Ok(match &input.file {
        Some(file) => Box::new(File::open(file)?),
        None => Box::new(io::stdin().lock()),
    })
}

fn failure(input: &Input, error: io::Error) -> Failure {
    Failure::Input {
        file: input.file.clone(),
        error,
    }
}
