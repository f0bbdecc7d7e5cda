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

use bare::{
    Decode, Decoded, Encode, Fault, IntoOwned, Lend, Map, MapKey, MapRef, Message, Place, Reader,
    Writer,
};

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
impl Encode for Color {
    #[inline]
    fn encoded_len(&self) -> usize {
        bare::Uint(*self as u64).encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.varint(*self as u64);
        writer
    }
}
impl<'a> Decode<'a> for Color {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.varint()? {
            0 => Ok((reader, place.put(Self::Red))),
            5 => Ok((reader, place.put(Self::Green))),
            6 => Ok((reader, place.put(Self::Blue))),
            300 => Ok((reader, place.put(Self::Ultraviolet))),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for Color {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for Color {
    type Ref<'a> = Color;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::COLOR;
    fn shorten<'s, 'l: 's>(value: &'s Color) -> &'s Color {
        value
    }
}
impl MapKey for Color {
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
impl Encode for Scalars {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
impl Encode for ScalarsRef<'_> {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
impl<'a> Decode<'a> for ScalarsRef<'a> {
    const MIN_SIZE: usize = 53;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, uint) = Decode::decode_from(reader)?;
        let (mut reader, int) = Decode::decode_from(reader)?;
        let (u8, u16, u32, u64, i8, i16, i32, i64) = reader.fields()?;
        let (f32, f64, bool) = reader.fields()?;
        let str = reader.str()?;
        let data = reader.data()?;
        let name = reader.str()?;
        let hash = reader.fields()?;
        Decode::decode_in(
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
}
impl IntoOwned for ScalarsRef<'_> {
    type Owned = Scalars;
    #[inline]
    fn into_owned(self) -> Scalars {
        Scalars {
            uint: self.uint,
            int: self.int,
            u8: self.u8,
            u16: self.u16,
            u32: self.u32,
            u64: self.u64,
            i8: self.i8,
            i16: self.i16,
            i32: self.i32,
            i64: self.i64,
            f32: self.f32,
            f64: self.f64,
            bool: self.bool,
            str: self.str.into_owned(),
            data: self.data.into_owned(),
            name: self.name.into_owned(),
            hash: self.hash,
            color: self.color,
        }
    }
}
impl Message for Scalars {
    type Ref<'a> = ScalarsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SCALARS;
    fn shorten<'s, 'l: 's>(value: &'s ScalarsRef<'l>) -> &'s ScalarsRef<'s> {
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
impl Encode for Point {
    #[inline]
    fn encoded_len(&self) -> usize {
        13
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields((self.x, self.y, self.flag));
        writer
    }
}
impl<'a> Decode<'a> for Point {
    const MIN_SIZE: usize = 13;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (x, y, flag) = reader.fields()?;
        Ok((reader, place.put(Self { x, y, flag })))
    }
}
impl IntoOwned for Point {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for Point {
    type Ref<'a> = Point;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::POINT;
    fn shorten<'s, 'l: 's>(value: &'s Point) -> &'s Point {
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
impl Encode for Optionals {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.number.encoded_len()
            + self.twice.encoded_len()
            + self.name.encoded_len()
            + self.point.encoded_len()
            + self.list.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
impl Encode for OptionalsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.number.encoded_len()
            + self.twice.encoded_len()
            + self.name.encoded_len()
            + self.point.encoded_len()
            + self.list.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.number.encode(writer);
        writer = self.twice.encode(writer);
        writer = self.name.encode(writer);
        writer = self.point.encode(writer);
        self.list.encode(writer)
    }
}
impl<'a> Decode<'a> for OptionalsRef<'a> {
    const MIN_SIZE: usize = 5;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, number) = Decode::decode_from(reader)?;
        let (mut reader, twice) = Decode::decode_from(reader)?;
        let (mut reader, name) = Decode::decode_from(reader)?;
        let (mut reader, point) = Decode::decode_from(reader)?;
        Decode::decode_in(
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
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <Option<u64> as Decode>::verify_from(reader)?;
        let mut reader = <Option<Option<bool>> as Decode>::verify_from(reader)?;
        let mut reader = <Option<NameRef<'a>> as Decode>::verify_from(reader)?;
        let mut reader = <Option<Point> as Decode>::verify_from(reader)?;
        <Option<&'a [u16]> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for OptionalsRef<'_> {
    type Owned = Optionals;
    #[inline]
    fn into_owned(self) -> Optionals {
        Optionals {
            number: self.number,
            twice: self.twice,
            name: self.name.into_owned(),
            point: self.point,
            list: self.list.into_owned(),
        }
    }
}
impl Message for Optionals {
    type Ref<'a> = OptionalsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::OPTIONALS;
    fn shorten<'s, 'l: 's>(value: &'s OptionalsRef<'l>) -> &'s OptionalsRef<'s> {
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
    pub maps: Vec<Map<u8, bool>>,
}
impl Encode for Lists {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
    pub maps: &'a [MapRef<'a, u8, bool>],
}
impl Encode for ListsRef<'_> {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
impl<'a> Decode<'a> for ListsRef<'a> {
    const MIN_SIZE: usize = 21;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, u8) = Decode::decode_from(reader)?;
        let (mut reader, u16) = Decode::decode_from(reader)?;
        let (mut reader, u32) = Decode::decode_from(reader)?;
        let (mut reader, u64) = Decode::decode_from(reader)?;
        let (mut reader, i8) = Decode::decode_from(reader)?;
        let (mut reader, i16) = Decode::decode_from(reader)?;
        let (mut reader, i32) = Decode::decode_from(reader)?;
        let (mut reader, i64) = Decode::decode_from(reader)?;
        let (mut reader, f32) = Decode::decode_from(reader)?;
        let (mut reader, f64) = Decode::decode_from(reader)?;
        let (mut reader, bool) = Decode::decode_from(reader)?;
        let (mut reader, uint) = Decode::decode_from(reader)?;
        let (mut reader, int) = Decode::decode_from(reader)?;
        let (mut reader, str) = Decode::decode_from(reader)?;
        let (mut reader, data) = Decode::decode_from(reader)?;
        let (mut reader, hash) = Decode::decode_from(reader)?;
        let (mut reader, color) = Decode::decode_from(reader)?;
        let (mut reader, point) = Decode::decode_from(reader)?;
        let (mut reader, optional) = Decode::decode_from(reader)?;
        let (mut reader, nested) = Decode::decode_from(reader)?;
        let (mut reader, maps) = Decode::decode_from(reader)?;
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
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a [u8] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [u16] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [u32] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [u64] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [i8] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [i16] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [i32] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [i64] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [f32] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [f64] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [bool] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [bare::Uint] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [bare::Int] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [&'a str] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [&'a [u8]] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [Hash] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [Color] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [Point] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [Option<&'a str>] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [&'a [u32]] as Decode>::verify_from(reader)?;
        <&'a [MapRef<'a, u8, bool>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ListsRef<'_> {
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
impl Message for Lists {
    type Ref<'a> = ListsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::LISTS;
    fn shorten<'s, 'l: 's>(value: &'s ListsRef<'l>) -> &'s ListsRef<'s> {
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
impl Encode for FixedLists {
    #[inline]
    fn encoded_len(&self) -> usize {
        32 + self.octets.encoded_len()
            + self.numbers.encoded_len()
            + self.names.encoded_len()
            + self.points.encoded_len()
            + self.nested.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
impl Encode for FixedListsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        32 + self.octets.encoded_len()
            + self.numbers.encoded_len()
            + self.names.encoded_len()
            + self.points.encoded_len()
            + self.nested.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.octets.encode(writer);
        writer = self.numbers.encode(writer);
        writer = self.names.encode(writer);
        writer = self.points.encode(writer);
        writer = self.nested.encode(writer);
        writer.fields(self.hash);
        writer
    }
}
impl<'a> Decode<'a> for FixedListsRef<'a> {
    const MIN_SIZE: usize = 73;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, octets) = Decode::decode_from(reader)?;
        let (mut reader, numbers) = Decode::decode_from(reader)?;
        let (mut reader, names) = Decode::decode_from(reader)?;
        let (mut reader, points) = Decode::decode_from(reader)?;
        let (mut reader, nested) = Decode::decode_from(reader)?;
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
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <[u8; 3] as Decode>::verify_from(reader)?;
        let mut reader = <[u16; 3] as Decode>::verify_from(reader)?;
        let mut reader = <[&'a str; 2] as Decode>::verify_from(reader)?;
        let mut reader = <[Point; 2] as Decode>::verify_from(reader)?;
        let mut reader = <[[Color; 2]; 2] as Decode>::verify_from(reader)?;
        reader.skip(32)?;
        Ok(reader)
    }
}
impl IntoOwned for FixedListsRef<'_> {
    type Owned = FixedLists;
    #[inline]
    fn into_owned(self) -> FixedLists {
        FixedLists {
            octets: self.octets,
            numbers: self.numbers,
            names: self.names.into_owned(),
            points: self.points,
            nested: self.nested,
            hash: self.hash,
        }
    }
}
impl Message for FixedLists {
    type Ref<'a> = FixedListsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::FIXED_LISTS;
    fn shorten<'s, 'l: 's>(value: &'s FixedListsRef<'l>) -> &'s FixedListsRef<'s> {
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
impl Encode for Page {
    #[inline]
    fn encoded_len(&self) -> usize {
        4096
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.octets);
        writer
    }
}
impl<'a> Decode<'a> for Page {
    const MIN_SIZE: usize = 4096;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let octets = reader.fields()?;
        Ok((reader, place.put(Self { octets })))
    }
}
impl IntoOwned for Page {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for Page {
    type Ref<'a> = Page;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::PAGE;
    fn shorten<'s, 'l: 's>(value: &'s Page) -> &'s Page {
        value
    }
}
/// Schema: `schema.bare`, line 93.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    /// `str`
    pub str: Map<String, String>,
    /// `data`
    pub data: Map<Vec<u8>, u8>,
    /// `hash`
    pub hash: Map<Hash, Name>,
    /// `color`
    pub color: Map<Color, Vec<String>>,
    /// `uint`
    pub uint: Map<bare::Uint, bare::Int>,
    /// `int`
    pub int: Map<bare::Int, bool>,
    /// `u8`
    pub u8: Map<u8, Option<u8>>,
    /// `u16`
    pub u16: Map<u16, u8>,
    /// `u32`
    pub u32: Map<u32, u8>,
    /// `u64`
    pub u64: Map<u64, Point>,
    /// `i8`
    pub i8: Map<i8, u8>,
    /// `i16`
    pub i16: Map<i16, u8>,
    /// `i32`
    pub i32: Map<i32, u8>,
    /// `i64`
    pub i64: Map<i64, u8>,
    /// `bool`
    pub bool: Map<bool, Color>,
    /// `nested`
    pub nested: Map<String, Map<String, u8>>,
}
impl Encode for Maps {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
    pub str: MapRef<'a, &'a str, &'a str>,
    /// `data`
    pub data: MapRef<'a, &'a [u8], u8>,
    /// `hash`
    pub hash: MapRef<'a, Hash, NameRef<'a>>,
    /// `color`
    pub color: MapRef<'a, Color, &'a [&'a str]>,
    /// `uint`
    pub uint: MapRef<'a, bare::Uint, bare::Int>,
    /// `int`
    pub int: MapRef<'a, bare::Int, bool>,
    /// `u8`
    pub u8: MapRef<'a, u8, Option<u8>>,
    /// `u16`
    pub u16: MapRef<'a, u16, u8>,
    /// `u32`
    pub u32: MapRef<'a, u32, u8>,
    /// `u64`
    pub u64: MapRef<'a, u64, Point>,
    /// `i8`
    pub i8: MapRef<'a, i8, u8>,
    /// `i16`
    pub i16: MapRef<'a, i16, u8>,
    /// `i32`
    pub i32: MapRef<'a, i32, u8>,
    /// `i64`
    pub i64: MapRef<'a, i64, u8>,
    /// `bool`
    pub bool: MapRef<'a, bool, Color>,
    /// `nested`
    pub nested: MapRef<'a, &'a str, MapRef<'a, &'a str, u8>>,
}
impl Encode for MapsRef<'_> {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
impl<'a> Decode<'a> for MapsRef<'a> {
    const MIN_SIZE: usize = 16;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, str) = Decode::decode_from(reader)?;
        let (mut reader, data) = Decode::decode_from(reader)?;
        let (mut reader, hash) = Decode::decode_from(reader)?;
        let (mut reader, color) = Decode::decode_from(reader)?;
        let (mut reader, uint) = Decode::decode_from(reader)?;
        let (mut reader, int) = Decode::decode_from(reader)?;
        let (mut reader, u8) = Decode::decode_from(reader)?;
        let (mut reader, u16) = Decode::decode_from(reader)?;
        let (mut reader, u32) = Decode::decode_from(reader)?;
        let (mut reader, u64) = Decode::decode_from(reader)?;
        let (mut reader, i8) = Decode::decode_from(reader)?;
        let (mut reader, i16) = Decode::decode_from(reader)?;
        let (mut reader, i32) = Decode::decode_from(reader)?;
        let (mut reader, i64) = Decode::decode_from(reader)?;
        let (mut reader, bool) = Decode::decode_from(reader)?;
        let (mut reader, nested) = Decode::decode_from(reader)?;
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
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <MapRef<'a, &'a str, &'a str> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, &'a [u8], u8> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, Hash, NameRef<'a>> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, Color, &'a [&'a str]> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, bare::Uint, bare::Int> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, bare::Int, bool> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, u8, Option<u8>> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, u16, u8> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, u32, u8> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, u64, Point> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, i8, u8> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, i16, u8> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, i32, u8> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, i64, u8> as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, bool, Color> as Decode>::verify_from(reader)?;
        <MapRef<'a, &'a str, MapRef<'a, &'a str, u8>> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for MapsRef<'_> {
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
impl Message for Maps {
    type Ref<'a> = MapsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::MAPS;
    fn shorten<'s, 'l: 's>(value: &'s MapsRef<'l>) -> &'s MapsRef<'s> {
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
impl Encode for Shape {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::Point(value) => writer.member(3, value),
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
impl Encode for ShapeRef<'_> {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::Point(value) => writer.member(3, value),
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
impl<'a> Decode<'a> for ShapeRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.varint()? {
            3 => Decode::decode_in(reader, place.map(Self::Point)),
            127 => Ok((reader, place.put(Self::Nothing))),
            128 => Decode::decode_in(reader, place.map(Self::Name)),
            300 => Decode::decode_in(reader, place.map(Self::ListHash)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.varint()? {
            3 => <Point as Decode>::verify_from(reader),
            127 => Ok(reader),
            128 => <NameRef<'a> as Decode>::verify_from(reader),
            300 => <&'a [Hash] as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline(never)]
    fn decode_list<'r>(
        reader: Reader<'r, 'a>,
        count: usize,
        offset: usize,
    ) -> Decoded<'r, 'a, &'a [Self]> {
        reader.items(count, offset)
    }
}
impl IntoOwned for ShapeRef<'_> {
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
impl Message for Shape {
    type Ref<'a> = ShapeRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SHAPE;
    fn shorten<'s, 'l: 's>(value: &'s ShapeRef<'l>) -> &'s ShapeRef<'s> {
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
impl Encode for Drawing {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.title.encoded_len() + self.shapes.encoded_len() + self.last.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
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
impl Encode for DrawingRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.title.encoded_len() + self.shapes.encoded_len() + self.last.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.title.encode(writer);
        writer = self.shapes.encode(writer);
        self.last.encode(writer)
    }
}
impl<'a> Decode<'a> for DrawingRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let title = reader.str()?;
        let (mut reader, shapes) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |last| Self {
                title,
                shapes,
                last,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a str as Decode>::verify_from(reader)?;
        let mut reader = <&'a [ShapeRef<'a>] as Decode>::verify_from(reader)?;
        <ShapeRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for DrawingRef<'_> {
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
impl Message for Drawing {
    type Ref<'a> = DrawingRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::DRAWING;
    fn shorten<'s, 'l: 's>(value: &'s DrawingRef<'l>) -> &'s DrawingRef<'s> {
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
impl Encode for Sink {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::Scalars(value) => writer.member(1, value),
            Self::Optionals(value) => writer.member(2, value),
            Self::Lists(value) => writer.member(127, value),
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
impl Encode for SinkRef<'_> {
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
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::Scalars(value) => writer.member(1, value),
            Self::Optionals(value) => writer.member(2, value),
            Self::Lists(value) => writer.member(127, value),
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
impl<'a> Decode<'a> for SinkRef<'a> {
    const MIN_SIZE: usize = 6;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.varint()? {
            1 => Decode::decode_in(reader, place.map(Self::Scalars)),
            2 => Decode::decode_in(reader, place.map(Self::Optionals)),
            127 => Decode::decode_in(reader, place.map(Self::Lists)),
            128 => Decode::decode_in(reader, place.map(Self::FixedLists)),
            16384 => Decode::decode_in(reader, place.map(Self::Maps)),
            4294967296 => Decode::decode_in(reader, place.map(Self::Drawing)),
            18446744073709551614 => Decode::decode_in(reader, place.map(Self::Color)),
            18446744073709551615 => Ok((reader, place.put(Self::Nothing))),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.varint()? {
            1 => <ScalarsRef<'a> as Decode>::verify_from(reader),
            2 => <OptionalsRef<'a> as Decode>::verify_from(reader),
            127 => <ListsRef<'a> as Decode>::verify_from(reader),
            128 => <FixedListsRef<'a> as Decode>::verify_from(reader),
            16384 => <MapsRef<'a> as Decode>::verify_from(reader),
            4294967296 => <DrawingRef<'a> as Decode>::verify_from(reader),
            18446744073709551614 => <Color as Decode>::verify_from(reader),
            18446744073709551615 => Ok(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SinkRef<'_> {
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
impl Message for Sink {
    type Ref<'a> = SinkRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SINK;
    fn shorten<'s, 'l: 's>(value: &'s SinkRef<'l>) -> &'s SinkRef<'s> {
        value
    }
}
/// The types of this version as data, each under its name in upper case.
pub mod definitions {
    use bare::schema::{Type, TypeDef, field, member, value};
    /// `Name`.
    pub static NAME: TypeDef = TypeDef::of_alias("Name", Type::Str);
    /// `Hash`.
    pub static HASH: TypeDef = TypeDef::of_alias("Hash", Type::FixedData(4));
    /// `Nothing`.
    pub static NOTHING: TypeDef = TypeDef::of_alias("Nothing", Type::Void);
    /// `Color`.
    pub static COLOR: TypeDef = TypeDef::of_enum(
        "Color",
        &[
            value("RED", 0),
            value("GREEN", 5),
            value("BLUE", 6),
            value("ULTRAVIOLET", 300),
        ],
    );
    /// `Scalars`.
    pub static SCALARS: TypeDef = TypeDef::of_struct(
        "Scalars",
        &[
            field("uint", Type::Uint),
            field("int", Type::Int),
            field("u8", Type::U8),
            field("u16", Type::U16),
            field("u32", Type::U32),
            field("u64", Type::U64),
            field("i8", Type::I8),
            field("i16", Type::I16),
            field("i32", Type::I32),
            field("i64", Type::I64),
            field("f32", Type::F32),
            field("f64", Type::F64),
            field("bool", Type::Bool),
            field("str", Type::Str),
            field("data", Type::Data),
            field("name", Type::Named(&NAME)),
            field("hash", Type::Named(&HASH)),
            field("color", Type::Named(&COLOR)),
        ],
    );
    /// `Point`.
    pub static POINT: TypeDef = TypeDef::of_struct(
        "Point",
        &[
            field("x", Type::F32),
            field("y", Type::F64),
            field("flag", Type::Bool),
        ],
    );
    /// `Optionals`.
    pub static OPTIONALS: TypeDef = TypeDef::of_struct(
        "Optionals",
        &[
            field("number", Type::Optional(&Type::U64)),
            field("twice", Type::Optional(&Type::Optional(&Type::Bool))),
            field("name", Type::Optional(&Type::Named(&NAME))),
            field("point", Type::Optional(&Type::Named(&POINT))),
            field("list", Type::Optional(&Type::List(&Type::U16))),
        ],
    );
    /// `Lists`.
    pub static LISTS: TypeDef = TypeDef::of_struct(
        "Lists",
        &[
            field("u8", Type::List(&Type::U8)),
            field("u16", Type::List(&Type::U16)),
            field("u32", Type::List(&Type::U32)),
            field("u64", Type::List(&Type::U64)),
            field("i8", Type::List(&Type::I8)),
            field("i16", Type::List(&Type::I16)),
            field("i32", Type::List(&Type::I32)),
            field("i64", Type::List(&Type::I64)),
            field("f32", Type::List(&Type::F32)),
            field("f64", Type::List(&Type::F64)),
            field("bool", Type::List(&Type::Bool)),
            field("uint", Type::List(&Type::Uint)),
            field("int", Type::List(&Type::Int)),
            field("str", Type::List(&Type::Str)),
            field("data", Type::List(&Type::Data)),
            field("hash", Type::List(&Type::Named(&HASH))),
            field("color", Type::List(&Type::Named(&COLOR))),
            field("point", Type::List(&Type::Named(&POINT))),
            field("optional", Type::List(&Type::Optional(&Type::Str))),
            field("nested", Type::List(&Type::List(&Type::U32))),
            field("maps", Type::List(&Type::Map(&Type::U8, &Type::Bool))),
        ],
    );
    /// `FixedLists`.
    pub static FIXED_LISTS: TypeDef = TypeDef::of_struct(
        "FixedLists",
        &[
            field("octets", Type::FixedList(&Type::U8, 3)),
            field("numbers", Type::FixedList(&Type::U16, 3)),
            field("names", Type::FixedList(&Type::Str, 2)),
            field("points", Type::FixedList(&Type::Named(&POINT), 2)),
            field(
                "nested",
                Type::FixedList(&Type::FixedList(&Type::Named(&COLOR), 2), 2),
            ),
            field("hash", Type::FixedData(32)),
        ],
    );
    /// `Page`.
    pub static PAGE: TypeDef =
        TypeDef::of_struct("Page", &[field("octets", Type::FixedData(4096))]);
    /// `Maps`.
    pub static MAPS: TypeDef = TypeDef::of_struct(
        "Maps",
        &[
            field("str", Type::Map(&Type::Str, &Type::Str)),
            field("data", Type::Map(&Type::Data, &Type::U8)),
            field("hash", Type::Map(&Type::Named(&HASH), &Type::Named(&NAME))),
            field(
                "color",
                Type::Map(&Type::Named(&COLOR), &Type::List(&Type::Str)),
            ),
            field("uint", Type::Map(&Type::Uint, &Type::Int)),
            field("int", Type::Map(&Type::Int, &Type::Bool)),
            field("u8", Type::Map(&Type::U8, &Type::Optional(&Type::U8))),
            field("u16", Type::Map(&Type::U16, &Type::U8)),
            field("u32", Type::Map(&Type::U32, &Type::U8)),
            field("u64", Type::Map(&Type::U64, &Type::Named(&POINT))),
            field("i8", Type::Map(&Type::I8, &Type::U8)),
            field("i16", Type::Map(&Type::I16, &Type::U8)),
            field("i32", Type::Map(&Type::I32, &Type::U8)),
            field("i64", Type::Map(&Type::I64, &Type::U8)),
            field("bool", Type::Map(&Type::Bool, &Type::Named(&COLOR))),
            field(
                "nested",
                Type::Map(&Type::Str, &Type::Map(&Type::Str, &Type::U8)),
            ),
        ],
    );
    /// `Shape`.
    pub static SHAPE: TypeDef = TypeDef::of_union(
        "Shape",
        &[
            member(3, "Point", Type::Named(&POINT)),
            member(127, "Nothing", Type::Named(&NOTHING)),
            member(128, "Name", Type::Named(&NAME)),
            member(300, "list<Hash>", Type::List(&Type::Named(&HASH))),
        ],
    );
    /// `Drawing`.
    pub static DRAWING: TypeDef = TypeDef::of_struct(
        "Drawing",
        &[
            field("title", Type::Str),
            field("shapes", Type::List(&Type::Named(&SHAPE))),
            field("last", Type::Named(&SHAPE)),
        ],
    );
    /// `Sink`.
    pub static SINK: TypeDef = TypeDef::of_union(
        "Sink",
        &[
            member(1, "Scalars", Type::Named(&SCALARS)),
            member(2, "Optionals", Type::Named(&OPTIONALS)),
            member(127, "Lists", Type::Named(&LISTS)),
            member(128, "FixedLists", Type::Named(&FIXED_LISTS)),
            member(16384, "Maps", Type::Named(&MAPS)),
            member(4294967296, "Drawing", Type::Named(&DRAWING)),
            member(18446744073709551614, "Color", Type::Named(&COLOR)),
            member(18446744073709551615, "Nothing", Type::Named(&NOTHING)),
        ],
    );
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
