//! How much of a file is shown once for each of its threads: in proportion to the file, however many threads and
//! however long names it has.

use mmstats_format::descriptor::Descriptor;
use mmstats_format::error::{ErrorKind, ParseError};
use mmstats_format::header::Region;

use super::field::{Combine, Field};

/// Bytes of strings that metrics may have beyond those that are there once: some, and so many for each byte of the
/// records and values that the metrics take. Else a small file could make its readers check and show one long
/// string any number of times.
const FREE_LEN: u64 = 1 << 20;
const SHARED_LEN: u64 = 64;

/// Bytes of strings that metrics may have that take `taken` bytes of the file, beyond those that are there once.
pub(super) fn strings_bound(taken: u64) -> u64 {
    taken.saturating_mul(SHARED_LEN).saturating_add(FREE_LEN)
}

/// Bytes of strings that are shown again for each thread.
#[derive(Clone, Copy, Default)]
pub(super) struct ThreadStrings {
    /// Of all fields but constants, where threads are shown by themselves.
    all: u64,
    /// Of the fields that cannot be combined, where threads are combined.
    apart: u64,
}

impl ThreadStrings {
    /// Takes in the field of `descriptor`, all of whose elements have `len` bytes of strings.
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
    /// Why they are not all.
    pub(super) problem: Option<ParseError>,
}

impl Crowd {
    /// Of `threads` that have leased one of `slots`, where threads are shown by themselves, and where they are combined.
    pub(super) fn both(strings: ThreadStrings, slots: &Region, threads: usize) -> [Self; 2] {
        [strings.all, strings.apart].map(|len| Self::new(len, slots, threads as u64))
    }

    fn new(len: u64, slots: &Region, threads: u64) -> Self {
        let bound = strings_bound(slots.published_len());
        let found = len.saturating_mul(threads);
        // What one thread has was checked when it was parsed.
        if threads <= 1 || found <= bound {
            return Self { shown: u32::MAX, problem: None };
        }
        let shown = bound.checked_div(len).map_or(u32::MAX, |shown| u32::try_from(shown).unwrap_or(u32::MAX));
        let kind = ErrorKind::AtMost { what: "the length of all threads' strings", bound, found };
        Self { shown: shown.max(1), problem: Some(kind.at(slots.offset.get())) }
    }
}
