//! Values and rates as they stand in the table.

use mmstats_reader::{Derived, HistogramValue, Kind, Number, Value, in_unit};

use crate::description::Description;
use crate::display::{Bound, Plain, cut, scaled, scaled_bound, width};
use crate::escape;
use crate::top::track::{Content, Track};

/// How values and rates of a field are shown.
#[derive(Clone, Copy)]
pub(super) struct Style<'a> {
    pub(super) description: &'a Description,
    pub(super) is_raw: bool,
}

/// The value of a field.
pub(super) struct Shown {
    pub(super) text: String,
    /// Whether it starts at the left and may go on over the columns that it leaves empty.
    pub(super) is_long: bool,
}

impl Style<'_> {
    /// The value, in at most so many columns, or `longest` if nothing is in the columns to the right.
    pub(super) fn value(self, track: &Track, columns: usize, longest: usize) -> Shown {
        let short = |text: String| Shown { text: cut(&text, columns), is_long: false };
        match &track.content {
            Content::Unknown => short(String::new()),
            Content::Torn => short("?".to_owned()),
            Content::Value(Value::Text(text)) => {
                Shown { text: cut(&escape::text(text), longest), is_long: true }
            }
            Content::Value(Value::Record(values)) => {
                Shown { text: cut(&self.record(values), longest), is_long: true }
            }
            Content::Value(Value::Nothing) => short("-".to_owned()),
            Content::Value(value) => short(self.plain(value)),
            Content::Average(average) => match average.mean {
                Some(mean) => short(format!("mean {}", self.number(mean))),
                None => short("-".to_owned()),
            },
            Content::Distribution(distribution) => short(match &distribution.interval {
                Some(interval) => self.quantiles(interval, columns),
                None => "-".to_owned(),
            }),
        }
    }

    /// A value without parts.
    fn plain(self, value: &Value) -> String {
        let is_of_process = self.description.label().starts_with("sys.");
        match (value, Number::of(value).map(Number::to_f64)) {
            (Value::Bool(_), _) | (_, None) => Plain(value).to_string(),
            _ if (self.is_raw || is_of_process) && self.description.scale() == 0 => Plain(value).to_string(),
            (_, Some(number)) => self.number(number),
        }
    }

    /// A number that was taken from a value.
    pub(super) fn number(self, number: f64) -> String {
        self.bounded(number, Bound::None)
    }

    /// A number that was taken from a value, with its sign if it is a bound.
    fn bounded(self, number: f64, bound: Bound) -> String {
        let number = in_unit(number, self.description.scale());
        if self.is_raw {
            bound.mark(Plain(&Value::F64(number)).bounded(bound))
        } else {
            bound.mark(scaled_bound(number, self.description.unit(), bound).to_string())
        }
    }

    /// A value or a duration that a distribution counted.
    #[expect(clippy::cast_precision_loss, reason = "buckets are wider")]
    pub(super) fn counted(self, value: u64) -> String {
        self.number(value as f64)
    }

    /// The same of the least value of a bucket that has no end.
    #[expect(clippy::cast_precision_loss, reason = "buckets are wider")]
    pub(super) fn counted_from(self, value: u64) -> String {
        self.bounded(value as f64, Bound::AtLeast)
    }

    /// A number that was derived from a distribution, which may be a lower bound.
    pub(super) fn derived(self, number: Derived<f64>) -> String {
        self.bounded(number.number(), Bound::of(&number))
    }

    /// How many came a second: of what has a size the times, not the sizes.
    pub(super) fn rate(self, rate: Option<f64>, columns: usize) -> String {
        let Some(rate) = rate else { return String::new() };
        let is_sum = !matches!(self.description.kind(), Some(Kind::Average | Kind::Histogram | Kind::Timer));
        let (rate, unit) = if is_sum {
            (in_unit(rate, self.description.scale()), self.description.unit())
        } else {
            (rate, "")
        };
        if !self.is_raw {
            return scaled(rate, unit).to_string();
        }
        let plain = format!("{rate:.2}");
        if width(&plain) > columns { format!("{rate:.3e}") } else { plain }
    }

    fn record(self, values: &[Value]) -> String {
        let members = self.description.members().zip(values);
        let shown = members.map(|(member, value)| {
            let number = match Number::of(value).map(Number::to_f64) {
                Some(number) if !self.is_raw => {
                    scaled(in_unit(number, member.scale), member.unit).to_string()
                }
                Some(number) if member.scale != 0 => {
                    Plain(&Value::F64(in_unit(number, member.scale))).to_string()
                }
                _ => Plain(value).to_string(),
            };
            format!("{}={number}", escape::text(member.label))
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// The median and what one in a hundred is above, as far as there is room.
    fn quantiles(self, interval: &HistogramValue, columns: usize) -> String {
        let summary = interval.summary();
        #[expect(clippy::cast_precision_loss, reason = "buckets are wider")]
        let quantile = |q| summary.quantile(q).map(|value| self.derived(value.map(|value| value as f64)));
        let (Some(p50), Some(p99)) = (quantile(0.5), quantile(0.99)) else { return "-".to_owned() };
        let both = format!("p50 {p50} p99 {p99}");
        if width(&both) > columns { format!("p99 {p99}") } else { both }
    }
}
