//! Comma-separated values for spreadsheets and programs (RFC 4180).

use std::fmt::Write as _;
use std::io::{self, Write};

use mmstats_reader::{Kind, Liveness, Value};

use super::shown::Line;
use super::{Output, Shown, liveness};
use crate::combining::{Group, Whose};
use crate::description::Described;
use crate::display::{Named, Plain, Tags, cell, not_finite};
use crate::entry::Entry;
use crate::escape;
use crate::selection::File;

/// A header, and then a line for each value, or for each part of a value of several. Numbers are plain, in
/// their units; what there is no number for is empty.
///
/// Characters that could change a terminal are escaped as in other outputs for people, so that a line of
/// values is always one line. So is a `=`, `+`, `-` or `@` at the start of what somebody else has written,
/// `\u{3d}`: a spreadsheet would calculate it, or run it.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

const HEADER: &str = "path,process,pid,user,liveness,label,tags,part,kind,type,unit,value,help,bound";

/// What ends a line.
const END: &str = "\r\n";

impl Output for Csv {
    fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{HEADER}{END}")
    }

    fn file(&self, file: &File<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Ok(contents) = &file.contents else { return Ok(()) };
        let process = contents.process;
        let mut start = String::new();
        cell(&escape::path(file.path), &mut start);
        write_process(&process.name, process.pid, process.uid, &mut start);
        end_start(Some(process.liveness), &mut start);
        write_entries(&start, contents.metrics(), out)
    }

    fn group(&self, group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut start = String::new();
        if let [file] = group.files() {
            cell(&escape::path(&file.path), &mut start);
        }
        match group.whose() {
            Whose::Process { name, pid, uid } => write_process(name, *pid, *uid, &mut start),
            // Writing to a string does not fail.
            Whose::User(uid) => _ = write!(start, ",,,{uid}"),
            Whose::All => start.push_str(",,,"),
        }
        end_start(group.liveness(), &mut start);
        write_entries(&start, group.entries(), out)
    }
}

/// Adds the process to the `start` of its lines.
fn write_process(name: &str, pid: Option<u64>, uid: u32, start: &mut String) {
    start.push(',');
    cell(&escape::text(name), start);
    // Writing to a string does not fail.
    let _ = match pid {
        Some(pid) => write!(start, ",{pid},{uid}"),
        None => write!(start, ",,{uid}"),
    };
}

fn end_start(lives: Option<Liveness>, start: &mut String) {
    start.push(',');
    start.push_str(lives.map(liveness).unwrap_or_default());
}

/// Writes the lines of `entries`, each behind `start`.
fn write_entries<E: Entry>(
    start: &str,
    entries: impl Iterator<Item = E>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut line = String::new();
    for entry in entries {
        let described = entry.description();
        let shown = entry.outcome().map(|outcome| Shown::new(outcome, described));
        for Line { part, value, bound, unit } in Line::of(shown, described.unit()) {
            line.clear();
            line.push_str(start);
            line.push(',');
            cell(&escape::text(described.label()), &mut line);
            line.push(',');
            cell(&Tags(described), &mut line);
            line.push(',');
            cell(&escape::text(part.unwrap_or_default()), &mut line);
            line.push(',');
            line.push_str(described.kind().map_or("", Kind::name));
            line.push(',');
            cell(&escape::text(entry.type_name()), &mut line);
            line.push(',');
            cell(&escape::text(unit), &mut line);
            line.push(',');
            write_value(value.as_ref(), &mut line);
            line.push(',');
            cell(&escape::text(described.help()), &mut line);
            line.push(',');
            line.push_str(bound.name().unwrap_or_default());
            line.push_str(END);
            out.write_all(line.as_bytes())?;
        }
    }
    Ok(())
}

fn write_value(value: Option<&Value>, line: &mut String) {
    // Writing to a string does not fail.
    let _ = match value {
        None | Some(Value::Nothing) => Ok(()),
        Some(Value::Text(value)) => {
            cell(&escape::text(value), line);
            Ok(())
        }
        Some(Value::Bool(value)) => write!(line, "{value}"),
        // The fewest digits that tell it from all others.
        Some(Value::F32(value)) => match not_finite((*value).into()) {
            None => write!(line, "{value:?}"),
            Some(name) => line.write_str(name),
        },
        Some(Value::F64(value)) => match not_finite(*value) {
            None => write!(line, "{value:?}"),
            Some(name) => line.write_str(name),
        },
        Some(value) => write!(line, "{}", Plain(value)),
    };
}
