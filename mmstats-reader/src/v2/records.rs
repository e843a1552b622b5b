//! Records: values of several members (FORMAT.md, "Records").

use mmstats_format::descriptor::{Descriptor, Kind, Type};
use mmstats_format::strings::StrRef;
use mmstats_format::tagged::{self, Torn};
use mmstats_format::value::Value;

use super::field::{Details, Field};

/// What is kept of a member's descriptor.
#[derive(Clone, Copy)]
pub(crate) struct MemberField {
    /// Bytes from the start of the record's data.
    offset: u32,
    pub(super) type_: Type,
    pub(super) scale: i8,
    pub(super) label: StrRef,
    pub(super) help: StrRef,
    pub(super) unit: StrRef,
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
