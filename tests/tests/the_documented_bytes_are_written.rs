//! The annotated bytes in docs/FORMAT.md are what the writer writes.

use mmstats_format::header::{FLAG_LOCKED, Header};
use mmstats_tests::written;

#[path = "../../mmstats-format/tests/support/hexdump.rs"]
mod hexdump;

#[test]
#[cfg_attr(mmstats_platform = "unix", ignore = "without thread ids the main thread has the program's name")]
fn the_example_of_the_format_is_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let [mut bytes] = written::files(env!("CARGO_BIN_EXE_example"), "example", dir.path()).unwrap();
    let header: Header = bytemuck::pod_read_unaligned(&bytes[..Header::LEN]);
    assert_eq!(header.flags.get(), FLAG_LOCKED);
    assert_eq!(header.file_len.get(), bytes.len() as u64);
    if written::normalize(&mut bytes) {
        hexdump::assert_documented(&bytes);
    } else {
        eprintln!("passed over: this compiler's version is longer or shorter than the documented one");
    }
}
