//! What converters between versions of a schema need for lists, in both forms.

use alloc::vec::Vec;

use crate::Arena;

/// A list whose items a converter changes, in its owned or its borrowed form.
///
/// An owned list is rebuilt on the heap and its context is `()`; a borrowed one is rebuilt in an arena, which is its
/// context. So one converter, generic over the list, serves both forms.
pub trait ConvertList<From, To> {
    /// The list of converted items.
    type Output;
    /// Where it is built.
    type Context: Copy;

    /// Converts each item, in order.
    fn convert_list(self, context: Self::Context, convert: impl FnMut(From) -> To) -> Self::Output;
}

impl<From, To> ConvertList<From, To> for Vec<From> {
    type Output = Vec<To>;
    type Context = ();

    fn convert_list(self, (): (), convert: impl FnMut(From) -> To) -> Vec<To> {
        self.into_iter().map(convert).collect()
    }
}

impl<'a, From: Copy, To: Copy + 'a> ConvertList<From, To> for &'a [From] {
    type Output = &'a [To];
    type Context = &'a Arena;

    fn convert_list(self, arena: &'a Arena, convert: impl FnMut(From) -> To) -> &'a [To] {
        arena.map_slice(self, convert)
    }
}
