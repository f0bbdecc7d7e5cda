use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::source::PAGE_SIZE;

const LIMITS: ReadAhead = ReadAhead {
    most: 256,
    around: 8,
};

/// Reads `pages` in order with a cache that forgets nothing, and counts the requests.
fn requests(predictor: &mut Predictor, size: u32, pages: impl IntoIterator<Item = u32>) -> usize {
    let mut held = HashSet::new();
    let mut requests = 0;
    for page in pages {
        if !held.contains(&page) {
            requests += 1;
            held.extend(predictor.plan(page, size, |number| held.contains(&number)));
        }
    }
    requests
}

fn node(children: &[u32]) -> Vec<u8> {
    let mut page = vec![0; PAGE_SIZE];
    page[0] = 5;
    let cells = children.len() - 1;
    page[3..5].copy_from_slice(&u16::try_from(cells).unwrap().to_be_bytes());
    page[8..12].copy_from_slice(&children[cells].to_be_bytes());
    for (place, child) in children[..cells].iter().enumerate() {
        let at = PAGE_SIZE - 4 * (place + 1);
        page[12 + 2 * place..14 + 2 * place]
            .copy_from_slice(&u16::try_from(at).unwrap().to_be_bytes());
        page[at..at + 4].copy_from_slice(&child.to_be_bytes());
    }
    page
}

#[test]
fn a_scan_upwards_of_50_mib_takes_few_requests() {
    let mut predictor = Predictor::new(LIMITS);
    let requests = requests(&mut predictor, 12_800, 1..=12_800);
    assert!(requests <= 56, "{requests}");
}

#[test]
fn a_scan_downwards_of_50_mib_takes_few_requests() {
    let mut predictor = Predictor::new(LIMITS);
    let requests = requests(&mut predictor, 12_800, (1..=12_800).rev());
    assert!(requests <= 56, "{requests}");
}

#[test]
fn two_scans_at_once_do_not_disturb_each_other() {
    let mut predictor = Predictor::new(LIMITS);
    let pages = (0..5000).flat_map(|step| [1 + step, 12_800 - step]);
    let requests = requests(&mut predictor, 12_800, pages);
    assert!(requests <= 60, "{requests}");
}

#[test]
fn a_scan_of_scattered_leaves_follows_the_keys() {
    let mut predictor = Predictor::new(LIMITS);
    // A multiple of an odd number modulo a power of two visits every page in an order that no run finds.
    let leaves: Vec<u32> = (0..400).map(|leaf| 10 + leaf * 3847 % 8192).collect();
    predictor.seen(3, &node(&leaves), 10_000);
    let requests = requests(&mut predictor, 10_000, leaves);
    assert!(requests <= 12, "{requests}");
}

#[test]
fn a_point_read_asks_for_its_neighbours_only() {
    let mut predictor = Predictor::new(LIMITS);
    for page in [900, 17, 5000, 333, 7777] {
        let plan = predictor.plan(page, 10_000, |_| false);
        assert_eq!(plan[0], page);
        assert_eq!(plan.len(), 8, "{plan:?}");
    }
}

#[test]
fn reading_ahead_can_be_turned_off() {
    let mut predictor = Predictor::new(ReadAhead { most: 1, around: 8 });
    assert_eq!(requests(&mut predictor, 100, 1..=100), 100);
}

proptest! {
    #[test]
    fn a_plan_is_the_missing_page_and_others_that_are_missing(
        reads in proptest::collection::vec(1_u32..600, 1..200),
        size in 600_u32..700,
        most in 1_u32..300,
        around in 0_u32..20,
    ) {
        let mut predictor = Predictor::new(ReadAhead { most, around });
        predictor.seen(2, &node(&(3..300).rev().collect::<Vec<_>>()), size);
        let mut held = HashSet::new();
        for page in reads {
            if held.contains(&page) {
                continue;
            }
            let plan = predictor.plan(page, size, |number| held.contains(&number));
            prop_assert_eq!(plan[0], page);
            prop_assert!(plan.len() <= most.max(1) as usize);
            prop_assert!(plan.iter().all(|&number| 1 <= number && number <= size));
            for number in plan {
                prop_assert!(held.insert(number), "page {} twice", number);
            }
        }
    }
}
