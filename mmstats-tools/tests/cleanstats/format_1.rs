//! Files of format 1, whose writers hold no lock.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use memmap2::MmapOptions;
use mmstats_tests::system::is_root;
use nix::unistd::geteuid;

use crate::support::{NOBODY, old_field, said};
use crate::{NOBODYS_PID, new_place, now};

/// Whether all processes are seen from here, without which no file of format 1 is known to be dead.
fn sees_all_processes(test: &str) -> bool {
    let sees_all = fs::read_link("/proc/self/ns/pid").is_ok_and(|name| name == Path::new("pid:[4026531836]"))
        && fs::read("/proc/1/status").is_ok();
    if !sees_all {
        eprintln!("passed over: {test} needs the first namespace of process ids");
    }
    sees_all
}

#[test]
fn a_file_of_format_1_is_dead_if_no_process_can_have_made_it() {
    if !sees_all_processes("a_file_of_format_1_is_dead_if_no_process_can_have_made_it") {
        return;
    }
    let place = new_place();
    let gone = place.old("gone.mmstats", NOBODYS_PID, now());
    // This process has the id of one that made its file long before.
    let reused = place.old("reused.mmstats", std::process::id(), 1_000_000_000.0);
    let alive = place.old("alive.mmstats", std::process::id(), now());
    let said = place.run(["."]);
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
    let place = new_place();
    // As after the clock was set forward.
    let path = place.old("a.mmstats", std::process::id(), 1_000_000_000.0);
    let file = File::open(&path).unwrap();
    let mapping = MmapOptions::new().map_raw_read_only(&file).unwrap();
    let said = place.run(["."]);
    assert_eq!(said.stdout, "Removed 0  -  1 alive\n");
    assert_eq!((path.exists(), said.status), (true, 0));
    drop(mapping);
}

#[test]
fn a_file_of_format_1_that_does_not_say_who_made_it_and_when_stays() {
    let place = new_place();
    let pid = old_field("sys.pid", "I", &NOBODYS_PID.to_le_bytes());
    let created = old_field("sys.created", "d", &now().to_le_bytes());
    for (name, fields) in [("a.mmstats", &pid), ("b.mmstats", &created)] {
        fs::write(place.path(name), [b"\x01", &fields[..], b"\0\0"].concat()).unwrap();
    }
    place.old("c.mmstats", 0, now());
    place.old("d.mmstats", NOBODYS_PID, now() + 1e6);
    place.old("e.mmstats", NOBODYS_PID, f64::NAN);
    place.old("f.mmstats", std::process::id(), 0.0);
    let said = place.run(["."]);
    assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive  -  6 unknown\n", 0));
    assert_eq!(place.names().len(), 6);
}

#[test]
fn a_file_of_format_1_stays_where_its_process_could_not_be_seen() {
    if !is_root("a_file_of_format_1_stays_where_its_process_could_not_be_seen") {
        return;
    }
    let place = new_place();
    place.old("a.mmstats", NOBODYS_PID, now());
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", env!("CARGO_BIN_EXE_cleanstats")]).arg(place.dir());
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
    let place = new_place();
    let path = place.old("a.mmstats", pid, now());
    let said = place.run(["."]);
    assert_eq!((path.exists(), said.status), (true, 0), "{}", said.stderr);

    container.stdin.take().unwrap().write_all(b"\n").unwrap();
    answer.clear();
    answers.read_line(&mut answer).unwrap();
    assert_eq!(answer, "ended\n");
    container.wait().unwrap();
    if pid == free {
        assert_eq!(place.run(["."]).stdout.lines().last(), Some("Removed 1  -  0 alive"));
    }
}

#[test]
fn a_process_that_may_not_be_signalled_lives() {
    let place = new_place();
    let mut command = Command::new(place.for_nobody());
    let path = place.old("a.mmstats", 1, now());
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let said = said(&command.arg(&path).output().unwrap());
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("Removed 0  -  1 alive\n", "", 0));
}
