//! What several tests of the format share.
use mmstats_format::header::{Header, MAGIC, Region};
use mmstats_format::strings::StrRef;
use mmstats_format::{Le16, Le32, Le64};

/// A header whose regions lie one after the other in a file of 4096 bytes. Every byte outside the
/// regions is another, so that no two fields can be taken for each other.
pub(crate) fn header() -> Header {
    let counted = |offset, record_len, count: u32, capacity| Region {
        count: Le32::new(count),
        ..Region::new(offset, record_len, capacity)
    };
    Header {
        magic: MAGIC,
        minor_version: Le16::new(0x0908),
        header_len: Le16::new(256),
        flags: Le32::new(0x0f0e_0d0c),
        file_len: Le64::new(4096),
        instance_id: core::array::from_fn(|index| u8::try_from(0x18 + index).unwrap()),
        schema_hash: Le64::new(0x2f2e_2d2c_2b2a_2928),
        st_dev: Le64::new(0x3736_3534_3332_3130),
        st_ino: Le64::new(0x3f3e_3d3c_3b3a_3938),
        pid: Le32::new(0x4342_4140),
        uid: Le32::new(0x4746_4544),
        gid: Le32::new(0x4b4a_4948),
        check: Le32::new(0),
        pid_start_time: Le64::new(0x5756_5554_5352_5150),
        boot_id: core::array::from_fn(|index| u8::try_from(0x58 + index).unwrap()),
        pid_namespace: Le64::new(0x6f6e_6d6c_6b6a_6968),
        created_realtime_ns: Le64::new(0x7776_7574_7372_7170),
        created_boottime_ns: Le64::new(0x7f7e_7d7c_7b7a_7978),
        attributes: counted(256, 24, 2, 4),
        descriptors: counted(352, 64, 3, 8),
        strings: counted(864, 1, 500, 1000),
        slots: counted(1920, 256, 1, 8),
    }
}

/// The strings region, as a writer fills it.
#[derive(Default)]
pub(crate) struct Strings(pub(crate) String);

impl Strings {
    /// Appends `string`.
    pub(crate) fn push(&mut self, string: &str) -> StrRef {
        let offset = u32::try_from(self.0.len()).unwrap();
        self.0.push_str(string);
        StrRef { offset: Le32::new(offset), len: Le32::new(u32::try_from(string.len()).unwrap()) }
    }
}

/// Numbers that look random and are the same in every run (`SplitMix64`).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// Any number.
    pub(crate) fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.any() % u64::try_from(bound).unwrap()).unwrap()
    }

    /// Any bytes.
    pub(crate) fn bytes<const LEN: usize>(&mut self) -> [u8; LEN] {
        core::array::from_fn(|_| self.any().to_le_bytes()[0])
    }

    /// Up to `max_chars` characters of one to four bytes, none a control character.
    pub(crate) fn text(&mut self, max_chars: usize) -> String {
        let len = self.below(max_chars + 1);
        (0..len).map(|_| ['a', '.', 'ß', '尺', '🦀', ' '][self.below(6)]).collect()
    }
}
