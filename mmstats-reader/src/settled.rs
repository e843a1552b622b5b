//! How much rereading a snapshot needed.

/// How often a value is read again before the reader gives up.
pub(crate) const MAX_REREADS: u32 = 64;

/// How much rereading was needed until all values were whole.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settled {
    /// How often a value was read again.
    pub(crate) rereads: u64,
    /// The number of values that were never whole.
    pub(crate) torn: u64,
}
