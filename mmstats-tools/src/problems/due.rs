//! When a message about a file is due.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Problem;

/// Decides whether a message about a file is due. Anybody can make a file that has another problem at each poll, and any
/// number of files.
///
/// - Each problem of a file is due once.
/// - That a file cannot be read at all is due each time that a source reports it: for each other error. A tool that runs
///   for months has it due [at most once a minute](Due::once_a_minute) for each file.
/// - There is room for so many files. Files that were not asked about for a minute make room for others; if there are
///   none, no message is due about files that do not fit.
#[derive(Debug)]
pub struct Due {
    /// The time after which it is due again that a file cannot be read.
    pause: Duration,
    files: HashMap<PathBuf, File>,
}

/// What was said of a file.
#[derive(Debug, Default)]
struct File {
    /// A bit for each problem that was said.
    said: u8,
    /// When it was said that the file cannot be read.
    unreadable: Option<Duration>,
    /// When somebody last asked.
    asked: Duration,
}

/// The time after which a file that nobody asks about makes room for others.
const PAUSE: Duration = Duration::from_mins(1);
/// Files that there is room for.
const MAX_FILES: usize = 10_000;

impl Due {
    /// For a tool that somebody watches.
    pub fn each_time() -> Self {
        Self { pause: Duration::ZERO, files: HashMap::new() }
    }

    /// For a tool whose messages fill a log.
    pub fn once_a_minute() -> Self {
        Self { pause: PAUSE, files: HashMap::new() }
    }

    /// Whether the message that the file at `path` has this `problem` is due at the time `now`. If so, it is taken to be
    /// said.
    pub fn is_due(&mut self, path: &Path, problem: &Problem<'_>, now: Duration) -> bool {
        let Self { pause, files } = self;
        let is_over = |then: Duration, pause: Duration| now.saturating_sub(then) >= pause;
        let bit = match problem {
            Problem::Unreadable(_) => 0,
            Problem::Damaged(_) => 1,
            Problem::Torn(_) => 1 << 1,
            Problem::UnknownKinds(_) => 1 << 2,
            Problem::Claimed { .. } => 1 << 3,
            Problem::Private(_) => 1 << 4,
        };
        if !files.contains_key(path) {
            if files.len() >= MAX_FILES {
                files.retain(|_, file| !is_over(file.asked, PAUSE));
            }
            if files.len() >= MAX_FILES {
                return false;
            }
            files.insert(path.to_owned(), File::default());
        }
        let Some(file) = files.get_mut(path) else { return false };
        file.asked = now;
        if bit == 0 {
            let is_due = file.unreadable.is_none_or(|then| is_over(then, *pause));
            if is_due {
                file.unreadable = Some(now);
            }
            return is_due;
        }
        let is_due = file.said & bit == 0;
        file.said |= bit;
        is_due
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_problem_of_a_file_is_due_once() {
        let (mut due, a, b) = (Due::once_a_minute(), Path::new("a"), Path::new("b"));
        let claimed = Problem::Claimed { owner: 1, claimed: 2 };
        assert!(due.is_due(a, &Problem::Torn(1), Duration::ZERO));
        assert!(!due.is_due(a, &Problem::Torn(2), SECOND));
        assert!(due.is_due(a, &Problem::UnknownKinds(1), SECOND));
        assert!(due.is_due(a, &claimed, SECOND));
        assert!(due.is_due(a, &Problem::Private("it has mode 0600"), SECOND));
        assert!(due.is_due(b, &claimed, SECOND));
        assert!(!due.is_due(a, &claimed, 1000 * PAUSE));
        assert!(!due.is_due(a, &Problem::Private("it has mode 0640"), 1000 * PAUSE));
    }

    #[test]
    fn that_a_file_cannot_be_read_is_due_each_time_or_once_a_minute() {
        let error = io::Error::other("expected a file, found none");
        let unreadable = Problem::Unreadable(&error);
        let mut due = Due::once_a_minute();
        let mut is_due = |path: &str, now| due.is_due(Path::new(path), &unreadable, now);
        assert!(is_due("a", SECOND));
        assert!(!is_due("a", PAUSE));
        assert!(is_due("b", PAUSE));
        assert!(is_due("a", PAUSE + SECOND));
        assert!(!is_due("a", PAUSE + 2 * SECOND));
        let mut due = Due::each_time();
        assert!(due.is_due(Path::new("a"), &unreadable, SECOND));
        assert!(due.is_due(Path::new("a"), &unreadable, SECOND));
    }

    #[test]
    fn there_is_room_for_so_many_files_as_were_asked_about_within_a_minute() {
        let mut due = Due::once_a_minute();
        let mut is_due = |file: usize, now| {
            let path = format!("{file}");
            let is_due = due.is_due(Path::new(&path), &Problem::Torn(1), now);
            assert!(due.files.len() <= MAX_FILES);
            is_due
        };
        assert!((0..MAX_FILES).all(|file| is_due(file, Duration::ZERO)));
        assert!(!is_due(MAX_FILES, SECOND));
        // File 0 still has its problem, and keeps its place.
        assert!(!is_due(0, SECOND));
        assert!(is_due(MAX_FILES, PAUSE));
        assert!(!is_due(0, PAUSE));
        assert!(is_due(1, PAUSE));
    }
}
