//! Which characters a terminal can show: those of UTF-8 only if the locale says so, else those of ASCII.
//!
//! Elsewhere bytes of UTF-8 are not only unreadable: to a terminal of Latin-1 the second byte of `Û` starts an
//! escape sequence. So text of programs is escaped there, as control characters are everywhere ([`escape`]), and
//! this program's own symbols have equivalents in ASCII of as many columns.
//!
//! Output that goes to a file or another program is not changed: it is UTF-8.
//!
//! [`escape`]: crate::escape

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether standard output is a terminal that shows ASCII only.
static IS_ASCII: AtomicBool = AtomicBool::new(false);

/// Looks at the locale and at standard output. A tool does so first of all.
pub fn choose() {
    IS_ASCII.store(io::stdout().is_terminal() && !is_utf8(), Ordering::Relaxed);
}

/// Whether standard output is a terminal that shows ASCII only, as [`choose`] found.
pub fn is_ascii() -> bool {
    IS_ASCII.load(Ordering::Relaxed)
}

/// Whether the locale's encoding is UTF-8.
pub fn is_utf8() -> bool {
    is_utf8_in(|name| env::var_os(name))
}

/// The same, by the environment `variable`: POSIX, Base Definitions, section 8.2.
fn is_utf8_in(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let values = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable);
    let Some(locale) = values.into_iter().find(|value| !value.is_empty()) else { return false };
    let Some(locale) = locale.to_str() else { return false };
    // language[_territory][.codeset][@modifier]; macOS has the codeset alone.
    let name = locale.split('@').next().unwrap_or_default();
    let codeset = name.rsplit_once('.').map_or(name, |(_, codeset)| codeset);
    ["UTF-8", "UTF8"].iter().any(|utf8| codeset.eq_ignore_ascii_case(utf8))
}

/// `text` in ASCII, with as many columns where it consists of symbols of this program.
pub fn ascii(text: &str) -> String {
    // With a blank behind it, where columns count, as wide as it was.
    let text = text.replace("≥ ", ">=").replace("≤ ", "<=").replace('≥', ">=").replace('≤', "<=");
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match symbol(character) {
            Some(symbol) => shown.push(symbol),
            None => shown.extend(character.escape_unicode()),
        }
    }
    shown
}

/// Symbols, and what stands for them in ASCII.
const SYMBOLS: [(&str, char); 14] = [
    // Cut off, as editors show it.
    ("…", '~'),
    ("↑▴", '^'),
    ("↓▾", 'v'),
    ("→▸≥", '>'),
    ("←≤", '<'),
    // Bars that grow upwards, the ends of bars that grow to the right, and the axes of charts.
    ("▁", '_'),
    ("▂", '.'),
    ("▃▏▎▍─", '-'),
    ("▄▌▋▊▉", '='),
    ("▅└┘┌┐├┤┬┴┼", '+'),
    ("▆", '*'),
    ("▇", '%'),
    ("█", '#'),
    ("│", '|'),
];

/// What stands for `character` in ASCII, if something of one column does.
pub fn symbol(character: char) -> Option<char> {
    match character {
        '\0'..='\x7f' => Some(character),
        // The line of a chart: eight dots, of which these bits are the upper four.
        '\u{2800}'..='\u{28ff}' => {
            let dots = u32::from(character) - 0x2800;
            Some(match (dots & 0b0001_1011 != 0, dots & 0b1110_0100 != 0) {
                (false, false) => ' ',
                (true, false) => '\'',
                (false, true) => '.',
                (true, true) => ':',
            })
        }
        _ => SYMBOLS.iter().find(|(symbols, _)| symbols.contains(character)).map(|(_, sign)| *sign),
    }
}

/// Standard output for text: in ASCII where it is a terminal that shows no more.
#[derive(Debug)]
pub struct Shown<W>(pub W);

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !is_ascii() || bytes.is_ascii() {
            return self.0.write(bytes);
        }
        self.0.write_all(ascii(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A message for standard error, in ASCII where that is a terminal that shows no more.
pub fn message(text: String) -> String {
    if text.is_ascii() || is_utf8() || !io::stderr().is_terminal() { text } else { ascii(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_has_the_encoding() {
        type Variables = &'static [(&'static str, &'static str)];
        let cases: [(Variables, bool); 17] = [
            (&[], false),
            (&[("LANG", "C")], false),
            (&[("LANG", "POSIX")], false),
            (&[("LANG", "")], false),
            (&[("LANG", "C.UTF-8")], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LANG", "en_US.utf8")], true),
            (&[("LANG", "de_DE.UTF-8@euro")], true),
            (&[("LANG", "de_DE@euro")], false),
            (&[("LANG", "de_DE.ISO-8859-15@euro")], false),
            (&[("LANG", "en_US")], false),
            (&[("LANG", "zh_CN.GB18030")], false),
            (&[("LC_CTYPE", "UTF-8")], true),
            (&[("LC_ALL", "C"), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C.UTF-8")], false),
            (&[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")], true),
            (&[("LC_CTYPE", "C"), ("LANG", "C.UTF-8")], false),
            (&[("LC_NUMERIC", "C.UTF-8"), ("LANG", "C")], false),
        ];
        for (variables, expected) in cases {
            let variable =
                |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into());
            assert_eq!(is_utf8_in(variable), expected, "{variables:?}");
        }
    }

    #[test]
    fn symbols_become_ascii_of_as_many_columns_and_other_characters_escapes() {
        assert_eq!(ascii("▾ web  ▁▂▃▄▅▆▇█ abc…"), "v web  _.-=+*%# abc~");
        assert_eq!(ascii("≥ 73 min"), ">=73 min");
        assert_eq!(ascii("p99≥7200s sum≤-1"), "p99>=7200s sum<=-1");
        assert_eq!(ascii("⠀⠁⡀⣿"), " '.:");
        assert_eq!(ascii("größe"), "gr\\u{f6}\\u{df}e");
    }
}
