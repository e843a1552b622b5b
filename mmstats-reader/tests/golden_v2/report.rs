//! Lists everything that the library reports about a file, in words that do not depend on the names of its types.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use mmstats_reader::{Error, HistogramValue, Metric, Reader, Snapshot, Value};

/// What `reader` reports, or why there is none.
pub(crate) fn of(reader: &mut Result<Reader, Error>) -> String {
    match reader {
        Ok(reader) => of_reader(reader),
        Err(error) => format!("cannot open: {error}\n"),
    }
}

fn of_reader(reader: &mut Reader) -> String {
    let header = *reader.header().expect("format 2");
    let (version, flags) = (header.minor_version.get(), header.flags.get());
    let mut report = format!("format {}, minor version {version}, flags {flags}\n", reader.format());
    match reader.snapshot() {
        Ok(snapshot) => {
            write_snapshot(&snapshot, &mut report);
            let snapshot = snapshot.by_thread();
            line(&mut report, "", "\nby thread");
            write_snapshot(&snapshot, &mut report);
        }
        Err(error) => line(&mut report, "cannot read: ", &error.to_string()),
    }
    report
}

fn write_snapshot(snapshot: &Snapshot<'_>, report: &mut String) {
    let writer = snapshot.writer();
    let made = writer.created.unwrap_or_default().as_nanos();
    writeln!(report, "command {:?}, process {:?}, made at {made} ns", snapshot.command(), writer.pid)
        .unwrap();
    writeln!(report, "{} fields skipped, {} values torn", snapshot.skipped(), snapshot.torn()).unwrap();
    if let Some(problem) = snapshot.problem() {
        line(report, "problem: ", &problem.to_string());
    }
    for thread in snapshot.threads() {
        let name = thread.name().map_or("torn".to_owned(), |name| format!("{name:?}"));
        writeln!(report, "thread {} {name}, lease {}", thread.tid(), thread.leases()).unwrap();
    }
    for metric in snapshot.metrics() {
        write_metric(&metric, report);
    }
}

fn line(report: &mut String, start: &str, text: &str) {
    report.extend([start, text, "\n"]);
}

fn write_metric(metric: &Metric<'_>, report: &mut String) {
    let tags: Vec<String> =
        metric.tags().map(|(key, value)| format!("{key:?}={:?}", value.to_string())).collect();
    write!(
        report,
        "{:?}{{{}}} {} {} {}",
        metric.label(),
        tags.join(","),
        metric.kind().expect("format 2").name(),
        metric.type_name(),
        metric.aggregate().name()
    )
    .unwrap();
    write_meaning(metric.unit(), metric.scale(), metric.help(), report);
    match metric.value() {
        Ok(value) => {
            let bound = if metric.is_clamped(&value) { " or further from zero" } else { "" };
            writeln!(report, "  {}{bound}", shown(&value)).unwrap();
            write_members(metric, &value, report);
        }
        Err(_) => line(report, "  ", "torn"),
    }
}

fn write_meaning(unit: &str, scale: i8, help: &str, report: &mut String) {
    writeln!(report, ", unit {unit:?} scale {scale}, help {help:?}").unwrap();
}

fn write_members(metric: &Metric<'_>, value: &Value, report: &mut String) {
    let Value::Record(values) = value else { return };
    assert_eq!(metric.members().count(), values.len());
    for (member, value) in metric.members().zip(values.iter()) {
        write!(report, "  {:?} {} {}", member.label(), member.type_name(), shown(value)).unwrap();
        write_meaning(member.unit(), member.scale(), member.help(), report);
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::U64(number) => format!("unsigned {number}"),
        Value::I64(number) => format!("signed {number}"),
        Value::F32(number) => format!("f32 {number:?}"),
        Value::F64(number) => format!("f64 {number:?}"),
        Value::Bool(is_true) => format!("truth {is_true}"),
        Value::Text(text) => format!("text {text:?}"),
        Value::Nothing => "nothing".to_owned(),
        Value::Average(average) => {
            let bound = if average.known_count().is_at_least() { " or more" } else { "" };
            let (sum, mean) = (average.known_sum(), average.mean());
            format!("average: count {}{bound}, sum {sum:?}, mean {mean:?}", average.count())
        }
        Value::Histogram(histogram) => format!("histogram: {}", distribution(histogram)),
        Value::Timer(timer) => format!("timer: last {:?}, {}", timer.last(), distribution(timer.durations())),
        Value::Record(values) => format!("record of {}", values.len()),
    }
}

fn distribution(histogram: &HistogramValue) -> String {
    let division = histogram.division();
    let (precision, powers) = (division.precision(), division.powers());
    let saturated = if histogram.is_saturated() { ", saturated" } else { "" };
    let bucket = |(values, count): (RangeInclusive<u64>, u64)| format!(" {values:?}: {count}");
    let buckets = histogram.buckets().map(bucket).collect::<Vec<_>>().concat();
    format!("precision {precision}, {powers} powers, sum {}{saturated}, buckets{buckets}", histogram.sum())
}
