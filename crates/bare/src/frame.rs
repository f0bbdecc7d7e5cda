//! A received message: its octets and what they mean, in one value.

use core::fmt;
use core::ptr::NonNull;

use bytes::Bytes;

use crate::message::decode_into_arena;
use crate::place::{Converter, Unchanged};
use crate::{Arena, ArenaLease, DecodeError, DecodeLimits, IntoOwned, Message};

/// A received message that owns its octets and the borrowed form that was decoded from them.
///
/// It can be sent to another thread and stored; what it holds costs one reference count of the octets and no
/// allocation once its arena is warm. A payload that outlives it leaves as [`Bytes`] that share the octets
/// ([`share`](Self::share)), or as a copy.
///
/// A frame is small, whatever the message: seven words.
pub struct Frame<M: Message> {
    /// The message, in the arena of `lease`.
    ///
    /// Invariant: valid for as long as `octets` and the arena are neither changed nor dropped. `'static` stands for
    /// that; it is never shown outside.
    message: NonNull<M::Ref<'static>>,
    octets: Bytes,
    lease: ArenaLease,
}

// SAFETY: a frame owns the message that it points to, so it can be sent where the message can.
unsafe impl<M: Message> Send for Frame<M> where for<'a> M::Ref<'a>: Send {}
// SAFETY: the arena is only reached through a unique reference or by drop, so sharing a frame shares the message and
// the octets, both of which are `Sync` here.
unsafe impl<M: Message> Sync for Frame<M> where for<'a> M::Ref<'a>: Sync {}

impl<M: Message> Frame<M> {
    /// Reads a message: exactly one value, within the default limits.
    pub fn decode(octets: Bytes) -> Result<Self, DecodeError> {
        Self::decode_with(octets, Arena::new(), &DecodeLimits::DEFAULT)
    }

    /// Reads a message: exactly one value, within `limits`, its lists in `arena`.
    ///
    /// The arena is a new one, one of an [`ArenaPool`](crate::ArenaPool), to which it goes back with the frame's drop, or
    /// that of an earlier frame ([`into_parts`](Self::into_parts)).
    #[inline]
    pub fn decode_with(
        octets: Bytes,
        arena: impl Into<ArenaLease>,
        limits: &DecodeLimits,
    ) -> Result<Self, DecodeError> {
        Self::try_place(octets, arena, |octets, arena| {
            decode_into_arena::<M, M>(octets, arena, limits, Unchanged)
        })
    }

    /// Reads a message of another type, an older version of `M` say, and converts it. Each value is built in its final
    /// place, converted on the way, so that this costs what [`decode_with`](Self::decode_with) does.
    ///
    /// Lists that the converter rebuilds are not part of the memory budget.
    #[inline]
    pub fn decode_converted<Other: Message>(
        octets: Bytes,
        arena: impl Into<ArenaLease>,
        limits: &DecodeLimits,
        converter: impl Converter<Other, M>,
    ) -> Result<Self, DecodeError> {
        Self::try_place(octets, arena, |octets, arena| {
            decode_into_arena::<Other, M>(octets, arena, limits, converter)
        })
    }

    /// Builds a message from octets in another way than [`decode_with`](Self::decode_with), one that may fail.
    #[inline]
    pub fn try_build<E>(
        octets: Bytes,
        arena: impl Into<ArenaLease>,
        build: impl for<'a> FnOnce(&'a [u8], &'a Arena) -> Result<M::Ref<'a>, E>,
    ) -> Result<Self, E> {
        Self::try_place(octets, arena, |octets, arena| {
            Ok(arena.place(build(octets, arena)?))
        })
    }

    #[inline]
    fn try_place<E>(
        octets: Bytes,
        arena: impl Into<ArenaLease>,
        build: impl for<'a> FnOnce(&'a [u8], &'a Arena) -> Result<&'a M::Ref<'a>, E>,
    ) -> Result<Self, E> {
        let mut lease = arena.into();
        lease.arena_mut().reset();
        // `build` works for every lifetime, so the message borrows from nothing but the octets and the arena (and what
        // is `'static`). Both go into the frame with it: moving `Bytes` does not move the octets, moving a lease moves
        // neither the arena nor its chunks, and both stay unchanged until the frame is taken apart. The two types of
        // the pointer differ in a lifetime only.
        let message = NonNull::from(build(&octets, lease.arena())?).cast();
        Ok(Self {
            message,
            octets,
            lease,
        })
    }

    /// The message.
    #[inline]
    #[must_use]
    pub fn get(&self) -> &M::Ref<'_> {
        // SAFETY: the message is valid for as long as this frame is borrowed, by the invariant.
        let message = unsafe { self.message.as_ref() };
        // `shorten` is generic over the longer lifetime, so it cannot keep anything that is only `'static` in name.
        M::shorten(message)
    }

    /// The octets that the message was read from.
    #[inline]
    #[must_use]
    pub fn octets(&self) -> &Bytes {
        &self.octets
    }

    /// A payload of this message that outlives it, sharing the octets of the whole frame.
    ///
    /// It keeps the whole frame in memory; a small part that is kept for long is better copied. A part that is not
    /// from this frame's octets (an empty one may not be) is copied.
    #[must_use]
    pub fn share(&self, part: &[u8]) -> Bytes {
        let frame = self.octets.as_ptr_range();
        let range = part.as_ptr_range();
        if frame.start <= range.start && range.end <= frame.end {
            self.octets.slice_ref(part)
        } else {
            Bytes::copy_from_slice(part)
        }
    }

    /// The message in its owned form.
    #[must_use]
    pub fn to_owned(&self) -> M {
        (*self.get()).into_owned()
    }

    /// The octets, and the arena for the next frame.
    #[must_use]
    pub fn into_parts(self) -> (Bytes, ArenaLease) {
        (self.octets, self.lease)
    }

    /// Reads the next message into this frame, whose memory is used again: nothing is allocated once it is warm.
    ///
    /// The old message is gone in any case.
    #[inline]
    pub fn replace(self, octets: Bytes, limits: &DecodeLimits) -> Result<Self, DecodeError> {
        Self::decode_with(octets, self.lease, limits)
    }
}

impl<M: Message> fmt::Debug for Frame<M>
where
    for<'a> M::Ref<'a>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frame").field(self.get()).finish()
    }
}
