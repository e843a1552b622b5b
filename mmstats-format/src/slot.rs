//! A slot: one thread's values behind a header (FORMAT.md, "Slots").

use bytemuck::{Pod, Zeroable};

use crate::le::Le64;
use crate::tagged;

/// The header of a slot.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct SlotHeader {
    /// Thread id of the tenant in the low 32 bits, 0 if there is none; how often the slot was
    /// leased in the high 32 bits. One word, so that both are always of one lease.
    pub tenancy: Le64,
    /// Zero.
    pub reserved: Le64,
    /// The tenant's name, up to [`SlotHeader::MAX_NAME_LEN`] bytes of UTF-8, as a text value.
    pub name: [Le64; 14],
}

const _: () = {
    assert!(size_of::<SlotHeader>() == SlotHeader::LEN);
    assert!(core::mem::offset_of!(SlotHeader, name) == SlotHeader::NAME_OFFSET);
    assert!(SlotHeader::NAME_LEN == tagged::text_len(SlotHeader::MAX_NAME_LEN));
};

impl SlotHeader {
    /// Bytes of the header, and where in the slot the values start.
    pub const LEN: usize = 128;
    /// Slots start at a multiple of this, so that no two share a cache line or its neighbour.
    pub const ALIGN: usize = 128;
    /// Where the tenant's name stands in the slot.
    pub const NAME_OFFSET: usize = 16;
    /// Bytes of the two copies of the tenant's name.
    pub const NAME_LEN: usize = 112;
    /// The longest name, in bytes.
    pub const MAX_NAME_LEN: usize = 24;

    /// The header of a slot that the thread `tid`, named `name`, leases for the `leases`th time, as
    /// it is when the file is published. A longer name is cut at a character.
    #[must_use]
    pub fn new(tid: u32, leases: u32, name: &str) -> Self {
        let mut header = Self { tenancy: Le64::new(Self::tenancy(tid, leases)), ..Self::zeroed() };
        let name = name.get(..name.floor_char_boundary(Self::MAX_NAME_LEN)).unwrap_or_default();
        for (word, data) in header.name.iter_mut().zip(tagged::text_data(name)) {
            *word = Le64::new(tagged::word(1, data));
        }
        header
    }

    /// The tenancy word of a slot that `tid` leases for the `leases`th time.
    pub const fn tenancy(tid: u32, leases: u32) -> u64 {
        tid as u64 | ((leases as u64) << 32)
    }

    /// The thread id of the tenant, if there is one.
    pub const fn tid(&self) -> Option<u32> {
        match tagged::data(self.tenancy.get()) {
            0 => None,
            tid => Some(tid),
        }
    }

    /// How often the slot was leased.
    pub const fn leases(&self) -> u32 {
        (self.tenancy.get() >> 32) as u32
    }
}

/// Bytes from one slot to the next for values of `value_len` bytes, or nothing if that is more
/// than a slot can hold.
#[expect(clippy::cast_possible_truncation, reason = "compared with the largest u32 just before")]
pub const fn stride(value_len: usize) -> Option<u32> {
    let Some(len) = value_len.checked_add(SlotHeader::LEN) else { return None };
    let Some(len) = len.checked_next_multiple_of(SlotHeader::ALIGN) else { return None };
    if len > u32::MAX as usize { None } else { Some(len as u32) }
}
