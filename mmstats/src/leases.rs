//! What a thread leases, and how it gives that back when it ends.
//!
//! A lease may start in a signal handler. So all of this runs without the allocator, without locks, and
//! without the destructors of thread-locals, whose registration allocates: what a thread has to know is
//! in plain thread-local words, and one key of `pthread_key_create` for the whole process runs
//! [`end_of_thread`] when a thread ends, after the destructors of its thread-locals.
//!
//! A handler that interrupts a lease of its own thread may lease as well. Each step below is one atomic
//! operation, so that whoever comes second finds what the first one has done.
#![expect(unsafe_code, reason = "registers a destructor of threads, and refers to their thread-local words")]

use std::ffi::c_void;
use std::panic::catch_unwind;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

use mmstats_format::tagged;
use nix::errno::Errno;

use crate::platform::system;
use crate::private_values;
use crate::publication::{LeaseError, Slots};
use crate::published::{Backing, log_troubles};

/// A thread's lease of the slots of one static, in a thread-local of that static.
#[derive(Debug)]
pub(crate) struct KeptLease {
    /// The values; null if there is no lease. It is the one word that an update loads.
    values: AtomicPtr<u8>,
    /// Where they come from. Set before `values`, and always to the same.
    backing: AtomicPtr<Backing>,
    /// The next one in the list of its thread.
    next: AtomicPtr<Self>,
    /// Whether it is in the list of its thread, or about to be.
    is_listed: AtomicBool,
}

/// What is known of a thread.
struct Thread {
    /// Its id; 0 until it is needed.
    tid: AtomicU32,
    /// The list of its leases.
    leases: AtomicPtr<KeptLease>,
    /// How many of its leases are in progress: more than one if a signal handler leases, too.
    in_progress: AtomicU32,
}

std::thread_local! {
    static THREAD: Thread = const {
        Thread { tid: AtomicU32::new(0), leases: AtomicPtr::new(null_mut()), in_progress: AtomicU32::new(0) }
    };
}

/// How many leases are in progress in this process, as data of a tagged word whose version says how many
/// forks led to this process.
///
/// A signal handler may fork at any instruction of a lease, also between those that count the lease for the
/// thread and for the process. In the child, a lease from before the fork is not counted, and not taken off.
static IN_PROGRESS: AtomicU64 = AtomicU64::new(0);

/// The key whose destructor is [`end_of_thread`], plus one; 0 if there is none.
static KEY: AtomicUsize = AtomicUsize::new(0);

impl KeptLease {
    pub(crate) const fn new() -> Self {
        Self {
            values: AtomicPtr::new(null_mut()),
            backing: AtomicPtr::new(null_mut()),
            next: AtomicPtr::new(null_mut()),
            is_listed: AtomicBool::new(false),
        }
    }

    /// The values, if the thread has leased some.
    #[inline]
    pub(crate) fn values(&self) -> Option<NonNull<u8>> {
        NonNull::new(self.values.load(Relaxed))
    }

    /// Keeps `lease` until the thread ends. If a signal handler has kept another one meanwhile, that one is
    /// the thread's, and `lease` is given back.
    fn keep(&self, lease: Lease, backing: &'static Backing) -> Lease {
        self.backing.store(std::ptr::from_ref(backing).cast_mut(), Relaxed);
        let kept = lease.clone();
        if let Err(other) = self.values.compare_exchange(null_mut(), kept.values.as_ptr(), AcqRel, Acquire) {
            let Some(values) = NonNull::new(other) else { return lease };
            // SAFETY: the handler's lease is of this backing, and the thread holds it.
            return unsafe { Lease::of_held(values, backing) };
        }
        // The thread holds it from now on: `end` takes it back.
        std::mem::forget(kept);
        if !self.is_listed.swap(true, AcqRel) {
            self.enlist();
        }
        call_at_end_of_thread();
        lease
    }

    /// Puts it first in the list of this thread.
    fn enlist(&self) {
        let this = std::ptr::from_ref(self).cast_mut();
        THREAD.with(|thread| {
            let mut first = thread.leases.load(Acquire);
            loop {
                self.next.store(first, Release);
                match thread.leases.compare_exchange(first, this, AcqRel, Acquire) {
                    Ok(_) => return,
                    Err(other) => first = other,
                }
            }
        });
    }

    /// Gives the lease back, after it was taken out of the list.
    fn end(&self) {
        self.is_listed.store(false, Release);
        let values = NonNull::new(self.values.swap(null_mut(), AcqRel));
        let backing = NonNull::new(self.backing.load(Relaxed));
        if let (Some(values), Some(backing)) = (values, backing) {
            // SAFETY: it was made of a `&'static Backing`.
            let backing = unsafe { backing.as_ref() };
            // SAFETY: `keep` has left this holder to the thread, and nobody else takes it.
            drop(unsafe { Lease::of_holder(values, Some(backing)) });
        }
    }
}

/// A holder of values: of a slot, or of private memory if there is no slot. It stays on its thread.
pub(crate) struct Lease {
    values: NonNull<u8>,
    /// What they were leased from; `None` for private values of a static that is not published.
    backing: Option<&'static Backing>,
}

impl Lease {
    /// Leases values of `backing` for this thread and keeps them until it ends, or finds what it has
    /// already. `None` if there is no slot, and no memory instead.
    pub(crate) fn new(backing: &'static Backing, kept: &KeptLease) -> Option<Self> {
        // The program that a signal handler interrupts may be about to look at it.
        let _errno = KeepErrno::start();
        if let Some(values) = kept.values() {
            // SAFETY: the thread holds it, and leases it from this backing only.
            return Some(unsafe { Self::of_held(values, backing) });
        }
        let slots = match backing {
            Backing::File { slots, .. } => slots,
            Backing::Failed { .. } => return Some(kept.keep(Self::private(backing)?, backing)),
        };
        if slots.is_frozen() {
            // Not in progress: who publishes anew would wait for ever if threads kept coming here.
            return Self::for_one_use(backing, slots);
        }
        let _in_progress = InProgress::start();
        match slots.lease(this_tid(), KEY.load(Relaxed) == 0) {
            Ok(index) => {
                Some(kept.keep(Self { values: slots.values(index), backing: Some(backing) }, backing))
            }
            Err(LeaseError::Frozen) => Self::for_one_use(backing, slots),
            Err(error) => {
                slots.count_unpublished_writers(1);
                let lease = Self::private(backing)?;
                if slots.trouble().note(error) {
                    HAS_TROUBLE.store(true, Release);
                }
                Some(kept.keep(lease, backing))
            }
        }
    }

    /// Zeroed values of `len` bytes that belong to no static.
    pub(crate) fn zeroed(len: usize) -> Option<Self> {
        let _errno = KeepErrno::start();
        Some(Self { values: private_values::map(len)?, backing: None })
    }

    /// Values while the file is published anew, which the thread does not keep: its next use may find a slot.
    fn for_one_use(backing: &'static Backing, slots: &Slots) -> Option<Self> {
        slots.count_unpublished_writers(1);
        Self::private(backing)
    }

    /// Private values with the constants of `backing`.
    fn private(backing: &'static Backing) -> Option<Self> {
        let (layout, constants) = backing.layout();
        let values = private_values::map(layout.len)?;
        // SAFETY: the values are zeroed memory for a struct of this layout, which nobody else has; the
        // constants were made of the same layout.
        unsafe { layout.begin_lease(values, constants) };
        Some(Self { values, backing: Some(backing) })
    }

    /// A further holder of `values`.
    ///
    /// # Safety
    /// They were leased from `backing`, and this thread holds them.
    unsafe fn of_held(values: NonNull<u8>, backing: &'static Backing) -> Self {
        // Not dropped: it is somebody else's.
        let held = std::mem::ManuallyDrop::new(Self { values, backing: Some(backing) });
        Self::clone(&held)
    }

    /// The holder of `values` that somebody has left.
    ///
    /// # Safety
    /// They were leased from `backing`, and that holder is this one now.
    unsafe fn of_holder(values: NonNull<u8>, backing: Option<&'static Backing>) -> Self {
        Self { values, backing }
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        self.values
    }

    /// The slot that it holds.
    fn slot(&self) -> Option<(&'static Slots, u32)> {
        let Some(Backing::File { slots, .. }) = self.backing else { return None };
        Some((slots, slots.index_of(self.values)?))
    }
}

impl Clone for Lease {
    fn clone(&self) -> Self {
        match self.slot() {
            Some((slots, index)) => slots.hold(index),
            // SAFETY: values in no slot are private ones, and self holds them.
            None => unsafe { private_values::hold(self.values) },
        }
        Self { ..*self }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _errno = KeepErrno::start();
        match self.slot() {
            Some((slots, index)) => {
                // See `Slots::give_back_again`.
                let _in_progress = InProgress::start();
                slots.release(index);
            }
            // SAFETY: values in no slot are private ones, and self holds them until here.
            None => unsafe { private_values::release(self.values) },
        }
    }
}

/// A lease, or the end of one, in progress.
struct InProgress {
    /// The forks that led to the process that counts it.
    forks: u32,
}

impl InProgress {
    fn start() -> Self {
        THREAD.with(|thread| thread.in_progress.fetch_add(1, Relaxed));
        // Sequentially consistent: see `Slots::lease`.
        Self { forks: tagged::version(IN_PROGRESS.fetch_add(1, SeqCst)) }
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        let take_off = |word| (tagged::version(word) == self.forks).then(|| word - 1);
        let _ = IN_PROGRESS.fetch_update(SeqCst, SeqCst, take_off);
        THREAD.with(|thread| thread.in_progress.fetch_sub(1, Relaxed));
    }
}

/// Puts `errno` back.
struct KeepErrno(i32);

impl KeepErrno {
    fn start() -> Self {
        Self(Errno::last_raw())
    }
}

impl Drop for KeepErrno {
    fn drop(&mut self) {
        Errno::set_raw(self.0);
    }
}

/// Whether this is a signal handler that interrupted a lease of its thread.
pub(crate) fn is_leasing() -> bool {
    THREAD.with(|thread| thread.in_progress.load(Relaxed) > 0)
}

/// Waits until no other thread leases, for at most about a second. Returns whether that is so.
///
/// A lease waits for nobody, so this takes some microseconds. It takes longer only if a signal handler
/// interrupts a lease and does not return, perhaps because it waits for this thread.
pub(crate) fn wait_for_others() -> bool {
    const TRIES: u32 = 1000;
    let own = THREAD.with(|thread| thread.in_progress.load(Relaxed));
    for attempt in 0..TRIES {
        if tagged::data(IN_PROGRESS.load(SeqCst)) <= own {
            return true;
        }
        // Most leases end before the first time slice does.
        if attempt < TRIES / 10 {
            std::thread::yield_now();
        } else {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
    false
}

/// How many forks led to this process. A lease that finds another number than before is in the child of a fork by
/// a signal handler that interrupted it.
pub(crate) fn forks() -> u32 {
    tagged::version(IN_PROGRESS.load(Relaxed))
}

/// The id of this thread.
pub(crate) fn this_tid() -> u32 {
    THREAD.with(|thread| {
        let known = thread.tid.load(Relaxed);
        if known != 0 {
            return known;
        }
        let tid = system::thread_id();
        thread.tid.store(tid, Relaxed);
        tid
    })
}

/// In the child of a fork: this thread has a new id, and the others and their leases are gone. Returns the
/// old id and the new one.
pub(crate) fn renew_thread() -> (u32, u32) {
    THREAD.with(|thread| {
        let forks = tagged::version(IN_PROGRESS.load(Relaxed)).wrapping_add(1);
        IN_PROGRESS.store(tagged::word(forks, 0), SeqCst);
        let (old_tid, tid) = (thread.tid.load(Relaxed), system::thread_id());
        thread.tid.store(tid, Relaxed);
        (old_tid, tid)
    })
}

/// Makes the key whose destructor gives back what a thread has leased. Called once, before the first file
/// is published.
pub(crate) fn watch_threads() {
    let mut key = 0;
    // SAFETY: the destructor is a function of this program that takes what is given and does not unwind.
    let made = unsafe { libc::pthread_key_create(&raw mut key, Some(end_of_thread)) };
    if made != 0 {
        return;
    }
    let number = usize::try_from(key).unwrap_or(usize::MAX);
    if system::is_key_safe(number) {
        KEY.store(number + 1, Release);
    } else {
        // Setting it would allocate. Slots of threads that ended are then found by the next lease.
        // SAFETY: the key was made above, and nobody has used it.
        unsafe { libc::pthread_key_delete(key) };
    }
}

/// Calls [`end_of_thread`] no more: this library may be unloaded.
pub(crate) fn forget_threads() {
    let Some(key) = key(KEY.swap(0, SeqCst)) else { return };
    // A lease that has found the key may be about to set it. If it takes too long the key stays: the next
    // library that makes one must not get this number.
    if wait_for_others() {
        // SAFETY: the key was made by `watch_threads`, and nobody sets it any more.
        unsafe { libc::pthread_key_delete(key) };
    }
}

/// The key that [`KEY`] says is there.
fn key(number: usize) -> Option<libc::pthread_key_t> {
    number.checked_sub(1).and_then(|key| key.try_into().ok())
}

/// Has the system call [`end_of_thread`] when this thread ends.
fn call_at_end_of_thread() {
    // Sequentially consistent: either this finds no key, or `forget_threads` finds this lease.
    let Some(key) = key(KEY.load(SeqCst)) else { return };
    let not_null: *const c_void = std::ptr::from_ref(&KEY).cast();
    // SAFETY: the key exists, see `forget_threads`. Its value is never dereferenced.
    unsafe { libc::pthread_setspecific(key, not_null) };
}

/// Gives back what this thread has leased. The system calls it again if something is leased after it.
extern "C" fn end_of_thread(_: *mut c_void) {
    THREAD.with(|thread| {
        while let Some(first) = NonNull::new(thread.leases.load(Acquire)) {
            // SAFETY: it is a thread-local without a destructor of this thread, which still runs.
            let lease = unsafe { first.as_ref() };
            let next = lease.next.load(Acquire);
            if thread.leases.compare_exchange(first.as_ptr(), next, AcqRel, Acquire).is_ok() {
                lease.end();
            }
        }
    });
    // No signal handler ends a thread in this way, so this is the first chance to log.
    log_trouble();
}

/// Whether there is something that a signal handler could not log.
static HAS_TROUBLE: AtomicBool = AtomicBool::new(false);

/// Logs that threads got no slot, if the log does not have it yet. Not for signal handlers.
pub(crate) fn log_trouble() {
    if HAS_TROUBLE.load(Relaxed) && HAS_TROUBLE.swap(false, Acquire) {
        // A logger may rely on a thread-local that is gone. Its panic must not end the process.
        let _ = catch_unwind(log_troubles);
    }
}
