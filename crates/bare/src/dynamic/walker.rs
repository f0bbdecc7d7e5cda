//! The walk itself: one function for each kind of type.
//!
//! Invariant: `at <= octets.len()`. Every function leaves `at` after what it has read, or returns an error. The depth of
//! the recursion is that of the description, which cannot contain itself.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::{Composite, Scalar, Step, Visitor};
use crate::schema::{EnumValue, Field, Kind, Member, Type, TypeDef};
use crate::{DecodeError, DecodeErrorKind};

type Result<T = ()> = core::result::Result<T, DecodeError>;

/// The longest varint: nine groups of 7 bits and the 64th bit.
const MAX_VARINT: usize = 10;

pub(super) struct Walker<'a, V> {
    def: &'static TypeDef,
    octets: &'a [u8],
    at: usize,
    /// How the value that is read now was reached, the message itself first.
    path: Vec<Step>,
    /// A count that starts here is reported instead of read.
    stop: Option<usize>,
    visitor: &'a mut V,
}

impl<'a, V: Visitor> Walker<'a, V> {
    pub(super) fn new(def: &'static TypeDef, octets: &'a [u8], visitor: &'a mut V) -> Self {
        Self {
            def,
            octets,
            at: 0,
            path: Vec::new(),
            stop: None,
            visitor,
        }
    }

    /// Makes the walk end with an error, of whatever kind, at the count that starts at `offset`.
    pub(super) fn stop_at_count(mut self, offset: usize) -> Self {
        self.stop = Some(offset);
        self
    }

    pub(super) fn check_size(&self, limit: usize) -> Result {
        let size = self.octets.len();
        if size <= limit {
            return Ok(());
        }
        let kind = DecodeErrorKind::MessageTooLarge { size, limit };
        // The first octet that is one too many.
        Err(DecodeError::new(
            kind,
            limit,
            String::from(self.def.name),
            self.def.name,
        ))
    }

    pub(super) fn message(mut self) -> Result {
        let def = self.def;
        self.value(Step::Root(def), Type::Named(def), def.name)?;
        match self.remaining() {
            0 => Ok(()),
            count => {
                self.path.push(Step::Root(def));
                Err(self.error(DecodeErrorKind::TrailingOctets { count }, self.at, def.name))
            }
        }
    }

    /// Reads a value of the type `ty`, reached by `step`, inside the named type `within`.
    fn value(&mut self, step: Step, ty: Type, within: &'static str) -> Result {
        self.path.push(step);
        self.visitor.begin(step, ty, self.at);
        self.read(ty, within)?;
        self.path.pop();
        Ok(())
    }

    fn read(&mut self, ty: Type, within: &'static str) -> Result {
        let start = self.at;
        let scalar = match ty {
            Type::Named(def) => {
                return match def.kind {
                    Kind::Alias(ty) => self.read(ty, within),
                    Kind::Struct(fields) => self.fields(def, fields),
                    Kind::Enum(values) => self.enumerated(def, values),
                    Kind::Union(members) => self.union(def, members),
                };
            }
            Type::Optional(inner) => return self.optional(*inner, within),
            Type::List(item) => return self.list(*item, within),
            Type::FixedList(item, count) => {
                return self.items(*item, start, Composite::FixedList(count), count, within);
            }
            Type::Map(key, value) => return self.map(*key, *value, within),
            Type::Uint => Scalar::Uint(self.varint(within)?),
            Type::Int => {
                let zigzag = self.varint(within)?;
                Scalar::Int((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
            }
            Type::U8 => Scalar::U8(u8::from_le_bytes(self.array(within)?)),
            Type::U16 => Scalar::U16(u16::from_le_bytes(self.array(within)?)),
            Type::U32 => Scalar::U32(u32::from_le_bytes(self.array(within)?)),
            Type::U64 => Scalar::U64(u64::from_le_bytes(self.array(within)?)),
            Type::I8 => Scalar::I8(i8::from_le_bytes(self.array(within)?)),
            Type::I16 => Scalar::I16(i16::from_le_bytes(self.array(within)?)),
            Type::I32 => Scalar::I32(i32::from_le_bytes(self.array(within)?)),
            Type::I64 => Scalar::I64(i64::from_le_bytes(self.array(within)?)),
            Type::F32 => Scalar::F32(u32::from_le_bytes(self.array(within)?)),
            Type::F64 => Scalar::F64(u64::from_le_bytes(self.array(within)?)),
            Type::Bool => match self.octet(within)? {
                0 => Scalar::Bool(false),
                1 => Scalar::Bool(true),
                found => {
                    return Err(self.error(DecodeErrorKind::InvalidBool { found }, start, within));
                }
            },
            Type::Str => Scalar::Str(self.str(within)?),
            Type::Data => Scalar::Data(self.prefixed(within)?),
            Type::FixedData(len) => Scalar::FixedData(self.take(len, within)?),
            Type::Void => Scalar::Void,
        };
        self.visitor.scalar(start..self.at, scalar);
        Ok(())
    }

    fn fields(&mut self, def: &'static TypeDef, fields: &'static [Field]) -> Result {
        self.visitor.open(self.at..self.at, Composite::Struct(def));
        for field in fields {
            self.value(Step::Field(field), field.ty, def.name)?;
        }
        self.visitor.close(self.at);
        Ok(())
    }

    fn enumerated(&mut self, def: &'static TypeDef, values: &'static [EnumValue]) -> Result {
        let start = self.at;
        let found = self.varint(def.name)?;
        let Some(value) = values.iter().find(|value| value.value == found) else {
            let kind = DecodeErrorKind::UnknownEnumValue {
                name: def.name,
                found,
                highest: values.last().map_or(0, |value| value.value),
            };
            return Err(self.error(kind, start, def.name));
        };
        self.visitor
            .scalar(start..self.at, Scalar::Enum(def, value));
        Ok(())
    }

    fn union(&mut self, def: &'static TypeDef, members: &'static [Member]) -> Result {
        let start = self.at;
        let found = self.varint(def.name)?;
        let Some(member) = members.iter().find(|member| member.tag == found) else {
            let kind = DecodeErrorKind::UnknownTag {
                union: def.name,
                found,
                highest: members.last().map_or(0, |member| member.tag),
            };
            return Err(self.error(kind, start, def.name));
        };
        self.visitor
            .open(start..self.at, Composite::Union(def, member));
        self.value(Step::Member(member), member.ty, def.name)?;
        self.visitor.close(self.at);
        Ok(())
    }

    fn optional(&mut self, inner: Type, within: &'static str) -> Result {
        let start = self.at;
        match self.octet(within)? {
            0 => self.visitor.open(start..self.at, Composite::None),
            1 => {
                self.visitor.open(start..self.at, Composite::Some);
                self.value(Step::Some, inner, within)?;
            }
            found => {
                return Err(self.error(DecodeErrorKind::InvalidOptional { found }, start, within));
            }
        }
        self.visitor.close(self.at);
        Ok(())
    }

    fn list(&mut self, item: Type, within: &'static str) -> Result {
        let start = self.at;
        let count = self.count(item.min_size(), within)?;
        self.items(item, start, Composite::List(count), count, within)
    }

    /// Reads the items of a list whose own octets, if it has any, started at `start`.
    fn items(
        &mut self,
        item: Type,
        start: usize,
        composite: Composite,
        count: usize,
        within: &'static str,
    ) -> Result {
        self.visitor.open(start..self.at, composite);
        for index in 0..count {
            self.value(Step::Item(index), item, within)?;
        }
        self.visitor.close(self.at);
        Ok(())
    }

    fn map(&mut self, key: Type, value: Type, within: &'static str) -> Result {
        let start = self.at;
        let count = self.count(key.min_size().saturating_add(value.min_size()), within)?;
        self.visitor.open(start..self.at, Composite::Map(count));
        let depth = self.path.len();
        let mut keys = Vec::with_capacity(count);
        let entries = self.entries(key, value, count, &mut keys, within);
        // A repeated key stands before whatever else is wrong in that entry or a later one.
        if let Some(repeated) = Repeated::find(self.octets, keys) {
            self.path.truncate(depth);
            self.path.push(Step::Key(repeated.second));
            let kind = DecodeErrorKind::DuplicateKey {
                first: repeated.first,
            };
            return Err(self.error(kind, repeated.offset, within));
        }
        entries?;
        self.visitor.close(self.at);
        Ok(())
    }

    fn entries(
        &mut self,
        key: Type,
        value: Type,
        count: usize,
        keys: &mut Vec<Span>,
        within: &'static str,
    ) -> Result {
        for index in 0..count {
            let start = self.at;
            self.value(Step::Key(index), key, within)?;
            keys.push(Span {
                start,
                end: self.at,
            });
            self.value(Step::Value(index), value, within)?;
        }
        Ok(())
    }

    /// Reads a count and checks that as many items of `item_size` octets or more can follow.
    fn count(&mut self, item_size: usize, within: &'static str) -> Result<usize> {
        let start = self.at;
        if self.stop == Some(start) {
            return Err(self.error(
                DecodeErrorKind::UnexpectedEnd {
                    needed: 0,
                    remaining: 0,
                },
                start,
                within,
            ));
        }
        let count = self.varint(within)?;
        let remaining = self.remaining();
        // The schema language has no items without octets; a description made by hand could.
        let item_size = item_size.max(1);
        match usize::try_from(count) {
            Ok(count) if count <= remaining / item_size => Ok(count),
            _ => {
                let kind = DecodeErrorKind::CountBeyondInput {
                    count,
                    item_size,
                    remaining,
                };
                Err(self.error(kind, start, within))
            }
        }
    }

    fn str(&mut self, within: &'static str) -> Result<&'a str> {
        let octets = self.prefixed(within)?;
        core::str::from_utf8(octets).map_err(|error| {
            let offset = self.at - octets.len() + error.valid_up_to();
            self.error(DecodeErrorKind::InvalidUtf8, offset, within)
        })
    }

    fn prefixed(&mut self, within: &'static str) -> Result<&'a [u8]> {
        let start = self.at;
        let length = self.varint(within)?;
        let remaining = self.remaining();
        match usize::try_from(length) {
            Ok(length) if length <= remaining => self.take(length, within),
            _ => Err(self.error(
                DecodeErrorKind::LengthBeyondInput { length, remaining },
                start,
                within,
            )),
        }
    }

    fn varint(&mut self, within: &'static str) -> Result<u64> {
        let start = self.at;
        let mut value = 0;
        for index in 0..MAX_VARINT {
            let Some(&octet) = self.octets.get(start + index) else {
                let kind = DecodeErrorKind::UnexpectedEnd {
                    needed: index + 1,
                    remaining: index,
                };
                return Err(self.error(kind, start, within));
            };
            if index == MAX_VARINT - 1 && octet > 1 {
                return Err(self.error(DecodeErrorKind::VarintOverflow, start, within));
            }
            value |= u64::from(octet & 0x7f) << (7 * index);
            if octet < 0x80 {
                if octet == 0 && index > 0 {
                    return Err(self.error(DecodeErrorKind::NonMinimalVarint, start, within));
                }
                self.at = start + index + 1;
                return Ok(value);
            }
        }
        // The last of the octets above either ends the varint or is refused.
        Err(self.error(DecodeErrorKind::VarintOverflow, start, within))
    }

    fn octet(&mut self, within: &'static str) -> Result<u8> {
        let [octet] = self.array(within)?;
        Ok(octet)
    }

    fn array<const N: usize>(&mut self, within: &'static str) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, within)?);
        Ok(array)
    }

    fn take(&mut self, len: usize, within: &'static str) -> Result<&'a [u8]> {
        let octets = self.octets;
        let Some(taken) = octets.get(self.at..).and_then(|rest| rest.get(..len)) else {
            let kind = DecodeErrorKind::UnexpectedEnd {
                needed: len,
                remaining: self.remaining(),
            };
            return Err(self.error(kind, self.at, within));
        };
        self.at += len;
        Ok(taken)
    }

    fn remaining(&self) -> usize {
        self.octets.len() - self.at
    }

    #[cold]
    fn error(&self, kind: DecodeErrorKind, offset: usize, within: &'static str) -> DecodeError {
        DecodeError::new(kind, offset, path(&self.path), within)
    }
}

/// The path as [`DecodeError::path`] specifies it.
fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for (depth, step) in steps.iter().enumerate() {
        let written = match step {
            Step::Root(def) => path.write_str(def.name),
            Step::Field(field) => write!(path, ".{}", field.name),
            Step::Item(index) => write!(path, "[{index}]"),
            Step::Key(index) => write!(path, "[{index}].key"),
            Step::Value(index) => write!(path, "[{index}].value"),
            // Only the union that is the message itself names its member.
            Step::Member(member) if depth == 1 => write!(path, ".{}", member.name),
            Step::Member(_) | Step::Some => Ok(()),
        };
        debug_assert!(written.is_ok(), "a String takes everything");
    }
    path
}

/// Octets of the message, `start <= end`.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

/// A key that a map has twice.
struct Repeated {
    /// Index of the entry that has it first.
    first: usize,
    /// Index of the entry that has it again.
    second: usize,
    /// Where the second one starts.
    offset: usize,
}

impl Repeated {
    /// Finds the first key that stands for the second time.
    ///
    /// Equal keys have equal octets, since a value has one encoding. Sorting the places of the keys costs n log n
    /// whatever a peer sends, and no memory beside the list itself.
    fn find(octets: &[u8], mut keys: Vec<Span>) -> Option<Self> {
        let key = |span: &Span| &octets[span.start..span.end];
        keys.sort_unstable_by(|a, b| key(a).cmp(key(b)).then(a.start.cmp(&b.start)));
        let pair = keys
            .windows(2)
            .filter(|pair| key(&pair[0]) == key(&pair[1]))
            .min_by_key(|pair| pair[1].start)?;
        let index = |of: Span| keys.iter().filter(|span| span.start < of.start).count();
        Some(Self {
            first: index(pair[0]),
            second: index(pair[1]),
            offset: pair[1].start,
        })
    }
}
