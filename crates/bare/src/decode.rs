//! Reading values: the trait, and the types that every schema has.

use core::mem;

use crate::reader::Decoded;
use crate::{Fault, Int, IntoOwned, Place, Reader, Return, Uint};

/// A value that can be read from a message that lives for `'a`.
///
/// Generated for every type of a schema, in its borrowed form. The octets are read strictly: one value has exactly one
/// encoding, but for the order of a map's entries.
pub trait Decode<'a>: IntoOwned + Copy {
    /// The fewest octets a value takes.
    const MIN_SIZE: usize;

    /// Whether a list of such values is read ahead: its items hold `data`, which is passed over, and may be pages.
    const PREFETCH: bool = false;

    /// Reads a value and puts it into `place`. Gives back the reader, behind the value.
    fn decode_in<'r, P: Place<Self>>(reader: Reader<'r, 'a>, place: P) -> Decoded<'r, 'a, P::Done>;

    /// Reads a value.
    #[inline(always)]
    fn decode_from<'r>(reader: Reader<'r, 'a>) -> Decoded<'r, 'a, Self> {
        Self::decode_in(reader, Return)
    }

    /// Reads over a value: the same checks, and nothing is built.
    ///
    /// The keys of a map are the exception: they are collected to find one that comes twice. By default the value is read,
    /// which is the same where it has no lists and no maps.
    #[inline(always)]
    fn verify_from<'r>(reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let (reader, _) = Self::decode_from(reader)?;
        Ok(reader)
    }

    /// Reads the items of a list whose count, at `offset`, was read and checked.
    #[inline(always)]
    fn decode_list<'r>(
        reader: Reader<'r, 'a>,
        count: usize,
        offset: usize,
    ) -> Decoded<'r, 'a, &'a [Self]> {
        reader.items(count, offset)
    }

    /// Reads over `count` items.
    #[inline(always)]
    fn verify_list<'r>(mut reader: Reader<'r, 'a>, count: usize) -> Result<Reader<'r, 'a>, Fault> {
        for _ in 0..count {
            reader = Self::verify_from(reader)?;
        }
        Ok(reader)
    }

    /// Reads exactly `N` items.
    #[inline(always)]
    fn decode_array<'r, const N: usize>(reader: Reader<'r, 'a>) -> Decoded<'r, 'a, [Self; N]> {
        const { assert!(N > 0, "a fixed length is 1 or more") };
        let (mut reader, first) = Self::decode_from(reader)?;
        let mut items = [first; N];
        for item in &mut items[1..] {
            (reader, *item) = Self::decode_from(reader)?;
        }
        Ok((reader, items))
    }
}

/// Types that a method of the reader reads. Numbers among them have lists that are copied as a whole, since the
/// machine holds them as the wire does.
macro_rules! scalars {
    ($($name:ty, $min:expr, $reader:ident => $read:expr, { $($list:item)* };)*) => {$(
        impl<'a> Decode<'a> for $name {
            const MIN_SIZE: usize = $min;

            #[inline(always)]
            fn decode_in<'r, P: Place<Self>>(mut $reader: Reader<'r, 'a>, place: P) -> Decoded<'r, 'a, P::Done> {
                let value = $read;
                Ok(($reader, place.put(value)))
            }

            $($list)*
        }
    )*};
}

macro_rules! numbers {
    ($($name:ident)*) => {
        scalars! {$(
            $name, mem::size_of::<$name>(), reader => reader.fields::<Self>()?, {
                #[inline(always)]
                fn decode_list<'r>(
                    reader: Reader<'r, 'a>,
                    count: usize,
                    offset: usize,
                ) -> Decoded<'r, 'a, &'a [Self]> {
                    reader.bulk(count, offset, $name::from_le_bytes)
                }

                #[inline(always)]
                fn verify_list<'r>(mut reader: Reader<'r, 'a>, count: usize) -> Result<Reader<'r, 'a>, Fault> {
                    reader.skip(count.saturating_mul(mem::size_of::<$name>()))?;
                    Ok(reader)
                }
            };
        )*}
    };
}
numbers!(u16 u32 u64 i8 i16 i32 i64 f32 f64);

scalars! {
    u8, 1, reader => reader.octet()?, {
        /// `list<u8>` is `data` on the wire: nothing is copied.
        #[inline(always)]
        fn decode_list<'r>(mut reader: Reader<'r, 'a>, count: usize, _: usize) -> Decoded<'r, 'a, &'a [Self]> {
            let octets = reader.octets(count)?;
            Ok((reader, octets))
        }

        #[inline(always)]
        fn verify_list<'r>(mut reader: Reader<'r, 'a>, count: usize) -> Result<Reader<'r, 'a>, Fault> {
            reader.skip(count)?;
            Ok(reader)
        }

        #[inline(always)]
        fn decode_array<'r, const N: usize>(mut reader: Reader<'r, 'a>) -> Decoded<'r, 'a, [Self; N]> {
            let octets = reader.fields()?;
            Ok((reader, octets))
        }
    };
    bool, 1, reader => reader.bool()?, {};
    Uint, 1, reader => Self(reader.varint()?), {};
    Int, 1, reader => Self::from_zigzag(reader.varint()?), {};
    &'a str, 1, reader => reader.str()?, {};
}

impl<'a, T: Decode<'a>> Decode<'a> for &'a [T] {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let offset = reader.offset();
        let count = reader.count(T::MIN_SIZE)?;
        let (reader, items) = T::decode_list(reader, count, offset)?;
        Ok((reader, place.put(items)))
    }

    #[inline(always)]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let count = reader.count(T::MIN_SIZE)?;
        T::verify_list(reader, count)
    }
}

impl<'a, T: Decode<'a>, const N: usize> Decode<'a> for [T; N] {
    const MIN_SIZE: usize = T::MIN_SIZE * N;

    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(reader: Reader<'r, 'a>, place: P) -> Decoded<'r, 'a, P::Done> {
        let (reader, items) = T::decode_array(reader)?;
        Ok((reader, place.put(items)))
    }

    #[inline(always)]
    fn verify_from<'r>(reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        T::verify_list(reader, N)
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Option<T> {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        if reader.bool()? {
            T::decode_in(reader, place.map(Some))
        } else {
            Ok((reader, place.put(None)))
        }
    }

    #[inline(always)]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        if reader.bool()? {
            T::verify_from(reader)
        } else {
            Ok(reader)
        }
    }
}
