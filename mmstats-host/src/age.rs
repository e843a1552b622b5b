//! When files were created, by a clock that cannot be set (FORMAT.md, "Age").

use std::time::{Duration, SystemTime};

use mmstats_format::header::Header;

use crate::liveness::BOOT_ID;
use crate::moment::{Moment, is_in_initial_namespace};
use crate::processes;

/// When a file was created.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// The moment.
    pub moment: Moment,
    /// Whether the file claims to be created later than now: the clock was set, or is another machine's. Then
    /// `moment` is when this process first read the file.
    pub is_ahead: bool,
}

impl Made {
    /// When the file with this `header` was created: by the time since boot, if the header has it and it is of this
    /// boot, else by the wall clock.
    pub fn of(header: &Header) -> Self {
        since_boot(header).map_or_else(
            || Self::by_wall_clock(Duration::from_nanos(header.created_realtime_ns.get())),
            |moment| Self { moment, is_ahead: false },
        )
    }

    /// When the process `pid` created a file of format 1 with the inode number `inode`. The file says that this was
    /// `created` after 1970-01-01 UTC; the result is never before the start of the process.
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
