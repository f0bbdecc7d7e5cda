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

    /// Writes the value, and gives the writer back, behind it. `'v` lets a vectored encoding refer to large payloads
    /// instead of copying them.
    fn encode<'w, 'v>(&'v self, writer: Writer<'w, 'v>) -> Writer<'w, 'v>;

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
    fn encode_items<'w, 'v>(items: &'v [Self], mut writer: Writer<'w, 'v>) -> Writer<'w, 'v>
    where
        Self: Sized,
    {
        for item in items {
            writer = item.encode(writer);
        }
        writer
    }

    /// Writes the count and the items.
    #[inline(always)]
    fn encode_list<'w, 'v>(items: &'v [Self], mut writer: Writer<'w, 'v>) -> Writer<'w, 'v>
    where
        Self: Sized,
    {
        writer.length(items.len());
        Self::encode_items(items, writer)
    }
}

/// Types that a method of the writer writes. Numbers among them have lists that are written as a whole.
macro_rules! scalars {
    ($($name:ty, $this:ident, $len:expr, $writer:ident => $write:expr, { $($list:item)* };)*) => {$(
        impl Encode for $name {
            #[inline(always)]
            fn encoded_len(&self) -> usize {
                let $this = self;
                $len
            }

            #[inline(always)]
            fn encode<'w, 'v>(&'v self, mut $writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
                let $this = self;
                $write;
                $writer
            }

            $($list)*
        }
    )*};
}

macro_rules! numbers {
    ($($name:ident)*) => {
        scalars! {$(
            $name, this, mem::size_of_val(this), writer => writer.fields(*this), {
                #[inline(always)]
                fn encoded_len_items(items: &[Self]) -> usize {
                    mem::size_of_val(items)
                }

                #[inline(always)]
                fn encode_items<'w, 'v>(items: &'v [Self], mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
                    writer.bulk(items, $name::to_le_bytes);
                    writer
                }
            };
        )*}
    };
}
numbers!(u16 u32 u64 i8 i16 i32 i64 f32 f64);

scalars! {
    u8, this, mem::size_of_val(this), writer => writer.octet(*this), {
        #[inline(always)]
        fn encoded_len_items(items: &[Self]) -> usize {
            items.len()
        }

        #[inline(always)]
        fn encode_items<'w, 'v>(items: &'v [Self], mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
            writer.octets(items);
            writer
        }

        /// `list<u8>` is `data` on the wire.
        #[inline(always)]
        fn encode_list<'w, 'v>(items: &'v [Self], mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
            writer.data(items);
            writer
        }
    };
    bool, this, mem::size_of_val(this), writer => writer.fields(*this), {};
    Uint, this, varint_size(this.0), writer => writer.varint(this.0), {};
    Int, this, varint_size(this.zigzag()), writer => writer.varint(this.zigzag()), {};
    str, this, varint_size(this.len() as u64) + this.len(), writer => writer.str(this), {};
    String, this, this.as_str().encoded_len(), writer => writer.str(this), {};
}

impl<T: Encode> Encode for [T] {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        varint_size(self.len() as u64) + T::encoded_len_items(self)
    }

    #[inline(always)]
    fn encode<'w, 'v>(&'v self, writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        T::encode_list(self, writer)
    }
}

impl<T: Encode> Encode for Vec<T> {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        self.as_slice().encoded_len()
    }

    #[inline(always)]
    fn encode<'w, 'v>(&'v self, writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        T::encode_list(self, writer)
    }
}

/// A list of fixed length: no count.
impl<T: Encode, const N: usize> Encode for [T; N] {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        T::encoded_len_items(self)
    }

    #[inline(always)]
    fn encode<'w, 'v>(&'v self, writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        T::encode_items(self, writer)
    }
}

impl<T: Encode> Encode for Option<T> {
    #[inline(always)]
    fn encoded_len(&self) -> usize {
        1 + self.as_ref().map_or(0, Encode::encoded_len)
    }

    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            None => {
                writer.octet(0);
                writer
            }
            Some(value) => {
                writer.octet(1);
                value.encode(writer)
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
    fn encode<'w, 'v>(&'v self, writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        (**self).encode(writer)
    }
}
