// Written by `cargo xtask codegen` from protocol/v4.bare. Do not edit.
#![allow(
    clippy::all,
    clippy::pedantic,
    unused_imports,
    unused_mut,
    reason = "generated code"
)]
//! Version v4 of the schema, `protocol/v4.bare`.
//!
//! Envoy protocol, version 4, in the BARE schema language.
//!
//! The layouts are those of the Rivet engine's public envoy protocol, so names, order and types are fixed. This
//! version is released: the file is frozen, comments aside. How a version is added: README.md.
//!
//! A host (envoy) runs actors. A server (engine) decides which host runs which actor and stores their data; its
//! gateway takes requests from clients. On a WebSocket between the two, one binary frame is one `ToRivet` (the
//! host sends) or one `ToEnvoy` (the server sends), with no prefix: the connection was opened at this version.

use bare::{
    Decode, Decoded, Encode, Fault, IntoOwned, Lend, Map, MapKey, MapRef, Message, Place, Reader,
    Writer,
};

/// The identifier of an actor or a namespace, as the server writes it. A Rivet engine uses 30 characters of base 36.
/// Opaque to a host, which only hands it back.
///
/// Schema: `protocol/v4.bare`, line 15.
pub type Id = String;
/// [`Id`] in its borrowed form.
pub type IdRef<'a> = &'a str;
/// A JSON document as text. It is not checked when a frame is decoded.
///
/// Schema: `protocol/v4.bare`, line 18.
pub type Json = String;
/// [`Json`] in its borrowed form.
pub type JsonRef<'a> = &'a str;
/// Names one gateway process: random, chosen by the gateway when it starts. A host copies it into its answers, so
/// that the server can route them back.
///
/// Schema: `protocol/v4.bare`, line 22.
pub type GatewayId = [u8; 4];
/// Names one tunnelled request or WebSocket: random, chosen by the gateway, unique together with the `GatewayId`.
/// Not related to the `u32` request ids of KV and SQL requests.
///
/// Schema: `protocol/v4.bare`, line 26.
pub type RequestId = [u8; 4];
/// The position of a message within one tunnelled request or WebSocket, counted for each direction on its own. The
/// gateway counts from 0, one more for each message, and from 65535 back to 0.
///
/// Schema: `protocol/v4.bare`, line 30.
pub type MessageIndex = u16;
/// A key of an actor's key-value store. Keys are ordered by their octets. A Rivet engine takes up to 2048 octets,
/// its own packing included.
///
/// Schema: `protocol/v4.bare`, line 37.
pub type KvKey = Vec<u8>;
/// [`KvKey`] in its borrowed form.
pub type KvKeyRef<'a> = &'a [u8];
/// A value of an actor's key-value store. A Rivet engine takes up to 128 KiB.
///
/// Schema: `protocol/v4.bare`, line 40.
pub type KvValue = Vec<u8>;
/// [`KvValue`] in its borrowed form.
pub type KvValueRef<'a> = &'a [u8];
/// What the server keeps beside each stored value. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 43.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvMetadata {
    /// The version of the server software that wrote the value, as ASCII text: `2.3.19`, say.
    pub version: Vec<u8>,
    /// When the value was last written: milliseconds since the Unix epoch.
    pub update_ts: i64,
}
impl Encode for KvMetadata {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.version.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.version.encode(writer);
        writer.fields(self.update_ts);
        writer
    }
}
/// [`KvMetadata`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvMetadataRef<'a> {
    /// The version of the server software that wrote the value, as ASCII text: `2.3.19`, say.
    pub version: &'a [u8],
    /// When the value was last written: milliseconds since the Unix epoch.
    pub update_ts: i64,
}
impl Encode for KvMetadataRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.version.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.version.encode(writer);
        writer.fields(self.update_ts);
        writer
    }
}
impl<'a> Decode<'a> for KvMetadataRef<'a> {
    const MIN_SIZE: usize = 9;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let version = reader.data()?;
        let update_ts = reader.fields()?;
        Ok((reader, place.put(Self { version, update_ts })))
    }
}
impl IntoOwned for KvMetadataRef<'_> {
    type Owned = KvMetadata;
    #[inline]
    fn into_owned(self) -> KvMetadata {
        KvMetadata {
            version: self.version.into_owned(),
            update_ts: self.update_ts,
        }
    }
}
impl Message for KvMetadata {
    type Ref<'a> = KvMetadataRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_METADATA;
    fn shorten<'s, 'l: 's>(value: &'s KvMetadataRef<'l>) -> &'s KvMetadataRef<'s> {
        value
    }
}
/// Lists every key of the actor.
///
/// Schema: `protocol/v4.bare`, line 51.
pub type KvListAllQuery = ();
/// Lists the keys from `start` to `end`.
///
/// Schema: `protocol/v4.bare`, line 54.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvListRangeQuery {
    /// The first key of the range; part of it.
    pub start: KvKey,
    /// The last key of the range; part of it unless `exclusive` is set.
    pub end: KvKey,
    /// True leaves `end` itself out.
    pub exclusive: bool,
}
impl Encode for KvListRangeQuery {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.start.encoded_len() + self.end.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.start.encode(writer);
        writer = self.end.encode(writer);
        writer.fields(self.exclusive);
        writer
    }
}
/// [`KvListRangeQuery`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvListRangeQueryRef<'a> {
    /// The first key of the range; part of it.
    pub start: KvKeyRef<'a>,
    /// The last key of the range; part of it unless `exclusive` is set.
    pub end: KvKeyRef<'a>,
    /// True leaves `end` itself out.
    pub exclusive: bool,
}
impl Encode for KvListRangeQueryRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.start.encoded_len() + self.end.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.start.encode(writer);
        writer = self.end.encode(writer);
        writer.fields(self.exclusive);
        writer
    }
}
impl<'a> Decode<'a> for KvListRangeQueryRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let start = reader.data()?;
        let end = reader.data()?;
        let exclusive = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                start,
                end,
                exclusive,
            }),
        ))
    }
}
impl IntoOwned for KvListRangeQueryRef<'_> {
    type Owned = KvListRangeQuery;
    #[inline]
    fn into_owned(self) -> KvListRangeQuery {
        KvListRangeQuery {
            start: self.start.into_owned(),
            end: self.end.into_owned(),
            exclusive: self.exclusive,
        }
    }
}
impl Message for KvListRangeQuery {
    type Ref<'a> = KvListRangeQueryRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_LIST_RANGE_QUERY;
    fn shorten<'s, 'l: 's>(value: &'s KvListRangeQueryRef<'l>) -> &'s KvListRangeQueryRef<'s> {
        value
    }
}
/// Lists the keys that begin with the given octets.
///
/// Schema: `protocol/v4.bare`, line 64.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvListPrefixQuery {
    /// The octets a key must begin with.
    pub key: KvKey,
}
impl Encode for KvListPrefixQuery {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.key.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.key.encode(writer)
    }
}
/// [`KvListPrefixQuery`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvListPrefixQueryRef<'a> {
    /// The octets a key must begin with.
    pub key: KvKeyRef<'a>,
}
impl Encode for KvListPrefixQueryRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.key.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.key.encode(writer)
    }
}
impl<'a> Decode<'a> for KvListPrefixQueryRef<'a> {
    const MIN_SIZE: usize = 1;
    const PREFETCH: bool = true;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let key = reader.data()?;
        Ok((reader, place.put(Self { key })))
    }
}
impl IntoOwned for KvListPrefixQueryRef<'_> {
    type Owned = KvListPrefixQuery;
    #[inline]
    fn into_owned(self) -> KvListPrefixQuery {
        KvListPrefixQuery {
            key: self.key.into_owned(),
        }
    }
}
impl Message for KvListPrefixQuery {
    type Ref<'a> = KvListPrefixQueryRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_LIST_PREFIX_QUERY;
    fn shorten<'s, 'l: 's>(value: &'s KvListPrefixQueryRef<'l>) -> &'s KvListPrefixQueryRef<'s> {
        value
    }
}
/// Which keys a `KvListRequest` asks for.
///
/// Schema: `protocol/v4.bare`, line 70.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum KvListQuery {
    /// Tag 0: `KvListAllQuery`.
    KvListAllQuery,
    /// Tag 1: `KvListRangeQuery`.
    KvListRangeQuery(KvListRangeQuery),
    /// Tag 2: `KvListPrefixQuery`.
    KvListPrefixQuery(KvListPrefixQuery),
}
impl Encode for KvListQuery {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::KvListAllQuery => 1,
            Self::KvListRangeQuery(value) => 1 + value.encoded_len(),
            Self::KvListPrefixQuery(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::KvListAllQuery => {
                writer.octet(0);
                writer
            }
            Self::KvListRangeQuery(value) => writer.member(1, value),
            Self::KvListPrefixQuery(value) => writer.member(2, value),
        }
    }
}
/// [`KvListQuery`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KvListQueryRef<'a> {
    /// Tag 0: `KvListAllQuery`.
    KvListAllQuery,
    /// Tag 1: `KvListRangeQuery`.
    KvListRangeQuery(KvListRangeQueryRef<'a>),
    /// Tag 2: `KvListPrefixQuery`.
    KvListPrefixQuery(KvListPrefixQueryRef<'a>),
}
impl Encode for KvListQueryRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::KvListAllQuery => 1,
            Self::KvListRangeQuery(value) => 1 + value.encoded_len(),
            Self::KvListPrefixQuery(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::KvListAllQuery => {
                writer.octet(0);
                writer
            }
            Self::KvListRangeQuery(value) => writer.member(1, value),
            Self::KvListPrefixQuery(value) => writer.member(2, value),
        }
    }
}
impl<'a> Decode<'a> for KvListQueryRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Ok((reader, place.put(Self::KvListAllQuery))),
            1 => Decode::decode_in(reader, place.map(Self::KvListRangeQuery)),
            2 => Decode::decode_in(reader, place.map(Self::KvListPrefixQuery)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for KvListQueryRef<'_> {
    type Owned = KvListQuery;
    #[inline]
    fn into_owned(self) -> KvListQuery {
        match self {
            Self::KvListAllQuery => KvListQuery::KvListAllQuery,
            Self::KvListRangeQuery(value) => KvListQuery::KvListRangeQuery(value.into_owned()),
            Self::KvListPrefixQuery(value) => KvListQuery::KvListPrefixQuery(value.into_owned()),
        }
    }
}
impl Message for KvListQuery {
    type Ref<'a> = KvListQueryRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_LIST_QUERY;
    fn shorten<'s, 'l: 's>(value: &'s KvListQueryRef<'l>) -> &'s KvListQueryRef<'s> {
        value
    }
}
/// Reads the values of single keys. Answered by `KvGetResponse`.
///
/// Schema: `protocol/v4.bare`, line 77.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvGetRequest {
    /// The keys to read. A Rivet engine takes up to 128.
    pub keys: Vec<KvKey>,
}
impl Encode for KvGetRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.keys.encode(writer)
    }
}
/// [`KvGetRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvGetRequestRef<'a> {
    /// The keys to read. A Rivet engine takes up to 128.
    pub keys: &'a [KvKeyRef<'a>],
}
impl Encode for KvGetRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.keys.encode(writer)
    }
}
impl<'a> Decode<'a> for KvGetRequestRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, keys) = Decode::decode_from(reader)?;
        Ok((reader, place.put(Self { keys })))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        <&'a [KvKeyRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for KvGetRequestRef<'_> {
    type Owned = KvGetRequest;
    #[inline]
    fn into_owned(self) -> KvGetRequest {
        KvGetRequest {
            keys: self.keys.into_owned(),
        }
    }
}
impl Message for KvGetRequest {
    type Ref<'a> = KvGetRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_GET_REQUEST;
    fn shorten<'s, 'l: 's>(value: &'s KvGetRequestRef<'l>) -> &'s KvGetRequestRef<'s> {
        value
    }
}
/// Reads keys and values in key order. Answered by `KvListResponse`.
///
/// Schema: `protocol/v4.bare`, line 83.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvListRequest {
    /// Which keys to list.
    pub query: KvListQuery,
    /// True lists from the highest key down, so that a limit keeps the highest ones. None is false.
    pub reverse: Option<bool>,
    /// The most entries to answer with; 0 answers with none. None leaves it to the server: 16384 on a Rivet engine.
    pub limit: Option<u64>,
}
impl Encode for KvListRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.query.encoded_len() + self.reverse.encoded_len() + self.limit.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.query.encode(writer);
        writer = self.reverse.encode(writer);
        self.limit.encode(writer)
    }
}
/// [`KvListRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvListRequestRef<'a> {
    /// Which keys to list.
    pub query: KvListQueryRef<'a>,
    /// True lists from the highest key down, so that a limit keeps the highest ones. None is false.
    pub reverse: Option<bool>,
    /// The most entries to answer with; 0 answers with none. None leaves it to the server: 16384 on a Rivet engine.
    pub limit: Option<u64>,
}
impl Encode for KvListRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.query.encoded_len() + self.reverse.encoded_len() + self.limit.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.query.encode(writer);
        writer = self.reverse.encode(writer);
        self.limit.encode(writer)
    }
}
impl<'a> Decode<'a> for KvListRequestRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, query) = Decode::decode_from(reader)?;
        let (mut reader, reverse) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |limit| Self {
                query,
                reverse,
                limit,
            }),
        )
    }
}
impl IntoOwned for KvListRequestRef<'_> {
    type Owned = KvListRequest;
    #[inline]
    fn into_owned(self) -> KvListRequest {
        KvListRequest {
            query: self.query.into_owned(),
            reverse: self.reverse,
            limit: self.limit,
        }
    }
}
impl Message for KvListRequest {
    type Ref<'a> = KvListRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_LIST_REQUEST;
    fn shorten<'s, 'l: 's>(value: &'s KvListRequestRef<'l>) -> &'s KvListRequestRef<'s> {
        value
    }
}
/// Writes values, replacing what is stored under the same keys: all of them or, on an error, none. Answered by
/// `KvPutResponse`.
///
/// Schema: `protocol/v4.bare`, line 94.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvPutRequest {
    /// The keys to write. A Rivet engine takes up to 128, and 976 KiB of keys and values together.
    pub keys: Vec<KvKey>,
    /// The value for each key: as many as there are keys, in the same order.
    pub values: Vec<KvValue>,
}
impl Encode for KvPutRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len() + self.values.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.keys.encode(writer);
        self.values.encode(writer)
    }
}
/// [`KvPutRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvPutRequestRef<'a> {
    /// The keys to write. A Rivet engine takes up to 128, and 976 KiB of keys and values together.
    pub keys: &'a [KvKeyRef<'a>],
    /// The value for each key: as many as there are keys, in the same order.
    pub values: &'a [KvValueRef<'a>],
}
impl Encode for KvPutRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len() + self.values.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.keys.encode(writer);
        self.values.encode(writer)
    }
}
impl<'a> Decode<'a> for KvPutRequestRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, keys) = Decode::decode_from(reader)?;
        let (mut reader, values) = Decode::decode_from(reader)?;
        Ok((reader, place.put(Self { keys, values })))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a [KvKeyRef<'a>] as Decode>::verify_from(reader)?;
        <&'a [KvValueRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for KvPutRequestRef<'_> {
    type Owned = KvPutRequest;
    #[inline]
    fn into_owned(self) -> KvPutRequest {
        KvPutRequest {
            keys: self.keys.into_owned(),
            values: self.values.into_owned(),
        }
    }
}
impl Message for KvPutRequest {
    type Ref<'a> = KvPutRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_PUT_REQUEST;
    fn shorten<'s, 'l: 's>(value: &'s KvPutRequestRef<'l>) -> &'s KvPutRequestRef<'s> {
        value
    }
}
/// Removes single keys; one that does not exist is no error. Answered by `KvDeleteResponse`.
///
/// Schema: `protocol/v4.bare`, line 102.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvDeleteRequest {
    /// The keys to remove. A Rivet engine takes up to 128.
    pub keys: Vec<KvKey>,
}
impl Encode for KvDeleteRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.keys.encode(writer)
    }
}
/// [`KvDeleteRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvDeleteRequestRef<'a> {
    /// The keys to remove. A Rivet engine takes up to 128.
    pub keys: &'a [KvKeyRef<'a>],
}
impl Encode for KvDeleteRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.keys.encode(writer)
    }
}
impl<'a> Decode<'a> for KvDeleteRequestRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, keys) = Decode::decode_from(reader)?;
        Ok((reader, place.put(Self { keys })))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        <&'a [KvKeyRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for KvDeleteRequestRef<'_> {
    type Owned = KvDeleteRequest;
    #[inline]
    fn into_owned(self) -> KvDeleteRequest {
        KvDeleteRequest {
            keys: self.keys.into_owned(),
        }
    }
}
impl Message for KvDeleteRequest {
    type Ref<'a> = KvDeleteRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_DELETE_REQUEST;
    fn shorten<'s, 'l: 's>(value: &'s KvDeleteRequestRef<'l>) -> &'s KvDeleteRequestRef<'s> {
        value
    }
}
/// Removes every key of a range, and nothing if `start` is not below `end`. Answered by `KvDeleteResponse`: there is
/// no response type of its own.
///
/// Schema: `protocol/v4.bare`, line 109.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvDeleteRangeRequest {
    /// The first key of the range; it is removed.
    pub start: KvKey,
    /// The key that ends the range; it is kept.
    pub end: KvKey,
}
impl Encode for KvDeleteRangeRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.start.encoded_len() + self.end.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.start.encode(writer);
        self.end.encode(writer)
    }
}
/// [`KvDeleteRangeRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvDeleteRangeRequestRef<'a> {
    /// The first key of the range; it is removed.
    pub start: KvKeyRef<'a>,
    /// The key that ends the range; it is kept.
    pub end: KvKeyRef<'a>,
}
impl Encode for KvDeleteRangeRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.start.encoded_len() + self.end.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.start.encode(writer);
        self.end.encode(writer)
    }
}
impl<'a> Decode<'a> for KvDeleteRangeRequestRef<'a> {
    const MIN_SIZE: usize = 2;
    const PREFETCH: bool = true;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let start = reader.data()?;
        let end = reader.data()?;
        Ok((reader, place.put(Self { start, end })))
    }
}
impl IntoOwned for KvDeleteRangeRequestRef<'_> {
    type Owned = KvDeleteRangeRequest;
    #[inline]
    fn into_owned(self) -> KvDeleteRangeRequest {
        KvDeleteRangeRequest {
            start: self.start.into_owned(),
            end: self.end.into_owned(),
        }
    }
}
impl Message for KvDeleteRangeRequest {
    type Ref<'a> = KvDeleteRangeRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_DELETE_RANGE_REQUEST;
    fn shorten<'s, 'l: 's>(
        value: &'s KvDeleteRangeRequestRef<'l>,
    ) -> &'s KvDeleteRangeRequestRef<'s> {
        value
    }
}
/// Removes everything the actor has stored. Answered by `KvDropResponse`.
///
/// Schema: `protocol/v4.bare`, line 117.
pub type KvDropRequest = ();
/// The server could not carry out a KV request.
///
/// Schema: `protocol/v4.bare`, line 120.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvErrorResponse {
    /// What went wrong, for people: `actor does not exist`, say. There is no code to branch on.
    pub message: String,
}
impl Encode for KvErrorResponse {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.message.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.message.encode(writer)
    }
}
/// [`KvErrorResponse`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvErrorResponseRef<'a> {
    /// What went wrong, for people: `actor does not exist`, say. There is no code to branch on.
    pub message: &'a str,
}
impl Encode for KvErrorResponseRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.message.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.message.encode(writer)
    }
}
impl<'a> Decode<'a> for KvErrorResponseRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let message = reader.str()?;
        Ok((reader, place.put(Self { message })))
    }
}
impl IntoOwned for KvErrorResponseRef<'_> {
    type Owned = KvErrorResponse;
    #[inline]
    fn into_owned(self) -> KvErrorResponse {
        KvErrorResponse {
            message: self.message.into_owned(),
        }
    }
}
impl Message for KvErrorResponse {
    type Ref<'a> = KvErrorResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_ERROR_RESPONSE;
    fn shorten<'s, 'l: 's>(value: &'s KvErrorResponseRef<'l>) -> &'s KvErrorResponseRef<'s> {
        value
    }
}
/// Answers `KvGetRequest`. The three lists are of equal length; position i of each describes one entry.
///
/// Schema: `protocol/v4.bare`, line 126.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvGetResponse {
    /// The keys that were found, in the order of the request. Keys that do not exist are left out.
    pub keys: Vec<KvKey>,
    /// The value stored under each key.
    pub values: Vec<KvValue>,
    /// The metadata of each value.
    pub metadata: Vec<KvMetadata>,
}
impl Encode for KvGetResponse {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len() + self.values.encoded_len() + self.metadata.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.keys.encode(writer);
        writer = self.values.encode(writer);
        self.metadata.encode(writer)
    }
}
/// [`KvGetResponse`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvGetResponseRef<'a> {
    /// The keys that were found, in the order of the request. Keys that do not exist are left out.
    pub keys: &'a [KvKeyRef<'a>],
    /// The value stored under each key.
    pub values: &'a [KvValueRef<'a>],
    /// The metadata of each value.
    pub metadata: &'a [KvMetadataRef<'a>],
}
impl Encode for KvGetResponseRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len() + self.values.encoded_len() + self.metadata.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.keys.encode(writer);
        writer = self.values.encode(writer);
        self.metadata.encode(writer)
    }
}
impl<'a> Decode<'a> for KvGetResponseRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, keys) = Decode::decode_from(reader)?;
        let (mut reader, values) = Decode::decode_from(reader)?;
        let (mut reader, metadata) = Decode::decode_from(reader)?;
        Ok((
            reader,
            place.put(Self {
                keys,
                values,
                metadata,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a [KvKeyRef<'a>] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [KvValueRef<'a>] as Decode>::verify_from(reader)?;
        <&'a [KvMetadataRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for KvGetResponseRef<'_> {
    type Owned = KvGetResponse;
    #[inline]
    fn into_owned(self) -> KvGetResponse {
        KvGetResponse {
            keys: self.keys.into_owned(),
            values: self.values.into_owned(),
            metadata: self.metadata.into_owned(),
        }
    }
}
impl Message for KvGetResponse {
    type Ref<'a> = KvGetResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_GET_RESPONSE;
    fn shorten<'s, 'l: 's>(value: &'s KvGetResponseRef<'l>) -> &'s KvGetResponseRef<'s> {
        value
    }
}
/// Answers `KvListRequest`. The three lists are of equal length; position i of each describes one entry.
///
/// Schema: `protocol/v4.bare`, line 136.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KvListResponse {
    /// The keys that were found, in key order, or against it if the request said `reverse`.
    pub keys: Vec<KvKey>,
    /// The value stored under each key.
    pub values: Vec<KvValue>,
    /// The metadata of each value.
    pub metadata: Vec<KvMetadata>,
}
impl Encode for KvListResponse {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len() + self.values.encoded_len() + self.metadata.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.keys.encode(writer);
        writer = self.values.encode(writer);
        self.metadata.encode(writer)
    }
}
/// [`KvListResponse`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvListResponseRef<'a> {
    /// The keys that were found, in key order, or against it if the request said `reverse`.
    pub keys: &'a [KvKeyRef<'a>],
    /// The value stored under each key.
    pub values: &'a [KvValueRef<'a>],
    /// The metadata of each value.
    pub metadata: &'a [KvMetadataRef<'a>],
}
impl Encode for KvListResponseRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.keys.encoded_len() + self.values.encoded_len() + self.metadata.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.keys.encode(writer);
        writer = self.values.encode(writer);
        self.metadata.encode(writer)
    }
}
impl<'a> Decode<'a> for KvListResponseRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, keys) = Decode::decode_from(reader)?;
        let (mut reader, values) = Decode::decode_from(reader)?;
        let (mut reader, metadata) = Decode::decode_from(reader)?;
        Ok((
            reader,
            place.put(Self {
                keys,
                values,
                metadata,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a [KvKeyRef<'a>] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [KvValueRef<'a>] as Decode>::verify_from(reader)?;
        <&'a [KvMetadataRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for KvListResponseRef<'_> {
    type Owned = KvListResponse;
    #[inline]
    fn into_owned(self) -> KvListResponse {
        KvListResponse {
            keys: self.keys.into_owned(),
            values: self.values.into_owned(),
            metadata: self.metadata.into_owned(),
        }
    }
}
impl Message for KvListResponse {
    type Ref<'a> = KvListResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_LIST_RESPONSE;
    fn shorten<'s, 'l: 's>(value: &'s KvListResponseRef<'l>) -> &'s KvListResponseRef<'s> {
        value
    }
}
/// Answers `KvPutRequest`: the values are stored.
///
/// Schema: `protocol/v4.bare`, line 146.
pub type KvPutResponse = ();
/// Answers `KvDeleteRequest` and `KvDeleteRangeRequest`: the keys are gone.
///
/// Schema: `protocol/v4.bare`, line 149.
pub type KvDeleteResponse = ();
/// Answers `KvDropRequest`: the actor's store is empty.
///
/// Schema: `protocol/v4.bare`, line 152.
pub type KvDropResponse = ();
/// What a host asks of an actor's key-value store. Carried by `ToRivetKvRequest`.
///
/// Schema: `protocol/v4.bare`, line 155.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum KvRequestData {
    /// Tag 0: `KvGetRequest`.
    KvGetRequest(KvGetRequest),
    /// Tag 1: `KvListRequest`.
    KvListRequest(KvListRequest),
    /// Tag 2: `KvPutRequest`.
    KvPutRequest(KvPutRequest),
    /// Tag 3: `KvDeleteRequest`.
    KvDeleteRequest(KvDeleteRequest),
    /// Tag 4: `KvDeleteRangeRequest`.
    KvDeleteRangeRequest(KvDeleteRangeRequest),
    /// Tag 5: `KvDropRequest`.
    KvDropRequest,
}
impl Encode for KvRequestData {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::KvGetRequest(value) => 1 + value.encoded_len(),
            Self::KvListRequest(value) => 1 + value.encoded_len(),
            Self::KvPutRequest(value) => 1 + value.encoded_len(),
            Self::KvDeleteRequest(value) => 1 + value.encoded_len(),
            Self::KvDeleteRangeRequest(value) => 1 + value.encoded_len(),
            Self::KvDropRequest => 1,
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::KvGetRequest(value) => writer.member(0, value),
            Self::KvListRequest(value) => writer.member(1, value),
            Self::KvPutRequest(value) => writer.member(2, value),
            Self::KvDeleteRequest(value) => writer.member(3, value),
            Self::KvDeleteRangeRequest(value) => writer.member(4, value),
            Self::KvDropRequest => {
                writer.octet(5);
                writer
            }
        }
    }
}
/// [`KvRequestData`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KvRequestDataRef<'a> {
    /// Tag 0: `KvGetRequest`.
    KvGetRequest(KvGetRequestRef<'a>),
    /// Tag 1: `KvListRequest`.
    KvListRequest(KvListRequestRef<'a>),
    /// Tag 2: `KvPutRequest`.
    KvPutRequest(KvPutRequestRef<'a>),
    /// Tag 3: `KvDeleteRequest`.
    KvDeleteRequest(KvDeleteRequestRef<'a>),
    /// Tag 4: `KvDeleteRangeRequest`.
    KvDeleteRangeRequest(KvDeleteRangeRequestRef<'a>),
    /// Tag 5: `KvDropRequest`.
    KvDropRequest,
}
impl Encode for KvRequestDataRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::KvGetRequest(value) => 1 + value.encoded_len(),
            Self::KvListRequest(value) => 1 + value.encoded_len(),
            Self::KvPutRequest(value) => 1 + value.encoded_len(),
            Self::KvDeleteRequest(value) => 1 + value.encoded_len(),
            Self::KvDeleteRangeRequest(value) => 1 + value.encoded_len(),
            Self::KvDropRequest => 1,
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::KvGetRequest(value) => writer.member(0, value),
            Self::KvListRequest(value) => writer.member(1, value),
            Self::KvPutRequest(value) => writer.member(2, value),
            Self::KvDeleteRequest(value) => writer.member(3, value),
            Self::KvDeleteRangeRequest(value) => writer.member(4, value),
            Self::KvDropRequest => {
                writer.octet(5);
                writer
            }
        }
    }
}
impl<'a> Decode<'a> for KvRequestDataRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::KvGetRequest)),
            1 => Decode::decode_in(reader, place.map(Self::KvListRequest)),
            2 => Decode::decode_in(reader, place.map(Self::KvPutRequest)),
            3 => Decode::decode_in(reader, place.map(Self::KvDeleteRequest)),
            4 => Decode::decode_in(reader, place.map(Self::KvDeleteRangeRequest)),
            5 => Ok((reader, place.put(Self::KvDropRequest))),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <KvGetRequestRef<'a> as Decode>::verify_from(reader),
            1 => <KvListRequestRef<'a> as Decode>::verify_from(reader),
            2 => <KvPutRequestRef<'a> as Decode>::verify_from(reader),
            3 => <KvDeleteRequestRef<'a> as Decode>::verify_from(reader),
            4 => <KvDeleteRangeRequestRef<'a> as Decode>::verify_from(reader),
            5 => Ok(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for KvRequestDataRef<'_> {
    type Owned = KvRequestData;
    #[inline]
    fn into_owned(self) -> KvRequestData {
        match self {
            Self::KvGetRequest(value) => KvRequestData::KvGetRequest(value.into_owned()),
            Self::KvListRequest(value) => KvRequestData::KvListRequest(value.into_owned()),
            Self::KvPutRequest(value) => KvRequestData::KvPutRequest(value.into_owned()),
            Self::KvDeleteRequest(value) => KvRequestData::KvDeleteRequest(value.into_owned()),
            Self::KvDeleteRangeRequest(value) => {
                KvRequestData::KvDeleteRangeRequest(value.into_owned())
            }
            Self::KvDropRequest => KvRequestData::KvDropRequest,
        }
    }
}
impl Message for KvRequestData {
    type Ref<'a> = KvRequestDataRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_REQUEST_DATA;
    fn shorten<'s, 'l: 's>(value: &'s KvRequestDataRef<'l>) -> &'s KvRequestDataRef<'s> {
        value
    }
}
/// What the server answers to a `KvRequestData`. Carried by `ToEnvoyKvResponse`.
///
/// Schema: `protocol/v4.bare`, line 165.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum KvResponseData {
    /// Tag 0: `KvErrorResponse`.
    KvErrorResponse(KvErrorResponse),
    /// Tag 1: `KvGetResponse`.
    KvGetResponse(KvGetResponse),
    /// Tag 2: `KvListResponse`.
    KvListResponse(KvListResponse),
    /// Tag 3: `KvPutResponse`.
    KvPutResponse,
    /// Tag 4: `KvDeleteResponse`.
    KvDeleteResponse,
    /// Tag 5: `KvDropResponse`.
    KvDropResponse,
}
impl Encode for KvResponseData {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::KvErrorResponse(value) => 1 + value.encoded_len(),
            Self::KvGetResponse(value) => 1 + value.encoded_len(),
            Self::KvListResponse(value) => 1 + value.encoded_len(),
            Self::KvPutResponse => 1,
            Self::KvDeleteResponse => 1,
            Self::KvDropResponse => 1,
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::KvErrorResponse(value) => writer.member(0, value),
            Self::KvGetResponse(value) => writer.member(1, value),
            Self::KvListResponse(value) => writer.member(2, value),
            Self::KvPutResponse => {
                writer.octet(3);
                writer
            }
            Self::KvDeleteResponse => {
                writer.octet(4);
                writer
            }
            Self::KvDropResponse => {
                writer.octet(5);
                writer
            }
        }
    }
}
/// [`KvResponseData`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KvResponseDataRef<'a> {
    /// Tag 0: `KvErrorResponse`.
    KvErrorResponse(KvErrorResponseRef<'a>),
    /// Tag 1: `KvGetResponse`.
    KvGetResponse(KvGetResponseRef<'a>),
    /// Tag 2: `KvListResponse`.
    KvListResponse(KvListResponseRef<'a>),
    /// Tag 3: `KvPutResponse`.
    KvPutResponse,
    /// Tag 4: `KvDeleteResponse`.
    KvDeleteResponse,
    /// Tag 5: `KvDropResponse`.
    KvDropResponse,
}
impl Encode for KvResponseDataRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::KvErrorResponse(value) => 1 + value.encoded_len(),
            Self::KvGetResponse(value) => 1 + value.encoded_len(),
            Self::KvListResponse(value) => 1 + value.encoded_len(),
            Self::KvPutResponse => 1,
            Self::KvDeleteResponse => 1,
            Self::KvDropResponse => 1,
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::KvErrorResponse(value) => writer.member(0, value),
            Self::KvGetResponse(value) => writer.member(1, value),
            Self::KvListResponse(value) => writer.member(2, value),
            Self::KvPutResponse => {
                writer.octet(3);
                writer
            }
            Self::KvDeleteResponse => {
                writer.octet(4);
                writer
            }
            Self::KvDropResponse => {
                writer.octet(5);
                writer
            }
        }
    }
}
impl<'a> Decode<'a> for KvResponseDataRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::KvErrorResponse)),
            1 => Decode::decode_in(reader, place.map(Self::KvGetResponse)),
            2 => Decode::decode_in(reader, place.map(Self::KvListResponse)),
            3 => Ok((reader, place.put(Self::KvPutResponse))),
            4 => Ok((reader, place.put(Self::KvDeleteResponse))),
            5 => Ok((reader, place.put(Self::KvDropResponse))),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <KvErrorResponseRef<'a> as Decode>::verify_from(reader),
            1 => <KvGetResponseRef<'a> as Decode>::verify_from(reader),
            2 => <KvListResponseRef<'a> as Decode>::verify_from(reader),
            3 => Ok(reader),
            4 => Ok(reader),
            5 => Ok(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for KvResponseDataRef<'_> {
    type Owned = KvResponseData;
    #[inline]
    fn into_owned(self) -> KvResponseData {
        match self {
            Self::KvErrorResponse(value) => KvResponseData::KvErrorResponse(value.into_owned()),
            Self::KvGetResponse(value) => KvResponseData::KvGetResponse(value.into_owned()),
            Self::KvListResponse(value) => KvResponseData::KvListResponse(value.into_owned()),
            Self::KvPutResponse => KvResponseData::KvPutResponse,
            Self::KvDeleteResponse => KvResponseData::KvDeleteResponse,
            Self::KvDropResponse => KvResponseData::KvDropResponse,
        }
    }
}
impl Message for KvResponseData {
    type Ref<'a> = KvResponseDataRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::KV_RESPONSE_DATA;
    fn shorten<'s, 'l: 's>(value: &'s KvResponseDataRef<'l>) -> &'s KvResponseDataRef<'s> {
        value
    }
}
/// The number of a page of an actor's database, from 1. Page 0 does not exist, and naming it is an error.
///
/// Schema: `protocol/v4.bare`, line 178.
pub type SqlitePgno = u32;
/// The generation of an actor in requests for remote SQL: the number of `ActorCheckpoint.generation`, widened.
///
/// Schema: `protocol/v4.bare`, line 181.
pub type SqliteGeneration = u64;
/// The content of one page: exactly 4096 octets.
///
/// Schema: `protocol/v4.bare`, line 184.
pub type SqlitePageBytes = Vec<u8>;
/// [`SqlitePageBytes`] in its borrowed form.
pub type SqlitePageBytesRef<'a> = &'a [u8];
/// A page that a commit writes.
///
/// Schema: `protocol/v4.bare`, line 187.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteDirtyPage {
    /// The page's number. A commit names each page at most once.
    pub pgno: SqlitePgno,
    /// The page's new content.
    pub bytes: SqlitePageBytes,
}
impl Encode for SqliteDirtyPage {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.bytes.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.pgno);
        self.bytes.encode(writer)
    }
}
/// [`SqliteDirtyPage`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteDirtyPageRef<'a> {
    /// The page's number. A commit names each page at most once.
    pub pgno: SqlitePgno,
    /// The page's new content.
    pub bytes: SqlitePageBytesRef<'a>,
}
impl Encode for SqliteDirtyPageRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.bytes.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.pgno);
        self.bytes.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteDirtyPageRef<'a> {
    const MIN_SIZE: usize = 5;
    const PREFETCH: bool = true;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let pgno = reader.fields()?;
        let bytes = reader.data()?;
        Ok((reader, place.put(Self { pgno, bytes })))
    }
}
impl IntoOwned for SqliteDirtyPageRef<'_> {
    type Owned = SqliteDirtyPage;
    #[inline]
    fn into_owned(self) -> SqliteDirtyPage {
        SqliteDirtyPage {
            pgno: self.pgno,
            bytes: self.bytes.into_owned(),
        }
    }
}
impl Message for SqliteDirtyPage {
    type Ref<'a> = SqliteDirtyPageRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_DIRTY_PAGE;
    fn shorten<'s, 'l: 's>(value: &'s SqliteDirtyPageRef<'l>) -> &'s SqliteDirtyPageRef<'s> {
        value
    }
}
/// A page that the server has read.
///
/// Schema: `protocol/v4.bare`, line 195.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteFetchedPage {
    /// The page's number.
    pub pgno: SqlitePgno,
    /// The page's content. None for a page beyond the end of the database.
    pub bytes: Option<SqlitePageBytes>,
}
impl Encode for SqliteFetchedPage {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.bytes.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.pgno);
        self.bytes.encode(writer)
    }
}
/// [`SqliteFetchedPage`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteFetchedPageRef<'a> {
    /// The page's number.
    pub pgno: SqlitePgno,
    /// The page's content. None for a page beyond the end of the database.
    pub bytes: Option<SqlitePageBytesRef<'a>>,
}
impl Encode for SqliteFetchedPageRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.bytes.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.pgno);
        self.bytes.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteFetchedPageRef<'a> {
    const MIN_SIZE: usize = 5;
    const PREFETCH: bool = true;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let pgno = reader.fields()?;
        Decode::decode_in(reader, place.map(move |bytes| Self { pgno, bytes }))
    }
}
impl IntoOwned for SqliteFetchedPageRef<'_> {
    type Owned = SqliteFetchedPage;
    #[inline]
    fn into_owned(self) -> SqliteFetchedPage {
        SqliteFetchedPage {
            pgno: self.pgno,
            bytes: self.bytes.into_owned(),
        }
    }
}
impl Message for SqliteFetchedPage {
    type Ref<'a> = SqliteFetchedPageRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_FETCHED_PAGE;
    fn shorten<'s, 'l: 's>(value: &'s SqliteFetchedPageRef<'l>) -> &'s SqliteFetchedPageRef<'s> {
        value
    }
}
/// Reads pages of an actor's database, all of them as of one committed head. Sent by a host that runs the SQL itself.
///
/// Schema: `protocol/v4.bare`, line 203.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteGetPagesRequest {
    /// The actor whose database is read.
    pub actor_id: Id,
    /// The pages to read. Duplicates are answered as often as they are asked for.
    pub pgnos: Vec<SqlitePgno>,
    /// The generation of the actor that reads. One that is no longer the current one is refused before the head is
    /// looked at; a Rivet engine says `actor does not exist`. Optional on the wire, but a request without it is answered
    /// by an error.
    pub expected_generation: Option<u64>,
    /// The head fence: the txid of the last commit that the host knows of, 0 for a database that was never committed
    /// to. If the database's head is another one, the request fails and no page is returned. None reads whatever the
    /// head is: the first read of a new instance, and every read of a v4 host, which learns no head.
    pub expected_head_txid: Option<u64>,
}
impl Encode for SqliteGetPagesRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.actor_id.encoded_len()
            + self.pgnos.encoded_len()
            + self.expected_generation.encoded_len()
            + self.expected_head_txid.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer = self.pgnos.encode(writer);
        writer = self.expected_generation.encode(writer);
        self.expected_head_txid.encode(writer)
    }
}
/// [`SqliteGetPagesRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteGetPagesRequestRef<'a> {
    /// The actor whose database is read.
    pub actor_id: IdRef<'a>,
    /// The pages to read. Duplicates are answered as often as they are asked for.
    pub pgnos: &'a [SqlitePgno],
    /// The generation of the actor that reads. One that is no longer the current one is refused before the head is
    /// looked at; a Rivet engine says `actor does not exist`. Optional on the wire, but a request without it is answered
    /// by an error.
    pub expected_generation: Option<u64>,
    /// The head fence: the txid of the last commit that the host knows of, 0 for a database that was never committed
    /// to. If the database's head is another one, the request fails and no page is returned. None reads whatever the
    /// head is: the first read of a new instance, and every read of a v4 host, which learns no head.
    pub expected_head_txid: Option<u64>,
}
impl Encode for SqliteGetPagesRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.actor_id.encoded_len()
            + self.pgnos.encoded_len()
            + self.expected_generation.encoded_len()
            + self.expected_head_txid.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer = self.pgnos.encode(writer);
        writer = self.expected_generation.encode(writer);
        self.expected_head_txid.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteGetPagesRequestRef<'a> {
    const MIN_SIZE: usize = 4;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let actor_id = reader.str()?;
        let (mut reader, pgnos) = Decode::decode_from(reader)?;
        let (mut reader, expected_generation) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |expected_head_txid| Self {
                actor_id,
                pgnos,
                expected_generation,
                expected_head_txid,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <IdRef<'a> as Decode>::verify_from(reader)?;
        let mut reader = <&'a [SqlitePgno] as Decode>::verify_from(reader)?;
        let mut reader = <Option<u64> as Decode>::verify_from(reader)?;
        <Option<u64> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteGetPagesRequestRef<'_> {
    type Owned = SqliteGetPagesRequest;
    #[inline]
    fn into_owned(self) -> SqliteGetPagesRequest {
        SqliteGetPagesRequest {
            actor_id: self.actor_id.into_owned(),
            pgnos: self.pgnos.into_owned(),
            expected_generation: self.expected_generation,
            expected_head_txid: self.expected_head_txid,
        }
    }
}
impl Message for SqliteGetPagesRequest {
    type Ref<'a> = SqliteGetPagesRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_GET_PAGES_REQUEST;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteGetPagesRequestRef<'l>,
    ) -> &'s SqliteGetPagesRequestRef<'s> {
        value
    }
}
/// [`SqliteGetPagesOk`] in either form: `SqliteGetPagesOk` owns its data, `SqliteGetPagesOkRef` borrows.
///
/// Answers `SqliteGetPagesRequest` with the pages.
///
/// Schema: `protocol/v4.bare`, line 219.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteGetPagesOkOf<Pages> {
    /// The pages that were asked for, in that order. More pages than asked may follow: a Rivet engine appends overflow
    /// pages of those it returns.
    pub pages: Pages,
}
/// Answers `SqliteGetPagesRequest` with the pages.
///
/// Schema: `protocol/v4.bare`, line 219.
pub type SqliteGetPagesOk = SqliteGetPagesOkOf<Vec<SqliteFetchedPage>>;
/// [`SqliteGetPagesOk`] in its borrowed form.
pub type SqliteGetPagesOkRef<'a> = SqliteGetPagesOkOf<&'a [SqliteFetchedPageRef<'a>]>;
impl<Pages: Encode> Encode for SqliteGetPagesOkOf<Pages> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.pages.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.pages.encode(writer)
    }
}
impl<Pages> Lend for SqliteGetPagesOkOf<Pages> {
    type Lent<'v>
        = SqliteGetPagesOkOf<&'v Pages>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteGetPagesOkOf<&Pages> {
        SqliteGetPagesOkOf { pages: &self.pages }
    }
}
impl<'a> Decode<'a> for SqliteGetPagesOkRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, pages) = Decode::decode_from(reader)?;
        Ok((reader, place.put(Self { pages })))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        <&'a [SqliteFetchedPageRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteGetPagesOkRef<'_> {
    type Owned = SqliteGetPagesOk;
    #[inline]
    fn into_owned(self) -> SqliteGetPagesOk {
        SqliteGetPagesOk {
            pages: self.pages.into_owned(),
        }
    }
}
impl Message for SqliteGetPagesOk {
    type Ref<'a> = SqliteGetPagesOkRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_GET_PAGES_OK;
    fn shorten<'s, 'l: 's>(value: &'s SqliteGetPagesOkRef<'l>) -> &'s SqliteGetPagesOkRef<'s> {
        value
    }
}
/// [`SqliteErrorResponse`] in either form: `SqliteErrorResponse` owns its data, `SqliteErrorResponseRef` borrows.
///
/// The server could not carry out a request for pages, a commit or remote SQL.
///
/// Schema: `protocol/v4.bare`, line 226.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteErrorResponseOf<Str> {
    /// What went wrong, for people. In this version nothing else tells a head fence mismatch from any other failure.
    pub message: Str,
}
/// The server could not carry out a request for pages, a commit or remote SQL.
///
/// Schema: `protocol/v4.bare`, line 226.
pub type SqliteErrorResponse = SqliteErrorResponseOf<String>;
/// [`SqliteErrorResponse`] in its borrowed form.
pub type SqliteErrorResponseRef<'a> = SqliteErrorResponseOf<&'a str>;
impl<Str: Encode> Encode for SqliteErrorResponseOf<Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.message.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.message.encode(writer)
    }
}
impl<Str> Lend for SqliteErrorResponseOf<Str> {
    type Lent<'v>
        = SqliteErrorResponseOf<&'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteErrorResponseOf<&Str> {
        SqliteErrorResponseOf {
            message: &self.message,
        }
    }
}
impl<'a> Decode<'a> for SqliteErrorResponseRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let message = reader.str()?;
        Ok((reader, place.put(Self { message })))
    }
}
impl IntoOwned for SqliteErrorResponseRef<'_> {
    type Owned = SqliteErrorResponse;
    #[inline]
    fn into_owned(self) -> SqliteErrorResponse {
        SqliteErrorResponse {
            message: self.message.into_owned(),
        }
    }
}
impl Message for SqliteErrorResponse {
    type Ref<'a> = SqliteErrorResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_ERROR_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteErrorResponseRef<'l>,
    ) -> &'s SqliteErrorResponseRef<'s> {
        value
    }
}
/// [`SqliteGetPagesResponse`] in either form: `SqliteGetPagesResponse` owns its data, `SqliteGetPagesResponseRef` borrows.
///
/// What the server answers to a `SqliteGetPagesRequest`.
///
/// Schema: `protocol/v4.bare`, line 232.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteGetPagesResponseOf<Pages, Str> {
    /// Tag 0: `SqliteGetPagesOk`.
    SqliteGetPagesOk(SqliteGetPagesOkOf<Pages>),
    /// Tag 1: `SqliteErrorResponse`.
    SqliteErrorResponse(SqliteErrorResponseOf<Str>),
}
/// What the server answers to a `SqliteGetPagesRequest`.
///
/// Schema: `protocol/v4.bare`, line 232.
pub type SqliteGetPagesResponse = SqliteGetPagesResponseOf<Vec<SqliteFetchedPage>, String>;
/// [`SqliteGetPagesResponse`] in its borrowed form.
pub type SqliteGetPagesResponseRef<'a> =
    SqliteGetPagesResponseOf<&'a [SqliteFetchedPageRef<'a>], &'a str>;
impl<Pages: Encode, Str: Encode> Encode for SqliteGetPagesResponseOf<Pages, Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteGetPagesOk(value) => 1 + value.encoded_len(),
            Self::SqliteErrorResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteGetPagesOk(value) => writer.member(0, value),
            Self::SqliteErrorResponse(value) => writer.member(1, value),
        }
    }
}
impl<Pages, Str> Lend for SqliteGetPagesResponseOf<Pages, Str> {
    type Lent<'v>
        = SqliteGetPagesResponseOf<&'v Pages, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteGetPagesResponseOf<&Pages, &Str> {
        match self {
            Self::SqliteGetPagesOk(value) => {
                SqliteGetPagesResponseOf::SqliteGetPagesOk(value.lend())
            }
            Self::SqliteErrorResponse(value) => {
                SqliteGetPagesResponseOf::SqliteErrorResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for SqliteGetPagesResponseRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::SqliteGetPagesOk)),
            1 => Decode::decode_in(reader, place.map(Self::SqliteErrorResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <SqliteGetPagesOkRef<'a> as Decode>::verify_from(reader),
            1 => <SqliteErrorResponseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteGetPagesResponseRef<'_> {
    type Owned = SqliteGetPagesResponse;
    #[inline]
    fn into_owned(self) -> SqliteGetPagesResponse {
        match self {
            Self::SqliteGetPagesOk(value) => {
                SqliteGetPagesResponse::SqliteGetPagesOk(value.into_owned())
            }
            Self::SqliteErrorResponse(value) => {
                SqliteGetPagesResponse::SqliteErrorResponse(value.into_owned())
            }
        }
    }
}
impl Message for SqliteGetPagesResponse {
    type Ref<'a> = SqliteGetPagesResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_GET_PAGES_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteGetPagesResponseRef<'l>,
    ) -> &'s SqliteGetPagesResponseRef<'s> {
        value
    }
}
/// Commits one transaction to an actor's database: every page of it or, on an error, none. Each commit raises the
/// head txid by one, one without pages included. Sent by a host that runs the SQL itself.
///
/// Schema: `protocol/v4.bare`, line 239.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteCommitRequest {
    /// The actor whose database is written.
    pub actor_id: Id,
    /// The pages that the transaction changed. A Rivet engine takes up to 320 pages (1310720 octets) in one commit.
    pub dirty_pages: Vec<SqliteDirtyPage>,
    /// The size of the database after the commit, in pages. Pages above it are dropped. A commit that changes the size
    /// must also write page 1, whose header repeats it.
    pub db_size_pages: u32,
    /// The host's clock at the commit: milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// The generation of the actor that writes. One that is no longer the current one is refused before the head is
    /// looked at; a Rivet engine says `actor does not exist`. Optional on the wire, but a request without it is answered
    /// by an error.
    pub expected_generation: Option<u64>,
    /// The head fence: the txid of the commit that this one follows, 0 for the first. If the database's head is another
    /// one, somebody else has written, and the commit fails with nothing written. None commits on top of whatever is
    /// there, as v4 hosts do, which learn no head.
    pub expected_head_txid: Option<u64>,
}
impl Encode for SqliteCommitRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        12 + self.actor_id.encoded_len()
            + self.dirty_pages.encoded_len()
            + self.expected_generation.encoded_len()
            + self.expected_head_txid.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer = self.dirty_pages.encode(writer);
        writer.fields((self.db_size_pages, self.now_ms));
        writer = self.expected_generation.encode(writer);
        self.expected_head_txid.encode(writer)
    }
}
/// [`SqliteCommitRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteCommitRequestRef<'a> {
    /// The actor whose database is written.
    pub actor_id: IdRef<'a>,
    /// The pages that the transaction changed. A Rivet engine takes up to 320 pages (1310720 octets) in one commit.
    pub dirty_pages: &'a [SqliteDirtyPageRef<'a>],
    /// The size of the database after the commit, in pages. Pages above it are dropped. A commit that changes the size
    /// must also write page 1, whose header repeats it.
    pub db_size_pages: u32,
    /// The host's clock at the commit: milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// The generation of the actor that writes. One that is no longer the current one is refused before the head is
    /// looked at; a Rivet engine says `actor does not exist`. Optional on the wire, but a request without it is answered
    /// by an error.
    pub expected_generation: Option<u64>,
    /// The head fence: the txid of the commit that this one follows, 0 for the first. If the database's head is another
    /// one, somebody else has written, and the commit fails with nothing written. None commits on top of whatever is
    /// there, as v4 hosts do, which learn no head.
    pub expected_head_txid: Option<u64>,
}
impl Encode for SqliteCommitRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        12 + self.actor_id.encoded_len()
            + self.dirty_pages.encoded_len()
            + self.expected_generation.encoded_len()
            + self.expected_head_txid.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer = self.dirty_pages.encode(writer);
        writer.fields((self.db_size_pages, self.now_ms));
        writer = self.expected_generation.encode(writer);
        self.expected_head_txid.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteCommitRequestRef<'a> {
    const MIN_SIZE: usize = 16;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let actor_id = reader.str()?;
        let (mut reader, dirty_pages) = Decode::decode_from(reader)?;
        let (db_size_pages, now_ms) = reader.fields()?;
        let (mut reader, expected_generation) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |expected_head_txid| Self {
                actor_id,
                dirty_pages,
                db_size_pages,
                now_ms,
                expected_generation,
                expected_head_txid,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <IdRef<'a> as Decode>::verify_from(reader)?;
        let mut reader = <&'a [SqliteDirtyPageRef<'a>] as Decode>::verify_from(reader)?;
        reader.skip(12)?;
        let mut reader = <Option<u64> as Decode>::verify_from(reader)?;
        <Option<u64> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteCommitRequestRef<'_> {
    type Owned = SqliteCommitRequest;
    #[inline]
    fn into_owned(self) -> SqliteCommitRequest {
        SqliteCommitRequest {
            actor_id: self.actor_id.into_owned(),
            dirty_pages: self.dirty_pages.into_owned(),
            db_size_pages: self.db_size_pages,
            now_ms: self.now_ms,
            expected_generation: self.expected_generation,
            expected_head_txid: self.expected_head_txid,
        }
    }
}
impl Message for SqliteCommitRequest {
    type Ref<'a> = SqliteCommitRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_COMMIT_REQUEST;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteCommitRequestRef<'l>,
    ) -> &'s SqliteCommitRequestRef<'s> {
        value
    }
}
/// Answers `SqliteCommitRequest`: the transaction is durable. In this version the host does not learn its txid.
///
/// Schema: `protocol/v4.bare`, line 260.
pub type SqliteCommitOk = ();
/// [`SqliteCommitResponse`] in either form: `SqliteCommitResponse` owns its data, `SqliteCommitResponseRef` borrows.
///
/// What the server answers to a `SqliteCommitRequest`.
///
/// Schema: `protocol/v4.bare`, line 263.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteCommitResponseOf<Str> {
    /// Tag 0: `SqliteCommitOk`.
    SqliteCommitOk,
    /// Tag 1: `SqliteErrorResponse`.
    SqliteErrorResponse(SqliteErrorResponseOf<Str>),
}
/// What the server answers to a `SqliteCommitRequest`.
///
/// Schema: `protocol/v4.bare`, line 263.
pub type SqliteCommitResponse = SqliteCommitResponseOf<String>;
/// [`SqliteCommitResponse`] in its borrowed form.
pub type SqliteCommitResponseRef<'a> = SqliteCommitResponseOf<&'a str>;
impl<Str: Encode> Encode for SqliteCommitResponseOf<Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteCommitOk => 1,
            Self::SqliteErrorResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteCommitOk => {
                writer.octet(0);
                writer
            }
            Self::SqliteErrorResponse(value) => writer.member(1, value),
        }
    }
}
impl<Str> Lend for SqliteCommitResponseOf<Str> {
    type Lent<'v>
        = SqliteCommitResponseOf<&'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteCommitResponseOf<&Str> {
        match self {
            Self::SqliteCommitOk => SqliteCommitResponseOf::SqliteCommitOk,
            Self::SqliteErrorResponse(value) => {
                SqliteCommitResponseOf::SqliteErrorResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for SqliteCommitResponseRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Ok((reader, place.put(Self::SqliteCommitOk))),
            1 => Decode::decode_in(reader, place.map(Self::SqliteErrorResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteCommitResponseRef<'_> {
    type Owned = SqliteCommitResponse;
    #[inline]
    fn into_owned(self) -> SqliteCommitResponse {
        match self {
            Self::SqliteCommitOk => SqliteCommitResponse::SqliteCommitOk,
            Self::SqliteErrorResponse(value) => {
                SqliteCommitResponse::SqliteErrorResponse(value.into_owned())
            }
        }
    }
}
impl Message for SqliteCommitResponse {
    type Ref<'a> = SqliteCommitResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_COMMIT_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteCommitResponseRef<'l>,
    ) -> &'s SqliteCommitResponseRef<'s> {
        value
    }
}
/// The SQL value NULL.
///
/// Schema: `protocol/v4.bare`, line 272.
pub type SqliteValueNull = ();
/// A SQL integer.
///
/// Schema: `protocol/v4.bare`, line 275.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteValueInteger {
    /// The number.
    pub value: i64,
}
impl Encode for SqliteValueInteger {
    #[inline]
    fn encoded_len(&self) -> usize {
        8
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.value);
        writer
    }
}
impl<'a> Decode<'a> for SqliteValueInteger {
    const MIN_SIZE: usize = 8;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let value = reader.fields()?;
        Ok((reader, place.put(Self { value })))
    }
}
impl IntoOwned for SqliteValueInteger {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for SqliteValueInteger {
    type Ref<'a> = SqliteValueInteger;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_VALUE_INTEGER;
    fn shorten<'s, 'l: 's>(value: &'s SqliteValueInteger) -> &'s SqliteValueInteger {
        value
    }
}
/// A SQL floating-point number.
///
/// Schema: `protocol/v4.bare`, line 281.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteValueFloat {
    /// The 64 bits of the IEEE 754 number in big-endian order, unlike every other number of the protocol.
    pub value: [u8; 8],
}
impl Encode for SqliteValueFloat {
    #[inline]
    fn encoded_len(&self) -> usize {
        8
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.value);
        writer
    }
}
impl<'a> Decode<'a> for SqliteValueFloat {
    const MIN_SIZE: usize = 8;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let value = reader.fields()?;
        Ok((reader, place.put(Self { value })))
    }
}
impl IntoOwned for SqliteValueFloat {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for SqliteValueFloat {
    type Ref<'a> = SqliteValueFloat;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_VALUE_FLOAT;
    fn shorten<'s, 'l: 's>(value: &'s SqliteValueFloat) -> &'s SqliteValueFloat {
        value
    }
}
/// A SQL text.
///
/// Schema: `protocol/v4.bare`, line 287.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteValueText {
    /// The text, in UTF-8. It may contain NUL.
    pub value: String,
}
impl Encode for SqliteValueText {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.value.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.value.encode(writer)
    }
}
/// [`SqliteValueText`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteValueTextRef<'a> {
    /// The text, in UTF-8. It may contain NUL.
    pub value: &'a str,
}
impl Encode for SqliteValueTextRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.value.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.value.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteValueTextRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let value = reader.str()?;
        Ok((reader, place.put(Self { value })))
    }
}
impl IntoOwned for SqliteValueTextRef<'_> {
    type Owned = SqliteValueText;
    #[inline]
    fn into_owned(self) -> SqliteValueText {
        SqliteValueText {
            value: self.value.into_owned(),
        }
    }
}
impl Message for SqliteValueText {
    type Ref<'a> = SqliteValueTextRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_VALUE_TEXT;
    fn shorten<'s, 'l: 's>(value: &'s SqliteValueTextRef<'l>) -> &'s SqliteValueTextRef<'s> {
        value
    }
}
/// A SQL blob.
///
/// Schema: `protocol/v4.bare`, line 293.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteValueBlob {
    /// The octets.
    pub value: Vec<u8>,
}
impl Encode for SqliteValueBlob {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.value.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.value.encode(writer)
    }
}
/// [`SqliteValueBlob`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteValueBlobRef<'a> {
    /// The octets.
    pub value: &'a [u8],
}
impl Encode for SqliteValueBlobRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.value.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.value.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteValueBlobRef<'a> {
    const MIN_SIZE: usize = 1;
    const PREFETCH: bool = true;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let value = reader.data()?;
        Ok((reader, place.put(Self { value })))
    }
}
impl IntoOwned for SqliteValueBlobRef<'_> {
    type Owned = SqliteValueBlob;
    #[inline]
    fn into_owned(self) -> SqliteValueBlob {
        SqliteValueBlob {
            value: self.value.into_owned(),
        }
    }
}
impl Message for SqliteValueBlob {
    type Ref<'a> = SqliteValueBlobRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_VALUE_BLOB;
    fn shorten<'s, 'l: 's>(value: &'s SqliteValueBlobRef<'l>) -> &'s SqliteValueBlobRef<'s> {
        value
    }
}
/// A value for one parameter of a statement. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 299.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteBindParam {
    /// Tag 0: `SqliteValueNull`.
    SqliteValueNull,
    /// Tag 1: `SqliteValueInteger`.
    SqliteValueInteger(SqliteValueInteger),
    /// Tag 2: `SqliteValueFloat`.
    SqliteValueFloat(SqliteValueFloat),
    /// Tag 3: `SqliteValueText`.
    SqliteValueText(SqliteValueText),
    /// Tag 4: `SqliteValueBlob`.
    SqliteValueBlob(SqliteValueBlob),
}
impl Encode for SqliteBindParam {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteValueNull => 1,
            Self::SqliteValueInteger(value) => 1 + value.encoded_len(),
            Self::SqliteValueFloat(value) => 1 + value.encoded_len(),
            Self::SqliteValueText(value) => 1 + value.encoded_len(),
            Self::SqliteValueBlob(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteValueNull => {
                writer.octet(0);
                writer
            }
            Self::SqliteValueInteger(value) => writer.member(1, value),
            Self::SqliteValueFloat(value) => writer.member(2, value),
            Self::SqliteValueText(value) => writer.member(3, value),
            Self::SqliteValueBlob(value) => writer.member(4, value),
        }
    }
}
/// [`SqliteBindParam`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqliteBindParamRef<'a> {
    /// Tag 0: `SqliteValueNull`.
    SqliteValueNull,
    /// Tag 1: `SqliteValueInteger`.
    SqliteValueInteger(SqliteValueInteger),
    /// Tag 2: `SqliteValueFloat`.
    SqliteValueFloat(SqliteValueFloat),
    /// Tag 3: `SqliteValueText`.
    SqliteValueText(SqliteValueTextRef<'a>),
    /// Tag 4: `SqliteValueBlob`.
    SqliteValueBlob(SqliteValueBlobRef<'a>),
}
impl Encode for SqliteBindParamRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteValueNull => 1,
            Self::SqliteValueInteger(value) => 1 + value.encoded_len(),
            Self::SqliteValueFloat(value) => 1 + value.encoded_len(),
            Self::SqliteValueText(value) => 1 + value.encoded_len(),
            Self::SqliteValueBlob(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteValueNull => {
                writer.octet(0);
                writer
            }
            Self::SqliteValueInteger(value) => writer.member(1, value),
            Self::SqliteValueFloat(value) => writer.member(2, value),
            Self::SqliteValueText(value) => writer.member(3, value),
            Self::SqliteValueBlob(value) => writer.member(4, value),
        }
    }
}
impl<'a> Decode<'a> for SqliteBindParamRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Ok((reader, place.put(Self::SqliteValueNull))),
            1 => Decode::decode_in(reader, place.map(Self::SqliteValueInteger)),
            2 => Decode::decode_in(reader, place.map(Self::SqliteValueFloat)),
            3 => Decode::decode_in(reader, place.map(Self::SqliteValueText)),
            4 => Decode::decode_in(reader, place.map(Self::SqliteValueBlob)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteBindParamRef<'_> {
    type Owned = SqliteBindParam;
    #[inline]
    fn into_owned(self) -> SqliteBindParam {
        match self {
            Self::SqliteValueNull => SqliteBindParam::SqliteValueNull,
            Self::SqliteValueInteger(value) => {
                SqliteBindParam::SqliteValueInteger(value.into_owned())
            }
            Self::SqliteValueFloat(value) => SqliteBindParam::SqliteValueFloat(value.into_owned()),
            Self::SqliteValueText(value) => SqliteBindParam::SqliteValueText(value.into_owned()),
            Self::SqliteValueBlob(value) => SqliteBindParam::SqliteValueBlob(value.into_owned()),
        }
    }
}
impl Message for SqliteBindParam {
    type Ref<'a> = SqliteBindParamRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_BIND_PARAM;
    fn shorten<'s, 'l: 's>(value: &'s SqliteBindParamRef<'l>) -> &'s SqliteBindParamRef<'s> {
        value
    }
}
/// A value of one column of a row. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 308.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteColumnValue {
    /// Tag 0: `SqliteValueNull`.
    SqliteValueNull,
    /// Tag 1: `SqliteValueInteger`.
    SqliteValueInteger(SqliteValueInteger),
    /// Tag 2: `SqliteValueFloat`.
    SqliteValueFloat(SqliteValueFloat),
    /// Tag 3: `SqliteValueText`.
    SqliteValueText(SqliteValueText),
    /// Tag 4: `SqliteValueBlob`.
    SqliteValueBlob(SqliteValueBlob),
}
impl Encode for SqliteColumnValue {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteValueNull => 1,
            Self::SqliteValueInteger(value) => 1 + value.encoded_len(),
            Self::SqliteValueFloat(value) => 1 + value.encoded_len(),
            Self::SqliteValueText(value) => 1 + value.encoded_len(),
            Self::SqliteValueBlob(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteValueNull => {
                writer.octet(0);
                writer
            }
            Self::SqliteValueInteger(value) => writer.member(1, value),
            Self::SqliteValueFloat(value) => writer.member(2, value),
            Self::SqliteValueText(value) => writer.member(3, value),
            Self::SqliteValueBlob(value) => writer.member(4, value),
        }
    }
}
/// [`SqliteColumnValue`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqliteColumnValueRef<'a> {
    /// Tag 0: `SqliteValueNull`.
    SqliteValueNull,
    /// Tag 1: `SqliteValueInteger`.
    SqliteValueInteger(SqliteValueInteger),
    /// Tag 2: `SqliteValueFloat`.
    SqliteValueFloat(SqliteValueFloat),
    /// Tag 3: `SqliteValueText`.
    SqliteValueText(SqliteValueTextRef<'a>),
    /// Tag 4: `SqliteValueBlob`.
    SqliteValueBlob(SqliteValueBlobRef<'a>),
}
impl Encode for SqliteColumnValueRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteValueNull => 1,
            Self::SqliteValueInteger(value) => 1 + value.encoded_len(),
            Self::SqliteValueFloat(value) => 1 + value.encoded_len(),
            Self::SqliteValueText(value) => 1 + value.encoded_len(),
            Self::SqliteValueBlob(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteValueNull => {
                writer.octet(0);
                writer
            }
            Self::SqliteValueInteger(value) => writer.member(1, value),
            Self::SqliteValueFloat(value) => writer.member(2, value),
            Self::SqliteValueText(value) => writer.member(3, value),
            Self::SqliteValueBlob(value) => writer.member(4, value),
        }
    }
}
impl<'a> Decode<'a> for SqliteColumnValueRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Ok((reader, place.put(Self::SqliteValueNull))),
            1 => Decode::decode_in(reader, place.map(Self::SqliteValueInteger)),
            2 => Decode::decode_in(reader, place.map(Self::SqliteValueFloat)),
            3 => Decode::decode_in(reader, place.map(Self::SqliteValueText)),
            4 => Decode::decode_in(reader, place.map(Self::SqliteValueBlob)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteColumnValueRef<'_> {
    type Owned = SqliteColumnValue;
    #[inline]
    fn into_owned(self) -> SqliteColumnValue {
        match self {
            Self::SqliteValueNull => SqliteColumnValue::SqliteValueNull,
            Self::SqliteValueInteger(value) => {
                SqliteColumnValue::SqliteValueInteger(value.into_owned())
            }
            Self::SqliteValueFloat(value) => {
                SqliteColumnValue::SqliteValueFloat(value.into_owned())
            }
            Self::SqliteValueText(value) => SqliteColumnValue::SqliteValueText(value.into_owned()),
            Self::SqliteValueBlob(value) => SqliteColumnValue::SqliteValueBlob(value.into_owned()),
        }
    }
}
impl Message for SqliteColumnValue {
    type Ref<'a> = SqliteColumnValueRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_COLUMN_VALUE;
    fn shorten<'s, 'l: 's>(value: &'s SqliteColumnValueRef<'l>) -> &'s SqliteColumnValueRef<'s> {
        value
    }
}
/// The rows that a `SqliteExecRequest` produced.
///
/// Schema: `protocol/v4.bare`, line 317.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteQueryResult {
    /// The column names, in order. Empty for statements that return no rows.
    pub columns: Vec<String>,
    /// The rows, each with one value for every column.
    pub rows: Vec<Vec<SqliteColumnValue>>,
}
impl Encode for SqliteQueryResult {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.columns.encoded_len() + self.rows.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.columns.encode(writer);
        self.rows.encode(writer)
    }
}
/// [`SqliteQueryResult`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteQueryResultRef<'a> {
    /// The column names, in order. Empty for statements that return no rows.
    pub columns: &'a [&'a str],
    /// The rows, each with one value for every column.
    pub rows: &'a [&'a [SqliteColumnValueRef<'a>]],
}
impl Encode for SqliteQueryResultRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.columns.encoded_len() + self.rows.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.columns.encode(writer);
        self.rows.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteQueryResultRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, columns) = Decode::decode_from(reader)?;
        let (mut reader, rows) = Decode::decode_from(reader)?;
        Ok((reader, place.put(Self { columns, rows })))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a [&'a str] as Decode>::verify_from(reader)?;
        <&'a [&'a [SqliteColumnValueRef<'a>]] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteQueryResultRef<'_> {
    type Owned = SqliteQueryResult;
    #[inline]
    fn into_owned(self) -> SqliteQueryResult {
        SqliteQueryResult {
            columns: self.columns.into_owned(),
            rows: self.rows.into_owned(),
        }
    }
}
impl Message for SqliteQueryResult {
    type Ref<'a> = SqliteQueryResultRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_QUERY_RESULT;
    fn shorten<'s, 'l: 's>(value: &'s SqliteQueryResultRef<'l>) -> &'s SqliteQueryResultRef<'s> {
        value
    }
}
/// What a `SqliteExecuteRequest` produced.
///
/// Schema: `protocol/v4.bare`, line 325.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteExecuteResult {
    /// The column names, in order. Empty for a statement that returns no rows.
    pub columns: Vec<String>,
    /// The rows, each with one value for every column.
    pub rows: Vec<Vec<SqliteColumnValue>>,
    /// How many rows the last INSERT, UPDATE or DELETE of the connection changed: for a statement that changes none,
    /// such as a SELECT, this can be the count of an earlier one.
    pub changes: i64,
    /// The rowid of the last INSERT of the connection. None where `changes` is 0.
    pub last_insert_row_id: Option<i64>,
}
impl Encode for SqliteExecuteResult {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.columns.encoded_len()
            + self.rows.encoded_len()
            + self.last_insert_row_id.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.columns.encode(writer);
        writer = self.rows.encode(writer);
        writer.fields(self.changes);
        self.last_insert_row_id.encode(writer)
    }
}
/// [`SqliteExecuteResult`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteExecuteResultRef<'a> {
    /// The column names, in order. Empty for a statement that returns no rows.
    pub columns: &'a [&'a str],
    /// The rows, each with one value for every column.
    pub rows: &'a [&'a [SqliteColumnValueRef<'a>]],
    /// How many rows the last INSERT, UPDATE or DELETE of the connection changed: for a statement that changes none,
    /// such as a SELECT, this can be the count of an earlier one.
    pub changes: i64,
    /// The rowid of the last INSERT of the connection. None where `changes` is 0.
    pub last_insert_row_id: Option<i64>,
}
impl Encode for SqliteExecuteResultRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.columns.encoded_len()
            + self.rows.encoded_len()
            + self.last_insert_row_id.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.columns.encode(writer);
        writer = self.rows.encode(writer);
        writer.fields(self.changes);
        self.last_insert_row_id.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteExecuteResultRef<'a> {
    const MIN_SIZE: usize = 11;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, columns) = Decode::decode_from(reader)?;
        let (mut reader, rows) = Decode::decode_from(reader)?;
        let changes = reader.fields()?;
        Decode::decode_in(
            reader,
            place.map(move |last_insert_row_id| Self {
                columns,
                rows,
                changes,
                last_insert_row_id,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a [&'a str] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [&'a [SqliteColumnValueRef<'a>]] as Decode>::verify_from(reader)?;
        reader.skip(8)?;
        <Option<i64> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteExecuteResultRef<'_> {
    type Owned = SqliteExecuteResult;
    #[inline]
    fn into_owned(self) -> SqliteExecuteResult {
        SqliteExecuteResult {
            columns: self.columns.into_owned(),
            rows: self.rows.into_owned(),
            changes: self.changes,
            last_insert_row_id: self.last_insert_row_id,
        }
    }
}
impl Message for SqliteExecuteResult {
    type Ref<'a> = SqliteExecuteResultRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXECUTE_RESULT;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteExecuteResultRef<'l>,
    ) -> &'s SqliteExecuteResultRef<'s> {
        value
    }
}
/// Runs SQL text of any number of statements, without parameters, on the server. Sent by a host that does not run
/// SQL itself.
///
/// Schema: `protocol/v4.bare`, line 339.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteExecRequest {
    /// The namespace of the connection: its name, in spite of the field's own, not its identifier.
    pub namespace_id: Id,
    /// The actor whose database is used.
    pub actor_id: Id,
    /// The generation of the actor that asks. The server refuses one that is not the actor's current one on this host.
    pub generation: SqliteGeneration,
    /// The statements.
    pub sql: String,
}
impl Encode for SqliteExecRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.namespace_id.encoded_len() + self.actor_id.encoded_len() + self.sql.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.namespace_id.encode(writer);
        writer = self.actor_id.encode(writer);
        writer.fields(self.generation);
        self.sql.encode(writer)
    }
}
/// [`SqliteExecRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteExecRequestRef<'a> {
    /// The namespace of the connection: its name, in spite of the field's own, not its identifier.
    pub namespace_id: IdRef<'a>,
    /// The actor whose database is used.
    pub actor_id: IdRef<'a>,
    /// The generation of the actor that asks. The server refuses one that is not the actor's current one on this host.
    pub generation: SqliteGeneration,
    /// The statements.
    pub sql: &'a str,
}
impl Encode for SqliteExecRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.namespace_id.encoded_len() + self.actor_id.encoded_len() + self.sql.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.namespace_id.encode(writer);
        writer = self.actor_id.encode(writer);
        writer.fields(self.generation);
        self.sql.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteExecRequestRef<'a> {
    const MIN_SIZE: usize = 11;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let namespace_id = reader.str()?;
        let actor_id = reader.str()?;
        let generation = reader.fields()?;
        let sql = reader.str()?;
        Ok((
            reader,
            place.put(Self {
                namespace_id,
                actor_id,
                generation,
                sql,
            }),
        ))
    }
}
impl IntoOwned for SqliteExecRequestRef<'_> {
    type Owned = SqliteExecRequest;
    #[inline]
    fn into_owned(self) -> SqliteExecRequest {
        SqliteExecRequest {
            namespace_id: self.namespace_id.into_owned(),
            actor_id: self.actor_id.into_owned(),
            generation: self.generation,
            sql: self.sql.into_owned(),
        }
    }
}
impl Message for SqliteExecRequest {
    type Ref<'a> = SqliteExecRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXEC_REQUEST;
    fn shorten<'s, 'l: 's>(value: &'s SqliteExecRequestRef<'l>) -> &'s SqliteExecRequestRef<'s> {
        value
    }
}
/// Runs one SQL statement, with parameters, on the server. Sent by a host that does not run SQL itself.
///
/// Schema: `protocol/v4.bare`, line 351.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteExecuteRequest {
    /// The namespace of the connection: its name, in spite of the field's own, not its identifier.
    pub namespace_id: Id,
    /// The actor whose database is used.
    pub actor_id: Id,
    /// The generation of the actor that asks. The server refuses one that is not the actor's current one on this host.
    pub generation: SqliteGeneration,
    /// The statement. More than one is an error.
    pub sql: String,
    /// The values of the parameters, from the first. Parameters without a value are NULL; more values than parameters
    /// are an error. A Rivet engine takes up to 128 KiB of them. None is an empty list.
    pub params: Option<Vec<SqliteBindParam>>,
}
impl Encode for SqliteExecuteRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.namespace_id.encoded_len()
            + self.actor_id.encoded_len()
            + self.sql.encoded_len()
            + self.params.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.namespace_id.encode(writer);
        writer = self.actor_id.encode(writer);
        writer.fields(self.generation);
        writer = self.sql.encode(writer);
        self.params.encode(writer)
    }
}
/// [`SqliteExecuteRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteExecuteRequestRef<'a> {
    /// The namespace of the connection: its name, in spite of the field's own, not its identifier.
    pub namespace_id: IdRef<'a>,
    /// The actor whose database is used.
    pub actor_id: IdRef<'a>,
    /// The generation of the actor that asks. The server refuses one that is not the actor's current one on this host.
    pub generation: SqliteGeneration,
    /// The statement. More than one is an error.
    pub sql: &'a str,
    /// The values of the parameters, from the first. Parameters without a value are NULL; more values than parameters
    /// are an error. A Rivet engine takes up to 128 KiB of them. None is an empty list.
    pub params: Option<&'a [SqliteBindParamRef<'a>]>,
}
impl Encode for SqliteExecuteRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.namespace_id.encoded_len()
            + self.actor_id.encoded_len()
            + self.sql.encoded_len()
            + self.params.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.namespace_id.encode(writer);
        writer = self.actor_id.encode(writer);
        writer.fields(self.generation);
        writer = self.sql.encode(writer);
        self.params.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteExecuteRequestRef<'a> {
    const MIN_SIZE: usize = 12;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let namespace_id = reader.str()?;
        let actor_id = reader.str()?;
        let generation = reader.fields()?;
        let sql = reader.str()?;
        Decode::decode_in(
            reader,
            place.map(move |params| Self {
                namespace_id,
                actor_id,
                generation,
                sql,
                params,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <IdRef<'a> as Decode>::verify_from(reader)?;
        let mut reader = <IdRef<'a> as Decode>::verify_from(reader)?;
        reader.skip(8)?;
        let mut reader = <&'a str as Decode>::verify_from(reader)?;
        <Option<&'a [SqliteBindParamRef<'a>]> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteExecuteRequestRef<'_> {
    type Owned = SqliteExecuteRequest;
    #[inline]
    fn into_owned(self) -> SqliteExecuteRequest {
        SqliteExecuteRequest {
            namespace_id: self.namespace_id.into_owned(),
            actor_id: self.actor_id.into_owned(),
            generation: self.generation,
            sql: self.sql.into_owned(),
            params: self.params.into_owned(),
        }
    }
}
impl Message for SqliteExecuteRequest {
    type Ref<'a> = SqliteExecuteRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXECUTE_REQUEST;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteExecuteRequestRef<'l>,
    ) -> &'s SqliteExecuteRequestRef<'s> {
        value
    }
}
/// Answers `SqliteExecRequest`: every statement ran.
///
/// Schema: `protocol/v4.bare`, line 366.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteExecOk {
    /// The rows of the last statement that returned any.
    pub result: SqliteQueryResult,
}
impl Encode for SqliteExecOk {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.result.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.result.encode(writer)
    }
}
/// [`SqliteExecOk`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteExecOkRef<'a> {
    /// The rows of the last statement that returned any.
    pub result: SqliteQueryResultRef<'a>,
}
impl Encode for SqliteExecOkRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.result.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.result.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteExecOkRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        Decode::decode_in(reader, place.map(move |result| Self { result }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        <SqliteQueryResultRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteExecOkRef<'_> {
    type Owned = SqliteExecOk;
    #[inline]
    fn into_owned(self) -> SqliteExecOk {
        SqliteExecOk {
            result: self.result.into_owned(),
        }
    }
}
impl Message for SqliteExecOk {
    type Ref<'a> = SqliteExecOkRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXEC_OK;
    fn shorten<'s, 'l: 's>(value: &'s SqliteExecOkRef<'l>) -> &'s SqliteExecOkRef<'s> {
        value
    }
}
/// Answers `SqliteExecuteRequest`: the statement ran.
///
/// Schema: `protocol/v4.bare`, line 372.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SqliteExecuteOk {
    /// What the statement produced.
    pub result: SqliteExecuteResult,
}
impl Encode for SqliteExecuteOk {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.result.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.result.encode(writer)
    }
}
/// [`SqliteExecuteOk`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteExecuteOkRef<'a> {
    /// What the statement produced.
    pub result: SqliteExecuteResultRef<'a>,
}
impl Encode for SqliteExecuteOkRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.result.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.result.encode(writer)
    }
}
impl<'a> Decode<'a> for SqliteExecuteOkRef<'a> {
    const MIN_SIZE: usize = 11;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        Decode::decode_in(reader, place.map(move |result| Self { result }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        <SqliteExecuteResultRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for SqliteExecuteOkRef<'_> {
    type Owned = SqliteExecuteOk;
    #[inline]
    fn into_owned(self) -> SqliteExecuteOk {
        SqliteExecuteOk {
            result: self.result.into_owned(),
        }
    }
}
impl Message for SqliteExecuteOk {
    type Ref<'a> = SqliteExecuteOkRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXECUTE_OK;
    fn shorten<'s, 'l: 's>(value: &'s SqliteExecuteOkRef<'l>) -> &'s SqliteExecuteOkRef<'s> {
        value
    }
}
/// [`SqliteExecResponse`] in either form: `SqliteExecResponse` owns its data, `SqliteExecResponseRef` borrows.
///
/// What the server answers to a `SqliteExecRequest`.
///
/// Schema: `protocol/v4.bare`, line 378.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteExecResponseOf<SqliteExecOk, Str> {
    /// Tag 0: `SqliteExecOk`.
    SqliteExecOk(SqliteExecOk),
    /// Tag 1: `SqliteErrorResponse`.
    SqliteErrorResponse(SqliteErrorResponseOf<Str>),
}
/// What the server answers to a `SqliteExecRequest`.
///
/// Schema: `protocol/v4.bare`, line 378.
pub type SqliteExecResponse = SqliteExecResponseOf<SqliteExecOk, String>;
/// [`SqliteExecResponse`] in its borrowed form.
pub type SqliteExecResponseRef<'a> = SqliteExecResponseOf<SqliteExecOkRef<'a>, &'a str>;
impl<SqliteExecOk: Encode, Str: Encode> Encode for SqliteExecResponseOf<SqliteExecOk, Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteExecOk(value) => 1 + value.encoded_len(),
            Self::SqliteErrorResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteExecOk(value) => writer.member(0, value),
            Self::SqliteErrorResponse(value) => writer.member(1, value),
        }
    }
}
impl<SqliteExecOk, Str> Lend for SqliteExecResponseOf<SqliteExecOk, Str> {
    type Lent<'v>
        = SqliteExecResponseOf<&'v SqliteExecOk, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteExecResponseOf<&SqliteExecOk, &Str> {
        match self {
            Self::SqliteExecOk(value) => SqliteExecResponseOf::SqliteExecOk(value),
            Self::SqliteErrorResponse(value) => {
                SqliteExecResponseOf::SqliteErrorResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for SqliteExecResponseRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::SqliteExecOk)),
            1 => Decode::decode_in(reader, place.map(Self::SqliteErrorResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <SqliteExecOkRef<'a> as Decode>::verify_from(reader),
            1 => <SqliteErrorResponseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteExecResponseRef<'_> {
    type Owned = SqliteExecResponse;
    #[inline]
    fn into_owned(self) -> SqliteExecResponse {
        match self {
            Self::SqliteExecOk(value) => SqliteExecResponse::SqliteExecOk(value.into_owned()),
            Self::SqliteErrorResponse(value) => {
                SqliteExecResponse::SqliteErrorResponse(value.into_owned())
            }
        }
    }
}
impl Message for SqliteExecResponse {
    type Ref<'a> = SqliteExecResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXEC_RESPONSE;
    fn shorten<'s, 'l: 's>(value: &'s SqliteExecResponseRef<'l>) -> &'s SqliteExecResponseRef<'s> {
        value
    }
}
/// [`SqliteExecuteResponse`] in either form: `SqliteExecuteResponse` owns its data, `SqliteExecuteResponseRef` borrows.
///
/// What the server answers to a `SqliteExecuteRequest`.
///
/// Schema: `protocol/v4.bare`, line 384.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SqliteExecuteResponseOf<SqliteExecuteOk, Str> {
    /// Tag 0: `SqliteExecuteOk`.
    SqliteExecuteOk(SqliteExecuteOk),
    /// Tag 1: `SqliteErrorResponse`.
    SqliteErrorResponse(SqliteErrorResponseOf<Str>),
}
/// What the server answers to a `SqliteExecuteRequest`.
///
/// Schema: `protocol/v4.bare`, line 384.
pub type SqliteExecuteResponse = SqliteExecuteResponseOf<SqliteExecuteOk, String>;
/// [`SqliteExecuteResponse`] in its borrowed form.
pub type SqliteExecuteResponseRef<'a> = SqliteExecuteResponseOf<SqliteExecuteOkRef<'a>, &'a str>;
impl<SqliteExecuteOk: Encode, Str: Encode> Encode
    for SqliteExecuteResponseOf<SqliteExecuteOk, Str>
{
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::SqliteExecuteOk(value) => 1 + value.encoded_len(),
            Self::SqliteErrorResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::SqliteExecuteOk(value) => writer.member(0, value),
            Self::SqliteErrorResponse(value) => writer.member(1, value),
        }
    }
}
impl<SqliteExecuteOk, Str> Lend for SqliteExecuteResponseOf<SqliteExecuteOk, Str> {
    type Lent<'v>
        = SqliteExecuteResponseOf<&'v SqliteExecuteOk, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> SqliteExecuteResponseOf<&SqliteExecuteOk, &Str> {
        match self {
            Self::SqliteExecuteOk(value) => SqliteExecuteResponseOf::SqliteExecuteOk(value),
            Self::SqliteErrorResponse(value) => {
                SqliteExecuteResponseOf::SqliteErrorResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for SqliteExecuteResponseRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::SqliteExecuteOk)),
            1 => Decode::decode_in(reader, place.map(Self::SqliteErrorResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <SqliteExecuteOkRef<'a> as Decode>::verify_from(reader),
            1 => <SqliteErrorResponseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for SqliteExecuteResponseRef<'_> {
    type Owned = SqliteExecuteResponse;
    #[inline]
    fn into_owned(self) -> SqliteExecuteResponse {
        match self {
            Self::SqliteExecuteOk(value) => {
                SqliteExecuteResponse::SqliteExecuteOk(value.into_owned())
            }
            Self::SqliteErrorResponse(value) => {
                SqliteExecuteResponse::SqliteErrorResponse(value.into_owned())
            }
        }
    }
}
impl Message for SqliteExecuteResponse {
    type Ref<'a> = SqliteExecuteResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::SQLITE_EXECUTE_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s SqliteExecuteResponseRef<'l>,
    ) -> &'s SqliteExecuteResponseRef<'s> {
        value
    }
}
/// How an actor's generation ended. Sent by the host in `ActorStateStopped`.
///
/// Schema: `protocol/v4.bare`, line 393.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum StopCode {
    /// As it should. Without an intent or a command before it, the actor counts as finished and is destroyed.
    Ok = 0,
    /// By an error. The actor is put to sleep with that error, and the next request for it starts a new generation,
    /// except where it was being destroyed or moved to another host: that goes on.
    Error = 1,
}
impl Encode for StopCode {
    #[inline]
    fn encoded_len(&self) -> usize {
        1
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.octet(*self as u8);
        writer
    }
}
impl<'a> Decode<'a> for StopCode {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Ok((reader, place.put(Self::Ok))),
            1 => Ok((reader, place.put(Self::Error))),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for StopCode {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for StopCode {
    type Ref<'a> = StopCode;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::STOP_CODE;
    fn shorten<'s, 'l: 's>(value: &'s StopCode) -> &'s StopCode {
        value
    }
}
impl MapKey for StopCode {
    #[inline]
    fn fingerprint(&self) -> u64 {
        (*self as u64).fingerprint()
    }
}
/// What a host says about one kind of actor it can run. The kind's name is the key of the map this is in.
///
/// Schema: `protocol/v4.bare`, line 402.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ActorName {
    /// A JSON object that the server keeps and shows with the name. `{}` if there is nothing to say.
    pub metadata: Json,
}
impl Encode for ActorName {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.metadata.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.metadata.encode(writer)
    }
}
/// [`ActorName`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorNameRef<'a> {
    /// A JSON object that the server keeps and shows with the name. `{}` if there is nothing to say.
    pub metadata: JsonRef<'a>,
}
impl Encode for ActorNameRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.metadata.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.metadata.encode(writer)
    }
}
impl<'a> Decode<'a> for ActorNameRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let metadata = reader.str()?;
        Ok((reader, place.put(Self { metadata })))
    }
}
impl IntoOwned for ActorNameRef<'_> {
    type Owned = ActorName;
    #[inline]
    fn into_owned(self) -> ActorName {
        ActorName {
            metadata: self.metadata.into_owned(),
        }
    }
}
impl Message for ActorName {
    type Ref<'a> = ActorNameRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::ACTOR_NAME;
    fn shorten<'s, 'l: 's>(value: &'s ActorNameRef<'l>) -> &'s ActorNameRef<'s> {
        value
    }
}
/// What an actor is and was created with. Sent by the server with each start.
///
/// Schema: `protocol/v4.bare`, line 408.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ActorConfig {
    /// The kind of actor to run, as known from `ToRivetMetadata`.
    pub name: String,
    /// The key the actor was created under, unique together with the name. None for an actor that has none.
    pub key: Option<String>,
    /// Milliseconds since the Unix epoch. A Rivet engine puts the time of this start here, not that of the creation.
    pub create_ts: i64,
    /// The input the actor was created with, opaque to the server. None if there was none.
    pub input: Option<Vec<u8>>,
}
impl Encode for ActorConfig {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.name.encoded_len() + self.key.encoded_len() + self.input.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.name.encode(writer);
        writer = self.key.encode(writer);
        writer.fields(self.create_ts);
        self.input.encode(writer)
    }
}
/// [`ActorConfig`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorConfigRef<'a> {
    /// The kind of actor to run, as known from `ToRivetMetadata`.
    pub name: &'a str,
    /// The key the actor was created under, unique together with the name. None for an actor that has none.
    pub key: Option<&'a str>,
    /// Milliseconds since the Unix epoch. A Rivet engine puts the time of this start here, not that of the creation.
    pub create_ts: i64,
    /// The input the actor was created with, opaque to the server. None if there was none.
    pub input: Option<&'a [u8]>,
}
impl Encode for ActorConfigRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        8 + self.name.encoded_len() + self.key.encoded_len() + self.input.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.name.encode(writer);
        writer = self.key.encode(writer);
        writer.fields(self.create_ts);
        self.input.encode(writer)
    }
}
impl<'a> Decode<'a> for ActorConfigRef<'a> {
    const MIN_SIZE: usize = 11;
    const PREFETCH: bool = true;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let name = reader.str()?;
        let (mut reader, key) = Decode::decode_from(reader)?;
        let create_ts = reader.fields()?;
        Decode::decode_in(
            reader,
            place.map(move |input| Self {
                name,
                key,
                create_ts,
                input,
            }),
        )
    }
}
impl IntoOwned for ActorConfigRef<'_> {
    type Owned = ActorConfig;
    #[inline]
    fn into_owned(self) -> ActorConfig {
        ActorConfig {
            name: self.name.into_owned(),
            key: self.key.into_owned(),
            create_ts: self.create_ts,
            input: self.input.into_owned(),
        }
    }
}
impl Message for ActorConfig {
    type Ref<'a> = ActorConfigRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::ACTOR_CONFIG;
    fn shorten<'s, 'l: 's>(value: &'s ActorConfigRef<'l>) -> &'s ActorConfigRef<'s> {
        value
    }
}
/// A position in the sequence of commands or of events of one generation of one actor. Commands and events are
/// counted apart from each other.
///
/// Schema: `protocol/v4.bare`, line 421.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ActorCheckpoint {
    /// The actor.
    pub actor_id: Id,
    /// Which start of the actor this belongs to: the server gives each start a number higher by one.
    pub generation: u32,
    /// The position. Commands count from 1 (from 0 where a serverless host was sent its start over HTTP), events from
    /// 0, both in steps of one. The receiver ignores an index that is not above the last one it has seen for this
    /// actor and generation, also after a reconnect, because what was not acknowledged is sent again.
    pub index: i64,
}
impl Encode for ActorCheckpoint {
    #[inline]
    fn encoded_len(&self) -> usize {
        12 + self.actor_id.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer.fields((self.generation, self.index));
        writer
    }
}
/// [`ActorCheckpoint`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorCheckpointRef<'a> {
    /// The actor.
    pub actor_id: IdRef<'a>,
    /// Which start of the actor this belongs to: the server gives each start a number higher by one.
    pub generation: u32,
    /// The position. Commands count from 1 (from 0 where a serverless host was sent its start over HTTP), events from
    /// 0, both in steps of one. The receiver ignores an index that is not above the last one it has seen for this
    /// actor and generation, also after a reconnect, because what was not acknowledged is sent again.
    pub index: i64,
}
impl Encode for ActorCheckpointRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        12 + self.actor_id.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer.fields((self.generation, self.index));
        writer
    }
}
impl<'a> Decode<'a> for ActorCheckpointRef<'a> {
    const MIN_SIZE: usize = 13;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let actor_id = reader.str()?;
        let (generation, index) = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                actor_id,
                generation,
                index,
            }),
        ))
    }
}
impl IntoOwned for ActorCheckpointRef<'_> {
    type Owned = ActorCheckpoint;
    #[inline]
    fn into_owned(self) -> ActorCheckpoint {
        ActorCheckpoint {
            actor_id: self.actor_id.into_owned(),
            generation: self.generation,
            index: self.index,
        }
    }
}
impl Message for ActorCheckpoint {
    type Ref<'a> = ActorCheckpointRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::ACTOR_CHECKPOINT;
    fn shorten<'s, 'l: 's>(value: &'s ActorCheckpointRef<'l>) -> &'s ActorCheckpointRef<'s> {
        value
    }
}
/// The actor would like to sleep: it has nothing to do, and keeps its data and its alarm.
///
/// Schema: `protocol/v4.bare`, line 433.
pub type ActorIntentSleep = ();
/// The actor would like to end, and be destroyed.
///
/// Schema: `protocol/v4.bare`, line 436.
pub type ActorIntentStop = ();
/// What an actor asks the server to let it do. The server answers with `CommandStopActor`; until then it runs on.
///
/// Schema: `protocol/v4.bare`, line 439.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ActorIntent {
    /// Tag 0: `ActorIntentSleep`.
    ActorIntentSleep,
    /// Tag 1: `ActorIntentStop`.
    ActorIntentStop,
}
impl Encode for ActorIntent {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ActorIntentSleep => 1,
            Self::ActorIntentStop => 1,
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ActorIntentSleep => {
                writer.octet(0);
                writer
            }
            Self::ActorIntentStop => {
                writer.octet(1);
                writer
            }
        }
    }
}
impl<'a> Decode<'a> for ActorIntent {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Ok((reader, place.put(Self::ActorIntentSleep))),
            1 => Ok((reader, place.put(Self::ActorIntentStop))),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ActorIntent {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ActorIntent {
    type Ref<'a> = ActorIntent;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::ACTOR_INTENT;
    fn shorten<'s, 'l: 's>(value: &'s ActorIntent) -> &'s ActorIntent {
        value
    }
}
/// The actor has started and takes requests. The server waits a bounded time for this: 30 s on a Rivet engine.
///
/// Schema: `protocol/v4.bare`, line 445.
pub type ActorStateRunning = ();
/// The actor's generation has ended; nothing follows for it.
///
/// Schema: `protocol/v4.bare`, line 448.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ActorStateStopped {
    /// How it ended.
    pub code: StopCode,
    /// Why, for people; mostly with `StopCode` `ERROR`. The server keeps it as the actor's error.
    pub message: Option<String>,
}
impl Encode for ActorStateStopped {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.code.encoded_len() + self.message.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.code.encode(writer);
        self.message.encode(writer)
    }
}
/// [`ActorStateStopped`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorStateStoppedRef<'a> {
    /// How it ended.
    pub code: StopCode,
    /// Why, for people; mostly with `StopCode` `ERROR`. The server keeps it as the actor's error.
    pub message: Option<&'a str>,
}
impl Encode for ActorStateStoppedRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.code.encoded_len() + self.message.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.code.encode(writer);
        self.message.encode(writer)
    }
}
impl<'a> Decode<'a> for ActorStateStoppedRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, code) = Decode::decode_from(reader)?;
        Decode::decode_in(reader, place.map(move |message| Self { code, message }))
    }
}
impl IntoOwned for ActorStateStoppedRef<'_> {
    type Owned = ActorStateStopped;
    #[inline]
    fn into_owned(self) -> ActorStateStopped {
        ActorStateStopped {
            code: self.code,
            message: self.message.into_owned(),
        }
    }
}
impl Message for ActorStateStopped {
    type Ref<'a> = ActorStateStoppedRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::ACTOR_STATE_STOPPED;
    fn shorten<'s, 'l: 's>(value: &'s ActorStateStoppedRef<'l>) -> &'s ActorStateStoppedRef<'s> {
        value
    }
}
/// A change in the life of an actor's generation.
///
/// Schema: `protocol/v4.bare`, line 456.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ActorState {
    /// Tag 0: `ActorStateRunning`.
    ActorStateRunning,
    /// Tag 1: `ActorStateStopped`.
    ActorStateStopped(ActorStateStopped),
}
impl Encode for ActorState {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ActorStateRunning => 1,
            Self::ActorStateStopped(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ActorStateRunning => {
                writer.octet(0);
                writer
            }
            Self::ActorStateStopped(value) => writer.member(1, value),
        }
    }
}
/// [`ActorState`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorStateRef<'a> {
    /// Tag 0: `ActorStateRunning`.
    ActorStateRunning,
    /// Tag 1: `ActorStateStopped`.
    ActorStateStopped(ActorStateStoppedRef<'a>),
}
impl Encode for ActorStateRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ActorStateRunning => 1,
            Self::ActorStateStopped(value) => 1 + value.encoded_len(),
        }
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ActorStateRunning => {
                writer.octet(0);
                writer
            }
            Self::ActorStateStopped(value) => writer.member(1, value),
        }
    }
}
impl<'a> Decode<'a> for ActorStateRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Ok((reader, place.put(Self::ActorStateRunning))),
            1 => Decode::decode_in(reader, place.map(Self::ActorStateStopped)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ActorStateRef<'_> {
    type Owned = ActorState;
    #[inline]
    fn into_owned(self) -> ActorState {
        match self {
            Self::ActorStateRunning => ActorState::ActorStateRunning,
            Self::ActorStateStopped(value) => ActorState::ActorStateStopped(value.into_owned()),
        }
    }
}
impl Message for ActorState {
    type Ref<'a> = ActorStateRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::ACTOR_STATE;
    fn shorten<'s, 'l: 's>(value: &'s ActorStateRef<'l>) -> &'s ActorStateRef<'s> {
        value
    }
}
/// An actor asks to sleep or to end. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 465.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EventActorIntent {
    /// What it asks for.
    pub intent: ActorIntent,
}
impl Encode for EventActorIntent {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.intent.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.intent.encode(writer)
    }
}
impl<'a> Decode<'a> for EventActorIntent {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        Decode::decode_in(reader, place.map(move |intent| Self { intent }))
    }
}
impl IntoOwned for EventActorIntent {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for EventActorIntent {
    type Ref<'a> = EventActorIntent;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::EVENT_ACTOR_INTENT;
    fn shorten<'s, 'l: 's>(value: &'s EventActorIntent) -> &'s EventActorIntent {
        value
    }
}
/// An actor has started or ended. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 471.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EventActorStateUpdate {
    /// What it has become.
    pub state: ActorState,
}
impl Encode for EventActorStateUpdate {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.state.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.state.encode(writer)
    }
}
/// [`EventActorStateUpdate`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventActorStateUpdateRef<'a> {
    /// What it has become.
    pub state: ActorStateRef<'a>,
}
impl Encode for EventActorStateUpdateRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.state.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.state.encode(writer)
    }
}
impl<'a> Decode<'a> for EventActorStateUpdateRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        Decode::decode_in(reader, place.map(move |state| Self { state }))
    }
}
impl IntoOwned for EventActorStateUpdateRef<'_> {
    type Owned = EventActorStateUpdate;
    #[inline]
    fn into_owned(self) -> EventActorStateUpdate {
        EventActorStateUpdate {
            state: self.state.into_owned(),
        }
    }
}
impl Message for EventActorStateUpdate {
    type Ref<'a> = EventActorStateUpdateRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::EVENT_ACTOR_STATE_UPDATE;
    fn shorten<'s, 'l: 's>(
        value: &'s EventActorStateUpdateRef<'l>,
    ) -> &'s EventActorStateUpdateRef<'s> {
        value
    }
}
/// An actor sets, moves or clears its only alarm. At the alarm the server wakes the actor if it sleeps. Sent by the
/// host.
///
/// Schema: `protocol/v4.bare`, line 478.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EventActorSetAlarm {
    /// When: milliseconds since the Unix epoch. Replaces the alarm that was set. None clears it.
    pub alarm_ts: Option<i64>,
}
impl Encode for EventActorSetAlarm {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.alarm_ts.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.alarm_ts.encode(writer)
    }
}
impl<'a> Decode<'a> for EventActorSetAlarm {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        Decode::decode_in(reader, place.map(move |alarm_ts| Self { alarm_ts }))
    }
}
impl IntoOwned for EventActorSetAlarm {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for EventActorSetAlarm {
    type Ref<'a> = EventActorSetAlarm;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::EVENT_ACTOR_SET_ALARM;
    fn shorten<'s, 'l: 's>(value: &'s EventActorSetAlarm) -> &'s EventActorSetAlarm {
        value
    }
}
/// Something that an actor did and the server has to know.
///
/// Schema: `protocol/v4.bare`, line 484.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Event {
    /// Tag 0: `EventActorIntent`.
    EventActorIntent(EventActorIntent),
    /// Tag 1: `EventActorStateUpdate`.
    EventActorStateUpdate(EventActorStateUpdate),
    /// Tag 2: `EventActorSetAlarm`.
    EventActorSetAlarm(EventActorSetAlarm),
}
impl Encode for Event {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::EventActorIntent(value) => 1 + value.encoded_len(),
            Self::EventActorStateUpdate(value) => 1 + value.encoded_len(),
            Self::EventActorSetAlarm(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::EventActorIntent(value) => writer.member(0, value),
            Self::EventActorStateUpdate(value) => writer.member(1, value),
            Self::EventActorSetAlarm(value) => writer.member(2, value),
        }
    }
}
/// [`Event`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventRef<'a> {
    /// Tag 0: `EventActorIntent`.
    EventActorIntent(EventActorIntent),
    /// Tag 1: `EventActorStateUpdate`.
    EventActorStateUpdate(EventActorStateUpdateRef<'a>),
    /// Tag 2: `EventActorSetAlarm`.
    EventActorSetAlarm(EventActorSetAlarm),
}
impl Encode for EventRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::EventActorIntent(value) => 1 + value.encoded_len(),
            Self::EventActorStateUpdate(value) => 1 + value.encoded_len(),
            Self::EventActorSetAlarm(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::EventActorIntent(value) => writer.member(0, value),
            Self::EventActorStateUpdate(value) => writer.member(1, value),
            Self::EventActorSetAlarm(value) => writer.member(2, value),
        }
    }
}
impl<'a> Decode<'a> for EventRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::EventActorIntent)),
            1 => Decode::decode_in(reader, place.map(Self::EventActorStateUpdate)),
            2 => Decode::decode_in(reader, place.map(Self::EventActorSetAlarm)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for EventRef<'_> {
    type Owned = Event;
    #[inline]
    fn into_owned(self) -> Event {
        match self {
            Self::EventActorIntent(value) => Event::EventActorIntent(value.into_owned()),
            Self::EventActorStateUpdate(value) => Event::EventActorStateUpdate(value.into_owned()),
            Self::EventActorSetAlarm(value) => Event::EventActorSetAlarm(value.into_owned()),
        }
    }
}
impl Message for Event {
    type Ref<'a> = EventRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::EVENT;
    fn shorten<'s, 'l: 's>(value: &'s EventRef<'l>) -> &'s EventRef<'s> {
        value
    }
}
/// An event with its place in its actor's sequence. A host keeps it until `ToEnvoyAckEvents` covers it, and sends it
/// again, with the same checkpoint, after each `ToEnvoyInit` before that.
///
/// Schema: `protocol/v4.bare`, line 492.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EventWrapper {
    /// Whose event it is, and which.
    pub checkpoint: ActorCheckpoint,
    /// The event.
    pub inner: Event,
}
impl Encode for EventWrapper {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.checkpoint.encoded_len() + self.inner.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.checkpoint.encode(writer);
        self.inner.encode(writer)
    }
}
/// [`EventWrapper`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventWrapperRef<'a> {
    /// Whose event it is, and which.
    pub checkpoint: ActorCheckpointRef<'a>,
    /// The event.
    pub inner: EventRef<'a>,
}
impl Encode for EventWrapperRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.checkpoint.encoded_len() + self.inner.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.checkpoint.encode(writer);
        self.inner.encode(writer)
    }
}
impl<'a> Decode<'a> for EventWrapperRef<'a> {
    const MIN_SIZE: usize = 15;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, checkpoint) = Decode::decode_from(reader)?;
        Decode::decode_in(reader, place.map(move |inner| Self { checkpoint, inner }))
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
impl IntoOwned for EventWrapperRef<'_> {
    type Owned = EventWrapper;
    #[inline]
    fn into_owned(self) -> EventWrapper {
        EventWrapper {
            checkpoint: self.checkpoint.into_owned(),
            inner: self.inner.into_owned(),
        }
    }
}
impl Message for EventWrapper {
    type Ref<'a> = EventWrapperRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::EVENT_WRAPPER;
    fn shorten<'s, 'l: 's>(value: &'s EventWrapperRef<'l>) -> &'s EventWrapperRef<'s> {
        value
    }
}
/// A stored entry that the server sends along with a start.
///
/// Schema: `protocol/v4.bare`, line 503.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PreloadedKvEntry {
    /// The key.
    pub key: KvKey,
    /// The value stored under it.
    pub value: KvValue,
    /// The value's metadata.
    pub metadata: KvMetadata,
}
impl Encode for PreloadedKvEntry {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.key.encoded_len() + self.value.encoded_len() + self.metadata.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.key.encode(writer);
        writer = self.value.encode(writer);
        self.metadata.encode(writer)
    }
}
/// [`PreloadedKvEntry`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreloadedKvEntryRef<'a> {
    /// The key.
    pub key: KvKeyRef<'a>,
    /// The value stored under it.
    pub value: KvValueRef<'a>,
    /// The value's metadata.
    pub metadata: KvMetadataRef<'a>,
}
impl Encode for PreloadedKvEntryRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.key.encoded_len() + self.value.encoded_len() + self.metadata.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.key.encode(writer);
        writer = self.value.encode(writer);
        self.metadata.encode(writer)
    }
}
impl<'a> Decode<'a> for PreloadedKvEntryRef<'a> {
    const MIN_SIZE: usize = 11;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let key = reader.data()?;
        let value = reader.data()?;
        Decode::decode_in(
            reader,
            place.map(move |metadata| Self {
                key,
                value,
                metadata,
            }),
        )
    }
}
impl IntoOwned for PreloadedKvEntryRef<'_> {
    type Owned = PreloadedKvEntry;
    #[inline]
    fn into_owned(self) -> PreloadedKvEntry {
        PreloadedKvEntry {
            key: self.key.into_owned(),
            value: self.value.into_owned(),
            metadata: self.metadata.into_owned(),
        }
    }
}
impl Message for PreloadedKvEntry {
    type Ref<'a> = PreloadedKvEntryRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::PRELOADED_KV_ENTRY;
    fn shorten<'s, 'l: 's>(value: &'s PreloadedKvEntryRef<'l>) -> &'s PreloadedKvEntryRef<'s> {
        value
    }
}
/// Parts of an actor's key-value store, read by the server ahead of the start, so that the host need not ask for them.
///
/// Schema: `protocol/v4.bare`, line 513.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PreloadedKv {
    /// What was found.
    pub entries: Vec<PreloadedKvEntry>,
    /// The single keys that were looked up. One that is not among the entries did not exist.
    pub requested_get_keys: Vec<KvKey>,
    /// The prefixes that were listed. Nothing says that a listing is complete, so what is missing must be asked for.
    pub requested_prefixes: Vec<KvKey>,
}
impl Encode for PreloadedKv {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.entries.encoded_len()
            + self.requested_get_keys.encoded_len()
            + self.requested_prefixes.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.entries.encode(writer);
        writer = self.requested_get_keys.encode(writer);
        self.requested_prefixes.encode(writer)
    }
}
/// [`PreloadedKv`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreloadedKvRef<'a> {
    /// What was found.
    pub entries: &'a [PreloadedKvEntryRef<'a>],
    /// The single keys that were looked up. One that is not among the entries did not exist.
    pub requested_get_keys: &'a [KvKeyRef<'a>],
    /// The prefixes that were listed. Nothing says that a listing is complete, so what is missing must be asked for.
    pub requested_prefixes: &'a [KvKeyRef<'a>],
}
impl Encode for PreloadedKvRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.entries.encoded_len()
            + self.requested_get_keys.encoded_len()
            + self.requested_prefixes.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.entries.encode(writer);
        writer = self.requested_get_keys.encode(writer);
        self.requested_prefixes.encode(writer)
    }
}
impl<'a> Decode<'a> for PreloadedKvRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, entries) = Decode::decode_from(reader)?;
        let (mut reader, requested_get_keys) = Decode::decode_from(reader)?;
        let (mut reader, requested_prefixes) = Decode::decode_from(reader)?;
        Ok((
            reader,
            place.put(Self {
                entries,
                requested_get_keys,
                requested_prefixes,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <&'a [PreloadedKvEntryRef<'a>] as Decode>::verify_from(reader)?;
        let mut reader = <&'a [KvKeyRef<'a>] as Decode>::verify_from(reader)?;
        <&'a [KvKeyRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for PreloadedKvRef<'_> {
    type Owned = PreloadedKv;
    #[inline]
    fn into_owned(self) -> PreloadedKv {
        PreloadedKv {
            entries: self.entries.into_owned(),
            requested_get_keys: self.requested_get_keys.into_owned(),
            requested_prefixes: self.requested_prefixes.into_owned(),
        }
    }
}
impl Message for PreloadedKv {
    type Ref<'a> = PreloadedKvRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::PRELOADED_KV;
    fn shorten<'s, 'l: 's>(value: &'s PreloadedKvRef<'l>) -> &'s PreloadedKvRef<'s> {
        value
    }
}
/// A WebSocket whose client the gateway has kept connected while the actor slept.
///
/// Schema: `protocol/v4.bare`, line 523.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HibernatingRequest {
    /// The gateway that holds the client.
    pub gateway_id: GatewayId,
    /// The WebSocket, under the id it was opened with.
    pub request_id: RequestId,
}
impl Encode for HibernatingRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        8
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields((self.gateway_id, self.request_id));
        writer
    }
}
impl<'a> Decode<'a> for HibernatingRequest {
    const MIN_SIZE: usize = 8;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (gateway_id, request_id) = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                gateway_id,
                request_id,
            }),
        ))
    }
}
impl IntoOwned for HibernatingRequest {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for HibernatingRequest {
    type Ref<'a> = HibernatingRequest;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::HIBERNATING_REQUEST;
    fn shorten<'s, 'l: 's>(value: &'s HibernatingRequest) -> &'s HibernatingRequest {
        value
    }
}
/// Start a new generation of an actor, the one in the checkpoint. Sent by the server; the host answers with
/// `ActorStateRunning` or `ActorStateStopped`.
///
/// Schema: `protocol/v4.bare`, line 532.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CommandStartActor {
    /// What to start.
    pub config: ActorConfig,
    /// Each WebSocket to attach to the actor again, without a new open. Some may be closed by now. Filled in when the
    /// command is sent: in a stored command the list is empty.
    pub hibernating_requests: Vec<HibernatingRequest>,
    /// Entries of the actor's key-value store read ahead. None if nothing was preloaded, which is always so on a Rivet
    /// engine for hosts that connect by WebSocket.
    pub preloaded_kv: Option<PreloadedKv>,
}
impl Encode for CommandStartActor {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.config.encoded_len()
            + self.hibernating_requests.encoded_len()
            + self.preloaded_kv.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.config.encode(writer);
        writer = self.hibernating_requests.encode(writer);
        self.preloaded_kv.encode(writer)
    }
}
/// [`CommandStartActor`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandStartActorRef<'a> {
    /// What to start.
    pub config: ActorConfigRef<'a>,
    /// Each WebSocket to attach to the actor again, without a new open. Some may be closed by now. Filled in when the
    /// command is sent: in a stored command the list is empty.
    pub hibernating_requests: &'a [HibernatingRequest],
    /// Entries of the actor's key-value store read ahead. None if nothing was preloaded, which is always so on a Rivet
    /// engine for hosts that connect by WebSocket.
    pub preloaded_kv: Option<PreloadedKvRef<'a>>,
}
impl Encode for CommandStartActorRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.config.encoded_len()
            + self.hibernating_requests.encoded_len()
            + self.preloaded_kv.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.config.encode(writer);
        writer = self.hibernating_requests.encode(writer);
        self.preloaded_kv.encode(writer)
    }
}
impl<'a> Decode<'a> for CommandStartActorRef<'a> {
    const MIN_SIZE: usize = 13;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, config) = Decode::decode_from(reader)?;
        let (mut reader, hibernating_requests) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |preloaded_kv| Self {
                config,
                hibernating_requests,
                preloaded_kv,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <ActorConfigRef<'a> as Decode>::verify_from(reader)?;
        let mut reader = <&'a [HibernatingRequest] as Decode>::verify_from(reader)?;
        <Option<PreloadedKvRef<'a>> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for CommandStartActorRef<'_> {
    type Owned = CommandStartActor;
    #[inline]
    fn into_owned(self) -> CommandStartActor {
        CommandStartActor {
            config: self.config.into_owned(),
            hibernating_requests: self.hibernating_requests.into_owned(),
            preloaded_kv: self.preloaded_kv.into_owned(),
        }
    }
}
impl Message for CommandStartActor {
    type Ref<'a> = CommandStartActorRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::COMMAND_START_ACTOR;
    fn shorten<'s, 'l: 's>(value: &'s CommandStartActorRef<'l>) -> &'s CommandStartActorRef<'s> {
        value
    }
}
/// Why the server stops an actor's generation.
///
/// Schema: `protocol/v4.bare`, line 544.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum StopActorReason {
    /// The actor asked to sleep, or somebody asked it to. It can be woken.
    SleepIntent = 0,
    /// The actor asked to end. After a clean stop it is destroyed.
    StopIntent = 1,
    /// The actor is destroyed.
    Destroy = 2,
    /// The host said that it stops. The actor is started again on another host.
    GoingAway = 3,
    /// The server has given this generation up: it had no sign of life from the host for too long, or has refused the
    /// generation's requests. The actor may already run elsewhere, so nothing more may be written for this generation.
    Lost = 4,
}
impl Encode for StopActorReason {
    #[inline]
    fn encoded_len(&self) -> usize {
        1
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.octet(*self as u8);
        writer
    }
}
impl<'a> Decode<'a> for StopActorReason {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Ok((reader, place.put(Self::SleepIntent))),
            1 => Ok((reader, place.put(Self::StopIntent))),
            2 => Ok((reader, place.put(Self::Destroy))),
            3 => Ok((reader, place.put(Self::GoingAway))),
            4 => Ok((reader, place.put(Self::Lost))),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for StopActorReason {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for StopActorReason {
    type Ref<'a> = StopActorReason;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::STOP_ACTOR_REASON;
    fn shorten<'s, 'l: 's>(value: &'s StopActorReason) -> &'s StopActorReason {
        value
    }
}
impl MapKey for StopActorReason {
    #[inline]
    fn fingerprint(&self) -> u64 {
        (*self as u64).fingerprint()
    }
}
/// Stop the generation in the checkpoint. Sent by the server; the host answers with `ActorStateStopped`.
///
/// Schema: `protocol/v4.bare`, line 559.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CommandStopActor {
    /// Why.
    pub reason: StopActorReason,
}
impl Encode for CommandStopActor {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.reason.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.reason.encode(writer)
    }
}
impl<'a> Decode<'a> for CommandStopActor {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        Decode::decode_in(reader, place.map(move |reason| Self { reason }))
    }
}
impl IntoOwned for CommandStopActor {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for CommandStopActor {
    type Ref<'a> = CommandStopActor;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::COMMAND_STOP_ACTOR;
    fn shorten<'s, 'l: 's>(value: &'s CommandStopActor) -> &'s CommandStopActor {
        value
    }
}
/// What the server wants of a host.
///
/// Schema: `protocol/v4.bare`, line 565.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Command {
    /// Tag 0: `CommandStartActor`.
    CommandStartActor(CommandStartActor),
    /// Tag 1: `CommandStopActor`.
    CommandStopActor(CommandStopActor),
}
impl Encode for Command {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::CommandStartActor(value) => 1 + value.encoded_len(),
            Self::CommandStopActor(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::CommandStartActor(value) => writer.member(0, value),
            Self::CommandStopActor(value) => writer.member(1, value),
        }
    }
}
/// [`Command`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandRef<'a> {
    /// Tag 0: `CommandStartActor`.
    CommandStartActor(CommandStartActorRef<'a>),
    /// Tag 1: `CommandStopActor`.
    CommandStopActor(CommandStopActor),
}
impl Encode for CommandRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::CommandStartActor(value) => 1 + value.encoded_len(),
            Self::CommandStopActor(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::CommandStartActor(value) => writer.member(0, value),
            Self::CommandStopActor(value) => writer.member(1, value),
        }
    }
}
impl<'a> Decode<'a> for CommandRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::CommandStartActor)),
            1 => Decode::decode_in(reader, place.map(Self::CommandStopActor)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <CommandStartActorRef<'a> as Decode>::verify_from(reader),
            1 => <CommandStopActor as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for CommandRef<'_> {
    type Owned = Command;
    #[inline]
    fn into_owned(self) -> Command {
        match self {
            Self::CommandStartActor(value) => Command::CommandStartActor(value.into_owned()),
            Self::CommandStopActor(value) => Command::CommandStopActor(value.into_owned()),
        }
    }
}
impl Message for Command {
    type Ref<'a> = CommandRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::COMMAND;
    fn shorten<'s, 'l: 's>(value: &'s CommandRef<'l>) -> &'s CommandRef<'s> {
        value
    }
}
/// A command with its place in its actor's sequence. The server keeps it until `ToRivetAckCommands` covers it, and
/// sends it again, with the same checkpoint, whenever the host connects before that.
///
/// Schema: `protocol/v4.bare`, line 572.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CommandWrapper {
    /// Whose command it is, and which.
    pub checkpoint: ActorCheckpoint,
    /// The command.
    pub inner: Command,
}
impl Encode for CommandWrapper {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.checkpoint.encoded_len() + self.inner.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.checkpoint.encode(writer);
        self.inner.encode(writer)
    }
}
/// [`CommandWrapper`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandWrapperRef<'a> {
    /// Whose command it is, and which.
    pub checkpoint: ActorCheckpointRef<'a>,
    /// The command.
    pub inner: CommandRef<'a>,
}
impl Encode for CommandWrapperRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.checkpoint.encoded_len() + self.inner.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.checkpoint.encode(writer);
        self.inner.encode(writer)
    }
}
impl<'a> Decode<'a> for CommandWrapperRef<'a> {
    const MIN_SIZE: usize = 15;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, checkpoint) = Decode::decode_from(reader)?;
        Decode::decode_in(reader, place.map(move |inner| Self { checkpoint, inner }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <ActorCheckpointRef<'a> as Decode>::verify_from(reader)?;
        <CommandRef<'a> as Decode>::verify_from(reader)
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
impl IntoOwned for CommandWrapperRef<'_> {
    type Owned = CommandWrapper;
    #[inline]
    fn into_owned(self) -> CommandWrapper {
        CommandWrapper {
            checkpoint: self.checkpoint.into_owned(),
            inner: self.inner.into_owned(),
        }
    }
}
impl Message for CommandWrapper {
    type Ref<'a> = CommandWrapperRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::COMMAND_WRAPPER;
    fn shorten<'s, 'l: 's>(value: &'s CommandWrapperRef<'l>) -> &'s CommandWrapperRef<'s> {
        value
    }
}
/// [`ActorCommandKeyData`] in either form: `ActorCommandKeyData` owns its data, `ActorCommandKeyDataRef` borrows.
///
/// A root: a command as the server stores it until it is acknowledged, with the version embedded in front. Actor,
/// generation and index are in the key that it is stored under.
///
/// Schema: `protocol/v4.bare`, line 581.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ActorCommandKeyDataOf<CommandStartActor> {
    /// Tag 0: `CommandStartActor`.
    CommandStartActor(CommandStartActor),
    /// Tag 1: `CommandStopActor`.
    CommandStopActor(CommandStopActor),
}
/// A root: a command as the server stores it until it is acknowledged, with the version embedded in front. Actor,
/// generation and index are in the key that it is stored under.
///
/// Schema: `protocol/v4.bare`, line 581.
pub type ActorCommandKeyData = ActorCommandKeyDataOf<CommandStartActor>;
/// [`ActorCommandKeyData`] in its borrowed form.
pub type ActorCommandKeyDataRef<'a> = ActorCommandKeyDataOf<CommandStartActorRef<'a>>;
impl<CommandStartActor: Encode> Encode for ActorCommandKeyDataOf<CommandStartActor> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::CommandStartActor(value) => 1 + value.encoded_len(),
            Self::CommandStopActor(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::CommandStartActor(value) => writer.member(0, value),
            Self::CommandStopActor(value) => writer.member(1, value),
        }
    }
}
impl<CommandStartActor> Lend for ActorCommandKeyDataOf<CommandStartActor> {
    type Lent<'v>
        = ActorCommandKeyDataOf<&'v CommandStartActor>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ActorCommandKeyDataOf<&CommandStartActor> {
        match self {
            Self::CommandStartActor(value) => ActorCommandKeyDataOf::CommandStartActor(value),
            Self::CommandStopActor(value) => ActorCommandKeyDataOf::CommandStopActor(*value),
        }
    }
}
impl<'a> Decode<'a> for ActorCommandKeyDataRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::CommandStartActor)),
            1 => Decode::decode_in(reader, place.map(Self::CommandStopActor)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <CommandStartActorRef<'a> as Decode>::verify_from(reader),
            1 => <CommandStopActor as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ActorCommandKeyDataRef<'_> {
    type Owned = ActorCommandKeyData;
    #[inline]
    fn into_owned(self) -> ActorCommandKeyData {
        match self {
            Self::CommandStartActor(value) => {
                ActorCommandKeyData::CommandStartActor(value.into_owned())
            }
            Self::CommandStopActor(value) => {
                ActorCommandKeyData::CommandStopActor(value.into_owned())
            }
        }
    }
}
impl Message for ActorCommandKeyData {
    type Ref<'a> = ActorCommandKeyDataRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::ACTOR_COMMAND_KEY_DATA;
    fn shorten<'s, 'l: 's>(
        value: &'s ActorCommandKeyDataRef<'l>,
    ) -> &'s ActorCommandKeyDataRef<'s> {
        value
    }
}
/// Says which tunnelled request or WebSocket a message belongs to, and where in it.
///
/// Schema: `protocol/v4.bare`, line 590.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MessageId {
    /// The gateway that holds the client.
    pub gateway_id: GatewayId,
    /// The request or WebSocket.
    pub request_id: RequestId,
    /// The position of the message in its direction. What the gateway sends has no gaps: a host finds lost and repeated
    /// messages of a WebSocket that can hibernate by it. What a host sends is not checked by the gateway.
    pub message_index: MessageIndex,
}
impl Encode for MessageId {
    #[inline]
    fn encoded_len(&self) -> usize {
        10
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields((self.gateway_id, self.request_id, self.message_index));
        writer
    }
}
impl<'a> Decode<'a> for MessageId {
    const MIN_SIZE: usize = 10;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (gateway_id, request_id, message_index) = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                gateway_id,
                request_id,
                message_index,
            }),
        ))
    }
}
impl IntoOwned for MessageId {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for MessageId {
    type Ref<'a> = MessageId;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::MESSAGE_ID;
    fn shorten<'s, 'l: 's>(value: &'s MessageId) -> &'s MessageId {
        value
    }
}
/// A client's HTTP request for an actor. Sent by the server with message index 0. The host answers with
/// `ToRivetResponseStart` or `ToRivetResponseAbort`. While the gateway has no answer, the same request can come again
/// under the same ids: after its actor was started anew, or after an abort by the host.
///
/// Schema: `protocol/v4.bare`, line 603.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyRequestStart {
    /// The actor that the request is for.
    pub actor_id: Id,
    /// The HTTP method: `GET`, say.
    pub method: String,
    /// The path and query, from the leading slash, as the actor sees them.
    pub path: String,
    /// The headers. Names are in lower case; the values of a repeated header are joined by a comma and a space.
    pub headers: Map<String, String>,
    /// The body, or its beginning if `stream` is set. None if it is empty.
    pub body: Option<Vec<u8>>,
    /// True if `ToEnvoyRequestChunk` follow with the rest of the body. A Rivet engine sends all of it at once.
    pub stream: bool,
}
impl Encode for ToEnvoyRequestStart {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.actor_id.encoded_len()
            + self.method.encoded_len()
            + self.path.encoded_len()
            + self.headers.encoded_len()
            + self.body.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer = self.method.encode(writer);
        writer = self.path.encode(writer);
        writer = self.headers.encode(writer);
        writer = self.body.encode(writer);
        writer.fields(self.stream);
        writer
    }
}
/// [`ToEnvoyRequestStart`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToEnvoyRequestStartRef<'a> {
    /// The actor that the request is for.
    pub actor_id: IdRef<'a>,
    /// The HTTP method: `GET`, say.
    pub method: &'a str,
    /// The path and query, from the leading slash, as the actor sees them.
    pub path: &'a str,
    /// The headers. Names are in lower case; the values of a repeated header are joined by a comma and a space.
    pub headers: MapRef<'a, &'a str, &'a str>,
    /// The body, or its beginning if `stream` is set. None if it is empty.
    pub body: Option<&'a [u8]>,
    /// True if `ToEnvoyRequestChunk` follow with the rest of the body. A Rivet engine sends all of it at once.
    pub stream: bool,
}
impl Encode for ToEnvoyRequestStartRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.actor_id.encoded_len()
            + self.method.encoded_len()
            + self.path.encoded_len()
            + self.headers.encoded_len()
            + self.body.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer = self.method.encode(writer);
        writer = self.path.encode(writer);
        writer = self.headers.encode(writer);
        writer = self.body.encode(writer);
        writer.fields(self.stream);
        writer
    }
}
impl<'a> Decode<'a> for ToEnvoyRequestStartRef<'a> {
    const MIN_SIZE: usize = 6;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let actor_id = reader.str()?;
        let method = reader.str()?;
        let path = reader.str()?;
        let (mut reader, headers) = Decode::decode_from(reader)?;
        let (mut reader, body) = Decode::decode_from(reader)?;
        let stream = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                actor_id,
                method,
                path,
                headers,
                body,
                stream,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <IdRef<'a> as Decode>::verify_from(reader)?;
        let mut reader = <&'a str as Decode>::verify_from(reader)?;
        let mut reader = <&'a str as Decode>::verify_from(reader)?;
        let mut reader = <MapRef<'a, &'a str, &'a str> as Decode>::verify_from(reader)?;
        let mut reader = <Option<&'a [u8]> as Decode>::verify_from(reader)?;
        reader.fields::<bool>()?;
        Ok(reader)
    }
}
impl IntoOwned for ToEnvoyRequestStartRef<'_> {
    type Owned = ToEnvoyRequestStart;
    #[inline]
    fn into_owned(self) -> ToEnvoyRequestStart {
        ToEnvoyRequestStart {
            actor_id: self.actor_id.into_owned(),
            method: self.method.into_owned(),
            path: self.path.into_owned(),
            headers: self.headers.into_owned(),
            body: self.body.into_owned(),
            stream: self.stream,
        }
    }
}
impl Message for ToEnvoyRequestStart {
    type Ref<'a> = ToEnvoyRequestStartRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_REQUEST_START;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoyRequestStartRef<'l>,
    ) -> &'s ToEnvoyRequestStartRef<'s> {
        value
    }
}
/// A further part of the body of a request that said `stream`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 619.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyRequestChunk {
    /// The next octets of the body.
    pub body: Vec<u8>,
    /// True on the last part.
    pub finish: bool,
}
impl Encode for ToEnvoyRequestChunk {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.body.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.body.encode(writer);
        writer.fields(self.finish);
        writer
    }
}
/// [`ToEnvoyRequestChunk`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToEnvoyRequestChunkRef<'a> {
    /// The next octets of the body.
    pub body: &'a [u8],
    /// True on the last part.
    pub finish: bool,
}
impl Encode for ToEnvoyRequestChunkRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.body.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.body.encode(writer);
        writer.fields(self.finish);
        writer
    }
}
impl<'a> Decode<'a> for ToEnvoyRequestChunkRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let body = reader.data()?;
        let finish = reader.fields()?;
        Ok((reader, place.put(Self { body, finish })))
    }
}
impl IntoOwned for ToEnvoyRequestChunkRef<'_> {
    type Owned = ToEnvoyRequestChunk;
    #[inline]
    fn into_owned(self) -> ToEnvoyRequestChunk {
        ToEnvoyRequestChunk {
            body: self.body.into_owned(),
            finish: self.finish,
        }
    }
}
impl Message for ToEnvoyRequestChunk {
    type Ref<'a> = ToEnvoyRequestChunkRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_REQUEST_CHUNK;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoyRequestChunkRef<'l>,
    ) -> &'s ToEnvoyRequestChunkRef<'s> {
        value
    }
}
/// The client is gone, or the gateway has given up: the host drops the request and sends no more for it. Sent by the
/// server.
///
/// Schema: `protocol/v4.bare`, line 628.
pub type ToEnvoyRequestAbort = ();
/// Answers `ToEnvoyRequestStart`. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 631.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetResponseStart {
    /// The HTTP status code.
    pub status: u16,
    /// The headers. A `content-length` that does not match the body leaves the client waiting.
    pub headers: Map<String, String>,
    /// The body, or its beginning if `stream` is set. At most `ProtocolMetadata.maxResponsePayloadSize` octets. None if
    /// it is empty.
    pub body: Option<Vec<u8>>,
    /// True if `ToRivetResponseChunk` follow with the rest of the body. In this version a Rivet engine passes on only
    /// what is in `body`, so a host sends all of it at once.
    pub stream: bool,
}
impl Encode for ToRivetResponseStart {
    #[inline]
    fn encoded_len(&self) -> usize {
        3 + self.headers.encoded_len() + self.body.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.status);
        writer = self.headers.encode(writer);
        writer = self.body.encode(writer);
        writer.fields(self.stream);
        writer
    }
}
/// [`ToRivetResponseStart`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetResponseStartRef<'a> {
    /// The HTTP status code.
    pub status: u16,
    /// The headers. A `content-length` that does not match the body leaves the client waiting.
    pub headers: MapRef<'a, &'a str, &'a str>,
    /// The body, or its beginning if `stream` is set. At most `ProtocolMetadata.maxResponsePayloadSize` octets. None if
    /// it is empty.
    pub body: Option<&'a [u8]>,
    /// True if `ToRivetResponseChunk` follow with the rest of the body. In this version a Rivet engine passes on only
    /// what is in `body`, so a host sends all of it at once.
    pub stream: bool,
}
impl Encode for ToRivetResponseStartRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        3 + self.headers.encoded_len() + self.body.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.status);
        writer = self.headers.encode(writer);
        writer = self.body.encode(writer);
        writer.fields(self.stream);
        writer
    }
}
impl<'a> Decode<'a> for ToRivetResponseStartRef<'a> {
    const MIN_SIZE: usize = 5;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let status = reader.fields()?;
        let (mut reader, headers) = Decode::decode_from(reader)?;
        let (mut reader, body) = Decode::decode_from(reader)?;
        let stream = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                status,
                headers,
                body,
                stream,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(2)?;
        let mut reader = <MapRef<'a, &'a str, &'a str> as Decode>::verify_from(reader)?;
        let mut reader = <Option<&'a [u8]> as Decode>::verify_from(reader)?;
        reader.fields::<bool>()?;
        Ok(reader)
    }
}
impl IntoOwned for ToRivetResponseStartRef<'_> {
    type Owned = ToRivetResponseStart;
    #[inline]
    fn into_owned(self) -> ToRivetResponseStart {
        ToRivetResponseStart {
            status: self.status,
            headers: self.headers.into_owned(),
            body: self.body.into_owned(),
            stream: self.stream,
        }
    }
}
impl Message for ToRivetResponseStart {
    type Ref<'a> = ToRivetResponseStartRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_RESPONSE_START;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetResponseStartRef<'l>,
    ) -> &'s ToRivetResponseStartRef<'s> {
        value
    }
}
/// A further part of the body of a response that said `stream`. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 645.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetResponseChunk {
    /// The next octets of the body.
    pub body: Vec<u8>,
    /// True on the last part.
    pub finish: bool,
}
impl Encode for ToRivetResponseChunk {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.body.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.body.encode(writer);
        writer.fields(self.finish);
        writer
    }
}
/// [`ToRivetResponseChunk`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetResponseChunkRef<'a> {
    /// The next octets of the body.
    pub body: &'a [u8],
    /// True on the last part.
    pub finish: bool,
}
impl Encode for ToRivetResponseChunkRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.body.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.body.encode(writer);
        writer.fields(self.finish);
        writer
    }
}
impl<'a> Decode<'a> for ToRivetResponseChunkRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let body = reader.data()?;
        let finish = reader.fields()?;
        Ok((reader, place.put(Self { body, finish })))
    }
}
impl IntoOwned for ToRivetResponseChunkRef<'_> {
    type Owned = ToRivetResponseChunk;
    #[inline]
    fn into_owned(self) -> ToRivetResponseChunk {
        ToRivetResponseChunk {
            body: self.body.into_owned(),
            finish: self.finish,
        }
    }
}
impl Message for ToRivetResponseChunk {
    type Ref<'a> = ToRivetResponseChunkRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_RESPONSE_CHUNK;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetResponseChunkRef<'l>,
    ) -> &'s ToRivetResponseChunkRef<'s> {
        value
    }
}
/// The host does not answer the request, and nobody should wait for it. A Rivet engine sends the request again some
/// times before it answers the client with an error. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 654.
pub type ToRivetResponseAbort = ();
/// A client opens a WebSocket to an actor. Sent by the server with message index 0. The host answers with
/// `ToRivetWebSocketOpen` or `ToRivetWebSocketClose`.
///
/// Schema: `protocol/v4.bare`, line 658.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyWebSocketOpen {
    /// The actor that the WebSocket is for.
    pub actor_id: Id,
    /// The path and query, from the leading slash, as the actor sees them.
    pub path: String,
    /// The headers of the upgrade request. Names are in lower case; the values of a repeated header are joined by a
    /// comma and a space.
    pub headers: Map<String, String>,
}
impl Encode for ToEnvoyWebSocketOpen {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.actor_id.encoded_len() + self.path.encoded_len() + self.headers.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer = self.path.encode(writer);
        self.headers.encode(writer)
    }
}
/// [`ToEnvoyWebSocketOpen`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToEnvoyWebSocketOpenRef<'a> {
    /// The actor that the WebSocket is for.
    pub actor_id: IdRef<'a>,
    /// The path and query, from the leading slash, as the actor sees them.
    pub path: &'a str,
    /// The headers of the upgrade request. Names are in lower case; the values of a repeated header are joined by a
    /// comma and a space.
    pub headers: MapRef<'a, &'a str, &'a str>,
}
impl Encode for ToEnvoyWebSocketOpenRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.actor_id.encoded_len() + self.path.encoded_len() + self.headers.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer = self.path.encode(writer);
        self.headers.encode(writer)
    }
}
impl<'a> Decode<'a> for ToEnvoyWebSocketOpenRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let actor_id = reader.str()?;
        let path = reader.str()?;
        let (mut reader, headers) = Decode::decode_from(reader)?;
        Ok((
            reader,
            place.put(Self {
                actor_id,
                path,
                headers,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <IdRef<'a> as Decode>::verify_from(reader)?;
        let mut reader = <&'a str as Decode>::verify_from(reader)?;
        <MapRef<'a, &'a str, &'a str> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoyWebSocketOpenRef<'_> {
    type Owned = ToEnvoyWebSocketOpen;
    #[inline]
    fn into_owned(self) -> ToEnvoyWebSocketOpen {
        ToEnvoyWebSocketOpen {
            actor_id: self.actor_id.into_owned(),
            path: self.path.into_owned(),
            headers: self.headers.into_owned(),
        }
    }
}
impl Message for ToEnvoyWebSocketOpen {
    type Ref<'a> = ToEnvoyWebSocketOpenRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_WEB_SOCKET_OPEN;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoyWebSocketOpenRef<'l>,
    ) -> &'s ToEnvoyWebSocketOpenRef<'s> {
        value
    }
}
/// A message from the client of a WebSocket. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 669.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyWebSocketMessage {
    /// The payload; UTF-8 if it is not binary.
    pub data: Vec<u8>,
    /// True for a binary message, false for a text message.
    pub binary: bool,
}
impl Encode for ToEnvoyWebSocketMessage {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.data.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.data.encode(writer);
        writer.fields(self.binary);
        writer
    }
}
/// [`ToEnvoyWebSocketMessage`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToEnvoyWebSocketMessageRef<'a> {
    /// The payload; UTF-8 if it is not binary.
    pub data: &'a [u8],
    /// True for a binary message, false for a text message.
    pub binary: bool,
}
impl Encode for ToEnvoyWebSocketMessageRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.data.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.data.encode(writer);
        writer.fields(self.binary);
        writer
    }
}
impl<'a> Decode<'a> for ToEnvoyWebSocketMessageRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let data = reader.data()?;
        let binary = reader.fields()?;
        Ok((reader, place.put(Self { data, binary })))
    }
}
impl IntoOwned for ToEnvoyWebSocketMessageRef<'_> {
    type Owned = ToEnvoyWebSocketMessage;
    #[inline]
    fn into_owned(self) -> ToEnvoyWebSocketMessage {
        ToEnvoyWebSocketMessage {
            data: self.data.into_owned(),
            binary: self.binary,
        }
    }
}
impl Message for ToEnvoyWebSocketMessage {
    type Ref<'a> = ToEnvoyWebSocketMessageRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_WEB_SOCKET_MESSAGE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoyWebSocketMessageRef<'l>,
    ) -> &'s ToEnvoyWebSocketMessageRef<'s> {
        value
    }
}
/// The client's side of a WebSocket has closed. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 677.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyWebSocketClose {
    /// The close code that the client sent, or one of the gateway's own, such as 1011 for a client that is just gone.
    /// None if there was none.
    pub code: Option<u16>,
    /// The close reason that belongs to the code. None if there was none.
    pub reason: Option<String>,
}
impl Encode for ToEnvoyWebSocketClose {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.code.encoded_len() + self.reason.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.code.encode(writer);
        self.reason.encode(writer)
    }
}
/// [`ToEnvoyWebSocketClose`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToEnvoyWebSocketCloseRef<'a> {
    /// The close code that the client sent, or one of the gateway's own, such as 1011 for a client that is just gone.
    /// None if there was none.
    pub code: Option<u16>,
    /// The close reason that belongs to the code. None if there was none.
    pub reason: Option<&'a str>,
}
impl Encode for ToEnvoyWebSocketCloseRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.code.encoded_len() + self.reason.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.code.encode(writer);
        self.reason.encode(writer)
    }
}
impl<'a> Decode<'a> for ToEnvoyWebSocketCloseRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, code) = Decode::decode_from(reader)?;
        Decode::decode_in(reader, place.map(move |reason| Self { code, reason }))
    }
}
impl IntoOwned for ToEnvoyWebSocketCloseRef<'_> {
    type Owned = ToEnvoyWebSocketClose;
    #[inline]
    fn into_owned(self) -> ToEnvoyWebSocketClose {
        ToEnvoyWebSocketClose {
            code: self.code,
            reason: self.reason.into_owned(),
        }
    }
}
impl Message for ToEnvoyWebSocketClose {
    type Ref<'a> = ToEnvoyWebSocketCloseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_WEB_SOCKET_CLOSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoyWebSocketCloseRef<'l>,
    ) -> &'s ToEnvoyWebSocketCloseRef<'s> {
        value
    }
}
/// The actor takes the WebSocket. Sent by the host, in answer to `ToEnvoyWebSocketOpen` and for each hibernating
/// WebSocket that it attaches again.
///
/// Schema: `protocol/v4.bare`, line 687.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetWebSocketOpen {
    /// True if the gateway is to keep the client connected while the actor sleeps. It then also keeps each of the
    /// client's messages until `ToRivetWebSocketMessageAck` covers it.
    pub can_hibernate: bool,
}
impl Encode for ToRivetWebSocketOpen {
    #[inline]
    fn encoded_len(&self) -> usize {
        1
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.can_hibernate);
        writer
    }
}
impl<'a> Decode<'a> for ToRivetWebSocketOpen {
    const MIN_SIZE: usize = 1;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let can_hibernate = reader.fields()?;
        Ok((reader, place.put(Self { can_hibernate })))
    }
}
impl IntoOwned for ToRivetWebSocketOpen {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ToRivetWebSocketOpen {
    type Ref<'a> = ToRivetWebSocketOpen;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_WEB_SOCKET_OPEN;
    fn shorten<'s, 'l: 's>(value: &'s ToRivetWebSocketOpen) -> &'s ToRivetWebSocketOpen {
        value
    }
}
/// A message to the client of a WebSocket. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 694.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetWebSocketMessage {
    /// The payload; UTF-8 if it is not binary. At most `ProtocolMetadata.maxResponsePayloadSize` octets.
    pub data: Vec<u8>,
    /// True for a binary message, false for a text message.
    pub binary: bool,
}
impl Encode for ToRivetWebSocketMessage {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.data.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.data.encode(writer);
        writer.fields(self.binary);
        writer
    }
}
/// [`ToRivetWebSocketMessage`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetWebSocketMessageRef<'a> {
    /// The payload; UTF-8 if it is not binary. At most `ProtocolMetadata.maxResponsePayloadSize` octets.
    pub data: &'a [u8],
    /// True for a binary message, false for a text message.
    pub binary: bool,
}
impl Encode for ToRivetWebSocketMessageRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.data.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.data.encode(writer);
        writer.fields(self.binary);
        writer
    }
}
impl<'a> Decode<'a> for ToRivetWebSocketMessageRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let data = reader.data()?;
        let binary = reader.fields()?;
        Ok((reader, place.put(Self { data, binary })))
    }
}
impl IntoOwned for ToRivetWebSocketMessageRef<'_> {
    type Owned = ToRivetWebSocketMessage;
    #[inline]
    fn into_owned(self) -> ToRivetWebSocketMessage {
        ToRivetWebSocketMessage {
            data: self.data.into_owned(),
            binary: self.binary,
        }
    }
}
impl Message for ToRivetWebSocketMessage {
    type Ref<'a> = ToRivetWebSocketMessageRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_WEB_SOCKET_MESSAGE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetWebSocketMessageRef<'l>,
    ) -> &'s ToRivetWebSocketMessageRef<'s> {
        value
    }
}
/// The actor is done with the client's messages up to an index, and the gateway need not send them again after a wake.
/// Sent by the host, for a WebSocket that can hibernate.
///
/// Schema: `protocol/v4.bare`, line 703.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetWebSocketMessageAck {
    /// The message index of the last message covered.
    pub index: MessageIndex,
}
impl Encode for ToRivetWebSocketMessageAck {
    #[inline]
    fn encoded_len(&self) -> usize {
        2
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.index);
        writer
    }
}
impl<'a> Decode<'a> for ToRivetWebSocketMessageAck {
    const MIN_SIZE: usize = 2;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let index = reader.fields()?;
        Ok((reader, place.put(Self { index })))
    }
}
impl IntoOwned for ToRivetWebSocketMessageAck {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ToRivetWebSocketMessageAck {
    type Ref<'a> = ToRivetWebSocketMessageAck;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_RIVET_WEB_SOCKET_MESSAGE_ACK;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetWebSocketMessageAck,
    ) -> &'s ToRivetWebSocketMessageAck {
        value
    }
}
/// The actor closes a WebSocket, refuses to open it, or leaves it to the gateway while it sleeps. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 709.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetWebSocketClose {
    /// The close code for the client. None leaves it to the gateway.
    pub code: Option<u16>,
    /// The close reason for the client. None is an empty one.
    pub reason: Option<String>,
    /// True keeps the client connected: its next message wakes the actor, whose start then lists the WebSocket in
    /// `CommandStartActor.hibernatingRequests`.
    pub hibernate: bool,
}
impl Encode for ToRivetWebSocketClose {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.code.encoded_len() + self.reason.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.code.encode(writer);
        writer = self.reason.encode(writer);
        writer.fields(self.hibernate);
        writer
    }
}
/// [`ToRivetWebSocketClose`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetWebSocketCloseRef<'a> {
    /// The close code for the client. None leaves it to the gateway.
    pub code: Option<u16>,
    /// The close reason for the client. None is an empty one.
    pub reason: Option<&'a str>,
    /// True keeps the client connected: its next message wakes the actor, whose start then lists the WebSocket in
    /// `CommandStartActor.hibernatingRequests`.
    pub hibernate: bool,
}
impl Encode for ToRivetWebSocketCloseRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        1 + self.code.encoded_len() + self.reason.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.code.encode(writer);
        writer = self.reason.encode(writer);
        writer.fields(self.hibernate);
        writer
    }
}
impl<'a> Decode<'a> for ToRivetWebSocketCloseRef<'a> {
    const MIN_SIZE: usize = 3;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, code) = Decode::decode_from(reader)?;
        let (mut reader, reason) = Decode::decode_from(reader)?;
        let hibernate = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                code,
                reason,
                hibernate,
            }),
        ))
    }
}
impl IntoOwned for ToRivetWebSocketCloseRef<'_> {
    type Owned = ToRivetWebSocketClose;
    #[inline]
    fn into_owned(self) -> ToRivetWebSocketClose {
        ToRivetWebSocketClose {
            code: self.code,
            reason: self.reason.into_owned(),
            hibernate: self.hibernate,
        }
    }
}
impl Message for ToRivetWebSocketClose {
    type Ref<'a> = ToRivetWebSocketCloseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_WEB_SOCKET_CLOSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetWebSocketCloseRef<'l>,
    ) -> &'s ToRivetWebSocketCloseRef<'s> {
        value
    }
}
/// What a host sends to the client of a tunnelled request or WebSocket.
///
/// Schema: `protocol/v4.bare`, line 720.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToRivetTunnelMessageKind {
    /// Tag 0: `ToRivetResponseStart`.
    ToRivetResponseStart(ToRivetResponseStart),
    /// Tag 1: `ToRivetResponseChunk`.
    ToRivetResponseChunk(ToRivetResponseChunk),
    /// Tag 2: `ToRivetResponseAbort`.
    ToRivetResponseAbort,
    /// Tag 3: `ToRivetWebSocketOpen`.
    ToRivetWebSocketOpen(ToRivetWebSocketOpen),
    /// Tag 4: `ToRivetWebSocketMessage`.
    ToRivetWebSocketMessage(ToRivetWebSocketMessage),
    /// Tag 5: `ToRivetWebSocketMessageAck`.
    ToRivetWebSocketMessageAck(ToRivetWebSocketMessageAck),
    /// Tag 6: `ToRivetWebSocketClose`.
    ToRivetWebSocketClose(ToRivetWebSocketClose),
}
impl Encode for ToRivetTunnelMessageKind {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToRivetResponseStart(value) => 1 + value.encoded_len(),
            Self::ToRivetResponseChunk(value) => 1 + value.encoded_len(),
            Self::ToRivetResponseAbort => 1,
            Self::ToRivetWebSocketOpen(value) => 1 + value.encoded_len(),
            Self::ToRivetWebSocketMessage(value) => 1 + value.encoded_len(),
            Self::ToRivetWebSocketMessageAck(value) => 1 + value.encoded_len(),
            Self::ToRivetWebSocketClose(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToRivetResponseStart(value) => writer.member(0, value),
            Self::ToRivetResponseChunk(value) => writer.member(1, value),
            Self::ToRivetResponseAbort => {
                writer.octet(2);
                writer
            }
            Self::ToRivetWebSocketOpen(value) => writer.member(3, value),
            Self::ToRivetWebSocketMessage(value) => writer.member(4, value),
            Self::ToRivetWebSocketMessageAck(value) => writer.member(5, value),
            Self::ToRivetWebSocketClose(value) => writer.member(6, value),
        }
    }
}
/// [`ToRivetTunnelMessageKind`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToRivetTunnelMessageKindRef<'a> {
    /// Tag 0: `ToRivetResponseStart`.
    ToRivetResponseStart(ToRivetResponseStartRef<'a>),
    /// Tag 1: `ToRivetResponseChunk`.
    ToRivetResponseChunk(ToRivetResponseChunkRef<'a>),
    /// Tag 2: `ToRivetResponseAbort`.
    ToRivetResponseAbort,
    /// Tag 3: `ToRivetWebSocketOpen`.
    ToRivetWebSocketOpen(ToRivetWebSocketOpen),
    /// Tag 4: `ToRivetWebSocketMessage`.
    ToRivetWebSocketMessage(ToRivetWebSocketMessageRef<'a>),
    /// Tag 5: `ToRivetWebSocketMessageAck`.
    ToRivetWebSocketMessageAck(ToRivetWebSocketMessageAck),
    /// Tag 6: `ToRivetWebSocketClose`.
    ToRivetWebSocketClose(ToRivetWebSocketCloseRef<'a>),
}
impl Encode for ToRivetTunnelMessageKindRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToRivetResponseStart(value) => 1 + value.encoded_len(),
            Self::ToRivetResponseChunk(value) => 1 + value.encoded_len(),
            Self::ToRivetResponseAbort => 1,
            Self::ToRivetWebSocketOpen(value) => 1 + value.encoded_len(),
            Self::ToRivetWebSocketMessage(value) => 1 + value.encoded_len(),
            Self::ToRivetWebSocketMessageAck(value) => 1 + value.encoded_len(),
            Self::ToRivetWebSocketClose(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToRivetResponseStart(value) => writer.member(0, value),
            Self::ToRivetResponseChunk(value) => writer.member(1, value),
            Self::ToRivetResponseAbort => {
                writer.octet(2);
                writer
            }
            Self::ToRivetWebSocketOpen(value) => writer.member(3, value),
            Self::ToRivetWebSocketMessage(value) => writer.member(4, value),
            Self::ToRivetWebSocketMessageAck(value) => writer.member(5, value),
            Self::ToRivetWebSocketClose(value) => writer.member(6, value),
        }
    }
}
impl<'a> Decode<'a> for ToRivetTunnelMessageKindRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToRivetResponseStart)),
            1 => Decode::decode_in(reader, place.map(Self::ToRivetResponseChunk)),
            2 => Ok((reader, place.put(Self::ToRivetResponseAbort))),
            3 => Decode::decode_in(reader, place.map(Self::ToRivetWebSocketOpen)),
            4 => Decode::decode_in(reader, place.map(Self::ToRivetWebSocketMessage)),
            5 => Decode::decode_in(reader, place.map(Self::ToRivetWebSocketMessageAck)),
            6 => Decode::decode_in(reader, place.map(Self::ToRivetWebSocketClose)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToRivetResponseStartRef<'a> as Decode>::verify_from(reader),
            1 => <ToRivetResponseChunkRef<'a> as Decode>::verify_from(reader),
            2 => Ok(reader),
            3 => <ToRivetWebSocketOpen as Decode>::verify_from(reader),
            4 => <ToRivetWebSocketMessageRef<'a> as Decode>::verify_from(reader),
            5 => <ToRivetWebSocketMessageAck as Decode>::verify_from(reader),
            6 => <ToRivetWebSocketCloseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToRivetTunnelMessageKindRef<'_> {
    type Owned = ToRivetTunnelMessageKind;
    #[inline]
    fn into_owned(self) -> ToRivetTunnelMessageKind {
        match self {
            Self::ToRivetResponseStart(value) => {
                ToRivetTunnelMessageKind::ToRivetResponseStart(value.into_owned())
            }
            Self::ToRivetResponseChunk(value) => {
                ToRivetTunnelMessageKind::ToRivetResponseChunk(value.into_owned())
            }
            Self::ToRivetResponseAbort => ToRivetTunnelMessageKind::ToRivetResponseAbort,
            Self::ToRivetWebSocketOpen(value) => {
                ToRivetTunnelMessageKind::ToRivetWebSocketOpen(value.into_owned())
            }
            Self::ToRivetWebSocketMessage(value) => {
                ToRivetTunnelMessageKind::ToRivetWebSocketMessage(value.into_owned())
            }
            Self::ToRivetWebSocketMessageAck(value) => {
                ToRivetTunnelMessageKind::ToRivetWebSocketMessageAck(value.into_owned())
            }
            Self::ToRivetWebSocketClose(value) => {
                ToRivetTunnelMessageKind::ToRivetWebSocketClose(value.into_owned())
            }
        }
    }
}
impl Message for ToRivetTunnelMessageKind {
    type Ref<'a> = ToRivetTunnelMessageKindRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_TUNNEL_MESSAGE_KIND;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetTunnelMessageKindRef<'l>,
    ) -> &'s ToRivetTunnelMessageKindRef<'s> {
        value
    }
}
/// A message from a host to a gateway, by way of the server. One for ids that nobody waits for is ignored.
///
/// Schema: `protocol/v4.bare`, line 731.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetTunnelMessage {
    /// What the message belongs to. The gateway and request are those of the message it answers.
    pub message_id: MessageId,
    /// The message.
    pub message_kind: ToRivetTunnelMessageKind,
}
impl Encode for ToRivetTunnelMessage {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.message_id.encoded_len() + self.message_kind.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.message_id.encode(writer);
        self.message_kind.encode(writer)
    }
}
/// [`ToRivetTunnelMessage`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetTunnelMessageRef<'a> {
    /// What the message belongs to. The gateway and request are those of the message it answers.
    pub message_id: MessageId,
    /// The message.
    pub message_kind: ToRivetTunnelMessageKindRef<'a>,
}
impl Encode for ToRivetTunnelMessageRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.message_id.encoded_len() + self.message_kind.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.message_id.encode(writer);
        self.message_kind.encode(writer)
    }
}
impl<'a> Decode<'a> for ToRivetTunnelMessageRef<'a> {
    const MIN_SIZE: usize = 11;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, message_id) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |message_kind| Self {
                message_id,
                message_kind,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <MessageId as Decode>::verify_from(reader)?;
        <ToRivetTunnelMessageKindRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToRivetTunnelMessageRef<'_> {
    type Owned = ToRivetTunnelMessage;
    #[inline]
    fn into_owned(self) -> ToRivetTunnelMessage {
        ToRivetTunnelMessage {
            message_id: self.message_id,
            message_kind: self.message_kind.into_owned(),
        }
    }
}
impl Message for ToRivetTunnelMessage {
    type Ref<'a> = ToRivetTunnelMessageRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_TUNNEL_MESSAGE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetTunnelMessageRef<'l>,
    ) -> &'s ToRivetTunnelMessageRef<'s> {
        value
    }
}
/// What a gateway sends to an actor on behalf of a client.
///
/// Schema: `protocol/v4.bare`, line 739.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToEnvoyTunnelMessageKind {
    /// Tag 0: `ToEnvoyRequestStart`.
    ToEnvoyRequestStart(ToEnvoyRequestStart),
    /// Tag 1: `ToEnvoyRequestChunk`.
    ToEnvoyRequestChunk(ToEnvoyRequestChunk),
    /// Tag 2: `ToEnvoyRequestAbort`.
    ToEnvoyRequestAbort,
    /// Tag 3: `ToEnvoyWebSocketOpen`.
    ToEnvoyWebSocketOpen(ToEnvoyWebSocketOpen),
    /// Tag 4: `ToEnvoyWebSocketMessage`.
    ToEnvoyWebSocketMessage(ToEnvoyWebSocketMessage),
    /// Tag 5: `ToEnvoyWebSocketClose`.
    ToEnvoyWebSocketClose(ToEnvoyWebSocketClose),
}
impl Encode for ToEnvoyTunnelMessageKind {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToEnvoyRequestStart(value) => 1 + value.encoded_len(),
            Self::ToEnvoyRequestChunk(value) => 1 + value.encoded_len(),
            Self::ToEnvoyRequestAbort => 1,
            Self::ToEnvoyWebSocketOpen(value) => 1 + value.encoded_len(),
            Self::ToEnvoyWebSocketMessage(value) => 1 + value.encoded_len(),
            Self::ToEnvoyWebSocketClose(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToEnvoyRequestStart(value) => writer.member(0, value),
            Self::ToEnvoyRequestChunk(value) => writer.member(1, value),
            Self::ToEnvoyRequestAbort => {
                writer.octet(2);
                writer
            }
            Self::ToEnvoyWebSocketOpen(value) => writer.member(3, value),
            Self::ToEnvoyWebSocketMessage(value) => writer.member(4, value),
            Self::ToEnvoyWebSocketClose(value) => writer.member(5, value),
        }
    }
}
/// [`ToEnvoyTunnelMessageKind`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToEnvoyTunnelMessageKindRef<'a> {
    /// Tag 0: `ToEnvoyRequestStart`.
    ToEnvoyRequestStart(ToEnvoyRequestStartRef<'a>),
    /// Tag 1: `ToEnvoyRequestChunk`.
    ToEnvoyRequestChunk(ToEnvoyRequestChunkRef<'a>),
    /// Tag 2: `ToEnvoyRequestAbort`.
    ToEnvoyRequestAbort,
    /// Tag 3: `ToEnvoyWebSocketOpen`.
    ToEnvoyWebSocketOpen(ToEnvoyWebSocketOpenRef<'a>),
    /// Tag 4: `ToEnvoyWebSocketMessage`.
    ToEnvoyWebSocketMessage(ToEnvoyWebSocketMessageRef<'a>),
    /// Tag 5: `ToEnvoyWebSocketClose`.
    ToEnvoyWebSocketClose(ToEnvoyWebSocketCloseRef<'a>),
}
impl Encode for ToEnvoyTunnelMessageKindRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToEnvoyRequestStart(value) => 1 + value.encoded_len(),
            Self::ToEnvoyRequestChunk(value) => 1 + value.encoded_len(),
            Self::ToEnvoyRequestAbort => 1,
            Self::ToEnvoyWebSocketOpen(value) => 1 + value.encoded_len(),
            Self::ToEnvoyWebSocketMessage(value) => 1 + value.encoded_len(),
            Self::ToEnvoyWebSocketClose(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToEnvoyRequestStart(value) => writer.member(0, value),
            Self::ToEnvoyRequestChunk(value) => writer.member(1, value),
            Self::ToEnvoyRequestAbort => {
                writer.octet(2);
                writer
            }
            Self::ToEnvoyWebSocketOpen(value) => writer.member(3, value),
            Self::ToEnvoyWebSocketMessage(value) => writer.member(4, value),
            Self::ToEnvoyWebSocketClose(value) => writer.member(5, value),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoyTunnelMessageKindRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToEnvoyRequestStart)),
            1 => Decode::decode_in(reader, place.map(Self::ToEnvoyRequestChunk)),
            2 => Ok((reader, place.put(Self::ToEnvoyRequestAbort))),
            3 => Decode::decode_in(reader, place.map(Self::ToEnvoyWebSocketOpen)),
            4 => Decode::decode_in(reader, place.map(Self::ToEnvoyWebSocketMessage)),
            5 => Decode::decode_in(reader, place.map(Self::ToEnvoyWebSocketClose)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToEnvoyRequestStartRef<'a> as Decode>::verify_from(reader),
            1 => <ToEnvoyRequestChunkRef<'a> as Decode>::verify_from(reader),
            2 => Ok(reader),
            3 => <ToEnvoyWebSocketOpenRef<'a> as Decode>::verify_from(reader),
            4 => <ToEnvoyWebSocketMessageRef<'a> as Decode>::verify_from(reader),
            5 => <ToEnvoyWebSocketCloseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToEnvoyTunnelMessageKindRef<'_> {
    type Owned = ToEnvoyTunnelMessageKind;
    #[inline]
    fn into_owned(self) -> ToEnvoyTunnelMessageKind {
        match self {
            Self::ToEnvoyRequestStart(value) => {
                ToEnvoyTunnelMessageKind::ToEnvoyRequestStart(value.into_owned())
            }
            Self::ToEnvoyRequestChunk(value) => {
                ToEnvoyTunnelMessageKind::ToEnvoyRequestChunk(value.into_owned())
            }
            Self::ToEnvoyRequestAbort => ToEnvoyTunnelMessageKind::ToEnvoyRequestAbort,
            Self::ToEnvoyWebSocketOpen(value) => {
                ToEnvoyTunnelMessageKind::ToEnvoyWebSocketOpen(value.into_owned())
            }
            Self::ToEnvoyWebSocketMessage(value) => {
                ToEnvoyTunnelMessageKind::ToEnvoyWebSocketMessage(value.into_owned())
            }
            Self::ToEnvoyWebSocketClose(value) => {
                ToEnvoyTunnelMessageKind::ToEnvoyWebSocketClose(value.into_owned())
            }
        }
    }
}
impl Message for ToEnvoyTunnelMessageKind {
    type Ref<'a> = ToEnvoyTunnelMessageKindRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_TUNNEL_MESSAGE_KIND;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoyTunnelMessageKindRef<'l>,
    ) -> &'s ToEnvoyTunnelMessageKindRef<'s> {
        value
    }
}
/// A message from a gateway to a host, by way of the server.
///
/// Schema: `protocol/v4.bare`, line 749.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyTunnelMessage {
    /// What the message belongs to.
    pub message_id: MessageId,
    /// The message.
    pub message_kind: ToEnvoyTunnelMessageKind,
}
impl Encode for ToEnvoyTunnelMessage {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.message_id.encoded_len() + self.message_kind.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.message_id.encode(writer);
        self.message_kind.encode(writer)
    }
}
/// [`ToEnvoyTunnelMessage`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToEnvoyTunnelMessageRef<'a> {
    /// What the message belongs to.
    pub message_id: MessageId,
    /// The message.
    pub message_kind: ToEnvoyTunnelMessageKindRef<'a>,
}
impl Encode for ToEnvoyTunnelMessageRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.message_id.encoded_len() + self.message_kind.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.message_id.encode(writer);
        self.message_kind.encode(writer)
    }
}
impl<'a> Decode<'a> for ToEnvoyTunnelMessageRef<'a> {
    const MIN_SIZE: usize = 11;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, message_id) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |message_kind| Self {
                message_id,
                message_kind,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <MessageId as Decode>::verify_from(reader)?;
        <ToEnvoyTunnelMessageKindRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoyTunnelMessageRef<'_> {
    type Owned = ToEnvoyTunnelMessage;
    #[inline]
    fn into_owned(self) -> ToEnvoyTunnelMessage {
        ToEnvoyTunnelMessage {
            message_id: self.message_id,
            message_kind: self.message_kind.into_owned(),
        }
    }
}
impl Message for ToEnvoyTunnelMessage {
    type Ref<'a> = ToEnvoyTunnelMessageRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_TUNNEL_MESSAGE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoyTunnelMessageRef<'l>,
    ) -> &'s ToEnvoyTunnelMessageRef<'s> {
        value
    }
}
/// Asks a host for a sign of life. Sent by the server every few seconds, 3 on a Rivet engine; the host answers with
/// `ToRivetPong` without delay, whatever its actors do. A server that gets no answer for long closes the connection.
///
/// Schema: `protocol/v4.bare`, line 758.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyPing {
    /// The server's clock: milliseconds since the Unix epoch.
    pub ts: i64,
}
impl Encode for ToEnvoyPing {
    #[inline]
    fn encoded_len(&self) -> usize {
        8
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.ts);
        writer
    }
}
impl<'a> Decode<'a> for ToEnvoyPing {
    const MIN_SIZE: usize = 8;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let ts = reader.fields()?;
        Ok((reader, place.put(Self { ts })))
    }
}
impl IntoOwned for ToEnvoyPing {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ToEnvoyPing {
    type Ref<'a> = ToEnvoyPing;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_PING;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyPing) -> &'s ToEnvoyPing {
        value
    }
}
/// What a host is and can run. The first frame a host sends on each connection, without waiting for `ToEnvoyInit`. Not
/// answered.
///
/// Schema: `protocol/v4.bare`, line 768.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetMetadata {
    /// The kinds of actors that the host can run, by name. None leaves what the server knows as it is.
    pub prepopulate_actor_names: Option<Map<String, ActorName>>,
    /// A JSON object about the host itself, in place of what it sent before. None leaves that as it is.
    pub metadata: Option<Json>,
}
impl Encode for ToRivetMetadata {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.prepopulate_actor_names.encoded_len() + self.metadata.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.prepopulate_actor_names.encode(writer);
        self.metadata.encode(writer)
    }
}
/// [`ToRivetMetadata`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetMetadataRef<'a> {
    /// The kinds of actors that the host can run, by name. None leaves what the server knows as it is.
    pub prepopulate_actor_names: Option<MapRef<'a, &'a str, ActorNameRef<'a>>>,
    /// A JSON object about the host itself, in place of what it sent before. None leaves that as it is.
    pub metadata: Option<JsonRef<'a>>,
}
impl Encode for ToRivetMetadataRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.prepopulate_actor_names.encoded_len() + self.metadata.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.prepopulate_actor_names.encode(writer);
        self.metadata.encode(writer)
    }
}
impl<'a> Decode<'a> for ToRivetMetadataRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, prepopulate_actor_names) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |metadata| Self {
                prepopulate_actor_names,
                metadata,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader =
            <Option<MapRef<'a, &'a str, ActorNameRef<'a>>> as Decode>::verify_from(reader)?;
        <Option<JsonRef<'a>> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToRivetMetadataRef<'_> {
    type Owned = ToRivetMetadata;
    #[inline]
    fn into_owned(self) -> ToRivetMetadata {
        ToRivetMetadata {
            prepopulate_actor_names: self.prepopulate_actor_names.into_owned(),
            metadata: self.metadata.into_owned(),
        }
    }
}
impl Message for ToRivetMetadata {
    type Ref<'a> = ToRivetMetadataRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_METADATA;
    fn shorten<'s, 'l: 's>(value: &'s ToRivetMetadataRef<'l>) -> &'s ToRivetMetadataRef<'s> {
        value
    }
}
/// Events of actors, those of one actor in the order of their index. Sent by the host as they happen, and again after
/// each `ToEnvoyInit` as far as they are not acknowledged. Answered, late, by `ToEnvoyAckEvents`.
///
/// Schema: `protocol/v4.bare`, line 777.
pub type ToRivetEvents = Vec<EventWrapper>;
/// [`ToRivetEvents`] in its borrowed form.
pub type ToRivetEventsRef<'a> = &'a [EventWrapperRef<'a>];
/// Tells the server which commands it need not send again. Sent by the host now and then; late or no acks do no harm
/// beyond repeated commands.
///
/// Schema: `protocol/v4.bare`, line 781.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetAckCommands {
    /// For each actor and generation the last command that was carried out; it covers those before it.
    pub last_command_checkpoints: Vec<ActorCheckpoint>,
}
impl Encode for ToRivetAckCommands {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.last_command_checkpoints.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.last_command_checkpoints.encode(writer)
    }
}
/// [`ToRivetAckCommands`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetAckCommandsRef<'a> {
    /// For each actor and generation the last command that was carried out; it covers those before it.
    pub last_command_checkpoints: &'a [ActorCheckpointRef<'a>],
}
impl Encode for ToRivetAckCommandsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.last_command_checkpoints.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.last_command_checkpoints.encode(writer)
    }
}
impl<'a> Decode<'a> for ToRivetAckCommandsRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, last_command_checkpoints) = Decode::decode_from(reader)?;
        Ok((
            reader,
            place.put(Self {
                last_command_checkpoints,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        <&'a [ActorCheckpointRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToRivetAckCommandsRef<'_> {
    type Owned = ToRivetAckCommands;
    #[inline]
    fn into_owned(self) -> ToRivetAckCommands {
        ToRivetAckCommands {
            last_command_checkpoints: self.last_command_checkpoints.into_owned(),
        }
    }
}
impl Message for ToRivetAckCommands {
    type Ref<'a> = ToRivetAckCommandsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_ACK_COMMANDS;
    fn shorten<'s, 'l: 's>(value: &'s ToRivetAckCommandsRef<'l>) -> &'s ToRivetAckCommandsRef<'s> {
        value
    }
}
/// The host shuts down: the server sends it no new actors and stops those it has, with `StopActorReason` `GOING_AWAY`.
/// Sent by the host, which keeps the connection until they have stopped.
///
/// Schema: `protocol/v4.bare`, line 788.
pub type ToRivetStopping = ();
/// Answers `ToEnvoyPing`. Sent by the host.
///
/// Schema: `protocol/v4.bare`, line 791.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetPong {
    /// The number from the ping, unchanged, so that the server can tell the round-trip time.
    pub ts: i64,
}
impl Encode for ToRivetPong {
    #[inline]
    fn encoded_len(&self) -> usize {
        8
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.ts);
        writer
    }
}
impl<'a> Decode<'a> for ToRivetPong {
    const MIN_SIZE: usize = 8;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let ts = reader.fields()?;
        Ok((reader, place.put(Self { ts })))
    }
}
impl IntoOwned for ToRivetPong {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ToRivetPong {
    type Ref<'a> = ToRivetPong;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_PONG;
    fn shorten<'s, 'l: 's>(value: &'s ToRivetPong) -> &'s ToRivetPong {
        value
    }
}
/// Asks something of an actor's key-value store. Sent by the host. Answered by one `ToEnvoyKvResponse`.
///
/// Schema: `protocol/v4.bare`, line 797.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetKvRequest {
    /// The actor whose store is meant.
    pub actor_id: Id,
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: KvRequestData,
}
impl Encode for ToRivetKvRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.actor_id.encoded_len() + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
/// [`ToRivetKvRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetKvRequestRef<'a> {
    /// The actor whose store is meant.
    pub actor_id: IdRef<'a>,
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: KvRequestDataRef<'a>,
}
impl Encode for ToRivetKvRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.actor_id.encoded_len() + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.actor_id.encode(writer);
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<'a> Decode<'a> for ToRivetKvRequestRef<'a> {
    const MIN_SIZE: usize = 6;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let actor_id = reader.str()?;
        let request_id = reader.fields()?;
        Decode::decode_in(
            reader,
            place.map(move |data| Self {
                actor_id,
                request_id,
                data,
            }),
        )
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        let mut reader = <IdRef<'a> as Decode>::verify_from(reader)?;
        reader.skip(4)?;
        <KvRequestDataRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToRivetKvRequestRef<'_> {
    type Owned = ToRivetKvRequest;
    #[inline]
    fn into_owned(self) -> ToRivetKvRequest {
        ToRivetKvRequest {
            actor_id: self.actor_id.into_owned(),
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToRivetKvRequest {
    type Ref<'a> = ToRivetKvRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_KV_REQUEST;
    fn shorten<'s, 'l: 's>(value: &'s ToRivetKvRequestRef<'l>) -> &'s ToRivetKvRequestRef<'s> {
        value
    }
}
/// Asks for pages of an actor's database. Sent by the host. Answered by one `ToEnvoySqliteGetPagesResponse`.
///
/// Schema: `protocol/v4.bare`, line 807.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetSqliteGetPagesRequest {
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: SqliteGetPagesRequest,
}
impl Encode for ToRivetSqliteGetPagesRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
/// [`ToRivetSqliteGetPagesRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetSqliteGetPagesRequestRef<'a> {
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: SqliteGetPagesRequestRef<'a>,
}
impl Encode for ToRivetSqliteGetPagesRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<'a> Decode<'a> for ToRivetSqliteGetPagesRequestRef<'a> {
    const MIN_SIZE: usize = 8;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteGetPagesRequestRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToRivetSqliteGetPagesRequestRef<'_> {
    type Owned = ToRivetSqliteGetPagesRequest;
    #[inline]
    fn into_owned(self) -> ToRivetSqliteGetPagesRequest {
        ToRivetSqliteGetPagesRequest {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToRivetSqliteGetPagesRequest {
    type Ref<'a> = ToRivetSqliteGetPagesRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_RIVET_SQLITE_GET_PAGES_REQUEST;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetSqliteGetPagesRequestRef<'l>,
    ) -> &'s ToRivetSqliteGetPagesRequestRef<'s> {
        value
    }
}
/// Commits a transaction to an actor's database. Sent by the host. Answered by one `ToEnvoySqliteCommitResponse`.
///
/// Schema: `protocol/v4.bare`, line 815.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetSqliteCommitRequest {
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: SqliteCommitRequest,
}
impl Encode for ToRivetSqliteCommitRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
/// [`ToRivetSqliteCommitRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetSqliteCommitRequestRef<'a> {
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: SqliteCommitRequestRef<'a>,
}
impl Encode for ToRivetSqliteCommitRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<'a> Decode<'a> for ToRivetSqliteCommitRequestRef<'a> {
    const MIN_SIZE: usize = 20;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteCommitRequestRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToRivetSqliteCommitRequestRef<'_> {
    type Owned = ToRivetSqliteCommitRequest;
    #[inline]
    fn into_owned(self) -> ToRivetSqliteCommitRequest {
        ToRivetSqliteCommitRequest {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToRivetSqliteCommitRequest {
    type Ref<'a> = ToRivetSqliteCommitRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_SQLITE_COMMIT_REQUEST;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetSqliteCommitRequestRef<'l>,
    ) -> &'s ToRivetSqliteCommitRequestRef<'s> {
        value
    }
}
/// Runs SQL text on the server. Sent by the host. Answered by one `ToEnvoySqliteExecResponse`.
///
/// Schema: `protocol/v4.bare`, line 823.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetSqliteExecRequest {
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: SqliteExecRequest,
}
impl Encode for ToRivetSqliteExecRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
/// [`ToRivetSqliteExecRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetSqliteExecRequestRef<'a> {
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: SqliteExecRequestRef<'a>,
}
impl Encode for ToRivetSqliteExecRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<'a> Decode<'a> for ToRivetSqliteExecRequestRef<'a> {
    const MIN_SIZE: usize = 15;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
}
impl IntoOwned for ToRivetSqliteExecRequestRef<'_> {
    type Owned = ToRivetSqliteExecRequest;
    #[inline]
    fn into_owned(self) -> ToRivetSqliteExecRequest {
        ToRivetSqliteExecRequest {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToRivetSqliteExecRequest {
    type Ref<'a> = ToRivetSqliteExecRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET_SQLITE_EXEC_REQUEST;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetSqliteExecRequestRef<'l>,
    ) -> &'s ToRivetSqliteExecRequestRef<'s> {
        value
    }
}
/// Runs one SQL statement on the server. Sent by the host. Answered by one `ToEnvoySqliteExecuteResponse`.
///
/// Schema: `protocol/v4.bare`, line 831.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToRivetSqliteExecuteRequest {
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: SqliteExecuteRequest,
}
impl Encode for ToRivetSqliteExecuteRequest {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
/// [`ToRivetSqliteExecuteRequest`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToRivetSqliteExecuteRequestRef<'a> {
    /// Chosen by the host to tell its outstanding requests of this kind apart; the answer repeats it.
    pub request_id: u32,
    /// The request.
    pub data: SqliteExecuteRequestRef<'a>,
}
impl Encode for ToRivetSqliteExecuteRequestRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<'a> Decode<'a> for ToRivetSqliteExecuteRequestRef<'a> {
    const MIN_SIZE: usize = 16;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteExecuteRequestRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToRivetSqliteExecuteRequestRef<'_> {
    type Owned = ToRivetSqliteExecuteRequest;
    #[inline]
    fn into_owned(self) -> ToRivetSqliteExecuteRequest {
        ToRivetSqliteExecuteRequest {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToRivetSqliteExecuteRequest {
    type Ref<'a> = ToRivetSqliteExecuteRequestRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_RIVET_SQLITE_EXECUTE_REQUEST;
    fn shorten<'s, 'l: 's>(
        value: &'s ToRivetSqliteExecuteRequestRef<'l>,
    ) -> &'s ToRivetSqliteExecuteRequestRef<'s> {
        value
    }
}
/// [`ToRivet`] in either form: `ToRivet` owns its data, `ToRivetRef` borrows.
///
/// A root: everything that a host sends to the server on its WebSocket, one of these per frame.
///
/// Schema: `protocol/v4.bare`, line 839.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToRivetOf<
    ToRivetMetadata,
    ToRivetEvents,
    ToRivetAckCommands,
    ToRivetKvRequest,
    ToRivetTunnelMessage,
    ToRivetSqliteGetPagesRequest,
    ToRivetSqliteCommitRequest,
    ToRivetSqliteExecRequest,
    ToRivetSqliteExecuteRequest,
> {
    /// Tag 0: `ToRivetMetadata`.
    ToRivetMetadata(ToRivetMetadata),
    /// Tag 1: `ToRivetEvents`.
    ToRivetEvents(ToRivetEvents),
    /// Tag 2: `ToRivetAckCommands`.
    ToRivetAckCommands(ToRivetAckCommands),
    /// Tag 3: `ToRivetStopping`.
    ToRivetStopping,
    /// Tag 4: `ToRivetPong`.
    ToRivetPong(ToRivetPong),
    /// Tag 5: `ToRivetKvRequest`.
    ToRivetKvRequest(ToRivetKvRequest),
    /// Tag 6: `ToRivetTunnelMessage`.
    ToRivetTunnelMessage(ToRivetTunnelMessage),
    /// Tag 7: `ToRivetSqliteGetPagesRequest`.
    ToRivetSqliteGetPagesRequest(ToRivetSqliteGetPagesRequest),
    /// Tag 8: `ToRivetSqliteCommitRequest`.
    ToRivetSqliteCommitRequest(ToRivetSqliteCommitRequest),
    /// Tag 9: `ToRivetSqliteExecRequest`.
    ToRivetSqliteExecRequest(ToRivetSqliteExecRequest),
    /// Tag 10: `ToRivetSqliteExecuteRequest`.
    ToRivetSqliteExecuteRequest(ToRivetSqliteExecuteRequest),
}
/// A root: everything that a host sends to the server on its WebSocket, one of these per frame.
///
/// Schema: `protocol/v4.bare`, line 839.
pub type ToRivet = ToRivetOf<
    ToRivetMetadata,
    ToRivetEvents,
    ToRivetAckCommands,
    ToRivetKvRequest,
    ToRivetTunnelMessage,
    ToRivetSqliteGetPagesRequest,
    ToRivetSqliteCommitRequest,
    ToRivetSqliteExecRequest,
    ToRivetSqliteExecuteRequest,
>;
/// [`ToRivet`] in its borrowed form.
pub type ToRivetRef<'a> = ToRivetOf<
    ToRivetMetadataRef<'a>,
    ToRivetEventsRef<'a>,
    ToRivetAckCommandsRef<'a>,
    ToRivetKvRequestRef<'a>,
    ToRivetTunnelMessageRef<'a>,
    ToRivetSqliteGetPagesRequestRef<'a>,
    ToRivetSqliteCommitRequestRef<'a>,
    ToRivetSqliteExecRequestRef<'a>,
    ToRivetSqliteExecuteRequestRef<'a>,
>;
impl<
    ToRivetMetadata: Encode,
    ToRivetEvents: Encode,
    ToRivetAckCommands: Encode,
    ToRivetKvRequest: Encode,
    ToRivetTunnelMessage: Encode,
    ToRivetSqliteGetPagesRequest: Encode,
    ToRivetSqliteCommitRequest: Encode,
    ToRivetSqliteExecRequest: Encode,
    ToRivetSqliteExecuteRequest: Encode,
> Encode
    for ToRivetOf<
        ToRivetMetadata,
        ToRivetEvents,
        ToRivetAckCommands,
        ToRivetKvRequest,
        ToRivetTunnelMessage,
        ToRivetSqliteGetPagesRequest,
        ToRivetSqliteCommitRequest,
        ToRivetSqliteExecRequest,
        ToRivetSqliteExecuteRequest,
    >
{
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToRivetMetadata(value) => 1 + value.encoded_len(),
            Self::ToRivetEvents(value) => 1 + value.encoded_len(),
            Self::ToRivetAckCommands(value) => 1 + value.encoded_len(),
            Self::ToRivetStopping => 1,
            Self::ToRivetPong(value) => 1 + value.encoded_len(),
            Self::ToRivetKvRequest(value) => 1 + value.encoded_len(),
            Self::ToRivetTunnelMessage(value) => 1 + value.encoded_len(),
            Self::ToRivetSqliteGetPagesRequest(value) => 1 + value.encoded_len(),
            Self::ToRivetSqliteCommitRequest(value) => 1 + value.encoded_len(),
            Self::ToRivetSqliteExecRequest(value) => 1 + value.encoded_len(),
            Self::ToRivetSqliteExecuteRequest(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToRivetMetadata(value) => writer.member(0, value),
            Self::ToRivetEvents(value) => writer.member(1, value),
            Self::ToRivetAckCommands(value) => writer.member(2, value),
            Self::ToRivetStopping => {
                writer.octet(3);
                writer
            }
            Self::ToRivetPong(value) => writer.member(4, value),
            Self::ToRivetKvRequest(value) => writer.member(5, value),
            Self::ToRivetTunnelMessage(value) => writer.member(6, value),
            Self::ToRivetSqliteGetPagesRequest(value) => writer.member(7, value),
            Self::ToRivetSqliteCommitRequest(value) => writer.member(8, value),
            Self::ToRivetSqliteExecRequest(value) => writer.member(9, value),
            Self::ToRivetSqliteExecuteRequest(value) => writer.member(10, value),
        }
    }
}
impl<
    ToRivetMetadata,
    ToRivetEvents,
    ToRivetAckCommands,
    ToRivetKvRequest,
    ToRivetTunnelMessage,
    ToRivetSqliteGetPagesRequest,
    ToRivetSqliteCommitRequest,
    ToRivetSqliteExecRequest,
    ToRivetSqliteExecuteRequest,
> Lend
    for ToRivetOf<
        ToRivetMetadata,
        ToRivetEvents,
        ToRivetAckCommands,
        ToRivetKvRequest,
        ToRivetTunnelMessage,
        ToRivetSqliteGetPagesRequest,
        ToRivetSqliteCommitRequest,
        ToRivetSqliteExecRequest,
        ToRivetSqliteExecuteRequest,
    >
{
    type Lent<'v>
        = ToRivetOf<
        &'v ToRivetMetadata,
        &'v ToRivetEvents,
        &'v ToRivetAckCommands,
        &'v ToRivetKvRequest,
        &'v ToRivetTunnelMessage,
        &'v ToRivetSqliteGetPagesRequest,
        &'v ToRivetSqliteCommitRequest,
        &'v ToRivetSqliteExecRequest,
        &'v ToRivetSqliteExecuteRequest,
    >
    where
        Self: 'v;
    #[inline]
    fn lend(
        &self,
    ) -> ToRivetOf<
        &ToRivetMetadata,
        &ToRivetEvents,
        &ToRivetAckCommands,
        &ToRivetKvRequest,
        &ToRivetTunnelMessage,
        &ToRivetSqliteGetPagesRequest,
        &ToRivetSqliteCommitRequest,
        &ToRivetSqliteExecRequest,
        &ToRivetSqliteExecuteRequest,
    > {
        match self {
            Self::ToRivetMetadata(value) => ToRivetOf::ToRivetMetadata(value),
            Self::ToRivetEvents(value) => ToRivetOf::ToRivetEvents(value),
            Self::ToRivetAckCommands(value) => ToRivetOf::ToRivetAckCommands(value),
            Self::ToRivetStopping => ToRivetOf::ToRivetStopping,
            Self::ToRivetPong(value) => ToRivetOf::ToRivetPong(*value),
            Self::ToRivetKvRequest(value) => ToRivetOf::ToRivetKvRequest(value),
            Self::ToRivetTunnelMessage(value) => ToRivetOf::ToRivetTunnelMessage(value),
            Self::ToRivetSqliteGetPagesRequest(value) => {
                ToRivetOf::ToRivetSqliteGetPagesRequest(value)
            }
            Self::ToRivetSqliteCommitRequest(value) => ToRivetOf::ToRivetSqliteCommitRequest(value),
            Self::ToRivetSqliteExecRequest(value) => ToRivetOf::ToRivetSqliteExecRequest(value),
            Self::ToRivetSqliteExecuteRequest(value) => {
                ToRivetOf::ToRivetSqliteExecuteRequest(value)
            }
        }
    }
}
impl<'a> Decode<'a> for ToRivetRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToRivetMetadata)),
            1 => Decode::decode_in(reader, place.map(Self::ToRivetEvents)),
            2 => Decode::decode_in(reader, place.map(Self::ToRivetAckCommands)),
            3 => Ok((reader, place.put(Self::ToRivetStopping))),
            4 => Decode::decode_in(reader, place.map(Self::ToRivetPong)),
            5 => Decode::decode_in(reader, place.map(Self::ToRivetKvRequest)),
            6 => Decode::decode_in(reader, place.map(Self::ToRivetTunnelMessage)),
            7 => Decode::decode_in(reader, place.map(Self::ToRivetSqliteGetPagesRequest)),
            8 => Decode::decode_in(reader, place.map(Self::ToRivetSqliteCommitRequest)),
            9 => Decode::decode_in(reader, place.map(Self::ToRivetSqliteExecRequest)),
            10 => Decode::decode_in(reader, place.map(Self::ToRivetSqliteExecuteRequest)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToRivetMetadataRef<'a> as Decode>::verify_from(reader),
            1 => <ToRivetEventsRef<'a> as Decode>::verify_from(reader),
            2 => <ToRivetAckCommandsRef<'a> as Decode>::verify_from(reader),
            3 => Ok(reader),
            4 => <ToRivetPong as Decode>::verify_from(reader),
            5 => <ToRivetKvRequestRef<'a> as Decode>::verify_from(reader),
            6 => <ToRivetTunnelMessageRef<'a> as Decode>::verify_from(reader),
            7 => <ToRivetSqliteGetPagesRequestRef<'a> as Decode>::verify_from(reader),
            8 => <ToRivetSqliteCommitRequestRef<'a> as Decode>::verify_from(reader),
            9 => <ToRivetSqliteExecRequestRef<'a> as Decode>::verify_from(reader),
            10 => <ToRivetSqliteExecuteRequestRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToRivetRef<'_> {
    type Owned = ToRivet;
    #[inline]
    fn into_owned(self) -> ToRivet {
        match self {
            Self::ToRivetMetadata(value) => ToRivet::ToRivetMetadata(value.into_owned()),
            Self::ToRivetEvents(value) => ToRivet::ToRivetEvents(value.into_owned()),
            Self::ToRivetAckCommands(value) => ToRivet::ToRivetAckCommands(value.into_owned()),
            Self::ToRivetStopping => ToRivet::ToRivetStopping,
            Self::ToRivetPong(value) => ToRivet::ToRivetPong(value.into_owned()),
            Self::ToRivetKvRequest(value) => ToRivet::ToRivetKvRequest(value.into_owned()),
            Self::ToRivetTunnelMessage(value) => ToRivet::ToRivetTunnelMessage(value.into_owned()),
            Self::ToRivetSqliteGetPagesRequest(value) => {
                ToRivet::ToRivetSqliteGetPagesRequest(value.into_owned())
            }
            Self::ToRivetSqliteCommitRequest(value) => {
                ToRivet::ToRivetSqliteCommitRequest(value.into_owned())
            }
            Self::ToRivetSqliteExecRequest(value) => {
                ToRivet::ToRivetSqliteExecRequest(value.into_owned())
            }
            Self::ToRivetSqliteExecuteRequest(value) => {
                ToRivet::ToRivetSqliteExecuteRequest(value.into_owned())
            }
        }
    }
}
impl Message for ToRivet {
    type Ref<'a> = ToRivetRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_RIVET;
    fn shorten<'s, 'l: 's>(value: &'s ToRivetRef<'l>) -> &'s ToRivetRef<'s> {
        value
    }
}
/// The limits that the server works by. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 857.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProtocolMetadata {
    /// Milliseconds without a connection after which a host counts as lost. The host then stops its actors itself, since
    /// the server may start them elsewhere. 15000 on a Rivet engine.
    pub envoy_lost_threshold: i64,
    /// Milliseconds that the server waits, after `CommandStopActor`, for the actor to stop; then it counts as lost.
    /// 1800000 on a Rivet engine.
    pub actor_stop_threshold: i64,
    /// The most octets of body or data that the server takes in one tunnel message from a host. 20971520 on a Rivet
    /// engine.
    pub max_response_payload_size: u64,
}
impl Encode for ProtocolMetadata {
    #[inline]
    fn encoded_len(&self) -> usize {
        24
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields((
            self.envoy_lost_threshold,
            self.actor_stop_threshold,
            self.max_response_payload_size,
        ));
        writer
    }
}
impl<'a> Decode<'a> for ProtocolMetadata {
    const MIN_SIZE: usize = 24;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (envoy_lost_threshold, actor_stop_threshold, max_response_payload_size) =
            reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                envoy_lost_threshold,
                actor_stop_threshold,
                max_response_payload_size,
            }),
        ))
    }
}
impl IntoOwned for ProtocolMetadata {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ProtocolMetadata {
    type Ref<'a> = ProtocolMetadata;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::PROTOCOL_METADATA;
    fn shorten<'s, 'l: 's>(value: &'s ProtocolMetadata) -> &'s ProtocolMetadata {
        value
    }
}
/// The first frame that the server sends on each connection. The host then sends again what it still owes: events that
/// are not acknowledged, and requests it could not send before.
///
/// Schema: `protocol/v4.bare`, line 871.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyInit {
    /// The server's limits, valid for this connection.
    pub metadata: ProtocolMetadata,
}
impl Encode for ToEnvoyInit {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.metadata.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.metadata.encode(writer)
    }
}
impl<'a> Decode<'a> for ToEnvoyInit {
    const MIN_SIZE: usize = 24;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        Decode::decode_in(reader, place.map(move |metadata| Self { metadata }))
    }
}
impl IntoOwned for ToEnvoyInit {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ToEnvoyInit {
    type Ref<'a> = ToEnvoyInit;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_INIT;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyInit) -> &'s ToEnvoyInit {
        value
    }
}
/// Commands to a host, those of one actor in the order of their index. Sent by the server as they arise, and once after
/// `ToEnvoyInit` with all that are not acknowledged.
///
/// Schema: `protocol/v4.bare`, line 878.
pub type ToEnvoyCommands = Vec<CommandWrapper>;
/// [`ToEnvoyCommands`] in its borrowed form.
pub type ToEnvoyCommandsRef<'a> = &'a [CommandWrapperRef<'a>];
/// Tells a host which events it need not keep any longer. Sent by the server late: on a Rivet engine once more than 250
/// events of one actor are due.
///
/// Schema: `protocol/v4.bare`, line 882.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyAckEvents {
    /// For each actor and generation the last event that the server has dealt with; it covers those before it.
    pub last_event_checkpoints: Vec<ActorCheckpoint>,
}
impl Encode for ToEnvoyAckEvents {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.last_event_checkpoints.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.last_event_checkpoints.encode(writer)
    }
}
/// [`ToEnvoyAckEvents`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToEnvoyAckEventsRef<'a> {
    /// For each actor and generation the last event that the server has dealt with; it covers those before it.
    pub last_event_checkpoints: &'a [ActorCheckpointRef<'a>],
}
impl Encode for ToEnvoyAckEventsRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.last_event_checkpoints.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        self.last_event_checkpoints.encode(writer)
    }
}
impl<'a> Decode<'a> for ToEnvoyAckEventsRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (mut reader, last_event_checkpoints) = Decode::decode_from(reader)?;
        Ok((
            reader,
            place.put(Self {
                last_event_checkpoints,
            }),
        ))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        <&'a [ActorCheckpointRef<'a>] as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoyAckEventsRef<'_> {
    type Owned = ToEnvoyAckEvents;
    #[inline]
    fn into_owned(self) -> ToEnvoyAckEvents {
        ToEnvoyAckEvents {
            last_event_checkpoints: self.last_event_checkpoints.into_owned(),
        }
    }
}
impl Message for ToEnvoyAckEvents {
    type Ref<'a> = ToEnvoyAckEventsRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_ACK_EVENTS;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyAckEventsRef<'l>) -> &'s ToEnvoyAckEventsRef<'s> {
        value
    }
}
/// Answers `ToRivetKvRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 888.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyKvResponse {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: KvResponseData,
}
impl Encode for ToEnvoyKvResponse {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
/// [`ToEnvoyKvResponse`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToEnvoyKvResponseRef<'a> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: KvResponseDataRef<'a>,
}
impl Encode for ToEnvoyKvResponseRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<'a> Decode<'a> for ToEnvoyKvResponseRef<'a> {
    const MIN_SIZE: usize = 5;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <KvResponseDataRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoyKvResponseRef<'_> {
    type Owned = ToEnvoyKvResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoyKvResponse {
        ToEnvoyKvResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoyKvResponse {
    type Ref<'a> = ToEnvoyKvResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_KV_RESPONSE;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyKvResponseRef<'l>) -> &'s ToEnvoyKvResponseRef<'s> {
        value
    }
}
/// [`ToEnvoySqliteGetPagesResponse`] in either form: `ToEnvoySqliteGetPagesResponse` owns its data, `ToEnvoySqliteGetPagesResponseRef` borrows.
///
/// Answers `ToRivetSqliteGetPagesRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 896.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoySqliteGetPagesResponseOf<Pages, Str> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: SqliteGetPagesResponseOf<Pages, Str>,
}
/// Answers `ToRivetSqliteGetPagesRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 896.
pub type ToEnvoySqliteGetPagesResponse =
    ToEnvoySqliteGetPagesResponseOf<Vec<SqliteFetchedPage>, String>;
/// [`ToEnvoySqliteGetPagesResponse`] in its borrowed form.
pub type ToEnvoySqliteGetPagesResponseRef<'a> =
    ToEnvoySqliteGetPagesResponseOf<&'a [SqliteFetchedPageRef<'a>], &'a str>;
impl<Pages: Encode, Str: Encode> Encode for ToEnvoySqliteGetPagesResponseOf<Pages, Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<Pages, Str> Lend for ToEnvoySqliteGetPagesResponseOf<Pages, Str> {
    type Lent<'v>
        = ToEnvoySqliteGetPagesResponseOf<&'v Pages, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoySqliteGetPagesResponseOf<&Pages, &Str> {
        ToEnvoySqliteGetPagesResponseOf {
            request_id: self.request_id,
            data: self.data.lend(),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoySqliteGetPagesResponseRef<'a> {
    const MIN_SIZE: usize = 6;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteGetPagesResponseRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoySqliteGetPagesResponseRef<'_> {
    type Owned = ToEnvoySqliteGetPagesResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoySqliteGetPagesResponse {
        ToEnvoySqliteGetPagesResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoySqliteGetPagesResponse {
    type Ref<'a> = ToEnvoySqliteGetPagesResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_ENVOY_SQLITE_GET_PAGES_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoySqliteGetPagesResponseRef<'l>,
    ) -> &'s ToEnvoySqliteGetPagesResponseRef<'s> {
        value
    }
}
/// [`ToEnvoySqliteCommitResponse`] in either form: `ToEnvoySqliteCommitResponse` owns its data, `ToEnvoySqliteCommitResponseRef` borrows.
///
/// Answers `ToRivetSqliteCommitRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 904.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoySqliteCommitResponseOf<Str> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: SqliteCommitResponseOf<Str>,
}
/// Answers `ToRivetSqliteCommitRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 904.
pub type ToEnvoySqliteCommitResponse = ToEnvoySqliteCommitResponseOf<String>;
/// [`ToEnvoySqliteCommitResponse`] in its borrowed form.
pub type ToEnvoySqliteCommitResponseRef<'a> = ToEnvoySqliteCommitResponseOf<&'a str>;
impl<Str: Encode> Encode for ToEnvoySqliteCommitResponseOf<Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<Str> Lend for ToEnvoySqliteCommitResponseOf<Str> {
    type Lent<'v>
        = ToEnvoySqliteCommitResponseOf<&'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoySqliteCommitResponseOf<&Str> {
        ToEnvoySqliteCommitResponseOf {
            request_id: self.request_id,
            data: self.data.lend(),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoySqliteCommitResponseRef<'a> {
    const MIN_SIZE: usize = 5;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
}
impl IntoOwned for ToEnvoySqliteCommitResponseRef<'_> {
    type Owned = ToEnvoySqliteCommitResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoySqliteCommitResponse {
        ToEnvoySqliteCommitResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoySqliteCommitResponse {
    type Ref<'a> = ToEnvoySqliteCommitResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_ENVOY_SQLITE_COMMIT_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoySqliteCommitResponseRef<'l>,
    ) -> &'s ToEnvoySqliteCommitResponseRef<'s> {
        value
    }
}
/// [`ToEnvoySqliteExecResponse`] in either form: `ToEnvoySqliteExecResponse` owns its data, `ToEnvoySqliteExecResponseRef` borrows.
///
/// Answers `ToRivetSqliteExecRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 912.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoySqliteExecResponseOf<SqliteExecOk, Str> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: SqliteExecResponseOf<SqliteExecOk, Str>,
}
/// Answers `ToRivetSqliteExecRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 912.
pub type ToEnvoySqliteExecResponse = ToEnvoySqliteExecResponseOf<SqliteExecOk, String>;
/// [`ToEnvoySqliteExecResponse`] in its borrowed form.
pub type ToEnvoySqliteExecResponseRef<'a> =
    ToEnvoySqliteExecResponseOf<SqliteExecOkRef<'a>, &'a str>;
impl<SqliteExecOk: Encode, Str: Encode> Encode for ToEnvoySqliteExecResponseOf<SqliteExecOk, Str> {
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<SqliteExecOk, Str> Lend for ToEnvoySqliteExecResponseOf<SqliteExecOk, Str> {
    type Lent<'v>
        = ToEnvoySqliteExecResponseOf<&'v SqliteExecOk, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoySqliteExecResponseOf<&SqliteExecOk, &Str> {
        ToEnvoySqliteExecResponseOf {
            request_id: self.request_id,
            data: self.data.lend(),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoySqliteExecResponseRef<'a> {
    const MIN_SIZE: usize = 6;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteExecResponseRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoySqliteExecResponseRef<'_> {
    type Owned = ToEnvoySqliteExecResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoySqliteExecResponse {
        ToEnvoySqliteExecResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoySqliteExecResponse {
    type Ref<'a> = ToEnvoySqliteExecResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_SQLITE_EXEC_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoySqliteExecResponseRef<'l>,
    ) -> &'s ToEnvoySqliteExecResponseRef<'s> {
        value
    }
}
/// [`ToEnvoySqliteExecuteResponse`] in either form: `ToEnvoySqliteExecuteResponse` owns its data, `ToEnvoySqliteExecuteResponseRef` borrows.
///
/// Answers `ToRivetSqliteExecuteRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 920.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str> {
    /// The id of the request.
    pub request_id: u32,
    /// The answer.
    pub data: SqliteExecuteResponseOf<SqliteExecuteOk, Str>,
}
/// Answers `ToRivetSqliteExecuteRequest`. Sent by the server.
///
/// Schema: `protocol/v4.bare`, line 920.
pub type ToEnvoySqliteExecuteResponse = ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, String>;
/// [`ToEnvoySqliteExecuteResponse`] in its borrowed form.
pub type ToEnvoySqliteExecuteResponseRef<'a> =
    ToEnvoySqliteExecuteResponseOf<SqliteExecuteOkRef<'a>, &'a str>;
impl<SqliteExecuteOk: Encode, Str: Encode> Encode
    for ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str>
{
    #[inline]
    fn encoded_len(&self) -> usize {
        4 + self.data.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields(self.request_id);
        self.data.encode(writer)
    }
}
impl<SqliteExecuteOk, Str> Lend for ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str> {
    type Lent<'v>
        = ToEnvoySqliteExecuteResponseOf<&'v SqliteExecuteOk, &'v Str>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoySqliteExecuteResponseOf<&SqliteExecuteOk, &Str> {
        ToEnvoySqliteExecuteResponseOf {
            request_id: self.request_id,
            data: self.data.lend(),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoySqliteExecuteResponseRef<'a> {
    const MIN_SIZE: usize = 6;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let request_id = reader.fields()?;
        Decode::decode_in(reader, place.map(move |data| Self { request_id, data }))
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        reader.skip(4)?;
        <SqliteExecuteResponseRef<'a> as Decode>::verify_from(reader)
    }
}
impl IntoOwned for ToEnvoySqliteExecuteResponseRef<'_> {
    type Owned = ToEnvoySqliteExecuteResponse;
    #[inline]
    fn into_owned(self) -> ToEnvoySqliteExecuteResponse {
        ToEnvoySqliteExecuteResponse {
            request_id: self.request_id,
            data: self.data.into_owned(),
        }
    }
}
impl Message for ToEnvoySqliteExecuteResponse {
    type Ref<'a> = ToEnvoySqliteExecuteResponseRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef =
        &definitions::TO_ENVOY_SQLITE_EXECUTE_RESPONSE;
    fn shorten<'s, 'l: 's>(
        value: &'s ToEnvoySqliteExecuteResponseRef<'l>,
    ) -> &'s ToEnvoySqliteExecuteResponseRef<'s> {
        value
    }
}
/// [`ToEnvoy`] in either form: `ToEnvoy` owns its data, `ToEnvoyRef` borrows.
///
/// A root: everything that the server sends to a host on its WebSocket, one of these per frame.
///
/// Schema: `protocol/v4.bare`, line 928.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToEnvoyOf<
    ToEnvoyCommands,
    ToEnvoyAckEvents,
    ToEnvoyKvResponse,
    ToEnvoyTunnelMessage,
    Pages,
    Str,
    SqliteExecOk,
    SqliteExecuteOk,
> {
    /// Tag 0: `ToEnvoyInit`.
    ToEnvoyInit(ToEnvoyInit),
    /// Tag 1: `ToEnvoyCommands`.
    ToEnvoyCommands(ToEnvoyCommands),
    /// Tag 2: `ToEnvoyAckEvents`.
    ToEnvoyAckEvents(ToEnvoyAckEvents),
    /// Tag 3: `ToEnvoyKvResponse`.
    ToEnvoyKvResponse(ToEnvoyKvResponse),
    /// Tag 4: `ToEnvoyTunnelMessage`.
    ToEnvoyTunnelMessage(ToEnvoyTunnelMessage),
    /// Tag 5: `ToEnvoyPing`.
    ToEnvoyPing(ToEnvoyPing),
    /// Tag 6: `ToEnvoySqliteGetPagesResponse`.
    ToEnvoySqliteGetPagesResponse(ToEnvoySqliteGetPagesResponseOf<Pages, Str>),
    /// Tag 7: `ToEnvoySqliteCommitResponse`.
    ToEnvoySqliteCommitResponse(ToEnvoySqliteCommitResponseOf<Str>),
    /// Tag 8: `ToEnvoySqliteExecResponse`.
    ToEnvoySqliteExecResponse(ToEnvoySqliteExecResponseOf<SqliteExecOk, Str>),
    /// Tag 9: `ToEnvoySqliteExecuteResponse`.
    ToEnvoySqliteExecuteResponse(ToEnvoySqliteExecuteResponseOf<SqliteExecuteOk, Str>),
}
/// A root: everything that the server sends to a host on its WebSocket, one of these per frame.
///
/// Schema: `protocol/v4.bare`, line 928.
pub type ToEnvoy = ToEnvoyOf<
    ToEnvoyCommands,
    ToEnvoyAckEvents,
    ToEnvoyKvResponse,
    ToEnvoyTunnelMessage,
    Vec<SqliteFetchedPage>,
    String,
    SqliteExecOk,
    SqliteExecuteOk,
>;
/// [`ToEnvoy`] in its borrowed form.
pub type ToEnvoyRef<'a> = ToEnvoyOf<
    ToEnvoyCommandsRef<'a>,
    ToEnvoyAckEventsRef<'a>,
    ToEnvoyKvResponseRef<'a>,
    ToEnvoyTunnelMessageRef<'a>,
    &'a [SqliteFetchedPageRef<'a>],
    &'a str,
    SqliteExecOkRef<'a>,
    SqliteExecuteOkRef<'a>,
>;
impl<
    ToEnvoyCommands: Encode,
    ToEnvoyAckEvents: Encode,
    ToEnvoyKvResponse: Encode,
    ToEnvoyTunnelMessage: Encode,
    Pages: Encode,
    Str: Encode,
    SqliteExecOk: Encode,
    SqliteExecuteOk: Encode,
> Encode
    for ToEnvoyOf<
        ToEnvoyCommands,
        ToEnvoyAckEvents,
        ToEnvoyKvResponse,
        ToEnvoyTunnelMessage,
        Pages,
        Str,
        SqliteExecOk,
        SqliteExecuteOk,
    >
{
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToEnvoyInit(value) => 1 + value.encoded_len(),
            Self::ToEnvoyCommands(value) => 1 + value.encoded_len(),
            Self::ToEnvoyAckEvents(value) => 1 + value.encoded_len(),
            Self::ToEnvoyKvResponse(value) => 1 + value.encoded_len(),
            Self::ToEnvoyTunnelMessage(value) => 1 + value.encoded_len(),
            Self::ToEnvoyPing(value) => 1 + value.encoded_len(),
            Self::ToEnvoySqliteGetPagesResponse(value) => 1 + value.encoded_len(),
            Self::ToEnvoySqliteCommitResponse(value) => 1 + value.encoded_len(),
            Self::ToEnvoySqliteExecResponse(value) => 1 + value.encoded_len(),
            Self::ToEnvoySqliteExecuteResponse(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToEnvoyInit(value) => writer.member(0, value),
            Self::ToEnvoyCommands(value) => writer.member(1, value),
            Self::ToEnvoyAckEvents(value) => writer.member(2, value),
            Self::ToEnvoyKvResponse(value) => writer.member(3, value),
            Self::ToEnvoyTunnelMessage(value) => writer.member(4, value),
            Self::ToEnvoyPing(value) => writer.member(5, value),
            Self::ToEnvoySqliteGetPagesResponse(value) => writer.member(6, value),
            Self::ToEnvoySqliteCommitResponse(value) => writer.member(7, value),
            Self::ToEnvoySqliteExecResponse(value) => writer.member(8, value),
            Self::ToEnvoySqliteExecuteResponse(value) => writer.member(9, value),
        }
    }
}
impl<
    ToEnvoyCommands,
    ToEnvoyAckEvents,
    ToEnvoyKvResponse,
    ToEnvoyTunnelMessage,
    Pages,
    Str,
    SqliteExecOk,
    SqliteExecuteOk,
> Lend
    for ToEnvoyOf<
        ToEnvoyCommands,
        ToEnvoyAckEvents,
        ToEnvoyKvResponse,
        ToEnvoyTunnelMessage,
        Pages,
        Str,
        SqliteExecOk,
        SqliteExecuteOk,
    >
{
    type Lent<'v>
        = ToEnvoyOf<
        &'v ToEnvoyCommands,
        &'v ToEnvoyAckEvents,
        &'v ToEnvoyKvResponse,
        &'v ToEnvoyTunnelMessage,
        &'v Pages,
        &'v Str,
        &'v SqliteExecOk,
        &'v SqliteExecuteOk,
    >
    where
        Self: 'v;
    #[inline]
    fn lend(
        &self,
    ) -> ToEnvoyOf<
        &ToEnvoyCommands,
        &ToEnvoyAckEvents,
        &ToEnvoyKvResponse,
        &ToEnvoyTunnelMessage,
        &Pages,
        &Str,
        &SqliteExecOk,
        &SqliteExecuteOk,
    > {
        match self {
            Self::ToEnvoyInit(value) => ToEnvoyOf::ToEnvoyInit(*value),
            Self::ToEnvoyCommands(value) => ToEnvoyOf::ToEnvoyCommands(value),
            Self::ToEnvoyAckEvents(value) => ToEnvoyOf::ToEnvoyAckEvents(value),
            Self::ToEnvoyKvResponse(value) => ToEnvoyOf::ToEnvoyKvResponse(value),
            Self::ToEnvoyTunnelMessage(value) => ToEnvoyOf::ToEnvoyTunnelMessage(value),
            Self::ToEnvoyPing(value) => ToEnvoyOf::ToEnvoyPing(*value),
            Self::ToEnvoySqliteGetPagesResponse(value) => {
                ToEnvoyOf::ToEnvoySqliteGetPagesResponse(value.lend())
            }
            Self::ToEnvoySqliteCommitResponse(value) => {
                ToEnvoyOf::ToEnvoySqliteCommitResponse(value.lend())
            }
            Self::ToEnvoySqliteExecResponse(value) => {
                ToEnvoyOf::ToEnvoySqliteExecResponse(value.lend())
            }
            Self::ToEnvoySqliteExecuteResponse(value) => {
                ToEnvoyOf::ToEnvoySqliteExecuteResponse(value.lend())
            }
        }
    }
}
impl<'a> Decode<'a> for ToEnvoyRef<'a> {
    const MIN_SIZE: usize = 2;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToEnvoyInit)),
            1 => Decode::decode_in(reader, place.map(Self::ToEnvoyCommands)),
            2 => Decode::decode_in(reader, place.map(Self::ToEnvoyAckEvents)),
            3 => Decode::decode_in(reader, place.map(Self::ToEnvoyKvResponse)),
            4 => Decode::decode_in(reader, place.map(Self::ToEnvoyTunnelMessage)),
            5 => Decode::decode_in(reader, place.map(Self::ToEnvoyPing)),
            6 => Decode::decode_in(reader, place.map(Self::ToEnvoySqliteGetPagesResponse)),
            7 => Decode::decode_in(reader, place.map(Self::ToEnvoySqliteCommitResponse)),
            8 => Decode::decode_in(reader, place.map(Self::ToEnvoySqliteExecResponse)),
            9 => Decode::decode_in(reader, place.map(Self::ToEnvoySqliteExecuteResponse)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToEnvoyInit as Decode>::verify_from(reader),
            1 => <ToEnvoyCommandsRef<'a> as Decode>::verify_from(reader),
            2 => <ToEnvoyAckEventsRef<'a> as Decode>::verify_from(reader),
            3 => <ToEnvoyKvResponseRef<'a> as Decode>::verify_from(reader),
            4 => <ToEnvoyTunnelMessageRef<'a> as Decode>::verify_from(reader),
            5 => <ToEnvoyPing as Decode>::verify_from(reader),
            6 => <ToEnvoySqliteGetPagesResponseRef<'a> as Decode>::verify_from(reader),
            7 => <ToEnvoySqliteCommitResponseRef<'a> as Decode>::verify_from(reader),
            8 => <ToEnvoySqliteExecResponseRef<'a> as Decode>::verify_from(reader),
            9 => <ToEnvoySqliteExecuteResponseRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToEnvoyRef<'_> {
    type Owned = ToEnvoy;
    #[inline]
    fn into_owned(self) -> ToEnvoy {
        match self {
            Self::ToEnvoyInit(value) => ToEnvoy::ToEnvoyInit(value.into_owned()),
            Self::ToEnvoyCommands(value) => ToEnvoy::ToEnvoyCommands(value.into_owned()),
            Self::ToEnvoyAckEvents(value) => ToEnvoy::ToEnvoyAckEvents(value.into_owned()),
            Self::ToEnvoyKvResponse(value) => ToEnvoy::ToEnvoyKvResponse(value.into_owned()),
            Self::ToEnvoyTunnelMessage(value) => ToEnvoy::ToEnvoyTunnelMessage(value.into_owned()),
            Self::ToEnvoyPing(value) => ToEnvoy::ToEnvoyPing(value.into_owned()),
            Self::ToEnvoySqliteGetPagesResponse(value) => {
                ToEnvoy::ToEnvoySqliteGetPagesResponse(value.into_owned())
            }
            Self::ToEnvoySqliteCommitResponse(value) => {
                ToEnvoy::ToEnvoySqliteCommitResponse(value.into_owned())
            }
            Self::ToEnvoySqliteExecResponse(value) => {
                ToEnvoy::ToEnvoySqliteExecResponse(value.into_owned())
            }
            Self::ToEnvoySqliteExecuteResponse(value) => {
                ToEnvoy::ToEnvoySqliteExecuteResponse(value.into_owned())
            }
        }
    }
}
impl Message for ToEnvoy {
    type Ref<'a> = ToEnvoyRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyRef<'l>) -> &'s ToEnvoyRef<'s> {
        value
    }
}
/// Asks the server node that holds a host's connection whether it still does. Sent by a gateway every few seconds for
/// each request in flight; answered by that node with `ToGatewayPong`, and never passed on to the host.
///
/// Schema: `protocol/v4.bare`, line 946.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToEnvoyConnPing {
    /// The gateway that asks, and gets the answer.
    pub gateway_id: GatewayId,
    /// The request that it asks for.
    pub request_id: RequestId,
    /// The gateway's clock: milliseconds since the Unix epoch.
    pub ts: i64,
}
impl Encode for ToEnvoyConnPing {
    #[inline]
    fn encoded_len(&self) -> usize {
        16
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields((self.gateway_id, self.request_id, self.ts));
        writer
    }
}
impl<'a> Decode<'a> for ToEnvoyConnPing {
    const MIN_SIZE: usize = 16;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (gateway_id, request_id, ts) = reader.fields()?;
        Ok((
            reader,
            place.put(Self {
                gateway_id,
                request_id,
                ts,
            }),
        ))
    }
}
impl IntoOwned for ToEnvoyConnPing {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ToEnvoyConnPing {
    type Ref<'a> = ToEnvoyConnPing;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_CONN_PING;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyConnPing) -> &'s ToEnvoyConnPing {
        value
    }
}
/// Tells the server node that holds a host's connection to close it.
///
/// Schema: `protocol/v4.bare`, line 956.
pub type ToEnvoyConnClose = ();
/// [`ToEnvoyConn`] in either form: `ToEnvoyConn` owns its data, `ToEnvoyConnRef` borrows.
///
/// A root: what other parts of the server send to the node that holds a host's connection, with the version embedded
/// in front. Commands, acks and tunnel messages are for the host, and go on to it at the version of its connection.
///
/// Schema: `protocol/v4.bare`, line 960.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage> {
    /// Tag 0: `ToEnvoyConnPing`.
    ToEnvoyConnPing(ToEnvoyConnPing),
    /// Tag 1: `ToEnvoyConnClose`.
    ToEnvoyConnClose,
    /// Tag 2: `ToEnvoyCommands`.
    ToEnvoyCommands(ToEnvoyCommands),
    /// Tag 3: `ToEnvoyAckEvents`.
    ToEnvoyAckEvents(ToEnvoyAckEvents),
    /// Tag 4: `ToEnvoyTunnelMessage`.
    ToEnvoyTunnelMessage(ToEnvoyTunnelMessage),
}
/// A root: what other parts of the server send to the node that holds a host's connection, with the version embedded
/// in front. Commands, acks and tunnel messages are for the host, and go on to it at the version of its connection.
///
/// Schema: `protocol/v4.bare`, line 960.
pub type ToEnvoyConn = ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>;
/// [`ToEnvoyConn`] in its borrowed form.
pub type ToEnvoyConnRef<'a> =
    ToEnvoyConnOf<ToEnvoyCommandsRef<'a>, ToEnvoyAckEventsRef<'a>, ToEnvoyTunnelMessageRef<'a>>;
impl<ToEnvoyCommands: Encode, ToEnvoyAckEvents: Encode, ToEnvoyTunnelMessage: Encode> Encode
    for ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>
{
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToEnvoyConnPing(value) => 1 + value.encoded_len(),
            Self::ToEnvoyConnClose => 1,
            Self::ToEnvoyCommands(value) => 1 + value.encoded_len(),
            Self::ToEnvoyAckEvents(value) => 1 + value.encoded_len(),
            Self::ToEnvoyTunnelMessage(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToEnvoyConnPing(value) => writer.member(0, value),
            Self::ToEnvoyConnClose => {
                writer.octet(1);
                writer
            }
            Self::ToEnvoyCommands(value) => writer.member(2, value),
            Self::ToEnvoyAckEvents(value) => writer.member(3, value),
            Self::ToEnvoyTunnelMessage(value) => writer.member(4, value),
        }
    }
}
impl<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage> Lend
    for ToEnvoyConnOf<ToEnvoyCommands, ToEnvoyAckEvents, ToEnvoyTunnelMessage>
{
    type Lent<'v>
        = ToEnvoyConnOf<&'v ToEnvoyCommands, &'v ToEnvoyAckEvents, &'v ToEnvoyTunnelMessage>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToEnvoyConnOf<&ToEnvoyCommands, &ToEnvoyAckEvents, &ToEnvoyTunnelMessage> {
        match self {
            Self::ToEnvoyConnPing(value) => ToEnvoyConnOf::ToEnvoyConnPing(*value),
            Self::ToEnvoyConnClose => ToEnvoyConnOf::ToEnvoyConnClose,
            Self::ToEnvoyCommands(value) => ToEnvoyConnOf::ToEnvoyCommands(value),
            Self::ToEnvoyAckEvents(value) => ToEnvoyConnOf::ToEnvoyAckEvents(value),
            Self::ToEnvoyTunnelMessage(value) => ToEnvoyConnOf::ToEnvoyTunnelMessage(value),
        }
    }
}
impl<'a> Decode<'a> for ToEnvoyConnRef<'a> {
    const MIN_SIZE: usize = 1;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToEnvoyConnPing)),
            1 => Ok((reader, place.put(Self::ToEnvoyConnClose))),
            2 => Decode::decode_in(reader, place.map(Self::ToEnvoyCommands)),
            3 => Decode::decode_in(reader, place.map(Self::ToEnvoyAckEvents)),
            4 => Decode::decode_in(reader, place.map(Self::ToEnvoyTunnelMessage)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToEnvoyConnPing as Decode>::verify_from(reader),
            1 => Ok(reader),
            2 => <ToEnvoyCommandsRef<'a> as Decode>::verify_from(reader),
            3 => <ToEnvoyAckEventsRef<'a> as Decode>::verify_from(reader),
            4 => <ToEnvoyTunnelMessageRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToEnvoyConnRef<'_> {
    type Owned = ToEnvoyConn;
    #[inline]
    fn into_owned(self) -> ToEnvoyConn {
        match self {
            Self::ToEnvoyConnPing(value) => ToEnvoyConn::ToEnvoyConnPing(value.into_owned()),
            Self::ToEnvoyConnClose => ToEnvoyConn::ToEnvoyConnClose,
            Self::ToEnvoyCommands(value) => ToEnvoyConn::ToEnvoyCommands(value.into_owned()),
            Self::ToEnvoyAckEvents(value) => ToEnvoyConn::ToEnvoyAckEvents(value.into_owned()),
            Self::ToEnvoyTunnelMessage(value) => {
                ToEnvoyConn::ToEnvoyTunnelMessage(value.into_owned())
            }
        }
    }
}
impl Message for ToEnvoyConn {
    type Ref<'a> = ToEnvoyConnRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_ENVOY_CONN;
    fn shorten<'s, 'l: 's>(value: &'s ToEnvoyConnRef<'l>) -> &'s ToEnvoyConnRef<'s> {
        value
    }
}
/// Answers `ToEnvoyConnPing`: the host's connection is alive. Sent by the node that holds it.
///
/// Schema: `protocol/v4.bare`, line 972.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToGatewayPong {
    /// The request that was asked for.
    pub request_id: RequestId,
    /// The number from the ping, unchanged.
    pub ts: i64,
}
impl Encode for ToGatewayPong {
    #[inline]
    fn encoded_len(&self) -> usize {
        12
    }
    #[inline(always)]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer.fields((self.request_id, self.ts));
        writer
    }
}
impl<'a> Decode<'a> for ToGatewayPong {
    const MIN_SIZE: usize = 12;
    #[inline(always)]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let (request_id, ts) = reader.fields()?;
        Ok((reader, place.put(Self { request_id, ts })))
    }
}
impl IntoOwned for ToGatewayPong {
    type Owned = Self;
    #[inline]
    fn into_owned(self) -> Self {
        self
    }
}
impl Message for ToGatewayPong {
    type Ref<'a> = ToGatewayPong;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_GATEWAY_PONG;
    fn shorten<'s, 'l: 's>(value: &'s ToGatewayPong) -> &'s ToGatewayPong {
        value
    }
}
/// [`ToGateway`] in either form: `ToGateway` owns its data, `ToGatewayRef` borrows.
///
/// A root: what the node that holds a host's connection sends to a gateway, with the version embedded in front.
///
/// Schema: `protocol/v4.bare`, line 980.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToGatewayOf<ToRivetTunnelMessage> {
    /// Tag 0: `ToGatewayPong`.
    ToGatewayPong(ToGatewayPong),
    /// Tag 1: `ToRivetTunnelMessage`.
    ToRivetTunnelMessage(ToRivetTunnelMessage),
}
/// A root: what the node that holds a host's connection sends to a gateway, with the version embedded in front.
///
/// Schema: `protocol/v4.bare`, line 980.
pub type ToGateway = ToGatewayOf<ToRivetTunnelMessage>;
/// [`ToGateway`] in its borrowed form.
pub type ToGatewayRef<'a> = ToGatewayOf<ToRivetTunnelMessageRef<'a>>;
impl<ToRivetTunnelMessage: Encode> Encode for ToGatewayOf<ToRivetTunnelMessage> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToGatewayPong(value) => 1 + value.encoded_len(),
            Self::ToRivetTunnelMessage(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToGatewayPong(value) => writer.member(0, value),
            Self::ToRivetTunnelMessage(value) => writer.member(1, value),
        }
    }
}
impl<ToRivetTunnelMessage> Lend for ToGatewayOf<ToRivetTunnelMessage> {
    type Lent<'v>
        = ToGatewayOf<&'v ToRivetTunnelMessage>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToGatewayOf<&ToRivetTunnelMessage> {
        match self {
            Self::ToGatewayPong(value) => ToGatewayOf::ToGatewayPong(*value),
            Self::ToRivetTunnelMessage(value) => ToGatewayOf::ToRivetTunnelMessage(value),
        }
    }
}
impl<'a> Decode<'a> for ToGatewayRef<'a> {
    const MIN_SIZE: usize = 12;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToGatewayPong)),
            1 => Decode::decode_in(reader, place.map(Self::ToRivetTunnelMessage)),
            _ => Err(Fault::MALFORMED),
        }
    }
    #[inline]
    fn verify_from<'r>(mut reader: Reader<'r, 'a>) -> Result<Reader<'r, 'a>, Fault> {
        match reader.octet()? {
            0 => <ToGatewayPong as Decode>::verify_from(reader),
            1 => <ToRivetTunnelMessageRef<'a> as Decode>::verify_from(reader),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToGatewayRef<'_> {
    type Owned = ToGateway;
    #[inline]
    fn into_owned(self) -> ToGateway {
        match self {
            Self::ToGatewayPong(value) => ToGateway::ToGatewayPong(value.into_owned()),
            Self::ToRivetTunnelMessage(value) => {
                ToGateway::ToRivetTunnelMessage(value.into_owned())
            }
        }
    }
}
impl Message for ToGateway {
    type Ref<'a> = ToGatewayRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_GATEWAY;
    fn shorten<'s, 'l: 's>(value: &'s ToGatewayRef<'l>) -> &'s ToGatewayRef<'s> {
        value
    }
}
/// Start an actor on a serverless host. Sent within the server to the service that calls such hosts over HTTP.
///
/// Schema: `protocol/v4.bare`, line 989.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToOutboundActorStart {
    /// The namespace of the actor: here its identifier.
    pub namespace_id: Id,
    /// The pool of hosts to start the actor in.
    pub pool_name: String,
    /// The actor, the generation to start, and the index of the start command.
    pub checkpoint: ActorCheckpoint,
    /// What to start.
    pub actor_config: ActorConfig,
}
impl Encode for ToOutboundActorStart {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.namespace_id.encoded_len()
            + self.pool_name.encoded_len()
            + self.checkpoint.encoded_len()
            + self.actor_config.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.namespace_id.encode(writer);
        writer = self.pool_name.encode(writer);
        writer = self.checkpoint.encode(writer);
        self.actor_config.encode(writer)
    }
}
/// [`ToOutboundActorStart`] in its borrowed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToOutboundActorStartRef<'a> {
    /// The namespace of the actor: here its identifier.
    pub namespace_id: IdRef<'a>,
    /// The pool of hosts to start the actor in.
    pub pool_name: &'a str,
    /// The actor, the generation to start, and the index of the start command.
    pub checkpoint: ActorCheckpointRef<'a>,
    /// What to start.
    pub actor_config: ActorConfigRef<'a>,
}
impl Encode for ToOutboundActorStartRef<'_> {
    #[inline]
    fn encoded_len(&self) -> usize {
        self.namespace_id.encoded_len()
            + self.pool_name.encoded_len()
            + self.checkpoint.encoded_len()
            + self.actor_config.encoded_len()
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        writer = self.namespace_id.encode(writer);
        writer = self.pool_name.encode(writer);
        writer = self.checkpoint.encode(writer);
        self.actor_config.encode(writer)
    }
}
impl<'a> Decode<'a> for ToOutboundActorStartRef<'a> {
    const MIN_SIZE: usize = 26;
    const PREFETCH: bool = true;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let namespace_id = reader.str()?;
        let pool_name = reader.str()?;
        let (mut reader, checkpoint) = Decode::decode_from(reader)?;
        Decode::decode_in(
            reader,
            place.map(move |actor_config| Self {
                namespace_id,
                pool_name,
                checkpoint,
                actor_config,
            }),
        )
    }
}
impl IntoOwned for ToOutboundActorStartRef<'_> {
    type Owned = ToOutboundActorStart;
    #[inline]
    fn into_owned(self) -> ToOutboundActorStart {
        ToOutboundActorStart {
            namespace_id: self.namespace_id.into_owned(),
            pool_name: self.pool_name.into_owned(),
            checkpoint: self.checkpoint.into_owned(),
            actor_config: self.actor_config.into_owned(),
        }
    }
}
impl Message for ToOutboundActorStart {
    type Ref<'a> = ToOutboundActorStartRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_OUTBOUND_ACTOR_START;
    fn shorten<'s, 'l: 's>(
        value: &'s ToOutboundActorStartRef<'l>,
    ) -> &'s ToOutboundActorStartRef<'s> {
        value
    }
}
/// [`ToOutbound`] in either form: `ToOutbound` owns its data, `ToOutboundRef` borrows.
///
/// A root: what the server hands to its service for serverless hosts, with the version embedded in front.
///
/// Schema: `protocol/v4.bare`, line 1001.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ToOutboundOf<ToOutboundActorStart> {
    /// Tag 0: `ToOutboundActorStart`.
    ToOutboundActorStart(ToOutboundActorStart),
}
/// A root: what the server hands to its service for serverless hosts, with the version embedded in front.
///
/// Schema: `protocol/v4.bare`, line 1001.
pub type ToOutbound = ToOutboundOf<ToOutboundActorStart>;
/// [`ToOutbound`] in its borrowed form.
pub type ToOutboundRef<'a> = ToOutboundOf<ToOutboundActorStartRef<'a>>;
impl<ToOutboundActorStart: Encode> Encode for ToOutboundOf<ToOutboundActorStart> {
    #[inline]
    fn encoded_len(&self) -> usize {
        match self {
            Self::ToOutboundActorStart(value) => 1 + value.encoded_len(),
        }
    }
    #[inline]
    fn encode<'w, 'v>(&'v self, mut writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        match self {
            Self::ToOutboundActorStart(value) => writer.member(0, value),
        }
    }
}
impl<ToOutboundActorStart> Lend for ToOutboundOf<ToOutboundActorStart> {
    type Lent<'v>
        = ToOutboundOf<&'v ToOutboundActorStart>
    where
        Self: 'v;
    #[inline]
    fn lend(&self) -> ToOutboundOf<&ToOutboundActorStart> {
        match self {
            Self::ToOutboundActorStart(value) => ToOutboundOf::ToOutboundActorStart(value),
        }
    }
}
impl<'a> Decode<'a> for ToOutboundRef<'a> {
    const MIN_SIZE: usize = 27;
    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        match reader.octet()? {
            0 => Decode::decode_in(reader, place.map(Self::ToOutboundActorStart)),
            _ => Err(Fault::MALFORMED),
        }
    }
}
impl IntoOwned for ToOutboundRef<'_> {
    type Owned = ToOutbound;
    #[inline]
    fn into_owned(self) -> ToOutbound {
        match self {
            Self::ToOutboundActorStart(value) => {
                ToOutbound::ToOutboundActorStart(value.into_owned())
            }
        }
    }
}
impl Message for ToOutbound {
    type Ref<'a> = ToOutboundRef<'a>;
    const DEFINITION: &'static bare::schema::TypeDef = &definitions::TO_OUTBOUND;
    fn shorten<'s, 'l: 's>(value: &'s ToOutboundRef<'l>) -> &'s ToOutboundRef<'s> {
        value
    }
}
/// The types of this version as data, each under its name in upper case.
pub mod definitions {
    use bare::schema::{Type, TypeDef, field, member, value};
    /// `Id`.
    pub static ID: TypeDef = TypeDef::of_alias("Id", Type::Str);
    /// `Json`.
    pub static JSON: TypeDef = TypeDef::of_alias("Json", Type::Str);
    /// `GatewayId`.
    pub static GATEWAY_ID: TypeDef = TypeDef::of_alias("GatewayId", Type::FixedData(4));
    /// `RequestId`.
    pub static REQUEST_ID: TypeDef = TypeDef::of_alias("RequestId", Type::FixedData(4));
    /// `MessageIndex`.
    pub static MESSAGE_INDEX: TypeDef = TypeDef::of_alias("MessageIndex", Type::U16);
    /// `KvKey`.
    pub static KV_KEY: TypeDef = TypeDef::of_alias("KvKey", Type::Data);
    /// `KvValue`.
    pub static KV_VALUE: TypeDef = TypeDef::of_alias("KvValue", Type::Data);
    /// `KvMetadata`.
    pub static KV_METADATA: TypeDef = TypeDef::of_struct(
        "KvMetadata",
        &[field("version", Type::Data), field("updateTs", Type::I64)],
    );
    /// `KvListAllQuery`.
    pub static KV_LIST_ALL_QUERY: TypeDef = TypeDef::of_alias("KvListAllQuery", Type::Void);
    /// `KvListRangeQuery`.
    pub static KV_LIST_RANGE_QUERY: TypeDef = TypeDef::of_struct(
        "KvListRangeQuery",
        &[
            field("start", Type::Named(&KV_KEY)),
            field("end", Type::Named(&KV_KEY)),
            field("exclusive", Type::Bool),
        ],
    );
    /// `KvListPrefixQuery`.
    pub static KV_LIST_PREFIX_QUERY: TypeDef =
        TypeDef::of_struct("KvListPrefixQuery", &[field("key", Type::Named(&KV_KEY))]);
    /// `KvListQuery`.
    pub static KV_LIST_QUERY: TypeDef = TypeDef::of_union(
        "KvListQuery",
        &[
            member(0, "KvListAllQuery", Type::Named(&KV_LIST_ALL_QUERY)),
            member(1, "KvListRangeQuery", Type::Named(&KV_LIST_RANGE_QUERY)),
            member(2, "KvListPrefixQuery", Type::Named(&KV_LIST_PREFIX_QUERY)),
        ],
    );
    /// `KvGetRequest`.
    pub static KV_GET_REQUEST: TypeDef = TypeDef::of_struct(
        "KvGetRequest",
        &[field("keys", Type::List(&Type::Named(&KV_KEY)))],
    );
    /// `KvListRequest`.
    pub static KV_LIST_REQUEST: TypeDef = TypeDef::of_struct(
        "KvListRequest",
        &[
            field("query", Type::Named(&KV_LIST_QUERY)),
            field("reverse", Type::Optional(&Type::Bool)),
            field("limit", Type::Optional(&Type::U64)),
        ],
    );
    /// `KvPutRequest`.
    pub static KV_PUT_REQUEST: TypeDef = TypeDef::of_struct(
        "KvPutRequest",
        &[
            field("keys", Type::List(&Type::Named(&KV_KEY))),
            field("values", Type::List(&Type::Named(&KV_VALUE))),
        ],
    );
    /// `KvDeleteRequest`.
    pub static KV_DELETE_REQUEST: TypeDef = TypeDef::of_struct(
        "KvDeleteRequest",
        &[field("keys", Type::List(&Type::Named(&KV_KEY)))],
    );
    /// `KvDeleteRangeRequest`.
    pub static KV_DELETE_RANGE_REQUEST: TypeDef = TypeDef::of_struct(
        "KvDeleteRangeRequest",
        &[
            field("start", Type::Named(&KV_KEY)),
            field("end", Type::Named(&KV_KEY)),
        ],
    );
    /// `KvDropRequest`.
    pub static KV_DROP_REQUEST: TypeDef = TypeDef::of_alias("KvDropRequest", Type::Void);
    /// `KvErrorResponse`.
    pub static KV_ERROR_RESPONSE: TypeDef =
        TypeDef::of_struct("KvErrorResponse", &[field("message", Type::Str)]);
    /// `KvGetResponse`.
    pub static KV_GET_RESPONSE: TypeDef = TypeDef::of_struct(
        "KvGetResponse",
        &[
            field("keys", Type::List(&Type::Named(&KV_KEY))),
            field("values", Type::List(&Type::Named(&KV_VALUE))),
            field("metadata", Type::List(&Type::Named(&KV_METADATA))),
        ],
    );
    /// `KvListResponse`.
    pub static KV_LIST_RESPONSE: TypeDef = TypeDef::of_struct(
        "KvListResponse",
        &[
            field("keys", Type::List(&Type::Named(&KV_KEY))),
            field("values", Type::List(&Type::Named(&KV_VALUE))),
            field("metadata", Type::List(&Type::Named(&KV_METADATA))),
        ],
    );
    /// `KvPutResponse`.
    pub static KV_PUT_RESPONSE: TypeDef = TypeDef::of_alias("KvPutResponse", Type::Void);
    /// `KvDeleteResponse`.
    pub static KV_DELETE_RESPONSE: TypeDef = TypeDef::of_alias("KvDeleteResponse", Type::Void);
    /// `KvDropResponse`.
    pub static KV_DROP_RESPONSE: TypeDef = TypeDef::of_alias("KvDropResponse", Type::Void);
    /// `KvRequestData`.
    pub static KV_REQUEST_DATA: TypeDef = TypeDef::of_union(
        "KvRequestData",
        &[
            member(0, "KvGetRequest", Type::Named(&KV_GET_REQUEST)),
            member(1, "KvListRequest", Type::Named(&KV_LIST_REQUEST)),
            member(2, "KvPutRequest", Type::Named(&KV_PUT_REQUEST)),
            member(3, "KvDeleteRequest", Type::Named(&KV_DELETE_REQUEST)),
            member(
                4,
                "KvDeleteRangeRequest",
                Type::Named(&KV_DELETE_RANGE_REQUEST),
            ),
            member(5, "KvDropRequest", Type::Named(&KV_DROP_REQUEST)),
        ],
    );
    /// `KvResponseData`.
    pub static KV_RESPONSE_DATA: TypeDef = TypeDef::of_union(
        "KvResponseData",
        &[
            member(0, "KvErrorResponse", Type::Named(&KV_ERROR_RESPONSE)),
            member(1, "KvGetResponse", Type::Named(&KV_GET_RESPONSE)),
            member(2, "KvListResponse", Type::Named(&KV_LIST_RESPONSE)),
            member(3, "KvPutResponse", Type::Named(&KV_PUT_RESPONSE)),
            member(4, "KvDeleteResponse", Type::Named(&KV_DELETE_RESPONSE)),
            member(5, "KvDropResponse", Type::Named(&KV_DROP_RESPONSE)),
        ],
    );
    /// `SqlitePgno`.
    pub static SQLITE_PGNO: TypeDef = TypeDef::of_alias("SqlitePgno", Type::U32);
    /// `SqliteGeneration`.
    pub static SQLITE_GENERATION: TypeDef = TypeDef::of_alias("SqliteGeneration", Type::U64);
    /// `SqlitePageBytes`.
    pub static SQLITE_PAGE_BYTES: TypeDef = TypeDef::of_alias("SqlitePageBytes", Type::Data);
    /// `SqliteDirtyPage`.
    pub static SQLITE_DIRTY_PAGE: TypeDef = TypeDef::of_struct(
        "SqliteDirtyPage",
        &[
            field("pgno", Type::Named(&SQLITE_PGNO)),
            field("bytes", Type::Named(&SQLITE_PAGE_BYTES)),
        ],
    );
    /// `SqliteFetchedPage`.
    pub static SQLITE_FETCHED_PAGE: TypeDef = TypeDef::of_struct(
        "SqliteFetchedPage",
        &[
            field("pgno", Type::Named(&SQLITE_PGNO)),
            field("bytes", Type::Optional(&Type::Named(&SQLITE_PAGE_BYTES))),
        ],
    );
    /// `SqliteGetPagesRequest`.
    pub static SQLITE_GET_PAGES_REQUEST: TypeDef = TypeDef::of_struct(
        "SqliteGetPagesRequest",
        &[
            field("actorId", Type::Named(&ID)),
            field("pgnos", Type::List(&Type::Named(&SQLITE_PGNO))),
            field("expectedGeneration", Type::Optional(&Type::U64)),
            field("expectedHeadTxid", Type::Optional(&Type::U64)),
        ],
    );
    /// `SqliteGetPagesOk`.
    pub static SQLITE_GET_PAGES_OK: TypeDef = TypeDef::of_struct(
        "SqliteGetPagesOk",
        &[field(
            "pages",
            Type::List(&Type::Named(&SQLITE_FETCHED_PAGE)),
        )],
    );
    /// `SqliteErrorResponse`.
    pub static SQLITE_ERROR_RESPONSE: TypeDef =
        TypeDef::of_struct("SqliteErrorResponse", &[field("message", Type::Str)]);
    /// `SqliteGetPagesResponse`.
    pub static SQLITE_GET_PAGES_RESPONSE: TypeDef = TypeDef::of_union(
        "SqliteGetPagesResponse",
        &[
            member(0, "SqliteGetPagesOk", Type::Named(&SQLITE_GET_PAGES_OK)),
            member(
                1,
                "SqliteErrorResponse",
                Type::Named(&SQLITE_ERROR_RESPONSE),
            ),
        ],
    );
    /// `SqliteCommitRequest`.
    pub static SQLITE_COMMIT_REQUEST: TypeDef = TypeDef::of_struct(
        "SqliteCommitRequest",
        &[
            field("actorId", Type::Named(&ID)),
            field("dirtyPages", Type::List(&Type::Named(&SQLITE_DIRTY_PAGE))),
            field("dbSizePages", Type::U32),
            field("nowMs", Type::I64),
            field("expectedGeneration", Type::Optional(&Type::U64)),
            field("expectedHeadTxid", Type::Optional(&Type::U64)),
        ],
    );
    /// `SqliteCommitOk`.
    pub static SQLITE_COMMIT_OK: TypeDef = TypeDef::of_alias("SqliteCommitOk", Type::Void);
    /// `SqliteCommitResponse`.
    pub static SQLITE_COMMIT_RESPONSE: TypeDef = TypeDef::of_union(
        "SqliteCommitResponse",
        &[
            member(0, "SqliteCommitOk", Type::Named(&SQLITE_COMMIT_OK)),
            member(
                1,
                "SqliteErrorResponse",
                Type::Named(&SQLITE_ERROR_RESPONSE),
            ),
        ],
    );
    /// `SqliteValueNull`.
    pub static SQLITE_VALUE_NULL: TypeDef = TypeDef::of_alias("SqliteValueNull", Type::Void);
    /// `SqliteValueInteger`.
    pub static SQLITE_VALUE_INTEGER: TypeDef =
        TypeDef::of_struct("SqliteValueInteger", &[field("value", Type::I64)]);
    /// `SqliteValueFloat`.
    pub static SQLITE_VALUE_FLOAT: TypeDef =
        TypeDef::of_struct("SqliteValueFloat", &[field("value", Type::FixedData(8))]);
    /// `SqliteValueText`.
    pub static SQLITE_VALUE_TEXT: TypeDef =
        TypeDef::of_struct("SqliteValueText", &[field("value", Type::Str)]);
    /// `SqliteValueBlob`.
    pub static SQLITE_VALUE_BLOB: TypeDef =
        TypeDef::of_struct("SqliteValueBlob", &[field("value", Type::Data)]);
    /// `SqliteBindParam`.
    pub static SQLITE_BIND_PARAM: TypeDef = TypeDef::of_union(
        "SqliteBindParam",
        &[
            member(0, "SqliteValueNull", Type::Named(&SQLITE_VALUE_NULL)),
            member(1, "SqliteValueInteger", Type::Named(&SQLITE_VALUE_INTEGER)),
            member(2, "SqliteValueFloat", Type::Named(&SQLITE_VALUE_FLOAT)),
            member(3, "SqliteValueText", Type::Named(&SQLITE_VALUE_TEXT)),
            member(4, "SqliteValueBlob", Type::Named(&SQLITE_VALUE_BLOB)),
        ],
    );
    /// `SqliteColumnValue`.
    pub static SQLITE_COLUMN_VALUE: TypeDef = TypeDef::of_union(
        "SqliteColumnValue",
        &[
            member(0, "SqliteValueNull", Type::Named(&SQLITE_VALUE_NULL)),
            member(1, "SqliteValueInteger", Type::Named(&SQLITE_VALUE_INTEGER)),
            member(2, "SqliteValueFloat", Type::Named(&SQLITE_VALUE_FLOAT)),
            member(3, "SqliteValueText", Type::Named(&SQLITE_VALUE_TEXT)),
            member(4, "SqliteValueBlob", Type::Named(&SQLITE_VALUE_BLOB)),
        ],
    );
    /// `SqliteQueryResult`.
    pub static SQLITE_QUERY_RESULT: TypeDef = TypeDef::of_struct(
        "SqliteQueryResult",
        &[
            field("columns", Type::List(&Type::Str)),
            field(
                "rows",
                Type::List(&Type::List(&Type::Named(&SQLITE_COLUMN_VALUE))),
            ),
        ],
    );
    /// `SqliteExecuteResult`.
    pub static SQLITE_EXECUTE_RESULT: TypeDef = TypeDef::of_struct(
        "SqliteExecuteResult",
        &[
            field("columns", Type::List(&Type::Str)),
            field(
                "rows",
                Type::List(&Type::List(&Type::Named(&SQLITE_COLUMN_VALUE))),
            ),
            field("changes", Type::I64),
            field("lastInsertRowId", Type::Optional(&Type::I64)),
        ],
    );
    /// `SqliteExecRequest`.
    pub static SQLITE_EXEC_REQUEST: TypeDef = TypeDef::of_struct(
        "SqliteExecRequest",
        &[
            field("namespaceId", Type::Named(&ID)),
            field("actorId", Type::Named(&ID)),
            field("generation", Type::Named(&SQLITE_GENERATION)),
            field("sql", Type::Str),
        ],
    );
    /// `SqliteExecuteRequest`.
    pub static SQLITE_EXECUTE_REQUEST: TypeDef = TypeDef::of_struct(
        "SqliteExecuteRequest",
        &[
            field("namespaceId", Type::Named(&ID)),
            field("actorId", Type::Named(&ID)),
            field("generation", Type::Named(&SQLITE_GENERATION)),
            field("sql", Type::Str),
            field(
                "params",
                Type::Optional(&Type::List(&Type::Named(&SQLITE_BIND_PARAM))),
            ),
        ],
    );
    /// `SqliteExecOk`.
    pub static SQLITE_EXEC_OK: TypeDef = TypeDef::of_struct(
        "SqliteExecOk",
        &[field("result", Type::Named(&SQLITE_QUERY_RESULT))],
    );
    /// `SqliteExecuteOk`.
    pub static SQLITE_EXECUTE_OK: TypeDef = TypeDef::of_struct(
        "SqliteExecuteOk",
        &[field("result", Type::Named(&SQLITE_EXECUTE_RESULT))],
    );
    /// `SqliteExecResponse`.
    pub static SQLITE_EXEC_RESPONSE: TypeDef = TypeDef::of_union(
        "SqliteExecResponse",
        &[
            member(0, "SqliteExecOk", Type::Named(&SQLITE_EXEC_OK)),
            member(
                1,
                "SqliteErrorResponse",
                Type::Named(&SQLITE_ERROR_RESPONSE),
            ),
        ],
    );
    /// `SqliteExecuteResponse`.
    pub static SQLITE_EXECUTE_RESPONSE: TypeDef = TypeDef::of_union(
        "SqliteExecuteResponse",
        &[
            member(0, "SqliteExecuteOk", Type::Named(&SQLITE_EXECUTE_OK)),
            member(
                1,
                "SqliteErrorResponse",
                Type::Named(&SQLITE_ERROR_RESPONSE),
            ),
        ],
    );
    /// `StopCode`.
    pub static STOP_CODE: TypeDef =
        TypeDef::of_enum("StopCode", &[value("OK", 0), value("ERROR", 1)]);
    /// `ActorName`.
    pub static ACTOR_NAME: TypeDef =
        TypeDef::of_struct("ActorName", &[field("metadata", Type::Named(&JSON))]);
    /// `ActorConfig`.
    pub static ACTOR_CONFIG: TypeDef = TypeDef::of_struct(
        "ActorConfig",
        &[
            field("name", Type::Str),
            field("key", Type::Optional(&Type::Str)),
            field("createTs", Type::I64),
            field("input", Type::Optional(&Type::Data)),
        ],
    );
    /// `ActorCheckpoint`.
    pub static ACTOR_CHECKPOINT: TypeDef = TypeDef::of_struct(
        "ActorCheckpoint",
        &[
            field("actorId", Type::Named(&ID)),
            field("generation", Type::U32),
            field("index", Type::I64),
        ],
    );
    /// `ActorIntentSleep`.
    pub static ACTOR_INTENT_SLEEP: TypeDef = TypeDef::of_alias("ActorIntentSleep", Type::Void);
    /// `ActorIntentStop`.
    pub static ACTOR_INTENT_STOP: TypeDef = TypeDef::of_alias("ActorIntentStop", Type::Void);
    /// `ActorIntent`.
    pub static ACTOR_INTENT: TypeDef = TypeDef::of_union(
        "ActorIntent",
        &[
            member(0, "ActorIntentSleep", Type::Named(&ACTOR_INTENT_SLEEP)),
            member(1, "ActorIntentStop", Type::Named(&ACTOR_INTENT_STOP)),
        ],
    );
    /// `ActorStateRunning`.
    pub static ACTOR_STATE_RUNNING: TypeDef = TypeDef::of_alias("ActorStateRunning", Type::Void);
    /// `ActorStateStopped`.
    pub static ACTOR_STATE_STOPPED: TypeDef = TypeDef::of_struct(
        "ActorStateStopped",
        &[
            field("code", Type::Named(&STOP_CODE)),
            field("message", Type::Optional(&Type::Str)),
        ],
    );
    /// `ActorState`.
    pub static ACTOR_STATE: TypeDef = TypeDef::of_union(
        "ActorState",
        &[
            member(0, "ActorStateRunning", Type::Named(&ACTOR_STATE_RUNNING)),
            member(1, "ActorStateStopped", Type::Named(&ACTOR_STATE_STOPPED)),
        ],
    );
    /// `EventActorIntent`.
    pub static EVENT_ACTOR_INTENT: TypeDef = TypeDef::of_struct(
        "EventActorIntent",
        &[field("intent", Type::Named(&ACTOR_INTENT))],
    );
    /// `EventActorStateUpdate`.
    pub static EVENT_ACTOR_STATE_UPDATE: TypeDef = TypeDef::of_struct(
        "EventActorStateUpdate",
        &[field("state", Type::Named(&ACTOR_STATE))],
    );
    /// `EventActorSetAlarm`.
    pub static EVENT_ACTOR_SET_ALARM: TypeDef = TypeDef::of_struct(
        "EventActorSetAlarm",
        &[field("alarmTs", Type::Optional(&Type::I64))],
    );
    /// `Event`.
    pub static EVENT: TypeDef = TypeDef::of_union(
        "Event",
        &[
            member(0, "EventActorIntent", Type::Named(&EVENT_ACTOR_INTENT)),
            member(
                1,
                "EventActorStateUpdate",
                Type::Named(&EVENT_ACTOR_STATE_UPDATE),
            ),
            member(2, "EventActorSetAlarm", Type::Named(&EVENT_ACTOR_SET_ALARM)),
        ],
    );
    /// `EventWrapper`.
    pub static EVENT_WRAPPER: TypeDef = TypeDef::of_struct(
        "EventWrapper",
        &[
            field("checkpoint", Type::Named(&ACTOR_CHECKPOINT)),
            field("inner", Type::Named(&EVENT)),
        ],
    );
    /// `PreloadedKvEntry`.
    pub static PRELOADED_KV_ENTRY: TypeDef = TypeDef::of_struct(
        "PreloadedKvEntry",
        &[
            field("key", Type::Named(&KV_KEY)),
            field("value", Type::Named(&KV_VALUE)),
            field("metadata", Type::Named(&KV_METADATA)),
        ],
    );
    /// `PreloadedKv`.
    pub static PRELOADED_KV: TypeDef = TypeDef::of_struct(
        "PreloadedKv",
        &[
            field("entries", Type::List(&Type::Named(&PRELOADED_KV_ENTRY))),
            field("requestedGetKeys", Type::List(&Type::Named(&KV_KEY))),
            field("requestedPrefixes", Type::List(&Type::Named(&KV_KEY))),
        ],
    );
    /// `HibernatingRequest`.
    pub static HIBERNATING_REQUEST: TypeDef = TypeDef::of_struct(
        "HibernatingRequest",
        &[
            field("gatewayId", Type::Named(&GATEWAY_ID)),
            field("requestId", Type::Named(&REQUEST_ID)),
        ],
    );
    /// `CommandStartActor`.
    pub static COMMAND_START_ACTOR: TypeDef = TypeDef::of_struct(
        "CommandStartActor",
        &[
            field("config", Type::Named(&ACTOR_CONFIG)),
            field(
                "hibernatingRequests",
                Type::List(&Type::Named(&HIBERNATING_REQUEST)),
            ),
            field("preloadedKv", Type::Optional(&Type::Named(&PRELOADED_KV))),
        ],
    );
    /// `StopActorReason`.
    pub static STOP_ACTOR_REASON: TypeDef = TypeDef::of_enum(
        "StopActorReason",
        &[
            value("SLEEP_INTENT", 0),
            value("STOP_INTENT", 1),
            value("DESTROY", 2),
            value("GOING_AWAY", 3),
            value("LOST", 4),
        ],
    );
    /// `CommandStopActor`.
    pub static COMMAND_STOP_ACTOR: TypeDef = TypeDef::of_struct(
        "CommandStopActor",
        &[field("reason", Type::Named(&STOP_ACTOR_REASON))],
    );
    /// `Command`.
    pub static COMMAND: TypeDef = TypeDef::of_union(
        "Command",
        &[
            member(0, "CommandStartActor", Type::Named(&COMMAND_START_ACTOR)),
            member(1, "CommandStopActor", Type::Named(&COMMAND_STOP_ACTOR)),
        ],
    );
    /// `CommandWrapper`.
    pub static COMMAND_WRAPPER: TypeDef = TypeDef::of_struct(
        "CommandWrapper",
        &[
            field("checkpoint", Type::Named(&ACTOR_CHECKPOINT)),
            field("inner", Type::Named(&COMMAND)),
        ],
    );
    /// `ActorCommandKeyData`.
    pub static ACTOR_COMMAND_KEY_DATA: TypeDef = TypeDef::of_union(
        "ActorCommandKeyData",
        &[
            member(0, "CommandStartActor", Type::Named(&COMMAND_START_ACTOR)),
            member(1, "CommandStopActor", Type::Named(&COMMAND_STOP_ACTOR)),
        ],
    );
    /// `MessageId`.
    pub static MESSAGE_ID: TypeDef = TypeDef::of_struct(
        "MessageId",
        &[
            field("gatewayId", Type::Named(&GATEWAY_ID)),
            field("requestId", Type::Named(&REQUEST_ID)),
            field("messageIndex", Type::Named(&MESSAGE_INDEX)),
        ],
    );
    /// `ToEnvoyRequestStart`.
    pub static TO_ENVOY_REQUEST_START: TypeDef = TypeDef::of_struct(
        "ToEnvoyRequestStart",
        &[
            field("actorId", Type::Named(&ID)),
            field("method", Type::Str),
            field("path", Type::Str),
            field("headers", Type::Map(&Type::Str, &Type::Str)),
            field("body", Type::Optional(&Type::Data)),
            field("stream", Type::Bool),
        ],
    );
    /// `ToEnvoyRequestChunk`.
    pub static TO_ENVOY_REQUEST_CHUNK: TypeDef = TypeDef::of_struct(
        "ToEnvoyRequestChunk",
        &[field("body", Type::Data), field("finish", Type::Bool)],
    );
    /// `ToEnvoyRequestAbort`.
    pub static TO_ENVOY_REQUEST_ABORT: TypeDef =
        TypeDef::of_alias("ToEnvoyRequestAbort", Type::Void);
    /// `ToRivetResponseStart`.
    pub static TO_RIVET_RESPONSE_START: TypeDef = TypeDef::of_struct(
        "ToRivetResponseStart",
        &[
            field("status", Type::U16),
            field("headers", Type::Map(&Type::Str, &Type::Str)),
            field("body", Type::Optional(&Type::Data)),
            field("stream", Type::Bool),
        ],
    );
    /// `ToRivetResponseChunk`.
    pub static TO_RIVET_RESPONSE_CHUNK: TypeDef = TypeDef::of_struct(
        "ToRivetResponseChunk",
        &[field("body", Type::Data), field("finish", Type::Bool)],
    );
    /// `ToRivetResponseAbort`.
    pub static TO_RIVET_RESPONSE_ABORT: TypeDef =
        TypeDef::of_alias("ToRivetResponseAbort", Type::Void);
    /// `ToEnvoyWebSocketOpen`.
    pub static TO_ENVOY_WEB_SOCKET_OPEN: TypeDef = TypeDef::of_struct(
        "ToEnvoyWebSocketOpen",
        &[
            field("actorId", Type::Named(&ID)),
            field("path", Type::Str),
            field("headers", Type::Map(&Type::Str, &Type::Str)),
        ],
    );
    /// `ToEnvoyWebSocketMessage`.
    pub static TO_ENVOY_WEB_SOCKET_MESSAGE: TypeDef = TypeDef::of_struct(
        "ToEnvoyWebSocketMessage",
        &[field("data", Type::Data), field("binary", Type::Bool)],
    );
    /// `ToEnvoyWebSocketClose`.
    pub static TO_ENVOY_WEB_SOCKET_CLOSE: TypeDef = TypeDef::of_struct(
        "ToEnvoyWebSocketClose",
        &[
            field("code", Type::Optional(&Type::U16)),
            field("reason", Type::Optional(&Type::Str)),
        ],
    );
    /// `ToRivetWebSocketOpen`.
    pub static TO_RIVET_WEB_SOCKET_OPEN: TypeDef =
        TypeDef::of_struct("ToRivetWebSocketOpen", &[field("canHibernate", Type::Bool)]);
    /// `ToRivetWebSocketMessage`.
    pub static TO_RIVET_WEB_SOCKET_MESSAGE: TypeDef = TypeDef::of_struct(
        "ToRivetWebSocketMessage",
        &[field("data", Type::Data), field("binary", Type::Bool)],
    );
    /// `ToRivetWebSocketMessageAck`.
    pub static TO_RIVET_WEB_SOCKET_MESSAGE_ACK: TypeDef = TypeDef::of_struct(
        "ToRivetWebSocketMessageAck",
        &[field("index", Type::Named(&MESSAGE_INDEX))],
    );
    /// `ToRivetWebSocketClose`.
    pub static TO_RIVET_WEB_SOCKET_CLOSE: TypeDef = TypeDef::of_struct(
        "ToRivetWebSocketClose",
        &[
            field("code", Type::Optional(&Type::U16)),
            field("reason", Type::Optional(&Type::Str)),
            field("hibernate", Type::Bool),
        ],
    );
    /// `ToRivetTunnelMessageKind`.
    pub static TO_RIVET_TUNNEL_MESSAGE_KIND: TypeDef = TypeDef::of_union(
        "ToRivetTunnelMessageKind",
        &[
            member(
                0,
                "ToRivetResponseStart",
                Type::Named(&TO_RIVET_RESPONSE_START),
            ),
            member(
                1,
                "ToRivetResponseChunk",
                Type::Named(&TO_RIVET_RESPONSE_CHUNK),
            ),
            member(
                2,
                "ToRivetResponseAbort",
                Type::Named(&TO_RIVET_RESPONSE_ABORT),
            ),
            member(
                3,
                "ToRivetWebSocketOpen",
                Type::Named(&TO_RIVET_WEB_SOCKET_OPEN),
            ),
            member(
                4,
                "ToRivetWebSocketMessage",
                Type::Named(&TO_RIVET_WEB_SOCKET_MESSAGE),
            ),
            member(
                5,
                "ToRivetWebSocketMessageAck",
                Type::Named(&TO_RIVET_WEB_SOCKET_MESSAGE_ACK),
            ),
            member(
                6,
                "ToRivetWebSocketClose",
                Type::Named(&TO_RIVET_WEB_SOCKET_CLOSE),
            ),
        ],
    );
    /// `ToRivetTunnelMessage`.
    pub static TO_RIVET_TUNNEL_MESSAGE: TypeDef = TypeDef::of_struct(
        "ToRivetTunnelMessage",
        &[
            field("messageId", Type::Named(&MESSAGE_ID)),
            field("messageKind", Type::Named(&TO_RIVET_TUNNEL_MESSAGE_KIND)),
        ],
    );
    /// `ToEnvoyTunnelMessageKind`.
    pub static TO_ENVOY_TUNNEL_MESSAGE_KIND: TypeDef = TypeDef::of_union(
        "ToEnvoyTunnelMessageKind",
        &[
            member(
                0,
                "ToEnvoyRequestStart",
                Type::Named(&TO_ENVOY_REQUEST_START),
            ),
            member(
                1,
                "ToEnvoyRequestChunk",
                Type::Named(&TO_ENVOY_REQUEST_CHUNK),
            ),
            member(
                2,
                "ToEnvoyRequestAbort",
                Type::Named(&TO_ENVOY_REQUEST_ABORT),
            ),
            member(
                3,
                "ToEnvoyWebSocketOpen",
                Type::Named(&TO_ENVOY_WEB_SOCKET_OPEN),
            ),
            member(
                4,
                "ToEnvoyWebSocketMessage",
                Type::Named(&TO_ENVOY_WEB_SOCKET_MESSAGE),
            ),
            member(
                5,
                "ToEnvoyWebSocketClose",
                Type::Named(&TO_ENVOY_WEB_SOCKET_CLOSE),
            ),
        ],
    );
    /// `ToEnvoyTunnelMessage`.
    pub static TO_ENVOY_TUNNEL_MESSAGE: TypeDef = TypeDef::of_struct(
        "ToEnvoyTunnelMessage",
        &[
            field("messageId", Type::Named(&MESSAGE_ID)),
            field("messageKind", Type::Named(&TO_ENVOY_TUNNEL_MESSAGE_KIND)),
        ],
    );
    /// `ToEnvoyPing`.
    pub static TO_ENVOY_PING: TypeDef =
        TypeDef::of_struct("ToEnvoyPing", &[field("ts", Type::I64)]);
    /// `ToRivetMetadata`.
    pub static TO_RIVET_METADATA: TypeDef = TypeDef::of_struct(
        "ToRivetMetadata",
        &[
            field(
                "prepopulateActorNames",
                Type::Optional(&Type::Map(&Type::Str, &Type::Named(&ACTOR_NAME))),
            ),
            field("metadata", Type::Optional(&Type::Named(&JSON))),
        ],
    );
    /// `ToRivetEvents`.
    pub static TO_RIVET_EVENTS: TypeDef =
        TypeDef::of_alias("ToRivetEvents", Type::List(&Type::Named(&EVENT_WRAPPER)));
    /// `ToRivetAckCommands`.
    pub static TO_RIVET_ACK_COMMANDS: TypeDef = TypeDef::of_struct(
        "ToRivetAckCommands",
        &[field(
            "lastCommandCheckpoints",
            Type::List(&Type::Named(&ACTOR_CHECKPOINT)),
        )],
    );
    /// `ToRivetStopping`.
    pub static TO_RIVET_STOPPING: TypeDef = TypeDef::of_alias("ToRivetStopping", Type::Void);
    /// `ToRivetPong`.
    pub static TO_RIVET_PONG: TypeDef =
        TypeDef::of_struct("ToRivetPong", &[field("ts", Type::I64)]);
    /// `ToRivetKvRequest`.
    pub static TO_RIVET_KV_REQUEST: TypeDef = TypeDef::of_struct(
        "ToRivetKvRequest",
        &[
            field("actorId", Type::Named(&ID)),
            field("requestId", Type::U32),
            field("data", Type::Named(&KV_REQUEST_DATA)),
        ],
    );
    /// `ToRivetSqliteGetPagesRequest`.
    pub static TO_RIVET_SQLITE_GET_PAGES_REQUEST: TypeDef = TypeDef::of_struct(
        "ToRivetSqliteGetPagesRequest",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_GET_PAGES_REQUEST)),
        ],
    );
    /// `ToRivetSqliteCommitRequest`.
    pub static TO_RIVET_SQLITE_COMMIT_REQUEST: TypeDef = TypeDef::of_struct(
        "ToRivetSqliteCommitRequest",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_COMMIT_REQUEST)),
        ],
    );
    /// `ToRivetSqliteExecRequest`.
    pub static TO_RIVET_SQLITE_EXEC_REQUEST: TypeDef = TypeDef::of_struct(
        "ToRivetSqliteExecRequest",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_EXEC_REQUEST)),
        ],
    );
    /// `ToRivetSqliteExecuteRequest`.
    pub static TO_RIVET_SQLITE_EXECUTE_REQUEST: TypeDef = TypeDef::of_struct(
        "ToRivetSqliteExecuteRequest",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_EXECUTE_REQUEST)),
        ],
    );
    /// `ToRivet`.
    pub static TO_RIVET: TypeDef = TypeDef::of_union(
        "ToRivet",
        &[
            member(0, "ToRivetMetadata", Type::Named(&TO_RIVET_METADATA)),
            member(1, "ToRivetEvents", Type::Named(&TO_RIVET_EVENTS)),
            member(2, "ToRivetAckCommands", Type::Named(&TO_RIVET_ACK_COMMANDS)),
            member(3, "ToRivetStopping", Type::Named(&TO_RIVET_STOPPING)),
            member(4, "ToRivetPong", Type::Named(&TO_RIVET_PONG)),
            member(5, "ToRivetKvRequest", Type::Named(&TO_RIVET_KV_REQUEST)),
            member(
                6,
                "ToRivetTunnelMessage",
                Type::Named(&TO_RIVET_TUNNEL_MESSAGE),
            ),
            member(
                7,
                "ToRivetSqliteGetPagesRequest",
                Type::Named(&TO_RIVET_SQLITE_GET_PAGES_REQUEST),
            ),
            member(
                8,
                "ToRivetSqliteCommitRequest",
                Type::Named(&TO_RIVET_SQLITE_COMMIT_REQUEST),
            ),
            member(
                9,
                "ToRivetSqliteExecRequest",
                Type::Named(&TO_RIVET_SQLITE_EXEC_REQUEST),
            ),
            member(
                10,
                "ToRivetSqliteExecuteRequest",
                Type::Named(&TO_RIVET_SQLITE_EXECUTE_REQUEST),
            ),
        ],
    );
    /// `ProtocolMetadata`.
    pub static PROTOCOL_METADATA: TypeDef = TypeDef::of_struct(
        "ProtocolMetadata",
        &[
            field("envoyLostThreshold", Type::I64),
            field("actorStopThreshold", Type::I64),
            field("maxResponsePayloadSize", Type::U64),
        ],
    );
    /// `ToEnvoyInit`.
    pub static TO_ENVOY_INIT: TypeDef = TypeDef::of_struct(
        "ToEnvoyInit",
        &[field("metadata", Type::Named(&PROTOCOL_METADATA))],
    );
    /// `ToEnvoyCommands`.
    pub static TO_ENVOY_COMMANDS: TypeDef = TypeDef::of_alias(
        "ToEnvoyCommands",
        Type::List(&Type::Named(&COMMAND_WRAPPER)),
    );
    /// `ToEnvoyAckEvents`.
    pub static TO_ENVOY_ACK_EVENTS: TypeDef = TypeDef::of_struct(
        "ToEnvoyAckEvents",
        &[field(
            "lastEventCheckpoints",
            Type::List(&Type::Named(&ACTOR_CHECKPOINT)),
        )],
    );
    /// `ToEnvoyKvResponse`.
    pub static TO_ENVOY_KV_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoyKvResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&KV_RESPONSE_DATA)),
        ],
    );
    /// `ToEnvoySqliteGetPagesResponse`.
    pub static TO_ENVOY_SQLITE_GET_PAGES_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoySqliteGetPagesResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_GET_PAGES_RESPONSE)),
        ],
    );
    /// `ToEnvoySqliteCommitResponse`.
    pub static TO_ENVOY_SQLITE_COMMIT_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoySqliteCommitResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_COMMIT_RESPONSE)),
        ],
    );
    /// `ToEnvoySqliteExecResponse`.
    pub static TO_ENVOY_SQLITE_EXEC_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoySqliteExecResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_EXEC_RESPONSE)),
        ],
    );
    /// `ToEnvoySqliteExecuteResponse`.
    pub static TO_ENVOY_SQLITE_EXECUTE_RESPONSE: TypeDef = TypeDef::of_struct(
        "ToEnvoySqliteExecuteResponse",
        &[
            field("requestId", Type::U32),
            field("data", Type::Named(&SQLITE_EXECUTE_RESPONSE)),
        ],
    );
    /// `ToEnvoy`.
    pub static TO_ENVOY: TypeDef = TypeDef::of_union(
        "ToEnvoy",
        &[
            member(0, "ToEnvoyInit", Type::Named(&TO_ENVOY_INIT)),
            member(1, "ToEnvoyCommands", Type::Named(&TO_ENVOY_COMMANDS)),
            member(2, "ToEnvoyAckEvents", Type::Named(&TO_ENVOY_ACK_EVENTS)),
            member(3, "ToEnvoyKvResponse", Type::Named(&TO_ENVOY_KV_RESPONSE)),
            member(
                4,
                "ToEnvoyTunnelMessage",
                Type::Named(&TO_ENVOY_TUNNEL_MESSAGE),
            ),
            member(5, "ToEnvoyPing", Type::Named(&TO_ENVOY_PING)),
            member(
                6,
                "ToEnvoySqliteGetPagesResponse",
                Type::Named(&TO_ENVOY_SQLITE_GET_PAGES_RESPONSE),
            ),
            member(
                7,
                "ToEnvoySqliteCommitResponse",
                Type::Named(&TO_ENVOY_SQLITE_COMMIT_RESPONSE),
            ),
            member(
                8,
                "ToEnvoySqliteExecResponse",
                Type::Named(&TO_ENVOY_SQLITE_EXEC_RESPONSE),
            ),
            member(
                9,
                "ToEnvoySqliteExecuteResponse",
                Type::Named(&TO_ENVOY_SQLITE_EXECUTE_RESPONSE),
            ),
        ],
    );
    /// `ToEnvoyConnPing`.
    pub static TO_ENVOY_CONN_PING: TypeDef = TypeDef::of_struct(
        "ToEnvoyConnPing",
        &[
            field("gatewayId", Type::Named(&GATEWAY_ID)),
            field("requestId", Type::Named(&REQUEST_ID)),
            field("ts", Type::I64),
        ],
    );
    /// `ToEnvoyConnClose`.
    pub static TO_ENVOY_CONN_CLOSE: TypeDef = TypeDef::of_alias("ToEnvoyConnClose", Type::Void);
    /// `ToEnvoyConn`.
    pub static TO_ENVOY_CONN: TypeDef = TypeDef::of_union(
        "ToEnvoyConn",
        &[
            member(0, "ToEnvoyConnPing", Type::Named(&TO_ENVOY_CONN_PING)),
            member(1, "ToEnvoyConnClose", Type::Named(&TO_ENVOY_CONN_CLOSE)),
            member(2, "ToEnvoyCommands", Type::Named(&TO_ENVOY_COMMANDS)),
            member(3, "ToEnvoyAckEvents", Type::Named(&TO_ENVOY_ACK_EVENTS)),
            member(
                4,
                "ToEnvoyTunnelMessage",
                Type::Named(&TO_ENVOY_TUNNEL_MESSAGE),
            ),
        ],
    );
    /// `ToGatewayPong`.
    pub static TO_GATEWAY_PONG: TypeDef = TypeDef::of_struct(
        "ToGatewayPong",
        &[
            field("requestId", Type::Named(&REQUEST_ID)),
            field("ts", Type::I64),
        ],
    );
    /// `ToGateway`.
    pub static TO_GATEWAY: TypeDef = TypeDef::of_union(
        "ToGateway",
        &[
            member(0, "ToGatewayPong", Type::Named(&TO_GATEWAY_PONG)),
            member(
                1,
                "ToRivetTunnelMessage",
                Type::Named(&TO_RIVET_TUNNEL_MESSAGE),
            ),
        ],
    );
    /// `ToOutboundActorStart`.
    pub static TO_OUTBOUND_ACTOR_START: TypeDef = TypeDef::of_struct(
        "ToOutboundActorStart",
        &[
            field("namespaceId", Type::Named(&ID)),
            field("poolName", Type::Str),
            field("checkpoint", Type::Named(&ACTOR_CHECKPOINT)),
            field("actorConfig", Type::Named(&ACTOR_CONFIG)),
        ],
    );
    /// `ToOutbound`.
    pub static TO_OUTBOUND: TypeDef = TypeDef::of_union(
        "ToOutbound",
        &[member(
            0,
            "ToOutboundActorStart",
            Type::Named(&TO_OUTBOUND_ACTOR_START),
        )],
    );
}
/// Every type of this version, in the schema's order.
pub static TYPES: [&bare::schema::TypeDef; 124] = [
    &definitions::ID,
    &definitions::JSON,
    &definitions::GATEWAY_ID,
    &definitions::REQUEST_ID,
    &definitions::MESSAGE_INDEX,
    &definitions::KV_KEY,
    &definitions::KV_VALUE,
    &definitions::KV_METADATA,
    &definitions::KV_LIST_ALL_QUERY,
    &definitions::KV_LIST_RANGE_QUERY,
    &definitions::KV_LIST_PREFIX_QUERY,
    &definitions::KV_LIST_QUERY,
    &definitions::KV_GET_REQUEST,
    &definitions::KV_LIST_REQUEST,
    &definitions::KV_PUT_REQUEST,
    &definitions::KV_DELETE_REQUEST,
    &definitions::KV_DELETE_RANGE_REQUEST,
    &definitions::KV_DROP_REQUEST,
    &definitions::KV_ERROR_RESPONSE,
    &definitions::KV_GET_RESPONSE,
    &definitions::KV_LIST_RESPONSE,
    &definitions::KV_PUT_RESPONSE,
    &definitions::KV_DELETE_RESPONSE,
    &definitions::KV_DROP_RESPONSE,
    &definitions::KV_REQUEST_DATA,
    &definitions::KV_RESPONSE_DATA,
    &definitions::SQLITE_PGNO,
    &definitions::SQLITE_GENERATION,
    &definitions::SQLITE_PAGE_BYTES,
    &definitions::SQLITE_DIRTY_PAGE,
    &definitions::SQLITE_FETCHED_PAGE,
    &definitions::SQLITE_GET_PAGES_REQUEST,
    &definitions::SQLITE_GET_PAGES_OK,
    &definitions::SQLITE_ERROR_RESPONSE,
    &definitions::SQLITE_GET_PAGES_RESPONSE,
    &definitions::SQLITE_COMMIT_REQUEST,
    &definitions::SQLITE_COMMIT_OK,
    &definitions::SQLITE_COMMIT_RESPONSE,
    &definitions::SQLITE_VALUE_NULL,
    &definitions::SQLITE_VALUE_INTEGER,
    &definitions::SQLITE_VALUE_FLOAT,
    &definitions::SQLITE_VALUE_TEXT,
    &definitions::SQLITE_VALUE_BLOB,
    &definitions::SQLITE_BIND_PARAM,
    &definitions::SQLITE_COLUMN_VALUE,
    &definitions::SQLITE_QUERY_RESULT,
    &definitions::SQLITE_EXECUTE_RESULT,
    &definitions::SQLITE_EXEC_REQUEST,
    &definitions::SQLITE_EXECUTE_REQUEST,
    &definitions::SQLITE_EXEC_OK,
    &definitions::SQLITE_EXECUTE_OK,
    &definitions::SQLITE_EXEC_RESPONSE,
    &definitions::SQLITE_EXECUTE_RESPONSE,
    &definitions::STOP_CODE,
    &definitions::ACTOR_NAME,
    &definitions::ACTOR_CONFIG,
    &definitions::ACTOR_CHECKPOINT,
    &definitions::ACTOR_INTENT_SLEEP,
    &definitions::ACTOR_INTENT_STOP,
    &definitions::ACTOR_INTENT,
    &definitions::ACTOR_STATE_RUNNING,
    &definitions::ACTOR_STATE_STOPPED,
    &definitions::ACTOR_STATE,
    &definitions::EVENT_ACTOR_INTENT,
    &definitions::EVENT_ACTOR_STATE_UPDATE,
    &definitions::EVENT_ACTOR_SET_ALARM,
    &definitions::EVENT,
    &definitions::EVENT_WRAPPER,
    &definitions::PRELOADED_KV_ENTRY,
    &definitions::PRELOADED_KV,
    &definitions::HIBERNATING_REQUEST,
    &definitions::COMMAND_START_ACTOR,
    &definitions::STOP_ACTOR_REASON,
    &definitions::COMMAND_STOP_ACTOR,
    &definitions::COMMAND,
    &definitions::COMMAND_WRAPPER,
    &definitions::ACTOR_COMMAND_KEY_DATA,
    &definitions::MESSAGE_ID,
    &definitions::TO_ENVOY_REQUEST_START,
    &definitions::TO_ENVOY_REQUEST_CHUNK,
    &definitions::TO_ENVOY_REQUEST_ABORT,
    &definitions::TO_RIVET_RESPONSE_START,
    &definitions::TO_RIVET_RESPONSE_CHUNK,
    &definitions::TO_RIVET_RESPONSE_ABORT,
    &definitions::TO_ENVOY_WEB_SOCKET_OPEN,
    &definitions::TO_ENVOY_WEB_SOCKET_MESSAGE,
    &definitions::TO_ENVOY_WEB_SOCKET_CLOSE,
    &definitions::TO_RIVET_WEB_SOCKET_OPEN,
    &definitions::TO_RIVET_WEB_SOCKET_MESSAGE,
    &definitions::TO_RIVET_WEB_SOCKET_MESSAGE_ACK,
    &definitions::TO_RIVET_WEB_SOCKET_CLOSE,
    &definitions::TO_RIVET_TUNNEL_MESSAGE_KIND,
    &definitions::TO_RIVET_TUNNEL_MESSAGE,
    &definitions::TO_ENVOY_TUNNEL_MESSAGE_KIND,
    &definitions::TO_ENVOY_TUNNEL_MESSAGE,
    &definitions::TO_ENVOY_PING,
    &definitions::TO_RIVET_METADATA,
    &definitions::TO_RIVET_EVENTS,
    &definitions::TO_RIVET_ACK_COMMANDS,
    &definitions::TO_RIVET_STOPPING,
    &definitions::TO_RIVET_PONG,
    &definitions::TO_RIVET_KV_REQUEST,
    &definitions::TO_RIVET_SQLITE_GET_PAGES_REQUEST,
    &definitions::TO_RIVET_SQLITE_COMMIT_REQUEST,
    &definitions::TO_RIVET_SQLITE_EXEC_REQUEST,
    &definitions::TO_RIVET_SQLITE_EXECUTE_REQUEST,
    &definitions::TO_RIVET,
    &definitions::PROTOCOL_METADATA,
    &definitions::TO_ENVOY_INIT,
    &definitions::TO_ENVOY_COMMANDS,
    &definitions::TO_ENVOY_ACK_EVENTS,
    &definitions::TO_ENVOY_KV_RESPONSE,
    &definitions::TO_ENVOY_SQLITE_GET_PAGES_RESPONSE,
    &definitions::TO_ENVOY_SQLITE_COMMIT_RESPONSE,
    &definitions::TO_ENVOY_SQLITE_EXEC_RESPONSE,
    &definitions::TO_ENVOY_SQLITE_EXECUTE_RESPONSE,
    &definitions::TO_ENVOY,
    &definitions::TO_ENVOY_CONN_PING,
    &definitions::TO_ENVOY_CONN_CLOSE,
    &definitions::TO_ENVOY_CONN,
    &definitions::TO_GATEWAY_PONG,
    &definitions::TO_GATEWAY,
    &definitions::TO_OUTBOUND_ACTOR_START,
    &definitions::TO_OUTBOUND,
];
/// Hands the name of every struct, enum and union of this version to a macro, as `callback! { A, B, }`.
#[macro_export]
macro_rules! v4_messages {
($callback:ident) => { $callback! { KvMetadata, KvListRangeQuery, KvListPrefixQuery, KvListQuery, KvGetRequest, KvListRequest, KvPutRequest, KvDeleteRequest, KvDeleteRangeRequest, KvErrorResponse, KvGetResponse, KvListResponse, KvRequestData, KvResponseData, SqliteDirtyPage, SqliteFetchedPage, SqliteGetPagesRequest, SqliteGetPagesOk, SqliteErrorResponse, SqliteGetPagesResponse, SqliteCommitRequest, SqliteCommitResponse, SqliteValueInteger, SqliteValueFloat, SqliteValueText, SqliteValueBlob, SqliteBindParam, SqliteColumnValue, SqliteQueryResult, SqliteExecuteResult, SqliteExecRequest, SqliteExecuteRequest, SqliteExecOk, SqliteExecuteOk, SqliteExecResponse, SqliteExecuteResponse, StopCode, ActorName, ActorConfig, ActorCheckpoint, ActorIntent, ActorStateStopped, ActorState, EventActorIntent, EventActorStateUpdate, EventActorSetAlarm, Event, EventWrapper, PreloadedKvEntry, PreloadedKv, HibernatingRequest, CommandStartActor, StopActorReason, CommandStopActor, Command, CommandWrapper, ActorCommandKeyData, MessageId, ToEnvoyRequestStart, ToEnvoyRequestChunk, ToRivetResponseStart, ToRivetResponseChunk, ToEnvoyWebSocketOpen, ToEnvoyWebSocketMessage, ToEnvoyWebSocketClose, ToRivetWebSocketOpen, ToRivetWebSocketMessage, ToRivetWebSocketMessageAck, ToRivetWebSocketClose, ToRivetTunnelMessageKind, ToRivetTunnelMessage, ToEnvoyTunnelMessageKind, ToEnvoyTunnelMessage, ToEnvoyPing, ToRivetMetadata, ToRivetAckCommands, ToRivetPong, ToRivetKvRequest, ToRivetSqliteGetPagesRequest, ToRivetSqliteCommitRequest, ToRivetSqliteExecRequest, ToRivetSqliteExecuteRequest, ToRivet, ProtocolMetadata, ToEnvoyInit, ToEnvoyAckEvents, ToEnvoyKvResponse, ToEnvoySqliteGetPagesResponse, ToEnvoySqliteCommitResponse, ToEnvoySqliteExecResponse, ToEnvoySqliteExecuteResponse, ToEnvoy, ToEnvoyConnPing, ToEnvoyConn, ToGatewayPong, ToGateway, ToOutboundActorStart, ToOutbound, } };
}
#[cfg(feature = "proptest")]
bare::impl_arbitrary! { KvMetadata, KvListRangeQuery, KvListPrefixQuery, KvListQuery, KvGetRequest, KvListRequest, KvPutRequest, KvDeleteRequest, KvDeleteRangeRequest, KvErrorResponse, KvGetResponse, KvListResponse, KvRequestData, KvResponseData, SqliteDirtyPage, SqliteFetchedPage, SqliteGetPagesRequest, SqliteGetPagesOk, SqliteErrorResponse, SqliteGetPagesResponse, SqliteCommitRequest, SqliteCommitResponse, SqliteValueInteger, SqliteValueFloat, SqliteValueText, SqliteValueBlob, SqliteBindParam, SqliteColumnValue, SqliteQueryResult, SqliteExecuteResult, SqliteExecRequest, SqliteExecuteRequest, SqliteExecOk, SqliteExecuteOk, SqliteExecResponse, SqliteExecuteResponse, StopCode, ActorName, ActorConfig, ActorCheckpoint, ActorIntent, ActorStateStopped, ActorState, EventActorIntent, EventActorStateUpdate, EventActorSetAlarm, Event, EventWrapper, PreloadedKvEntry, PreloadedKv, HibernatingRequest, CommandStartActor, StopActorReason, CommandStopActor, Command, CommandWrapper, ActorCommandKeyData, MessageId, ToEnvoyRequestStart, ToEnvoyRequestChunk, ToRivetResponseStart, ToRivetResponseChunk, ToEnvoyWebSocketOpen, ToEnvoyWebSocketMessage, ToEnvoyWebSocketClose, ToRivetWebSocketOpen, ToRivetWebSocketMessage, ToRivetWebSocketMessageAck, ToRivetWebSocketClose, ToRivetTunnelMessageKind, ToRivetTunnelMessage, ToEnvoyTunnelMessageKind, ToEnvoyTunnelMessage, ToEnvoyPing, ToRivetMetadata, ToRivetAckCommands, ToRivetPong, ToRivetKvRequest, ToRivetSqliteGetPagesRequest, ToRivetSqliteCommitRequest, ToRivetSqliteExecRequest, ToRivetSqliteExecuteRequest, ToRivet, ProtocolMetadata, ToEnvoyInit, ToEnvoyAckEvents, ToEnvoyKvResponse, ToEnvoySqliteGetPagesResponse, ToEnvoySqliteCommitResponse, ToEnvoySqliteExecResponse, ToEnvoySqliteExecuteResponse, ToEnvoy, ToEnvoyConnPing, ToEnvoyConn, ToGatewayPong, ToGateway, ToOutboundActorStart, ToOutbound, }
