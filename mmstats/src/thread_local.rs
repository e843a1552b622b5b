//! [`ThreadLocal`]: a struct of which each thread has its own, in one file.
#![expect(unsafe_code, reason = "refers to values in memory that the file shares")]

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::ops::Deref;
use std::path::PathBuf;
use std::ptr::NonNull;
use std::rc::Rc;
use std::thread::LocalKey;

use crate::error::CreateError;
use crate::options::Options;
use crate::platform::{Lease, SharedFile};
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
/// threads want a slot at a time than there is [room for](Options::capacity), a warning is logged, once,
/// and what those threads count is seen by nobody; `mmstats.unpublished_writers` in the file counts
/// them. [`ThreadLocal::init`] reports such errors at the start of the program.
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

/// Where this thread's values are, once it has leased some. Without a destructor, so that it is a
/// plain word and can be asked at any time.
#[doc(hidden)]
#[derive(Debug)]
pub struct ThreadValues(Cell<Option<NonNull<u8>>>);

impl ThreadValues {
    #[expect(clippy::new_without_default, reason = "for the macro only, in a constant")]
    pub const fn new() -> Self {
        Self(Cell::new(None))
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
    /// after that it costs what the update costs, and one load. In the destructor of another
    /// thread-local, after the slot was given back, it leases one for this call.
    #[inline]
    pub fn with<R>(&self, update: impl FnOnce(&T) -> R) -> R {
        match self.values.with(|values| values.0.get()) {
            // SAFETY: see `values_of`; the lease is this thread's, who resets this when it ends it.
            Some(values) => update(unsafe { values.cast().as_ref() }),
            None => self.with_new(update),
        }
    }

    #[cold]
    #[inline(never)]
    fn with_new<R>(&self, update: impl FnOnce(&T) -> R) -> R {
        update(&self.handle())
    }

    /// This thread's struct, for a loop that updates it many times.
    ///
    /// The slot is this thread's as long as the handle lives.
    pub fn handle(&self) -> ThreadStats<T> {
        ThreadStats { lease: self.lease(), of: PhantomData }
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

    /// Writes the values to the disk, if the file is on one, and waits for it: see
    /// [`Stats::flush`](crate::Stats::flush).
    ///
    /// # Errors
    /// If the disk cannot be written to.
    pub fn flush(&self) -> io::Result<()> {
        (self.shared)().0.flush()
    }

    /// Starts to write the values to the disk, as [`flush`](Self::flush), and does not wait.
    ///
    /// # Errors
    /// If the disk cannot be written to.
    pub fn flush_async(&self) -> io::Result<()> {
        (self.shared)().0.flush_async()
    }

    /// This thread's lease: the one that it has, else a new one.
    fn lease(&self) -> Rc<Lease> {
        let (layout, shared) = (const { StructLayout::of::<T>() }, (self.shared)());
        if let Some(lease) = Leases::find(shared) {
            return lease;
        }
        // The user's code can run below: a constant's expression, or a logger. If it comes here again,
        // as a signal handler may too, it counts in memory of its own.
        let Some(_leasing) = Leasing::start() else { return Rc::new(Lease::without_constants(layout)) };
        let lease = Rc::new(shared.0.lease(layout));
        if Leases::keep(KeptLease { values: self.values, shared, lease: Rc::clone(&lease) }) {
            self.values.with(|values| values.0.set(Some(lease.values())));
        }
        lease
    }
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
    /// Shared, so that the slot is not leased to another thread before the last handle is gone.
    lease: Rc<Lease>,
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
        Self { lease: Rc::clone(&self.lease), of: PhantomData }
    }
}

impl<T: MmStats + fmt::Debug> fmt::Debug for ThreadStats<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ThreadStats").field(&**self).finish()
    }
}

/// The leases of a thread, until it ends.
struct Leases(RefCell<Vec<KeptLease>>);

/// A lease, and where its values are noted.
struct KeptLease {
    values: &'static LocalKey<ThreadValues>,
    shared: &'static Shared,
    lease: Rc<Lease>,
}

std::thread_local! {
    static LEASES: Leases = const { Leases(RefCell::new(Vec::new())) };
    static IS_LEASING: Cell<bool> = const { Cell::new(false) };
}

impl Leases {
    /// This thread's lease of a slot of `shared`.
    fn find(shared: &'static Shared) -> Option<Rc<Lease>> {
        let find = |leases: &Self| {
            // Borrowed only if a signal handler interrupts `keep`.
            let leases = leases.0.try_borrow().ok()?;
            let kept = leases.iter().find(|kept| std::ptr::eq(kept.shared, shared))?;
            Some(Rc::clone(&kept.lease))
        };
        LEASES.try_with(find).ok().flatten()
    }

    /// Keeps `lease` until the thread ends; `false` if it is ending already.
    fn keep(lease: KeptLease) -> bool {
        let keep = |leases: &Self| leases.0.try_borrow_mut().map(|mut leases| leases.push(lease)).is_ok();
        LEASES.try_with(keep).unwrap_or(false)
    }
}

impl Drop for Leases {
    /// The thread ends: whoever counts after this leases for the one call.
    fn drop(&mut self) {
        for kept in self.0.get_mut().drain(..) {
            kept.values.with(|values| values.0.set(None));
        }
    }
}

/// This thread is leasing.
struct Leasing;

impl Leasing {
    /// Nothing if it is already.
    fn start() -> Option<Self> {
        (!IS_LEASING.replace(true)).then_some(Self)
    }
}

impl Drop for Leasing {
    fn drop(&mut self) {
        IS_LEASING.set(false);
    }
}
