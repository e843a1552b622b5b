//! Files of the same structs are the same, byte for byte, as those of the version that wrote `tests/golden/published`.
//!
//! If a change of the format is meant, copy the dump that the failure names over the golden one.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use mmstats_tests::written;

/// Bytes of a line of a dump.
const LINE_LEN: usize = 16;

#[test]
#[cfg_attr(mmstats_platform = "unix", ignore = "without thread ids the main thread has the program's name")]
fn files_of_every_field_type_and_of_threads_are_those_of_the_golden_dumps() {
    let dir = tempfile::tempdir().unwrap();
    let files: [_; 2] = written::files(env!("CARGO_BIN_EXE_every_type"), "every_type", dir.path()).unwrap();
    for (name, mut bytes) in ["every_type", "of_threads"].into_iter().zip(files) {
        if written::normalize(&mut bytes) {
            assert_golden(name, &dump(&bytes));
        } else {
            eprintln!("passed over: this compiler's version is longer or shorter than the one in the dumps");
        }
    }
}

/// Panics at the first line of `dump` that is not that of the golden one.
fn assert_golden(name: &str, dump: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("golden/published/{name}.hex"));
    let golden = fs::read_to_string(&path).unwrap_or_default();
    if golden == dump {
        return;
    }
    let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.hex"));
    fs::write(&written, dump).unwrap();
    let differs = dump.lines().zip(golden.lines()).find(|(written, golden)| written != golden);
    panic!(
        "{} differs from what is written, which is in {}; first line that differs, written and golden: {differs:?}",
        path.display(),
        written.display()
    );
}

/// `bytes` as lines of offset, bytes and characters. Lines of zeros alone are left out; the last line is the length.
fn dump(bytes: &[u8]) -> String {
    let mut dump = String::new();
    for (line, offset) in bytes.chunks(LINE_LEN).zip((0..).step_by(LINE_LEN)) {
        if line.iter().all(|byte| *byte == 0) {
            continue;
        }
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let characters: String =
            line.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
        writeln!(dump, "{offset:06x}  {}  {characters}", hex.join(" ")).unwrap();
    }
    writeln!(dump, "{:06x}", bytes.len()).unwrap();
    dump
}
