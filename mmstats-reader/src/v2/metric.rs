//! One metric of a file of format 2.

use std::num::NonZeroU32;
use std::time::Duration;

use mmstats_format::descriptor::{self, Aggregate, Kind, Type};
use mmstats_format::label::{SYS_CREATED, SYS_GID, SYS_PID, SYS_TID, SYS_UID};
use mmstats_format::strings::StrRef;
use mmstats_format::tagged::Torn;
use mmstats_format::value::Value;

use super::field::{Combine, Details, Field};
use super::member::{Member, members};
use super::slots::Slots;
use super::view::View;
use crate::tag::TagValue;

/// A field, an element of one, or something of the process itself: see [`crate::Metric`].
#[derive(Clone, Copy)]
pub(crate) struct Metric<'a> {
    view: &'a View<'a>,
    source: Source,
}

/// Where a metric comes from. Small enough to be returned in registers.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// The header.
    Process(Process),
    /// An attribute.
    Attribute { index: u32 },
    /// An element of a field in one slot.
    InSlot { index: u32, element: u32, slot: u32 },
    /// The thread id of a tenant, by itself.
    Thread { tenant: u32 },
    /// An element of a field in a tenant's slot, by itself.
    InThread { index: u32, element: u32, tenant: u32 },
    /// An element of a field in all slots together.
    Combined { index: u32, element: u32 },
}

const _: () = assert!(size_of::<Option<Source>>() == 16);

/// What the file says of the writer.
#[derive(Clone, Copy)]
pub(crate) enum Process {
    Pid,
    Uid,
    Gid,
    Created,
    /// The only thread there can be.
    Tid,
}

impl Process {
    /// What the header says.
    pub(crate) const ALL: [Self; 4] = [Self::Pid, Self::Uid, Self::Gid, Self::Created];
}

impl<'a> Metric<'a> {
    #[inline]
    pub(crate) fn new(view: &'a View<'a>, source: Source) -> Self {
        Self { view, source }
    }

    pub(crate) fn label(&self) -> &'a str {
        match self.source {
            Source::Process(Process::Pid) => SYS_PID,
            Source::Process(Process::Uid) => SYS_UID,
            Source::Process(Process::Gid) => SYS_GID,
            Source::Process(Process::Created) => SYS_CREATED,
            Source::Attribute { index } => self.view.schema.attribute(index).0,
            Source::Process(Process::Tid) | Source::Thread { .. } => SYS_TID,
            Source::InSlot { .. } | Source::InThread { .. } | Source::Combined { .. } => {
                self.field_string(|strings| strings.label)
            }
        }
    }

    pub(crate) fn help(&self) -> &'a str {
        match self.source {
            Source::Process(Process::Pid) => "Process id of the writer.",
            Source::Process(Process::Uid) => "Effective user id of the writer.",
            Source::Process(Process::Gid) => "Effective group id of the writer.",
            Source::Process(Process::Created) => "When the file was made, since 1970-01-01 UTC.",
            Source::Attribute { .. } => "",
            Source::Process(Process::Tid) | Source::Thread { .. } => "Thread id of a thread that writes.",
            Source::InSlot { .. } | Source::InThread { .. } | Source::Combined { .. } => {
                self.field_string(|strings| strings.help)
            }
        }
    }

    pub(crate) fn unit(&self) -> &'a str {
        match self.source {
            Source::Process(Process::Created) => "seconds",
            _ => self.field_string(|strings| strings.unit),
        }
    }

    pub(crate) fn scale(&self) -> i8 {
        self.field().map_or(0, |(_, field)| field.scale)
    }

    pub(crate) fn kind(&self) -> Kind {
        match (self.source, self.field()) {
            (_, Some((_, field))) => field.kind,
            (Source::Attribute { .. }, None) => Kind::Text,
            (_, None) => Kind::Gauge,
        }
    }

    pub(crate) fn type_name(&self) -> &'a str {
        let type_ = match (self.source, self.field()) {
            (Source::Combined { .. }, Some((_, field))) => field.combine.type_(field.type_),
            (_, Some((_, field))) => field.type_,
            (Source::Process(Process::Created), None) => Type::F64,
            (Source::Attribute { .. }, None) => Type::Text,
            (_, None) => Type::U32,
        };
        type_.name()
    }

    pub(crate) fn aggregate(&self) -> Aggregate {
        match (self.source, self.field()) {
            (Source::InThread { .. } | Source::Thread { .. } | Source::Process(Process::Tid), _) => {
                Aggregate::None
            }
            (_, Some((_, field))) => field.combine.aggregate(),
            (_, None) => Aggregate::Constant,
        }
    }

    pub(crate) fn tags(&self) -> impl Iterator<Item = (&'a str, TagValue<'a>)> + use<'a> {
        let element = self.field().filter(|(_, field)| field.count > 1).map(|(element, _)| element);
        let (tid, name) = self.thread();
        descriptor::tags(self.field_string(|strings| strings.tags))
            .map(|(key, value)| (key, TagValue::Text(value)))
            .chain(element.map(|index| ("index", TagValue::Number(index))))
            .chain(tid.map(|tid| ("tid", TagValue::Number(tid.get()))))
            .chain(name.map(|name| ("thread", TagValue::Text(name))))
    }

    /// What the members of a record are.
    pub(crate) fn members(&self) -> impl Iterator<Item = Member<'a>> + use<'a> {
        let schema = self.view.schema;
        self.field_index().into_iter().flat_map(|index| members(schema, index))
    }

    #[inline]
    pub(crate) fn value(&self) -> Result<Value, Torn> {
        // Most fields are counters: theirs is the path that callers inline.
        if let Source::InSlot { index, element, slot } = self.source
            && let Some(field) = self.view.schema.fields.list.get(index as usize)
            && field.type_ == Type::U64
            && let Some(bytes) = self.view.slots.element(field, element, slot).first_chunk()
        {
            return Ok(Value::U64(u64::from_le_bytes(*bytes)));
        }
        self.other_value()
    }

    /// The value, whatever it is.
    #[inline(never)]
    fn other_value(&self) -> Result<Value, Torn> {
        let View { schema, slots, .. } = self.view;
        match self.source {
            Source::InSlot { index, element, slot } => self.in_slot(index, element, slot),
            Source::InThread { index, element, tenant } => {
                self.in_slot(index, element, slots.tenant(tenant).ok_or(Torn)?)
            }
            Source::Combined { index, element } => {
                let field = schema.fields.list.get(index as usize).ok_or(Torn)?;
                slots.combined(field, element, |bytes| schema.fields.decode(field, index, bytes))
            }
            Source::Process(Process::Pid) => Ok(Value::U64(schema.header.pid.get().into())),
            Source::Process(Process::Uid) => Ok(Value::U64(schema.header.uid.get().into())),
            Source::Process(Process::Gid) => Ok(Value::U64(schema.header.gid.get().into())),
            Source::Process(Process::Created) => {
                let since_epoch = Duration::from_nanos(schema.header.created_realtime_ns.get());
                Ok(Value::F64(since_epoch.as_secs_f64()))
            }
            Source::Attribute { index } => Ok(Value::Text(until_nul(schema.attribute(index).1).into())),
            Source::Thread { tenant } => tid(slots, slots.tenant(tenant)),
            Source::Process(Process::Tid) => tid(slots, slots.first_leased()),
        }
    }

    fn in_slot(&self, index: u32, element: u32, slot: u32) -> Result<Value, Torn> {
        let View { schema, slots, .. } = self.view;
        let field = schema.fields.list.get(index as usize).ok_or(Torn)?;
        schema.fields.decode(field, index, slots.element(field, element, slot))
    }

    /// Whether its value is the sum of those in several slots.
    pub(crate) fn is_sum(&self) -> bool {
        matches!(self.source, Source::Combined { .. }) && self.aggregate() == Aggregate::Sum
    }

    /// The field and the element of it that this is, if it is one.
    fn field(&self) -> Option<(u32, &'a Field)> {
        match self.source {
            Source::InSlot { index, element, .. }
            | Source::InThread { index, element, .. }
            | Source::Combined { index, element } => {
                Some((element, self.view.schema.fields.list.get(index as usize)?))
            }
            _ => None,
        }
    }

    /// The index of the field that this is of, if it is of one.
    fn field_index(&self) -> Option<u32> {
        match self.source {
            Source::InSlot { index, .. }
            | Source::InThread { index, .. }
            | Source::Combined { index, .. } => Some(index),
            _ => None,
        }
    }

    /// A string of the field that this is of; empty if it is none.
    fn field_string(&self, which: impl FnOnce(&Details) -> StrRef) -> &'a str {
        self.field_index().map(|index| self.view.schema.field_string(index, which)).unwrap_or_default()
    }

    /// The thread that this is tagged with: its id and, if it is shown by itself, its name.
    fn thread(&self) -> (Option<NonZeroU32>, Option<&'a str>) {
        let slots = &self.view.slots;
        match self.source {
            Source::Thread { tenant } | Source::InThread { tenant, .. } => {
                let tid = slots.tenant(tenant).and_then(|slot| slots.tid(slot));
                (tid, self.view.name(tenant).ok())
            }
            Source::InSlot { slot, .. } if slots.is_shared() && !self.is_of_process() => {
                (slots.tid(slot), None)
            }
            _ => (None, None),
        }
    }

    /// Whether it is one of the process, not of one of its threads or of all of them together.
    pub(crate) fn is_of_process(&self) -> bool {
        match self.source {
            Source::Process(Process::Tid) | Source::Thread { .. } | Source::InThread { .. } => false,
            Source::Process(_) | Source::Attribute { .. } => true,
            Source::InSlot { .. } | Source::Combined { .. } => {
                self.field().is_some_and(|(_, field)| field.combine == Combine::Constant)
            }
        }
    }
}

/// The thread id of the tenant of the slot `slot`.
fn tid(slots: &Slots<'_>, slot: Option<u32>) -> Result<Value, Torn> {
    slot.and_then(|slot| slots.tid(slot)).map(|tid| Value::U64(tid.get().into())).ok_or(Torn)
}

fn until_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}
