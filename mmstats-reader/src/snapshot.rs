//! All values of a file at a time.

use std::num::NonZeroU32;

use crate::metric::{Metric, Process, Source};
use crate::v2::View;
use crate::v2::field::{Combine, Field};
use crate::v2::settle::Settled;

/// All values of a file, as one read found them. They are decoded when they are asked for.
pub struct Snapshot<'a> {
    view: View<'a>,
    settled: Settled,
}

impl<'a> Snapshot<'a> {
    pub(crate) fn new(view: View<'a>, settled: Settled) -> Self {
        Self { view, settled }
    }

    /// What the file says: of its process (`sys.pid` and so on, then its attributes), of its
    /// threads (`sys.tid`), and then the fields in the writer's order.
    #[inline]
    pub fn metrics(&self) -> Metrics<'_> {
        let only_slot = self.view.slots.only();
        Metrics {
            view: &self.view,
            stage: Stage::Process(Process::ALL.iter()),
            fields: &self.view.schema.fields,
            only_slot,
            only_tenant: only_slot.is_some() && self.view.slots.first_leased().is_some(),
            index: 0,
            element: 0,
            slot: 0,
        }
    }

    /// How often values were read again because they were being written.
    pub fn rereads(&self) -> u64 {
        self.settled.rereads
    }

    /// How many values could not be read whole: damaged, or still being written after 64 reads.
    /// [`Metric::value`] is an error for them.
    pub fn torn(&self) -> u64 {
        self.settled.torn
    }
}

/// The metrics of a snapshot.
#[derive(Clone)]
pub struct Metrics<'a> {
    view: &'a View<'a>,
    stage: Stage,
    fields: &'a [Field],
    /// The slot, if the file has room for one only.
    only_slot: Option<u32>,
    /// Whether there is one slot only, and it is leased: each value is a metric then.
    only_tenant: bool,
    /// The next attribute or field.
    index: u32,
    /// The next element of the field.
    element: u32,
    /// The next slot to look at.
    slot: u32,
}

#[derive(Clone)]
enum Stage {
    Process(std::slice::Iter<'static, Process>),
    Attributes,
    Threads,
    Fields,
}

impl<'a> Iterator for Metrics<'a> {
    type Item = Metric<'a>;

    #[inline]
    fn next(&mut self) -> Option<Metric<'a>> {
        if !matches!(self.stage, Stage::Fields)
            && let Some(source) = self.next_own()
        {
            return Some(Metric::new(self.view, source));
        }
        self.next_field().map(|source| Metric::new(self.view, source))
    }
}

impl<'a> Metrics<'a> {
    /// What the file says of its process and threads.
    #[inline(never)]
    fn next_own(&mut self) -> Option<Source<'a>> {
        if let Stage::Process(process) = &mut self.stage {
            if let Some(process) = process.next() {
                return Some(Source::Process(*process));
            }
            self.stage = Stage::Attributes;
        }
        if let Stage::Attributes = self.stage {
            if let Some(attribute) = self.view.schema.attributes.get(self.index as usize) {
                self.index = self.index.saturating_add(1);
                return Some(Source::Attribute(attribute));
            }
            self.stage = Stage::Threads;
        }
        if let Some((_, tid)) = self.next_slot() {
            return Some(Source::Thread { tid });
        }
        self.stage = Stage::Fields;
        self.index = 0;
        None
    }

    #[inline]
    fn next_field(&mut self) -> Option<Source<'a>> {
        let field = self.fields.get(self.index as usize)?;
        // Nearly all fields are one metric, so this is the path that callers inline.
        if field.count == 1 && (self.only_tenant || field.combine == Combine::Total) {
            let index = self.index;
            self.index = index.wrapping_add(1);
            return Some(Source::Field { field, index, element: 0, slot: self.only_slot });
        }
        self.next_of_several()
    }

    /// The next metric, where a field may be several or none.
    #[inline(never)]
    fn next_of_several(&mut self) -> Option<Source<'a>> {
        let slots = &self.view.slots;
        loop {
            let index = self.index;
            let field = self.fields.get(index as usize)?;
            if self.element < field.count {
                let element = self.element;
                if field.combine == Combine::PerSlot {
                    if let Some((slot, _)) = self.next_slot() {
                        return Some(Source::Field { field, index, element, slot: Some(slot) });
                    }
                    self.element = element.saturating_add(1);
                    continue;
                }
                if field.combine == Combine::Total || slots.first_leased().is_some() {
                    self.element = element.saturating_add(1);
                    let is_constant = field.combine == Combine::Constant;
                    let slot = if is_constant { slots.first_leased() } else { slots.only() };
                    return Some(Source::Field { field, index, element, slot });
                }
            }
            self.index = index.saturating_add(1);
            self.element = 0;
        }
    }

    /// The next leased slot; after the last one it starts again.
    #[inline(never)]
    fn next_slot(&mut self) -> Option<(u32, NonZeroU32)> {
        let next = self.view.slots.next_leased(self.slot);
        self.slot = next.map_or(0, |(slot, _)| slot.saturating_add(1));
        next
    }
}
