//! Format 2: from the bytes of a file to its fields and their values.
//!
//! | module | what it does |
//! |---|---|
//! | [`schema`] | parses what describes the values: once, and then only what was appended |
//! | [`fields`], [`field`] | which fields there are; what is kept of a descriptor |
//! | [`records`], [`member`] | values of several members; one of these |
//! | [`slots`] | finds values in the threads' slots |
//! | [`combine`] | makes one value of those of several slots |
//! | [`threads`], [`crowd`] | the slots one by one, as many as are shown |
//! | [`view`] | what the metrics of one snapshot are made of |
//! | [`settle`] | reads values of several words again until they are whole |
//! | [`metrics`], [`metric`] | names values one after the other; decodes one |

mod combine;
mod crowd;
pub(crate) mod field;
mod fields;
mod member;
pub(crate) mod metric;
mod metrics;
mod records;
pub(crate) mod schema;
mod settle;
pub(crate) mod slots;
mod threads;
mod view;

use std::fs::File;

pub use member::Member;
pub(crate) use metric::Metric;
pub(crate) use metrics::Metrics;
pub use threads::Thread;
pub(crate) use threads::threads;
pub(crate) use view::View;

use crate::error::Error;
use crate::settled::Settled;
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
        Ok((View::new(&self.schema, slots), settled))
    }
}
