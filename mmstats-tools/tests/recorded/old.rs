//! A file of format 1, written as the Python original does: value by value, each into the copy that readers do not use
//! yet.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A field of format 1, for which the original stores one value or two.
pub(crate) struct OldField {
    label: &'static str,
    type_: &'static str,
    /// Whether it has two values.
    is_buffered: bool,
    value: Vec<u8>,
}

/// A field of two values.
pub(crate) fn buffered(label: &'static str, type_: &'static str, value: &[u8]) -> OldField {
    OldField { label, type_, is_buffered: true, value: value.into() }
}

/// A field of one value.
pub(crate) fn unbuffered(label: &'static str, type_: &'static str, value: &[u8]) -> OldField {
    OldField { label, type_, is_buffered: false, value: value.into() }
}

/// A file of format 1.
pub(crate) struct OldWriter {
    file: File,
    /// For each field: its label, the offset of its values, and whether it has two.
    places: Vec<(&'static str, usize, bool)>,
}

impl OldWriter {
    pub(crate) fn start(path: &Path, fields: Vec<OldField>) -> Self {
        let mut bytes = vec![1];
        let mut places = Vec::new();
        for OldField { label, type_, is_buffered, value } in fields {
            for text in [label, type_] {
                bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
                bytes.extend(text.as_bytes());
            }
            places.push((label, bytes.len() + 1, is_buffered));
            // Of two values, the second is written next.
            bytes.push(if is_buffered { 1 } else { 255 });
            bytes.extend(&value);
            if is_buffered {
                bytes.extend(vec![0; value.len()]);
            }
        }
        bytes.resize(4096, 0);
        let draft = path.with_extension("draft");
        fs::write(&draft, bytes).unwrap();
        let file = File::options().read(true).write(true).open(&draft).unwrap();
        fs::rename(draft, path).unwrap();
        Self { file, places }
    }

    pub(crate) fn set(&self, label: &str, value: &[u8]) {
        let (_, at, is_buffered) = self.places.iter().find(|(known, ..)| *known == label).unwrap();
        let put = |at: usize, bytes: &[u8]| self.file.write_all_at(bytes, at as u64).unwrap();
        if !is_buffered {
            return put(*at, value);
        }
        let mut index = [0];
        self.file.read_exact_at(&mut index, *at as u64 - 1).unwrap();
        put(at + usize::from(index[0]) * value.len(), value);
        put(at - 1, &[1 - index[0]]);
    }
}
