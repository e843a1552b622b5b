//! Which slots are free, and how a thread claims one.
#![expect(unsafe_code, reason = "refers to what a mapping holds")]

use std::io;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use memmap2::{MmapOptions, MmapRaw};
use mmstats_format::slot::SlotHeader;
use mmstats_format::tagged;

/// The tenant of a slot that a [`Stats`](crate::Stats) has, on whatever thread it is. No thread has this id.
pub(super) const HANDLE: u32 = u32::MAX;

/// What this process knows of each slot.
pub(super) struct SlotList {
    /// Zeroed at first, so that slots that were never leased take no memory.
    mapping: MmapRaw,
    pub(super) capacity: u32,
}

/// What this process knows of a slot; all zero at first.
pub(super) struct Slot {
    /// The tenant's thread id, or [`HANDLE`], or 0 for a free slot, and how often the slot was leased, as
    /// [`SlotHeader::tenancy`]. The file has a copy, which another program could overwrite; this decides.
    pub(super) tenancy: AtomicU64,
    /// How many [`Lease`](crate::leases::Lease)s the tenant has of it.
    pub(super) holders: AtomicU32,
    /// Whether its bytes have their space, so that stores to them cannot fail.
    pub(super) is_allocated: AtomicBool,
}

impl SlotList {
    pub(super) fn new(capacity: u32) -> io::Result<Self> {
        let len = usize::try_from(capacity).ok().and_then(|count| count.checked_mul(size_of::<Slot>()));
        let len = len.ok_or(io::ErrorKind::OutOfMemory)?;
        let mapping = MmapOptions::new().len(len.max(1)).no_reserve_swap().map_anon()?;
        Ok(Self { mapping: mapping.into(), capacity })
    }
}

impl std::ops::Deref for SlotList {
    type Target = [Slot];

    fn deref(&self) -> &[Slot] {
        let first: *const Slot = self.mapping.as_ptr().cast();
        // SAFETY: the mapping has room for so many and starts at a page, so they are aligned; a slot is
        // valid when zeroed, and accessed by atomics only. The mapping lives as long as self.
        unsafe { std::slice::from_raw_parts(first, self.capacity as usize) }
    }
}

impl Slot {
    /// Takes the slot for the thread `tid`, if `may_take` allows it from the tenant that it has. Returns how
    /// often it was leased.
    pub(super) fn claim(&self, tid: u32, may_take: impl Fn(u32) -> bool) -> Option<u32> {
        let word = self.tenancy.load(Relaxed);
        if !may_take(tenant(word)) {
            return None;
        }
        let leases = tagged::version(word).wrapping_add(1);
        // Acquire: pairs with the release in `free`. The number of leases in the word tells a tenant from a
        // later one of the same id.
        let claimed = self.tenancy.compare_exchange(word, SlotHeader::tenancy(tid, leases), Acquire, Relaxed);
        claimed.is_ok().then_some(leases)
    }

    /// Leaves the slot to the next thread.
    pub(super) fn free(&self, leases: u32) {
        // Release: the next tenant finds what this one has counted.
        self.tenancy.store(SlotHeader::tenancy(0, leases), Release);
    }

    pub(super) fn tenant(&self) -> u32 {
        tenant(self.tenancy.load(Relaxed))
    }

    pub(super) fn leases(&self) -> u32 {
        tagged::version(self.tenancy.load(Relaxed))
    }
}

fn tenant(tenancy: u64) -> u32 {
    tagged::data(tenancy)
}
