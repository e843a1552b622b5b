//! Reads mmstats files while their writers run, hang, or after they died.
//!
//! Reading has no effect on the writer and needs nothing of it. A file is read by `pread`, never
//! mapped, so that nothing that happens to it can harm the reader; every length and offset in it
//! is checked, so that it may come from anyone.
//!
//! # Example
//!
//! ```no_run
//! use mmstats_reader::{Liveness, Reader, Value};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut reader = Reader::open("/dev/shm/mmstats-1000/web-4711-WebStats.mmstats")?;
//! if reader.liveness()? == Liveness::Dead {
//!     println!("its writer is gone; these are its last values");
//! }
//! let snapshot = reader.snapshot()?;
//! for metric in snapshot.metrics() {
//!     match metric.value() {
//!         Ok(Value::U64(count)) => println!("{:?} is {count} {:?}", metric.label(), metric.unit()),
//!         Ok(value) => println!("{:?} is {value:?}", metric.label()),
//!         Err(torn) => println!("{:?} cannot be shown: {torn}", metric.label()),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! To read again call [`Reader::snapshot`] again. It is cheap: the file stays open, what describes
//! the values is parsed only once, and nothing is allocated. [`scan`] opens all the files of some
//! directories, and one bad file among them is an error of its own:
//!
//! ```
//! use mmstats_reader::scan;
//!
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! std::fs::write(directory.join("broken.mmstats"), "not statistics")?;
//! for (path, reader) in scan([directory]) {
//!     match reader {
//!         Ok(reader) => println!("{path:?} is of format {}", reader.format()),
//!         Err(error) => {
//!             let error = error.to_string();
//!             assert_eq!(error, "expected a header of at least 256 bytes, found 14 at byte 0");
//!         }
//!     }
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What to mind
//!
//! - Every string, also a file's name, is whatever its writer wanted it to be. Escape it before it
//!   reaches a terminal or a page.
//! - Values are each exact, but not all of one instant: the writer goes on while they are read.
//! - [`Reader::problem`] says whether a file was damaged behind the fields that can be read;
//!   [`Snapshot::torn`] counts values that were not read whole.
//!
//! # Modules
//!
//! | module | what it does |
//! |---|---|
//! | [`reader`](Reader) | one open file, read again and again |
//! | [`snapshot`](Snapshot) | all values of one read |
//! | [`metric`](Metric) | a name, what it means, and a value |
//! | [`number`](Number) | numbers of any type, and their sums |
//! | [`scan`](scan()) | finds files |
//! | [`watch`] | follows files while they come and go |
//! | [`origin`](Origin) | who wrote a file, to decide whether it may be removed |
//!
//! The crate `mmstats-host` has what readers and writers share: where files are, whether writers are alive, and the
//! removal of files.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used))]

mod error;
mod metric;
mod number;
mod origin;
mod reader;
mod scan;
mod settled;
mod snapshot;
mod tag;
mod v1;
mod v2;
pub mod watch;
mod writer;

pub use error::Error;
pub use metric::Metric;
pub use mmstats_format::buckets::Buckets;
pub use mmstats_format::descriptor::{Aggregate, Kind};
pub use mmstats_format::error::{ErrorKind, ParseError};
pub use mmstats_format::header::Header;
pub use mmstats_format::tagged::Torn;
pub use mmstats_format::value::{
    AverageValue, Derived, DivisionError, FloatSum, HistogramValue, Summary, TimerValue, Value,
};
pub use mmstats_host::directory::Directory;
pub use mmstats_host::file::OpenError;
pub use mmstats_host::liveness::Liveness;
pub use mmstats_host::moment::Moment;
pub use number::{Number, Sum, in_unit};
pub use origin::Origin;
pub use reader::Reader;
pub use scan::{Scan, scan, scan_default, scan_found};
pub use snapshot::{Metrics, Snapshot};
pub use tag::TagValue;
pub use v2::{Member, Thread};
pub use writer::Writer;
