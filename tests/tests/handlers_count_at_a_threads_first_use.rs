//! A signal handler may count in a `thread_local!` static whatever it interrupts, also if it is its thread's
//! first use: nothing aborts or waits for ever, and what only the handler counts is exact.
//!
//! `MMSTATS_FIRST_USES` says how many threads; `cargo xtask soak` starts more than `cargo xtask test`.

use std::path::{Path, PathBuf};
use std::process::Command;

use mmstats_tests::reading::number;
use mmstats_tests::subject::Subject;
use tempfile::TempDir;

const HANDLERS: &str = env!("CARGO_BIN_EXE_handlers");

fn first_uses(default: u64) -> u64 {
    std::env::var("MMSTATS_FIRST_USES").map_or(default, |number| number.parse().unwrap())
}

fn start() -> (TempDir, Subject) {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let handlers = Subject::spawn(Command::new(HANDLERS).env("MMSTATS_PATH", dir.path()));
    (dir, handlers)
}

/// First uses by handlers, and signals that were handled.
fn parse(answer: &str) -> (u64, u64) {
    let (first, handled) = answer.split_once(' ').unwrap();
    (first.parse().unwrap(), handled.parse().unwrap())
}

/// All that was handled is in the file, and no thread was left without a slot, though far more threads ran
/// than there is room for.
fn assert_exact(file: &Path, answer: &str, threads: u64) {
    let (first, handled) = parse(answer);
    assert!(first >= threads, "{first} of {threads}");
    if cfg!(mmstats_platform = "unix") {
        // POSIX does not tell which threads have ended. A slot that is leased at the very end of a thread stays
        // leased, and when all are, threads count where nobody sees it.
        assert!(number(file, "handled") <= handled);
        return;
    }
    assert_eq!(number(file, "handled"), handled, "after {first} first uses");
    assert_eq!(number(file, "mmstats.unpublished_writers"), 0);
}

fn first_uses_are_exact_while_threads(what: &str, default: u64) {
    let (_dir, mut handlers) = start();
    let file = PathBuf::from(handlers.ask("init"));
    let threads = first_uses(default);
    let answer = handlers.ask(&format!("run {what} {threads}"));
    println!("{what}: {answer}");
    assert_exact(&file, &answer, threads);
}

#[test]
fn while_threads_start_and_end() {
    first_uses_are_exact_while_threads("start", 10_000);
}

#[test]
fn while_threads_allocate() {
    first_uses_are_exact_while_threads("allocate", 10_000);
}

#[test]
fn while_threads_fork() {
    first_uses_are_exact_while_threads("fork", 2_000);
}

#[test]
fn while_threads_have_their_own_first_use() {
    first_uses_are_exact_while_threads("count", 2_000);
}

#[test]
fn while_thread_locals_are_destroyed() {
    first_uses_are_exact_while_threads("destroy", 10_000);
}

#[test]
fn while_the_process_exits() {
    for _ in 0..10 {
        let (_dir, mut handlers) = start();
        let file = PathBuf::from(handlers.ask("init"));
        let threads = first_uses(1_000) / 20;
        handlers.tell(&format!("exit {threads}"));
        // Before the file is given up, and after.
        assert!(parse(&handlers.answer()).0 >= threads);
        let last = handlers.answer();
        assert!(handlers.wait().success());
        assert_exact(&file, &last, 2 * threads);
    }
}

/// An allocator is in the same position: it may not allocate, and its thread may be anywhere.
#[test]
fn an_allocator_counts_each_allocation() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_allocator")).env("MMSTATS_PATH", dir.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = String::from_utf8(output.stdout).unwrap();
    let (allocations, file) = output.trim_end().split_once(' ').unwrap();
    let file = Path::new(file);
    let (published, early) = (number(file, "allocations"), number(file, "mmstats.unpublished_writers"));
    assert!(published > 50_000 && early > 0, "{published} and {early}");
    assert_eq!(published + early, allocations.parse::<u64>().unwrap());
}

#[test]
fn uses_before_the_file_is_published_are_counted_as_unpublished() {
    let (dir, mut handlers) = start();
    assert_eq!(handlers.ask("raise 1000"), "done");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    let file = PathBuf::from(handlers.ask("init"));
    assert_eq!(number(&file, "mmstats.unpublished_writers"), 1000);
    assert_eq!(number(&file, "handled"), 0);
    assert_eq!(handlers.ask("raise 7"), "done");
    assert_eq!(number(&file, "mmstats.unpublished_writers"), 1000);
    assert_eq!(number(&file, "handled"), 7);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_child_of_a_handler_can_publish_whatever_instruction_the_handler_interrupted() {
    let (_dir, mut handlers) = start();
    let children: u64 = handlers.ask("fork-each 7").parse().unwrap();
    assert!(children > 10, "{children}");
}

#[test]
fn on_a_stack_that_is_smaller_than_the_struct() {
    let (_dir, mut handlers) = start();
    assert_eq!(handlers.ask("small-stack"), "done");
}
