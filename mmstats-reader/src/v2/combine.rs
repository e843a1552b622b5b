//! Makes one value of those of several slots (FORMAT.md, "Combining slots").

use mmstats_format::descriptor::Type;
use mmstats_format::tagged::Torn;
use mmstats_format::value::Value;

use super::field::Combine;
use crate::number::{Number, Sum};

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
        Combine::Total | Combine::Sum => Some(sum_of(numbers).0.number()),
        Combine::Min => numbers.reduce(Number::min),
        Combine::Max => numbers.reduce(Number::max),
        Combine::Mean => {
            let (sum, count) = sum_of(numbers);
            (count > 0).then(|| Number::Float(sum.mean(count)))
        }
        Combine::Constant | Combine::PerSlot => None,
    };
    combined.map(|number| value_of(number, combine.type_(type_))).ok_or(Torn)
}

/// The sum of `numbers`, and their count.
fn sum_of(numbers: impl Iterator<Item = Number>) -> (Sum, u32) {
    numbers.fold((Sum::default(), 0), |(mut sum, count), number| {
        sum.add(number);
        (sum, count.saturating_add(1))
    })
}

/// `number` as the value of a metric of type `type_`, the nearest that it can hold.
#[expect(clippy::cast_possible_truncation, reason = "an f32 comes back as it was; integers are clamped")]
fn value_of(number: Number, type_: Type) -> Value {
    match (number, type_) {
        (_, Type::F32) => {
            let number = number.to_f64();
            let is_finite = number.is_finite();
            let clamped = number.clamp(f32::MIN.into(), f32::MAX.into());
            Value::F32(if is_finite { clamped } else { number } as f32)
        }
        (_, Type::F64) | (Number::Float(_), _) => Value::F64(number.to_f64()),
        (Number::Whole(number), Type::Bool) => Value::Bool(number != 0),
        (Number::Whole(number), Type::I8 | Type::I16 | Type::I32 | Type::I64) => {
            Value::I64(number.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
        }
        (Number::Whole(number), _) => Value::U64(u64::try_from(number.max(0)).unwrap_or(u64::MAX)),
    }
}
