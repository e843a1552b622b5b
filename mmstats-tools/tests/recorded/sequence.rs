//! The sequence: which programs start, count and end, and how their files change, step by step.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fixture::{Fixture, MAX, le32, record, text, text_copy};
use crate::old::{OldWriter, buffered, unbuffered};
use crate::programs::{grow, grow_fields, job, last, pool, web_program};
use crate::writer::{Birth, Writer};

/// When the machine booted, after 1970-01-01 UTC. It is in 2100, later than the start of any real process, so that no
/// tool takes a real process for the successor of a program of the sequence.
pub(crate) const BOOT: Duration = Duration::from_hours(24 * 47_482);
/// When the sequence begins, after the boot.
const START: Duration = Duration::from_secs(100_000);
/// How long before the sequence the first programs started.
const AGE: Duration = Duration::from_secs(500);
/// When the first programs started, after the boot.
const MADE: Duration = START.checked_sub(AGE).unwrap();

/// The steps: seconds since the step before, and what happens.
pub(crate) const STEPS: [(u64, &str); 14] = [
    (0, "the files as the tools find them"),
    (1, "every value moves"),
    (1, "nothing moves"),
    (1, "web 4102 counts and is killed; the file of brief, which lives, is removed"),
    (1, "counters wrap; grow has another counter; a thread of pool ends, another starts"),
    (
        1,
        "a counter, a histogram and an average of web 4101 fall; web 4103 takes the name of 4102; job is killed",
    ),
    (
        1,
        "job goes on with its instance in another file; a text and a record of web 4101 and a text of pool are torn",
    ),
    (
        1,
        "what was torn is whole again; the header of hurt and a descriptor of frail are damaged; a thread of old is killed",
    ),
    (3, "every value moves, three seconds after the last step"),
    (1, "values that are not numbers; sums over threads that do not fit; job falls; hurt is mended"),
    (1, "the sums of a histogram and a timer wrap; web 4103 starts again as 4104, old has fallen"),
    (1, "web 4101 ends in order, kept files stay, a copy is cut"),
    (10, "nothing moves for ten seconds"),
    (1, "pool counts; web is there again; a program that was dead all the time goes on with its instance"),
];

/// The time of a step, after the boot.
pub(crate) fn moment(step: usize) -> Duration {
    let seconds: u64 = STEPS[..=step].iter().map(|(seconds, _)| seconds).sum();
    START + Duration::from_secs(seconds)
}

/// A user without a name.
const STRANGER: u32 = 64_123;
/// No process has such an id: Linux gives none above 2²².
const NOBODYS_PID: u32 = 5_000_001;
/// This process is always there.
const FIRST_PID: u32 = 1;

/// The files.
pub(crate) struct Sequence {
    dir: PathBuf,
    writers: BTreeMap<&'static str, Writer>,
    pub(crate) old: BTreeMap<&'static str, OldWriter>,
    /// The files of programs that have ended stay open, so that no later file gets the same inode number.
    ended: Vec<Writer>,
    instances: u8,
}

impl Sequence {
    /// At the first step.
    pub(crate) fn new(dir: &Path) -> Self {
        let mut sequence = Self::empty(dir);
        sequence.set_up();
        sequence
    }

    /// Without files.
    pub(crate) fn empty(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            writers: BTreeMap::new(),
            old: BTreeMap::new(),
            ended: Vec::new(),
            instances: 0,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.mmstats"))
    }

    pub(crate) fn file(&self, name: &str) -> &Writer {
        &self.writers[name]
    }

    /// Starts a program, which is called `key` here. `change` sets how it differs from the others.
    pub(crate) fn start(
        &mut self,
        key: &'static str,
        (file, pid): (&str, u32),
        created: Duration,
        fixture: Fixture,
        change: impl FnOnce(&mut Birth),
    ) {
        self.instances += 1;
        let mut birth = Birth {
            pid,
            uid: 0,
            instance: self.instances,
            created: (BOOT + created, created),
            is_kept: false,
            is_copy: false,
            is_alive: true,
        };
        change(&mut birth);
        // Of several threads the fixture says itself.
        let fixture = if fixture.capacity == 1 { fixture.slots(&[birth.pid]) } else { fixture };
        let writer = Writer::start(&self.path(file), fixture, &birth);
        if let Some(before) = self.writers.insert(key, writer) {
            self.ended.push(before);
        }
    }

    pub(crate) fn kill(&mut self, key: &str) {
        self.writers.get_mut(key).unwrap().kill();
    }

    /// Removes the file of a program, which may be alive.
    pub(crate) fn remove(&mut self, key: &str) {
        let writer = self.writers.remove(key).unwrap();
        writer.unlink();
        self.ended.push(writer);
    }

    fn set_up(&mut self) {
        let made = MADE;
        self.start("web", ("web-4101-Web", 4101), made, web_program(1000), |_| {});
        self.start("second", ("web-4102-Web", 4102), made, web_program(2000), |_| {});
        self.start("pool", ("pool-4201-Pool", 4201), made + Duration::from_secs(100), pool(), |birth| {
            birth.uid = STRANGER;
        });
        self.start("job", ("job-4301-Job", 4301), made, job(50), |_| {});
        self.start("grow", ("grow-4401-Grow", 4401), made, grow(), |_| {});
        let grow = self.file("grow");
        let last = &grow_fields()[1];
        let hidden = [&last.label, &last.help, &last.unit, &last.tags].map(Vec::len).iter().sum::<usize>();
        grow.put(180, &le32(1));
        grow.put(212, &le32(grow.built.strings_len - hidden));
        self.start("kept", ("kept-4501-Job", 4501), made, job(7), |birth| {
            (birth.is_kept, birth.is_alive) = (true, false);
        });
        self.start("hurt", ("hurt-4601-Job", 4601), made, job(8), |_| {});
        self.start("frail", ("frail-4651-Job", 4651), made, job(8), |_| {});
        self.start("brief", ("brief-4701-Job", 4701), made, job(9), |_| {});
        self.start("copy", ("copy-4801-Job", 4801), made, job(10), |birth| {
            (birth.is_copy, birth.is_alive) = (true, false);
        });
        self.start("stale", ("stale-4901-Job", 4901), made, job(11), |birth| birth.is_alive = false);
        self.start_old("old", "old-1-1", FIRST_PID, 100);
        self.start_old("old thread", "old-1-2", FIRST_PID, 200);
        self.start_old("old dead", "old-5000001-1", NOBODYS_PID, 300);
        // A kind that no reader of today knows.
        fs::write(self.path("other"), b"\x03mmstats and what a later format has").unwrap();
    }

    /// A file of format 1. The original has one for each thread.
    pub(crate) fn start_old(&mut self, key: &'static str, file: &str, pid: u32, hits: u64) {
        let created = (BOOT + MADE).as_secs_f64();
        let mut fields = vec![unbuffered("sys.pid", "I", &pid.to_le_bytes())];
        // One without it is never removed. Of others whose process is gone that depends on whether the test runs where
        // all processes of the machine can be seen.
        if key == "old" {
            fields.push(unbuffered("sys.created", "d", &created.to_le_bytes()));
        }
        fields.extend([
            unbuffered("org.python.version", "256s", &padded("2.7.18", 256)),
            buffered("hits", "Q", &hits.to_le_bytes()),
            buffered("narrow", "I", &(u32::MAX - 3).to_le_bytes()),
            buffered("mean", "d", &1.5_f64.to_le_bytes()),
            unbuffered("busy", "?", &[1]),
            unbuffered("state", "16s", &padded("idle", 16)),
        ]);
        let writer = OldWriter::start(&self.path(file), fields);
        self.old.insert(key, writer);
    }

    /// Makes the changes of a step.
    pub(crate) fn play(&mut self, step: usize) {
        match step {
            1 => self.move_all(1),
            2 | 12 => {}
            3 => {
                let second = self.file("second");
                second.count("web.requests{method get}", 2777);
                second.float("web.load", 9.5);
                self.kill("second");
                self.remove("brief");
            }
            4 => self.wrap_and_grow(),
            5 => self.fall_and_restart(),
            6 => self.resume_and_tear(),
            7 => self.mend_and_hurt(),
            8 => self.move_all(5),
            9 => self.not_numbers(),
            10 => self.wrap_sums(),
            11 => {
                self.remove("web");
                let copy = self.file("copy");
                let len = copy.built.slots + 8;
                fs::File::options().write(true).open(&copy.path).unwrap().set_len(len as u64).unwrap();
            }
            13 => {
                self.file("pool").words(0, "pool.jobs", &[700]);
                self.start("web", ("web-4105-Web", 4105), moment(13), web_program(5), |_| {});
                let instance = self.file("stale").built.bytes[24];
                self.remove("stale");
                let resumed = |birth: &mut Birth| birth.instance = instance;
                self.start("stale", ("stale-4902-Job", 4902), moment(13), job(31), resumed);
            }
            _ => unreachable!("there is no such step"),
        }
    }

    /// Changes every value of every living program, `times` as much as usual.
    fn move_all(&self, times: u64) {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let factor = times as f64;
        for (key, before) in [("web", 1000), ("second", 2000)] {
            let web = self.file(key);
            web.count("web.requests{method get}", before + 100 * times);
            web.count("web.requests{method post}", 10 * times);
            web.count("web.errors", 100 + times);
            web.words(0, "web.in_flight", &[3_u64.wrapping_sub(4 * times)]);
            web.float("web.load", 0.5 * factor);
            web.set_in(0, "web.peak", &u32::try_from(17 * times).unwrap().to_le_bytes());
            web.set_in(0, "web.ready", &[1]);
            web.set_in(0, "web.delay", &(-7_i16).to_le_bytes());
            web.set_in(0, "web.phase", &text_copy(u32::try_from(7 + times).unwrap(), b"serving"));
            web.average(0, "web.size", 10 + 4 * times, 25.0 + 8.0 * factor);
            web.moving(0, "web.recent", 2.5 * factor, 10);
            web.words(0, "web.sizes", &[60 + 20 * times, 2, 3, 4, 5 + 2 * times, 1, 0, times]);
            let words =
                [90 + times, 1000 + 300 * times, 0, 0, 4, 9 + times, 3, 2 * times, 0, 0, 0, 1, times - 1];
            web.words(0, "web.latency", &words);
            web.set_in(0, "web.last", &record(&last(40 * u32::try_from(times).unwrap(), 0.25)));
            web.words(0, "web.shards", &[5 * times, 6]);
            web.count(r#"web.odd{path 1,2 quote a"b}"#, 3 * times);
        }
        let pool = self.file("pool");
        for slot in 0..3 {
            let number = slot as u64 + 1;
            pool.words(slot, "pool.jobs", &[100 * number + 10 * number * times]);
            pool.words(slot, "pool.balance", &[(50 * number).wrapping_sub(20 * times * number * number)]);
            for aggregate in ["sum", "min", "max", "mean", "none"] {
                pool.words(slot, &format!("pool.{aggregate}"), &[7 * number * times]);
            }
            pool.average(slot, "pool.size", 2 + times, 3.0 + factor);
            pool.moving(slot, "pool.recent", factor, 3);
            pool.words(slot, "pool.took", &[5, 100 + 16 * times, 0, 0, 1, 2, 0, 3 * times, 0, 0, 0, 0, 0]);
            pool.words(slot, "pool.lengths", &[30 + times * 6, 1, 0, 5, 2 * times, 0, 0, 0]);
            pool.set_in(slot, "pool.doing", &text_copy(8, format!("job {number}").as_bytes()));
            pool.set_in(slot, "pool.last", &record(&last(u32::try_from(times).unwrap(), 1.5)));
        }
        for key in ["job", "hurt", "frail"] {
            self.file(key).count("job.done", 60 + 40 * times);
        }
        self.file("grow").count("grow.first", 10 * times);
        for (key, hits) in [("old", 100_u64), ("old thread", 200)] {
            let old = &self.old[key];
            old.set("hits", &(hits + 30 * times).to_le_bytes());
            old.set("mean", &(1.5 - 0.5 * factor).to_le_bytes());
            old.set("busy", &[0]);
            old.set("state", &padded("serving", 16));
        }
    }

    fn wrap_and_grow(&mut self) {
        let web = self.file("web");
        web.count("web.bytes", 14);
        self.old["old"].set("narrow", &4_u32.to_le_bytes());
        let grow = self.file("grow");
        grow.count("grow.first", 25);
        grow.count("grow.late", 40);
        grow.put(212, &le32(grow.built.strings_len));
        grow.put(180, &le32(2));
        let pool = self.file("pool");
        // The first thread of the second slot has ended; another one has the third, and a new one the fourth.
        pool.lease(1, 0, 1);
        pool.lease(2, 4209, 2);
        pool.words(2, "pool.jobs", &[340]);
        pool.words(2, "pool.none", &[0]);
        pool.lease(3, 4210, 1);
        pool.words(3, "pool.jobs", &[4]);
        pool.set_in(3, "pool.doing", &text_copy(1, b"new"));
        pool.put(244, &le32(4));
    }

    fn fall_and_restart(&mut self) {
        let web = self.file("web");
        web.count("web.requests{method get}", 1150);
        web.count("web.errors", 40);
        web.average(0, "web.size", 3, 4.5);
        web.words(0, "web.sizes", &[10, 2, 0, 1, 0, 0, 0, 0]);
        web.words(0, "web.latency", &[88, 40, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
        self.start(
            "second",
            ("web-4102-Web", 4103),
            moment(4) + Duration::from_millis(750),
            web_program(30),
            |_| {},
        );
        self.file("job").count("job.done", 130);
        self.kill("job");
    }

    fn resume_and_tear(&mut self) {
        let instance = self.file("job").built.bytes[24];
        self.remove("job");
        self.start("job", ("job-4302-Job", 4302), moment(6), job(130), |birth| birth.instance = instance);
        self.file("job").count("job.done", 145);
        let web = self.file("web");
        web.count("web.requests{method get}", 1250);
        web.set_in(0, "web.phase", &torn(&text(16, b"half"), 12));
        web.set_in(0, "web.last", &torn(&record(&last(1, 2.0)), 12));
        self.file("pool").set_in(0, "pool.doing", &torn(&text(16, b"half"), 12));
    }

    fn mend_and_hurt(&mut self) {
        let web = self.file("web");
        web.set_in(0, "web.phase", &text(16, "größer\u{1b}".as_bytes()));
        web.set_in(0, "web.last", &record(&last(77, 0.5)));
        self.file("pool").set_in(0, "pool.doing", &text(16, b"whole"));
        // Not what has a check over the file's own inode number, which the message would tell.
        self.file("hurt").put(1, b"M");
        let frail = self.file("frail");
        frail.put(frail.built.descriptors + 64 + 14, &[MAX]);
        self.file("job").count("job.done", 150);
        // It names another process now, which does not exist.
        self.old["old thread"].set("sys.pid", &NOBODYS_PID.to_le_bytes());
    }

    fn not_numbers(&mut self) {
        let web = self.file("web");
        web.float("web.load", f64::NAN);
        web.moving(0, "web.recent", f64::INFINITY, 10);
        web.average(0, "web.size", 40, f64::INFINITY);
        web.count("web.errors", 110);
        let pool = self.file("pool");
        pool.words(0, "pool.jobs", &[u64::MAX - 5]);
        pool.words(0, "pool.balance", &[i64::MIN.cast_unsigned()]);
        pool.words(2, "pool.sum", &[u64::MAX]);
        pool.count("mmstats.unpublished_writers", 2);
        self.file("hurt").put(1, b"m");
        self.file("job").count("job.done", 155);
    }

    fn wrap_sums(&mut self) {
        let web = self.file("web");
        // The last bucket has all larger values.
        web.words(0, "web.sizes", &[3, 2, 3, 4, 5, 1, 0, 9]);
        web.words(0, "web.latency", &[91, 12, 0, 0, 4, 30, 3, 2, 0, 0, 0, 1, 6]);
        let path = self.file("second").path.clone();
        self.kill("second");
        fs::remove_file(path).unwrap();
        self.start("second", ("web-4102-Web", 4104), moment(10), web_program(3), |_| {});
        self.old["old"].set("hits", &5_u64.to_le_bytes());
        self.old["old"].set("narrow", &2_u32.to_le_bytes());
        self.file("grow").count("grow.late", 39);
    }
}

/// Two copies of which neither is whole: each has words of two versions.
fn torn(copies: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = copies.to_vec();
    let second = bytes.len() / 2;
    let first: Vec<u8> = bytes[..second].to_vec();
    bytes[second..].copy_from_slice(&first);
    for (copy, version) in [(0, 9_u32), (second, 10)] {
        bytes[copy + at..copy + at + 4].copy_from_slice(&version.to_le_bytes());
    }
    bytes
}

fn padded(text: &str, len: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(len, 0);
    bytes
}
