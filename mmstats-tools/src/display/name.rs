//! The label of a metric and its tags.

use std::fmt::{self, Write};

use mmstats_reader::{Metric, TagValue};

use crate::escape;

/// The label of a metric and its tags, safe to show: `label{key="value"}`.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a>(pub &'a Metric<'a>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape::text(self.0.label()).fmt(f)?;
        let mut separator = '{';
        for (key, value) in self.0.tags() {
            write!(f, "{separator}{}=\"", escape::quoted(key))?;
            match value {
                TagValue::Text(value) => escape::quoted(value).fmt(f)?,
                TagValue::Number(value) => value.fmt(f)?,
            }
            f.write_char('"')?;
            separator = ',';
        }
        if separator == ',' { f.write_char('}') } else { Ok(()) }
    }
}
