//! Makes one value of those of several slots (FORMAT.md, "Combining slots").

use mmstats_format::descriptor::Type;
use mmstats_format::tagged::Torn;
use mmstats_format::value::Value;

use super::field::Combine;

/// Takes the counts and sums of `value` into `total`, which is of the same field.
pub(super) fn merge(mut total: Value, value: &Value) -> Value {
    match (&mut total, value) {
        (Value::Average(total), Value::Average(value)) => total.merge(value),
        // Values of one field are all divided alike.
        (Value::Histogram(total), Value::Histogram(value)) => _ = total.merge(value),
        (Value::Timer(total), Value::Timer(value)) => _ = total.merge(value),
        _ => {}
    }
    total
}

/// Combines numbers of type `type_`.
pub(super) fn combine(
    combine: Combine,
    type_: Type,
    values: impl Iterator<Item = Value>,
) -> Result<Value, Torn> {
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
            _ => None,
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
