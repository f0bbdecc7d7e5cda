//! What the sweeps have shown, as text, and as a part of a document.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use envoy_interop_engine::server::Kind;

use crate::fleet::{Answer, Life};
use crate::sweep::{BOUND, Shot, Sweep};

/// How long a server without hosts may take to be well.
const ALONE: Duration = Duration::from_secs(1);
/// How long one may take that knows hosts, whether they come back or not.
const WITH_HOSTS: Duration = Duration::from_secs(3);
/// How long a server waits for the hosts it knows before it is well without them.
const HOSTS_BACK: Duration = Duration::from_millis(2500);
/// So many times to answer are listed; of more there is the first and the last.
const LISTED: usize = 6;

/// Everything that was measured of a server.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) server: Kind,
    pub(crate) actors: u32,
    /// How long the server was away between a kill and the start.
    pub(crate) down: Duration,
    /// How long it took to be well when there had never been a host.
    pub(crate) alone: Duration,
    /// How long it took when one of its hosts had gone for good.
    pub(crate) without_one: Duration,
    pub(crate) sweeps: Vec<Sweep>,
}

impl Report {
    /// Whether everything is as our gateway has to be.
    pub(crate) fn holds(&self) -> bool {
        self.is_right() && self.is_in_time()
    }

    /// Whether every answer was the right one, and the server well at the right time, however long it took.
    pub(crate) fn is_right(&self) -> bool {
        // Who asks a server that says that it is not ready has to wait, but is answered.
        self.all().all(Shot::is_own) && self.sweeps.iter().all(is_reachable)
    }

    /// Whether everything was in time.
    pub(crate) fn is_in_time(&self) -> bool {
        self.starts().iter().all(Start::holds) && self.shots().all(Shot::is_in_time)
    }

    /// Every request of every run that was sent when `/health` was true.
    fn shots(&self) -> impl Iterator<Item = &Shot> {
        self.sweeps.iter().flat_map(|sweep| &sweep.shots)
    }

    /// Every request of every run.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Shot> {
        self.sweeps.iter().flat_map(Sweep::all)
    }

    /// How many requests got what they should, in words.
    fn verdict(&self) -> String {
        let sent = self.shots().count();
        let own = self.shots().filter(|shot| shot.is_own()).count();
        let held = self.shots().filter(|shot| shot.holds()).count();
        let slowest = self.shots().map(|shot| shot.took).max();
        let early: Vec<_> = self.sweeps.iter().flat_map(|sweep| &sweep.early).collect();
        let early_own = early.iter().filter(|shot| shot.is_own()).count();
        format!(
            "{own} of {sent} requests had the actor's own 200, {held} of them within {} s, the slowest answer after {} ms; \
             so had {early_own} of {} that were sent before `/health` was true",
            BOUND.as_secs(),
            slowest.unwrap_or_default().as_millis(),
            early.len()
        )
    }

    /// Puts a summary into the part of a document that is marked for this server.
    pub(crate) fn note(&self, path: &Path) -> Result<()> {
        let document =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let marks = [
            format!("<!-- {} -->\n", self.server),
            format!("<!-- /{} -->\n", self.server),
        ];
        let document = replaced(&document, &marks, &self.summary())
            .with_context(|| format!("expected a marked part in {}", path.display()))?;
        fs::write(path, document).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Each start that was measured.
    fn starts(&self) -> Vec<Start> {
        let start = |what, took, bound| Start { what, took, bound };
        let mut starts = vec![start("no hosts ever", self.alone, ALONE)];
        let swept = self.sweeps.iter().map(|sweep| sweep.well).max();
        starts.extend(swept.map(|took| start("hosts that come back", took, WITH_HOSTS)));
        starts.push(start(
            "one host does not come back",
            self.without_one,
            WITH_HOSTS,
        ));
        starts
    }

    /// In Markdown: the starts, what was cut off, and the offsets, those in a row as one where they are alike.
    fn summary(&self) -> String {
        let mut text = String::new();
        // A string takes everything.
        let _ = self.write_summary(&mut text);
        text
    }

    fn write_summary(&self, f: &mut String) -> fmt::Result {
        writeln!(f, "| `/health` is true after the start | within |")?;
        writeln!(f, "| --- | --- |")?;
        for start in self.starts() {
            writeln!(f, "| {} | {} ms |", start.what, start.took.as_millis())?;
        }
        writeln!(f, "\n{}.\n", self.verdict())?;
        writeln!(f, "| sent, ms | requests | answers | time to answer, ms |")?;
        writeln!(f, "| --- | --- | --- | --- |")?;
        let rows = rows(self.all().collect());
        for alike in rows.chunk_by(|(_, a), (_, b)| verdicts(a).keys().eq(verdicts(b).keys())) {
            let (Some((first, _)), Some((last, _))) = (alike.first(), alike.last()) else {
                continue;
            };
            let shots: Vec<_> = alike.iter().flat_map(|(_, shots)| shots).copied().collect();
            let offsets = if first == last {
                first.clone()
            } else {
                format!("{first} to {last}")
            };
            writeln!(
                f,
                "| {offsets} | {} | {} | {} |",
                shots.len(),
                counted(&shots).replace('|', "\\|"),
                times(&shots)
            )?;
        }
        Ok(())
    }
}

/// How long a server took to be well.
struct Start {
    what: &'static str,
    took: Duration,
    bound: Duration,
}

impl Start {
    fn holds(&self) -> bool {
        self.took <= self.bound
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.server.version();
        writeln!(
            f,
            "{} {version}: {} actors, killed {} times, away for {} ms each time",
            self.server,
            self.actors,
            self.sweeps.len(),
            self.down.as_millis()
        )?;
        for start in self.starts() {
            let verdict = if start.holds() { "" } else { "  TOO LATE" };
            writeln!(
                f,
                "  /health true {:>5} ms after the start, at most {:>4}: {}{verdict}",
                start.took.as_millis(),
                start.bound.as_millis(),
                start.what
            )?;
        }
        for sweep in &self.sweeps {
            let (back, hosts) = sweep.back;
            writeln!(
                f,
                "  the server had {back} of {hosts} hosts when /health was true{}",
                if is_reachable(sweep) {
                    ""
                } else {
                    "  TOO SOON"
                }
            )?;
            writeln!(
                f,
                "  {} writes acknowledged before the kill; {} under way, whose callers knew within {} ms",
                sweep.cut.acknowledged,
                sweep.cut.requests,
                sweep.cut.known.as_millis()
            )?;
            writeln!(
                f,
                "  the machine meanwhile: a sync of its disk took at most {} ms, a timer was late by at most {} ms",
                sweep.machine.sync.as_millis(),
                sweep.machine.wait.as_millis()
            )?;
        }
        writeln!(
            f,
            "\n  {:>7}  {:>8}  {:<4}  {:<28}  time to answer, ms",
            "sent", "requests", "own", "answers"
        )?;
        for (offset, shots) in rows(self.all().collect()) {
            let own = shots.iter().all(|shot| shot.is_own());
            let late = shots
                .iter()
                .any(|shot| !shot.is_in_time() && shot.offset >= 0);
            writeln!(
                f,
                "  {offset:>7}  {:>8}  {:<4}  {:<28}  {}{}",
                shots.len(),
                if own { "yes" } else { "NO" },
                counted(&shots),
                times(&shots),
                if late && own { "  TOO LATE" } else { "" }
            )?;
        }
        writeln!(f, "\n{}", self.verdict())
    }
}

/// Whether `/health` was true only when all hosts were back, or had had their time.
fn is_reachable(sweep: &Sweep) -> bool {
    let (back, hosts) = sweep.back;
    back == hosts || sweep.well >= HOSTS_BACK
}

/// The requests of each offset, in order. All that were sent before `/health` was true are one.
fn rows(mut shots: Vec<&Shot>) -> Vec<(String, Vec<&Shot>)> {
    shots.sort_by_key(|shot| shot.offset.max(-1));
    let mut rows: Vec<_> = shots
        .chunk_by(|a, b| a.offset.max(-1) == b.offset.max(-1))
        .map(|row| {
            let offset = row[0].offset;
            let name = if offset < 0 {
                "before".to_owned()
            } else {
                offset.to_string()
            };
            (name, row.to_vec())
        })
        .collect();
    for (_, row) in &mut rows {
        row.sort_by_key(|shot| shot.took);
    }
    rows
}

/// What was answered, and how often.
fn verdicts(shots: &[&Shot]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for shot in shots {
        let verdict = match &shot.answer {
            Answer::Own(Life::Same) => "200".to_owned(),
            Answer::Own(_) => "200 by its next generation".to_owned(),
            Answer::Other(_) => "200 of ANOTHER".to_owned(),
            Answer::Status(status, code) => format!("{} {code}", status.as_u16()),
            Answer::None(error) => format!("none: {error}"),
        };
        *counts.entry(verdict).or_insert(0) += 1;
    }
    counts
}

fn counted(shots: &[&Shot]) -> String {
    let counts = verdicts(shots).into_iter();
    let counts: Vec<_> = counts
        .map(|(verdict, count)| format!("{count} × {verdict}"))
        .collect();
    counts.join(", ")
}

fn times(shots: &[&Shot]) -> String {
    let mut times: Vec<_> = shots.iter().map(|shot| shot.took.as_millis()).collect();
    times.sort_unstable();
    match times.as_slice() {
        [first, .., last] if times.len() > LISTED => format!("{first} to {last}"),
        all => all
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// The document with `text` between the marks.
fn replaced(document: &str, [begin, end]: &[String; 2], text: &str) -> Option<String> {
    let (head, rest) = document.split_once(begin)?;
    let (_, tail) = rest.split_once(end)?;
    Some(format!("{head}{begin}{text}{end}{tail}"))
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;
    use crate::machine::Slowest;
    use crate::sweep::Cut;

    fn shot(offset: i64, took: u64, answer: Answer) -> Shot {
        Shot {
            offset,
            took: Duration::from_millis(took),
            answer,
        }
    }

    fn own(offset: i64, took: u64) -> Shot {
        shot(offset, took, Answer::Own(Life::Same))
    }

    fn report(shots: Vec<Shot>) -> Report {
        let sweep = Sweep {
            well: Duration::from_millis(400),
            back: (10, 10),
            cut: Cut::default(),
            machine: Slowest::default(),
            early: vec![own(-30, 500)],
            shots,
        };
        Report {
            server: Kind::Gateway,
            actors: 2,
            down: Duration::ZERO,
            alone: Duration::from_millis(50),
            without_one: Duration::from_millis(2_600),
            sweeps: vec![sweep],
        }
    }

    #[test]
    fn holds_only_with_every_answer_and_every_start_in_time() {
        assert!(report(vec![own(0, 5), own(250, 2_000)]).holds());
        let late = report(vec![own(0, 5), own(250, 2_001)]);
        assert!(late.is_right() && !late.holds());
        let refused = Answer::Status(StatusCode::SERVICE_UNAVAILABLE, "a.b".to_owned());
        let refused = report(vec![own(0, 5), shot(250, 1, refused)]);
        assert!(refused.is_in_time() && !refused.holds());
        let late = Duration::from_millis(3_001);
        let changes: [fn(&mut Report, Duration); 3] = [
            |report, late| report.alone = late,
            |report, late| report.without_one = late,
            |report, late| report.sweeps[0].well = late,
        ];
        for change in changes {
            let mut report = report(vec![own(0, 5)]);
            change(&mut report, late);
            assert!(report.is_right() && !report.holds(), "{report}");
        }
        let mut soon = report(vec![own(0, 5)]);
        soon.sweeps[0].back = (9, 10);
        assert!(soon.is_in_time() && !soon.holds(), "{soon}");
        soon.sweeps[0].well = HOSTS_BACK;
        assert!(soon.holds(), "it waits no longer");
        let mut early = report(vec![own(0, 5)]);
        early.sweeps[0].early[0].took = Duration::from_secs(3);
        assert!(early.holds(), "it was sent before the server was ready");
        early.sweeps[0].early[0].answer = Answer::None(String::new());
        assert!(!early.holds());
    }

    #[test]
    fn offsets_in_a_row_are_one_where_they_are_alike() {
        let late = Answer::Status(StatusCode::BAD_GATEWAY, "a|b".to_owned());
        let report = report(vec![
            own(0, 7),
            own(250, 5),
            shot(500, 9, late),
            own(750, 4),
        ]);
        let summary = report.summary();
        let rows: Vec<_> = summary
            .lines()
            .skip_while(|line| !line.starts_with("| sent"))
            .skip(2)
            .collect();
        assert_eq!(
            rows,
            [
                "| before to 250 | 3 | 3 × 200 | 5, 7, 500 |",
                "| 500 | 1 | 1 × 502 a\\|b | 9 |",
                "| 750 | 1 | 1 × 200 | 4 |",
            ]
        );
    }

    #[test]
    fn prints_each_offset_by_itself_and_what_does_not_hold() {
        let other = Answer::Other("b1 b1 1 1".to_owned());
        let text = report(vec![own(0, 7), own(250, 2_500), shot(500, 9, other)]).to_string();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let rows: Vec<_> = text
            .lines()
            .skip_while(|line| !line.contains("time to answer"))
            .map(words)
            .collect();
        let row = |offset: &str| {
            rows.iter()
                .find(|row| row.split(' ').next() == Some(offset))
                .map(String::as_str)
        };
        assert_eq!(row("before"), Some("before 1 yes 1 × 200 500"));
        assert_eq!(row("0"), Some("0 1 yes 1 × 200 7"));
        assert_eq!(row("250"), Some("250 1 yes 1 × 200 2500 TOO LATE"));
        assert_eq!(row("500"), Some("500 1 NO 1 × 200 of ANOTHER 9"));
        assert!(
            text.contains("2 of 3 requests had the actor's own 200, 1 of them within 2 s, the slowest answer after 2500 ms"),
            "{text}"
        );
    }

    #[test]
    fn replaces_what_is_marked_and_nothing_else() {
        let marks = ["<!-- x -->\n".to_owned(), "<!-- /x -->\n".to_owned()];
        let document = "before\n<!-- x -->\nold\n<!-- /x -->\nafter\n";
        assert_eq!(
            replaced(document, &marks, "new\n").as_deref(),
            Some("before\n<!-- x -->\nnew\n<!-- /x -->\nafter\n")
        );
        assert_eq!(replaced("no marks", &marks, "new\n"), None);
    }
}
