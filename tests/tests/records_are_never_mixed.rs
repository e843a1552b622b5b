//! Records that are published at full speed, read by another process: each is one that was published, and
//! none is older than one that was read before, but for the one just before that: a reader can get it that
//! is so slow that the writer publishes twice meanwhile (FORMAT.md, "Tagged copies").
//!
//! `MMSTATS_TORN_READS` says how many reads; `cargo xtask soak` makes more than `cargo xtask test`.

use mmstats_reader::{Reader, Snapshot, Value};
use mmstats_tests::subject::Subject;

const LABELS: [&str; 2] = ["subject.pair", "subject.block"];

/// The number that all members of the record have.
fn number(snapshot: &Snapshot<'_>, label: &str) -> u64 {
    let metric = snapshot.metrics().find(|metric| metric.label() == label).unwrap();
    let Ok(Value::Record(members)) = metric.value() else { panic!("{label} is a record") };
    let Some(Value::U64(first)) = members.first() else { panic!("{label} is of numbers") };
    assert!(members.iter().all(|member| *member == Value::U64(*first)), "{label} is {members:?}");
    *first
}

#[test]
fn records_published_at_full_speed_are_whole_and_mostly_at_the_first_try() {
    let reads: u64 = std::env::var("MMSTATS_TORN_READS").map_or(1_000_000, |reads| reads.parse().unwrap());
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut subject = Subject::start(env!("CARGO_BIN_EXE_subject"));
    let path = subject.create(dir.path(), "x.mmstats");

    let mut reader = Reader::open(&path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    assert_eq!(LABELS.map(|label| number(&snapshot, label)), [0, 0], "zero before the first");

    assert_eq!(subject.ask("publish"), "done");
    let (mut rereads, mut changes, mut setbacks) = (0, 0, 0);
    let mut last = [0, 0];
    let mut read = 0;
    // On a busy machine the writer may not run beside the reader for a while.
    while read < reads || (changes < reads / 100 && read < 100 * reads) {
        read += 1;
        let snapshot = reader.snapshot().unwrap();
        assert_eq!(snapshot.torn(), 0, "read {read}: a record was not whole after 64 tries");
        rereads += snapshot.rereads();
        for (label, last) in LABELS.into_iter().zip(&mut last) {
            let number = number(&snapshot, label);
            assert!(number + 1 >= *last, "read {read}: {label} goes back from {last} to {number}");
            changes += u64::from(number > *last);
            setbacks += u64::from(number < *last);
            *last = number.max(*last);
        }
    }
    let (records, first_tries) = (2 * read, 2 * read - rereads.min(2 * read));
    println!(
        "{read} reads of both records: {changes} changes seen, {setbacks} of them to the one before, \
         {first_tries} of {records} whole at the first try"
    );
    assert!(changes >= reads / 100, "the writer did not run beside the reader: {changes} changes");
    assert!(first_tries > records / 2, "{rereads} rereads of {records} records");
}
