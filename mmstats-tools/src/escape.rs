//! Makes strings that anyone may have written safe to show on a terminal.
//!
//! Characters that move the cursor, reorder what is around them, or break lines are shown as
//! `\u{1b}`, bytes of a path that are not UTF-8 as `\x9b`. A backslash in front of `u{` or `x` is
//! itself shown as `\u{5c}`, so that nothing else looks like an escape; all other characters,
//! backslashes too, are shown as they are, if the terminal can show them ([`charset`]).

use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::charset;

/// A string whose display is safe to show.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(&'a [u8], &'static str);

/// `text`, safe to show.
pub fn text(text: &str) -> Escaped<'_> {
    Escaped(text.as_bytes(), "")
}

/// `text`, safe to show between quotation marks.
pub fn quoted(text: &str) -> Escaped<'_> {
    with(text, "\"")
}

/// `text`, safe to show where the ASCII characters in `also` have a special meaning: they are escaped, too.
pub fn with<'a>(text: &'a str, also: &'static str) -> Escaped<'a> {
    Escaped(text.as_bytes(), also)
}

/// `path`, safe to show.
pub fn path(path: &Path) -> Escaped<'_> {
    Escaped(path.as_os_str().as_bytes(), "")
}

/// Whether `character` could change how what is around it is shown: a control character, one that
/// sets the direction of writing, or one that ends a line or paragraph.
pub fn is_hazardous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether `bytes` are ASCII characters that stand for themselves.
fn is_plain(bytes: &[u8]) -> bool {
    // Without a branch for each byte, so that the compiler looks at many at a time.
    bytes.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'[' | b']'..=b'~'))
}

/// The first character of `text` that is to be escaped, and where it is; those of `also` are.
fn hazard(text: &str, also: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(at, character)| {
        let looks_like_escape = || {
            let behind = text.get(at + 1..).unwrap_or_default();
            behind.starts_with("u{") || behind.starts_with('x')
        };
        is_hazardous(*character)
            || also.contains(*character)
            || (*character == '\\' && looks_like_escape())
            || (!character.is_ascii() && charset::is_ascii())
    })
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes, also) = self;
        // Nearly all strings: many bytes at a time.
        if is_plain(bytes)
            && !also.bytes().any(|byte| bytes.contains(&byte))
            && let Ok(text) = str::from_utf8(bytes)
        {
            return f.write_str(text);
        }
        for chunk in bytes.utf8_chunks() {
            let mut rest = chunk.valid();
            // What is harmless is passed on in one piece: the width of a character may depend on the next.
            while let Some((at, character)) = hazard(rest, also) {
                let (before, behind) = rest.split_at(at);
                write!(f, "{before}{}", character.escape_unicode())?;
                rest = behind.get(character.len_utf8()..).unwrap_or_default();
            }
            f.write_str(rest)?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn harmless_text_is_unchanged() {
        for harmless in ["", "status.2XX", "größe 尺寸 👩‍👩‍👧", r"C:\users\new", "\"a\"", "\u{feff}"]
        {
            assert_eq!(text(harmless).to_string(), harmless);
        }
    }

    #[test]
    fn what_could_change_the_terminal_is_escaped() {
        assert_eq!(text("\x1b[31m\n\t\x7f\u{9b}").to_string(), r"\u{1b}[31m\u{a}\u{9}\u{7f}\u{9b}");
        for code in [0x61c, 0x200e, 0x200f].into_iter().chain(0x2028..=0x202e).chain(0x2066..=0x2069) {
            let character = char::from_u32(code).unwrap();
            assert_eq!(text(&format!("a{character}b")).to_string(), format!("a\\u{{{code:x}}}b"));
        }
    }

    #[test]
    fn what_looks_like_an_escape_is_told_from_one() {
        assert_eq!(text(r"\u{1b} \x9b \n \\u{").to_string(), r"\u{5c}u{1b} \u{5c}x9b \n \\u{5c}u{");
        assert_eq!(path(Path::new(OsStr::from_bytes(b"a\x9b\xc3"))).to_string(), r"a\x9b\xc3");
    }

    #[test]
    fn a_quotation_mark_does_not_end_a_quoted_text() {
        assert_eq!(quoted(r#"a"b"#).to_string(), r"a\u{22}b");
    }
}
