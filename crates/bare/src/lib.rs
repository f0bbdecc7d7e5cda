//! A runtime for [BARE], the Binary Application Record Encoding: what code that `bare-codegen` generates from a schema
//! calls, and what its users see.
//!
//! * Reading is strict: one value has exactly one encoding, but for the order of a map's entries, which is kept. What
//!   breaks a rule is a [`DecodeError`] with the kind, the octet and the path.
//! * A type has two forms. The owned one is easy to build, store and send; the borrowed one refers to the octets it was
//!   read from, and its lists to an [`Arena`]. A [`Frame`] owns octets and borrowed form together.
//! * What a decode may allocate is bounded by [`DecodeLimits`], which cost next to nothing.
//! * [`schema`] describes a schema's types as data, and [`dynamic`] reads octets along it, without the Rust types: the
//!   slow, plain reading that the fast one is checked against.
//!
//! This crate knows no schema. It is `no_std` with `alloc`; feature `std` (on by default) adds [`ArenaPool`] and
//! `IoSlice`s.
//!
//! # Unsafe code
//! Generated code contains none. Here it is in `arena`, `pool`, `reader`, `writer`, `fixed`, `place`, `text`, `vectored` and `frame`,
//! each block with what it relies on.
//!
//! [BARE]: https://datatracker.ietf.org/doc/draft-devault-bare/
#![no_std]
#![allow(
    clippy::inline_always,
    reason = "a cursor stays in registers only where it is inlined: each was measured"
)]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "proptest")]
pub mod arbitrary;
mod arena;
mod convert;
mod decode;
pub mod dynamic;
mod encode;
mod error;
mod fault;
mod fixed;
mod frame;
mod limits;
mod map;
mod message;
mod owned;
mod place;
mod pool;
mod reader;
pub mod schema;
#[cfg(feature = "serde")]
mod serde_impls;
#[cfg(feature = "proptest")]
pub mod strategy;
mod text;
mod varint;
mod vectored;
mod writer;

pub use arena::Arena;
pub use convert::{ConvertList, FromStatic, Lend, List};
pub use decode::Decode;
pub use encode::Encode;
pub use error::{DecodeError, DecodeErrorKind};
pub use fault::Fault;
pub use fixed::Fields;
pub use frame::Frame;
pub use limits::DecodeLimits;
pub use map::{DuplicateKey, Map, MapKey, MapRef};
pub use message::{EncodeExt, Message, decode_ref};
pub use owned::IntoOwned;
pub use place::{Converter, MapPlace, Place, Return};
pub use pool::ArenaLease;
#[cfg(feature = "std")]
pub use pool::ArenaPool;
pub use reader::{Decoded, Input, Reader};
pub use varint::{Int, Uint};
pub use vectored::{Vectored, VectoredBuffer};
pub use writer::{Output, Writer};
