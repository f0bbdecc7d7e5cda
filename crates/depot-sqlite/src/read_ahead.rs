//! Guesses which pages SQLite wants next, from those that it had to wait for.
//!
//! Two guesses are made. A *run* is a place in the file where page after page was missed, upwards or downwards; a scan
//! of rows that were written in order looks like that. A *descent* follows the children of an inner page of a b-tree in
//! the order of their keys, wherever in the file they are. Either doubles what it asks for with each miss that comes
//! where it is expected, so that a scan costs few requests and a point read hardly more than its page.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use crate::config::ReadAhead;
use crate::page;

/// Scans at the same time that are told apart.
const RUNS: usize = 4;
/// Inner pages whose children are remembered.
const NODES: usize = 24;
/// A miss this close to the expected page continues a run: the overflow pages of all the rows of a leaf lie in between.
const SLACK: u32 = 32;
/// What the first miss in a row asks for.
const FIRST: u32 = 16;

pub(crate) struct Predictor {
    limits: ReadAhead,
    runs: VecDeque<Run>,
    nodes: VecDeque<Node>,
    /// How many children the last descent asked for: where it goes on in the next inner page.
    momentum: u32,
}

/// A place where pages are read in order.
#[derive(Clone, Copy)]
struct Run {
    /// The pages that were read or asked for.
    low: u32,
    high: u32,
    /// The pages that the last miss asked for.
    window: u32,
}

/// An inner page of a b-tree.
struct Node {
    number: u32,
    children: Vec<u32>,
    /// The children that were read or asked for, by place; empty before the first.
    seen: Option<RangeInclusive<usize>>,
    window: u32,
}

impl Predictor {
    pub(crate) fn new(limits: ReadAhead) -> Self {
        Self {
            limits,
            runs: VecDeque::with_capacity(RUNS),
            nodes: VecDeque::with_capacity(NODES),
            momentum: 0,
        }
    }

    /// Forgets everything that the file said: it has changed.
    pub(crate) fn forget(&mut self) {
        self.nodes.clear();
    }

    /// Notes a page that SQLite was given. Cheap for a page that is no inner one.
    pub(crate) fn seen(&mut self, number: u32, data: &[u8], size: u32) {
        if self.limits.most <= 1 || self.nodes.iter().any(|node| node.number == number) {
            return;
        }
        let Some(children) = page::children(number, data, size) else {
            return;
        };
        if self.nodes.len() == NODES {
            self.nodes.pop_front();
        }
        self.nodes.push_back(Node {
            number,
            children,
            seen: None,
            window: 0,
        });
    }

    /// The pages to ask for when `number` is missing: it first, no page twice, none that is `held`, none above `size`.
    pub(crate) fn plan(&mut self, number: u32, size: u32, held: impl Fn(u32) -> bool) -> Vec<u32> {
        let most = usize::try_from(self.limits.most.max(1)).unwrap_or(usize::MAX);
        let mut plan = Plan {
            pages: vec![number],
            most,
            size,
            held,
        };
        if most == 1 {
            return plan.pages;
        }
        let run = self.follow_run(number, size, &mut plan);
        let descent = self.descend(number, &mut plan);
        if !run && !descent {
            let around = self.limits.around.max(1);
            let first = (number - 1) / around * around + 1;
            plan.extend(first..first.saturating_add(around));
        }
        plan.pages
    }

    /// Whether `number` continues a run.
    fn follow_run<H: Fn(u32) -> bool>(
        &mut self,
        number: u32,
        size: u32,
        plan: &mut Plan<H>,
    ) -> bool {
        let most = self.limits.most;
        let near = |run: &Run| {
            let up = run.high < number && number - run.high <= SLACK;
            let down = number < run.low && run.low - number <= SLACK;
            up || down
        };
        let Some(at) = self.runs.iter().position(near) else {
            if self.runs.len() == RUNS {
                self.runs.pop_front();
            }
            // What is read around a page counts as read: a scan then goes on behind it.
            let around = self.limits.around.max(1);
            let low = (number - 1) / around * around + 1;
            self.runs.push_back(Run {
                low,
                high: low.saturating_add(around - 1),
                window: 0,
            });
            return false;
        };
        let Some(mut run) = self.runs.remove(at) else {
            return false;
        };
        run.window = (run.window * 2).clamp(FIRST.min(most), most);
        // What lies between the run and the page that is missing is wanted, too: SQLite reads a leaf before or after the
        // overflow pages next to it.
        if run.high < number {
            let from = run.high + 1;
            run.high = from.saturating_add(run.window - 1).max(number).min(size);
            plan.extend(from..=run.high);
        } else {
            let from = run.low - 1;
            run.low = from.saturating_sub(run.window - 1).clamp(1, number);
            plan.extend((run.low..=from).rev());
        }
        self.runs.push_back(run);
        true
    }

    /// Whether `number` continues a descent.
    fn descend<H: Fn(u32) -> bool>(&mut self, number: u32, plan: &mut Plan<H>) -> bool {
        let most = self.limits.most;
        let found = self.nodes.iter_mut().rev().find_map(|node| {
            let at = node.children.iter().position(|&child| child == number)?;
            Some((node, at))
        });
        let Some((node, at)) = found else {
            return false;
        };
        let last = node.children.len() - 1;
        let (up, down) = match &node.seen {
            // A scan that has come from the inner page before goes on at the pace that it had.
            None => {
                node.window = self.momentum;
                (
                    at == 0 && self.momentum > 0,
                    at == last && self.momentum > 0,
                )
            }
            Some(seen) => (
                *seen.end() < at && at - *seen.end() <= 2,
                at < *seen.start() && *seen.start() - at <= 2,
            ),
        };
        if !up && !down {
            node.seen = Some(at..=at);
            node.window = 0;
            self.momentum = 0;
            return false;
        }
        node.window = (node.window * 2).clamp(FIRST.min(most), most);
        self.momentum = node.window / 2;
        let reach = usize::try_from(node.window - 1).unwrap_or(usize::MAX);
        if up {
            let end = at.saturating_add(reach).min(last);
            plan.extend(node.children[at..=end].iter().copied());
            node.seen = Some(at..=end);
        } else {
            let start = at.saturating_sub(reach);
            plan.extend(node.children[start..=at].iter().rev().copied());
            node.seen = Some(start..=at);
        }
        true
    }
}

struct Plan<H> {
    pages: Vec<u32>,
    most: usize,
    size: u32,
    held: H,
}

impl<H: Fn(u32) -> bool> Plan<H> {
    fn extend(&mut self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            if self.pages.len() == self.most {
                return;
            }
            // A guess can name a page twice: a run that is also a descent. The pages are few, and sorted mostly.
            if 1 <= number
                && number <= self.size
                && !(self.held)(number)
                && !self.pages.contains(&number)
            {
                self.pages.push(number);
            }
        }
    }
}

#[cfg(test)]
#[path = "read_ahead_tests.rs"]
mod tests;
