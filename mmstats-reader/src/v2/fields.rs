//! All fields of a file: which it has, and how their bytes are read.

use std::collections::TryReserveError;

use mmstats_format::descriptor::{Descriptor, Kind, Type};
use mmstats_format::tagged::Torn;
use mmstats_format::value::{HistogramValue, TimerValue, Value};

use super::field::{Details, Field, Shape};
use super::records::{self, Draft, MemberField};

/// The fields of a file, in the order of their descriptors.
#[derive(Default)]
pub(crate) struct Fields {
    /// Where their values are.
    pub(crate) list: Vec<Field>,
    /// Those of the field of the same index.
    details: Vec<Details>,
    /// Indices of the fields that are tagged copies.
    tagged: Vec<u32>,
    /// Members of all records.
    members: Vec<MemberField>,
    /// A record that is no field yet, since members of it are missing.
    draft: Option<Draft>,
    /// Fields that were passed over, but for the draft.
    skipped: u64,
}

impl Fields {
    /// Makes room for `count` more.
    pub(super) fn try_reserve_exact(&mut self, count: usize) -> Result<(), TryReserveError> {
        self.list.try_reserve_exact(count)?;
        self.details.try_reserve_exact(count)
    }

    /// How often the strings of `descriptor`, the next one, are shown: once for each element of a
    /// field, or of the record that it is a member of.
    pub(super) fn elements(&self, descriptor: &Descriptor) -> u64 {
        let elements = match &self.draft {
            Some(record) if descriptor.kind == Kind::Member as u8 => record.count().into(),
            // Elements without a length are no metrics.
            _ => descriptor.values_len().min(descriptor.count.get().into()),
        };
        elements.max(1)
    }

    /// Takes in the field, or the member of the record before it, that `descriptor` describes. What this
    /// version does not know is passed over.
    pub(super) fn push(&mut self, descriptor: &Descriptor) {
        if descriptor.kind == Kind::Member as u8 {
            self.push_member(descriptor);
        } else {
            // Members stand behind their record at once.
            self.close_draft();
            self.push_other(descriptor);
        }
        if self.draft.as_ref().is_some_and(Draft::is_whole) {
            self.close_draft();
        }
    }

    fn push_member(&mut self, descriptor: &Descriptor) {
        match &mut self.draft {
            Some(draft) => self.members.extend(draft.push(descriptor)),
            // No record has asked for it.
            None => self.skipped = self.skipped.saturating_add(1),
        }
    }

    fn push_other(&mut self, descriptor: &Descriptor) {
        // Descriptors are counted in a u32, and so are those of members.
        let first_member = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        if descriptor.kind == Kind::Record as u8 {
            self.draft = Some(Draft::new(descriptor, first_member));
        } else {
            let field = Field::new(descriptor);
            self.push_field(field.map(|field| (field, Details::new(descriptor, first_member))));
        }
    }

    /// Makes the draft a field, if it can be one.
    fn close_draft(&mut self) {
        if let Some(draft) = self.draft.take() {
            self.push_field(draft.finish());
        }
    }

    fn push_field(&mut self, field: Option<(Field, Details)>) {
        let Some((field, details)) = field else {
            self.skipped = self.skipped.saturating_add(1);
            return;
        };
        if matches!(field.type_, Type::Text | Type::Record) && field.count > 0 {
            // Descriptors are counted in a u32.
            self.tagged.extend(u32::try_from(self.list.len()));
        }
        self.list.push(field);
        self.details.push(details);
    }

    /// How many fields are of a kind or layout that this version does not know, or records of which
    /// members are missing.
    pub(crate) fn skipped(&self) -> u64 {
        self.skipped.saturating_add(u64::from(self.draft.is_some()))
    }

    /// What else there is to know of the field `index`.
    pub(super) fn details(&self, index: u32) -> Option<&Details> {
        self.details.get(index as usize)
    }

    /// The fields that are tagged copies.
    pub(super) fn tagged(&self) -> impl Iterator<Item = &Field> {
        self.tagged.iter().filter_map(|index| self.list.get(*index as usize))
    }

    /// The members of the field `index`, if it is a record.
    pub(super) fn members(&self, index: u32) -> &[MemberField] {
        self.details(index).map_or(&[], |details| self.members_of(details.shape))
    }

    fn members_of(&self, shape: Shape) -> &[MemberField] {
        let Shape::Record { first, count } = shape else { return &[] };
        let members = self.members.get(first as usize..).unwrap_or_default();
        members.get(..count as usize).unwrap_or_default()
    }

    /// Decodes `bytes`, those of an element of `field`, which is the one of index `index`.
    pub(super) fn decode(&self, field: &Field, index: u32, bytes: &[u8]) -> Result<Value, Torn> {
        if field.type_.is_number() {
            return Value::decode(field.type_, bytes);
        }
        match self.details(index).ok_or(Torn)?.shape {
            Shape::Plain => Value::decode(field.type_, bytes),
            Shape::Histogram(buckets) => {
                HistogramValue::decode(buckets, bytes).map(|value| Value::Histogram(value.into()))
            }
            Shape::Timer(buckets) => {
                TimerValue::decode(buckets, bytes).map(|value| Value::Timer(value.into()))
            }
            shape @ Shape::Record { .. } => records::decode(self.members_of(shape), bytes),
        }
    }
}
