//! The source that reads the files of running programs.

use mmstats_reader::watch::{self, Opened, Watch};

use super::{Event, EventKind, Now, Source};
use crate::selection::Selection;

/// Decides which files may be shown.
pub trait Guard: Send {
    /// Starts a poll. Forget what was checked before: directories may have changed.
    fn start_poll(&mut self);

    /// Checks whether the file `opened` may be shown. A poll calls this directly before and directly after it reads the
    /// file.
    ///
    /// # Errors
    /// The reason, if the file may not be shown.
    fn check(&mut self, opened: &Opened<'_>) -> Result<(), String>;
}

/// Reads all files of a selection at each poll.
pub struct LiveFiles {
    selection: Selection,
    watch: Watch,
    guard: Option<Box<dyn Guard>>,
}

impl LiveFiles {
    /// Reads the files of `selection`, and holds at most `max_open` of them open between two polls.
    pub fn new(selection: Selection, max_open: usize) -> Self {
        Self { selection, watch: Watch::new(max_open), guard: None }
    }

    /// Adds a `guard`. The reading of a file that it refuses has a
    /// [`Reading::refusal`](mmstats_reader::watch::Reading::refusal).
    #[must_use]
    pub fn guarded(self, guard: impl Guard + 'static) -> Self {
        Self { guard: Some(Box::new(guard)), ..self }
    }
}

impl Source for LiveFiles {
    fn poll(&mut self, now: Now, visit: &mut dyn FnMut(Event<'_>)) {
        let Self { selection, watch, guard } = self;
        let mut check = guard.as_mut().map(|guard| {
            guard.start_poll();
            |opened: &Opened<'_>| guard.check(opened)
        });
        let check = check.as_mut().map(|check| check as &mut watch::Guard<'_>);
        watch.poll_guarded(selection.scan(), check, |event| {
            let kind = match event {
                watch::Event::Reading(ref reading) => EventKind::from(reading),
                watch::Event::Gone(writer) => EventKind::Gone(writer),
                watch::Event::Failed { path, error } => {
                    EventKind::Failed { path, is_named: selection.names(path), error }
                }
            };
            visit(Event { time: now, kind });
        });
    }

    fn nothing_found(&self) -> String {
        self.selection.nothing_found()
    }
}
