//! Reading values: the trait, and the types that every schema has.

use core::mem;

use crate::{Fault, Int, IntoOwned, Place, Reader, Return, Uint};

/// A value that can be read from a message that lives for `'a`.
///
/// Generated for every type of a schema, in its borrowed form. The octets are read strictly: one value has exactly one
/// encoding, but for the order of a map's entries.
pub trait Decode<'a>: IntoOwned + Copy {
    /// The fewest octets a value takes.
    const MIN_SIZE: usize;

    /// Reads a value and puts it into `place`.
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault>;

    /// Reads a value.
    #[inline(always)]
    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        Self::decode_in(reader, Return)
    }

    /// Reads over a value: the same checks, and nothing is built.
    ///
    /// The keys of a map are the exception: they are collected to find one that comes twice.
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault>;

    /// Reads the items of a list whose count, at `offset`, was read and checked.
    #[inline(always)]
    fn decode_list(
        reader: &mut Reader<'a>,
        count: usize,
        offset: usize,
    ) -> Result<&'a [Self], Fault> {
        reader.items(count, offset)
    }

    /// Reads over `count` items.
    #[inline(always)]
    fn verify_list(reader: &mut Reader<'a>, count: usize) -> Result<(), Fault> {
        for _ in 0..count {
            Self::verify_from(reader)?;
        }
        Ok(())
    }

    /// Reads exactly `N` items.
    #[inline(always)]
    fn decode_array<const N: usize>(reader: &mut Reader<'a>) -> Result<[Self; N], Fault> {
        const { assert!(N > 0, "a fixed length is 1 or more") };
        let mut items = [Self::decode_from(reader)?; N];
        for item in &mut items[1..] {
            *item = Self::decode_from(reader)?;
        }
        Ok(items)
    }
}

/// Numbers whose list is copied as a whole, since the machine holds them as the wire does.
macro_rules! numbers {
    ($($name:ident),*) => {$(
        impl<'a> Decode<'a> for $name {
            const MIN_SIZE: usize = mem::size_of::<$name>();

            #[inline(always)]
            fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
                Ok(place.put($name::from_le_bytes(*reader.array()?)))
            }

            #[inline(always)]
            fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
                reader.skip(mem::size_of::<$name>())
            }

            #[inline(always)]
            fn decode_list(reader: &mut Reader<'a>, count: usize, offset: usize) -> Result<&'a [Self], Fault> {
                reader.bulk(count, offset, $name::from_le_bytes)
            }

            #[inline(always)]
            fn verify_list(reader: &mut Reader<'a>, count: usize) -> Result<(), Fault> {
                reader.skip(count.saturating_mul(mem::size_of::<$name>()))
            }
        }
    )*};
}
numbers!(u16, u32, u64, i8, i16, i32, i64, f32, f64);

impl<'a> Decode<'a> for u8 {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
        Ok(place.put(reader.octet()?))
    }

    #[inline(always)]
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.skip(1)
    }

    /// `list<u8>` is `data` on the wire: nothing is copied.
    #[inline(always)]
    fn decode_list(
        reader: &mut Reader<'a>,
        count: usize,
        _offset: usize,
    ) -> Result<&'a [Self], Fault> {
        reader.octets(count)
    }

    #[inline(always)]
    fn verify_list(reader: &mut Reader<'a>, count: usize) -> Result<(), Fault> {
        reader.skip(count)
    }

    #[inline(always)]
    fn decode_array<const N: usize>(reader: &mut Reader<'a>) -> Result<[Self; N], Fault> {
        reader.array().copied()
    }
}

impl<'a> Decode<'a> for bool {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
        Ok(place.put(reader.bool()?))
    }

    #[inline(always)]
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.bool().map(|_| ())
    }
}

impl<'a> Decode<'a> for Uint {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
        Ok(place.put(Self(reader.varint()?)))
    }

    #[inline(always)]
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.varint().map(|_| ())
    }
}

impl<'a> Decode<'a> for Int {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
        Ok(place.put(Self::from_zigzag(reader.varint()?)))
    }

    #[inline(always)]
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.varint().map(|_| ())
    }
}

impl<'a> Decode<'a> for &'a str {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
        Ok(place.put(reader.str()?))
    }

    #[inline(always)]
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.str().map(|_| ())
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for &'a [T] {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
        Ok(place.put(reader.list()?))
    }

    #[inline(always)]
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.verify_list::<T>()
    }
}

impl<'a, T: Decode<'a>, const N: usize> Decode<'a> for [T; N] {
    const MIN_SIZE: usize = T::MIN_SIZE * N;

    #[inline(always)]
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
        Ok(place.put(T::decode_array(reader)?))
    }

    #[inline(always)]
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
        T::verify_list(reader, N)
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Option<T> {
    const MIN_SIZE: usize = 1;

    #[inline(always)]
    fn decode_in<P: Place<Self>>(reader: &mut Reader<'a>, place: P) -> Result<P::Done, Fault> {
        if reader.bool()? {
            T::decode_in(reader, place.map(Some))
        } else {
            Ok(place.put(None))
        }
    }

    #[inline(always)]
    fn verify_from(reader: &mut Reader<'a>) -> Result<(), Fault> {
        if reader.bool()? {
            T::verify_from(reader)
        } else {
            Ok(())
        }
    }
}
