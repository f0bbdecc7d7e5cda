//! Numbers of enums and tags of unions: given or counted, each once, ascending.

use std::collections::HashMap;

use super::Checker;
use crate::ast::Number;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::model::Span;

/// What a rule about numbers is called for enums and for unions.
pub(super) struct Words {
    pub(super) repeated: Code,
    pub(super) descending: Code,
    pub(super) number: &'static str,
}

pub(super) const VALUES: Words = Words {
    repeated: Code::RepeatedNumber,
    descending: Code::DescendingNumber,
    number: "number",
};

pub(super) const TAGS: Words = Words {
    repeated: Code::RepeatedTag,
    descending: Code::DescendingTag,
    number: "tag",
};

/// One enum value or member: its name in backticks, where it stands, the number given.
pub(super) struct Item {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) given: Option<Number>,
}

/// The number that follows `last`, which is none before the first; none behind the largest.
pub(crate) fn count(last: Option<u64>) -> Option<u64> {
    last.map_or(Some(0), |last| last.checked_add(1))
}

impl Checker<'_> {
    pub(super) fn numbers(&mut self, words: &Words, items: impl Iterator<Item = Item>) {
        let mut highest: Option<(u64, String)> = None;
        let mut full = false;
        let mut taken: HashMap<u64, (String, Span)> = HashMap::new();
        for item in items {
            let last = highest.as_ref().map(|(value, _)| *value);
            let value = match item.given {
                // Reported where it could not be read.
                Some(Number { value: None, .. }) => continue,
                Some(number) => number.value,
                None => count(last),
            };
            let Some(value) = value else {
                // One too many is told once, for all that follow have the same remedy.
                if !full && let Some((_, owner)) = &highest {
                    self.overflow(words, &item, owner);
                    full = true;
                }
                continue;
            };
            let span = item.given.map_or(item.span, |number| number.span);
            if let Some((owner, first)) = taken.get(&value) {
                let diagnostic = Diagnostic::new(
                    words.repeated,
                    span,
                    format!("a {} that is not taken", words.number),
                    format!("{value}, the {} of {owner}", words.number),
                )
                .note_at(format!("{owner} stands here"), *first);
                self.report(suggest_next(diagnostic, last));
                continue;
            }
            match &highest {
                Some((high, owner)) if value < *high => {
                    let diagnostic = Diagnostic::new(
                        words.descending,
                        span,
                        format!("a {} above {high}, that of {owner}", words.number),
                        value.to_string(),
                    );
                    self.report(diagnostic.suggest(format!(
                        "move {} up to where its {} belongs",
                        item.name, words.number
                    )));
                }
                _ => highest = Some((value, item.name.clone())),
            }
            taken.insert(value, (item.name, item.span));
        }
    }

    fn overflow(&mut self, words: &Words, item: &Item, last: &str) {
        self.report(
            Diagnostic::new(
                Code::CountOverflow,
                item.span,
                format!("no more after the {} {}", words.number, u64::MAX),
                item.name.clone(),
            )
            .suggest(format!("give {last} a smaller {}", words.number)),
        );
    }
}

fn suggest_next(diagnostic: Diagnostic, last: Option<u64>) -> Diagnostic {
    match count(last) {
        Some(next) => diagnostic.suggest(format!("write `{next}` or more")),
        None => diagnostic,
    }
}
