//! The clock of the time since boot, which cannot be set.

use std::fs;
use std::io;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// A moment on the system's clock that starts at boot, goes on while the machine sleeps, and cannot be set.
///
/// A moment can be before the boot. Only moments of one process can be compared: a time namespace has a clock of
/// its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Nanoseconds since boot; there is room for 292 years.
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
    pub(crate) fn before(self, time: Duration) -> Self {
        Self { ns: self.ns.saturating_sub(ns_of(time)) }
    }
}

fn ns_of(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// Whether this process's clock of the time since boot is the machine's own. In a time namespace other than the
/// initial one it is not.
pub fn is_in_initial_namespace() -> bool {
    match fs::read_link("/proc/self/ns/time") {
        Ok(namespace) => namespace.to_str() == Some(INITIAL_NAMESPACE),
        // A kernel without time namespaces.
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
