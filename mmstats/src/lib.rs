//! Statistics that other programs read from a memory-mapped file, at one instruction an update.
