//! What the fuzz targets share.
//!
//! A target is one short file in `fuzz_targets/`: it turns the fuzzer's bytes into a file, a name
//! or a struct, and does with it all that users can. It fails by a panic, which is also how it
//! says that a rule was broken. docs/TESTING.md tells how to run them and what they found.
//!
//! | module | what it does |
//! |---|---|
//! | [`budget`] | holds each run to 100 ms and to four times the file's length in memory |
//! | [`place`] | a file whose contents the target chooses |
//! | [`visit`] | reads all that there is to read of a file, and shows it |
//! | [`plan`] | files whose checks are right, but not much else |

pub mod budget;
pub mod place;
pub mod plan;
pub mod visit;
