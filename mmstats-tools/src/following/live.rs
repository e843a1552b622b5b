//! The files that programs write now.

use mmstats_reader::watch::{self, Opened, Watch};

use super::{Event, EventKind, Now, Source};
use crate::selection::Selection;

/// Decides which files may be shown.
pub trait Guard: Send {
    /// Starts a poll: what is known of directories may have changed.
    fn start_poll(&mut self);

    /// Whether the file `opened` may be shown. A poll asks directly before it reads the file, and directly after.
    ///
    /// # Errors
    /// If it may not: why.
    fn check(&mut self, opened: &Opened<'_>) -> Result<(), String>;
}

/// The files of a selection, each read at each poll.
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

    /// The same, with a `guard`. A file that it refuses is read with a
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
