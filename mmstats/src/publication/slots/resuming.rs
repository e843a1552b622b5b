//! What a writer that resumes takes over of the file of its last run (FORMAT.md, "Resuming").

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use mmstats_format::header::Header;
use mmstats_format::slot::SlotHeader;

use super::{Memory, Slots, publish_count};
use crate::field::{FieldLayout, Resumed};

impl Slots {
    /// Adds up what a writer that resumes takes over of all slots of `old`, which has the same fields at the
    /// same places, in the first slot of `memory`.
    pub(in crate::publication) fn take_over(
        &self,
        old: &File,
        header: &Header,
        memory: &Memory,
    ) -> io::Result<()> {
        let mut elements = Vec::new();
        self.layout.spec.visit("", SlotHeader::LEN, &mut |_, _, offset, value| {
            let FieldLayout { size, count, resumed, .. } = value.layout;
            if !value.is_constant() && resumed != Resumed::Nothing {
                elements.extend((offset..).step_by(size).take(count).map(|offset| (offset, size, resumed)));
            }
        });
        let mut slot = vec![0; self.stride];
        for index in 0..header.slots.count.get() {
            old.read_exact_at(&mut slot, header.slots.record_offset(index))?;
            for (offset, size, resumed) in &elements {
                let old = slot.get(*offset..offset + size).unwrap_or_default();
                resume(*resumed, old, memory.words(self.start + offset, *size));
            }
        }
        publish_count(1, memory);
        Ok(())
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
fn add(counter: &AtomicU64, n: u64) {
    counter.store(u64::from_le(counter.load(Relaxed)).wrapping_add(n).to_le(), Relaxed);
}
