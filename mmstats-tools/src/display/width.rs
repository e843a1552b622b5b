//! How many columns of a terminal a text takes.

use std::fmt::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that what `shown` displays takes on a terminal, counted without keeping it: two for each
/// of the wide characters of East Asia, none for those that combine with the one before.
pub fn width(shown: &impl fmt::Display) -> usize {
    struct Counter(usize);
    impl Write for Counter {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.saturating_add(text_width(text));
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting does not fail.
    let _ = write!(counter, "{shown}");
    counter.0
}

/// The columns of `text`, nearly always as many as bytes.
pub(crate) fn text_width(text: &str) -> usize {
    // Without a branch for each byte, so that the compiler looks at many at a time.
    let is_plain = text.bytes().fold(true, |plain, byte| plain & (0x20..0x7f).contains(&byte));
    if is_plain { text.len() } else { text.width() }
}

/// `text` in exactly `columns` columns: blanks are put behind it, or `…` in place of what is too much.
pub fn fit(text: &str, columns: usize) -> String {
    let mut fitted = String::with_capacity(columns);
    let mut used = 0;
    if text.width() <= columns {
        fitted.push_str(text);
        used = text.width();
    } else if let Some(room) = columns.checked_sub(1) {
        for character in text.chars() {
            let with = used + character.width().unwrap_or(0);
            if with > room {
                break;
            }
            fitted.push(character);
            used = with;
        }
        fitted.push('…');
        used += 1;
    }
    fitted.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    fitted
}

/// As much of what `shown` displays as fits `columns`, with `…` in place of the rest, which is never made.
pub fn cut(shown: &impl fmt::Display, columns: usize) -> String {
    struct Cut {
        text: String,
        room: usize,
    }
    impl Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                // What is left to be shown is more than there is room for.
                self.text.push(character);
                self.room = self.room.checked_sub(character.width().unwrap_or(0)).ok_or(fmt::Error)?;
            }
            Ok(())
        }
    }
    let mut cut = Cut { text: String::new(), room: columns };
    match write!(cut, "{shown}") {
        Ok(()) => cut.text,
        Err(_) => fit(&cut.text, columns).trim_end_matches(' ').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_counted_in_columns() {
        for (text, columns) in [("größe", 5), ("尺寸", 4), ("e\u{301}", 1), ("שלום", 4), ("", 0)] {
            assert_eq!(width(&text), columns, "{text}");
        }
    }

    #[test]
    fn what_is_too_wide_is_cut() {
        for (text, columns, fitted) in [
            ("abc", 5, "abc  "),
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("尺寸尺寸", 6, "尺寸… "),
            ("尺寸", 1, "…"),
            ("abc", 0, ""),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ] {
            assert_eq!(fit(text, columns), fitted);
            assert_eq!(cut(&text, columns), fitted.trim_end());
            assert_eq!(width(&fit(text, columns)), columns);
        }
    }
}
