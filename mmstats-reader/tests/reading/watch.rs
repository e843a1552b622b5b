//! Files that come and go while they are followed.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mmstats_reader::watch::{Event, Novelty, Watch, WriterId};
use mmstats_reader::{Value, scan};
use tempfile::TempDir;

use crate::fixture::{Field, Fixture};

/// A directory that is followed.
struct Followed {
    directory: TempDir,
    watch: Watch,
}

/// What a poll came to.
#[derive(Debug, Default)]
struct Seen {
    /// The writer, its novelty and its count by the file's name, in the order of reading.
    read: Vec<(String, WriterId, Novelty, u64)>,
    gone: Vec<WriterId>,
    failed: BTreeMap<PathBuf, String>,
}

impl Followed {
    fn new(max_open: usize) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), watch: Watch::new(max_open) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn poll(&mut self) -> Seen {
        let mut seen = Seen::default();
        self.watch.poll(scan([self.directory.path()]), |event| match event {
            Event::Reading(file) => {
                let name = file.path.file_name().unwrap().to_str().unwrap().to_owned();
                let mut metrics = file.snapshot.metrics();
                let hits = metrics.find(|metric| metric.label() == "hits").unwrap().value().unwrap();
                let Value::U64(hits) = hits else { panic!("{hits:?}") };
                seen.read.push((name, file.writer, file.novelty, hits));
            }
            Event::Gone(writer) => seen.gone.push(writer),
            Event::Failed { path, error } => {
                assert_eq!(seen.failed.insert(path.to_owned(), error.to_string()), None);
            }
        });
        seen
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// A file of the counter `hits`, made at `created` by the instance `instance`.
fn write(path: &Path, hits: u64, created: Duration, instance: u8) {
    let fixture = Fixture::with_fields([Field::counter("hits", &[hits])]);
    let mut built = fixture.build();
    built.put(24, &[instance; 16]);
    built.put(112, &u64::try_from(created.as_nanos()).unwrap().to_le_bytes());
    built.seal_header();
    // A file of another inode, as writers make them.
    let draft = path.with_extension("new");
    fs::write(&draft, &built.bytes).unwrap();
    fs::rename(draft, path).unwrap();
}

/// Counts as the writer of the file at `path` would.
fn count(path: &Path, hits: u64) {
    let at = Fixture::with_fields([Field::counter("hits", &[0])]).build().value_at(0, 0);
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(&hits.to_le_bytes(), at as u64).unwrap();
}

const LONG_AGO: Duration = Duration::from_secs(1_700_000_000);

#[test]
fn what_is_made_while_one_looks_is_told_from_what_was_there() {
    for max_open in [0, 1, 16] {
        let mut followed = Followed::new(max_open);
        write(&followed.path("b.mmstats"), 5, since_epoch(), 1);
        let seen = followed.poll();
        let [(_, b, Novelty::Found, 5)] = seen.read[..] else { panic!("{seen:?}") };

        count(&followed.path("b.mmstats"), 6);
        write(&followed.path("a.mmstats"), 7, since_epoch(), 2);
        write(&followed.path("c.mmstats"), 8, LONG_AGO, 3);
        let seen = followed.poll();
        let [(_, a, Novelty::Made, 7), (_, same, Novelty::Known, 6), (_, c, Novelty::Found, 8)] =
            seen.read[..]
        else {
            panic!("{seen:?}")
        };
        assert_eq!(same, b);
        assert!(a != b && b != c && a != c);
        assert_eq!(seen.gone, []);
    }
}

#[test]
fn a_file_that_goes_is_read_once_more() {
    let mut followed = Followed::new(16);
    let path = followed.path("a.mmstats");
    write(&path, 5, LONG_AGO, 1);
    followed.poll();
    fs::hard_link(&path, followed.path("elsewhere")).unwrap();
    fs::remove_file(&path).unwrap();
    count(&followed.path("elsewhere"), 9);
    let seen = followed.poll();
    let [(_, writer, Novelty::Known, 9)] = seen.read[..] else { panic!("{seen:?}") };
    assert_eq!(seen.gone, [writer]);
    let seen = followed.poll();
    assert!(seen.read.is_empty() && seen.gone.is_empty(), "{seen:?}");
}

#[test]
fn a_file_without_a_descriptor_that_goes_is_said_to_be_gone() {
    let mut followed = Followed::new(0);
    write(&followed.path("a.mmstats"), 5, LONG_AGO, 1);
    let writer = followed.poll().read[0].1;
    fs::remove_file(followed.path("a.mmstats")).unwrap();
    let seen = followed.poll();
    assert!(seen.read.is_empty(), "{seen:?}");
    assert_eq!(seen.gone, [writer]);
}

#[test]
fn a_name_that_is_taken_by_another_file_is_two_writers() {
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let path = followed.path("a.mmstats");
        write(&path, 5, LONG_AGO, 1);
        let old = followed.poll().read[0].1;
        write(&path, 3, since_epoch(), 2);
        let seen = followed.poll();
        let &(_, new, Novelty::Made, 3) = seen.read.last().unwrap() else { panic!("{seen:?}") };
        assert_ne!(new, old);
        assert_eq!(seen.gone, [old]);
        // What is held is read once more.
        assert_eq!(seen.read.len(), if max_open == 0 { 1 } else { 2 }, "{seen:?}");
    }
}

#[test]
fn who_resumes_a_file_is_its_writer() {
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let path = followed.path("a.mmstats");
        write(&path, 5, LONG_AGO, 1);
        let old = followed.poll().read[0].1;
        write(&path, 6, since_epoch(), 1);
        let seen = followed.poll();
        let &(_, new, Novelty::Known, 6) = seen.read.last().unwrap() else { panic!("{seen:?}") };
        assert_eq!(new, old);
        assert_eq!(seen.gone, []);
    }
}

#[test]
fn the_original_makes_files_anew_in_place() {
    let field = |label: &str, type_: &str, value: &[u8]| -> Vec<u8> {
        let len = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
        [&len(label)[..], label.as_bytes(), &len(type_), type_.as_bytes(), b"\xff", value].concat()
    };
    let file = |hits: u64, created: f64| {
        let created = field("sys.created", "d", &created.to_le_bytes());
        [&b"\x01"[..], &created, &field("hits", "Q", &hits.to_le_bytes()), &[0, 0]].concat()
    };
    let mut followed = Followed::new(16);
    let path = followed.path("a.mmstats");
    fs::write(&path, file(5, 1_700_000_000.0)).unwrap();
    let old = followed.poll().read[0].1;
    fs::write(&path, file(2, since_epoch().as_secs_f64())).unwrap();
    let seen = followed.poll();
    let [(_, new, Novelty::Made, 2)] = seen.read[..] else { panic!("{seen:?}") };
    assert_ne!(new, old);
    assert_eq!(seen.gone, [old]);
}

#[test]
fn what_cannot_be_read_is_said_once() {
    let mut followed = Followed::new(16);
    let path = followed.path("a.mmstats");
    fs::write(&path, "bad").unwrap();
    assert_eq!(followed.poll().failed.len(), 1);
    assert_eq!(followed.poll().failed.len(), 0);
    // For another reason.
    fs::write(&path, [b"\x02mmstats".as_slice(), &[9; 600]].concat()).unwrap();
    assert_eq!(followed.poll().failed.len(), 1);
    assert_eq!(followed.poll().failed.len(), 0);
    write(&path, 5, LONG_AGO, 1);
    let seen = followed.poll();
    let [(_, writer, Novelty::Found, 5)] = seen.read[..] else { panic!("{seen:?}") };
    // A file that is followed, and then cut.
    OpenOptions::new().write(true).open(&path).unwrap().set_len(100).unwrap();
    let seen = followed.poll();
    assert_eq!((seen.failed.len(), seen.gone.as_slice()), (1, [writer].as_slice()), "{seen:?}");
}
