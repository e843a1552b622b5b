//! Arrays of fields.
#![expect(unsafe_code, reason = "promises its layout")]

use super::{Field, FieldLayout};

// SAFETY: N fields in a row and nothing else; each keeps its own promise.
#[diagnostic::do_not_recommend]
unsafe impl<F: Field, const N: usize> Field for [F; N] {
    const LAYOUT: FieldLayout = F::LAYOUT.array(N);

    fn reset(&self) {
        self.iter().for_each(F::reset);
    }
}
