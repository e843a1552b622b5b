//! What is kept of a descriptor: 48 bytes, of which reading a value needs 16.

use mmstats_format::descriptor::{Aggregate, Descriptor, Kind, Type};
use mmstats_format::strings::StrRef;

/// Where a field's values are and how they are combined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Bytes from the start of a slot to the first element.
    pub(crate) offset: u32,
    /// Bytes of an element.
    pub(crate) size: u32,
    /// Elements.
    pub(crate) count: u32,
    pub(crate) kind: Kind,
    pub(crate) type_: Type,
    pub(crate) combine: Combine,
    pub(crate) scale: i8,
}

const _: () = assert!(size_of::<Field>() == 16);

/// Where a field's strings are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldStrings {
    pub(crate) label: StrRef,
    pub(crate) help: StrRef,
    pub(crate) unit: StrRef,
    pub(crate) tags: StrRef,
}

/// How the values in several slots become metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Combine {
    /// One metric: the sum over all published slots, since a slot that was given back keeps what
    /// was counted in it.
    Total,
    /// One metric: the value in the first leased slot, since all have the same.
    Constant,
    /// One metric: the sum over the leased slots.
    Sum,
    /// One metric: the smallest value in the leased slots.
    Min,
    /// One metric: the largest value in the leased slots.
    Max,
    /// One metric: the arithmetic mean over the leased slots.
    Mean,
    /// A metric for each leased slot.
    PerSlot,
}

impl Combine {
    fn of(kind: Kind, aggregate: Aggregate) -> Self {
        match (kind, aggregate) {
            (_, Aggregate::Constant) => Self::Constant,
            (Kind::Counter | Kind::UpDown, _) => Self::Total,
            (Kind::Text, _) | (Kind::Gauge, Aggregate::None) => Self::PerSlot,
            (Kind::Gauge, Aggregate::Sum) => Self::Sum,
            (Kind::Gauge, Aggregate::Min) => Self::Min,
            (Kind::Gauge, Aggregate::Max) => Self::Max,
            (Kind::Gauge, Aggregate::Mean) => Self::Mean,
        }
    }

    pub(crate) fn aggregate(self) -> Aggregate {
        match self {
            Self::Total | Self::Sum => Aggregate::Sum,
            Self::Constant => Aggregate::Constant,
            Self::Min => Aggregate::Min,
            Self::Max => Aggregate::Max,
            Self::Mean => Aggregate::Mean,
            Self::PerSlot => Aggregate::None,
        }
    }

    /// The type of the combined value of values of type `type_`.
    pub(crate) fn type_(self, type_: Type) -> Type {
        match (self, type_) {
            (Self::Mean, _) | (Self::Sum, Type::F32) => Type::F64,
            (Self::Sum, Type::U8 | Type::U16 | Type::U32 | Type::Bool) => Type::U64,
            (Self::Sum, Type::I8 | Type::I16 | Type::I32) => Type::I64,
            _ => type_,
        }
    }
}

impl Field {
    /// What `descriptor`, which is checked, says; `None` if this version does not know its kind.
    pub(crate) fn new(descriptor: &Descriptor) -> Option<Self> {
        let (kind, type_) = descriptor.field()?;
        Some(Self {
            offset: descriptor.offset.get(),
            size: descriptor.size.get(),
            count: descriptor.count.get(),
            kind,
            type_,
            combine: Combine::of(kind, descriptor.aggregate()),
            scale: descriptor.scale,
        })
    }

    /// The bytes of element `index` in `slot`; nothing if they lie outside.
    #[inline]
    pub(crate) fn element<'a>(&self, slot: &'a [u8], index: u32) -> &'a [u8] {
        let size = self.size as usize;
        // All are u32, and were checked against the slot; a wrong result is caught by `get`.
        let start = (self.offset as usize).wrapping_add(size.wrapping_mul(index as usize));
        slot.get(start..start.wrapping_add(size)).unwrap_or_default()
    }
}

impl FieldStrings {
    pub(crate) fn new(descriptor: &Descriptor) -> Self {
        Self { label: descriptor.label, help: descriptor.help, unit: descriptor.unit, tags: descriptor.tags }
    }
}
