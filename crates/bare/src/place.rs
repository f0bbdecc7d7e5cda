//! Where a decoded value goes: construction in place, without `unsafe` in the code that constructs.
//!
//! A decoder is generic over its [`Place`] and has no way to return but by putting a value there. So the innermost
//! arm of a nest of unions writes the whole outer value straight into its final slot, and nothing is moved through
//! a `Result` on the way out. A union in a struct's last field passes `place.map(|field| Struct { …, field })` on.

use core::marker::PhantomData;

/// Takes one value.
///
/// The implementor of [`Decode::decode_in`](crate::Decode::decode_in) is given a place of a type it does not know, so
/// the only `Done` it can return is the one that `put` gave it: a returned `Ok` proves that the place was filled.
pub trait Place<T>: Sized {
    /// The proof that a value was put.
    type Done;

    /// Puts the value.
    fn put(self, value: T) -> Self::Done;

    /// A place for a part of the value: `build` makes the whole from it.
    #[inline(always)]
    fn map<U, F: FnOnce(U) -> T>(self, build: F) -> MapPlace<Self, F, T> {
        MapPlace {
            place: self,
            build,
            whole: PhantomData,
        }
    }
}

/// A [`Place`] for a part of a value, see [`Place::map`].
#[derive(Debug)]
pub struct MapPlace<P, F, T> {
    place: P,
    build: F,
    whole: PhantomData<fn(T)>,
}

impl<T, U, P: Place<T>, F: FnOnce(U) -> T> Place<U> for MapPlace<P, F, T> {
    type Done = P::Done;

    #[inline(always)]
    fn put(self, value: U) -> P::Done {
        self.place.put((self.build)(value))
    }
}

/// The [`Place`] that hands the value back to the caller.
#[derive(Debug, Clone, Copy)]
pub struct Return;

impl<T> Place<T> for Return {
    type Done = T;

    #[inline(always)]
    fn put(self, value: T) -> T {
        value
    }
}

/// Uninitialised memory for one `T`.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    pointer: *mut T,
}

impl<T> Slot<T> {
    /// A slot at `pointer`.
    ///
    /// # Safety
    /// `pointer` is aligned, valid for a write of one `T`, and nothing else writes there while the slot lives.
    #[inline(always)]
    pub(crate) unsafe fn new(pointer: *mut T) -> Self {
        Self { pointer }
    }
}

impl<T> Place<T> for Slot<T> {
    type Done = ();

    #[inline(always)]
    fn put(self, value: T) {
        // SAFETY: `Slot::new` demands that the pointer takes a `T`; `put` consumes the slot, so it is written once.
        unsafe { self.pointer.write(value) }
    }
}
