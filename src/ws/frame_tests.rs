//! Frames against an implementation that is not ours, and every way that octets can arrive.

use std::future::poll_fn;
use std::io::{self, Cursor, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use futures_util::FutureExt as _;
use proptest::prelude::*;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocket, WebSocketConfig};

use super::super::frame::{Header, MAX_HEADER, Opcode, Side, mask};
use super::super::output::Output;
use super::{Fault, Incoming, Input};

const LIMIT: usize = 1000;

/// What a peer said until it made an error, closed or ended.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    messages: Vec<Vec<u8>>,
    pings: Vec<Vec<u8>>,
    end: End,
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Octets,
    Close(u16, String),
    TooLarge,
    Violation,
}

impl Heard {
    /// Whether it is the same. A fault can be named and found in more than one way: we see it as soon as the octets that
    /// make it one are there, they want the whole header first.
    fn agrees(&self, theirs: &Self) -> bool {
        let fault = |end: &End| matches!(end, End::TooLarge | End::Violation);
        let ends = self.end == theirs.end
            || fault(&self.end) && (fault(&theirs.end) || theirs.end == End::Octets);
        ends && self.messages == theirs.messages && self.pings == theirs.pings
    }
}

/// As we understand it, when octets come as they do.
fn ours(side: Side, octets: &[u8], chunks: &[usize]) -> Heard {
    let mut input = Input::new(side, LIMIT, 1 << 16, BytesMut::new());
    let mut stream = Chunked {
        octets,
        chunks: chunks.iter().copied().cycle(),
    };
    let (mut messages, mut pings) = (Vec::new(), Vec::new());
    let end = loop {
        match input.next() {
            Ok(Some(Incoming::Message(message))) => messages.push(message.to_vec()),
            Ok(Some(Incoming::Ping(ping))) => pings.push(ping.to_vec()),
            Ok(Some(Incoming::Nothing)) => {}
            Ok(Some(Incoming::Close(close))) => {
                break End::Close(close.status(), close.text().to_owned());
            }
            Ok(None) => {
                let read = poll_fn(|cx| input.poll_fill(&mut stream, cx));
                if read.now_or_never().expect("it is there").expect("no error") == 0 {
                    break End::Octets;
                }
            }
            Err(Fault::TooLarge(_)) => break End::TooLarge,
            Err(Fault::Violation(_)) => break End::Violation,
        }
    };
    Heard {
        messages,
        pings,
        end,
    }
}

/// As tungstenite understands it.
fn theirs(side: Side, octets: &[u8]) -> Heard {
    let config = WebSocketConfig::default()
        .max_message_size(Some(LIMIT))
        .max_frame_size(Some(LIMIT));
    let role = match side {
        Side::Client => Role::Client,
        Side::Server => Role::Server,
    };
    let stream = ReadOnly(Cursor::new(octets.to_vec()));
    let mut socket = WebSocket::from_raw_socket(stream, role, Some(config));
    let (mut messages, mut pings) = (Vec::new(), Vec::new());
    let end = loop {
        match socket.read() {
            Ok(Message::Binary(message)) => messages.push(message.to_vec()),
            Ok(Message::Ping(ping)) => pings.push(ping.to_vec()),
            Ok(Message::Close(None)) => break End::Close(1005, String::new()),
            Ok(Message::Close(Some(close))) => {
                break End::Close(close.code.into(), close.reason.to_string());
            }
            Ok(_) => {}
            Err(Error::Capacity(_)) => break End::TooLarge,
            Err(Error::Protocol(
                tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => break End::Octets,
            Err(_) => break End::Violation,
        }
    };
    Heard {
        messages,
        pings,
        end,
    }
}

/// A frame, mostly as it should be.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        // Whole messages, the beginnings and the ends of others, pings and pongs.
        20 => proptest::sample::select(vec![0x82_u8, 0x81, 0x02, 0x01, 0x00, 0x80, 0x89, 0x8a]),
        1 => any::<u8>(),
    ];
    let length = prop_oneof![
        10 => 0..130_usize,
        2 => 0..LIMIT + 10,
    ];
    (first, length, any::<[u8; 4]>(), 0..40_u8).prop_map(|(first, length, key, odd)| {
        // ASCII, so that text is text.
        let mut payload: Vec<u8> = (b'a'..=b'z').cycle().take(length).collect();
        if first == 0x88 && length >= 2 {
            payload[..2].copy_from_slice(&1000_u16.to_be_bytes());
        }
        let masked = odd != 0;
        let header = Header {
            last: true,
            opcode: Opcode::Binary,
            mask: masked.then_some(key),
            length: length as u64,
        };
        let mut octets = [0; MAX_HEADER];
        let size = header.write(&mut octets);
        octets[0] = first;
        if masked {
            mask(&mut payload, key);
        }
        [&octets[..size], &payload].concat()
    })
}

proptest! {
    #[test]
    fn frames_mean_the_same_as_to_another_implementation(
        frames in proptest::collection::vec(frame(), 0..12),
        close in proptest::option::of((1000..1004_u16, "[a-z.#]{0,20}")),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
        chunks in proptest::collection::vec(1..200_usize, 1..8),
    ) {
        let mut octets = frames.concat();
        if let Some((status, text)) = &close {
            let payload = [&status.to_be_bytes()[..], text.as_bytes()].concat();
            let length = u8::try_from(payload.len()).expect("a short one");
            octets.extend([0x88, 0x80 | length, 0, 0, 0, 0]);
            octets.extend(payload);
        }
        if let Some(cut) = cut {
            octets.truncate(cut.index(octets.len() + 1));
        }
        for side in [Side::Server, Side::Client] {
            let (ours, theirs) = (ours(side, &octets, &chunks), theirs(side, &octets));
            prop_assert!(ours.agrees(&theirs), "{:?}: {:?} and {:?}", side, ours, theirs);
        }
    }

    #[test]
    fn any_octets_mean_the_same_as_to_another_implementation(
        octets in proptest::collection::vec(any::<u8>(), 0..40),
        chunks in proptest::collection::vec(1..10_usize, 1..8),
    ) {
        let (ours, theirs) = (ours(Side::Server, &octets, &chunks), theirs(Side::Server, &octets));
        // Text has to be UTF-8 for them; it is nothing to us. A bad status or reason is told as it is.
        if theirs.end != End::Violation {
            prop_assert!(ours.agrees(&theirs), "{:?} and {:?}", ours, theirs);
        }
    }

    #[test]
    fn messages_that_are_written_are_read_by_another_implementation(
        lengths in proptest::collection::vec(prop_oneof![0..300_usize, Just(LIMIT)], 0..8),
        hints in proptest::collection::vec(0..70_000_usize, 8),
        server in any::<bool>(),
    ) {
        let (writer, reader) = if server {
            (Side::Server, Side::Client)
        } else {
            (Side::Client, Side::Server)
        };
        let messages: Vec<Vec<u8>> = lengths.iter().map(|length| vec![b'x'; *length]).collect();
        let mut output = Output::new(writer);
        for (message, hint) in messages.iter().zip(&hints) {
            let result = output.message::<()>(*hint, |buffer| {
                buffer.extend_from_slice(message);
                Ok(())
            });
            prop_assert_eq!(result, Ok(()));
            // One that fails leaves no trace.
            let result = output.message(*hint, |buffer| {
                buffer.push(1);
                Err(())
            });
            prop_assert_eq!(result, Err(()));
        }
        output.control(Opcode::Ping, b"ping");
        let mut octets = Vec::new();
        let written = poll_fn(|cx| output.poll_write(&mut octets, cx)).now_or_never();
        prop_assert!(matches!(written, Some(Ok(()))));
        prop_assert_eq!(output.len(), 0);
        let heard = Heard { messages, pings: vec![b"ping".to_vec()], end: End::Octets };
        prop_assert_eq!(theirs(reader, &octets), heard);
    }

    #[test]
    fn masking_twice_changes_nothing(octets in proptest::collection::vec(any::<u8>(), 0..300), key in any::<[u8; 4]>()) {
        let mut masked = octets.clone();
        mask(&mut masked, key);
        for (at, (masked, octet)) in masked.iter().zip(&octets).enumerate() {
            prop_assert_eq!(*masked, octet ^ key[at % 4]);
        }
        mask(&mut masked, key);
        prop_assert_eq!(masked, octets);
    }
}

/// Octets that come in pieces.
struct Chunked<'a, C> {
    octets: &'a [u8],
    chunks: C,
}

impl<C: Iterator<Item = usize> + Unpin> AsyncRead for Chunked<'_, C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let chunk = self.chunks.next().unwrap_or(1);
        let count = chunk.min(self.octets.len()).min(buffer.remaining());
        let (now, later) = self.octets.split_at(count);
        buffer.put_slice(now);
        self.octets = later;
        Poll::Ready(Ok(()))
    }
}

/// What a blocking implementation reads from; its answers go nowhere.
struct ReadOnly(Cursor<Vec<u8>>);

impl Read for ReadOnly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for ReadOnly {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
