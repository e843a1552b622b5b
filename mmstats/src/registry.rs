//! The publications of this process, under one lock that the fork handlers know.
//!
//! Whoever holds it runs none of the user's code: neither expressions nor a logger, which could wait
//! for a thread that waits for the lock.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ends;
use crate::error::CreateError;
use crate::publication::{Plan, Publication, Slots, Tenant, Warnings};

/// Every publication of this process.
static REGISTRY: Mutex<Registry> =
    Mutex::new(Registry { publications: Vec::new(), has_handlers: false, is_ending: false });

pub(crate) struct Registry {
    publications: Vec<Option<Publication>>,
    /// Whether the system tells of forks and of the end of the process.
    has_handlers: bool,
    /// Whether the process is ending: what is published now would stay.
    pub(crate) is_ending: bool,
}

/// Which publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(usize);

std::thread_local! {
    /// Whether this thread holds the lock, or waits for it. Without a destructor, so that it can be
    /// asked at any time.
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The lock.
pub(crate) struct Locked {
    registry: MutexGuard<'static, Registry>,
    _inside: Inside,
}

struct Inside(PhantomData<*const ()>);

impl Drop for Inside {
    fn drop(&mut self) {
        IS_INSIDE.set(false);
    }
}

/// Waits for the lock. `None` if this thread has it already: this is a signal handler that interrupted
/// a lease, or another library's fork handler.
pub(crate) fn lock() -> Option<Locked> {
    if IS_INSIDE.replace(true) {
        return None;
    }
    let inside = Inside(PhantomData);
    // Whoever panicked left every publication whole: nothing in them depends on another.
    let registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    Some(Locked { registry, _inside: inside })
}

impl std::ops::Deref for Locked {
    type Target = Registry;

    fn deref(&self) -> &Registry {
        &self.registry
    }
}

impl std::ops::DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut Registry {
        &mut self.registry
    }
}

impl Registry {
    /// Publishes what is planned.
    pub(crate) fn publish(
        &mut self,
        plan: Plan,
        tenant: Tenant,
    ) -> Result<(Id, Arc<Slots>, Warnings), CreateError> {
        if self.is_ending {
            return Err(CreateError::Ending);
        }
        if !self.has_handlers {
            ends::watch();
            self.has_handlers = true;
        }
        let (publication, warnings) = Publication::create(plan, tenant)?;
        let slots = Arc::clone(publication.slots());
        let free = self.publications.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            self.publications.push(None);
            self.publications.len() - 1
        });
        self.publications[index] = Some(publication);
        Ok((Id(index), slots, warnings))
    }

    /// Takes out a publication.
    pub(crate) fn remove(&mut self, id: Id) -> Option<Publication> {
        self.publications.get_mut(id.0)?.take()
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Publication> {
        self.publications.get(id.0)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut Publication> {
        self.publications.get_mut(id.0)?.as_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Publication> {
        self.publications.iter().flatten()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Publication> {
        self.publications.iter_mut().flatten()
    }

    /// The publications that there are.
    pub(crate) fn ids(&self) -> Vec<Id> {
        let numbered = self.publications.iter().enumerate();
        numbered.filter(|(_, publication)| publication.is_some()).map(|(index, _)| Id(index)).collect()
    }
}
