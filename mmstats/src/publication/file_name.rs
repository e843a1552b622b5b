//! The names that a file can have.

use std::path::Path;

use mmstats_reader::places::{FILE_EXTENSION, variable};

use crate::error::{CreateError, FileNameProblem};
use crate::platform::system;

const DEFAULT: &str = "{CMD}-{PID}-{NAME}.mmstats";
/// Leaves room for `-1000` in the 255 bytes that filesystems take.
const MAX_LEN: usize = 240;
const MAX_CMD_LEN: usize = 64;

/// A file's name, and those to try if it is taken.
#[derive(Debug)]
pub(super) struct FileNames {
    stem: String,
    /// With its dot, or nothing.
    extension: String,
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
        match values.expand(&template) {
            Ok(expanded) => Ok(Self::split(&expanded)),
            Err(problem) => Err(CreateError::FileName { template, source_name, problem }),
        }
    }

    fn split(name: &str) -> Self {
        let extension = format!(".{FILE_EXTENSION}");
        if let Some(stem) = name.strip_suffix(&extension) {
            return Self { stem: stem.to_owned(), extension };
        }
        log::warn!("mmstats: {name} does not end in {extension}: readers find it only by its path");
        Self { stem: name.to_owned(), extension: String::new() }
    }

    /// The name to try at the `attempt`th time, from 1.
    pub(super) fn nth(&self, attempt: u32) -> String {
        let Self { stem, extension } = self;
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
    fn expand(&self, template: &str) -> Result<String, FileNameProblem> {
        let mut expanded = String::new();
        let mut rest = template;
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, from_brace) = rest.split_at(brace);
            let Some((placeholder, after)) =
                from_brace.strip_prefix('{').and_then(|inner| inner.split_once('}'))
            else {
                return Err(FileNameProblem::Brace);
            };
            expanded.push_str(before);
            match placeholder {
                "CMD" => expanded.push_str(&self.cmd),
                "PID" => expanded.push_str(&std::process::id().to_string()),
                "TID" => expanded.push_str(&system::thread_id().to_string()),
                "NAME" => expanded.push_str(&self.name),
                _ => return Err(FileNameProblem::Placeholder(format!("{{{placeholder}}}"))),
            }
            rest = after;
        }
        expanded.push_str(rest);
        check(expanded)
    }
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

    fn expand(template: &str) -> Result<String, FileNameProblem> {
        Values { cmd: file_part("we b/%s"), name: "WebStats".to_owned() }.expand(template)
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
        let names = FileNames::split("web.mmstats");
        assert_eq!([names.nth(1), names.nth(2)], ["web.mmstats", "web-2.mmstats"]);
        assert_eq!(FileNames::split("web").nth(3), "web-3");
    }
}
