//! The members of a record, as a metric tells them.

use std::fmt;

use super::records::MemberField;
use super::schema::Schema;

/// What a member of a record is. Its value is one of [`Value::Record`](crate::Value::Record).
///
/// Every string is as the writer left it: escape it before it is shown.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    schema: &'a Schema,
    field: &'a MemberField,
}

impl<'a> Member<'a> {
    /// Its name, in which the members of a record differ.
    pub fn label(&self) -> &'a str {
        self.schema.string(self.field.label)
    }

    /// What it means, in words; empty if the writer did not say.
    pub fn help(&self) -> &'a str {
        self.schema.string(self.field.help)
    }

    /// The unit of its value, e.g. `seconds`; empty is none.
    pub fn unit(&self) -> &'a str {
        self.schema.string(self.field.unit)
    }

    /// The value times ten to this power is in [`Member::unit`]: see [`in_unit`](crate::in_unit).
    pub fn scale(&self) -> i8 {
        self.field.scale
    }

    /// The type of its value: `u8` to `u64`, `i8` to `i64`, `f32`, `f64` or `bool`.
    pub fn type_name(&self) -> &'static str {
        self.field.type_.name()
    }
}

/// The members of the field `index` of `schema`, if it is a record.
pub(super) fn members(schema: &Schema, index: u32) -> impl Iterator<Item = Member<'_>> {
    schema.fields.members(index).iter().map(move |field| Member { schema, field })
}

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("label", &self.label())
            .field("type_name", &self.type_name())
            .finish_non_exhaustive()
    }
}
