//! When files were made, by a clock that nobody sets (FORMAT.md, "Age").

use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

use mmstats_format::header::Header;
use nix::time::{ClockId, clock_gettime};

use crate::liveness::BOOT_ID;
use crate::processes;

/// A moment on the system's clock that starts at boot, goes on while the machine sleeps, and cannot be set.
///
/// It can be before the boot. Only moments of one process can be compared: a time namespace has a clock of
/// its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Nanoseconds since boot; those of 292 years fit.
    ns: i64,
}

/// The clock: `CLOCK_MONOTONIC` stops while the machine sleeps, where the system has a better one.
#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::CLOCK_BOOTTIME;
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::CLOCK_MONOTONIC;

/// The time namespace of the machine itself: the kernel gives it this name at each boot.
const INITIAL_NAMESPACE: &str = "time:[4026531834]";

impl Moment {
    /// When the machine booted.
    pub const BOOT: Self = Self { ns: 0 };

    /// This moment.
    pub fn now() -> Self {
        // It fails on no system that has the clock.
        clock_gettime(CLOCK).map_or(Self::BOOT, |time| Self::since_boot(time.into()))
    }

    /// The moment that is `time` after the boot.
    pub fn since_boot(time: Duration) -> Self {
        Self { ns: ns_of(time) }
    }

    /// The time since `earlier`; none if that is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(self.ns.saturating_sub(earlier.ns)).unwrap_or_default())
    }

    /// The moment that is `time` before this one.
    fn before(self, time: Duration) -> Self {
        Self { ns: self.ns.saturating_sub(ns_of(time)) }
    }
}

fn ns_of(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// When a file was made.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// The moment.
    pub moment: Moment,
    /// Whether the file says that it was made later than now: the clock was set, or is another machine's.
    /// Then the moment is when the file was first looked at.
    pub is_ahead: bool,
}

impl Made {
    /// When the file of `header` was made: by the time since boot, if that is known and of this boot, else by the
    /// wall clock.
    pub fn of(header: &Header) -> Self {
        since_boot(header).map_or_else(
            || Self::by_wall_clock(Duration::from_nanos(header.created_realtime_ns.get())),
            |moment| Self { moment, is_ahead: false },
        )
    }

    /// When the process `pid` made a file of format 1, which has the inode number `inode`: `created` since
    /// 1970-01-01 UTC as it says, but not before that process started.
    pub fn of_v1(pid: Option<u64>, created: Duration, inode: u64) -> Self {
        let made = Self::by_wall_clock(created);
        // The id may be another process's, which has not mapped the file.
        let pid = pid.and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 0);
        let maker = pid.filter(|pid| processes::has_mapped(*pid, inode) == Some(true));
        match maker.and_then(processes::start) {
            Some(start) if made.is_ahead => Self { moment: start, is_ahead: false },
            Some(start) => Self { moment: made.moment.max(start), ..made },
            None => made,
        }
    }

    fn by_wall_clock(created: Duration) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let age = now.checked_sub(created);
        Self { moment: Moment::now().before(age.unwrap_or_default()), is_ahead: age.is_none() }
    }
}

/// When the file of `header` was made, as exactly as the clock can tell; nothing if it is not of this boot or does not
/// say, or if this process has another clock.
fn since_boot(header: &Header) -> Option<Moment> {
    let made = Moment::since_boot(Duration::from_nanos(header.created_boottime_ns.get()));
    let is_known = header.created_boottime_ns.get() > 0 && is_of_this_boot(header);
    (is_known && made <= Moment::now() && is_in_initial_namespace()).then_some(made)
}

/// Whether the file of `header` was made after this machine booted, as far as the header says.
fn is_of_this_boot(header: &Header) -> bool {
    header.boot_id != [0; 16] && Some(header.boot_id) == *BOOT_ID
}

/// Sorts files by when they were made: that of the larger key is newer. All files of this boot are newer than all
/// others, and the wall clock decides only where the time since boot is not known.
pub fn newness(header: &Header) -> impl Ord + use<> {
    (is_of_this_boot(header), since_boot(header), header.created_realtime_ns.get())
}

/// Whether this process's clock of the time since boot is the machine's own: outside of the initial time
/// namespace it is not.
pub fn is_in_initial_namespace() -> bool {
    match fs::read_link("/proc/self/ns/time") {
        Ok(namespace) => namespace.to_str() == Some(INITIAL_NAMESPACE),
        // A kernel without time namespaces.
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
