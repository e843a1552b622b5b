//! [`ThreadLocal`]: a struct of which each thread has its own, in one file.
#![expect(unsafe_code, reason = "refers to values in memory that the file shares")]

use std::alloc::{Layout, handle_alloc_error};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::path::PathBuf;
use std::thread::LocalKey;

use crate::error::CreateError;
use crate::options::Options;
use crate::platform::{KeptLease, Lease, SharedFile};
use crate::schema::{MmStats, assert_combinable};
use crate::struct_layout::StructLayout;

/// Declares a struct of which each thread has its own: one file for the process, with a slot for each
/// thread.
///
/// A thread leases its slot when it first uses it and gives it back when it ends; the next thread
/// counts on from there, so that the process's totals never fall. Readers add the slots up, or combine
/// them as the fields say: a gauge has to say it, by `#[mmstats(aggregate = "…")]`.
///
/// The first use in the process publishes the file, in the default place. If that fails, or if more
/// threads want a slot at a time than there is [room for](Options::capacity), one warning is logged, and the
/// values of those threads are not published; `mmstats.unpublished_writers` in the file counts these
/// threads. [`ThreadLocal::init`] reports such errors at the start of the program.
///
/// ```
/// use mmstats::{Counter, MmStats};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct WebStats {
///     requests: Counter,
/// }
///
/// mmstats::thread_local! {
///     /// What the web server's threads have done.
///     static WEB: WebStats;
/// }
///
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| WEB.with(|web| web.requests.incr()));
///     }
/// });
/// ```
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $stats:ty $(; $($rest:tt)*)?) => {
        $(#[$attribute])*
        $visibility const $name: $crate::ThreadLocal<$stats> = {
            // One per thread, and one per process.
            ::std::thread_local! {
                static VALUES: $crate::__private::ThreadValues = const { $crate::__private::ThreadValues::new() };
            }
            static SHARED: $crate::__private::Shared = $crate::__private::Shared::new();
            $crate::ThreadLocal::new(&VALUES, || &SHARED)
        };
        $($crate::thread_local! { $($rest)* })?
    };
}

/// A struct of which each thread has its own; declared by [`thread_local!`](crate::thread_local).
pub struct ThreadLocal<T: MmStats> {
    values: &'static LocalKey<ThreadValues>,
    shared: fn() -> &'static Shared,
    of: PhantomData<fn() -> T>,
}

/// Where this thread's values are, once it has leased some. Without a destructor, so that it can be
/// used at any time.
#[doc(hidden)]
#[derive(Debug)]
pub struct ThreadValues(KeptLease);

impl ThreadValues {
    #[expect(clippy::new_without_default, reason = "for the macro only, in a constant")]
    pub const fn new() -> Self {
        Self(KeptLease::new())
    }
}

/// What the threads of the process share.
#[doc(hidden)]
#[derive(Debug)]
pub struct Shared(SharedFile);

impl Shared {
    #[expect(clippy::new_without_default, reason = "for the macro only, in a constant")]
    pub const fn new() -> Self {
        Self(SharedFile::new())
    }
}

impl<T: MmStats> ThreadLocal<T> {
    /// For the macro only.
    #[doc(hidden)]
    #[track_caller]
    pub const fn new(values: &'static LocalKey<ThreadValues>, shared: fn() -> &'static Shared) -> Self {
        assert_combinable(T::SPEC);
        Self { values, shared, of: PhantomData }
    }

    /// Calls `update` with this thread's struct.
    ///
    /// The first call of a thread leases it a slot, and the first of the process publishes the file;
    /// after that it costs what the update costs, and one load.
    ///
    /// # Signal handlers
    ///
    /// **Once the file is published, this may be called anywhere**: in a signal handler,
    /// whatever it interrupts (the allocator, the start or the end of a thread, another lease), in the
    /// destructor of a thread-local, in an allocator, in the handlers of `pthread_atfork`, in functions of
    /// `atexit`, and while the process forks or ends. It allocates nothing, takes no lock,
    /// logs nothing and leaves `errno` as it was. The closure itself must also be async-signal-safe.
    ///
    /// **Publishing the file needs memory and locks.** So a program whose handlers count calls
    /// [`init`](Self::init) before it installs them, or uses
    /// [`with_in_handler`](Self::with_in_handler) in them.
    ///
    /// - A field that only handlers update, of one signal or of signals that block each other, is exact.
    /// - If a handler and the interrupted code update the same field, an update can be lost. Exception: on
    ///   x86-64, counters, updowns and integer sums are updated by one instruction and are safe. A text or a
    ///   record that both set can become a mixture. Update separate fields in handlers, or use
    ///   [`sync`](crate::sync).
    /// - A `pthread_atfork` handler for the child that was registered before the file was published runs while
    ///   the child still has its parent's memory: its updates may go to the parent's file.
    /// - In a library that is loaded by `dlopen`, the C library may allocate memory when a thread first uses its
    ///   thread-local variables. There each thread has to call `with` once outside of a handler.
    /// - On systems other than Linux, system functions may allocate memory when a thread leases its slot.
    #[inline]
    pub fn with<R>(&self, update: impl FnOnce(&T) -> R) -> R {
        match self.values.with(|values| values.0.values()) {
            // SAFETY: the lease is this thread's, which resets this when it ends it; its values are a T:
            // see `ThreadStats::deref`.
            Some(values) => update(unsafe { values.cast().as_ref() }),
            None => self.with_new(update),
        }
    }

    /// As [`with`](Self::with), for a signal handler that may run before the file is published.
    ///
    /// Before publication `update` receives a temporary zeroed struct (constants are 0 too). Its values are
    /// discarded. Once the file is published, `mmstats.unpublished_writers` in it counts these calls. After
    /// publication this is the same as `with`.
    #[inline]
    pub fn with_in_handler<R>(&self, update: impl FnOnce(&T) -> R) -> R {
        match self.values.with(|values| values.0.values()) {
            // SAFETY: as in `with`.
            Some(values) => update(unsafe { values.cast().as_ref() }),
            None => self.with_new_in_handler(update),
        }
    }

    #[cold]
    #[inline(never)]
    fn with_new<R>(&self, update: impl FnOnce(&T) -> R) -> R {
        with_lease(self.lease(), update)
    }

    #[cold]
    #[inline(never)]
    fn with_new_in_handler<R>(&self, update: impl FnOnce(&T) -> R) -> R {
        let (layout, shared) = (const { StructLayout::of::<T>() }, &(self.shared)().0);
        with_lease(self.values.with(|values| shared.lease_in_handler(layout, &values.0)), update)
    }

    /// This thread's struct, for a loop that updates it many times.
    ///
    /// The slot is this thread's as long as the handle lives.
    ///
    /// While the file is published again, this waits for it: not for signal handlers.
    pub fn handle(&self) -> ThreadStats<T> {
        let (layout, shared) = (const { StructLayout::of::<T>() }, &(self.shared)().0);
        let lease = self.values.with(|values| shared.lease_for_handle(layout, &values.0));
        let lease = lease.unwrap_or_else(|| handle_alloc_error(Layout::new::<T>()));
        ThreadStats { lease, of: PhantomData }
    }

    /// Publishes the file as `options` say, or says why it cannot be. Leases nothing.
    ///
    /// For the start of the program, before a thread counts: without it, the first use publishes by
    /// default options, and an error is a warning in the log.
    ///
    /// # Errors
    /// As [`Options::create`], and if the file is published already.
    pub fn init(&self, options: Options<T>) -> Result<(), CreateError> {
        (self.shared)().0.init(const { StructLayout::of::<T>() }, &options.into_settings())
    }

    /// The file. Empty if there is none: nothing was counted yet, or it could not be published.
    pub fn path(&self) -> PathBuf {
        (self.shared)().0.path()
    }

    /// Returns true if the file still exists under its name, in the directory in which it was published; false if there
    /// is no published file.
    /// If the system refuses to tell, such as after `setuid`, the file counts as existing.
    ///
    /// Others can remove the file of a running program, or its whole directory: an operator, a cleaner of
    /// temporary files, or systemd at the end of a user's last session (`RemoveIPC=`). The program continues to
    /// count, but readers no longer see its values. mmstats notices only in this function,
    /// [`republish`](Self::republish), [`flush`](Self::flush) and [`flush_async`](Self::flush_async), and then
    /// logs one warning per removal.
    pub fn is_published(&self) -> bool {
        (self.shared)().0.is_published()
    }

    /// Publishes the file again if it was removed: with its current values, the same options and the same
    /// instance id, so that for readers the run continues. Does nothing if the file exists, if it was not
    /// published yet, or in a forked child before [`publish_after_fork`](crate::publish_after_fork).
    ///
    /// What other threads count in the few microseconds in which the new file replaces the old one may be
    /// lost. [`flush`](Self::flush) and [`flush_async`](Self::flush_async) also publish the file again; a program
    /// that calls none of these three stays invisible after a removal.
    ///
    /// # Errors
    /// As [`create`](crate::MmStats::create).
    pub fn republish(&self) -> Result<(), CreateError> {
        (self.shared)().0.republish()
    }

    /// Writes the values to the disk, if the file is on one, and waits for it. Publishes the file again if it
    /// was removed: see [`Stats::flush`](crate::Stats::flush).
    ///
    /// # Errors
    /// If the disk cannot be written to, or the file cannot be published again.
    pub fn flush(&self) -> io::Result<()> {
        (self.shared)().0.flush()
    }

    /// Starts to write the values to the disk and does not wait for it. Publishes the file again if it was
    /// removed, as [`flush`](Self::flush) does.
    ///
    /// # Errors
    /// If the disk cannot be written to, or the file cannot be published again.
    pub fn flush_async(&self) -> io::Result<()> {
        (self.shared)().0.flush_async()
    }

    /// This thread's lease: the one that it has, else a new one. `None` if there is no slot, and no memory
    /// instead.
    fn lease(&self) -> Option<Lease> {
        let (layout, shared) = (const { StructLayout::of::<T>() }, &(self.shared)().0);
        self.values.with(|values| shared.lease(layout, &values.0))
    }
}

/// Calls `update` with the values of `lease`. If there was no memory for a lease, `update` receives a zeroed struct on
/// the stack, and the program goes on.
fn with_lease<T: MmStats, R>(lease: Option<Lease>, update: impl FnOnce(&T) -> R) -> R {
    match lease {
        Some(lease) => update(&ThreadStats { lease, of: PhantomData }),
        None => with_values_on_stack(update),
    }
}

/// Not inlined: a function has its whole stack frame from its start, and the stack of a signal handler may
/// be smaller than the struct.
#[cold]
#[inline(never)]
fn with_values_on_stack<T: MmStats, R>(update: impl FnOnce(&T) -> R) -> R {
    let values = MaybeUninit::<T>::zeroed();
    // SAFETY: the MmStats contract makes T valid for every value of its bytes.
    update(unsafe { values.assume_init_ref() })
}

impl<T: MmStats> fmt::Debug for ThreadLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadLocal").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// This thread's struct; from [`ThreadLocal::handle`]. It stays on its thread.
///
/// ```
/// # use mmstats::{Counter, MmStats};
/// # #[derive(MmStats)]
/// # #[repr(C)]
/// # struct WebStats { bytes: Counter }
/// # mmstats::thread_local! { static WEB: WebStats; }
/// let web = WEB.handle();
/// for byte in b"many" {
///     web.bytes.incr();
/// }
/// assert_eq!(web.bytes.get(), 4);
/// ```
pub struct ThreadStats<T: MmStats> {
    /// Counted, so that the slot is not leased to another thread before the last handle is gone.
    lease: Lease,
    of: PhantomData<*const T>,
}

impl<T: MmStats> Deref for ThreadStats<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a lease's values are a struct of the layout that it was leased with, T's; they
        // stay as long as the lease, and no other thread has them. The MmStats contract makes T valid
        // for every value of its bytes and all access to it atomic, so that neither this process's nor
        // another's updates are data races.
        unsafe { self.lease.values().cast().as_ref() }
    }
}

impl<T: MmStats> Clone for ThreadStats<T> {
    fn clone(&self) -> Self {
        Self { lease: self.lease.clone(), of: PhantomData }
    }
}

impl<T: MmStats + fmt::Debug> fmt::Debug for ThreadStats<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ThreadStats").field(&**self).finish()
    }
}
