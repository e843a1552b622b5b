//! Field types that several threads update at once.
//!
//! They are laid out as their namesakes of the crate's root, mean the same, and readers see no
//! difference. They are `Sync`, so that a struct of them can be in a `static` or be shared by reference.
//! The price is an atomic instruction for each word, for which the threads that update it have to take
//! turns. In a [`thread_local!`](crate::thread_local) struct they need not: each thread has a slot of its
//! own, and readers add them up.
//!
//! A [`Family`] and an array of them can be shared, too. [`Text`](crate::Text),
//! [`MovingAverage`](crate::MovingAverage) and [`Record`](crate::Record) have one writer only.
//!
//! ```
//! use std::sync::LazyLock;
//!
//! use mmstats::{MmStats, Stats, sync};
//!
//! #[derive(MmStats)]
//! #[repr(C)]
//! struct PoolStats {
//!     jobs: sync::Counter,
//!     took: sync::Timer,
//! }
//!
//! static POOL: LazyLock<Stats<PoolStats>> = LazyLock::new(|| PoolStats::create().expect("statistics"));
//!
//! std::thread::scope(|scope| {
//!     for _ in 0..4 {
//!         scope.spawn(|| POOL.took.time(|| POOL.jobs.incr()));
//!     }
//! });
//! assert_eq!(POOL.jobs.get(), 4);
//! ```

mod average;
mod counter;
mod gauge;
mod histogram;
mod timer;
mod up_down;

pub use crate::field::Family;
pub use average::Average;
pub use counter::Counter;
pub use gauge::{Gauge, GaugeNumber};
pub use histogram::Histogram;
pub use timer::Timer;
pub use up_down::UpDown;

use crate::field::{Field, FieldLayout};

/// What descriptors say of `F`: what they say of the type of one writer that it is laid out as.
const fn layout_of_namesake<F, Namesake: Field>() -> FieldLayout {
    assert!(size_of::<F>() == size_of::<Namesake>() && align_of::<F>() == align_of::<Namesake>());
    Namesake::LAYOUT
}
