//! What is measured: one operation of one codec on one message.

use std::cell::RefCell;
use std::rc::Rc;

/// What one codec does with one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// The encoded octets are copied into a warm buffer: the floor of encoding.
    Copy,
    /// Ours, from the owned form into a warm `Vec`.
    EncodeWarm,
    /// Ours, from the owned form into a new `Vec`.
    EncodeFresh,
    /// Ours, from the owned form into a warm `VectoredBuffer`, and over its pieces.
    EncodeVectored,
    /// `vbare`, from its owned form into a warm `Vec`.
    VbareEncodeWarm,
    /// `vbare`, from its owned form into a new `Vec`.
    VbareEncodeFresh,
    /// `serde_bare` on the types of the peers, into a new `Vec`.
    SerdeEncode,
    /// `prost`, in its own encoding, into a warm `Vec`.
    ProstEncodeWarm,
    /// `prost`, in its own encoding, into a new `Vec`.
    ProstEncodeFresh,
    /// `rkyv`, in its own encoding, into a warm buffer of its own kind.
    RkyvEncodeWarm,
    /// `rkyv`, in its own encoding, into a new buffer.
    RkyvEncodeFresh,
    /// The octets are checked, and nothing is built: the floor of decoding.
    Walk,
    /// Ours, into a warm `Frame`.
    DecodeFrame,
    /// Ours, into a `Frame` with an arena of a pool.
    DecodePooled,
    /// Ours, into the owned form.
    DecodeOwned,
    /// Ours, the message encoded for a peer of the newest version, into a warm `Vec`.
    EncodeNewest,
    /// Ours, the message of the newest version encoded for a peer of the oldest, into a warm `Vec`.
    EncodeOldest,
    /// Ours, a frame of a peer of the newest version, into a warm `Frame`.
    DecodeNewest,
    /// Ours, a frame of a peer of the oldest version, into a warm `Frame` of the newest.
    DecodeOldest,
    /// `vbare`, into a view: the octets are checked, fields are read when they are asked for.
    VbareView,
    /// `vbare`, into its owned form, which shares the octets.
    VbareDecode,
    /// `serde_bare` into the types of the peers.
    SerdeDecode,
    /// `prost`, into its types, whose payloads share the octets.
    ProstDecode,
    /// `rkyv`, into a view: aligned octets are checked, fields are read when they are asked for.
    RkyvView,
    /// `rkyv`, into plain Rust types.
    RkyvDecode,
}

impl Operation {
    /// Encoding, in the order of the table.
    pub const ENCODE: &'static [Self] = &[
        Self::Copy,
        Self::EncodeWarm,
        Self::EncodeFresh,
        Self::EncodeVectored,
        Self::VbareEncodeWarm,
        Self::VbareEncodeFresh,
        Self::SerdeEncode,
        Self::ProstEncodeWarm,
        Self::ProstEncodeFresh,
        Self::RkyvEncodeWarm,
        Self::RkyvEncodeFresh,
    ];

    /// Decoding, in the order of the table.
    pub const DECODE: &'static [Self] = &[
        Self::Walk,
        Self::DecodeFrame,
        Self::DecodePooled,
        Self::DecodeOwned,
        Self::VbareView,
        Self::VbareDecode,
        Self::SerdeDecode,
        Self::ProstDecode,
        Self::RkyvView,
        Self::RkyvDecode,
    ];

    /// Across versions. Not part of the table.
    pub const VERSIONS: &'static [Self] = &[
        Self::EncodeNewest,
        Self::EncodeOldest,
        Self::DecodeNewest,
        Self::DecodeOldest,
    ];

    /// The operation of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::ENCODE, Self::DECODE, Self::VERSIONS];
        let mut all = all.into_iter().flatten().copied();
        all.find(|operation| operation.name() == name)
    }

    /// A short name, unique: a column of the table, a key of results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::EncodeWarm => "encode",
            Self::EncodeFresh => "encode fresh",
            Self::EncodeVectored => "encode vectored",
            Self::VbareEncodeWarm => "vbare encode",
            Self::VbareEncodeFresh => "vbare encode fresh",
            Self::SerdeEncode => "serde_bare encode fresh",
            Self::ProstEncodeWarm => "prost encode",
            Self::ProstEncodeFresh => "prost encode fresh",
            Self::RkyvEncodeWarm => "rkyv encode",
            Self::RkyvEncodeFresh => "rkyv encode fresh",
            Self::Walk => "walk",
            Self::DecodeFrame => "decode frame",
            Self::DecodePooled => "decode pooled",
            Self::DecodeOwned => "decode owned",
            Self::EncodeNewest => "encode at v5",
            Self::EncodeOldest => "encode at v4",
            Self::DecodeNewest => "decode at v5",
            Self::DecodeOldest => "decode at v4",
            Self::VbareView => "vbare view",
            Self::VbareDecode => "vbare decode owned",
            Self::SerdeDecode => "serde_bare decode owned",
            Self::ProstDecode => "prost decode owned",
            Self::RkyvView => "rkyv view",
            Self::RkyvDecode => "rkyv decode owned",
        }
    }
}

/// Which union a message is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// From a host to the server.
    ToRivet,
    /// From the server to a host.
    ToEnvoy,
}

/// A loop around one operation.
pub struct Task {
    /// Which operation.
    pub operation: Operation,
    /// Runs it this many times. All memory it takes it gives back, but for what is warm.
    pub run: Box<dyn FnMut(u64)>,
}

impl Task {
    /// A task that calls `once` over and over.
    pub fn new(operation: Operation, mut once: impl FnMut() + 'static) -> Self {
        let run = Box::new(move |times| {
            for _ in 0..times {
                once();
            }
        });
        Self { operation, run }
    }
}

/// The buffer that all codecs of one message encode into in turn, so that none has the luck of a better address.
#[derive(Debug, Clone, Default)]
pub struct WarmBuffer(Rc<RefCell<Vec<u8>>>);

impl WarmBuffer {
    /// A buffer with room for twice `len` octets, so that no codec has to grow it.
    #[must_use]
    pub fn new(len: usize) -> Self {
        Self(Rc::new(RefCell::new(Vec::with_capacity(2 * len + 256))))
    }

    /// A task that encodes into the buffer, which is cleared before each time.
    pub fn task(
        &self,
        operation: Operation,
        mut encode: impl FnMut(&mut Vec<u8>) + 'static,
    ) -> Task {
        let buffer = Rc::clone(&self.0);
        let run = Box::new(move |times| {
            let buffer = &mut *buffer.borrow_mut();
            for _ in 0..times {
                buffer.clear();
                encode(buffer);
                std::hint::black_box(&*buffer);
            }
        });
        Task { operation, run }
    }
}
