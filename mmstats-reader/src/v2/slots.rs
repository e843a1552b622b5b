//! The threads' slots: which are leased, and what their values are together.

use std::num::NonZeroU32;

use mmstats_format::descriptor::Type;
use mmstats_format::slot::SlotHeader;
use mmstats_format::tagged::{self, Torn};
use mmstats_format::value::{Value, decode_text};

use super::field::{Combine, Field};

/// The published slots, as one snapshot found them.
#[derive(Clone, Copy)]
pub(crate) struct Slots<'a> {
    bytes: &'a [u8],
    stride: usize,
    is_shared: bool,
    leased: &'a [u32],
}

impl<'a> Slots<'a> {
    /// The slots in `bytes`, one each `stride` bytes, of a file that has room for `capacity`;
    /// those in `leased` are.
    pub(crate) fn new(bytes: &'a [u8], stride: usize, capacity: u32, leased: &'a [u32]) -> Self {
        Self { bytes, stride, is_shared: capacity > 1, leased }
    }

    /// Whether the file has room for more than one thread.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared
    }

    #[inline]
    pub(crate) fn first_leased(&self) -> Option<u32> {
        self.tenant(0)
    }

    /// The slot of the tenant `index`: they are counted in the order of their slots.
    #[inline]
    pub(crate) fn tenant(&self, index: u32) -> Option<u32> {
        self.leased.get(index as usize).copied()
    }

    /// The names of the tenants.
    pub(crate) fn names(&self) -> Vec<Result<String, Torn>> {
        let name = |slot: &[u8]| {
            let copies =
                slot.get(SlotHeader::NAME_OFFSET..).and_then(|slot| slot.get(..SlotHeader::NAME_LEN));
            decode_text(copies.unwrap_or_default())
        };
        self.leased.iter().map(|slot| self.slot(*slot).ok_or(Torn).and_then(name)).collect()
    }

    /// The only slot there can be, if it is published: nothing is combined then.
    #[inline]
    pub(crate) fn only(&self) -> Option<u32> {
        (!self.is_shared && !self.bytes.is_empty()).then_some(0)
    }

    /// The tenant of the slot `index`.
    pub(crate) fn tid(&self, index: u32) -> Option<NonZeroU32> {
        tid(self.slot(index)?)
    }

    /// How often the slot `index` was leased.
    pub(crate) fn leases(&self, index: u32) -> u32 {
        // In the half of the word that holds the version in the words of a text.
        self.slot(index).and_then(tenancy).map_or(0, tagged::version)
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&'a [u8]> {
        // Both are at most a u32, and a wrong result is caught by `get`.
        let start = self.stride.wrapping_mul(index as usize);
        self.bytes.get(start..start.wrapping_add(self.stride))
    }

    /// The value of element `element` of `field` in the slot `slot`.
    #[inline]
    pub(crate) fn value(&self, field: &Field, element: u32, slot: u32) -> Result<Value, Torn> {
        let bytes = field.element(self.slot(slot).unwrap_or_default(), element);
        // Most fields are counters: theirs is the path that callers inline.
        match (field.type_, bytes.first_chunk()) {
            (Type::U64, Some(bytes)) => Ok(Value::U64(u64::from_le_bytes(*bytes))),
            _ => decode(field.type_, bytes),
        }
    }

    /// The value of element `element` of `field` in all slots together.
    pub(crate) fn combined(&self, field: &Field, element: u32) -> Result<Value, Torn> {
        let value = |slot| Value::decode(field.type_, field.element(slot, element)).ok();
        if field.combine == Combine::Total {
            let slots = self.bytes.chunks_exact(self.stride);
            if field.type_ == Type::U64 {
                // Nearly all sums are those of counters.
                let counts = slots.filter_map(|slot| field.element(slot, element).first_chunk());
                let add = |sum: u64, bytes: &[u8; 8]| sum.saturating_add(u64::from_le_bytes(*bytes));
                return Ok(Value::U64(counts.fold(0, add)));
            }
            return combine(Combine::Total, field.type_, slots.filter_map(value));
        }
        let leased = self.leased.iter().filter_map(|slot| self.slot(*slot));
        combine(field.combine, field.type_, leased.filter_map(value))
    }
}

#[inline(never)]
fn decode(type_: Type, bytes: &[u8]) -> Result<Value, Torn> {
    Value::decode(type_, bytes)
}

/// The thread that has leased `slot`.
#[inline]
pub(super) fn tid(slot: &[u8]) -> Option<NonZeroU32> {
    NonZeroU32::new(tagged::data(tenancy(slot)?))
}

#[inline]
fn tenancy(slot: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*slot.first_chunk()?))
}

/// Combines numbers of type `type_`.
fn combine(combine: Combine, type_: Type, values: impl Iterator<Item = Value>) -> Result<Value, Torn> {
    let numbers = values.filter_map(|value| Number::of(&value));
    let combined = match combine {
        Combine::Total | Combine::Sum => Some(numbers.fold(Number::zero(type_), Number::plus)),
        Combine::Min => numbers.reduce(Number::min),
        Combine::Max => numbers.reduce(Number::max),
        Combine::Mean => mean(type_, numbers),
        Combine::Constant | Combine::PerSlot => None,
    };
    combined.map(|number| number.value(combine.type_(type_))).ok_or(Torn)
}

#[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
fn mean(type_: Type, numbers: impl Iterator<Item = Number>) -> Option<Number> {
    let (sum, count) = numbers.fold((Number::zero(type_), 0_u32), |(sum, count), number| {
        (sum.plus(number), count.saturating_add(1))
    });
    let sum = match sum {
        Number::Integer(sum) => sum as f64,
        Number::Float(sum) => sum,
    };
    (count > 0).then(|| Number::Float(sum / f64::from(count)))
}

/// A number wide enough for the sum of all slots: their count is a u32.
#[derive(Clone, Copy)]
enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    fn zero(type_: Type) -> Self {
        if matches!(type_, Type::F32 | Type::F64) { Self::Float(0.0) } else { Self::Integer(0) }
    }

    fn of(value: &Value) -> Option<Self> {
        match *value {
            Value::U64(value) => Some(Self::Integer(value.into())),
            Value::I64(value) => Some(Self::Integer(value.into())),
            Value::Bool(value) => Some(Self::Integer(value.into())),
            Value::F32(value) => Some(Self::Float(value.into())),
            Value::F64(value) => Some(Self::Float(value)),
            Value::Text(_) => None,
        }
    }

    /// Numbers of one field are all of one variant.
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Self::Integer(a.saturating_add(b)),
            (Self::Float(a), Self::Float(b)) => Self::Float(a + b),
            (number, _) => number,
        }
    }

    fn min(self, other: Self) -> Self {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Self::Integer(a.min(b)),
            (Self::Float(a), Self::Float(b)) => Self::Float(a.min(b)),
            (number, _) => number,
        }
    }

    fn max(self, other: Self) -> Self {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Self::Integer(a.max(b)),
            (Self::Float(a), Self::Float(b)) => Self::Float(a.max(b)),
            (number, _) => number,
        }
    }

    /// This number as the value of a metric of type `type_`, the nearest that it can hold.
    #[expect(clippy::cast_possible_truncation, reason = "an f32 comes back as it was; integers are clamped")]
    fn value(self, type_: Type) -> Value {
        match (self, type_) {
            (Self::Float(number), Type::F32) => Value::F32(number as f32),
            (Self::Float(number), _) => Value::F64(number),
            (Self::Integer(number), Type::Bool) => Value::Bool(number != 0),
            (Self::Integer(number), Type::I8 | Type::I16 | Type::I32 | Type::I64) => {
                Value::I64(number.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
            }
            (Self::Integer(number), _) => Value::U64(u64::try_from(number.max(0)).unwrap_or(u64::MAX)),
        }
    }
}
