//! Files that are, or claim to be, very large: what they cost a reader is in proportion to what is
//! in them, in time and in memory.
#![cfg(target_os = "linux")]

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytemuck::{Zeroable, bytes_of};
use mmstats_format::descriptor::{Aggregate, Descriptor, Kind, Type};
use mmstats_format::header::{Header, MAGIC, Region};
use mmstats_format::slot::SlotHeader;
use mmstats_format::strings::StrRef;
use mmstats_format::{Le16, Le32, Le64};
use mmstats_reader::{Error, Reader, Value};
use tempfile::TempDir;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// One at a time: memory is measured for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// A file of regions that hold what the tests say, and else nothing at all.
struct Sparse {
    header: Header,
    file: File,
    path: PathBuf,
    _directory: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Sparse {
    /// A file with `strings_len` bytes of strings, all NUL, `descriptors`, and `slots` of `slot_len`
    /// bytes each. No slot is leased.
    fn new(strings_len: u32, descriptors: u32, (slots, slot_len): (u32, u32)) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let published = |offset: u64, record_len, count| {
            let mut region = Region::new(offset, record_len, count);
            region.count = Le32::new(count);
            region
        };
        let attributes = published(256, 24, 0);
        let descriptors = published(256, 64, descriptors);
        let strings = published(descriptors.end(), 1, strings_len);
        let slots = published(strings.end().next_multiple_of(128), slot_len, slots);
        let header = Header {
            magic: MAGIC,
            header_len: Le16::new(256),
            file_len: Le64::new(slots.end()),
            attributes,
            descriptors,
            strings,
            slots,
            ..Header::zeroed()
        };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.mmstats");
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path).unwrap();
        file.set_len(slots.end()).unwrap();
        file.write_all_at(bytes_of(&header.with_check(&[])), 0).unwrap();
        Self { header, file, path, _directory: directory, _alone: alone }
    }

    fn len(&self) -> u64 {
        self.header.file_len.get()
    }

    /// Writes the descriptors, whose strings are all NUL.
    fn describe(&self, descriptor: impl Fn(u32) -> Descriptor) {
        let strings = "\0".repeat(self.header.strings.count.get() as usize);
        let mut file = BufWriter::new(OpenOptions::new().write(true).open(&self.path).unwrap());
        file.write_all(bytes_of(&self.header.with_check(&[]))).unwrap();
        // A check of long strings takes long: where all are alike, one does.
        let mut last = None;
        for index in 0..self.header.descriptors.count.get() {
            let next = descriptor(index);
            let sealed = match last {
                Some((same, sealed)) if bytes_of::<Descriptor>(&same) == bytes_of(&next) => sealed,
                _ => next.with_check(&next.resolve(&strings, 0).unwrap_or_default()),
            };
            last = Some((next, sealed));
            file.write_all(bytes_of(&sealed)).unwrap();
        }
        file.flush().unwrap();
    }

    fn lease(&self, slot: u32) {
        let at = self.header.slots.record_offset(slot);
        self.file.write_all_at(bytes_of(&SlotHeader::new(7, 1, "test")), at).unwrap();
    }

    /// Opens the file and reads all values: their number, and what stopped the parser.
    fn read(&self) -> Result<(u64, Option<String>), Error> {
        let mut reader = Reader::open(&self.path)?;
        let snapshot = reader.snapshot()?;
        let mut count = 0;
        for metric in snapshot.metrics() {
            assert!(metric.value().is_ok_and(|value| value != Value::F64(-1.0)));
            count += 1;
        }
        Ok((count, snapshot.problem().map(ToString::to_string)))
    }

    /// As [`Sparse::read`], within so much time of the processor and so much more memory.
    fn read_within(&self, time: Duration, memory: u64) -> Result<(u64, Option<String>), Error> {
        // Sets back the most memory that was in use.
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let (time_before, memory_before) = (cpu_time(), most_memory());
        let outcome = self.read();
        let (spent, used) =
            (cpu_time().saturating_sub(time_before), most_memory().saturating_sub(memory_before));
        println!("a file of {} MiB: {spent:?} of CPU, {} MiB", self.len() / MIB, used / MIB);
        assert!(spent <= time, "expected at most {time:?} of CPU, found {spent:?}");
        assert!(used <= memory, "expected at most {memory} bytes of memory, found {used}");
        outcome
    }
}

/// The processor's time that this thread has used.
fn cpu_time() -> Duration {
    let status = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(status.split_whitespace().next().unwrap().parse().unwrap())
}

/// The most memory that was in use, in bytes.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// A field whose strings are each the first `len` bytes.
fn field(kind: Kind, type_: Type, (offset, size, count): (u32, u32, u32), len: u32) -> Descriptor {
    let reference = StrRef { offset: Le32::new(0), len: Le32::new(len) };
    Descriptor {
        offset: Le32::new(offset),
        size: Le32::new(size),
        count: Le32::new(count),
        kind: kind as u8,
        type_: type_ as u8,
        aggregate: Aggregate::Sum as u8,
        label: reference,
        ..Descriptor::zeroed()
    }
}

const SOON: Duration = Duration::from_secs(2);
/// Time enough for the system to find the memory for a gibibyte.
const LONG: Duration = Duration::from_secs(20);

#[test]
fn two_million_descriptors_are_read() {
    const COUNT: u32 = 2_000_000;
    let file = Sparse::new(1, COUNT, (1, 128 + 8 * COUNT));
    file.describe(|index| field(Kind::Counter, Type::U64, (128 + 8 * index, 8, 1), 1));
    file.lease(0);
    // Four of the header, one thread.
    let outcome = file.read_within(Duration::from_secs(5), file.len() + 64 * u64::from(COUNT));
    assert_eq!(outcome.unwrap(), (5 + u64::from(COUNT), None));
}

#[test]
fn room_that_is_not_used_costs_nothing() {
    let file = Sparse::new(1, 1, (1, 128 + 128));
    file.describe(|_| field(Kind::Counter, Type::U64, (128, 8, 1), 1));
    let mut roomy = file.header;
    roomy.file_len = Le64::new(GIB);
    roomy.slots.len = Le64::new(GIB - roomy.slots.offset.get());
    file.file.set_len(GIB).unwrap();
    file.file.write_all_at(bytes_of(&roomy.with_check(&[])), 0).unwrap();
    assert_eq!(file.read_within(SOON, MIB).unwrap(), (5, None));
}

#[test]
fn a_gibibyte_of_slots_that_are_holes_is_held_once() {
    const SLOTS: u32 = 1024;
    let file = Sparse::new(1, 1, (SLOTS, 1 << 20));
    file.describe(|_| field(Kind::Counter, Type::U64, (128, 8, 1), 1));
    file.lease(SLOTS - 1);
    assert_eq!(file.read_within(LONG, GIB + 4 * MIB).unwrap(), (5, None));
}

#[test]
fn a_gibibyte_of_strings_that_are_holes_is_held_once() {
    let file = Sparse::new(1 << 30, 0, (0, 128));
    assert_eq!(file.read_within(LONG, GIB + 4 * MIB).unwrap(), (4, None));
}

#[test]
fn a_gibibyte_of_descriptors_that_are_holes_ends_at_the_first() {
    let file = Sparse::new(1, 1 << 24, (0, 128));
    let (count, problem) = file.read_within(SOON, 4 * MIB).unwrap();
    assert_eq!(count, 4);
    assert!(problem.unwrap().ends_with(" at byte 256"));
}

#[test]
fn as_many_records_as_can_be_counted_are_an_error_or_end_at_the_first() {
    // 256 GiB, all of it holes.
    let file = Sparse::new(1, u32::MAX, (0, 128));
    match file.read_within(SOON, 4 * MIB) {
        Ok((count, problem)) => assert_eq!((count, problem.is_some()), (4, true)),
        Err(error) => assert!(matches!(error, Error::Memory { .. }), "{error}"),
    }
}

#[test]
fn one_long_string_is_not_checked_again_for_each_of_many_fields() {
    const LEN: u32 = 4 << 20;
    const COUNT: u32 = 1 << 16;
    let file = Sparse::new(LEN, COUNT, (1, 128 + 8 * COUNT));
    file.describe(|_| field(Kind::Gauge, Type::U8, (128, 1, 1), LEN));
    file.lease(0);
    let (count, problem) = file.read_within(SOON, 4 * file.len()).unwrap();
    // Once is as good as any.
    assert_eq!(count, 6);
    let problem = problem.unwrap();
    assert!(problem.starts_with("expected the length of all metrics' strings of at most "), "{problem}");
}

#[test]
fn one_long_string_is_not_shown_for_each_of_many_elements() {
    const LEN: u32 = 1 << 20;
    let file = Sparse::new(LEN, 1, (1, 128 + LEN));
    file.describe(|_| field(Kind::Gauge, Type::U8, (128, 1, LEN), LEN));
    file.lease(0);
    let (count, problem) = file.read_within(SOON, 4 * file.len()).unwrap();
    assert_eq!(count, 5);
    let problem = problem.unwrap();
    assert!(problem.starts_with("expected the length of all metrics' strings of at most "), "{problem}");
}

/// Tables and comma-separated values show what is said of a record with each of its members.
#[test]
fn one_long_help_of_a_record_is_not_shown_for_each_of_many_members() {
    const LEN: u32 = 1 << 20;
    const MEMBERS: u32 = 1 << 12;
    let file = Sparse::new(LEN, 1 + MEMBERS, (1, 128 + 8 * MEMBERS));
    file.describe(|index| {
        let record = Descriptor {
            parameters: [MEMBERS, MEMBERS, 0].map(Le32::new),
            help: StrRef { offset: Le32::new(0), len: Le32::new(LEN) },
            ..field(Kind::Record, Type::Record, (128, 4 * MEMBERS, 1), 1)
        };
        let member = Descriptor {
            parameters: [index.saturating_sub(1), 0, 0].map(Le32::new),
            ..field(Kind::Member, Type::U8, (128, 1, 0), 1)
        };
        if index == 0 { record } else { member }
    });
    file.lease(0);
    let (count, problem) = file.read_within(SOON, 4 * file.len()).unwrap();
    assert_eq!(count, 5);
    let problem = problem.unwrap();
    assert!(problem.starts_with("expected the length of all metrics' strings of at most "), "{problem}");
}

/// An array of numbers whose names are as long as those of programs get is shown whole.
#[test]
fn many_elements_of_an_ordinary_name_are_shown() {
    const COUNT: u32 = 100_000;
    let file = Sparse::new(500, 1, (1, 128 + 8 * COUNT));
    file.describe(|_| field(Kind::Counter, Type::U64, (128, 8, COUNT), 500));
    file.lease(0);
    assert_eq!(file.read_within(SOON, 4 * file.len()).unwrap(), (5 + u64::from(COUNT), None));
}

#[test]
fn many_fields_cannot_have_the_same_long_value() {
    const LEN: u32 = 1 << 20;
    const COUNT: u32 = 1 << 16;
    let file = Sparse::new(1, COUNT, (1, 128 + LEN));
    file.describe(|_| field(Kind::Text, Type::Text, (128, LEN, 1), 1));
    file.lease(0);
    let (count, problem) = file.read_within(SOON, 4 * file.len()).unwrap();
    // The first one is as good as any.
    assert_eq!(count, 6);
    let expected = format!("expected the length of all values in a slot of at most {LEN}, found {}", 2 * LEN);
    let problem = problem.unwrap();
    assert!(problem.starts_with(&expected) && problem.ends_with(" at byte 320"), "{problem}");
}

#[test]
fn many_texts_without_elements_are_not_looked_for_in_many_slots() {
    const COUNT: u32 = 1 << 17;
    let file = Sparse::new(1, COUNT, (COUNT, 128));
    file.describe(|_| field(Kind::Text, Type::Text, (128, 16, 0), 1));
    for slot in (0..COUNT).step_by(1 << 10) {
        file.lease(slot);
    }
    let (count, problem) = file.read_within(SOON, 4 * file.len()).unwrap();
    assert_eq!((count, problem), (4, None));
}

#[test]
fn many_members_of_many_records_cannot_have_the_same_byte() {
    // As many as may have labels.
    const MEMBERS: u32 = 1 << 11;
    const ELEMENTS: u32 = 1 << 11;
    let file = Sparse::new(1, 1 + MEMBERS, (1, 128 + 16 * ELEMENTS));
    file.describe(|index| {
        let record = Descriptor {
            parameters: [MEMBERS, 4, 0].map(Le32::new),
            ..field(Kind::Record, Type::Record, (128, 16, ELEMENTS), 1)
        };
        if index == 0 { record } else { field(Kind::Member, Type::U8, (128, 1, 0), 1) }
    });
    file.lease(0);
    assert_eq!(file.read_within(SOON, 4 * file.len()).unwrap(), (5, None));
}

#[test]
fn a_histogram_costs_no_more_than_its_bytes() {
    // The finest that there is, in many slots: (64 - 16 + 1) * 2^16 buckets.
    const LEN: u32 = 8 + 8 * (49 << 16);
    const SLOTS: u32 = 8;
    let file = Sparse::new(1, 1, (SLOTS, 128 + LEN.next_multiple_of(128)));
    file.describe(|_| Descriptor {
        parameters: [16, 64, 0].map(Le32::new),
        ..field(Kind::Histogram, Type::Histogram, (128, LEN, 1), 1)
    });
    file.lease(0);
    assert_eq!(file.read_within(SOON, file.len() + 4 * u64::from(LEN)).unwrap(), (5, None));
}
