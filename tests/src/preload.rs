//! Libraries that replace functions of the C library in programs that a test starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `source`, which is C, into the library `name` in `directory`. This uses `cc`, which Rust needs as a linker
/// anyway.
///
/// # Panics
/// If it cannot be compiled.
pub(crate) fn make(directory: &Path, name: &str, source: &str) -> PathBuf {
    let path = directory.join(name).with_extension("c");
    fs::write(&path, source).expect("the directory is there");
    let library = path.with_extension("so");
    let mut compiler = Command::new("cc");
    compiler.args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(&path);
    let status = compiler.status().expect("there is the linker that Rust uses, cc");
    assert!(status.success(), "cannot compile {}: {status}", path.display());
    library
}
