//! Labels that are wider than a line can be padded to.

use std::fs;
use std::process::Command;

/// A field of format 1 with one value, a byte.
fn field(label: &[u8], value: u8) -> Vec<u8> {
    let len = u16::try_from(label.len()).unwrap().to_le_bytes();
    [&len[..], label, b"\x01\x00B\xff", &[value]].concat()
}

#[test]
fn a_label_of_any_width_is_shown_beside_short_ones() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.mmstats");
    // Each character is shown as `\u{1}`.
    let wide = vec![1; 20_000];
    fs::write(&path, [&b"\x01"[..], &field(&wide, 7), &field(b"short", 8)].concat()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_slurpstats")).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = String::from_utf8(output.stdout).unwrap();
    let values: Vec<&str> =
        shown.lines().filter_map(|line| line.rsplit_once(' ').map(|(_, value)| value)).collect();
    assert_eq!(values[1..], ["7", "8"]);
    assert!(shown.contains(r"  \u{1}\u{1}") && shown.contains("  short "));
}
