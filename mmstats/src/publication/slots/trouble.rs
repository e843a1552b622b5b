//! Why threads got no slot, until the log has it.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use nix::errno::Errno;

use super::LeaseError;

/// Why a thread got no slot, for the log. A signal handler cannot log, so it is noted here until somebody
/// can.
#[derive(Debug, Default)]
pub(crate) struct Trouble(AtomicU32);

impl Trouble {
    const NONE: u32 = 0;
    const FULL: u32 = u32::MAX;
    const LOGGED: u32 = u32::MAX - 1;

    /// Notes `error`, if it is the first one. Returns whether it was.
    pub(crate) fn note(&self, error: LeaseError) -> bool {
        let code = match error {
            LeaseError::Full => Self::FULL,
            LeaseError::NoSpace(errno) => (errno as i32).cast_unsigned(),
            LeaseError::Frozen => return false,
        };
        self.0.compare_exchange(Self::NONE, code, Relaxed, Relaxed).is_ok()
    }

    /// What the log does not have yet; it has it after this.
    pub(crate) fn take(&self) -> Option<LeaseError> {
        let code = self.0.load(Relaxed);
        if code == Self::NONE || code == Self::LOGGED {
            return None;
        }
        self.0.compare_exchange(code, Self::LOGGED, Relaxed, Relaxed).ok()?;
        Some(match code {
            Self::FULL => LeaseError::Full,
            errno => LeaseError::NoSpace(Errno::from_raw(errno.cast_signed())),
        })
    }
}
