//! What several tests of format 1 share: what the original says, and ways to say the same.

use std::fs;
use std::path::{Path, PathBuf};

use mmstats_format::error::ParseError;
use mmstats_format::v1::{self, Record};
use mmstats_format::value::Value;

/// The directory of the golden files.
pub(crate) fn golden() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/v1"))
}

/// A golden file of JSON.
pub(crate) fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The kind of `value` and all its digits or characters, as the golden files have them.
pub(crate) fn exact(value: &Value) -> [String; 2] {
    match value {
        Value::U64(number) => ["int".into(), number.to_string()],
        Value::I64(number) => ["int".into(), number.to_string()],
        Value::F32(number) => ["float".into(), float_hex(f64::from(*number))],
        Value::F64(number) => ["float".into(), float_hex(*number)],
        Value::Bool(true) => ["bool".into(), "True".into()],
        Value::Bool(false) => ["bool".into(), "False".into()],
        Value::Text(text) => ["text".into(), text.clone()],
        other => panic!("expected a value of format 1, found {other:?}"),
    }
}

/// Python's `float.hex`.
fn float_hex(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let bits = number.to_bits();
    let digits = bits & ((1 << 52) - 1);
    match (bits >> 52) & 0x7ff {
        0x7ff => format!("{sign}inf"),
        0 if digits == 0 => format!("{sign}0x0.0p+0"),
        0 => format!("{sign}0x0.{digits:013x}p-1022"),
        exponent => format!("{sign}0x1.{digits:013x}p{:+}", i64::try_from(exponent).unwrap() - 1023),
    }
}

/// The labels and values of `file` up to the first error, and that.
pub(crate) fn read(file: &[u8]) -> (Vec<(Record<'_>, Value)>, Option<ParseError>) {
    let mut found = Vec::new();
    let records = match v1::records(file) {
        Ok(records) => records,
        Err(error) => return (found, Some(error)),
    };
    for record in records {
        match record.and_then(|record| Ok((record, record.value()?))) {
            Ok(field) => found.push(field),
            Err(error) => return (found, Some(error)),
        }
    }
    (found, None)
}

/// A field, as it stands in a file.
pub(crate) fn field(label: &[u8], type_: &[u8], index: u8, values: &[u8]) -> Vec<u8> {
    let len = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
    [&len(label)[..], label, &len(type_)[..], type_, &[index], values].concat()
}
