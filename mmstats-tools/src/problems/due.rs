//! When a message about a file is due.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Problem;

/// Decides whether a message about a file is due. This limits messages, because anyone can create any number of files,
/// and files that have another problem at each poll.
///
/// - Each problem of a file is due once.
/// - [`Problem::Unreadable`] is due each time that a source reports it, which is once for each new error. Tools that run
///   for months limit it to [once a minute](Due::once_a_minute) for each file.
/// - A limited number of files is remembered. If there is no room for a new file, files that were not asked about for a
///   minute are forgotten. If there are none, no message is due about the new file.
#[derive(Debug)]
pub struct Due {
    /// The time after which [`Problem::Unreadable`] is due again.
    pause: Duration,
    files: HashMap<PathBuf, File>,
}

/// The messages that were reported about a file.
#[derive(Debug, Default)]
struct File {
    /// A bit for each problem that was reported.
    said: u8,
    /// When [`Problem::Unreadable`] was last reported.
    unreadable: Option<Duration>,
    /// When [`Due::is_due`] was last called for it.
    asked: Duration,
}

/// The time after which a file that nobody asks about can be forgotten.
const PAUSE: Duration = Duration::from_mins(1);
/// How many files are remembered.
const MAX_FILES: usize = 10_000;

impl Due {
    /// For a tool with a user who watches its messages: each report of an unreadable file is due.
    pub fn each_time() -> Self {
        Self { pause: Duration::ZERO, files: HashMap::new() }
    }

    /// For a tool whose messages go to a log: unreadable files are due at most once a minute.
    pub fn once_a_minute() -> Self {
        Self { pause: PAUSE, files: HashMap::new() }
    }

    /// Whether the message about this `problem` of the file at `path` is due at the time `now`. If it is, it counts as
    /// reported.
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
