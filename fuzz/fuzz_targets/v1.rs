//! Bytes as a file of format 1, that is cut and becomes another while it is open.
#![no_main]

use std::cell::RefCell;
use std::hint::black_box;

use libfuzzer_sys::fuzz_target;
use mmstats_format::v1;
use mmstats_fuzz::budget::held;
use mmstats_fuzz::place::Place;
use mmstats_fuzz::visit;

thread_local! {
    static PLACE: RefCell<Place> = RefCell::new(Place::new());
}

fuzz_target!(|input: &[u8]| {
    held(input.len(), || records(input));
    let middle = input.len() / 2;
    let rotated = [&[v1::FIRST_BYTE], input.get(middle..).unwrap_or_default()].concat();
    PLACE.with_borrow_mut(|place| poll(place, &[input, &input[..middle], input, &rotated]));
});

fn records(file: &[u8]) {
    let Ok(records) = v1::records(file) else { return };
    for record in records.flatten() {
        black_box((record.label_text(), record.type_));
        // What a record says of its value holds for the file.
        assert_eq!(record.place.bytes(file), record.values);
        assert!(record.value().is_ok(), "expected a value, found {:?} in {record:?}", record.value());
    }
}

fn poll(place: &mut Place, contents: &[&[u8]]) {
    let [first, others @ ..] = contents else { return };
    place.fill(first);
    let Some(mut reader) = visit::open(place.path(), first.len()) else { return };
    for contents in others {
        place.fill(contents);
        visit::poll(&mut reader, first.len().max(contents.len()));
    }
}
