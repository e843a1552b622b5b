//! What a program of these tests has published, without what differs from run to run.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use mmstats_format::attribute::AttributeRecord;
use mmstats_format::header::Header;
use mmstats_format::slot::SlotHeader;
use mmstats_format::{Le32, Le64};

/// Starts `program` by the name `name`, with its files below `dir`; it writes the paths of its `COUNT` files, each on
/// a line, and ends with its input. Returns their bytes while it ran.
///
/// # Errors
/// If it cannot be run, writes other than that, or fails.
pub fn files<const COUNT: usize>(program: &str, name: &str, dir: &Path) -> io::Result<[Vec<u8>; COUNT]> {
    let mut child = Command::new(program)
        .arg0(name)
        .env("MMSTATS_PATH", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let lines = BufReader::new(out).lines().take(COUNT);
    let files: io::Result<Vec<_>> = lines.map(|path| fs::read(path?)).collect();
    drop(child.stdin.take());
    if !child.wait()?.success() {
        return Err(io::Error::other(format!("{program} failed")));
    }
    let files = files?;
    files
        .try_into()
        .map_err(|_| io::Error::other(format!("{program} did not write the paths of {COUNT} files")))
}

/// Replaces what differs from run to run by what docs/FORMAT.md states in its example; `false` if the version of the
/// compiler has another length than there, which moves everything behind it.
#[must_use]
pub fn normalize(bytes: &mut [u8]) -> bool {
    let mut header: Header = bytemuck::pod_read_unaligned(&bytes[..Header::LEN]);
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

    for index in 0..header.slots.count.get() {
        let slot = at(header.slots.record_offset(index));
        let tenant: SlotHeader = bytemuck::pod_read_unaligned(&bytes[slot..][..SlotHeader::LEN]);
        bytes[slot..][..8].copy_from_slice(&SlotHeader::tenancy(4242, tenant.leases()).to_le_bytes());
    }
    true
}

fn at(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
