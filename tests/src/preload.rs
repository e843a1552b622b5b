//! Libraries that take the place of functions of the C library in programs that a test starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes the library `name` of `source`, which is C, in `directory`. `cc` makes it, the linker that Rust needs as well.
///
/// # Panics
/// If it cannot be made.
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
