//! What writers and readers of mmstats files must agree on about the machine that they run on.
//!
//! Two copies of these rules would one day differ: a reader would not find a file, or a cleaner would remove the file
//! of a program that runs. So both sides use this crate. It reads no values.
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
//! Each uses only those below it.
//!
//! | module | what it does |
//! |---|---|
//! | [`removal`] | removes files of dead writers |
//! | [`places`] | where files are |
//! | [`age`] | when files were made, whatever the clock is set to |
//! | [`liveness`] | whether a file's writer lives |
//! | [`processes`] | what the system tells of them |
//! | [`moment`] | a clock that nobody sets |
//! | [`lock`] | the locks that show who lives, and that keep removers apart |
//! | [`header`] | reads who wrote a file |
//! | [`buffer`] | reads parts of files |
//! | [`directory`] | opens a directory once, to stay below it |
//! | [`file`](mod@file) | opens what may be anything |
//! | [`file_descriptor`] | opens files beside the standard streams |
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
