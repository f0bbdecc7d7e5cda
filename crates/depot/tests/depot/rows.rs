//! The caller's own rows.

use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::ControlFlow;

use depot::engine::KeyRange;
use depot::{Depot, Error, Order, View};

use crate::common::on_every_engine;

fn put_letters(depot: &Depot) {
    let letters = depot.transaction::<_, Error>(|transaction| {
        for key in ["a", "b", "d", "e"] {
            transaction.put_row(key.as_bytes(), key.to_uppercase())?;
        }
        Ok(())
    });
    letters.wait().unwrap();
}

/// The keys of rows, and their values after a check that they belong to the keys.
fn keys(view: &View<'_>, range: KeyRange<'_>, order: Order, limit: usize) -> String {
    let rows = view.rows(range, order, limit).unwrap();
    rows.iter()
        .map(|row| {
            assert_eq!(row.value, row.key.to_ascii_uppercase());
            std::str::from_utf8(&row.key).unwrap()
        })
        .collect()
}

const CASES: &[(KeyRange<'static>, usize, &str)] = &[
    ((Unbounded, Unbounded), 9, "abde"),
    ((Unbounded, Unbounded), 0, ""),
    ((Included(b"b"), Unbounded), 9, "bde"),
    ((Excluded(b"b"), Unbounded), 9, "de"),
    ((Included(b"c"), Excluded(b"e")), 9, "d"),
    ((Included(b"a"), Included(b"d")), 9, "abd"),
    ((Unbounded, Excluded(b"a")), 9, ""),
    ((Included(b"e"), Included(b"b")), 9, ""),
    ((Excluded(b"b"), Excluded(b"b")), 9, ""),
    ((Included(b"b"), Excluded(b"b")), 9, ""),
    ((Included(b"b"), Included(b"b")), 9, "b"),
];

fn check_ranges(view: &View<'_>) {
    for (range, limit, expected) in CASES {
        assert_eq!(
            keys(view, *range, Order::Ascending, *limit),
            *expected,
            "{range:?}"
        );
        let backwards: String = expected.chars().rev().collect();
        assert_eq!(
            keys(view, *range, Order::Descending, *limit),
            backwards,
            "{range:?}"
        );
    }
    let all = (Unbounded, Unbounded);
    assert_eq!(keys(view, all, Order::Ascending, 2), "ab");
    assert_eq!(keys(view, all, Order::Descending, 3), "edb");
}

#[test]
fn rows_are_read_by_range_in_either_order() {
    on_every_engine(|depot| {
        put_letters(depot);
        let check = depot.view::<_, Error>(|view| {
            check_ranges(view);
            Ok(())
        });
        check.wait().unwrap();
    });
}

#[test]
fn a_transaction_reads_what_it_wrote_so_far() {
    on_every_engine(|depot| {
        let put = depot.transaction::<_, Error>(|transaction| {
            for key in ["b", "c", "e", "f"] {
                transaction.put_row(key.as_bytes(), format!("old {key}"))?;
            }
            Ok(())
        });
        put.wait().unwrap();
        let checked = depot.transaction::<_, Error>(|transaction| {
            for key in ["a", "b", "d", "e"] {
                transaction.put_row(key.as_bytes(), key.to_uppercase())?;
            }
            transaction.delete_row(b"c");
            transaction.delete_row(b"f");
            transaction.delete_row(b"never there");
            check_ranges(&transaction.view());
            assert_eq!(transaction.view().row(b"c")?, None);
            assert_eq!(transaction.view().row(b"b")?.unwrap(), "B");
            Ok(())
        });
        checked.wait().unwrap();
        let check = depot.view::<_, Error>(|view| {
            check_ranges(view);
            Ok(())
        });
        check.wait().unwrap();
    });
}

#[test]
fn visiting_rows_stops_where_the_visitor_does() {
    on_every_engine(|depot| {
        put_letters(depot);
        let seen = depot.transaction::<_, Error>(|transaction| {
            transaction.put_row(b"c", "C")?;
            let mut seen = Vec::new();
            transaction
                .view()
                .visit_rows((Unbounded, Unbounded), Order::Ascending, |key, _| {
                    seen.push(key[0]);
                    if key == b"c" {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                })?;
            Ok(seen)
        });
        assert_eq!(seen.wait().unwrap(), b"abc");
    });
}

#[test]
fn a_view_stays_as_it_was_while_others_write() {
    on_every_engine(|depot| {
        put_letters(depot);
        let other = depot.clone();
        let read = depot.view::<_, Error>(move |view| {
            let delete = other.transaction::<_, Error>(|transaction| {
                transaction.delete_row(b"a");
                Ok(())
            });
            delete.wait()?;
            check_ranges(view);
            Ok(())
        });
        read.wait().unwrap();
        let gone = depot
            .view::<_, Error>(|view| view.row(b"a"))
            .wait()
            .unwrap();
        assert_eq!(gone, None);
    });
}

#[test]
fn rejects_rows_beyond_the_limits() {
    on_every_engine(|depot| {
        let limits = depot.config().limits;
        let put = |key: usize, value: usize| {
            depot
                .transaction::<_, Error>(move |transaction| {
                    transaction.put_row(&vec![1; key], vec![1; value])
                })
                .wait()
        };
        put(limits.row_key_bytes, limits.row_value_bytes).unwrap();
        put(0, 0).unwrap();
        for (key, value) in [
            (limits.row_key_bytes + 1, 0),
            (0, limits.row_value_bytes + 1),
        ] {
            assert_eq!(put(key, value).unwrap_err().code(), "row_too_large");
        }
    });
}
