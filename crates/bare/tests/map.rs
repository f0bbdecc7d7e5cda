//! Maps: entries in the order of the sender, each key once.

use std::time::{Duration, Instant};

use bare::{DuplicateKey, Int, Map, MapKey, MapRef, Uint};

/// A key that is the same for every fingerprint: length, first and last eight octets.
fn meeting(number: usize) -> String {
    format!("same....{number:08}....same")
}

/// A key of another length now and then.
fn plain(number: usize) -> String {
    number.to_string()
}

fn entries(count: usize, key: impl Fn(usize) -> String) -> Vec<(String, usize)> {
    (0..count).map(|number| (key(number), number)).collect()
}

#[test]
fn a_key_again_is_found_in_maps_of_every_size() {
    for count in [0, 1, 2, 3, 10, 62, 63, 64, 65, 66, 67, 128, 1000] {
        for key in [meeting, plain] {
            let all = entries(count, key);
            let borrowed: Vec<(&str, usize)> = all.iter().map(|(k, v)| (k.as_str(), *v)).collect();
            assert!(MapRef::from_entries(&borrowed).is_ok_and(|map| map.len() == count));
            let map = Map::from_entries(all.clone()).expect("all keys differ");
            assert_eq!(map.as_slice(), all);

            // The last key is that of the first, of the one before, of one between.
            let earlier = [0, count / 2, count.saturating_sub(2)];
            for first in earlier.into_iter().filter(|first| first + 1 < count) {
                let mut all = all.clone();
                all[count - 1].0 = key(first);
                let expected = Err(DuplicateKey { index: count - 1 });
                let borrowed: Vec<(&str, usize)> =
                    all.iter().map(|(k, v)| (k.as_str(), *v)).collect();
                assert_eq!(
                    MapRef::from_entries(&borrowed).map(|map| map.len()),
                    expected
                );
                assert_eq!(Map::from_entries(all).map(|map| map.len()), expected);
            }
        }
    }
    assert_eq!(
        DuplicateKey { index: 3 }.to_string(),
        "expected each key of a map once, but found that of entry 3 before it"
    );
}

#[test]
fn keys_of_every_type_are_told_apart() {
    fn check<K: MapKey + Clone + std::fmt::Debug>(keys: &[K]) {
        let map: Vec<(K, ())> = keys.iter().map(|key| (key.clone(), ())).collect();
        let len = Map::from_entries(map.clone()).map(|map| map.len());
        assert_eq!(len, Ok(keys.len()));
        for key in keys {
            assert_eq!(key.fingerprint(), key.clone().fingerprint());
            let mut map = map.clone();
            map.push((key.clone(), ()));
            let index = keys.len();
            assert_eq!(
                Map::from_entries(map).map(|map| map.len()),
                Err(DuplicateKey { index })
            );
        }
    }
    check(&[0_u8, 1, 255]);
    check(&[0_u16, 1, 256, u16::MAX]);
    check(&[0_u32, 1, 1 << 16, u32::MAX]);
    check(&[0_u64, 1, 1 << 32, u64::MAX]);
    check(&[0_i8, -1, i8::MIN]);
    check(&[0_i16, -1, i16::MIN]);
    check(&[0_i32, -1, i32::MIN]);
    check(&[0_i64, -1, i64::MIN, i64::MAX]);
    check(&[false, true]);
    check(&[Uint(0), Uint(300), Uint(u64::MAX)]);
    check(&[Int(0), Int(-1), Int(i64::MIN)]);
    check(&[[0_u8; 16], [1; 16]]);
    check(&[
        &b""[..],
        b"a",
        b"b",
        b"ab",
        b"ba",
        b"abcd",
        b"abce",
        b"abcdefgh",
        b"abcdefghi",
    ]);
    check(&[
        vec![],
        vec![0_u8],
        vec![0, 0],
        vec![0, 0, 0],
        vec![0; 8],
        vec![0; 9],
        vec![0; 40],
    ]);
    check(&[
        "",
        "a",
        "aa",
        "aaa",
        "aaaa",
        "aaaaa",
        "aaaaaaaa",
        "aaaaaaaaa",
    ]);
    // All of them meet.
    check(
        &entries(70, meeting)
            .into_iter()
            .map(|(key, _)| key)
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_last_value_of_a_key_wins_and_stands_where_the_key_came_first() {
    let map: Map<String, u8> = [("b", 1), ("a", 2), ("b", 3), ("c", 4), ("a", 5), ("b", 6)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    let expected = [("b", 6), ("a", 5), ("c", 4)].map(|(key, value)| (key.to_owned(), value));
    assert_eq!(map.as_slice(), expected);
    assert_eq!(map, Map::from(expected));

    // As if they were inserted one after the other, however many there are.
    for (count, keys) in [(10, 3), (63, 64), (64, 7), (65, 64), (500, 20), (500, 1000)] {
        for key in [meeting, plain] {
            let entries: Vec<(String, usize)> =
                (0..count).map(|at| (key(at * 7 % keys), at)).collect();
            let mut expected = Map::new();
            for (key, value) in entries.clone() {
                expected.insert(key, value);
            }
            assert_eq!(entries.into_iter().collect::<Map<_, _>>(), expected);
        }
    }
}

#[test]
fn many_keys_that_meet_make_a_map_in_reasonable_time() {
    let start = Instant::now();
    let all = entries(100_000, meeting);
    let map: Map<String, usize> = all.clone().into_iter().collect();
    assert_eq!(map.len(), 100_000);
    assert_eq!(Map::from_entries(all), Ok(map));
    // A second is plenty; comparing each with each other takes minutes.
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_map_is_looked_up_and_changed_in_place() {
    let mut map = Map::new();
    assert!(map.is_empty());
    assert_eq!(map.insert("a".to_owned(), 1), None);
    assert_eq!(map.insert("b".to_owned(), 2), None);
    assert_eq!(map.insert("c".to_owned(), 3), None);
    assert_eq!(map.insert("b".to_owned(), 4), Some(2));
    assert_eq!((map.get("b"), map.get("d"), map.len()), (Some(&4), None, 3));
    assert_eq!(map.remove("a"), Some(1));
    assert_eq!(map.remove("a"), None);
    assert_eq!(map.as_slice(), [("b".to_owned(), 4), ("c".to_owned(), 3)]);
    assert_eq!(map.insert("a".to_owned(), 5), None);
    let keys: Vec<&str> = map.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["b", "c", "a"]);
    assert_eq!((&map).into_iter().count(), 3);
    assert_eq!(format!("{map:?}"), r#"{"b": 4, "c": 3, "a": 5}"#);
    assert_eq!(map.clone().into_entries().len(), 3);
    assert_eq!(map.into_iter().map(|(_, value)| value).sum::<i32>(), 12);
}

#[test]
fn maps_are_equal_if_their_octets_are() {
    let map = |entries: [(u8, u8); 2]| Map::from(entries);
    assert_eq!(map([(1, 2), (3, 4)]), map([(1, 2), (3, 4)]));
    assert_ne!(map([(1, 2), (3, 4)]), map([(3, 4), (1, 2)]));
    assert_ne!(map([(1, 2), (3, 4)]), map([(1, 2), (3, 5)]));
}

#[test]
fn a_borrowed_map_is_looked_up_and_copied() {
    let entries = [("b", 1), ("a", 2)];
    let map = MapRef::from_entries(&entries).expect("all keys differ");
    let copy = map;
    assert_eq!((map.get("a"), map.get("c"), map.len()), (Some(&2), None, 2));
    assert_eq!(map, copy);
    assert_eq!(map.as_slice().as_ptr(), entries.as_ptr());
    assert_eq!(map.iter().count(), map.into_iter().count());
    assert_eq!(format!("{map:?}"), r#"{"b": 1, "a": 2}"#);
    assert!(MapRef::<u8, u8>::default().is_empty());
    assert!(Map::<u8, u8>::default().is_empty());
    let owned = bare::IntoOwned::into_owned(map);
    assert_eq!(owned, Map::from([("b".to_owned(), 1), ("a".to_owned(), 2)]));
}
