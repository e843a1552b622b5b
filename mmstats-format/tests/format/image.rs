//! A built file decodes to its description, or the error says why the file cannot be built.

use bytemuck::Zeroable;
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::descriptor::{Aggregate, Descriptor, DescriptorStrings, Kind, Type};
use mmstats_format::header::{Header, MAGIC, Region};
use mmstats_format::image::{BuildError, Builder, Field, Image, Member, Room};
use mmstats_format::label::LabelError;
use mmstats_format::slot::SlotHeader;
use mmstats_format::{Le32, SchemaHasher, tagged};

use crate::support::{Numbers, header};

const COUNTER: Field<'static> = Field {
    strings: DescriptorStrings { label: "web.requests", help: "", unit: "", tags: "" },
    offset: 0,
    size: 8,
    count: 1,
    kind: Kind::Counter,
    type_: Type::U64,
    aggregate: Aggregate::Sum,
    scale: 0,
    parameters: [0; 3],
};

const MEMBER: Member<'static> = Member {
    strings: DescriptorStrings { tags: "", ..COUNTER.strings },
    offset: 0,
    size: 4,
    type_: Type::U32,
};

const NO_ROOM: Room = Room { attributes: 0, descriptors: 0, strings: 0, slots: 1 };

/// A record of `members` in `data_len` bytes.
fn record(members: u32, data_len: u32) -> Field<'static> {
    let size = tagged::record_len(data_len as usize);
    let parameters = [members, data_len, 0];
    Field { size, kind: Kind::Record, type_: Type::Record, aggregate: Aggregate::None, parameters, ..COUNTER }
}

/// A file, described at random.
struct Plan {
    attributes: Vec<(String, String)>,
    fields: Vec<FieldPlan>,
    values_len: usize,
    room: Room,
}

struct FieldPlan {
    strings: [String; 4],
    field: Field<'static>,
    members: Vec<([String; 3], Member<'static>)>,
}

impl FieldPlan {
    fn field(&self) -> Field<'_> {
        let [label, help, unit, tags] = &self.strings;
        Field { strings: DescriptorStrings { label, help, unit, tags }, ..self.field }
    }

    fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.members.iter().map(|([label, help, unit], member)| Member {
            strings: DescriptorStrings { label, help, unit, tags: "" },
            ..*member
        })
    }
}

impl Plan {
    fn random(numbers: &mut Numbers) -> Self {
        let attributes = (0..numbers.below(5)).map(|_| (numbers.text(9), numbers.text(30))).collect();
        let mut end = 0;
        let fields = (0..numbers.below(12)).map(|_| FieldPlan::random(numbers, &mut end)).collect();
        let mut room = || u32::try_from(numbers.below(4) * numbers.below(50)).unwrap();
        let room = Room { attributes: room(), descriptors: room(), strings: room(), slots: room() };
        Self { attributes, fields, values_len: end + numbers.below(300), room }
    }

    fn build(&self) -> Result<Image, BuildError> {
        let mut builder = Builder::new();
        self.attributes.iter().try_for_each(|(key, value)| builder.attribute(key, value))?;
        for plan in &self.fields {
            builder.field(&plan.field())?;
            plan.members().try_for_each(|member| builder.member(&member))?;
        }
        builder.lay_out(self.values_len, self.room)
    }
}

impl FieldPlan {
    /// A field behind `end`, which becomes its end.
    fn random(numbers: &mut Numbers, end: &mut usize) -> Self {
        let offset = (*end + numbers.below(40)).next_multiple_of(8);
        let field = match numbers.below(4) {
            0 => COUNTER,
            1 => Field { size: 2, kind: Kind::Gauge, type_: Type::I16, scale: -3, ..COUNTER },
            2 => {
                let size = tagged::text_len(numbers.below(40));
                Field { size, kind: Kind::Text, type_: Type::Text, aggregate: Aggregate::None, ..COUNTER }
            }
            _ => {
                let members = u32::try_from(1 + numbers.below(4)).unwrap();
                record(members, members * 8)
            }
        };
        let field = Field { offset, count: 1 + numbers.below(3), ..field };
        *end = offset + field.size * field.count;
        let members = (0..if field.kind == Kind::Record { field.parameters[0] as usize } else { 0 })
            .map(|index| {
                let member = Member { offset: 8 * index + numbers.below(5), ..MEMBER };
                ([label(numbers), numbers.text(9), numbers.text(9)], member)
            })
            .collect();
        let strings = [label(numbers), numbers.text(60), numbers.text(9), numbers.text(9)];
        Self { strings, field, members }
    }
}

fn label(numbers: &mut Numbers) -> String {
    format!("a{}", numbers.text(20))
}

#[test]
fn what_is_built_is_decoded_as_it_was_described() {
    for seed in 0..2000 {
        let plan = Plan::random(&mut Numbers(seed));
        let image = plan.build().unwrap();
        let bytes = image.bytes(&header());
        assert_eq!(bytes.len() as u64, image.slots().offset.get());
        let found = Header::parse(&bytes, image.file_len()).unwrap();
        assert_decoded(&plan, &found, &bytes);
        assert_eq!(found.schema_hash.get(), image.schema_hash());
        assert_eq!(found.slots, *image.slots());
    }
}

/// Checks that `header` and `bytes` are those of `plan`.
fn assert_decoded(plan: &Plan, header: &Header, bytes: &[u8]) {
    let members: usize = plan.fields.iter().map(|field| field.members.len()).sum();
    let count = |region: &Region, count: usize, room: u32| {
        let count = u32::try_from(count).unwrap();
        assert_eq!((region.count.get(), region.capacity.get()), (count, count + room));
    };
    count(&header.attributes, plan.attributes.len(), plan.room.attributes);
    count(&header.descriptors, plan.fields.len() + members, plan.room.descriptors);
    count(&header.slots, 0, plan.room.slots);
    let stride = header.slots.record_len.get();
    assert!(stride as usize - SlotHeader::LEN >= plan.values_len);

    let published = |region: &Region| {
        let start = usize::try_from(region.offset.get()).unwrap();
        &bytes[start..][..usize::try_from(region.published_len()).unwrap()]
    };
    let strings = str::from_utf8(published(&header.strings)).unwrap();
    assert_eq!(header.strings.capacity.get() - header.strings.count.get(), plan.room.strings);
    let attributes = published(&header.attributes).chunks(AttributeRecord::LEN);
    let attributes: Vec<_> =
        attributes.map(|bytes| AttributeRecord::parse(bytes, strings, 0).unwrap()).collect();
    assert!(attributes.into_iter().eq(plan.attributes.iter().map(|(key, value)| (&**key, &**value))));

    let mut hasher = SchemaHasher::new();
    let mut descriptors = published(&header.descriptors).chunks(Descriptor::LEN).map(|bytes| {
        let descriptor = Descriptor::parse(bytes, strings, stride, 0).unwrap();
        let texts = descriptor.resolve(strings, 0).unwrap();
        hasher = descriptor.hash_schema(&texts, hasher.clone());
        (descriptor, texts)
    });
    for plan in &plan.fields {
        let (field, (found, texts)) = (plan.field(), descriptors.next().unwrap());
        assert_eq!((found.field(), texts), (Some((field.kind, field.type_)), field.strings));
        let place = [found.offset, found.size, found.count].map(|number| number.get() as usize);
        assert_eq!(place, [SlotHeader::LEN + field.offset, field.size, field.count]);
        let meaning = (found.aggregate(), found.scale, found.parameters.map(Le32::get));
        assert_eq!(meaning, (field.aggregate, field.scale, field.parameters));
        for member in plan.members() {
            let (found, texts) = descriptors.next().unwrap();
            assert_eq!((found.field(), texts), (Some((Kind::Member, member.type_)), member.strings));
            let place = [found.parameters[0], found.size].map(|number| number.get() as usize);
            assert_eq!(place, [member.offset, member.size]);
        }
    }
    assert!(descriptors.next().is_none());
    assert_eq!(header.schema_hash.get(), hasher.finish());
    let mut end = Header::LEN;
    for region in [header.attributes, header.descriptors, header.strings] {
        let start = usize::try_from(region.offset.get()).unwrap();
        assert!(bytes[end..start].iter().all(|byte| *byte == 0), "what no record has is zero");
        end = start + published(&region).len();
    }
    assert!(bytes[end..].iter().all(|byte| *byte == 0), "what no record has is zero");
}

#[test]
fn the_header_says_of_the_process_what_the_writer_says_and_of_the_layout_what_was_laid_out() {
    let mut builder = Builder::new();
    builder.field(&COUNTER).unwrap();
    let image = builder.lay_out(8, NO_ROOM).unwrap();
    let (writer, found) = (header(), image.header(&header()));
    assert_eq!((found.magic, found.minor_version.get(), found.header_len.get()), (MAGIC, 0, 256));
    assert_eq!((found.file_len.get(), found.schema_hash.get()), (image.file_len(), image.schema_hash()));
    assert_eq!((found.flags, found.instance_id), (writer.flags, writer.instance_id));
    assert_eq!((found.st_dev, found.st_ino, found.pid), (writer.st_dev, writer.st_ino, writer.pid));
    assert_eq!((found.uid, found.gid, found.boot_id), (writer.uid, writer.gid, writer.boot_id));
    assert_eq!((found.pid_start_time, found.pid_namespace), (writer.pid_start_time, writer.pid_namespace));
    let created = |header: &Header| (header.created_realtime_ns, header.created_boottime_ns);
    assert_eq!(created(&found), created(&writer));
    // Another writer does not change the rest of the header.
    let other = image.bytes(&Header::zeroed());
    assert_eq!(other[Header::LEN..], image.bytes(&writer)[Header::LEN..]);
}

#[test]
fn values_that_overlap_those_before_are_errors() {
    for seed in 0..500 {
        let numbers = &mut Numbers(seed);
        let mut builder = Builder::new();
        let first = Field { offset: numbers.below(100), count: 1 + numbers.below(5), ..COUNTER };
        builder.field(&first).unwrap();
        let end = first.offset + first.size * first.count;
        let offset = numbers.below(end);
        let refused = builder.clone().field(&Field { offset, size: numbers.below(9), ..COUNTER });
        assert_eq!(refused, Err(BuildError::Overlap { offset, end }));
        assert_eq!(builder.field(&Field { offset: end, ..COUNTER }), Ok(()));
    }
}

#[test]
fn values_behind_the_end_of_a_slots_are_errors() {
    for len in 0..48 {
        let mut builder = Builder::new();
        builder.field(&Field { offset: 16, count: 4, ..COUNTER }).unwrap();
        let error = builder.clone().lay_out(len, NO_ROOM).unwrap_err();
        assert_eq!(error, BuildError::Outside { end: 48, len });
        assert!(builder.lay_out(48, NO_ROOM).is_ok());
    }
}

#[test]
fn numbers_that_the_file_has_no_room_for_are_errors() {
    let refused = |field: Field<'_>| {
        let error = Builder::new().field(&field).unwrap_err();
        assert!(matches!(error, BuildError::TooLarge { .. }), "{field:?}: {error:?}");
    };
    let max = u32::MAX as usize;
    for large in [max + 1, max << 8, usize::MAX / 2, usize::MAX] {
        refused(Field { offset: large, ..COUNTER });
        refused(Field { size: large, ..COUNTER });
        refused(Field { count: large, size: 0, ..COUNTER });
        refused(Field { count: large, ..COUNTER });
    }
    // A slot's header comes first.
    refused(Field { offset: max - SlotHeader::LEN + 1, size: 0, ..COUNTER });
    refused(Field { offset: usize::MAX - 4, size: 8, ..COUNTER });

    let laid_out = |values_len: usize, room: Room| {
        let mut builder = Builder::new();
        builder.attribute("key", "value").unwrap();
        builder.field(&COUNTER).unwrap();
        builder.lay_out(values_len, room)
    };
    let too_large = |values_len, room| {
        assert!(
            matches!(laid_out(values_len, room), Err(BuildError::TooLarge { .. })),
            "{values_len} {room:?}"
        );
    };
    // Each part alone is as large as it can be; the file would be too large.
    assert!(laid_out(8, Room { slots: u32::MAX, ..NO_ROOM }).is_ok());
    assert!(laid_out(8, Room { attributes: u32::MAX - 1, ..NO_ROOM }).is_ok());
    assert!(laid_out(max - 2 * SlotHeader::LEN, NO_ROOM).is_ok());
    too_large(8, Room { attributes: u32::MAX, ..NO_ROOM });
    too_large(8, Room { descriptors: u32::MAX, ..NO_ROOM });
    too_large(8, Room { strings: u32::MAX, ..NO_ROOM });
    too_large(max, NO_ROOM);
    too_large(usize::MAX, NO_ROOM);
    too_large(max - 2 * SlotHeader::LEN, Room { slots: u32::MAX, ..NO_ROOM });
}

#[test]
fn members_that_are_not_those_of_the_record_before_them_are_errors() {
    let members = Err(BuildError::Members);
    assert_eq!(Builder::new().member(&MEMBER), members);
    let mut builder = Builder::new();
    builder.field(&COUNTER).unwrap();
    assert_eq!(builder.member(&MEMBER), members, "a counter has none");

    let mut builder = Builder::new();
    builder.field(&record(2, 8)).unwrap();
    builder.member(&MEMBER).unwrap();
    assert_eq!(builder.clone().lay_out(32, NO_ROOM).unwrap_err(), BuildError::Members, "one is missing");
    let next = Field { offset: tagged::record_len(8), ..COUNTER };
    assert_eq!(builder.clone().field(&next), members, "one is missing");
    let overlaps = Member { offset: 3, ..MEMBER };
    assert_eq!(builder.clone().member(&overlaps), Err(BuildError::Overlap { offset: 3, end: 4 }));
    let outside = Member { offset: 5, ..MEMBER };
    assert_eq!(builder.clone().member(&outside), Err(BuildError::Outside { end: 9, len: 8 }));
    let overflows = Member { offset: usize::MAX, ..MEMBER };
    assert!(matches!(builder.clone().member(&overflows), Err(BuildError::TooLarge { .. })));
    builder.member(&Member { offset: 4, ..MEMBER }).unwrap();
    assert_eq!(builder.clone().member(&Member { offset: 8, ..MEMBER }), members, "there were two");
    assert_eq!(builder.field(&next), Ok(()));
}

#[test]
fn a_label_that_breaks_a_rule_is_an_error() {
    for label in ["", "a\nb", &"x".repeat(256)] {
        let strings = DescriptorStrings { label, ..COUNTER.strings };
        let error = Builder::new().field(&Field { strings, ..COUNTER }).unwrap_err();
        assert!(matches!(error, BuildError::Label(_)), "{label:?}: {error:?}");
    }
    assert_eq!(BuildError::Label(LabelError::Empty).to_string(), LabelError::Empty.to_string());
}
