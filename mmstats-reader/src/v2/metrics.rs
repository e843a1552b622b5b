//! The metrics of a file of format 2, one after the other.

use super::field::Combine;
use super::metric::{Metric, Process, Source};
use super::threads::OneByOne;
use super::view::View;

/// The metrics of a snapshot.
#[derive(Clone)]
pub(crate) struct Metrics<'a> {
    view: &'a View<'a>,
    stage: Stage,
    /// Whether each field of one element is one metric, that of the only slot.
    is_plain: bool,
    /// The next attribute or field.
    index: u32,
    /// The next element of the field.
    element: u32,
    /// The next tenant of a field that is a metric of each.
    tenant: u32,
    /// The threads one by one, if they are not combined.
    threads: Option<OneByOne<'a>>,
}

#[derive(Clone)]
enum Stage {
    Process(std::slice::Iter<'static, Process>),
    Attributes,
    Fields,
}

impl<'a> Metrics<'a> {
    /// All metrics of `view`: of the process, its attributes, its only thread, and its fields.
    #[inline]
    pub(crate) fn new(view: &'a View<'a>) -> Self {
        let stage = Stage::Process(Process::ALL.iter());
        Self { view, stage, is_plain: false, index: 0, element: 0, tenant: 0, threads: None }
    }

    /// As [`Metrics::new`], but the fields of each thread by themselves.
    pub(crate) fn by_thread(view: &'a View<'a>) -> Self {
        Self { threads: Some(OneByOne::new(view)), ..Self::new(view) }
    }
}

impl<'a> Iterator for Metrics<'a> {
    type Item = Metric<'a>;

    #[inline]
    fn next(&mut self) -> Option<Metric<'a>> {
        let source = match self.next_plain() {
            Some(index) => Source::InSlot { index, element: 0, slot: 0 },
            None => self.next_other()?,
        };
        Some(Metric::new(self.view, source))
    }
}

impl Metrics<'_> {
    /// The next field, if it is one metric: that of nearly all fields, which callers inline.
    #[inline]
    fn next_plain(&mut self) -> Option<u32> {
        let index = self.index;
        if self.is_plain && self.view.schema.fields.list.get(index as usize)?.count == 1 {
            self.index = index.wrapping_add(1);
            return Some(index);
        }
        None
    }

    #[inline(never)]
    fn next_other(&mut self) -> Option<Source> {
        if self.threads.is_none() {
            return self.next_combined();
        }
        // What is combined, and so left out here, is asked for too rarely to have a way of its own.
        while let Some(source) = self.next_combined() {
            if Metric::new(self.view, source).is_of_process() {
                return Some(source);
            }
        }
        self.threads.as_mut()?.next()
    }

    fn next_combined(&mut self) -> Option<Source> {
        if !matches!(self.stage, Stage::Fields)
            && let Some(source) = self.next_own()
        {
            return Some(source);
        }
        self.next_field()
    }

    /// What the file says of its process, and of the thread if there is room for only one.
    fn next_own(&mut self) -> Option<Source> {
        if let Stage::Process(process) = &mut self.stage {
            if let Some(process) = process.next() {
                return Some(Source::Process(*process));
            }
            self.stage = Stage::Attributes;
        }
        if let Stage::Attributes = self.stage {
            let index = self.index;
            if (index as usize) < self.view.schema.attributes.len() {
                self.index = index.saturating_add(1);
                return Some(Source::Attribute { index });
            }
        }
        let slots = &self.view.slots;
        let has_only_thread = slots.only().is_some() && slots.first_leased().is_some();
        self.is_plain = has_only_thread && self.threads.is_none();
        self.stage = Stage::Fields;
        self.index = 0;
        has_only_thread.then_some(Source::Process(Process::Tid))
    }

    fn next_field(&mut self) -> Option<Source> {
        let slots = &self.view.slots;
        loop {
            if let Some(index) = self.next_plain() {
                return Some(Source::InSlot { index, element: 0, slot: 0 });
            }
            let index = self.index;
            let field = self.view.schema.fields.list.get(index as usize)?;
            if self.element < field.count {
                let element = self.element;
                if field.combine == Combine::PerSlot {
                    let is_shown = self.tenant < self.view.crowd(false).shown;
                    if let Some(slot) = slots.tenant(self.tenant).filter(|_| is_shown) {
                        self.tenant = self.tenant.saturating_add(1);
                        return Some(Source::InSlot { index, element, slot });
                    }
                    self.tenant = 0;
                    self.element = element.saturating_add(1);
                    continue;
                }
                if field.combine == Combine::Total || slots.first_leased().is_some() {
                    self.element = element.saturating_add(1);
                    let is_constant = field.combine == Combine::Constant;
                    return Some(match if is_constant { slots.first_leased() } else { slots.only() } {
                        Some(slot) => Source::InSlot { index, element, slot },
                        None => Source::Combined { index, element },
                    });
                }
            }
            self.index = index.saturating_add(1);
            self.element = 0;
        }
    }
}
