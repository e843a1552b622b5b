//! A source and a clock for tests: a test decides what happens to files, and when.

use std::cell::Cell;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use mmstats::{Counter, MmStats, Stats};
use mmstats_reader::Moment;
use mmstats_reader::watch::{Novelty, Reading, WriterId};
use mmstats_reader::{Liveness, Reader};
use tempfile::TempDir;

use super::{Clock, Event, EventKind, Now, Source};

/// A clock that stands still until a test sets it.
pub(crate) struct FakeClock(Cell<Now>);

impl FakeClock {
    /// At 1000 s after the boot.
    pub(crate) fn new() -> Self {
        let boot = Duration::from_secs(1000);
        Self(Cell::new(Now {
            monotonic: Duration::ZERO,
            wall: SystemTime::UNIX_EPOCH + Duration::from_hours(500_000),
            moment: Moment::since_boot(boot),
        }))
    }

    /// The moment that is `time` after the boot.
    pub(crate) fn moment(time: u64) -> Moment {
        Moment::since_boot(Duration::from_secs(time))
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.0.set(after(self.0.get(), time));
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Now {
        self.0.get()
    }
}

fn after(now: Now, time: Duration) -> Now {
    let Now { monotonic, wall, moment } = now;
    let since_boot = moment.since(Moment::BOOT);
    Now { monotonic: monotonic + time, wall: wall + time, moment: Moment::since_boot(since_boot + time) }
}

/// What a program counts.
#[derive(MmStats)]
#[repr(C)]
pub(crate) struct Counts {
    pub(crate) hits: Counter,
}

/// A source with one file.
pub(crate) struct Script {
    /// The program's values.
    pub(crate) counts: Stats<Counts>,
    reader: Reader,
    made: Moment,
    next: Next,
    /// How long before the poll its events happened.
    pub(crate) lag: Duration,
    _dir: TempDir,
}

/// What happens at the next poll.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Next {
    Read(Novelty),
    Gone,
    Failed,
}

impl Script {
    /// The first reading finds a file that was made at the moment `made`.
    pub(crate) fn new(made: Moment) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let counts = Counts::options().dir(dir.path()).file_name("web.mmstats").create().unwrap();
        let reader = Reader::open(dir.path().join("web.mmstats")).unwrap();
        Self { counts, reader, made, next: Next::Read(Novelty::Found), lag: Duration::ZERO, _dir: dir }
    }

    /// Sets what happens at the next poll. The polls after a reading read the file again.
    pub(crate) fn then(&mut self, next: Next) {
        self.next = next;
    }
}

impl Source for Script {
    fn poll(&mut self, now: Now, visit: &mut dyn FnMut(Event<'_>)) {
        let path = PathBuf::from("web.mmstats");
        let writer = WriterId::new(1);
        let time = Now {
            monotonic: now.monotonic.saturating_sub(self.lag),
            wall: now.wall - self.lag,
            moment: Moment::since_boot(now.moment.since(Moment::BOOT).saturating_sub(self.lag)),
        };
        let error = io::Error::other("expected a file, found none");
        let kind = match self.next {
            Next::Gone => EventKind::Gone(writer),
            Next::Failed => EventKind::Failed { path: &path, is_named: true, error: &error },
            Next::Read(novelty) => {
                self.next = Next::Read(Novelty::Known);
                let owner_uid = self.reader.owner_uid();
                let snapshot = self.reader.snapshot().unwrap();
                let mmstats_reader::Writer { pid, created } = snapshot.writer();
                visit(Event {
                    time,
                    kind: EventKind::from(&Reading {
                        path: &path,
                        is_named: true,
                        writer,
                        novelty,
                        liveness: Liveness::Alive,
                        owner_uid,
                        refusal: None,
                        claimed_uid: None,
                        pid,
                        created,
                        made: Some(self.made),
                        snapshot,
                    }),
                });
                return;
            }
        };
        visit(Event { time, kind });
    }

    fn nothing_found(&self) -> String {
        "no files in the script".to_owned()
    }
}
