//! Reads values of several words again until they are whole (FORMAT.md, "Tagged copies").

use std::fs::File;

use mmstats_format::descriptor::Type;
use mmstats_format::header::Region;
use mmstats_format::slot::SlotHeader;
use mmstats_format::tagged;

use super::schema::Schema;
use super::slots;
use crate::error::Error;
use crate::settled::{MAX_REREADS, Settled};
use mmstats_host::buffer::AlignedBuffer;

/// Finds the leased slots in `buffer`, checks all tagged copies in them, and reads those that are torn
/// again. The slots go into `leased`, in their order.
pub(crate) fn settle(
    schema: &Schema,
    file: &File,
    buffer: &mut AlignedBuffer,
    scratch: &mut AlignedBuffer,
    leased: &mut Vec<u32>,
) -> Result<Settled, Error> {
    let region = &schema.header.slots;
    let mut settled = Settled::default();
    leased.clear();
    for slot in 0..region.count.get() {
        let (len, is_whole) = (SlotHeader::LEN, text_is_whole as IsWhole);
        let mut value = SlotBytes { region, slot, start: 0, len, is_whole, buffer: &mut *buffer };
        if slots::tid(value.bytes_mut()).is_none() {
            continue;
        }
        leased.try_reserve(1).map_err(|_| Error::Memory { len: size_of::<u32>() as u64 })?;
        leased.push(slot);
        (value.start, value.len) = (SlotHeader::NAME_OFFSET as u64, SlotHeader::NAME_LEN);
        value.settle(file, scratch, &mut settled)?;
        for field in schema.fields.tagged() {
            value.len = field.size as usize;
            value.is_whole = if field.type_ == Type::Record { record_is_whole } else { text_is_whole };
            for element in 0..field.count {
                let distance = u64::from(field.size).saturating_mul(element.into());
                value.start = u64::from(field.offset).saturating_add(distance);
                value.settle(file, scratch, &mut settled)?;
            }
        }
    }
    Ok(settled)
}

/// Whether two tagged copies hold a whole value.
type IsWhole = fn(&[u8]) -> bool;

/// Some bytes of a slot: its header, or two tagged copies in it.
struct SlotBytes<'a> {
    region: &'a Region,
    slot: u32,
    /// Bytes from the start of the slot.
    start: u64,
    len: usize,
    is_whole: IsWhole,
    buffer: &'a mut AlignedBuffer,
}

impl SlotBytes<'_> {
    fn settle(
        &mut self,
        file: &File,
        scratch: &mut AlignedBuffer,
        settled: &mut Settled,
    ) -> Result<(), Error> {
        for _ in 0..MAX_REREADS {
            if self.is_whole() {
                return Ok(());
            }
            let offset = self.region.record_offset(self.slot).saturating_add(self.start);
            // Not into the slots at once: this reads from a multiple of 64 on, and would tear
            // values before this one that are whole.
            let again = scratch.read(file, offset, self.len)?;
            settled.rereads = settled.rereads.saturating_add(1);
            let bytes = self.bytes_mut();
            if bytes == again {
                // A writer changes one copy at a time: bytes that stay torn are damaged.
                break;
            }
            bytes.copy_from_slice(again);
        }
        if !self.is_whole() {
            settled.torn = settled.torn.saturating_add(1);
        }
        Ok(())
    }

    fn is_whole(&mut self) -> bool {
        (self.is_whole)(self.bytes_mut())
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        let slot = self.region.record_offset(self.slot).saturating_sub(self.region.offset.get());
        usize::try_from(slot.saturating_add(self.start))
            .ok()
            .and_then(|start| self.buffer.bytes_mut().get_mut(start..start.checked_add(self.len)?))
            .unwrap_or_default()
    }
}

/// Data that nobody wants.
struct Nowhere;

impl Extend<u8> for Nowhere {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, _: I) {}
}

fn text_is_whole(copies: &[u8]) -> bool {
    tagged::read_text(copies, &mut Nowhere).is_ok()
}

fn record_is_whole(copies: &[u8]) -> bool {
    tagged::read_record(copies, &mut Nowhere).is_ok()
}
