//! The times as a picture: how many times as long as ours the other codecs take, on a logarithmic scale.

use std::fmt::Write as _;

use envoy_benches_peers::Operation;

use crate::table::{Row, short};

const WIDTH: f64 = 880.0;
/// The names of the messages are to the left of this.
const LEFT: f64 = 150.0;
const RIGHT: f64 = 40.0;
/// Above a panel, its title and the scale.
const HEAD: f64 = 54.0;
const ROW: f64 = 22.0;
const LEGEND: f64 = 40.0;
const RADIUS: f64 = 4.5;

/// A codec that is drawn: its name, its colour, and what it does that ours does too.
struct Peer {
    name: &'static str,
    color: &'static str,
    operation: Operation,
    ours: Operation,
    mark: Mark,
}

/// What stands for a figure.
#[derive(Clone, Copy)]
enum Mark {
    /// A value that is whole.
    Dot,
    /// A view, which reads fields when they are asked for.
    Ring,
}

/// Colours that people tell apart, whatever colours they see.
const VBARE: &str = "#0072b2";
const SERDE: &str = "#d55e00";
const PROST: &str = "#009e73";
const RKYV: &str = "#cc79a7";

const ENCODE: &[Peer] = &[
    encoder(
        "vbare",
        VBARE,
        Operation::VbareEncodeWarm,
        Operation::EncodeWarm,
    ),
    encoder(
        "serde_bare",
        SERDE,
        Operation::SerdeEncode,
        Operation::EncodeFresh,
    ),
    encoder(
        "prost",
        PROST,
        Operation::ProstEncodeWarm,
        Operation::EncodeWarm,
    ),
    encoder(
        "rkyv",
        RKYV,
        Operation::RkyvEncodeWarm,
        Operation::EncodeWarm,
    ),
];

const DECODE: &[Peer] = &[
    decoder("vbare", VBARE, Operation::VbareDecode, Mark::Dot),
    decoder("vbare, view", VBARE, Operation::VbareView, Mark::Ring),
    decoder("serde_bare", SERDE, Operation::SerdeDecode, Mark::Dot),
    decoder("prost", PROST, Operation::ProstDecode, Mark::Dot),
    decoder("rkyv", RKYV, Operation::RkyvDecode, Mark::Dot),
    decoder("rkyv, view", RKYV, Operation::RkyvView, Mark::Ring),
];

const fn encoder(
    name: &'static str,
    color: &'static str,
    operation: Operation,
    ours: Operation,
) -> Peer {
    Peer {
        name,
        color,
        operation,
        ours,
        mark: Mark::Dot,
    }
}

const fn decoder(
    name: &'static str,
    color: &'static str,
    operation: Operation,
    mark: Mark,
) -> Peer {
    Peer {
        name,
        color,
        operation,
        ours: Operation::DecodeFrame,
        mark,
    }
}

/// An SVG with a panel for encoding and one for decoding.
#[must_use]
pub fn svg(rows: &[Row]) -> String {
    let panel = HEAD + rows.len() as f64 * ROW;
    let height = 2.0 * panel + LEGEND;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>Time of other codecs for each message, as multiples of envoy-protocol's</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    draw(
        &mut out,
        0.0,
        "Encode: how many times as long as ours",
        ENCODE,
        rows,
    );
    draw(
        &mut out,
        panel,
        "Decode: how many times as long as our frame (rings: views, which read fields only later)",
        DECODE,
        rows,
    );
    let mut x = LEFT;
    let y = height - LEGEND / 2.0;
    for peer in DECODE {
        mark(&mut out, x, y, peer, peer.name);
        text(&mut out, x + 10.0, y + 4.0, "start", "#222", peer.name);
        x += 110.0;
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, top: f64, title: &str, peers: &[Peer], rows: &[Row]) {
    let ratios: Vec<Vec<_>> = rows
        .iter()
        .map(|row| {
            let ratio = |peer| Some((peer, ratio(row, peer)?));
            peers.iter().filter_map(ratio).collect()
        })
        .collect();
    let all = || ratios.iter().flatten().map(|(_, ratio)| ratio.log10());
    // From the power of ten below the least to the one above the most, with ours, 1, among them.
    let least = all().fold(0.0, f64::min).floor();
    let most = all().fold(1.0, f64::max).ceil();
    let bottom = top + HEAD + rows.len() as f64 * ROW;
    let place = |power: f64| LEFT + (power - least) / (most - least) * (WIDTH - LEFT - RIGHT);

    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"{}\" font-size=\"14\" font-weight=\"bold\" fill=\"#222\">{title}</text>",
        top + 22.0
    );
    let mut power = least;
    while power <= most {
        let (x, color) = (place(power), if power == 0.0 { "#222" } else { "#ddd" });
        let _ = writeln!(
            out,
            "<line x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" stroke=\"{color}\"/>",
            top + HEAD - 8.0
        );
        let label = if power == 0.0 {
            "ours".to_owned()
        } else {
            format!("{}x", 10_f64.powf(power))
        };
        text(out, x, top + HEAD - 13.0, "middle", "#666", &label);
        power += 1.0;
    }
    for (at, (row, ratios)) in rows.iter().zip(&ratios).enumerate() {
        let y = top + HEAD + (at as f64 + 0.5) * ROW;
        text(out, LEFT - 12.0, y + 4.0, "end", "#222", row.case.name);
        for (peer, ratio) in ratios {
            let label = format!("{}, {}: {}x", row.case.name, peer.name, short(*ratio));
            mark(out, place(ratio.log10()), y, peer, &label);
        }
    }
}

fn ratio(row: &Row, peer: &Peer) -> Option<f64> {
    row.ratio(peer.operation, peer.ours)
}

fn mark(out: &mut String, x: f64, y: f64, peer: &Peer, title: &str) {
    let color = peer.color;
    let style = match peer.mark {
        Mark::Dot => format!("r=\"{RADIUS}\" fill=\"{color}\""),
        Mark::Ring => format!("r=\"{RADIUS}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\""),
    };
    let _ = writeln!(
        out,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" {style}><title>{title}</title></circle>"
    );
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, color: &str, text: &str) {
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{color}\">{text}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;

    #[test]
    fn a_codec_that_was_measured_has_a_place_and_one_that_was_not_has_none() {
        let measured = [
            (Operation::EncodeWarm, 10.0),
            (Operation::VbareEncodeWarm, 1000.0),
            (Operation::ProstEncodeWarm, 5.0),
        ];
        let svg = svg(&[Row::new(&CASES[0], 9, measured)]);
        for drawn in ["Pong, vbare: 100x", "Pong, prost: 0.50x"] {
            assert!(svg.contains(drawn), "{svg}");
        }
        assert!(!svg.contains("Pong, rkyv"));
        // From 0.1 to 100, so that 100 is at the right end.
        assert!(svg.contains("<circle cx=\"840.0\""), "{svg}");
    }
}
