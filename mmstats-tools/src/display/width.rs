//! How many columns of a terminal a text takes.

use std::fmt::{self, Write};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The columns that what `shown` displays takes on a terminal, counted without keeping what is plain: two for
/// each of the wide characters of East Asia and for emoji, however many characters make one, none for those
/// that combine with the one before.
pub fn width(shown: &impl fmt::Display) -> usize {
    struct Counter {
        plain: usize,
        /// The last of the plain ones, which what follows may combine with.
        last: Option<char>,
        rest: String,
    }
    impl Write for Counter {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            if self.rest.is_empty() && is_plain(text) {
                self.plain += text.len();
                self.last = text.chars().next_back().or(self.last);
            } else {
                if let Some(last) = self.last.take() {
                    self.plain -= 1;
                    self.rest.push(last);
                }
                self.rest.push_str(text);
            }
            Ok(())
        }
    }
    let mut counter = Counter { plain: 0, last: None, rest: String::new() };
    // Counting does not fail.
    let _ = write!(counter, "{shown}");
    counter.plain + text_width(&counter.rest)
}

/// The columns of `text`, nearly always as many as bytes.
pub(crate) fn text_width(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// Whether `text` is nothing but ASCII characters of one column each.
fn is_plain(text: &str) -> bool {
    // Without a branch for each byte, so that the compiler looks at many at a time.
    text.bytes().fold(true, |plain, byte| plain & (0x20..0x7f).contains(&byte))
}

/// The longest start of `text` that fits `columns`.
fn start(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let too_much = text.grapheme_indices(true).find(|(_, grapheme)| {
        used += grapheme.width();
        used > columns
    });
    too_much.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// `text` in exactly `columns` columns: blanks are put behind it, or `…` in place of what is too much.
pub fn fit(text: &str, columns: usize) -> String {
    let mut fitted = cut(&text, columns);
    fitted.extend(std::iter::repeat_n(' ', columns.saturating_sub(text_width(&fitted))));
    fitted
}

/// As much of what `shown` displays as fits `columns`, with `…` in place of the rest, which is never made.
pub fn cut(shown: &impl fmt::Display, columns: usize) -> String {
    struct Cut {
        text: String,
        columns: usize,
    }
    impl Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.text.push_str(text);
            // What is left to be shown is more than there is room for.
            if start(&self.text, self.columns).len() < self.text.len() { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut cut = Cut { text: String::new(), columns };
    if write!(cut, "{shown}").is_ok() {
        return cut.text;
    }
    match columns.checked_sub(1) {
        Some(room) => format!("{}…", start(&cut.text, room)),
        None => String::new(),
    }
}

/// `text` in lines of at most so many `columns`, broken between words where there are some, as many as `most`;
/// the last of these ends in `…` if there are more.
pub fn wrap(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && lines.len() < most {
        if lines.len() + 1 == most {
            lines.push(cut(&rest, columns));
            break;
        }
        let whole = start(rest, columns);
        let behind = rest.get(whole.len()..).unwrap_or_default();
        let words = match whole.rfind(' ') {
            Some(end) if !behind.is_empty() && !behind.starts_with(' ') => whole.get(..end),
            _ => None,
        };
        // At least one character, however wide it is.
        let line = words.into_iter().chain([whole]).chain(rest.graphemes(true)).find(|line| !line.is_empty());
        let line = line.unwrap_or(rest);
        lines.push(line.trim_end().to_owned());
        rest = rest.get(line.len()..).unwrap_or_default().trim_start();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape;

    #[test]
    fn widths_are_counted_in_columns() {
        for (text, columns) in [
            ("größe", 5),
            ("尺寸", 4),
            ("e\u{301}", 1),
            ("שלום", 4),
            ("لا", 2),
            ("👨‍👩‍👧", 2),
            ("a❤️", 3),
            ("1️⃣", 2),
            ("🇩🇪🇫🇷", 4),
            ("", 0),
        ] {
            assert_eq!(width(&text), columns, "{text}");
            assert_eq!(width(&escape::text(text)), columns, "{text}");
        }
        // In pieces, of which one changes how wide the one before is.
        assert_eq!(width(&format_args!("{}{}", "a1", "\u{fe0f}\u{20e3}")), 3);
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
            ("❤️❤️❤️", 6, "❤️❤️❤️"),
            ("❤️❤️❤️", 5, "❤️❤️…"),
            ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 4, "👨‍👩‍👧… "),
        ] {
            assert_eq!(fit(text, columns), fitted);
            assert_eq!(cut(&text, columns), fitted.trim_end());
            assert_eq!(width(&fit(text, columns)), columns);
        }
    }

    #[test]
    fn what_is_too_wide_for_a_line_goes_on_in_the_next() {
        for (text, most, lines) in [
            ("", 9, &[][..]),
            ("one two three four", 9, &["one two", "three", "four"]),
            ("one two three four", 2, &["one two", "three f…"]),
            ("abcdefghijklmnop q", 9, &["abcdefgh", "ijklmnop", "q"]),
            ("尺寸尺寸尺寸", 9, &["尺寸尺寸", "尺寸"]),
        ] {
            assert_eq!(wrap(text, 8, most), lines);
        }
        for columns in 0..3 {
            assert_eq!(wrap("尺寸 e\u{301}", columns, 99).concat().chars().count(), 4);
        }
    }
}
