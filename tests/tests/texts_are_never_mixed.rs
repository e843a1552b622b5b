//! Texts that change at full speed, read by another process: each value is one that was written.
//!
//! `MMSTATS_TORN_READS` says how many reads; `cargo xtask soak` makes more than `cargo xtask test`.

use mmstats_reader::{Reader, Value};
use mmstats_tests::subject::Subject;

#[test]
fn texts_toggled_at_full_speed_are_whole_and_mostly_at_the_first_try() {
    let reads: u64 = std::env::var("MMSTATS_TORN_READS").map_or(1_000_000, |reads| reads.parse().unwrap());
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut subject = Subject::start(env!("CARGO_BIN_EXE_subject"));
    let path = subject.create(dir.path(), "x.mmstats");
    subject.ask("text start");
    assert_eq!(subject.ask("toggle"), "done");

    let mut reader = Reader::open(&path).unwrap();
    let (mut rereads, mut changes) = (0, 0);
    let mut last = String::new();
    let values = ["a", "b"].map(|letter| [16, 256].map(|len| letter.repeat(len)));
    let mut read = 0;
    // On a busy machine the writer may not run beside the reader for a while.
    while read < reads || (changes < reads / 100 && read < 100 * reads) {
        read += 1;
        let snapshot = reader.snapshot().unwrap();
        assert_eq!(snapshot.torn(), 0, "read {read}: a text was not whole after 64 tries");
        rereads += snapshot.rereads();
        for (index, label) in ["subject.short", "subject.long"].into_iter().enumerate() {
            let metric = snapshot.metrics().find(|metric| metric.label() == label).unwrap();
            let Ok(Value::Text(text)) = metric.value() else { panic!("{label} is a text") };
            let is_whole = values.iter().any(|lengths| text == lengths[index]);
            assert!(is_whole || text == "start", "read {read}: {label} is {text:?}");
            if index == 0 && text != last {
                changes += 1;
                last = text;
            }
        }
    }
    let (texts, first_tries) = (2 * read, 2 * read - rereads.min(2 * read));
    println!(
        "{read} reads of both texts: {changes} changes seen, {first_tries} of {texts} whole at the first try"
    );
    assert!(changes >= reads / 100, "the writer did not run beside the reader: {changes} changes");
    // The faster the writer, the more often both copies change during a read.
    assert!(first_tries > texts / 2, "{rereads} rereads of {texts} texts");
}
