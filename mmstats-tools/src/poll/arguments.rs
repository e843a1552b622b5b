//! The arguments that are no options, and those of `--filter`, which may be next to them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

/// What is asked for, of which files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// What files must have.
    pub filters: Vec<String>,
    /// Fields, separated by commas.
    pub fields: String,
    /// Files, directories and patterns.
    pub files: Vec<PathBuf>,
}

const FILTER: &str = "filter";
const FIELDS: &str = "fields";
const FILES: &str = "files";

// By hand, since an option that takes all that follows it takes the fields, too, where they follow.
impl Args for Arguments {
    fn augment_args(command: Command) -> Command {
        let filter = Arg::new(FILTER)
            .long(FILTER)
            .short('f')
            .value_name("FILTER")
            .num_args(0..)
            .action(ArgAction::Append)
            .value_parser(value_parser!(OsString))
            .help(
                "Only files that have a label that starts with FILTER; or, as KEY=VALUE, in which the label \
                 KEY has this value. Of several with one KEY one is enough. Takes all arguments up to the \
                 next option; if FIELDS is among them, only the first",
            );
        let fields = Arg::new(FIELDS)
            .value_name("FIELDS")
            .required_unless_present(FILTER)
            .value_parser(value_parser!(OsString))
            .help("Labels, separated by commas: see below");
        let files = Arg::new(FILES)
            .value_name("FILE")
            .num_args(0..)
            .value_parser(value_parser!(OsString))
            .help("Files, directories with files whose names end in .mmstats, or patterns");
        command.args([filter, fields, files])
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Arguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let of = |name| matches.get_many::<OsString>(name).into_iter().flatten().cloned();
        let groups = matches.get_occurrences::<OsString>(FILTER).into_iter().flatten();
        let mut groups: Vec<Vec<OsString>> = groups.map(|group| group.cloned().collect()).collect();
        let mut rest: Vec<OsString> = of(FIELDS).chain(of(FILES)).collect();
        if rest.is_empty()
            && let Some(last) = groups.last_mut()
            && last.len() > 1
        {
            rest = last.split_off(1);
        }
        let mut rest = rest.into_iter();
        let fields = rest.next().ok_or_else(|| {
            let message = "expected FIELDS, the labels to show; slurpstats shows which there are, --help how to \
                           ask for them\n";
            Error::raw(ErrorKind::MissingRequiredArgument, message)
        })?;
        let filters = groups.into_iter().flatten().map(|filter| text(filter, "--filter"));
        Ok(Self {
            filters: filters.collect::<Result<_, _>>()?,
            fields: text(fields, "FIELDS")?,
            files: rest.map(PathBuf::from).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn text(argument: OsString, name: &str) -> Result<String, Error> {
    argument.into_string().map_err(|found| {
        let message = format!("expected {name} to be UTF-8, found {}\n", found.display());
        Error::raw(ErrorKind::InvalidUtf8, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &str) -> Result<Arguments, Error> {
        let count = Arg::new("count").short('c');
        let command = Arguments::augment_args(Command::new("tool").no_binary_name(true).arg(count));
        Arguments::from_arg_matches(&command.try_get_matches_from(arguments.split_whitespace())?)
    }

    #[test]
    fn filters_stand_before_or_behind_what_is_asked_for() {
        for (arguments, filters, fields, files) in [
            ("a,b", "", "a,b", ""),
            ("a x y", "", "a", "x y"),
            ("a x -f k l=1", "k l=1", "a", "x"),
            ("-f k a x y", "k", "a", "x y"),
            ("-f k l -c 1 a x", "k l", "a", "x"),
            ("-f k -f l a", "k l", "a", ""),
            ("-f k l -- a x", "k l", "a", "x"),
            ("a -f", "", "a", ""),
            ("a --filter=k", "k", "a", ""),
        ] {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
            let expected = Arguments {
                filters: words(filters),
                fields: fields.to_owned(),
                files: files.split_whitespace().map(PathBuf::from).collect(),
            };
            assert_eq!(parse(arguments).unwrap(), expected, "{arguments}");
        }
        for arguments in ["", "-f", "-f k", "-f k l -f m", "-c 3"] {
            assert_eq!(
                parse(arguments).unwrap_err().kind(),
                ErrorKind::MissingRequiredArgument,
                "{arguments}"
            );
        }
    }
}
