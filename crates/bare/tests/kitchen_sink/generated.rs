// Written by `cargo test -p envoy-bare --test kitchen_sink` from schema.bare. Do not edit.
#![allow(
    clippy::all,
    clippy::pedantic,
    unused_imports,
    unused_mut,
    reason = "generated code"
)]
//! Version generated of the schema, `schema.bare`.
//!
//! Every kind of type that the language has, so that the runtime can be tried on all of them.

use bare::{Encode as _, IntoOwned as _, Lend as _, MapKey as _};

/// Another name for text.
///
/// Schema: `schema.bare`, line 4.
pub type Name = String;
/// [`Name`] in its borrowed form.
pub type NameRef<'a> = &'a str;
/// Octets of fixed length.
///
/// Schema: `schema.bare`, line 7.
pub type Hash = [u8; 4];
/// Schema: `schema.bare`, line 9.
pub type Nothing = ();
/// Schema: `schema.bare`, line 11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u64)]
pub enum Color {
    /// `RED`
    Red = 0,
    /// `GREEN`
    Green = 5,
    /// `BLUE`
    Blue = 6,
    /// `ULTRAVIOLET`
    Ultraviolet = 300,
}
impl bare::Encode for Color {
    #[inline]
    fn encoded_len(&self) -> usize {
        bare::Uint(*self as u64).encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer.varint(*self as u64);
        writer
    }
}
impl<'a> bare::Decode<'a> for Color {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        match reader.varint()? {
            0 => Ok((reader, place.put(Self::Red))),
            5 => Ok((reader, place.put(Self::Green))),
            6 => Ok((reader, place.put(Self::Blue))),
            300 => Ok((reader, place.put(Self::Ultraviolet))),
            _ => Err(bare::Fault::MALFORMED),
        }
    }
    #[inline(always)]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        let (reader, _) = <Self as bare::Decode>::decode_from(reader)?;
        Ok(reader)
    }
}
impl bare::IntoOwned for Color {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl bare::Message for Color {
    type Ref<'a> = Color;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::COLOR;
    #[inline]
    fn shorten<'short, 'long: 'short>(value: &'short Color) -> &'short Color {
        value
    }
}
impl bare::MapKey for Color {
    #[inline]
    fn fingerprint(&self) -> u64 {
        (*self as u64).fingerprint()
    }
}
/// A field of every plain type.
///
/// Schema: `schema.bare`, line 19.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalars {
    /// `uint`
    pub uint: bare::Uint,
    /// `int`
    pub int: bare::Int,
    /// `u8`
    pub u8: u8,
    /// `u16`
    pub u16: u16,
    /// `u32`
    pub u32: u32,
    /// `u64`
    pub u64: u64,
    /// `i8`
    pub i8: i8,
    /// `i16`
    pub i16: i16,
    /// `i32`
    pub i32: i32,
    /// `i64`
    pub i64: i64,
    /// `f32`
    pub f32: f32,
    /// `f64`
    pub f64: f64,
    /// `bool`
    pub bool: bool,
    /// `str`
    pub str: String,
    /// `data`
    pub data: Vec<u8>,
    /// `name`
    pub name: Name,
    /// `hash`
    pub hash: Hash,
    /// `color`
    pub color: Color,
}
impl bare::Encode for Scalars {
    #[inline]
    fn encoded_len(&self) -> usize {
        47 + self.uint.encoded_len()
            + self.int.encoded_len()
            + self.str.encoded_len()
            + self.data.encoded_len()
            + self.name.encoded_len()
            + self.color.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.uint.encode(writer);
        writer = self.int.encode(writer);
        writer.fields((
            self.u8, self.u16, self.u32, self.u64, self.i8, self.i16, self.i32, self.i64,
        ));
        writer.fields((self.f32, self.f64, self.bool));
        writer = self.str.encode(writer);
        writer = self.data.encode(writer);
        writer = self.name.encode(writer);
        writer.fields(self.hash);
        self.color.encode(writer)
    }
}
/// [`Scalars`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScalarsRef<'a> {
    /// `uint`
    pub uint: bare::Uint,
    /// `int`
    pub int: bare::Int,
    /// `u8`
    pub u8: u8,
    /// `u16`
    pub u16: u16,
    /// `u32`
    pub u32: u32,
    /// `u64`
    pub u64: u64,
    /// `i8`
    pub i8: i8,
    /// `i16`
    pub i16: i16,
    /// `i32`
    pub i32: i32,
    /// `i64`
    pub i64: i64,
    /// `f32`
    pub f32: f32,
    /// `f64`
    pub f64: f64,
    /// `bool`
    pub bool: bool,
    /// `str`
    pub str: &'a str,
    /// `data`
    pub data: &'a [u8],
    /// `name`
    pub name: NameRef<'a>,
    /// `hash`
    pub hash: Hash,
    /// `color`
    pub color: Color,
}
impl bare::Encode for ScalarsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        47 + self.uint.encoded_len()
            + self.int.encoded_len()
            + self.str.encoded_len()
            + self.data.encoded_len()
            + self.name.encoded_len()
            + self.color.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.uint.encode(writer);
        writer = self.int.encode(writer);
        writer.fields((
            self.u8, self.u16, self.u32, self.u64, self.i8, self.i16, self.i32, self.i64,
        ));
        writer.fields((self.f32, self.f64, self.bool));
        writer = self.str.encode(writer);
        writer = self.data.encode(writer);
        writer = self.name.encode(writer);
        writer.fields(self.hash);
        self.color.encode(writer)
    }
}
impl<'a> bare::Decode<'a> for ScalarsRef<'a> {
    const MIN_SIZE: usize = 53;
    #[inline]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        let (mut reader, uint) = bare::Decode::decode_from(reader)?;
        let (mut reader, int) = bare::Decode::decode_from(reader)?;
        let (u8, u16, u32, u64, i8, i16, i32, i64) = reader.fields()?;
        let (f32, f64, bool) = reader.fields()?;
        let str = reader.str()?;
        let data = reader.data()?;
        let name = reader.str()?;
        let hash = reader.fields()?;
        bare::Decode::decode_in(
            reader,
            place.map(move |color| Self {
                uint,
                int,
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
                bool,
                str,
                data,
                name,
                hash,
                color,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        let mut reader = <bare::Uint as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::Int as bare::Decode>::verify_from(reader)?;
        reader.skip(30)?;
        reader.fields::<(f32, f64, bool)>()?;
        let mut reader = <&'a str as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [u8] as bare::Decode>::verify_from(reader)?;
        let mut reader = <NameRef<'a> as bare::Decode>::verify_from(reader)?;
        reader.skip(4)?;
        <Color as bare::Decode>::verify_from(reader)
    }
}
impl bare::IntoOwned for ScalarsRef<'_> {
    type Owned = Scalars;
    #[inline]
    fn into_owned(self) -> Scalars {
        Scalars {
            uint: self.uint.into_owned(),
            int: self.int.into_owned(),
            u8: self.u8.into_owned(),
            u16: self.u16.into_owned(),
            u32: self.u32.into_owned(),
            u64: self.u64.into_owned(),
            i8: self.i8.into_owned(),
            i16: self.i16.into_owned(),
            i32: self.i32.into_owned(),
            i64: self.i64.into_owned(),
            f32: self.f32.into_owned(),
            f64: self.f64.into_owned(),
            bool: self.bool.into_owned(),
            str: self.str.into_owned(),
            data: self.data.into_owned(),
            name: self.name.into_owned(),
            hash: self.hash.into_owned(),
            color: self.color.into_owned(),
        }
    }
}
impl bare::Message for Scalars {
    type Ref<'a> = ScalarsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SCALARS;
    #[inline]
    fn shorten<'short, 'long: 'short>(
        value: &'short ScalarsRef<'long>,
    ) -> &'short ScalarsRef<'short> {
        value
    }
}
/// Nothing in it borrows, so that both of its forms are one.
///
/// Schema: `schema.bare`, line 41.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Point {
    /// `x`
    pub x: f32,
    /// `y`
    pub y: f64,
    /// `flag`
    pub flag: bool,
}
impl bare::Encode for Point {
    #[inline]
    fn encoded_len(&self) -> usize {
        13
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer.fields((self.x, self.y, self.flag));
        writer
    }
}
impl<'a> bare::Decode<'a> for Point {
    const MIN_SIZE: usize = 13;
    #[inline(always)]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        let (x, y, flag) = reader.fields()?;
        Ok((reader, place.put(Self { x, y, flag })))
    }
    #[inline(always)]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        reader.fields::<(f32, f64, bool)>()?;
        Ok(reader)
    }
}
impl bare::IntoOwned for Point {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl bare::Message for Point {
    type Ref<'a> = Point;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::POINT;
    #[inline]
    fn shorten<'short, 'long: 'short>(value: &'short Point) -> &'short Point {
        value
    }
}
/// Schema: `schema.bare`, line 47.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Optionals {
    /// `number`
    pub number: Option<u64>,
    /// `twice`
    pub twice: Option<Option<bool>>,
    /// `name`
    pub name: Option<Name>,
    /// `point`
    pub point: Option<Point>,
    /// `list`
    pub list: Option<Vec<u16>>,
}
impl bare::Encode for Optionals {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.number.encoded_len()
            + self.twice.encoded_len()
            + self.name.encoded_len()
            + self.point.encoded_len()
            + self.list.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.number.encode(writer);
        writer = self.twice.encode(writer);
        writer = self.name.encode(writer);
        writer = self.point.encode(writer);
        self.list.encode(writer)
    }
}
/// [`Optionals`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionalsRef<'a> {
    /// `number`
    pub number: Option<u64>,
    /// `twice`
    pub twice: Option<Option<bool>>,
    /// `name`
    pub name: Option<NameRef<'a>>,
    /// `point`
    pub point: Option<Point>,
    /// `list`
    pub list: Option<&'a [u16]>,
}
impl bare::Encode for OptionalsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.number.encoded_len()
            + self.twice.encoded_len()
            + self.name.encoded_len()
            + self.point.encoded_len()
            + self.list.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.number.encode(writer);
        writer = self.twice.encode(writer);
        writer = self.name.encode(writer);
        writer = self.point.encode(writer);
        self.list.encode(writer)
    }
}
impl<'a> bare::Decode<'a> for OptionalsRef<'a> {
    const MIN_SIZE: usize = 5;
    #[inline]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        let (mut reader, number) = bare::Decode::decode_from(reader)?;
        let (mut reader, twice) = bare::Decode::decode_from(reader)?;
        let (mut reader, name) = bare::Decode::decode_from(reader)?;
        let (mut reader, point) = bare::Decode::decode_from(reader)?;
        bare::Decode::decode_in(
            reader,
            place.map(move |list| Self {
                number,
                twice,
                name,
                point,
                list,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        let mut reader = <Option<u64> as bare::Decode>::verify_from(reader)?;
        let mut reader = <Option<Option<bool>> as bare::Decode>::verify_from(reader)?;
        let mut reader = <Option<NameRef<'a>> as bare::Decode>::verify_from(reader)?;
        let mut reader = <Option<Point> as bare::Decode>::verify_from(reader)?;
        <Option<&'a [u16]> as bare::Decode>::verify_from(reader)
    }
}
impl bare::IntoOwned for OptionalsRef<'_> {
    type Owned = Optionals;
    #[inline]
    fn into_owned(self) -> Optionals {
        Optionals {
            number: self.number.into_owned(),
            twice: self.twice.into_owned(),
            name: self.name.into_owned(),
            point: self.point.into_owned(),
            list: self.list.into_owned(),
        }
    }
}
impl bare::Message for Optionals {
    type Ref<'a> = OptionalsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::OPTIONALS;
    #[inline]
    fn shorten<'short, 'long: 'short>(
        value: &'short OptionalsRef<'long>,
    ) -> &'short OptionalsRef<'short> {
        value
    }
}
/// Schema: `schema.bare`, line 55.
#[derive(Debug, Clone, PartialEq)]
pub struct Lists {
    /// `u8`
    pub u8: Vec<u8>,
    /// `u16`
    pub u16: Vec<u16>,
    /// `u32`
    pub u32: Vec<u32>,
    /// `u64`
    pub u64: Vec<u64>,
    /// `i8`
    pub i8: Vec<i8>,
    /// `i16`
    pub i16: Vec<i16>,
    /// `i32`
    pub i32: Vec<i32>,
    /// `i64`
    pub i64: Vec<i64>,
    /// `f32`
    pub f32: Vec<f32>,
    /// `f64`
    pub f64: Vec<f64>,
    /// `bool`
    pub bool: Vec<bool>,
    /// `uint`
    pub uint: Vec<bare::Uint>,
    /// `int`
    pub int: Vec<bare::Int>,
    /// `str`
    pub str: Vec<String>,
    /// `data`
    pub data: Vec<Vec<u8>>,
    /// `hash`
    pub hash: Vec<Hash>,
    /// `color`
    pub color: Vec<Color>,
    /// `point`
    pub point: Vec<Point>,
    /// `optional`
    pub optional: Vec<Option<String>>,
    /// `nested`
    pub nested: Vec<Vec<u32>>,
    /// `maps`
    pub maps: Vec<bare::Map<u8, bool>>,
}
impl bare::Encode for Lists {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.u8.encoded_len()
            + self.u16.encoded_len()
            + self.u32.encoded_len()
            + self.u64.encoded_len()
            + self.i8.encoded_len()
            + self.i16.encoded_len()
            + self.i32.encoded_len()
            + self.i64.encoded_len()
            + self.f32.encoded_len()
            + self.f64.encoded_len()
            + self.bool.encoded_len()
            + self.uint.encoded_len()
            + self.int.encoded_len()
            + self.str.encoded_len()
            + self.data.encoded_len()
            + self.hash.encoded_len()
            + self.color.encoded_len()
            + self.point.encoded_len()
            + self.optional.encoded_len()
            + self.nested.encoded_len()
            + self.maps.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.u8.encode(writer);
        writer = self.u16.encode(writer);
        writer = self.u32.encode(writer);
        writer = self.u64.encode(writer);
        writer = self.i8.encode(writer);
        writer = self.i16.encode(writer);
        writer = self.i32.encode(writer);
        writer = self.i64.encode(writer);
        writer = self.f32.encode(writer);
        writer = self.f64.encode(writer);
        writer = self.bool.encode(writer);
        writer = self.uint.encode(writer);
        writer = self.int.encode(writer);
        writer = self.str.encode(writer);
        writer = self.data.encode(writer);
        writer = self.hash.encode(writer);
        writer = self.color.encode(writer);
        writer = self.point.encode(writer);
        writer = self.optional.encode(writer);
        writer = self.nested.encode(writer);
        self.maps.encode(writer)
    }
}
/// [`Lists`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListsRef<'a> {
    /// `u8`
    pub u8: &'a [u8],
    /// `u16`
    pub u16: &'a [u16],
    /// `u32`
    pub u32: &'a [u32],
    /// `u64`
    pub u64: &'a [u64],
    /// `i8`
    pub i8: &'a [i8],
    /// `i16`
    pub i16: &'a [i16],
    /// `i32`
    pub i32: &'a [i32],
    /// `i64`
    pub i64: &'a [i64],
    /// `f32`
    pub f32: &'a [f32],
    /// `f64`
    pub f64: &'a [f64],
    /// `bool`
    pub bool: &'a [bool],
    /// `uint`
    pub uint: &'a [bare::Uint],
    /// `int`
    pub int: &'a [bare::Int],
    /// `str`
    pub str: &'a [&'a str],
    /// `data`
    pub data: &'a [&'a [u8]],
    /// `hash`
    pub hash: &'a [Hash],
    /// `color`
    pub color: &'a [Color],
    /// `point`
    pub point: &'a [Point],
    /// `optional`
    pub optional: &'a [Option<&'a str>],
    /// `nested`
    pub nested: &'a [&'a [u32]],
    /// `maps`
    pub maps: &'a [bare::MapRef<'a, u8, bool>],
}
impl bare::Encode for ListsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.u8.encoded_len()
            + self.u16.encoded_len()
            + self.u32.encoded_len()
            + self.u64.encoded_len()
            + self.i8.encoded_len()
            + self.i16.encoded_len()
            + self.i32.encoded_len()
            + self.i64.encoded_len()
            + self.f32.encoded_len()
            + self.f64.encoded_len()
            + self.bool.encoded_len()
            + self.uint.encoded_len()
            + self.int.encoded_len()
            + self.str.encoded_len()
            + self.data.encoded_len()
            + self.hash.encoded_len()
            + self.color.encoded_len()
            + self.point.encoded_len()
            + self.optional.encoded_len()
            + self.nested.encoded_len()
            + self.maps.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.u8.encode(writer);
        writer = self.u16.encode(writer);
        writer = self.u32.encode(writer);
        writer = self.u64.encode(writer);
        writer = self.i8.encode(writer);
        writer = self.i16.encode(writer);
        writer = self.i32.encode(writer);
        writer = self.i64.encode(writer);
        writer = self.f32.encode(writer);
        writer = self.f64.encode(writer);
        writer = self.bool.encode(writer);
        writer = self.uint.encode(writer);
        writer = self.int.encode(writer);
        writer = self.str.encode(writer);
        writer = self.data.encode(writer);
        writer = self.hash.encode(writer);
        writer = self.color.encode(writer);
        writer = self.point.encode(writer);
        writer = self.optional.encode(writer);
        writer = self.nested.encode(writer);
        self.maps.encode(writer)
    }
}
impl<'a> bare::Decode<'a> for ListsRef<'a> {
    const MIN_SIZE: usize = 21;
    #[inline]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        let (mut reader, u8) = bare::Decode::decode_from(reader)?;
        let (mut reader, u16) = bare::Decode::decode_from(reader)?;
        let (mut reader, u32) = bare::Decode::decode_from(reader)?;
        let (mut reader, u64) = bare::Decode::decode_from(reader)?;
        let (mut reader, i8) = bare::Decode::decode_from(reader)?;
        let (mut reader, i16) = bare::Decode::decode_from(reader)?;
        let (mut reader, i32) = bare::Decode::decode_from(reader)?;
        let (mut reader, i64) = bare::Decode::decode_from(reader)?;
        let (mut reader, f32) = bare::Decode::decode_from(reader)?;
        let (mut reader, f64) = bare::Decode::decode_from(reader)?;
        let (mut reader, bool) = bare::Decode::decode_from(reader)?;
        let (mut reader, uint) = bare::Decode::decode_from(reader)?;
        let (mut reader, int) = bare::Decode::decode_from(reader)?;
        let (mut reader, str) = bare::Decode::decode_from(reader)?;
        let (mut reader, data) = bare::Decode::decode_from(reader)?;
        let (mut reader, hash) = bare::Decode::decode_from(reader)?;
        let (mut reader, color) = bare::Decode::decode_from(reader)?;
        let (mut reader, point) = bare::Decode::decode_from(reader)?;
        let (mut reader, optional) = bare::Decode::decode_from(reader)?;
        let (mut reader, nested) = bare::Decode::decode_from(reader)?;
        let (mut reader, maps) = bare::Decode::decode_from(reader)?;
        Ok((
            reader,
            place.put(Self {
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
                bool,
                uint,
                int,
                str,
                data,
                hash,
                color,
                point,
                optional,
                nested,
                maps,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        let mut reader = <&'a [u8] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [u16] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [u32] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [u64] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [i8] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [i16] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [i32] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [i64] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [f32] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [f64] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [bool] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [bare::Uint] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [bare::Int] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [&'a str] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [&'a [u8]] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [Hash] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [Color] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [Point] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [Option<&'a str>] as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [&'a [u32]] as bare::Decode>::verify_from(reader)?;
        <&'a [bare::MapRef<'a, u8, bool>] as bare::Decode>::verify_from(reader)
    }
}
impl bare::IntoOwned for ListsRef<'_> {
    type Owned = Lists;
    #[inline]
    fn into_owned(self) -> Lists {
        Lists {
            u8: self.u8.into_owned(),
            u16: self.u16.into_owned(),
            u32: self.u32.into_owned(),
            u64: self.u64.into_owned(),
            i8: self.i8.into_owned(),
            i16: self.i16.into_owned(),
            i32: self.i32.into_owned(),
            i64: self.i64.into_owned(),
            f32: self.f32.into_owned(),
            f64: self.f64.into_owned(),
            bool: self.bool.into_owned(),
            uint: self.uint.into_owned(),
            int: self.int.into_owned(),
            str: self.str.into_owned(),
            data: self.data.into_owned(),
            hash: self.hash.into_owned(),
            color: self.color.into_owned(),
            point: self.point.into_owned(),
            optional: self.optional.into_owned(),
            nested: self.nested.into_owned(),
            maps: self.maps.into_owned(),
        }
    }
}
impl bare::Message for Lists {
    type Ref<'a> = ListsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::LISTS;
    #[inline]
    fn shorten<'short, 'long: 'short>(value: &'short ListsRef<'long>) -> &'short ListsRef<'short> {
        value
    }
}
/// Schema: `schema.bare`, line 79.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedLists {
    /// `octets`
    pub octets: [u8; 3],
    /// `numbers`
    pub numbers: [u16; 3],
    /// `names`
    pub names: [String; 2],
    /// `points`
    pub points: [Point; 2],
    /// `nested`
    pub nested: [[Color; 2]; 2],
    /// `hash`
    pub hash: [u8; 32],
}
impl bare::Encode for FixedLists {
    #[inline]
    fn encoded_len(&self) -> usize {
        32 + self.octets.encoded_len()
            + self.numbers.encoded_len()
            + self.names.encoded_len()
            + self.points.encoded_len()
            + self.nested.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.octets.encode(writer);
        writer = self.numbers.encode(writer);
        writer = self.names.encode(writer);
        writer = self.points.encode(writer);
        writer = self.nested.encode(writer);
        writer.fields(self.hash);
        writer
    }
}
/// [`FixedLists`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedListsRef<'a> {
    /// `octets`
    pub octets: [u8; 3],
    /// `numbers`
    pub numbers: [u16; 3],
    /// `names`
    pub names: [&'a str; 2],
    /// `points`
    pub points: [Point; 2],
    /// `nested`
    pub nested: [[Color; 2]; 2],
    /// `hash`
    pub hash: [u8; 32],
}
impl bare::Encode for FixedListsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        32 + self.octets.encoded_len()
            + self.numbers.encoded_len()
            + self.names.encoded_len()
            + self.points.encoded_len()
            + self.nested.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.octets.encode(writer);
        writer = self.numbers.encode(writer);
        writer = self.names.encode(writer);
        writer = self.points.encode(writer);
        writer = self.nested.encode(writer);
        writer.fields(self.hash);
        writer
    }
}
impl<'a> bare::Decode<'a> for FixedListsRef<'a> {
    const MIN_SIZE: usize = 73;
    #[inline]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        let (mut reader, octets) = bare::Decode::decode_from(reader)?;
        let (mut reader, numbers) = bare::Decode::decode_from(reader)?;
        let (mut reader, names) = bare::Decode::decode_from(reader)?;
        let (mut reader, points) = bare::Decode::decode_from(reader)?;
        let (mut reader, nested) = bare::Decode::decode_from(reader)?;
        let hash = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                octets,
                numbers,
                names,
                points,
                nested,
                hash,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        let mut reader = <[u8; 3] as bare::Decode>::verify_from(reader)?;
        let mut reader = <[u16; 3] as bare::Decode>::verify_from(reader)?;
        let mut reader = <[&'a str; 2] as bare::Decode>::verify_from(reader)?;
        let mut reader = <[Point; 2] as bare::Decode>::verify_from(reader)?;
        let mut reader = <[[Color; 2]; 2] as bare::Decode>::verify_from(reader)?;
        reader.skip(32)?;
        Ok(reader)
    }
}
impl bare::IntoOwned for FixedListsRef<'_> {
    type Owned = FixedLists;
    #[inline]
    fn into_owned(self) -> FixedLists {
        FixedLists {
            octets: self.octets.into_owned(),
            numbers: self.numbers.into_owned(),
            names: self.names.into_owned(),
            points: self.points.into_owned(),
            nested: self.nested.into_owned(),
            hash: self.hash.into_owned(),
        }
    }
}
impl bare::Message for FixedLists {
    type Ref<'a> = FixedListsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::FIXED_LISTS;
    #[inline]
    fn shorten<'short, 'long: 'short>(
        value: &'short FixedListsRef<'long>,
    ) -> &'short FixedListsRef<'short> {
        value
    }
}
/// Large without a list: it is not small change to a memory budget.
///
/// Schema: `schema.bare`, line 89.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// `octets`
    pub octets: [u8; 4096],
}
impl bare::Encode for Page {
    #[inline]
    fn encoded_len(&self) -> usize {
        4096
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer.fields(self.octets);
        writer
    }
}
impl<'a> bare::Decode<'a> for Page {
    const MIN_SIZE: usize = 4096;
    #[inline(always)]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        let octets = reader.fields()?;
        Ok((reader, place.put(Self { octets })))
    }
    #[inline(always)]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        reader.skip(4096)?;
        Ok(reader)
    }
}
impl bare::IntoOwned for Page {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl bare::Message for Page {
    type Ref<'a> = Page;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::PAGE;
    #[inline]
    fn shorten<'short, 'long: 'short>(value: &'short Page) -> &'short Page {
        value
    }
}
/// Schema: `schema.bare`, line 93.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    /// `str`
    pub str: bare::Map<String, String>,
    /// `data`
    pub data: bare::Map<Vec<u8>, u8>,
    /// `hash`
    pub hash: bare::Map<Hash, Name>,
    /// `color`
    pub color: bare::Map<Color, Vec<String>>,
    /// `uint`
    pub uint: bare::Map<bare::Uint, bare::Int>,
    /// `int`
    pub int: bare::Map<bare::Int, bool>,
    /// `u8`
    pub u8: bare::Map<u8, Option<u8>>,
    /// `u16`
    pub u16: bare::Map<u16, u8>,
    /// `u32`
    pub u32: bare::Map<u32, u8>,
    /// `u64`
    pub u64: bare::Map<u64, Point>,
    /// `i8`
    pub i8: bare::Map<i8, u8>,
    /// `i16`
    pub i16: bare::Map<i16, u8>,
    /// `i32`
    pub i32: bare::Map<i32, u8>,
    /// `i64`
    pub i64: bare::Map<i64, u8>,
    /// `bool`
    pub bool: bare::Map<bool, Color>,
    /// `nested`
    pub nested: bare::Map<String, bare::Map<String, u8>>,
}
impl bare::Encode for Maps {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.str.encoded_len()
            + self.data.encoded_len()
            + self.hash.encoded_len()
            + self.color.encoded_len()
            + self.uint.encoded_len()
            + self.int.encoded_len()
            + self.u8.encoded_len()
            + self.u16.encoded_len()
            + self.u32.encoded_len()
            + self.u64.encoded_len()
            + self.i8.encoded_len()
            + self.i16.encoded_len()
            + self.i32.encoded_len()
            + self.i64.encoded_len()
            + self.bool.encoded_len()
            + self.nested.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.str.encode(writer);
        writer = self.data.encode(writer);
        writer = self.hash.encode(writer);
        writer = self.color.encode(writer);
        writer = self.uint.encode(writer);
        writer = self.int.encode(writer);
        writer = self.u8.encode(writer);
        writer = self.u16.encode(writer);
        writer = self.u32.encode(writer);
        writer = self.u64.encode(writer);
        writer = self.i8.encode(writer);
        writer = self.i16.encode(writer);
        writer = self.i32.encode(writer);
        writer = self.i64.encode(writer);
        writer = self.bool.encode(writer);
        self.nested.encode(writer)
    }
}
/// [`Maps`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapsRef<'a> {
    /// `str`
    pub str: bare::MapRef<'a, &'a str, &'a str>,
    /// `data`
    pub data: bare::MapRef<'a, &'a [u8], u8>,
    /// `hash`
    pub hash: bare::MapRef<'a, Hash, NameRef<'a>>,
    /// `color`
    pub color: bare::MapRef<'a, Color, &'a [&'a str]>,
    /// `uint`
    pub uint: bare::MapRef<'a, bare::Uint, bare::Int>,
    /// `int`
    pub int: bare::MapRef<'a, bare::Int, bool>,
    /// `u8`
    pub u8: bare::MapRef<'a, u8, Option<u8>>,
    /// `u16`
    pub u16: bare::MapRef<'a, u16, u8>,
    /// `u32`
    pub u32: bare::MapRef<'a, u32, u8>,
    /// `u64`
    pub u64: bare::MapRef<'a, u64, Point>,
    /// `i8`
    pub i8: bare::MapRef<'a, i8, u8>,
    /// `i16`
    pub i16: bare::MapRef<'a, i16, u8>,
    /// `i32`
    pub i32: bare::MapRef<'a, i32, u8>,
    /// `i64`
    pub i64: bare::MapRef<'a, i64, u8>,
    /// `bool`
    pub bool: bare::MapRef<'a, bool, Color>,
    /// `nested`
    pub nested: bare::MapRef<'a, &'a str, bare::MapRef<'a, &'a str, u8>>,
}
impl bare::Encode for MapsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.str.encoded_len()
            + self.data.encoded_len()
            + self.hash.encoded_len()
            + self.color.encoded_len()
            + self.uint.encoded_len()
            + self.int.encoded_len()
            + self.u8.encoded_len()
            + self.u16.encoded_len()
            + self.u32.encoded_len()
            + self.u64.encoded_len()
            + self.i8.encoded_len()
            + self.i16.encoded_len()
            + self.i32.encoded_len()
            + self.i64.encoded_len()
            + self.bool.encoded_len()
            + self.nested.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.str.encode(writer);
        writer = self.data.encode(writer);
        writer = self.hash.encode(writer);
        writer = self.color.encode(writer);
        writer = self.uint.encode(writer);
        writer = self.int.encode(writer);
        writer = self.u8.encode(writer);
        writer = self.u16.encode(writer);
        writer = self.u32.encode(writer);
        writer = self.u64.encode(writer);
        writer = self.i8.encode(writer);
        writer = self.i16.encode(writer);
        writer = self.i32.encode(writer);
        writer = self.i64.encode(writer);
        writer = self.bool.encode(writer);
        self.nested.encode(writer)
    }
}
impl<'a> bare::Decode<'a> for MapsRef<'a> {
    const MIN_SIZE: usize = 16;
    #[inline]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        let (mut reader, str) = bare::Decode::decode_from(reader)?;
        let (mut reader, data) = bare::Decode::decode_from(reader)?;
        let (mut reader, hash) = bare::Decode::decode_from(reader)?;
        let (mut reader, color) = bare::Decode::decode_from(reader)?;
        let (mut reader, uint) = bare::Decode::decode_from(reader)?;
        let (mut reader, int) = bare::Decode::decode_from(reader)?;
        let (mut reader, u8) = bare::Decode::decode_from(reader)?;
        let (mut reader, u16) = bare::Decode::decode_from(reader)?;
        let (mut reader, u32) = bare::Decode::decode_from(reader)?;
        let (mut reader, u64) = bare::Decode::decode_from(reader)?;
        let (mut reader, i8) = bare::Decode::decode_from(reader)?;
        let (mut reader, i16) = bare::Decode::decode_from(reader)?;
        let (mut reader, i32) = bare::Decode::decode_from(reader)?;
        let (mut reader, i64) = bare::Decode::decode_from(reader)?;
        let (mut reader, bool) = bare::Decode::decode_from(reader)?;
        let (mut reader, nested) = bare::Decode::decode_from(reader)?;
        Ok((
            reader,
            place.put(Self {
                str,
                data,
                hash,
                color,
                uint,
                int,
                u8,
                u16,
                u32,
                u64,
                i8,
                i16,
                i32,
                i64,
                bool,
                nested,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        let mut reader = <bare::MapRef<'a, &'a str, &'a str> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, &'a [u8], u8> as bare::Decode>::verify_from(reader)?;
        let mut reader =
            <bare::MapRef<'a, Hash, NameRef<'a>> as bare::Decode>::verify_from(reader)?;
        let mut reader =
            <bare::MapRef<'a, Color, &'a [&'a str]> as bare::Decode>::verify_from(reader)?;
        let mut reader =
            <bare::MapRef<'a, bare::Uint, bare::Int> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, bare::Int, bool> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, u8, Option<u8>> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, u16, u8> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, u32, u8> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, u64, Point> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, i8, u8> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, i16, u8> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, i32, u8> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, i64, u8> as bare::Decode>::verify_from(reader)?;
        let mut reader = <bare::MapRef<'a, bool, Color> as bare::Decode>::verify_from(reader)?;
        <bare::MapRef<'a, &'a str, bare::MapRef<'a, &'a str, u8>> as bare::Decode>::verify_from(
            reader,
        )
    }
}
impl bare::IntoOwned for MapsRef<'_> {
    type Owned = Maps;
    #[inline]
    fn into_owned(self) -> Maps {
        Maps {
            str: self.str.into_owned(),
            data: self.data.into_owned(),
            hash: self.hash.into_owned(),
            color: self.color.into_owned(),
            uint: self.uint.into_owned(),
            int: self.int.into_owned(),
            u8: self.u8.into_owned(),
            u16: self.u16.into_owned(),
            u32: self.u32.into_owned(),
            u64: self.u64.into_owned(),
            i8: self.i8.into_owned(),
            i16: self.i16.into_owned(),
            i32: self.i32.into_owned(),
            i64: self.i64.into_owned(),
            bool: self.bool.into_owned(),
            nested: self.nested.into_owned(),
        }
    }
}
impl bare::Message for Maps {
    type Ref<'a> = MapsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::MAPS;
    #[inline]
    fn shorten<'short, 'long: 'short>(value: &'short MapsRef<'long>) -> &'short MapsRef<'short> {
        value
    }
}
/// A union in the last field, so that it is built in its place.
///
/// Schema: `schema.bare`, line 113.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Tag 3: `Point`.
    Point(Point),
    /// Tag 127: `Nothing`.
    Nothing,
    /// Tag 128: `Name`.
    Name(Name),
    /// Tag 300: `list<Hash>`.
    ListHash(Vec<Hash>),
}
impl bare::Encode for Shape {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::Point(value) => 1 + value.encoded_len(),
            Self::Nothing => 1,
            Self::Name(value) => 2 + value.encoded_len(),
            Self::ListHash(value) => 2 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        match self {
            Self::Point(value) => {
                writer.octet(3);
                value.encode(writer)
            }
            Self::Nothing => {
                writer.octet(127);
                writer
            }
            Self::Name(value) => {
                writer.varint(128);
                value.encode(writer)
            }
            Self::ListHash(value) => {
                writer.varint(300);
                value.encode(writer)
            }
        }
    }
}
/// [`Shape`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ShapeRef<'a> {
    /// Tag 3: `Point`.
    Point(Point),
    /// Tag 127: `Nothing`.
    Nothing,
    /// Tag 128: `Name`.
    Name(NameRef<'a>),
    /// Tag 300: `list<Hash>`.
    ListHash(&'a [Hash]),
}
impl bare::Encode for ShapeRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::Point(value) => 1 + value.encoded_len(),
            Self::Nothing => 1,
            Self::Name(value) => 2 + value.encoded_len(),
            Self::ListHash(value) => 2 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        match self {
            Self::Point(value) => {
                writer.octet(3);
                value.encode(writer)
            }
            Self::Nothing => {
                writer.octet(127);
                writer
            }
            Self::Name(value) => {
                writer.varint(128);
                value.encode(writer)
            }
            Self::ListHash(value) => {
                writer.varint(300);
                value.encode(writer)
            }
        }
    }
}
impl<'a> bare::Decode<'a> for ShapeRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        match reader.varint()? {
            3 => bare::Decode::decode_in(reader, place.map(Self::Point)),
            127 => Ok((reader, place.put(Self::Nothing))),
            128 => bare::Decode::decode_in(reader, place.map(Self::Name)),
            300 => bare::Decode::decode_in(reader, place.map(Self::ListHash)),
            _ => Err(bare::Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        match reader.varint()? {
            3 => <Point as bare::Decode>::verify_from(reader),
            127 => Ok(reader),
            128 => <NameRef<'a> as bare::Decode>::verify_from(reader),
            300 => <&'a [Hash] as bare::Decode>::verify_from(reader),
            _ => Err(bare::Fault::MALFORMED),
        }
    }
}
impl bare::IntoOwned for ShapeRef<'_> {
    type Owned = Shape;
    #[inline]
    fn into_owned(self) -> Shape {
        match self {
            Self::Point(value) => Shape::Point(value.into_owned()),
            Self::Nothing => Shape::Nothing,
            Self::Name(value) => Shape::Name(value.into_owned()),
            Self::ListHash(value) => Shape::ListHash(value.into_owned()),
        }
    }
}
impl bare::Message for Shape {
    type Ref<'a> = ShapeRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SHAPE;
    #[inline]
    fn shorten<'short, 'long: 'short>(value: &'short ShapeRef<'long>) -> &'short ShapeRef<'short> {
        value
    }
}
/// Schema: `schema.bare`, line 120.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// `title`
    pub title: String,
    /// `shapes`
    pub shapes: Vec<Shape>,
    /// `last`
    pub last: Shape,
}
impl bare::Encode for Drawing {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.title.encoded_len() + self.shapes.encoded_len() + self.last.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.title.encode(writer);
        writer = self.shapes.encode(writer);
        self.last.encode(writer)
    }
}
/// [`Drawing`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawingRef<'a> {
    /// `title`
    pub title: &'a str,
    /// `shapes`
    pub shapes: &'a [ShapeRef<'a>],
    /// `last`
    pub last: ShapeRef<'a>,
}
impl bare::Encode for DrawingRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.title.encoded_len() + self.shapes.encoded_len() + self.last.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        writer = self.title.encode(writer);
        writer = self.shapes.encode(writer);
        self.last.encode(writer)
    }
}
impl<'a> bare::Decode<'a> for DrawingRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        let title = reader.str()?;
        let (mut reader, shapes) = bare::Decode::decode_from(reader)?;
        bare::Decode::decode_in(
            reader,
            place.map(move |last| Self {
                title,
                shapes,
                last,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        let mut reader = <&'a str as bare::Decode>::verify_from(reader)?;
        let mut reader = <&'a [ShapeRef<'a>] as bare::Decode>::verify_from(reader)?;
        <ShapeRef<'a> as bare::Decode>::verify_from(reader)
    }
}
impl bare::IntoOwned for DrawingRef<'_> {
    type Owned = Drawing;
    #[inline]
    fn into_owned(self) -> Drawing {
        Drawing {
            title: self.title.into_owned(),
            shapes: self.shapes.into_owned(),
            last: self.last.into_owned(),
        }
    }
}
impl bare::Message for Drawing {
    type Ref<'a> = DrawingRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::DRAWING;
    #[inline]
    fn shorten<'short, 'long: 'short>(
        value: &'short DrawingRef<'long>,
    ) -> &'short DrawingRef<'short> {
        value
    }
}
/// The root, with tags of one to ten octets.
///
/// Schema: `schema.bare`, line 127.
#[derive(Debug, Clone, PartialEq)]
pub enum Sink {
    /// Tag 1: `Scalars`.
    Scalars(Scalars),
    /// Tag 2: `Optionals`.
    Optionals(Optionals),
    /// Tag 127: `Lists`.
    Lists(Lists),
    /// Tag 128: `FixedLists`.
    FixedLists(FixedLists),
    /// Tag 16384: `Maps`.
    Maps(Maps),
    /// Tag 4294967296: `Drawing`.
    Drawing(Drawing),
    /// Tag 18446744073709551614: `Color`.
    Color(Color),
    /// Tag 18446744073709551615: `Nothing`.
    Nothing,
}
impl bare::Encode for Sink {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::Scalars(value) => 1 + value.encoded_len(),
            Self::Optionals(value) => 1 + value.encoded_len(),
            Self::Lists(value) => 1 + value.encoded_len(),
            Self::FixedLists(value) => 2 + value.encoded_len(),
            Self::Maps(value) => 3 + value.encoded_len(),
            Self::Drawing(value) => 5 + value.encoded_len(),
            Self::Color(value) => 10 + value.encoded_len(),
            Self::Nothing => 10,
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        match self {
            Self::Scalars(value) => {
                writer.octet(1);
                value.encode(writer)
            }
            Self::Optionals(value) => {
                writer.octet(2);
                value.encode(writer)
            }
            Self::Lists(value) => {
                writer.octet(127);
                value.encode(writer)
            }
            Self::FixedLists(value) => {
                writer.varint(128);
                value.encode(writer)
            }
            Self::Maps(value) => {
                writer.varint(16384);
                value.encode(writer)
            }
            Self::Drawing(value) => {
                writer.varint(4294967296);
                value.encode(writer)
            }
            Self::Color(value) => {
                writer.varint(18446744073709551614);
                value.encode(writer)
            }
            Self::Nothing => {
                writer.varint(18446744073709551615);
                writer
            }
        }
    }
}
/// [`Sink`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SinkRef<'a> {
    /// Tag 1: `Scalars`.
    Scalars(ScalarsRef<'a>),
    /// Tag 2: `Optionals`.
    Optionals(OptionalsRef<'a>),
    /// Tag 127: `Lists`.
    Lists(ListsRef<'a>),
    /// Tag 128: `FixedLists`.
    FixedLists(FixedListsRef<'a>),
    /// Tag 16384: `Maps`.
    Maps(MapsRef<'a>),
    /// Tag 4294967296: `Drawing`.
    Drawing(DrawingRef<'a>),
    /// Tag 18446744073709551614: `Color`.
    Color(Color),
    /// Tag 18446744073709551615: `Nothing`.
    Nothing,
}
impl bare::Encode for SinkRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::Scalars(value) => 1 + value.encoded_len(),
            Self::Optionals(value) => 1 + value.encoded_len(),
            Self::Lists(value) => 1 + value.encoded_len(),
            Self::FixedLists(value) => 2 + value.encoded_len(),
            Self::Maps(value) => 3 + value.encoded_len(),
            Self::Drawing(value) => 5 + value.encoded_len(),
            Self::Color(value) => 10 + value.encoded_len(),
            Self::Nothing => 10,
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {
        match self {
            Self::Scalars(value) => {
                writer.octet(1);
                value.encode(writer)
            }
            Self::Optionals(value) => {
                writer.octet(2);
                value.encode(writer)
            }
            Self::Lists(value) => {
                writer.octet(127);
                value.encode(writer)
            }
            Self::FixedLists(value) => {
                writer.varint(128);
                value.encode(writer)
            }
            Self::Maps(value) => {
                writer.varint(16384);
                value.encode(writer)
            }
            Self::Drawing(value) => {
                writer.varint(4294967296);
                value.encode(writer)
            }
            Self::Color(value) => {
                writer.varint(18446744073709551614);
                value.encode(writer)
            }
            Self::Nothing => {
                writer.varint(18446744073709551615);
                writer
            }
        }
    }
}
impl<'a> bare::Decode<'a> for SinkRef<'a> {
    const MIN_SIZE: usize = 6;
    #[inline]
    fn decode_in<'r, P: bare::Place<Self>>(
        mut reader: bare::Reader<'r, 'a>,
        place: P,
    ) -> bare::Decoded<'r, 'a, P::Done> {
        match reader.varint()? {
            1 => bare::Decode::decode_in(reader, place.map(Self::Scalars)),
            2 => bare::Decode::decode_in(reader, place.map(Self::Optionals)),
            127 => bare::Decode::decode_in(reader, place.map(Self::Lists)),
            128 => bare::Decode::decode_in(reader, place.map(Self::FixedLists)),
            16384 => bare::Decode::decode_in(reader, place.map(Self::Maps)),
            4294967296 => bare::Decode::decode_in(reader, place.map(Self::Drawing)),
            18446744073709551614 => bare::Decode::decode_in(reader, place.map(Self::Color)),
            18446744073709551615 => Ok((reader, place.put(Self::Nothing))),
            _ => Err(bare::Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(
        mut reader: bare::Reader<'r, 'a>,
    ) -> Result<bare::Reader<'r, 'a>, bare::Fault> {
        match reader.varint()? {
            1 => <ScalarsRef<'a> as bare::Decode>::verify_from(reader),
            2 => <OptionalsRef<'a> as bare::Decode>::verify_from(reader),
            127 => <ListsRef<'a> as bare::Decode>::verify_from(reader),
            128 => <FixedListsRef<'a> as bare::Decode>::verify_from(reader),
            16384 => <MapsRef<'a> as bare::Decode>::verify_from(reader),
            4294967296 => <DrawingRef<'a> as bare::Decode>::verify_from(reader),
            18446744073709551614 => <Color as bare::Decode>::verify_from(reader),
            18446744073709551615 => Ok(reader),
            _ => Err(bare::Fault::MALFORMED),
        }
    }
}
impl bare::IntoOwned for SinkRef<'_> {
    type Owned = Sink;
    #[inline]
    fn into_owned(self) -> Sink {
        match self {
            Self::Scalars(value) => Sink::Scalars(value.into_owned()),
            Self::Optionals(value) => Sink::Optionals(value.into_owned()),
            Self::Lists(value) => Sink::Lists(value.into_owned()),
            Self::FixedLists(value) => Sink::FixedLists(value.into_owned()),
            Self::Maps(value) => Sink::Maps(value.into_owned()),
            Self::Drawing(value) => Sink::Drawing(value.into_owned()),
            Self::Color(value) => Sink::Color(value.into_owned()),
            Self::Nothing => Sink::Nothing,
        }
    }
}
impl bare::Message for Sink {
    type Ref<'a> = SinkRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SINK;
    #[inline]
    fn shorten<'short, 'long: 'short>(value: &'short SinkRef<'long>) -> &'short SinkRef<'short> {
        value
    }
}
/// The types of this version as data, each under its name in upper case.
pub mod definitions {
    use bare::schema::{EnumValue, Field, Kind, Member, Type, TypeDef};
    /// `Name`.
    pub static NAME: TypeDef = TypeDef {
        name: "Name",
        kind: Kind::Alias(Type::Str),
    };
    /// `Hash`.
    pub static HASH: TypeDef = TypeDef {
        name: "Hash",
        kind: Kind::Alias(Type::FixedData(4)),
    };
    /// `Nothing`.
    pub static NOTHING: TypeDef = TypeDef {
        name: "Nothing",
        kind: Kind::Alias(Type::Void),
    };
    /// `Color`.
    pub static COLOR: TypeDef = TypeDef {
        name: "Color",
        kind: Kind::Enum(&[
            EnumValue {
                name: "RED",
                value: 0,
            },
            EnumValue {
                name: "GREEN",
                value: 5,
            },
            EnumValue {
                name: "BLUE",
                value: 6,
            },
            EnumValue {
                name: "ULTRAVIOLET",
                value: 300,
            },
        ]),
    };
    /// `Scalars`.
    pub static SCALARS: TypeDef = TypeDef {
        name: "Scalars",
        kind: Kind::Struct(&[
            Field {
                name: "uint",
                ty: Type::Uint,
            },
            Field {
                name: "int",
                ty: Type::Int,
            },
            Field {
                name: "u8",
                ty: Type::U8,
            },
            Field {
                name: "u16",
                ty: Type::U16,
            },
            Field {
                name: "u32",
                ty: Type::U32,
            },
            Field {
                name: "u64",
                ty: Type::U64,
            },
            Field {
                name: "i8",
                ty: Type::I8,
            },
            Field {
                name: "i16",
                ty: Type::I16,
            },
            Field {
                name: "i32",
                ty: Type::I32,
            },
            Field {
                name: "i64",
                ty: Type::I64,
            },
            Field {
                name: "f32",
                ty: Type::F32,
            },
            Field {
                name: "f64",
                ty: Type::F64,
            },
            Field {
                name: "bool",
                ty: Type::Bool,
            },
            Field {
                name: "str",
                ty: Type::Str,
            },
            Field {
                name: "data",
                ty: Type::Data,
            },
            Field {
                name: "name",
                ty: Type::Named(&NAME),
            },
            Field {
                name: "hash",
                ty: Type::Named(&HASH),
            },
            Field {
                name: "color",
                ty: Type::Named(&COLOR),
            },
        ]),
    };
    /// `Point`.
    pub static POINT: TypeDef = TypeDef {
        name: "Point",
        kind: Kind::Struct(&[
            Field {
                name: "x",
                ty: Type::F32,
            },
            Field {
                name: "y",
                ty: Type::F64,
            },
            Field {
                name: "flag",
                ty: Type::Bool,
            },
        ]),
    };
    /// `Optionals`.
    pub static OPTIONALS: TypeDef = TypeDef {
        name: "Optionals",
        kind: Kind::Struct(&[
            Field {
                name: "number",
                ty: Type::Optional(&Type::U64),
            },
            Field {
                name: "twice",
                ty: Type::Optional(&Type::Optional(&Type::Bool)),
            },
            Field {
                name: "name",
                ty: Type::Optional(&Type::Named(&NAME)),
            },
            Field {
                name: "point",
                ty: Type::Optional(&Type::Named(&POINT)),
            },
            Field {
                name: "list",
                ty: Type::Optional(&Type::List(&Type::U16)),
            },
        ]),
    };
    /// `Lists`.
    pub static LISTS: TypeDef = TypeDef {
        name: "Lists",
        kind: Kind::Struct(&[
            Field {
                name: "u8",
                ty: Type::List(&Type::U8),
            },
            Field {
                name: "u16",
                ty: Type::List(&Type::U16),
            },
            Field {
                name: "u32",
                ty: Type::List(&Type::U32),
            },
            Field {
                name: "u64",
                ty: Type::List(&Type::U64),
            },
            Field {
                name: "i8",
                ty: Type::List(&Type::I8),
            },
            Field {
                name: "i16",
                ty: Type::List(&Type::I16),
            },
            Field {
                name: "i32",
                ty: Type::List(&Type::I32),
            },
            Field {
                name: "i64",
                ty: Type::List(&Type::I64),
            },
            Field {
                name: "f32",
                ty: Type::List(&Type::F32),
            },
            Field {
                name: "f64",
                ty: Type::List(&Type::F64),
            },
            Field {
                name: "bool",
                ty: Type::List(&Type::Bool),
            },
            Field {
                name: "uint",
                ty: Type::List(&Type::Uint),
            },
            Field {
                name: "int",
                ty: Type::List(&Type::Int),
            },
            Field {
                name: "str",
                ty: Type::List(&Type::Str),
            },
            Field {
                name: "data",
                ty: Type::List(&Type::Data),
            },
            Field {
                name: "hash",
                ty: Type::List(&Type::Named(&HASH)),
            },
            Field {
                name: "color",
                ty: Type::List(&Type::Named(&COLOR)),
            },
            Field {
                name: "point",
                ty: Type::List(&Type::Named(&POINT)),
            },
            Field {
                name: "optional",
                ty: Type::List(&Type::Optional(&Type::Str)),
            },
            Field {
                name: "nested",
                ty: Type::List(&Type::List(&Type::U32)),
            },
            Field {
                name: "maps",
                ty: Type::List(&Type::Map(&Type::U8, &Type::Bool)),
            },
        ]),
    };
    /// `FixedLists`.
    pub static FIXED_LISTS: TypeDef = TypeDef {
        name: "FixedLists",
        kind: Kind::Struct(&[
            Field {
                name: "octets",
                ty: Type::FixedList(&Type::U8, 3),
            },
            Field {
                name: "numbers",
                ty: Type::FixedList(&Type::U16, 3),
            },
            Field {
                name: "names",
                ty: Type::FixedList(&Type::Str, 2),
            },
            Field {
                name: "points",
                ty: Type::FixedList(&Type::Named(&POINT), 2),
            },
            Field {
                name: "nested",
                ty: Type::FixedList(&Type::FixedList(&Type::Named(&COLOR), 2), 2),
            },
            Field {
                name: "hash",
                ty: Type::FixedData(32),
            },
        ]),
    };
    /// `Page`.
    pub static PAGE: TypeDef = TypeDef {
        name: "Page",
        kind: Kind::Struct(&[Field {
            name: "octets",
            ty: Type::FixedData(4096),
        }]),
    };
    /// `Maps`.
    pub static MAPS: TypeDef = TypeDef {
        name: "Maps",
        kind: Kind::Struct(&[
            Field {
                name: "str",
                ty: Type::Map(&Type::Str, &Type::Str),
            },
            Field {
                name: "data",
                ty: Type::Map(&Type::Data, &Type::U8),
            },
            Field {
                name: "hash",
                ty: Type::Map(&Type::Named(&HASH), &Type::Named(&NAME)),
            },
            Field {
                name: "color",
                ty: Type::Map(&Type::Named(&COLOR), &Type::List(&Type::Str)),
            },
            Field {
                name: "uint",
                ty: Type::Map(&Type::Uint, &Type::Int),
            },
            Field {
                name: "int",
                ty: Type::Map(&Type::Int, &Type::Bool),
            },
            Field {
                name: "u8",
                ty: Type::Map(&Type::U8, &Type::Optional(&Type::U8)),
            },
            Field {
                name: "u16",
                ty: Type::Map(&Type::U16, &Type::U8),
            },
            Field {
                name: "u32",
                ty: Type::Map(&Type::U32, &Type::U8),
            },
            Field {
                name: "u64",
                ty: Type::Map(&Type::U64, &Type::Named(&POINT)),
            },
            Field {
                name: "i8",
                ty: Type::Map(&Type::I8, &Type::U8),
            },
            Field {
                name: "i16",
                ty: Type::Map(&Type::I16, &Type::U8),
            },
            Field {
                name: "i32",
                ty: Type::Map(&Type::I32, &Type::U8),
            },
            Field {
                name: "i64",
                ty: Type::Map(&Type::I64, &Type::U8),
            },
            Field {
                name: "bool",
                ty: Type::Map(&Type::Bool, &Type::Named(&COLOR)),
            },
            Field {
                name: "nested",
                ty: Type::Map(&Type::Str, &Type::Map(&Type::Str, &Type::U8)),
            },
        ]),
    };
    /// `Shape`.
    pub static SHAPE: TypeDef = TypeDef {
        name: "Shape",
        kind: Kind::Union(&[
            Member {
                tag: 3,
                name: "Point",
                ty: Type::Named(&POINT),
            },
            Member {
                tag: 127,
                name: "Nothing",
                ty: Type::Named(&NOTHING),
            },
            Member {
                tag: 128,
                name: "Name",
                ty: Type::Named(&NAME),
            },
            Member {
                tag: 300,
                name: "list<Hash>",
                ty: Type::List(&Type::Named(&HASH)),
            },
        ]),
    };
    /// `Drawing`.
    pub static DRAWING: TypeDef = TypeDef {
        name: "Drawing",
        kind: Kind::Struct(&[
            Field {
                name: "title",
                ty: Type::Str,
            },
            Field {
                name: "shapes",
                ty: Type::List(&Type::Named(&SHAPE)),
            },
            Field {
                name: "last",
                ty: Type::Named(&SHAPE),
            },
        ]),
    };
    /// `Sink`.
    pub static SINK: TypeDef = TypeDef {
        name: "Sink",
        kind: Kind::Union(&[
            Member {
                tag: 1,
                name: "Scalars",
                ty: Type::Named(&SCALARS),
            },
            Member {
                tag: 2,
                name: "Optionals",
                ty: Type::Named(&OPTIONALS),
            },
            Member {
                tag: 127,
                name: "Lists",
                ty: Type::Named(&LISTS),
            },
            Member {
                tag: 128,
                name: "FixedLists",
                ty: Type::Named(&FIXED_LISTS),
            },
            Member {
                tag: 16384,
                name: "Maps",
                ty: Type::Named(&MAPS),
            },
            Member {
                tag: 4294967296,
                name: "Drawing",
                ty: Type::Named(&DRAWING),
            },
            Member {
                tag: 18446744073709551614,
                name: "Color",
                ty: Type::Named(&COLOR),
            },
            Member {
                tag: 18446744073709551615,
                name: "Nothing",
                ty: Type::Named(&NOTHING),
            },
        ]),
    };
}
/// Every type of this version, in the schema's order.
pub static TYPES: [&bare::schema::TypeDef; 14] = [
    &definitions::NAME,
    &definitions::HASH,
    &definitions::NOTHING,
    &definitions::COLOR,
    &definitions::SCALARS,
    &definitions::POINT,
    &definitions::OPTIONALS,
    &definitions::LISTS,
    &definitions::FIXED_LISTS,
    &definitions::PAGE,
    &definitions::MAPS,
    &definitions::SHAPE,
    &definitions::DRAWING,
    &definitions::SINK,
];
/// Hands the name of every struct, enum and union of this version to a macro, as `callback! { A, B, }`.
#[macro_export]
macro_rules! generated_messages {
($callback:ident) => { $callback! { Color, Scalars, Point, Optionals, Lists, FixedLists, Page, Maps, Shape, Drawing, Sink, } };
}
#[cfg(feature = "proptest")]
bare::impl_arbitrary! { Color, Scalars, Point, Optionals, Lists, FixedLists, Page, Maps, Shape, Drawing, Sink, }
