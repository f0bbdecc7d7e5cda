//! Whole messages: octets to values and back.

use alloc::string::ToString;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::limits::GRANTED;
use crate::place::Converter;
use crate::reader::{Form, WHOLE, decode_in_place};
use crate::schema::TypeDef;
use crate::writer::{Output, SLACK};
use crate::{
    Arena, Decode, DecodeError, DecodeErrorKind, DecodeLimits, Encode, Input, IntoOwned, Reader,
    dynamic,
};

/// A named type of a schema, in its owned form.
///
/// Generated for every struct, enum and union.
pub trait Message: Encode + Sized + 'static {
    /// The borrowed form. A type that borrows nothing is its own.
    type Ref<'a>: Decode<'a> + Encode + IntoOwned<Owned = Self>;

    /// What the schema says of the type.
    const DEFINITION: &'static TypeDef;

    /// Shows that the borrowed form may be seen with a shorter lifetime: the body is `value`.
    ///
    /// [`Frame`](crate::Frame) gives its message out through this.
    fn shorten<'short, 'long: 'short>(value: &'short Self::Ref<'long>)
    -> &'short Self::Ref<'short>;

    /// Reads a message: exactly one value, within the default limits.
    fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_with(octets, &DecodeLimits::DEFAULT)
    }

    /// Reads a message: exactly one value, within `limits`.
    ///
    /// The value is built from its borrowed form, so a message that is only looked at is cheaper as a
    /// [`Frame`](crate::Frame).
    fn decode_with(octets: &[u8], limits: &DecodeLimits) -> Result<Self, DecodeError> {
        // Strings and data are copied, and may be all of the message.
        if octets.len() > limits.memory.max(GRANTED) {
            return Err(explain(Self::DEFINITION, octets, limits, Some(WHOLE)));
        }
        let arena = Arena::new();
        let value = decode_form::<Self>(octets, &arena, limits, Form::Owned)?;
        Ok(value.into_owned())
    }

    /// Checks that octets are a message, without building it.
    fn verify(octets: &[u8], limits: &DecodeLimits) -> Result<(), DecodeError> {
        check_size(Self::DEFINITION, octets, limits)?;
        let arena = Arena::new();
        let input = Input::new(octets, &arena, limits);
        match Self::Ref::verify_from(input.reader()).and_then(Reader::finish) {
            Ok(()) => Ok(()),
            Err(_) => Err(explain(Self::DEFINITION, octets, limits, input.exceeded())),
        }
    }
}

/// Reads a message in its borrowed form: exactly one value, its lists in `arena`.
#[inline]
pub fn decode_ref<'a, M: Message>(
    octets: &'a [u8],
    arena: &'a Arena,
    limits: &DecodeLimits,
) -> Result<M::Ref<'a>, DecodeError> {
    decode_form::<M>(octets, arena, limits, Form::Borrowed)
}

#[inline]
fn decode_form<'a, M: Message>(
    octets: &'a [u8],
    arena: &'a Arena,
    limits: &DecodeLimits,
    form: Form,
) -> Result<M::Ref<'a>, DecodeError> {
    check_size(M::DEFINITION, octets, limits)?;
    let input = Input::with_form(octets, arena, limits, form, 0);
    let decoded = M::Ref::decode_from(input.reader());
    match decoded.and_then(|(reader, value)| reader.finish().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(_) => Err(explain(M::DEFINITION, octets, limits, input.exceeded())),
    }
}

/// [`decode_ref`], with the value converted and built in its place in the arena.
#[inline(always)]
pub(crate) fn decode_into_arena<'a, From: Message, To: Message>(
    octets: &'a [u8],
    arena: &'a Arena,
    limits: &DecodeLimits,
    converter: impl Converter<From, To>,
) -> Result<&'a To::Ref<'a>, DecodeError> {
    check_size(From::DEFINITION, octets, limits)?;
    match decode_in_place(octets, arena, limits, converter) {
        Ok(message) => Ok(message),
        Err(exceeded) => Err(explain(From::DEFINITION, octets, limits, exceeded)),
    }
}

#[inline]
fn check_size(
    definition: &'static TypeDef,
    octets: &[u8],
    limits: &DecodeLimits,
) -> Result<(), DecodeError> {
    if octets.len() > limits.message_size {
        return Err(too_large(definition, octets.len(), limits.message_size));
    }
    Ok(())
}

#[cold]
fn too_large(definition: &'static TypeDef, size: usize, limit: usize) -> DecodeError {
    let kind = DecodeErrorKind::MessageTooLarge { size, limit };
    DecodeError::new(kind, limit, definition.name.to_string(), definition.name)
}

/// The error behind a fault: reads the octets again, slowly, and says what is wrong where. `exceeded` is the offset of
/// the count that the memory budget had no room for, if that was it.
#[cold]
pub(crate) fn explain(
    definition: &'static TypeDef,
    octets: &[u8],
    limits: &DecodeLimits,
    exceeded: Option<usize>,
) -> DecodeError {
    if let Some(offset) = exceeded {
        let (offset, (path, within)) = match offset {
            WHOLE => (0, (definition.name.to_string(), definition.name)),
            _ => (offset, dynamic::locate(definition, octets, offset)),
        };
        let kind = DecodeErrorKind::MemoryBudget {
            limit: limits.memory,
        };
        return DecodeError::new(kind, offset, path, within);
    }
    match dynamic::walk(definition, octets, &mut ()) {
        Err(error) => error,
        Ok(()) => DecodeError::new(
            DecodeErrorKind::Refused,
            0,
            definition.name.to_string(),
            definition.name,
        ),
    }
}

/// What can be done with everything that can be encoded.
pub trait EncodeExt: Encode {
    /// The octets of the value in a new buffer, which is a little larger.
    fn to_vec(&self) -> Vec<u8> {
        let mut buffer = Vec::with_capacity(self.encoded_len() + SLACK);
        self.append_to(&mut buffer);
        buffer
    }

    /// The octets of the value, ready to be sent.
    fn to_bytes(&self) -> Bytes {
        Bytes::from(self.to_vec())
    }

    /// Writes the value behind what `buffer` holds. A buffer that is cleared and used again soon allocates nothing.
    #[inline]
    fn append_to(&self, buffer: &mut Vec<u8>) {
        self.encode(Output::new(buffer).writer()).finish();
    }
}

impl<T: Encode + ?Sized> EncodeExt for T {}
