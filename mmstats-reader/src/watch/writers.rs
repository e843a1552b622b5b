//! Who writes files: the same writer whatever the name of its file, another one whatever it has in common with
//! the last.

use std::mem;
use std::time::Duration;

use mmstats_host::age::Made;
use mmstats_host::moment::Moment;

/// A writer, for as long as a [`Watch`](super::Watch) lasts: one that resumed the file of another is that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriterId(u64);

impl WriterId {
    /// The id of a writer in a source of readings that is no watch.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number that no other writer has, in this watch.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// Where the counts of a file start from, for who counts what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// It was read before, or its writer goes on from a file that was.
    Known,
    /// It was made after the last poll: it started from zero.
    Made,
    /// It was there, or may have been, and is read for the first time.
    Found,
}

/// Who writes a file, and how to tell that it is another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    pub(super) id: WriterId,
    /// Format 2: who resumes a file takes it over.
    instance_id: Option<[u8; 16]>,
    /// Whose file it is: anybody can write a file with the instance id of another.
    owner_uid: u32,
    /// Format 1: the original makes files anew in place.
    pub(super) created: Option<Duration>,
    /// When the file was made, as far as it says so. It is worked out once: by the wall clock it would be another
    /// time after that was set.
    pub(super) made: Option<Made>,
}

/// A file that was made this long before the last poll may have got its name after it.
const PUBLISHING_TIME: Duration = Duration::from_millis(100);

/// The writers that are leaving, and how new ones are told from those.
#[derive(Debug, Default)]
pub(super) struct Writers {
    /// Those whose files are gone since the last poll.
    leaving: Vec<Identity>,
    last_id: u64,
    /// When this poll and the last one looked which files there are.
    poll: Option<Moment>,
    last_poll: Option<Moment>,
}

impl Writers {
    /// Notes when a poll looks which files there are.
    pub(super) fn start_poll(&mut self) {
        self.poll = Some(Moment::now());
    }

    /// The file of this one is gone, unless another takes it over in this poll.
    pub(super) fn leave(&mut self, identity: Identity) {
        self.leaving.push(identity);
    }

    /// Ends a poll: returns those that are gone.
    pub(super) fn end_poll(&mut self) -> impl Iterator<Item = WriterId> + use<> {
        self.last_poll = self.poll;
        mem::take(&mut self.leaving).into_iter().map(|identity| identity.id)
    }

    /// Who writes a file that was not read before.
    pub(super) fn identify(
        &mut self,
        instance_id: Option<[u8; 16]>,
        owner_uid: u32,
        created: Option<Duration>,
        made: Option<Made>,
    ) -> (Identity, Novelty) {
        let is_resumed = |left: &Identity| {
            instance_id.is_some() && (left.instance_id, left.owner_uid) == (instance_id, owner_uid)
        };
        let identity = |id| Identity { id, instance_id, owner_uid, created, made };
        if let Some(index) = self.leaving.iter().position(is_resumed) {
            let id = self.leaving.swap_remove(index).id;
            return (identity(id), Novelty::Known);
        }
        self.last_id = self.last_id.saturating_add(1);
        // A file that claims to be of the future may as well be an old one, whose counts are not new.
        let made = made.filter(|made| !made.is_ahead);
        let is_made =
            self.last_poll.zip(made).is_some_and(|(last, made)| last.since(made.moment) <= PUBLISHING_TIME);
        let novelty = if is_made { Novelty::Made } else { Novelty::Found };
        (identity(WriterId(self.last_id)), novelty)
    }
}
