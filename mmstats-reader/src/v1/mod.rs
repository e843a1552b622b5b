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

use mmstats_format::descriptor::Type;
use mmstats_format::error::{ErrorKind, ParseError};
use mmstats_format::label::{SYS_CREATED, SYS_PID};
use mmstats_format::tagged::Torn;
use mmstats_format::v1::FIRST_BYTE;
use mmstats_format::value::Value;

use crate::error::Error;
use crate::settled::Settled;
use crate::writer::Writer;
use fields::Fields;
use mmstats_host::buffer::AlignedBuffer;
use mmstats_host::liveness::{self, Liveness};
use settle::{reread, settle};

/// The version of the format that is read here.
pub(crate) const FORMAT: u8 = FIRST_BYTE;

/// Bytes of all fields of a file, at most: as many have two million of them. A file can be as long as it likes
/// to be without holding anything.
const MAX_LEN: u64 = 64 * 1024 * 1024;

/// Bytes to read at first: most files are shorter, and of a longer one the end is not known yet.
const FIRST_LEN: u64 = 64 * 1024;

/// Whether `file`, of `len` bytes, is of this format, if it is one of statistics.
pub(crate) fn is_format_of(file: &File, len: u64) -> Result<bool, Error> {
    Ok(len > 0 && AlignedBuffer::default().read(file, 0, 1)?.first() == Some(&FORMAT))
}

/// What is kept of a file between two reads of it.
pub(crate) struct Contents {
    fields: Fields,
    /// The file from its start to the end of its fields, as it was read last.
    bytes: AlignedBuffer,
    scratch: AlignedBuffer,
    /// That of the file whose fields these are; nothing if they could not be parsed anew.
    stamp: Option<Stamp>,
    /// Indices of the fields whose values were never whole, in order.
    torn: Vec<usize>,
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
        Ok(Self { fields, bytes, scratch: AlignedBuffer::default(), stamp: Some(stamp), torn: Vec::new() })
    }

    /// Reads all values of `file`, which is the one that was parsed.
    pub(crate) fn update(&mut self, file: &File) -> Result<(View<'_>, Settled), Error> {
        self.torn.clear();
        let stamp = Stamp::of(file)?;
        let may_be_known = self.stamp == Some(stamp) && self.fields.problem.is_none();
        if may_be_known && reread(file, &mut self.bytes, &mut self.scratch)? {
            // What was read before and this are the two reads that have to agree.
            return Ok((View(self), Settled::default()));
        }
        if !(may_be_known && self.fields.end_at(self.bytes.bytes())) {
            // The original's writer fills in a new file field by field, in sight of its readers.
            self.stamp = None;
            self.fields = parse(file, stamp.len, &mut self.bytes)?;
            self.stamp = Some(stamp);
        }
        let settled = settle(&self.fields, file, &mut self.bytes, &mut self.scratch, &mut self.torn)?;
        Ok((View(self), settled))
    }

    pub(crate) fn problem(&self) -> Option<&ParseError> {
        self.fields.problem.as_ref()
    }

    /// Whether the writer lives, and which one that is, as far as the file says, which has the inode number
    /// `inode`.
    pub(crate) fn probe(&self, inode: u64) -> (Liveness, Writer) {
        let (pid, created) = self.writer();
        (liveness::probe_process(pid, created, inode), Writer::of_v1(pid, created))
    }

    /// The writer's process, and when the file was made in seconds since 1970-01-01 UTC, if it
    /// says so. Labels have prefixes, and the last one counts, as in the original's cleaner.
    pub(crate) fn writer(&self) -> (Option<u64>, Option<f64>) {
        let (mut pid, mut created) = (None, None);
        let bytes = self.bytes.bytes();
        for metric in Metrics::new(View(self)) {
            let is_named = |end| self.fields.label_ends_with(metric.index, bytes, end);
            match metric.value() {
                Ok(Value::U64(value)) if is_named(SYS_PID) => pid = Some(value),
                Ok(Value::F64(value)) if is_named(SYS_CREATED) => created = Some(value),
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
        let mut fields = Fields::parse(bytes.read(file, 0, part)?)?;
        let is_cut = match fields.problem {
            Some(ParseError { kind: ErrorKind::Cut { expected, .. }, offset }) => {
                let end = offset.saturating_add(expected);
                if end > MAX_LEN {
                    let what = "the length of all fields";
                    fields.problem = Some(ErrorKind::AtMost { what, bound: MAX_LEN, found: end }.at(offset));
                }
                end <= MAX_LEN
            }
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

    /// The writer's process and when it made the file: see [`Contents::writer`].
    pub(crate) fn writer(self) -> (Option<u64>, Option<f64>) {
        self.0.writer()
    }
}

/// The metrics of a file, which are its fields.
#[derive(Clone)]
pub(crate) struct Metrics<'a> {
    contents: &'a Contents,
    indices: std::ops::Range<usize>,
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
    index: usize,
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
        // Most fields are counters: theirs is the path that callers inline.
        let Some((type_, bytes)) = self.number() else { return self.other_value() };
        match (type_, bytes.first_chunk()) {
            (Type::U64, Some(bytes)) => Ok(Value::U64(u64::from_le_bytes(*bytes))),
            _ => decode(type_, bytes),
        }
    }

    /// The type of the value and the bytes that start with it, if it is a little-endian number.
    #[inline]
    fn number(&self) -> Option<(Type, &'a [u8])> {
        let Contents { fields, bytes, torn, .. } = self.contents;
        if torn.is_empty() { fields.place(self.index)?.number(bytes.bytes()) } else { None }
    }

    /// The value, whatever it is.
    #[inline(never)]
    fn other_value(&self) -> Result<Value, Torn> {
        let Contents { fields, bytes, torn, .. } = self.contents;
        if torn.binary_search(&self.index).is_ok() {
            return Err(Torn);
        }
        let place = fields.place(self.index).ok_or(Torn)?;
        place.decode(place.bytes(bytes.bytes())).map_err(|_| Torn)
    }
}

#[inline(never)]
fn decode(type_: Type, bytes: &[u8]) -> Result<Value, Torn> {
    Value::decode(type_, bytes)
}
