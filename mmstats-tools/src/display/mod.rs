//! How names and numbers look to people.
//!
//! | module | what it shows |
//! |---|---|
//! | [`bound`] | whether a number is the one that is meant, or a bound of it |
//! | [`cell`](mod@cell) | a cell of comma-separated values |
//! | [`keys`] | keys of an object, of which each is there once |
//! | [`number`] | numbers and texts to the last digit, as the Python original wrote them |
//! | [`scaled`](mod@scaled) | numbers of three digits in a unit that suits them: `1.23 ms`, `45.6 MiB` |
//! | [`width`](mod@width) | how many columns of a terminal a text takes |

pub mod bound;
pub mod cell;
pub mod keys;
pub mod number;
pub mod scaled;
pub mod width;

use crate::escape;
pub use crate::names::{Name, Named, Tags};

pub use bound::Bound;
pub use cell::cell;
pub use keys::unique_keys;
pub use number::{Plain, not_finite};
#[cfg(feature = "pollstats")]
pub use number::{bounded, digits};
pub use scaled::{Scaled, scaled, scaled_bound};
pub(crate) use width::text_width;
pub use width::{cut, fit, width, wrap};

/// The widest text, in columns of a terminal, that others are aligned with: a wider one moves what is behind it in its
/// own row only. Else one long text would make each row as long.
pub const MAX_ALIGNED: usize = 64;

/// The words of `text`, which may be of several lines, in one line and safe to show.
pub fn one_line(text: &str) -> String {
    escape::text(&text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
}
