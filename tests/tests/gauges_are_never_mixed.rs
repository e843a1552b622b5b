//! A gauge that changes at full speed, read by another process: each value is one that was set.
//!
//! `MMSTATS_TORN_READS` says how many reads; `cargo xtask soak` makes more than `cargo xtask test`.

use mmstats_reader::{Reader, Value};
use mmstats_tests::subject::{LEVELS, Subject};

#[test]
fn gauges_set_at_full_speed_are_whole() {
    let reads: u64 = std::env::var("MMSTATS_TORN_READS").map_or(1_000_000, |reads| reads.parse().unwrap());
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut subject = Subject::start(env!("CARGO_BIN_EXE_subject"));
    let path = subject.create(dir.path(), "x.mmstats");
    assert_eq!(subject.ask("swing"), "done");

    let mut reader = Reader::open(&path).unwrap();
    let (mut changes, mut last) = (0_u64, 0);
    let mut read = 0;
    // On a busy machine the writer may not run beside the reader for a while.
    while read < reads || (changes < reads / 100 && read < 100 * reads) {
        read += 1;
        let snapshot = reader.snapshot().unwrap();
        let metric = snapshot.metrics().find(|metric| metric.label() == "subject.level").unwrap();
        let Ok(Value::F64(level)) = metric.value() else { panic!("a gauge of f64") };
        // By their bits: a mixture could be equal to one of them as numbers go.
        let bits = level.to_bits();
        assert!(
            LEVELS.iter().any(|level| level.to_bits() == bits) || bits == 0,
            "read {read}: {bits:#x} was never set"
        );
        changes += u64::from(bits != last);
        last = bits;
    }
    println!("{read} reads of a gauge: {changes} changes seen");
    assert!(changes >= reads / 100, "the writer did not run beside the reader: {changes} changes");
}
