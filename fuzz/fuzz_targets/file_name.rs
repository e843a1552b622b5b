//! Names of files: as a scan finds them, as slurpstats shows them, and as a template makes them.
//!
//! The input is up to three names, separated by NUL.
#![no_main]

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use mmstats::{Counter, MmStats};
use mmstats_fuzz::budget::timed;
use mmstats_fuzz::{place, visit};
use mmstats_host::places;
use mmstats_reader::{Reader, scan, scan_found};
use mmstats_tools::escape::{self, is_hazardous};
use tempfile::TempDir;

/// What a writer publishes.
#[derive(MmStats)]
#[repr(C)]
struct Hits {
    hits: Counter,
}

thread_local! {
    static DIRECTORY: RefCell<TempDir> = RefCell::new(place::directory());
}

fuzz_target!(|input: &[u8]| {
    let mut names = input.splitn(3, |byte| *byte == 0);
    let mut name = || names.next().unwrap_or_default();
    let (file, template, label) = (name(), name(), name());
    shown(file);
    DIRECTORY.with_borrow(|directory| {
        found(directory.path(), file);
        if let (Ok(template), Ok(label)) = (str::from_utf8(template), str::from_utf8(label)) {
            made(directory.path(), template, label);
        }
    });
});

/// What is shown of a name harms nobody, and is that of no other.
fn shown(name: &[u8]) {
    let shown = escape::path(Path::new(OsStr::from_bytes(name))).to_string();
    assert!(!shown.contains(is_hazardous), "{shown:?}");
    assert_eq!(unescaped(&shown), name, "{shown:?}");
    if let Ok(name) = str::from_utf8(name) {
        let quoted = escape::quoted(name).to_string();
        assert!(!quoted.contains(|character| is_hazardous(character) || character == '"'), "{quoted:?}");
        assert_eq!(unescaped(&quoted), name.as_bytes(), "{quoted:?}");
    }
}

/// The bytes for which `shown` stands.
fn unescaped(shown: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = shown;
    while let Some(character) = rest.chars().next() {
        if let Some((code, behind)) = rest.strip_prefix("\\u{").and_then(|rest| rest.split_once('}')) {
            let code = u32::from_str_radix(code, 16).expect("digits");
            let character = char::from_u32(code).expect("a character");
            bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("\\x") {
            let (code, behind) = behind.split_at(2);
            bytes.push(u8::from_str_radix(code, 16).expect("digits"));
            rest = behind;
        } else {
            bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
            rest = &rest[character.len_utf8()..];
        }
    }
    bytes
}

/// A file of this name is found if it is named as such files are, and can be opened by its name.
fn found(directory: &Path, name: &[u8]) {
    let is_possible = !name.contains(&b'/') && !name.is_empty() && name != b"." && name != b"..";
    let path = directory.join(OsStr::from_bytes(name));
    if !is_possible || fs::write(&path, "no statistics").is_err() {
        return;
    }
    let is_listed = name.ends_with(b".mmstats") && !name.starts_with(b".");
    timed(|| {
        let files: Vec<_> = scan([directory]).collect();
        assert_eq!(files.iter().any(|(found, _)| *found == path), is_listed, "{}", escape::path(&path));
        assert_eq!(files.len(), usize::from(is_listed));
        for (path, reader) in scan([&path]).chain(scan_found([&path])) {
            visit::show_error(&path, &reader.expect_err("an error"));
        }
        black_box(places::user_directories(directory, None));
    });
    fs::remove_file(&path).expect("to be removed");
}

/// What a writer makes of the template and the label is a file in its directory with that label.
fn made(directory: &Path, template: &str, label: &str) {
    timed(|| {
        let options =
            Hits::options().dir(directory).file_name(template).prefix(label).attribute("key", label);
        match options.create() {
            Ok(stats) => {
                let path = stats.path().to_owned();
                assert_eq!(path.parent(), Some(directory));
                assert!(!path.file_name().expect("a name").as_bytes().starts_with(b"."));
                let mut reader = Reader::open(&path).expect("a file");
                let snapshot = reader.snapshot().expect("values");
                let last = snapshot.metrics().last().expect("a metric");
                assert_eq!(last.label(), format!("{label}hits"));
            }
            Err(error) => black_box(write!(std::io::sink(), "{error}")).expect("a message"),
        }
    });
    assert_eq!(fs::read_dir(directory).expect("a directory").count(), 0, "expected nothing to be left");
}
