//! What some users of the machine cannot read is not shown to all of them by root.
//!
//! `MMSTATS_SWAP_POLLS` says how many polls the attacks by swapped names last, and `MMSTATS_SLOW_SWAP_POLLS` how
//! many those on a server that polls each second; they are left out without it.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs::{self, File, Permissions};
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use mmstats_tests::system::is_root;
use mmstats_tests::users::{ATTACKER, VICTIM, give};
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::unistd::{Gid, chown};

use crate::client::PATIENCE;
use crate::fixture::{Field, Fixture};
use crate::server::{Server, new_place, start_with};
use crate::support::{self, Place, old_field};
use crate::writer::put;

fn set_mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A directory in `place` of this mode.
fn make_dir(place: &Place, name: &str, mode: u32) -> PathBuf {
    let path = place.path(name);
    fs::create_dir(&path).unwrap();
    set_mode(&path, mode);
    path
}

/// Writes a file of format 2 with the counter `label` to `path`, which everybody can read.
fn write(path: &Path, label: &str, value: u64) {
    let fixture = Fixture { flags: 0, ..Fixture::with_fields([Field::counter(label, &[value])]) };
    fixture.attribute("sys.cmd", "swapped").write(path);
    set_mode(path, 0o644);
}

/// Gives `path` an access control list by which the user VICTIM may nothing, and all others may `rights`.
fn deny_victim(path: &Path, rights: u16) {
    let entry = |tag: u16, rights: u16, id: u32| {
        [&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat()
    };
    // The owner, a user, the group, the mask and the others, as linux/posix_acl_xattr.h has it.
    let list = [
        2_u32.to_le_bytes().to_vec(),
        entry(1, 6 | rights, u32::MAX),
        entry(2, 0, VICTIM),
        entry(4, rights, u32::MAX),
        entry(16, rights, u32::MAX),
        entry(32, rights, u32::MAX),
    ];
    let file = File::open(path).unwrap();
    let name = CString::new("system.posix_acl_access").unwrap();
    rustix::fs::fsetxattr(&file, &*name, &list.concat(), rustix::fs::XattrFlags::empty()).unwrap();
}

/// What is said by a server that does not start on `arguments`.
#[track_caller]
fn refusal(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command(["--listen", "127.0.0.1:0"].iter().chain(arguments));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            // It may have ended just now.
            let _ = child.kill();
            panic!("it starts on {arguments:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let said = support::said(&child.wait_with_output().unwrap());
    assert_eq!(said.status, 2, "{}", said.stderr);
    assert!(said.stderr.contains("cannot serve ") && said.stderr.contains("--token-file"), "{}", said.stderr);
    said.stderr
}

#[test]
fn a_file_that_its_owner_or_group_cannot_read_is_private() {
    if !is_root("a_file_that_its_owner_or_group_cannot_read_is_private") {
        return;
    }
    let place = new_place();
    for mode in [0o604, 0o044, 0o404, 0o640, 0o600, 0o440, 0o000, 0o004, 0o733] {
        write(&place.path("secret.mmstats"), "secret.hits", 42);
        chown(&place.path("secret.mmstats"), None, Some(Gid::from_raw(VICTIM))).unwrap();
        set_mode(place.path("secret.mmstats"), mode);
        let said = refusal(&place, &["."]);
        assert!(said.contains(&format!("it has mode {mode:04o}")), "{said}");
    }
    for mode in [0o444, 0o644, 0o664, 0o755] {
        set_mode(place.path("secret.mmstats"), mode);
        start_with(&place, ["."]).wait_for("/stats/", |stats| stats.to_string().contains("secret.hits"));
    }
}

#[test]
fn a_file_below_a_directory_that_some_cannot_search_is_private() {
    if !is_root("a_file_below_a_directory_that_some_cannot_search_is_private") {
        return;
    }
    let place = new_place();
    let above = make_dir(&place, "above", 0o755);
    let dir = make_dir(&place, "above/dir", 0o755);
    write(&dir.join("secret.mmstats"), "secret.hits", 42);
    for closed in [&above, &dir] {
        for mode in [0o705, 0o750, 0o771 & !0o010, 0o655, 0o700] {
            set_mode(closed, mode);
            for named in ["above/dir", "above/dir/secret.mmstats", "above/*/secret.mmstats", "above/d*"] {
                let said = refusal(&place, &[named]);
                assert!(said.contains(&format!("has mode {mode:04o}")), "{named}: {said}");
            }
        }
        set_mode(closed, 0o755);
    }
    // Nobody needs to list it.
    set_mode(&dir, 0o711);
    start_with(&place, ["above/dir/secret.mmstats"])
        .wait_for("/stats/secret.hits", |stats| stats["secret.hits"] == serde_json::json!([42]));
}

#[test]
fn a_file_of_format_1_is_private_in_the_same_way() {
    if !is_root("a_file_of_format_1_is_private_in_the_same_way") {
        return;
    }
    let place = new_place();
    let bytes = [&b"\x01"[..], &old_field("secret.hits", "I", &42_u32.to_le_bytes())].concat();
    fs::write(place.path("secret.mmstats"), bytes).unwrap();
    set_mode(place.path("secret.mmstats"), 0o604);
    refusal(&place, &["."]);
    set_mode(place.path("secret.mmstats"), 0o644);
    let server = start_with(&place, ["."]);
    let shown = |count: usize| {
        server
            .wait_for("/files/", |files| files["files"].as_array().is_some_and(|files| files.len() == count));
    };
    shown(1);
    set_mode(place.path("secret.mmstats"), 0o604);
    shown(0);
}

#[test]
fn an_access_control_list_makes_a_file_private() {
    if !is_root("an_access_control_list_makes_a_file_private") {
        return;
    }
    let place = new_place();
    // In memory all files can have such lists.
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    set_mode(memory.path(), 0o755);
    let dir = memory.path().join("dir");
    fs::create_dir(&dir).unwrap();
    set_mode(&dir, 0o755);
    let path = dir.join("secret.mmstats");
    write(&path, "secret.hits", 42);
    let server = start_with(&place, [&dir]);
    let shown = |count: usize| {
        server
            .wait_for("/files/", |files| files["files"].as_array().is_some_and(|files| files.len() == count));
    };
    shown(1);
    deny_victim(&path, 4);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    shown(0);
    assert!(refusal(&place, &[dir.to_str().unwrap()]).contains("it has an access control list"));
    fs::remove_file(&path).unwrap();
    write(&path, "secret.hits", 42);
    shown(1);
    deny_victim(&dir, 5);
    shown(0);
    let said = refusal(&place, &[path.to_str().unwrap()]);
    assert!(said.contains("dir has an access control list"), "{said}");
}

/// A process of another mount namespace has another `/dev/shm`, to which only its own user and root come.
#[test]
fn what_only_another_mount_namespace_has_is_private() {
    if !is_root("what_only_another_mount_namespace_has_is_private") {
        return;
    }
    let place = new_place();
    let hidden = make_dir(&place, "hidden", 0o755);
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", "mount -t tmpfs -o mode=0755 none \"$0\" && echo ready && cat"]);
    let mut child = command.arg(&hidden).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line)
        .unwrap();
    assert_eq!(line, "ready\n");
    let inside = PathBuf::from(format!("/proc/{}/root{}", child.id(), hidden.display()));
    write(&inside.join("secret.mmstats"), "secret.hits", 42);
    let said = refusal(&place, &[inside.to_str().unwrap()]);
    assert!(said.contains("mount namespace"), "{said}");
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// Whatever a name leads to, the file is where it is.
#[test]
fn a_link_to_a_private_directory_makes_nothing_public() {
    if !is_root("a_link_to_a_private_directory_makes_nothing_public") {
        return;
    }
    let place = new_place();
    let private = make_dir(&place, "private", 0o700);
    let dir = make_dir(&place, "private/dir", 0o755);
    write(&dir.join("secret.mmstats"), "secret.hits", 42);
    symlink(&dir, place.path("link")).unwrap();
    for named in ["link", "link/secret.mmstats", "link/.", "link/*.mmstats"] {
        refusal(&place, &[named]);
    }
    // And the other way round: all can read it where it is.
    let open = make_dir(&place, "open", 0o755);
    write(&open.join("open.mmstats"), "open.hits", 7);
    symlink(&open, private.join("out")).unwrap();
    start_with(&place, ["private/out"])
        .wait_for("/stats/open.hits", |stats| stats["open.hits"] == serde_json::json!([7]));
}

#[test]
fn nothing_of_a_private_file_is_in_values_or_history_and_what_was_public_stays() {
    if !is_root("nothing_of_a_private_file_is_in_values_or_history_and_what_was_public_stays") {
        return;
    }
    let place = new_place();
    let fixture = Fixture::with_fields([Field::counter("web.hits", &[100])]);
    let built = put(&place, "web.mmstats", fixture);
    set_mode(place.path("web.mmstats"), 0o644);
    let count = |value: u64| {
        let file = fs::OpenOptions::new().write(true).open(place.path("web.mmstats")).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &value.to_le_bytes(), built.value_at(0, 0) as u64)
            .unwrap();
    };
    let server = start_with(&place, ["."]);
    let hits = |value: u64| {
        server.wait_for("/stats/web.hits", |stats| stats["web.hits"] == serde_json::json!([value]));
    };
    let grown = || {
        let answer = server.json("/api/v1/query?label=web.hits&since=60");
        let rates = answer["series"][0]["values"].as_array().cloned().unwrap_or_default();
        rates.iter().filter_map(serde_json::Value::as_f64).sum::<f64>() * answer["step"].as_f64().unwrap()
    };
    hits(100);
    count(110);
    hits(110);
    server.wait_for("/api/v1/query?label=web.hits&since=60", |_| (grown() - 10.0).abs() < 0.5);
    set_mode(place.path("web.mmstats"), 0o604);
    server.wait_for("/stats/web.hits", |stats| *stats == serde_json::json!({}));
    count(5_000);
    wait_for_polls(&server, 5);
    assert_eq!(server.json("/stats/web.hits"), serde_json::json!({}));
    count(5_100);
    wait_for_polls(&server, 2);
    set_mode(place.path("web.mmstats"), 0o644);
    hits(5_100);
    count(5_105);
    hits(5_105);
    // What came while it was private is not told afterwards as growth.
    server.wait_for("/api/v1/query?label=web.hits&since=60", |_| (grown() - 15.0).abs() < 0.5);
}

/// Its program has ended, and cannot say any more who may read it.
#[test]
fn a_file_that_is_gone_is_private_and_no_reason_not_to_start() {
    if !is_root("a_file_that_is_gone_is_private_and_no_reason_not_to_start") {
        return;
    }
    let place = new_place();
    write(&place.path("web.mmstats"), "web.hits", 1);
    let server = start_with(&place, ["."]);
    server.wait_for("/stats/web.hits", |stats| *stats == serde_json::json!({ "web.hits": [1] }));
    fs::remove_file(place.path("web.mmstats")).unwrap();
    server.wait_for("/stats/web.hits", |stats| *stats == serde_json::json!({}));
    let (_, _, stderr) = server.end();
    assert!(!stderr.contains("cannot serve"), "{stderr}");
}

/// Waits until the server has looked at the files `count` times more, and returns how often that was.
fn wait_for_polls(server: &Server, count: u64) {
    let time = || server.json("/api/v1/processes")["time"].clone();
    let (start, mut last, mut polls) = (Instant::now(), time(), 0);
    while polls < count {
        let now = time();
        polls += u64::from(now != last);
        last = now;
        assert!(start.elapsed() < PATIENCE);
    }
}

/// What attackers swap, again and again.
struct Swap {
    /// The label in a file of their own, which everybody may see from time to time.
    label: &'static str,
    swap: Box<dyn Fn() + Send + Sync>,
}

/// Makes a directory of the attacker's, with a file that everybody may see.
fn own_directory(path: &Path, label: &str) {
    fs::create_dir_all(path).unwrap();
    set_mode(path, 0o755);
    give(path, ATTACKER);
    write(&path.join("s.mmstats"), label, 1);
}

/// The attacker's directory `name` becomes a link to `target` and comes back, by two renames each time.
fn by_renames(name: &Path, target: &Path, label: &'static str) -> Swap {
    own_directory(name, label);
    let [real, link] = ["real", "link"].map(|end| name.with_file_name(format!("{label}-{end}")));
    symlink(target, &link).unwrap();
    let name = name.to_owned();
    let swap = move || {
        for (away, here) in [(&real, &link), (&link, &real)] {
            fs::rename(&name, away).unwrap();
            fs::rename(here, &name).unwrap();
        }
    };
    Swap { label, swap: Box::new(swap) }
}

/// `name`, where the attacker's file with `label` is or is below, becomes what `other` is and comes back, each
/// time at once.
fn by_exchange(name: &Path, other: &Path, label: &'static str) -> Swap {
    let (name, other) = (name.to_owned(), other.to_owned());
    let swap = move || {
        let here = AT_FDCWD.as_fd();
        renameat2(here, &name, here, &other, RenameFlags::RENAME_EXCHANGE).unwrap();
    };
    Swap { label, swap: Box::new(swap) }
}

/// Attacks `server`, which polls every `interval`, for so many polls, and asserts that nothing of the
/// victim's is in what it says, and that it sees each of the attackers' own files from time to time.
fn attack(server: &Server, polls: u64, swaps: &[Swap]) {
    let (is_over, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut unseen: BTreeSet<&str> = swaps.iter().map(|swap| swap.label).collect();
    std::thread::scope(|scope| {
        for Swap { swap, .. } in swaps {
            scope.spawn(|| {
                while !is_over.load(Relaxed) {
                    swap();
                    count.fetch_add(1, Relaxed);
                    std::thread::sleep(Duration::from_micros(100));
                }
            });
        }
        let (mut done, mut last, mut leaks) = (0, serde_json::Value::Null, Vec::new());
        let mut progress = Instant::now();
        while done < polls && progress.elapsed() < PATIENCE {
            let processes = server.get("/api/v1/processes");
            let answers = [server.get("/stats/"), server.get("/files/"), server.get("/api/v1/fields")];
            let leak = answers.iter().chain([&processes]).find(|answer| answer.body.contains("secret"));
            leaks.extend(leak.map(|answer| answer.body.clone()));
            let json = processes.json();
            if json["time"] != last {
                (done, last, progress) = (done + 1, json["time"].clone(), Instant::now());
            }
            unseen.retain(|label| !answers[0].body.contains(label));
        }
        is_over.store(true, Relaxed);
        println!("{done} polls, {} swaps: {} leaks", count.load(Relaxed), leaks.len());
        assert_eq!(leaks.len(), 0, "{}", leaks[0]);
        assert_eq!(done, polls, "no poll for {PATIENCE:?}");
    });
    assert!(unseen.is_empty(), "never seen: {unseen:?}");
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|polls| polls.parse().unwrap())
}

/// The intervals at which servers poll, and for how many polls each is attacked.
fn campaigns() -> Vec<(&'static str, u64)> {
    let slow = setting("MMSTATS_SLOW_SWAP_POLLS").map(|polls| ("1s", polls));
    [("10ms", setting("MMSTATS_SWAP_POLLS").unwrap_or(300))].into_iter().chain(slow).collect()
}

/// A directory of the victim's that nobody else can look into, with a file that all could read.
fn secret_directory(place: &Place) -> PathBuf {
    let home = make_dir(place, "victim", 0o700);
    let dir = make_dir(place, "victim/stats", 0o755);
    for dir in [&home, &dir] {
        write(&dir.join("s.mmstats"), "secret.hits", 42);
        give(dir, VICTIM);
    }
    dir
}

#[test]
fn swapping_ones_default_directory_shows_nothing_private() {
    if !is_root("swapping_ones_default_directory_shows_nothing_private") {
        return;
    }
    for (interval, polls) in campaigns() {
        let place = new_place();
        let secret = secret_directory(&place);
        let shared = make_dir(&place, "shared", 0o1777);
        let name = |end: &str| shared.join(format!("mmstats-{ATTACKER}{end}"));
        own_directory(&name(".b"), "exchanged");
        symlink(&secret, shared.join("link")).unwrap();
        own_directory(&name(".c"), "moved");
        make_dir(&place, "shared/closed", 0o700);
        write(&shared.join("closed/s.mmstats"), "secret.hits", 42);
        give(&shared.join("closed"), VICTIM);
        let swaps = [
            by_renames(&name(""), &secret, "renamed"),
            by_exchange(&name(".b"), &shared.join("link"), "exchanged"),
            by_exchange(&name(".c"), &shared.join("closed"), "moved"),
        ];
        let arguments = ["--listen", "127.0.0.1:0", "--interval", interval, "--process", "swapped"];
        let mut command = place.command(arguments);
        let server = Server::spawn(command.env_remove("MMSTATS_PATH").env("TMPDIR", &shared));
        attack(&server, polls, &swaps);
    }
}

#[test]
fn swapping_what_was_named_shows_nothing_private() {
    if !is_root("swapping_what_was_named_shows_nothing_private") {
        return;
    }
    for (interval, polls) in campaigns() {
        let place = new_place();
        let secret = secret_directory(&place);
        let dir = make_dir(&place, "attacker", 0o755);
        let path = |name: &str| dir.join(name);
        symlink(&secret, path("link")).unwrap();
        symlink(secret.parent().unwrap(), path("link-above")).unwrap();
        symlink(secret.join("s.mmstats"), path("link-to-file")).unwrap();
        symlink(&secret, path("link-for-pattern")).unwrap();
        for (name, label) in [
            ("exchanged", "exchanged"),
            ("above/stats", "above"),
            ("file", "filed"),
            ("moved", "moved"),
            ("patterned", "patterned"),
        ] {
            own_directory(&path(name), label);
        }
        make_dir(&place, "attacker/closed", 0o750);
        write(&path("closed/s.mmstats"), "secret.hits", 42);
        let swaps = [
            by_renames(&path("renamed"), &secret, "renamed"),
            by_exchange(&path("exchanged"), &path("link"), "exchanged"),
            by_exchange(&path("above"), &path("link-above"), "above"),
            by_exchange(&path("file/s.mmstats"), &path("link-to-file"), "filed"),
            by_exchange(&path("moved"), &path("closed"), "moved"),
            by_exchange(&path("patterned"), &path("link-for-pattern"), "patterned"),
        ];
        let arguments = ["--listen", "127.0.0.1:0", "--interval", interval];
        let named = ["renamed", "exchanged/s.mmstats", "above/stats", "file", "moved", "patt*/*.mmstats"];
        let mut command = place.command(arguments);
        command.args(named.map(path));
        attack(&Server::spawn(&mut command), polls, &swaps);
    }
}
