//! [`Text`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use mmstats_format::descriptor::{Kind, Type};
use mmstats_format::tagged;

use super::{Constant, Field, FieldLayout, SingleWriter};
use crate::tagged_cell::TaggedCell;

/// A text of up to `N` bytes of UTF-8 that is set as a whole and read as a whole.
///
/// One thread sets it; readers are other programs, which show the texts of a process's threads
/// one by one. It takes four bytes of the file for each byte of text, and sixteen more. Do not
/// set it in a signal handler that may interrupt the same thread's `set`.
///
/// ```
/// use mmstats::{MmStats, Text};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct JobStats {
///     phase: Text<16>,
///     #[mmstats(value = env!("CARGO_PKG_VERSION"))]
///     version: Text<32>,
/// }
///
/// let stats = JobStats::create()?;
/// stats.phase.set("indexing");
/// assert_eq!(stats.phase.get(), "indexing");
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(transparent)]
pub struct Text<const N: usize> {
    copies: TaggedCell<N>,
    single_writer: SingleWriter<Self>,
}

impl<const N: usize> Text<N> {
    /// Replaces the text. What is longer than `N` bytes is cut at a character.
    #[inline]
    pub fn set(&self, text: &str) {
        const { assert!(N > 0 && N <= 1 << 20, "a Text holds from 1 byte to 1 MiB") };
        let text = &text.as_bytes()[..text.floor_char_boundary(N)];
        #[expect(clippy::cast_possible_truncation, reason = "at most N, which is at most 1 MiB")]
        self.copies.set(text.len() as u32, text);
    }

    /// The text that was set last; empty before.
    pub fn get(&self) -> String {
        let mut data = self.copies.get();
        let len = data.next().unwrap_or_default() as usize;
        let bytes: Vec<u8> = data.flat_map(u32::to_le_bytes).take(len).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

// SAFETY: nothing but a TaggedCell, which is accessed by atomics only, valid for every value of
// its bytes, and laid out as two tagged copies.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> Field for Text<N> {
    const LAYOUT: FieldLayout = {
        assert!(size_of::<Self>() == tagged::text_len(N));
        FieldLayout::of::<Self>(Kind::Text, Type::Text)
    };

    fn reset(&self) {
        self.copies.reset();
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> Constant for Text<N> {
    type Value<'a> = &'a str;

    fn set_constant(&self, value: &str) {
        self.set(value);
    }

    fn copy_constant(&self, from: &Self) {
        self.copies.copy_from(&from.copies);
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
