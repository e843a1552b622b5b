//! What the values of a file were before a poll: those that were shown, or those of a dead writer whose file another
//! run of the program resumes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::changes::Before;
use crate::mmash::field::Field;
use crate::mmash::state::{Application, File, Held, LastWhole, Series, SeriesId};
use crate::selection::Process;

/// The values of a dead writer.
pub(super) struct Dead {
    pub(super) application: Arc<Application>,
    pub(super) created: Option<Duration>,
    /// When its values were read, and when it was looked at last.
    pub(super) read: Duration,
    pub(super) seen: Duration,
    /// Whether all fields could be read.
    pub(super) is_whole: bool,
    /// What its values were when they were whole, and whether they were when they were read last.
    pub(super) values: HashMap<Arc<Field>, (LastWhole, bool)>,
}

impl Dead {
    /// What the writer of `file` counted, whose fields are among `series`.
    pub(super) fn new(file: &File, series: &[Option<Series>]) -> Self {
        let values = file.series.iter().zip(file.values.iter()).enumerate();
        let values = values.filter_map(|(index, (id, held))| {
            let field = Arc::clone(&series.get(*id as usize)?.as_ref()?.field);
            Some((
                field,
                match file.not_whole.get(&index) {
                    Some(last) => (last.clone(), false),
                    None => (LastWhole { value: Some(held.clone()), age: Duration::ZERO }, true),
                },
            ))
        });
        Self {
            application: Arc::clone(&file.application),
            created: file.process.created,
            read: file.read,
            seen: file.read,
            is_whole: file.problem.is_none(),
            values: values.collect(),
        }
    }
}

/// The values of a file before a tick: the last ones shown, or those of its dead writer.
pub(super) struct LastValues<'a> {
    pub(super) last: Option<&'a File>,
    /// Where those of a series were, if the metrics have changed since.
    moved: Option<HashMap<SeriesId, VecDeque<usize>>>,
    dead: Option<&'a Dead>,
    /// The time of this look.
    now: Duration,
    /// How long nobody has looked at what the dead writer counted.
    idle: Duration,
}

impl<'a> LastValues<'a> {
    /// At a look at the time `now`, after one at the time `before`.
    pub(super) fn new(
        last: Option<&'a File>,
        dead: Option<&'a Dead>,
        plan: &Arc<[SeriesId]>,
        (before, now): (Duration, Duration),
    ) -> Self {
        let moved = last.filter(|last| !Arc::ptr_eq(&last.series, plan));
        // Several of a file can be those of one series: they keep their order.
        let moved = moved.map(|last| {
            let mut moved: HashMap<SeriesId, VecDeque<usize>> = HashMap::new();
            for (index, id) in last.series.iter().enumerate() {
                moved.entry(*id).or_default().push_back(index);
            }
            moved
        });
        let idle = dead.map_or(Duration::ZERO, |dead| dead.seen.max(before).saturating_sub(dead.read));
        Self { last, moved, dead, now, idle }
    }

    /// Whether this look has read them.
    pub(super) fn are_of_this_look(&self) -> bool {
        let read = self.last.map(|last| last.read).or_else(|| self.dead.map(|dead| dead.seen));
        read == Some(self.now)
    }

    /// Whether these are all values of the file, and the file belonged to `application`.
    pub(super) fn are_all_of(&self, application: &Application) -> bool {
        match (self.last, self.dead) {
            (Some(last), _) => last.problem.is_none() && *last.application == *application,
            (None, Some(dead)) => dead.is_whole && *dead.application == *application,
            (None, None) => false,
        }
    }

    /// Whether another run of the program of `process` wrote the file.
    pub(super) fn are_of_other_run(&self, process: &Process) -> bool {
        let last = self.last.map(|last| last.process.created);
        last.or_else(|| self.dead.map(|dead| dead.created)).is_some_and(|created| created != process.created)
    }

    /// What was shown of the series `id`, which is now at `index`, and what is known of it before this tick; of several of
    /// one series the next.
    pub(super) fn get(
        &mut self,
        index: usize,
        id: SeriesId,
        series: Option<&Series>,
    ) -> (Option<&'a Held>, Before<&'a Held>) {
        if let (None, Some(dead), Some(series)) = (self.last, self.dead, series) {
            return match dead.values.get(&series.field) {
                None => (None, Before::Absent),
                Some((LastWhole { value: None, .. }, _)) => (None, Before::Unknown),
                Some((LastWhole { value: Some(value), age }, is_whole)) => {
                    let idle = if *is_whole { Duration::ZERO } else { self.idle };
                    (None, Before::Value { value, age: age.saturating_add(idle) })
                }
            };
        }
        let index = match &mut self.moved {
            Some(moved) => moved.get_mut(&id).and_then(VecDeque::pop_front),
            None => Some(index),
        };
        let held = index
            .zip(self.last)
            .and_then(|(index, last)| Some((last.values.get(index)?, last.not_whole.get(&index))));
        let Some((held, not_whole)) = held else { return (None, Before::Absent) };
        let before = match not_whole {
            None => Before::value(held),
            Some(LastWhole { value: Some(value), age }) => Before::Value { value, age: *age },
            Some(LastWhole { value: None, .. }) => Before::Unknown,
        };
        (Some(held).filter(|held| **held != Held::Torn), before)
    }
}
