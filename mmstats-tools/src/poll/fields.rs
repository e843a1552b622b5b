//! What was asked for.

use super::part::Part;
use crate::cli::Stop;
use crate::escape::{self, is_hazardous};
use crate::names::{self, Selector};

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

/// The fields that `list` asks for, separated by commas, each with `prefix` before it.
///
/// # Errors
/// If one of them is empty.
pub fn parse(list: &str, prefix: &str) -> Result<Vec<Field>, Stop> {
    names::split(list).into_iter().map(|text| field(text, prefix)).collect()
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
            selectors(prefix, name).into_iter().map(move |selector| Meaning { selector, part: part.clone() })
        });
        meanings.collect::<Vec<_>>()
    };
    let shown = if text.contains(is_hazardous) { escape::text(text).to_string() } else { text.to_owned() };
    let meanings = [
        meanings(Selector::literal),
        meanings(|prefix, name| Selector::pattern(prefix, name).into_iter().collect()),
    ]
    .concat();
    Ok(Field { text: shown, prefix: prefix.to_owned(), meanings })
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
}
