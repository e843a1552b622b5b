//! The bytes of a new file before its first slot: the layout of the struct's fields, and who writes the file.

use std::time::SystemTime;

use bytemuck::Zeroable;
use mmstats_format::descriptor::DescriptorStrings;
use mmstats_format::header::{FLAG_KEEP, FLAG_LOCKED, Header};
use mmstats_format::image::{self, BuildError, Builder, Field, Member, Room};
use mmstats_format::label::{self, check_label};
use mmstats_format::slot::SlotHeader;
use mmstats_format::{Le32, Le64};
use nix::unistd::{getegid, geteuid};

use super::{Identity, file_name, random};
use crate::error::CreateError;
use crate::field::{FieldLayout, MemberSpec};
use crate::options::Settings;
use crate::platform::system;
use crate::schema::ValueSpec;
use crate::struct_layout::StructLayout;

/// The label of the counter of threads, and of calls before publication, whose values are not published.
const UNPUBLISHED_WRITERS: &str = "mmstats.unpublished_writers";

/// The contents of a new file before its first slot.
pub(super) struct Image {
    layout: image::Image,
    /// The facts about this process and the file that go into the header.
    writer: Header,
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
        // The fields of a struct do not overlap and are within it. So the only error left is that something is
        // too large.
        let too_large = |_| CreateError::TooLarge { name: spec.name };
        let mut builder = Builder::new();
        for (key, value) in attributes(settings)? {
            builder.attribute(&key, &value).map_err(too_large)?;
        }
        let mut described = Ok(());
        spec.visit(&settings.prefix, 0, &mut |label, tags, offset, value| {
            if described.is_ok() {
                described = describe(&mut builder, label, tags, offset, value).map_err(|error| match error {
                    BuildError::Label(problem) => CreateError::Label { label: label.to_owned(), problem },
                    error => too_large(error),
                });
            }
        });
        described?;
        let own = (capacity > 1).then(|| layout.len.next_multiple_of(align_of::<u64>()));
        if let Some(offset) = own {
            describe(&mut builder, UNPUBLISHED_WRITERS, "", offset, &unpublished_writers())
                .map_err(too_large)?;
        }
        let values_len = own.map_or(layout.len, |offset| offset + size_of::<u64>());
        let room = Room { slots: capacity, ..Room::default() };
        Ok(Self {
            layout: builder.lay_out(values_len, room).map_err(too_large)?,
            writer: process_header(settings)?,
            unpublished_writers: own.map(|offset| SlotHeader::LEN + offset),
        })
    }

    /// Makes it that of a file that this process, a child of the one that it was made in, writes.
    pub(super) fn renew(&mut self, settings: &Settings) -> Result<(), CreateError> {
        self.writer = process_header(settings)?;
        Ok(())
    }

    /// Bytes of the file.
    pub(super) fn file_len(&self) -> u64 {
        self.layout.file_len()
    }

    /// Bytes of the file, which fit the address space, since the image does.
    pub(super) fn mapping_len(&self) -> usize {
        usize::try_from(self.file_len()).unwrap_or(usize::MAX)
    }

    /// Whether the file of `header` has the same fields at the same places (FORMAT.md, "Schema hash").
    pub(super) fn has_fields_of(&self, header: &Header) -> bool {
        header.schema_hash.get() == self.layout.schema_hash()
            && header.slots.record_len == self.layout.slots().record_len
    }

    /// The room for slots.
    pub(super) fn capacity(&self) -> u32 {
        self.layout.slots().capacity.get()
    }

    /// Bytes from one slot to the next.
    pub(super) fn stride(&self) -> usize {
        usize::try_from(self.layout.slots().record_len.get()).unwrap_or(usize::MAX)
    }

    /// The offset of the slot `index` in the file. It is within the mapping, because the mapping covers the file.
    pub(super) fn slot_offset(&self, index: u32) -> usize {
        usize::try_from(self.layout.slots().record_offset(index)).unwrap_or(usize::MAX)
    }

    /// Where in the file the counter of threads without a slot is: in the first slot.
    pub(super) fn unpublished_writers_offset(&self) -> Option<usize> {
        self.unpublished_writers.map(|offset| self.slot_offset(0) + offset)
    }

    /// Takes over the id of the file whose counters this one goes on from.
    pub(super) fn resume(&mut self, instance_id: [u8; 16]) {
        self.writer.instance_id = instance_id;
    }

    /// Says whose file it is: `identity`, whose lock is held or cannot be had.
    pub(super) fn identify(&mut self, identity: Identity, is_locked: bool) {
        self.writer.st_dev = Le64::new(identity.device);
        self.writer.st_ino = Le64::new(identity.inode);
        let flags = self.writer.flags.get() & !FLAG_LOCKED;
        self.writer.flags = Le32::new(if is_locked { flags | FLAG_LOCKED } else { flags });
    }

    /// Whether the lock was taken.
    pub(super) fn is_locked(&self) -> bool {
        self.writer.has_flags(FLAG_LOCKED)
    }

    /// The bytes of the header before the counts, the check among them.
    pub(super) fn header_start(&self) -> Vec<u8> {
        let header = self.layout.header(&self.writer);
        bytemuck::bytes_of(&header)[..Header::COUNT_OFFSETS[0]].to_vec()
    }

    /// The bytes up to the first slot.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.layout.bytes(&self.writer)
    }
}

/// The field that mmstats adds to a struct of which each thread has one.
fn unpublished_writers() -> ValueSpec {
    let help = "Threads without a slot, and calls in signal handlers before publication, whose values are not published.";
    ValueSpec::own_counter("threads", help)
}

/// Adds the value with this `label` and these `tags`, and its members, to the `builder`.
fn describe(
    builder: &mut Builder,
    label: &str,
    tags: &str,
    offset: usize,
    value: &ValueSpec,
) -> Result<(), BuildError> {
    let ValueSpec { help, unit, aggregate, layout, .. } = value;
    let FieldLayout { size, count, kind, type_, scale, parameters, members, .. } = *layout;
    let strings = DescriptorStrings { label, help, unit, tags };
    let aggregate = *aggregate;
    builder.field(&Field { strings, offset, size, count, kind, type_, aggregate, scale, parameters })?;
    members.iter().try_for_each(|member| {
        let MemberSpec { label, help, unit, offset, size, type_, .. } = *member;
        let strings = DescriptorStrings { label, help, unit, tags: "" };
        builder.member(&Member { strings, offset, size, type_ })
    })
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

/// The facts about this process that go into the header.
fn process_header(settings: &Settings) -> Result<Header, CreateError> {
    let instance_id = random().map_err(|error| CreateError::Random { error })?;
    let facts = system::process_facts();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(Header {
        flags: Le32::new(if settings.keep { FLAG_KEEP } else { 0 }),
        instance_id,
        pid: Le32::new(std::process::id()),
        uid: Le32::new(geteuid().as_raw()),
        gid: Le32::new(getegid().as_raw()),
        pid_start_time: Le64::new(facts.start_time),
        boot_id: facts.boot_id,
        pid_namespace: Le64::new(facts.pid_namespace),
        created_realtime_ns: Le64::new(u64::try_from(now.as_nanos()).unwrap_or_default()),
        created_boottime_ns: Le64::new(facts.boottime_ns),
        ..Header::zeroed()
    })
}
