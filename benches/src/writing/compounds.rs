//! What is published as a whole.

use std::array;

use super::floor::{TaggedCopies, words};
use super::group::Group;
use super::subject::{Pair, Subject};

const TEXTS: [&str; 2] = ["sixteen bytes it", "has, and not one"];

/// A record of two words, and a text of 16 bytes.
pub(crate) fn groups(subject: &Subject) -> Vec<Group<'_>> {
    let own = &*subject.own;
    let by_hand = TaggedCopies::<4>::new(words(&own.by_hand));
    let record = Group::new("record of two u64")
        .at_most_floors(1.3)
        .floor("two tagged copies by hand", move |index| {
            by_hand.set(halves([index as u64, !index as u64]));
        })
        .ours("Record::publish", |index| {
            own.pair.publish(Pair { first: index as u64, second: !index as u64 });
        });

    let by_hand = TaggedCopies::<5>::new(words(&own.by_hand));
    let data = TEXTS.map(|text| {
        let (bytes, _) = text.as_bytes().as_chunks::<4>();
        array::from_fn(|word| if word == 0 { 16 } else { u32::from_le_bytes(bytes[word - 1]) })
    });
    let text = Group::new("text of 16 bytes")
        .at_most_floors(1.3)
        .floor("two tagged copies by hand", move |index| by_hand.set(data[index % 2]))
        .ours("Text::set", |index| own.phase.set(TEXTS[index % 2]));
    vec![record, text]
}

/// The words' halves, the low ones first.
#[expect(clippy::cast_possible_truncation, reason = "half of a word")]
fn halves([first, second]: [u64; 2]) -> [u32; 4] {
    [first as u32, (first >> 32) as u32, second as u32, (second >> 32) as u32]
}
