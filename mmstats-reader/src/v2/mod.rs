//! Format 2: from the bytes of a file to its fields and their values.
//!
//! | module | what it does |
//! |---|---|
//! | [`schema`] | parses what describes the values: once, and then only what was appended |
//! | [`fields`], [`field`] | which fields there are; what is kept of a descriptor |
//! | [`records`] | values of several members |
//! | [`slots`] | finds values in the threads' slots |
//! | [`combine`] | makes one value of those of several slots |
//! | [`threads`], [`crowd`] | the slots one by one, as many as are shown |
//! | [`settle`] | reads values of several words again until they are whole |
//! | [`metrics`], [`metric`] | names values one after the other; decodes one |

mod combine;
mod crowd;
pub(crate) mod field;
mod fields;
pub(crate) mod metric;
mod metrics;
mod records;
pub(crate) mod schema;
mod settle;
pub(crate) mod slots;
mod threads;

use std::fs::File;
use std::sync::OnceLock;

use mmstats_format::error::ParseError;
use mmstats_format::tagged::Torn;

pub(crate) use metric::Metric;
pub(crate) use metrics::Metrics;
pub use records::Member;
pub use threads::Thread;
pub(crate) use threads::threads;

use crate::error::Error;
use crate::snapshot::Settled;
use crowd::Crowd;
use mmstats_host::buffer::AlignedBuffer;
use schema::Schema;
use settle::settle;
use slots::Slots;

/// The version of the format that is read here.
pub(crate) const FORMAT: u8 = 2;

/// What is kept of a file between two reads of it.
pub(crate) struct Contents {
    pub(crate) schema: Schema,
    header: AlignedBuffer,
    slots: AlignedBuffer,
    scratch: AlignedBuffer,
    /// The leased slots.
    leased: Vec<u32>,
}

impl Contents {
    /// Parses what describes the values of `file`.
    pub(crate) fn read(file: &File) -> Result<Self, Error> {
        let (mut header, mut slots) = (AlignedBuffer::default(), AlignedBuffer::default());
        let schema = Schema::read(file, &mut header, &mut slots)?;
        Ok(Self { schema, header, slots, scratch: AlignedBuffer::default(), leased: Vec::new() })
    }

    /// Reads all values of `file`, which is the one that was parsed.
    pub(crate) fn update(&mut self, file: &File) -> Result<(View<'_>, Settled), Error> {
        let len = self.schema.header_len();
        let header = self.header.read(file, 0, len)?;
        self.schema.update(file, header, &mut self.slots)?;

        let region = self.schema.header.slots;
        let len = region.published_len();
        let len = usize::try_from(len).map_err(|_| Error::Memory { len })?;
        self.slots.read(file, region.offset.get(), len)?;
        let settled = settle(&self.schema, file, &mut self.slots, &mut self.scratch, &mut self.leased)?;
        let stride = region.record_len.get() as usize;
        let slots = Slots::new(self.slots.bytes(), stride, region.capacity.get(), &self.leased);
        self.schema.crowds = Crowd::both(self.schema.thread_strings, &region, self.leased.len());
        Ok((View { schema: &self.schema, slots, names: OnceLock::new() }, settled))
    }
}

/// What the metrics of one snapshot are made of.
pub(crate) struct View<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) slots: Slots<'a>,
    /// The names of the slots' tenants, decoded when one is asked for.
    names: OnceLock<Vec<Result<String, Torn>>>,
}

impl View<'_> {
    /// What stopped the parser, or why not all threads are shown.
    pub(crate) fn problem(&self, is_by_thread: bool) -> Option<&ParseError> {
        self.schema.problem.as_ref().or(self.crowd(is_by_thread).problem.as_ref())
    }

    /// How many threads are shown one by one.
    fn crowd(&self, is_by_thread: bool) -> &Crowd {
        let [by_thread, combined] = &self.schema.crowds;
        if is_by_thread { by_thread } else { combined }
    }

    /// The name of the tenant `index`.
    pub(crate) fn name(&self, index: u32) -> Result<&str, Torn> {
        let names = self.names.get_or_init(|| self.slots.names());
        names.get(index as usize).ok_or(Torn)?.as_deref().map_err(|torn| *torn)
    }
}
