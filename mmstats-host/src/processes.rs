//! The processes of this machine, as far as `/proc` shows them to this one.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::Mode;
use nix::unistd::{SysconfVar, sysconf};

use crate::file_descriptor::{above_standard, open_at};
use crate::moment::Moment;

/// The namespace of process ids in which all processes of the machine are seen: the kernel gives it
/// this name at each boot.
const INITIAL_NAMESPACE: &str = "pid:[4026531836]";

/// How long a look at the system is good for: a tool may ask for thousands of files.
const LOOK_AGE: Duration = Duration::from_secs(1);

/// By how much two clocks may differ after a look without one having been set: less than the time that
/// whoever asks for the makers of a file adds to its age.
const CLOCK_TOLERANCE: Duration = Duration::from_millis(500);

/// When `process`, a process's id or `self`, started, in clock ticks since boot, where `/proc` tells.
pub fn start_ticks(process: impl Display) -> Option<u64> {
    // In one read: this is most of what the system tells of a process.
    let mut stat = [0; 1024];
    let path = format!("/proc/{process}/stat");
    let mut file = open_at(AT_FDCWD, path.as_str(), OFlag::O_RDONLY, Mode::empty()).ok()?;
    let len = file.read(&mut stat).ok()?;
    let stat = String::from_utf8_lossy(stat.get(..len)?);
    // The second field is the command in parentheses, which can hold anything; the start is the 22nd.
    let (_, after_command) = stat.rsplit_once(')')?;
    after_command.split_ascii_whitespace().nth(22 - 3)?.parse().ok()
}

/// When the process `pid` started, where `/proc` tells.
pub(crate) fn start(pid: i32) -> Option<Moment> {
    // A hundred or so.
    let ticks_per_second = u64::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
    let ns =
        u128::from(start_ticks(pid)?).saturating_mul(1_000_000_000).checked_div(ticks_per_second.into())?;
    Some(Moment::since_boot(Duration::from_nanos(u64::try_from(ns).ok()?)))
}

/// When the process `pid` started, in seconds since 1970-01-01 UTC, where `/proc` tells. It changes when the
/// clock is set.
pub(crate) fn start_time(pid: i32) -> Option<f64> {
    let since_boot = start(pid)?.since(Moment::BOOT);
    Some(boot_time()? + since_boot.as_secs_f64())
}

/// When the machine booted, in whole seconds since 1970-01-01 UTC. It changes when the clock is set.
fn boot_time() -> Option<f64> {
    static LAST: Mutex<Option<(Instant, f64)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((taken, boot)) = *last
        && taken.elapsed() < LOOK_AGE
    {
        return Some(boot);
    }
    let system = above_standard(|| fs::read_to_string("/proc/stat")).ok()?;
    let boot = system.lines().find_map(|line| line.strip_prefix("btime "))?.parse().ok()?;
    *last = Some((Instant::now(), boot));
    Some(boot)
}

/// Whether the process `pid` has mapped a file whose inode has the number `inode`, on whatever
/// device: filesystems in layers name one there and another in `stat`. `None` if it may not be
/// asked.
pub(crate) fn has_mapped(pid: i32, inode: u64) -> Option<bool> {
    let maps = above_standard(|| fs::read(format!("/proc/{pid}/maps"))).ok()?;
    let maps = String::from_utf8_lossy(&maps);
    // Addresses, rights, offset, device, inode, and a path, which can hold anything but a newline.
    let mut inodes = maps.lines().filter_map(|line| line.split_ascii_whitespace().nth(4)?.parse().ok());
    Some(inodes.any(|mapped: u64| mapped == inode))
}

/// The ids, in this namespace, of all processes that have the id `pid` here or in a namespace of their own. Only
/// these can have created a file with this `pid` before `since_epoch`. `None` if this process cannot see all
/// processes of the machine.
pub(crate) fn known_as(pid: i32, since_epoch: Duration) -> Option<Vec<i32>> {
    static LAST: Mutex<Option<Look>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.as_ref().is_none_or(|look| !look.is_good_for(since_epoch)) {
        *last = Look::take();
    }
    let look = last.as_ref()?;
    Some(look.ids.get(&pid).cloned().unwrap_or_default())
}

/// All processes at a moment.
struct Look {
    taken: Instant,
    /// The same since 1970-01-01 UTC.
    since_epoch: Duration,
    /// The ids that processes have here, by those that they have here or elsewhere.
    ids: BTreeMap<i32, Vec<i32>>,
}

impl Look {
    /// Looks at all processes, if all are seen from here.
    fn take() -> Option<Self> {
        if fs::read_link("/proc/self/ns/pid").ok()?.to_str() != Some(INITIAL_NAMESPACE) {
            return None;
        }
        let (taken, now) = (Instant::now(), SystemTime::now());
        let mut look = Self {
            taken,
            since_epoch: now.duration_since(SystemTime::UNIX_EPOCH).ok()?,
            ids: BTreeMap::new(),
        };
        for entry in above_standard(|| fs::read_dir("/proc")).ok()?.flatten() {
            if let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                look.note(pid);
            }
        }
        // Where the processes of others are hidden the first one, which is root's, is too.
        let sees_first = look.ids.get(&1).is_some_and(|ids| ids.contains(&1));
        sees_first.then_some(look)
    }

    /// Whether the process that made a file before `since_epoch` would have been seen.
    fn is_good_for(&self, since_epoch: Duration) -> bool {
        let age = self.taken.elapsed();
        // A clock that was set back since makes a file that is newer than the look seem older.
        let is_clock_same = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .is_ok_and(|now| now.abs_diff(self.since_epoch.saturating_add(age)) < CLOCK_TOLERANCE);
        age < LOOK_AGE && since_epoch < self.since_epoch && is_clock_same
    }

    /// Takes in the process `pid`, unless it is hidden, or gone by now.
    fn note(&mut self, pid: i32) -> Option<()> {
        let status = above_standard(|| fs::read(format!("/proc/{pid}/status"))).ok()?;
        let status = String::from_utf8_lossy(&status);
        let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
        for id in ids.split_ascii_whitespace().filter_map(|id| id.parse().ok()) {
            self.ids.entry(id).or_default().push(pid);
        }
        Some(())
    }
}
