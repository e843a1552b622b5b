//! What the SDK's faces hold of a publication: [`Published`] for a `Stats`, [`SharedFile`] for a
//! `thread_local!` static.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, OnceLock};

use crate::error::CreateError;
use crate::leases::{KeptLease, Lease, log_trouble};
use crate::options::Settings;
use crate::private_memory::PrivateMemory;
use crate::publication::{LeaseError, Plan, Publication, Renewal, Slots, Tenant};
use crate::registry::{self, Id};
use crate::renewal::renew;
use crate::struct_layout::StructLayout;

/// A published struct with one slot. Dropping it removes the file, unless it is to be kept.
pub(crate) struct Published {
    id: Id,
    values: NonNull<u8>,
}

impl Published {
    pub(crate) fn new(layout: StructLayout, settings: &Settings) -> Result<Self, CreateError> {
        log_trouble();
        let plan = Plan::new(layout, 1, settings)?;
        let mut registry = registry::lock().ok_or(CreateError::Reentrant)?;
        let (id, slots, warnings) = registry.publish(plan, Tenant::Handle)?;
        drop(registry);
        tell(&warnings);
        Ok(Self { id, values: slots.values(0) })
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        self.values
    }

    pub(crate) fn path(&self) -> PathBuf {
        path(self.id)
    }

    pub(crate) fn is_published(&self) -> bool {
        is_published(self.id)
    }

    pub(crate) fn republish(&self) -> Result<(), CreateError> {
        renew(self.id, Renewal::Removed)
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        flush(self.id, false)
    }

    pub(crate) fn flush_async(&self) -> io::Result<()> {
        flush(self.id, true)
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        // In a signal handler that interrupted a lease there is no way to it: the file stays until the
        // process ends.
        let Some(mut registry) = registry::lock() else { return };
        let publication = registry.remove(self.id);
        // Under the lock, so that a fork does not inherit a descriptor that holds a lock.
        let warning = publication.as_ref().and_then(Publication::remove_file);
        drop(publication);
        drop(registry);
        tell(warning.as_slice());
    }
}

/// The file of a `thread_local!` static, with a slot for each thread.
#[derive(Debug)]
pub(crate) struct SharedFile {
    /// Where threads lease their values, once it is published.
    backing: OnceLock<Backing>,
    /// Uses by signal handlers before it was published.
    early_uses: AtomicU64,
}

/// Where the threads of a static lease their values.
pub(crate) enum Backing {
    /// A published file.
    File { id: Id, slots: Arc<Slots> },
    /// It could not be published: threads have private memory.
    Failed { layout: StructLayout, constants: PrivateMemory },
}

impl fmt::Debug for Backing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backing").field("name", &self.layout().0.spec.name).finish_non_exhaustive()
    }
}

impl Backing {
    /// The struct, and its constants.
    pub(crate) fn layout(&self) -> (&StructLayout, &PrivateMemory) {
        match self {
            Self::File { slots, .. } => (slots.layout(), slots.constants()),
            Self::Failed { layout, constants } => (layout, constants),
        }
    }
}

impl SharedFile {
    pub(crate) const fn new() -> Self {
        Self { backing: OnceLock::new(), early_uses: AtomicU64::new(0) }
    }

    /// Publishes it.
    pub(crate) fn init(&self, layout: StructLayout, settings: &Settings) -> Result<(), CreateError> {
        log_trouble();
        if settings.capacity == 0 {
            return Err(CreateError::Capacity { name: layout.spec.name });
        }
        let plan = Plan::new(layout, settings.capacity, settings)?;
        let mut registry = registry::lock().ok_or(CreateError::Reentrant)?;
        if self.backing.get().is_some() {
            return Err(CreateError::AlreadyPublished { name: layout.spec.name });
        }
        let (id, slots, warnings) = registry.publish(plan, Tenant::Threads)?;
        // Nobody else sets it: this thread has the lock, and has found it empty.
        let _ = self.backing.set(Backing::File { id, slots });
        drop(registry);
        self.count_early_uses();
        tell(&warnings);
        Ok(())
    }

    /// Values for this thread, which it keeps in `kept`. Publishes the file first if that was not done yet.
    /// `None` if there is no slot, and no memory instead.
    pub(crate) fn lease(&'static self, layout: StructLayout, kept: &KeptLease) -> Option<Lease> {
        if let Some(backing) = self.backing.get() {
            return Lease::new(backing, kept);
        }
        // The user's code runs below: a constant's expression, or a logger. If it comes here again, it
        // counts in memory of its own.
        let Some(_publishing) = Publishing::start() else { return self.lease_early(layout) };
        match self.init_or_fail(layout) {
            Some(backing) => {
                let lease = Lease::new(backing, kept);
                log_trouble();
                lease
            }
            None => self.lease_early(layout),
        }
    }

    /// As [`SharedFile::lease`], for a handle, which may live as long as its thread. So it gets no values for
    /// one use while the file is published anew, but waits for that.
    pub(crate) fn lease_for_handle(&'static self, layout: StructLayout, kept: &KeptLease) -> Option<Lease> {
        loop {
            let lease = self.lease(layout, kept)?;
            let is_for_one_use = kept.values().is_none() && self.backing.get().is_some();
            // Whoever publishes anew has the lock of all publications.
            if !is_for_one_use || registry::lock().is_none() {
                return Some(lease);
            }
        }
    }

    /// As [`SharedFile::lease`], but publishes nothing: before that is done, the values are for one use and
    /// seen by nobody.
    pub(crate) fn lease_in_handler(&'static self, layout: StructLayout, kept: &KeptLease) -> Option<Lease> {
        match self.backing.get() {
            Some(backing) => Lease::new(backing, kept),
            None => self.lease_early(layout),
        }
    }

    /// Values for one use before there is a file, without constants.
    fn lease_early(&self, layout: StructLayout) -> Option<Lease> {
        // Sequentially consistent, as the rest: either this finds the file, or `init` finds the use.
        self.early_uses.fetch_add(1, SeqCst);
        if self.backing.get().is_some() {
            // It was published meanwhile.
            self.count_early_uses();
        }
        Lease::zeroed(layout.len)
    }

    /// Has the file count the uses from before it was there.
    fn count_early_uses(&self) {
        if let Some(Backing::File { slots, .. }) = self.backing.get() {
            slots.count_unpublished_writers(self.early_uses.swap(0, SeqCst));
        }
    }

    /// Publishes it as the environment says. What goes wrong is said once.
    fn init_or_fail(&'static self, layout: StructLayout) -> Option<&'static Backing> {
        match self.init(layout, &Settings::default()) {
            Ok(()) | Err(CreateError::AlreadyPublished { .. }) => {}
            // A signal handler, or the end of the process: others may have more luck.
            Err(CreateError::Reentrant | CreateError::Ending) => return None,
            Err(error) => {
                let failed = Backing::Failed { layout, constants: layout.with_constants() };
                if self.backing.set(failed).is_ok() {
                    log::warn!("mmstats: {} is not published: {error}", layout.spec.name);
                }
            }
        }
        self.backing.get()
    }

    fn id(&self) -> Option<Id> {
        match self.backing.get()? {
            Backing::File { id, .. } => Some(*id),
            Backing::Failed { .. } => None,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.id().map(path).unwrap_or_default()
    }

    pub(crate) fn is_published(&self) -> bool {
        self.id().is_some_and(is_published)
    }

    pub(crate) fn republish(&self) -> Result<(), CreateError> {
        self.id().map_or(Ok(()), |id| renew(id, Renewal::Removed))
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        self.id().map_or(Ok(()), |id| flush(id, false))
    }

    pub(crate) fn flush_async(&self) -> io::Result<()> {
        self.id().map_or(Ok(()), |id| flush(id, true))
    }
}

/// This thread is publishing a static at its first use.
struct Publishing;

std::thread_local! {
    static IS_PUBLISHING: Cell<bool> = const { Cell::new(false) };
}

impl Publishing {
    /// `None` if it is already.
    fn start() -> Option<Self> {
        (!IS_PUBLISHING.replace(true)).then_some(Self)
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        IS_PUBLISHING.set(false);
    }
}

/// Logs which files had no slot for a thread, and why.
pub(crate) fn log_troubles() {
    let Some(registry) = registry::lock() else { return };
    let warnings: Vec<String> = registry
        .iter()
        .filter_map(|publication| {
            let slots = publication.slots();
            Some(explain(slots.trouble().take()?, slots.capacity(), &publication.path()))
        })
        .collect();
    drop(registry);
    tell(&warnings);
}

fn explain(error: LeaseError, capacity: u32, path: &Path) -> String {
    let path = path.display();
    match error {
        LeaseError::NoSpace(errno) => format!(
            "{path}: no space for another thread; its values are not published: {}",
            io::Error::from(errno)
        ),
        LeaseError::Full | LeaseError::Frozen => format!(
            "{path}: all {capacity} slots are used; values of further threads are not published. \
             Raise `options().capacity(…)` in `init`"
        ),
    }
}

fn path(id: Id) -> PathBuf {
    log_trouble();
    registry::lock().and_then(|registry| Some(registry.get(id)?.path())).unwrap_or_default()
}

/// Publishes the file again if it was removed. Without the lock while the disk is waited for.
fn flush(id: Id, is_async: bool) -> io::Result<()> {
    renew(id, Renewal::Removed).map_err(io::Error::other)?;
    let mapping = registry::lock().and_then(|registry| Some(registry.get(id)?.mapping()));
    match mapping.as_ref().map(Arc::as_ref) {
        Some(mapping) if is_async => mapping.flush_async(),
        Some(mapping) => mapping.flush(),
        None => Ok(()),
    }
}

fn is_published(id: Id) -> bool {
    log_trouble();
    let Some(mut registry) = registry::lock() else { return false };
    // What the end of the process has removed is no surprise.
    let is_ending = registry.is_ending;
    let Some(publication) = registry.get_mut(id) else { return false };
    let is_published = publication.is_published();
    let warning = if is_ending { None } else { publication.report_removal() };
    drop(registry);
    tell(warning.as_slice());
    is_published
}

/// Logs `warnings`. Nobody may hold the lock of all publications: a logger is the user's code.
pub(crate) fn tell(warnings: &[String]) {
    for warning in warnings {
        log::warn!("mmstats: {warning}");
    }
}
