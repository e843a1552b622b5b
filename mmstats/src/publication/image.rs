//! The bytes of a new file before its first slot: header, attributes, descriptors and strings.

use std::time::SystemTime;

use bytemuck::Zeroable;
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::descriptor::{Descriptor, DescriptorStrings, Kind};
use mmstats_format::header::{FLAG_KEEP, FLAG_LOCKED, Header, MAGIC, MINOR_VERSION, Region};
use mmstats_format::label::{self, check_label};
use mmstats_format::slot::{SlotHeader, stride};
use mmstats_format::strings::StrRef;
use mmstats_format::{Le16, Le32, Le64, SchemaHasher};
use nix::unistd::{getegid, geteuid};

use super::{Identity, file_name, random};
use crate::error::CreateError;
use crate::field::MemberSpec;
use crate::options::Settings;
use crate::platform::system;
use crate::schema::ValueSpec;
use crate::struct_layout::StructLayout;

/// The label of the counter of threads, and of calls before publication, whose values are not published.
const UNPUBLISHED_WRITERS: &str = "mmstats.unpublished_writers";

/// What a new file holds, but for what depends on the file itself.
pub(super) struct Image {
    header: Header,
    attributes: Vec<AttributeRecord>,
    descriptors: Vec<Descriptor>,
    strings: String,
    /// Bytes from the start of a slot to the counter of threads without one, if there is room for
    /// several.
    unpublished_writers: Option<usize>,
}

impl Image {
    /// The image of a file with room for `capacity` slots with a struct of `layout` each.
    pub(super) fn new(
        layout: &StructLayout,
        capacity: u32,
        settings: &Settings,
    ) -> Result<Self, CreateError> {
        let spec = layout.spec;
        let mut texts = Texts(String::new());
        let attributes = attributes(settings)?;
        let attributes = attributes.iter().map(|(key, value)| {
            Some(AttributeRecord::new((texts.push(key)?, key), (texts.push(value)?, value)))
        });
        let attributes: Option<Vec<_>> = attributes.collect();
        let mut hasher = SchemaHasher::new();
        let mut descriptors = Some(Vec::new());
        let mut problem = None;
        spec.visit(&settings.prefix, 0, &mut |label, tags, offset, value| {
            if problem.is_none()
                && let Err(wrong) = check_label(label)
            {
                problem = Some(CreateError::Label { label: label.to_owned(), problem: wrong });
            }
            let ValueSpec { help, unit, .. } = *value;
            let strings = DescriptorStrings { label, help, unit, tags };
            let mut push = |strings: &DescriptorStrings<'_>, descriptor: Option<Descriptor>| match (
                &mut descriptors,
                descriptor,
            ) {
                (Some(descriptors), Some(descriptor)) => {
                    hasher = descriptor.hash_schema(strings, hasher.clone());
                    descriptors.push(descriptor);
                }
                _ => descriptors = None,
            };
            push(&strings, descriptor(&strings, offset, value, &mut texts));
            for member in value.layout.members {
                let MemberSpec { label, help, unit, .. } = *member;
                let strings = DescriptorStrings { label, help, unit, tags: "" };
                push(&strings, member_descriptor(&strings, member, &mut texts));
            }
        });
        if let Some(problem) = problem {
            return Err(problem);
        }
        let own = (capacity > 1).then(|| layout.len.next_multiple_of(align_of::<u64>()));
        if let (Some(offset), Some(descriptors)) = (own, &mut descriptors) {
            let (value, strings) = unpublished_writers();
            let descriptor = descriptor(&strings, offset, &value, &mut texts);
            hasher = descriptor.iter().fold(hasher, |hasher, it| it.hash_schema(&strings, hasher));
            descriptors.extend(descriptor);
        }
        let values_len = own.map_or(layout.len, |offset| offset + size_of::<u64>());
        let too_large = CreateError::TooLarge { name: spec.name };
        let (Some(attributes), Some(descriptors), Some(stride)) =
            (attributes, descriptors, stride(values_len))
        else {
            return Err(too_large);
        };
        let mut image = Self {
            header: process_header(settings)?,
            attributes,
            descriptors,
            strings: texts.0,
            unpublished_writers: own.map(|offset| SlotHeader::LEN + offset),
        };
        image.header.schema_hash = Le64::new(hasher.finish());
        image.lay_out(stride, capacity).ok_or(too_large)?;
        Ok(image)
    }

    /// Makes it that of a file that this process, a child of the one that it was made in, writes.
    pub(super) fn renew(&mut self, settings: &Settings) -> Result<(), CreateError> {
        let header = process_header(settings)?;
        let old = std::mem::replace(&mut self.header, header);
        (self.header.schema_hash, self.header.file_len) = (old.schema_hash, old.file_len);
        (self.header.attributes, self.header.descriptors) = (old.attributes, old.descriptors);
        (self.header.strings, self.header.slots) = (old.strings, old.slots);
        Ok(())
    }

    /// Says where the regions are: one after the other, for `capacity` slots of which none is
    /// published.
    fn lay_out(&mut self, stride: u32, capacity: u32) -> Option<()> {
        let region = |after: usize, align: usize, record_len: usize, count: usize| {
            let (record_len, count) = (u32::try_from(record_len).ok()?, u32::try_from(count).ok()?);
            let mut region = Region::new(after.next_multiple_of(align) as u64, record_len, count);
            region.count = Le32::new(count);
            Some((region, usize::try_from(region.end()).ok()?))
        };
        let (attributes, end) = region(Header::LEN, 8, AttributeRecord::LEN, self.attributes.len())?;
        let (descriptors, end) = region(end, 8, Descriptor::LEN, self.descriptors.len())?;
        let (strings, end) = region(end, 8, 1, self.strings.len())?;
        let slots = Region::new(end.next_multiple_of(SlotHeader::ALIGN) as u64, stride, capacity);
        // The system counts bytes of files in an i64.
        let end = usize::try_from(i64::try_from(slots.end()).ok()?).ok()?;
        let header = &mut self.header;
        (header.attributes, header.descriptors) = (attributes, descriptors);
        (header.strings, header.slots) = (strings, slots);
        header.file_len = Le64::new(end as u64);
        Some(())
    }

    /// Bytes of the file.
    pub(super) fn file_len(&self) -> u64 {
        self.header.file_len.get()
    }

    /// Bytes of the file, which fit the address space, since the image does.
    pub(super) fn mapping_len(&self) -> usize {
        usize::try_from(self.file_len()).unwrap_or(usize::MAX)
    }

    /// Whether the file of `header` has the same fields at the same places (FORMAT.md, "Schema hash").
    pub(super) fn has_fields_of(&self, header: &Header) -> bool {
        header.schema_hash == self.header.schema_hash
            && header.slots.record_len == self.header.slots.record_len
    }

    /// The room for slots.
    pub(super) fn capacity(&self) -> u32 {
        self.header.slots.capacity.get()
    }

    /// Bytes from one slot to the next.
    pub(super) fn stride(&self) -> usize {
        usize::try_from(self.header.slots.record_len.get()).unwrap_or(usize::MAX)
    }

    /// Where in the file the slot `index` is, within the mapping as `lay_out` has seen to.
    pub(super) fn slot_offset(&self, index: u32) -> usize {
        usize::try_from(self.header.slots.record_offset(index)).unwrap_or(usize::MAX)
    }

    /// Where in the file the counter of threads without a slot is: in the first slot.
    pub(super) fn unpublished_writers_offset(&self) -> Option<usize> {
        self.unpublished_writers.map(|offset| self.slot_offset(0) + offset)
    }

    /// Takes over the id of the file whose counters this one goes on from.
    pub(super) fn resume(&mut self, instance_id: [u8; 16]) {
        self.header.instance_id = instance_id;
    }

    /// Says whose file it is: `identity`, whose lock is held or cannot be had.
    pub(super) fn identify(&mut self, identity: Identity, is_locked: bool) {
        self.header.st_dev = Le64::new(identity.device);
        self.header.st_ino = Le64::new(identity.inode);
        let flags = self.header.flags.get() & !FLAG_LOCKED;
        self.header.flags = Le32::new(if is_locked { flags | FLAG_LOCKED } else { flags });
    }

    /// Whether the lock was taken.
    pub(super) fn is_locked(&self) -> bool {
        self.header.has_flags(FLAG_LOCKED)
    }

    /// The bytes of the header before the counts, the check among them.
    pub(super) fn header_start(&self) -> Vec<u8> {
        let header = self.header.with_check(&[]);
        bytemuck::bytes_of(&header)[..Header::COUNT_OFFSETS[0]].to_vec()
    }

    /// The bytes up to the first slot.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let header = &self.header;
        let mut bytes = Vec::with_capacity(self.slot_offset(0));
        // In the order in which they are in the file.
        let mut put = |offset: u64, part: &[u8]| {
            bytes.resize(usize::try_from(offset).unwrap_or(usize::MAX), 0);
            bytes.extend_from_slice(part);
        };
        put(0, bytemuck::bytes_of(&header.with_check(&[])));
        put(header.attributes.offset.get(), bytemuck::cast_slice(&self.attributes));
        put(header.descriptors.offset.get(), bytemuck::cast_slice(&self.descriptors));
        put(header.strings.offset.get(), self.strings.as_bytes());
        bytes.resize(self.slot_offset(0), 0);
        bytes
    }
}

/// The field that mmstats adds to a struct of which each thread has one.
fn unpublished_writers() -> (ValueSpec, DescriptorStrings<'static>) {
    let help = "Threads without a slot, and calls in signal handlers before publication, whose values are not published.";
    let (unit, label) = ("threads", UNPUBLISHED_WRITERS);
    let value = ValueSpec::own_counter(unit, help);
    (value, DescriptorStrings { label, help, unit, tags: "" })
}

/// The strings region as it grows.
struct Texts(String);

impl Texts {
    /// Appends `text`; `None` if the region would be too long for references into it.
    fn push(&mut self, text: &str) -> Option<StrRef> {
        let reference = StrRef {
            offset: Le32::new(u32::try_from(self.0.len()).ok()?),
            len: Le32::new(u32::try_from(text.len()).ok()?),
        };
        self.0.push_str(text);
        u32::try_from(self.0.len()).ok().map(|_| reference)
    }
}

fn descriptor(
    strings: &DescriptorStrings<'_>,
    offset: usize,
    value: &ValueSpec,
    texts: &mut Texts,
) -> Option<Descriptor> {
    let layout = &value.layout;
    let record = Descriptor {
        offset: Le32::new(u32::try_from(SlotHeader::LEN + offset).ok()?),
        size: Le32::new(u32::try_from(layout.size).ok()?),
        count: Le32::new(u32::try_from(layout.count).ok()?),
        kind: layout.kind as u8,
        type_: layout.type_ as u8,
        aggregate: value.aggregate as u8,
        scale: layout.scale,
        parameters: layout.parameters.map(Le32::new),
        ..Descriptor::zeroed()
    };
    with_strings(record, strings, texts)
}

/// The descriptor of a member of the record whose descriptor is before it.
fn member_descriptor(
    strings: &DescriptorStrings<'_>,
    member: &MemberSpec,
    texts: &mut Texts,
) -> Option<Descriptor> {
    let record = Descriptor {
        // No bytes of the slot: those are the record's. Where in its data is a parameter.
        offset: Le32::new(u32::try_from(SlotHeader::LEN).ok()?),
        size: Le32::new(u32::try_from(member.size).ok()?),
        kind: Kind::Member as u8,
        type_: member.type_ as u8,
        parameters: [Le32::new(u32::try_from(member.offset).ok()?), Le32::new(0), Le32::new(0)],
        ..Descriptor::zeroed()
    };
    with_strings(record, strings, texts)
}

fn with_strings(
    mut record: Descriptor,
    strings: &DescriptorStrings<'_>,
    texts: &mut Texts,
) -> Option<Descriptor> {
    let start = texts.0.len();
    record.label = texts.push(strings.label)?;
    record.help = texts.push(strings.help)?;
    record.unit = texts.push(strings.unit)?;
    record.tags = texts.push(strings.tags)?;
    Some(record.with_check_of(&texts.0[start..]))
}

/// The attributes: what every file of this crate states, then the user's.
fn attributes(settings: &Settings) -> Result<Vec<(String, String)>, CreateError> {
    let mut attributes = vec![
        (label::SYS_CMD.to_owned(), file_name::command()),
        (label::SYS_LANGUAGE.to_owned(), "rust".to_owned()),
        (label::SYS_LANGUAGE_VERSION.to_owned(), env!("MMSTATS_RUSTC_VERSION").to_owned()),
    ];
    for (key, value) in &settings.attributes {
        let is_given = attributes.iter().any(|(given, _)| given == key);
        if is_given || key.starts_with("sys.") || check_label(key).is_err() {
            return Err(CreateError::Attribute { key: key.clone() });
        }
        attributes.push((key.clone(), value.clone()));
    }
    Ok(attributes)
}

/// The header with what it says of the process.
fn process_header(settings: &Settings) -> Result<Header, CreateError> {
    let instance_id = random().map_err(|error| CreateError::Random { error })?;
    let facts = system::process_facts();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let no_region = Region::new(0, 0, 0);
    Ok(Header {
        magic: MAGIC,
        minor_version: Le16::new(MINOR_VERSION),
        header_len: Le16::new(256),
        flags: Le32::new(if settings.keep { FLAG_KEEP } else { 0 }),
        file_len: Le64::new(0),
        instance_id,
        schema_hash: Le64::new(0),
        st_dev: Le64::new(0),
        st_ino: Le64::new(0),
        pid: Le32::new(std::process::id()),
        uid: Le32::new(geteuid().as_raw()),
        gid: Le32::new(getegid().as_raw()),
        check: Le32::new(0),
        pid_start_time: Le64::new(facts.start_time),
        boot_id: facts.boot_id,
        pid_namespace: Le64::new(facts.pid_namespace),
        created_realtime_ns: Le64::new(u64::try_from(now.as_nanos()).unwrap_or_default()),
        created_boottime_ns: Le64::new(facts.boottime_ns),
        attributes: no_region,
        descriptors: no_region,
        strings: no_region,
        slots: no_region,
    })
}
