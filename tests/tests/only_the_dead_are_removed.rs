//! Whose files are taken for a dead writer's, and what their removal leaves alone.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use mmstats_format::header::Header;
use mmstats_format::{Le32, Le64};
use mmstats_host::removal::{Candidate, Removal, remove_dead};
use mmstats_reader::{Liveness, Origin, Reader};
use mmstats_tests::stale;
use mmstats_tests::system::is_root;

const NOBODY: u32 = 65534;

fn liveness(change: impl FnOnce(&mut Header)) -> Liveness {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mmstats");
    stale::write_with(&path, change).unwrap();
    Reader::open(&path).unwrap().liveness().unwrap()
}

#[test]
fn a_file_is_stale_if_its_lock_is_gone_and_it_is_where_it_was_made() {
    assert_eq!(liveness(|_| {}), Liveness::Dead);
    assert_eq!(liveness(|header| header.flags = Le32::new(0)), Liveness::Unknown);
    assert_eq!(liveness(|header| header.st_ino = Le64::new(header.st_ino.get() + 1)), Liveness::Unknown);
    assert_eq!(liveness(|header| header.st_dev = Le64::new(header.st_dev.get() + 1)), Liveness::Unknown);
}

/// A machine that serves a filesystem to another, and a container with a boot id of its own, see
/// files of a boot that is not theirs while the writers live.
#[test]
fn a_file_of_another_boot_is_stale_only_if_it_is_older_than_this_boot() {
    let of_boot = |created_ns: u64| {
        liveness(|header| {
            header.st_dev = Le64::new(header.st_dev.get() + 1);
            header.boot_id = [7; 16];
            header.created_realtime_ns = Le64::new(created_ns);
        })
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert_eq!(of_boot(u64::try_from(now.as_nanos()).unwrap()), Liveness::Unknown);
    // 2001, before any machine that runs this.
    assert_eq!(of_boot(1_000_000_000_000_000_000), Liveness::Dead);
}

/// The owner of a directory can give any file of root's in it the name of the lock.
#[test]
fn a_lock_that_root_did_not_make_stays_roots() {
    if !is_root("a_lock_that_root_did_not_make_stays_roots") {
        return;
    }
    let owner_of_lock_after_removal = |dir: &Path| {
        stale::write(&dir.join("x.mmstats"), 0).unwrap();
        let removal =
            remove_dead(&File::open(dir).unwrap(), "x.mmstats".as_ref(), false, &Origin::writer).unwrap();
        assert_eq!(removal, Removal::Removed);
        fs::metadata(dir.join(".lock")).unwrap().uid()
    };
    let dir = tempfile::tempdir().unwrap();
    chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let lock = dir.path().join(".lock");
    fs::write(&lock, "").unwrap();
    fs::set_permissions(&lock, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(owner_of_lock_after_removal(dir.path()), 0);
    // One with contents is none at all.
    fs::write(&lock, "root's report").unwrap();
    stale::write(&dir.path().join("y.mmstats"), 0).unwrap();
    let removal =
        remove_dead(&File::open(dir.path()).unwrap(), "y.mmstats".as_ref(), false, &Origin::writer).unwrap();
    assert_eq!(removal, Removal::Busy);
    assert_eq!(
        (fs::metadata(&lock).unwrap().uid(), fs::read(&lock).unwrap().as_slice()),
        (0, &b"root's report"[..])
    );
    // One that root makes is the owner's, who could not open it otherwise.
    fs::remove_file(dir.path().join(".lock")).unwrap();
    assert_eq!(owner_of_lock_after_removal(dir.path()), NOBODY);
}

/// A cleaner that was asked for the files of one program removes no other program's.
#[test]
fn a_file_that_was_looked_at_is_not_removed_if_another_has_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let [path, aside] = ["x.mmstats", "aside"].map(|name| dir.path().join(name));
    let opened = File::open(dir.path()).unwrap();
    stale::write(&path, 0).unwrap();
    let candidate = Candidate::open(&opened, "x.mmstats".as_ref()).unwrap();
    fs::rename(&path, &aside).unwrap();
    let remove = || candidate.remove(&opened, "x.mmstats".as_ref(), false, &Origin::writer).unwrap();
    assert_eq!(remove(), Removal::Missing);
    stale::write(&path, 0).unwrap();
    assert_eq!(remove(), Removal::Missing);
    assert!(path.exists() && aside.exists());
    // A live one that has taken it over.
    fs::rename(&aside, &path).unwrap();
    let locked = File::options().read(true).write(true).open(&path).unwrap();
    assert!(mmstats_host::lock::try_write_lock(&locked).unwrap());
    assert_eq!(remove(), Removal::NotDead(Liveness::Alive));
    drop(locked);
    assert_eq!(remove(), Removal::Removed);
    assert!(!path.exists());
}
