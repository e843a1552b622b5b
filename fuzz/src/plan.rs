//! Files whose checks are right, but not much else: what a hostile writer could make.
//!
//! They are not made with the builder of `mmstats_format::image` on purpose, because it cannot make wrong files.

use std::iter;

use arbitrary::Arbitrary;
use bytemuck::{Zeroable, bytes_of};
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::buckets::Buckets;
use mmstats_format::descriptor::{Descriptor, DescriptorStrings, Kind, Type};
use mmstats_format::header::{Header, MAGIC, Region};
use mmstats_format::slot::SlotHeader;
use mmstats_format::strings::StrRef;
use mmstats_format::{Le16, Le32, Le64, tagged};

/// The longest file that is made.
const MAX_LEN: usize = 64 * 1024;
/// Which of the regions the strings are, in the order of the header.
const STRINGS: usize = 2;

/// Codes of types, and one that is not known.
const TYPES: u8 = 19;
const TEXT: u8 = Type::Text as u8;
const RECORD: u8 = Type::Record as u8;

/// What a file looks like, and what becomes of it while it is open.
#[derive(Arbitrary, Debug)]
pub struct Plan {
    header: HeaderPlan,
    strings: Vec<StringPlan>,
    attributes: Vec<(Reference, Reference)>,
    attribute_len: Extra,
    fields: Vec<FieldPlan>,
    descriptor_len: Extra,
    slots: Vec<SlotPlan>,
    slot_len: u8,
    /// What is wrong with the table of regions.
    wrong: Option<Wrong>,
    /// What is changed after the checks were computed.
    changes: Vec<Change>,
    /// How many records are published at first.
    published: [u8; 4],
    /// What is changed while the file is open.
    later: Vec<Change>,
    later_len: Option<u32>,
}

#[derive(Arbitrary, Debug)]
struct HeaderPlan {
    minor_version: u16,
    len: Extra,
    flags: u32,
    is_own_inode: bool,
    boot_id: u8,
    ids: [u32; 3],
    created_ns: u64,
    /// Room for more slots than there are.
    spare: u8,
}

/// What a record has behind the bytes that are known, in units of 8 bytes.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Extra(u8);

impl Extra {
    /// Mostly none.
    fn len(self) -> usize {
        usize::from(self.0 & self.0 >> 4) * 8
    }
}

#[derive(Arbitrary, Debug)]
struct StringPlan {
    text: String,
    times: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Reference {
    One(u8),
    /// All strings together.
    All,
    Any {
        offset: u16,
        len: u16,
    },
    Wrong {
        offset: u32,
        len: u32,
    },
}

#[derive(Arbitrary, Debug)]
struct FieldPlan {
    kind: u8,
    type_: u8,
    aggregate: u8,
    scale: i8,
    place: PlacePlan,
    count: u16,
    strings: [Reference; 4],
    parameters: [u32; 3],
    /// The members of a record: their types, and how far they are apart.
    members: Vec<(u8, u8)>,
    /// How often this field is repeated.
    times: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum PlacePlan {
    /// Behind the field before.
    Next,
    /// Where all fields may be.
    Start {
        words: u8,
    },
    Wrong {
        offset: u32,
        size: u32,
        count: u32,
    },
}

#[derive(Arbitrary, Debug)]
struct SlotPlan {
    tid: u32,
    leases: u32,
    fill: u64,
    /// For each text and record in turn.
    texts: Vec<TextPlan>,
    times: u8,
}

#[derive(Arbitrary, Debug)]
struct TextPlan {
    bytes: Reference,
    version: u32,
    is_second: bool,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Wrong {
    region: u8,
    item: u8,
    number: u64,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Change {
    at: u32,
    bits: u64,
}

impl Plan {
    /// The file that is opened, of this device and inode, and what it becomes then.
    pub fn files(&self, dev: u64, ino: u64) -> [Vec<u8>; 2] {
        let mut file = self.build(dev, ino);
        file.truncate(MAX_LEN);
        for change in &self.changes {
            change.apply(&mut file);
        }
        let mut later = file.clone();
        for (at, published) in Header::COUNT_OFFSETS.into_iter().zip(self.published) {
            if let Some(count) = file.get_mut(at..at + 4) {
                let all = u32::from_le_bytes([count[0], count[1], count[2], count[3]]);
                count.copy_from_slice(&all.saturating_sub(published.into()).to_le_bytes());
            }
        }
        for change in &self.later {
            change.apply(&mut later);
        }
        if let Some(len) = self.later_len {
            later.resize(len as usize % MAX_LEN, 0xff);
        }
        [file, later]
    }

    fn build(&self, dev: u64, ino: u64) -> Vec<u8> {
        let strings = self.strings();
        let (descriptors, stride) = self.descriptors(&strings);
        let attributes: Vec<AttributeRecord> = self
            .attributes
            .iter()
            .map(|(key, value)| AttributeRecord::new(key.of(&strings), value.of(&strings)))
            .collect();

        let slot = |plan: &SlotPlan| {
            vec![plan.slot(&descriptors, stride, &strings); 1 + usize::from(plan.times & plan.times >> 3)]
        };
        let mut slots: Vec<Vec<u8>> = self.slots.iter().flat_map(slot).collect();
        slots.truncate(MAX_LEN / stride.max(1));

        let header_len = Header::LEN + self.header.len.len();
        let mut end = header_len as u64;
        let mut region = |record_len: usize, count: usize, spare: usize, align: u64| {
            let mut region = Region::new(end.next_multiple_of(align), le(record_len), le(count + spare));
            region.count = Le32::new(le(count));
            end = region.end();
            region
        };
        let mut header = Header {
            magic: MAGIC,
            minor_version: Le16::new(self.header.minor_version),
            header_len: Le16::new(u16::try_from(header_len).unwrap_or_default()),
            flags: Le32::new(self.header.flags),
            boot_id: [self.header.boot_id; 16],
            pid: Le32::new(self.header.ids[0]),
            uid: Le32::new(self.header.ids[1]),
            gid: Le32::new(self.header.ids[2]),
            created_realtime_ns: Le64::new(self.header.created_ns),
            attributes: region(AttributeRecord::LEN + self.attribute_len.len(), attributes.len(), 1, 8),
            descriptors: region(Descriptor::LEN + self.descriptor_len.len(), descriptors.len(), 1, 8),
            strings: region(1, strings.len(), 1, 1),
            slots: region(stride, slots.len(), usize::from(self.header.spare), SlotHeader::ALIGN as u64),
            ..Header::zeroed()
        };
        if self.header.is_own_inode {
            (header.st_dev, header.st_ino) = (Le64::new(dev), Le64::new(ino));
        }
        header.file_len = Le64::new(end);
        if let Some(wrong) = self.wrong {
            wrong.apply(&mut header);
        }
        let rest = vec![0xa5; self.header.len.len()];
        let header = header.with_check(&rest);

        // Room that is not used is not written: such a file ends too early.
        let mut file = vec![0; usize::try_from(end).unwrap_or_default().min(MAX_LEN)];
        put(&mut file, 0, bytes_of(&header));
        put(&mut file, Header::LEN as u64, &rest);
        let places = |region: &Region| {
            let (offset, len) = (region.offset.get(), u64::from(region.record_len.get()));
            (0_u64..).map(move |index| offset.wrapping_add(index.wrapping_mul(len)))
        };
        for (at, record) in places(&header.attributes).zip(&attributes) {
            put(&mut file, at, bytes_of(record));
        }
        for (at, record) in places(&header.descriptors).zip(&descriptors) {
            put(&mut file, at, bytes_of(record));
        }
        put(&mut file, header.strings.offset.get(), strings.as_bytes());
        for (at, slot) in places(&header.slots).zip(&slots) {
            put(&mut file, at, slot);
        }
        file
    }

    fn strings(&self) -> String {
        let mut strings = String::new();
        for StringPlan { text, times } in &self.strings {
            strings.push_str(&text.repeat(1 + usize::from(*times)));
        }
        strings.truncate(strings.floor_char_boundary(MAX_LEN / 4));
        strings
    }

    /// The descriptors, and the length of a slot that has room for their values.
    fn descriptors(&self, strings: &str) -> (Vec<Descriptor>, usize) {
        let mut end = SlotHeader::LEN;
        let mut descriptors = Vec::new();
        for field in &self.fields {
            for _ in 0..=field.times & field.times >> 3 {
                let descriptor = field.descriptor(&mut end, strings);
                descriptors.push(descriptor);
                if descriptor.type_ == RECORD {
                    descriptors.extend(field.members(strings));
                }
            }
        }
        let slot_len = end + usize::from(self.slot_len) * 8;
        (descriptors, slot_len.min(MAX_LEN).next_multiple_of(SlotHeader::ALIGN))
    }
}

impl FieldPlan {
    fn descriptor(&self, end: &mut usize, strings: &str) -> Descriptor {
        let type_ = self.type_ % TYPES;
        let is_wrong = matches!(self.place, PlacePlan::Wrong { .. });
        let parameters = if is_wrong { self.parameters } else { self.likely_parameters(type_) };
        let size = self.likely_size(type_, parameters);
        let count = if self.count.is_multiple_of(4) { u32::from(self.count / 4) } else { 1 };
        let (offset, size, count) = match self.place {
            PlacePlan::Next => (le(end.next_multiple_of(8)), size, count),
            PlacePlan::Start { words } => (128 + u32::from(words) * 8, size, count),
            PlacePlan::Wrong { offset, size, count } => (offset, size, count),
        };
        if !is_wrong {
            let this = u64::from(offset) + u64::from(size) * u64::from(count);
            *end = usize::try_from(this).unwrap_or_default().clamp(*end, MAX_LEN.max(*end));
        }
        let [label, help, unit, tags] = self.strings.map(|reference| reference.of(strings));
        let descriptor = Descriptor {
            offset: Le32::new(offset),
            size: Le32::new(size),
            count: Le32::new(count),
            kind: match type_ {
                4 => self.kind % 6,
                8 => 2 + self.kind % 2,
                TEXT..=RECORD => type_ - 8,
                _ => 3,
            },
            type_,
            aggregate: self.aggregate % 8,
            scale: self.scale,
            label: label.0,
            help: help.0,
            unit: unit.0,
            tags: tags.0,
            parameters: parameters.map(Le32::new),
            check: Le32::new(0),
        };
        descriptor.with_check(&DescriptorStrings { label: label.1, help: help.1, unit: unit.1, tags: tags.1 })
    }

    /// Parameters that go with the type.
    fn likely_parameters(&self, type_: u8) -> [u32; 3] {
        let [first, second, third] = self.parameters;
        match Type::from_code(type_) {
            Some(Type::Histogram | Type::Timer) => {
                let precision = first % 4;
                [precision, precision + 1 + second % 8, third]
            }
            Some(Type::Record) => [le(self.members.len()), second % 256, third],
            _ => self.parameters,
        }
    }

    /// The size that goes with the type and its parameters, or any.
    fn likely_size(&self, type_: u8, [first, second, _]: [u32; 3]) -> u32 {
        let any = u32::from(self.type_ / TYPES) * 16;
        let Some(type_) = Type::from_code(type_) else { return any };
        match (type_, Buckets::new(first, second)) {
            (Type::Histogram, Some(buckets)) => le(buckets.histogram_len()),
            (Type::Timer, Some(buckets)) => le(buckets.timer_len()),
            (Type::Record, _) => le(tagged::record_len(second as usize)),
            _ => type_.size().unwrap_or(any),
        }
    }

    /// The members that follow upon a record.
    fn members<'a>(&'a self, strings: &'a str) -> impl Iterator<Item = Descriptor> + 'a {
        let mut end = 0;
        self.members.iter().map(move |(type_, gap)| {
            let type_ = 1 + type_ % (TYPES - 1);
            let size = Type::from_code(type_).and_then(Type::size).unwrap_or_default();
            let offset = end + u32::from(*gap) / 16;
            end = offset + size;
            let [label, help, unit, tags] = self.strings.map(|reference| reference.of(strings));
            let descriptor = Descriptor {
                offset: Le32::new(le(SlotHeader::LEN)),
                size: Le32::new(size),
                kind: Kind::Member as u8,
                type_,
                scale: self.scale,
                label: label.0,
                help: help.0,
                unit: unit.0,
                tags: tags.0,
                parameters: [offset, 0, 0].map(Le32::new),
                ..Descriptor::zeroed()
            };
            descriptor.with_check(&DescriptorStrings {
                label: label.1,
                help: help.1,
                unit: unit.1,
                tags: tags.1,
            })
        })
    }
}

impl SlotPlan {
    fn slot(&self, descriptors: &[Descriptor], stride: usize, strings: &str) -> Vec<u8> {
        let mut slot: Vec<u8> = self.fill.to_le_bytes().into_iter().cycle().take(stride).collect();
        put(&mut slot, 0, bytes_of(&SlotHeader::new(self.tid, self.leases, "fuzz")));
        let tagged = descriptors.iter().filter(|descriptor| [TEXT, RECORD].contains(&descriptor.type_));
        for (descriptor, plan) in tagged.zip(self.texts.iter().cycle()) {
            let (offset, size) = (u64::from(descriptor.offset.get()), u64::from(descriptor.size.get()));
            for element in 0..u64::from(descriptor.count.get()).min(8) {
                let at = offset + size * element + if plan.is_second { size / 2 } else { 0 };
                // All words of a record have to be there.
                let more = if descriptor.type_ == RECORD { size / 16 } else { 0 };
                let more = iter::repeat_n(0, usize::try_from(more).unwrap_or_default());
                let data = tagged::text_data(plan.bytes.of(strings).1).chain(more);
                // A size may be any number; what would be outside of the slot is not there.
                let end = (at + size / 2).min(stride as u64);
                for (data, at) in data.zip((at..end).step_by(8)) {
                    put(&mut slot, at, &tagged::word(plan.version, data).to_le_bytes());
                }
            }
        }
        slot
    }
}

impl Reference {
    /// The reference, and what it refers to; nothing if that is no string.
    fn of(self, strings: &str) -> (StrRef, &str) {
        let (offset, len) = match self {
            Self::One(index) => {
                // Words of the strings, as good as any parts.
                let start = strings.ceil_char_boundary(usize::from(index).min(strings.len()));
                (
                    start,
                    strings.ceil_char_boundary((start + 1 + usize::from(index) / 8).min(strings.len()))
                        - start,
                )
            }
            Self::All => (0, strings.len()),
            Self::Any { offset, len } => (offset.into(), len.into()),
            Self::Wrong { offset, len } => (offset as usize, len as usize),
        };
        let text = offset.checked_add(len).and_then(|end| strings.get(offset..end)).unwrap_or_default();
        (StrRef { offset: Le32::new(le(offset)), len: Le32::new(le(len)) }, text)
    }
}

impl Wrong {
    fn apply(self, header: &mut Header) {
        let regions =
            [&mut header.attributes, &mut header.descriptors, &mut header.strings, &mut header.slots];
        let index = usize::from(self.region % 4);
        let number = Le32::new(u32::try_from(self.number & 0xffff_ffff).unwrap_or_default());
        for (_, region) in regions.into_iter().enumerate().filter(|(at, _)| *at == index) {
            match self.item % 6 {
                0 => region.offset = Le64::new(self.number),
                1 => region.len = Le64::new(self.number),
                2 if index != STRINGS => region.record_len = number,
                3 => region.count = number,
                4 => region.capacity = number,
                _ => region.reserved = number,
            }
        }
        if self.item == 6 {
            header.file_len = Le64::new(self.number);
        }
    }
}

impl Change {
    fn apply(self, file: &mut [u8]) {
        let at = self.at as usize % file.len().max(1);
        for (byte, bits) in file.iter_mut().skip(at).zip(self.bits.to_le_bytes()) {
            *byte ^= bits;
        }
    }
}

/// Puts `bytes` at byte `at`, as far as there is room.
fn put(into: &mut [u8], at: u64, bytes: &[u8]) {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    if let Some(into) = into.get_mut(at..) {
        into.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    }
}

fn le(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
