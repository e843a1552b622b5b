//! Field types that several threads update at once.
//!
//! Each type is the type of the same name in the crate's root, with the parameter [`ManyWriters`]. Its layout and
//! meaning in the file are the same, and readers see no difference. The types are `Sync`, so a struct of them can be in
//! a `static` or be shared by reference. The price is an atomic instruction for each word, and the threads that update
//! one word wait for each other. In a [`thread_local!`](crate::thread_local) struct they do not wait: each thread has
//! a slot of its own, and readers add up the slots.
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

mod gauge;

pub use crate::field::{Family, ManyWriters, OneWriter, Writers};
pub use gauge::GaugeNumber;

use crate::field;

/// An [`Average`](crate::Average) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct MailStats {
///     recipients: sync::Average,
/// }
///
/// let stats = MailStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.recipients.add(1.0));
///     scope.spawn(|| stats.recipients.add(2.0));
/// });
/// assert_eq!(stats.recipients.get(), Some(1.5));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
pub type Average = field::Average<ManyWriters>;

/// A [`Counter`](crate::Counter) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct CacheStats {
///     hits: sync::Counter,
/// }
///
/// let stats = CacheStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.hits.incr());
///     scope.spawn(|| stats.hits.add(2));
/// });
/// assert_eq!(stats.hits.get(), 3);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
pub type Counter = field::Counter<ManyWriters>;

/// A [`Gauge`](crate::Gauge) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct PoolStats {
///     idle: sync::Gauge<u32>,
///     #[mmstats(unit = "seconds")]
///     slowest: sync::Gauge<f64>,
/// }
///
/// let stats = PoolStats::create()?;
/// stats.idle.set(12);
/// std::thread::scope(|scope| {
///     for seconds in [0.5, 0.25] {
///         let stats = &stats;
///         scope.spawn(move || {
///             stats.idle.sub(1);
///             stats.slowest.max(seconds);
///         });
///     }
/// });
/// assert_eq!((stats.idle.get(), stats.slowest.get()), (10, 0.5));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
pub type Gauge<T> = field::Gauge<T, ManyWriters>;

/// A [`Histogram`](crate::Histogram) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct MailStats {
///     #[mmstats(unit = "bytes")]
///     size: sync::Histogram,
/// }
///
/// let stats = MailStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.size.record(1_500));
///     scope.spawn(|| stats.size.record_n(70_000, 2));
/// });
/// assert_eq!((stats.size.count(), stats.size.sum()), (3, 141_500));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
pub type Histogram<const PRECISION: u32 = 4, const POWERS: u32 = 64> =
    field::Histogram<PRECISION, POWERS, ManyWriters>;

/// A [`Timer`](crate::Timer) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct WebStats {
///     latency: sync::Timer,
/// }
///
/// # fn respond() {}
/// let stats = WebStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.latency.time(|| respond()));
///     scope.spawn(|| {
///         let _timing = stats.latency.start();
///         respond();
///     });
/// });
/// assert_eq!(stats.latency.count(), 2);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
pub type Timer<const PRECISION: u32 = 4, const POWERS: u32 = 42> =
    field::Timer<PRECISION, POWERS, ManyWriters>;

/// An [`UpDown`](crate::UpDown) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct ServerStats {
///     in_flight: sync::UpDown,
/// }
///
/// let stats = ServerStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.in_flight.incr());
///     scope.spawn(|| stats.in_flight.sub(3));
/// });
/// assert_eq!(stats.in_flight.get(), -2);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
pub type UpDown = field::UpDown<ManyWriters>;
