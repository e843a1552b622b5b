//! Records: values of several members (FORMAT.md, "Records").

use std::fmt;

use mmstats_format::descriptor::{Descriptor, Kind, Type};
use mmstats_format::strings::StrRef;
use mmstats_format::tagged::{self, Torn};
use mmstats_format::value::Value;

use super::field::{Details, Field};
use super::schema::Schema;

/// What is kept of a member's descriptor.
#[derive(Clone, Copy)]
pub(crate) struct MemberField {
    /// Bytes from the start of the record's data.
    offset: u32,
    type_: Type,
    scale: i8,
    label: StrRef,
    help: StrRef,
    unit: StrRef,
}

impl MemberField {
    fn decode(&self, data: &[u8]) -> Result<Value, Torn> {
        Value::decode(self.type_, data.get(self.offset as usize..).unwrap_or_default())
    }
}

/// Decodes a record with these members from its two tagged copies.
pub(super) fn decode(members: &[MemberField], copies: &[u8]) -> Result<Value, Torn> {
    let mut data = Vec::new();
    tagged::read_record(copies, &mut data)?;
    let values: Result<_, Torn> = members.iter().map(|member| member.decode(&data)).collect();
    values.map(Value::Record)
}

/// A record until all its members are there. They are published with it, and yet a reader can see
/// fewer for a while.
pub(super) struct Draft {
    /// Nothing if this version does not know it, or not all of its members.
    field: Option<(Field, Details)>,
    /// Elements: each has all members.
    count: u32,
    /// Members that are still to come.
    missing: u32,
    /// The bytes of its data that the next member may have.
    free: std::ops::Range<u64>,
}

impl Draft {
    /// The record that `descriptor` begins, whose members will be those of the schema from
    /// `first_member` on.
    pub(super) fn new(descriptor: &Descriptor, first_member: u32) -> Self {
        let [missing, data_len, _] = descriptor.parameters;
        Self {
            field: Field::new(descriptor).map(|field| (field, Details::new(descriptor, first_member))),
            count: descriptor.count.get(),
            missing: missing.get(),
            free: 0..data_len.get().into(),
        }
    }

    /// How many elements it has.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Whether no member is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.missing == 0
    }

    /// The record, if all of it is known and there.
    pub(super) fn finish(self) -> Option<(Field, Details)> {
        self.field.filter(|_| self.missing == 0)
    }

    /// Takes in the next member. One that is not known, or stands where it may not, spoils the record.
    pub(super) fn push(&mut self, descriptor: &Descriptor) -> Option<MemberField> {
        self.missing = self.missing.saturating_sub(1);
        let member = self.member(descriptor);
        if member.is_none() {
            self.field = None;
        }
        member
    }

    fn member(&mut self, descriptor: &Descriptor) -> Option<MemberField> {
        let (Kind::Member, type_) = descriptor.field()? else { return None };
        let [offset, ..] = descriptor.parameters;
        let start = u64::from(offset.get());
        let end = start.saturating_add(descriptor.size.get().into());
        // In order and apart: else many members could be one, and a small file cost much time.
        if start < self.free.start || end > self.free.end {
            return None;
        }
        self.free.start = end;
        let Descriptor { scale, label, help, unit, .. } = *descriptor;
        Some(MemberField { offset: offset.get(), type_, scale, label, help, unit })
    }
}

/// What a member of a record is. Its value is one of [`Value::Record`].
///
/// Every string is as the writer left it: escape it before it is shown.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    schema: &'a Schema,
    field: &'a MemberField,
}

impl<'a> Member<'a> {
    pub(super) fn new(schema: &'a Schema, field: &'a MemberField) -> Self {
        Self { schema, field }
    }

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

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("label", &self.label())
            .field("type_name", &self.type_name())
            .finish_non_exhaustive()
    }
}
