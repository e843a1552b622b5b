//! Limits how many threads of a file are shown one by one. A reader repeats the strings of a field (label, unit, help,
//! tags) for each thread. The limit keeps the total in proportion to the size of the file, however many threads and
//! however long strings it has.

use mmstats_format::descriptor::Descriptor;
use mmstats_format::error::{ErrorKind, ParseError};
use mmstats_format::header::Region;

use super::field::{Combine, Field};

/// Metrics may repeat strings of this many bytes in total, plus [`SHARED_LEN`] bytes for each byte that their records
/// and values take in the file. Without a limit, readers of a small file could have to check and show one long string
/// any number of times.
const FREE_LEN: u64 = 1 << 20;
/// Bytes of repeated strings for each byte of records and values.
const SHARED_LEN: u64 = 64;

/// How many bytes of repeated strings are allowed to metrics whose records and values take `taken` bytes of the file.
pub(super) fn strings_bound(taken: u64) -> u64 {
    taken.saturating_mul(SHARED_LEN).saturating_add(FREE_LEN)
}

/// Bytes of strings that are repeated for each thread.
#[derive(Clone, Copy, Default)]
pub(super) struct ThreadStrings {
    /// Those of all fields except constants. They count if threads are shown one by one.
    all: u64,
    /// Those of fields that cannot be combined. They count if threads are combined.
    apart: u64,
}

impl ThreadStrings {
    /// Adds the field of `descriptor`. The strings of all its elements have `len` bytes.
    pub(super) fn add(&mut self, descriptor: &Descriptor, len: u64) {
        match Field::new(descriptor).map(|field| field.combine) {
            None | Some(Combine::Constant) => {}
            Some(Combine::PerSlot) => {
                self.all = self.all.saturating_add(len);
                self.apart = self.apart.saturating_add(len);
            }
            Some(_) => self.all = self.all.saturating_add(len),
        }
    }
}

/// How many threads are shown one by one.
#[derive(Default)]
pub(super) struct Crowd {
    pub(super) shown: u32,
    /// Why some threads are not shown.
    pub(super) problem: Option<ParseError>,
}

impl Crowd {
    /// The limits for `threads` that have leased one of `slots`: first if threads are shown one by one, then if they are
    /// combined.
    pub(super) fn both(strings: ThreadStrings, slots: &Region, threads: usize) -> [Self; 2] {
        [strings.all, strings.apart].map(|len| Self::new(len, slots, threads as u64))
    }

    fn new(len: u64, slots: &Region, threads: u64) -> Self {
        let bound = strings_bound(slots.published_len());
        let found = len.saturating_mul(threads);
        // The strings of one thread were checked when the fields were parsed.
        if threads <= 1 || found <= bound {
            return Self { shown: u32::MAX, problem: None };
        }
        let shown = bound.checked_div(len).map_or(u32::MAX, |shown| u32::try_from(shown).unwrap_or(u32::MAX));
        let kind =
            ErrorKind::AtMost { what: "a total length of texts, repeated for each thread,", bound, found };
        Self { shown: shown.max(1), problem: Some(kind.at(slots.offset.get())) }
    }
}
