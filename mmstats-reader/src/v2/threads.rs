//! The threads of a file of format 2, one by one.

use std::fmt;

use mmstats_format::tagged::Torn;

use super::field::Combine;
use super::metric::{Metric, Source};
use super::view::View;

/// A thread that writes: the tenant of a slot.
#[derive(Clone, Copy)]
pub struct Thread<'a> {
    view: &'a View<'a>,
    tenant: u32,
    slot: u32,
}

impl<'a> Thread<'a> {
    /// Its id, as its system gave it to it.
    pub fn tid(&self) -> u32 {
        self.view.slots.tid(self.slot).map_or(0, Into::into)
    }

    /// Its name, as the writer left it: escape it before it is shown.
    ///
    /// # Errors
    /// [`Torn`] if the snapshot did not get hold of a whole name.
    pub fn name(&self) -> Result<&'a str, Torn> {
        self.view.name(self.tenant)
    }

    /// How often its slot was leased, by it and by others before: what the slot counts it counts on.
    pub fn leases(&self) -> u32 {
        self.view.slots.leases(self.slot)
    }

    /// Its metrics, as this format has them.
    pub(crate) fn own_metrics(&self) -> impl Iterator<Item = Metric<'a>> + use<'a> {
        let view = self.view;
        self.sources().map(move |source| Metric::new(view, source))
    }

    fn sources(&self) -> OfThread<'a> {
        OfThread { thread: *self, has_begun: false, index: 0, element: 0 }
    }
}

impl fmt::Debug for Thread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("tid", &self.tid()).field("name", &self.name()).finish_non_exhaustive()
    }
}

/// All threads of `view`.
pub(crate) fn threads<'a>(view: &'a View<'a>) -> impl Iterator<Item = Thread<'a>> {
    Threads { view, tenant: 0 }
}

#[derive(Clone)]
struct Threads<'a> {
    view: &'a View<'a>,
    /// The next one.
    tenant: u32,
}

impl<'a> Iterator for Threads<'a> {
    type Item = Thread<'a>;

    fn next(&mut self) -> Option<Thread<'a>> {
        let Self { view, tenant } = *self;
        let slot = view.slots.tenant(tenant)?;
        self.tenant = tenant.saturating_add(1);
        Some(Thread { view, tenant, slot })
    }
}

/// The metrics of one thread.
#[derive(Clone)]
struct OfThread<'a> {
    thread: Thread<'a>,
    has_begun: bool,
    /// The next field, and its next element.
    index: u32,
    element: u32,
}

impl Iterator for OfThread<'_> {
    type Item = Source;

    fn next(&mut self) -> Option<Source> {
        let Thread { view, tenant, .. } = self.thread;
        if !self.has_begun {
            self.has_begun = true;
            return Some(Source::Thread { tenant });
        }
        loop {
            let (index, element) = (self.index, self.element);
            let field = view.schema.fields.list.get(index as usize)?;
            if field.combine != Combine::Constant && element < field.count {
                self.element = element.saturating_add(1);
                return Some(Source::InThread { index, element, tenant });
            }
            self.index = index.saturating_add(1);
            self.element = 0;
        }
    }
}

/// The metrics of all threads, one thread after the other.
#[derive(Clone)]
pub(super) struct OneByOne<'a> {
    threads: Threads<'a>,
    thread: Option<OfThread<'a>>,
    /// How many more threads are shown.
    left: u32,
}

impl<'a> OneByOne<'a> {
    pub(super) fn new(view: &'a View<'a>) -> Self {
        Self { threads: Threads { view, tenant: 0 }, thread: None, left: view.crowd(true).shown }
    }
}

impl Iterator for OneByOne<'_> {
    type Item = Source;

    fn next(&mut self) -> Option<Source> {
        loop {
            if let Some(source) = self.thread.as_mut().and_then(Iterator::next) {
                return Some(source);
            }
            self.left = self.left.checked_sub(1)?;
            self.thread = Some(self.threads.next()?.sources());
        }
    }
}
