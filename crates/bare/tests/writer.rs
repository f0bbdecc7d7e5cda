//! The writer: every length of what it writes, at every distance from the end of its buffer, behind what is there.

use bare::dynamic::{Encoder, Scalar};
use bare::schema::varint_size;
use bare::{Encode, EncodeExt, Int, Output, Uint, VectoredBuffer, Writer};

/// What is written into a buffer that holds three octets and has room for `room` more.
fn written<'v>(room: usize, buffer: &'v mut Vec<u8>, write: impl FnOnce(&mut Writer<'_, 'v>)) {
    *buffer = Vec::with_capacity(3 + room);
    buffer.extend(b"abc");
    let mut output = Output::new(buffer);
    let mut writer = output.writer();
    write(&mut writer);
    writer.finish();
}

/// The octets that a write makes are those, wherever the buffer ends.
#[track_caller]
fn writes(expected: &[u8], write: impl for<'v> Fn(&mut Writer<'_, 'v>)) {
    let len = expected.len();
    // No room at all, a little too little, just enough, and more than the slack of the writer.
    for room in [
        0,
        1,
        len.saturating_sub(1),
        len,
        len + 1,
        len + 127,
        len + 128,
        len + 300,
    ] {
        let mut buffer = Vec::new();
        written(room, &mut buffer, &write);
        assert_eq!(buffer[..3], *b"abc");
        assert_eq!(buffer[3..], *expected, "{room} octets of room");
    }
}

fn uint(value: u64) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.write(Scalar::Uint(value));
    encoder.into_octets()
}

/// Octets that are all different from their neighbours.
fn octets(len: usize) -> Vec<u8> {
    (1..=250).cycle().take(len).collect()
}

#[test]
fn varints_of_every_length_are_written_in_their_shortest_form() {
    for bits in 0..64 {
        for value in [
            1_u64 << bits,
            (1 << bits) - 1,
            (1 << bits) + 1,
            u64::MAX >> bits,
        ] {
            let expected = uint(value);
            assert_eq!(expected.len(), varint_size(value));
            writes(&expected, |writer| writer.varint(value));
            assert_eq!(Uint(value).to_vec(), expected);
            assert_eq!(Uint(value).encoded_len(), expected.len());
            let int = Int::from_zigzag(value);
            assert_eq!(int.to_vec(), expected);
            assert_eq!(int.zigzag(), value);
        }
    }
    writes(&[0x80, 0x01], |writer| writer.length(128));
}

#[test]
fn octets_of_every_short_length_are_copied_whole() {
    for len in (0..=70).chain(120..=140).chain([255, 256, 1000, 5000]) {
        let octets = octets(len);
        writes(&octets, |writer| writer.octets(&octets));
        // Behind octets that are not a multiple of anything.
        let expected = [&[7], &*octets, &[8], &octets].concat();
        writes(&expected, |writer| {
            writer.octet(7);
            writer.octets(&octets);
            writer.octet(8);
            writer.octets(&octets);
        });
    }
}

#[test]
fn data_and_text_of_every_short_length_follow_their_length() {
    for len in (0..=300).chain([1023, 1024, 1025, 16_383, 16_384]) {
        let text = "x".repeat(len);
        let data = octets(len);
        let expected = [uint(len as u64), data.clone()].concat();
        assert_eq!(data.encoded_len(), expected.len());
        assert_eq!(data.to_vec(), expected);
        for room in [0, 1, 126, 127, 128, 129, len, len + 1, len + 128, len + 131] {
            let mut buffer = Vec::new();
            written(room, &mut buffer, |writer| {
                writer.data(&data);
                writer.str(&text);
            });
            let expected = [&expected, &*uint(len as u64), text.as_bytes()].concat();
            assert_eq!(buffer[3..], expected, "{len} octets, {room} of room");
        }
    }
}

#[test]
fn fields_of_fixed_width_are_written_as_one() {
    writes(&[9, 0x34, 0x12, 1, 0xfe, 0xff, 0xff, 0xff], |writer| {
        writer.fields((9_u8, 0x1234_u16, true, -2_i32));
    });
    writes(&1.5_f64.to_le_bytes(), |writer| writer.fields(1.5_f64));
    writes(&[3; 7], |writer| writer.fields([3_u8; 7]));
    // More than the slack of the writer.
    writes(&[5; 1000], |writer| writer.fields([5_u8; 1000]));
}

#[test]
fn lists_of_numbers_are_written_as_a_whole() {
    macro_rules! lists {
        ($($number:ty),*) => {$(
            for len in [0, 1, 3, 127, 128, 1000] {
                let numbers: Vec<$number> = [1, 2, 99, 127].into_iter().cycle().take(len).collect();
                let mut expected = uint(len as u64);
                for number in &numbers {
                    expected.extend(number.to_le_bytes());
                }
                assert_eq!(EncodeExt::to_vec(&numbers), expected);
                assert_eq!(numbers.encoded_len(), expected.len());
                assert_eq!(EncodeExt::to_vec(&numbers[..]), expected);
            }
        )*};
    }
    lists!(u8, u16, u32, u64, i8, i16, i32, i64);
}

#[test]
fn a_buffer_grows_as_often_as_it_has_to() {
    let pieces: Vec<Vec<u8>> = (0..600).map(|len| octets(len % 257)).collect();
    let mut expected = Vec::new();
    let mut buffer = Vec::new();
    let mut output = Output::new(&mut buffer);
    let mut writer = output.writer();
    for (at, piece) in pieces.iter().enumerate() {
        match at % 3 {
            0 => {
                writer.data(piece);
                expected.extend(uint(piece.len() as u64));
                expected.extend(piece);
            }
            1 => {
                writer.octets(piece);
                expected.extend(piece);
            }
            _ => {
                writer.varint(u64::MAX >> (at % 64));
                expected.extend(uint(u64::MAX >> (at % 64)));
            }
        }
    }
    assert!(format!("{writer:?}").contains(&expected.len().to_string()));
    writer.finish();
    assert_eq!(buffer, expected);
}

#[test]
fn what_is_written_counts_once_it_is_finished() {
    let mut buffer = b"abc".to_vec();
    let mut output = Output::new(&mut buffer);
    output.writer().octets(&[1; 1000]);
    let mut writer = output.writer();
    writer.octet(7);
    writer.finish();
    assert!(buffer.starts_with(b"abc"));
    assert_eq!(buffer.last(), Some(&7));
}

#[test]
fn payloads_of_a_kibibyte_are_where_a_vectored_encoding_starts_to_refer() {
    for (len, pieces) in [(1023, 1), (1024, 2), (1025, 2)] {
        let data = octets(len);
        let mut buffer = VectoredBuffer::new();
        let vectored = buffer.encode(&data);
        assert_eq!(vectored.pieces().count(), pieces, "{len}");
        assert_eq!(vectored.to_vec(), EncodeExt::to_vec(&data));
        let refers = vectored
            .pieces()
            .any(|piece| piece.as_ptr() == data.as_ptr());
        assert_eq!(refers, pieces == 2);
    }
}

#[test]
fn a_vectored_encoding_can_be_read_on_another_thread() {
    let data = octets(3000);
    let mut buffer = VectoredBuffer::new();
    let expected = EncodeExt::to_vec(&data);
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(buffer.encode(&data).to_vec(), expected));
    });
    let buffer = std::thread::spawn(move || buffer)
        .join()
        .expect("the thread ends well");
    assert!(!format!("{buffer:?}").is_empty());
}
