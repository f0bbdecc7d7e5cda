//! Reading and writing values along a description of their type, with no Rust type at hand.
//!
//! [`walk`] reads one message octet by octet under every rule of the format and shows each value to a [`Visitor`]. It is
//! plain, safe code over slices: the reading against which the fast generated decoder is tested, the source of precise
//! errors (see [`DecodeError`]), and what JSON and annotated views of a frame are built on. [`Encoder`] is the way back:
//! a visitor that writes what it is shown.
//!
//! ```
//! use bare::dynamic::{Encoder, walk};
//! use bare::schema::{Field, Kind, Type, TypeDef};
//!
//! static POINT: TypeDef = TypeDef {
//!     name: "Point",
//!     kind: Kind::Struct(&[Field { name: "x", ty: Type::U8 }, Field { name: "label", ty: Type::Str }]),
//! };
//! let mut encoder = Encoder::new();
//! walk(&POINT, b"\x07\x02hi", &mut encoder)?;
//! assert_eq!(encoder.into_octets(), b"\x07\x02hi");
//!
//! let error = walk(&POINT, b"\x07\x02h", &mut ()).unwrap_err();
//! assert_eq!(error.path(), "Point.label");
//! assert_eq!(error.offset(), 1);
//! # Ok::<(), bare::DecodeError>(())
//! ```

mod encoder;
mod walker;

use alloc::string::String;
use core::ops::Range;

use crate::schema::{EnumValue, Field, Member, Type, TypeDef};
use crate::{DecodeError, DecodeLimits};

pub use encoder::Encoder;
use walker::Walker;

/// Reads `octets` as one message of the type `def` and shows every value to `visitor`.
///
/// Errors: the first octet that breaks a rule, in the order of the octets.
pub fn walk(
    def: &'static TypeDef,
    octets: &[u8],
    visitor: &mut impl Visitor,
) -> Result<(), DecodeError> {
    Walker::new(def, octets, visitor).message()
}

/// Like [`walk`], for a message of at most [`DecodeLimits::message_size`] octets.
///
/// The walk builds no values, so [`DecodeLimits::memory`] has no part in it: the only thing it allocates that grows with
/// the message are 16 octets for each entry of the maps it stands in.
pub fn walk_within(
    def: &'static TypeDef,
    octets: &[u8],
    limits: &DecodeLimits,
    visitor: &mut impl Visitor,
) -> Result<(), DecodeError> {
    let walker = Walker::new(def, octets, visitor);
    walker.check_size(limits.message_size)?;
    walker.message()
}

/// The path of the list or map whose count starts `at` octets into the message, and the named type that holds it.
///
/// These are [`DecodeError::path`] and [`DecodeError::within`] of an error at that place, for a reader that ran into a
/// limit there. If the octets before `at` are not as the type has them, it is the place where that shows; if no list or
/// map starts there, it is the message itself.
#[must_use]
pub fn locate(def: &'static TypeDef, octets: &[u8], at: usize) -> (String, &'static str) {
    match Walker::new(def, octets, &mut ())
        .stop_at_count(at)
        .message()
    {
        Ok(()) => (String::from(def.name), def.name),
        Err(error) => (String::from(error.path()), error.within()),
    }
}

/// What a walk shows the values of a message to.
///
/// Each value is announced by [`begin`](Self::begin). A scalar is then followed by [`scalar`](Self::scalar); anything
/// else by [`open`](Self::open), the values inside, and [`close`](Self::close). Ranges and offsets count octets from the
/// start of the message. After an error the visitor is left as it is, inside the values that were open; it may have
/// seen the entries of a map beyond a repeated key, which is looked for at the end of the map.
///
/// `()` is the visitor that only wants to know whether the message is valid.
pub trait Visitor {
    /// A value of the type `ty`, as the schema spells it, starts at `offset`; `step` leads to it from the value around it.
    fn begin(&mut self, step: Step, ty: Type, offset: usize) {
        let _ = (step, ty, offset);
    }

    /// The value is `scalar`, read from the octets `span`, which include the length of a `str` or `data`.
    fn scalar(&mut self, span: Range<usize>, scalar: Scalar<'_>) {
        let _ = (span, scalar);
    }

    /// The value holds others. `span` is what it has of its own: the tag, flag or count, empty where there is none.
    fn open(&mut self, span: Range<usize>, composite: Composite) {
        let _ = (span, composite);
    }

    /// The value that was opened last, and is not closed yet, ends before `offset`.
    fn close(&mut self, offset: usize) {
        let _ = offset;
    }
}

impl Visitor for () {}

/// How to get from a value to one inside it.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// To the message itself.
    Root(&'static TypeDef),
    /// To a field of a struct.
    Field(&'static Field),
    /// To the member of a union.
    Member(&'static Member),
    /// To the value of an `optional` that has one.
    Some,
    /// To the item of a list with this index.
    Item(usize),
    /// To the key of the map entry with this index.
    Key(usize),
    /// To the value of the map entry with this index.
    Value(usize),
}

/// A value that holds no others.
///
/// Floats are their IEEE 754 bits, so that a NaN is kept as it is.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "each is the schema type of its name")]
pub enum Scalar<'a> {
    Uint(u64),
    Int(i64),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    Bool(bool),
    Str(&'a str),
    Data(&'a [u8]),
    /// `data[n]`
    FixedData(&'a [u8]),
    Void,
    /// A value of the enum that is named first.
    Enum(&'static TypeDef, &'static EnumValue),
}

/// A value that holds others.
#[derive(Debug, Clone, Copy)]
pub enum Composite {
    /// A struct; one value for each field follows.
    Struct(&'static TypeDef),
    /// A union and the member that it holds, whose value follows.
    Union(&'static TypeDef, &'static Member),
    /// An `optional` without a value.
    None,
    /// An `optional` with the value that follows.
    Some,
    /// A `list` of this many items.
    List(usize),
    /// A `list<T>[n]` of this many items.
    FixedList(usize),
    /// A `map` of this many entries; a key and a value follow for each.
    Map(usize),
}
