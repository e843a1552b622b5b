//! Numbers as people read them: as the other tools write them.

use serde_json::{Value, json};

use crate::open;

#[test]
fn numbers_have_three_digits_and_a_unit() {
    let Some((mut browser, page, _place)) = open() else { return };
    let cases = [
        (json!(0), "seconds", false, "0 ns"),
        (json!(0.001_23), "seconds", false, "1.23 ms"),
        (json!(999.6e-6), "seconds", false, "1 ms"),
        (json!(4398.05), "seconds", false, "4398 s"),
        (json!(0.25), "seconds", true, "0.25 s/s"),
        (json!(47_815_066), "bytes", false, "45.6 MiB"),
        (json!(1023.6), "bytes", true, "1 KiB/s"),
        (json!(12_345_678), "requests", true, "12.3 M requests/s"),
        (json!(999.4), "", false, "999"),
        (json!(-1234), "", false, "-1.23 k"),
        (json!(1.2345e-7), "", false, "1.23e-7"),
        (json!("NaN"), "seconds", false, "NaN"),
        (json!("+Inf"), "requests", false, "+Inf requests"),
        (json!(true), "", false, "true"),
        (Value::Null, "seconds", false, "–"),
    ];
    for (number, unit, is_rate, expected) in cases {
        let call = format!(
            "import('/page/units.js').then(({{shown}}) => shown({number}, {}, {is_rate}))",
            json!(unit)
        );
        assert_eq!(browser.evaluate(&page, &call), expected, "{call}");
    }
}
