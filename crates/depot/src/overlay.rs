//! A state with changes on top that are not applied yet.

use std::ops::{Bound, ControlFlow, RangeInclusive};

use bytes::Bytes;

use crate::engine::{Changes, EngineError, KeyRange, Read, Space, VisitRow, Volume};
use crate::types::Order;

/// What `base` will be once `changes` are applied.
pub(crate) struct Overlay<'a> {
    pub(crate) base: &'a dyn Read,
    pub(crate) changes: Changes,
}

impl Read for Overlay<'_> {
    fn row(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        match self.changes.rows.get(&(space, key.to_vec())) {
            Some(value) => Ok(value.clone()),
            None => self.base.row(space, key),
        }
    }

    fn rows(
        &self,
        space: Space,
        range: KeyRange<'_>,
        order: Order,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), EngineError> {
        let changed = self.changed_rows(space, range);
        match order {
            Order::Ascending => merge(
                self.base,
                space,
                range,
                order,
                &mut changed.into_iter(),
                visit,
            ),
            Order::Descending => merge(
                self.base,
                space,
                range,
                order,
                &mut changed.into_iter().rev(),
                visit,
            ),
        }
    }

    fn pages(
        &self,
        volume: Volume,
        numbers: &[u32],
        found: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), EngineError> {
        // Which wanted pages were changed; the rest is asked for below, and shown between them.
        let changed: Vec<_> = numbers
            .iter()
            .map(|number| self.changes.pages.get(&(volume, *number)))
            .collect();
        let places: Vec<_> = (0..numbers.len())
            .filter(|index| changed[*index].is_none())
            .collect();
        let wanted: Vec<_> = places.iter().map(|index| numbers[*index]).collect();
        let mut next = 0;
        let mut show_changed = |until: usize, found: &mut dyn FnMut(usize, &[u8])| {
            while next < until {
                if let Some(Some(octets)) = changed[next] {
                    found(next, octets);
                }
                next += 1;
            }
        };
        self.base.pages(volume, &wanted, &mut |index, octets| {
            show_changed(places[index], found);
            found(places[index], octets);
        })?;
        show_changed(numbers.len(), found);
        Ok(())
    }

    fn page_numbers(
        &self,
        volume: Volume,
        range: RangeInclusive<u32>,
        limit: usize,
    ) -> Result<Vec<u32>, EngineError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let changed = || {
            self.changes
                .pages
                .range((volume, *range.start())..=(volume, *range.end()))
        };
        // Each page that goes may hide one of the first `limit`.
        let going = changed().filter(|(_, octets)| octets.is_none()).count();
        let mut numbers =
            self.base
                .page_numbers(volume, range.clone(), limit.saturating_add(going))?;
        numbers.retain(|number| !self.changes.pages.contains_key(&(volume, *number)));
        numbers.extend(
            changed()
                .filter(|(_, octets)| octets.is_some())
                .map(|((_, number), _)| *number),
        );
        numbers.sort_unstable();
        numbers.truncate(limit);
        Ok(numbers)
    }
}

type ChangedRow<'a> = (&'a [u8], Option<&'a [u8]>);

impl Overlay<'_> {
    fn changed_rows(&self, space: Space, (start, end): KeyRange<'_>) -> Vec<ChangedRow<'_>> {
        let start = match start {
            Bound::Included(key) => Bound::Included((space, key.to_vec())),
            Bound::Excluded(key) => Bound::Excluded((space, key.to_vec())),
            Bound::Unbounded => Bound::Included((space, Vec::new())),
        };
        self.changes
            .rows
            .range((start, Bound::Unbounded))
            .take_while(|((of, key), _)| {
                *of == space
                    && match end {
                        Bound::Included(end) => key.as_slice() <= end,
                        Bound::Excluded(end) => key.as_slice() < end,
                        Bound::Unbounded => true,
                    }
            })
            .map(|((_, key), value)| (key.as_slice(), value.as_deref()))
            .collect()
    }
}

/// Shows the rows of `base` with `changed`, which is in the same order, in place of those with the same keys.
fn merge(
    base: &dyn Read,
    space: Space,
    range: KeyRange<'_>,
    order: Order,
    changed: &mut dyn Iterator<Item = ChangedRow<'_>>,
    visit: &mut VisitRow<'_>,
) -> Result<(), EngineError> {
    let mut changed = changed.peekable();
    let mut flow = ControlFlow::Continue(());
    base.rows(space, range, order, &mut |key, value| {
        while let Some((changed_key, changed_value)) =
            changed.next_if(|(changed_key, _)| match order {
                Order::Ascending => *changed_key <= key,
                Order::Descending => *changed_key >= key,
            })
        {
            if let Some(value) = changed_value {
                flow = visit(changed_key, value);
            }
            if flow.is_break() || changed_key == key {
                return flow;
            }
        }
        flow = visit(key, value);
        flow
    })?;
    for (key, value) in changed {
        if flow.is_break() {
            break;
        }
        if let Some(value) = value {
            flow = visit(key, value);
        }
    }
    Ok(())
}
