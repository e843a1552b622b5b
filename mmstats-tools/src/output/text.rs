//! Lines for people, as the Python original wrote them.

use std::fmt;
use std::io::{self, Write};

use mmstats_reader::{Kind, Liveness, Metric, Value};

use super::parts::{self, Part, parts};
use super::{Contents, File, Output};
use crate::display::{Name, Plain, Scaled, scaled, width};
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
        let widest = widths.max().unwrap_or_default().min(MAX_WIDTH);
        for metric in snapshot.metrics() {
            let name = Name(&metric);
            let padding = widest.saturating_sub(width(&name));
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
        None => writeln!(out, "{}", Plain(parts::scaled(value, metric.scale()).as_ref().unwrap_or(value))),
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
                Value::F64(seconds) if is_duration => {
                    let Scaled { digits, suffix } = scaled(*seconds, "seconds");
                    write!(f, "{digits}{suffix}")?;
                }
                number => Plain(number).fmt(f)?,
            }
            separator = " ";
        }
        Ok(())
    }
}
