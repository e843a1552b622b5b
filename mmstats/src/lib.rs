//! Statistics that other programs read while yours runs, hangs, or after it was killed.
//!
//! A struct says what a program counts. [`MmStats`] publishes it as a memory-mapped file that
//! describes itself; an update is one machine instruction: no lock, no system call, no server, no
//! thread. Readers such as `slurpstats` have no effect on the program.
//!
//! ```
//! use mmstats::{Counter, Gauge, MmStats, Text};
//!
//! /// What the web server has done.
//! #[derive(MmStats)]
//! #[repr(C)]
//! #[mmstats(prefix = "web.stats.")]
//! struct WebStats {
//!     /// Responses with a 2xx status.
//!     #[mmstats(label = "status.2XX", unit = "responses")]
//!     status_2xx: Counter,
//!     /// When the last request came in.
//!     #[mmstats(label = "timers.last_hit", unit = "seconds", aggregate = "max")]
//!     last_hit: Gauge<f64>,
//!     #[mmstats(value = env!("CARGO_PKG_VERSION"))]
//!     version: Text<32>,
//! }
//!
//! let stats = WebStats::create()?;
//! stats.status_2xx.incr();
//! # Ok::<(), mmstats::CreateError>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `schema` | [`MmStats`], and the table of fields that the derive macro makes |
//! | `field` | the field types, one file each |
//! | [`sync`] | the same types for fields that several threads update at once |
//! | `clock` | what timers measure by: [`TimerGuard`], [`Stopwatch`] |
//! | `key` | [`StatKey`]: what the fields of a family are told apart by |
//! | `options` | [`Options`]: names, places, modes |
//! | `stats` | [`Stats`]: the published struct |
//! | `thread_local` | [`thread_local!`]: a struct of which each thread has its own |
//! | `published`, `registry` | what both hold, and all of it that the process has, under one lock |
//! | `publication` | how a file comes to be and goes, and how its slots are leased |
//! | `leases` | what a thread leases, and how it gives that back when it ends |
//! | `ends` | what happens when the process forks or ends |
//! | `renewal` | publishes again: in a child ([`publish_after_fork`]), and what was removed |
//! | `platform` | what differs from system to system |
//! | `error` | [`CreateError`] |
//!
//! Unsafe code is in `field` (promises of layout), `key`, `schema`, `struct_layout`, `tagged_cell`,
//! `stats`, `thread_local`, `leases`, `publication::memory`, `publication::slots`, `ends`, `platform`,
//! `private_memory` and `private_values`.
#![cfg_attr(
    platform = "unsupported",
    expect(dead_code, reason = "what describes the fields is not published")
)]

#[cfg(not(target_has_atomic = "64"))]
compile_error!("mmstats needs atomic operations on 64 bits");

// The derive macro says `::mmstats`, also in this crate's own tests.
extern crate self as mmstats;

mod clock;
#[cfg(not(platform = "unsupported"))]
mod ends;
mod error;
mod field;
mod key;
#[cfg(not(platform = "unsupported"))]
mod leases;
mod options;
#[cfg(all(test, loom))]
mod orderings;
mod platform;
mod private_memory;
#[cfg(not(platform = "unsupported"))]
mod private_values;
#[cfg(not(platform = "unsupported"))]
mod publication;
#[cfg(not(platform = "unsupported"))]
mod published;
#[cfg(not(platform = "unsupported"))]
mod registry;
#[cfg(not(platform = "unsupported"))]
mod renewal;
mod schema;
mod stats;
mod struct_layout;
pub mod sync;
mod tagged_cell;
mod thread_local;

pub use clock::{RecordTime, Stopwatch, TimerGuard};
pub use error::{CreateError, DirectoryProblem, FileNameProblem};
pub use field::{
    Average, CoarseHistogram, Counter, Division, Family, Field, FineHistogram, Gauge, GaugeValue, Histogram,
    MovingAverage, Record, RecordMember, StatRecord, Text, Timer, UpDown,
};
pub use key::StatKey;
pub use mmstats_derive::{MmStats, StatKey, StatRecord};
pub use options::Options;
#[cfg(platform = "unsupported")]
pub use platform::publish_after_fork;
#[cfg(not(platform = "unsupported"))]
pub use renewal::publish_after_fork;
pub use schema::MmStats;
pub use stats::Stats;
pub use thread_local::{ThreadLocal, ThreadStats};

/// What the derive macro's output names. Not for use by hand, and not stable.
#[doc(hidden)]
pub mod __private {
    pub use crate::field::{MemberSpec, NoSetter, Setter, TagSpec, assert_publishable};
    pub use crate::schema::{FieldSpec, Label, StructSpec, assert_unique_labels, field_count};
    pub use crate::thread_local::{Shared, ThreadValues};
    pub use mmstats_format::descriptor::Aggregate;
}
