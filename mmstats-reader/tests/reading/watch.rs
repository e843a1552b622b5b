//! Files that come and go while they are followed.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mmstats_reader::watch::{Event, Guard, Novelty, Opened, Reading, Watch, WriterId};
use mmstats_reader::{Liveness, Value, scan};
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
    liveness: Vec<Liveness>,
    gone: Vec<WriterId>,
    /// The writers of files that may not be shown, and why.
    refused: Vec<(WriterId, String)>,
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
        self.poll_paths([self.directory.path().to_owned()])
    }

    fn poll_paths(&mut self, paths: impl IntoIterator<Item = PathBuf>) -> Seen {
        self.poll_guarded(paths, None)
    }

    fn poll_guarded(
        &mut self,
        paths: impl IntoIterator<Item = PathBuf>,
        guard: Option<&mut Guard<'_>>,
    ) -> Seen {
        let mut seen = Seen::default();
        self.watch.poll_guarded(scan(paths), guard, |event| match event {
            Event::Reading(Reading { refusal: Some(why), writer, .. }) => seen.refused.push((writer, why)),
            Event::Reading(file) => {
                seen.liveness.push(file.liveness);
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
    let file = |hits: u64, created: f64, pid: u32| {
        let created = field("sys.created", "d", &created.to_le_bytes());
        let pid = field("sys.pid", "I", &pid.to_le_bytes());
        [&b"\x01"[..], &created, &pid, &field("hits", "Q", &hits.to_le_bytes()), &[0, 0]].concat()
    };
    let mut ended = std::process::Command::new("true").spawn().unwrap();
    ended.wait().unwrap();
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let path = followed.path("a.mmstats");
        fs::write(&path, file(5, 1_700_000_000.0, ended.id())).unwrap();
        let old = followed.poll().read[0].1;
        assert_eq!(followed.poll().liveness, [Liveness::Dead]);
        fs::write(&path, file(2, since_epoch().as_secs_f64(), std::process::id())).unwrap();
        let seen = followed.poll();
        let [(_, new, Novelty::Made, 2)] = seen.read[..] else { panic!("{seen:?}") };
        assert_ne!(new, old);
        assert_eq!((seen.gone, seen.liveness), (vec![old], vec![Liveness::Alive]));
        assert_eq!(followed.poll().liveness, [Liveness::Alive]);
        // Also if it is gone when that is seen.
        fs::hard_link(&path, followed.path("elsewhere")).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(followed.path("elsewhere"), file(9, since_epoch().as_secs_f64(), std::process::id()))
            .unwrap();
        let seen = followed.poll();
        let mut leaving = vec![new];
        leaving.extend(seen.read.iter().map(|(_, writer, ..)| *writer));
        assert_eq!((seen.read.len(), seen.gone), (usize::from(max_open > 0), leaving));
    }
}

/// As a filesystem does that gives the number of an inode to the next file at once.
#[test]
fn another_file_of_the_same_inode_is_another_writers() {
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let path = followed.path("a.mmstats");
        let other = followed.path("other");
        write(&path, 5, LONG_AGO, 1);
        let old = followed.poll().read[0].1;
        write(&other, 3, since_epoch(), 2);
        fs::write(&path, fs::read(&other).unwrap()).unwrap();
        let seen = followed.poll();
        let [(_, new, Novelty::Made, 3)] = seen.read[..] else { panic!("{seen:?}") };
        assert_ne!(new, old);
        assert_eq!(seen.gone, [old]);
        assert!(seen.failed.is_empty(), "{seen:?}");
        // One that goes on from the counts of the last one is that one.
        write(&other, 4, since_epoch(), 2);
        fs::write(&path, fs::read(&other).unwrap()).unwrap();
        let seen = followed.poll();
        assert_eq!(seen.read, [("a.mmstats".to_owned(), new, Novelty::Known, 4)]);
    }
}

#[test]
fn a_named_file_that_goes_is_no_failure() {
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let path = followed.path("a.mmstats");
        let mut poll = || followed.poll_paths([path.clone()]);
        assert_eq!(poll().failed.len(), 1);
        write(&path, 5, LONG_AGO, 1);
        let writer = poll().read[0].1;
        fs::remove_file(&path).unwrap();
        let seen = poll();
        assert_eq!((seen.gone.as_slice(), seen.failed.len()), ([writer].as_slice(), 0), "{seen:?}");
        assert!(poll().failed.is_empty());
        // It may come again.
        write(&path, 6, since_epoch(), 2);
        assert_eq!(poll().read[0].3, 6);
    }
}

#[test]
fn a_file_of_several_names_is_read_once() {
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let path = followed.path("b.mmstats");
        write(&path, 5, LONG_AGO, 1);
        fs::hard_link(&path, followed.path("c.mmstats")).unwrap();
        let seen = followed.poll();
        let [(name, writer, ..)] = &seen.read[..] else { panic!("{seen:?}") };
        assert_eq!(name, "b.mmstats");
        // Also by a name that would come before it.
        fs::hard_link(&path, followed.path("a.mmstats")).unwrap();
        let again = followed.poll();
        assert_eq!(again.read, [("b.mmstats".to_owned(), *writer, Novelty::Known, 5)]);
        // Who has the name a file had is not it.
        fs::remove_file(&path).unwrap();
        let last = followed.poll().read.pop();
        assert!(matches!(last, Some((name, ..)) if name == "a.mmstats"));
    }
    let followed = Followed::new(0);
    write(&followed.path("a.mmstats"), 5, LONG_AGO, 1);
    fs::hard_link(followed.path("a.mmstats"), followed.path("b.mmstats")).unwrap();
    assert_eq!(scan([followed.directory.path()]).count(), 1);
}

#[test]
fn the_instance_id_of_another_users_file_makes_nobody_its_writer() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("passed over: only root can give files away");
        return;
    }
    let mut followed = Followed::new(0);
    let path = followed.path("a.mmstats");
    write(&path, 5, LONG_AGO, 1);
    let old = followed.poll().read[0].1;
    fs::remove_file(&path).unwrap();
    let forged = followed.path("b.mmstats");
    write(&forged, 1_000_000, LONG_AGO, 1);
    std::os::unix::fs::chown(&forged, Some(65_531), None).unwrap();
    let seen = followed.poll();
    let [(_, new, Novelty::Found, 1_000_000)] = seen.read[..] else { panic!("{seen:?}") };
    assert_ne!(new, old);
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

/// Polls, with a guard that does what `before` and `after` say around the reading of the only file.
fn poll_between(
    followed: &mut Followed,
    mut before: impl FnMut() -> Result<(), String>,
    mut after: impl FnMut() -> Result<(), String>,
) -> Seen {
    let paths = [followed.directory.path().to_owned()];
    let mut asked = 0;
    let mut guard = |_: &Opened<'_>| {
        asked += 1;
        if asked == 1 { before() } else { after() }
    };
    followed.poll_guarded(paths, Some(&mut guard))
}

#[test]
fn a_file_is_shown_only_if_its_guard_lets_it_before_and_after_it_is_read() {
    let refuse = || Err("private".to_owned());
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let path = followed.path("a.mmstats");
        write(&path, 5, LONG_AGO, 1);
        let shown = |seen: &Seen| seen.read.iter().map(|(.., hits)| *hits).collect::<Vec<_>>();
        // When it is opened, and when it was read before.
        for _ in 0..2 {
            let seen = poll_between(&mut followed, refuse, || Ok(()));
            assert_eq!((shown(&seen), seen.refused.len(), seen.gone.len()), (vec![], 1, 0), "{seen:?}");
            let seen = poll_between(&mut followed, || Ok(()), refuse);
            assert_eq!((shown(&seen), seen.refused[0].1.as_str()), (vec![], "private"), "{seen:?}");
            let seen = poll_between(&mut followed, || Ok(()), || Ok(()));
            assert_eq!((shown(&seen), seen.refused.len(), seen.gone.len()), (vec![5], 0, 0), "{seen:?}");
        }
        // What is written between is read, and what is written after is not.
        let seen = poll_between(
            &mut followed,
            || {
                count(&path, 6);
                Ok(())
            },
            || {
                count(&path, 7);
                Ok(())
            },
        );
        assert_eq!(shown(&seen), [6]);
    }
}

/// Its label is part of what could not be shown.
#[test]
fn what_was_parsed_while_a_file_could_not_be_shown_is_parsed_anew() {
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let path = followed.path("a.mmstats");
        write(&path, 5, LONG_AGO, 1);
        let writer = poll_between(&mut followed, || Err("private".into()), || Ok(())).refused[0].0;
        let other = Fixture::with_fields([Field::counter("hits", &[5]).described("told to all", "", "")]);
        let mut other = other.build();
        other.put(24, &[1; 16]);
        other.seal_header();
        fs::write(&path, &other.bytes).unwrap();
        let mut helps = Vec::new();
        let mut guard = |_: &Opened<'_>| Ok(());
        let paths = [followed.directory.path()];
        followed.watch.poll_guarded(scan(paths), Some(&mut guard), |event| {
            let Event::Reading(file) = event else { panic!("{event:?}") };
            assert_eq!(file.writer, writer);
            let metric = file.snapshot.metrics().find(|metric| metric.label() == "hits").unwrap();
            helps.push(metric.help().to_owned());
        });
        assert_eq!(helps, ["told to all"]);
    }
}

#[test]
fn a_guarded_file_that_goes_is_not_read_once_more() {
    let mut followed = Followed::new(16);
    let path = followed.path("a.mmstats");
    let check = |opened: &Opened<'_>| match opened.directory.stat(opened.name) {
        Ok(found) if (found.st_dev, found.st_ino) == opened.inode => Ok(()),
        _ => Err("gone".to_owned()),
    };
    write(&path, 5, LONG_AGO, 1);
    let seen = poll_between(&mut followed, || Ok(()), || Ok(()));
    let writer = seen.read[0].1;
    fs::remove_file(&path).unwrap();
    let seen = poll_between(&mut followed, || panic!("nobody is asked"), || Ok(()));
    assert_eq!((seen.read.len(), seen.refused.len(), seen.gone), (0, 0, vec![writer]));
    // Also if it goes while it is read, or another takes its name.
    for takes_name in [false, true] {
        write(&path, 5, LONG_AGO, 2);
        let paths = [followed.directory.path().to_owned()];
        let mut guard = |opened: &Opened<'_>| {
            let before = check(opened);
            if takes_name {
                write(&path, 6, LONG_AGO, 3);
            } else if before.is_ok() {
                fs::remove_file(&path).unwrap();
            }
            before
        };
        let seen = followed.poll_guarded(paths, Some(&mut guard));
        assert_eq!((seen.read.len(), seen.refused.len(), seen.gone.len()), (0, 0, 1), "{seen:?}");
        assert!(seen.failed.is_empty(), "{seen:?}");
    }
}

/// A directory is opened once for a poll: what takes its path meanwhile is not what is read.
#[test]
fn files_are_opened_below_the_directory_that_was_listed() {
    for max_open in [0, 16] {
        let mut followed = Followed::new(max_open);
        let [dir, away] = ["dir", "away"].map(|name| followed.path(name));
        for (dir, hits) in [(&dir, 1), (&away, 2)] {
            fs::create_dir(dir).unwrap();
            write(&dir.join("a.mmstats"), hits, LONG_AGO, 1);
        }
        for paths in [dir.clone(), dir.join("a.mmstats")] {
            for _ in 0..2 {
                let opened = scan([paths.clone()]);
                let aside = followed.path("aside");
                fs::rename(&dir, &aside).unwrap();
                std::os::unix::fs::symlink(&away, &dir).unwrap();
                let mut hits = Vec::new();
                followed.watch.poll(opened, |event| {
                    let Event::Reading(file) = event else { return };
                    let mut metrics = file.snapshot.metrics();
                    hits.push(metrics.find(|metric| metric.label() == "hits").unwrap().value().unwrap());
                });
                fs::remove_file(&dir).unwrap();
                fs::rename(&aside, &dir).unwrap();
                assert_eq!(hits, [Value::U64(1)], "{paths:?}");
            }
        }
    }
}
