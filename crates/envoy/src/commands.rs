//! The commands.

use std::io::{self, IsTerminal, Write};

use bytes::Bytes;
use clap::ColorChoice;
use envoy_protocol::{Root, Version, transcode};
use serde_json::Value;

use crate::args::{Convert, Decode, Encode, Explain, Selection};
use crate::explain::{Palette, counted, explain};
use crate::failure::{Failure, Outcome};
use crate::input::{answer_line, each_line, read};
use crate::{hex, json, readings};

type Result = std::result::Result<Outcome, Failure>;

/// `envoy decode`
pub(crate) fn decode(command: &Decode, out: &mut impl Write) -> Result {
    let Decode { selection, input } = command;
    if input.hex {
        return each_line(input, out, |line, out| {
            let json = from_hex(line).and_then(|octets| to_json(*selection, &octets));
            answer_line(out, &json.map(|json| json.to_string()))
        });
    }
    let octets = read(input)?;
    let json = to_json(*selection, &octets).map_err(|error| invalid_frame(error, &octets))?;
    writeln!(out, "{json:#}")?;
    Ok(Outcome::Good)
}

/// `envoy encode`
pub(crate) fn encode(command: &Encode, out: &mut impl Write) -> Result {
    let Encode { selection, input } = command;
    if input.hex {
        return each_line(input, out, |line, out| {
            let octets = from_json(*selection, line);
            answer_line(out, &octets.map(|octets| hex::encode(&octets)))
        });
    }
    let text = read(input)?;
    let octets = from_json(*selection, &text).map_err(Failure::Invalid)?;
    write_octets(out, &octets)
}

/// `envoy convert`
pub(crate) fn convert(command: &Convert, out: &mut impl Write) -> Result {
    let Convert {
        root,
        from,
        to,
        input,
    } = command;
    let convert = |octets: Vec<u8>| {
        transcode(*root, &Bytes::from(octets), *from, *to).map_err(|error| error.to_string())
    };
    if input.hex {
        return each_line(input, out, |line, out| {
            let frame = from_hex(line).and_then(convert);
            answer_line(out, &frame.map(|frame| hex::encode(&frame)))
        });
    }
    let octets = read(input)?;
    let frame = convert(octets.clone()).map_err(|error| invalid_frame(error, &octets))?;
    write_octets(out, &frame)
}

/// `envoy explain`
pub(crate) fn explain_frames(command: &Explain, out: &mut impl Write) -> Result {
    let Explain {
        selection,
        input,
        color,
    } = command;
    let palette = palette(*color);
    if !input.hex {
        let octets = read(input)?;
        let outcome = explain_frame(*selection, &octets, &palette, out)?;
        if let (Outcome::SomeFailed, Some(hint)) = (outcome, hex_hint(&octets)) {
            writeln!(out, "{hint}")?;
        }
        return Ok(outcome);
    }
    let mut number = 0_u64;
    each_line(input, out, |line, out| {
        number += 1;
        if number > 1 {
            writeln!(out)?;
        }
        write!(out, "frame {number}: ")?;
        match from_hex(line) {
            Ok(octets) => explain_frame(*selection, &octets, &palette, out),
            Err(error) => answer_line(out, &Err(error)),
        }
    })
}

/// The trees of every reading of a frame, or that of the reading that came closest.
fn explain_frame(
    selection: Selection,
    octets: &[u8],
    palette: &Palette,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    if let Some((root, version)) = selection.only() {
        return tree(root, &[version], octets, palette, out);
    }
    match readings::of_octets(selection, octets) {
        Ok(readings) => readings.iter().try_fold(Outcome::Good, |outcome, reading| {
            let tree = tree(reading.root, &reading.versions, octets, palette, out)?;
            Ok(outcome.and(tree))
        }),
        Err(nearest) => {
            write!(out, "no root and version fits; the closest is ")?;
            tree(nearest.root, &[nearest.version], octets, palette, out)
        }
    }
}

/// The tree of a frame at versions that read it the same, under what it is.
fn tree(
    root: Root,
    versions: &[Version],
    octets: &[u8],
    palette: &Palette,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    let names: Vec<_> = versions.iter().map(Version::to_string).collect();
    let size = counted(octets.len(), "octet", "octets");
    writeln!(out, "{root}, {}, {size}", names.join(" and "))?;
    let version = versions.last().copied().unwrap_or(Version::LATEST);
    let explanation = explain(root.definition(version), octets);
    explanation.write(out, palette)?;
    Ok(match explanation.error() {
        None => Outcome::Good,
        Some(_) => Outcome::SomeFailed,
    })
}

fn to_json(selection: Selection, octets: &[u8]) -> std::result::Result<Value, String> {
    match selection.only() {
        Some((root, version)) => {
            json::decode(root.definition(version), octets).map_err(|error| error.to_string())
        }
        None => readings::of_octets(selection, octets)
            .map(readings::to_json)
            .map_err(|error| error.to_string()),
    }
}

fn from_json(selection: Selection, text: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let json = json::parse(text).map_err(|error| error.to_string())?;
    match selection.only() {
        Some((root, version)) => {
            json::encode(root.definition(version), &json).map_err(|error| error.to_string())
        }
        None => readings::to_octets(selection, &json),
    }
}

fn from_hex(line: &[u8]) -> std::result::Result<Vec<u8>, String> {
    hex::decode(line).map_err(|error| error.to_string())
}

/// Octets as they are, but never to a terminal, which would take them for commands.
fn write_octets(out: &mut impl Write, octets: &[u8]) -> Result {
    if io::stdout().is_terminal() {
        return Err(Failure::Terminal);
    }
    out.write_all(octets)?;
    Ok(Outcome::Good)
}

fn invalid_frame(error: String, octets: &[u8]) -> Failure {
    Failure::Invalid(match hex_hint(octets) {
        Some(hint) => format!("{error}\n{hint}"),
        None => error,
    })
}

/// What to do where the frame that was read is text that stands for one.
fn hex_hint(octets: &[u8]) -> Option<&'static str> {
    let looks_like_digits = !octets.is_empty()
        && octets
            .iter()
            .all(|octet| octet.is_ascii_hexdigit() || octet.is_ascii_whitespace());
    looks_like_digits
        .then_some("The input consists of hexadecimal digits: add --hex to read it as such.")
}

fn palette(choice: ColorChoice) -> Palette {
    let coloured = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            io::stdout().is_terminal() && !refused
        }
    };
    if coloured {
        Palette::coloured()
    } else {
        Palette::plain()
    }
}
