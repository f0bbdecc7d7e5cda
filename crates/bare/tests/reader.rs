//! The reader: every length of what it takes, and that it agrees with the standard library on what is text.

use bare::dynamic::{Encoder, Scalar, walk};
use bare::schema::{Kind, Type, TypeDef};
use bare::{Arena, DecodeLimits, Fault, Input, Reader, Uint};

/// What a read makes of octets, and how many of them it took.
fn read<T>(
    octets: &[u8],
    read: impl FnOnce(&mut Reader<'_, '_>) -> Result<T, Fault>,
) -> Option<(T, usize)> {
    let arena = Arena::new();
    let input = Input::new(octets, &arena, &DecodeLimits::DEFAULT);
    let mut reader = input.reader();
    let value = read(&mut reader).ok()?;
    assert_eq!(reader.offset() + reader.remaining(), octets.len());
    Some((value, reader.offset()))
}

fn text(octets: &[u8]) -> Option<String> {
    let mut encoder = Encoder::new();
    encoder.write(Scalar::Data(octets));
    // Text is followed by more, which it must not look at.
    let mut message = encoder.into_octets();
    let end = message.len();
    message.extend([0xff; 40]);
    let (text, taken) = read(&message, |reader| reader.str().map(str::to_owned))?;
    assert_eq!(taken, end);
    Some(text)
}

/// The octets are text for us exactly if they are for the standard library.
#[track_caller]
fn agrees(octets: &[u8]) {
    let expected = std::str::from_utf8(octets).ok().map(str::to_owned);
    assert_eq!(text(octets), expected, "{octets:02x?}");
}

#[test]
fn text_of_every_short_length_is_what_the_standard_library_takes_for_it() {
    for len in 0..=70 {
        let ascii: Vec<u8> = (b'0'..=b'z').cycle().take(len).collect();
        agrees(&ascii);
        for at in 0..len {
            // Octets that start nothing, that continue something, and the lowest with the upper bit.
            for octet in [0x80, 0xbf, 0xc0, 0xff] {
                let mut octets = ascii.clone();
                octets[at] = octet;
                agrees(&octets);
            }
            // Characters of two to four octets, whole and cut short by the end.
            for character in ["é", "€", "𝄞"] {
                let mut octets = ascii.clone();
                let end = (at + character.len()).min(len);
                octets[at..end].copy_from_slice(&character.as_bytes()[..end - at]);
                agrees(&octets);
            }
        }
    }
}

#[test]
fn text_that_is_not_ascii_at_all_is_what_the_standard_library_takes_for_it() {
    for first in 0..=u8::MAX {
        for second in (0..=u8::MAX).step_by(3) {
            agrees(&[first, second]);
            agrees(&[first, second, 0x80]);
            agrees(&[b'a', first, second, 0xbf, b'b']);
        }
    }
    let long = "straße €𝄞 ".repeat(500);
    agrees(long.as_bytes());
    agrees(&long.as_bytes()[..long.len() - 5]);
}

static UINT: TypeDef = TypeDef {
    name: "Number",
    kind: Kind::Alias(Type::Uint),
};

#[test]
fn varints_are_taken_as_the_plain_reading_takes_them() {
    let agrees = |octets: &[u8]| {
        let mut plain = Encoder::new();
        let expected = walk(&UINT, octets, &mut plain).is_ok();
        let found = read(octets, |reader| Ok(Uint(reader.varint()?)));
        match found {
            Some((Uint(value), taken)) if taken == octets.len() => {
                assert!(expected, "{octets:02x?}");
                let mut again = Encoder::new();
                again.write(Scalar::Uint(value));
                assert_eq!(again.octets(), octets);
            }
            // Refused, or followed by more.
            _ => assert!(!expected, "{octets:02x?}"),
        }
    };
    agrees(&[]);
    for first in 0..=u8::MAX {
        agrees(&[first]);
        for second in 0..=u8::MAX {
            agrees(&[first, second]);
        }
    }
    for len in 1..12 {
        for octet in [0x80, 0x81, 0xff] {
            for last in [0, 1, 2, 0x40, 0x7f, 0x80, 0xff] {
                let mut octets = vec![octet; len];
                octets.push(last);
                agrees(&octets);
            }
        }
    }
}

#[test]
fn no_more_is_taken_than_there_is() {
    for len in 0..20 {
        let octets: Vec<u8> = (0..len).collect();
        let len = octets.len();
        for wanted in 0..25 {
            let taken = read(&octets, |reader| reader.octets(wanted).map(<[u8]>::to_vec));
            let expected = octets.get(..wanted).map(|taken| (taken.to_vec(), wanted));
            assert_eq!(taken, expected);
            let skipped = read(&octets, |reader| reader.skip(wanted));
            assert_eq!(skipped.is_some(), wanted <= len);
        }
        assert_eq!(
            read(&octets, |reader| reader.octets(usize::MAX).map(|_| ())),
            None
        );
        let fields = read(&octets, |reader| {
            let (first, second, third): (u8, u32, [u8; 2]) = reader.fields()?;
            Ok((first, second, third))
        });
        assert_eq!(fields.is_some(), len >= 7);
        if let Some((fields, taken)) = fields {
            assert_eq!((fields, taken), ((0, 0x0403_0201, [5, 6]), 7));
        }
    }
}

#[test]
fn a_count_is_checked_against_what_remains() {
    for (octets, min_size, count) in [
        (&[3, 0, 0, 0][..], 1, Some(3)),
        (&[4, 0, 0, 0], 1, None),
        (&[1, 0, 0, 0], 3, Some(1)),
        (&[2, 0, 0, 0], 3, None),
        (&[0], 100, Some(0)),
        // An item without octets counts as one with one.
        (&[3, 0, 0, 0], 0, Some(3)),
        (&[4, 0, 0, 0], 0, None),
        (
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            1,
            None,
        ),
    ] {
        let found = read(octets, |reader| reader.count(min_size));
        assert_eq!(found.map(|(count, _)| count), count, "{octets:?}");
    }
}

#[test]
fn a_message_ends_where_its_octets_end() {
    let arena = Arena::new();
    let input = Input::new(&[1, 0, 2], &arena, &DecodeLimits::DEFAULT);
    let mut reader = input.reader();
    assert_eq!(reader.bool(), Ok(true));
    assert_eq!(reader.bool(), Ok(false));
    assert!(input.reader().finish().is_err());
    let mut again = input.reader();
    assert!(again.skip(2).is_ok());
    // Neither 0 nor 1.
    assert!(again.bool().is_err());
    assert!(reader.octet().is_ok_and(|octet| octet == 2));
    assert!(format!("{reader:?} {input:?}").contains("offset: 3"));
    assert_eq!(reader.finish(), Ok(()));
}
