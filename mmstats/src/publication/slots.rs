//! Leases slots to threads (FORMAT.md, "Slots"). All of it runs under the lock of all publications;
//! only the values are written without.
#![expect(unsafe_code, reason = "hands out values in slots that nobody else has")]

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};

use mmstats_format::header::Header;
use mmstats_format::slot::SlotHeader;

use super::image::Image;
use super::memory::Memory;
use crate::field::{FieldLayout, Resumed};
use crate::platform::system;
use crate::private_memory::PrivateMemory;
use crate::struct_layout::StructLayout;

/// Opens the file, where the system cannot allocate without.
pub(super) trait Open: FnOnce() -> io::Result<File> {}

impl<F: FnOnce() -> io::Result<File>> Open for F {}

/// Who has a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tenant {
    /// A `Stats`, on whatever thread it is.
    Handle,
    /// The thread of this identity.
    Thread(usize),
}

/// Why there is no slot.
#[derive(Debug)]
pub(crate) enum LeaseError {
    /// All that there is room for are leased.
    Full {
        /// Slots that there is room for.
        capacity: u32,
    },
    /// There is no space for another.
    Io(io::Error),
}

/// The slots of a publication, from the first to the last that was ever leased.
pub(super) struct Slots {
    layout: StructLayout,
    constants: PrivateMemory,
    list: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    tenant: Option<Tenant>,
    leases: u32,
    /// Whether its bytes have their space, so that stores to them cannot fail.
    is_allocated: bool,
}

impl Slot {
    const FREE: Self = Self { tenant: None, leases: 0, is_allocated: false };
}

impl Slots {
    /// The first one, which every new file has space for, not leased yet. `constants` were made of
    /// `layout`.
    pub(super) fn new(layout: StructLayout, constants: PrivateMemory) -> Self {
        Self { layout, constants, list: vec![Slot { is_allocated: true, ..Slot::FREE }] }
    }

    pub(super) fn layout(&self) -> &StructLayout {
        &self.layout
    }

    /// Where the values of the slot `index` are.
    pub(super) fn values(&self, index: u32, memory: &Memory, image: &Image) -> NonNull<u8> {
        memory.at(image.slot_offset(index) + SlotHeader::LEN, self.layout.len)
    }

    /// Leases the first free slot to `tenant`, and publishes it if it is a new one.
    pub(super) fn lease(
        &mut self,
        tenant: Tenant,
        memory: &Memory,
        image: &Image,
        open: impl Open,
    ) -> Result<u32, LeaseError> {
        let free = self.list.iter().position(|slot| slot.tenant.is_none()).unwrap_or(self.list.len());
        let capacity = image.capacity();
        let index = u32::try_from(free).ok().filter(|index| *index < capacity);
        let index = index.ok_or(LeaseError::Full { capacity })?;
        if !self.list.get(free).is_some_and(|slot| slot.is_allocated) {
            if !memory.is_private() {
                allocate(index, memory, image, open).map_err(LeaseError::Io)?;
            }
            if free == self.list.len() {
                self.list.push(Slot::FREE);
            }
        }
        let slot = &mut self.list[free];
        slot.is_allocated = true;
        slot.tenant = Some(tenant);
        slot.leases = slot.leases.wrapping_add(1);
        let leases = slot.leases;
        let values = self.values(index, memory, image);
        // SAFETY: `values` are a struct of this layout within the mapping; no thread has them. The
        // constants were made of the same layout.
        unsafe { self.layout.begin_lease(values, &self.constants) };
        write_header(index, leases, memory, image);
        publish_count(index + 1, memory);
        Ok(index)
    }

    /// Takes the slot `index` back from its tenant. What was counted in it stays.
    pub(super) fn give_back(&mut self, index: u32, memory: &Memory, image: &Image) {
        let Some(slot) = self.list.get_mut(index as usize) else { return };
        slot.tenant = None;
        tenancy(index, memory, image).store(SlotHeader::tenancy(0, slot.leases).to_le(), Release);
    }

    /// Adds up what a writer that resumes takes over of all slots of `old`, which has the same fields
    /// at the same places, in the first slot.
    pub(super) fn take_over(
        &mut self,
        old: &File,
        header: &Header,
        memory: &Memory,
        image: &Image,
    ) -> io::Result<()> {
        let mut elements = Vec::new();
        self.layout.spec.visit("", SlotHeader::LEN, &mut |_, _, offset, value| {
            let FieldLayout { size, count, resumed, .. } = value.layout;
            if !value.is_constant() && resumed != Resumed::Nothing {
                elements.extend((offset..).step_by(size).take(count).map(|offset| (offset, size, resumed)));
            }
        });
        let first = image.slot_offset(0);
        let mut slot = vec![0; image.stride()];
        for index in 0..header.slots.count.get() {
            old.read_exact_at(&mut slot, header.slots.record_offset(index))?;
            for (offset, size, resumed) in &elements {
                let old = slot.get(*offset..offset + size).unwrap_or_default();
                resume(*resumed, old, memory.words(first + offset, *size));
            }
        }
        publish_count(1, memory);
        Ok(())
    }

    /// Copies what was counted from the memory of this process, a child of fork, to that of its new
    /// file, and publishes it there.
    pub(super) fn copy(
        &mut self,
        from: &Memory,
        to: &Memory,
        image: &Image,
        mut open: impl FnMut() -> io::Result<File>,
    ) -> io::Result<()> {
        for (index, slot) in (0..).zip(&mut self.list) {
            // The first one has its space in every new file.
            if index > 0 {
                if !slot.is_allocated {
                    continue;
                }
                allocate(index, to, image, &mut open)?;
            }
            let (offset, len) = (image.slot_offset(index), image.stride());
            for (from, to) in from.words(offset, len).iter().zip(to.words(offset, len)) {
                to.store(from.load(Relaxed), Relaxed);
            }
            if slot.tenant.is_some() {
                write_header(index, slot.leases, to, image);
            }
            if slot.leases > 0 {
                publish_count(index + 1, to);
            }
        }
        Ok(())
    }

    /// In the child of a fork, where `memory` has just become zero: keeps only what this `thread` has,
    /// with its constants. Makes and frees no memory.
    pub(super) fn detach(&mut self, thread: usize, memory: &Memory, image: &Image) {
        let stays = |slot: &Slot| matches!(slot.tenant, Some(tenant) if tenant == Tenant::Handle || tenant == Tenant::Thread(thread));
        for slot in self.list.iter_mut().filter(|slot| !stays(slot)) {
            *slot = Slot::FREE;
        }
        let len = self.list.iter().rposition(stays).map_or(0, |last| last + 1);
        self.list.truncate(len);
        for index in (0..).take(len).filter(|index| stays(&self.list[*index as usize])) {
            let values = self.values(index, memory, image);
            // SAFETY: as in `lease`; the one thread of this process is here.
            unsafe { self.layout.begin_lease(values, &self.constants) };
        }
    }
}

/// Allocates the space of the slot `index`.
fn allocate(index: u32, memory: &Memory, image: &Image, open: impl Open) -> io::Result<()> {
    system::allocate(memory.mapping(), image.slot_offset(index), image.stride(), open)
}

/// Says that this thread has the slot `index`, which it leases for the `leases`th time.
fn write_header(index: u32, leases: u32, memory: &Memory, image: &Image) {
    let thread = std::thread::current();
    let name = thread.name().map(str::to_owned).or_else(system::thread_name).unwrap_or_default();
    let name = &name.as_bytes()[..name.floor_char_boundary(SlotHeader::MAX_NAME_LEN)];
    #[expect(clippy::cast_possible_truncation, reason = "at most 24")]
    memory.slot_name(image.slot_offset(index)).set(name.len() as u32, name);
    let tenancy_word = SlotHeader::tenancy(system::thread_id(), leases);
    // Release: who reads the tenant finds its values made ready, and its name.
    tenancy(index, memory, image).store(tenancy_word.to_le(), Release);
}

fn tenancy<'a>(index: u32, memory: &'a Memory, image: &Image) -> &'a AtomicU64 {
    &memory.words(image.slot_offset(index), size_of::<u64>())[0]
}

/// Publishes the first `count` slots, if they are not yet.
fn publish_count(count: u32, memory: &Memory) {
    let [.., offset] = Header::COUNT_OFFSETS;
    let published = memory.half_word(offset);
    if u32::from_le(published.load(Relaxed)) < count {
        // Release: a reader that finds the count, by a system call, finds the slots that it reveals.
        published.store(count.to_le(), Release);
    }
}

/// Adds what a writer that resumes takes over of an element with the bytes `old` to `words`.
fn resume(resumed: Resumed, old: &[u8], words: &[AtomicU64]) {
    let (old, _) = old.as_chunks::<{ size_of::<u64>() }>();
    let pairs = words.iter().zip(old.iter().map(|bytes| u64::from_le_bytes(*bytes)));
    match resumed {
        Resumed::Nothing => {}
        Resumed::Words { first, count } => pairs.skip(first).take(count).for_each(|(word, n)| add(word, n)),
        Resumed::Average => {
            for (index, (word, n)) in pairs.take(2).enumerate() {
                if index == 0 {
                    add(word, n);
                } else {
                    let sum = f64::from_bits(u64::from_le(word.load(Relaxed))) + f64::from_bits(n);
                    word.store(sum.to_bits().to_le(), Relaxed);
                }
            }
        }
    }
}

/// Adds `n` to a counter that only this thread writes to.
pub(super) fn add(counter: &AtomicU64, n: u64) {
    counter.store(u64::from_le(counter.load(Relaxed)).wrapping_add(n).to_le(), Relaxed);
}
