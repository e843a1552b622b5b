//! Format 2: from the bytes of a file to its fields and their values.
//!
//! | module | what it does |
//! |---|---|
//! | [`schema`] | parses what describes the values: once, and then only what was appended |
//! | [`field`] | what is kept of a descriptor |
//! | [`slots`] | finds values in the threads' slots and combines them |
//! | [`settle`] | reads values of several words again until they are whole |

pub(crate) mod field;
pub(crate) mod schema;
pub(crate) mod settle;
pub(crate) mod slots;

use schema::Schema;
use slots::Slots;

/// The version of the format that is read here.
pub(crate) const FORMAT: u8 = 2;

/// What the metrics of one snapshot are made of.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) slots: Slots<'a>,
}
