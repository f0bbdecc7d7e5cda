//! What converters between versions of a schema need, so that one set of rules serves every form of a message.

use alloc::vec::Vec;

use crate::Arena;

/// A message that can be lent: the same value, with what it owns behind references.
///
/// Generated for types that are not the same in every version. Both forms have it, so a converter can work on a value
/// that its caller keeps, and nothing is copied for it.
pub trait Lend {
    /// The lent value.
    type Lent<'v>
    where
        Self: 'v;

    /// Lends the value.
    fn lend(&self) -> Self::Lent<'_>;
}

/// A list in one of its forms: owned (`Vec<T>`), borrowed (`&[T]`), or lent (a reference to either).
pub trait List {
    /// What a converter is given of each item.
    type Item;
}

/// A list whose items a converter changes.
///
/// An owned or lent list is rebuilt on the heap, and its context is `()`; a borrowed one is rebuilt in an arena, which
/// is its context. So one converter, generic over the list and its context, serves all forms.
pub trait ConvertList<To>: List {
    /// The list of converted items.
    type Output;
    /// Where it is built.
    type Context: Copy;

    /// Converts each item, in order. The first error ends it.
    fn try_convert_list<E>(
        self,
        context: Self::Context,
        convert: impl FnMut(Self::Item) -> Result<To, E>,
    ) -> Result<Self::Output, E>;
}

impl<T> List for Vec<T> {
    type Item = T;
}

impl<T, To> ConvertList<To> for Vec<T> {
    type Output = Vec<To>;
    type Context = ();

    fn try_convert_list<E>(
        self,
        (): (),
        convert: impl FnMut(T) -> Result<To, E>,
    ) -> Result<Vec<To>, E> {
        self.into_iter().map(convert).collect()
    }
}

impl<T: Copy> List for &[T] {
    type Item = T;
}

impl<'a, T: Copy, To: Copy + 'a> ConvertList<To> for &'a [T] {
    type Output = &'a [To];
    type Context = &'a Arena;

    fn try_convert_list<E>(
        self,
        arena: &'a Arena,
        convert: impl FnMut(T) -> Result<To, E>,
    ) -> Result<&'a [To], E> {
        arena.try_map_slice(self, convert)
    }
}

impl<'v, T: Lend> List for &'v Vec<T> {
    type Item = T::Lent<'v>;
}

impl<'v, T: Lend, To> ConvertList<To> for &'v Vec<T> {
    type Output = Vec<To>;
    type Context = ();

    fn try_convert_list<E>(
        self,
        (): (),
        mut convert: impl FnMut(T::Lent<'v>) -> Result<To, E>,
    ) -> Result<Vec<To>, E> {
        self.iter().map(|item| convert(item.lend())).collect()
    }
}

impl<'v, T: Lend> List for &'v &[T] {
    type Item = T::Lent<'v>;
}

impl<'v, T: Lend, To> ConvertList<To> for &'v &[T] {
    type Output = Vec<To>;
    type Context = ();

    fn try_convert_list<E>(
        self,
        (): (),
        mut convert: impl FnMut(T::Lent<'v>) -> Result<To, E>,
    ) -> Result<Vec<To>, E> {
        self.iter().map(|item| convert(item.lend())).collect()
    }
}

/// Text in one of its forms that a converter can make from a constant.
///
/// (`From<&'static str>` would ask a borrowed text to be `'static` itself.)
pub trait FromStatic {
    /// The constant in this form.
    fn from_static(text: &'static str) -> Self;
}

impl FromStatic for alloc::string::String {
    fn from_static(text: &'static str) -> Self {
        text.into()
    }
}

impl FromStatic for &str {
    fn from_static(text: &'static str) -> Self {
        text
    }
}
