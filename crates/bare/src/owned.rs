//! From the borrowed form of a value to the owned one.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{Int, Uint};

/// A value in its borrowed form, which can be copied out of the message it was read from.
pub trait IntoOwned: Sized {
    /// The owned form. A type that borrows nothing is its own.
    type Owned;

    /// Copies what is borrowed.
    fn into_owned(self) -> Self::Owned;
}

macro_rules! plain {
    ($($name:ty),*) => {$(
        impl IntoOwned for $name {
            type Owned = Self;

            #[inline(always)]
            fn into_owned(self) -> Self {
                self
            }
        }
    )*};
}
plain!(
    (),
    bool,
    u8,
    u16,
    u32,
    u64,
    i8,
    i16,
    i32,
    i64,
    f32,
    f64,
    Uint,
    Int
);

impl IntoOwned for &str {
    type Owned = String;

    #[inline]
    fn into_owned(self) -> String {
        self.into()
    }
}

impl<T: IntoOwned + Copy> IntoOwned for &[T] {
    type Owned = Vec<T::Owned>;

    #[inline]
    fn into_owned(self) -> Vec<T::Owned> {
        self.iter().map(|item| item.into_owned()).collect()
    }
}

impl<T: IntoOwned, const N: usize> IntoOwned for [T; N] {
    type Owned = [T::Owned; N];

    #[inline]
    fn into_owned(self) -> [T::Owned; N] {
        self.map(IntoOwned::into_owned)
    }
}

impl<T: IntoOwned> IntoOwned for Option<T> {
    type Owned = Option<T::Owned>;

    #[inline]
    fn into_owned(self) -> Option<T::Owned> {
        self.map(IntoOwned::into_owned)
    }
}
