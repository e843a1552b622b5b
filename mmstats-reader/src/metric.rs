//! One metric of a snapshot.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use mmstats_format::descriptor::{self, Aggregate, Kind, Type};
use mmstats_format::label::{SYS_CREATED, SYS_GID, SYS_PID, SYS_TID, SYS_UID};
use mmstats_format::tagged::Torn;
use mmstats_format::value::Value;

use crate::v2::View;
use crate::v2::field::{Combine, Field};
use crate::v2::schema::Attribute;

/// A named value of a snapshot: a field, an element of one, or something of the process itself.
///
/// Every string is as the writer left it: escape it before it is shown.
#[derive(Clone, Copy)]
pub struct Metric<'a> {
    view: &'a View<'a>,
    source: Source<'a>,
}

/// Where a metric comes from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// The header.
    Process(Process),
    /// An attribute.
    Attribute(&'a Attribute),
    /// The tenant of a slot.
    Thread { tid: NonZeroU32 },
    /// An element of a field: in one slot, or in all of them combined.
    Field { field: &'a Field, index: u32, element: u32, slot: Option<u32> },
}

/// What the header says of the writer.
#[derive(Clone, Copy)]
pub(crate) enum Process {
    Pid,
    Uid,
    Gid,
    Created,
}

impl Process {
    pub(crate) const ALL: [Self; 4] = [Self::Pid, Self::Uid, Self::Gid, Self::Created];
}

impl<'a> Metric<'a> {
    #[inline]
    pub(crate) fn new(view: &'a View<'a>, source: Source<'a>) -> Self {
        Self { view, source }
    }

    /// Its name. Metrics of the same label differ in their tags.
    pub fn label(&self) -> &'a str {
        let schema = self.view.schema;
        match self.source {
            Source::Process(Process::Pid) => SYS_PID,
            Source::Process(Process::Uid) => SYS_UID,
            Source::Process(Process::Gid) => SYS_GID,
            Source::Process(Process::Created) => SYS_CREATED,
            Source::Attribute(attribute) => schema.string(attribute.key),
            Source::Thread { .. } => SYS_TID,
            Source::Field { index, .. } => schema.string(schema.field_strings(index as usize).label),
        }
    }

    /// What it means, in words; empty if the writer did not say.
    pub fn help(&self) -> &'a str {
        let schema = self.view.schema;
        match self.source {
            Source::Process(Process::Pid) => "Process id of the writer.",
            Source::Process(Process::Uid) => "Effective user id of the writer.",
            Source::Process(Process::Gid) => "Effective group id of the writer.",
            Source::Process(Process::Created) => "When the file was made, since 1970-01-01 UTC.",
            Source::Attribute(_) => "",
            Source::Thread { .. } => "Thread id of a thread that writes.",
            Source::Field { index, .. } => schema.string(schema.field_strings(index as usize).help),
        }
    }

    /// The unit of the value, e.g. `seconds`; empty is none.
    pub fn unit(&self) -> &'a str {
        let schema = self.view.schema;
        match self.source {
            Source::Process(Process::Created) => "seconds",
            Source::Field { index, .. } => schema.string(schema.field_strings(index as usize).unit),
            _ => "",
        }
    }

    /// The value times ten to this power is in [`Metric::unit`].
    #[inline]
    pub fn scale(&self) -> i8 {
        match self.source {
            Source::Field { field, .. } => field.scale,
            _ => 0,
        }
    }

    /// What it counts or holds, if the file's format says so.
    #[inline]
    pub fn kind(&self) -> Option<Kind> {
        match self.source {
            Source::Field { field, .. } => Some(field.kind),
            Source::Attribute(_) => Some(Kind::Text),
            Source::Process(_) | Source::Thread { .. } => Some(Kind::Gauge),
        }
    }

    /// The type of the value, by the name that the file's format gives it. Threads' values that
    /// were added up have the widest type of their sort, a mean is an `f64`.
    pub fn type_name(&self) -> &'a str {
        let type_ = match self.source {
            Source::Process(Process::Created) => Type::F64,
            Source::Process(_) | Source::Thread { .. } => Type::U32,
            Source::Attribute(_) => Type::Text,
            Source::Field { field, slot: None, .. } => field.combine.type_(field.type_),
            Source::Field { field, .. } => field.type_,
        };
        type_.name()
    }

    /// How the values of the writer's threads were combined into this one.
    #[inline]
    pub fn aggregate(&self) -> Aggregate {
        match self.source {
            Source::Field { field, .. } => field.combine.aggregate(),
            Source::Process(_) | Source::Attribute(_) => Aggregate::Constant,
            Source::Thread { .. } => Aggregate::None,
        }
    }

    /// What tells it from others of its label: the field's own tags, then `index` for an element
    /// of an array, then `tid` for the value of one thread where a file has room for several.
    pub fn tags(&self) -> impl Iterator<Item = (&'a str, TagValue<'a>)> + use<'a> {
        let schema = self.view.schema;
        let (own, index) = match self.source {
            Source::Field { field, index, element, .. } => (
                schema.string(schema.field_strings(index as usize).tags),
                (field.count > 1).then_some(element),
            ),
            _ => ("", None),
        };
        let tid = if self.view.slots.is_shared() { self.tid() } else { None };
        descriptor::tags(own)
            .map(|(key, value)| (key, TagValue::Text(value)))
            .chain(index.map(|index| ("index", TagValue::Number(index))))
            .chain(tid.map(|tid| ("tid", TagValue::Number(tid.get()))))
    }

    /// The thread whose value this is, if it is one thread's.
    fn tid(&self) -> Option<NonZeroU32> {
        match self.source {
            Source::Thread { tid, .. } => Some(tid),
            Source::Field { field: Field { combine: Combine::PerSlot, .. }, slot: Some(slot), .. } => {
                self.view.slots.tid(slot)
            }
            _ => None,
        }
    }

    /// The value, decoded.
    ///
    /// # Errors
    /// [`Torn`] if the snapshot did not get hold of a whole value, as [`Snapshot::torn`] counts.
    ///
    /// [`Snapshot::torn`]: crate::Snapshot::torn
    #[inline]
    pub fn value(&self) -> Result<Value, Torn> {
        match self.source {
            Source::Field { field, element, slot: Some(slot), .. } => {
                self.view.slots.value(field, element, slot)
            }
            _ => self.other_value(),
        }
    }

    /// The value of what is not a field in one slot.
    #[inline(never)]
    fn other_value(&self) -> Result<Value, Torn> {
        let header = &self.view.schema.header;
        Ok(match self.source {
            Source::Process(Process::Pid) => Value::U64(header.pid.get().into()),
            Source::Process(Process::Uid) => Value::U64(header.uid.get().into()),
            Source::Process(Process::Gid) => Value::U64(header.gid.get().into()),
            Source::Process(Process::Created) => {
                Value::F64(Duration::from_nanos(header.created_realtime_ns.get()).as_secs_f64())
            }
            Source::Thread { tid, .. } => Value::U64(tid.get().into()),
            Source::Attribute(attribute) => {
                Value::Text(until_nul(self.view.schema.string(attribute.value)).into())
            }
            Source::Field { field, element, .. } => return self.view.slots.combined(field, element),
        })
    }
}

fn until_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

impl fmt::Debug for Metric<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metric")
            .field("label", &self.label())
            .field("value", &self.value())
            .finish_non_exhaustive()
    }
}

/// The value of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagValue<'a> {
    /// As the writer said.
    Text(&'a str),
    /// An index or a thread's id.
    Number(u32),
}

impl fmt::Display for TagValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}
