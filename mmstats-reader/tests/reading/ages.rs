//! How old files are, whatever the clock is, or was, set to.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use mmstats_host::age::newness;
use mmstats_host::header::read_header;
use mmstats_host::liveness::BOOT_ID;
use mmstats_reader::watch::{Event, Novelty, Watch};
use mmstats_reader::{Moment, scan};
use tempfile::TempDir;

use crate::fixture::{Built, Field, Fixture};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A directory that is followed.
struct Place {
    directory: TempDir,
    watch: Watch,
    files: u8,
}

/// What a header says of when its file was made.
#[derive(Clone, Copy)]
struct Says {
    boot_id: [u8; 16],
    /// Since 1970.
    wall: Duration,
    since_boot: Duration,
}

impl Says {
    /// A file of this boot that was made just so long ago, while the clock was right.
    fn made(ago: Duration) -> Self {
        let since_boot = since_boot().saturating_sub(ago);
        Self { boot_id: BOOT_ID.unwrap(), wall: since_epoch().saturating_sub(ago), since_boot }
    }

    fn built(self) -> Built {
        let mut built = Fixture::with_fields([Field::counter("hits", &[1])]).build();
        let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap().to_le_bytes();
        built.put(88, &self.boot_id).put(112, &ns(self.wall)).put(120, &ns(self.since_boot)).seal_header();
        built
    }
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), watch: Watch::new(16), files: 0 }
    }

    /// Puts a file there, and reads what is new: its age, between that before and after, and its novelty.
    fn see(&mut self, says: Says) -> (Duration, Novelty) {
        self.files += 1;
        let mut built = says.built();
        built.put(24, &[self.files; 16]).seal_header();
        let path: PathBuf = self.directory.path().join(format!("{}.mmstats", self.files));
        fs::write(&path, &built.bytes).unwrap();
        let mut seen = None;
        self.watch.poll(scan([self.directory.path()]), |event| {
            if let Event::Reading(reading) = event
                && reading.path == path
            {
                seen = Some((Moment::now().since(reading.made.unwrap()), reading.novelty));
            }
        });
        seen.unwrap()
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

fn since_boot() -> Duration {
    Moment::now().since(Moment::BOOT)
}

/// What `act` comes to, and how long it took at most.
fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let start = Moment::now();
    let outcome = act();
    (outcome, Moment::now().since(start))
}

#[test]
fn a_file_of_this_boot_is_as_old_as_it_is_whatever_the_clock_was_set_to() {
    let ago = since_boot().min(Duration::from_secs(4));
    let now = since_epoch();
    for wall in [
        now.saturating_sub(ago),
        now.saturating_sub(DAY),
        now + 2 * HOUR,
        now + 300 * DAY,
        Duration::ZERO,
        Duration::from_nanos(u64::MAX),
    ] {
        let ((age, _), took) = timed(|| Place::new().see(Says { wall, ..Says::made(ago) }));
        assert!(age >= ago && age <= ago + took, "{wall:?}: {age:?} of {ago:?} and {took:?}");
    }
}

#[test]
fn a_file_that_is_not_of_this_boot_is_as_old_as_the_clock_says() {
    let made = Says::made(HOUR);
    for says in [
        // Another machine's, or of before a reboot; one that does not say; one that cannot be true.
        Says { boot_id: [7; 16], ..made },
        Says { boot_id: [0; 16], ..made },
        Says { since_boot: Duration::ZERO, ..made },
        Says { since_boot: since_boot() + HOUR, ..made },
        Says { since_boot: Duration::from_nanos(u64::MAX), ..made },
    ] {
        let ((age, _), took) =
            timed(|| Place::new().see(Says { wall: since_epoch().saturating_sub(HOUR), ..says }));
        assert!(age >= HOUR && age <= HOUR + took, "{age:?}, {took:?}");
    }
}

#[test]
fn an_age_is_never_negative() {
    for wall in [since_epoch() + HOUR, Duration::from_nanos(u64::MAX)] {
        let says = Says { boot_id: [0; 16], wall, since_boot: Duration::ZERO };
        let ((age, _), took) = timed(|| Place::new().see(says));
        assert!(age <= took, "{age:?}, {took:?}");
    }
}

#[test]
fn a_file_made_between_two_polls_is_new_whatever_the_clock_was_set_to() {
    for wall in [Duration::ZERO, since_epoch().saturating_sub(2 * HOUR), since_epoch() + DAY] {
        let mut place = Place::new();
        place.see(Says::made(Duration::ZERO));
        let (_, novelty) = place.see(Says { wall, ..Says::made(Duration::ZERO) });
        assert_eq!(novelty, Novelty::Made, "{wall:?}");
    }
}

#[test]
fn a_file_that_is_older_than_the_last_poll_is_not_new_whatever_the_clock_was_set_to() {
    let ago = since_boot().min(Duration::from_secs(10));
    for wall in [since_epoch(), since_epoch() + DAY] {
        let mut place = Place::new();
        place.see(Says::made(Duration::ZERO));
        let (_, novelty) = place.see(Says { wall, ..Says::made(ago) });
        assert_eq!(novelty, Novelty::Found, "{wall:?}");
        // One that only claims to be of the future.
        let (_, novelty) = place.see(Says { wall: since_epoch() + HOUR, boot_id: [0; 16], since_boot: ago });
        assert_eq!(novelty, Novelty::Found, "{wall:?}");
    }
}

#[test]
fn files_of_this_boot_are_newer_than_all_others() {
    let now = since_epoch();
    let ago = |ms| since_boot().saturating_sub(Duration::from_millis(ms));
    let this = Says::made(Duration::ZERO);
    // From the oldest to the newest.
    let in_order = [
        Says { boot_id: [7; 16], wall: now.saturating_sub(DAY), ..this },
        Says { boot_id: [0; 16], wall: now.saturating_sub(HOUR), ..this },
        // The clock was set back since.
        Says { boot_id: [8; 16], wall: now + HOUR, ..this },
        Says { boot_id: [8; 16], wall: now + DAY, ..this },
        Says { wall: now + DAY, since_boot: ago(30), ..this },
        Says { wall: now.saturating_sub(DAY), since_boot: ago(20), ..this },
        Says { wall: now + HOUR, since_boot: ago(10), ..this },
    ];
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.mmstats");
    let keys = in_order.map(|says| {
        fs::write(&path, says.built().bytes).unwrap();
        newness(&read_header(&fs::File::open(&path).unwrap()).unwrap())
    });
    assert!(keys.is_sorted());
}
