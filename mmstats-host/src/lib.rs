//! The rules about a machine that writers and readers of mmstats files share: where files are, whether a writer is
//! alive, and when a file is removed.
//!
//! If each side had its own copy of these rules, the copies would one day differ: a reader would not find a file, or a
//! cleaner would remove the file of a running program. This crate does not read values.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use mmstats_host::directory::{Directory, Links};
//! use mmstats_host::places::is_file_name;
//!
//! let directory = Directory::open(Path::new("/dev/shm"), Links::Followed)?;
//! for name in mmstats_host::directory::names(directory.file())? {
//!     if is_file_name(&name) {
//!         println!("{}", directory.path().join(name).display());
//!     }
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Modules
//!
//! Each module uses only modules below it.
//!
//! | module | what it does |
//! |---|---|
//! | [`removal`] | removes files of dead writers |
//! | [`places`] | where files are |
//! | [`age`] | when files were created, by a clock that cannot be set |
//! | [`liveness`] | whether a file's writer is alive |
//! | [`processes`] | the processes of this machine, from `/proc` |
//! | [`moment`] | the clock of the time since boot, which cannot be set |
//! | [`lock`] | locks of living writers; the lock under which files are removed |
//! | [`header`] | reads headers of format 2 |
//! | [`buffer`] | reads parts of files |
//! | [`directory`] | opens a directory once, and opens files relative to it |
//! | [`file`](mod@file) | opens regular files, and refuses everything else |
//! | [`file_descriptor`] | opens files with no descriptor below 3 |
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used))]

pub mod age;
pub mod buffer;
pub mod directory;
pub mod file;
pub mod file_descriptor;
pub mod header;
pub mod liveness;
pub mod lock;
pub mod moment;
pub mod places;
pub mod processes;
pub mod removal;
