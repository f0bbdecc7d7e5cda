//! Hexadecimal digits.

/// Two lower-case digits for each octet.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    let mut digits = String::with_capacity(octets.len() * 2);
    for octet in octets {
        for digit in [octet >> 4, octet & 0xf] {
            digits.push(char::from(DIGITS[usize::from(digit)]));
        }
    }
    digits
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The octets that `digits` stand for: two digits of either case for each, with ASCII white space between octets.
///
/// Errors: the first place that is something else.
pub fn decode(digits: &[u8]) -> Result<Vec<u8>, HexError> {
    let mut octets = Vec::with_capacity(digits.len() / 2);
    let mut at = 0;
    while at < digits.len() {
        if digits[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let high = digit(digits, at)?;
        let low = digit(digits, at + 1)?;
        octets.push(high << 4 | low);
        at += 2;
    }
    Ok(octets)
}

/// Why text is not the hexadecimal digits of octets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HexError {
    /// Something that is no digit.
    #[error("expected a hexadecimal digit, but found {}", self.found())]
    Digit {
        /// Where, in octets of the text, from 1.
        column: usize,
        /// The octet of the text.
        found: u8,
    },
    /// The text ends after the first digit of an octet.
    #[error("expected two hexadecimal digits for each octet, but found {}", self.found())]
    Odd {
        /// Where the second digit should be, in octets of the text, from 1.
        column: usize,
    },
}

impl HexError {
    /// What stands there instead, and where.
    #[must_use]
    pub fn found(&self) -> String {
        match self {
            Self::Digit { column, found } => format!("{} in column {column}", shown(*found)),
            Self::Odd { column } => format!("the end in column {column}"),
        }
    }
}

fn digit(digits: &[u8], at: usize) -> Result<u8, HexError> {
    let column = at + 1;
    match digits.get(at) {
        None => Err(HexError::Odd { column }),
        Some(&found) => match char::from(found).to_digit(16) {
            Some(value) => Ok(value.to_le_bytes()[0]),
            None => Err(HexError::Digit { column, found }),
        },
    }
}

fn shown(octet: u8) -> String {
    match octet {
        b' '..=b'~' => format!("'{}'", char::from(octet)),
        _ => format!("octet 0x{octet:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_back_as_the_octets_they_stand_for() {
        let octets: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(encode(&octets).as_bytes()), Ok(octets));
        assert_eq!(decode(b" 00Ff\t7a \r\n"), Ok(vec![0, 0xff, 0x7a]));
        assert_eq!(decode(b""), Ok(vec![]));
    }

    #[test]
    fn says_where_text_stops_being_digits() {
        assert_eq!(
            decode(b"00g0").unwrap_err().to_string(),
            "expected a hexadecimal digit, but found 'g' in column 3"
        );
        assert_eq!(
            decode(b"\xff").unwrap_err().to_string(),
            "expected a hexadecimal digit, but found octet 0xff in column 1"
        );
        assert_eq!(
            decode(b"0 0"),
            Err(HexError::Digit {
                column: 2,
                found: b' '
            })
        );
        assert_eq!(decode(b"000"), Err(HexError::Odd { column: 4 }));
        assert_eq!(
            decode(b"000").unwrap_err().to_string(),
            "expected two hexadecimal digits for each octet, but found the end in column 4"
        );
    }
}
