//! The terminal that standard output is: whether it can draw a screen, and how large it is.

use std::env;
use std::ffi::OsStr;
#[cfg(any(feature = "slurpstats", feature = "topstats"))]
use std::io;

/// How large a terminal is, in characters.
#[cfg(any(feature = "slurpstats", feature = "topstats"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Its width.
    pub columns: u16,
    /// Its height.
    pub rows: u16,
}

/// A terminal of which nobody says how large it is: a VT100.
#[cfg(any(feature = "slurpstats", feature = "topstats"))]
const USUAL: Size = Size { columns: 80, rows: 24 };

/// What fits an 8K screen (7,680 x 4,320 pixels) in characters of 4 x 6 pixels, the smallest font that people
/// can read. A terminal may claim 65,535 x 65,535, which would take 300 GB to draw.
#[cfg(any(feature = "slurpstats", feature = "topstats"))]
const LARGEST: Size = Size { columns: 1920, rows: 720 };

/// The size of the terminal that standard output is, if it is one. A dimension of 0 is unknown, as on serial lines
/// and in some containers: then `COLUMNS` or `LINES` has it, or it is 80 or 24.
#[cfg(any(feature = "slurpstats", feature = "topstats"))]
pub fn size() -> Option<Size> {
    let told = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(Size {
        columns: dimension(told.ws_col, number("COLUMNS"), USUAL.columns, LARGEST.columns),
        rows: dimension(told.ws_row, number("LINES"), USUAL.rows, LARGEST.rows),
    })
}

/// What was `told` by the terminal unless that is 0, or else `set` in the environment, or else `usual`.
#[cfg(any(feature = "slurpstats", feature = "topstats"))]
fn dimension(told: u16, set: Option<u16>, usual: u16, largest: u16) -> u16 {
    Some(told).filter(|told| *told > 0).or(set).unwrap_or(usual).min(largest)
}

/// The count in the environment's `variable`, if there is one that is not 0. A larger one than fits is the largest.
#[cfg(any(feature = "slurpstats", feature = "topstats"))]
pub fn number(variable: &str) -> Option<u16> {
    let count: u64 = env::var(variable).ok()?.parse().ok()?;
    Some(u16::try_from(count).unwrap_or(u16::MAX)).filter(|count| *count > 0)
}

/// Whether the terminal takes escape sequences, as far as `TERM` says.
pub fn can_draw() -> bool {
    can_draw_with(env::var_os("TERM").as_deref())
}

/// Whether a terminal of this kind takes escape sequences: not a dumb one, such as a shell in Emacs. Without a kind
/// nobody says so, as in a job of cron or on a plain serial line.
pub(crate) fn can_draw_with(term: Option<&OsStr>) -> bool {
    term.is_some_and(|term| !term.is_empty() && term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(any(feature = "slurpstats", feature = "topstats"))]
    fn a_dimension_is_told_or_set_or_usual_and_fits_a_screen() {
        for (told, set, expected) in [
            (100, None, 100),
            (100, Some(50), 100),
            (0, Some(50), 50),
            (0, None, 80),
            (1, None, 1),
            (u16::MAX, None, 1920),
            (0, Some(u16::MAX), 1920),
        ] {
            assert_eq!(dimension(told, set, 80, 1920), expected, "{told} {set:?}");
        }
    }

    #[test]
    fn a_terminal_draws_if_it_has_a_kind_and_is_not_dumb() {
        for (term, draws) in [
            (None, false),
            (Some(""), false),
            (Some("dumb"), false),
            (Some("xterm"), true),
            (Some("linux"), true),
        ] {
            assert_eq!(can_draw_with(term.map(OsStr::new)), draws, "{term:?}");
        }
    }
}
