//! Which metrics a tool shows, by their names.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use mmstats_reader::Snapshot;

use crate::names::{Named, Selector, Wanted};

/// Names and patterns that include or exclude metrics. The first one that selects a metric decides. A metric that none
/// selects is excluded if any of them includes metrics, and shown otherwise.
#[derive(Clone, Debug, Default)]
pub struct Labels(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    wanted: Wanted,
    is_included: bool,
}

/// Which metrics of one file are shown.
#[derive(Clone, Debug)]
pub struct Taken<'a> {
    rules: Vec<(&'a Selector, bool)>,
    /// Whether metrics that no rule selects are shown.
    others: bool,
}

impl Taken<'_> {
    /// Whether all metrics are shown, whatever their names.
    pub fn is_all(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether `named` is shown.
    #[inline]
    pub fn takes(&self, named: &impl Named) -> bool {
        self.rules.is_empty() || self.decide(named)
    }

    fn decide(&self, named: &impl Named) -> bool {
        let rule = self.rules.iter().find(|(selector, _)| selector.takes(named));
        rule.map_or(self.others, |(_, is_included)| *is_included)
    }
}

const INCLUDE: &str = "include";
const EXCLUDE: &str = "exclude";

impl Labels {
    /// Whether all metrics are shown.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Which metrics of `snapshot` are shown. The meaning of a text can depend on the names in the snapshot.
    pub fn of(&self, snapshot: &Snapshot<'_>) -> Taken<'_> {
        self.among(|| snapshot.metrics())
    }

    /// As [`Labels::of`], for metrics with these `names`.
    fn among<N: Named, I: Iterator<Item = N>>(&self, names: impl Fn() -> I) -> Taken<'_> {
        let rules = self.0.iter().map(|rule| (rule.wanted.among(names()), rule.is_included));
        Taken { rules: rules.collect(), others: !self.0.iter().any(|rule| rule.is_included) }
    }
}

// Written by hand, because the order in which the two options are given matters.
impl Args for Labels {
    fn augment_args(command: Command) -> Command {
        let option = |name: &'static str, short| {
            Arg::new(name).long(name).short(short).value_name("NAME").action(ArgAction::Append)
        };
        command
            .arg(option(INCLUDE, 'I').help(
                "Only metrics with this name: LABEL or LABEL{KEY=VALUE}, as the tools show it. Or a pattern, in which * \
                 matches any characters, ? matches one, [ab] matches a or b. If several -I and -X match a metric, the \
                 first one decides",
            ))
            .arg(option(EXCLUDE, 'X').help("No metrics with this name, or that match this pattern"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Labels {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut rules = Vec::new();
        for name in [INCLUDE, EXCLUDE] {
            let indices = matches.indices_of(name).into_iter().flatten();
            let texts = matches.get_many::<String>(name).into_iter().flatten();
            for (index, text) in indices.zip(texts) {
                let rule = Rule { wanted: Wanted::new(text), is_included: name == INCLUDE };
                rules.push((index, rule));
            }
        }
        rules.sort_by_key(|(index, _)| *index);
        Ok(Self(rules.into_iter().map(|(_, rule)| rule).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use mmstats_reader::TagValue;

    use super::*;

    fn labels(arguments: &[&str]) -> Labels {
        let command = Labels::augment_args(Command::new("tool").no_binary_name(true));
        Labels::from_arg_matches(&command.try_get_matches_from(arguments).unwrap()).unwrap()
    }

    struct Label<'a>(&'a str);

    impl Named for Label<'_> {
        fn label(&self) -> &str {
            self.0
        }

        fn tags(&self) -> impl Iterator<Item = (&str, TagValue<'_>)> {
            std::iter::empty()
        }
    }

    /// The labels of `all` that are shown with these `arguments`.
    fn taken<'a>(arguments: &[&str], all: &[&'a str]) -> Vec<&'a str> {
        let labels = labels(arguments);
        let taken = labels.among(|| all.iter().map(|label| Label(label)));
        all.iter().copied().filter(|label| taken.takes(&Label(label))).collect()
    }

    #[test]
    fn the_first_pattern_that_matches_decides() {
        let cases: [(&[&str], &[&str]); 6] = [
            (&[], &["a.b", "a.c", "b"]),
            (&["-I", "a.*"], &["a.b", "a.c"]),
            (&["-X", "a.*"], &["b"]),
            (&["-X", "a.b", "-I", "a.*"], &["a.c"]),
            (&["-I", "a.*", "-X", "a.b"], &["a.b", "a.c"]),
            (&["-I", "a.b", "-X", "*", "--include", "b"], &["a.b"]),
        ];
        for (arguments, shown) in cases {
            assert_eq!(taken(arguments, &["a.b", "a.c", "b"]), shown, "{arguments:?}");
        }
    }

    #[test]
    fn a_label_that_looks_like_a_pattern_goes_first_and_what_is_no_pattern_is_a_label() {
        let cases: [(&[&str], &[&str], &[&str]); 6] = [
            (&["-I", "a*"], &["a*", "ab", "b"], &["a*"]),
            (&["-X", "a*"], &["a*", "ab", "b"], &["ab", "b"]),
            (&["-X", "a*"], &["ab", "b"], &["b"]),
            (&["-I", "a[b]", "-I", "b"], &["a[b]", "ab", "b"], &["a[b]", "b"]),
            (&["-I", "["], &["[", "b"], &["["]),
            (&["-I", ""], &["", "b"], &[""]),
        ];
        for (arguments, labels, shown) in cases {
            assert_eq!(taken(arguments, labels), shown, "{arguments:?}");
        }
    }
}
