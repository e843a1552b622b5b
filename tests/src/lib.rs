//! What the whole-system tests share.
//!
//! | module | what it holds |
//! |---|---|
//! | [`subject`] | a program that publishes statistics and does what a test tells it |
//! | [`daemon`] | a program that does what daemons do, step by step |
//! | [`elsewhere`] | replaces ids and times in a file, so that its bytes are always the same |
//! | [`recorder`] | what a program records that fills histograms |
//! | [`reading`] | what a reader finds in a file |
//! | [`original`] | the Python original, to be run |
//! | [`stale`] | files whose writer is dead, without a process to kill |
//! | [`users`] | programs that other users run |
//! | [`canary`] | a file that nobody may touch |
//! | [`plants`] | what attackers put at the names that others use |
//! | [`lock`] | locks that strangers can take |
//! | [`clock`] | a wall clock that a test sets for programs that it starts |
//! | [`virtual_clock`] | all clocks of programs that a test starts; they stand still until it sets them |
//! | [`system`] | mounts, rights, and what to do without them |

pub mod canary;
pub mod clock;
pub mod daemon;
pub mod elsewhere;
pub mod lock;
pub mod original;
pub mod plants;
mod preload;
pub mod reading;
pub mod recorder;
pub mod stale;
pub mod subject;
pub mod system;
pub mod users;
pub mod virtual_clock;
