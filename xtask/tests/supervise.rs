//! `cargo xtask supervise`, with which the suite runs its steps and tests: a program starts in a known state, and
//! nothing of it stays behind.
//!
//! Whether all processes of a program have ended is seen by its standard output, which they inherit: it ends with the
//! last of them. If one goes on, the time limit of the test ends the wait.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::unistd::Pid;

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

/// A program that starts one in a session of its own, and one whose parent ends at once; both ignore what asks for
/// their end. All go on for longer than a test may take.
const FAMILY: &str = "trap '' HUP INT TERM
                      setsid sleep 7001 &
                      (setsid sh -c 'sleep 7002; true' &)
                      echo started
                      sleep 7003";

/// `program` of the shell, supervised with `options`.
fn supervise(options: &[&str], program: &str) -> Command {
    let mut command = Command::new(XTASK);
    command.arg("supervise").args(options).args(["--", "sh", "-c", program]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove("NEXTEST_TEST_NAME");
    command
}

/// Starts it, and waits until it says that all its processes are started.
fn start(command: &mut Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "started\n");
    (child, stdout)
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// Waits until the last process has ended that writes to this.
fn wait_for_all(mut stdout: impl Read) -> String {
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    rest
}

/// What stands behind `name` in a process's status.
fn mask(status: &str, name: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap()
}

#[test]
fn a_program_starts_with_default_actions_and_no_signal_blocked() {
    let ignoring =
        "trap '' HUP INT QUIT PIPE ALRM TERM USR1 USR2 CHLD CONT TSTP TTIN TTOU; exec \"$0\" \"$@\"";
    let blocked = SigSet::all();
    // This thread's mask is that of the processes that it starts.
    blocked.thread_block().unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", ignoring, XTASK, "supervise", "--", "cat", "/proc/self/status"]);
    let output = command.output();
    blocked.thread_unblock().unwrap();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    let status = String::from_utf8(output.stdout).unwrap();
    assert_eq!(mask(&status, "SigBlk:"), 0, "{status}");
    // Signals from 32 on have no names; programs of the C library do not change what they inherit of them.
    assert_eq!(mask(&status, "SigIgn:") & 0x7fff_ffff, 0, "{status}");
}

#[test]
fn a_program_starts_with_the_usual_umask() {
    for umask in ["0", "0177", "0777"] {
        let mut command = Command::new("sh");
        command.args(["-c", "umask \"$1\"; exec \"$0\" supervise -- sh -c umask", XTASK, umask]);
        let output = command.output().unwrap();
        assert_eq!(output.stdout, b"0022\n", "{output:?}");
    }
}

#[test]
fn the_status_of_the_program_is_passed_on() {
    for (program, status) in [("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("kill -SEGV $$", 139)] {
        let output = supervise(&[], program).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{program}: {output:?}");
    }
}

#[test]
fn what_a_program_leaves_behind_is_named_and_ended() {
    for (program, status) in [("setsid sleep 7004 & exit 0", 0), ("(setsid sleep 7004 &) ; exit 5", 5)] {
        let output = supervise(&[], program).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        // It may not have come to be what it should yet.
        assert!(stderr.contains("the program left processes behind: "), "{stderr}");
    }
}

#[test]
fn a_signal_ends_the_program_and_all_that_it_started() {
    for (signal, status) in
        [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGHUP, 129), (Signal::SIGQUIT, 131)]
    {
        let (mut child, stdout) = start(&mut supervise(&[], FAMILY));
        kill(pid(&child), signal).unwrap();
        wait_for_all(stdout);
        assert_eq!(child.wait().unwrap().code(), Some(status));
    }
}

#[test]
fn the_time_limit_ends_the_program_and_all_that_it_started() {
    let (mut child, stdout) = start(&mut supervise(&["--seconds", "1"], FAMILY));
    wait_for_all(stdout);
    assert_eq!(child.wait().unwrap().code(), Some(142));
    let stderr = wait_for_all(child.stderr.take().unwrap());
    assert!(stderr.contains("the time limit is over") && stderr.contains("sleep 7001"), "{stderr}");
}

#[test]
fn the_death_of_the_parent_ends_the_program_and_all_that_it_started() {
    let mut parent = Command::new("sh");
    // With a second command the shell does not become the first.
    parent.args(["-c", "\"$0\" supervise -- sh -c \"$1\"; true", XTASK, FAMILY]);
    let (mut parent, stdout) = start(parent.stdout(Stdio::piped()));
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_for_all(stdout);
}

#[test]
fn a_parent_that_has_ended_before_starts_nothing() {
    for parent in ["1", "999999999", "-5"] {
        let output = supervise(&[&format!("--parent={parent}")], "echo started").output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{output:?}");
    }
}

#[test]
fn a_supervisor_that_is_killed_takes_the_program_along() {
    let (mut child, stdout) = start(&mut supervise(&[], "echo started; exec sleep 7005"));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for_all(stdout);
}

/// As a test's supervisor is below a step's.
#[test]
fn what_a_killed_supervisor_leaves_behind_is_ended_by_the_one_around_it() {
    let inner = format!("{XTASK} supervise -- sh -c \"$0\" & echo $! >&2; read line");
    let mut command = Command::new(XTASK);
    command.args(["supervise", "--", "sh", "-c", &inner, FAMILY]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut outer, stdout) = start(&mut command);
    let mut line = String::new();
    // From here on nobody reads it.
    BufReader::new(outer.stderr.take().unwrap()).read_line(&mut line).unwrap();
    kill(Pid::from_raw(line.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
    outer.stdin.take().unwrap().write_all(b"end\n").unwrap();
    wait_for_all(stdout);
    outer.wait().unwrap();
}

#[test]
fn a_hangup_that_is_ignored_does_not_end_the_program() {
    let mut command = Command::new("sh");
    let nohup = "trap '' HUP; exec \"$0\" supervise -- sh -c 'echo started; read line; echo \"$line\"'";
    command.args(["-c", nohup, XTASK]).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
    let (mut child, stdout) = start(&mut command);
    // As the terminal sends it: to all of the group.
    killpg(pid(&child), Signal::SIGHUP).unwrap();
    child.stdin.take().unwrap().write_all(b"still here\n").unwrap();
    assert_eq!(wait_for_all(stdout), "still here\n");
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_failed_test_tells_the_command_that_runs_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let failures = dir.path().join("failures");
    let options = ["--again", "CI='true' cargo xtask test tests", "--failures", failures.to_str().unwrap()];
    let run = |program: &str, name: &str| {
        let mut command = supervise(&options, program);
        command.env("NEXTEST_BINARY_ID", "mmstats-tools::mmash").env("NEXTEST_TEST_NAME", name);
        let output = command.output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(run("exit 0", "end::passes"), "");
    let again = |name: &str| {
        let filter = format!("binary_id(=mmstats-tools::mmash) & test(={name})");
        format!("CI='true' cargo xtask test tests --filter '{filter}'\n")
    };
    for (program, name) in [("exit 101", "end::fails"), ("kill -ABRT $$", "end::aborts")] {
        let stderr = run(program, name);
        assert!(stderr.ends_with(&again(name)), "{stderr}");
    }
    assert_eq!(fs::read_to_string(failures).unwrap(), again("end::fails") + &again("end::aborts"));
}

#[test]
fn what_cannot_be_started_is_a_failure_that_names_it() {
    for (arguments, status, expected) in [
        (&["--", "/nonexistent/program"][..], 127, "cannot start /nonexistent/program: No such file"),
        (&["--", "/dev/null"], 127, "cannot start /dev/null: Permission denied"),
        (&[], 1, "expected a program"),
    ] {
        let output = Command::new(XTASK).arg("supervise").args(arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    }
}
