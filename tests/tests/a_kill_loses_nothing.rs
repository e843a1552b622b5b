//! Whenever a program is killed, it leaves no file or a whole one, with values that it has written, of
//! which those that go on from it lose none; and a cleaner removes what it left, and nothing else.
//!
//! `MMSTATS_KILLS` says how many programs are killed.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::ops::RangeInclusive;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use mmstats::{MmStats, Stats};
use mmstats_format::header::FLAG_KEEP;
use mmstats_host::places::is_draft_name;
use mmstats_host::removal::{Removal, remove_dead};
use mmstats_reader::{Liveness, Origin, Reader, Value};
use mmstats_tests::stale;
use mmstats_tests::subject::SubjectStats;

const NAME: &str = "x.mmstats";
const LIVE: &str = "live.mmstats";

/// What the file of a program may say.
#[derive(Clone)]
struct Expected {
    events: RangeInclusive<u64>,
    /// The texts that can stand there, if that is known.
    texts: Option<Vec<String>>,
    may_be_missing: bool,
    may_be_there: bool,
}

impl Expected {
    /// When a program was killed that found `events` of others, in a file if there was one, and wrote `lines`.
    fn new(way: &str, events: Option<u64>, lines: &[String]) -> Self {
        let count = events.unwrap_or(0);
        let mut expected = Self {
            events: count..=count,
            texts: None,
            may_be_missing: events.is_none(),
            may_be_there: events.is_some(),
        };
        for step in lines.chunks(2) {
            let after = expected.after(way, &step[0]);
            let is_done = step.get(1).is_some_and(|line| line == "done");
            expected = if is_done { after } else { expected.or(after) };
        }
        expected
    }

    /// After the step that `line` says.
    fn after(&self, way: &str, line: &str) -> Self {
        let (step, argument) = line.split_once(' ').unwrap_or((line, ""));
        let is_resumed = way != "struct";
        let before = if is_resumed || step != "create" { *self.events.end() } else { 0 };
        match step {
            "create" => Self {
                events: before..=before,
                texts: Some(vec![String::new()]),
                may_be_missing: false,
                may_be_there: true,
            },
            "add" => {
                let events = before + argument.parse::<u64>().unwrap();
                Self { events: events..=events, ..self.clone() }
            }
            "text" => Self { texts: Some(vec![argument.to_owned()]), ..self.clone() },
            "drop" if is_resumed => self.clone(),
            "drop" => Self { events: 0..=0, texts: None, may_be_missing: true, may_be_there: false },
            other => panic!("{other:?} is no step"),
        }
    }

    /// Whichever of the two it is.
    fn or(self, after: Self) -> Self {
        let (least, most) =
            (self.events.start().min(after.events.start()), after.events.end().max(self.events.end()));
        Self {
            events: *least..=*most,
            texts: self.texts.zip(after.texts).map(|(before, after)| [before, after].concat()),
            may_be_missing: self.may_be_missing || after.may_be_missing,
            may_be_there: self.may_be_there || after.may_be_there,
        }
    }

    /// Checks the file, if it is there, and returns its counter.
    fn check(&self, path: &Path) -> Option<u64> {
        if !path.exists() {
            assert!(self.may_be_missing, "it is lost");
            return None;
        }
        assert!(self.may_be_there, "it was not removed");
        let mut reader = Reader::open(path).unwrap();
        assert_eq!(reader.problem(), None);
        assert_eq!(reader.liveness().unwrap(), Liveness::Dead);
        let snapshot = reader.snapshot().unwrap();
        assert_eq!(snapshot.torn(), 0);
        let value = |label: &str| snapshot.metrics().find(|metric| metric.label() == label)?.value().ok();
        let Some(Value::U64(events)) = value("subject.events") else { panic!("events are a number") };
        assert!(self.events.contains(&events), "{events} of {:?}", self.events);
        // No thread may have a slot, and so a text.
        if let (Some(Value::Text(text)), Some(texts)) = (value("subject.long"), &self.texts) {
            assert!(texts.contains(&text), "{text:?} of {texts:?}");
        }
        Some(events)
    }
}

/// Programs that are killed one after the other, in a directory in which another one lives.
struct Trials {
    way: &'static str,
    dir: tempfile::TempDir,
    live: Stats<SubjectStats>,
    random: u64,
    /// What the file held after the last death.
    events: Option<u64>,
    /// How many left a file, and a draft.
    with_file: u64,
    drafts: u64,
}

impl Trials {
    fn new(way: &'static str) -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").unwrap();
        let live = SubjectStats::options().dir(dir.path()).file_name(LIVE).create().unwrap();
        Self { way, dir, live, random: 1, events: None, with_file: 0, drafts: 0 }
    }

    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) % end
    }

    /// Kills `count` programs in turn, each of which finds what the one before has left.
    fn run(mut self, count: u64) {
        for trial in 0..count {
            let lines = self.kill_one(trial, 40);
            let expected = Expected::new(self.way, self.events, &lines);
            let path = self.dir.path().join(NAME);
            self.events = expected.check(&path);
            self.with_file += u64::from(self.events.is_some());
            self.clean();
        }
        println!(
            "{}: {count} killed; {} left a file, {} a draft; {:?} events",
            self.way, self.with_file, self.drafts, self.events
        );
        if self.events.is_some() {
            assert_eq!(self.remove(NAME, true), Removal::Removed);
        }
        assert!(self.live.path().exists());
    }

    /// Runs a program, kills it some time after it wrote less than `most` lines, and returns all that it wrote.
    fn kill_one(&mut self, seed: u64, most: u64) -> Vec<String> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mortal"))
            .args([self.way, &self.dir.path().display().to_string(), &seed.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let wanted = self.below(most);
        let mut lines: Vec<String> = output.by_ref().take(usize::try_from(wanted).unwrap()).collect();
        // Some microseconds, so that it is killed anywhere between two lines.
        for _ in 0..self.below(20_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        lines.extend(output);
        lines
    }

    /// Does what a cleaner does, and checks that nothing is left but what is to be.
    fn clean(&mut self) {
        let names = fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        for name in names.collect::<Vec<_>>() {
            let name = name.to_str().unwrap();
            let is_draft = is_draft_name(name.as_ref());
            self.drafts += u64::from(is_draft);
            match self.remove(name, is_draft) {
                Removal::NotDead(Liveness::Alive) => assert_eq!(name, LIVE),
                // Where files without a name cannot be made, a draft can be too young to say whose it is.
                Removal::Foreign if is_draft && cfg!(mmstats_platform = "unix") => {
                    fs::remove_file(self.dir.path().join(name)).unwrap();
                }
                Removal::Foreign => assert_eq!(name, ".lock"),
                Removal::Kept => assert!(name == NAME && self.way != "struct"),
                Removal::Removed if is_draft => {}
                Removal::Removed => {
                    assert!(name == NAME && self.way == "struct");
                    self.events = None;
                }
                removal => panic!("{name}: {removal:?}"),
            }
        }
    }

    fn remove(&self, name: &str, with_kept: bool) -> Removal {
        remove_dead(&File::open(self.dir.path()).unwrap(), name.as_ref(), with_kept, &Origin::writer).unwrap()
    }
}

fn trials() -> u64 {
    std::env::var("MMSTATS_KILLS").map_or(2_000, |kills| kills.parse().unwrap()) / 3
}

#[test]
fn of_a_struct_that_is_dropped_and_made_again() {
    Trials::new("struct").run(trials());
}

#[test]
fn of_a_struct_that_goes_on_from_its_counters() {
    Trials::new("resume").run(trials());
}

#[test]
fn of_threads_that_come_and_go() {
    Trials::new("threads").run(trials());
}

/// Such a file is put beside under another name, in two steps.
#[test]
fn of_a_program_that_finds_a_file_with_other_fields() {
    let mut trials = Trials::new("resume");
    let path = |name: &str| trials.dir.path().join(name);
    let (file, old, second) = (path(NAME), path("x.mmstats.old"), path("x.mmstats.old-2"));
    let mut moved = 0;
    for trial in 0..self::trials() {
        stale::write(&file, FLAG_KEEP).unwrap();
        let inode = |path: &Path| fs::metadata(path).ok().map(|metadata| metadata.ino());
        let other = inode(&file);
        let lines = trials.kill_one(trial, 3);
        let found = [inode(&file), inode(&old)];
        assert!(found.contains(&other), "trial {trial}: it was lost after {lines:?}");
        assert!(found[0].is_some(), "trial {trial}: nothing has the name after {lines:?}");
        assert!(lines.len() < 2 || found[0] != other, "trial {trial}: it is in the way after {lines:?}");
        // The next program goes on where this one was killed, and moves it once.
        let again = trials.kill_one(trial, 3);
        assert!(again.len() < 2 || inode(&old) == other, "trial {trial}: it was lost after {again:?}");
        assert!(!second.exists(), "trial {trial}: it was moved twice");
        moved += u64::from(found[0] != other);
        for path in [&file, &old] {
            let _ = fs::remove_file(path);
        }
    }
    println!("{moved} moved before the first kill");
}
