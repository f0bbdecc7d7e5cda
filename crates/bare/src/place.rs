//! Where a decoded value goes: construction in place, without `unsafe` in the code that constructs.
//!
//! A decoder is generic over its [`Place`] and has no way to return but by putting a value there. So the innermost
//! arm of a nest of unions writes the whole outer value straight into its final slot, and nothing is moved through
//! a `Result` on the way out. A union in a struct's last field passes `place.map(|field| Struct { …, field })` on.

use core::marker::PhantomData;

use crate::{Arena, Message};

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

/// Makes a message of one type from one of another while it is decoded: see
/// [`Frame::decode_converted`](crate::Frame::decode_converted).
///
/// A trait and not a closure, because a closure cannot be told to be inlined, and this is worth it: it is called where
/// the variant is known, and a conversion between versions folds to nothing there.
pub trait Converter<From: Message, To: Message> {
    /// Converts the message. The arena is for lists that have to be rebuilt.
    fn convert<'a>(self, message: From::Ref<'a>, arena: &'a Arena) -> To::Ref<'a>;
}

/// Hands a message on as it is.
#[derive(Debug)]
pub(crate) struct Unchanged;

impl<M: Message> Converter<M, M> for Unchanged {
    #[inline(always)]
    fn convert<'a>(self, message: M::Ref<'a>, _: &'a Arena) -> M::Ref<'a> {
        message
    }
}

/// A slot for what a converter makes.
pub(crate) struct Converting<'a, From, To: Message, C> {
    pub(crate) slot: Slot<To::Ref<'a>>,
    pub(crate) converter: C,
    pub(crate) arena: &'a Arena,
    pub(crate) from: PhantomData<fn(From)>,
}

impl<'a, From, To, C> Place<From::Ref<'a>> for Converting<'a, From, To, C>
where
    From: Message,
    To: Message,
    C: Converter<From, To>,
{
    type Done = ();

    #[inline(always)]
    fn put(self, value: From::Ref<'a>) {
        self.slot.put(self.converter.convert(value, self.arena));
    }
}
