//! Whatever other users do to the names and files that a program or a cleaner uses, nothing behind them is
//! opened for writing, cut or removed, nothing of theirs is let in, and nothing is lost.
//!
//! `MMSTATS_ATTACK_ROUNDS` says how many rounds the attack at full speed has.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mmstats_reader::{Liveness, Reader};
use mmstats_tests::canary::Canary;
use mmstats_tests::lock::hold_read_locks;
use mmstats_tests::plants::{Plant, names, remove_any, trace};
use mmstats_tests::reading::count;
use mmstats_tests::stale;
use mmstats_tests::subject::Subject;
use mmstats_tests::system::is_root;
use mmstats_tests::users::{ATTACKER, Ground, VICTIM, give};

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");
const ATTACK: &str = env!("CARGO_BIN_EXE_attacker");
/// The victim's in a directory that others may write to.
const LOCK: &str = ".lock-65530";

fn plant_stale(path: &Path, owner: u32) {
    stale::write(path, 0).unwrap();
    give(path, owner);
}

fn events(path: &Path) -> u64 {
    count(path, "subject.events")
}

/// Each plant at each name: that of the file, of the old file beside it, and of the lock.
#[test]
fn what_is_planted_at_a_name_is_passed_by_and_left_as_it_is() {
    if !is_root("what_is_planted_at_a_name_is_passed_by_and_left_as_it_is") {
        return;
    }
    let ground = Ground::new(&[SUBJECT]);
    let aviary = ground.make_dir("aviary", VICTIM, 0o755);
    let canary = Canary::new(&aviary.join("canary"), VICTIM, 0o666);
    let mut victim = Subject::spawn(&mut ground.command(SUBJECT, VICTIM));
    for plant in Plant::ALL {
        let shared = ground.make_dir(&format!("{plant:?}"), 0, 0o1777);
        let [lock, file, old] = [LOCK, "x.mmstats", "y.mmstats.old"].map(|name| shared.join(name));
        for path in [&lock, &file, &old] {
            plant.put(path, &canary);
        }
        let before = [&lock, &file, &old].map(|path| trace(path));
        plant_stale(&shared.join("y.mmstats"), VICTIM);
        let mut ask = |command: &str| victim.ask(&command.replace("DIR", &shared.display().to_string()));
        let mut create = |name: &str, how: &str| {
            let path = PathBuf::from(ask(&format!("create DIR {name} {how}")));
            assert_eq!(ask("release"), "done", "{plant:?}: {path:?}");
            path
        };

        // Where there is no lock to be relied on nobody removes anything.
        assert_eq!(create("y.mmstats", ""), shared.join("y-2.mmstats"), "{plant:?}");
        assert_eq!(create("y.mmstats", "resume"), shared.join("y-2.mmstats"), "{plant:?}");
        assert_eq!(create("x.mmstats", ""), shared.join("x-2.mmstats"), "{plant:?}");
        assert_eq!([&lock, &file, &old].map(|path| trace(path)), before, "{plant:?}");
        remove_any(&lock).unwrap();
        assert_eq!(create("x.mmstats", "resume"), shared.join("x-2.mmstats"), "{plant:?}");
        assert_eq!(create("y.mmstats", "resume"), shared.join("y.mmstats"), "{plant:?}");
        let removal = ask("remove DIR x.mmstats");
        assert!(removal == "Foreign" || removal.starts_with("error"), "{plant:?}: {removal}");
        assert_eq!([&file, &old].map(|path| trace(path)), before[1..], "{plant:?}");
        assert_eq!(names(&shared), [LOCK, "x.mmstats", "y.mmstats.old", "y.mmstats.old-2"], "{plant:?}");
        assert_eq!(names(&aviary), ["canary"], "{plant:?}");
        canary.check();
    }
}

/// A file of the victim's that a stranger linked to the lock's name has that name alone once the stranger has
/// taken the other one away again, or has done so to the link by the time that names are counted.
#[test]
fn a_file_that_strangers_could_have_linked_or_that_has_contents_is_not_opened_as_a_lock() {
    if !is_root("a_file_that_strangers_could_have_linked_or_that_has_contents_is_not_opened_as_a_lock") {
        return;
    }
    let ground = Ground::new(&[SUBJECT]);
    let mut victim = Subject::spawn(&mut ground.command(SUBJECT, VICTIM));
    for (number, (mode, song)) in [(0o666, ""), (0o640, ""), (0o600, "still singing")].into_iter().enumerate()
    {
        let shared = ground.make_dir(&format!("shared-{number}"), 0, 0o1777);
        let canary = Canary::with_song(&shared.join(LOCK), VICTIM, mode, song);
        plant_stale(&shared.join("y.mmstats"), VICTIM);
        let created = victim.create(&shared, "y.mmstats");
        assert_eq!(created, shared.join("y-2.mmstats"), "a lock of mode {mode:o} with {song:?} in it");
        assert_eq!(victim.ask("release"), "done");
        canary.check();
    }
}

/// A running attacker. Dropping it kills it.
struct Attacker(Subject);

impl Attacker {
    /// Starts it, for the directory `shared`. In its own there is a stale file of the victim's kind, with
    /// many events.
    fn start(ground: &Ground, shared: &Path, canary: &Canary) -> Self {
        let own = ground.make_dir("lair", ATTACKER, 0o700);
        let mut author = Subject::spawn(&mut ground.command(SUBJECT, ATTACKER));
        let planted = author.create(&own, "planted.mmstats");
        assert_eq!(author.ask("incr 1000000"), "done");
        author.kill();
        fs::rename(planted, own.join("planted")).unwrap();
        let aviary = canary.path().parent().unwrap();
        let mut command = ground.command(ATTACK, ATTACKER);
        Self(Subject::spawn(command.arg(shared).arg(own).arg(canary.path()).arg(aviary)))
    }

    /// Attacks the names that go with the file `name` from now on.
    fn aim(&mut self, name: &str) {
        let second = name.replace(".mmstats", "-2.mmstats");
        // The file's own name most often.
        self.0.tell(&format!("aim {name} {name} {second} {name}.old {LOCK}"));
    }

    /// Ends, and returns how often it was let do something.
    fn stop(mut self) -> u64 {
        self.0.ask("stop").parse().unwrap()
    }
}

/// In a directory that both may write to. Each round starts two programs, one of which goes on from the
/// counters of the last round; root cleans meanwhile.
#[test]
fn names_that_are_swapped_meanwhile_let_nothing_in_and_lose_nothing() {
    /// While the attacker has the lock's name each start takes another name for its file.
    const ROUNDS_OF_A_NAME: u64 = 50;
    if !is_root("names_that_are_swapped_meanwhile_let_nothing_in_and_lose_nothing") {
        return;
    }
    let rounds: u64 = std::env::var("MMSTATS_ATTACK_ROUNDS").map_or(5_000, |rounds| rounds.parse().unwrap());
    let ground = Ground::new(&[SUBJECT, ATTACK]);
    let aviary = ground.make_dir("aviary", VICTIM, 0o755);
    let canary = Canary::new(&aviary.join("canary"), VICTIM, 0o666);
    let shared = ground.make_dir("shared", 0, 0o1777);
    let mut attacker = Attacker::start(&ground, &shared, &canary);
    let mut victim = Subject::spawn(&mut ground.command(SUBJECT, VICTIM));
    let mut cleaner = Subject::start(SUBJECT);
    for number in 0..rounds.div_ceil(ROUNDS_OF_A_NAME) {
        let name = format!("x{number}.mmstats");
        attacker.aim(&name);
        for _ in 0..ROUNDS_OF_A_NAME {
            for how in ["keep resume", ""] {
                cleaner.tell(&format!("remove {} {name}", shared.display()));
                let path = PathBuf::from(victim.ask(&format!("create {} {name} {how}", shared.display())));
                assert!(path.starts_with(&shared), "{path:?}");
                let reader = Reader::open(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
                assert_eq!(reader.header().unwrap().pid.get(), victim.pid(), "{path:?} was lost");
                assert_eq!((reader.owner_uid(), reader.liveness().unwrap()), (VICTIM, Liveness::Alive));
                assert_eq!(victim.ask("incr 1"), "done");
                assert_eq!(victim.ask("release"), "done");
                cleaner.answer();
            }
        }
        let kept = kept_files(&shared);
        let counted: u64 = kept.iter().map(|path| events(path)).sum();
        assert_eq!(counted, ROUNDS_OF_A_NAME, "{kept:?}");
        attacker.aim("nothing.mmstats");
        for name in names(&shared) {
            // It may be gone, or be there again.
            let _ = remove_any(&shared.join(name));
        }
    }
    println!("{rounds} rounds, in which the attacker was let do something {} times", attacker.stop());
    canary.check();
    assert_eq!(names(&aviary), ["canary"]);
}

/// The victim's files of statistics in `dir`, each by one of its names.
fn kept_files(dir: &Path) -> Vec<PathBuf> {
    let mut kept = BTreeMap::new();
    for path in names(dir).iter().map(|name| dir.join(name)) {
        if let Ok(reader) = Reader::open(&path)
            && reader.owner_uid() == VICTIM
        {
            kept.insert(fs::metadata(&path).unwrap().ino(), path);
        }
    }
    kept.into_values().collect()
}

/// What strangers may read they can lock, as far as a lock for reading goes.
#[test]
#[cfg_attr(mmstats_platform = "unix", ignore = "whoever may read a file can take its flock")]
fn a_strangers_locks_neither_hinder_nor_fool() {
    if !is_root("a_strangers_locks_neither_hinder_nor_fool") {
        return;
    }
    let ground = Ground::new(&[SUBJECT]);
    let dir = ground.make_dir("open", VICTIM, 0o755);
    let start = || Subject::spawn(&mut ground.command(SUBJECT, VICTIM));
    let liveness = |path: &Path| Reader::open(path).unwrap().liveness().unwrap();
    let mut held = Vec::new();
    for (name, how, events_of_second) in
        [("new.mmstats", "readable", 0), ("old.mmstats", "readable keep resume", 7)]
    {
        let create = format!("create {} {name} {how}", dir.display());
        let mut first = start();
        let path = PathBuf::from(first.ask(&create));
        assert_eq!(first.ask("incr 7"), "done");
        held.push(hold_read_locks(&path).unwrap());
        assert_eq!(liveness(&path), Liveness::Alive);
        first.kill();
        assert_eq!(liveness(&path), Liveness::Dead);
        let mut second = start();
        assert_eq!(PathBuf::from(second.ask(&create)), path);
        assert_eq!((liveness(&path), events(&path)), (Liveness::Alive, events_of_second));
        held.push(hold_read_locks(&path).unwrap());
        second.kill();
        assert_eq!(liveness(&path), Liveness::Dead);
    }
    assert_eq!(start().ask(&format!("remove {} new.mmstats", dir.display())), "Removed");
}

/// The owner of a file can make those wait who open it: for 45 seconds, again and again. So can the owner of
/// a directory that root cleans.
#[test]
fn a_lease_on_the_lock_does_not_make_root_wait() {
    if !is_root("a_lease_on_the_lock_does_not_make_root_wait") {
        return;
    }
    let ground = Ground::new(&[ATTACK]);
    let dir = ground.make_dir("lair", ATTACKER, 0o700);
    let lock = dir.join(".lock");
    plant_stale(&dir.join("x.mmstats"), ATTACKER);
    fs::write(&lock, "").unwrap();
    fs::set_permissions(&lock, Permissions::from_mode(0o600)).unwrap();
    give(&lock, ATTACKER);
    let mut attacker = Subject::spawn(ground.command(ATTACK, ATTACKER).args([&dir, &dir]));
    assert_eq!(attacker.ask(&format!("lease {}", lock.display())), "done");
    let mut cleaner = Subject::start(SUBJECT);
    // flock needs no descriptor that can write.
    let expected = if cfg!(mmstats_platform = "unix") { "Removed" } else { "Busy" };
    assert_eq!(cleaner.ask(&format!("remove {} x.mmstats", dir.display())), expected);
}

/// In a directory that they share, honest or not.
#[test]
fn each_user_goes_on_from_their_own_counters() {
    if !is_root("each_user_goes_on_from_their_own_counters") {
        return;
    }
    let ground = Ground::new(&[SUBJECT]);
    let shared = ground.make_dir("shared", 0, 0o1777);
    for run in 1..=3 {
        for uid in [ATTACKER, VICTIM, 0] {
            let mut subject = Subject::spawn(&mut ground.command(SUBJECT, uid));
            let path = shared.join(format!("of-{uid}.mmstats"));
            let create = format!("create {} of-{uid}.mmstats keep resume", shared.display());
            assert_eq!(PathBuf::from(subject.ask(&create)), path);
            assert_eq!(subject.ask("incr 1"), "done");
            assert_eq!(events(&path), run);
        }
    }
}
