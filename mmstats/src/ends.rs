//! What happens when the process forks or ends (FORMAT.md, "Publication").
//!
//! A child of fork must not write to its parent's file, nor hold its lock. The memory is kept from
//! children (`MADV_DONTFORK`), so that those of a raw `clone` do not get it. Around a `fork` that runs
//! handlers it is handed on after all, and the child lays memory of its own over it before it goes on:
//! a hole would be where its next allocation lands.
#![expect(unsafe_code, reason = "registers handlers, and keeps what they hold between them")]

use std::cell::{Cell, UnsafeCell};
use std::panic::catch_unwind;

use nix::sys::signal::{SigSet, SigmaskHow};

use crate::leases::{forget_threads, renew_thread, watch_threads};
use crate::publication::{Publication, Warnings};
use crate::published::tell;
use crate::registry::{self, Locked};

/// Has the system call the handlers below. Called once, under the lock.
pub(crate) fn watch() {
    // SAFETY: the handlers are functions of this program, take nothing, and do not unwind.
    unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork_in_parent), Some(after_fork_in_child)) };
    // SAFETY: as above.
    unsafe { libc::atexit(at_exit) };
    watch_threads();
}

/// What a thread holds from before its fork to after it.
struct Held {
    locked: Locked,
    /// The signals that were blocked before.
    signals: SigSet,
}

/// What the thread that forks holds.
struct HeldCell(UnsafeCell<Option<Held>>);

// SAFETY: only the thread that holds the lock of the registry accesses it.
unsafe impl Sync for HeldCell {}

static HELD: HeldCell = HeldCell(UnsafeCell::new(None));

std::thread_local! {
    /// Whether what is held is this thread's.
    static IS_FORKING: Cell<bool> = const { Cell::new(false) };
}

impl HeldCell {
    fn put(&self, held: Held) {
        IS_FORKING.set(true);
        // SAFETY: this thread holds the lock, which is part of `held`, so nobody else is here.
        unsafe { *self.0.get() = Some(held) };
    }

    /// What this thread has put.
    fn take(&self) -> Option<Held> {
        if !IS_FORKING.replace(false) {
            return None;
        }
        // SAFETY: this thread has put it, and holds the lock until it drops it.
        unsafe { (*self.0.get()).take() }
    }
}

/// Waits until no other thread publishes. Then no publication is half done in the child, and no descriptor
/// is open that holds a lock.
///
/// It does not wait for leases. A lease may be a signal handler's that interrupted the allocator, whose
/// lock the fork takes next: each would wait for the other. A slot that is half leased is free again in the
/// child.
extern "C" fn before_fork() {
    // Without signals: a handler in the child could update a field before its memory is its own.
    let Ok(signals) = SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK) else { return };
    let Some(locked) = registry::lock() else {
        // A signal handler that forks in the middle of a publication: its child has to exec.
        let _ = signals.thread_set_mask();
        return;
    };
    locked.iter().for_each(Publication::prepare_fork);
    HELD.put(Held { locked, signals });
}

extern "C" fn after_fork_in_parent() {
    let Some(Held { locked, signals }) = HELD.take() else { return };
    locked.iter().for_each(Publication::end_fork);
    drop(locked);
    let _ = signals.thread_set_mask();
}

/// Other threads are gone, perhaps in the middle of an allocation: it makes and frees no memory.
extern "C" fn after_fork_in_child() {
    let Some(Held { mut locked, signals }) = HELD.take() else { return };
    let (old_tid, tid) = renew_thread();
    locked.iter_mut().for_each(|publication| publication.detach(old_tid, tid));
    drop(locked);
    let _ = signals.thread_set_mask();
}

/// Removes the files of statics, and of what else was not dropped. What they hold can still be
/// updated: other threads may run on for a moment. Also called when the library that this is part of is
/// unloaded.
extern "C" fn at_exit() {
    forget_threads();
    // In a signal handler that interrupted a publication and exits the files stay, as those of a crash.
    let Some(mut locked) = registry::lock() else { return };
    locked.is_ending = true;
    let warnings: Warnings = locked.iter().filter_map(Publication::remove_file).collect();
    drop(locked);
    if !warnings.is_empty() {
        // A logger may rely on a thread-local that is gone. Its panic must not change how the process ends.
        let _ = catch_unwind(|| tell(&warnings));
    }
}
