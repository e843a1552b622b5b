//! What the program `recorder` records, so that a test can tell what has to be in its file.

/// The values, of which a thread records one a step, in turn. Each lies in a bucket of its own, and no two
/// make a third by halves.
pub const VALUES: [u64; 8] = [1, 20, 300, 4_000, 50_000, 0x1_0000_0005, 0x2_0000_0003, 0x3_0000_0002];

/// Which of [`VALUES`] is recorded in the step `step`; the number that averages take in.
pub fn turn(step: u64) -> u8 {
    step.to_le_bytes()[0] % 8
}

/// The value that is recorded in the step `step`.
pub fn value(step: u64) -> u64 {
    VALUES[usize::from(turn(step))]
}
