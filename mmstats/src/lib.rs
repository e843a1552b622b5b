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
//! | `options` | [`Options`]: names, places, modes |
//! | `stats` | [`Stats`]: the published struct |
//! | `publication` | how a file comes to be and goes |
//! | `platform` | what differs from system to system |
//! | `error` | [`CreateError`] |
//!
//! Unsafe code is in `field` (promises of layout), `tagged_cell`, `stats`, `schema`,
//! `publication::memory` and `private_memory`.
#![cfg_attr(
    platform = "unsupported",
    expect(dead_code, reason = "what describes the fields is not published")
)]

#[cfg(not(target_has_atomic = "64"))]
compile_error!("mmstats needs atomic operations on 64 bits");

// The derive macro says `::mmstats`, also in this crate's own tests.
extern crate self as mmstats;

mod error;
mod field;
mod options;
mod platform;
#[cfg(platform = "unsupported")]
mod private_memory;
#[cfg(not(platform = "unsupported"))]
mod publication;
mod schema;
mod stats;
mod tagged_cell;

pub use error::{CreateError, DirectoryProblem, FileNameProblem};
pub use field::{Counter, Field, Gauge, GaugeValue, Text, UpDown};
pub use mmstats_derive::MmStats;
pub use options::Options;
pub use schema::MmStats;
pub use stats::Stats;

/// What the derive macro's output names. Not for use by hand, and not stable.
#[doc(hidden)]
pub mod __private {
    pub use crate::field::{NoSetter, Setter};
    pub use crate::schema::{FieldSpec, Label, StructSpec, assert_unique_labels, field_count};
    pub use mmstats_format::descriptor::Aggregate;
}
