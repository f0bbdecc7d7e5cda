//! What a turn found, what the turns of a line found together, and what that is beside another server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// When something was asked, and how long its answer took.
pub(crate) type Answered = (Instant, Duration);

/// The time of one server at one line.
#[derive(Debug)]
pub(crate) struct Turn {
    /// What is answered before only warms up.
    begin: Instant,
    end: Instant,
    /// So many have to be answered in it, or it takes longer: a server may take seconds for each.
    least: usize,
    /// How many were, from `begin` on.
    answered: AtomicUsize,
}

impl Turn {
    /// Begins now.
    pub(crate) fn new(warm_up: Duration, counted: Duration, least: usize) -> Self {
        let begin = Instant::now() + warm_up;
        Self {
            begin,
            end: begin + counted,
            least,
            answered: AtomicUsize::new(0),
        }
    }

    /// Counts an answer that came just now, and says whether the next is to be asked for.
    pub(crate) fn goes_on(&self, (at, took): Answered) -> bool {
        let now = at + took;
        let before = if now < self.begin {
            0
        } else {
            self.answered.fetch_add(1, Ordering::Relaxed) + 1
        };
        now < self.end || before < self.least
    }
}

/// What one turn of one server found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figures {
    /// How many were answered in a second.
    pub(crate) rate: f64,
    /// Half of them took no longer.
    pub(crate) p50: Duration,
    /// All but a hundredth of them took no longer.
    pub(crate) p99: Duration,
}

impl Figures {
    /// Of what was answered in a turn, whenever it was asked. Nothing, if nothing was.
    pub(crate) fn of(answered: &[Answered], turn: &Turn) -> Option<Self> {
        let mut counted: Vec<_> = answered
            .iter()
            .map(|(at, took)| (*at + *took, *took))
            .filter(|(answered, _)| *answered >= turn.begin)
            .collect();
        counted.sort_unstable();
        let in_time = counted.partition_point(|(answered, _)| *answered < turn.end);
        counted.truncate(in_time.max(turn.least));
        // A turn that had to go on for enough ends with the last of them.
        let end = counted.last()?.0.max(turn.end);
        let mut took: Vec<_> = counted.into_iter().map(|(_, took)| took).collect();
        took.sort_unstable();
        Some(Self {
            rate: took.len() as f64 / (end - turn.begin).as_secs_f64(),
            p50: percentile(&took, 50)?,
            p99: percentile(&took, 99)?,
        })
    }

    /// Each figure's median over several turns. Nothing, if there was none.
    pub(crate) fn median(turns: &[Self]) -> Option<Self> {
        let time = |pick: fn(&Self) -> Duration| {
            median(turns.iter().map(|turn| pick(turn).as_secs_f64()).collect())
                .map(Duration::from_secs_f64)
        };
        Some(Self {
            rate: median(turns.iter().map(|turn| turn.rate).collect())?,
            p50: time(|turn| turn.p50)?,
            p99: time(|turn| turn.p99)?,
        })
    }
}

/// How many times the rate of `theirs` the rate of `ours` is, by turns that followed one another: what a machine did to one round
/// it did to both. The median of the rounds; nothing, if there was none.
pub(crate) fn ratio(ours: &[Figures], theirs: &[Figures]) -> Option<f64> {
    let rounds = ours.iter().zip(theirs);
    median(
        rounds
            .map(|(ours, theirs)| ours.rate / theirs.rate)
            .collect(),
    )
}

/// The smallest of sorted values that so many of a hundred are not above. Nothing, if there are none.
fn percentile<T: Copy>(sorted: &[T], of_hundred: usize) -> Option<T> {
    let rank = (sorted.len() * of_hundred).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(values[middle - 1], upper)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rate: f64) -> Figures {
        Figures {
            rate,
            p50: Duration::from_secs_f64(1.0 / rate),
            p99: Duration::from_secs_f64(2.0 / rate),
        }
    }

    #[test]
    fn a_percentile_is_the_value_that_so_many_are_not_above() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 50), Some(50));
        assert_eq!(percentile(&hundred, 99), Some(99));
        let thousand: Vec<u32> = (1..=1000).collect();
        assert_eq!(percentile(&thousand, 99), Some(990));
        assert_eq!(percentile(&[7], 50), Some(7));
        assert_eq!(percentile(&[7, 8], 50), Some(7));
        assert_eq!(percentile(&[7, 8, 9], 99), Some(9));
        assert_eq!(percentile::<u32>(&[], 50), None);
    }

    #[test]
    fn a_turn_is_what_was_answered_in_its_time() {
        let millis = Duration::from_millis;
        let start = Instant::now();
        let mut turn = Turn::new(Duration::ZERO, Duration::ZERO, 1);
        (turn.begin, turn.end) = (start + millis(100), start + millis(600));
        let answered = [
            // Before the time, and after it.
            (start, millis(99)),
            (start + millis(500), millis(100)),
            // Within.
            (start, millis(100)),
            (start + millis(200), millis(1)),
            (start + millis(300), millis(3)),
            (start + millis(400), millis(2)),
        ];
        let found = Figures::of(&answered, &turn).expect("four were answered");
        assert!((found.rate - 8.0).abs() < 1e-9, "{found:?}");
        assert_eq!((found.p50, found.p99), (millis(2), millis(100)));
        assert_eq!(Figures::of(&answered[..1], &turn), None);
    }

    #[test]
    fn a_turn_takes_longer_where_its_time_is_not_enough_for_one_answer_of_each() {
        let millis = Duration::from_millis;
        let start = Instant::now();
        let mut turn = Turn::new(Duration::ZERO, Duration::ZERO, 2);
        (turn.begin, turn.end) = (start + millis(100), start + millis(600));
        let answered = [
            (start, millis(90)),
            (start, millis(400)),
            (start, millis(1100)),
            (start, millis(9000)),
        ];
        // One warms up, one is in time; the third makes two, and the last is too many.
        let goes_on = answered.map(|answered| turn.goes_on(answered));
        assert_eq!(goes_on, [true, true, false, false]);
        let found = Figures::of(&answered, &turn).expect("two were answered");
        assert!((found.rate - 2.0).abs() < 1e-9, "{found:?}");
        assert_eq!((found.p50, found.p99), (millis(400), millis(1100)));
    }

    #[test]
    fn the_median_of_turns_is_taken_figure_by_figure() {
        let found = Figures::median(&[figures(1.0), figures(100.0), figures(10.0)]);
        let found = found.expect("there are turns");
        assert!((found.rate - 10.0).abs() < 1e-9);
        assert_eq!(found.p50, Duration::from_millis(100));
        assert_eq!(found.p99, Duration::from_millis(200));
        assert_eq!(Figures::median(&[]), None);
    }

    #[test]
    fn a_ratio_is_of_turns_of_the_same_round() {
        // The machine was ten times as fast in the second round, for both.
        let ours = [figures(30.0), figures(300.0), figures(30.0)];
        let theirs = [figures(10.0), figures(100.0), figures(15.0)];
        let found = ratio(&ours, &theirs).expect("there are rounds");
        assert!((found - 3.0).abs() < 1e-9, "{found}");
        assert_eq!(ratio(&[], &theirs), None);
    }
}
