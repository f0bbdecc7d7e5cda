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
//! Generated code contains none. Here each block says what it relies on, and each use is measured against the best safe code
//! for the same job: its safe twin reads or writes the same octets, and leans on the rest of this crate where it can.
//! `cargo xtask bench unsafe` prints every job; these are the times that a twin takes, over its jobs, so that 1.0 is a use
//! that gains nothing (x86-64, Rust 1.95, default release profile).
//!
//! | module | what the `unsafe` does | what safe code takes instead |
//! |---|---|---|
//! | `text` | hands out as `str` what a look at whole words found to be ASCII | `str::from_utf8`: **3.5 to 7.4** for names, identifiers and headers, but **0.8** for text with umlauts, which is looked at twice here |
//! | `reader` | moves a pointer after one comparison, and gives out what it passed | a slice that gets shorter: **1.2 to 1.4** |
//! | `fixed` | loads and stores a run of fields at once | to read, a chunk that is cut up: **1.0**; to write, an array that is filled: **1.2**; each field by itself: **2.1** |
//! | `writer` | writes behind the end of a `Vec`, with one comparison for small fields, and copies short strings in overlapping pieces | `Vec::extend_from_slice`: **1.2 to 2.0**; a slice that gets shorter: **1.4 to 1.9** |
//! | `place` | builds each item of a list in the slot where it stays | items returned and pushed to a warm `Vec`: **1.4 to 3.3** |
//! | `arena` | hands out pieces of one allocation, freed together | a `Vec` for each list: **3.1**; ranges of a warm `Vec` for each type: **1.0 to 1.1** |
//! | `frame`, `pool` | keep octets, arena and the message that borrows from both in one value | two looks at a message, decoded for each: **1.8 to 2.1**; the owned form: **8.5 to 44** |
//! | `vectored` | keeps payloads as pointers, so that their list is used again | references in a new `Vec` for each message: **1.2** for one page, **1.0** for sixteen; payloads copied into one piece: **2.3** and **18** |
//!
//! Three of them gain less than they may seem to:
//!
//! * `fixed` does not read faster than safe code that is written for the very fields. It is there because generated code
//!   gives it a tuple instead, and because [`Writer`] writes into memory that is not initialised.
//! * `arena` is no faster than a `Vec` for each type of item. It is there because a list in it is a `&[T]`, for which nobody
//!   needs a second value to look it up in.
//! * `vectored` saves one allocation per message over a safe list. What makes it fast is that payloads are not copied, which
//!   needs no `unsafe`.
//!
//! The tests that reach this code run under `AddressSanitizer` and valgrind (`cargo xtask sanitize`), and fuzzing compares
//! every reading with that of [`dynamic`], which is safe.
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
