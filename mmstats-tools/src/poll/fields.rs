//! What was asked for.

use glob::Pattern;
use mmstats_reader::Metric;

use super::part::Part;
use crate::cli::Stop;
use crate::display::Name;
use crate::escape::{self, is_hazardous};

/// A field that was asked for.
#[derive(Clone, Debug)]
pub struct Field {
    /// What was asked for, without the prefix of all fields; safe to show.
    pub text: String,
    prefix: String,
    /// What it can mean, the likeliest first: a label may have a colon or a star in it.
    pub meanings: Vec<Meaning>,
}

impl Field {
    /// What was asked for, with the prefix.
    pub fn wanted(&self) -> String {
        format!("{}{}", self.prefix, self.text)
    }

    /// `name` without the prefix that was given for all.
    pub fn without_prefix<'a>(&self, name: &'a str) -> &'a str {
        name.strip_prefix(&self.prefix).filter(|rest| !rest.is_empty()).unwrap_or(name)
    }
}

/// What the text of a field can mean.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// Which metrics.
    pub selector: Selector,
    /// What of them.
    pub part: Option<Part>,
}

/// Metrics that a text selects.
#[derive(Clone, Debug)]
pub enum Selector {
    /// All of a label.
    Label(String),
    /// Those of a label that have certain tags, and maybe others.
    Tagged(String, Vec<(String, String)>),
    /// All whose label matches; a column for each label.
    Labels(Pattern),
    /// All whose label and tags as they are shown match; a column for each of them.
    Names(Pattern),
}

impl Selector {
    /// Whether it may select metrics called `label`.
    pub fn takes_label(&self, label: &str) -> bool {
        match self {
            Self::Label(wanted) | Self::Tagged(wanted, _) => {
                wanted == label || wanted.contains('\\') && escape::text(label).to_string() == *wanted
            }
            Self::Labels(pattern) => pattern.matches(label),
            // Only the tags tell.
            Self::Names(_) => true,
        }
    }

    /// Whether it selects `metric`, whose label it takes.
    pub fn takes(&self, metric: &Metric<'_>) -> bool {
        match self {
            Self::Label(_) | Self::Labels(_) => true,
            Self::Tagged(_, wanted) => wanted.iter().all(|(key, value)| {
                let is_shown = |shown: String, wanted: &String| shown == *wanted;
                metric.tags().any(|(found, tag)| {
                    is_shown(escape::quoted(found).to_string(), key)
                        && is_shown(escape::quoted(&tag.to_string()).to_string(), value)
                })
            }),
            Self::Names(pattern) => pattern.matches(&Name(metric).to_string()),
        }
    }

    /// What its column for `metric` is called; nothing if it has only one column.
    pub fn column_name(&self, metric: &Metric<'_>) -> Option<String> {
        match self {
            Self::Label(_) | Self::Tagged(..) => None,
            Self::Labels(_) => Some(escape::text(metric.label()).to_string()),
            Self::Names(_) => Some(Name(metric).to_string()),
        }
    }
}

/// The fields that `list` asks for, separated by commas, each with `prefix` before it.
///
/// # Errors
/// If one of them is empty.
pub fn parse(list: &str, prefix: &str) -> Result<Vec<Field>, Stop> {
    split(list).into_iter().map(|text| field(text, prefix)).collect()
}

fn field(text: &str, prefix: &str) -> Result<Field, Stop> {
    if text.is_empty() {
        let found =
            "expected labels with a comma between each two, found none before, between or behind commas";
        return Err(Stop::Usage(found.into()));
    }
    let whole = (text, None);
    let with_part = text.rsplit_once(':').filter(|(name, part)| !name.is_empty() && !part.is_empty());
    let readings = [Some(whole), with_part.map(|(name, part)| (name, Some(Part::new(part))))];
    let readings: Vec<_> = readings.into_iter().flatten().collect();
    let meanings = |selectors: fn(&str, &str) -> Vec<Selector>| {
        let meanings = readings.iter().flat_map(move |(name, part)| {
            let part = part.clone();
            selectors(name, prefix).into_iter().map(move |selector| Meaning { selector, part: part.clone() })
        });
        meanings.collect::<Vec<_>>()
    };
    let shown = if text.contains(is_hazardous) { escape::text(text).to_string() } else { text.to_owned() };
    let meanings = [meanings(as_it_stands), meanings(as_pattern)].concat();
    Ok(Field { text: shown, prefix: prefix.to_owned(), meanings })
}

/// What `name` selects if none of its characters stands for others.
fn as_it_stands(name: &str, prefix: &str) -> Vec<Selector> {
    let label = |label: &str| format!("{prefix}{label}");
    let tagged = name.strip_suffix('}').and_then(|name| {
        let (before, tags) = name.split_once('{').filter(|(before, _)| !before.ends_with("\\u"))?;
        Some(Selector::Tagged(label(before), tags_of(tags)?))
    });
    [Some(Selector::Label(label(name))), tagged].into_iter().flatten().collect()
}

/// What `name` selects as a pattern, if it is one.
fn as_pattern(name: &str, prefix: &str) -> Vec<Selector> {
    if !name.contains(['*', '?', '[']) {
        return Vec::new();
    }
    let pattern = Pattern::new(&(Pattern::escape(prefix) + name));
    let selector = if name.contains('{') { Selector::Names } else { Selector::Labels };
    pattern.ok().map(selector).into_iter().collect()
}

/// The keys and values in `key="value",key="value"`; the quotation marks may be left out, as a shell
/// takes them away.
fn tags_of(mut text: &str) -> Option<Vec<(String, String)>> {
    let mut tags = Vec::new();
    loop {
        let (key, rest) = text.split_once('=')?;
        let (value, rest) = match rest.strip_prefix('"') {
            Some(rest) => rest.split_once('"')?,
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        tags.push((key.to_owned(), value.to_owned()));
        match rest.strip_prefix(',') {
            Some(rest) => text = rest,
            None => return rest.is_empty().then_some(tags),
        }
    }
}

/// What is between the commas of `list` that are not in braces.
fn split(list: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = list;
    while let Some((field, behind)) =
        rest.split_at_checked(field_len(rest)).filter(|(_, behind)| !behind.is_empty())
    {
        fields.push(field);
        rest = behind.strip_prefix(',').unwrap_or_default();
    }
    fields.push(rest);
    fields
}

/// How long the field is that `list` starts with.
fn field_len(list: &str) -> usize {
    let mut len = 0;
    while let Some(rest) = list.get(len..)
        && let Some(found) = rest.find([',', '{'])
    {
        let rest = rest.get(found..).unwrap_or_default();
        if rest.starts_with(',') {
            return len + found;
        }
        // A brace that is never closed is a character as others are.
        len += found + braces_len(rest).unwrap_or(1);
    }
    list.len()
}

/// How long the braces with their tags are that `text` starts with, if they are closed.
fn braces_len(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    let end = text.find(|character| {
        is_quoted ^= character == '"';
        character == '}' && !is_quoted
    });
    end.map(|end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &str) -> Vec<String> {
        parse(list, "").unwrap().into_iter().map(|field| field.text).collect()
    }

    #[test]
    fn commas_separate_unless_they_are_in_braces() {
        for (list, fields) in [
            ("a", vec!["a"]),
            ("a,b:p99,c*", vec!["a", "b:p99", "c*"]),
            (r#"a{k="1,}",l="2"},b"#, vec![r#"a{k="1,}",l="2"}"#, "b"]),
            ("a{k=1,l=2},b", vec!["a{k=1,l=2}", "b"]),
            ("a{b,c", vec!["a{b", "c"]),
            ("{},größe", vec!["{}", "größe"]),
        ] {
            assert_eq!(texts(list), fields);
        }
        for list in ["", ",", "a,", ",a", "a,,b"] {
            assert!(matches!(parse(list, "web."), Err(Stop::Usage(_))), "{list}");
        }
    }

    #[test]
    fn a_text_means_first_what_it_says() {
        let [field] = &parse("a*:p99", "x[1].").unwrap()[..] else { panic!() };
        let meanings: Vec<_> =
            field.meanings.iter().map(|Meaning { selector, part }| (selector, part.is_some())).collect();
        assert!(
            matches!(&meanings[..], [
                (Selector::Label(whole), false),
                (Selector::Label(label), true),
                (Selector::Labels(_), false),
                (Selector::Labels(pattern), true),
            ] if whole == "x[1].a*:p99" && label == "x[1].a*" && pattern.matches("x[1].abc")),
            "{meanings:?}"
        );
    }

    #[test]
    fn tags_can_do_without_quotation_marks() {
        let tags = |tags: &[(&str, &str)]| {
            let owned = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            Some(owned.collect::<Vec<_>>())
        };
        assert_eq!(tags_of(r#"a="1,2",b="=""#), tags(&[("a", "1,2"), ("b", "=")]));
        assert_eq!(tags_of("a=1,b="), tags(&[("a", "1"), ("b", "")]));
        for text in ["", "a", "a=1,", r#"a="1"#, r#"a="1"b"#] {
            assert_eq!(tags_of(text), None, "{text}");
        }
    }

    #[test]
    fn labels_are_taken_as_they_are_and_as_they_are_shown() {
        for (wanted, label, is_taken) in [
            ("a", "a", true),
            ("a", "A", false),
            (r"a\u{1b}", "a\u{1b}", true),
            (r"C:\users", r"C:\users", true),
        ] {
            assert_eq!(Selector::Label(wanted.into()).takes_label(label), is_taken, "{wanted}");
        }
    }
}
