//! The fields of a file: where their labels, types and values are.

use std::collections::BTreeMap;

use mmstats_format::error::ParseError;
use mmstats_format::v1::{Place, Record, records};

/// The fields of a file, up to what stopped the parser.
pub(super) struct Fields {
    list: Vec<Field>,
    /// Labels that are not UTF-8, decoded, by index.
    odd_labels: BTreeMap<usize, String>,
    /// The byte behind the last field.
    end: usize,
    /// Why parsing stopped, unless it came to the end of the fields.
    pub(super) problem: Option<ParseError>,
}

/// Where a field is in the file.
struct Field {
    place: Place,
    label_len: u16,
    type_len: u16,
}

const _: () = assert!(size_of::<Field>() <= 4 * MIN_LEN);

/// Bytes of the shortest field: two lengths, a label of one byte and a type, index and value of two
/// or three together.
const MIN_LEN: usize = 8;

/// Bytes of the length before a label or a type.
const LEN_LEN: usize = 2;

impl Fields {
    /// Parses `bytes`, the start of a file or all of it.
    ///
    /// # Errors
    /// If it is no file of format 1. What is wrong behind that is in [`Fields::problem`].
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut parsed = Self { list: Vec::new(), odd_labels: BTreeMap::new(), end: 0, problem: None };
        let mut records = records(bytes)?;
        for record in records.by_ref() {
            match record {
                Ok(record) => {
                    parsed.reserve(bytes.len());
                    parsed.push(&record);
                }
                Err(problem) => parsed.problem = Some(problem),
            }
        }
        parsed.end = usize::try_from(records.offset()).unwrap_or(usize::MAX).min(bytes.len());
        parsed.list.shrink_to_fit();
        Ok(parsed)
    }

    /// Makes room for a field, but never for more of them than `len` bytes can hold.
    fn reserve(&mut self, len: usize) {
        let count = self.list.len();
        if count == self.list.capacity() {
            let most = len.div_euclid(MIN_LEN).saturating_sub(count);
            self.list.reserve_exact(count.max(MIN_LEN).min(most));
        }
    }

    fn push(&mut self, record: &Record<'_>) {
        // Most labels are ASCII, which is quicker to see than UTF-8.
        if !record.label.is_ascii() && str::from_utf8(record.label).is_err() {
            self.odd_labels.insert(self.list.len(), record.label_text());
        }
        self.list.push(Field {
            place: record.place,
            // Both stand behind a u16 that says so.
            label_len: u16::try_from(record.label.len()).unwrap_or(u16::MAX),
            type_len: u16::try_from(record.type_.len()).unwrap_or(u16::MAX),
        });
    }

    /// How many fields there are.
    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    /// Bytes of the file that hold the fields and what ends them.
    pub(super) fn read_len(&self) -> usize {
        self.end.saturating_add(LEN_LEN)
    }

    /// Whether the fields still end where they ended.
    pub(super) fn end_at(&self, bytes: &[u8]) -> bool {
        matches!(bytes.get(self.end..), Some([] | [0] | [0, 0, ..]))
    }

    /// Where the value of the field `index` is.
    #[inline]
    pub(super) fn place(&self, index: usize) -> Option<&Place> {
        self.list.get(index).map(|field| &field.place)
    }

    /// All fields' places.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, &Place)> {
        self.list.iter().map(|field| &field.place).enumerate()
    }

    /// The label of the field `index` in `bytes`, those that were parsed.
    pub(super) fn label<'a>(&'a self, index: usize, bytes: &'a [u8]) -> &'a str {
        self.odd_labels.get(&index).map_or_else(|| text(self.label_bytes(index, bytes)), String::as_str)
    }

    /// Whether the label of the field `index` ends in `end`; looks at no more of it than that.
    pub(super) fn label_ends_with(&self, index: usize, bytes: &[u8], end: &str) -> bool {
        match self.odd_labels.get(&index) {
            Some(label) => label.ends_with(end),
            None => self.label_bytes(index, bytes).ends_with(end.as_bytes()),
        }
    }

    /// The type of the field `index` in `bytes`, those that were parsed.
    pub(super) fn type_name<'a>(&self, index: usize, bytes: &'a [u8]) -> &'a str {
        let type_ = self.list.get(index).and_then(|field| part(bytes, field.type_(), field.type_len));
        text(type_.unwrap_or_default())
    }

    fn label_bytes<'a>(&self, index: usize, bytes: &'a [u8]) -> &'a [u8] {
        let label = self.list.get(index).and_then(|field| part(bytes, field.label(), field.label_len));
        label.unwrap_or_default()
    }
}

impl Field {
    /// The byte at which its type starts: in front of the index.
    fn type_(&self) -> usize {
        let index = usize::try_from(self.place.range().start).unwrap_or(usize::MAX);
        index.saturating_sub(self.type_len.into())
    }

    /// The byte at which its label starts.
    fn label(&self) -> usize {
        self.type_().saturating_sub(LEN_LEN).saturating_sub(self.label_len.into())
    }
}

/// The `len` bytes at `start`.
fn part(bytes: &[u8], start: usize, len: u16) -> Option<&[u8]> {
    bytes.get(start..)?.get(..len.into())
}

/// The text in `bytes`, as far as they are UTF-8.
fn text(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            str::from_utf8(valid).unwrap_or_default()
        }
    }
}
