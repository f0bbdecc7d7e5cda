//! What is measured: a kind of work, done by so many actors at once.

use std::fmt;

/// What an actor does, again and again: the next one when the one before is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// A commit of so many pages.
    Commit(usize),
    /// A read of one page.
    Read,
    /// A request over HTTP, which the actor answers with what it was sent.
    Request,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) work: Work,
    pub(crate) actors: usize,
}

/// How many actors work at once.
const ACTORS: [usize; 3] = [1, 16, 256];
const WORKS: [Work; 4] = [Work::Commit(1), Work::Commit(16), Work::Read, Work::Request];

impl Line {
    /// All lines whose name contains one of `only`, or all.
    pub(crate) fn all(only: &[String]) -> Vec<Self> {
        WORKS
            .into_iter()
            .flat_map(|work| ACTORS.map(|actors| Self { work, actors }))
            .filter(|line| {
                let name = line.to_string();
                only.is_empty() || only.iter().any(|part| name.contains(part.as_str()))
            })
            .collect()
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.work {
            Work::Commit(1) => f.write_str("commits of 1 page")?,
            Work::Commit(pages) => write!(f, "commits of {pages} pages")?,
            Work::Read => f.write_str("reads of 1 page")?,
            Work::Request => f.write_str("requests")?,
        }
        match self.actors {
            1 => f.write_str(", 1 actor"),
            actors => write!(f, ", {actors} actors"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_a_part_of_their_name() {
        assert_eq!(Line::all(&[]).len(), 12);
        let found = Line::all(&["16 pages, 1 actor".to_owned()]);
        let line = Line {
            work: Work::Commit(16),
            actors: 1,
        };
        assert_eq!(found, [line]);
        assert!(Line::all(&["17 pages".to_owned()]).is_empty());
    }
}
