//! The real cleanstats over files of the living, the dead, and of whom nobody knows.

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use fixture::{Field, Fixture};
use memmap2::MmapOptions;
use mmstats_reader::lock::{is_write_locked, try_write_lock};
use mmstats_reader::removal::{Removal, remove_dead};
use nix::unistd::geteuid;
use serde_json::{Value, json};
use tempfile::TempDir;

const FLAG_LOCKED: u32 = 1;
const FLAG_KEEP: u32 = 2;

/// No process has this id: Linux gives none above 2²².
const NOBODYS_PID: u32 = 5_000_000;

/// The user who has nothing.
const NOBODY: u32 = 65534;

const DRAFT: &str = ".0123456789abcdef.new";

/// A directory for files, and cleanstats in it.
struct Place(TempDir);

/// What cleanstats said.
struct Said {
    stdout: String,
    stderr: String,
    status: i32,
}

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join(name.as_ref())
    }

    /// A file of format 2 whose writer is dead.
    fn dead(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.dead_with(name, 0)
    }

    fn dead_with(&self, name: impl AsRef<OsStr>, flags: u32) -> PathBuf {
        let path = self.path(name);
        let fields = [Field::counter("hits", &[1])];
        Fixture { flags: FLAG_LOCKED | flags, ..Fixture::with_fields(fields) }.write(&path);
        path
    }

    /// A file of format 2 whose writer lives until what is returned is dropped.
    fn alive(&self, name: impl AsRef<OsStr>) -> File {
        lock(&self.dead(name))
    }

    /// A file of format 1 that says that the process `pid` made it `created` seconds after 1970.
    fn old(&self, name: impl AsRef<OsStr>, pid: u32, created: f64) -> PathBuf {
        let path = self.path(name);
        let fields = [
            old_field("web.sys.pid", "I", &pid.to_le_bytes()),
            old_field("web.sys.created", "d", &created.to_le_bytes()),
        ];
        fs::write(&path, [&b"\x01"[..], &fields.concat(), b"\0\0"].concat()).unwrap();
        path
    }

    /// cleanstats with these arguments, in the directory, knowing nothing of this machine's files.
    fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cleanstats"));
        command.args(arguments).current_dir(self.0.path());
        command.env_remove("MMSTATS_GLOB").env("MMSTATS_PATH", self.0.path());
        command
    }

    fn clean<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Said {
        said(&self.command(arguments).output().unwrap())
    }

    /// What `.` holds, sorted, but for the lock.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != ".lock").collect();
        names.sort();
        names
    }

    /// Opens the directory to others, and gives them this program.
    fn for_nobody(&self) -> PathBuf {
        fs::set_permissions(self.0.path(), Permissions::from_mode(0o755)).unwrap();
        let binary = self.path("cleanstats");
        // By another process: a child of another test that is about to start its program would hold the
        // copy open for writing, which keeps it from being started.
        let status = Command::new("cp").arg(env!("CARGO_BIN_EXE_cleanstats")).arg(&binary).status().unwrap();
        assert!(status.success());
        binary
    }
}

fn said(output: &Output) -> Said {
    Said {
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        status: output.status.code().unwrap(),
    }
}

/// Takes the lock of a writer, or of a remover.
fn lock(path: &Path) -> File {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap();
    assert!(try_write_lock(&file).unwrap());
    file
}

/// A field of format 1 with one value.
fn old_field(label: &str, type_: &str, value: &[u8]) -> Vec<u8> {
    let len = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
    [&len(label)[..], label.as_bytes(), &len(type_), type_.as_bytes(), b"\xff", value].concat()
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// Whether all processes are seen from here, without which no file of format 1 is known to be dead.
fn sees_all_processes(test: &str) -> bool {
    let sees_all = fs::read_link("/proc/self/ns/pid").is_ok_and(|name| name == Path::new("pid:[4026531836]"))
        && fs::read("/proc/1/status").is_ok();
    if !sees_all {
        eprintln!("passed over: {test} needs the first namespace of process ids");
    }
    sees_all
}

fn is_root(test: &str) -> bool {
    let is_root = geteuid().is_root();
    if !is_root {
        eprintln!("passed over: {test} needs root");
    }
    is_root
}

#[test]
fn the_dead_are_removed_and_the_living_stay() {
    let place = Place::new();
    place.dead("a.mmstats");
    place.dead("b.mmstats");
    let _writer = place.alive("c.mmstats");
    place.dead("not_in_a_directorys_turn");
    let said = place.clean(["."]);
    let expected = "PID 4711 not found. Deleting ./a.mmstats\nPID 4711 not found. Deleting ./b.mmstats\n\
                    Removed 2  -  1 alive\n";
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), (expected, "", 0));
    assert_eq!(place.names(), ["c.mmstats", "not_in_a_directorys_turn"]);
    // A file that is named may be called anything.
    let said = place.clean(["not_in_a_directorys_turn", "c.mmstats"]);
    let expected = "PID 4711 not found. Deleting not_in_a_directorys_turn\nRemoved 1  -  1 alive\n";
    assert_eq!((said.stdout.as_str(), said.status), (expected, 0));
}

#[test]
fn of_whom_nobody_knows_stays_and_is_said() {
    let place = Place::new();
    place.dead("a.mmstats");
    fs::copy(place.path("a.mmstats"), place.path("copy.mmstats")).unwrap();
    let said = place.clean(["."]);
    assert!(said.stdout.ends_with("Removed 1  -  0 alive  -  1 unknown\n"), "{}", said.stdout);
    let reason = "its program is not known to be dead: the file is a copy, another machine's, or was made without a \
                  lock";
    assert_eq!(said.stderr, format!("cleanstats: left ./copy.mmstats: {reason}\n"));
    assert_eq!((place.names(), said.status), (vec!["copy.mmstats".to_owned()], 0));
}

#[test]
fn what_its_writer_wished_to_be_kept_is_removed_only_on_demand() {
    let place = Place::new();
    place.dead_with("a.mmstats", FLAG_KEEP);
    let said = place.clean(["."]);
    assert_eq!(said.stdout, "Removed 0  -  0 alive  -  1 kept\n");
    assert!(said.stderr.ends_with("--kept removes it\n"), "{}", said.stderr);
    assert_eq!((place.names().len(), said.status), (1, 0));
    let said = place.clean(["--kept", "."]);
    assert!(said.stdout.ends_with("Removed 1  -  0 alive\n"), "{}", said.stdout);
    assert_eq!(place.names().len(), 0);
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = Place::new();
    place.dead("a.mmstats");
    place.dead(DRAFT);
    place.old("b.mmstats", NOBODYS_PID, now());
    let _writer = place.alive("c.mmstats");
    let before = fs::metadata(place.0.path()).unwrap();
    let said = place.clean(["--dry-run", "."]);
    assert!(said.stdout.contains("PID 4711 not found. Would delete ./a.mmstats\n"), "{}", said.stdout);
    assert!(
        said.stdout.contains("\nWould remove ") && said.stdout.contains("  -  1 alive"),
        "{}",
        said.stdout
    );
    let after = fs::metadata(place.0.path()).unwrap();
    assert_eq!((before.mtime(), before.mtime_nsec()), (after.mtime(), after.mtime_nsec()));
    assert_eq!(place.names(), [DRAFT, "a.mmstats", "b.mmstats", "c.mmstats"]);
    assert!(!place.path(".lock").exists());
}

#[test]
fn json_says_of_each_file_what_was_done_and_why() {
    let place = Place::new();
    place.dead("a.mmstats");
    let _writer = place.alive("b.mmstats");
    place.dead_with("c.mmstats", FLAG_KEEP);
    fs::copy(place.path("a.mmstats"), place.path("d.mmstats")).unwrap();
    fs::write(place.path("e"), "no statistics").unwrap();
    let objects = |said: &Said| -> Vec<Value> {
        said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let said = place.clean(["--json", "--dry-run", "a.mmstats"]);
    assert_eq!(
        said.stdout,
        "{\"path\":\"a.mmstats\",\"format\":2,\"pid\":4711,\"liveness\":\"dead\",\"action\":\"would_remove\",\
         \"reason\":\"dead\",\"message\":null}\n"
    );
    let said = place.clean(["--json", ".", "e"]);
    assert_eq!(said.status, 1);
    let found: Vec<Value> = objects(&said)
        .into_iter()
        .map(|object| json!([object["path"], object["liveness"], object["action"], object["reason"]]))
        .collect();
    assert_eq!(
        found,
        [
            json!(["e", null, "left", "failed"]),
            json!(["./a.mmstats", "dead", "removed", "dead"]),
            json!(["./b.mmstats", "alive", "left", "alive"]),
            json!(["./c.mmstats", "dead", "left", "kept"]),
            json!(["./d.mmstats", "unknown", "left", "unknown"]),
        ]
    );
    let message = "expected a header of at least 256 bytes, found 13 at byte 0";
    assert_eq!(objects(&said)[0]["message"], message);
    assert!(said.stderr.contains(&format!("cleanstats: cannot look at e: {message}\n")), "{}", said.stderr);
}

#[test]
fn what_a_writer_left_that_was_killed_before_it_published_is_removed() {
    let place = Place::new();
    place.dead(DRAFT);
    place.dead_with(".fedcba9876543210.new", FLAG_KEEP);
    let _writer = place.alive(".00000000000000ab.new");
    place.dead(".another.new");
    place.dead(".hidden.mmstats");
    place.old(".00000000000000cd.new", NOBODYS_PID, now());
    fs::write(place.path(".00000000000000ef.new"), "").unwrap();
    let said = place.clean(["."]);
    assert!(said.stdout.ends_with("Removed 2  -  0 alive\n"), "{}", said.stdout);
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    let left = [
        ".00000000000000ab.new",
        ".00000000000000cd.new",
        ".00000000000000ef.new",
        ".another.new",
        ".hidden.mmstats",
    ];
    assert_eq!(place.names(), left);
}

#[test]
fn what_is_no_file_of_statistics_is_an_error_if_named_and_else_passed_over() {
    let place = Place::new();
    let elsewhere = Place::new();
    let target = elsewhere.dead("dead.mmstats");
    symlink(&target, place.path("link.mmstats")).unwrap();
    nix::unistd::mkfifo(&place.path("fifo.mmstats"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::create_dir(place.path("directory.mmstats")).unwrap();
    fs::write(place.path("text.mmstats"), "no statistics").unwrap();
    fs::write(place.path("empty.mmstats"), "").unwrap();
    fs::write(place.path("cut.mmstats"), b"\x01\x05\0ab").unwrap();
    place.dead(".lock");
    for (name, reason) in [
        ("link.mmstats", "expected a regular file, found a symbolic link"),
        ("fifo.mmstats", "expected a regular file, found a FIFO"),
        ("text.mmstats", "expected a header of at least 256 bytes, found 13 at byte 0"),
        ("empty.mmstats", "expected a header of at least 256 bytes, found 0 at byte 0"),
        ("cut.mmstats", "expected a label of 5 bytes, found only 2 at byte 3"),
        (".lock", "expected a regular file, found a directory's lock"),
        ("/dev/null", "expected a regular file, found a device"),
        ("missing.mmstats", "No such file or directory (os error 2)"),
    ] {
        let said = place.clean([name]);
        assert_eq!(said.stderr, format!("cleanstats: cannot look at {name}: {reason}\n"));
        assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive  -  1 failed\n", 1));
    }
    let before = place.names();
    let said = place.clean(["."]);
    assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive\n", 0));
    assert_eq!(said.stderr, "cleanstats: no mmstats files in .\n");
    assert_eq!(place.names(), before);
    assert!(target.exists());
}

#[test]
fn a_file_of_format_1_is_dead_if_no_process_can_have_made_it() {
    if !sees_all_processes("a_file_of_format_1_is_dead_if_no_process_can_have_made_it") {
        return;
    }
    let place = Place::new();
    let gone = place.old("gone.mmstats", NOBODYS_PID, now());
    // This process has the id of one that made its file long before.
    let reused = place.old("reused.mmstats", std::process::id(), 1_000_000_000.0);
    let alive = place.old("alive.mmstats", std::process::id(), now());
    let said = place.clean(["."]);
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    let pid = std::process::id();
    assert_eq!(
        said.stdout,
        format!(
            "PID {NOBODYS_PID} not found. Deleting ./gone.mmstats\nPID {pid} not found. Deleting \
             ./reused.mmstats\nRemoved 2  -  1 alive\n"
        )
    );
    assert_eq!((gone.exists(), reused.exists(), alive.exists()), (false, false, true));
}

#[test]
fn a_process_that_seems_younger_than_its_file_lives_if_it_has_mapped_it() {
    let place = Place::new();
    // As after the clock was set forward.
    let path = place.old("a.mmstats", std::process::id(), 1_000_000_000.0);
    let file = File::open(&path).unwrap();
    let mapping = MmapOptions::new().map_raw_read_only(&file).unwrap();
    let said = place.clean(["."]);
    assert_eq!(said.stdout, "Removed 0  -  0 alive  -  1 unknown\n");
    assert_eq!((path.exists(), said.status), (true, 0));
    drop(mapping);
}

#[test]
fn a_file_of_format_1_that_does_not_say_who_made_it_and_when_stays() {
    let place = Place::new();
    let pid = old_field("sys.pid", "I", &NOBODYS_PID.to_le_bytes());
    let created = old_field("sys.created", "d", &now().to_le_bytes());
    for (name, fields) in [("a.mmstats", &pid), ("b.mmstats", &created)] {
        fs::write(place.path(name), [b"\x01", &fields[..], b"\0\0"].concat()).unwrap();
    }
    place.old("c.mmstats", 0, now());
    place.old("d.mmstats", NOBODYS_PID, now() + 1e6);
    place.old("e.mmstats", NOBODYS_PID, f64::NAN);
    place.old("f.mmstats", std::process::id(), 0.0);
    let said = place.clean(["."]);
    assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive  -  6 unknown\n", 0));
    assert_eq!(place.names().len(), 6);
}

#[test]
fn a_file_of_format_1_stays_where_its_process_could_not_be_seen() {
    if !is_root("a_file_of_format_1_stays_where_its_process_could_not_be_seen") {
        return;
    }
    let place = Place::new();
    place.old("a.mmstats", NOBODYS_PID, now());
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", env!("CARGO_BIN_EXE_cleanstats")]).arg(place.0.path());
    let said = said(&command.output().unwrap());
    if said.stderr.starts_with("unshare: ") {
        eprintln!("passed over: no namespaces can be made here: {}", said.stderr);
        return;
    }
    assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive  -  1 unknown\n", 0));
    assert!(said.stderr.contains("it may run where it is not seen"), "{}", said.stderr);
}

#[test]
fn a_process_of_a_container_is_known_by_the_id_that_it_has_there() {
    const TEST: &str = "a_process_of_a_container_is_known_by_the_id_that_it_has_there";
    if !is_root(TEST) || !sees_all_processes(TEST) {
        return;
    }
    // The next process there gets an id that is free here.
    let free = (30_000..u32::MAX).find(|pid| !Path::new(&format!("/proc/{pid}")).exists()).unwrap();
    let script =
        format!("echo {} > /proc/sys/kernel/ns_last_pid; sh -c 'echo $$; read end'; echo ended", free - 1);
    let mut container = Command::new("unshare")
        .args(["--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut answers = BufReader::new(container.stdout.take().unwrap());
    let mut answer = String::new();
    answers.read_line(&mut answer).unwrap();
    let Ok(pid) = answer.trim().parse() else {
        eprintln!("passed over: no namespaces can be made here");
        container.wait().unwrap();
        return;
    };
    let place = Place::new();
    let path = place.old("a.mmstats", pid, now());
    let said = place.clean(["."]);
    assert_eq!((path.exists(), said.status), (true, 0), "{}", said.stderr);

    container.stdin.take().unwrap().write_all(b"\n").unwrap();
    answer.clear();
    answers.read_line(&mut answer).unwrap();
    assert_eq!(answer, "ended\n");
    container.wait().unwrap();
    if pid == free {
        assert_eq!(place.clean(["."]).stdout.lines().last(), Some("Removed 1  -  0 alive"));
    }
}

#[test]
fn a_process_that_may_not_be_signalled_lives() {
    let place = Place::new();
    let mut command = Command::new(place.for_nobody());
    let path = place.old("a.mmstats", 1, now());
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let said = said(&command.arg(&path).output().unwrap());
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("Removed 0  -  1 alive\n", "", 0));
}

#[test]
fn what_is_not_ones_own_is_left_and_is_an_error_only_if_asked_for() {
    if !is_root("what_is_not_ones_own_is_left_and_is_an_error_only_if_asked_for") {
        return;
    }
    let place = Place::new();
    let binary = place.for_nobody();
    fs::set_permissions(place.0.path(), Permissions::from_mode(0o1777)).unwrap();
    let readable = place.dead("a.mmstats");
    fs::set_permissions(&readable, Permissions::from_mode(0o644)).unwrap();
    let secret = place.dead("b.mmstats");
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let own = place.dead("c.mmstats");
    chown(&own, Some(NOBODY), Some(NOBODY)).unwrap();
    let as_nobody = |path: Option<&Path>| {
        let mut command = Command::new(&binary);
        command.args(path).env("MMSTATS_PATH", place.0.path()).uid(NOBODY).gid(NOBODY);
        said(&command.output().unwrap())
    };
    for (path, denied) in [(&readable, "cannot remove"), (&secret, "cannot look at")] {
        let said = as_nobody(Some(path));
        assert_eq!(said.status, 1);
        let start = format!("cleanstats: {denied} {}: ", path.display());
        assert!(said.stderr.starts_with(&start), "{}", said.stderr);
    }
    // Where it could remove nothing it takes no lock, which would keep others from removing.
    assert!(!place.path(".lock").exists());
    let said = as_nobody(None);
    assert!(said.stdout.ends_with("Removed 1  -  0 alive  -  2 denied\n"), "{}{}", said.stdout, said.stderr);
    assert_eq!(said.status, 0);
    assert_eq!((readable.exists(), secret.exists(), own.exists()), (true, true, false));
}

#[test]
fn root_leaves_nothing_of_its_own_in_a_users_directory() {
    if !is_root("root_leaves_nothing_of_its_own_in_a_users_directory") {
        return;
    }
    let place = Place::new();
    chown(place.0.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    place.dead("a.mmstats");
    assert!(place.clean(["."]).stdout.ends_with("Removed 1  -  0 alive\n"));
    let lock = fs::metadata(place.path(".lock")).unwrap();
    assert_eq!((lock.uid(), lock.gid(), lock.mode() & 0o777), (NOBODY, NOBODY, 0o600));
    assert_eq!(place.names().len(), 0);
}

#[test]
fn a_busy_directory_is_left_and_said() {
    let place = Place::new();
    place.dead("a.mmstats");
    let _lock = lock(&place.path(".lock"));
    let said = place.clean(["."]);
    assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive  -  1 busy\n", 0));
    assert!(said.stderr.starts_with("cleanstats: left ./a.mmstats: somebody else holds the .lock "));
    assert!(place.path("a.mmstats").exists());
}

#[test]
fn a_directory_that_nobody_named_is_no_link() {
    let place = Place::new();
    let elsewhere = Place::new();
    let target = elsewhere.dead("a.mmstats");
    let link = place.path("link");
    symlink(elsewhere.0.path(), &link).unwrap();
    let glob = place.path("*/*.mmstats");
    let found_as = [
        ("MMSTATS_PATH", link.as_os_str().to_owned()),
        ("MMSTATS_PATH", link.join("").into_os_string()),
        ("MMSTATS_GLOB", glob.into_os_string()),
    ];
    for (variable, value) in found_as {
        let said = said(&place.command([""; 0]).env(variable, &value).output().unwrap());
        assert!(said.stderr.contains("Not a directory"), "{variable}={value:?}: {}", said.stderr);
        assert_eq!((target.exists(), said.status), (true, 1));
    }
    let said = place.clean([&link]);
    assert_eq!((target.exists(), said.status), (false, 0));
}

#[test]
fn without_arguments_the_default_places_are_cleaned() {
    let place = Place::new();
    let nothing = place.clean([""; 0]);
    assert_eq!((nothing.stdout.as_str(), nothing.status), ("Removed 0  -  0 alive\n", 0));
    assert!(nothing.stderr.starts_with("cleanstats: no mmstats files in "), "{}", nothing.stderr);
    place.dead("a.mmstats");
    place.dead("b.other");
    let all = place.clean([""; 0]);
    let path = place.path("a.mmstats");
    let expected = format!("PID 4711 not found. Deleting {}\nRemoved 1  -  0 alive\n", path.display());
    assert_eq!((all.stdout, all.status), (expected, 0));
    let globbed = said(&place.command([""; 0]).env("MMSTATS_GLOB", "*.other").output().unwrap());
    assert_eq!(globbed.stdout, "PID 4711 not found. Deleting b.other\nRemoved 1  -  0 alive\n");
    assert_eq!(place.names().len(), 0);
}

#[test]
fn cleaners_at_the_same_time_remove_each_file_once() {
    const FILES: usize = 300;
    let place = Place::new();
    for file in 0..FILES {
        place.dead(format!("{file}.mmstats"));
    }
    let cleaners: Vec<_> = (0..3)
        .map(|_| {
            let mut command = place.command(["--json", "."]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let removed = |said: &Said| {
        assert_eq!(said.status, 0, "{}", said.stderr);
        said.stdout.matches("\"action\":\"removed\"").count()
    };
    let outputs = cleaners.into_iter().map(|cleaner| cleaner.wait_with_output().unwrap());
    let together: usize = outputs.map(|output| removed(&said(&output))).sum();
    // Where one had to wait too long for another it has left a file.
    let afterwards = removed(&place.clean(["--json", "."]));
    assert_eq!((together + afterwards, place.names().len()), (FILES, 0));
}

#[test]
fn a_live_file_that_takes_a_dead_ones_name_is_never_removed() {
    const ROUNDS: usize = 60;
    let place = Place::new();
    let dir = File::open(place.0.path()).unwrap();
    let name = OsStr::new("a.mmstats");
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                assert_eq!(place.clean(["."]).status, 0);
            }
        });
        for round in 0..ROUNDS {
            place.dead(name);
            // As a writer starts: it removes the dead one's file, and links its own to the name.
            let draft = place.path(format!("{round}"));
            let writer = place.alive(&draft);
            while fs::hard_link(&draft, place.path(name)).is_err() {
                let removal = remove_dead(&dir, name, false).unwrap();
                assert!(
                    matches!(removal, Removal::Removed | Removal::Missing | Removal::Busy),
                    "{removal:?}"
                );
            }
            // The cleaner had its chance.
            place.clean(["."]);
            let published = File::open(place.path(name)).unwrap();
            assert!(is_write_locked(&published).unwrap(), "round {round}");
            drop(writer);
            fs::remove_file(place.path(name))
                .or_else(|error| {
                    // Dead by now, it may be gone.
                    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
                })
                .unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let place = Place::new();
    place.dead("\x1b[31m\u{202e}.mmstats");
    let unreadable = OsString::from_vec(b"\xff\x1b\n".to_vec());
    fs::write(place.path(&unreadable), "").unwrap();
    for arguments in [&["--dry-run"][..], &["--dry-run", "--json"]] {
        let mut command = place.command(arguments);
        let said = said(&command.arg(".").arg(&unreadable).output().unwrap());
        let all = [said.stdout.as_str(), said.stderr.as_str()].concat();
        let hazards: Vec<char> =
            all.chars().filter(|c| *c != '\n' && (c.is_control() || *c == '\u{202e}')).collect();
        assert_eq!((hazards, said.status), (vec![], 1));
        if let Some(line) = said.stdout.lines().find(|line| line.starts_with('{') && line.contains("dead")) {
            let object: Value = serde_json::from_str(line).unwrap();
            assert_eq!(object["path"], "./\x1b[31m\u{202e}.mmstats");
        }
    }
}

#[test]
fn usage_is_explained() {
    let place = Place::new();
    let wrong = place.clean(["--dryrun"]);
    assert!(wrong.stderr.contains("'--dry-run'"), "{}", wrong.stderr);
    assert_eq!((wrong.stdout.as_str(), wrong.status), ("", 2));
    let help = place.clean(["--help"]);
    assert!(help.stdout.contains("Examples:\n  cleanstats ") && help.stdout.contains("Exit status: 0"));
    assert_eq!(help.status, 0);
}
