//! Positions of tunnel messages: `u16`, one more for each message, and from 65535 back to 0.

/// The position of the next message in one direction of one tunnelled request or WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sequence {
    next: u16,
}

/// Where a received position stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// It is the next one.
    Next,
    /// It was received before.
    Repeated,
    /// Messages before it are missing.
    Gap {
        /// The position that was expected.
        expected: u16,
    },
}

impl Sequence {
    /// The sequence whose next message has the position `next`. A new one starts at 0.
    #[must_use]
    pub const fn at(next: u16) -> Self {
        Self { next }
    }

    /// The position of the next message.
    #[must_use]
    pub const fn next(self) -> u16 {
        self.next
    }

    /// The position for a message that is sent now.
    #[must_use]
    pub const fn take(&mut self) -> u16 {
        let index = self.next;
        self.next = index.wrapping_add(1);
        index
    }

    /// Looks at the position of a received message, and counts it if it is the next one.
    ///
    /// The half of the numbers that lies behind the expected one counts as received before, the other half as ahead.
    pub const fn receive(&mut self, index: u16) -> Position {
        let ahead = index.wrapping_sub(self.next);
        if ahead == 0 {
            self.next = index.wrapping_add(1);
            Position::Next
        } else if ahead >= 1 << 15 {
            Position::Repeated
        } else {
            Position::Gap {
                expected: self.next,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_through_the_end_of_the_numbers() {
        let (mut sent, mut received) = (Sequence::default(), Sequence::default());
        for count in 0..200_000_u32 {
            let index = sent.take();
            assert_eq!(u32::from(index), count % (1 << 16));
            assert_eq!(received.receive(index), Position::Next);
            assert_eq!(received.receive(index), Position::Repeated);
        }
    }

    #[test]
    fn tells_a_gap_from_a_repetition() {
        let mut sequence = Sequence::at(65_534);
        assert_eq!(sequence.receive(65_535), Position::Gap { expected: 65_534 });
        assert_eq!(sequence.receive(3), Position::Gap { expected: 65_534 });
        assert_eq!(sequence.receive(65_533), Position::Repeated);
        assert_eq!(sequence.receive(40_000), Position::Repeated);
        assert_eq!(sequence.receive(65_534), Position::Next);
        assert_eq!(sequence.receive(65_535), Position::Next);
        assert_eq!(sequence.receive(0), Position::Next);
        assert_eq!(sequence.receive(65_535), Position::Repeated);
        assert_eq!(sequence.next(), 1);
    }
}
