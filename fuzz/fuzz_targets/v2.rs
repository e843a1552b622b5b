//! Bytes as a file, that become other bytes while the file is open.
//!
//! The input is the length of the first contents as a u32, then these, then the second contents.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use mmstats_fuzz::place::Place;
use mmstats_fuzz::visit;

thread_local! {
    static PLACE: RefCell<Place> = RefCell::new(Place::new());
}

fuzz_target!(|input: &[u8]| {
    let Some((len, contents)) = input.split_first_chunk() else { return };
    let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX).min(contents.len());
    let (first, second) = contents.split_at(len);
    PLACE.with_borrow_mut(|place| poll(place, first, second));
});

fn poll(place: &mut Place, first: &[u8], second: &[u8]) {
    place.fill(first);
    let Some(mut reader) = visit::open(place.path(), first.len()) else { return };
    for contents in [second, first] {
        place.fill(contents);
        visit::poll(&mut reader, first.len().max(second.len()));
    }
}
