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
        (json!(1.3e300), "", false, "1.30e+300"),
        (json!(2.5e21), "seconds", false, "2.50e+21 s"),
        (json!(u64::MAX), "bytes", false, "16 EiB"),
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

#[test]
fn bounds_are_still_bounds_once_they_are_rounded() {
    let Some((mut browser, page, _place)) = open() else { return };
    for (number, unit, least, most) in [
        (json!(4_260.607_983_616), "seconds", "≥ 4260 s", "≤ 4261 s"),
        (json!(7200), "seconds", "≥ 7200 s", "≤ 7200 s"),
        (json!(0.0115), "seconds", "≥ 11.5 ms", "≤ 11.5 ms"),
        (json!(0.01156), "seconds", "≥ 11.5 ms", "≤ 11.6 ms"),
        (json!(1.8e19), "bytes", "≥ 15.6 EiB", "≤ 15.7 EiB"),
        (json!(u64::MAX), "", "≥ 18.4 E", "≤ 18.5 E"),
        (json!(i64::MIN), "", "≥ -9.23 E", "≤ -9.22 E"),
        (json!(1.239e-7), "", "≥ 1.23e-7", "≤ 1.24e-7"),
        (Value::Null, "seconds", "–", "–"),
    ] {
        let call = format!(
            "import('/page/units.js').then(({{shown, AT_LEAST, AT_MOST}}) => \
             [AT_LEAST, AT_MOST].map((bound) => shown({number}, {}, false, bound)))",
            json!(unit)
        );
        assert_eq!(browser.evaluate(&page, &call), json!([least, most]), "{call}");
    }
}

#[test]
fn values_that_never_change_have_all_digits_only_as_bare_numbers() {
    let Some((mut browser, page, _place)) = open() else { return };
    for (value, unit, expected) in [
        (json!(1_234_567), "", ["1234567", ""]),
        (json!(47_815_066), "bytes", ["45.6", "MiB"]),
        (json!(u64::MAX), "", ["18.4", "E"]),
        (json!({"different": 3}), "bytes", ["3 different", ""]),
    ] {
        let field =
            json!({"kind": "gauge", "value": value, "unit": unit, "changes": false, "history": false});
        let call = format!(
            "import('/page/field.js').then(({{currentOf}}) => currentOf({field})).then(({{digits, unit}}) => [digits, unit])"
        );
        assert_eq!(browser.evaluate(&page, &call), json!(expected), "{field}");
    }
}

#[test]
fn means_weigh_as_much_as_they_have_values_and_no_tick_counts_twice() {
    let Some((mut browser, page, _place)) = open() else { return };
    // A point of 4 s, of which one has passed with three values of 10; then one value of 2, told twice.
    let call = "import('/page/samples.js').then(({Samples}) => { \
                const history = {kind: 'average', start: 100, time: 100, interval: 1, step: 4, values: [10], count: [3]}; \
                const samples = new Samples(history); \
                samples.add({values: [2], count: [1]}, 101); samples.add({values: [2], count: [1]}, 101); \
                samples.add({values: [null], count: [0]}, 102); \
                const first = samples.lines[0].slice(); \
                samples.add({values: [6], count: [2]}, 104); samples.add({values: [3], count: [1]}, 105); \
                return [first, samples.lines[0], samples.times]; })";
    assert_eq!(browser.evaluate(&page, call), json!([[8], [8, 5], [100, 104]]));
}
