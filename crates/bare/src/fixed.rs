//! Fields of fixed width, read and written together: one bounds check for a run of them.

use crate::Fault;

/// A value that takes the same number of octets whatever it is: a number, a `bool`, `data[n]`; or a tuple of such,
/// which are the consecutive fields of a struct.
///
/// Sealed: [`Reader::fields`](crate::Reader::fields) and [`Writer::fields`](crate::Writer::fields) rely on what is
/// implemented here.
pub trait Fields: Copy + sealed::Sealed {
    /// Octets of the value.
    const SIZE: usize;

    /// Reads the value.
    ///
    /// # Safety
    /// `from` is valid for reads of `SIZE` octets.
    #[doc(hidden)]
    unsafe fn load(from: *const u8) -> Result<Self, Fault>;

    /// Writes all `SIZE` octets of the value.
    ///
    /// # Safety
    /// `to` is valid for writes of `SIZE` octets.
    #[doc(hidden)]
    unsafe fn store(self, to: *mut u8);
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($name:ident),*) => {$(
        impl sealed::Sealed for $name {}

        impl Fields for $name {
            const SIZE: usize = core::mem::size_of::<$name>();

            #[inline(always)]
            unsafe fn load(from: *const u8) -> Result<Self, Fault> {
                // SAFETY: the caller's; an array of octets has no alignment.
                Ok($name::from_le_bytes(unsafe { from.cast::<[u8; core::mem::size_of::<$name>()]>().read() }))
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut u8) {
                // SAFETY: the caller's.
                unsafe { to.cast::<[u8; core::mem::size_of::<$name>()]>().write(self.to_le_bytes()) }
            }
        }
    )*};
}
numbers!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);

impl sealed::Sealed for bool {}

impl Fields for bool {
    const SIZE: usize = 1;

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Result<Self, Fault> {
        // SAFETY: the caller's.
        match unsafe { from.read() } {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Fault::MALFORMED),
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        // SAFETY: the caller's.
        unsafe { to.write(u8::from(self)) }
    }
}

impl<const N: usize> sealed::Sealed for [u8; N] {}

impl<const N: usize> Fields for [u8; N] {
    const SIZE: usize = N;

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Result<Self, Fault> {
        // SAFETY: the caller's.
        Ok(unsafe { from.cast::<Self>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        // SAFETY: the caller's.
        unsafe { to.cast::<Self>().write(self) }
    }
}

macro_rules! tuples {
    ($(($($name:ident $at:tt),*))*) => {$(
        impl<$($name: Fields),*> sealed::Sealed for ($($name,)*) {}

        impl<$($name: Fields),*> Fields for ($($name,)*) {
            const SIZE: usize = 0 $(+ $name::SIZE)*;

            #[inline(always)]
            #[allow(unused_assignments, reason = "the last field moves the offset as well")]
            unsafe fn load(from: *const u8) -> Result<Self, Fault> {
                let mut at = 0;
                Ok(($({
                    let start = at;
                    at += $name::SIZE;
                    // SAFETY: the fields follow each other, and end where `SIZE` does.
                    unsafe { $name::load(from.add(start))? }
                },)*))
            }

            #[inline(always)]
            #[allow(unused_assignments, reason = "the last field moves the offset as well")]
            unsafe fn store(self, to: *mut u8) {
                let mut at = 0;
                $(
                    // SAFETY: as in `load`.
                    unsafe { self.$at.store(to.add(at)) };
                    at += $name::SIZE;
                )*
            }
        }
    )*};
}
tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
