//! Replaces the bytes of a file that differ from run to run, such as ids and times, by fixed ones.

use mmstats_format::attribute::AttributeRecord;
use mmstats_format::header::Header;
use mmstats_format::slot::SlotHeader;
use mmstats_format::{Le32, Le64};

/// The version of the compiler that each file gets.
const COMPILER: &str = "1.95.0";

/// The identity of the file and the user that a file gets.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere {
    /// `st_dev` and `st_ino`.
    pub inode: (u64, u64),
    /// The user, and the group of the same number.
    pub uid: u32,
}

impl Elsewhere {
    /// Replaces ids, times and the compiler's version in `bytes`, a whole file. The process becomes 4242, and the
    /// thread with slot `i` becomes 4242 + `i`. Returns `false` if the version of this compiler has another length
    /// than 1.95.0, because then everything after it is at another place.
    ///
    /// # Panics
    /// If `bytes` are not those of a file that this library wrote.
    #[must_use]
    pub fn replace(self, bytes: &mut [u8]) -> bool {
        let mut header: Header = bytemuck::pod_read_unaligned(&bytes[..Header::LEN]);
        for ((index, id), boot) in (0..).zip(&mut header.instance_id).zip(&mut header.boot_id) {
            (*id, *boot) = (0xa0 + index, 0xb0 + index);
        }
        (header.st_dev, header.st_ino) = (Le64::new(self.inode.0), Le64::new(self.inode.1));
        (header.pid, header.uid, header.gid) = (Le32::new(4242), Le32::new(self.uid), Le32::new(self.uid));
        (header.pid_start_time, header.pid_namespace) = (Le64::new(8_640_000), Le64::new(4_026_531_836));
        header.created_realtime_ns = Le64::new(1_700_000_000_000_000_000);
        header.created_boottime_ns = Le64::new(86_400_500_000_000);
        bytes[..Header::LEN].copy_from_slice(bytemuck::bytes_of(&header.with_check(&[])));
        replace_tenants(&header, bytes);
        replace_compiler(&header, bytes)
    }
}

fn replace_tenants(header: &Header, bytes: &mut [u8]) {
    for index in 0..header.slots.count.get() {
        let slot = &mut bytes[at(header.slots.record_offset(index))..][..SlotHeader::LEN];
        let found: SlotHeader = bytemuck::pod_read_unaligned(slot);
        if found.tid().is_some() {
            slot[..8].copy_from_slice(&SlotHeader::tenancy(4242 + index, found.leases()).to_le_bytes());
        }
    }
}

fn replace_compiler(header: &Header, bytes: &mut [u8]) -> bool {
    let record_at = at(header.attributes.record_offset(2));
    let record: AttributeRecord = bytemuck::pod_read_unaligned(&bytes[record_at..][..AttributeRecord::LEN]);
    let strings = at(header.strings.offset.get());
    let value = &mut bytes[strings + record.value.offset.get() as usize..][..record.value.len.get() as usize];
    if value.len() != COMPILER.len() {
        return false;
    }
    value.copy_from_slice(COMPILER.as_bytes());
    let record = AttributeRecord::new((record.key, "sys.language.version"), (record.value, COMPILER));
    bytes[record_at..][..AttributeRecord::LEN].copy_from_slice(bytemuck::bytes_of(&record));
    true
}

fn at(offset: u64) -> usize {
    usize::try_from(offset).expect("it is in memory")
}
