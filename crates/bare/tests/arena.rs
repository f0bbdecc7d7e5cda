//! The arena: what is put into it stays as it is, aligned and apart from everything else, until it is reset.

use bare::Arena;

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's MMIX generator; its upper bits are good enough.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

fn is_aligned<T>(items: &[T]) -> bool {
    items.as_ptr().addr().is_multiple_of(align_of::<T>())
}

/// A value of which only the alignment matters.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(16))]
struct Wide(u8);

#[test]
fn a_new_arena_holds_no_memory() {
    let mut arena = Arena::new();
    assert_eq!(arena.capacity(), 0);
    assert!(arena.copy_slice::<u64>(&[]).is_empty());
    assert_eq!(arena.copy_slice(&[(); 1000]).len(), 1000);
    assert_eq!(*arena.place(()), ());
    arena.reset();
    assert_eq!(arena.capacity(), 0);
    assert_eq!(Arena::default().capacity(), 0);
}

#[test]
fn values_of_every_alignment_are_aligned() {
    let arena = Arena::new();
    for _ in 0..100 {
        // An odd number of octets first, so that what follows is not aligned by chance.
        assert_eq!(arena.copy_slice(&[1_u8, 2, 3]), [1, 2, 3]);
        assert!(is_aligned(arena.copy_slice(&[1_u16; 3])));
        assert!(is_aligned(arena.copy_slice(&[1_u32])));
        assert!(is_aligned(arena.copy_slice(&[1_u64; 5])));
        assert!(is_aligned(arena.copy_slice(&[1_u128])));
        assert!(is_aligned(arena.copy_slice(&[Wide(1); 2])));
        assert!(is_aligned(std::slice::from_ref(arena.place(Wide(9)))));
    }
}

#[test]
fn what_is_put_into_an_arena_stays_as_it_is() {
    let mut numbers = Numbers(1);
    for round in 0..20 {
        let arena = Arena::new();
        let mut kept: Vec<(usize, &[u8])> = Vec::new();
        for at in 0..400 {
            // Mostly small, now and then larger than every chunk so far.
            let len = match numbers.below(20) {
                0 => numbers.below(5000),
                1 => numbers.below(40) * round * 100,
                _ => numbers.below(100),
            };
            let fill = at % 251;
            let octet = u8::try_from(fill).expect("less than 251");
            kept.push((fill, arena.copy_slice(&vec![octet; len])));
        }
        for (fill, octets) in &kept {
            assert!(octets.iter().all(|octet| usize::from(*octet) == *fill));
        }
        let mut ranges: Vec<_> = kept
            .iter()
            .filter(|(_, octets)| !octets.is_empty())
            .map(|(_, octets)| octets.as_ptr_range())
            .collect();
        ranges.sort_by_key(|range| range.start);
        assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}

/// The memory budget of a decode relies on this.
#[test]
fn an_arena_holds_at_most_half_as_much_again_as_was_asked_of_it() {
    let mut numbers = Numbers(7);
    for largest in [1, 16, 17, 130, 1000, 5000, 100_000] {
        let arena = Arena::new();
        let mut asked = 0;
        while asked < 40 * largest + 10_000 {
            let len = 1 + numbers.below(largest);
            let _ = arena.copy_slice(&vec![0_u8; len]);
            // Each piece is rounded up to 16 octets.
            asked += len.next_multiple_of(16);
            assert!(
                arena.capacity() <= asked + asked / 2 + 1024,
                "{} octets for {asked}",
                arena.capacity()
            );
        }
    }
}

#[test]
fn an_arena_that_was_reset_has_room_for_as_much_again() {
    for len in [1, 100, 2000, 70_000] {
        let mut arena = Arena::new();
        let fill = |arena: &Arena| {
            for _ in 0..20 {
                assert_eq!(arena.copy_slice(&vec![1_u32; len]).len(), len);
            }
        };
        fill(&arena);
        arena.reset();
        let capacity = arena.capacity();
        for _ in 0..10 {
            fill(&arena);
            arena.reset();
            assert_eq!(arena.capacity(), capacity);
        }
    }
}

#[test]
fn an_arena_that_was_blown_up_keeps_4_mib() {
    let mut arena = Arena::new();
    // In one piece, and in many.
    for (pieces, len) in [(1, 9 << 20), (300, 1 << 15)] {
        for _ in 0..pieces {
            let _ = arena.copy_slice(&vec![1_u8; len]);
        }
        assert!(arena.capacity() >= 9 << 20);
        arena.reset();
        assert_eq!(arena.capacity(), 4 << 20);
    }
}

#[test]
fn a_slice_is_made_from_another_item_by_item() {
    let arena = Arena::new();
    let lengths = arena.try_map_slice(&["a", "", "abc"], |text| Ok::<_, ()>(text.len()));
    assert_eq!(lengths, Ok(&[1, 0, 3][..]));
    let empty = arena.try_map_slice(&[], |number: u8| Ok::<_, ()>(number));
    assert_eq!(empty, Ok(&[][..]));
    // What is made meanwhile has its own place.
    let nested = arena.try_map_slice(&[1_u8, 2, 3], |number| {
        Ok::<_, ()>(arena.copy_slice(&vec![number; usize::from(number)]))
    });
    assert_eq!(nested, Ok(&[&[1][..], &[2, 2], &[3, 3, 3]][..]));
}

#[test]
fn the_first_error_ends_the_making_of_a_slice() {
    let arena = Arena::new();
    let mut seen = Vec::new();
    let result = arena.try_map_slice(&[1, 2, 3, 4], |number| {
        seen.push(number);
        if number == 3 {
            Err("three")
        } else {
            Ok(number)
        }
    });
    assert_eq!(result, Err("three"));
    assert_eq!(seen, [1, 2, 3]);
}

#[test]
fn an_arena_can_be_sent_to_another_thread() {
    let arena = Arena::new();
    let _ = arena.copy_slice(&[1_u64; 100]);
    let capacity = arena.capacity();
    let back = std::thread::spawn(move || {
        let mut arena = arena;
        arena.reset();
        assert_eq!(arena.copy_slice(&[2_u64; 10]), [2; 10]);
        arena
    });
    let arena = back.join().expect("the thread ends well");
    assert_eq!(arena.capacity(), capacity);
    assert!(format!("{arena:?}").contains(&capacity.to_string()));
}
