//! Lines for people, as the Python original wrote them.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use mmstats_reader::{Kind, Liveness, Metric, TagValue, Value};

use super::parts::{Part, parts, scaled};
use super::{Contents, File, Output};
use crate::escape;

/// The widest that the labels' column gets: no label of format 1 is wider, and formatting pads to no
/// more.
const MAX_WIDTH: usize = u16::MAX as usize;

/// A line `==> path` for each file, then a line for each metric, its label padded to the longest,
/// then an empty line. A value of several parts is `name=value` for each: `count=3 mean=0.5`. A dead writer's file is marked `(stale)`; one that cannot be read at all is
/// left out.
#[derive(Clone, Copy, Debug)]
pub struct Text;

impl Output for Text {
    fn write(&self, file: &File<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Ok(Contents { snapshot, liveness }) = &file.contents else { return Ok(()) };
        let stale = if *liveness == Liveness::Dead { " (stale)" } else { "" };
        writeln!(out, "==> {}{stale}", escape::path(file.path))?;
        let widths = snapshot.metrics().map(|metric| width(&Name(&metric)));
        let width = widths.max().unwrap_or_default().min(MAX_WIDTH);
        for metric in snapshot.metrics() {
            let name = Name(&metric);
            let padding = width.saturating_sub(self::width(&name));
            write!(out, "  {name}{:padding$} ", "")?;
            match metric.value() {
                Ok(value) => write_value(&value, &metric, out)?,
                Err(_) => writeln!(out, "?")?,
            }
        }
        writeln!(out)
    }
}

fn write_value(value: &Value, metric: &Metric<'_>, out: &mut dyn Write) -> io::Result<()> {
    match parts(value, metric) {
        Some(parts) => writeln!(out, "{}", Parts { parts: &parts, metric }),
        None => writeln!(out, "{}", Shown(scaled(value, metric.scale()).as_ref().unwrap_or(value))),
    }
}

/// The label of a metric and its tags: `label{key="value"}`.
struct Name<'a>(&'a Metric<'a>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape::text(self.0.label()).fmt(f)?;
        let mut separator = '{';
        for (key, value) in self.0.tags() {
            write!(f, "{separator}{}=\"", escape::quoted(key))?;
            match value {
                TagValue::Text(value) => escape::quoted(value).fmt(f)?,
                TagValue::Number(value) => value.fmt(f)?,
            }
            f.write_char('"')?;
            separator = ',';
        }
        if separator == ',' { f.write_char('}') } else { Ok(()) }
    }
}

/// The characters of what `shown` displays, counted without keeping them.
fn width(shown: &impl fmt::Display) -> usize {
    struct Counter(usize);
    impl fmt::Write for Counter {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.chars().count();
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting does not fail.
    let _ = write!(counter, "{shown}");
    counter.0
}

/// A value as Python 2's `str` writes it.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::U64(value) => value.fmt(f),
            Value::I64(value) => value.fmt(f),
            Value::F32(value) => float(f64::from(*value), f),
            Value::F64(value) => float(*value, f),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Text(text) => escape::text(text).fmt(f),
            // What has parts is shown part by part.
            _ => f.write_str("-"),
        }
    }
}

/// The parts of the value of a metric, but for those that are not brief, or not there.
struct Parts<'a> {
    parts: &'a [Part<'a>],
    metric: &'a Metric<'a>,
}

impl fmt::Display for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_duration = self.metric.kind() == Some(Kind::Timer) && self.metric.unit() == "seconds";
        let mut separator = "";
        for part in self.parts.iter().filter(|part| part.is_brief) {
            let Some(number) = &part.number else { continue };
            write!(f, "{separator}{}=", escape::text(part.name))?;
            match number {
                Value::F64(seconds) if is_duration => duration(*seconds, f)?,
                number => Shown(number).fmt(f)?,
            }
            separator = " ";
        }
        Ok(())
    }
}

/// A duration with three digits, which is more than the buckets of a timer tell, in a unit that suits it.
fn duration(seconds: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let units = [(1.0, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns")];
    let suits = |(factor, _): &(f64, &str)| seconds * factor >= 1.0;
    let (factor, unit) = units.into_iter().find(suits).unwrap_or((1e9, "ns"));
    let number = seconds * factor;
    let precision = match number {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    write!(f, "{}{unit}", without_trailing_zeros(&format!("{number:.precision$}")))
}

/// C's `%.12g`, with `.0` behind what would look like an integer.
fn float(value: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: i32 = 12;
    if value.is_nan() {
        return f.write_str("nan");
    }
    if value.is_infinite() {
        return f.write_str(if value > 0.0 { "inf" } else { "-inf" });
    }
    let scientific = format!("{value:.precision$e}", precision = 11);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..DIGITS).contains(&exponent) {
        let precision = usize::try_from(DIGITS - 1 - exponent).unwrap_or_default();
        let fixed = format!("{value:.precision$}");
        let digits = without_trailing_zeros(&fixed);
        return write!(f, "{digits}{}", if digits.contains('.') { "" } else { ".0" });
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(f, "{}e{sign}{:02}", without_trailing_zeros(mantissa), exponent.unsigned_abs())
}

fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_those_of_python_2() {
        for (value, shown) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.333333333333"),
            (2.0 / 3.0, "0.666666666667"),
            (123_456_789_012.0, "123456789012.0"),
            (1_234_567_890_123.0, "1.23456789012e+12"),
            (999_999_999_999.9, "1e+12"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.000_012_345, "1.2345e-05"),
            (5e-324, "4.94065645841e-324"),
            (1_700_000_000.25, "1700000000.25"),
            (f64::from(0.1_f32), "0.10000000149"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(Shown(&Value::F64(value)).to_string(), shown);
        }
    }

    #[test]
    fn durations_have_three_digits_and_a_unit() {
        struct Duration(f64);
        impl fmt::Display for Duration {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                duration(self.0, f)
            }
        }
        for (seconds, shown) in [
            (0.0, "0ns"),
            (1e-9, "1ns"),
            (15e-9, "15ns"),
            (1.2345e-6, "1.23us"),
            (99.96e-6, "100us"),
            (0.000_5, "500us"),
            (0.012_5, "12.5ms"),
            (1.0, "1s"),
            (61.04, "61s"),
            (4398.05, "4398s"),
        ] {
            assert_eq!(Duration(seconds).to_string(), shown);
        }
    }

    #[test]
    fn truth_is_pythons() {
        assert_eq!(Shown(&Value::Bool(true)).to_string(), "True");
        assert_eq!(Shown(&Value::Bool(false)).to_string(), "False");
    }

    #[test]
    fn widths_are_counted_in_characters() {
        assert_eq!(width(&"größe"), 5);
    }
}
