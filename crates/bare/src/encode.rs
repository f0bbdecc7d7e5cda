//! Writing values: the trait, and the types that every schema has.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use crate::schema::varint_size;
use crate::{Int, Uint, Writer};

/// A value that can be written, in its owned or its borrowed form.
///
/// Generated for every type of a schema. A value has exactly one encoding, so this cannot fail.
pub trait Encode {
    /// How many octets [`encode`](Self::encode) writes.
    fn encoded_len(&self) -> usize;

    /// Writes the value. `'v` lets a vectored encoding refer to large payloads instead of copying them.
    fn encode<'v>(&'v self, writer: &mut Writer<'v>);

    /// How many octets the items take, without their count.
    #[inline]
    fn encoded_len_items(items: &[Self]) -> usize
    where
        Self: Sized,
    {
        items.iter().map(Encode::encoded_len).sum()
    }

    /// Writes the items, without their count.
    #[inline]
    fn encode_items<'v>(items: &'v [Self], writer: &mut Writer<'v>)
    where
        Self: Sized,
    {
        for item in items {
            item.encode(writer);
        }
    }

    /// Writes the count and the items.
    #[inline(always)]
    fn encode_list<'v>(items: &'v [Self], writer: &mut Writer<'v>)
    where
        Self: Sized,
    {
        writer.length(items.len());
        Self::encode_items(items, writer);
    }
}

/// Numbers whose list is written as a whole.
macro_rules! numbers {
    ($($name:ident),*) => {$(
        impl Encode for $name {
            #[inline(always)]
            fn encoded_len(&self) -> usize {
                mem::size_of::<Self>()
            }

            #[inline(always)]
            fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
                writer.run::<{ mem::size_of::<Self>() }>().$name::<0>(*self);
            }

            #[inline(always)]
            fn encoded_len_items(items: &[Self]) -> usize {
                mem::size_of_val(items)
            }

            #[inline(always)]
            fn encode_items<'v>(items: &'v [Self], writer: &mut Writer<'v>) {
                writer.bulk(items, |item| item.to_le_bytes());
            }
        }
    )*};
}
numbers!(u16, u32, u64, i8, i16, i32, i64, f32, f64);

impl Encode for u8 {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        1
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        writer.octet(*self);
    }

    #[inline(always)]
    fn encoded_len_items(items: &[Self]) -> usize {
        items.len()
    }

    #[inline(always)]
    fn encode_items<'v>(items: &'v [Self], writer: &mut Writer<'v>) {
        writer.octets(items);
    }

    /// `list<u8>` is `data` on the wire.
    #[inline(always)]
    fn encode_list<'v>(items: &'v [Self], writer: &mut Writer<'v>) {
        writer.data(items);
    }
}

impl Encode for bool {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        1
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        writer.bool(*self);
    }
}

impl Encode for Uint {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        varint_size(self.0)
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        writer.varint(self.0);
    }
}

impl Encode for Int {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        varint_size(self.zigzag())
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        writer.varint(self.zigzag());
    }
}

impl Encode for str {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        varint_size(self.len() as u64) + self.len()
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        writer.str(self);
    }
}

impl Encode for String {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        self.as_str().encoded_len()
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        writer.str(self);
    }
}

impl<T: Encode> Encode for [T] {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        varint_size(self.len() as u64) + T::encoded_len_items(self)
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        T::encode_list(self, writer);
    }
}

impl<T: Encode> Encode for Vec<T> {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        self.as_slice().encoded_len()
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        T::encode_list(self, writer);
    }
}

/// A list of fixed length: no count.
impl<T: Encode, const N: usize> Encode for [T; N] {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        T::encoded_len_items(self)
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        T::encode_items(self, writer);
    }
}

impl<T: Encode> Encode for Option<T> {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        1 + self.as_ref().map_or(0, Encode::encoded_len)
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        match self {
            None => writer.octet(0),
            Some(value) => {
                writer.octet(1);
                value.encode(writer);
            }
        }
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        (**self).encoded_len()
    }

    #[inline(always)]
    fn encode<'v>(&'v self, writer: &mut Writer<'v>) {
        (**self).encode(writer);
    }
}
