//! Names that mean no good: what is shown of one selects it, and nothing else.

use mmstats_reader::TagValue;

use super::{Label, Name, Named, Parsed, parse, split, unescape};

/// A name as a writer could have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Own {
    label: String,
    tags: Vec<(String, Tag)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tag {
    Text(String),
    Number(u32),
}

impl Named for Own {
    fn label(&self) -> &str {
        &self.label
    }

    fn tags(&self) -> impl Iterator<Item = (&str, TagValue<'_>)> {
        self.tags.iter().map(|(key, value)| match value {
            Tag::Text(text) => (key.as_str(), TagValue::Text(text)),
            Tag::Number(number) => (key.as_str(), TagValue::Number(*number)),
        })
    }
}

impl Own {
    fn new(label: &str, tags: &[(&str, &str)]) -> Self {
        let tag = |(key, value): &(&str, &str)| ((*key).to_owned(), Tag::Text((*value).to_owned()));
        Self { label: label.to_owned(), tags: tags.iter().map(tag).collect() }
    }

    /// Numbers as the texts that they are shown as, and tags in one order: names that do not differ then are the same.
    fn normal(&self) -> (String, Vec<(String, String)>) {
        let mut tags: Vec<_> =
            Named::tags(self).map(|(key, value)| (key.to_owned(), value.to_string())).collect();
        tags.sort();
        (self.label.clone(), tags)
    }
}

/// Numbers that look like any.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// Few pieces, of which those that mean something in names are most.
    fn text(&mut self) -> String {
        const PIECES: [&str; 34] = [
            "a",
            "b",
            "a",
            "{",
            "}",
            "\"",
            "=",
            ",",
            "\\",
            ":",
            "*",
            "?",
            "[",
            "]",
            "\u{1b}",
            "\0",
            "\n",
            "\\u{",
            "\\u{1b}",
            "\\x9b",
            "u{7b}",
            "ö",
            "尺",
            "\u{202e}",
            " ",
            ".",
            "{k=\"v\"}",
            "{}",
            "\\u{2c}",
            "!",
            "-",
            "**",
            "***",
            "7b}",
        ];
        (0..self.below(5)).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }

    fn name(&mut self) -> Own {
        let tag = |random: &mut Self| match random.below(4) {
            0 => ("index".to_owned(), Tag::Number(u32::try_from(random.below(3)).unwrap())),
            1 => ("a".to_owned(), Tag::Text(random.text())),
            _ => (random.text(), Tag::Text(random.text())),
        };
        let tags = (0..self.below(4)).map(|_| tag(self)).collect();
        Own { label: self.text(), tags }
    }
}

const ROUNDS: usize = 20_000;

#[test]
fn a_shown_name_is_read_as_it_was() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..ROUNDS {
        let name = random.name();
        let shown = Name(&name).to_string();
        let (label, tags) = name.normal();
        match parse(&shown) {
            Some(parsed) => assert_eq!(parsed, Parsed { label, tags }, "{shown}"),
            None => assert_eq!((unescape(&shown).into_owned(), Vec::new()), (label, tags), "{shown}"),
        }
        assert_eq!(split(&shown), [shown.as_str()]);
    }
}

#[test]
fn different_names_never_look_the_same() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut seen = std::collections::HashMap::new();
    for _ in 0..ROUNDS {
        let name = random.name();
        let texts: Vec<_> =
            Named::tags(&name).map(|(key, value)| (key.to_owned(), value.to_string())).collect();
        let identity = (name.label.clone(), texts);
        let shown = Name(&name).to_string();
        assert_eq!(*seen.entry(shown.clone()).or_insert_with(|| identity.clone()), identity, "{shown}");
    }
}

#[test]
fn what_separates_is_escaped_where_it_does_not() {
    let shown = |label: &str, tags: &[(&str, &str)]| Name(&Own::new(label, tags)).to_string();
    for (name, expected) in [
        (shown("web.hits", &[]), "web.hits"),
        (shown("web.hits", &[("method", "get"), ("s", "")]), r#"web.hits{method="get",s=""}"#),
        (shown("größe 1*?[a]:p99}", &[("{", "{,=}*")]), r#"größe 1*?[a]:p99}{\u{7b}="{,=}*"}"#),
        (shown(r#"x{a="1"}"#, &[]), r#"x\u{7b}a="1"}"#),
        (shown("a,b", &[("a=b", "\""), (" c,d", " ")]), r#"a\u{2c}b{a\u{3d}b="\u{22}",\u{20}c\u{2c}d=" "}"#),
        (shown("", &[]), "{}"),
        (shown("", &[("", "")]), r#"{=""}"#),
        (shown("\u{1b}\\u{1b}", &[]), r"\u{1b}\u{5c}u\u{7b}1b}"),
        (Label("").to_string(), ""),
        (Label("a{").to_string(), r"a\u{7b}"),
    ] {
        assert_eq!(name, expected);
    }
}

#[test]
fn quotation_marks_and_the_order_of_tags_are_free() {
    let parsed = |label: &str, tags: &[(&str, &str)]| {
        let owned = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Some(Parsed { label: label.to_owned(), tags: owned.collect() })
    };
    assert_eq!(parse(r#"x{b="=",a="1,2"}"#), parsed("x", &[("a", "1,2"), ("b", "=")]));
    assert_eq!(parse("x{a=1,b=}"), parsed("x", &[("a", "1"), ("b", "")]));
    assert_eq!(parse(r#"x{a="1" , b=2}"#), parsed("x", &[("a", "1"), ("b", "2")]));
    assert_eq!(parse(r#"x{b="2",a=1}"#), parsed("x", &[("a", "1"), ("b", "2")]));
    assert_eq!(parse("x{a=1,a=1}"), parsed("x", &[("a", "1"), ("a", "1")]));
    assert_eq!(parse(r#"\u{f6}{\u{3d}="\u{22}\u{zz}"}"#), parsed("ö", &[("=", "\"\\u{zz}")]));
    assert_eq!(parse("x{}"), parsed("x", &[]));
    assert_eq!(parse("x{=}"), parsed("x", &[("", "")]));
}

#[test]
fn what_is_no_name_with_tags_is_a_label() {
    let long = "{".repeat(1 << 20);
    let nul = "a\0{";
    for text in [
        "",
        "x",
        "x{",
        "x}",
        "x{a}",
        "x{a=1,}",
        r#"x{a="1}"#,
        r#"x{a="1"b}"#,
        r#"x{a="1"}b"#,
        "}{",
        r"\u{7b}",
        r"x\u{7b}a=1}",
        &long,
        nul,
    ] {
        assert_eq!(parse(text), None, "{}", text.get(..20).unwrap_or(text));
    }
    for (text, plain) in [
        (r"\u{7b}\u{5c}u{1b}", r"{\u{1b}"),
        (r"\u{}\u{110000}\u{d800}\u{1234567}\u{+1}\u{", r"\u{}\u{110000}\u{d800}\u{1234567}\u{+1}\u{"),
        (r"C:\users\u\u{1B}", "C:\\users\\u\u{1b}"),
    ] {
        assert_eq!(unescape(text), plain);
    }
}

#[test]
fn commas_separate_unless_they_are_in_braces_or_quotes() {
    for (list, items) in [
        ("a", vec!["a"]),
        ("a,b:p99,c*", vec!["a", "b:p99", "c*"]),
        (r#"a{k="1,}",l="2"},b"#, vec![r#"a{k="1,}",l="2"}"#, "b"]),
        ("a{k=1,l=2},b", vec!["a{k=1,l=2}", "b"]),
        ("a{b,c", vec!["a{b", "c"]),
        (r"a\u{2c}b,\u{7b},c", vec![r"a\u{2c}b", r"\u{7b}", "c"]),
        ("{},größe", vec!["{}", "größe"]),
        (r#"a{\u{2c}="1",b="2"},c"#, vec![r#"a{\u{2c}="1",b="2"}"#, "c"]),
        (",", vec!["", ""]),
    ] {
        assert_eq!(split(list), items);
    }
    let long = "{".repeat(1 << 20);
    assert_eq!(split(&long), [long.as_str()]);
}

#[cfg(feature = "cli")]
mod selected {
    use super::*;
    use crate::names::{Selector, Wanted};

    /// Which of `names` `text` selects.
    fn selected<'a>(text: &str, names: &'a [Own]) -> Vec<&'a Own> {
        let wanted = Wanted::new(text);
        let selector = wanted.among(names.iter());
        names.iter().filter(|name| selector.takes(*name)).collect()
    }

    #[test]
    fn a_shown_name_selects_what_it_names_and_nothing_else() {
        let mut random = Random(0x0123_4567_89ab_cdef);
        for _ in 0..300 {
            let names: Vec<_> = (0..30).map(|_| random.name()).collect();
            for name in &names {
                let shown = Name(name).to_string();
                // A label alone is all metrics that have it.
                let is_label = name.tags.is_empty() && !name.label.is_empty();
                let is_meant = |other: &&Own| {
                    if is_label { other.label == name.label } else { other.normal() == name.normal() }
                };
                let meant: Vec<_> = names.iter().filter(is_meant).collect();
                assert_eq!(selected(&shown, &names), meant, "{shown}");
                // With empty braces it is only the one without tags.
                if name.tags.is_empty() && !name.label.is_empty() {
                    let exact: Vec<_> = names.iter().filter(|other| *other == name).collect();
                    assert_eq!(selected(&format!("{shown}{{}}"), &names), exact, "{shown}");
                }
            }
        }
    }

    #[test]
    fn some_tags_are_those_that_have_them_unless_one_has_no_others() {
        let [plain, get, both] = [
            Own::new("hits", &[]),
            Own::new("hits", &[("method", "get")]),
            Own::new("hits", &[("method", "get"), ("status", "503")]),
        ];
        let all = [plain.clone(), get.clone(), both.clone()];
        for (text, expected) in [
            ("hits", vec![&plain, &get, &both]),
            ("hits{}", vec![&plain]),
            ("hits{method=get}", vec![&get]),
            (r#"hits{status="503"}"#, vec![&both]),
            (r#"hits{status="503",method="get"}"#, vec![&both]),
            (r#"h*{status="5*"}"#, vec![&both]),
            (r#"h*{method="?et"}"#, vec![&get, &both]),
            ("hits{*}", vec![&get, &both]),
            (r#"hits{*s="503"}"#, vec![&both]),
            ("*", vec![&plain, &get, &both]),
            ("hits{method=put}", vec![]),
            ("hits{method}", vec![]),
        ] {
            assert_eq!(selected(text, &all), expected, "{text}");
        }
        assert_eq!(selected("hits{method=get}", &[plain, both.clone()]), [&both]);
    }

    #[test]
    fn a_label_that_looks_like_something_else_goes_first() {
        let names =
            ["a*", "ab", "a[b]", "a{b}", r"a\u{62}", "***", "a{x=1}"].map(|label| Own::new(label, &[]));
        for (text, label) in [
            ("a*", "a*"),
            ("a[b]", "a[b]"),
            ("a{b}", "a{b}"),
            (r"a\u{62}", "ab"),
            ("***", "***"),
            ("a{x=1}", "a{x=1}"),
        ] {
            assert_eq!(selected(text, &names), [&Own::new(label, &[])], "{text}");
        }
        // If there is none, it is a pattern.
        let names = ["ab", "ac", "b"].map(|label| Own::new(label, &[]));
        assert_eq!(selected("a[b]", &names), [&names[0]]);
        assert_eq!(selected("a*", &names), [&names[0], &names[1]]);
        // An escaped character of a pattern stands for itself.
        let names = ["a*b", "aab"].map(|label| Own::new(label, &[]));
        assert_eq!(selected(r"?\u{2a}?", &names), [&names[0]]);
        assert_eq!(selected("a", &names), [&names[0]; 0]);
    }

    #[test]
    fn a_prefix_stands_before_the_label_as_it_is() {
        let name = Own::new("x[1].a{b", &[("k", "v")]);
        let selects = |prefix: &str, text: &str| {
            let pattern = Selector::pattern(prefix, text);
            Selector::literal(prefix, text).into_iter().chain(pattern).any(|selector| selector.takes(&name))
        };
        for text in [r"a\u{7b}b", "a{b", r"a\u{7b}b{k=v}", "a*", r"a\u{7b}?{*}", r"*{k=?}"] {
            assert!(selects("x[1].", text), "{text}");
        }
        assert!(!selects("x?1].", "a*") && !selects("x[1].", "b*"));
    }

    #[test]
    fn a_key_that_does_not_matter_can_be_left_out() {
        let names = [Own::new("phase", &[("thread", "main")]), Own::new("phase", &[])];
        let selected = |text: &str| {
            let wanted = Wanted::new(text).or_without("tid");
            let selector = wanted.among(names.iter());
            names.iter().filter(|name| selector.takes(*name)).collect::<Vec<_>>()
        };
        assert_eq!(selected("phase{tid=1,thread=main}"), [&names[0]]);
        assert_eq!(selected("phase{tid=1}"), [&names[1]]);
        assert_eq!(selected("phase{tid=1,thread=other}"), [&names[0]; 0]);
        assert_eq!(selected("phase"), [&names[0], &names[1]]);
    }
}
