//! Frames and pools: a message and what it borrows from, in one value that goes anywhere.

use bare::{
    Arena, ArenaLease, ArenaPool, DecodeError, DecodeErrorKind, DecodeLimits, EncodeExt, Frame,
    Message, decode_ref,
};
use bytes::Bytes;

use super::generated::{Drawing, DrawingRef, Lists, Maps, Point, Shape, ShapeRef, Sink};

fn drawing(names: &[&str]) -> Drawing {
    Drawing {
        title: "title".to_owned(),
        shapes: names
            .iter()
            .map(|name| Shape::Name((*name).to_owned()))
            .collect(),
        last: Shape::ListHash(vec![[1, 2, 3, 4]; names.len()]),
    }
}

fn frame(names: &[&str]) -> Frame<Drawing> {
    Frame::decode(drawing(names).to_bytes()).expect("it is valid")
}

fn name_of<'a>(shape: &ShapeRef<'a>) -> &'a str {
    match shape {
        ShapeRef::Name(name) => name,
        other => panic!("expected a name, but found {other:?}"),
    }
}

#[test]
fn a_frame_can_be_sent_and_shared() {
    fn is_send_and_sync<T: Send + Sync>() {}
    fn is_send<T: Send>() {}
    is_send_and_sync::<Frame<Sink>>();
    is_send_and_sync::<Frame<Lists>>();
    is_send_and_sync::<Frame<Point>>();
    is_send_and_sync::<DecodeError>();
    is_send_and_sync::<ArenaPool>();
    is_send::<ArenaLease>();
    is_send::<Arena>();
    is_send_and_sync::<DrawingRef<'_>>();
}

#[test]
fn a_frame_is_read_on_other_threads_and_dropped_there() {
    let frame = frame(&["a", "b"]);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(frame.get().shapes.len(), 2));
        }
    });
    let title = std::thread::spawn(move || frame.share(frame.get().title.as_bytes()));
    assert_eq!(title.join().expect("the thread ends well"), "title");
}

#[test]
fn a_frame_may_move_while_its_message_stays() {
    let mut frames: Vec<_> = (0..20_usize)
        .map(|len| {
            let names: Vec<_> = ["x", "longer than a word", ""]
                .into_iter()
                .cycle()
                .take(len)
                .collect();
            (drawing(&names), frame(&names))
        })
        .collect();
    frames.reverse();
    let boxed: Vec<_> = frames.into_iter().map(Box::new).collect();
    for pair in boxed {
        let (expected, frame) = *pair;
        assert_eq!(frame.to_owned(), expected);
        assert_eq!(frame.get().to_vec(), expected.to_vec());
        assert!(format!("{frame:?}").starts_with("Frame(Drawing"));
    }
}

#[test]
fn a_part_of_a_frame_outlives_it_without_a_copy() {
    let frame = frame(&["payload", ""]);
    let octets = frame.octets().clone();
    let payload = frame.share(name_of(&frame.get().shapes[0]).as_bytes());
    let empty = frame.share(name_of(&frame.get().shapes[1]).as_bytes());
    let whole = frame.share(frame.octets());
    // Octets of elsewhere are copied, and so is memory of the arena.
    let elsewhere = b"elsewhere".to_vec();
    let copy = frame.share(&elsewhere);
    drop(frame);
    assert_eq!(payload, "payload");
    assert!(octets.as_ptr_range().contains(&payload.as_ptr()));
    assert!(empty.is_empty());
    assert_eq!(whole.as_ptr_range(), octets.as_ptr_range());
    assert_eq!(copy, elsewhere);
    assert_ne!(copy.as_ptr(), elsewhere.as_ptr());
}

#[test]
fn a_frame_is_taken_apart_into_its_octets_and_its_arena() {
    let first = frame(&["a", "b", "c"]);
    let octets = first.octets().clone();
    let (back, lease) = first.into_parts();
    assert_eq!(back, octets);
    let capacity = lease.arena().capacity();
    assert!(capacity > 0);
    let second = Frame::<Drawing>::decode_with(octets, lease, &DecodeLimits::DEFAULT);
    let second = second.expect("it is valid");
    assert_eq!(second.get().shapes.len(), 3);
    assert_eq!(second.into_parts().1.arena().capacity(), capacity);
}

#[test]
fn a_frame_is_replaced_by_the_next_message() {
    let mut frame = frame(&["a"]);
    for len in [3, 0, 500, 1, 20] {
        let expected = drawing(&vec!["name"; len]);
        frame = frame
            .replace(expected.to_bytes(), &DecodeLimits::DEFAULT)
            .expect("it is valid");
        assert_eq!(frame.to_owned(), expected);
    }
    let error = frame
        .replace(Bytes::from_static(&[9]), &DecodeLimits::DEFAULT)
        .expect_err("it ends early");
    assert_eq!(error.offset(), 0);
    let limits = DecodeLimits {
        message_size: 0,
        ..DecodeLimits::DEFAULT
    };
    let error = self::frame(&[])
        .replace(Bytes::from_static(&[9]), &limits)
        .expect_err("it is too large");
    assert_eq!(
        *error.kind(),
        DecodeErrorKind::MessageTooLarge { size: 1, limit: 0 }
    );
}

#[test]
fn a_frame_is_built_in_another_way_or_not_at_all() {
    let octets = drawing(&["a", "b"]).to_bytes();
    // A converter that turns the list around, in the arena of the frame.
    let frame = Frame::<Drawing>::try_build(octets.clone(), Arena::new(), |octets, arena| {
        let mut message = decode_ref::<Drawing>(octets, arena, &DecodeLimits::DEFAULT)?;
        let mut shapes = message.shapes.to_vec();
        shapes.reverse();
        message.shapes = arena.copy_slice(&shapes);
        Ok::<_, DecodeError>(message)
    });
    let frame = frame.expect("it is valid");
    let names: Vec<_> = frame.get().shapes.iter().map(name_of).collect();
    assert_eq!(names, ["b", "a"]);
    assert_eq!(frame.octets(), &octets);

    let pool = ArenaPool::new(1);
    let refused = Frame::<Drawing>::try_build(octets, pool.lease(), |_, _| Err("no"));
    assert_eq!(refused.err(), Some("no"));
    // The arena went home.
    assert_eq!(pool.free(), 1);
}

#[test]
fn arenas_go_home_from_wherever_their_frames_are_dropped() {
    let pool = ArenaPool::new(2);
    assert_eq!(pool.free(), 0);
    let decode = |pool: &ArenaPool| {
        let octets = drawing(&["a", "b"]).to_bytes();
        Frame::<Drawing>::decode_with(octets, pool.lease(), &DecodeLimits::DEFAULT)
    };
    let (first, second, third) = (decode(&pool), decode(&pool), decode(&pool));
    assert_eq!(pool.free(), 0);
    drop(first);
    assert_eq!(pool.free(), 1);
    let moved = std::thread::spawn(move || drop(second));
    moved.join().expect("the thread ends well");
    assert_eq!(pool.free(), 2);
    // The pool keeps no more than it was asked to.
    drop(third);
    assert_eq!(pool.free(), 2);

    let again = decode(&pool.clone()).expect("it is valid");
    assert_eq!(pool.free(), 1);
    // An arena that was taken out of its frame is still of the pool.
    let (_, lease) = again.into_parts();
    assert!(lease.arena().capacity() > 0);
    drop(lease);
    assert_eq!(pool.free(), 2);
}

#[test]
fn a_frame_may_outlive_the_pool_of_its_arena() {
    let pool = ArenaPool::new(1);
    let octets = drawing(&["a"]).to_bytes();
    let frame = Frame::<Drawing>::decode_with(octets, pool.lease(), &DecodeLimits::DEFAULT);
    drop(pool);
    assert_eq!(frame.expect("it is valid").get().title, "title");
}

#[test]
fn an_arena_that_one_message_blew_up_does_not_stay_large_in_its_pool() {
    let pool = ArenaPool::new(1);
    let large = drawing(&vec![""; 400_000]).to_bytes();
    let frame = Frame::<Drawing>::decode_with(large, pool.lease(), &DecodeLimits::DEFAULT);
    drop(frame.expect("it is within the budget"));
    assert_eq!(pool.lease().arena().capacity(), 4 << 20);
}

#[test]
fn a_message_that_borrows_nothing_is_its_own_borrowed_form() {
    let point = Point {
        x: 1.0,
        y: -2.0,
        flag: true,
    };
    let frame = Frame::<Point>::decode(point.to_bytes()).expect("it is valid");
    assert_eq!(*frame.get(), point);
    assert_eq!(frame.to_owned(), point);
    assert_eq!(Point::decode(frame.octets()), Ok(point));
}

#[test]
fn a_map_of_a_frame_is_in_the_order_of_the_sender() {
    let mut octets = vec![2, 1, b'b', 1, b'1', 1, b'a', 1, b'2'];
    octets.extend([0; 15]);
    let frame = Frame::<Maps>::decode(octets.into()).expect("it is valid");
    assert_eq!(frame.get().str.as_slice(), [("b", "1"), ("a", "2")]);
    assert_eq!(frame.to_owned().str.get("a").map(String::as_str), Some("2"));
}
