//! The threads' slots: which are leased, and what their values are together.

use std::num::NonZeroU32;

use mmstats_format::descriptor::Type;
use mmstats_format::slot::SlotHeader;
use mmstats_format::tagged::{self, Torn};
use mmstats_format::value::{Value, decode_text};

use super::combine::{combine, merge};
use super::field::{Combine, Field};

/// The published slots, as one snapshot found them.
#[derive(Clone, Copy)]
pub(crate) struct Slots<'a> {
    bytes: &'a [u8],
    stride: usize,
    is_shared: bool,
    leased: &'a [u32],
}

impl<'a> Slots<'a> {
    /// The slots in `bytes`, one each `stride` bytes, of a file that has room for `capacity`;
    /// those in `leased` are.
    pub(crate) fn new(bytes: &'a [u8], stride: usize, capacity: u32, leased: &'a [u32]) -> Self {
        Self { bytes, stride, is_shared: capacity > 1, leased }
    }

    /// Whether the file has room for more than one thread.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared
    }

    #[inline]
    pub(crate) fn first_leased(&self) -> Option<u32> {
        self.tenant(0)
    }

    /// The slot of the tenant `index`: they are counted in the order of their slots.
    #[inline]
    pub(crate) fn tenant(&self, index: u32) -> Option<u32> {
        self.leased.get(index as usize).copied()
    }

    /// The names of the tenants.
    pub(crate) fn names(&self) -> Vec<Result<String, Torn>> {
        let name = |slot: &[u8]| {
            let copies =
                slot.get(SlotHeader::NAME_OFFSET..).and_then(|slot| slot.get(..SlotHeader::NAME_LEN));
            decode_text(copies.unwrap_or_default())
        };
        self.leased.iter().map(|slot| self.slot(*slot).ok_or(Torn).and_then(name)).collect()
    }

    /// The only slot there can be, if it is published: nothing is combined then.
    #[inline]
    pub(crate) fn only(&self) -> Option<u32> {
        (!self.is_shared && !self.bytes.is_empty()).then_some(0)
    }

    /// The tenant of the slot `index`.
    pub(crate) fn tid(&self, index: u32) -> Option<NonZeroU32> {
        tid(self.slot(index)?)
    }

    /// How often the slot `index` was leased.
    pub(crate) fn leases(&self, index: u32) -> u32 {
        // In the half of the word that holds the version in the words of a text.
        self.slot(index).and_then(tenancy).map_or(0, tagged::version)
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&'a [u8]> {
        // Both are at most a u32, and a wrong result is caught by `get`.
        let start = self.stride.wrapping_mul(index as usize);
        self.bytes.get(start..start.wrapping_add(self.stride))
    }

    /// The bytes of element `element` of `field` in the slot `slot`; nothing if there is none.
    #[inline]
    pub(crate) fn element(&self, field: &Field, element: u32, slot: u32) -> &'a [u8] {
        field.element(self.slot(slot).unwrap_or_default(), element)
    }

    /// The value of element `element` of `field` in all slots together. `decode` makes a value of the
    /// bytes of an element.
    pub(crate) fn combined(
        &self,
        field: &Field,
        element: u32,
        decode: impl Fn(&[u8]) -> Result<Value, Torn>,
    ) -> Result<Value, Torn> {
        let value = |slot| decode(field.element(slot, element)).ok();
        if field.combine != Combine::Total {
            let leased = self.leased.iter().filter_map(|slot| self.slot(*slot));
            return combine(field.combine, field.type_, leased.filter_map(value));
        }
        let slots = self.bytes.chunks_exact(self.stride);
        if field.type_ == Type::U64 {
            // Nearly all sums are those of counters.
            let counts = slots.filter_map(|slot| field.element(slot, element).first_chunk());
            let add = |sum: u64, bytes: &[u8; 8]| sum.saturating_add(u64::from_le_bytes(*bytes));
            return Ok(Value::U64(counts.fold(0, add)));
        }
        if field.type_.is_number() {
            return combine(Combine::Total, field.type_, slots.filter_map(value));
        }
        // Bytes of zero are what nothing was counted in.
        let zero = decode(&vec![0; field.size as usize])?;
        Ok(slots.filter_map(value).fold(zero, |total, value| merge(total, &value)))
    }
}

/// The thread that has leased `slot`.
#[inline]
pub(super) fn tid(slot: &[u8]) -> Option<NonZeroU32> {
    NonZeroU32::new(tagged::data(tenancy(slot)?))
}

#[inline]
fn tenancy(slot: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*slot.first_chunk()?))
}
