//! Format 1, the Python original's: from the bytes of a file to its fields and their values.
//!
//! | module | what it does |
//! |---|---|
//! | [`fields`] | parses labels and types: once, and again when they may have changed |
//! | [`settle`] | reads values again until two reads agree |

mod fields;
mod settle;

use std::fs::File;
use std::os::unix::fs::MetadataExt;

use mmstats_format::error::{ErrorKind, ParseError};
use mmstats_format::label::{SYS_CREATED, SYS_PID};
use mmstats_format::tagged::Torn;
use mmstats_format::v1::FIRST_BYTE;
use mmstats_format::value::Value;

use crate::buffer::AlignedBuffer;
use crate::error::Error;
use crate::snapshot::Settled;
use fields::Fields;
use settle::settle;

/// The version of the format that is read here.
pub(crate) const FORMAT: u8 = FIRST_BYTE;

/// Bytes to read at first: most files are shorter, and of a longer one the end is not known yet.
const FIRST_LEN: u64 = 64 * 1024;

/// What is kept of a file between two reads of it.
pub(crate) struct Contents {
    fields: Fields,
    /// The file from its start to the end of its fields, as it was read last.
    bytes: AlignedBuffer,
    scratch: AlignedBuffer,
    stamp: Stamp,
    /// Indices of the fields whose values were never whole, in order.
    torn: Vec<u32>,
}

/// What changes when a writer makes a file of the same name anew: the original truncates it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    len: u64,
    /// Seconds and nanoseconds.
    changed: (i64, i64),
}

impl Stamp {
    fn of(file: &File) -> Result<Self, Error> {
        let metadata = file.metadata().map_err(Error::Read)?;
        Ok(Self { len: metadata.len(), changed: (metadata.ctime(), metadata.ctime_nsec()) })
    }
}

impl Contents {
    /// Parses `file`.
    pub(crate) fn read(file: &File) -> Result<Self, Error> {
        let stamp = Stamp::of(file)?;
        let mut bytes = AlignedBuffer::default();
        let fields = parse(file, stamp.len, &mut bytes)?;
        Ok(Self { fields, bytes, scratch: AlignedBuffer::default(), stamp, torn: Vec::new() })
    }

    /// Reads all values of `file`, which is the one that was parsed.
    pub(crate) fn update(&mut self, file: &File) -> Result<(View<'_>, Settled), Error> {
        let stamp = Stamp::of(file)?;
        let len = self.fields.read_len().min(usize::try_from(stamp.len).unwrap_or(usize::MAX));
        let is_known = stamp == self.stamp
            && self.fields.problem.is_none()
            && self.fields.end_at(self.bytes.read(file, 0, len)?);
        if !is_known {
            // The original's writer fills in a new file field by field, in sight of its readers.
            self.fields = parse(file, stamp.len, &mut self.bytes)?;
            self.stamp = stamp;
        }
        let settled = settle(&self.fields, file, &mut self.bytes, &mut self.scratch, &mut self.torn)?;
        Ok((View(self), settled))
    }

    pub(crate) fn problem(&self) -> Option<&ParseError> {
        self.fields.problem.as_ref()
    }

    /// The writer's process, and when the file was made in seconds since 1970-01-01 UTC, if it
    /// says so. Labels have prefixes, and the last one counts, as in the original's cleaner.
    pub(crate) fn writer(&self) -> (Option<u64>, Option<f64>) {
        let (mut pid, mut created) = (None, None);
        for metric in Metrics::new(View(self)) {
            match metric.value() {
                Ok(Value::U64(value)) if metric.label().ends_with(SYS_PID) => pid = Some(value),
                Ok(Value::F64(value)) if metric.label().ends_with(SYS_CREATED) => created = Some(value),
                _ => {}
            }
        }
        (pid, created)
    }
}

/// Parses the fields of `file`, of `file_len` bytes, and leaves those bytes in `bytes`.
fn parse(file: &File, file_len: u64, bytes: &mut AlignedBuffer) -> Result<Fields, Error> {
    let mut len = FIRST_LEN.min(file_len);
    loop {
        let part = usize::try_from(len).map_err(|_| Error::Memory { len })?;
        let fields = Fields::parse(bytes.read(file, 0, part)?)?;
        let is_cut = match fields.problem {
            Some(ParseError { kind: ErrorKind::Cut { .. }, .. }) => true,
            Some(_) => false,
            None => fields.read_len() > part,
        };
        if !is_cut || len == file_len {
            bytes.shorten(fields.read_len());
            return Ok(fields);
        }
        len = len.saturating_mul(2).min(file_len);
    }
}

/// What the metrics of one snapshot are made of.
#[derive(Clone, Copy)]
pub(crate) struct View<'a>(&'a Contents);

impl View<'_> {
    /// What stopped the parser.
    pub(crate) fn problem(&self) -> Option<&ParseError> {
        self.0.problem()
    }
}

/// The metrics of a file, which are its fields.
#[derive(Clone)]
pub(crate) struct Metrics<'a> {
    contents: &'a Contents,
    indices: std::ops::Range<u32>,
}

impl<'a> Metrics<'a> {
    pub(crate) fn new(view: View<'a>) -> Self {
        Self { contents: view.0, indices: 0..view.0.fields.count() }
    }
}

impl<'a> Iterator for Metrics<'a> {
    type Item = Metric<'a>;

    #[inline]
    fn next(&mut self) -> Option<Metric<'a>> {
        let index = self.indices.next()?;
        Some(Metric { contents: self.contents, index })
    }
}

/// A field: see [`crate::Metric`].
#[derive(Clone, Copy)]
pub(crate) struct Metric<'a> {
    contents: &'a Contents,
    index: u32,
}

impl<'a> Metric<'a> {
    pub(crate) fn label(&self) -> &'a str {
        self.contents.fields.label(self.index, self.contents.bytes.bytes())
    }

    pub(crate) fn type_name(&self) -> &'a str {
        self.contents.fields.type_name(self.index, self.contents.bytes.bytes())
    }

    #[inline]
    pub(crate) fn value(&self) -> Result<Value, Torn> {
        let Contents { fields, bytes, torn, .. } = self.contents;
        if !torn.is_empty() && torn.binary_search(&self.index).is_ok() {
            return Err(Torn);
        }
        let place = fields.place(self.index).ok_or(Torn)?;
        place.decode(place.bytes(bytes.bytes())).map_err(|_| Torn)
    }
}
