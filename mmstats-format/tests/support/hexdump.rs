//! The annotated hexdump in docs/FORMAT.md, to be compared with what a writer writes.

/// A line: `0008  00 00  minor_version 0`, or `022f  00 x 81  zero` for a run of one byte.
#[derive(Debug)]
pub(crate) struct Line {
    /// The byte of the file at which the line starts.
    pub(crate) offset: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) meaning: &'static str,
}

/// The lines of the block that is fenced by "```hexdump" and "```".
pub(crate) fn documented() -> Vec<Line> {
    let page = include_str!("../../../docs/FORMAT.md");
    let (_, block) = page.split_once("\n```hexdump\n").expect("docs/FORMAT.md has a hexdump");
    let (block, _) = block.split_once("\n```\n").expect("the hexdump in docs/FORMAT.md ends");
    let wrong = |text| panic!("expected `offset  bytes  meaning` in docs/FORMAT.md, found `{text}`");
    block.lines().map(|text| line(text).unwrap_or_else(|| wrong(text))).collect()
}

fn line(text: &'static str) -> Option<Line> {
    let (offset, rest) = text.split_once("  ")?;
    let (bytes, meaning) = rest.split_once("  ")?;
    let hex = |byte| u8::from_str_radix(byte, 16).ok();
    let bytes = match bytes.split_once(" x ") {
        Some((byte, times)) => vec![hex(byte)?; times.parse().ok()?],
        None => bytes.split(' ').map(hex).collect::<Option<_>>()?,
    };
    Some(Line { offset: usize::from_str_radix(offset, 16).ok()?, bytes, meaning: meaning.trim() })
}

/// Panics at the first line of docs/FORMAT.md that `file` does not bear out.
pub(crate) fn assert_documented(file: &[u8]) {
    let mut offset = 0;
    for line in documented() {
        let Line { bytes, meaning, .. } = &line;
        assert_eq!(
            line.offset, offset,
            "the line `{meaning}` of the hexdump starts where the last one ended"
        );
        assert!(!meaning.is_empty(), "the line at {offset:04x} of the hexdump says what it means");
        let end = offset + bytes.len();
        let written = file.get(offset..end).unwrap_or(&[]);
        assert_eq!(written, bytes, "written (left) and documented bytes at {offset:04x} ({meaning})");
        offset = end;
    }
    assert_eq!(file.len(), offset, "length of the file (left) and of the hexdump");
}
