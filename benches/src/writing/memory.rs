//! What the file of 100 counters takes, with labels of 20 bytes and help of 60.

use std::error::Error;
use std::fs;
use std::os::unix::fs::MetadataExt;

use mmstats::{Counter, MmStats};
use mmstats_reader::Reader;

use super::group::Outcome;
use super::subject::directory;

/// Ten counters whose labels have ten bytes without the prefix.
#[derive(MmStats)]
#[repr(C)]
pub(crate) struct Ten {
    /// What this field counts, said in about as many words as usual
    bytes_read: Counter,
    /// What this field counts, said in about as many words as usual
    bytes_sent: Counter,
    /// What this field counts, said in about as many words as usual
    file_opens: Counter,
    /// What this field counts, said in about as many words as usual
    lost_links: Counter,
    /// What this field counts, said in about as many words as usual
    cache_hits: Counter,
    /// What this field counts, said in about as many words as usual
    cache_lost: Counter,
    /// What this field counts, said in about as many words as usual
    page_loads: Counter,
    /// What this field counts, said in about as many words as usual
    page_moves: Counter,
    /// What this field counts, said in about as many words as usual
    late_tasks: Counter,
    /// What this field counts, said in about as many words as usual
    pub(crate) slow_tasks: Counter,
}

/// A hundred counters whose labels have twenty bytes.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "bench.")]
pub(crate) struct Hundred {
    #[mmstats(flatten, prefix = "of0.")]
    of0: Ten,
    #[mmstats(flatten, prefix = "of1.")]
    of1: Ten,
    #[mmstats(flatten, prefix = "of2.")]
    of2: Ten,
    #[mmstats(flatten, prefix = "of3.")]
    of3: Ten,
    #[mmstats(flatten, prefix = "of4.")]
    of4: Ten,
    #[mmstats(flatten, prefix = "of5.")]
    of5: Ten,
    #[mmstats(flatten, prefix = "of6.")]
    of6: Ten,
    #[mmstats(flatten, prefix = "of7.")]
    of7: Ten,
    #[mmstats(flatten, prefix = "of8.")]
    of8: Ten,
    #[mmstats(flatten, prefix = "of9.")]
    pub(crate) of9: Ten,
}

/// # Errors
/// If the file cannot be published or read.
pub(crate) fn measure() -> Result<[Outcome; 2], Box<dyn Error>> {
    let dir = directory()?;
    let stats = Hundred::options().dir(dir.path()).create()?;
    let mut reader = Reader::open(stats.path())?;
    let labels: Vec<usize> = reader.snapshot()?.metrics().map(|metric| metric.label().len()).collect();
    assert!(labels.iter().filter(|len| **len == 20).count() >= 100, "labels of 20 bytes, found {labels:?}");
    let slot = reader.header().ok_or("expected a file of format 2")?.slots.record_len.get();
    let file = fs::metadata(stats.path())?;
    Ok([
        Outcome {
            goal: "file of 100 counters, labels of 20 bytes, help of 60: at most 20 KiB".to_owned(),
            found: format!("{} bytes, {} of them allocated", file.len(), file.blocks() * 512),
            is_met: file.len() <= 20 << 10,
        },
        Outcome {
            goal: "a thread more: at most 1,024 bytes".to_owned(),
            found: format!("{slot} bytes"),
            is_met: slot <= 1024,
        },
    ])
}
