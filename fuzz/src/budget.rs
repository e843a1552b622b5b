//! Holds each run to a time and to an amount of memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// The longest that a run may take, in CPU time of its thread. The most that an input can honestly ask for is an
/// array of bytes: 46,080 metrics of 64 KiB take 2 ms in a release, and 130 ms here on a machine with
/// other work.
pub const MAX_TIME: Duration = Duration::from_millis(250);

/// The largest allocation, in lengths of the input.
pub const MAX_RATIO: usize = 4;

/// All allocations at a time, in lengths of the input. A field of format 1 can be as short as eight
/// bytes, and takes some tens in memory.
pub const MAX_TOTAL_RATIO: usize = 16;

/// What may be allocated besides, for what does not depend on the input.
pub const BASE_LEN: usize = 4 * 1024;

/// Counts what is allocated.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that are allocated now.
static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
/// The most that they were since this was last set.
static MOST_ALLOCATED: AtomicUsize = AtomicUsize::new(0);
/// The most that was asked for at once since this was last set.
static LARGEST: AtomicUsize = AtomicUsize::new(0);

/// What was reported: see [`report`].
static LARGEST_RATIO: AtomicU64 = AtomicU64::new(0);
static TOTAL_RATIO: AtomicU64 = AtomicU64::new(0);
static LONGEST: AtomicU64 = AtomicU64::new(0);

fn add(len: usize) {
    let allocated = ALLOCATED.fetch_add(len, Relaxed).wrapping_add(len);
    MOST_ALLOCATED.fetch_max(allocated, Relaxed);
    LARGEST.fetch_max(len, Relaxed);
}

#[expect(unsafe_code, reason = "there is no other way to see what is allocated")]
// SAFETY: every call is passed on as it is, and counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller keeps the contract of this method, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as in `alloc`; `pointer` is from `System`, as all that `alloc` returned.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        // Both are there while one is copied to the other.
        add(len);
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as in `dealloc`.
        unsafe { System.realloc(pointer, layout, len) }
    }
}

/// Does `work`, which reads `len` bytes that may be hostile.
///
/// # Panics
/// If it took longer than [`MAX_TIME`], or allocated more than [`MAX_RATIO`] times `len` at once or
/// [`MAX_TOTAL_RATIO`] times in all, each with [`BASE_LEN`] besides.
pub fn held<T>(len: usize, work: impl FnOnce() -> T) -> T {
    let before = ALLOCATED.load(Relaxed);
    MOST_ALLOCATED.store(before, Relaxed);
    LARGEST.store(0, Relaxed);
    let outcome = timed(work);
    let total = MOST_ALLOCATED.load(Relaxed).saturating_sub(before);
    for (what, allocated, ratio, most) in [
        ("largest allocation", LARGEST.load(Relaxed), MAX_RATIO, &LARGEST_RATIO),
        ("all allocations", total, MAX_TOTAL_RATIO, &TOTAL_RATIO),
    ] {
        assert!(
            allocated <= len * ratio + BASE_LEN,
            "expected {what} of at most {ratio} times {len} bytes and {BASE_LEN}, found {allocated}"
        );
        // What the base does not cover.
        let thousandths = allocated.saturating_sub(BASE_LEN) * 1000 / len.max(1);
        report(&format!("{what} in thousandths of the input"), most, thousandths as u64);
    }
    outcome
}

/// As [`held`], but without a limit for memory: for what reads the user's own source.
///
/// # Panics
/// If `work` took longer than [`MAX_TIME`].
pub fn timed<T>(work: impl FnOnce() -> T) -> T {
    let before = thread_time();
    let outcome = work();
    let time = thread_time().saturating_sub(before);
    assert!(time <= MAX_TIME, "expected a run of at most {MAX_TIME:?}, found {time:?}");
    report("longest run in microseconds", &LONGEST, u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    outcome
}

fn thread_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("the thread's clock").into()
}

/// Says so if `found` is more than ever, by enough to be worth a line. `cargo xtask fuzz` reads these.
fn report(what: &str, most: &AtomicU64, found: u64) {
    let before = most.load(Relaxed);
    if found > before + before / 64 {
        most.store(found, Relaxed);
        eprintln!("figure: {what}: {found}");
    }
}
