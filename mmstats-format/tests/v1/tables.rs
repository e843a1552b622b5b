//! Types and texts are what Python makes of them.

use mmstats_format::error::ErrorKind;
use mmstats_format::v1::{StructFormat, text};

use crate::support::{exact, golden, json};

fn rows(name: &str) -> Vec<Vec<serde_json::Value>> {
    let table = json(&golden().join(name));
    let rows: Vec<_> = table.as_array().unwrap().iter().map(|row| row.as_array().unwrap().clone()).collect();
    assert!(rows.len() >= 300, "expected hundreds of rows in {name}, found {}", rows.len());
    rows
}

fn bytes(hex: &serde_json::Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn formats_have_the_size_and_the_first_value_that_python_finds() {
    for row in rows("struct_formats.json") {
        let [format, size, data, value] = &row[..] else { panic!("expected a row of 4, found {row:?}") };
        let (format, data) = (bytes(format), bytes(data));
        let shown = format.escape_ascii();
        match StructFormat::parse(&format, 0) {
            Err(error) => {
                assert!(value.is_null(), "'{shown}': {error}");
                // Python measures types without a value, too, but cannot unpack them.
                assert!(
                    size.is_null() || size == data.len() || error.kind == ErrorKind::StructValue,
                    "'{shown}'"
                );
            }
            // Python has not the memory for as many values, nor has any file.
            Ok(parsed) if size.is_null() => assert!(parsed.size() > 1 << 40, "of '{shown}'"),
            Ok(parsed) => {
                assert_eq!(Some(parsed.size()), size.as_u64(), "of '{shown}'");
                if parsed.size() == data.len() as u64 {
                    let found = parsed.decode(&data).unwrap();
                    assert_eq!(serde_json::json!(exact(&found)), *value, "of '{shown}' in {data:02x?}");
                    assert!(
                        data.is_empty() || parsed.decode(&data[1..]).is_none(),
                        "'{shown}' of too few bytes"
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_not_utf8_is_left_out_as_python_does() {
    for row in rows("texts.json") {
        let [data, text] = &row[..] else { panic!("expected a row of 2, found {row:?}") };
        let data = bytes(data);
        assert_eq!(text::decode(&data), text.as_str().unwrap(), "of {data:02x?}");
    }
}
