//! Octets as people write them down.

/// The octets that pairs of hex digits stand for; spaces may stand anywhere between them.
#[track_caller]
pub(crate) fn octets(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
    assert!(
        digits.len().is_multiple_of(2),
        "expected pairs of hex digits, but found {text:?}"
    );
    let digit = |octet: u8| match char::from(octet).to_digit(16) {
        Some(digit) => digit,
        None => panic!("expected hex digits, but found {text:?}"),
    };
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(digit(pair[0]) << 4 | digit(pair[1])).expect("two digits"))
        .collect()
}
