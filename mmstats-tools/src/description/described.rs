//! Types that have a description: metrics and owned descriptions.

use mmstats_reader::{Kind, Metric, TagValue};

use super::Description;
use crate::display::Named;

/// A member of a record. Strings are as the writer wrote them: escape them before they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name.
    pub label: &'a str,
    /// The unit of its value; empty if it has none.
    pub unit: &'a str,
    /// The value times ten to this power is in the unit.
    pub scale: i8,
}

/// Anything that has a description: a metric of a snapshot, or a [`Description`]. Strings are as the writer wrote them:
/// escape them before they are shown.
pub trait Described: Named {
    /// The writer's help text; empty if there is none.
    fn help(&self) -> &str;

    /// The unit of the value; empty if it has none.
    fn unit(&self) -> &str;

    /// The value times ten to this power is in the unit.
    fn scale(&self) -> i8;

    /// The kind: counter, gauge and so on. `None` in format 1, which has no kinds.
    fn kind(&self) -> Option<Kind>;

    /// The type of the value, by the name that the file's format gives it.
    fn type_name(&self) -> &str;

    /// The members of a record, in the order of their values.
    fn members(&self) -> impl Iterator<Item = Member<'_>>;
}

impl Named for Description {
    fn label(&self) -> &str {
        self.label()
    }

    fn tags(&self) -> impl Iterator<Item = (&str, TagValue<'_>)> {
        self.tags().map(|(key, value)| (key, TagValue::Text(value)))
    }
}

impl Described for Description {
    fn help(&self) -> &str {
        self.help()
    }

    fn unit(&self) -> &str {
        self.unit()
    }

    fn scale(&self) -> i8 {
        self.scale()
    }

    fn kind(&self) -> Option<Kind> {
        self.kind()
    }

    fn type_name(&self) -> &str {
        self.type_name()
    }

    fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.members()
    }
}

impl Described for Metric<'_> {
    fn help(&self) -> &str {
        Metric::help(self)
    }

    fn unit(&self) -> &str {
        Metric::unit(self)
    }

    fn scale(&self) -> i8 {
        Metric::scale(self)
    }

    fn kind(&self) -> Option<Kind> {
        Metric::kind(self)
    }

    fn type_name(&self) -> &str {
        Metric::type_name(self)
    }

    fn members(&self) -> impl Iterator<Item = Member<'_>> {
        let members = Metric::members(self);
        members.map(|member| Member { label: member.label(), unit: member.unit(), scale: member.scale() })
    }
}
