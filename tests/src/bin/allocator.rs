//! A program whose allocator counts in a [`mmstats::thread_local!`] static: each allocation, from the first
//! one of the process on, those of mmstats included. It publishes below `MMSTATS_PATH`, has threads allocate,
//! and prints how many allocations there were and the file's path.
#![expect(unsafe_code, reason = "is an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct AllocatorStats {
    allocations: Counter,
}

mmstats::thread_local! {
    static STATS: AllocatorStats;
}

/// All allocations.
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
/// What is printed at the end is not counted.
static IS_OVER: AtomicBool = AtomicBool::new(false);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !IS_OVER.load(Relaxed) {
            ALLOCATIONS.fetch_add(1, Relaxed);
            STATS.with_in_handler(|stats| stats.allocations.incr());
        }
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn main() {
    const THREADS: usize = 500;
    STATS.init(AllocatorStats::options().keep(true)).expect("a place");
    for _ in 0..THREADS / 10 {
        let body = || std::hint::black_box((0..100).map(|n| vec![0_u8; n]).collect::<Vec<_>>());
        let threads: Vec<_> = (0..10).map(|_| thread::spawn(body)).collect();
        for thread in threads {
            thread.join().expect("it ends");
        }
    }
    IS_OVER.store(true, Relaxed);
    println!("{} {}", ALLOCATIONS.load(Relaxed), STATS.path().display());
}
