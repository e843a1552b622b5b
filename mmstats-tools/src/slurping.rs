//! Reads files once, and shows them as they are or combined.

use std::io::{self, Write};
use std::path::Path;

use mmstats_reader::{Error, Liveness, Reader};

use crate::cli::Messages;
use crate::combining::{By, Combination};
use crate::output::Output;
use crate::problems::Problem;
use crate::selection::{Contents, File, Filters, NOTHING_TAKEN, Process, Selection};

/// What to show, and how.
pub struct Slurper<'a> {
    /// How files are shown.
    pub output: &'a dyn Output,
    /// Which processes and labels are shown.
    pub filters: &'a Filters,
    /// Whether each thread's values are shown by themselves.
    pub is_by_thread: bool,
    /// Whose files are combined, if any are.
    pub by: Option<By>,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    /// Whether there was a file.
    any: bool,
    /// Whether there was a process and a label that was asked for, or an error.
    any_shown: bool,
}

impl Slurper<'_> {
    /// Shows the files of `selection`, and says what is wrong with them.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn slurp(
        &self,
        selection: &Selection,
        out: &mut dyn Write,
        messages: &mut Messages,
    ) -> io::Result<()> {
        let mut combination = self.by.map(Combination::new);
        let mut found = Found::default();
        self.output.begin(out)?;
        for (path, reader) in selection.scan() {
            found.any = true;
            let shown = match reader {
                Ok(mut reader) => self.show(&path, &mut reader, combination.as_mut(), out, messages)?,
                Err(error) => Err(error),
            };
            found.any_shown |= *shown.as_ref().unwrap_or(&true);
            if let Err(error) = shown {
                self.output.file(&File { path: &path, contents: Err(&error) }, out)?;
                say(Problem::Unreadable(&error), &path, messages);
            }
        }
        if let Some(combination) = combination {
            combination.groups().try_for_each(|group| self.output.group(&group, out))?;
            say_apart(&combination, messages);
            if combination.left_out() > 0 {
                let left_out = combination.left_out();
                messages.error(format_args!(
                    "cannot combine {left_out} values: there are too many different labels; choose some by --include"
                ));
            }
        }
        if !found.any {
            messages.nothing(selection.nothing_found(), !self.filters.is_all());
        } else if !found.any_shown {
            messages.nothing(NOTHING_TAKEN, !self.filters.is_all());
        }
        Ok(())
    }

    /// Shows the file at `path`, or takes it into the `combination`, if it was asked for: that is what it
    /// returns. Says what is wrong with it.
    fn show(
        &self,
        path: &Path,
        reader: &mut Reader,
        combination: Option<&mut Combination>,
        out: &mut dyn Write,
        messages: &mut Messages,
    ) -> io::Result<Result<bool, Error>> {
        // Before the values are read: those of a dead writer are its last ones.
        let liveness = reader.liveness().unwrap_or(Liveness::Unknown);
        let owner = reader.owner_uid();
        let header = reader.header().copied();
        let snapshot = match reader.snapshot() {
            Ok(snapshot) if self.is_by_thread => snapshot.by_thread(),
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Err(error)),
        };
        let process = Process::new(path, &snapshot, owner, liveness);
        let Filters { labels, processes } = self.filters;
        let labels = labels.of(&snapshot);
        let contents = Contents { process: &process, snapshot: &snapshot, labels: &labels };
        // The dead are shown, too: they are looked for where somebody asks why they died.
        if !processes.take(&process, true) || contents.is_left_out() {
            return Ok(Ok(false));
        }
        match combination {
            Some(combination) => combination.add(path, header.as_ref(), &contents),
            None => self.output.file(&File { path, contents: Ok(contents) }, out)?,
        }
        let claimed = header.map(|header| header.uid.get());
        for problem in Problem::of(&snapshot, owner, claimed) {
            say(problem, path, messages);
        }
        Ok(Ok(true))
    }
}

/// Reports the problems of the file at `path`. A problem is an error if values are missing.
fn say(problem: Problem<'_>, path: &Path, messages: &mut Messages) {
    let message = problem.of_file(path);
    match problem {
        Problem::UnknownKinds(_) | Problem::Claimed { .. } => messages.note(message),
        Problem::Unreadable(_) | Problem::Damaged(_) | Problem::Torn(_) | Problem::Private(_) => {
            messages.error(message);
        }
    }
}

/// Says once which labels do not mean the same in all files.
fn say_apart(combination: &Combination, messages: &mut Messages) {
    /// Enough to see what is going on.
    const NAMED: usize = 3;
    let names = combination.shown_apart();
    if names.is_empty() {
        return;
    }
    let first = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    messages.note(format_args!(
        "{first}{more} shown apart: the files differ in kind, type, unit, aggregate or buckets"
    ));
}
