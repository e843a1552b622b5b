//! Which series there are: a place for each field of each application, as long as a file has it or
//! something of it is kept.

use std::mem;
use std::sync::{Arc, PoisonError};

use mmstats_reader::{Metric, Snapshot};

use super::Found;
use crate::mmash::field::Field;
use crate::mmash::state::{Application, File, Series, SeriesId};
use crate::mmash::tally::Tally;
use crate::selection::{Process, Taken};

impl Found {
    /// The application of `process`.
    pub(super) fn application(&mut self, process: &Process) -> Arc<Application> {
        let user = self.users.name(process.uid).to_owned();
        let (name, uid) = (process.name.clone(), process.uid);
        self.applications.intern(Application { name, uid, user })
    }

    /// Whether the `taken` metrics of `snapshot` are those of `plan`.
    pub(super) fn is_plan_of(&self, plan: &[SeriesId], snapshot: &Snapshot<'_>, taken: &Taken<'_>) -> bool {
        let mut ids = plan.iter();
        let is_next = |metric: Metric<'_>| {
            let series = ids.next().and_then(|id| self.series.get(*id as usize)?.as_ref());
            series.is_some_and(|series| series.field.is_of(&metric))
        };
        snapshot.metrics().filter(|metric| taken.takes(metric)).all(is_next) && ids.next().is_none()
    }

    /// The series of the `taken` metrics of `snapshot`.
    pub(super) fn plan(
        &mut self,
        application: &Arc<Application>,
        snapshot: &Snapshot<'_>,
        taken: &Taken<'_>,
    ) -> Arc<[SeriesId]> {
        let mut plan = Vec::new();
        for metric in snapshot.metrics() {
            if taken.takes(&metric) {
                let field = self.fields.intern(Field::of(&metric, metric.value().ok().as_ref()));
                plan.push(self.series_of(application, field));
            }
        }
        plan.into()
    }

    /// The series of a `field` of an `application`.
    fn series_of(&mut self, application: &Arc<Application>, field: Arc<Field>) -> SeriesId {
        let key = (Arc::clone(application), field);
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let series = Some(Series { application: Arc::clone(&key.0), field: Arc::clone(&key.1) });
        let all = Arc::make_mut(&mut self.series);
        let id = self.free.pop().unwrap_or_else(|| {
            all.push(None);
            self.tallies.push(Tally::default());
            self.paces.push(0.0);
            // There is no memory for 2^32 of them.
            u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
        });
        if let (Some(place), Some(pace)) = (all.get_mut(id as usize), self.paces.get_mut(id as usize)) {
            (*place, *pace) = (series, 0.0);
        }
        self.ids.insert(key, id);
        id
    }

    /// Notes that the metrics of `file` are in one more file.
    pub(super) fn join(&mut self, file: &File) {
        for id in &*file.series {
            if let Some(tally) = self.tallies.get_mut(*id as usize) {
                tally.files += 1;
            }
        }
    }

    /// Notes that the metrics of `file` are in one file less.
    pub(super) fn part(&mut self, file: &File) {
        for id in &*file.series {
            if let Some(tally) = self.tallies.get_mut(*id as usize) {
                tally.files -= 1;
                if tally.files == 0 {
                    self.orphans.push(*id);
                }
            }
        }
    }

    /// Forgets series that no file has and of which nothing is kept any more.
    pub(super) fn collect_garbage(&mut self, tick: u64) {
        if self.orphans.is_empty() {
            return;
        }
        let history = Arc::clone(&self.history);
        let mut history = history.write().unwrap_or_else(PoisonError::into_inner);
        let mut orphans = mem::take(&mut self.orphans);
        orphans.sort_unstable();
        orphans.dedup();
        orphans.retain(|id| {
            let Some(tally) = self.tallies.get_mut(*id as usize) else { return false };
            if tally.files > 0 {
                return false;
            }
            if !history.is_over(*id, tick) {
                return true;
            }
            history.forget(*id);
            *tally = Tally::default();
            if let Some(series) = Arc::make_mut(&mut self.series).get_mut(*id as usize).and_then(Option::take)
            {
                self.ids.remove(&(series.application, series.field));
                self.free.push(*id);
            }
            false
        });
        self.orphans = orphans;
        self.fields.sweep();
        self.applications.sweep();
    }
}
