//! All values of a file at a time.

use mmstats_format::error::ParseError;

use crate::metric::{Metric, Process, Source};
use crate::v2::field::Combine;
use crate::v2::settle::Settled;
use crate::v2::{FORMAT, View};

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
        Metrics {
            view: &self.view,
            stage: Stage::Process(Process::ALL.iter()),
            is_plain: false,
            index: 0,
            element: 0,
            slot: 0,
        }
    }

    /// The version of the file's format.
    pub fn format(&self) -> u8 {
        FORMAT
    }

    /// What stopped the parser, if anything did. The metrics are those before it.
    pub fn problem(&self) -> Option<&'a ParseError> {
        self.view.schema.problem.as_ref()
    }

    /// How many fields are of a kind that this version does not know. They are passed over.
    pub fn skipped(&self) -> u64 {
        self.view.schema.skipped
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
    /// Whether each field of one element is one metric, that of the only slot.
    is_plain: bool,
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
        if self.is_plain && self.view.schema.fields.get(index as usize)?.count == 1 {
            self.index = index.wrapping_add(1);
            return Some(index);
        }
        None
    }

    #[inline(never)]
    fn next_other(&mut self) -> Option<Source> {
        if !matches!(self.stage, Stage::Fields)
            && let Some(source) = self.next_own()
        {
            return Some(source);
        }
        self.next_field()
    }

    /// What the file says of its process and threads.
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
            self.stage = Stage::Threads;
        }
        if let Some(slot) = self.next_slot() {
            return Some(Source::Thread { slot });
        }
        let slots = &self.view.slots;
        self.is_plain = slots.only().is_some() && slots.first_leased().is_some();
        self.stage = Stage::Fields;
        self.index = 0;
        None
    }

    fn next_field(&mut self) -> Option<Source> {
        let slots = &self.view.slots;
        loop {
            if let Some(index) = self.next_plain() {
                return Some(Source::InSlot { index, element: 0, slot: 0 });
            }
            let index = self.index;
            let field = self.view.schema.fields.get(index as usize)?;
            if self.element < field.count {
                let element = self.element;
                if field.combine == Combine::PerSlot {
                    if let Some(slot) = self.next_slot() {
                        return Some(Source::InSlot { index, element, slot });
                    }
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

    /// The next leased slot; after the last one it starts again.
    fn next_slot(&mut self) -> Option<u32> {
        let next = self.view.slots.next_leased(self.slot);
        self.slot = next.map_or(0, |slot| slot.saturating_add(1));
        next
    }
}
