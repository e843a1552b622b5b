//! What the metrics of one snapshot are made of.

use std::sync::OnceLock;

use mmstats_format::error::ParseError;
use mmstats_format::tagged::Torn;

use super::crowd::Crowd;
use super::schema::Schema;
use super::slots::Slots;

/// What the metrics of one snapshot are made of.
pub(crate) struct View<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) slots: Slots<'a>,
    /// The names of the slots' tenants, decoded when one is asked for.
    names: OnceLock<Vec<Result<String, Torn>>>,
}

impl<'a> View<'a> {
    pub(super) fn new(schema: &'a Schema, slots: Slots<'a>) -> Self {
        Self { schema, slots, names: OnceLock::new() }
    }

    /// What stopped the parser, or why not all threads are shown.
    pub(crate) fn problem(&self, is_by_thread: bool) -> Option<&ParseError> {
        self.schema.problem.as_ref().or(self.crowd(is_by_thread).problem.as_ref())
    }

    /// How many threads are shown one by one.
    pub(super) fn crowd(&self, is_by_thread: bool) -> &Crowd {
        let [by_thread, combined] = &self.schema.crowds;
        if is_by_thread { by_thread } else { combined }
    }

    /// The name of the tenant `index`.
    pub(crate) fn name(&self, index: u32) -> Result<&str, Torn> {
        let names = self.names.get_or_init(|| self.slots.names());
        names.get(index as usize).ok_or(Torn)?.as_deref().map_err(|torn| *torn)
    }
}
