//! The slots of a publication, and how threads lease them (FORMAT.md, "Slots").
//!
//! A lease may start in a signal handler, which may have interrupted anything: the allocator, the start
//! of a thread, another lease. So leasing and giving back allocate nothing and wait for nobody. A slot is
//! claimed by one compare-and-swap of its word in [`SlotList`]; from then on only its tenant touches it.
#![expect(unsafe_code, reason = "hands out values in slots that nobody else has")]

mod list;
mod resuming;
mod trouble;

use std::fs::File;
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32};

use mmstats_format::header::Header;
use mmstats_format::slot::SlotHeader;
use nix::errno::Errno;

use self::list::{HANDLE, Slot, SlotList};
pub(crate) use self::trouble::Trouble;
use super::image::Image;
use super::location::Location;
use super::memory::Memory;
use crate::leases::{forks, this_tid};
use crate::platform::system;
use crate::private_memory::PrivateMemory;
use crate::struct_layout::StructLayout;

/// How often a lease lets other threads run before it finds all slots leased, where threads do not give theirs back
/// by themselves.
const YIELDS: u32 = 10;

/// Why there is no slot for a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaseError {
    /// All slots that there is room for are leased.
    Full,
    /// The system has no space for another slot.
    NoSpace(Errno),
    /// The file is being published anew.
    Frozen,
}

/// The slots of a publication. All that a lease needs is here, made when it was published.
pub(crate) struct Slots {
    layout: StructLayout,
    constants: PrivateMemory,
    memory: Memory,
    /// Where the slots start in the memory, and bytes from one to the next.
    start: usize,
    stride: usize,
    /// Where in the memory the counter of writers without a slot is, if there is one.
    unpublished_writers: Option<usize>,
    list: SlotList,
    /// One more than the highest index that was ever claimed.
    used: AtomicU32,
    /// Whether new leases are refused, while the file is published anew.
    is_frozen: AtomicBool,
    /// Where the file can be opened again; null if it cannot.
    location: AtomicPtr<Arc<Location>>,
    /// The first reason why a thread got no slot, and whether the log has it: see [`Trouble`].
    trouble: Trouble,
}

impl Slots {
    /// The slots of a new file that is mapped by `memory`, none of them leased. The first one has its space
    /// already. `constants` were made of `layout`.
    pub(super) fn new(
        layout: StructLayout,
        constants: PrivateMemory,
        memory: Memory,
        image: &Image,
    ) -> io::Result<Self> {
        let list = SlotList::new(image.capacity())?;
        if let Some(first) = list.first() {
            first.is_allocated.store(true, Relaxed);
        }
        Ok(Self {
            layout,
            constants,
            memory,
            start: image.slot_offset(0),
            stride: image.stride(),
            unpublished_writers: image.unpublished_writers_offset(),
            list,
            used: AtomicU32::new(0),
            is_frozen: AtomicBool::new(false),
            location: AtomicPtr::default(),
            trouble: Trouble::default(),
        })
    }

    pub(crate) fn layout(&self) -> &StructLayout {
        &self.layout
    }

    pub(crate) fn constants(&self) -> &PrivateMemory {
        &self.constants
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn capacity(&self) -> u32 {
        self.list.capacity
    }

    /// Where the values of the slot `index` are.
    pub(crate) fn values(&self, index: u32) -> NonNull<u8> {
        self.memory.at(self.offset(index) + SlotHeader::LEN, self.layout.len)
    }

    /// The slot whose values are at `values`; `None` if they are in no slot.
    pub(crate) fn index_of(&self, values: NonNull<u8>) -> Option<u32> {
        let first = self.values(0).addr().get();
        let index = u32::try_from(values.addr().get().checked_sub(first)? / self.stride).ok()?;
        (index < self.list.capacity).then_some(index)
    }

    fn offset(&self, index: u32) -> usize {
        self.start + self.stride * index as usize
    }

    /// Leases the first free slot to the thread `tid`, and returns it with one holder. Slots of threads that
    /// ended without giving theirs back are taken if nothing else is left, or if `may_reclaim`.
    pub(crate) fn lease(&self, tid: u32, may_reclaim: bool) -> Result<u32, LeaseError> {
        // Sequentially consistent, as the count of leases in progress: either this sees that the slots are
        // frozen, or who freezes them sees this lease, and waits for it.
        if self.is_frozen() {
            return Err(LeaseError::Frozen);
        }
        let is_free = |tenant| tenant == 0;
        let is_left = |tenant| tenant == 0 || (tenant != HANDLE && system::has_ended(tenant));
        let any = |_: &Slot| true;
        let claimed = if may_reclaim { None } else { self.claim_first(tid, any, is_free) };
        let mut claimed = claimed.or_else(|| self.claim_first(tid, any, is_left));
        // A thread that was joined a moment ago may still be found.
        for _ in 0..if may_reclaim { YIELDS } else { 0 } {
            if claimed.is_some() {
                break;
            }
            std::thread::yield_now();
            claimed = self.claim_first(tid, any, is_left);
        }
        let (index, leases) = claimed.ok_or(LeaseError::Full)?;
        self.take(index, leases, tid).or_else(|errno| {
            // While several threads allocate their slots and the space runs out, a slot can get its space
            // after one in front of it got none.
            let has_space = |slot: &Slot| slot.is_allocated.load(Relaxed);
            let claimed = self.claim_first(this_tid(), has_space, is_left);
            let (index, leases) = claimed.ok_or(LeaseError::NoSpace(errno))?;
            self.take(index, leases, this_tid()).map_err(LeaseError::NoSpace)
        })
    }

    /// Makes the slot `index`, which the thread `tid` has claimed for its `leases`th lease, ready for this
    /// thread, or leaves it to the next one if there is no space for it.
    fn take(&self, index: u32, leases: u32, tid: u32) -> Result<u32, Errno> {
        let slot = &self.list[index as usize];
        let mut tenant = tid;
        loop {
            let (forks_before, tid) = (forks(), this_tid());
            if tid != tenant {
                // A signal handler has forked meanwhile, and this is the child.
                slot.tenancy.store(SlotHeader::tenancy(tid, leases), Relaxed);
                tenant = tid;
            }
            self.move_in(index, leases).inspect_err(|_| slot.free(leases))?;
            // A fork in the middle of that leaves half of what was written in the child.
            if forks() == forks_before {
                return Ok(index);
            }
        }
    }

    /// Leases the first slot, which has its space in every new file, to a `Stats`.
    pub(super) fn lease_to_handle(&self) {
        if let Some((index, leases)) = self.claim_first(HANDLE, |_| true, |tenant| tenant == 0) {
            // It has its space, so this cannot fail.
            let _ = self.move_in(index, leases);
        }
    }

    /// Claims the first slot that suits, if `may_take` allows it from the tenant that it has. Returns its
    /// index, and how often it was leased.
    fn claim_first(
        &self,
        tid: u32,
        suits: impl Fn(&Slot) -> bool,
        may_take: impl Fn(u32) -> bool,
    ) -> Option<(u32, u32)> {
        (0..).zip(self.list.iter()).find_map(|(index, slot)| {
            if !suits(slot) || !may_take(slot.tenant()) {
                return None;
            }
            // Before the claim: a fork at any instant finds all slots that are claimed.
            self.used.fetch_max(index + 1, Relaxed);
            Some((index, slot.claim(tid, &may_take)?))
        })
    }

    /// Makes the slot `index`, which was claimed for its `leases`th lease, ready for its tenant, and
    /// publishes it if it is a new one.
    fn move_in(&self, index: u32, leases: u32) -> Result<(), Errno> {
        let slot = &self.list[index as usize];
        if !slot.is_allocated.load(Relaxed) && !self.memory.is_private() {
            self.allocate(index, &self.memory, || self.reopen()).map_err(|error| to_errno(&error))?;
        }
        slot.is_allocated.store(true, Relaxed);
        slot.holders.store(1, Relaxed);
        // SAFETY: the values are a struct of this layout within the mapping, and this thread has claimed
        // them. The constants were made of the same layout.
        unsafe { self.layout.begin_lease(self.values(index), &self.constants) };
        self.write_header(index, leases);
        publish_count(index + 1, &self.memory);
        Ok(())
    }

    /// Adds a holder of the slot `index`, which this thread holds already.
    pub(crate) fn hold(&self, index: u32) {
        self.list[index as usize].holders.fetch_add(1, Relaxed);
    }

    /// Takes a holder of the slot `index` away. With the last one the slot goes to the next thread; what
    /// was counted in it stays.
    pub(crate) fn release(&self, index: u32) {
        let slot = &self.list[index as usize];
        if slot.holders.fetch_sub(1, Relaxed) > 1 {
            return;
        }
        let leases = slot.leases();
        self.store_tenancy(index, 0, leases);
        slot.free(leases);
    }

    /// Whether new leases are refused.
    pub(crate) fn is_frozen(&self) -> bool {
        // Sequentially consistent: see `Slots::lease`.
        self.is_frozen.load(SeqCst)
    }

    /// Refuses new leases until [`Slots::thaw`]. Those in progress go on: see
    /// [`leases::wait_for_others`](crate::leases::wait_for_others).
    pub(super) fn freeze(&self) {
        self.is_frozen.store(true, SeqCst);
    }

    /// Gives slots that were given back while the memory was replaced back in the new file, too. No lease and
    /// no end of one from before may be in progress: it could claim a slot after this has found it free, or
    /// have told the old file only.
    pub(super) fn give_back_again(&self) {
        for (index, slot) in self.used() {
            if slot.tenant() == 0 {
                self.store_tenancy(index, 0, slot.leases());
            }
        }
    }

    /// Allows leases again.
    pub(super) fn thaw(&self) {
        self.is_frozen.store(false, SeqCst);
    }

    /// Says where the file can be opened again, to allocate a slot where the mapping alone cannot do it.
    ///
    /// A lease may be reading the last one, so that is leaked: only publications that are never removed
    /// have more than one slot.
    pub(super) fn set_location(&self, location: &Arc<Location>) {
        if self.list.capacity > 1 {
            // Release: who loads it finds what it points to.
            self.location.store(Box::into_raw(Box::new(Arc::clone(location))), Release);
        }
    }

    /// Counts `writers` that got no slot.
    pub(crate) fn count_unpublished_writers(&self, writers: u64) {
        let Some(offset) = self.unpublished_writers.filter(|_| writers > 0) else { return };
        let counter = &self.memory.words(offset, size_of::<u64>())[0];
        let add = |word| Some(u64::from_le(word).wrapping_add(writers).to_le());
        // Any thread may be here, so it is no plain addition.
        let _ = counter.fetch_update(Relaxed, Relaxed, add);
        // Readers see the counter in a published slot only.
        publish_count(1, &self.memory);
    }

    pub(crate) fn trouble(&self) -> &Trouble {
        &self.trouble
    }

    fn used(&self) -> impl Iterator<Item = (u32, &Slot)> {
        (0..self.used.load(Relaxed)).zip(self.list.iter())
    }

    /// Copies all slots that have their space to `to`, the memory of a new file of the same layout, and
    /// publishes them there. `open` opens that file, where its space cannot be allocated without.
    pub(super) fn copy_to(&self, to: &Memory, open: impl Fn() -> io::Result<File>) -> io::Result<()> {
        let mut published = 0;
        for (index, slot) in self.used() {
            // The first one has its space in every new file.
            if index > 0 {
                if !slot.is_allocated.load(Relaxed) {
                    continue;
                }
                self.allocate(index, to, &open)?;
            }
            published = index + 1;
        }
        self.copy_words_to(to);
        if published > 0 {
            publish_count(published, to);
        }
        Ok(())
    }

    /// Copies the words of all slots that have their space to `to`, where they have it, too.
    pub(super) fn copy_words_to(&self, to: &Memory) {
        for (index, _) in self.used().filter(|(index, slot)| *index == 0 || slot.is_allocated.load(Relaxed)) {
            let (offset, len) = (self.offset(index), self.stride);
            for (from, to) in self.memory.words(offset, len).iter().zip(to.words(offset, len)) {
                to.store(from.load(Relaxed), Relaxed);
            }
        }
    }

    /// In the child of a fork, where the memory has just become zero: keeps only the slots of the thread
    /// that forked, which was `old_tid` and is `tid` now, and that of a `Stats`, with their constants.
    pub(super) fn detach(&self, old_tid: u32, tid: u32) {
        for (index, slot) in self.used() {
            let tenant = slot.tenant();
            if tenant != HANDLE && (tenant == 0 || tenant != old_tid) {
                slot.tenancy.store(0, Relaxed);
                slot.holders.store(0, Relaxed);
                slot.is_allocated.store(false, Relaxed);
                continue;
            }
            let leases = slot.leases();
            if tenant != HANDLE {
                slot.tenancy.store(SlotHeader::tenancy(tid, leases), Relaxed);
            }
            // SAFETY: as in `move_in`; the one thread of this process is here.
            unsafe { self.layout.begin_lease(self.values(index), &self.constants) };
            self.write_header(index, leases);
        }
        // `used` stays: a lease that the fork has interrupted may claim the slot that it has raised it for.
    }

    /// Allocates the space of the slot `index` in `memory`.
    fn allocate(
        &self,
        index: u32,
        memory: &Memory,
        open: impl FnOnce() -> io::Result<File>,
    ) -> io::Result<()> {
        system::allocate(memory.mapping(), self.offset(index), self.stride, open)
    }

    fn reopen(&self) -> io::Result<File> {
        let location = NonNull::new(self.location.load(Acquire)).ok_or(Errno::ENOENT)?;
        // SAFETY: `set_location` has leaked it.
        unsafe { location.as_ref() }.open()
    }

    /// Says in the file that this thread has the slot `index`, which is leased for the `leases`th time.
    fn write_header(&self, index: u32, leases: u32) {
        // Of a `Stats` it is the thread that made it.
        let tid = this_tid();
        let name = system::thread_name(tid);
        let name = name.as_str();
        #[expect(clippy::cast_possible_truncation, reason = "at most 24")]
        self.memory.slot_name(self.offset(index)).set(name.len() as u32, name.as_bytes());
        self.store_tenancy(index, tid, leases);
    }

    /// Stores who has the slot `index` in the file.
    fn store_tenancy(&self, index: u32, tid: u32, leases: u32) {
        let word = &self.memory.words(self.offset(index), size_of::<u64>())[0];
        // Release: who reads the tenant finds its values made ready, and its name.
        word.store(SlotHeader::tenancy(tid, leases).to_le(), Release);
    }
}

fn to_errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

/// Publishes the first `count` slots, if they are not yet. A thread may publish slots before one that
/// another is still moving into: that one is zero until its tenant is stored.
fn publish_count(count: u32, memory: &Memory) {
    let [.., offset] = Header::COUNT_OFFSETS;
    let raise = |word| (u32::from_le(word) < count).then_some(count.to_le());
    // Release: a reader that finds the count, by a system call, finds the slots that it reveals.
    let _ = memory.half_word(offset).fetch_update(Release, Relaxed, raise);
}
