//! Writing values that no Rust type describes.

use alloc::vec::Vec;
use core::ops::Range;

use super::{Composite, Scalar, Visitor};

/// Writes values one after the other, each in its one encoding.
///
/// The caller says what to write and is responsible for the order that the type asks for; nothing here can fail.
#[derive(Debug, Clone, Default)]
pub struct Encoder {
    octets: Vec<u8>,
}

impl Encoder {
    /// An encoder that has written nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written so far.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// What was written.
    #[must_use]
    pub fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    /// Writes a whole value.
    pub fn write(&mut self, scalar: Scalar<'_>) {
        match scalar {
            Scalar::Uint(value) => self.uint(value),
            // Zig-zag: the sign goes to the lowest bit, so that small magnitudes stay short.
            Scalar::Int(value) => {
                self.uint((value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned());
            }
            Scalar::U8(value) => self.octets.push(value),
            Scalar::U16(value) => self.octets.extend(value.to_le_bytes()),
            Scalar::U32(value) | Scalar::F32(value) => self.octets.extend(value.to_le_bytes()),
            Scalar::U64(value) | Scalar::F64(value) => self.octets.extend(value.to_le_bytes()),
            Scalar::I8(value) => self.octets.extend(value.to_le_bytes()),
            Scalar::I16(value) => self.octets.extend(value.to_le_bytes()),
            Scalar::I32(value) => self.octets.extend(value.to_le_bytes()),
            Scalar::I64(value) => self.octets.extend(value.to_le_bytes()),
            Scalar::Bool(value) => self.octets.push(u8::from(value)),
            Scalar::Str(value) => self.prefixed(value.as_bytes()),
            Scalar::Data(value) => self.prefixed(value),
            Scalar::FixedData(value) => self.octets.extend(value),
            Scalar::Void => {}
            Scalar::Enum(_, value) => self.uint(value.value),
        }
    }

    /// Writes what a value that holds others has of its own: the tag, flag or count, or nothing.
    pub fn begin(&mut self, composite: Composite) {
        match composite {
            Composite::Struct(_) | Composite::FixedList(_) => {}
            Composite::Union(_, member) => self.uint(member.tag),
            Composite::None => self.octets.push(0),
            Composite::Some => self.octets.push(1),
            Composite::List(count) | Composite::Map(count) => self.uint(count as u64),
        }
    }

    fn prefixed(&mut self, value: &[u8]) {
        self.uint(value.len() as u64);
        self.octets.extend(value);
    }

    fn uint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.octets.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.octets.push(value.to_le_bytes()[0]);
    }
}

/// Writes the message that is walked, octet for octet.
impl Visitor for Encoder {
    fn scalar(&mut self, _span: Range<usize>, scalar: Scalar<'_>) {
        self.write(scalar);
    }

    fn open(&mut self, _span: Range<usize>, composite: Composite) {
        self.begin(composite);
    }
}
