//! Which labels a tool shows.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use glob::Pattern;

/// Patterns that take labels in or leave them out: the first that matches decides. What none matches is
/// left out if there is one that takes in.
#[derive(Clone, Debug, Default)]
pub struct Labels(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    pattern: Pattern,
    is_included: bool,
}

const INCLUDE: &str = "include";
const EXCLUDE: &str = "exclude";

impl Labels {
    /// Whether all labels are shown.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `label` is shown.
    pub fn take(&self, label: &str) -> bool {
        let rule = self.0.iter().find(|rule| rule.pattern.matches(label));
        rule.map_or_else(|| !self.0.iter().any(|rule| rule.is_included), |rule| rule.is_included)
    }
}

// By hand, since the order counts in which options of two names are given.
impl Args for Labels {
    fn augment_args(command: Command) -> Command {
        let option = |name: &'static str, short| {
            Arg::new(name).long(name).short(short).value_name("GLOB").action(ArgAction::Append)
        };
        command
            .arg(option(INCLUDE, 'I').help(
                "Only labels that GLOB matches: * stands for any characters, ? for one, [ab] for a or b. With \
                 several -I and -X the first one that matches a label decides",
            ))
            .arg(option(EXCLUDE, 'X').help("Not the labels that GLOB matches"))
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
            let patterns = matches.get_many::<String>(name).into_iter().flatten();
            for (index, pattern) in indices.zip(patterns) {
                let pattern = Pattern::new(pattern).map_err(|error| {
                    let message = format!("'{pattern}' is no pattern for --{name}: {error}\n");
                    Error::raw(ErrorKind::ValueValidation, message)
                })?;
                rules.push((index, Rule { pattern, is_included: name == INCLUDE }));
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
    use super::*;

    fn labels(arguments: &[&str]) -> Labels {
        let command = Labels::augment_args(Command::new("tool").no_binary_name(true));
        Labels::from_arg_matches(&command.try_get_matches_from(arguments).unwrap()).unwrap()
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
            let labels = labels(arguments);
            let taken: Vec<&str> =
                ["a.b", "a.c", "b"].into_iter().filter(|label| labels.take(label)).collect();
            assert_eq!(taken, shown, "{arguments:?}");
        }
    }
}
