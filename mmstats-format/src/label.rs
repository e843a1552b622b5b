//! What a label may look like, and the labels under which a process describes itself.

use core::fmt;

/// The longest label that a writer gives a field, in bytes, prefixes included.
pub const MAX_LABEL_LEN: usize = 255;

/// The process id, from the header.
pub const SYS_PID: &str = "sys.pid";
/// The thread id, from the header of a slot.
pub const SYS_TID: &str = "sys.tid";
/// The user id of the writer, from the header.
pub const SYS_UID: &str = "sys.uid";
/// The group id of the writer, from the header.
pub const SYS_GID: &str = "sys.gid";
/// When the file was created, in seconds since 1970-01-01 UTC, from the header.
pub const SYS_CREATED: &str = "sys.created";
/// The name of the writer's program, an attribute.
pub const SYS_CMD: &str = "sys.cmd";
/// The programming language of the writer, an attribute.
pub const SYS_LANGUAGE: &str = "sys.language";
/// The version of that language, an attribute.
pub const SYS_LANGUAGE_VERSION: &str = "sys.language.version";

/// Why a string cannot be a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelError {
    /// It has no characters.
    Empty,
    /// It is longer than [`MAX_LABEL_LEN`].
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// It holds a control character.
    Control {
        /// The first one.
        character: char,
        /// Its byte in the label.
        offset: usize,
    },
}

/// Whether `label` may name a field: 1 to [`MAX_LABEL_LEN`] bytes without control characters.
///
/// # Errors
/// Says which rule it breaks.
pub fn check_label(label: &str) -> Result<(), LabelError> {
    if label.is_empty() {
        return Err(LabelError::Empty);
    }
    if label.len() > MAX_LABEL_LEN {
        return Err(LabelError::TooLong { len: label.len() });
    }
    // Most labels are graphic ASCII, which takes a few instructions to see, since no byte waits for another.
    if label.bytes().fold(true, |all, byte| all & byte.is_ascii_graphic()) {
        return Ok(());
    }
    match label.char_indices().find(|(_, character)| character.is_control()) {
        Some((offset, character)) => Err(LabelError::Control { character, offset }),
        None => Ok(()),
    }
}

/// A hash of a label that can be computed from the hashes of its parts.
///
/// The prefixes of a label come together only where structs are nested, in const evaluation,
/// where comparing the bytes of some hundred labels takes seconds. This is the label's bytes as
/// digits of a number, modulo the prime 2^61 - 1: for two different labels of up to 255 bytes the
/// chance of one hash is below 2^-52.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelHash {
    /// The number.
    pub hash: u64,
    /// The base to the power of the number's digits.
    pub power: u64,
}

impl LabelHash {
    const PRIME: u64 = (1 << 61) - 1;
    const BASE: u64 = 0x0b4e_0ef3_7bc3_2127;
    /// The hash of the empty string.
    pub const EMPTY: Self = Self { hash: 0, power: 1 };

    /// The hash of `part`.
    pub const fn of(part: &str) -> Self {
        let mut all = Self::EMPTY;
        let mut rest = part.as_bytes();
        while let [byte, tail @ ..] = rest {
            // A digit is at least 1, so that leading zeros count.
            all = all.then(Self { hash: (*byte as u64).saturating_add(1), power: Self::BASE });
            rest = tail;
        }
        all
    }

    /// The hash of this part with `next` behind it.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        Self {
            hash: Self::multiply_add(self.hash, next.power, next.hash),
            power: Self::multiply_add(self.power, next.power, 0),
        }
    }

    #[expect(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        reason = "operands are below 2^61, so the sum is below 2^123 and the remainder below 2^61"
    )]
    const fn multiply_add(a: u64, b: u64, c: u64) -> u64 {
        ((a as u128 * b as u128 + c as u128) % Self::PRIME as u128) as u64
    }
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "expected a label of 1 to {MAX_LABEL_LEN} bytes, found an empty one"),
            Self::TooLong { len } => {
                write!(f, "expected a label of 1 to {MAX_LABEL_LEN} bytes, found one of {len}")
            }
            Self::Control { character, offset } => write!(
                f,
                "expected a label without control characters, found {} at its byte {offset}",
                character.escape_unicode()
            ),
        }
    }
}

impl core::error::Error for LabelError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_1_to_255_bytes_and_no_control_characters() {
        assert_eq!(check_label("status.2XX"), Ok(()));
        assert_eq!(check_label("größe 尺寸"), Ok(()));
        assert_eq!(check_label(""), Err(LabelError::Empty));
        let longest = [b'x'; 256];
        let longest = core::str::from_utf8(&longest).unwrap();
        assert_eq!(check_label(&longest[..255]), Ok(()));
        assert_eq!(check_label(longest), Err(LabelError::TooLong { len: 256 }));
        assert_eq!(check_label("a\u{9b}b"), Err(LabelError::Control { character: '\u{9b}', offset: 1 }));
    }

    #[test]
    fn hashes_of_parts_concatenate() {
        let whole = LabelHash::of("web.db.calls");
        assert_eq!(LabelHash::of("web.").then(LabelHash::of("db.")).then(LabelHash::of("calls")), whole);
        assert_eq!(LabelHash::EMPTY.then(whole), whole);
        assert_eq!(whole.then(LabelHash::EMPTY), whole);
        assert_ne!(LabelHash::of("db.callsweb."), whole);
        assert_ne!(LabelHash::of("\0\0"), LabelHash::of("\0"));
    }
}
