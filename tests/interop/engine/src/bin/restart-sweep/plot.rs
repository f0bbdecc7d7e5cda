//! The sweep as a picture: when each request was sent, and how long it took.

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::fleet::Answer;
use crate::report::Report;
use crate::sweep::{BOUND, Shot};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 460.0;
/// Around the axes: room for their names.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 74.0;
const BOTTOM: f64 = 62.0;
/// The offsets of the axis, in milliseconds. What was sent earlier is drawn at its beginning.
const OFFSETS: (f64, f64) = (-1_000.0, 12_500.0);
/// The times of the axis, in milliseconds, as powers of ten. What took less is drawn at its foot.
const TIMES: (f64, f64) = (0.0, 5.0);
/// The steps of that axis.
const STEPS: [(f64, &str); 6] = [
    (1.0, "1 ms"),
    (10.0, "10 ms"),
    (100.0, "100 ms"),
    (1_000.0, "1 s"),
    (10_000.0, "10 s"),
    (100_000.0, "100 s"),
];

/// How a kind of answer is drawn, and what it is called. Shapes differ, and not only colours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Own,
    Refused,
    None,
}

impl Mark {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Own, "the actor's own 200"),
        (Self::Refused, "another answer"),
        (Self::None, "no answer"),
    ];

    fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Own(_) => Self::Own,
            Answer::Other(_) | Answer::Status(..) => Self::Refused,
            Answer::None(_) => Self::None,
        }
    }

    fn draw(self, svg: &mut String, x: f64, y: f64) -> fmt::Result {
        match self {
            Self::Own => writeln!(
                svg,
                r##"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="#0969da" fill-opacity="0.6"/>"##
            ),
            Self::Refused => writeln!(
                svg,
                r##"<path d="M{x:.1} {y:.1}m-4 -4l8 8m0 -8l-8 8" stroke="#cf222e" stroke-width="2"/>"##
            ),
            Self::None => writeln!(
                svg,
                r##"<path d="M{x:.1} {y:.1}m0 -5l5 9h-10z" stroke="#8250df" stroke-width="2" fill="none"/>"##
            ),
        }
    }
}

/// The picture.
pub(crate) fn svg(report: &Report) -> String {
    let mut svg = String::new();
    // A string takes everything.
    let _ = draw(&mut svg, report);
    svg
}

fn draw(svg: &mut String, report: &Report) -> fmt::Result {
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" fill="#1f2328">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>"##
    )?;
    let title = format!(
        "{} {} after SIGKILL: {} actors, {} requests",
        report.server,
        report.server.version(),
        report.actors,
        report.all().count()
    );
    text(svg, LEFT, 26.0, "start", 16, &title)?;
    legend(svg)?;
    axes(svg)?;
    for shot in report.all() {
        let (x, y) = place(shot);
        Mark::of(&shot.answer).draw(svg, x, y)?;
    }
    writeln!(svg, "</svg>")
}

fn legend(svg: &mut String) -> fmt::Result {
    let mut x = LEFT + 6.0;
    for (mark, name) in Mark::ALL {
        mark.draw(svg, x, 48.0)?;
        text(svg, x + 12.0, 52.0, "start", 13, name)?;
        x += 180.0;
    }
    Ok(())
}

fn axes(svg: &mut String) -> fmt::Result {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for (millis, name) in STEPS {
        let y = height(millis);
        line(svg, (LEFT, y), (right, y), "#d1d9e0", "none")?;
        text(svg, LEFT - 8.0, y + 4.0, "end", 13, name)?;
    }
    for second in 0..=12 {
        let x = across(f64::from(second) * 1_000.0);
        line(svg, (x, TOP), (x, bottom), "#eff2f5", "none")?;
        text(svg, x, bottom + 20.0, "middle", 13, &second.to_string())?;
    }
    let well = across(0.0);
    line(svg, (well, TOP), (well, bottom), "#59636e", "none")?;
    let bound = height(BOUND.as_secs_f64() * 1_000.0);
    line(svg, (LEFT, bound), (right, bound), "#cf222e", "6 4")?;
    let name = format!("{} s", BOUND.as_secs());
    text(svg, right - 4.0, bound - 6.0, "end", 13, &name)?;
    let names = "sent, seconds after /health was true (left of 0: before it was)";
    text(
        svg,
        f64::midpoint(LEFT, right),
        HEIGHT - 16.0,
        "middle",
        13,
        names,
    )?;
    let middle = f64::midpoint(TOP, bottom);
    writeln!(
        svg,
        r#"<text transform="translate(20 {middle:.1}) rotate(-90)" text-anchor="middle">time to answer</text>"#
    )
}

fn line(
    svg: &mut String,
    from: (f64, f64),
    to: (f64, f64),
    colour: &str,
    dashes: &str,
) -> fmt::Result {
    writeln!(
        svg,
        r#"<path d="M{:.1} {:.1}L{:.1} {:.1}" stroke="{colour}" stroke-dasharray="{dashes}"/>"#,
        from.0, from.1, to.0, to.1
    )
}

/// Text without characters that mean something in XML.
fn text(svg: &mut String, x: f64, y: f64, anchor: &str, size: u32, text: &str) -> fmt::Result {
    writeln!(
        svg,
        r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" font-size="{size}">{text}</text>"#
    )
}

fn place(shot: &Shot) -> (f64, f64) {
    let offset = Duration::from_millis(shot.offset.unsigned_abs()).as_secs_f64() * 1_000.0;
    let offset = if shot.offset < 0 { -offset } else { offset };
    (across(offset), height(shot.took.as_secs_f64() * 1_000.0))
}

/// Where an offset is, in milliseconds.
fn across(offset: f64) -> f64 {
    let (first, last) = OFFSETS;
    let part = (offset.clamp(first, last) - first) / (last - first);
    LEFT + part * (WIDTH - LEFT - RIGHT)
}

/// Where a time is, in milliseconds.
fn height(millis: f64) -> f64 {
    let (first, last) = TIMES;
    let part = (millis.max(f64::MIN_POSITIVE).log10().clamp(first, last) - first) / (last - first);
    HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;
    use crate::fleet::Life;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 0.01, "{found}, not {expected}");
    }

    #[test]
    fn the_axes_go_from_corner_to_corner() {
        near(height(1.0), HEIGHT - BOTTOM);
        near(height(100_000.0), TOP);
        near(height(0.0), HEIGHT - BOTTOM);
        near(across(-1_000.0), LEFT);
        near(across(-9_000.0), LEFT);
        near(across(12_500.0), WIDTH - RIGHT);
        // Each power of ten is as far from the last.
        near(
            height(1.0) - height(10.0),
            height(1_000.0) - height(10_000.0),
        );
    }

    #[test]
    fn a_request_is_drawn_where_it_was_sent_and_as_high_as_it_took() {
        let shot = Shot {
            offset: -500,
            took: Duration::from_secs(2),
            answer: Answer::None(String::new()),
        };
        let (x, y) = place(&shot);
        near(x, across(-500.0));
        near(y, height(2_000.0));
        assert!(x < across(0.0));
    }

    #[test]
    fn each_kind_of_answer_has_a_shape_of_its_own() {
        let answers = [
            Answer::Own(Life::Next),
            Answer::Status(StatusCode::BAD_GATEWAY, String::new()),
            Answer::None(String::new()),
        ];
        let shapes = answers.map(|answer| {
            let mut svg = String::new();
            Mark::of(&answer)
                .draw(&mut svg, 1.0, 2.0)
                .expect("a string takes everything");
            svg
        });
        assert!(shapes[0].starts_with("<circle"), "{}", shapes[0]);
        assert_ne!(shapes[1], shapes[2]);
    }
}
