//! Values of several words that are never seen half written (FORMAT.md, "Tagged copies").
//!
//! Two copies of the value stand one after the other. Each 64-bit word holds 32 bits of data in
//! its low half and the version of its copy in its high half. The writer fills the older copy
//! with the next version; the reader takes both copies in one read and believes the later one
//! whose words all bear one version.

use core::fmt;
use core::hint::cold_path;

/// Data bytes in a word.
pub const DATA_LEN: usize = 4;
const WORD_LEN: usize = 8;

/// Bytes of the two copies of a value of `words` words.
pub const fn copies_len(words: usize) -> usize {
    words.saturating_mul(2 * WORD_LEN)
}

/// Words in a copy of a text of `len` bytes: one with the length, then the bytes, four a word.
pub const fn text_words(len: usize) -> usize {
    len.div_ceil(DATA_LEN).saturating_add(1)
}

/// Bytes of the two copies of a text of up to `max_len` bytes.
pub const fn text_len(max_len: usize) -> usize {
    copies_len(text_words(max_len))
}

/// Bytes of the two copies of a record of `data_len` bytes, four a word.
pub const fn record_len(data_len: usize) -> usize {
    copies_len(data_len.div_ceil(DATA_LEN))
}

/// The data of the words of a copy of `text`: its length, then its bytes, four a word.
#[inline]
pub fn text_data(text: &str) -> impl Iterator<Item = u32> {
    let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let (chunks, rest) = text.as_bytes().as_chunks::<DATA_LEN>();
    let last = (!rest.is_empty()).then(|| {
        let mut last = [0; DATA_LEN];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        last
    });
    core::iter::once(len).chain(chunks.iter().copied().chain(last).map(u32::from_le_bytes))
}

/// The word that carries `data` in the copy of `version`.
#[inline]
pub const fn word(version: u32, data: u32) -> u64 {
    ((version as u64) << 32) | data as u64
}

/// The version that a word bears.
#[inline]
pub const fn version(word: u64) -> u32 {
    (word >> 32) as u32
}

/// The data that a word carries.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the data is the low half")]
pub const fn data(word: u64) -> u32 {
    word as u32
}

/// The version after `version`. 0 is a copy that was never written, so it is passed over.
#[inline]
pub const fn next_version(version: u32) -> u32 {
    match version.wrapping_add(1) {
        // A branch, which is foreseen: otherwise each word stored waits for the comparison, after it
        // has waited for the version, which was itself stored just now.
        0 => {
            cold_path();
            1
        }
        next => next,
    }
}

/// Whether version `a` is later than `b`. Versions wrap; the two copies are one apart. 0, never
/// written, is earlier than all others.
#[inline]
pub const fn is_later(a: u32, b: u32) -> bool {
    a != 0 && (b == 0 || a.wrapping_sub(b).cast_signed() > 0)
}

/// Both copies were being written, or are damaged: read them again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Torn;

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value was being written, or is damaged; read it again")
    }
}

impl core::error::Error for Torn {}

/// Decodes the later whole copy of a text from the bytes of its two copies, and appends its bytes
/// to `text`.
///
/// # Errors
/// [`Torn`] if no copy is whole, or `copies` are not two copies of as many words.
pub fn read_text(copies: &[u8], text: &mut impl Extend<u8>) -> Result<(), Torn> {
    let copy = later_copy(copies, Copy::text)?;
    let len = words(copy.words).next().map_or(0, data);
    let bytes = data_bytes(copy.words).skip(DATA_LEN);
    text.extend(bytes.take(usize::try_from(len).map_err(|_| Torn)?));
    Ok(())
}

/// Decodes the later whole copy of a record from the bytes of its two copies, and appends the data of
/// all its words to `bytes`: zero, if it was never written.
///
/// # Errors
/// [`Torn`] if no copy is whole, or `copies` are not two copies of as many words.
pub fn read_record(copies: &[u8], bytes: &mut impl Extend<u8>) -> Result<(), Torn> {
    let copy = later_copy(copies, Copy::record)?;
    if copy.words.is_empty() {
        bytes.extend(copies.chunks_exact(copies_len(1)).flat_map(|_| [0; DATA_LEN]));
    } else {
        bytes.extend(data_bytes(copy.words));
    }
    Ok(())
}

/// The later of the copies that `whole` finds whole.
fn later_copy<'a>(copies: &'a [u8], whole: impl Fn(&'a [u8]) -> Option<Copy<'a>>) -> Result<Copy<'a>, Torn> {
    if !copies.len().is_multiple_of(copies_len(1)) {
        return Err(Torn);
    }
    let (first, second) = copies.split_at_checked(copies.len() / 2).ok_or(Torn)?;
    match (whole(first), whole(second)) {
        (Some(first), Some(second)) if is_later(second.version, first.version) => Ok(second),
        (Some(copy), _) | (None, Some(copy)) => Ok(copy),
        (None, None) => Err(Torn),
    }
}

/// A copy whose words all bear one version.
struct Copy<'a> {
    version: u32,
    /// The words that its value needs; none if it was never written.
    words: &'a [u8],
}

impl<'a> Copy<'a> {
    /// The copy of a text in `copy`, if it is whole.
    fn text(copy: &'a [u8]) -> Option<Self> {
        Self::whole(copy, |len| {
            let len = text_words(usize::try_from(len).ok()?).checked_mul(WORD_LEN)?;
            copy.get(..len)
        })
    }

    /// The copy of a record in `copy`, if it is whole.
    fn record(copy: &'a [u8]) -> Option<Self> {
        Self::whole(copy, |_| Some(copy))
    }

    /// The copy in `copy`, if the words that `needed` finds by the data of the first one are whole.
    /// Never written is whole.
    fn whole(copy: &'a [u8], needed: impl FnOnce(u32) -> Option<&'a [u8]>) -> Option<Self> {
        let first = words(copy).next()?;
        let version = version(first);
        if version == 0 {
            return Some(Self { version, words: &[] });
        }
        let needed = needed(data(first))?;
        let is_whole = words(needed).all(|word| self::version(word) == version);
        is_whole.then_some(Self { version, words: needed })
    }
}

/// The data of `words`, byte by byte.
fn data_bytes(words: &[u8]) -> impl Iterator<Item = u8> {
    self::words(words).flat_map(|word| data(word).to_le_bytes())
}

fn words(copy: &[u8]) -> impl Iterator<Item = u64> {
    copy.as_chunks::<WORD_LEN>().0.iter().map(|bytes| u64::from_le_bytes(*bytes))
}
