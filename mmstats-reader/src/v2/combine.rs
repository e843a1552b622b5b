//! Makes one value of those of several slots (FORMAT.md, "Combining slots").

use mmstats_format::descriptor::Type;
use mmstats_format::tagged::Torn;
use mmstats_format::value::{FloatSum, Value};

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
        Combine::Total | Combine::Sum => Some(Sum::of(type_, numbers).0.number()),
        Combine::Min => numbers.reduce(Number::min),
        Combine::Max => numbers.reduce(Number::max),
        Combine::Mean => mean(type_, numbers),
        Combine::Constant | Combine::PerSlot => None,
    };
    combined.map(|number| number.value(combine.type_(type_))).ok_or(Torn)
}

#[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
fn mean(type_: Type, numbers: impl Iterator<Item = Number>) -> Option<Number> {
    let (sum, count) = Sum::of(type_, numbers);
    let mean = match sum {
        Sum::Integers(sum) => sum as f64 / f64::from(count),
        Sum::Floats(sum) => sum.mean(f64::from(count)),
    };
    (count > 0).then_some(Number::Float(mean))
}

/// The sum of the numbers of a field.
enum Sum {
    /// It has room for as many as there can be slots, whose count is a u32.
    Integers(i128),
    Floats(FloatSum),
}

impl Sum {
    /// The sum of `numbers` of type `type_`, and how many they are.
    fn of(type_: Type, numbers: impl Iterator<Item = Number>) -> (Self, u32) {
        let is_float = matches!(type_, Type::F32 | Type::F64);
        let zero = if is_float { Self::Floats(FloatSum::default()) } else { Self::Integers(0) };
        numbers.fold((zero, 0), |(mut sum, count), number| {
            match (&mut sum, number) {
                (Self::Integers(sum), Number::Integer(number)) => *sum = sum.saturating_add(number),
                (Self::Floats(sum), Number::Float(number)) => sum.add(number, 1.0),
                // Numbers of one field are all of one variant.
                _ => {}
            }
            (sum, count.saturating_add(1))
        })
    }

    fn number(&self) -> Number {
        match self {
            Self::Integers(sum) => Number::Integer(*sum),
            Self::Floats(sum) => Number::Float(sum.sum()),
        }
    }
}

/// A number of a slot, or of all.
#[derive(Clone, Copy)]
enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
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
            (Self::Float(number), Type::F32) if number.is_finite() => {
                Value::F32(number.clamp(f32::MIN.into(), f32::MAX.into()) as f32)
            }
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
