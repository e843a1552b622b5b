//! The annotated bytes in docs/FORMAT.md are what the writer writes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use mmstats_format::attribute::AttributeRecord;
use mmstats_format::header::{FLAG_LOCKED, Header};
use mmstats_format::slot::SlotHeader;
use mmstats_format::{Le32, Le64};

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

    if as_documented(&mut bytes) {
        hexdump::assert_documented(&bytes);
    } else {
        eprintln!("passed over: this compiler's version is longer or shorter than the documented one");
    }
}

/// Replaces what differs from run to run by what the page states; `false` if the version of the
/// compiler has another length than there, which moves everything behind it.
fn as_documented(bytes: &mut [u8]) -> bool {
    let mut header: Header = bytemuck::pod_read_unaligned(&bytes[..Header::LEN]);
    assert_eq!(header.flags.get(), FLAG_LOCKED);
    assert_eq!(header.file_len.get(), bytes.len() as u64);
    for ((index, id), boot) in (0..).zip(&mut header.instance_id).zip(&mut header.boot_id) {
        (*id, *boot) = (0xa0 + index, 0xb0 + index);
    }
    (header.st_dev, header.st_ino) = (Le64::new(25), Le64::new(71));
    (header.pid, header.uid, header.gid) = (Le32::new(4242), Le32::new(1000), Le32::new(1000));
    (header.pid_start_time, header.pid_namespace) = (Le64::new(8_640_000), Le64::new(4_026_531_836));
    header.created_realtime_ns = Le64::new(1_700_000_000_000_000_000);
    header.created_boottime_ns = Le64::new(86_400_500_000_000);
    bytes[..Header::LEN].copy_from_slice(bytemuck::bytes_of(&header.with_check(&[])));

    let record_at = at(header.attributes.record_offset(2));
    let mut record: AttributeRecord =
        bytemuck::pod_read_unaligned(&bytes[record_at..][..AttributeRecord::LEN]);
    let strings = at(header.strings.offset.get());
    let (key, documented) = ("sys.language.version", "1.95.0");
    let value = &mut bytes[strings + record.value.offset.get() as usize..][..record.value.len.get() as usize];
    if value.len() != documented.len() {
        return false;
    }
    value.copy_from_slice(documented.as_bytes());
    record = AttributeRecord::new((record.key, key), (record.value, documented));
    bytes[record_at..][..AttributeRecord::LEN].copy_from_slice(bytemuck::bytes_of(&record));

    let slot = at(header.slots.offset.get());
    bytes[slot..][..8].copy_from_slice(&SlotHeader::tenancy(4242, 1).to_le_bytes());
    true
}

fn at(offset: u64) -> usize {
    usize::try_from(offset).unwrap()
}
