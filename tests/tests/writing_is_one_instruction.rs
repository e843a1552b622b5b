//! The promise of the first page: an update is one machine instruction, or a few, without a system call
//! or a page fault.

#[cfg(target_arch = "x86_64")]
use std::path::Path;
#[cfg(target_arch = "x86_64")]
use std::process::Command;
#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

use mmstats_tests::subject::Subject;

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");
const INCREMENTS: u64 = 10_000_000;

fn published() -> (tempfile::TempDir, Subject) {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut subject = Subject::start(SUBJECT);
    subject.create(dir.path(), "subject.mmstats");
    (dir, subject)
}

#[test]
fn increments_make_no_page_fault() {
    let (_dir, mut subject) = published();
    assert_eq!(subject.ask(&format!("faults {INCREMENTS}")), "0");
}

#[test]
fn increments_make_no_system_call() {
    let (_dir, mut subject) = published();
    subject.tell(&format!("sealed {INCREMENTS}"));
    let status = subject.wait();
    assert_eq!(status.code(), Some(0), "killed for a system call: {status}");
}

/// Functions that do nothing but one update, of a release build, disassembled.
#[cfg(target_arch = "x86_64")]
static ASSEMBLY: LazyLock<String> = LazyLock::new(|| {
    // One for all of these tests, each of which has a process of its own; Cargo lets one of them build.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("writing_is_one_instruction");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--package", "mmstats-tests", "--bin", "updates"])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(built.success());
    let output = Command::new("objdump")
        .args(["--disassemble", "--no-show-raw-insn"])
        .arg(target.join("release/updates"))
        .output()
        .expect("objdump, of binutils, is installed");
    String::from_utf8(output.stdout).unwrap()
});

#[test]
#[cfg(target_arch = "x86_64")]
fn updates_compile_to_one_instruction() {
    for (function, instruction) in [
        ("update_counter_incr", "incq"),
        ("update_counter_add", "add"),
        ("update_up_down_decr", "decq"),
        ("update_gauge_u8", "mov"),
        ("update_gauge_i32", "mov"),
        ("update_gauge_u64", "mov"),
        ("update_gauge_f32", "movss"),
        ("update_gauge_f64", "movsd"),
        ("update_gauge_bool", "mov"),
        ("update_sync_counter_incr", "lock incq"),
        ("update_sync_counter_add", "lock add"),
        ("update_sync_up_down_decr", "lock decq"),
        ("update_sync_gauge_add", "lock add"),
    ] {
        let instructions = instructions_of(function);
        let [update, "ret"] = instructions.as_slice() else {
            panic!("{function}: expected one instruction and ret, found {instructions:?}");
        };
        assert!(update.starts_with(instruction) && update.contains("(%rdi)"), "{function}: {update}");
    }
}

/// Without a jump or a call there is no check of the bucket's index, and no value takes longer.
#[test]
#[cfg(target_arch = "x86_64")]
fn histograms_record_in_few_instructions_without_a_check() {
    for function in
        ["update_histogram_record", "update_histogram_of_32_powers_record", "update_sync_histogram_record"]
    {
        let instructions = instructions_of(function);
        assert_eq!(instructions.last(), Some(&"ret"), "{function}: {instructions:?}");
        assert!(instructions.len() <= 24, "{function}: {} instructions", instructions.len());
        assert!(!instructions.iter().any(|instruction| leaves(instruction)), "{function}: {instructions:?}");
    }
}

/// Whether what comes next can be elsewhere.
#[cfg(target_arch = "x86_64")]
fn leaves(instruction: &str) -> bool {
    instruction.starts_with('j') || instruction.starts_with("call")
}

/// An enum is a place in an array; what cannot be out of it needs no check.
#[test]
#[cfg(target_arch = "x86_64")]
fn fields_of_families_are_found_in_few_instructions_without_a_check() {
    for (function, bound) in [("update_family_incr", 2), ("update_family_of_pairs_incr", 6)] {
        let instructions = instructions_of(function);
        let [finding @ .., update, "ret"] = instructions.as_slice() else {
            panic!("{function}: expected an update and ret, found {instructions:?}");
        };
        assert!(update.starts_with("incq") && update.contains("(%rdi,"), "{function}: {instructions:?}");
        assert!(finding.len() <= bound, "{function}: {instructions:?}");
        assert!(finding.iter().all(|instruction| !leaves(instruction)), "{function}: {instructions:?}");
    }
}

#[cfg(target_arch = "x86_64")]
fn instructions_of(function: &str) -> Vec<&'static str> {
    let lines = ASSEMBLY.lines().skip_while(|line| !line.ends_with(&format!("<{function}>:"))).skip(1);
    let mut instructions = Vec::new();
    for line in lines {
        let Some((_, instruction)) = line.split_once('\t') else { break };
        instructions.push(instruction.trim());
        if instruction.starts_with("ret") {
            break;
        }
    }
    instructions
}
