//! What mmash is told on its command line and in its environment.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::uri::Authority;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use super::history::Limits;
use super::listen::Place;
use crate::cli::Stop;
use crate::selection::Filters;

/// The options.
#[derive(Args, Debug)]
#[group(skip)]
pub struct Options {
    /// Where to listen: ADDRESS:PORT or unix:PATH; may be given several times. Port 0 is any that is free.
    /// The socket at PATH can be used by its owner only, unless it is unix:PATH,mode=0660 or the like.
    #[arg(long, value_name = "PLACE", default_value = "127.0.0.1:5002")]
    pub(crate) listen: Vec<Place>,
    /// A host name that browsers may use for this server; may be given several times. NAME:PORT is for that
    /// port only. Always allowed, with any port: localhost, names that end in .localhost, loopback addresses
    /// and the address that the client connected to.
    #[arg(long, value_name = "NAME", value_parser = parse_host)]
    pub(crate) allowed_host: Vec<String>,
    /// A file that holds a token. Clients that connect by TCP, or by a socket that others can use, must send it: in a
    /// header `Authorization: Bearer TOKEN`, or once as `?token=TOKEN`. Required to listen for other machines, and
    /// for root to serve files that not every user can read.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Time between two looks at the files: seconds, or with a unit (ms, s, m or h).
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = parse_time)]
    pub(crate) interval: Duration,
    /// How long fields are remembered; 0 is not at all.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_time)]
    pub(crate) history: Duration,
    /// How many fields are remembered, counted by application, label and tags: those that changed last. 0 is
    /// none.
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    pub(crate) history_fields: usize,
    /// Which processes and labels.
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// Files, directories with files whose names end in .mmstats, or patterns for such.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Variables that are named as if they were an option's.
    #[arg(skip)]
    pub(crate) unknown_variables: Vec<OsString>,
}

/// What the names of variables start with.
const PREFIX: &str = "MMASH_";

/// The shortest interval, and the most points of a field.
const MIN_INTERVAL: Duration = Duration::from_millis(10);
const MAX_INTERVAL: Duration = Duration::from_hours(1);
const MAX_POINTS: u64 = 1_000_000;
const MAX_FIELDS: usize = 1_000_000;

impl Options {
    /// Reads the arguments of this process, which are those of `command`, and what they leave open from its environment: `--listen` from
    /// `MMASH_LISTEN`, and so on. Several values are parted by blanks there.
    ///
    /// # Errors
    /// If they make no sense, or help was asked for.
    pub fn read(command: Command) -> Result<Self, Error> {
        let arguments: Vec<OsString> = env::args_os().collect();
        let given = command.clone().try_get_matches_from(&arguments)?;
        // What is wrong with them the variables are not to blame for.
        Self::from_arg_matches(&given)?;
        let mut all = arguments;
        let rest = all.split_off(1.min(all.len()));
        for argument in command.get_arguments() {
            if given.value_source(argument.get_id().as_str()) != Some(ValueSource::CommandLine) {
                all.extend(from_variable(argument));
            }
        }
        let variables = all.len() > 1;
        all.extend(rest);
        let read = command
            .clone()
            .try_get_matches_from(all)
            .and_then(|matches: ArgMatches| Self::from_arg_matches(&matches));
        match read {
            Ok(options) => Ok(Self { unknown_variables: unknown_variables(&command), ..options }),
            Err(error) => Err(if variables { in_variables(command, error) } else { error }),
        }
    }

    /// Whether the numbers make sense together.
    ///
    /// # Errors
    /// If they do not: what to do.
    pub(crate) fn check(&self) -> Result<(), Stop> {
        if !(MIN_INTERVAL..=MAX_INTERVAL).contains(&self.interval) {
            let found = self.interval.as_secs_f64();
            return Err(Stop::Usage(format!("expected --interval from 10ms to 1h, found {found} s")));
        }
        let points = self.limits().points;
        if points > MAX_POINTS {
            return Err(Stop::Usage(format!(
                "expected at most {MAX_POINTS} points of a field, found {points}: choose a shorter --history or a \
                 longer --interval"
            )));
        }
        if self.history_fields > MAX_FIELDS {
            let found = self.history_fields;
            return Err(Stop::Usage(format!("expected --history-fields up to {MAX_FIELDS}, found {found}")));
        }
        Ok(())
    }

    /// How much is remembered.
    pub(crate) fn limits(&self) -> Limits {
        let points = self.history.as_nanos().div_ceil(self.interval.as_nanos().max(1));
        let points = u64::try_from(points).unwrap_or(u64::MAX);
        Limits { series: if points == 0 { 0 } else { self.history_fields }, points }
    }
}

/// What the variable of `argument`, an option, says, as arguments.
fn from_variable(argument: &Arg) -> Vec<OsString> {
    let (Some(long), Some(name)) = (argument.get_long(), variable_of(argument)) else { return Vec::new() };
    let Some(value) = env::var_os(name) else { return Vec::new() };
    let option = |value: &str| OsString::from(format!("--{long}={value}"));
    match (argument.get_action(), value.to_str()) {
        (ArgAction::Help | ArgAction::Version, _) | (ArgAction::Set, Some("")) => Vec::new(),
        (ArgAction::SetTrue, Some(value)) if is_no(value) => Vec::new(),
        (ArgAction::SetTrue, _) => vec![format!("--{long}").into()],
        (ArgAction::Append, Some(values)) => values.split_whitespace().map(option).collect(),
        _ => {
            let mut option = option("");
            option.push(value);
            vec![option]
        }
    }
}

/// Whether `value` says that something is not wanted.
fn is_no(value: &str) -> bool {
    ["", "0", "false", "no", "off"].iter().any(|no| value.eq_ignore_ascii_case(no))
}

/// The variable of `argument`, if it is an option.
fn variable_of(argument: &Arg) -> Option<String> {
    Some(format!("{PREFIX}{}", argument.get_long()?.to_uppercase().replace('-', "_")))
}

/// Variables that are named as if they were those of an option of `command`. They are no errors: who starts
/// programs may set some of such names for reasons of their own.
fn unknown_variables(command: &Command) -> Vec<OsString> {
    let known: Vec<String> = command.get_arguments().filter_map(variable_of).collect();
    let names = env::vars_os().map(|(name, _)| name);
    let is_unknown = |name: &str| name.starts_with(PREFIX) && !known.iter().any(|known| known == name);
    names.filter(|name| is_unknown(&name.to_string_lossy())).collect()
}

/// `error`, and where what is wrong comes from.
fn in_variables(mut command: Command, error: Error) -> Error {
    if !error.use_stderr() {
        return error;
    }
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    command.error(error.kind(), format!("in the variables {PREFIX}…: {text}"))
}

/// A name, with or without a port.
fn parse_host(text: &str) -> Result<String, String> {
    match text.parse::<Authority>() {
        Ok(authority) if !authority.host().is_empty() && !text.contains('@') => Ok(text.to_owned()),
        _ => Err(format!("expected a name such as stats.example or stats.example:8443, found {text:?}")),
    }
}

/// A time: seconds, or with a unit.
fn parse_time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let seconds = match text.get(digits.len()..) {
        Some("ms") => Some(0.001),
        Some("" | "s") => Some(1.0),
        Some("m" | "min") => Some(60.0),
        Some("h") => Some(3600.0),
        Some("d") => Some(86_400.0),
        _ => None,
    };
    let number: Option<f64> = digits.parse().ok();
    seconds
        .zip(number)
        .and_then(|(seconds, number)| Duration::try_from_secs_f64(number * seconds).ok())
        .ok_or_else(|| format!("expected a time such as 1, 1s, 500ms, 5m, 1h or 1d, found {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_with_or_without_a_port() {
        for host in ["stats.example", "stats.example:8443", "10.0.0.7", "[fd00::7]:80"] {
            assert_eq!(parse_host(host), Ok(host.to_owned()));
        }
        for wrong in ["", ":80", "http://stats.example", "a@b", "a b", "stats.example/"] {
            assert!(parse_host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_seconds_or_have_a_unit() {
        for (text, seconds) in [("1", 1.0), ("0.5", 0.5), ("250ms", 0.25), ("2m", 120.0), ("1h", 3600.0)] {
            assert_eq!(parse_time(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "x", "1y", "-1", "NaN", "1e30h", "1 s"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
