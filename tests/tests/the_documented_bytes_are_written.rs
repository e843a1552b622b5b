//! The annotated bytes in docs/FORMAT.md are what the writer writes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use mmstats_format::header::{FLAG_LOCKED, Header};
use mmstats_tests::elsewhere::Elsewhere;

#[path = "../../mmstats-format/tests/support/hexdump.rs"]
mod hexdump;

#[test]
#[cfg_attr(mmstats_platform = "unix", ignore = "without thread ids the main thread has the program's name")]
fn the_example_of_the_format_is_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut example = Command::new(env!("CARGO_BIN_EXE_example"))
        .arg0("example")
        .env("MMSTATS_PATH", dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut path = String::new();
    BufReader::new(example.stdout.take().unwrap()).read_line(&mut path).unwrap();
    let mut bytes = fs::read(path.trim_end()).unwrap();
    drop(example.stdin.take());
    assert!(example.wait().unwrap().success());

    let header: Header = bytemuck::pod_read_unaligned(&bytes[..Header::LEN]);
    assert_eq!(header.flags.get(), FLAG_LOCKED);
    assert_eq!(header.file_len.get(), bytes.len() as u64);
    if (Elsewhere { inode: (25, 71), uid: 1000 }).replace(&mut bytes) {
        hexdump::assert_documented(&bytes);
    } else {
        eprintln!("passed over: this compiler's version is longer or shorter than the documented one");
    }
}
