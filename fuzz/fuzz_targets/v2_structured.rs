//! Files whose checks are right, as a hostile writer would make them.
#![no_main]

use std::cell::RefCell;
use std::os::unix::fs::MetadataExt;

use libfuzzer_sys::fuzz_target;
use mmstats_fuzz::place::Place;
use mmstats_fuzz::plan::Plan;
use mmstats_fuzz::visit;

thread_local! {
    static PLACE: RefCell<Place> = RefCell::new(Place::new());
}

fuzz_target!(|plan: Plan| {
    PLACE.with_borrow_mut(|place| poll(place, &plan));
});

fn poll(place: &mut Place, plan: &Plan) {
    let metadata = place.metadata();
    let [first, second] = plan.files(metadata.dev(), metadata.ino());
    place.fill(&first);
    let Some(mut reader) = visit::open(place.path(), first.len()) else { return };
    place.fill(&second);
    visit::poll(&mut reader, first.len().max(second.len()));
}
