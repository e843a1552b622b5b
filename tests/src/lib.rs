//! What the whole-system tests share.
//!
//! | module | what it holds |
//! |---|---|
//! | [`subject`] | a program that publishes statistics and does what a test tells it |
//! | [`original`] | the Python original, to be run |
//! | [`stale`] | files whose writer is dead, without a process to kill |
//! | [`system`] | mounts, rights, and what to do without them |

pub mod original;
pub mod stale;
pub mod subject;
pub mod system;
