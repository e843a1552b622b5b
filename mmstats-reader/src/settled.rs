//! What it took to read whole values.

/// How often a value is read again before it is given up.
pub(crate) const MAX_REREADS: u32 = 64;

/// What was needed until all values were whole.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settled {
    /// How often a value was read again.
    pub(crate) rereads: u64,
    /// Values that never were whole.
    pub(crate) torn: u64,
}
