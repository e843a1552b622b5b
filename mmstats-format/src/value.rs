//! The value of a field, decoded from the bytes of a slot.

extern crate alloc;

mod average;
mod float_sum;
mod histogram;
mod summary;
mod timer;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub use average::AverageValue;
pub use float_sum::FloatSum;
pub use histogram::{DivisionError, HistogramValue};
pub use summary::{Derived, Summary};
pub use timer::TimerValue;

use crate::descriptor::Type;
use crate::tagged::{self, Torn};

/// A value as its type says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any unsigned integer.
    U64(u64),
    /// Any signed integer.
    I64(i64),
    /// IEEE 754 binary32.
    F32(f32),
    /// IEEE 754 binary64.
    F64(f64),
    /// A truth value.
    Bool(bool),
    /// Text up to its first NUL; what is not UTF-8 is replaced by U+FFFD.
    Text(String),
    /// Nothing: a moving average before its first number, or whose mean is not known.
    Nothing,
    /// How many numbers there were, and their sum.
    Average(AverageValue),
    /// How often values of each size came.
    Histogram(Box<HistogramValue>),
    /// How often durations of each length came, and the last one.
    Timer(Box<TimerValue>),
    /// The values of a record's members, in their order. What they are the descriptors say.
    Record(Arc<[Value]>),
}

// A value is returned for each metric: what is long is elsewhere. Values in a value are shared, since
// dropping one could not be inlined if it dropped others at once.
const _: () = assert!(size_of::<Value>() == size_of::<String>());

impl Value {
    /// Decodes `bytes`, which are those of one element of type `type_`, if that type says all of their
    /// layout. Parameters say more of histograms and timers, see [`HistogramValue::decode`] and
    /// [`TimerValue::decode`], and members of records, see [`tagged::read_record`].
    ///
    /// # Errors
    /// [`Torn`] if the writer was in the middle of a value of several words, or `bytes` are too
    /// few: read them again. Likewise if the type does not say all.
    #[inline]
    pub fn decode(type_: Type, bytes: &[u8]) -> Result<Self, Torn> {
        match type_ {
            Type::U8 => number(bytes, |[byte]| Self::U64(byte.into())),
            Type::U16 => number(bytes, |bytes| Self::U64(u16::from_le_bytes(bytes).into())),
            Type::U32 => number(bytes, |bytes| Self::U64(u32::from_le_bytes(bytes).into())),
            Type::U64 => number(bytes, |bytes| Self::U64(u64::from_le_bytes(bytes))),
            Type::I8 => number(bytes, |bytes| Self::I64(i8::from_le_bytes(bytes).into())),
            Type::I16 => number(bytes, |bytes| Self::I64(i16::from_le_bytes(bytes).into())),
            Type::I32 => number(bytes, |bytes| Self::I64(i32::from_le_bytes(bytes).into())),
            Type::I64 => number(bytes, |bytes| Self::I64(i64::from_le_bytes(bytes))),
            Type::F32 => number(bytes, |bytes| Self::F32(f32::from_le_bytes(bytes))),
            Type::F64 => number(bytes, |bytes| Self::F64(f64::from_le_bytes(bytes))),
            Type::Bool => number(bytes, |[byte]| Self::Bool(byte != 0)),
            Type::Text => decode_text(bytes).map(Self::Text),
            Type::Average => AverageValue::decode(bytes).map(Self::Average),
            Type::MovingAverage => decode_moving_average(bytes),
            Type::Histogram | Type::Timer | Type::Record => Err(Torn),
        }
    }
}

#[inline]
fn number<const LEN: usize>(bytes: &[u8], value: impl FnOnce([u8; LEN]) -> Value) -> Result<Value, Torn> {
    bytes.first_chunk().map(|bytes| value(*bytes)).ok_or(Torn)
}

fn decode_moving_average(bytes: &[u8]) -> Result<Value, Torn> {
    let (mean, rest) = bytes.split_first_chunk().ok_or(Torn)?;
    let count = rest.first_chunk().ok_or(Torn)?;
    let (mean, count) = (f64::from_le_bytes(*mean), u64::from_le_bytes(*count));
    // A mean that is not finite is that of numbers of which one was not, or whose sum an f64 cannot hold.
    Ok(if count > 0 && mean.is_finite() { Value::F64(mean) } else { Value::Nothing })
}

/// Decodes the two copies of a text.
///
/// # Errors
/// [`Torn`] if no copy is whole: read them again.
pub fn decode_text(copies: &[u8]) -> Result<String, Torn> {
    let mut bytes = Vec::new();
    tagged::read_text(copies, &mut bytes)?;
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(wrong) => String::from_utf8_lossy(wrong.as_bytes()).into_owned(),
    })
}
