//! Labels and texts of format 1, as far as they are UTF-8.

extern crate alloc;

use alloc::string::String;

/// The text in `bytes`: what is not UTF-8 is left out.
///
/// This is `bytes.decode("utf8", "ignore")` of Python 2.7, which also takes surrogates in three
/// bytes each. Here two that belong together become their character, as they do where Python
/// shows them, and a lone one, which no character stands for, becomes U+FFFD.
pub fn decode(bytes: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::new();
    let mut high = None;
    let mut rest = bytes;
    while let Some(chunk) = rest.utf8_chunks().next() {
        text.push_str(chunk.valid());
        if !chunk.valid().is_empty() {
            high = None;
        }
        rest = rest.get(chunk.valid().len()..).unwrap_or_default();
        if let Some((unit, behind)) = split_surrogate(rest) {
            let pair = high.take().and_then(|high| char::decode_utf16([high, unit]).next()?.ok());
            if let Some(character) = pair {
                text.pop();
                text.push(character);
            } else {
                text.push(char::REPLACEMENT_CHARACTER);
                high = Some(unit);
            }
            rest = behind;
        } else {
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    text
}

/// The surrogate at the start of `bytes`, and what is behind it.
fn split_surrogate(bytes: &[u8]) -> Option<(u16, &[u8])> {
    match bytes {
        [0xed, middle @ 0xa0..=0xbf, last @ 0x80..=0xbf, behind @ ..] => {
            let unit = 0xd000 | (u16::from(middle & 0x3f) << 6) | u16::from(last & 0x3f);
            Some((unit, behind))
        }
        _ => None,
    }
}

/// The part of `bytes` before the first NUL.
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf8_is_left_out() {
        assert_eq!(decode("größe 🦀\0x".as_bytes()), "größe 🦀\0x");
        assert_eq!(decode(b"\xffa\xc3b\xe2\x82c\xf0\x9f\xa6"), "abc");
        assert_eq!(decode(b"\xf0\x9f\xc3\xa9\xc0\x80\xf8"), "é");
    }

    #[test]
    fn surrogates_that_belong_together_are_their_character() {
        assert_eq!(decode(b"a\xed\xa0\x80\xed\xb0\x80b"), "a\u{10000}b");
        assert_eq!(decode(b"\xed\xa0\x80\xff\xed\xb0\x80"), "\u{10000}");
        assert_eq!(decode(b"\xed\xa0\x80a\xed\xb0\x80"), "\u{fffd}a\u{fffd}");
        assert_eq!(decode(b"\xed\xb0\x80\xed\xa0\x80\xed\xa0\x80\xed\xb0\x80"), "\u{fffd}\u{fffd}\u{10000}");
    }

    #[test]
    fn a_text_ends_at_its_first_nul() {
        assert_eq!(until_nul(b"ab\0c\0"), b"ab");
        assert_eq!(until_nul(b"\0"), b"");
        assert_eq!(until_nul(b""), b"");
    }
}
