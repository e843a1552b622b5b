//! What is kept of a descriptor: 60 bytes, of which reading a number needs 16.

use mmstats_format::buckets::Buckets;
use mmstats_format::descriptor::{Aggregate, Descriptor, Kind, Members, Type};
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

/// What else there is to know of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Details {
    pub(crate) label: StrRef,
    pub(crate) help: StrRef,
    pub(crate) unit: StrRef,
    pub(crate) tags: StrRef,
    pub(crate) shape: Shape,
}

const _: () = assert!(size_of::<Details>() == 44);

/// How an element is laid out, beyond what its type says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// The type says all.
    Plain,
    Histogram(Buckets),
    Timer(Buckets),
    /// A record, whose members are `count` of the schema's from `first` on.
    Record {
        first: u32,
        count: u32,
    },
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
            (Kind::Counter | Kind::UpDown | Kind::Average | Kind::Histogram | Kind::Timer, _) => Self::Total,
            (Kind::Text | Kind::MovingAverage | Kind::Record | Kind::Member, _)
            | (Kind::Gauge, Aggregate::None) => Self::PerSlot,
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

impl Details {
    /// What `descriptor`, which is that of a known field, says. If it is a record, its members will be
    /// those of the schema from `first_member` on.
    pub(crate) fn new(descriptor: &Descriptor, first_member: u32) -> Self {
        let Descriptor { label, help, unit, tags, .. } = *descriptor;
        let shape = match Type::from_code(descriptor.type_) {
            Some(Type::Histogram) => descriptor.buckets().map(Shape::Histogram),
            Some(Type::Timer) => descriptor.buckets().map(Shape::Timer),
            Some(Type::Record) => {
                descriptor.members().map(|Members { count, .. }| Shape::Record { first: first_member, count })
            }
            _ => None,
        };
        let shape = shape.unwrap_or(Shape::Plain);
        Self { label, help, unit, tags, shape }
    }
}
