//! Publishes a struct again that was published before: for a child of a fork, and where the file was
//! removed under the program.

use nix::sys::signal::{SigSet, SigmaskHow};

use crate::error::CreateError;
use crate::leases::{is_leasing, log_trouble};
use crate::publication::{Renewal, Target, Warnings};
use crate::published::tell;
use crate::registry::{self, Id};

/// Publishes files of its own for a child of `fork`: one for each struct that was published when it
/// was forked, by a [`Stats`](crate::Stats) or by [`thread_local!`](crate::thread_local).
///
/// Without it what a child counts is seen by nobody: it never writes to its parent's files. The new
/// files have the same options, and their fields start at zero, or with what the child has counted
/// since it was forked; constants are as they were. Call it right after the fork, before the child
/// starts threads: what those count while this runs may be lost.
///
/// In a process that was not forked, or has published already, it does nothing.
///
/// # Errors
/// The first one, if a file cannot be published. The others are published all the same, and it may be
/// called again.
pub fn publish_after_fork() -> Result<(), CreateError> {
    let ids = registry::lock().ok_or(CreateError::Reentrant)?.ids();
    let mut result = Ok(());
    for id in ids {
        result = result.and(renew(id, Renewal::Child));
    }
    result
}

/// Publishes `id` again, if it is in need of this renewal.
pub(crate) fn renew(id: Id, renewal: Renewal) -> Result<(), CreateError> {
    log_trouble();
    if is_leasing() {
        return Err(CreateError::Reentrant);
    }
    let locked = registry::lock().ok_or(CreateError::Reentrant)?;
    if locked.is_ending && renewal == Renewal::Removed {
        // The end of the process has removed the file.
        return Ok(());
    }
    let wanted = locked
        .get(id)
        .filter(|publication| publication.needs(renewal))
        .map(|publication| (publication.settings().clone(), publication.slots().layout().spec.name));
    drop(locked);
    let Some((settings, name)) = wanted else { return Ok(()) };
    let target = Target::choose(&settings, name)?;
    let warnings = renew_under_lock(id, renewal, &target)?;
    tell(&warnings);
    Ok(())
}

fn renew_under_lock(id: Id, renewal: Renewal, target: &Target) -> Result<Warnings, CreateError> {
    // A signal handler that counts meanwhile would find no slot.
    let _blocked = BlockedSignals::start();
    let mut locked = registry::lock().ok_or(CreateError::Reentrant)?;
    if locked.is_ending {
        return Err(CreateError::Ending);
    }
    match locked.get_mut(id) {
        Some(publication) if publication.needs(renewal) => publication.renew(renewal, target),
        _ => Ok(Warnings::new()),
    }
}

/// No signal handler runs on this thread until it is dropped.
struct BlockedSignals(Option<SigSet>);

impl BlockedSignals {
    fn start() -> Self {
        Self(SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK).ok())
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        if let Some(signals) = &self.0 {
            let _ = signals.thread_set_mask();
        }
    }
}
