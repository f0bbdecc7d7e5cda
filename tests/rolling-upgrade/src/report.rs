//! What is printed, and whether it is good.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use envoy_protocol::Version;

use crate::ledger::Audit;
use crate::load::{Miss, Seen, Target};

/// Something that an operator did.
#[derive(Debug, Clone)]
pub(crate) struct Incident {
    pub(crate) what: String,
    pub(crate) began: Instant,
    /// Until the process was gone, or was back.
    pub(crate) took: Duration,
    /// When every actor had acknowledged a write again.
    pub(crate) ended: Instant,
}

/// All that is known in the end.
pub(crate) struct Outcome {
    pub(crate) from: Version,
    pub(crate) to: Version,
    pub(crate) replaced: usize,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) targets: Vec<Arc<Target>>,
    /// When the load began, and when it ended.
    pub(crate) load: (Instant, Instant),
    /// By the actors' keys.
    pub(crate) audits: Vec<(String, Audit)>,
    pub(crate) troubles: Vec<String>,
    pub(crate) took: Duration,
}

/// A time in which an actor acknowledged nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pause {
    from: Instant,
    to: Instant,
    actor: String,
}

impl Pause {
    fn time(&self) -> Duration {
        self.to - self.from
    }

    fn overlaps(&self, incident: &Incident) -> bool {
        self.from <= incident.ended && self.to >= incident.began
    }
}

/// Prints it all. Whether nothing is wrong.
pub(crate) fn print(outcome: &Outcome) -> bool {
    let seen: Vec<Seen> = outcome
        .targets
        .iter()
        .map(|target| target.so_far())
        .collect();
    let pauses = pauses(outcome, &seen);
    incidents(outcome, &seen, &pauses);
    numbers(outcome, &seen);
    longest(outcome, &pauses);
    let complaints = complaints(outcome, &seen);
    if complaints.is_empty() {
        println!(
            "\nNo acknowledged write is lost, none was applied twice, and every actor runs at {}. {:.0} s.",
            outcome.to,
            outcome.took.as_secs_f32()
        );
        return true;
    }
    println!("\nBROKEN, after {:.0} s:", outcome.took.as_secs_f32());
    for complaint in complaints {
        println!(" * {complaint}");
    }
    false
}

fn pauses(outcome: &Outcome, seen: &[Seen]) -> Vec<Pause> {
    let mut pauses = Vec::new();
    for (target, seen) in outcome.targets.iter().zip(seen) {
        let answers = seen.acks.iter().map(|ack| ack.at);
        pauses.extend(gaps(&target.key, answers, outcome.load.1));
    }
    pauses
}

/// The times between an actor's answers. Who stops to acknowledge before the load ends pauses, too.
fn gaps(actor: &str, answers: impl Iterator<Item = Instant>, end: Instant) -> Vec<Pause> {
    let mut times: Vec<Instant> = answers.chain([end]).collect();
    times.sort_unstable();
    let pause = |pair: &[Instant]| Pause {
        from: pair[0],
        to: pair[1],
        actor: actor.to_owned(),
    };
    times.windows(2).map(pause).collect()
}

fn incidents(outcome: &Outcome, seen: &[Seen], pauses: &[Pause]) {
    println!("\n     at      took  longest pause           unsure  not sent  what");
    for incident in &outcome.incidents {
        let longest = pauses
            .iter()
            .filter(|pause| pause.overlaps(incident))
            .max_by_key(|pause| pause.time());
        let (pause, actor) =
            longest.map_or((Duration::ZERO, ""), |pause| (pause.time(), &*pause.actor));
        let (unsure, not_sent): (Vec<&Miss>, Vec<&Miss>) = seen
            .iter()
            .flat_map(|seen| &seen.misses)
            .filter(|miss| miss.at >= incident.began && miss.at <= incident.ended)
            .partition(|miss| miss.was_sent);
        let (unsure, not_sent) = (unsure.len(), not_sent.len());
        println!(
            "{:>5.1} s  {:>8}  {:>8} of {:<11}  {unsure:>6}  {not_sent:>8}  {}",
            (incident.began - outcome.load.0).as_secs_f32(),
            shown(incident.took),
            shown(pause),
            actor,
            incident.what,
        );
    }
}

fn numbers(outcome: &Outcome, seen: &[Seen]) {
    let mut times: Vec<Duration> = seen
        .iter()
        .flat_map(|seen| seen.acks.iter().map(|ack| ack.took))
        .collect();
    times.sort_unstable();
    let sum = |count: fn(&Seen) -> u64| seen.iter().map(count).sum::<u64>();
    let versions = |which: fn((u16, u16)) -> u16| {
        let mut counted: BTreeMap<u16, usize> = BTreeMap::new();
        for version in seen.iter().filter_map(Seen::versions) {
            *counted.entry(which(version)).or_default() += 1;
        }
        let counted = counted
            .iter()
            .map(|(version, actors)| format!("{actors} on v{version}"));
        counted.collect::<Vec<_>>().join(", ")
    };
    let hosts = {
        let mut names: Vec<&str> = seen
            .iter()
            .flat_map(|seen| seen.acks.iter().map(|ack| &*ack.host))
            .collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    };
    let unsure = |which: fn(&Audit) -> usize| {
        outcome
            .audits
            .iter()
            .map(|(_, audit)| which(audit))
            .sum::<usize>()
    };
    println!(
        "\nhosts replaced   {}, of {} that acknowledged",
        outcome.replaced, hosts
    );
    println!(
        "actors           {}: {} before, {} after",
        seen.len(),
        versions(|(first, _)| first),
        versions(|(_, last)| last)
    );
    println!(
        "requests         {}, of which {} repeat one that was not acknowledged",
        sum(|seen| seen.requests),
        sum(|seen| seen.retried)
    );
    println!(
        "acknowledged     {} commits, p50 {}, p99 {}, longest {}",
        sum(|seen| seen.ledger.count() as u64),
        shown(quantile(&times, 50)),
        shown(quantile(&times, 99)),
        shown(times.last().copied().unwrap_or_default())
    );
    println!(
        "                 {} of them had been carried out before: the row was there already",
        sum(|seen| seen.acks.iter().filter(|ack| ack.again).count() as u64)
    );
    println!(
        "unsure           {} writes are there, {} are not: their clients have no answer, and did not ask again",
        unsure(|audit| audit.unsure_there),
        unsure(|audit| audit.unsure_absent)
    );
    let mut misses = BTreeMap::new();
    for seen in seen {
        seen.count_misses(&mut misses);
    }
    for (why, count) in misses {
        println!("not acknowledged {count} times: {why}");
    }
}

fn longest(outcome: &Outcome, pauses: &[Pause]) {
    let Some(pause) = pauses.iter().max_by_key(|pause| pause.time()) else {
        return;
    };
    let meanwhile: Vec<&str> = outcome
        .incidents
        .iter()
        .filter(|incident| pause.overlaps(incident))
        .map(|incident| &*incident.what)
        .collect();
    let meanwhile = if meanwhile.is_empty() {
        "nothing was done".to_owned()
    } else {
        meanwhile.join("; ")
    };
    println!(
        "longest pause    {} of {}, from {:.1} s: {meanwhile}",
        shown(pause.time()),
        pause.actor,
        (pause.from - outcome.load.0).as_secs_f32()
    );
}

fn complaints(outcome: &Outcome, seen: &[Seen]) -> Vec<String> {
    let mut complaints = outcome.troubles.clone();
    for (key, audit) in &outcome.audits {
        let found = audit.complaints().into_iter();
        complaints.extend(found.map(|complaint| format!("{key}: {complaint}")));
    }
    let (from, to) = (outcome.from.number(), outcome.to.number());
    for (target, seen) in outcome.targets.iter().zip(seen) {
        if let Some(op) = seen.unanswered.first() {
            let count = seen.unanswered.len();
            complaints.push(format!(
                "{}: {count} writes were not answered in time, such as {op}",
                target.key
            ));
        }
        match seen.versions() {
            Some(versions) if versions == (from, to) => {}
            found => complaints.push(format!(
                "{}: expected v{from} before and v{to} after, but found {found:?}",
                target.key
            )),
        }
    }
    complaints
}

/// The time that this share of them, in percent, did not exceed.
fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

fn shown(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.1} ms", time.as_secs_f64() * 1000.0)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn incident(origin: Instant, began: u64, ended: u64) -> Incident {
        Incident {
            what: "something".to_owned(),
            began: origin + ms(began),
            took: ms(1),
            ended: origin + ms(ended),
        }
    }

    #[test]
    fn a_pause_is_the_time_between_two_answers_whoever_got_them() {
        let origin = Instant::now();
        let at = |millis| origin + ms(millis);
        let found = gaps("a", [at(30), at(10), at(15)].into_iter(), at(100));
        let times: Vec<Duration> = found.iter().map(Pause::time).collect();
        assert_eq!(
            times,
            [ms(5), ms(15), ms(70)],
            "the last one ends with the load"
        );
    }

    #[test]
    fn an_actor_that_never_answered_has_no_pause_that_could_look_short() {
        let origin = Instant::now();
        assert_eq!(gaps("a", std::iter::empty(), origin), []);
    }

    #[test]
    fn a_pause_belongs_to_what_happened_in_it_or_was_not_over_when_it_began() {
        let origin = Instant::now();
        let pause = Pause {
            from: origin + ms(100),
            to: origin + ms(200),
            actor: "a".to_owned(),
        };
        assert!(pause.overlaps(&incident(origin, 150, 160)));
        assert!(pause.overlaps(&incident(origin, 50, 120)));
        assert!(pause.overlaps(&incident(origin, 50, 300)));
        assert!(!pause.overlaps(&incident(origin, 50, 99)));
        assert!(!pause.overlaps(&incident(origin, 201, 300)));
    }

    #[test]
    fn a_share_of_the_times_did_not_exceed_its_quantile() {
        let sorted: Vec<Duration> = (1..=100).map(ms).collect();
        assert_eq!(quantile(&sorted, 50), ms(50));
        assert_eq!(quantile(&sorted, 99), ms(99));
        assert_eq!(quantile(&sorted, 100), ms(100));
        assert_eq!(quantile(&sorted[..1], 99), ms(1));
        assert_eq!(quantile(&[], 50), Duration::ZERO);
    }
}
