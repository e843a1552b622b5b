//! What a reader may see of words while they are written: loom tries every order of steps, and every
//! value that the memory model lets a load return.
//!
//! Readers are other programs, to which one system call gives words in no particular order: loads are
//! relaxed here, but for one that a later call follows. Each model also says what its reader has to have
//! seen at least once, since a model that tries too little finds nothing.

use std::collections::BTreeSet;
use std::sync::Mutex;

use loom::sync::Arc;
use loom::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use loom::sync::atomic::{AtomicU32, AtomicU64};
use loom::thread;
use mmstats_format::slot::SlotHeader;
use mmstats_format::tagged::{self, Torn};

use crate::tagged_cell::{Copies, Word};

/// A word of one writer and of readers.
struct ModelWord {
    shared: AtomicU64,
    /// What the writer stored last, which is what it would load. A load of `shared` by the writer hides
    /// those of the reader from loom: it then tries no other order of these and the next store.
    own: std::sync::atomic::AtomicU64,
}

impl ModelWord {
    fn new(word: u64) -> Self {
        Self { shared: AtomicU64::new(word), own: word.into() }
    }
}

impl Word for ModelWord {
    fn load(&self) -> u64 {
        self.own.load(Relaxed)
    }

    fn store(&self, word: u64) {
        self.own.store(word, Relaxed);
        self.shared.store(word, Relaxed);
    }
}

/// The two copies of a text of up to `4 * (WORDS - 1)` bytes.
struct Text<const WORDS: usize>([[ModelWord; WORDS]; 2]);

impl<const WORDS: usize> Text<WORDS> {
    /// Copies that bear `versions`; their texts are empty.
    fn new(versions: [u32; 2]) -> Self {
        let empty = |version| tagged::word(version, 0);
        Self(versions.map(|version| std::array::from_fn(|_| ModelWord::new(empty(version)))))
    }

    fn set(&self, text: &[u8]) {
        let len = text.len().try_into().expect("few");
        Copies([&self.0[0], &self.0[1]]).set(len, text);
    }

    fn read(&self) -> Result<Vec<u8>, Torn> {
        let words = self.0.iter().flatten().map(|word| word.shared.load(Relaxed));
        let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        let mut text = Vec::new();
        tagged::read_text(&bytes, &mut text).map(|()| text)
    }
}

/// All that became of the runs of a model.
type Outcomes<T> = std::sync::Arc<Mutex<BTreeSet<T>>>;

/// A reader reads once while a writer sets `texts`, one after the other. The first of them is empty and
/// is there already, in copies of these `versions`.
fn assert_never_mixed<const WORDS: usize, const TEXTS: usize>(
    versions: [u32; 2],
    texts: [&'static [u8]; TEXTS],
) {
    let outcomes = Outcomes::default();
    let seen = outcomes.clone();
    loom::model(move || {
        let text = Arc::new((Text::<WORDS>::new(versions), AtomicU32::new(0)));
        let writer = text.clone();
        let writer = thread::spawn(move || {
            let (text, current) = &*writer;
            for (number, bytes) in (0..).zip(texts).skip(1) {
                text.set(bytes);
                current.store(number, Release);
            }
        });
        let (text, current) = &*text;
        let began = current.load(Acquire) as usize;
        let read = text.read().map(|text| {
            let number = texts.iter().position(|written| *written == text);
            number.unwrap_or_else(|| panic!("{text:?} was never written"))
        });
        seen.lock().unwrap().insert((began, read.ok()));
        writer.join().unwrap();
        assert_eq!(text.read().as_deref(), Ok(texts[TEXTS - 1]));
    });
    let expected: BTreeSet<_> = (0..TEXTS).flat_map(|began| possible(began, TEXTS)).collect();
    assert_eq!(*outcomes.lock().unwrap(), expected);
}

/// The texts, by number, that a reader may get if the one numbered `began` was current then, of `count`;
/// `None` is torn.
fn possible(began: usize, count: usize) -> impl Iterator<Item = (usize, Option<usize>)> {
    // Only the second write after that touches the copy that was current.
    let two_writes_follow = began + 2 < count;
    let the_one_before = began.checked_sub(1).filter(|_| two_writes_follow);
    let torn = two_writes_follow.then_some(None);
    (began..count).chain(the_one_before).map(Some).chain(torn).map(move |read| (began, read))
}

const NEVER_WRITTEN: [u32; 2] = [0, 0];

/// The next version is on the other side of 0.
const ABOUT_TO_WRAP: [u32; 2] = [u32::MAX - 1, u32::MAX];

#[test]
fn no_reader_gets_a_mixed_text_of_two_words() {
    for versions in [NEVER_WRITTEN, ABOUT_TO_WRAP] {
        assert_never_mixed::<2, 4>(versions, [b"", b"aaaa", b"b", b"cccc"]);
    }
}

#[test]
fn no_reader_gets_a_mixed_text_of_three_words() {
    for versions in [NEVER_WRITTEN, ABOUT_TO_WRAP] {
        assert_never_mixed::<3, 4>(versions, [b"", b"aaaaaaaa", b"bb", b"cccccccc"]);
    }
}

/// A slot and the count that reveals it, written in the order and with the orderings of
/// `publication::slots`.
struct Slot {
    count: AtomicU32,
    tenancy: AtomicU64,
    name: Text<2>,
    constant: Text<2>,
    gauge: AtomicU64,
    counter: AtomicU64,
}

impl Slot {
    fn new() -> Self {
        Self {
            count: AtomicU32::new(0),
            tenancy: AtomicU64::new(0),
            name: Text::new(NEVER_WRITTEN),
            constant: Text::new(NEVER_WRITTEN),
            gauge: AtomicU64::new(0),
            counter: AtomicU64::new(0),
        }
    }

    /// As `Slots::move_in` makes a slot ready.
    fn lease(&self, tenant: Tenant, leases: u32) {
        self.gauge.store(0, Relaxed);
        self.constant.set(CONSTANT);
        self.name.set(tenant.name);
        self.tenancy.store(SlotHeader::tenancy(tenant.tid, leases), Release);
    }

    /// As `Slots::move_in` does next if the slot is a new one.
    fn publish(&self) {
        self.count.store(1, Release);
    }

    /// As a tenant does.
    fn update(&self, gauge: u64, counter: u64) {
        self.gauge.store(gauge, Relaxed);
        self.counter.store(counter, Relaxed);
    }

    /// As `Slots::release`.
    fn give_back(&self, leases: u32) {
        self.tenancy.store(SlotHeader::tenancy(0, leases), Release);
    }

    fn read(&self) -> Sight {
        // Pairs with `lease` and `give_back`, for who reads the values by a later call.
        let tenancy = self.tenancy.load(Acquire);
        Sight {
            tid: tagged::data(tenancy),
            name: self.name.read().expect("at most one write meanwhile"),
            gauge: self.gauge.load(Relaxed),
            counter: self.counter.load(Relaxed),
        }
    }
}

#[derive(Clone, Copy)]
struct Tenant {
    tid: u32,
    name: &'static [u8],
}

const OLD: Tenant = Tenant { tid: 7, name: b"old" };
const NEW: Tenant = Tenant { tid: 8, name: b"new" };
const CONSTANT: &[u8] = b"v1";

/// What a reader finds in a slot.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sight {
    tid: u32,
    name: Vec<u8>,
    gauge: u64,
    counter: u64,
}

/// All that can be found while `tid` is there: values are of moments of their own.
fn sights(tid: u32, names: &[&[u8]], gauges: &[u64], counters: &[u64]) -> Vec<Sight> {
    let mut sights = Vec::new();
    for name in names {
        for gauge in gauges {
            for counter in counters {
                sights.push(Sight { tid, name: name.to_vec(), gauge: *gauge, counter: *counter });
            }
        }
    }
    sights
}

#[test]
fn who_sees_the_count_sees_a_whole_slot() {
    let outcomes = Outcomes::default();
    let seen = outcomes.clone();
    loom::model(move || {
        let slot = Arc::new(Slot::new());
        let writer = slot.clone();
        let writer = thread::spawn(move || {
            writer.lease(OLD, 1);
            writer.publish();
            writer.update(70, 1);
        });
        // Pairs with `publish`.
        let is_published = slot.count.load(Acquire) == 1;
        seen.lock().unwrap().insert(is_published.then(|| slot.read()));
        if is_published {
            assert_eq!(slot.constant.read().as_deref(), Ok(CONSTANT));
        }
        writer.join().unwrap();
    });
    let mut expected = BTreeSet::from([None]);
    expected.extend(sights(OLD.tid, &[OLD.name], &[0, 70], &[0, 1]).into_iter().map(Some));
    assert_eq!(*outcomes.lock().unwrap(), expected);
}

/// The tenants are two threads. The claim of the slot is between them, see below, so that they are one writer
/// to readers.
#[test]
fn who_sees_a_tenant_sees_the_slot_made_ready_for_it_and_all_that_was_counted_before() {
    let outcomes = Outcomes::default();
    let seen = outcomes.clone();
    loom::model(move || {
        let slot = Arc::new(Slot::new());
        slot.lease(OLD, 1);
        let writer = slot.clone();
        let writer = thread::spawn(move || {
            writer.update(70, 1);
            writer.give_back(1);
            writer.lease(NEW, 2);
            writer.update(80, 2);
        });
        seen.lock().unwrap().insert(slot.read());
        writer.join().unwrap();
    });
    // Values can be later ones than the tenant, never earlier ones.
    let mut expected = BTreeSet::new();
    expected.extend(sights(OLD.tid, &[OLD.name, NEW.name], &[0, 70, 80], &[0, 1, 2]));
    expected.extend(sights(0, &[OLD.name, NEW.name], &[70, 0, 80], &[1, 2]));
    expected.extend(sights(NEW.tid, &[NEW.name], &[0, 80], &[1, 2]));
    assert_eq!(*outcomes.lock().unwrap(), expected);
}

/// A slot as threads of the process claim it, and a counter in it.
#[derive(Default)]
struct ClaimedSlot {
    /// As `Slot::tenancy` of `publication::slots`.
    tenancy: AtomicU64,
    counter: AtomicU64,
}

impl ClaimedSlot {
    /// As `Slot::claim`, of a free slot.
    fn claim(&self, tid: u32) -> Option<u32> {
        let word = self.tenancy.load(Relaxed);
        if tagged::data(word) != 0 {
            return None;
        }
        let leases = tagged::version(word).wrapping_add(1);
        let claimed = self.tenancy.compare_exchange(word, SlotHeader::tenancy(tid, leases), Acquire, Relaxed);
        claimed.is_ok().then_some(leases)
    }

    /// As `Counter::incr`.
    fn count(&self) {
        self.counter.store(self.counter.load(Relaxed) + 1, Relaxed);
    }

    /// As `Slot::free`.
    fn free(&self, leases: u32) {
        self.tenancy.store(SlotHeader::tenancy(0, leases), Release);
    }
}

#[test]
fn a_slot_has_one_tenant_at_a_time_who_finds_what_the_last_one_counted() {
    let outcomes = Outcomes::default();
    let seen = outcomes.clone();
    loom::model(move || {
        let slot = Arc::new(ClaimedSlot::default());
        let use_once = |slot: &ClaimedSlot, tid| {
            let leases = slot.claim(tid)?;
            slot.count();
            slot.free(leases);
            Some(())
        };
        let others = slot.clone();
        let other = thread::spawn(move || use_once(&others, OLD.tid).is_some());
        let own = [use_once(&slot, NEW.tid), use_once(&slot, NEW.tid)].into_iter().flatten().count();
        let tenants = own + usize::from(other.join().unwrap());
        assert_eq!(slot.counter.load(Relaxed), tenants as u64);
        seen.lock().unwrap().insert(tenants);
    });
    assert_eq!(*outcomes.lock().unwrap(), BTreeSet::from([1, 2, 3]));
}
