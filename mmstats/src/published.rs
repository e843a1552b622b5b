//! What the SDK's faces hold of a publication: [`Published`] for a `Stats`, [`SharedFile`] and
//! [`Lease`] for a `thread_local!` static.

use std::io;
use std::path::PathBuf;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Release};

use crate::error::CreateError;
use crate::options::Settings;
use crate::private_memory::PrivateMemory;
use crate::publication::{LeaseError, Plan, Publication, Tenant};
use crate::registry::{self, Id, this_thread};
use crate::struct_layout::StructLayout;

/// A published struct with one slot. Dropping it removes the file, unless it is to be kept.
pub(crate) struct Published {
    id: Id,
    values: NonNull<u8>,
}

impl Published {
    pub(crate) fn new(layout: StructLayout, settings: &Settings) -> Result<Self, CreateError> {
        let plan = Plan::new(layout, 1, settings)?;
        let mut registry = registry::lock().ok_or(CreateError::Reentrant)?;
        let (id, warnings) = registry.publish(plan, Some(Tenant::Handle))?;
        let values =
            registry.get(id).map(|publication| publication.values(0)).ok_or(CreateError::Reentrant)?;
        drop(registry);
        tell(&warnings);
        Ok(Self { id, values })
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        self.values
    }

    pub(crate) fn path(&self) -> PathBuf {
        path(self.id)
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
pub(crate) struct SharedFile(AtomicUsize);

impl SharedFile {
    const NEW: usize = 0;
    /// It could not be published: threads have private memory.
    const FAILED: usize = 1;
    /// And above: the id, plus this.
    const PUBLISHED: usize = 2;

    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(Self::NEW))
    }

    /// Publishes it.
    pub(crate) fn init(&self, layout: StructLayout, settings: &Settings) -> Result<(), CreateError> {
        if settings.capacity == 0 {
            return Err(CreateError::Capacity { name: layout.spec.name });
        }
        let plan = Plan::new(layout, settings.capacity, settings)?;
        let mut registry = registry::lock().ok_or(CreateError::Reentrant)?;
        if self.0.load(Acquire) != Self::NEW {
            return Err(CreateError::AlreadyPublished { name: layout.spec.name });
        }
        let (id, warnings) = registry.publish(plan, None)?;
        // Release: who finds the id finds the publication; and all look it up under the lock.
        self.0.store(id.number() + Self::PUBLISHED, Release);
        drop(registry);
        tell(&warnings);
        Ok(())
    }

    /// Leases a slot to this thread, or private memory if there is none.
    pub(crate) fn lease(&self, layout: StructLayout) -> Lease {
        let id = self.id().or_else(|| self.init_or_fail(layout));
        match id.map(lease_slot) {
            Some(Some(Ok((id, slot, values)))) => Lease { values, home: Home::Slot { id, slot } },
            Some(Some(Err(warning))) => {
                tell(warning.as_slice());
                Lease::private(layout)
            }
            Some(None) | None => Lease::private(layout),
        }
    }

    fn id(&self) -> Option<Id> {
        // Acquire: pairs with the release in `init`.
        self.0.load(Acquire).checked_sub(Self::PUBLISHED).map(Id::from_number)
    }

    /// Publishes it as the environment says. What goes wrong is said once.
    fn init_or_fail(&self, layout: StructLayout) -> Option<Id> {
        if self.0.load(Acquire) == Self::FAILED {
            return None;
        }
        match self.init(layout, &Settings::default()) {
            Ok(()) | Err(CreateError::AlreadyPublished { .. }) => {}
            // A signal handler, or the end of the process: others may have more luck.
            Err(CreateError::Reentrant | CreateError::Ending) => return None,
            Err(error) => {
                let set = self.0.compare_exchange(Self::NEW, Self::FAILED, Release, Acquire);
                if set.is_ok() {
                    log::warn!("mmstats: {} is seen by nobody: {error}", layout.spec.name);
                }
            }
        }
        self.id()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.id().map(path).unwrap_or_default()
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        self.id().map_or(Ok(()), |id| flush(id, false))
    }

    pub(crate) fn flush_async(&self) -> io::Result<()> {
        self.id().map_or(Ok(()), |id| flush(id, true))
    }
}

/// A thread's hold on values of its own. Dropping it gives them back.
#[derive(Debug)]
pub(crate) struct Lease {
    values: NonNull<u8>,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Slot { id: Id, slot: u32 },
    Private { _memory: PrivateMemory },
}

impl Lease {
    /// Values that nobody sees.
    fn private(layout: StructLayout) -> Self {
        Self::of(layout.with_constants())
    }

    /// Values that nobody sees, made without the user's expressions.
    pub(crate) fn without_constants(layout: StructLayout) -> Self {
        Self::of(PrivateMemory::new(layout.len))
    }

    fn of(memory: PrivateMemory) -> Self {
        Self { values: memory.values(), home: Home::Private { _memory: memory } }
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        self.values
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Home::Slot { id, slot } = self.home else { return };
        // In a signal handler that interrupted another lease there is no way to it: the slot stays
        // leased.
        if let Some(mut registry) = registry::lock()
            && let Some(publication) = registry.get_mut(id)
        {
            publication.give_back(slot);
        }
    }
}

type Leased = (Id, u32, NonNull<u8>);

/// Leases a slot of the publication `id`, or says what to warn of, if it is the first time. Nothing if
/// this thread cannot have the lock.
fn lease_slot(id: Id) -> Option<Result<Leased, Option<String>>> {
    let mut registry = registry::lock()?;
    let publication = registry.get_mut(id)?;
    Some(match publication.lease(Tenant::Thread(this_thread())) {
        Ok(slot) => Ok((id, slot, publication.values(slot))),
        Err(error) => {
            publication.count_unpublished_writer();
            let is_first = !std::mem::replace(&mut publication.has_warned, true);
            Err(is_first.then(|| explain(&error, &publication.path())))
        }
    })
}

fn explain(error: &LeaseError, path: &std::path::Path) -> String {
    let path = path.display();
    match error {
        LeaseError::Full { capacity } => format!(
            "{path} has room for {capacity} threads at a time: what others count is seen by nobody; \
             ask for more by `init` with `options().capacity(…)`"
        ),
        LeaseError::Io(error) => {
            format!("no space for another thread in {path}: what it counts is seen by nobody: {error}")
        }
    }
}

fn path(id: Id) -> PathBuf {
    registry::lock().and_then(|registry| Some(registry.get(id)?.path())).unwrap_or_default()
}

/// Without the lock while the disk is waited for.
fn flush(id: Id, is_async: bool) -> io::Result<()> {
    let mapping = registry::lock().and_then(|registry| Some(registry.get(id)?.mapping()));
    match mapping.as_ref().map(Arc::as_ref) {
        Some(mapping) if is_async => mapping.flush_async(),
        Some(mapping) => mapping.flush(),
        None => Ok(()),
    }
}

fn tell(warnings: &[String]) {
    for warning in warnings {
        log::warn!("mmstats: {warning}");
    }
}
