//! The promise of the first page: an update is one machine instruction, without a system call or
//! a page fault.

use std::process::Command;

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

/// Disassembles functions that do nothing but one update, in a release build.
#[test]
#[cfg(target_arch = "x86_64")]
fn updates_compile_to_one_instruction() {
    let target = tempfile::tempdir().unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--package", "mmstats-tests", "--bin", "updates"])
        .arg("--target-dir")
        .arg(target.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(built.success());
    let output = Command::new("objdump")
        .args(["--disassemble", "--no-show-raw-insn"])
        .arg(target.path().join("release/updates"))
        .output()
        .expect("objdump, of binutils, is installed");
    let assembly = String::from_utf8(output.stdout).unwrap();
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
    ] {
        let instructions = instructions_of(&assembly, function);
        let [update, "ret"] = instructions.as_slice() else {
            panic!("{function}: expected one instruction and ret, found {instructions:?}");
        };
        assert!(update.starts_with(instruction) && update.contains("(%rdi)"), "{function}: {update}");
    }
}

fn instructions_of<'a>(assembly: &'a str, function: &str) -> Vec<&'a str> {
    let mut lines = assembly.lines().skip_while(|line| !line.ends_with(&format!("<{function}>:"))).skip(1);
    let mut instructions = Vec::new();
    for line in lines.by_ref() {
        let Some((_, instruction)) = line.split_once('\t') else { break };
        instructions.push(instruction.trim());
        if instruction.starts_with("ret") {
            break;
        }
    }
    instructions
}
