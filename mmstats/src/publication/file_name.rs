//! The names that a file can have.

use std::path::Path;

use mmstats_host::places::FILE_EXTENSION;

use super::target::variable;
use crate::error::{CreateError, FileNameProblem};
use crate::platform::system;

const DEFAULT: &str = "{CMD}-{PID}-{NAME}.mmstats";
/// Leaves room for `-1000` in the 255 bytes that filesystems take.
const MAX_LEN: usize = 240;
const MAX_CMD_LEN: usize = 64;

/// A file's name, and those to try if it is taken.
#[derive(Debug)]
pub(super) struct FileNames {
    template: String,
    /// What the template is of all runs of the program.
    parts: Vec<Part>,
    stem: String,
    /// With its dot, or nothing.
    extension: String,
}

/// A part of a template.
#[derive(Debug)]
enum Part {
    Text(String),
    /// The id of a process or thread.
    Id(u32),
}

impl FileNames {
    /// Names after `template`, else `MMSTATS_FILES`, else the default, for the struct `name`.
    pub(super) fn new(template: Option<&str>, name: &str) -> Result<Self, CreateError> {
        let (template, source_name) = match (template, variable("MMSTATS_FILES")) {
            (Some(template), _) => (template.to_owned(), "options().file_name(…)"),
            (None, Some(template)) => (template.to_string_lossy().into_owned(), "MMSTATS_FILES"),
            (None, None) => (DEFAULT.to_owned(), "the default"),
        };
        let values = Values { cmd: file_part(&command()), name: name.to_owned() };
        let parts = values.parts(&template);
        match parts.and_then(|parts| Ok((check(join(&parts))?, parts))) {
            Ok((name, parts)) => Ok(Self::split(template, parts, &name)),
            Err(problem) => Err(CreateError::FileName { template, source_name, problem }),
        }
    }

    fn split(template: String, parts: Vec<Part>, name: &str) -> Self {
        let extension = format!(".{FILE_EXTENSION}");
        if let Some(stem) = name.strip_suffix(&extension) {
            return Self { template, parts, stem: stem.to_owned(), extension };
        }
        log::warn!("mmstats: {name} does not end in {extension}: readers find it only by its path");
        Self { template, parts, stem: name.to_owned(), extension: String::new() }
    }

    pub(super) fn template(&self) -> &str {
        &self.template
    }

    /// Whether no other run of the program has this name.
    pub(super) fn is_of_one_run(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Id(_)))
    }

    /// Whether a run of this program could have given its file the name `name`.
    pub(super) fn is_like(&self, name: &str) -> bool {
        let Some(stem) = name.strip_suffix(&self.extension) else { return false };
        let numberless = stem.rsplit_once('-').and_then(|(stem, number)| is_number(number).then_some(stem));
        std::iter::once(stem)
            .chain(numberless)
            .any(|stem| is_made_of(&format!("{stem}{}", self.extension), &self.parts))
    }

    /// The name to try at the `attempt`th time, from 1.
    pub(super) fn nth(&self, attempt: u32) -> String {
        let Self { stem, extension, .. } = self;
        if attempt == 1 { format!("{stem}{extension}") } else { format!("{stem}-{attempt}{extension}") }
    }
}

/// What this program is called: the last part of its first argument.
pub(super) fn command() -> String {
    let argument = std::env::args_os().next();
    let program = argument.as_deref().map(Path::new).and_then(Path::file_name);
    program.map_or_else(|| "unknown".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// `text` as a part of a file name: what could be taken for something else is replaced.
fn file_part(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "._-+@".contains(character);
    let part: String =
        text.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
    let part = part.trim_start_matches('.');
    let part = &part[..part.floor_char_boundary(MAX_CMD_LEN)];
    if part.is_empty() { "unknown".to_owned() } else { part.to_owned() }
}

/// What the placeholders stand for.
struct Values {
    cmd: String,
    name: String,
}

impl Values {
    fn parts(&self, template: &str) -> Result<Vec<Part>, FileNameProblem> {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, from_brace) = rest.split_at(brace);
            let Some((placeholder, after)) =
                from_brace.strip_prefix('{').and_then(|inner| inner.split_once('}'))
            else {
                return Err(FileNameProblem::Brace);
            };
            parts.push(Part::Text(before.to_owned()));
            parts.push(match placeholder {
                "CMD" => Part::Text(self.cmd.clone()),
                "PID" => Part::Id(std::process::id()),
                "TID" => Part::Id(system::thread_id()),
                "NAME" => Part::Text(self.name.clone()),
                _ => return Err(FileNameProblem::Placeholder(format!("{{{placeholder}}}"))),
            });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(parts)
    }
}

fn join(parts: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Id(id) => id.to_string(),
    };
    parts.iter().map(part).collect()
}

/// Whether `name` is `parts`, with any numbers as ids.
fn is_made_of(name: &str, parts: &[Part]) -> bool {
    let name = name.as_bytes();
    // The places up to which the parts so far can reach.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for part in parts {
        let mut next = vec![false; name.len() + 1];
        match part {
            Part::Text(text) => {
                for start in (0..=name.len()).filter(|start| reached[*start]) {
                    if name[start..].starts_with(text.as_bytes()) {
                        next[start + text.len()] = true;
                    }
                }
            }
            // Digits, one at least: behind a place that was reached, or behind another digit.
            Part::Id(_) => {
                for (start, byte) in name.iter().enumerate() {
                    next[start + 1] = byte.is_ascii_digit() && (reached[start] || next[start]);
                }
            }
        }
        reached = next;
    }
    reached[name.len()]
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn check(name: String) -> Result<String, FileNameProblem> {
    if name.contains('/') {
        Err(FileNameProblem::Slash)
    } else if name.contains(char::is_control) {
        Err(FileNameProblem::Control)
    } else if name.is_empty() || name.starts_with('.') {
        Err(FileNameProblem::Hidden(name))
    } else if name.len() > MAX_LEN {
        Err(FileNameProblem::TooLong(name.len()))
    } else {
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(template: &str) -> Result<Vec<Part>, FileNameProblem> {
        Values { cmd: file_part("we b/%s"), name: "WebStats".to_owned() }.parts(template)
    }

    fn expand(template: &str) -> Result<String, FileNameProblem> {
        check(join(&parts(template)?))
    }

    fn names(template: &str) -> FileNames {
        FileNames::split(template.to_owned(), parts(template).unwrap(), &expand(template).unwrap())
    }

    #[test]
    fn placeholders_are_replaced_and_unknown_ones_refused() {
        let pid = std::process::id();
        assert_eq!(expand(DEFAULT), Ok(format!("we_b__s-{pid}-WebStats.mmstats")));
        assert_eq!(expand("{TID}"), Ok(system::thread_id().to_string()));
        assert_eq!(expand("a-{USER}"), Err(FileNameProblem::Placeholder("{USER}".to_owned())));
        assert_eq!(expand("{CMD"), Err(FileNameProblem::Brace));
        assert_eq!(expand("CMD}"), Err(FileNameProblem::Brace));
    }

    #[test]
    fn names_stay_in_their_directory_and_are_seen() {
        assert_eq!(expand("a/b"), Err(FileNameProblem::Slash));
        assert_eq!(expand("../{CMD}"), Err(FileNameProblem::Slash));
        assert_eq!(expand(".."), Err(FileNameProblem::Hidden("..".to_owned())));
        assert_eq!(expand(""), Err(FileNameProblem::Hidden(String::new())));
        assert_eq!(expand("a\nb"), Err(FileNameProblem::Control));
        assert_eq!(expand(&"x".repeat(241)), Err(FileNameProblem::TooLong(241)));
    }

    #[test]
    fn the_next_names_are_numbered_before_the_extension() {
        let web = names("web.mmstats");
        assert_eq!([web.nth(1), web.nth(2)], ["web.mmstats", "web-2.mmstats"]);
        assert_eq!(names("web").nth(3), "web-3");
    }

    #[test]
    fn names_of_other_runs_are_known_and_those_of_other_programs_are_not() {
        let names = names(DEFAULT);
        assert!(names.is_of_one_run());
        for like in ["we_b__s-1-WebStats.mmstats", "we_b__s-4711-WebStats-12.mmstats"] {
            assert!(names.is_like(like), "{like}");
        }
        for other in [
            "we_b__s--WebStats.mmstats",
            "we_b__s-1x-WebStats.mmstats",
            "we_b__s-1-WebStats.mmstats.old",
            "we_b__s-1-WebStats-x.mmstats",
            "we_b__s-1-OtherStats.mmstats",
            "web-1-WebStats.mmstats",
        ] {
            assert!(!names.is_like(other), "{other}");
        }
        assert!(!self::names("web.mmstats").is_of_one_run());
        assert!(self::names("w{PID}0.mmstats").is_like("w1000.mmstats"));
        let many = format!("{}x", "{PID}".repeat(40));
        assert!(!self::names(&many).is_like(&"1".repeat(240)));
    }
}
