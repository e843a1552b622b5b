//! Every cut and every flipped byte of a file of each kind: it may hide or spoil a metric, but
//! what is reported is what was written.
//!
//! No check covers values and the headers of slots. There a flip can change what is read; these
//! tests hold it to just the metric whose bytes were hit, and texts to being torn or whole.

#[expect(dead_code, reason = "not all of it is needed here")]
mod fixture;

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use mmstats_reader::{Error, Metric, Reader};
use tempfile::TempDir;

use fixture::{Built, CONSTANT, Field, Fixture, MAX, MEAN, MIN, NONE, SUM, UP_DOWN, put, text};

/// Counts of attributes, descriptors, strings and slots in the header. No check covers them.
const COUNTS: [usize; 4] = [148, 180, 212, 244];

/// A good file of one kind, what is read of it, and where.
struct Sample {
    built: Built,
    /// The bytes of each field, over all its elements, in each slot.
    fields: Vec<(String, Vec<Range<usize>>)>,
    whole: Vec<Seen>,
    /// What is read of it with fewer published slots, attributes and so on.
    fewer: Vec<Seen>,
    _directory: TempDir,
    path: PathBuf,
    file: File,
}

/// All that is reported of a metric.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    /// Its label and tags, in which metrics of one file differ.
    name: String,
    meaning: String,
    value: String,
}

impl Seen {
    fn of(metric: &Metric<'_>) -> Self {
        let tags: Vec<String> = metric.tags().map(|(key, value)| format!("{key}={value}")).collect();
        let meaning = format!(
            "{:?} {} {:?} {:?} {} {:?}",
            metric.kind(),
            metric.type_name(),
            metric.unit(),
            metric.help(),
            metric.scale(),
            metric.aggregate()
        );
        let name = format!("{}{tags:?}", metric.label());
        Self { name, meaning, value: format!("{:?}", metric.value()) }
    }

    fn is_torn(&self) -> bool {
        self.value == "Err(Torn)"
    }
}

impl Sample {
    fn new(fixture: &Fixture) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.mmstats");
        let file = File::create(&path).unwrap();
        let built = fixture.clone().attribute("sys.cmd", "web").attribute("service", "größe").build();
        let slots = fixture.tids.len();
        let fields = fixture.fields.iter().enumerate().map(|(index, field)| {
            let at = |slot| {
                let start = built.value_at(index, slot);
                start..start + field.size * field.count
            };
            (String::from_utf8(field.label.clone()).unwrap(), (0..slots).map(at).collect())
        });
        let fields = fields.collect();
        let mut sample =
            Self { fields, whole: Vec::new(), fewer: Vec::new(), built, _directory: directory, path, file };
        let bytes = sample.built.bytes.clone();
        let (whole, problem) = sample.read(&bytes).unwrap();
        assert_eq!(problem, None);
        sample.whole = whole;
        sample.fewer = (0..slots).flat_map(|count| sample.with_slots(count)).collect();
        sample
    }

    /// What this file says if it has published no more than `count` slots.
    fn with_slots(&self, count: usize) -> Vec<Seen> {
        let mut bytes = self.built.bytes.clone();
        bytes[COUNTS[3]] = u8::try_from(count).unwrap();
        self.read(&bytes).unwrap().0
    }

    fn read(&self, bytes: &[u8]) -> Result<(Vec<Seen>, Option<String>), Error> {
        // To cut it and write it anew each time would wait for the disk.
        self.file.write_all_at(bytes, 0).unwrap();
        self.file.set_len(bytes.len() as u64).unwrap();
        let mut reader = Reader::open(&self.path)?;
        let snapshot = reader.snapshot()?;
        let seen = snapshot.metrics().map(|metric| Seen::of(&metric)).collect();
        Ok((seen, snapshot.problem().map(ToString::to_string)))
    }

    fn is_in_slots(&self, at: usize) -> bool {
        at >= self.built.slots
    }

    /// The label of the field that has byte `at`, if one has.
    fn field_at(&self, at: usize) -> Option<&str> {
        let has = |ranges: &[Range<usize>]| ranges.iter().any(|range| range.contains(&at));
        self.fields.iter().find(|(_, ranges)| has(ranges)).map(|(label, _)| label.as_str())
    }

    /// Holds what is read of `bytes`, in which byte `at` was flipped, to what was written.
    fn check(&self, bytes: &[u8], at: usize) {
        let Ok((seen, problem)) = self.read(bytes) else {
            // Values have no say in whether a file is good.
            assert!(!self.is_in_slots(at), "byte {at}");
            return;
        };
        if self.is_in_slots(at) {
            assert_eq!(problem, None, "byte {at}");
            return self.check_slots(&seen, at);
        }
        let is_count = COUNTS.iter().any(|count| (*count..count + 4).contains(&at));
        for metric in &seen {
            let is_written = self.whole.contains(metric) || (is_count && self.fewer.contains(metric));
            assert!(is_written, "byte {at}: {metric:?} was never written");
        }
        let is_hidden = seen.len() < self.whole.len();
        assert!(!is_hidden || problem.is_some() || is_count, "byte {at}: hidden, and nothing said");
    }

    /// A flip in the slots changes the value of the field that it hits, or the tenants.
    fn check_slots(&self, seen: &[Seen], at: usize) {
        let is_tenancy = (at - self.built.slots) % self.built.stride < 4;
        if is_tenancy {
            // Another thread, or none, has leased the slot: its values are the same.
            for metric in seen.iter().filter(|metric| !metric.name.starts_with("sys.tid")) {
                let label = metric.name.split('[').next().unwrap();
                let meaning = |written: &&Seen| written.name.split('[').next() == Some(label);
                let written = self.whole.iter().find(meaning).unwrap();
                assert_eq!(metric.meaning, written.meaning, "byte {at}");
            }
            return;
        }
        let hit = self.field_at(at);
        assert_eq!(seen.len(), self.whole.len(), "byte {at}");
        for (metric, written) in seen.iter().zip(&self.whole) {
            let is_hit = hit.is_some_and(|label| metric.name.split('[').next() == Some(label));
            assert_eq!((&metric.name, &metric.meaning), (&written.name, &written.meaning), "byte {at}");
            assert!(is_hit || metric.value == written.value, "byte {at}: {metric:?}");
        }
    }
}

fn flips(at: usize, bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..8).map(|bit| 1 << bit).chain([0xff]).map(move |mask: u8| {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= mask;
        flipped
    })
}

/// Cuts and flips the file that `fixture` describes in every way.
fn damage(fixture: &Fixture) {
    let sample = Sample::new(fixture);
    let bytes = &sample.built.bytes;
    for len in 0..bytes.len() {
        // The header says how long the file is, and checks that it says so.
        assert!(sample.read(&bytes[..len]).is_err(), "cut to {len} bytes");
    }
    for at in 0..bytes.len() {
        for flipped in flips(at, bytes) {
            sample.check(&flipped, at);
        }
    }
}

fn described(field: Field) -> Field {
    field.described("Über all.", "requests", "method\0get\0")
}

#[test]
fn of_a_counter() {
    damage(&Fixture::with_fields([described(Field::counter("web.hits", &[0x0102_0304_0506_0708]))]));
}

#[test]
fn of_an_updown() {
    let value = (-5_i64).to_le_bytes().to_vec();
    damage(&Fixture::with_fields([described(Field::new("web.busy", UP_DOWN, SUM, vec![value]))]));
}

#[test]
fn of_a_gauge_of_each_integer_type() {
    let values: [(u8, &[u8]); 8] = [
        (1, &[200]),
        (2, &[1, 2]),
        (3, &[1, 2, 3, 4]),
        (4, &[1, 2, 3, 4, 5, 6, 7, 8]),
        (5, &[200]),
        (6, &[1, 200]),
        (7, &[1, 2, 3, 200]),
        (8, &[1, 2, 3, 4, 5, 6, 7, 200]),
    ];
    for (type_, value) in values {
        damage(&Fixture::with_fields([described(Field::gauge("load", type_, MAX, &[value]))]));
    }
}

#[test]
fn of_a_gauge_of_each_other_type() {
    let (single, double) = (0.5_f32.to_le_bytes(), 0.25_f64.to_le_bytes());
    for (type_, value) in [(9, &single[..]), (10, &double), (11, &[1])] {
        damage(&Fixture::with_fields([described(Field::gauge("load", type_, MIN, &[value]))]));
    }
}

#[test]
fn of_a_text() {
    damage(&Fixture::with_fields([described(Field::text("status", NONE, &[text(12, "läuft".as_bytes())]))]));
}

#[test]
fn of_an_average_and_a_moving_average() {
    damage(&Fixture::with_fields([described(Field::average("size", &[(3, 4.5)]))]));
    damage(&Fixture::with_fields([described(Field::moving_average("recent", &[(1.5, 2)]))]));
}

#[test]
fn of_a_histogram() {
    let histogram = Field::histogram("sizes", 3, &[&[9, 1, 0, 0, 2]]);
    damage(&Fixture::with_fields([described(histogram)]));
}

#[test]
fn of_a_timer() {
    damage(&Fixture::with_fields([described(Field::timer("latency", 3, &[&[3, 5, 0, 0, 2, 0]]))]));
}

#[test]
fn of_a_record() {
    let members = [("requests", 4, 0), ("is_open", 11, 8), ("load", 9, 12)];
    let mut fields = Field::record("pool", 16, &members, vec![fixture::record(&[1; 16])]);
    fields.insert(0, Field::counter("before", &[1]));
    fields.push(Field::counter("after", &[2]));
    damage(&Fixture::with_fields(fields.into_iter().map(described)));
}

#[test]
fn of_a_constant() {
    let fields = [
        Field::text("version", CONSTANT, &[text(8, b"1.2.3")]),
        Field::gauge("limit", 4, CONSTANT, &[&[1; 8]]),
    ];
    damage(&Fixture::with_fields(fields));
}

#[test]
fn of_an_array() {
    let array = Field::new("by.core", fixture::COUNTER, SUM, vec![[[1; 8], [2; 8], [3; 8]].concat()]);
    damage(&Fixture::with_fields([described(array.array(3))]));
}

#[test]
fn of_several_slots() {
    let fields = [
        Field::counter("hits", &[1, 20, 300]),
        Field::gauge("load", 1, MEAN, &[&[1], &[2], &[3]]),
        Field::text("status", NONE, &[text(4, b"one"), text(4, b"two"), text(4, b"six")]),
        Field::average("size", &[(1, 2.0), (2, 3.0), (0, 0.0)]),
        Field::timer("latency", 1, &[&[3, 5, 0, 2], &[0, 0, 1, 0], &[1, 1, 1, 1]]),
    ];
    damage(&Fixture::with_fields(fields).slots(&[7, 0, 9]));
}

#[test]
fn of_records_that_are_longer_than_known() {
    let longer = Fixture {
        minor_version: 3,
        header_len: 272,
        attribute_len: 32,
        descriptor_len: 72,
        spare: 2,
        ..Fixture::with_fields([described(Field::counter("web.hits", &[7]))])
    };
    damage(&longer);
}

/// Flips the versions of all words of `fixture`'s first field, of 48 bytes: what is read of it is one of
/// `values` or torn.
fn damage_versions(fixture: &Fixture, values: &[&str]) {
    let sample = Sample::new(fixture);
    let start = sample.built.value_at(0, 0);
    for word in (start..start + 48).step_by(8) {
        // The version of each word: its data are a value's.
        for at in word + 4..word + 8 {
            for flipped in flips(at, &sample.built.bytes) {
                let (seen, _) = sample.read(&flipped).unwrap();
                let last = seen.last().unwrap();
                assert!(values.contains(&last.value.as_str()) || last.is_torn(), "byte {at}: {last:?}");
            }
        }
    }
}

// In these, both copies are written, the second one later. The version 0 says that a copy was never
// written.

#[test]
fn of_a_text_is_the_other_copy_or_torn() {
    let texts = [fixture::text_copy(6, b"before"), fixture::text_copy(7, b"now")];
    let mut copies = vec![0; 48];
    put(&mut copies, 0, &texts[0]);
    put(&mut copies, 24, &texts[1]);
    let fixture = Fixture::with_fields([Field::text("status", NONE, &[copies])]);
    damage_versions(&fixture, &[r#"Ok(Text("before"))"#, r#"Ok(Text("now"))"#, r#"Ok(Text(""))"#]);
}

#[test]
fn of_a_record_is_the_other_copy_or_torn() {
    let copies = [fixture::record_copy(6, &[1; 12]), fixture::record_copy(7, &[2; 12])].concat();
    let record = Field::record("pool", 12, &[("a", 1, 0), ("b", 1, 11)], vec![copies]);
    let of = |value: u8| format!("Ok(Record([U64({value}), U64({value})]))");
    damage_versions(&Fixture::with_fields(record), &[&of(1), &of(2), &of(0)]);
}
