//! Compares with what the original said when the golden files were made.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{comparable, golden_files, is_better_here, slurpstats};

const ALL: [&str; 4] = ["damage", "fields", "models", "structs"];

fn verdict(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap()
}

#[test]
fn the_text_is_that_of_the_original() {
    let mut compared = 0;
    for path in golden_files(&ALL) {
        // After an error the original shows nothing, and slurpstats the fields before it.
        if is_better_here(&path) || !verdict(&path)["error"].is_null() {
            continue;
        }
        let name = Path::new(path.file_name().unwrap());
        let original = fs::read_to_string(path.with_extension("txt")).unwrap();
        let ours = slurpstats(path.parent().unwrap(), &[name]);
        assert_eq!(comparable(&ours), comparable(&original), "{}", path.display());
        compared += 1;
    }
    assert!(compared > 50, "only {compared} files were compared");
}

#[test]
fn labels_values_and_errors_are_those_of_the_original() {
    for path in golden_files(&ALL) {
        let verdict = verdict(&path);
        let output =
            Command::new(env!("CARGO_BIN_EXE_slurpstats")).arg("--json").arg(&path).output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let name = path.display();
        assert_eq!(found.get("error").is_none(), verdict["error"].is_null(), "{name}");
        assert_eq!(output.status.code(), Some(i32::from(found.get("error").is_some())), "{name}");
        if let Some(error) = found.get("error") {
            let error = error.as_str().unwrap();
            let explains = ["expected", "found", "byte"].iter().all(|word| error.contains(word));
            assert!(explains, "{name}: {error}");
        }
        let (found, wanted) = (found["fields"].as_array().unwrap(), verdict["fields"].as_array().unwrap());
        assert_eq!(found.len(), wanted.len(), "{name}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert_eq!(found["label"], wanted[0], "{name}");
            assert!(is_value(&found["value"], &wanted[1], &wanted[2]), "{name}: {found} for {wanted}");
        }
    }
}

/// Whether `found` is the value that the original found, `digits`, of the kind `kind`.
fn is_value(found: &Value, kind: &Value, digits: &Value) -> bool {
    let digits = digits.as_str().unwrap();
    match kind.as_str().unwrap() {
        "text" => found.as_str() == Some(digits),
        "int" => found.as_number().is_some_and(|found| found.to_string() == digits),
        "bool" => found.as_bool() == Some(digits == "True"),
        "float" => match (found, digits) {
            (Value::String(name), _) => {
                [("NaN", "nan"), ("+Inf", "inf"), ("-Inf", "-inf")].contains(&(name.as_str(), digits))
            }
            // Floats of 32 bits are written with as many digits as those need.
            (found, digits) => found.as_f64().zip(float(digits)).is_some_and(|(found, wanted)| {
                [found.to_bits(), rounded(found).to_bits()].contains(&wanted.to_bits())
            }),
        },
        kind => panic!("{kind} is no kind of the golden files"),
    }
}

/// `value` with the precision of 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "rounding is the point")]
fn rounded(value: f64) -> f64 {
    f64::from(value as f32)
}

/// The value of a finite number as Python's `float.hex` writes it.
fn float(digits: &str) -> Option<f64> {
    let (sign, digits) = digits.strip_prefix('-').map_or((1.0, digits), |digits| (-1.0, digits));
    let (mantissa, exponent) = digits.strip_prefix("0x")?.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.')?;
    let scale = -4 * i32::try_from(fraction.len()).ok()?;
    let digits = i64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    // 53 bits at the most, in an i64 first: exact; two factors, since one alone may not be finite.
    let exponent: i32 = exponent.parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "53 bits at the most")]
    let mantissa = digits as f64;
    Some(sign * mantissa * 2_f64.powi(scale) * 2_f64.powi(exponent))
}
