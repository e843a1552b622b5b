//! One field by itself: what it means, how it went on, and, if it is a histogram, what it counted.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Paragraph, Widget, Wrap};

use mmstats_reader::{Derived, HistogramValue, Kind};

use super::value;
use super::{put, theme};
use crate::display::{Bound, fit, one_line, width, wrap};
use crate::escape;
use crate::top::model::{FieldId, Model};
use crate::top::shape::Field;
use crate::top::track::{Content, Distribution, Track};
use crate::top::view::View;
use crate::top::writer::Writer;

/// One field by itself.
pub(super) struct Detail<'a> {
    pub(super) model: &'a Model,
    pub(super) view: &'a View,
    pub(super) field: FieldId,
}

/// A field, whose it is, and what is known of it.
struct Subject<'a> {
    writer: &'a Writer,
    field: &'a Field,
    track: &'a Track,
    style: value::Style<'a>,
}

/// What quantiles are shown, by what names.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

impl Widget for Detail<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let (id, index) = (self.field.0, self.field.1 as usize);
        let Some(writer) = self.model.writer(id) else { return };
        let (Some(field), Some(track)) = (writer.shape.fields.get(index), writer.tracks.get(index)) else {
            return;
        };
        let style = value::Style { description: &field.description, is_raw: self.view.is_raw };
        let subject = Subject { writer, field, track, style };
        let text = subject.text(self.model, area);
        let distribution = match &track.content {
            Content::Distribution(distribution) => Some(&**distribution),
            _ => None,
        };
        // The distribution needs more room than the line above it.
        let below = if distribution.is_some() { Constraint::Fill(2) } else { Constraint::Length(0) };
        let height = u16::try_from(text.len()).unwrap_or(u16::MAX);
        let parts = [Constraint::Length(height), Constraint::Fill(1), below];
        let [top, middle, bottom] = area.layout(&Layout::vertical(parts));
        Paragraph::new(text).wrap(Wrap { trim: false }).render(top, buf);
        subject.chart(middle, buf);
        if let Some(distribution) = distribution {
            subject.distribution(distribution, bottom, buf);
        }
    }
}

impl Subject<'_> {
    /// What it is, and its numbers, for a screen of this size.
    fn text(&self, model: &Model, area: Rect) -> Vec<Line<'static>> {
        const MAX_NAME_LINES: usize = 3;

        let Self { writer, field, track, style } = self;
        let room = usize::from(area.width).saturating_sub(2);
        let (process, description) = (&writer.process, &field.description);
        let unit = match description.unit() {
            "" => String::new(),
            unit => format!(" in {}", escape::text(unit)),
        };
        let kind = description.kind().map_or("number, text or other", Kind::name);
        let pid = process.pid.map_or_else(String::new, |pid| format!(" {pid}"));
        let state = theme::state(writer.state);
        let name = wrap(&field.name(0).to_string(), room, MAX_NAME_LINES);
        // However long it is, it leaves room for the numbers.
        let help = wrap(&one_line(description.help()), room, usize::from(area.height / 2));
        let mut lines: Vec<Line<'_>> =
            name.iter().map(|line| Line::styled(format!(" {line}"), theme::TITLE)).collect();
        lines.extend(help.iter().map(|line| Line::raw(format!(" {line}"))));
        lines.extend([
            Line::from_iter([
                Span::styled(
                    format!(" {kind}{unit} of {}{pid}, ", escape::text(&process.name)),
                    theme::QUIET,
                ),
                Span::styled(state.0, state.1),
            ]),
            Line::default(),
        ]);
        let value = style.value(track, room, room).text;
        lines.push(numbers(&[("value", value)]));
        if track.is_counted() {
            let rate = |rate: Option<f64>| style.rate(rate, 20);
            let life = writer.life_rate(field, track, model.now.moment);
            let mut rates = vec![
                ("rate/s", rate(track.rate())),
                ("10s", rate(track.ten())),
                ("60s", rate(track.sixty())),
                ("life", rate(life)),
            ];
            if !matches!(track.content, Content::Value(_)) {
                rates.push(("count", track.count().map_or_else(String::new, |count| format!("{count}"))));
            }
            lines.push(numbers(&rates));
        }
        if let Content::Distribution(distribution) = &track.content {
            lines.extend(self.quantiles(distribution));
        }
        lines.push(self.seen());
        lines
    }

    /// The quantiles of what came in the last interval, and of everything.
    fn quantiles(&self, distribution: &Distribution) -> Vec<Line<'static>> {
        const OTHERS: [&str; 2] = ["max", "mean"];
        let line = |name: &str, cells: Vec<String>, style| {
            let cells = cells.iter().map(|cell| format!("{cell:>10}")).collect::<Vec<_>>().concat();
            Line::from_iter([
                Span::styled(format!(" {}", fit(name, 13)), theme::QUIET),
                Span::styled(cells, style),
            ])
        };
        let of = |name, histogram: &HistogramValue| {
            let summary = histogram.summary();
            #[expect(clippy::cast_precision_loss, reason = "buckets are wider")]
            let float = |number: Option<Derived<u64>>| number.map(|number| number.map(|value| value as f64));
            let quantiles = QUANTILES.map(|(_, q)| float(summary.quantile(q)));
            let derived = quantiles.into_iter().chain([float(summary.max()), summary.mean()]);
            let shown = derived.map(|number| number.map(|number| self.style.derived(number)));
            let cells = shown.map(|number| number.unwrap_or_else(|| "-".to_owned())).collect();
            line(name, cells, Style::new())
        };
        let names = QUANTILES.iter().map(|(name, _)| *name).chain(OTHERS);
        let mut lines = vec![line("", names.map(str::to_owned).collect(), theme::QUIET)];
        lines.extend(distribution.interval.iter().map(|interval| of("last interval", interval)));
        lines.push(of("life", &distribution.all));
        lines.extend(distribution.last.map(|last| numbers(&[("last", self.style.counted(last))])));
        lines
    }

    /// The least, the most and the mean of the samples that are shown.
    fn seen(&self) -> Line<'static> {
        let samples = self.samples();
        if samples.is_empty() {
            return Line::styled(" nothing to draw yet", theme::QUIET);
        }
        let values = samples.iter().map(|(_, value)| *value);
        #[expect(clippy::cast_precision_loss, reason = "samples are few")]
        let mean = values.clone().sum::<f64>() / samples.len() as f64;
        let what = if self.track.is_counted() { "rate/s" } else { "value" };
        let mut line = numbers(&[
            ("min", self.sample(values.clone().fold(f64::INFINITY, f64::min))),
            ("max", self.sample(values.fold(f64::NEG_INFINITY, f64::max))),
            ("mean", self.sample(mean)),
        ]);
        line.spans.insert(0, Span::raw(format!(" {what} since it is shown:")));
        line
    }

    fn samples(&self) -> Vec<(f64, f64)> {
        let history = self.track.history.as_ref();
        history.map(|history| history.samples.iter().copied().collect()).unwrap_or_default()
    }

    /// A sample as text.
    fn sample(&self, sample: f64) -> String {
        if self.track.is_counted() { self.style.rate(Some(sample), 20) } else { self.style.number(sample) }
    }

    /// How it went on.
    fn chart(&self, area: Rect, buf: &mut Buffer) {
        let samples = self.samples();
        let [(from, _), .., (to, _)] = samples.as_slice() else { return };
        if area.height < 3 || area.width < 20 {
            return;
        }
        let bounds = bounds(samples.iter().map(|(_, value)| *value), self.track.is_counted());
        let ends = bounds.map(|bound| self.sample(bound));
        let labels = ends.map(|end| Span::styled(format!("{end:>9}"), theme::QUIET));
        let ago = Span::styled(
            format!("{} ago", super::duration(std::time::Duration::from_secs_f64(to - from))),
            theme::QUIET,
        );
        let data = Dataset::default()
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(theme::TREND)
            .data(&samples);
        let x = Axis::default()
            .bounds([*from, *to])
            .style(theme::QUIET)
            .labels([ago, Span::styled("now", theme::QUIET)]);
        let y = Axis::default().bounds(bounds).style(theme::QUIET).labels(labels);
        Chart::new(vec![data]).x_axis(x).y_axis(y).render(area, buf);
    }

    /// How many values of each size came: in the last interval, or, if there were none, ever.
    fn distribution(&self, distribution: &Distribution, area: Rect, buf: &mut Buffer) {
        let interval = distribution.interval.as_ref().filter(|interval| interval.count() > 0);
        let histogram = interval.unwrap_or(&distribution.all);
        let what = if interval.is_some() {
            "in the last interval"
        } else {
            "over life: none came in the last interval"
        };
        let count = histogram.summary().count();
        let shown = Bound::of(&count).mark(count.number().to_string());
        put(area, 0, &format!(" {shown} {what}"), theme::QUIET, buf);
        let rows = usize::from(area.height.saturating_sub(1));
        let bars = bars(histogram, rows);
        let label = |bar: &Bar| match bar.high {
            Some(high) => format!("{} .. {}", self.style.counted(bar.low), self.style.counted(high)),
            None => self.style.counted_from(bar.low),
        };
        let labels: Vec<String> = bars.iter().map(label).collect();
        let label_width = labels.iter().map(width).max().unwrap_or_default();
        let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default().max(1);
        let room = usize::from(area.width).saturating_sub(label_width + 22);
        for ((y, bar), label) in (area.y + 1..).zip(&bars).zip(labels) {
            let line = Rect { y, height: 1, ..area };
            let pad = label_width.saturating_sub(width(&label));
            put(line, 1 + pad, &label, Style::new(), buf);
            put(line, label_width + 2, &block_bar(bar.count, most, room), theme::TREND, buf);
            if bar.count > 0 {
                let count = format!("{:>10} {:>5.1} %", bar.count, percent(bar.count, histogram.count()));
                put(
                    line,
                    usize::from(area.width).saturating_sub(width(&count) + 1),
                    &count,
                    theme::QUIET,
                    buf,
                );
            }
        }
    }
}

/// What a chart of `samples` goes from and to: from zero for what `is_counted`.
fn bounds(samples: impl Iterator<Item = f64> + Clone, is_counted: bool) -> [f64; 2] {
    let samples = samples.chain(is_counted.then_some(0.0));
    let least = samples.clone().fold(f64::INFINITY, f64::min);
    let most = samples.fold(f64::NEG_INFINITY, f64::max);
    match (most > least, is_counted) {
        (true, _) => [least, most],
        // There is no less than none that came.
        (false, true) => [0.0, 1.0],
        // What does not change is a line in the middle, not at the edge.
        (false, false) => {
            let room = most.abs().max(1.0) / 2.0;
            [least - room, most + room]
        }
    }
}

/// Values of neighbouring buckets.
#[derive(Debug, PartialEq, Eq)]
struct Bar {
    low: u64,
    /// Nothing if there is no largest value.
    high: Option<u64>,
    count: u64,
}

/// The buckets of `histogram` from the first to the last that has values, as many together as needed for
/// there to be at most so many bars.
fn bars(histogram: &HistogramValue, most: usize) -> Vec<Bar> {
    let division = histogram.division();
    let index = |value: u64| division.index(value);
    let mut filled = histogram.buckets();
    let Some((low, count)) = filled.next().filter(|_| most > 0) else { return Vec::new() };
    let first = index(*low.start());
    let last = filled.next_back().map_or(first, |(bounds, _)| index(*bounds.start()));
    let together = (last - first + 1).div_ceil(most);
    let bar = |start: usize| {
        let end = (start + together - 1).min(last);
        let low = division.bounds(start).map_or(0, |(low, _)| low);
        let high = division.bounds(end).map(|(_, high)| high).filter(|_| !division.is_open(end));
        Bar { low, high, count: 0 }
    };
    let mut bars: Vec<Bar> = (first..=last).step_by(together).map(bar).collect();
    let all = std::iter::once((low, count)).chain(histogram.buckets().skip(1));
    for (bounds, count) in all {
        if let Some(bar) = bars.get_mut((index(*bounds.start()) - first) / together) {
            bar.count = bar.count.saturating_add(count);
        }
    }
    bars
}

/// A bar of at most so many columns, drawn to an eighth of one.
fn block_bar(count: u64, most: u64, columns: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(count) * columns as u128 * 8 / u128::from(most);
    let eighths = usize::try_from(eighths).unwrap_or_default().max(usize::from(count > 0));
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
fn percent(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64 * 100.0
}

/// A line of numbers, each behind its name.
fn numbers(numbers: &[(&str, String)]) -> Line<'static> {
    let shown = numbers.iter().filter(|(_, number)| !number.is_empty());
    let spans = shown.flat_map(|(name, number)| {
        [Span::styled(format!(" {name} "), theme::QUIET), Span::raw(format!("{number} "))]
    });
    spans.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_of_rates_start_at_zero_and_those_of_values_at_the_least() {
        for (samples, is_counted, expected) in [
            (&[0.0, 0.0][..], true, [0.0, 1.0]),
            (&[5.0, 7.0], true, [0.0, 7.0]),
            (&[-5.0, -7.0], true, [-7.0, 0.0]),
            (&[5.0, 7.0], false, [5.0, 7.0]),
            (&[0.0, 0.0], false, [-0.5, 0.5]),
            (&[-8.0, -8.0], false, [-12.0, -4.0]),
        ] {
            let shown = bounds(samples.iter().copied(), is_counted).map(|bound| bound.to_string());
            assert_eq!(shown, expected.map(|bound: f64| bound.to_string()), "{samples:?}");
        }
    }
}
