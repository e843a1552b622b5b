//! Decides which metrics a text selects.

use std::borrow::Cow;

use glob::Pattern;
use mmstats_reader::TagValue;

use super::parse::{self, Parsed, parse, unescape};
use super::{Label, Name, Named};

/// One meaning of a text: which metrics it selects.
#[derive(Clone, Debug)]
pub enum Selector {
    /// Metrics with this label and exactly these tags, in any order.
    Exact(Parsed),
    /// All metrics with this label, whatever their tags.
    Label(String),
    /// Metrics with this label that have these tags, and maybe others.
    Tagged(Parsed),
    /// Metrics whose label matches this pattern.
    Labels(Pattern),
    /// Metrics whose label and tags match this pattern.
    Names(Box<NamePattern>),
}

/// A pattern with tags.
#[derive(Clone, Debug)]
pub struct NamePattern {
    /// The pattern of the whole name, as it is shown, but without escapes.
    whole: Pattern,
    /// The alternative: a pattern for the label, and patterns for the values of some tags.
    parts: Option<(Pattern, Vec<(String, Pattern)>)>,
}

impl Selector {
    /// The meanings of `prefix` and `text` together if they are not a pattern; the likeliest first.
    pub fn literal(prefix: &str, text: &str) -> Vec<Self> {
        let mut selectors = Vec::new();
        let whole = format!("{prefix}{text}");
        let name = parse(text).map(|mut name| {
            name.label.insert_str(0, &unescape(prefix));
            name
        });
        selectors.extend(name.clone().map(Self::Exact));
        let unescaped = unescape(&whole);
        if unescaped != whole {
            selectors.push(Self::Label(unescaped.into_owned()));
        }
        selectors.push(Self::Label(whole));
        selectors.extend(name.filter(|name| !name.tags.is_empty()).map(Self::Tagged));
        selectors
    }

    /// The meaning of `text` as a pattern, if it is one. The metrics must also start with `prefix`, which is literal.
    pub fn pattern(prefix: &str, text: &str) -> Option<Self> {
        if !text.contains(['*', '?', '[']) {
            return None;
        }
        let prefix = Pattern::escape(&unescape(prefix));
        if parse::brace(text).is_none() {
            return Some(Self::Labels(pattern(&prefix, text)?));
        }
        let parts = parse::parts(text).and_then(|(label, tags)| {
            let tag = |(key, value)| Some((unescape(key).into_owned(), pattern("", value)?));
            Some((pattern(&prefix, label)?, tags.into_iter().map(tag).collect::<Option<_>>()?))
        });
        let whole = pattern(&prefix, text)?;
        Some(Self::Names(Box::new(NamePattern { whole, parts })))
    }

    /// Whether it can select metrics with this `label`.
    pub fn takes_label(&self, label: &str) -> bool {
        match self {
            Self::Exact(name) | Self::Tagged(name) => name.label == label,
            Self::Label(wanted) => wanted == label,
            Self::Labels(pattern) => pattern.matches(label),
            // That depends on the tags.
            Self::Names(_) => true,
        }
    }

    /// Whether it selects `named`.
    pub fn takes(&self, named: &impl Named) -> bool {
        match self {
            Self::Exact(name) => name.label == named.label() && has_exactly(named, &name.tags),
            Self::Tagged(name) => {
                name.label == named.label() && has(named, &name.tags, |own, tag| own == tag)
            }
            Self::Label(_) | Self::Labels(_) => self.takes_label(named.label()),
            Self::Names(pattern) => pattern.takes(named),
        }
    }

    /// Whether it is a pattern, which can select several names.
    pub fn is_pattern(&self) -> bool {
        matches!(self, Self::Labels(_) | Self::Names(_))
    }

    /// If it is a pattern, the name under which `named` is shown: the label, or the label and the tags.
    pub fn shown_name(&self, named: &impl Named) -> Option<String> {
        match self {
            Self::Exact(_) | Self::Label(_) | Self::Tagged(_) => None,
            Self::Labels(_) => Some(Label(named.label()).to_string()),
            Self::Names(_) => Some(Name(named).to_string()),
        }
    }
}

impl NamePattern {
    fn takes(&self, named: &impl Named) -> bool {
        let takes_parts = |(label, tags): &(Pattern, Vec<(String, Pattern)>)| {
            label.matches(named.label()) && has(named, tags, |own, pattern| pattern.matches(own))
        };
        self.parts.as_ref().is_some_and(takes_parts)
            || self.whole.matches(&unescape(&Name(named).to_string()))
    }
}

/// The pattern `prefix`, which is already one, followed by `text`. An escaped character matches only itself.
fn pattern(prefix: &str, text: &str) -> Option<Pattern> {
    let text = parse::unescape_with(text, |text, escaped| {
        text.push_str(&Pattern::escape(escaped.encode_utf8(&mut [0; 4])));
    });
    Pattern::new(&format!("{prefix}{text}")).ok()
}

/// Whether `named` has these `tags`, which are sorted, and no others.
fn has_exactly(named: &impl Named, tags: &[(String, String)]) -> bool {
    if named.tags().count() != tags.len() {
        return false;
    }
    let mut own: Vec<_> = named.tags().map(|(key, value)| (key, text(value))).collect();
    own.sort_unstable();
    own.iter().zip(tags).all(|((key, value), wanted)| *key == wanted.0 && *value == wanted.1)
}

/// Whether `named` has all keys of `tags`, with values that `is_value` accepts.
fn has<T>(named: &impl Named, tags: &[(String, T)], is_value: impl Fn(&str, &T) -> bool) -> bool {
    tags.iter()
        .all(|(key, wanted)| named.tags().any(|(own, value)| own == key && is_value(&text(value), wanted)))
}

fn text(value: TagValue<'_>) -> Cow<'_, str> {
    match value {
        TagValue::Text(text) => Cow::Borrowed(text),
        TagValue::Number(number) => Cow::Owned(number.to_string()),
    }
}

/// A text that a user wrote to select metrics. It can have several meanings, because a label can contain any character.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The likeliest first.
    likelier: Vec<Selector>,
    /// The meaning if none of the others selects anything.
    last: Selector,
}

impl Wanted {
    /// The meanings of `text`: first as a name, then as a pattern.
    pub fn new(text: &str) -> Self {
        let mut likelier = Selector::literal("", text);
        let last = Selector::pattern("", text).or_else(|| likelier.pop());
        Self { likelier, last: last.unwrap_or_else(|| Selector::Label(text.to_owned())) }
    }

    /// Adds a meaning for the case that no other selects anything: the name without the tag with this `key`.
    #[must_use]
    pub fn or_without(mut self, key: &str) -> Self {
        let without = self.likelier.iter().find_map(|selector| match selector {
            Selector::Exact(name) if name.tags.iter().any(|(own, _)| own == key) => Some(Parsed {
                label: name.label.clone(),
                tags: name.tags.iter().filter(|(own, _)| own != key).cloned().collect(),
            }),
            _ => None,
        });
        if let Some(name) = without {
            self.likelier.push(std::mem::replace(&mut self.last, Selector::Tagged(name.clone())));
            self.likelier.push(Selector::Exact(name));
        }
        self
    }

    /// Whether one of its meanings selects `named`.
    pub fn may_take(&self, named: &impl Named) -> bool {
        self.likelier.iter().any(|selector| selector.takes(named)) || self.last.takes(named)
    }

    /// The likeliest meaning that selects at least one of `names`; the last meaning if none does.
    pub fn among(&self, names: impl Iterator<Item = impl Named>) -> &Selector {
        let mut likelier = self.likelier.as_slice();
        let mut meaning = &self.last;
        for named in names {
            if likelier.is_empty() {
                break;
            }
            if let Some(index) = likelier.iter().position(|selector| selector.takes(&named)) {
                meaning = likelier.get(index).unwrap_or(meaning);
                likelier = likelier.get(..index).unwrap_or_default();
            }
        }
        meaning
    }
}
